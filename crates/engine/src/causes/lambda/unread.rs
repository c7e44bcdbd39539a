//! What the answer and the rest tell of a function, where a read of it was denied.

use serde_json::Value;

use super::super::mapping;
use super::{guarded, throttled};
use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Examined, Not, Proof, if_known};
use crate::case::logs;
use crate::case::signal::Signal;
use crate::observed::NotRead;
use crate::permission::{self, Call, Verdict};
use crate::snapshot::ApiKind;

/// What the execution log says of a function that is not there.
const NOT_FOUND: &str = "Function not found";

/// That there may be no such function: the log of the request may say so.
pub(super) fn missing(case: &Case<'_>, callee: &Callee<'_, '_>, function: &FunctionName, why: &NotRead) -> Examined {
    let Some(lines) = logs::execution_if_any(case)? else { return Err(why.into()) };
    let Some(line) = lines.find(NOT_FOUND) else { return Err(why.into()) };
    Ok(Proof::likely(format!("{} calls {}, which the log says was not found.", callee.key, function.arn()))
        .because("logs:FilterLogEvents", line.group, NOT_FOUND)
        .without(why)
        .advice("correct the integration's URI and deploy, or make the function again"))
}

/// Whether the policy of a function is known to let a call in.
fn is_granted(case: &Case<'_>, callee: &Callee<'_, '_>, function: &FunctionName) -> Result<bool, Not> {
    let source_arn = callee.source_arn(case);
    let call = Call { source_arn: &source_arn, account_id: &case.facts.account_id };
    let policy = if_known(callee::policy(case, function))?.flatten();
    Ok(policy.is_some_and(|policy| permission::evaluate(policy, call) == Verdict::Granted))
}

/// Whether another cause, which is asked later, holds for certain.
fn fails_otherwise(others: &[fn(&Case<'_>) -> Examined], case: &Case<'_>) -> Result<bool, Not> {
    let examined: Vec<Examined> = others.iter().map(|examine| examine(case)).collect();
    if examined.contains(&Err(Not::Wanted)) {
        return Err(Not::Wanted);
    }
    Ok(examined.into_iter().flatten().any(|proof| proof.confidence == Confidence::Certain))
}

/// That the alias or version that is called may lack the permission which the function without qualifier has.
pub(super) fn alias(case: &Case<'_>, why: &NotRead) -> Examined {
    let (callee, function) = guarded::permitted_by_policy(case)?;
    let Some(qualifier) = function.qualifier.clone() else { return Err(why.into()) };
    // A log that has the request, and says nothing of it, speaks against it.
    let said = guarded::said(case, callee.target.api.kind)?;
    if said.as_ref().is_some_and(|(_, says)| !says) {
        return Err(why.into());
    }
    // Every fault of the function is answered so by an HTTP API, too: what nobody asked for is not brought up.
    let is_of_rest = callee.target.api.kind == ApiKind::Rest;
    if !is_of_rest && why.is_unrecorded()
        || fails_otherwise(&[super::state::not_active, throttled::throttled, mapping::header], case)?
    {
        return Err(why.into());
    }
    let bare = FunctionName { qualifier: None, ..function.clone() };
    if !is_granted(case, &callee, &bare)? {
        return Err(why.into());
    }
    let says = format!(
        "The permission stands on {}, and {} calls its alias or version {qualifier}; whether that has one of its own was not read.",
        bare.name, callee.key
    );
    let proof = if is_of_rest || said.is_some() { Proof::likely(says) } else { Proof::possible(says) };
    let proof = proof.because("lambda:GetPolicy", format!("{} Policy.Statement", bare.name), true);
    Ok(guarded::permitting(case, &callee, &function, proof.without(why)))
}

/// That a function which may be called, as its policy says, may not be in a state to be called.
pub(super) fn state(case: &Case<'_>, callee: &Callee<'_, '_>, function: &FunctionName, why: &NotRead) -> Examined {
    let is_of_rest = callee.target.api.kind == ApiKind::Rest && case.signal() == Some(Signal::Internal);
    let is_proxy = callee.integration.integration_type == "AWS_PROXY" && callee.integration.credentials.is_none();
    // What a recording does not hold nobody was refused.
    if !is_of_rest || !is_proxy || why.is_unrecorded() {
        return Err(why.into());
    }
    // A log that has the request says what failed.
    let is_logged = logs::execution_if_any(case)?.is_some_and(|lines| !lines.is_empty());
    if is_logged || fails_otherwise(&[throttled::throttled, mapping::header], case)? {
        return Err(why.into());
    }
    if !is_granted(case, callee, function)? {
        return Err(why.into());
    }
    let says = format!("{} may be called; whether it is in a state to be called was not read.", function.name);
    Ok(Proof::likely(says)
        .because(callee.met.source, "integration.uri", callee.integration.uri.clone().map_or(Value::Null, Value::from))
        .because("lambda:GetPolicy", "Policy.Statement", true)
        .without(why)
        .about(function.arn())
        .advice(format!(
            "look whether the function is active: aws lambda get-function-configuration --function-name {}",
            function.name
        )))
}
