//! The envelope that integrations have in common: `statusCode`, `headers`, `multiValueHeaders`, `body`,
//! `isBase64Encoded`.
//!
//! What a REST API makes of each was recorded on AWS. An HTTP or WebSocket API has the same envelope, but what it makes
//! of a broken one is known in part only, and is then called not verified.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::fix::Fix;
use super::trial::{Evidence, Trial, item, member, shown, what};
use super::{Kind, Rule};
use crate::exchange::is_token;

/// What an answer says of its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// There is no such key.
    Missing,
    /// It is null.
    Null,
    /// A status that the gateway takes.
    Code(u16),
    /// A status that it refuses.
    Refused,
}

/// What was recorded of REST APIs, and holds of others by analogy.
fn recorded(trial: &Trial) -> Evidence {
    if trial.kind == Kind::Rest { Evidence::Known } else { Evidence::NotVerified }
}

/// Reads `statusCode`.
pub(super) fn status(answer: &Map<String, Value>, trial: &mut Trial) -> Status {
    match answer.get("statusCode") {
        None => Status::Missing,
        Some(Value::Null) => Status::Null,
        Some(Value::Number(number)) => match whole(number) {
            Some(code) => in_range(code, trial),
            None => not_a_number("is not a whole number", Evidence::NotVerified, trial),
        },
        Some(Value::String(text)) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            if text.len() != 3 {
                trial.unverified("`statusCode` is a number in a string that has not three digits");
            } else if trial.kind != Kind::Rest {
                trial.unverified("`statusCode` is a number in a string, which REST APIs were seen to take");
            }
            in_range(text.parse().unwrap_or(i64::MAX), trial)
        }
        Some(Value::String(text)) if text.is_empty() || text.trim().parse::<f64>().is_ok() => {
            not_a_number("is a string that is no plain number", Evidence::NotVerified, trial)
        }
        Some(Value::String(_)) => not_a_number("is a string that is no number", recorded(trial), trial),
        Some(other) => not_a_number(&format!("is {}", what(other)), Evidence::NotVerified, trial),
    }
}

/// A whole number, if it is one. `200.0` is.
fn whole(number: &Number) -> Option<i64> {
    if let Some(code) = number.as_i64() {
        return Some(code);
    }
    let float = number.as_f64()?;
    // Beyond this range no number is a status, whatever it is rounded to.
    if float.fract() != 0.0 {
        None
    } else if float.abs() < 1e9 {
        format!("{float:.0}").parse().ok()
    } else {
        Some(i64::MAX)
    }
}

fn not_a_number(is: &str, evidence: Evidence, trial: &mut Trial) -> Status {
    let message = format!("`statusCode` {is}: the gateway refuses the answer");
    trial.refuse(evidence, Rule::StatusCodeNotANumber, "$.statusCode".to_owned(), &message, Fix::Status);
    Status::Refused
}

fn in_range(code: i64, trial: &mut Trial) -> Status {
    let path = "$.statusCode".to_owned();
    match u16::try_from(code) {
        Ok(status @ 200..=599) => return Status::Code(status),
        Ok(status @ 100..=199) => {
            let message = format!("`statusCode` is {status}, which HTTP has for what comes before an answer");
            trial.doubt(Rule::StatusCodeOutOfRange, path, &message, Fix::Status);
            return Status::Code(status);
        }
        _ => {}
    }
    let shown = if code == i64::MAX { "a number".to_owned() } else { code.to_string() };
    let message = format!("`statusCode` is {shown}, which is no status of HTTP: the gateway refuses the answer");
    trial.refuse(Evidence::NotVerified, Rule::StatusCodeOutOfRange, path, &message, Fix::Status);
    Status::Refused
}

/// Notes a status that is written as no integration writes it, and is taken all the same.
pub(super) fn odd_number(answer: &Map<String, Value>, trial: &mut Trial) {
    if answer.get("statusCode").and_then(Value::as_number).is_some_and(Number::is_f64) && !trial.is_refused() {
        trial.unverified("`statusCode` is written as a floating-point number");
    }
}

/// Judges `headers`.
pub(super) fn headers(answer: &Map<String, Value>, trial: &mut Trial) {
    let Some(headers) = object(answer, "headers", trial) else { return };
    let mut spellings: BTreeMap<String, usize> = BTreeMap::new();
    for (name, value) in headers {
        let path = member("$.headers", name);
        odd_header(name, value, &path, trial);
        header_value(value, path, trial);
        *spellings.entry(name.to_ascii_lowercase()).or_default() += 1;
    }
    for (name, _) in spellings.iter().filter(|(_, count)| **count > 1).take(3) {
        trial.note(format!(
            "`headers` has `{}` in several spellings: which of them the caller gets is not verified",
            shown(name)
        ));
    }
}

/// Judges `multiValueHeaders`.
pub(super) fn multi_value_headers(answer: &Map<String, Value>, trial: &mut Trial) {
    let Some(headers) = object(answer, "multiValueHeaders", trial) else { return };
    for (name, values) in headers {
        let path = member("$.multiValueHeaders", name);
        match values {
            Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    odd_header(name, value, &item(&path, at), trial);
                    header_value(value, item(&path, at), trial);
                }
            }
            other => {
                let evidence = if other.is_string() { recorded(trial) } else { Evidence::NotVerified };
                let message =
                    format!("this header is {} and has to be a list: the gateway refuses the answer", what(other));
                trial.refuse(evidence, Rule::MultiValueHeaderNotAList, path, &message, Fix::List);
            }
        }
    }
    let Some(Value::Object(single)) = answer.get("headers") else { return };
    let single: BTreeSet<String> = single.keys().map(|name| name.to_ascii_lowercase()).collect();
    for name in headers.keys().filter(|name| single.contains(&name.to_ascii_lowercase())).take(3) {
        trial.note(format!(
            "`{}` stands in `headers` and in `multiValueHeaders`: the caller gets the values of both, those of \
             `multiValueHeaders` first and under its spelling",
            shown(name)
        ));
    }
}

fn object<'v>(answer: &'v Map<String, Value>, key: &str, trial: &mut Trial) -> Option<&'v Map<String, Value>> {
    match answer.get(key) {
        None => None,
        Some(Value::Object(object)) => Some(object),
        Some(Value::Null) => {
            if trial.kind != Kind::Rest || key != "headers" {
                trial.unverified(format!("`{key}` is null, which is taken for no headers"));
            }
            None
        }
        Some(other) => {
            let is_empty_list = other.as_array().is_some_and(Vec::is_empty);
            let evidence = if is_empty_list && key == "headers" { recorded(trial) } else { Evidence::NotVerified };
            let message = format!("`{key}` is {} and has to be an object: the gateway refuses the answer", what(other));
            trial.refuse(evidence, Rule::HeadersNotAnObject, format!("$.{key}"), &message, Fix::Headers);
            None
        }
    }
}

/// Notes a header that HTTP cannot carry (RFC 9110, section 5): a name that is no token, a line break in a value. What the
/// gateway makes of it, nobody wrote down.
fn odd_header(name: &str, value: &Value, path: &str, trial: &mut Trial) {
    if !is_token(name) {
        trial.unverified(format!("{path} has a name that HTTP has no header of"));
    }
    if value.as_str().is_some_and(|value| value.contains(['\r', '\n', '\0'])) {
        trial.unverified(format!("{path} has a line break or a NUL in it, which no header may have"));
    }
}

fn header_value(value: &Value, path: String, trial: &mut Trial) {
    match value {
        Value::String(_) => {}
        Value::Bool(_) if trial.kind == Kind::Rest => {}
        Value::Bool(_) | Value::Number(_) => {
            trial.unverified(format!("{path} is {}, which seems to become text", what(value)));
        }
        Value::Null => {
            let message = "this header's value is null: the gateway may leave it out or refuse the answer";
            trial.doubt(Rule::HeaderValueNotAScalar, path, message, Fix::HeaderText);
        }
        Value::Array(_) | Value::Object(_) => {
            let message = format!(
                "this header's value is {} and has to be a string: the gateway refuses the answer",
                what(value)
            );
            trial.refuse(Evidence::NotVerified, Rule::HeaderValueNotAScalar, path, &message, Fix::HeaderText);
        }
    }
}

/// Reads `body`; an answer without one is always named.
pub(super) fn body<'v>(answer: &'v Map<String, Value>, status: Option<u16>, trial: &mut Trial) -> Option<&'v str> {
    let path = "$.body".to_owned();
    let gets = match (trial.kind, status) {
        (Kind::WebSocket, _) => "nothing is sent back to the client, even if the route has a route response",
        (_, Some(204 | 304)) => "the caller gets none, which is what this status asks for",
        (Kind::Rest, _) => "the caller gets an empty body, by default as application/json",
        _ => "the caller gets an empty body",
    };
    match answer.get("body") {
        Some(Value::String(text)) => return Some(text),
        None if trial.kind == Kind::WebSocket => {
            trial.doubt(Rule::NoBody, path, &format!("there is no `body`: {gets}"), Fix::Body);
        }
        None => trial.warn(Rule::NoBody, path, &format!("there is no `body`: {gets}"), Fix::Body),
        Some(Value::Null) => trial.doubt(Rule::NoBody, path, &format!("`body` is null: {gets}"), Fix::Body),
        // SAM's local gateway, by its authors' trials, writes objects as JSON; nothing recorded tells what AWS does.
        Some(other) if trial.kind == Kind::Http2 => {
            let message = format!(
                "`body` is {} and has to be a string: the gateway may write it as JSON or answer 500",
                what(other)
            );
            trial.doubt(Rule::BodyNotAString, path, &message, Fix::BodyText);
        }
        Some(other) => {
            let evidence = if other.is_object() { recorded(trial) } else { Evidence::NotVerified };
            let message = format!("`body` is {} and has to be a string: the gateway refuses the answer", what(other));
            trial.refuse(evidence, Rule::BodyNotAString, path, &message, Fix::BodyText);
        }
    }
    None
}

/// Whether the answer says that its body is base64.
pub(super) fn says_base64(answer: &Map<String, Value>, trial: &mut Trial) -> bool {
    // REST APIs know a second name, which comes first (found by the authors of SAM's local gateway).
    let undocumented = answer.get("base64Encoded").filter(|value| trial.kind == Kind::Rest && !value.is_null());
    let (key, value) = match (undocumented, answer.get("isBase64Encoded")) {
        (Some(value), _) => ("base64Encoded", value),
        (None, Some(value)) => ("isBase64Encoded", value),
        (None, None) => return false,
    };
    match value {
        Value::Bool(flag) => *flag,
        Value::Null => {
            trial.unverified(format!("`{key}` is null, which is taken for false"));
            false
        }
        Value::String(text) if text == "true" || text == "false" => {
            trial.unverified(format!("`{key}` is a boolean in a string"));
            text == "true"
        }
        other => {
            let message = format!("`{key}` is {}: the gateway may take it for false or refuse the answer", what(other));
            trial.doubt(Rule::BodyNotBase64, format!("$.{key}"), &message, Fix::Flag);
            false
        }
    }
}

/// The members that an answer has and the gateway does not know, with what is said of each.
pub(super) fn unknown_keys<'v>(answer: &'v Map<String, Value>, known: &[&str]) -> Vec<(String, String, Fix)> {
    let unknown = answer.keys().filter(|key| !known.contains(&key.as_str()));
    let describe = |key: &'v String| {
        let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
        let meant = known.iter().find(|known| plain(known) == plain(key));
        let (whose, fix) = match (key.as_str(), meant) {
            (_, Some(meant)) => (format!(", which is written `{meant}`"), Fix::Rename((*meant).to_owned())),
            ("statusDescription", _) => {
                (", which an Application Load Balancer asks for".to_owned(), Fix::Remove(key.clone()))
            }
            ("cookies", _) => {
                (", which only HTTP APIs with payload format 2.0 know".to_owned(), Fix::Remove(key.clone()))
            }
            ("multiValueHeaders", _) => {
                (", which payload format 2.0 does not have".to_owned(), Fix::Remove(key.clone()))
            }
            _ => (String::new(), Fix::Remove(shown(key))),
        };
        (member("$", key), format!("`{}`{whose}", shown(key)), fix)
    };
    // One more than is shown, so that the rest is counted, would cost as much as all.
    unknown.map(describe).collect()
}
