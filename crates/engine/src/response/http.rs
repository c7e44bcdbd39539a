//! Lambda integrations of HTTP APIs, with payload format 1.0 and 2.0.
//!
//! Format 1.0 has the envelope of REST APIs, but ignores unknown keys and needs `statusCode`; that, and that base64 is
//! always decoded, was found by the authors of SAM's local gateway. Format 2.0 makes a body of whatever has no
//! `statusCode` (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

use serde_json::{Map, Value};

use super::base64::{self, Form};
use super::envelope::{self, Status};
use super::fix::Fix;
use super::rest;
use super::trial::{Evidence, Trial, item, what, what_instead};
use super::{Outcome, Rule};

/// The keys of payload format 1.0.
const KEYS_1: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/// The keys of payload format 2.0.
const KEYS_2: [&str; 5] = ["statusCode", "headers", "body", "isBase64Encoded", "cookies"];

/// Judges an answer in payload format 1.0.
pub(super) fn judge_1(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    if rest::is_failure(answer) {
        trial.function_error = Some(rest::function_error(answer));
        trial.note("the answer holds nothing but what Lambda reports of a function that failed");
        return (Outcome::FunctionError, Some(500));
    }
    trial.size(answer);
    let Value::Object(object) = answer else {
        let message = format!("the answer is {} and has to be an object: the gateway refuses it", what_instead(answer));
        trial.refuse(Evidence::NotVerified, Rule::NotAnObject, "$".to_owned(), &message, Fix::Answer);
        return (Outcome::Malformed, Some(500));
    };
    let status = match envelope::status(object, trial) {
        Status::Code(code) => Some(code),
        Status::Refused => None,
        absent => {
            let (evidence, message) = match absent {
                Status::Null => (Evidence::NotVerified, "`statusCode` is null: the gateway answers 500"),
                _ => (Evidence::Known, "there is no `statusCode`: the gateway answers 500"),
            };
            trial.refuse(evidence, Rule::NoStatusCode, "$.statusCode".to_owned(), message, Fix::Status);
            None
        }
    };
    envelope::odd_number(object, trial);
    envelope::headers(object, trial);
    envelope::multi_value_headers(object, trial);
    finish(object, &KEYS_1, status, trial)
}

/// Judges an answer in payload format 2.0.
pub(super) fn judge_2(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    trial.size(answer);
    let object = match answer {
        Value::Object(object) if object.contains_key("statusCode") => object,
        other => return inferred(other, trial),
    };
    let status = match envelope::status(object, trial) {
        Status::Code(code) => Some(code),
        Status::Refused => None,
        Status::Missing | Status::Null => {
            let message = "`statusCode` is null: the caller gets 200";
            trial.doubt(Rule::NoStatusCode, "$.statusCode".to_owned(), message, Fix::Status);
            Some(200)
        }
    };
    envelope::odd_number(object, trial);
    envelope::headers(object, trial);
    cookies(object, trial);
    finish(object, &KEYS_2, status, trial)
}

/// Without `statusCode`, the gateway takes 200, application/json and the whole answer as the body.
fn inferred(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    let path = "$.statusCode".to_owned();
    let has = |key: &str| answer.get(key).is_some();
    if answer.is_null() {
        let message = "the answer is null: the caller gets 200, perhaps with nothing in it";
        trial.doubt(Rule::NoStatusCode, path, message, Fix::Answer);
    } else if has("body") || has("headers") || has("cookies") {
        let message = "there is no `statusCode`: the caller gets 200 and the whole answer as its body, `headers` and \
                       `body` included";
        trial.warn(Rule::NoStatusCode, path, message, Fix::Status);
    } else {
        let message = "there is no `statusCode`: the caller gets 200 and the whole answer as its body";
        trial.warn(Rule::NoStatusCode, path, message, Fix::Answer);
    }
    if rest::is_failure(answer) {
        trial.note(
            "if the function failed, with FunctionError set, the caller gets 500; this is judged as an answer that it \
             returned",
        );
    }
    if trial.is_refused() { (Outcome::Malformed, Some(500)) } else { (Outcome::Ok, Some(200)) }
}

fn finish(
    object: &Map<String, Value>,
    keys: &[&str],
    status: Option<u16>,
    trial: &mut Trial,
) -> (Outcome, Option<u16>) {
    let body = envelope::body(object, status, trial);
    for (path, key, fix) in envelope::unknown_keys(object, keys) {
        let message = format!("the gateway ignores {key}");
        trial.warn(Rule::UnknownKey, path, &message, fix);
    }
    let is_encoded = envelope::says_base64(object, trial);
    match body.filter(|_| is_encoded).map(base64::form) {
        None | Some(Form::Base64) => {}
        Some(_) => {
            let message =
                "`body` is not base64, and the gateway decodes it whatever the request accepts: it answers 500";
            trial.refuse(Evidence::NotVerified, Rule::BodyNotBase64, "$.body".to_owned(), message, Fix::Base64);
        }
    }
    if trial.is_refused() { (Outcome::Malformed, Some(500)) } else { (Outcome::Ok, status) }
}

fn cookies(object: &Map<String, Value>, trial: &mut Trial) {
    let path = "$.cookies";
    match object.get("cookies") {
        None => {}
        Some(Value::Array(cookies)) => {
            for (at, cookie) in cookies.iter().enumerate().filter(|(_, cookie)| !cookie.is_string()) {
                let message =
                    format!("this cookie is {} and has to be a string: the gateway refuses the answer", what(cookie));
                trial.refuse(Evidence::NotVerified, Rule::CookiesNotAList, item(path, at), &message, Fix::HeaderText);
            }
        }
        Some(Value::Null) => trial.unverified("`cookies` is null, which is taken for none"),
        Some(other) => {
            let message = format!("`cookies` is {} and has to be a list: the gateway refuses the answer", what(other));
            trial.refuse(Evidence::NotVerified, Rule::CookiesNotAList, path.to_owned(), &message, Fix::List);
        }
    }
}
