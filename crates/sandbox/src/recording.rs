//! A recording: what AWS answered, by service and operation, keyed by the arguments where there are any.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::service;

/// What the APIs themselves answer stands under this name.
pub(crate) const EXECUTE_API: &str = "execute-api";

/// A recorded account, or several accounts or regions of one.
#[derive(Clone, Debug)]
pub struct Recording {
    parts: Vec<Part>,
}

/// What was recorded of one account in one region.
#[derive(Clone, Debug)]
pub struct Part {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// When it was recorded.
    pub taken_at: Option<Timestamp>,
    /// By service and operation; of `logs` by log group, of `execute-api` by request.
    operations: BTreeMap<(String, String), Answers>,
    /// Series of metrics.
    metrics: Option<Json>,
    /// What else the recording has, which is no service of the control plane's kind.
    others: Vec<Json>,
}

/// JSON as text: as a tree it takes ten times the memory, and most answers are asked for once.
#[derive(Clone, Debug)]
struct Json(Box<RawValue>);

/// What is held of one operation.
#[derive(Clone, Debug)]
enum Answers {
    /// An object: the only answer's members, or answers by arguments.
    Members(BTreeMap<String, Json>),
    /// Anything else.
    Other(Json),
}

/// Why a document is no recording. Each is the document's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// It is not JSON, or ends too early.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is JSON, but lacks what every recording has.
    #[error("not a recording: {0}")]
    Shape(String),
}

/// What a recording holds in the place of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// An answer.
    Answer(Value),
    /// The service answers that the thing does not exist.
    NotFound,
    /// The service answers with this error.
    Error {
        /// The error's code, `AccessDeniedException`.
        code: String,
        /// What it says.
        message: String,
    },
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] says what is wrong with the document.
    pub fn parse(text: &str) -> Result<Recording, RecordingError> {
        // A recording is an object; so is each of `accounts`.
        let not_json = |error: serde_json::Error| RecordingError::NotJson(error.to_string());
        let document: &RawValue = serde_json::from_str(text).map_err(not_json)?;
        let parts = match members(document)?.remove("accounts") {
            Some(accounts) => {
                let accounts: Vec<Json> = serde_json::from_str::<Vec<Box<RawValue>>>(accounts.0.get())
                    .map_err(|_| RecordingError::Shape("`accounts` is no list".to_owned()))?
                    .into_iter()
                    .map(Json)
                    .collect();
                accounts.into_iter().map(|account| Part::parse(&account.0)).collect::<Result<_, _>>()?
            }
            None => vec![Part::parse(document)?],
        };
        if parts.is_empty() {
            return Err(RecordingError::Shape("`accounts` is empty".to_owned()));
        }
        Ok(Recording { parts })
    }

    /// The recorded accounts and regions, in the order of the document.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What was recorded of a region of the account that comes first.
    pub fn region(&self, region: &str) -> Option<&Part> {
        self.own().find(|part| part.region == region)
    }

    /// How many accounts were recorded. Only the first is served: one report is about one account.
    pub fn accounts(&self) -> usize {
        self.parts.iter().map(|part| part.account_id.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// What an API itself answers to a request, `GET https://host/path`. Nothing where it is not held.
    pub fn api_answer(&self, request: &str) -> Option<Held> {
        self.own().find_map(|part| part.held(EXECUTE_API, request, &[]))
    }

    /// Whether something is held that is answered at this host.
    pub fn has_api_host(&self, host: &str) -> bool {
        let own = self.own().filter_map(|part| part.names_of(EXECUTE_API)).flatten();
        own.filter_map(|request| request.split_once("://")?.1.split('/').next()).any(|own| own == host)
    }

    /// What was recorded of the account that comes first.
    fn own(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.account_id == self.account_id())
    }

    /// The account that comes first.
    pub fn account_id(&self) -> &str {
        self.parts.first().map(|part| part.account_id.as_str()).unwrap_or_default()
    }

    /// The regions of the account that comes first of which API Gateway was read. A region of which only functions were
    /// read, that an API elsewhere calls, is none of these; unless there is no other.
    pub fn regions(&self) -> Vec<String> {
        let with_apis: Vec<String> =
            self.own().filter(|part| part.holds_api_gateway()).map(|part| part.region.clone()).collect();
        if with_apis.is_empty() { self.own().map(|part| part.region.clone()).collect() } else { with_apis }
    }

    /// The present of a recording: when it was taken; for want of that, the newest time in it.
    pub fn now(&self) -> Option<Timestamp> {
        let taken = self.parts.iter().filter_map(|part| part.taken_at).max();
        taken.or_else(|| self.parts.iter().filter_map(Part::newest_time).max())
    }
}

impl Part {
    fn parse(document: &RawValue) -> Result<Part, RecordingError> {
        let mut members = members(document)?;
        let mut text = |name: &str| match members.remove(name).map(|json| json.value()) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let missing = |name: &str| RecordingError::Shape(format!("it has no `{name}`, which every recording has"));
        let account_id = text("accountId").ok_or_else(|| missing("accountId"))?;
        let region = text("region").ok_or_else(|| missing("region"))?;
        let taken_at = match text("takenAt").map(|time| (time.parse(), time)) {
            None => None,
            Some((Ok(time), _)) => Some(time),
            Some((Err(_), time)) => {
                return Err(RecordingError::Shape(format!("`takenAt` is no time in RFC 3339: {time}")));
            }
        };
        let mut operations = BTreeMap::new();
        let mut others = Vec::new();
        let metrics = members.remove("metrics");
        for (name, json) in members {
            if name != EXECUTE_API && !service::ALL.iter().any(|service| service.name == name) {
                others.push(json);
                continue;
            }
            let answers = self::members(&json.0)
                .map_err(|_| RecordingError::Shape(format!("`{name}` holds no operations: it is no JSON object")))?;
            operations.extend(answers.into_iter().map(|(operation, json)| {
                let answers = self::members(&json.0).map_or(Answers::Other(json), Answers::Members);
                ((name.clone(), operation), answers)
            }));
        }
        let part = Part { account_id, region, taken_at, operations, metrics, others };
        // Text that looks like JSON may yet break its rules, with half a surrogate or too many levels.
        let broken = part.texts().find_map(|json| serde_json::from_str::<Value>(json.0.get()).err());
        match broken {
            Some(error) => Err(RecordingError::NotJson(error.to_string())),
            None => Ok(part),
        }
    }

    fn holds_api_gateway(&self) -> bool {
        self.operations.keys().any(|(service, _)| service.starts_with("apigateway"))
    }

    fn texts(&self) -> impl Iterator<Item = &Json> {
        let answers = self.operations.values().flat_map(|answers| match answers {
            Answers::Members(members) => members.values().collect(),
            Answers::Other(json) => vec![json],
        });
        answers.chain(&self.metrics).chain(&self.others)
    }

    /// What an operation answered for the given arguments; nothing where the recording does not hold it.
    ///
    /// Arguments stand joined by `/`, or one within the other.
    pub fn held(&self, service: &str, operation: &str, arguments: &[&str]) -> Option<Held> {
        let answers = self.answers(service, operation)?;
        if let Some(error) = answers.get("Error").and_then(|error| self::error(&error)) {
            return Some(error);
        }
        let answer = match arguments.split_first() {
            None => answers.whole(),
            Some((first, rest)) => answers.get(&arguments.join("/")).or_else(|| {
                rest.iter()
                    .try_fold(answers.get(first)?, |mut value, argument| value.get_mut(argument).map(Value::take))
            })?,
        };
        Some(settled(answer))
    }

    /// All that is held of an operation under some arguments and one more: one object within the other, or keys that
    /// begin with the arguments. Nothing where the recording holds nothing there.
    pub fn under(&self, service: &str, operation: &str, arguments: &[&str]) -> Option<Vec<Value>> {
        let Answers::Members(members) = self.answers(service, operation)? else { return None };
        let is_error = |value: &Value| value.get("Error").and_then(error).is_some();
        if members.get("Error").and_then(|json| error(&json.value())).is_some() {
            return None;
        }
        let Some((first, rest)) = arguments.split_first() else {
            // What is held by the ARN of a function is another account's.
            let own = members.iter().filter(|(key, _)| !key.contains(":function:"));
            let own: Vec<Value> = own.map(|(_, json)| json.value()).collect();
            return (!own.is_empty()).then_some(own);
        };
        let nested = members.get(*first).map(Json::value);
        let nested = nested.and_then(|value| {
            rest.iter().try_fold(value, |mut value, argument| value.get_mut(argument).map(Value::take))
        });
        if let Some(Value::Object(object)) = nested.filter(|nested| !is_error(nested)) {
            return (!object.is_empty()).then(|| object.into_iter().map(|(_, value)| value).collect());
        }
        let prefix: String = arguments.iter().map(|argument| format!("{argument}/")).collect();
        let joined = members.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(_, json)| json.value());
        let joined: Vec<Value> = joined.collect();
        (!joined.is_empty()).then_some(joined)
    }

    /// The series of metrics that are held, or the error in their place. Nothing where metrics were not recorded.
    pub(crate) fn metrics(&self) -> Option<Value> {
        self.metrics.as_ref().map(Json::value)
    }

    /// The names under which something is held of a service that has no operations. Nothing where there are none.
    pub(crate) fn names_of(&self, service: &str) -> Option<impl Iterator<Item = &str>> {
        let own = self.operations.keys().filter(move |(own, _)| own == service).map(|(_, name)| name.as_str());
        let mut own = own.peekable();
        own.peek().is_some().then_some(own)
    }

    fn answers(&self, service: &str, operation: &str) -> Option<&Answers> {
        self.operations.get(&(service.to_owned(), operation.to_owned()))
    }

    fn newest_time(&self) -> Option<Timestamp> {
        self.texts().filter_map(|json| newest_time(&json.value())).max()
    }
}

impl Json {
    /// The tree. What is held was parsed once when the recording was read, so it parses.
    fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

impl Answers {
    fn get(&self, key: &str) -> Option<Value> {
        match self {
            Answers::Members(members) => members.get(key).map(Json::value),
            Answers::Other(_) => None,
        }
    }

    fn whole(&self) -> Value {
        match self {
            Answers::Members(members) => members.iter().map(|(key, json)| (key.clone(), json.value())).collect(),
            Answers::Other(json) => json.value(),
        }
    }
}

/// The members of an object.
fn members(document: &RawValue) -> Result<BTreeMap<String, Json>, RecordingError> {
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(document.get()).map_err(|_| RecordingError::Shape("it is no JSON object".to_owned()))?;
    Ok(members.into_iter().map(|(key, json)| (key, Json(json))).collect())
}

/// What stands in the place of an answer, or of a page of one.
pub(crate) fn settled(answer: Value) -> Held {
    match answer {
        Value::Null => Held::NotFound,
        answer => answer.get("Error").and_then(error).unwrap_or(Held::Answer(answer)),
    }
}

fn error(error: &Value) -> Option<Held> {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Held::Error { code: text("Code")?, message: text("Message").unwrap_or_default() })
}

/// The newest time that stands anywhere in a document, as text in RFC 3339 or as the `timestamp` of a log event.
fn newest_time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) if text.len() >= 20 && text.starts_with("20") => text.parse().ok(),
        Value::Array(items) => items.iter().filter_map(newest_time).max(),
        Value::Object(object) => {
            let own =
                object.get("timestamp").and_then(Value::as_i64).and_then(|ms| Timestamp::from_millisecond(ms).ok());
            object.values().filter_map(newest_time).chain(own).max()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recording(document: Value) -> Recording {
        Recording::parse(&document.to_string()).unwrap()
    }

    #[test]
    fn finds_answers_under_joined_and_nested_arguments() {
        let recording = recording(json!({
            "accountId": "111122223333", "region": "eu-west-1",
            "apigateway": {
                "get_rest_apis": { "items": [] },
                "get_export": { "a/prod": { "openapi": "3.0.1" } },
                "get_deployment": { "a": { "d1": { "id": "d1" }, "d2": null } },
                "get_models": { "Error": { "Code": "AccessDeniedException", "Message": "no" } },
            },
        }));
        let part = recording.region("eu-west-1").unwrap();
        let held = |operation: &str, arguments: &[&str]| part.held("apigateway", operation, arguments);
        assert_eq!(held("get_rest_apis", &[]), Some(Held::Answer(json!({ "items": [] }))));
        assert_eq!(held("get_export", &["a", "prod"]), Some(Held::Answer(json!({ "openapi": "3.0.1" }))));
        assert_eq!(held("get_deployment", &["a", "d1"]), Some(Held::Answer(json!({ "id": "d1" }))));
        assert_eq!(held("get_deployment", &["a", "d2"]), Some(Held::NotFound));
        assert_eq!(held("get_deployment", &["a", "d3"]), None);
        assert_eq!(
            held("get_models", &["a"]),
            Some(Held::Error { code: "AccessDeniedException".into(), message: "no".into() })
        );
        assert_eq!(held("get_stages", &["a"]), None);
    }

    #[test]
    fn knows_its_present() {
        let base = json!({ "accountId": "1", "region": "r", "takenAt": "2026-10-10T12:00:00Z" });
        assert_eq!(recording(base).now().unwrap().to_string(), "2026-10-10T12:00:00Z");
        let without = json!({
            "accountId": "1", "region": "r",
            "apigateway": { "get_stages": { "a": { "item": [{ "createdDate": "2026-09-01T10:00:00Z" }] } } },
            "logs": { "/aws/lambda/f": [{ "timestamp": 1_791_633_600_000_i64, "message": "x" }] },
        });
        assert_eq!(recording(without).now().unwrap().to_string(), "2026-10-10T12:00:00Z");
        assert_eq!(recording(json!({ "accountId": "1", "region": "r" })).now(), None);
    }

    #[test]
    fn a_region_of_which_only_functions_were_read_is_not_audited() {
        let part = |account: &str, region: &str, service: &str| json!({ "accountId": account, "region": region, service: { "get_policy": {} } });
        let both = recording(json!({ "accounts": [
            part("1", "us-east-1", "lambda"), part("1", "eu-west-1", "apigatewayv2"), part("2", "eu-north-1", "apigateway"),
        ] }));
        assert_eq!((both.regions(), both.accounts()), (vec!["eu-west-1".to_owned()], 2));
        assert!(both.region("us-east-1").is_some(), "its functions are served");
        assert!(both.region("eu-north-1").is_none(), "it is another account's");
        assert_eq!(recording(part("1", "us-east-1", "lambda")).regions(), ["us-east-1"]);
    }

    #[test]
    fn says_what_is_no_recording() {
        let wrong = |text: &str| Recording::parse(text).unwrap_err().to_string();
        assert_eq!(wrong("{"), "not JSON: EOF while parsing an object at line 1 column 1");
        assert_eq!(wrong("[]"), "not a recording: it is no JSON object");
        assert_eq!(wrong(r#"{"region":"r"}"#), "not a recording: it has no `accountId`, which every recording has");
        assert_eq!(wrong(r#"{"accounts":[]}"#), "not a recording: `accounts` is empty");
        assert_eq!(
            wrong(r#"{"accountId":"1","region":"r","takenAt":"yesterday"}"#),
            "not a recording: `takenAt` is no time in RFC 3339: yesterday"
        );
        assert_eq!(
            wrong(r#"{"accountId":"1","region":"r","apigateway":[]}"#),
            "not a recording: `apigateway` holds no operations: it is no JSON object"
        );
    }
}
