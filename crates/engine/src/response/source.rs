//! Where an answer comes from: the value itself, or what Lambda or API Gateway handed out around it.

use serde_json::{Map, Value};

use super::{Context, Kind, Verdict, base64, judge, judge_failure, rest};

pub use super::test_invoke::test_invoke;

/// Why a text holds no answer that can be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It holds nothing.
    #[error("it is empty")]
    Empty,
    /// It is not JSON. The message names line and column.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// A string in it has one half of a surrogate pair: JSON lets that be written, and no text holds such a character. With
    /// line and column.
    #[error("it has half a surrogate pair in a string, which is no character, at {0}")]
    HalfCharacter(String),
    /// It is something else than Lambda's answer to `Invoke`.
    #[error("it is no result of lambda invoke: it has neither Payload nor StatusCode")]
    NotAnInvocation,
    /// It is what the AWS CLI prints, and the payload is in the file that the CLI wrote.
    #[error("it holds no Payload: the AWS CLI writes that to the file that its last argument names")]
    NoPayload,
    /// The function was called without waiting for its answer, or not called at all.
    #[error("the function was not asked for an answer: StatusCode {0} is that of an invocation that does not wait")]
    NotAwaited(u64),
    /// It is something else than API Gateway's answer to `TestInvokeMethod`.
    #[error("it is no result of TestInvokeMethod: it has no status and log")]
    NotATest,
    /// The gateway got no answer from the function.
    #[error("the gateway answered {status} and had no answer of the function to judge: {reason}")]
    NoAnswer {
        /// The status of the gateway's own answer.
        status: u16,
        /// What the log gives as the reason.
        reason: String,
    },
}

/// Reads one JSON value.
///
/// # Errors
///
/// [`SourceError`] if the text is empty, or not one JSON value.
pub fn answer(text: &str) -> Result<Value, SourceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(SourceError::Empty);
    }
    serde_json::from_str(text).map_err(|error| SourceError::from(&error))
}

impl From<&serde_json::Error> for SourceError {
    fn from(error: &serde_json::Error) -> SourceError {
        let why = error.to_string();
        // What serde_json says of `"\ud800"`, by what follows the half.
        let halves = ["lone leading surrogate in hex escape", "unexpected end of hex escape"];
        if halves.iter().any(|half| why.starts_with(half)) {
            return SourceError::HalfCharacter(format!("line {} column {}", error.line(), error.column()));
        }
        SourceError::NotJson(why)
    }
}

/// What Lambda handed out of one invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// What the function returned, or what the runtime says of its failure.
    pub payload: Value,
    /// Whether `FunctionError` is set.
    pub is_failure: bool,
    /// The end of the function's log, where it was asked for.
    pub log_tail: Option<String>,
}

impl Invocation {
    /// Judges it.
    pub fn judge(&self, kind: Kind, context: &Context) -> Verdict {
        if !self.is_failure {
            return judge(kind, &self.payload, context);
        }
        let mut verdict = judge_failure(kind, &self.payload, context);
        let tail = self.log_tail.as_deref().unwrap_or_default();
        if let Some(error) = &mut verdict.function_error
            && error.message.is_none()
        {
            error.message = own_lines(tail).next().map(rest::harmless);
        }
        if let Some(memory) = exhausted(tail) {
            verdict.notes.push(format!("the function used all of its {memory} of memory"));
        }
        verdict
    }
}

/// The keys of Lambda's answer to `Invoke`, as the AWS CLI, boto3 and the SDK for JavaScript write it.
const KEYS: [&str; 8] = [
    "StatusCode",
    "FunctionError",
    "LogResult",
    "ExecutedVersion",
    "Payload",
    "ResponseMetadata",
    "$metadata",
    "DurableExecutionArn",
];

/// Reads Lambda's answer to `Invoke`, in the shapes in which people have it: one object with `Payload` as a value, as a
/// string of JSON, as base64 or as the bytes of a buffer; or what `aws lambda invoke … /dev/stdout` prints, which is the
/// payload and then the rest.
///
/// # Errors
///
/// [`SourceError`] if the text is not JSON, or holds no answer.
pub fn invocation(text: &str) -> Result<Invocation, SourceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        values.push(value.map_err(|error| SourceError::from(&error))?);
    }
    let (metadata, apart) = match values.as_slice() {
        [] => return Err(SourceError::Empty),
        [Value::Object(metadata)] if is_metadata(metadata) => (metadata, None),
        [payload, Value::Object(metadata)] | [Value::Object(metadata), payload] if is_metadata(metadata) => {
            (metadata, Some(payload))
        }
        _ => return Err(SourceError::NotAnInvocation),
    };
    let is_failure = metadata.get("FunctionError").is_some_and(|error| !error.is_null());
    let status = metadata.get("StatusCode").and_then(Value::as_u64);
    // Whatever stands in the place of a payload then, the function did not return it.
    if let Some(status @ (202 | 204)) = status.filter(|_| !is_failure) {
        return Err(SourceError::NotAwaited(status));
    }
    let payload = match (metadata.get("Payload").map(unwrapped), apart) {
        (Some(payload), _) => payload,
        (None, Some(payload)) => payload.clone(),
        (None, None) if is_failure => Value::Null,
        (None, None) => return Err(SourceError::NoPayload),
    };
    let log = metadata.get("LogResult").and_then(Value::as_str).and_then(base64::decode);
    let log_tail = log.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Invocation { payload, is_failure, log_tail })
}

fn is_metadata(object: &Map<String, Value>) -> bool {
    object.keys().all(|key| KEYS.contains(&key.as_str()))
        && ["Payload", "StatusCode", "FunctionError"].iter().any(|key| object.contains_key(*key))
}

/// The value in a payload, whatever it is wrapped in.
fn unwrapped(payload: &Value) -> Value {
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let wrapped = match payload {
        Value::String(text) => parse(text.as_bytes()).or_else(|| base64::decode(text).and_then(|bytes| parse(&bytes))),
        Value::Array(bytes) => self::bytes(bytes.iter()).and_then(|bytes| parse(&bytes)),
        Value::Object(buffer) if buffer.get("type").is_some_and(|kind| kind == "Buffer") => {
            let bytes = buffer.get("data").and_then(Value::as_array).and_then(|data| self::bytes(data.iter()));
            bytes.and_then(|bytes| parse(&bytes))
        }
        // A Uint8Array of JavaScript, written as JSON, is an object of its indices.
        Value::Object(indexed) => {
            let by_index = (0..indexed.len()).map_while(|at| indexed.get(&at.to_string()));
            let by_index: Vec<&Value> = by_index.collect();
            let is_whole = by_index.len() == indexed.len();
            self::bytes(by_index.into_iter()).filter(|_| is_whole).and_then(|bytes| parse(&bytes))
        }
        _ => None,
    };
    wrapped.unwrap_or_else(|| payload.clone())
}

/// At least two bytes, if that is what the numbers are. JSON of one byte is a digit, and a list of one number more likely
/// an answer.
fn bytes<'v>(numbers: impl Iterator<Item = &'v Value>) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> =
        numbers.map(|number| number.as_u64().and_then(|number| u8::try_from(number).ok())).collect();
    bytes.filter(|bytes| bytes.len() > 1)
}

/// The lines of a log that the function wrote, and not Lambda.
fn own_lines(log: &str) -> impl Iterator<Item = &str> {
    const PLATFORM: [&str; 8] =
        ["START ", "END ", "REPORT ", "INIT_START ", "INIT_REPORT ", "EXTENSION", "TELEMETRY", "XRAY "];
    log.lines().filter(|line| !line.trim().is_empty() && !PLATFORM.iter().any(|prefix| line.starts_with(prefix)))
}

/// The memory that a function had, `128 MB`, if it used all of it.
fn exhausted(log: &str) -> Option<&str> {
    let report = log.lines().rev().find(|line| line.starts_with("REPORT "))?;
    let field = |name: &str| report.split('\t').find_map(|field| field.trim().strip_prefix(name)).map(str::trim);
    let size = field("Memory Size:")?;
    (field("Max Memory Used:")? == size).then_some(size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::response::Outcome;

    const ANSWER: &str = r#"{"statusCode":200,"body":"ok"}"#;

    fn payload(text: &str) -> Value {
        invocation(text).unwrap().payload
    }

    #[test]
    fn a_payload_is_found_in_whatever_people_have() {
        let answer: Value = serde_json::from_str(ANSWER).unwrap();
        let bytes: Vec<u8> = ANSWER.bytes().collect();
        let indexed: Map<String, Value> =
            bytes.iter().enumerate().map(|(at, byte)| (at.to_string(), json!(byte))).collect();
        for wrapped in [
            answer.clone(),
            json!(ANSWER),
            json!("eyJzdGF0dXNDb2RlIjoyMDAsImJvZHkiOiJvayJ9"),
            json!({ "type": "Buffer", "data": bytes }),
            json!(bytes),
            Value::Object(indexed),
        ] {
            let result = json!({ "StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": wrapped });
            assert_eq!(payload(&result.to_string()), answer, "{wrapped}");
        }
        // `aws lambda invoke … /dev/stdout`, and the recording's form.
        assert_eq!(payload(&format!("{ANSWER}{{\"StatusCode\": 200, \"ExecutedVersion\": \"$LATEST\"}}\n")), answer);
        assert_eq!(payload(&json!({ "Payload": answer }).to_string()), answer);
        for plain in [json!("just a string"), json!([1, 2]), json!([7]), json!(null), json!(5), json!({})] {
            assert_eq!(payload(&json!({ "Payload": plain }).to_string()), plain);
        }
    }

    #[test]
    fn what_holds_no_answer_is_an_error() {
        for (text, expected) in [
            ("", SourceError::Empty),
            (" \n", SourceError::Empty),
            (ANSWER, SourceError::NotAnInvocation),
            ("[]", SourceError::NotAnInvocation),
            (r#"{"StatusCode":200,"Body":"a class of .NET, as it is"}"#, SourceError::NotAnInvocation),
            (r#"{"StatusCode":200,"ExecutedVersion":"$LATEST"}"#, SourceError::NoPayload),
            (r#"{"StatusCode":202}"#, SourceError::NotAwaited(202)),
            (r#"{"StatusCode":202,"Payload":""}"#, SourceError::NotAwaited(202)),
            (r#"{"StatusCode":202,"Payload":{"type":"Buffer","data":[]}}"#, SourceError::NotAwaited(202)),
            (r#"{"StatusCode":204}"#, SourceError::NotAwaited(204)),
            (r#"{"Payload":"\ud800"}"#, SourceError::HalfCharacter("line 1 column 19".to_owned())),
            (r#"{"Payload":"\ud800\u0041"}"#, SourceError::HalfCharacter("line 1 column 24".to_owned())),
            (r#"{"Payload":"\udc00"}"#, SourceError::HalfCharacter("line 1 column 18".to_owned())),
            ("{", SourceError::NotJson("EOF while parsing an object at line 1 column 1".to_owned())),
        ] {
            assert_eq!(invocation(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn the_log_tells_why_a_function_failed() {
        let judged = |text: &str| invocation(text).unwrap().judge(Kind::Rest, &Context::default());
        // START…, a line, REPORT with 128 MB of 128 MB used.
        let tail = "START RequestId: 1 Version: $LATEST\n[ERROR] MemoryError token=abcdefgh1234\nREPORT RequestId: 1\tMemory Size: \
                    128 MB\tMax Memory Used: 128 MB\t\n";
        let encoded = encode(tail.as_bytes());
        let verdict =
            judged(&json!({ "StatusCode": 200, "FunctionError": "Unhandled", "LogResult": encoded }).to_string());
        assert_eq!((verdict.outcome, verdict.status, verdict.proven), (Outcome::FunctionError, Some(502), true));
        let message = verdict.function_error.unwrap().message.unwrap();
        assert_eq!(message, "[ERROR] MemoryError token=<redacted>");
        assert_eq!(verdict.notes, ["the function used all of its 128 MB of memory"]);
        let verdict = judged(
            r#"{"StatusCode":200,"FunctionError":"Unhandled","Payload":{"errorType":"KeyError","errorMessage":"'id'"}}"#,
        );
        let error = verdict.function_error.unwrap();
        assert_eq!((error.error_type.as_deref(), error.message.as_deref()), (Some("KeyError"), Some("'id'")));
    }

    /// Base64, for the test's own log.
    fn encode(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let digits = [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift & 63) as usize]));
            text.extend(&digits[..=group.len()]);
        }
        text.push_str(["", "==", "="][bytes.len() % 3]);
        text
    }
}
