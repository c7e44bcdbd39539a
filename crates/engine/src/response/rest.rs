//! Lambda proxy integrations of REST APIs: what was recorded, with what surprises.
//!
//! Nothing is mandatory (`{}` is a 200), a numeric string is a status, and an unknown key refuses the whole answer. The
//! shapes and statuses were recorded on AWS in 2024; an object as body, `statusDescription`, `cookies` and PHP's `[]` for
//! headers are known from execution logs.

use serde_json::Value;

use super::base64::{self, Form};
use super::envelope::{self, Status};
use super::fix::Fix;
use super::trial::{Evidence, Trial, what_instead};
use super::{FunctionError, Outcome, Rule};
use crate::logs;

/// The keys that a REST API takes. `base64Encoded` is not documented.
pub(super) const KEYS: [&str; 6] =
    ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "base64Encoded"];

/// The keys of what Lambda hands out of a function that failed, for all runtimes.
const FAILURE_KEYS: [&str; 6] = ["errorType", "errorMessage", "stackTrace", "trace", "requestId", "cause"];

/// How much of an error's message is shown.
const LONGEST_MESSAGE: usize = 300;

/// Judges an answer of a REST API's function.
pub(super) fn judge(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    if is_failure(answer) {
        trial.function_error = Some(function_error(answer));
        trial.note("the answer holds nothing but what Lambda reports of a function that failed");
        return (Outcome::FunctionError, Some(502));
    }
    trial.size(answer);
    let Value::Object(object) = answer else {
        let evidence = if answer.is_string() { Evidence::Known } else { Evidence::NotVerified };
        let message = format!("the answer is {} and has to be an object: the gateway refuses it", what_instead(answer));
        trial.refuse(evidence, Rule::NotAnObject, "$".to_owned(), &message, Fix::Answer);
        return (Outcome::Malformed, Some(502));
    };
    let status = match envelope::status(object, trial) {
        Status::Code(code) => Some(code),
        Status::Refused => None,
        Status::Missing => {
            let message = "there is no `statusCode`: the caller gets 200";
            trial.warn(Rule::NoStatusCode, "$.statusCode".to_owned(), message, Fix::Status);
            Some(200)
        }
        Status::Null => {
            let message = "`statusCode` is null: the caller gets 200";
            trial.doubt(Rule::NoStatusCode, "$.statusCode".to_owned(), message, Fix::Status);
            Some(200)
        }
    };
    envelope::odd_number(object, trial);
    envelope::headers(object, trial);
    envelope::multi_value_headers(object, trial);
    let body = envelope::body(object, status, trial);
    for (path, key, fix) in envelope::unknown_keys(object, &KEYS) {
        let message = format!("a REST API does not know {key}: the gateway refuses the answer");
        trial.refuse(Evidence::Known, Rule::UnknownKey, path, &message, fix);
    }
    // The shape is looked at first: its 502 comes before the 500 of a body that cannot be decoded.
    let is_shape_refused = trial.is_refused();
    if envelope::says_base64(object, trial)
        && let Some(body) = body
    {
        encoded(body, trial);
    }
    match (is_shape_refused, trial.is_refused()) {
        (true, _) => (Outcome::Malformed, Some(502)),
        (false, true) => (Outcome::Malformed, Some(500)),
        (false, false) => (Outcome::Ok, status),
    }
}

/// Whether, and how, the gateway decodes a body.
enum Decodes {
    Yes(Evidence),
    No,
    NotKnown,
}

fn encoded(body: &str, trial: &mut Trial) {
    let path = "$.body".to_owned();
    let form = base64::form(body);
    match (form, decodes(trial)) {
        (Form::Other, Decodes::Yes(evidence)) => {
            let message = "`body` is not base64, and the gateway decodes it for this `Accept`: it answers 500";
            trial.refuse(evidence, Rule::BodyNotBase64, path, message, Fix::Base64);
        }
        (Form::Loose, Decodes::Yes(_)) => {
            let message = "`body` is base64 without its padding or with line breaks in it: the gateway answers 500";
            trial.refuse(Evidence::NotVerified, Rule::BodyNotBase64, path, message, Fix::Base64);
        }
        (Form::Other | Form::Loose, Decodes::NotKnown) => {
            let message = "`body` is not base64: where the API's binary media types hold the first value of the \
                           request's `Accept`, the gateway answers 500, and elsewhere it hands the body on as it is";
            trial.doubt(Rule::BodyNotBase64, path, message, Fix::Base64);
        }
        (Form::Other | Form::Loose, Decodes::No) => {
            let message = "`body` is not base64, though `isBase64Encoded` says so; the gateway hands it on as it is";
            trial.warn(Rule::BodyNotBase64, path, message, Fix::Base64);
        }
        (Form::Base64, Decodes::Yes(Evidence::NotVerified)) => {
            trial.unverified("that a binary media type with a `*` covers this `Accept`");
        }
        (Form::Base64, Decodes::Yes(Evidence::Known)) => {
            trial.note("the caller gets the body decoded");
        }
        (Form::Base64, Decodes::No) => {
            trial.note("the caller gets the body still in base64: the gateway does not decode it for this request");
        }
        (Form::Base64, Decodes::NotKnown) => trial.note(
            "the caller gets the body still in base64, unless the first value of the request's `Accept` is one of the \
             API's binary media types; the answer's own Content-Type makes no difference",
        ),
    }
}

/// The gateway decodes where the first value of `Accept` is a binary media type of the API.
fn decodes(trial: &Trial) -> Decodes {
    let Some(types) = &trial.context.binary_media_types else { return Decodes::NotKnown };
    if types.is_empty() {
        return Decodes::No;
    }
    let Some(accept) = &trial.context.accept else { return Decodes::NotKnown };
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let wanted = essence(accept.split(',').next().unwrap_or_default());
    let mut covered = types.iter().map(|binary| essence(binary));
    if covered.clone().any(|binary| binary == wanted) {
        return Decodes::Yes(Evidence::Known);
    }
    let group = wanted.split('/').next().unwrap_or_default();
    let is_wild = |binary: String| binary == "*/*" || binary.strip_suffix("/*").is_some_and(|own| own == group);
    if covered.any(is_wild) { Decodes::Yes(Evidence::NotVerified) } else { Decodes::No }
}

/// Whether an answer is what Lambda hands out of a function that failed.
pub(super) fn is_failure(answer: &Value) -> bool {
    answer.as_object().is_some_and(|object| {
        object.keys().all(|key| FAILURE_KEYS.contains(&key.as_str()))
            && (object.contains_key("errorMessage") || object.contains_key("errorType"))
    })
}

/// How a function failed, from what Lambda hands out.
pub(super) fn function_error(payload: &Value) -> FunctionError {
    let text = |key: &str| payload.get(key).and_then(Value::as_str).map(harmless);
    FunctionError { error_type: text("errorType"), message: text("errorMessage") }
}

/// A text from a function, cut, and without the secrets in it.
pub(super) fn harmless(text: &str) -> String {
    let text = logs::redact(vec![text.to_owned()]).concat();
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
