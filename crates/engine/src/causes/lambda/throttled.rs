//! A function that Lambda does not run, because too many of it run.

use serde_json::Value;

use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::observed::NotRead;

const ADVICE: &str = "raise the reserved concurrency, or take it away";

pub(super) fn throttled(case: &Case<'_>) -> Examined {
    case.response()?;
    case.shows(&[Signal::Internal, Signal::Unavailable])?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    let name = function.name.clone();
    let command = Aws::new("lambda delete-function-concurrency")
        .option("--function-name", &name)
        .option("--region", &function.region);
    let mut unread = None;
    match case.ask(Read::FunctionConcurrency(name.clone())) {
        Ok(answer) => {
            let reserved = answer.and_then(|answer| answer.get("ReservedConcurrentExecutions")?.as_i64());
            if reserved == Some(0) {
                return Ok(Proof::certain(format!("{name} has a reserved concurrency of 0: it is never run."))
                    .because("lambda:GetFunctionConcurrency", "ReservedConcurrentExecutions", 0)
                    .command(ADVICE, command));
            }
        }
        Err(Not::Unread(why)) => unread = Some(why),
        Err(not) => return Err(not),
    }
    let lines = logs::execution_if_any(case)?;
    if let Some(line) = lines.as_ref().and_then(|lines| lines.find("Lambda invocation failed with status: 429")) {
        return Ok(Proof::certain(format!("{name} was throttled: the execution log says so."))
            .because("logs:FilterLogEvents", line.group, "Lambda invocation failed with status: 429")
            .command(ADVICE, command));
    }
    let metric = Read::Metric {
        namespace: "AWS/Lambda".to_owned(),
        metric: "Throttles".to_owned(),
        dimensions: vec![("FunctionName".to_owned(), name.clone())],
    };
    match case.ask(metric) {
        Ok(sum) if sum.and_then(Value::as_f64).is_some_and(|sum| sum > 0.0) => {
            let proof = Proof::certain(format!("{name} was throttled at that time."));
            Ok(unread
                .iter()
                .fold(proof, Proof::without)
                .because("cloudwatch:GetMetricData", "AWS/Lambda Throttles", sum.cloned().unwrap_or_default())
                .command(ADVICE, command))
        }
        // Whoever is never run is throttled at every call.
        Ok(sum) => match unread.filter(|_| sum.and_then(Value::as_f64).is_none()) {
            Some(why) => unknown(&name, lines.as_ref(), &why),
            None => Err(Not::refuted(format!("{name} was not throttled"))),
        },
        Err(Not::Unread(metric)) => match unread {
            Some(why) => Ok(unknown(&name, lines.as_ref(), &why)?.without(&metric)),
            None => Err(Not::Unread(metric)),
        },
        Err(not) => Err(not),
    }
}

/// That neither the function's concurrency was read nor its throttles were counted. A log that has the request, and says nothing
/// of it, speaks against it; and what a recording does not hold nobody was refused.
fn unknown(name: &str, lines: Option<&logs::Lines<'_>>, why: &NotRead) -> Examined {
    if why.is_unrecorded() || lines.is_some_and(|lines| !lines.is_empty()) {
        return Err(why.into());
    }
    Ok(Proof::possible(format!("Whether {name} may run at all, or was throttled, was not read."))
        .without(why)
        .advice(ADVICE))
}
