//! Execution logs of REST and WebSocket APIs: which of their lines report an integration that failed.

use super::failure::{self, Failure, Lines, Proof};
use super::kind::Kind;
use super::line::{Context, RequestId};
use super::platform;

/// The request id and the words of `(79b4f56e-…) words`.
pub(super) fn split(line: &[u8]) -> Option<(RequestId, &[u8])> {
    let rest = line.strip_prefix(b"(")?;
    let end = rest.iter().take(37).position(|byte| *byte == b')')?;
    let request = RequestId::new(rest.get(..end)?)?;
    Some((request, rest.get(end + 1..)?.strip_prefix(b" ")?))
}

/// What a line reports of a failed integration. All other lines of the gateway are about the gateway.
///
/// (Execution logs and the log of `TestInvokeMethod` have the same words.)
pub(super) fn failure(request: Option<RequestId>, words: &[u8], context: Context, number: u64) -> Option<Failure> {
    let text = String::from_utf8_lossy(words);
    let text = text.trim();
    let context = Context { request: request.or(context.request), ..context };
    let plain = |kind, message: &str| {
        let mut failure = Failure::new(kind, Proof::Gateway, context, number);
        failure.message = failure::message(message);
        failure
    };
    let mut failure = if let Some(reason) = text.strip_prefix("Execution failed due to configuration error: ") {
        plain(of_configuration(reason), reason)
    } else if let Some(said) =
        text.strip_prefix("Lambda execution failed with status 200 due to customer function error: ")
    {
        of_function(said, context, number)
    } else if let Some(said) = text.strip_prefix("Lambda invocation failed with status: ") {
        let (status, id) = said.split_once(". Lambda request id: ").unwrap_or((said, ""));
        let kind = match status.get(..3) {
            Some("429") => Kind::Throttle,
            Some("403") => Kind::Permission,
            _ => Kind::Exception,
        };
        let mut failure = plain(kind, &format!("Lambda invocation failed with status: {status}"));
        failure.context.request = RequestId::new(id.trim().as_bytes()).or(failure.context.request);
        failure
    } else if text.starts_with("Execution failed due to a timeout error") {
        plain(Kind::Timeout, text)
    } else {
        return None;
    };
    failure.lines = Lines::of(text);
    Some(failure)
}

/// What an access log has as the error of an integration: of a REST API `Lambda Customer Function Error:'id'`, of an HTTP
/// API `The Lambda function returned the following error: 'id'. Check your Lambda function code and try again.`
pub(super) fn integration_error(words: &str, context: Context, number: u64) -> Option<Failure> {
    let of_http = words.strip_prefix("The Lambda function returned the following error: ");
    let of_http =
        of_http.map(|said| said.strip_suffix(". Check your Lambda function code and try again.").unwrap_or(said));
    let said = of_http.or_else(|| words.strip_prefix("Lambda Customer Function Error:"));
    let mut failure = if let Some(said) = said {
        of_function(said.trim(), context, number)
    } else if words.starts_with("The IAM role configured on the integration or API Gateway doesn't have permissions") {
        let mut failure = Failure::new(Kind::Permission, Proof::Gateway, context, number);
        failure.message = failure::message(words);
        failure
    } else {
        return None;
    };
    failure.lines = Lines::of(words);
    Some(failure)
}

/// `Malformed Lambda proxy response`, `Invalid permissions on Lambda function`, `API Gateway does not have permission to
/// assume the provided role …`, that the function is called too often, or that an answer could not be mapped; other reasons
/// lie in the integration itself.
fn of_configuration(reason: &str) -> Kind {
    let has = |words: &str| reason.contains(words);
    if has("Malformed Lambda proxy response") || has("Unable to transform response") || has("output mapping") {
        Kind::MalformedResponse
    } else if has("Invalid permissions on Lambda function") || has("does not have permission to assume") {
        Kind::Permission
    } else if has("Rate Exceeded") {
        Kind::Throttle
    } else {
        Kind::Exception
    }
}

/// `KeyError. Lambda request id: 79b4f56e-…`: the function's own log says more, under that id.
fn of_function(said: &str, context: Context, number: u64) -> Failure {
    let (message, id) = said.rsplit_once(". Lambda request id: ").unwrap_or((said, ""));
    let request = RequestId::new(id.trim().as_bytes()).or(context.request);
    let (_, bare) = platform::bare_message(message);
    let mut failure = platform::said(bare, Context { request, ..context }, number);
    failure.proof = Proof::Gateway;
    failure
}
