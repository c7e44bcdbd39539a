//! Signed requests to services that are read too little to bring their SDK client: AWS Signature Version 4 over the same
//! HTTP stack, beneath the same quotas.

mod forward;
mod xml;

use std::borrow::Cow;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use engine::observed::{NotRead, Why};
use engine::{arn, exchange};
use http_body_util::BodyExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::connect::is_host_label;
use crate::read::{Call, chain};
use crate::send;

pub use forward::{Forwarded, Forwarder};
pub(crate) use xml::Shape;

/// A service, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in the scope of a signature, and the first label of its endpoint's name.
    pub(crate) name: &'static str,
    /// Whether a partition has one endpoint of it, and not one in each region.
    pub(crate) is_global: bool,
    /// How requests and answers are written.
    pub(crate) protocol: Protocol,
    /// The error codes with which it says that there is no such thing.
    pub(crate) missing: &'static [&'static str],
}

/// How requests name their operation, and how answers are written.
#[derive(Debug)]
pub(crate) enum Protocol {
    /// Path and query; JSON.
    RestJson,
    /// Path and query; XML.
    RestXml(&'static Shape),
    /// The header `X-Amz-Target`, of which this is the first part; JSON, in the version 1.1 or, with `Json10`, 1.0.
    Json(&'static str),
    /// As [`Protocol::Json`].
    Json10(&'static str),
    /// The form fields `Action` and `Version`; XML.
    Query(&'static str, &'static Shape),
}

/// One read of a service.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) service: &'static Service,
    /// The region; for a global service, any of the partition.
    pub(crate) region: String,
    /// The path of [`Protocol::RestJson`] and [`Protocol::RestXml`], percent-encoded; otherwise the operation's name.
    pub(crate) operation: String,
    /// The parameters: of the query, the form or the JSON.
    pub(crate) parameters: Map<String, Value>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The service says that there is no such thing.
    Missing,
    /// It was not read.
    Not(NotRead),
}

/// Sends signed requests.
pub(crate) struct Signer {
    credentials: Option<SharedCredentialsProvider>,
    held: Mutex<Option<Credentials>>,
    endpoint_url: Option<String>,
    connect: Box<dyn Fn() -> SharedHttpConnector + Send + Sync>,
    connector: OnceLock<SharedHttpConnector>,
}

/// The first attempt and two more.
const ATTEMPTS: u32 = 3;

/// The wait before the second attempt; it doubles.
const BACK_OFF: Duration = Duration::from_millis(200);

/// How long an answer may take, its body included.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a signature is made of.
struct Message<'a> {
    method: &'a str,
    uri: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
}

impl Message<'_> {
    /// The headers of its signature.
    fn signature(
        &self,
        credentials: Credentials,
        service: &str,
        region: &str,
    ) -> Result<Vec<(String, String)>, String> {
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| chain(&error))?
            .into();
        let (headers, body) = (self.headers.iter().copied(), SignableBody::Bytes(self.body.as_bytes()));
        let signable = SignableRequest::new(self.method, self.uri, headers, body).map_err(|error| chain(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| chain(&error))?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// What is not encoded in a path or a query: RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A segment of a path, or a name or value of a query.
pub(crate) fn encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

/// An answer, before anything is made of it.
struct Reply {
    status: u16,
    error_type: Option<String>,
    body: Vec<u8>,
}

/// Why an attempt failed.
enum Failed {
    /// Another attempt may help: a broken connection, or nobody answered in time.
    Transport(String),
    /// None will.
    Hopeless(String),
}

impl Signer {
    /// `connect` makes the connector when the first request is sent: that loads certificates.
    pub(crate) fn new(
        credentials: Option<SharedCredentialsProvider>,
        endpoint_url: Option<String>,
        connect: impl Fn() -> SharedHttpConnector + Send + Sync + 'static,
    ) -> Signer {
        let held = Mutex::new(None);
        Signer { credentials, held, endpoint_url, connect: Box::new(connect), connector: OnceLock::new() }
    }

    /// The answer to a request, as JSON.
    pub(crate) async fn read(&self, request: &Request, call: &Call) -> Result<Value, Refused> {
        let mut wait = BACK_OFF;
        let mut attempt = 1;
        loop {
            let refused = match self.send(request).await {
                Ok(reply) if reply.status == 200 => return request.answer(&reply).map_err(|why| failed(call, &why)),
                Ok(reply) => request.refused(&reply, call),
                Err(Failed::Transport(why)) => (failed(call, &why), true),
                Err(Failed::Hopeless(why)) => (failed(call, &why), false),
            };
            match refused {
                (refused, true) if attempt == ATTEMPTS => return Err(refused),
                (_, true) => tokio::time::sleep(wait).await,
                (refused, false) => return Err(refused),
            }
            attempt += 1;
            wait *= 2;
        }
    }

    async fn send(&self, request: &Request) -> Result<Reply, Failed> {
        let credentials = self.credentials().await.map_err(Failed::Hopeless)?;
        let request = request.signed(self.endpoint_url.as_deref(), credentials).map_err(Failed::Hopeless)?;
        let connector = self.connector.get_or_init(|| (self.connect)());
        let exchange = async {
            let response: HttpResponse =
                connector.call(request).await.map_err(|error| Failed::Transport(chain(&error)))?;
            let status = response.status().as_u16();
            let error_type = response.headers().get("x-amzn-errortype").map(str::to_owned);
            let body = response.into_body().collect().await.map_err(|error| Failed::Transport(chain(&*error)))?;
            Ok(Reply { status, error_type, body: body.to_bytes().to_vec() })
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(reply) => reply,
            Err(_) => Err(Failed::Transport(format!("there was no answer within {} seconds", PATIENCE.as_secs()))),
        }
    }

    /// The headers that sign somebody else's request for a service and a region.
    pub(crate) async fn headers(
        &self,
        request: &exchange::Request,
        scope: &send::Scope,
        uri: &str,
    ) -> Result<Vec<(String, String)>, String> {
        let credentials = self.credentials().await?;
        // What is signed has to arrive as it is: of the headers, those alone that nobody adds to.
        let signed = ["content-type", "x-apigw-api-id"];
        let own = signed.iter().filter_map(|name| Some((*name, request.headers.get(name)?)));
        let host = ("host", request.headers.get("host").unwrap_or(&request.url.host));
        let body = request.body.text().unwrap_or_default();
        let message = Message { method: &request.method, uri, headers: &own.chain([host]).collect::<Vec<_>>(), body };
        message.signature(credentials, &scope.service, &scope.region)
    }

    /// The credentials that were found before, unless they expire.
    async fn credentials(&self) -> Result<Credentials, String> {
        let soon = SystemTime::now() + Duration::from_secs(60);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.filter(|held| held.expiry().is_none_or(|expiry| expiry > soon)) {
            return Ok(held);
        }
        let Some(provider) = &self.credentials else { return Err("there are no credentials".to_owned()) };
        let found = provider.provide_credentials().await.map_err(|error| chain(&error))?;
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }
}

impl Request {
    /// The request as it is sent.
    fn signed(&self, endpoint_url: Option<&str>, credentials: Credentials) -> Result<HttpRequest, String> {
        let Endpoint { url, region } = self.service.endpoint(&self.region)?;
        let url = endpoint_url.map_or(url, |url| url.trim_end_matches('/').to_owned());
        let (method, path, body, headers): (_, _, _, Vec<(&str, String)>) = match self.service.protocol {
            // Without `Accept`, API Gateway answers in a form of its own.
            Protocol::RestJson => ("GET", self.path_and_query(), String::new(), vec![("accept", JSON.to_owned())]),
            Protocol::RestXml(_) => ("GET", self.path_and_query(), String::new(), Vec::new()),
            Protocol::Json(target) | Protocol::Json10(target) => {
                let target = format!("{target}.{}", self.operation);
                let version = if matches!(self.service.protocol, Protocol::Json10(_)) { "1.0" } else { "1.1" };
                let content_type = format!("application/x-amz-json-{version}");
                let headers = vec![("content-type", content_type), ("x-amz-target", target)];
                ("POST", "/".to_owned(), Value::from(self.parameters.clone()).to_string(), headers)
            }
            Protocol::Query(version, _) => {
                let form = format!("Action={}&Version={version}", self.operation);
                let content_type = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
                let body = [form, self.pairs()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
                ("POST", "/".to_owned(), body.join("&"), vec![("content-type", content_type)])
            }
        };
        let uri = format!("{url}{path}");
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let message = Message { method, uri: &uri, headers: &headers, body: &body };
        let signature = message.signature(credentials, self.service.name, &region)?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|error| chain(&error))?;
        request.set_uri(uri).map_err(|error| chain(&error))?;
        let signature = signature.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in headers.into_iter().chain(signature) {
            let added = request.headers_mut().try_insert(name.to_owned(), value.to_owned());
            added.map_err(|error| chain(&error))?;
        }
        Ok(request)
    }

    fn path_and_query(&self) -> String {
        let query = self.pairs();
        if query.is_empty() { self.operation.clone() } else { format!("{}?{query}", self.operation) }
    }

    fn pairs(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = self.parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(&text(value))));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// What an answer says.
    fn answer(&self, reply: &Reply) -> Result<Value, String> {
        match self.service.protocol {
            Protocol::RestXml(shape) | Protocol::Query(_, shape) => shape.read(&reply.body),
            // SQS's calls that have nothing to say answer with no body at all.
            Protocol::Json10(_) if reply.body.is_empty() => Ok(Value::Null),
            Protocol::RestJson | Protocol::Json(_) | Protocol::Json10(_) => {
                serde_json::from_slice(&reply.body).map_err(|error| format!("the answer is not JSON: {error}"))
            }
        }
    }

    /// What an error says, and whether another attempt may help.
    fn refused(&self, reply: &Reply, call: &Call) -> (Refused, bool) {
        let (code, message) = match self.service.protocol {
            Protocol::RestXml(_) | Protocol::Query(..) => xml::error(&reply.body),
            Protocol::RestJson | Protocol::Json(_) | Protocol::Json10(_) => json_error(reply),
        };
        if self.service.missing.contains(&code.as_str()) {
            return (Refused::Missing, false);
        }
        let why = call.refused(Some(reply.status), &code, message.as_deref());
        let is_worth_it = why.why == Why::Throttled || reply.status >= 500;
        (Refused::Not(why), is_worth_it)
    }
}

const JSON: &str = "application/json";

/// Code and message of an error in JSON. Services add a URL or a namespace to the code.
fn json_error(reply: &Reply) -> (String, Option<String>) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)).and_then(Value::as_str);
    let code = reply.error_type.as_deref().or(text(["__type", "code"])).unwrap_or_default();
    let code = code.split(':').next().and_then(|code| code.rsplit('#').next()).unwrap_or_default();
    (code.to_owned(), text(["message", "Message"]).map(str::to_owned))
}

fn failed(call: &Call, why: &str) -> Refused {
    Refused::Not(call.failed(why))
}

/// Where a service is, and the region that requests to it are signed for.
#[derive(Debug, PartialEq, Eq)]
struct Endpoint {
    url: String,
    region: String,
}

impl Service {
    /// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
    fn endpoint(&self, region: &str) -> Result<Endpoint, String> {
        // The name of a region may come from a request's URL, and becomes part of the name of a host that is trusted.
        if !is_host_label(region) {
            return Err("that is no name of a region".to_owned());
        }
        let (host, region) = match (self.is_global, self.name, arn::partition(region)) {
            (true, "organizations", "aws") => ("organizations.us-east-1.amazonaws.com".to_owned(), "us-east-1"),
            (true, "organizations", "aws-us-gov") => {
                ("organizations.us-gov-west-1.amazonaws.com".to_owned(), "us-gov-west-1")
            }
            (true, "iam", "aws-cn") => ("iam.cn-north-1.amazonaws.com.cn".to_owned(), "cn-north-1"),
            (true, name, "aws-cn") => (format!("{name}.cn-northwest-1.amazonaws.com.cn"), "cn-northwest-1"),
            (true, name, "aws-us-gov") => (format!("{name}.us-gov.amazonaws.com"), "us-gov-west-1"),
            (true, name, _) => (format!("{name}.amazonaws.com"), "us-east-1"),
            (false, name, "aws-cn") => (format!("{name}.{region}.amazonaws.com.cn"), region),
            (false, name, _) => (format!("{name}.{region}.amazonaws.com"), region),
        };
        Ok(Endpoint { url: format!("https://{host}"), region: region.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IAM: Service = Service { name: "iam", is_global: true, protocol: Protocol::RestJson, missing: &[] };
    const ORGANIZATIONS: Service = Service { name: "organizations", ..IAM };
    const EC2: Service = Service { name: "ec2", is_global: false, ..IAM };

    fn endpoint(service: &Service, region: &str) -> Result<(String, String), String> {
        service.endpoint(region).map(|Endpoint { url, region }| (url, region))
    }

    #[test]
    fn endpoints_are_those_of_the_partition() {
        for (service, region, url, signed) in [
            (&EC2, "eu-west-1", "https://ec2.eu-west-1.amazonaws.com", "eu-west-1"),
            (&EC2, "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (&EC2, "us-gov-east-1", "https://ec2.us-gov-east-1.amazonaws.com", "us-gov-east-1"),
            (&IAM, "eu-west-1", "https://iam.amazonaws.com", "us-east-1"),
            (&ORGANIZATIONS, "eu-west-1", "https://organizations.us-east-1.amazonaws.com", "us-east-1"),
            (&ORGANIZATIONS, "us-gov-east-1", "https://organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            (&ORGANIZATIONS, "cn-north-1", "https://organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
            (&IAM, "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (&IAM, "us-gov-east-1", "https://iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ] {
            assert_eq!(endpoint(service, region), Ok((url.to_owned(), signed.to_owned())), "{region}");
        }
    }

    #[test]
    fn a_region_is_no_way_to_another_host() {
        for region in ["", "evil.example", "a/b", "a@b", "a:1", "a#"] {
            assert!(endpoint(&EC2, region).is_err(), "{region}");
        }
    }

    #[test]
    fn a_request_is_signed_for_its_service_and_region() {
        let mut parameters = Map::new();
        parameters.insert("Domain".to_owned(), Value::from("demo"));
        let service: &'static Service = &Service {
            name: "cognito-idp",
            is_global: false,
            protocol: Protocol::Json("AWSCognitoIdentityProviderService"),
            missing: &[],
        };
        let request = Request {
            service,
            region: "eu-west-1".to_owned(),
            operation: "DescribeUserPoolDomain".to_owned(),
            parameters,
        };
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test");
        let sent = request.signed(None, credentials).unwrap();
        assert_eq!((sent.method(), sent.uri()), ("POST", "https://cognito-idp.eu-west-1.amazonaws.com/"));
        let header = |name: &str| sent.headers().get(name).unwrap_or_default();
        assert_eq!(header("x-amz-target"), "AWSCognitoIdentityProviderService.DescribeUserPoolDomain");
        assert!(header("authorization").contains("/eu-west-1/cognito-idp/aws4_request"), "{}", header("authorization"));
        assert_eq!(header("x-amz-security-token"), "token");
        assert_eq!(sent.body().bytes(), Some(br#"{"Domain":"demo"}"#.as_slice()));
    }

    #[tokio::test]
    async fn somebody_elses_request_is_signed_for_its_api() {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test");
        let signer =
            Signer::new(Some(SharedCredentialsProvider::new(credentials)), None, || crate::connect::connector(true));
        let asked = serde_json::json!({ "method": "POST", "url": "https://api.example.com/orders?x=1", "body": "{}",
            "headers": { "Content-Type": "application/json", "X-Other": "1" } });
        let asked = exchange::json::request(&asked).unwrap();
        let scope = send::Scope { region: "eu-west-1".to_owned(), service: "execute-api".to_owned() };
        let headers = signer.headers(&asked, &scope, "https://api.example.com/orders?x=1").await.unwrap();
        let header = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        assert_eq!(header("x-amz-security-token"), Some("token"));
        let authorization = header("authorization").unwrap();
        assert!(authorization.contains("/eu-west-1/execute-api/aws4_request"), "{authorization}");
        let signed = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,";
        assert!(authorization.contains(signed), "{authorization}");
    }
}
