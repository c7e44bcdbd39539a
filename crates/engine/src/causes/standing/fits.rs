//! What request and response look like, by themselves.

use crate::case::Case;
use crate::case::logs;
use crate::case::oauth::{Endpoint, OAuth};
use crate::case::signal::{Answerer, Signal, is_unmarked, message};
use crate::case::target;
use crate::causes::network::{could_not_resolve, tls_failed};
use crate::exchange::authorization::{Authorization, Jwt};
use crate::exchange::host::Host;

/// A REST API's own answer, or one of which the words alone tell that.
pub(super) fn is_rest(case: &Case<'_>, signal: Signal) -> bool {
    case.signal() == Some(signal) && matches!(case.answerer(), Answerer::RestApi | Answerer::Unknown)
}

pub(super) fn is_http(case: &Case<'_>, signal: Signal) -> bool {
    case.signal() == Some(signal) && case.answerer() == Answerer::HttpApi
}

pub(super) fn is_api(case: &Case<'_>, signal: Signal) -> bool {
    is_rest(case, signal) || is_http(case, signal)
}

pub(super) fn no_token(case: &Case<'_>) -> bool {
    is_rest(case, Signal::MissingAuthenticationToken)
}

pub(super) fn has_strange_verb(case: &Case<'_>) -> bool {
    let known = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    no_token(case) && !known.contains(&case.request.method.as_str())
}

pub(super) fn is_overridden(case: &Case<'_>) -> bool {
    no_token(case) && case.request.headers.has("x-http-method-override")
}

pub(super) fn is_amplify(case: &Case<'_>) -> bool {
    is_unsigned(case) && case.request.headers.get("user-agent").is_some_and(|own| own.contains("aws-amplify"))
}

pub(super) fn is_unsigned(case: &Case<'_>) -> bool {
    case.authorization == Authorization::None
}

/// Whether the path begins with the same segment twice.
pub(super) fn is_doubled(case: &Case<'_>) -> bool {
    matches!(case.request.url.segments().as_slice(), [first, second, ..] if first == second && at_endpoint(case))
}

/// Whether the path is that of a stage, or of a domain name, and nothing else.
pub(super) fn is_root(case: &Case<'_>) -> bool {
    let (_, rest) = target::first_segment(&case.request.url.path);
    if at_endpoint(case) { rest == "/" } else { case.request.url.segments().is_empty() }
}

/// Whether the stage is known to have a canary.
pub(super) fn has_canary(case: &Case<'_>) -> bool {
    case.target().is_ok_and(|target| target.stage.is_some_and(|stage| stage.canary.is_some()))
}

pub(super) fn at_endpoint(case: &Case<'_>) -> bool {
    matches!(case.host, Host::ExecuteApi { .. })
}

/// Whether a name of the owner's own was called.
pub(super) fn by_name(case: &Case<'_>) -> bool {
    case.host == Host::Other
}

pub(super) fn forbidden(case: &Case<'_>) -> bool {
    is_rest(case, Signal::Forbidden)
}

pub(super) fn has_key(case: &Case<'_>) -> bool {
    case.request.headers.has("x-api-key")
}

pub(super) fn calls_back(case: &Case<'_>) -> bool {
    let refused = [Signal::Forbidden, Signal::MissingAuthenticationToken, Signal::NotFound, Signal::AccessDenied];
    case.request.url.path.contains("/@connections/") && refused.into_iter().any(|own| is_api(case, own))
}

pub(super) fn by_cloudfront(case: &Case<'_>) -> bool {
    case.answerer() == Answerer::CloudFront && case.response().is_ok_and(|own| own.status == 403)
}

pub(super) fn bypasses_cache(case: &Case<'_>) -> bool {
    case.request.headers.get("cache-control").is_some_and(|own| own.contains("max-age=0"))
}

/// Whether nobody in particular was not allowed to do it; if so, whether by an explicit deny or by none. `None`: whoever it was,
/// the answer names nobody.
pub(super) fn denied(case: &Case<'_>, explicitly: Option<bool>) -> bool {
    let text = case.response().ok().and_then(message).unwrap_or_default();
    let is_wanted = match explicitly {
        Some(explicitly) => text.contains("User: anonymous") && text.contains("explicit deny") == explicitly,
        None => !text.contains("User: "),
    };
    is_wanted && is_rest(case, Signal::AccessDenied)
}

pub(super) fn unauthorized(case: &Case<'_>) -> bool {
    is_rest(case, Signal::Unauthorized)
}

pub(super) fn has_token(case: &Case<'_>) -> bool {
    case.request.headers.get("authorization").is_some_and(|own| !own.trim().is_empty())
}

pub(super) fn has_jwt(case: &Case<'_>) -> bool {
    case.request.headers.get("authorization").and_then(Jwt::in_header).is_some()
}

/// A JWT authorizer explains itself in `www-authenticate`; a Lambda authorizer does not.
pub(super) fn is_unchallenged(case: &Case<'_>) -> bool {
    is_http(case, Signal::Unauthorized) && case.response().is_ok_and(|own| !own.headers.has("www-authenticate"))
}

pub(super) fn is_http_refusal(case: &Case<'_>) -> bool {
    [Signal::Unauthorized, Signal::Forbidden].into_iter().any(|own| is_http(case, own))
}

pub(super) fn is_backends_404(case: &Case<'_>) -> bool {
    case.answerer() == Answerer::Backend && case.response().is_ok_and(|own| own.status == 404)
}

pub(super) fn throttled(case: &Case<'_>) -> bool {
    is_api(case, Signal::Throttled)
}

pub(super) fn throttled_in_own_words(case: &Case<'_>) -> bool {
    case.signal() == Some(Signal::Throttled) && case.response().is_ok_and(is_unmarked)
}

pub(super) fn unconfigured(case: &Case<'_>) -> bool {
    is_rest(case, Signal::AuthorizerConfiguration)
}

/// An error of the gateway's own on the way to what is behind the route, of which the stage's log does not say what it was.
pub(super) fn fails_inside(case: &Case<'_>) -> bool {
    let is_logged = || logs::execution_if_any(case).ok().flatten().is_some_and(|lines| !lines.is_empty());
    is_api(case, Signal::Internal) && !is_logged()
}

pub(super) fn says(case: &Case<'_>, words: &[&str]) -> bool {
    let text = case.response().map(|own| own.body.to_lowercase()).unwrap_or_default();
    words.iter().any(|word| text.contains(word))
}

pub(super) fn failed_by_name(case: &Case<'_>) -> bool {
    could_not_resolve(case).is_ok()
        || tls_failed(case).is_ok() && says(case, &["subject name", "altname", "common_name"])
}

pub(super) fn is_cognito_refusal(case: &Case<'_>, endpoint: Option<Endpoint>) -> bool {
    let reached = OAuth::reached(case).ok().map(|(own, _)| own);
    reached.is_some_and(|own| endpoint.is_none_or(|endpoint| own == endpoint))
        && case.response().is_ok_and(|own| own.status >= 400)
}

/// An error of TLS that is about the certificate of the server.
pub(super) fn is_certificates(case: &Case<'_>) -> bool {
    tls_failed(case).is_ok() && says(case, &["expired", "subject name", "altname", "common_name", "certificate has"])
}

/// An error of TLS as servers make it that want a certificate of the client.
pub(super) fn wants_certificate(case: &Case<'_>) -> bool {
    tls_failed(case).is_ok() && says(case, &["reset", "handshake", "certificate required", "bad certificate"])
}
