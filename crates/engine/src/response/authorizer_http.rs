//! Lambda authorizers of HTTP APIs: simple responses, and policies.
//!
//! Neither takes the other's form. A refusal is `403 Forbidden`, everything else `500 Internal Server Error`. The rules
//! are those of a gateway that AWS answers were compared with, and of
//! docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html.

use serde_json::{Map, Value};

use super::fix::Fix;
use super::trial::{Evidence, Trial, member, what};
use super::{Outcome, Rule, authorizer, grant};

/// Judges an answer of an authorizer with simple responses.
pub(super) fn judge_simple(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    let Value::Object(object) = answer else { return not_an_object(answer, Fix::IsAuthorized, trial) };
    let path = "$.isAuthorized".to_owned();
    let is_let_in = match object.get("isAuthorized") {
        Some(Value::Bool(is_let_in)) => *is_let_in,
        Some(Value::String(text)) if text == "true" || text == "false" => text == "true",
        other => {
            let message = match other {
                None => "there is no `isAuthorized`: the gateway answers 500".to_owned(),
                Some(other) => {
                    format!("`isAuthorized` is {} that is neither true nor false: the gateway answers 500", what(other))
                }
            };
            trial.refuse(Evidence::Known, Rule::NotAuthorizedShape, path, &message, Fix::IsAuthorized);
            false
        }
    };
    forbidden(object, "policyDocument", "an authorizer with simple responses returns no policy", trial);
    context(object, false, trial);
    authorizer::unknown(object, &["isAuthorized", "policyDocument", "context"], trial);
    match is_let_in {
        _ if trial.is_refused() => (Outcome::Malformed, Some(500)),
        true => (Outcome::Ok, None),
        false => (Outcome::Denied, Some(403)),
    }
}

/// Judges an answer of an authorizer that returns a policy.
pub(super) fn judge_policy(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    let Value::Object(object) = answer else { return not_an_object(answer, Fix::Policy, trial) };
    let path = "$.principalId".to_owned();
    match object.get("principalId") {
        Some(Value::String(name)) if !name.is_empty() => {}
        None => {
            let message = "there is no `principalId`: the gateway answers 500";
            trial.refuse(Evidence::Known, Rule::NoPrincipal, path, message, Fix::Principal);
        }
        Some(Value::String(_)) => {
            let message = "`principalId` is empty: the gateway answers 500";
            trial.refuse(Evidence::Known, Rule::NoPrincipal, path, message, Fix::Principal);
        }
        Some(other) => {
            let message = format!("`principalId` is {} and has to be a string: the gateway answers 500", what(other));
            trial.refuse(Evidence::NotVerified, Rule::NoPrincipal, path, &message, Fix::Principal);
        }
    }
    let grant = grant::evaluate(object, trial);
    forbidden(object, "isAuthorized", "an authorizer that returns a policy does not say so", trial);
    context(object, true, trial);
    authorizer::unknown(
        object,
        &["principalId", "policyDocument", "context", "isAuthorized", "usageIdentifierKey"],
        trial,
    );
    authorizer::conclude(grant, trial)
}

fn not_an_object(answer: &Value, fix: Fix, trial: &mut Trial) -> (Outcome, Option<u16>) {
    let message = format!("the answer is {} and has to be an object: the gateway answers 500", what(answer));
    trial.refuse(Evidence::Known, Rule::NotAnObject, "$".to_owned(), &message, fix);
    (Outcome::Malformed, Some(500))
}

/// Refuses the key of the other form.
fn forbidden(object: &Map<String, Value>, key: &str, why: &str, trial: &mut Trial) {
    let path = member("$", key);
    match object.get(key) {
        None => {}
        Some(Value::Null) => trial.unverified(format!("`{key}` is null, which is taken for absent")),
        Some(_) => {
            let message = format!("there is `{key}`, and {why}: the gateway answers 500");
            trial.refuse(Evidence::Known, Rule::NotAuthorizedShape, path, &message, Fix::Without(key.to_owned()));
        }
    }
}

/// Judges `context`: what is nested in it is taken with payload format 2.0 only, which simple responses have.
fn context(object: &Map<String, Value>, may_be_format_1: bool, trial: &mut Trial) {
    let path = "$.context";
    match object.get("context") {
        None => {}
        Some(Value::Object(context)) => {
            let is_nested = |value: &Value| matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
            for (name, value) in context.iter().filter(|(_, value)| may_be_format_1 && is_nested(value)) {
                let message = format!(
                    "this value is {}: the gateway takes that with payload format 2.0, and not with 1.0",
                    what(value)
                );
                trial.doubt(Rule::ContextNotScalar, member(path, name), &message, Fix::Text);
            }
            if context.contains_key("claims") {
                trial.note("the gateway drops `claims` from `context`");
            }
        }
        Some(Value::Null) => trial.unverified("`context` is null, which is taken for none"),
        Some(other) => {
            let message = format!("`context` is {} and has to be an object: the gateway answers 500", what(other));
            trial.refuse(Evidence::NotVerified, Rule::ContextNotScalar, path.to_owned(), &message, Fix::Text);
        }
    }
}
