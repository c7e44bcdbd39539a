//! The causes that an answer looks like, where the reads that would prove them were denied: they stand until these are granted.
//!
//! A cause that knows more of its case than what the answer looks like stands by itself, and this is not asked.

mod fits;

use std::collections::BTreeSet;

use super::network::{could_not_connect, could_not_resolve, tls_failed};
use crate::case::Case;
use crate::case::cause::{Cause, Confidence, Proof, Role};
use crate::case::oauth::Endpoint;
use crate::case::signal::{Answerer, Signal};
use crate::exchange::host::Host;
use crate::observed::{NotRead, Why};
use fits::{
    at_endpoint, by_cloudfront, by_name, bypasses_cache, calls_back, denied, failed_by_name, fails_inside, forbidden,
    has_canary, has_jwt, has_key, has_strange_verb, has_token, is_amplify, is_backends_404, is_certificates,
    is_cognito_refusal, is_doubled, is_http, is_http_refusal, is_overridden, is_rest, is_root, is_unchallenged,
    is_unsigned, no_token, says, throttled, throttled_in_own_words, unauthorized, unconfigured, wants_certificate,
};

/// What an answer looks like.
struct Look {
    /// The cause that answers so.
    id: &'static str,
    /// Whether request and response look so.
    fits: fn(&Case<'_>) -> bool,
    /// What is answered so, in words that end a sentence.
    like: &'static str,
    /// What to look at while the read is denied.
    look: &'static str,
}

/// How many causes are named: those that come first in the order of the gateway's checks.
const NAMED: usize = 4;

/// Declares looks: a cause, what looks so, what is answered so, and what to look at meanwhile.
macro_rules! looks {
    ($($id:literal, $fits:expr, $like:literal => $look:literal;)+) => {
        /// Each in the order in which it is to be tested among those that share an answer.
        static LOOKS: &[Look] = &[$(Look { id: $id, fits: $fits, like: $like, look: $look },)+];
    };
}

looks! {
    // 403 `Missing Authentication Token`, and what signed requests are answered in its place.
    "client-nonstandard-verb", has_strange_verb,
        "a method that API Gateway does not know" => "send one of its seven methods";
    "method-override-header", is_overridden,
        "X-HTTP-Method-Override that makes it a method which the path does not have" => "drop the header";
    "cors-options-missing", |case| no_token(case) && case.is_preflight(),
        "a preflight to a path without OPTIONS" => "look whether the path has the method OPTIONS";
    "amplify-api-not-registered", |case| no_token(case) && is_amplify(case),
        "a client of Amplify that does not know the API and does not sign"
            => "look whether the client's configuration names the API";
    "rest-stage-segment-duplicated", |case| no_token(case) && is_doubled(case),
        "a path with the stage in it twice" => "take the second one away";
    "custom-domain-stage-in-path", |case| no_token(case) && by_name(case),
        "a path that names the stage which the domain name is mapped to already" => "leave the stage out of the path";
    "rest-path-placeholder-unreplaced", |case| no_token(case) && !case.request.url.placeholders().is_empty(),
        "a path in which a placeholder was not filled in" => "put a value in its place";
    "rest-root-no-method", |case| no_token(case) && is_root(case),
        "a root that has no method" => "append the path of a resource";
    "rest-canary-missing-route", |case| no_token(case) && has_canary(case),
        "a route that the stage or its canary lacks"
            => "compare the routes of the stage's deployment and of its canary's";
    "rest-path-not-in-api", |case| no_token(case) && !is_root(case),
        "a path that no route of the stage takes" => "compare method and path with the stage's routes";
    "rest-iam-unsigned", |case| no_token(case) && is_unsigned(case),
        "a route with AWS_IAM that is called without a signature"
            => "look whether the route's authorization is AWS_IAM, and sign the request";
    "rest-not-deployed", no_token,
        "a route that is live and not deployed" => "look whether the stage has its newest deployment";
    "rest-undefined-route-signed", |case| is_rest(case, Signal::NoMethodFound),
        "a signed request that no route of the stage takes" => "compare method and path with the stage's routes";
    // 403 `Forbidden` of a REST API, and of what is before it.
    "websocket-connections-endpoint-wrong", calls_back,
        "@connections without a stage before it, or of another API"
            => "make the client's endpoint https://{api}.execute-api.{region}.amazonaws.com/{stage}";
    "cors-options-requires-key", |case| forbidden(case) && case.is_preflight(),
        "a preflight to a route that wants an API key" => "look whether OPTIONS wants a key: preflights send none";
    "custom-domain-no-mapping", |case| forbidden(case) && by_name(case),
        "a path that no mapping of the domain name takes" => "look whether a mapping takes the path";
    "custom-domain-mapping-dangling", |case| forbidden(case) && by_name(case),
        "a mapping to a stage that is not there" => "look whether the stage of the mapping is there";
    "rest-stage-unknown", |case| forbidden(case) && at_endpoint(case),
        "a stage that the API does not have"
            => "compare the first segment of the path with the names of the API's stages";
    "default-endpoint-disabled", |case| forbidden(case) && at_endpoint(case),
        "an endpoint that is switched off" => "call the API by its custom domain name, if it has one";
    "api-key-missing", |case| forbidden(case) && !has_key(case),
        "a route that wants an API key" => "send the header x-api-key, if the route wants a key";
    "api-key-requirement-still-deployed", |case| forbidden(case) && !has_key(case),
        "a route that wants an API key as it is deployed" => "look whether the stage has its newest deployment";
    "api-key-unknown-value", |case| forbidden(case) && has_key(case),
        "an API key that is not known" => "compare the key with those of the region";
    "waf-block", forbidden,
        "what a web ACL blocks" => "look into the sampled requests of the stage's web ACL";
    "cloudfront-forwards-host", by_cloudfront,
        "a distribution that hands the viewer's Host on to an API"
            => "use the origin request policy AllViewerExceptHostHeader";
    // 403 that names what was not allowed.
    "cache-invalidation-forbidden", |case| denied(case, None) && bypasses_cache(case),
        "a request that may not invalidate the stage's cache" => "send it without Cache-Control: max-age=0";
    "resource-policy-explicit-deny", |case| denied(case, Some(true)),
        "a caller whom the API's resource policy denies" => "look what the resource policy denies";
    "resource-policy-implicit-deny", |case| denied(case, Some(false)),
        "a caller whom the API's resource policy does not allow" => "look whom the resource policy allows";
    "private-api-no-resource-policy", |case| denied(case, Some(false)),
        "a private API without a resource policy" => "look whether the API is private and has a resource policy";
    // 400 and 415.
    "validator-missing-params", |case| is_rest(case, Signal::MissingParameters),
        "a request that lacks parameters which the route asks for" => "send what the answer names";
    "validator-body", |case| is_rest(case, Signal::InvalidBody),
        "a body that is not what the route's model asks for" => "compare the body with the route's model";
    "unsupported-media-type", |case| is_rest(case, Signal::UnsupportedMediaType),
        "a media type for which the route has no template" => "send a Content-Type that the route has a template for";
    // 401.
    "lambda-auth-identity-source-missing", |case| unauthorized(case) && !has_token(case),
        "a Lambda authorizer whose identity source is missing" => "send what the authorizer reads";
    "cognito-auth-token-missing", |case| unauthorized(case) && !has_token(case),
        "a Cognito authorizer without a token" => "send a token in Authorization";
    "lambda-auth-token-regex", |case| unauthorized(case) && has_token(case),
        "a Lambda authorizer whose expression the token does not match"
            => "compare the token with the authorizer's expression";
    "cognito-auth-id-vs-access", |case| unauthorized(case) && has_jwt(case),
        "a Cognito authorizer that takes tokens of the other kind"
            => "send the ID token where the route has no scopes, else the access token";
    "cognito-auth-wrong-pool", |case| unauthorized(case) && has_jwt(case),
        "a Cognito authorizer of another user pool" => "compare the token's issuer with the authorizer's user pools";
    "http-lambda-auth-identity-missing", is_unchallenged,
        "a Lambda authorizer whose identity source is missing" => "send what the authorizer reads";
    // 403 and 404 of HTTP APIs.
    "cors-options-requires-auth", |case| is_http_refusal(case) && case.is_preflight(),
        "a preflight to a route that asks for authorization" => "give OPTIONS a route without authorization";
    "http-api-iam-forbidden", |case| is_http(case, Signal::Forbidden),
        "a route with AWS_IAM and a caller who may not call it"
            => "look whether the route's authorization is AWS_IAM";
    "http-lambda-auth-deny", |case| is_http(case, Signal::Forbidden),
        "a Lambda authorizer that denies the caller" => "look into the authorizer's log";
    "http-mapping-no-match", |case| is_http(case, Signal::NotFound) && by_name(case),
        "a path that no mapping of the domain name takes" => "look whether a mapping takes the path";
    "http-route-not-found", |case| is_http(case, Signal::NotFound),
        "a path that no route of the stage takes" => "compare method and path with the API's routes";
    "http-stage-not-found", |case| is_http(case, Signal::NotFound),
        "a stage that the API does not have" => "look which stages the API has";
    "http-not-deployed", |case| is_http(case, Signal::NotFound),
        "a route that is not deployed" => "look whether the stage deploys by itself";
    "http-route-no-integration", |case| is_http(case, Signal::NotFound),
        "a route that calls nothing" => "look whether the route has a target";
    "app-level-404", is_backends_404,
        "an application that does not know the path" => "look into the log of what the route calls";
    // 429.
    "waf-rate-custom-429", throttled_in_own_words,
        "a web ACL with an answer of its own" => "look into the rules of the stage's web ACL";
    "throttle-stage-or-method", throttled,
        "a stage or method that is throttled" => "look at the throttling of the stage and its methods";
    "throttle-usage-plan", |case| throttled(case) && has_key(case),
        "a usage plan that throttles the key" => "look at the throttling of the key's usage plan";
    "throttle-account", throttled,
        "an account that is throttled" => "look how many requests all APIs of the account get";
    // 500.
    "lambda-auth-permission", unconfigured,
        "an authorizer's function that API Gateway may not call"
            => "look whether the function's policy lets API Gateway call it";
    "lambda-auth-malformed-output", unconfigured,
        "an authorizer that answers in another form than it has to" => "look what the authorizer's function returns";
    "lambda-auth-error-or-timeout", unconfigured,
        "an authorizer that fails" => "look into the log of the authorizer's function";
    "binary-media-breaks-mock-options", |case| fails_inside(case) && case.request.method == "OPTIONS",
        "a MOCK of OPTIONS on an API whose binary media types are */*"
            => "look at contentHandling of the method's integration";
    "lambda-permission-missing", fails_inside,
        "a function that API Gateway may not call" => "look whether the function's policy lets API Gateway call it";
    "stage-variable-unset", fails_inside,
        "an integration with a stage variable that is not set"
            => "look whether the stage sets the variables that the integration names";
    "lambda-integration-method-not-post", fails_inside,
        "a function that is called with another method than POST" => "look at the integration's HTTP method";
    "integration-response-no-match", fails_inside,
        "an integration without a response that fits" => "look whether the integration has a default response";
    "integration-endpoint-invalid", fails_inside,
        "an integration whose address leads nowhere" => "look at the integration's URI";
    // 503.
    "http-api-timeout", |case| is_http(case, Signal::Unavailable),
        "an integration that takes longer than the API waits" => "look how long what the route calls takes";
    // No answer at all.
    "http-scheme-used", |case| ["http", "ws"].contains(&case.request.url.scheme.as_str()),
        "http, which API Gateway does not answer" => "call https";
    "tls-version-too-low", |case| tls_failed(case).is_ok() && says(case, &["protocol version", "protocol_version"]),
        "a client whose version of TLS is too low" => "update the client";
    "custom-domain-cert-problem", is_certificates,
        "a certificate that is not valid or does not cover the name" => "look at the certificate of the domain name";
    "mtls-client-cert-missing-or-bad", wants_certificate,
        "a domain name that asks for the client's certificate" => "look whether the domain name has mutual TLS";
    "custom-domain-dns-wrong-target", |case| by_name(case) && failed_by_name(case),
        "a record that leads elsewhere than to the domain name's target"
            => "compare the record with the domain name's target";
    "custom-domain-missing", |case| by_name(case) && tls_failed(case).is_ok(),
        "a name that API Gateway does not know" => "look whether the domain name is there";
    "cognito-domain-missing", |case| matches!(case.host, Host::Cognito { .. }) && could_not_resolve(case).is_ok(),
        "a domain that no user pool has" => "look whether the user pool's domain is there, and in this region";
    "dns-private-api-from-public",
        |case| at_endpoint(case) && (could_not_resolve(case).is_ok() || could_not_connect(case).is_ok()),
        "a private API that is called from elsewhere" => "look whether the API is private";
    // Cognito.
    "cognito-logout-uri-not-allowed", |case| is_cognito_refusal(case, Some(Endpoint::Logout)),
        "a sign-out URI that is none of the client's" => "look at the client's sign-out URLs";
    "cognito-waf-block", |case| is_cognito_refusal(case, None) && case.response().is_ok_and(|own| own.status == 403),
        "what the user pool's web ACL blocks" => "look into the web ACL's sampled requests";
}

/// The causes that the answer looks like and that wait for a read which was denied. The only one of all that waits is likely;
/// what several share is possible.
pub(super) fn by_look(case: &Case<'_>, unread: &[(&'static Cause, NotRead)]) -> Vec<(&'static Cause, Proof)> {
    if case.is_unsent() {
        return Vec::new();
    }
    // What a recording lacks nobody was refused, and a look-up takes an option, not a permission.
    let is_denied = |why: &NotRead| why.why == Why::Denied && !why.is_unrecorded() && !why.needs.starts_with("--");
    let causes = unread.iter().filter(|(cause, _)| cause.role == Role::Cause);
    let ids: BTreeSet<&str> = causes.clone().map(|(cause, _)| cause.id).collect();
    let waiting = causes.filter(|(_, why)| is_denied(why));
    let most = if ids.len() == 1 { Confidence::Likely } else { Confidence::Possible };
    let standing = LOOKS.iter().filter_map(|own| {
        let (cause, why) = waiting.clone().find(|(cause, _)| cause.id == own.id)?;
        (own.fits)(case).then(|| (*cause, own.proof(case, why).at_most(most)))
    });
    standing.take(NAMED).collect()
}

impl Look {
    fn proof(&self, case: &Case<'_>, why: &NotRead) -> Proof {
        let request = &case.request;
        let fails = if case.answerer() == Answerer::Nobody { "fails like" } else { "is answered like" };
        let says = format!(
            "{} {} {fails} {}; {}, which tells whether that is it, was denied.",
            request.method, request.url.path, self.like, why.call
        );
        let proof = Proof::likely(says).without(why);
        let proof = match case.response() {
            Ok(response) => proof.because("response", "status", response.status),
            Err(_) => proof,
        };
        proof.advice(format!("grant {}, and ask again; until then, {}", why.needs, self.look))
    }
}

#[cfg(test)]
mod tests;
