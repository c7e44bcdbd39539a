//! The function was called, and failed or answered what the gateway refuses.

mod said;
mod told;
mod unhandled;
mod unlogged;

use serde_json::Value;

pub(super) use unlogged::unlogged;

use super::function_settings;
use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::logs;
use crate::case::own_log::{OwnLog, TIMED_OUT};
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

causes! {
    /// The gateway refuses the shape of the function's answer
    ///
    /// ## What proves it
    ///
    /// The execution log says `Malformed Lambda proxy response`. A missing body, and `{}`, are not malformed: both give 200.
    /// Without that log it is likely where the function's own has the request's invocation, and no error of it.
    ///
    /// ## What refutes it
    ///
    /// A log without that line.
    ///
    /// ## Remedy
    ///
    /// Return `{ statusCode, headers, body }` with a string as body, and nothing else.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/malformed-502-api-gateway>
    "lambda-malformed-response", Cause, Silent, malformed;

    /// The function's handler cannot be loaded
    ///
    /// ## What proves it
    ///
    /// The gateway's log of the request says that the function's module or handler was not found, or did not load; or the
    /// function's own log does. Of this request the latter says so where the line has the id of its invocation, or was written
    /// while it ran, and no other invocation did. It is likely only where another may have written it.
    ///
    /// Where nothing was sent yet: the handler of a function on Node.js, Python or Ruby has no dot, so that it is
    /// possible.
    ///
    /// ## What refutes it
    ///
    /// A log without such a line.
    ///
    /// ## Remedy
    ///
    /// Set the handler to `file.function` of the package.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html>
    "lambda-handler-wrong", Cause, Warns, handler;

    /// The function ran into its own timeout
    ///
    /// ## What proves it
    ///
    /// The gateway's log of the request says `Task timed out`, or the function's own log does, and its timeout is shorter than
    /// the integration's. Of this request the function's log says so where the line has the id of its invocation, or was written
    /// while it ran, and no other invocation did. It is likely only where another may have written it.
    ///
    /// Where nothing was sent yet: a function on Java has a timeout of three seconds or less, Lambda's default, so that
    /// it is possible.
    ///
    /// ## What refutes it
    ///
    /// A log without that line.
    ///
    /// ## Remedy
    ///
    /// Raise the function's timeout, or make it faster.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
    "lambda-timeout-own", Cause, Warns, own_timeout;

    /// The function's answer is too large
    ///
    /// ## What proves it
    ///
    /// A log says that the answer exceeded the allowed size of 6,291,556 bytes.
    ///
    /// ## What refutes it
    ///
    /// A log without that line.
    ///
    /// ## Remedy
    ///
    /// Answer with a link to S3, or stream the answer.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    "lambda-response-too-large", Cause, Silent, too_large;

    /// The function failed
    ///
    /// ## What proves it
    ///
    /// The execution log says `Lambda execution failed with status 200 due to customer function error`, or the access log
    /// that the function returned an error; or the function's own log has an error that nobody caught, at the time of the
    /// request. Without a log, a 502 of a route with a Lambda proxy integration is likely to be one. The gateway's log is found
    /// by the response's `x-amzn-RequestId` or `apigw-requestid`.
    ///
    /// ## What refutes it
    ///
    /// A log that says otherwise, or by which the invocation ended without an error.
    ///
    /// ## Remedy
    ///
    /// Mend the function's code; its own log has the stack.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-5xx-error>
    "lambda-unhandled-error", Cause, Silent, unhandled::unhandled;

    /// The HTTP API refuses the shape of the function's answer
    ///
    /// ## What proves it
    ///
    /// The access log's `integrationErrorMessage` says so. Without it, a payload format of 1.0 makes it possible: that one
    /// needs `statusCode`.
    ///
    /// ## What refutes it
    ///
    /// An access log that says otherwise.
    ///
    /// ## Remedy
    ///
    /// Return `{ statusCode, headers, body }`, or choose the payload format 2.0.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html>
    "http-lambda-response-format", Cause, Silent, http_format;

    /// Nothing is logged that would tell
    ///
    /// ## What proves it
    ///
    /// The answer is an error of the server, and the stage has neither an execution log nor an access log; or it has no access
    /// log, and the account no role with which API Gateway writes execution logs. Where another cause is certain, it is not
    /// said. Where nothing that was read explains the answer, and no read was denied that might, it stands first, and is
    /// possible.
    ///
    /// ## What refutes it
    ///
    /// One of the two.
    ///
    /// ## Remedy
    ///
    /// Switch the access log on, with `$context.error.responseType`, `$context.integrationErrorMessage` and
    /// `$context.authorizer.error`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
    "logs-not-enabled", Advice, Proves, unlogged::not_logged;
}

/// A request whose function was called.
fn called<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Callee<'c, 'a>, Not> {
    case.response()?;
    case.shows(signals)?;
    let callee = Callee::of(case)?;
    callee.function()?;
    Ok(callee)
}

fn malformed(case: &Case<'_>) -> Examined {
    let callee = match called(case, &[Signal::BadGateway]) {
        Err(Not::Unread(why)) => return malformed_by_log(case, &why),
        called => called?,
    };
    if callee.target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let lines = match logs::execution(case) {
        Err(Not::Unread(_) | Not::Silent) if ended_well(case, &callee)? => {
            let says = format!(
                "The log of {} has the request's invocation, which ended without an error: what it answered is of a shape that \
                 the gateway refuses.",
                callee.function()?.name
            );
            return Ok(Proof::likely(says).because("response", "status", case.response()?.status).advice(SHAPED));
        }
        lines => lines?,
    };
    let Some(line) = lines.find(MALFORMED) else {
        return Err(Not::refuted("the execution log does not say that the answer is malformed"));
    };
    let proof = Proof::certain(format!("{} answered in a shape that the gateway refuses.", callee.function()?.name))
        .because("logs:FilterLogEvents", line.group, MALFORMED);
    let shape = lines.after("Endpoint response body before transformations:").map(shape);
    Ok(match shape {
        Some(shape) => proof.because("logs:FilterLogEvents", "Endpoint response body before transformations", shape),
        None => proof,
    }
    .advice(SHAPED))
}

/// What the execution log says where a function's answer is refused.
const MALFORMED: &str = "Malformed Lambda proxy response";

const SHAPED: &str = "return { statusCode, headers, body }, with a string as body (JSON.stringify) and no other keys";

/// The log tells the same where it was not read what the route calls.
/// Whether the function's own log has the request's invocation, and no error of it.
fn ended_well<'a>(case: &Case<'a>, callee: &Callee<'_, 'a>) -> Result<bool, Not> {
    Ok(callee.integration.integration_type == "AWS_PROXY"
        && if_known(OwnLog::of(case, callee))?.is_some_and(|log| log.ended_well()))
}

fn malformed_by_log(case: &Case<'_>, why: &NotRead) -> Examined {
    let lines = match logs::execution(case) {
        Err(Not::Wanted) => return Err(Not::Wanted),
        lines => lines.map_err(|_| Not::Unread(why.clone()))?,
    };
    let line = lines.find(MALFORMED).ok_or_else(|| Not::Unread(why.clone()))?;
    let proof = Proof::likely("The function answered in a shape that the gateway refuses: the execution log says so.");
    Ok(proof.because("logs:FilterLogEvents", line.group, MALFORMED).without(why).advice(SHAPED))
}

/// What an answer is made of, without its values.
fn shape(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => {
            format!("an object with {}", object.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        Ok(Value::String(_)) => "a string".to_owned(),
        Ok(Value::Array(_)) => "a list".to_owned(),
        Ok(Value::Null) => "null".to_owned(),
        Ok(_) => "a number or a boolean".to_owned(),
        Err(_) => "no JSON, or cut off".to_owned(),
    }
}

/// What runtimes say where a handler cannot be loaded.
const NOT_LOADED: [&str; 6] = [
    "Runtime.ImportModuleError",
    "Runtime.HandlerNotFound",
    "Runtime.UserCodeSyntaxError",
    "Runtime.MalformedHandlerName",
    "Class not found",
    "Runtime.InvalidEntrypoint",
];

fn handler(case: &Case<'_>) -> Examined {
    if case.is_unsent() {
        return function_settings::malformed_handler(case);
    }
    let callee = called(case, &[Signal::BadGateway, Signal::Internal])?;
    let told = told::error(case, &callee)?.and_then(|(group, error)| Some((said::not_loaded(&error)?, group, error)));
    let (says, at_most, group, message) = match told {
        Some((at_most, group, error)) => (logs::said(&error), at_most, group, error),
        None => {
            let line = OwnLog::of(case, &callee)?.find(&NOT_LOADED).ok_or_else(|| {
                Not::refuted("the function's log does not say of this request that its handler could not be loaded")
            })?;
            (format!("{}.", line.text), line.at_most, line.group, line.message.to_owned())
        }
    };
    let function = callee.function()?;
    let (handler, unread) = said::setting(case, &callee, "Handler")?;
    let handler = handler.and_then(Value::as_str).unwrap_or_default();
    let command = Aws::new("lambda update-function-configuration")
        .option("--function-name", &function.name)
        .option("--handler", "FILE.FUNCTION")
        .option("--region", &function.region);
    let lacking = said::lacking_module(&message).filter(|lacking| !handler.starts_with(lacking));
    let own = if handler.is_empty() { "handler".to_owned() } else { format!("handler {handler}") };
    let proof = Proof::certain(format!("The {own} of {} cannot be loaded: {says}", function.name))
        .at_most(at_most)
        .because("logs:FilterLogEvents", group, logs::short(&message));
    let proof = match lacking {
        Some(lacking) => {
            proof.advice(format!("put the module {} into the package or a layer, and deploy", logs::short(lacking)))
        }
        None => proof.command("set the handler to what is in the package", command),
    };
    Ok(match unread {
        Some(why) => proof.without(&why),
        None => proof.because("lambda:GetFunctionConfiguration", "Handler", handler),
    })
}

fn own_timeout(case: &Case<'_>) -> Examined {
    if case.is_unsent() {
        return function_settings::short_timeout(case);
    }
    let callee = called(case, &[Signal::BadGateway, Signal::Internal, Signal::Unavailable])?;
    let (group, at_most) = match told::error(case, &callee)?.filter(|(_, error)| said::timed_out(error)) {
        Some((group, _)) => (group, Confidence::Certain),
        None => OwnLog::of(case, &callee)?
            .find(&[TIMED_OUT])
            .map(|line| (line.group, line.at_most))
            .ok_or_else(|| Not::refuted("the function's log does not say of this request that it timed out"))?,
    };
    let function = callee.function()?;
    let (timeout, unread) = said::setting(case, &callee, "Timeout")?;
    let seconds = timeout.and_then(Value::as_i64);
    let after = seconds.map_or_else(String::new, |seconds| format!(" of {seconds} seconds"));
    let command = Aws::new("lambda update-function-configuration")
        .option("--function-name", &function.name)
        .option("--timeout", "29")
        .option("--region", &function.region);
    let proof = Proof::certain(format!("{} ran into its own timeout{after}.", function.name))
        .at_most(at_most)
        .because("logs:FilterLogEvents", group, TIMED_OUT)
        .command("raise the function's timeout, or make it faster", command);
    Ok(match unread {
        Some(why) => proof.without(&why),
        None => proof.because("lambda:GetFunctionConfiguration", "Timeout", seconds.map_or(Value::Null, Value::from)),
    })
}

pub(super) fn too_large(case: &Case<'_>) -> Examined {
    let callee = called(case, &[Signal::BadGateway, Signal::TooLarge])?;
    let text = "exceeded maximum allowed payload size";
    let of_gateway = logs::execution(case);
    if let Err(Not::Wanted) = of_gateway {
        return Err(Not::Wanted);
    }
    let of_gateway = of_gateway.ok().and_then(|lines| lines.find(text).map(|line| line.group.to_owned()));
    let (group, at_most) = match of_gateway {
        Some(group) => (group, Confidence::Certain),
        None => OwnLog::of(case, &callee)?
            .find(&[text])
            .map(|line| (line.group, line.at_most))
            .ok_or_else(|| Not::refuted("no log says of this request that the answer is too large"))?,
    };
    Ok(Proof::certain(format!(
        "The answer of {} is larger than the 6 MB that Lambda passes on.",
        callee.function()?.name
    ))
    .at_most(at_most)
    .because("logs:FilterLogEvents", group, text)
    .advice("answer with a link to S3, or stream the answer"))
}

fn http_format(case: &Case<'_>) -> Examined {
    let callee = called(case, &[Signal::Internal])?;
    if callee.target.api.kind != ApiKind::Http {
        return Err(Not::Silent);
    }
    let version = callee.integration.payload_format_version.as_deref().unwrap_or("1.0");
    let says =
        format!("{} answered in a shape that the payload format {version} does not take.", callee.function()?.name);
    let advice = "return { statusCode, headers, body }, or choose the payload format 2.0";
    let proof = Proof::certain(says).because(callee.met.source, "payloadFormatVersion", version).advice(advice);
    let refused = [
        "response from the Lambda function doesn't match the format",
        "response is not in the expected format",
        "malformed",
        "Invalid response",
        "not a valid",
    ];
    let log = told::by_access(case)?;
    match &log.integration_error {
        Some(error) if refused.iter().any(|word| error.contains(word)) => {
            let place = format!("{} integrationErrorMessage", log.group);
            Ok(proof.because("logs:FilterLogEvents", place, logs::short(error)))
        }
        None if !log.tells_integration => {
            Ok(log.unread.iter().fold(proof, Proof::without).at_most(Confidence::Possible))
        }
        _ => Err(Not::refuted("the access log does not say that the answer was refused")),
    }
}

#[cfg(test)]
mod tests;
