//! What the configuration shows of the answer to a preflight that nobody sent yet: where API Gateway itself will answer it.

use serde_json::{Value, json};

use super::overridden::without_origins;
use super::{ALLOW_ORIGIN, allows_method, allows_origin, asked_headers, own_origin, preflight, unnamed};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::target;
use crate::configuration::GatewayResponse;
use crate::cors::{self, Cors};
use crate::snapshot::ApiKind;

/// The answer to the preflight, and the call that shows it.
fn answer(case: &Case<'_>) -> Result<(Cors, &'static str), Not> {
    preflight(case)?;
    let target = case.target()?;
    let (served, source, _) = target::served(case, target.api, target.stage()?)?;
    if target.api.kind == ApiKind::Http {
        return Ok((cors::answer(served, "").ok_or(Not::Silent)?, "apigatewayv2:GetApi"));
    }
    let key = target.key(case)?.ok_or(Not::Silent)?;
    Ok((cors::answer(served, &key.path).ok_or(Not::Silent)?, source))
}

pub(super) fn wildcard(case: &Case<'_>) -> Examined {
    let (cors, source) = answer(case)?;
    if cors.origins != ["*"] || !cors.credentials {
        return Err(Not::refuted("the answer does not allow all origins together with cookies"));
    }
    Ok(Proof::certain("The answer will allow all origins and cookies, and browsers refuse the one with the other.")
        .because(
            source,
            cors.place,
            json!({ "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": true }),
        )
        .advice("name the origins that may send cookies, or allow none to"))
}

pub(super) fn origin(case: &Case<'_>) -> Examined {
    let own = own_origin(case)?;
    let (cors, source) = answer(case)?;
    if cors.origins.is_empty() {
        return Err(Not::Silent);
    }
    if cors.origins.iter().any(|allowed| allows_origin(allowed, own)) {
        return Err(Not::refuted("the request's origin is allowed"));
    }
    let list = cors.origins.join(", ");
    Ok(Proof::certain(format!("What is allowed is {list}, and browsers write the origin as {own}."))
        .because(source, cors.place, json!(cors.origins))
        .because("request", "headers.Origin", own)
        .advice(format!("list the origin as browsers send it: {own}")))
}

pub(super) fn header(case: &Case<'_>) -> Examined {
    let (cors, source) = answer(case)?;
    let asked = asked_headers(case);
    let missing = unnamed(&asked, &cors.headers);
    if missing.is_empty() {
        return Err(Not::refuted("every header that is asked for will be allowed"));
    }
    let names = missing.join(", ");
    Ok(Proof::certain(format!("Callers have to send {names}, and browsers will not be allowed to."))
        .because("request", "headers.Access-Control-Request-Headers", json!(asked))
        .because(source, cors.place, json!({ "Access-Control-Allow-Headers": cors.headers }))
        .advice(format!("name {names} in Access-Control-Allow-Headers; * does not cover authorization")))
}

pub(super) fn method(case: &Case<'_>) -> Examined {
    let asked = preflight(case)?;
    let (cors, source) = answer(case)?;
    if allows_method(&cors.methods, asked) {
        return Err(Not::refuted(format!("{asked} will be allowed")));
    }
    Ok(Proof::certain(format!("A route takes {asked}, and browsers will not be allowed to send it."))
        .because("request", "headers.Access-Control-Request-Method", asked)
        .because(source, cors.place, json!({ "Access-Control-Allow-Methods": cors.methods }))
        .advice(format!("name {asked} in Access-Control-Allow-Methods")))
}

/// That errors of the gateway's own name no origin: all, or those of a status.
pub(super) fn gateway_response(case: &Case<'_>, status: Option<u16>) -> Examined {
    let target = case.target()?;
    target.stage()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let allows = |own: &GatewayResponse| {
        let mut names = own.response_parameters.keys().map(|name| name.to_ascii_lowercase());
        names.any(|name| name.ends_with(&format!(".{ALLOW_ORIGIN}")))
    };
    let own = target.api.live.gateway_responses.known()?;
    let all = match status {
        Some(..500) => &["DEFAULT_4XX"][..],
        Some(_) => &["DEFAULT_5XX"],
        None => &["DEFAULT_4XX", "DEFAULT_5XX"],
    };
    let lacking: Vec<&str> = all.iter().copied().filter(|name| !own.get(*name).is_some_and(allows)).collect();
    if lacking.is_empty() {
        let have = if all.len() > 1 { "have" } else { "has" };
        let why = format!("{} {have} the header, live: it may wait for its deployment", all.join(" and "));
        return Err(Not::refuted(why));
    }
    let names = lacking.join(" and ");
    Ok(Proof::certain(format!(
        "Where the gateway itself answers with an error, browsers show an error of CORS in its place: no origin is allowed by {names}."
    ))
    .letting_through()
    .because("apigateway:GetGatewayResponses", format!("{names} responseParameters"), Value::Null)
    .advice(format!("add Access-Control-Allow-Origin to the gateway responses {names}, and deploy")))
}

pub(super) fn overridden(case: &Case<'_>) -> Examined {
    let (cors, source) = answer(case)?;
    if case.target()?.api.kind != ApiKind::Http || !cors.origins.is_empty() {
        return Err(Not::refuted("the API's CORS configuration names origins"));
    }
    Ok(without_origins(cors::configured_in(source)))
}
