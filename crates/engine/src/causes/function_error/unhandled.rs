//! Functions that failed, by the gateway's log or by their own.

use super::called;
use super::told::{self, Told};
use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Examined, Not, Proof, if_known};
use crate::case::logs;
use crate::case::own_log::OwnLog;
use crate::case::signal::{Answerer, Signal};
use crate::observed::{NotRead, Why};
use crate::snapshot::ApiKind;

const LOOK_INTO_CODE: &str = "mend the function's code: its own log has the stack (stagecheck errors)";

pub(super) fn unhandled(case: &Case<'_>) -> Examined {
    let callee = match called(case, &[Signal::BadGateway, Signal::Internal]) {
        Err(Not::Unread(why)) => return unhandled_by_answer(case, &why),
        called => called?,
    };
    let name = callee.function()?.name;
    let advice = LOOK_INTO_CODE;
    let told = Told::of(case, &callee)?;
    if let Some(error) = &told.error {
        return Ok(Proof::certain(format!("{name} failed: {}", logs::said(error)))
            .because("logs:FilterLogEvents", told.place, logs::short(error))
            .advice(advice));
    }
    if told.denies {
        return Err(Not::refuted("the log of the request does not say that the function failed"));
    }
    if let Some(proof) = by_own_log(case, &callee)? {
        return Ok(proof.advice(advice));
    }
    if super::ended_well(case, &callee)? {
        return Err(Not::refuted("by the function's log the invocation ended without an error"));
    }
    let unread = told.unread;
    let status = case.response()?.status;
    let says = format!("{name} failed, or answered in a shape that the gateway refuses");
    let proof = match (case.signal(), callee.integration.integration_type.as_str(), callee.target.api.kind) {
        // Without headers it may be the function's own answer, too.
        (Some(Signal::BadGateway), "AWS_PROXY", _) if case.answerer() == Answerer::Unknown => {
            Proof::likely(format!("{says}; or {status} is what it answered."))
        }
        (Some(Signal::BadGateway), "AWS_PROXY", _) => {
            Proof::likely(format!("{says}; nothing that was read tells which."))
        }
        (_, "AWS_PROXY", ApiKind::Http | ApiKind::WebSocket) => Proof::possible(format!("{name} may have failed.")),
        _ => return Err(unread.filter(|why| why.why != Why::NotGiven).map_or(Not::Silent, Not::Unread)),
    };
    let proof = proof.because("response", "status", status).advice(advice);
    Ok(match unread {
        // What is less than likely stays so.
        Some(why) => proof.without(&why),
        None => proof,
    })
}

/// The function's failure by its own log: of answers that the gateway makes where a function that it was proxy of fails.
fn by_own_log<'a>(case: &Case<'a>, callee: &Callee<'_, 'a>) -> Result<Option<Proof>, Not> {
    let is_proxy = callee.integration.integration_type == "AWS_PROXY";
    if !is_proxy || (callee.target.api.kind == ApiKind::Rest && case.signal() != Some(Signal::BadGateway)) {
        return Ok(None);
    }
    let Some((group, at_most)) = if_known(OwnLog::of(case, callee))?.and_then(|log| log.failure()) else {
        return Ok(None);
    };
    let name = callee.function()?.name;
    let kind = group.error_type.as_deref().unwrap_or(group.kind.name());
    let line = group.sample.lines.first().map_or(kind, String::as_str);
    let says = format!("{name} failed: {}", logs::said(&format!("{kind}: {}", group.message)));
    Ok(Some(Proof::certain(says).at_most(at_most).because(
        "logs:FilterLogEvents",
        group.sample.log_group.as_deref().unwrap_or_default(),
        logs::short(line),
    )))
}

/// A REST API answers 502 where a function fails or its answer is refused: which one the route calls was not read.
fn unhandled_by_answer(case: &Case<'_>, why: &NotRead) -> Examined {
    if case.signal() != Some(Signal::BadGateway) || case.answerer() != Answerer::RestApi {
        return Err(why.into());
    }
    let proof = match logs::execution_if_any(case)?.and_then(|lines| Some((lines.after(told::FAILED)?, lines.group))) {
        Some((error, group)) => Proof::likely(format!("The function failed: {}", logs::said(error))).because(
            "logs:FilterLogEvents",
            group,
            logs::short(error),
        ),
        None => Proof::possible(
            "A function seems to have failed, or to have answered in a shape that the gateway refuses; what the route calls was not read.",
        ),
    };
    Ok(proof.because("response", "status", 502).without(why).advice(LOOK_INTO_CODE))
}
