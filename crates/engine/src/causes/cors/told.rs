//! What a browser's console proves of an answer that it keeps from the page.

use serde_json::{Value, json};

use super::{allows_origin, unsent};
use crate::case::Case;
use crate::case::callee::Behind;
use crate::case::cause::{Confidence, Examined, Not, Proof, if_known};
use crate::case::console::{Blocked, Kept};
use crate::case::target;
use crate::cors;
use crate::snapshot::ApiKind;

/// A proof by the browser's own words.
pub(in crate::causes) fn because(proof: Proof, words: &str) -> Proof {
    proof.because("response", "body", words)
}

/// The page's origin: as the request names it, or else the console.
fn page<'c>(case: &'c Case<'_>, blocked: &'c Blocked) -> Option<&'c str> {
    case.request.headers.get("origin").or(blocked.origin.as_deref())
}

pub(super) fn duplicate(blocked: &Blocked) -> Examined {
    if blocked.why != Kept::Several {
        return Err(Not::Silent);
    }
    let proof = Proof::certain("Access-Control-Allow-Origin has several values, and browsers accept one.");
    Ok(because(proof, "several values of Access-Control-Allow-Origin")
        .advice("set the header in one place: in the gateway, or in the backend"))
}

pub(super) fn wildcard(blocked: &Blocked) -> Examined {
    if blocked.why != Kept::Wildcard {
        return Err(Not::Silent);
    }
    let proof = Proof::certain("The request carries cookies, and browsers then refuse an answer for all origins.");
    Ok(because(proof, "Access-Control-Allow-Origin is *, and the credentials mode is include")
        .advice("answer with the request's own origin, and Access-Control-Allow-Credentials: true"))
}

pub(super) fn origin(case: &Case<'_>, blocked: &Blocked) -> Examined {
    let own = page(case, blocked);
    let page = own.unwrap_or("another");
    let proof = match &blocked.why {
        Kept::OtherOrigin(allowed) => {
            let proof = Proof::certain(format!("The answer allows {allowed}, and the request comes from {page}."));
            because(proof, &format!("Access-Control-Allow-Origin is {allowed}"))
        }
        Kept::NoOrigin | Kept::Unallowed => unlisted(case, own.ok_or(Not::Silent)?)?,
        _ => return Err(Not::Silent),
    };
    Ok(proof.advice(own.map_or_else(
        || "list the origin as browsers send it".to_owned(),
        |own| format!("list the origin as browsers send it: {own}"),
    )))
}

/// That an HTTP API answers for other origins than the page's, and says nothing of CORS to this one.
fn unlisted(case: &Case<'_>, own: &str) -> Examined {
    let target = case.target()?;
    if target.api.kind != ApiKind::Http {
        return Err(Not::Silent);
    }
    let (served, source, stand_in) = target::served(case, target.api, target.stage()?)?;
    let origins = &served.cors.as_ref().ok_or(Not::Silent)?.allow_origins;
    // A configuration without origins says nothing of them to anybody.
    if origins.is_empty() {
        return Err(Not::Silent);
    }
    if origins.iter().any(|allowed| allows_origin(allowed, own)) {
        return Err(Not::refuted("the API's CORS configuration lists the request's origin"));
    }
    let list = origins.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let proof = Proof::certain(format!("The API's CORS configuration lists {list}, and the request comes from {own}."))
        .because(cors::configured_in(source), "CorsConfiguration.AllowOrigins", json!(origins));
    let words = match case.blocked() {
        Some(own) if own.why == Kept::Unallowed => "the page's origin is not allowed by Access-Control-Allow-Origin",
        _ => "no Access-Control-Allow-Origin",
    };
    let proof = because(proof, words);
    Ok(stand_in.into_iter().fold(proof, Proof::without))
}

pub(super) fn header(blocked: &Blocked) -> Examined {
    let Kept::Header(name) = &blocked.why else { return Err(Not::Silent) };
    let says = format!("The browser asks whether it may send {name}, and the answer does not name it.");
    Ok(because(Proof::certain(says), &format!("{name} is not in Access-Control-Allow-Headers"))
        .advice(format!("name {name} in Access-Control-Allow-Headers; * does not cover authorization")))
}

pub(super) fn method(case: &Case<'_>, blocked: &Blocked) -> Examined {
    if blocked.why != Kept::Method {
        return Err(Not::Silent);
    }
    let method = &case.request.method;
    let says = format!("The browser asks whether it may send {method}, and the answer does not name it.");
    Ok(because(Proof::certain(says), "the method is not in Access-Control-Allow-Methods")
        .advice(format!("name {method} in Access-Control-Allow-Methods")))
}

/// Whose answer a browser keeps from the page, as its status and the routes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// API Gateway's own: no route takes the request.
    Gateways,
    /// That of what the route calls: API Gateway itself has no such status for what a route takes.
    Routes,
    /// The one or the other.
    Eithers {
        /// Whether the route asks for what the status says was not shown.
        is_refusal: bool,
    },
}

/// The errors that API Gateway may itself answer to what a route takes, whoever may call it.
const OF_GATEWAY: [u16; 11] = [400, 403, 413, 414, 415, 429, 431, 500, 502, 503, 504];

impl Whose {
    fn of(case: &Case<'_>, method: &str, status: Option<u16>) -> Result<Whose, Not> {
        let either = Whose::Eithers { is_refusal: false };
        let Some(target) = if_known(case.target())? else { return Ok(either) };
        let Some(deployed) = if_known(target.deployed(case))? else { return Ok(either) };
        let Some((_, entry)) = deployed.find(method, &target.path) else { return Ok(Whose::Gateways) };
        let Some(status) = status else { return Ok(either) };
        let is_open = entry.authorization_type == Some("NONE") && entry.api_key_required != Some(true);
        if !is_open && [401, 403].contains(&status) {
            return Ok(Whose::Eithers { is_refusal: true });
        }
        // The API's own gateway responses may give any status to an error.
        let Ok(responses) = target.api.live.gateway_responses.known() else { return Ok(either) };
        let own = status.to_string();
        let is_custom = responses.values().any(|response| response.status_code.as_deref() == Some(own.as_str()));
        let is_of_gateway = OF_GATEWAY.contains(&status) || is_custom;
        Ok(if is_of_gateway { either } else { Whose::Routes })
    }
}

/// That what the route calls answered with an error, and named no origin.
fn error_without_header(case: &Case<'_>, blocked: &Blocked, status: u16) -> Examined {
    let method = case.method();
    let source = Behind::of(case, method).source();
    let proof = match Whose::of(case, method, Some(status))? {
        Whose::Gateways => return Err(Not::refuted("no route takes the request, so that the gateway answers itself")),
        Whose::Routes => Proof::likely(format!(
            "{method} is answered {status}, which API Gateway itself does not answer where a route takes the request: it comes \
             from {source}, without the header."
        )),
        Whose::Eithers { .. } => Proof::possible(format!(
            "{method} is answered {status}, without the header: by API Gateway itself, or by {source}."
        )),
    };
    let words = if blocked.why == Kept::Unallowed {
        "the page's origin is not allowed by Access-Control-Allow-Origin"
    } else {
        "no Access-Control-Allow-Origin"
    };
    Ok(because(proof, words).because("response", "status", status).advice(format!(
        "return Access-Control-Allow-Origin from {source} with errors, too; and look what it answers without a browser (curl -i)"
    )))
}

/// That an answer lacks what browsers ask of it. Without its status it may be an error of the gateway's as well: then this is
/// likely only of a route that the gateway itself lets everybody call.
pub(super) fn no_header(case: &Case<'_>, blocked: &Blocked) -> Examined {
    if blocked.why == Kept::NoCredentials {
        let says = "The request carries cookies, and the answer lacks Access-Control-Allow-Credentials: true.";
        return Ok(because(Proof::likely(says), "Access-Control-Allow-Credentials is not true")
            .advice("answer with Access-Control-Allow-Credentials: true, and with the request's own origin"));
    }
    let is_success = blocked.status.is_some_and(|status| (200..300).contains(&status));
    if !blocked.may_name_no_origin() {
        return Err(Not::Silent);
    }
    match blocked.status {
        Some(status @ 400..) if case.blocked_preflight().is_none() => {
            return error_without_header(case, blocked, status);
        }
        Some(_) if !is_success => return Err(Not::Silent),
        _ => {}
    }
    let is_preflight = case.blocked_preflight().is_some();
    let method = if is_preflight { "OPTIONS" } else { case.method() };
    let proof = if blocked.why == Kept::Unallowed {
        let says = format!(
            "The answer to {method} names no origin, or another than the page's: the browser keeps it from the page, and says \
             the same of both."
        );
        because(Proof::likely(says), "the page's origin is not allowed by Access-Control-Allow-Origin")
    } else {
        let says = format!("The answer to {method} names no origin: the browser keeps it from the page.");
        let proof = Proof::certain(says).because("response", "headers.Access-Control-Allow-Origin", Value::Null);
        because(proof, "no Access-Control-Allow-Origin")
    };
    let proof = if is_success { proof } else { proof.at_most(of_route(case, method)?) };
    let behind = Behind::of(case, method);
    Ok(match (is_preflight, behind) {
        (true, Behind::Untold) => proof.advice(
            "return Access-Control-Allow-Origin where OPTIONS is answered: in its mock's integration response, or in what the route calls",
        ),
        (true, _) => proof
            .advice(format!("return Access-Control-Allow-Origin where OPTIONS is answered: from {}", behind.source())),
        (false, _) => proof.advice(format!(
            "return Access-Control-Allow-Origin from {}; look whether the call succeeds without a browser (curl -i)",
            behind.source()
        )),
    })
}

/// How likely it is that the route answered, as opposed to the gateway before it.
fn of_route(case: &Case<'_>, method: &str) -> Result<Confidence, Not> {
    let Some(target) = if_known(case.target())? else { return Ok(Confidence::Possible) };
    let Some(deployed) = if_known(target.deployed(case))? else { return Ok(Confidence::Possible) };
    let Some((_, entry)) = deployed.find(method, &target.path) else {
        return Err(Not::refuted("no route takes the request, so that the gateway answers itself"));
    };
    let is_open = entry.authorization_type == Some("NONE") && entry.api_key_required != Some(true);
    Ok(if is_open { Confidence::Likely } else { Confidence::Possible })
}

pub(super) fn gateway_response(case: &Case<'_>, blocked: &Blocked) -> Examined {
    // What is said of a preflight is another cause's.
    if !blocked.may_name_no_origin() || case.blocked_preflight().is_some() {
        return Err(Not::Silent);
    }
    if blocked.status.is_some_and(|status| status < 400) {
        return Err(Not::Silent);
    }
    let proof = unsent::gateway_response(case, blocked.status)?;
    Ok(match (Whose::of(case, case.method(), blocked.status)?, blocked.status) {
        (Whose::Gateways, _) => proof,
        (Whose::Routes, Some(status)) => {
            return Err(Not::refuted(format!(
                "API Gateway itself does not answer {status} where a route takes the request"
            )));
        }
        (Whose::Eithers { is_refusal: true }, _) => proof.at_most(Confidence::Likely),
        _ => proof.at_most(Confidence::Possible),
    })
}
