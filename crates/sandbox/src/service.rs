//! The services that the sandbox speaks. A further one is a file with a table of operations, and a line here.

mod acm;
mod apigateway;
mod apigatewayv2;
mod cloudfront;
mod cloudtrail;
mod cloudwatch;
mod cognito_idp;
mod ec2;
mod elbv2;
mod iam;
mod lambda;
mod logs;
mod sts;
mod wafv2;

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::answer::Answer;
use crate::cbor;
use crate::recording::Part;
use crate::xml::Xml;

/// Every service, the one with the longer prefix of two that sign alike first.
pub(crate) static ALL: &[&Service] = &[
    &apigatewayv2::SERVICE,
    &apigateway::SERVICE,
    &acm::SERVICE,
    &cloudfront::SERVICE,
    &cloudtrail::SERVICE,
    &cloudwatch::SERVICE,
    &cognito_idp::SERVICE,
    &ec2::SERVICE,
    &elbv2::SERVICE,
    &iam::SERVICE,
    &lambda::SERVICE,
    &logs::SERVICE,
    &sts::SERVICE,
    &wafv2::SERVICE,
];

/// A service: how its requests are told apart, and how its answers look on the wire.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in recordings and in boto3.
    pub(crate) name: &'static str,
    /// Its name in the scope of a signature.
    pub(crate) signing_name: &'static str,
    /// Whether requests that are signed for a region that was not recorded are answered from one that was: what they ask
    /// for belongs to no region, or its own name says which.
    pub(crate) is_global: bool,
    /// How requests name their operation.
    pub(crate) protocol: Protocol,
    /// What it answers.
    pub(crate) operations: &'static [Operation],
    /// From boto3's names and types to those on the wire.
    pub(crate) to_wire: fn(&Operation, Value) -> Value,
    /// The way back, for answers that are recorded.
    pub(crate) from_wire: fn(&Operation, Value) -> Value,
}

/// How requests name their operation, and how answers are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    /// Method and path; JSON. All paths begin with the prefix.
    Rest(&'static str),
    /// Method and path; XML. All paths begin with the prefix.
    RestXml(&'static str, &'static Xml),
    /// The form field `Action`; XML, in an element for the result.
    Query(&'static Xml),
    /// The form field `Action`; XML, without an element for the result.
    Ec2(&'static Xml),
    /// The header `X-Amz-Target`; JSON.
    Json,
    /// A path with the service's and the operation's name; CBOR (Smithy's RPC v2). All paths begin with the prefix. With the
    /// header `X-Amz-Target`, as [`Protocol::Json`].
    Cbor(&'static str),
}

/// A read operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name in recordings and in boto3: `get_stages`.
    pub(crate) name: &'static str,
    /// How its requests are made, where the protocol leaves a choice.
    pub(crate) method: &'static str,
    /// Its path with `{}` for each argument; for [`Protocol::Query`] and [`Protocol::Ec2`] the value of `Action`, for [`Protocol::Json`] what
    /// follows the dot in `X-Amz-Target`, for [`Protocol::Cbor`] what follows the prefix.
    pub(crate) path: &'static str,
    /// The arguments by which recordings keep its answers.
    pub(crate) arguments: fn(&Request) -> Vec<String>,
    /// How it pages, if it answers with a list.
    pub(crate) list: Option<List>,
    /// Where its answer is found if the recording does not hold it.
    pub(crate) otherwise: Otherwise,
    /// What the request asks the service to leave out of a full answer, or to put in.
    pub(crate) shape: fn(&Request, Value) -> Value,
    /// Whether the answer is a document of its own, which is sent as it is.
    pub(crate) is_document: bool,
    /// Whether several calls ask for parts of one list, so that a recording keeps all of them together.
    pub(crate) is_in_parts: bool,
    /// Makes the answer of what the recording holds, for operations that look for something in what is held.
    pub(crate) evaluate: Option<fn(&Part, &Request) -> Answer>,
}

/// How the services of the Query protocol write XML.
static QUERY: Xml = Xml { names: &[], is_small: false, items: &[], item: "member" };

/// How a list is paged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// The member that holds the items.
    pub(crate) items: &'static str,
    /// The parameter that limits a page.
    pub(crate) limit: &'static str,
    /// The size of a page where the request does not say.
    pub(crate) default: usize,
    /// The most that a request may ask for.
    pub(crate) max: usize,
    /// The parameter that continues a list.
    pub(crate) token: &'static str,
    /// The member that says how.
    pub(crate) next: &'static str,
}

/// Where an answer is found that a recording does not hold under its own operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Otherwise {
    /// Nowhere.
    Nothing,
    /// It is an item of a list: the one whose member has the last argument's value.
    ItemOf(&'static str, &'static str),
    /// It is the list of all that is held of another operation under the same arguments and one more.
    AllOf(&'static str),
    /// It is a method within the resources of a REST API, or what the members lead to within one, and then the arguments
    /// that are left.
    MethodOf(&'static str, &'static [&'static str]),
    /// It is held by an ARN that ends with the arguments.
    ByArn,
    /// It is held by an ARN that ends with the arguments; or by the first argument, a name, alone, if a member within the
    /// answer is the second one, the id.
    ByArnOrName(&'static str),
    /// It is held by the first argument alone.
    ByFirst,
    /// Nowhere, and it does not exist: what is held of the operation is all there is of its kind.
    NoOther,
    /// It is made of the account itself.
    Account,
}

/// A request, taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// The values of `{}` in the operation's path.
    pub(crate) captures: Vec<String>,
    /// Query parameters, form fields or members of a JSON body; those that are no text, as JSON.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// The scope of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) region: String,
    /// The service's signing name.
    pub(crate) service: String,
}

impl Scope {
    /// Reads `Credential=KEY/DATE/REGION/SERVICE/aws4_request` out of an `Authorization` header.
    pub(crate) fn of(authorization: &str) -> Option<Scope> {
        let (_, credential) = authorization.split_once("Credential=")?;
        let mut parts = credential.split([',', ' ']).next()?.split('/').skip(2);
        Some(Scope { region: parts.next()?.to_owned(), service: parts.next()?.to_owned() })
    }
}

impl Service {
    /// The code with which it says that a call is not allowed.
    pub(crate) fn denied(&self) -> &'static str {
        match self.protocol {
            Protocol::Ec2(_) => "UnauthorizedOperation",
            Protocol::Query(_) | Protocol::RestXml(..) => "AccessDenied",
            Protocol::Rest(_) | Protocol::Json | Protocol::Cbor(_) => "AccessDeniedException",
        }
    }

    /// The operation of a protocol whose requests name it and nothing else.
    fn operation(
        &'static self,
        action: &str,
        parameters: impl FnOnce() -> BTreeMap<String, String>,
    ) -> Option<(&'static Operation, Request)> {
        let operation = self.operations.iter().find(|operation| operation.path == action)?;
        Some((operation, Request { captures: Vec::new(), parameters: parameters() }))
    }
}

impl Request {
    /// A parameter that is text.
    fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A parameter that is something else, as JSON.
    fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.text(name)?).ok()
    }
}

impl Operation {
    /// An operation that is held as it is answered.
    const fn new(name: &'static str, path: &'static str, arguments: fn(&Request) -> Vec<String>) -> Operation {
        Operation {
            name,
            method: "GET",
            path,
            arguments,
            list: None,
            otherwise: Otherwise::Nothing,
            shape: |_, answer| answer,
            is_document: false,
            is_in_parts: false,
            evaluate: None,
        }
    }

    /// An operation whose answer is made of what the recording holds.
    const fn evaluated(name: &'static str, path: &'static str, evaluate: fn(&Part, &Request) -> Answer) -> Operation {
        Operation { evaluate: Some(evaluate), ..Operation::new(name, path, none) }
    }

    const fn post(self) -> Operation {
        Operation { method: "POST", ..self }
    }

    const fn paged(self, list: List) -> Operation {
        Operation { list: Some(list), ..self }
    }

    const fn otherwise(self, otherwise: Otherwise) -> Operation {
        Operation { otherwise, ..self }
    }

    const fn shaped(self, shape: fn(&Request, Value) -> Value) -> Operation {
        Operation { shape, ..self }
    }

    const fn in_parts(self) -> Operation {
        Operation { is_in_parts: true, ..self }
    }

    const fn document(self) -> Operation {
        Operation { is_document: true, ..self }
    }
}

/// The service and operation that a request calls, and its arguments.
///
/// `signing_name` is the service in the scope of its signature; `path_and_query` is as it was sent; `target` is the
/// header `X-Amz-Target`.
pub(crate) fn find(
    signing_name: &str,
    method: &str,
    path_and_query: &str,
    body: &[u8],
    target: &str,
) -> Option<(&'static Service, &'static Operation, Request)> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let candidates = ALL.iter().filter(|service| service.signing_name == signing_name);
    for service in candidates {
        let found = match service.protocol {
            Protocol::Rest(prefix) | Protocol::RestXml(prefix, _) if path.starts_with(prefix) => {
                let own = service.operations.iter().filter(|operation| operation.method == method);
                let mut found = own.filter_map(|operation| Some((operation, captures(operation.path, path)?)));
                found.next().map(|(operation, captures)| {
                    (operation, Request { captures, parameters: parse_query(query).into_iter().collect() })
                })
            }
            Protocol::Query(_) | Protocol::Ec2(_) if method == "POST" => {
                let mut parameters = BTreeMap::from_iter(parse_query(&String::from_utf8_lossy(body)));
                let action = parameters.remove("Action")?;
                service.operation(&action, || parameters)
            }
            Protocol::Json if method == "POST" => {
                let (_, action) = target.rsplit_once('.')?;
                service.operation(action, || members(serde_json::from_slice(body).unwrap_or_default()))
            }
            // Some clients speak JSON with such a service, and name the operation in the header.
            Protocol::Cbor(_) if method == "POST" && !target.is_empty() => {
                let (_, action) = target.rsplit_once('.')?;
                service.operation(action, || members(serde_json::from_slice(body).unwrap_or_default()))
            }
            Protocol::Cbor(prefix) if method == "POST" => path
                .strip_prefix(prefix)
                .and_then(|action| service.operation(action, || members(cbor::decode(body).unwrap_or_default()))),
            _ => None,
        };
        if let Some((operation, request)) = found {
            return Some((service, operation, request));
        }
    }
    None
}

/// The service that a request reads from, whether the operation is one of those above or not.
pub(crate) fn reads_from(signing_name: &str, method: &str, path: &str) -> Option<&'static Service> {
    ALL.iter().copied().filter(|service| service.signing_name == signing_name).find(|service| match service.protocol {
        Protocol::Rest(prefix) | Protocol::RestXml(prefix, _) => method == "GET" && path.starts_with(prefix),
        Protocol::Cbor(prefix) => method == "POST" && path.starts_with(prefix),
        Protocol::Query(_) | Protocol::Ec2(_) | Protocol::Json => method == "POST",
    })
}

/// The values of `{}` in a path, if it fits the template.
fn captures(template: &str, path: &str) -> Option<Vec<String>> {
    let (template, path) = (template.trim_end_matches('/').split('/'), path.trim_end_matches('/').split('/'));
    let (template, path): (Vec<&str>, Vec<&str>) = (template.collect(), path.collect());
    if template.len() != path.len() {
        return None;
    }
    let mut captures = Vec::new();
    for (wanted, part) in template.into_iter().zip(path) {
        match wanted {
            "{}" => captures.push(percent_decode_str(part).decode_utf8_lossy().into_owned()),
            _ if wanted == part => {}
            _ => return None,
        }
    }
    Some(captures)
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}

/// The members of a body, as text.
fn members(body: Value) -> BTreeMap<String, String> {
    let Value::Object(members) = body else { return BTreeMap::new() };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// An argument as a recording of this account keeps it: one of its own functions, asked for by ARN, by its name. One of
/// another account keeps its ARN, for it may have the name of one of the account's own.
pub(crate) fn own_name<'a>(argument: &'a str, account_id: &str) -> &'a str {
    match argument.split_once(":function:") {
        Some((arn, name)) if arn.rsplit(':').next() == Some(account_id) => name,
        _ => argument,
    }
}

/// No arguments.
fn none(_: &Request) -> Vec<String> {
    Vec::new()
}

/// The first of the path's values.
fn one(request: &Request) -> Vec<String> {
    request.captures.iter().take(1).cloned().collect()
}

/// The first two of the path's values.
fn two(request: &Request) -> Vec<String> {
    request.captures.iter().take(2).cloned().collect()
}

/// Parameters, as far as they are given.
fn named(request: &Request, names: &[&str]) -> Vec<String> {
    names.iter().filter_map(|name| request.text(name)).map(str::to_owned).collect()
}

/// All of the path's values.
fn all(request: &Request) -> Vec<String> {
    request.captures.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_operation_of_a_request() {
        for (signing_name, path, expected) in [
            ("apigateway", "/restapis?limit=500", "apigateway.get_rest_apis()"),
            ("apigateway", "/restapis/a/stages/prod/exports/oas30?extensions=x", "apigateway.get_export(a,prod)"),
            ("apigateway", "/v2/apis/h/exports/OAS30?stageName=%24default", "apigatewayv2.export_api(h,$default)"),
            ("apigateway", "/v2/apis/h/exports/OAS30", "apigatewayv2.export_api(h)"),
            ("lambda", "/2015-03-31/functions/f/policy?Qualifier=live", "lambda.get_policy(f:live)"),
            (
                "lambda",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/configuration",
                "lambda.get_function_configuration(arn:aws:lambda:eu-west-1:1:function:f)",
            ),
        ] {
            let (service, operation, request) = find(signing_name, "GET", path, b"", "").unwrap();
            let arguments = (operation.arguments)(&request).join(",");
            assert_eq!(format!("{}.{}({arguments})", service.name, operation.name), expected);
        }
        let (_, operation, _) = find("sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", "").unwrap();
        assert_eq!(operation.name, "get_caller_identity");
        assert!(find("apigateway", "GET", "/nothing", b"", "").is_none());
        assert_eq!(reads_from("apigateway", "GET", "/v2/nothing").unwrap().name, "apigatewayv2");
        assert!(reads_from("apigateway", "DELETE", "/restapis").is_none());
        assert!(find("apigateway", "DELETE", "/restapis", b"", "").is_none(), "nothing here writes");
        assert!(find("s3", "GET", "/restapis", b"", "").is_none());
    }

    #[test]
    fn a_function_of_another_account_keeps_its_arn() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f:live";
        assert_eq!(own_name(arn, "111122223333"), "f:live");
        assert_eq!(own_name(arn, "444455556666"), arn);
        assert_eq!(own_name("f:live", "111122223333"), "f:live");
    }

    #[test]
    fn every_operation_is_named_once() {
        for service in ALL {
            let mut names: Vec<&str> = service.operations.iter().map(|operation| operation.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", service.name);
        }
    }
}
