//! Making a recording: what AWS answered to a run of reads, with the secrets taken out.

mod standing;
mod watched;

use std::collections::{BTreeMap, BTreeSet};

use engine::reads::Answer;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cbor;
use crate::redact::redact;
use crate::service::{self, Operation, Protocol, Request, Scope, Service};
use crate::wire;
use watched::Watched;

/// A request and the response to it, as they went over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's path and query.
    pub path_and_query: &'a str,
    /// The request's `Authorization` header, whose scope names service and region.
    pub authorization: &'a str,
    /// The request's `X-Amz-Target` header, which names the operation of some services.
    pub target: &'a str,
    /// The request's body.
    pub form: &'a [u8],
    /// The response's status code.
    pub status: u16,
    /// The response's `x-amzn-errortype` header.
    pub error_type: Option<&'a str>,
    /// The response's body.
    pub body: &'a [u8],
}

/// Collects exchanges and makes a recording of them.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    calls: BTreeMap<Call, Outcomes>,
    /// Logs and metrics, by region.
    watched: BTreeMap<String, Watched>,
    /// What was told in XML, by region.
    standing: BTreeMap<String, Vec<Answer>>,
}

/// What was asked, whichever page of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    region: String,
    service: &'static str,
    operation: &'static str,
    arguments: Vec<String>,
}

/// What came of each page. An operation that does not page has one, without a token.
#[derive(Clone, Debug, Default)]
struct Outcomes(BTreeMap<(Part, Option<String>), Outcome>);

/// Which part of a list is asked for, where calls ask for parts of one: the parameters that say so.
type Part = BTreeMap<String, String>;

/// What came of one page.
#[derive(Clone, Debug)]
enum Outcome {
    /// An answer, and the token of the page that follows.
    Answer(Value, Option<String>),
    /// The thing does not exist.
    Missing,
    /// An error, as a recording holds it.
    Error(Value),
}

impl Recorder {
    /// Takes down an exchange. One of an operation that recordings do not hold is passed over.
    ///
    /// An attempt that failed is forgotten if another for the same page did not.
    pub fn observe(&mut self, exchange: Exchange) {
        let Some(scope) = Scope::of(exchange.authorization) else { return };
        let found =
            service::find(&scope.service, exchange.method, exchange.path_and_query, exchange.form, exchange.target);
        let Some((service, operation, request)) = found else { return };
        // Whose account it is stands in every recording; what else is told in XML is kept as it was understood.
        if matches!(service.protocol, Protocol::Query(_) | Protocol::Ec2(_) | Protocol::RestXml(..)) {
            return;
        }
        if operation.evaluate.is_some() {
            let watched = self.watched.entry(scope.region).or_default();
            let answer = if exchange.status == 200 { Ok(exchange.body) } else { Err(error(&exchange)) };
            return watched.observe(operation.name, &request, answer);
        }
        let arguments = (operation.arguments)(&request);
        let call = Call { region: scope.region, service: service.name, operation: operation.name, arguments };
        let outcomes = self.calls.entry(call).or_default();
        let page = page_of(operation, request);
        let outcome = match exchange.status {
            200 => answer(service, operation, exchange.body),
            404 => Outcome::Missing,
            _ if outcomes.0.get(&page).is_some_and(|known| !matches!(known, Outcome::Error(_))) => return,
            _ => Outcome::Error(error(&exchange)),
        };
        outcomes.0.insert(page, outcome);
    }

    /// Keeps the answers that an audit read besides, of which the wire tells too little: those in XML.
    pub fn keep(&mut self, region: &str, answers: &[Answer]) {
        self.standing.entry(region.to_owned()).or_default().extend_from_slice(answers);
    }

    /// The recording of an account, as JSON. Values of credentials are replaced by a hash and their last characters.
    ///
    /// A list of which a page failed is held as `{"pages": [what was read, the error]}`, so that nobody takes what was
    /// read for all there is.
    pub fn finish(self, account_id: &str, taken_at: Timestamp) -> Value {
        let mut regions: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (call, outcomes) in self.calls {
            let arguments = call.arguments.iter().map(|argument| service::own_name(argument, account_id).to_owned());
            let region = regions.entry(call.region.clone()).or_default();
            *slot(region, call.service, call.operation, &arguments.collect::<Vec<_>>()) = outcomes.held();
        }
        for (region, answers) in self.standing {
            if let Some(services) = regions.get_mut(&region) {
                standing::keep(services, &answers);
            }
        }
        let mut watched = self.watched;
        for region in watched.keys() {
            regions.entry(region.clone()).or_default();
        }
        let parts = regions.into_iter().map(|(region, mut services)| {
            redact(&mut services);
            watched.remove(&region).unwrap_or_default().finish(&mut services);
            let mut part = json!({ "accountId": account_id, "region": region, "takenAt": taken_at });
            if let Some(part) = part.as_object_mut() {
                part.append(&mut services);
            }
            part
        });
        let mut parts: Vec<Value> = parts.collect();
        match parts.as_mut_slice() {
            [only] => only.take(),
            _ => json!({ "accounts": parts }),
        }
    }
}

impl Outcomes {
    /// What a recording holds of it: the answer, `null`, the error, or the pages up to one that failed.
    fn held(mut self) -> Value {
        let mut parts: Vec<Part> = self.0.keys().map(|(part, _)| part.clone()).collect();
        parts.dedup();
        let mut whole = None;
        for part in parts {
            let broken = self.join(&part, &mut whole);
            match (broken, whole.take()) {
                (None, answers) => whole = answers,
                (Some(broken), None) => return broken,
                (Some(broken), Some(answers)) => return json!({ "pages": [answers, broken] }),
            }
        }
        whole.unwrap_or_default()
    }

    /// Adds the pages of one part, from the first to the last, to what was joined before. What comes back stands in the
    /// place of the first page that was not read.
    fn join(&mut self, part: &Part, whole: &mut Option<Value>) -> Option<Value> {
        let mut token = None;
        let mut seen = BTreeSet::new();
        loop {
            let (answer, next) = match self.0.remove(&(part.clone(), token)) {
                Some(Outcome::Answer(answer, next)) => (answer, next),
                Some(Outcome::Missing) => return Some(Value::Null),
                Some(Outcome::Error(error)) => return Some(error),
                None => return Some(never_read("the connection broke before this page was answered")),
            };
            *whole = Some(match whole.take() {
                Some(earlier) => wire::joined(earlier, answer),
                None => answer,
            });
            match next {
                None => return None,
                Some(next) if !seen.insert(next.clone()) => {
                    return Some(never_read("the list repeats the token of a page"));
                }
                next => token = next,
            }
        }
    }
}

/// Which page a request asks for.
fn page_of(operation: &Operation, mut request: Request) -> (Part, Option<String>) {
    let Some(list) = operation.list else { return Default::default() };
    let token = request.parameters.remove(list.token);
    request.parameters.remove(list.limit);
    (if operation.is_in_parts { request.parameters } else { Part::new() }, token)
}

fn answer(service: &Service, operation: &Operation, body: &[u8]) -> Outcome {
    let mut answer = read(service, operation, body);
    let next = operation.list.and_then(|list| wire::remove(&mut answer, list.next));
    let next = next.as_ref().and_then(Value::as_str).filter(|next| !next.is_empty());
    Outcome::Answer(answer, next.map(str::to_owned))
}

/// What stands in the place of a page that nobody answered.
fn never_read(why: &str) -> Value {
    json!({ "Error": { "Code": "NoAnswer", "Message": why } })
}

/// The place of an operation's answer.
fn slot<'a>(region: &'a mut Map<String, Value>, service: &str, operation: &str, arguments: &[String]) -> &'a mut Value {
    let empty = || Value::Object(Map::new());
    let mut place = region.entry(service).or_insert_with(empty);
    let mut keys = vec![operation.to_owned()];
    match (operation, arguments) {
        // Deployments are kept by API and by their own id.
        ("get_deployment", _) => keys.extend(arguments.iter().cloned()),
        (_, []) => {}
        _ => keys.push(arguments.join("/")),
    }
    for key in keys {
        if !place.is_object() {
            *place = empty();
        }
        place = &mut place[key];
    }
    place
}

fn read(service: &Service, operation: &Operation, body: &[u8]) -> Value {
    let text = || Value::from(String::from_utf8_lossy(body).into_owned());
    match serde_json::from_slice(body) {
        Ok(json) if operation.is_document => json,
        Ok(json) => (service.from_wire)(operation, json),
        Err(_) => text(),
    }
}

fn error(exchange: &Exchange) -> Value {
    let body: Value =
        serde_json::from_slice(exchange.body).ok().or_else(|| cbor::decode(exchange.body)).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)).and_then(Value::as_str);
    // Services add a URL or a namespace to the code.
    let code = exchange.error_type.or(text(["code", "__type"])).unwrap_or("InternalFailure");
    let code = code.split(':').next().and_then(|code| code.rsplit('#').next()).unwrap_or(code);
    json!({ "Error": { "Code": code, "Message": text(["message", "Message"]).unwrap_or_default() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange<'a>(path: &'a str, status: u16, body: &'a str) -> Exchange<'a> {
        Exchange {
            method: "GET",
            path_and_query: path,
            target: "",
            authorization: "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/apigateway/aws4_request, SignedHeaders=host",
            form: b"",
            status,
            error_type: (status != 200).then_some("AccessDeniedException:http://internal.amazon.com/"),
            body: body.as_bytes(),
        }
    }

    fn record(exchanges: &[Exchange]) -> Value {
        let mut recorder = Recorder::default();
        exchanges.iter().for_each(|exchange| recorder.observe(*exchange));
        recorder.finish("111122223333", "2026-10-10T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn keeps_answers_by_their_arguments_and_joins_pages() {
        let recording = record(&[
            exchange("/restapis?limit=1", 200, r#"{"item":[{"id":"a","createdDate":1791633600}],"position":"p"}"#),
            exchange("/restapis?limit=1&position=p", 200, r#"{"item":[{"id":"b"}]}"#),
            exchange("/restapis/a/deployments/d1?embed=apisummary", 200, r#"{"id":"d1","apiSummary":{}}"#),
            exchange("/restapis/a/stages/prod/exports/oas30", 200, r#"{"openapi":"3.0.1","paths":{}}"#),
            exchange("/restapis/a/models", 403, r#"{"Message":"no"}"#),
            exchange("/v2/apis", 200, r#"{"items":[{"apiId":"h"}]}"#),
        ]);
        let expected = json!({
            "accountId": "111122223333", "region": "eu-west-1", "takenAt": "2026-10-10T12:00:00Z",
            "apigateway": {
                "get_rest_apis": { "items": [{ "id": "a", "createdDate": "2026-10-10T12:00:00Z" }, { "id": "b" }] },
                "get_deployment": { "a": { "d1": { "id": "d1", "apiSummary": {} } } },
                "get_export": { "a/prod": { "openapi": "3.0.1", "paths": {} } },
                "get_models": { "a": { "Error": { "Code": "AccessDeniedException", "Message": "no" } } },
            },
            "apigatewayv2": { "get_apis": { "Items": [{ "ApiId": "h" }] } },
        });
        assert_eq!(recording, expected);
    }

    #[test]
    fn forgets_an_attempt_that_failed_before_one_that_did_not() {
        let (throttled, answered) = (exchange("/apikeys", 429, "{}"), exchange("/apikeys", 200, r#"{"item":[]}"#));
        let expected = json!({ "items": [] });
        assert_eq!(record(&[throttled, answered])["apigateway"]["get_api_keys"], expected);
        assert_eq!(record(&[answered, throttled])["apigateway"]["get_api_keys"], expected);
    }

    #[test]
    fn a_list_of_which_a_page_failed_is_not_complete() {
        let first = exchange("/apikeys?limit=1", 200, r#"{"item":[{"id":"a"}],"position":"p"}"#);
        let second = exchange("/apikeys?limit=1&position=p", 200, r#"{"item":[{"id":"b"}]}"#);
        let denied = exchange("/apikeys?limit=1&position=p", 403, r#"{"message":"no"}"#);
        let keys = |exchanges: &[Exchange]| record(exchanges)["apigateway"]["get_api_keys"].take();
        let error = |code: &str, message: &str| json!({ "Error": { "Code": code, "Message": message } });
        let read = json!({ "items": [{ "id": "a" }] });
        assert_eq!(keys(&[first, denied]), json!({ "pages": [read, error("AccessDeniedException", "no")] }));
        let broken = error("NoAnswer", "the connection broke before this page was answered");
        assert_eq!(keys(&[first]), json!({ "pages": [read, broken] }));
        let whole = json!({ "items": [{ "id": "a" }, { "id": "b" }] });
        assert_eq!(keys(&[first, denied, second]), whole, "the page was asked for again");
        assert_eq!(keys(&[first, second, denied]), whole);
    }

    #[test]
    fn part_of_the_trail_that_failed_leaves_none_of_it_whole() {
        let ask = |name: &'static str, status| {
            let form = format!(r#"{{"LookupAttributes":[{{"AttributeKey":"EventName","AttributeValue":"{name}"}}]}}"#);
            (form, status)
        };
        let asked = [ask("PutMethod", 200), ask("DeleteMethod", 403)];
        let exchanges: Vec<Exchange> = asked
            .iter()
            .map(|(form, status)| Exchange {
                method: "POST",
                target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
                authorization: "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/cloudtrail/aws4_request",
                form: form.as_bytes(),
                ..exchange("/", *status, r#"{"Events":[]}"#)
            })
            .collect();
        let events = &record(&exchanges)["cloudtrail"]["lookup_events"];
        assert!(events.get("Error").is_some() || events.pointer("/pages/1/Error").is_some(), "{events}");
        assert_eq!(record(&exchanges[..1])["cloudtrail"]["lookup_events"], json!({ "Events": [] }));
    }

    #[test]
    fn a_function_of_another_account_is_held_by_its_arn() {
        let authorization = "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/lambda/aws4_request";
        let ask = |path: &'static str, body: &'static str| Exchange { authorization, ..exchange(path, 200, body) };
        let recording = record(&[
            ask("/2015-03-31/functions/f/configuration", r#"{"FunctionName":"f"}"#),
            ask(
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A444455556666%3Afunction%3Af/configuration",
                r#"{"FunctionName":"f","Runtime":"other"}"#,
            ),
        ]);
        let expected = json!({
            "f": { "FunctionName": "f" },
            "arn:aws:lambda:eu-west-1:444455556666:function:f": { "FunctionName": "f", "Runtime": "other" },
        });
        assert_eq!(recording["lambda"]["get_function_configuration"], expected);
    }

    #[test]
    fn keeps_the_events_of_all_pages_and_spans_once_and_the_series_of_all_calls() {
        let logs = "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/logs/aws4_request";
        let ask = |target: &'static str, form: &'static str, status, body: &'static str| Exchange {
            method: "POST",
            target,
            authorization: logs,
            form: form.as_bytes(),
            error_type: None,
            ..exchange("/", status, body)
        };
        let filter = |form, status, body| ask("Logs_20140328.FilterLogEvents", form, status, body);
        let event = r#"{"events":[{"eventId":"1","timestamp":7,"message":"Authorization: Bearer abcdefghijklmnop"}],"nextToken":"t"}"#;
        let later = r#"{"events":[{"eventId":"2","timestamp":5,"message":"fine"}]}"#;
        let metrics = cbor::encode(
            &json!({ "MetricDataResults": [{ "Id": "a", "Timestamps": [60], "Values": [2.5] }] }),
            &["Timestamps"],
        );
        let query = cbor::encode(
            &json!({ "MetricDataQueries": [{ "Id": "a", "MetricStat": { "Metric": { "Namespace": "AWS/Lambda",
                "MetricName": "Errors", "Dimensions": [{ "Name": "FunctionName", "Value": "f" }] } } }] }),
            &[],
        );
        let recording = record(&[
            ask("Logs_20140328.DescribeLogGroups", r#"{"logGroupNamePrefix":"nowhere"}"#, 200, r#"{"logGroups":[]}"#),
            filter(r#"{"logGroupName":"g"}"#, 200, event),
            filter(r#"{"logGroupName":"g","nextToken":"t"}"#, 400, r#"{"__type":"ThrottlingException"}"#),
            filter(r#"{"logGroupName":"g","nextToken":"t"}"#, 200, later),
            filter(r#"{"logGroupName":"g","startTime":6}"#, 200, event),
            filter(r#"{"logGroupName":"shut"}"#, 400, r#"{"__type":"AccessDeniedException","Message":"no"}"#),
            filter(r#"{"logGroupName":"gone"}"#, 400, r#"{"__type":"ResourceNotFoundException"}"#),
            Exchange {
                method: "POST",
                authorization: "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/monitoring/aws4_request",
                form: &query,
                body: &metrics,
                ..exchange("/service/GraniteServiceVersion20100801/operation/GetMetricData", 200, "")
            },
        ]);
        let messages: Vec<&Value> =
            recording["logs"]["g"].as_array().unwrap().iter().map(|event| &event["message"]).collect();
        assert_eq!((messages.len(), messages[0]), (2, &json!("fine")));
        assert!(!messages[1].as_str().unwrap().contains("abcdefghijklmnop"), "{}", messages[1]);
        assert_eq!(recording["logs"]["shut"]["Error"]["Code"], "AccessDeniedException");
        assert_eq!((&recording["logs"]["gone"], &recording["logs"]["nowhere"]), (&Value::Null, &Value::Null));
        let series = json!([{ "namespace": "AWS/Lambda", "metric": "Errors", "dimensions": { "FunctionName": "f" },
            "values": [[60_000, 2.5]] }]);
        assert_eq!(recording["metrics"], series);
    }

    #[test]
    fn holds_no_secret() {
        let secret = "s3cr3t-s3cr3t-s3cr3t";
        let quoted = format!("'{secret}'");
        let integration = json!({
            "uri": "arn:aws:lambda:eu-west-1:1:function:${stageVariables.tokenFunction}",
            "requestParameters": {
                "integration.request.header.Authorization": quoted,
                "integration.request.header.Via": format!("'Bearer {secret}'"),
            },
        });
        let bodies = [
            ("/apikeys?includeValues=true", json!({ "item": [{ "id": "k", "value": secret }] })),
            ("/apikeys/k?includeValue=true", json!({ "id": "k", "value": secret })),
            ("/usageplans/p/keys", json!({ "item": [{ "id": "k", "value": secret }] })),
            ("/usageplans/p/keys/k", json!({ "id": "k", "value": secret })),
            ("/restapis/a/stages/prod", json!({ "stageName": "prod", "variables": { "dbPwd": secret } })),
            (
                "/restapis/a/resources?embed=methods",
                json!({ "item": [{ "resourceMethods": { "GET": { "methodIntegration": integration } } }] }),
            ),
            (
                "/restapis/a/stages",
                json!({ "item": [{ "stageName": "prod", "variables": { "dbPassword": secret, "tokenFunction": "fn" } }] }),
            ),
            (
                "/v2/apis/h/integrations",
                json!({ "items": [{
                    "integrationUri": format!("https://x.example/?api_key={secret}"),
                    "responseParameters": { "200": { "overwrite:header.x-token": secret } },
                }] }),
            ),
        ];
        let bodies: Vec<(&str, String)> = bodies.iter().map(|(path, body)| (*path, body.to_string())).collect();
        let exchanges: Vec<Exchange> = bodies.iter().map(|(path, body)| exchange(path, 200, body)).collect();
        let recording = record(&exchanges);
        assert!(!recording.to_string().contains(secret), "{recording:#}");
        let variables = &recording["apigateway"]["get_stages"]["a"]["item"][0]["variables"];
        assert_eq!(variables["tokenFunction"], "fn", "what names a function is no secret");
    }
}
