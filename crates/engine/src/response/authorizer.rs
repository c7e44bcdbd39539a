//! Lambda authorizers of REST and WebSocket APIs.
//!
//! A policy that allows lets the request through, any other policy is a 403, and everything that is not of this form a
//! 500 `{"message": null}`, which is never cached. Recorded on AWS in 2026 for REST APIs.

use serde_json::{Map, Value};

use super::fix::Fix;
use super::grant::{self, Grant};
use super::trial::{Evidence, Trial, member, shown, what};
use super::{Outcome, Rule};

const KEYS: [&str; 4] = ["principalId", "policyDocument", "context", "usageIdentifierKey"];

/// How long an authorizer's answer may be: 8 KB, as those report who met the limit.
const LIMIT: usize = 8_192;

/// Judges an answer of a REST API's authorizer.
pub(super) fn judge(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    let Value::Object(object) = answer else {
        let message = format!("the answer is {} and has to be an object: the gateway answers 500", what(answer));
        trial.refuse(Evidence::Known, Rule::NotAnObject, "$".to_owned(), &message, Fix::Policy);
        return (Outcome::Malformed, Some(500));
    };
    principal(object, trial);
    let grant = grant::evaluate(object, trial);
    context(object, trial);
    match object.get("usageIdentifierKey") {
        None | Some(Value::String(_)) => {}
        Some(Value::Null) => trial.unverified("`usageIdentifierKey` is null, which is taken for none"),
        Some(other) => {
            let message =
                format!("`usageIdentifierKey` is {} and has to be a string: the gateway answers 500", what(other));
            let path = "$.usageIdentifierKey".to_owned();
            trial.refuse(Evidence::Known, Rule::NotAuthorizedShape, path, &message, Fix::HeaderText);
        }
    }
    unknown(object, &KEYS, trial);
    trial.size_above(answer, LIMIT);
    conclude(grant, trial)
}

fn principal(object: &Map<String, Value>, trial: &mut Trial) {
    let path = "$.principalId".to_owned();
    let message = match object.get("principalId") {
        Some(Value::String(name)) if !name.is_empty() => return,
        Some(Value::String(_)) => {
            trial.doubt(Rule::NoPrincipal, path, "`principalId` is empty: it names nobody", Fix::Principal);
            return;
        }
        None => "there is no `principalId`: the gateway answers 500".to_owned(),
        Some(Value::Number(_)) => {
            "`principalId` is a number: a REST API answers 500, and only a WebSocket API takes it".to_owned()
        }
        Some(other) => format!("`principalId` is {} and has to be a string: the gateway answers 500", what(other)),
    };
    trial.refuse(Evidence::Known, Rule::NoPrincipal, path, &message, Fix::Principal);
}

fn context(object: &Map<String, Value>, trial: &mut Trial) {
    let path = "$.context";
    match object.get("context") {
        None => {}
        Some(Value::Object(context)) => {
            for (name, value) in context {
                if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
                    let message = format!(
                        "this value is {} and has to be a string, a number or a boolean: the gateway answers 500",
                        what(value)
                    );
                    trial.refuse(Evidence::Known, Rule::ContextNotScalar, member(path, name), &message, Fix::Text);
                }
            }
        }
        Some(Value::Null) => trial.unverified("`context` is null, which is taken for none"),
        Some(other) => {
            let message = format!("`context` is {} and has to be an object: the gateway answers 500", what(other));
            trial.refuse(Evidence::Known, Rule::ContextNotScalar, path.to_owned(), &message, Fix::Text);
        }
    }
}

/// Names members that no form of an authorizer's answer has.
pub(super) fn unknown(object: &Map<String, Value>, keys: &[&str], trial: &mut Trial) {
    for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
        let message = format!("`{}` is not known; the gateway seems to ignore it", shown(key));
        trial.doubt(Rule::UnknownKey, member("$", key), &message, Fix::Remove(shown(key)));
    }
}

/// The verdict of an authorizer that returns a policy.
pub(super) fn conclude(grant: Grant, trial: &Trial) -> (Outcome, Option<u16>) {
    match grant {
        _ if trial.is_refused() => (Outcome::Malformed, Some(500)),
        Grant::Denies => (Outcome::Denied, Some(403)),
        // What the caller gets is what the integration answers.
        Grant::Allows | Grant::Unreadable => (Outcome::Ok, None),
    }
}
