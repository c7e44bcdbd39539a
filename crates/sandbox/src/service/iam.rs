//! `iam`: what a principal may do, and roles.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Operation, Otherwise, Protocol, QUERY, Request, Service, named};

/// IAM, 2010-05-08. A partition has one.
pub(super) static SERVICE: Service = Service {
    name: "iam",
    signing_name: "iam",
    is_global: true,
    protocol: Protocol::Query(&QUERY),
    operations: OPERATIONS,
    to_wire,
    from_wire: |_, answer| answer,
};

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("simulate_principal_policy", "SimulatePrincipalPolicy", |request| named(request, &["PolicySourceArn"]))
        .shaped(of_resources),
    Operation::new("get_role", "GetRole", |request| named(request, &["RoleName"])).otherwise(Otherwise::ByArn),
];

/// The results for the resources that are asked about, where some are held; all of a principal's are held together.
fn of_resources(request: &Request, mut answer: Value) -> Value {
    let asked: Vec<&str> = request
        .parameters
        .iter()
        .filter(|(name, _)| name.starts_with("ResourceArns.member."))
        .map(|(_, value)| value.as_str())
        .collect();
    if let Some(results) = answer.get_mut("EvaluationResults").and_then(Value::as_array_mut) {
        let is_asked = |result: &Value| {
            result.get("EvalResourceName").and_then(Value::as_str).is_some_and(|own| asked.contains(&own))
        };
        if results.iter().any(is_asked) {
            results.retain(is_asked);
        }
    }
    answer
}

/// The service sends policies percent-encoded.
fn to_wire(_: &Operation, mut answer: Value) -> Value {
    if let Some(document) = answer.pointer_mut("/Role/AssumeRolePolicyDocument")
        && document.is_object()
    {
        *document = Value::from(utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string());
    }
    answer
}
