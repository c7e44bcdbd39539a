//! The event that API Gateway would send to a function
//! (docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
//! …/http-api-develop-integrations-lambda.html).

use serde_json::{Map, Value, json};

use super::plan::Entry;
use crate::configuration::RouteKey;
use crate::response::Kind;
use crate::snapshot::{Api, Snapshot, Stage};

/// The address that the events give for their caller: one that is kept for documentation (RFC 5737).
const SOURCE_IP: &str = "192.0.2.1";

/// The id that the events give for their request.
const REQUEST_ID: &str = "stagecheck-probe";

/// What an event tells of.
pub(super) struct Asked<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) api: &'a Api,
    pub(super) stage: &'a Stage,
    pub(super) key: &'a RouteKey,
    pub(super) entry: &'a Entry,
    /// The path after the stage.
    pub(super) path: String,
    /// What stands before it.
    pub(super) prefix: String,
    pub(super) host: String,
}

/// `null` for what is empty, as payload format 1.0 has it.
fn or_null(pairs: Map<String, Value>) -> Value {
    if pairs.is_empty() { Value::Null } else { Value::Object(pairs) }
}

impl Asked<'_> {
    fn headers(&self) -> Vec<(String, String)> {
        let given = self.entry.headers.0.iter().cloned();
        let host = ("Host".to_owned(), self.host.clone());
        given.chain((!self.entry.headers.has("host")).then_some(host)).collect()
    }

    fn time(&self) -> (String, i64) {
        let time = self.snapshot.taken_at;
        (time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(), time.as_millisecond())
    }

    fn pairs<'b>(pairs: impl IntoIterator<Item = (&'b String, &'b String)>) -> Map<String, Value> {
        pairs.into_iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
    }

    fn prefix_of_domain(&self) -> &str {
        self.host.split('.').next().unwrap_or_default()
    }
}

/// Payload format 1.0, and the event of REST APIs, which is the same without its version.
pub(super) fn version_1(asked: &Asked<'_>, kind: Kind) -> Value {
    let Asked { snapshot, api, stage, key, entry, path, prefix, host } = asked;
    let (mut headers, mut lists) = (Map::new(), Map::new());
    for (name, value) in asked.headers() {
        headers.insert(name.clone(), Value::from(value.clone()));
        let list = lists.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(Value::from(value));
        }
    }
    let query = Asked::pairs(&entry.query);
    let query_lists: Map<String, Value> =
        entry.query.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let (time, epoch) = asked.time();
    // A parameter keeps its own name; the sign of a greedy one is no part of it.
    let mut event = json!({
        "resource": key.path,
        "path": path,
        "httpMethod": entry.method,
        "headers": headers,
        "multiValueHeaders": lists,
        "queryStringParameters": or_null(query),
        "multiValueQueryStringParameters": or_null(query_lists),
        "pathParameters": or_null(Asked::pairs(&entry.path_parameters)),
        "stageVariables": or_null(Asked::pairs(&stage.variables)),
        "requestContext": {
            "accountId": snapshot.account_id,
            "apiId": api.id,
            "domainName": host,
            "domainPrefix": asked.prefix_of_domain(),
            "extendedRequestId": REQUEST_ID,
            "httpMethod": entry.method,
            "identity": { "sourceIp": SOURCE_IP, "userAgent": "stagecheck" },
            "path": format!("{prefix}{path}"),
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": time,
            "requestTimeEpoch": epoch,
            "resourcePath": key.path,
            "stage": stage.name,
        },
        "body": entry.body,
        "isBase64Encoded": false,
    });
    if let (Kind::Http1, Some(object)) = (kind, event.as_object_mut()) {
        object.insert("version".to_owned(), "1.0".into());
    }
    event
}

/// Payload format 2.0: names in lower case, values of one name joined by commas, and nothing where there is nothing.
pub(super) fn version_2(asked: &Asked<'_>) -> Value {
    let Asked { snapshot, api, stage, key, entry, path, prefix, host } = asked;
    let mut headers: Map<String, Value> = Map::new();
    let mut cookies = Vec::new();
    for (name, value) in asked.headers() {
        let name = name.to_ascii_lowercase();
        if name == "cookie" {
            cookies.extend(value.split("; ").map(str::to_owned));
            continue;
        }
        let joined = headers.get(&name).and_then(Value::as_str).map(|earlier| format!("{earlier},{value}"));
        headers.insert(name, Value::from(joined.unwrap_or(value)));
    }
    let query: Vec<String> = entry
        .query
        .iter()
        .map(|(name, value)| {
            let encode = crate::exchange::encoding::percent_encoded;
            format!("{}={}", encode(name), encode(value))
        })
        .collect();
    let (time, epoch) = asked.time();
    let raw_path = format!("{prefix}{path}");
    let mut event = json!({
        "version": "2.0",
        "routeKey": key.to_string(),
        "rawPath": raw_path,
        "rawQueryString": query.join("&"),
        "headers": headers,
        "requestContext": {
            "accountId": snapshot.account_id,
            "apiId": api.id,
            "domainName": host,
            "domainPrefix": asked.prefix_of_domain(),
            "http": { "method": entry.method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": SOURCE_IP,
                "userAgent": "stagecheck" },
            "requestId": REQUEST_ID,
            "routeKey": key.to_string(),
            "stage": stage.name,
            "time": time,
            "timeEpoch": epoch,
        },
        "isBase64Encoded": false,
    });
    let optional = [
        ("cookies", (!cookies.is_empty()).then(|| json!(cookies))),
        ("queryStringParameters", (!entry.query.is_empty()).then(|| json!(entry.query))),
        ("pathParameters", (!entry.path_parameters.is_empty()).then(|| json!(entry.path_parameters))),
        ("stageVariables", (!stage.variables.is_empty()).then(|| json!(stage.variables))),
        ("body", entry.body.as_ref().map(|body| json!(body))),
    ];
    if let Some(object) = event.as_object_mut() {
        object.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    event
}
