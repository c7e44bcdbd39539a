//! What the settings of a route's function show before it is called: risks, of which the causes that they may become prove
//! themselves in logs alone.

use serde_json::Value;

use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Examined, Not, Proof};
use crate::command::Aws;
use crate::snapshot::ApiKind;

/// A route's function, as Lambda describes it.
fn called<'c, 'a>(case: &'c Case<'a>) -> Result<(Callee<'c, 'a>, Settings<'a>), Not> {
    let callee = Callee::of(case)?;
    let name = callee.function()?;
    let configuration = callee::configuration(case, &name)?.ok_or(Not::Silent)?;
    let text = |member: &str| configuration.get(member).and_then(Value::as_str).unwrap_or_default();
    let settings = Settings {
        name: name.name.clone(),
        region: name.region.clone(),
        arn: name.arn(),
        runtime: text("Runtime"),
        handler: text("Handler"),
        seconds: configuration.get("Timeout").and_then(Value::as_i64),
    };
    Ok((callee, settings))
}

struct Settings<'a> {
    name: String,
    region: String,
    arn: String,
    runtime: &'a str,
    handler: &'a str,
    seconds: Option<i64>,
}

/// The function may run longer than the integration waits. A second more is what many set without meaning anything by it.
pub(super) fn outlasts(case: &Case<'_>, kind: ApiKind) -> Examined {
    let (callee, own) = called(case)?;
    let parameters = &callee.integration.request_parameters;
    let is_event = parameters.iter().any(|(place, value)| {
        place.to_ascii_lowercase().ends_with(".x-amz-invocation-type") && value.contains("Event")
    });
    // What is called without waiting for it, or answers bit by bit, does not keep the caller waiting.
    if callee.target.api.kind != kind
        || is_event
        || callee.integration.response_transfer_mode.as_deref() == Some("STREAM")
    {
        return Err(Not::Silent);
    }
    let limit = callee.waits();
    let seconds = own.seconds.ok_or(Not::Silent)?;
    if seconds.saturating_mul(1_000) <= limit.saturating_add(1_000) {
        return Err(Not::refuted(format!("{} ends by itself before the integration stops waiting", own.name)));
    }
    let says = format!(
        "{} may run {seconds} s, and the integration of {} waits {limit} ms: the caller gets an error, and the function runs on.",
        own.name, callee.key
    );
    Ok(Proof::possible(says)
        .because("lambda:GetFunctionConfiguration", "Timeout", seconds)
        .because(callee.met.source, "integration.timeoutInMillis", limit)
        .about(own.arn)
        .advice("let the function end before the integration does, or do the work asynchronously"))
}

/// Runtimes whose handlers are `file.function`.
const DOTTED: [&str; 3] = ["nodejs", "python", "ruby"];

/// The handler has not the form that its runtime wants.
pub(super) fn malformed_handler(case: &Case<'_>) -> Examined {
    let (_, own) = called(case)?;
    let is_dotted = DOTTED.iter().any(|start| own.runtime.starts_with(start));
    // What lets a container image run has no handler.
    if !is_dotted || own.handler.is_empty() {
        return Err(Not::Silent);
    }
    if own.handler.contains('.') {
        return Err(Not::refuted(format!("the handler of {} has the form of its runtime", own.name)));
    }
    let command = Aws::new("lambda update-function-configuration")
        .option("--function-name", &own.name)
        .option("--handler", "FILE.FUNCTION")
        .option("--region", &own.region);
    let says = format!(
        "The handler {} of {} names no function of a file, as {} wants it.",
        own.handler, own.name, own.runtime
    );
    Ok(Proof::possible(says)
        .because("lambda:GetFunctionConfiguration", "Handler", own.handler)
        .because("lambda:GetFunctionConfiguration", "Runtime", own.runtime)
        .about(own.arn)
        .command("set the handler to file.function", command))
}

/// Lambda's default, in seconds.
const DEFAULT_TIMEOUT: i64 = 3;

/// A function of the JVM with Lambda's default timeout: a cold start alone may take as long.
pub(super) fn short_timeout(case: &Case<'_>) -> Examined {
    let (callee, own) = called(case)?;
    let seconds = own.seconds.ok_or(Not::Silent)?;
    if !own.runtime.starts_with("java") || seconds > DEFAULT_TIMEOUT {
        return Err(Not::refuted(format!("nothing in the settings of {} is known to take as long", own.name)));
    }
    let command = Aws::new("lambda update-function-configuration")
        .option("--function-name", &own.name)
        .option("--timeout", "15")
        .option("--region", &own.region);
    let says = format!(
        "{} runs on {} and ends after {seconds} s: the first call, which starts the virtual machine, may take as long.",
        own.name, own.runtime
    );
    Ok(Proof::possible(says)
        .because("lambda:GetFunctionConfiguration", "Timeout", seconds)
        .because("lambda:GetFunctionConfiguration", "Runtime", own.runtime)
        .because(callee.met.source, "integration.uri", callee.integration.uri.clone().unwrap_or_default())
        .about(own.arn)
        .command("raise the function's timeout", command))
}
