//! A recording: what AWS answered, by service and operation, keyed by the arguments where there are any.

use jiff::Timestamp;
use serde_json::Value;

/// A recorded account, or several accounts or regions of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    parts: Vec<Part>,
}

/// What was recorded of one account in one region.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// When it was recorded.
    pub taken_at: Option<Timestamp>,
    document: Value,
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
pub enum Held<'a> {
    /// An answer.
    Answer(&'a Value),
    /// The service answers that the thing does not exist.
    NotFound,
    /// The service answers with this error.
    Error {
        /// The error's code, `AccessDeniedException`.
        code: &'a str,
        /// What it says.
        message: &'a str,
    },
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] says what is wrong with the document.
    pub fn parse(text: &str) -> Result<Recording, RecordingError> {
        let document = serde_json::from_str(text).map_err(|error| RecordingError::NotJson(error.to_string()))?;
        Recording::from_value(document)
    }

    /// Takes a recording that is parsed already.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] says what is wrong with the document.
    pub fn from_value(mut document: Value) -> Result<Recording, RecordingError> {
        let parts = match document.get_mut("accounts").map(Value::take) {
            Some(Value::Array(accounts)) => accounts.into_iter().map(Part::from_value).collect::<Result<_, _>>()?,
            Some(_) => return Err(RecordingError::Shape("`accounts` is no list".to_owned())),
            None => vec![Part::from_value(document)?],
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

    /// What was recorded of a region, by the account that comes first.
    pub fn region(&self, region: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.region == region)
    }

    /// The account that comes first.
    pub fn account_id(&self) -> &str {
        self.parts.first().map(|part| part.account_id.as_str()).unwrap_or_default()
    }

    /// The regions of the account that comes first.
    pub fn regions(&self) -> Vec<String> {
        let own = self.parts.iter().filter(|part| part.account_id == self.account_id());
        own.map(|part| part.region.clone()).collect()
    }

    /// The present of a recording: when it was taken; for want of that, the newest time in it.
    pub fn now(&self) -> Option<Timestamp> {
        let taken = self.parts.iter().filter_map(|part| part.taken_at).max();
        taken.or_else(|| self.parts.iter().filter_map(|part| newest_time(&part.document)).max())
    }
}

impl Part {
    fn from_value(document: Value) -> Result<Part, RecordingError> {
        let Some(object) = document.as_object() else {
            return Err(RecordingError::Shape("it is no JSON object".to_owned()));
        };
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
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
        for (service, operations) in object.iter().filter(|(name, _)| SERVICES.contains(&name.as_str())) {
            if !operations.is_object() {
                return Err(RecordingError::Shape(format!("`{service}` holds no operations: it is no JSON object")));
            }
        }
        Ok(Part { account_id, region, taken_at, document })
    }

    /// What an operation answered for the given arguments; nothing where the recording does not hold it.
    ///
    /// Arguments stand joined by `/`, or one within the other.
    pub fn held(&self, service: &str, operation: &str, arguments: &[&str]) -> Option<Held<'_>> {
        let answers = self.all(service, operation)?;
        if let Some(error) = error(answers) {
            return Some(error);
        }
        let joined = || answers.get(arguments.join("/"));
        let nested = || arguments.iter().try_fold(answers, |answers, argument| answers.get(argument));
        let answer = if arguments.is_empty() { Some(answers) } else { joined().or_else(nested) }?;
        match answer {
            Value::Null => Some(Held::NotFound),
            _ => Some(error(answer).unwrap_or(Held::Answer(answer))),
        }
    }

    /// All that is held of an operation, by arguments.
    pub fn all(&self, service: &str, operation: &str) -> Option<&Value> {
        self.document.get(service)?.get(operation)
    }
}

/// Members of a recording that hold operations.
const SERVICES: [&str; 5] = ["apigateway", "apigatewayv2", "lambda", "sts", "cloudtrail"];

fn error(value: &Value) -> Option<Held<'_>> {
    let error = value.get("Error")?;
    let text = |name: &str| error.get(name).and_then(Value::as_str);
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
        Recording::from_value(document).unwrap()
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
        assert_eq!(held("get_rest_apis", &[]), Some(Held::Answer(&json!({ "items": [] }))));
        assert_eq!(held("get_export", &["a", "prod"]), Some(Held::Answer(&json!({ "openapi": "3.0.1" }))));
        assert_eq!(held("get_deployment", &["a", "d1"]), Some(Held::Answer(&json!({ "id": "d1" }))));
        assert_eq!(held("get_deployment", &["a", "d2"]), Some(Held::NotFound));
        assert_eq!(held("get_deployment", &["a", "d3"]), None);
        assert_eq!(held("get_models", &["a"]), Some(Held::Error { code: "AccessDeniedException", message: "no" }));
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
