//! Stages that log nothing which would tell.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Cause, Confidence, Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Answerer;
use crate::stage_logs::StageLogs;

pub(super) fn not_logged(case: &Case<'_>) -> Examined {
    if case.response()?.status < 500 {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    target.stage_read()?;
    let stage = target.stage()?;
    let own = StageLogs::of(target.api, stage);
    if own.access.is_some() {
        return Err(Not::Silent);
    }
    let advice = "switch the access log on, with $context.error.responseType, $context.integrationErrorMessage and $context.authorizer.error";
    if own.execution.is_none() {
        let says = format!("{} has neither an execution log nor an access log, one of which would tell.", stage.name);
        return Ok(Proof::certain(says)
            .letting_through()
            .because(target.api.kind.call("GetStages"), "accessLogSettings", Value::Null)
            .advice(advice));
    }
    // What is set on the stage is written with a role of the account's.
    let is_written = |lines: Option<logs::Lines<'_>>| lines.is_some_and(|lines| !lines.is_empty());
    if is_written(logs::execution_if_any(case)?) {
        return Err(Not::Silent);
    }
    case.ask(Read::Account)?;
    if !logs::lacks_role(case) {
        return Err(Not::Silent);
    }
    let says = format!(
        "{} is to write an execution log, and the account has no role with which API Gateway writes it; it has no access log either.",
        stage.name
    );
    Ok(Proof::certain(says)
        .letting_through()
        .because("apigateway:GetAccount", "cloudwatchRoleArn", Value::Null)
        .because(target.api.kind.call("GetStages"), "accessLogSettings", Value::Null)
        .advice(format!("{advice}; or give the account a role for logs (aws apigateway update-account)")))
}

/// The same as the last word on an answer of the gateway's that nothing else explains: that nothing is logged is no reason of
/// it.
pub(in crate::causes) fn unlogged(case: &Case<'_>) -> Option<(&'static Cause, Proof)> {
    // Without headers it is not known whether the gateway answered, and its log would tell.
    if !matches!(case.answerer(), Answerer::RestApi | Answerer::HttpApi) {
        return None;
    }
    let proof = not_logged(case).ok()?.at_most(Confidence::Possible);
    super::CAUSES.iter().find(|cause| cause.id == "logs-not-enabled").map(|cause| (cause, proof))
}
