//! What an HTTP API's CORS configuration says stands in the place of what the backend says.

use serde_json::json;

use super::{ALLOW_CREDENTIALS, ALLOW_ORIGIN, own_origin, unsent};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::signal::Signal;
use crate::snapshot::ApiKind;

/// Whether the API is an HTTP API whose CORS configuration allows no origin at all.
pub(super) fn names_no_origin(case: &Case<'_>) -> bool {
    let own = case.target().ok().filter(|target| target.api.kind == ApiKind::Http);
    own.and_then(|target| target.api.live.cors.as_ref()).is_some_and(|cors| cors.allow_origins.is_empty())
}

/// That such a configuration stands in the place of what the backend says.
pub(super) fn without_origins(source: &'static str) -> Proof {
    Proof::certain(
        "The API has a CORS configuration, so that API Gateway ignores what the backend says about CORS; and it names no origin.",
    )
    .because(source, "CorsConfiguration.AllowOrigins", json!([]))
    .advice("name the origins in the API's CORS configuration, or take it away")
}

pub(super) fn overridden(case: &Case<'_>) -> Examined {
    own_origin(case)?;
    if case.is_unsent() {
        return unsent::overridden(case);
    }
    let response = case.response()?;
    if case.signal() != Some(Signal::Success) {
        return Err(Not::Silent);
    }
    let lacks = !response.headers.has(ALLOW_ORIGIN)
        || case.request.headers.has("cookie") && !response.headers.has(ALLOW_CREDENTIALS);
    let target = case.target()?;
    if target.api.kind != ApiKind::Http || target.api.live.cors.is_none() || !lacks {
        return Err(Not::Silent);
    }
    if names_no_origin(case) {
        return Ok(without_origins("apigatewayv2:GetApi"));
    }
    Ok(Proof::certain(
        "The API has a CORS configuration, so that API Gateway ignores what the backend says about CORS.",
    )
    .because("apigatewayv2:GetApi", "CorsConfiguration", true)
    .advice("say it in the API's CORS configuration"))
}
