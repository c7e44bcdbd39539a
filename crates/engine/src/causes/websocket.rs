//! WebSocket APIs: called over HTTP, called back at a wrong address, connected to where no stage is.

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::table::Table;
use crate::case::target::Target;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// A WebSocket API was called over HTTP
    ///
    /// ## What proves it
    ///
    /// The API is a WebSocket API, and the request does not ask for an upgrade to WebSocket.
    ///
    /// ## What refutes it
    ///
    /// The header `Upgrade: websocket`.
    ///
    /// ## Remedy
    ///
    /// Connect with a WebSocket client.
    ///
    /// ## Source
    ///
    /// Reported in public issue threads. Not verified on AWS.
    "websocket-called-over-https", Cause, Silent, websocket;

    /// The address of the WebSocket's callback is wrong
    ///
    /// ## What proves it
    ///
    /// The request goes to `@connections`, and its path is not `/{stage}/@connections/{id}` of a stage of that WebSocket API.
    ///
    /// ## What refutes it
    ///
    /// That path, with a stage that exists.
    ///
    /// ## Remedy
    ///
    /// Make the client's endpoint `https://{api}.execute-api.{region}.amazonaws.com/{stage}`; with a custom domain, the base
    /// path stands in the place of the stage.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>
    "websocket-connections-endpoint-wrong", Cause, Silent, connections;
}

/// Whether the request is one to a connection that is open: `/{stage}/@connections/{id}`.
pub(super) fn calls_back(case: &Case<'_>) -> bool {
    case.request.url.path.contains("/@connections")
}

/// The stage whose connections a request calls back, as the address is meant: `/{stage}/@connections/{id}`.
pub(super) fn called_back<'a>(case: &Case<'a>) -> Result<&'a Stage, Not> {
    if !calls_back(case) {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    if target.api.kind != ApiKind::WebSocket || !target.path.starts_with("/@connections/") {
        return Err(Not::Silent);
    }
    target.stage()
}

/// Where a connection to a WebSocket API goes that is refused, or that nobody made yet.
fn refused<'c, 'a>(case: &'c Case<'a>) -> Result<&'c Target<'a>, Not> {
    if !case.opens_websocket() || calls_back(case) {
        return Err(Not::Silent);
    }
    // WebSocket clients tell the status of a handshake that failed, and nothing else of its answer.
    let told = case.response().is_ok_and(|response| response.status == 0 && response.body.contains("403"));
    if !told {
        case.shows(&[Signal::Forbidden, Signal::MissingAuthenticationToken, Signal::NotFound])?;
    }
    let target = case.target()?;
    if target.api.kind == ApiKind::WebSocket { Ok(target) } else { Err(Not::Silent) }
}

/// That a connection names no stage of its WebSocket API. What AWS answers then is not documented: likely at most.
pub(super) fn stage_unknown(case: &Case<'_>) -> Examined {
    let target = refused(case)?;
    let stages = target.api.stages.known()?;
    if target.stage.is_some() {
        return Err(Not::Silent);
    }
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let says = match &target.stage_segment {
        Some(segment) => format!("{segment} is no stage of the WebSocket API; it has {}.", names.join(", ")),
        None => format!("The URL names no stage of the WebSocket API; it has {}.", names.join(", ")),
    };
    let segment = target.stage_segment.as_deref().unwrap_or_default();
    let stage = names.iter().find(|name| name.eq_ignore_ascii_case(segment)).or(names.first()).copied();
    Ok(Proof::likely(says)
        .because("apigatewayv2:GetStages", "Items[].StageName", json!(names))
        .advice(format!("connect to {}", address(case, target, stage.unwrap_or("{stage}")))))
}

/// That a connection goes to a path below a stage: a WebSocket API has routes for messages, and none for paths. Seen in an
/// issue thread of an AWS sample, and not verified on AWS: likely at most.
pub(super) fn path_not_in_api(case: &Case<'_>) -> Examined {
    let target = refused(case)?;
    let stage = target.stage()?;
    if target.path.trim_matches('/').is_empty() {
        return Err(Not::Silent);
    }
    let says = format!(
        "A WebSocket API is connected to at its stage, {}: it has routes for messages, and none for the path {}.",
        stage.name, target.path
    );
    Ok(Proof::likely(says)
        .because("apigatewayv2:GetApi", "ProtocolType", "WEBSOCKET")
        .because("request", "path", case.request.url.path.clone())
        .advice(format!("connect to {}; put what the path says into the query", address(case, target, &stage.name))))
}

/// Where clients connect to a stage.
fn address(case: &Case<'_>, target: &Target<'_>, stage: &str) -> String {
    let url = target.url(case, stage, "");
    url.split_once("://").map_or_else(|| url.clone(), |(_, rest)| format!("wss://{rest}"))
}

/// Whether a stage takes a connection that nobody made yet, and asks for no authorization.
pub(super) fn takes_it(case: &Case<'_>) -> bool {
    let Ok(target) = refused(case) else { return false };
    let is_open = |table: &Table<'_>| {
        let connect = table.entries.iter().find(|(key, _)| key.path == "$connect");
        connect.is_none_or(|(_, entry)| entry.authorization_type == Some("NONE"))
    };
    target.stage.is_some() && target.live(case).is_ok_and(is_open)
}

fn websocket(case: &Case<'_>) -> Examined {
    let target = case.target()?;
    if target.api.kind != ApiKind::WebSocket || calls_back(case) || case.request.url.is_websocket() {
        return Err(Not::Silent);
    }
    if matches!(case.signal(), Some(Signal::Success | Signal::Redirect)) {
        return Err(Not::Silent);
    }
    if case.opens_websocket() {
        return Err(Not::refuted("the request asks for an upgrade to WebSocket"));
    }
    let first = || target.api.stages.ok().and_then(|stages| stages.first());
    let stage = target.stage.or_else(first).map_or("{stage}", |stage| stage.name.as_str());
    let says = format!("{} is a WebSocket API, and the request does not ask for an upgrade.", target.api.id);
    Ok(Proof::likely(says)
        .because("apigatewayv2:GetApi", "ProtocolType", "WEBSOCKET")
        .because("request", "headers.Upgrade", Value::Null)
        .advice(format!("connect with a WebSocket client: wscat -c {}", address(case, target, stage))))
}

/// What is to be said besides of a connection to an API that takes none.
pub(super) fn taken_for_websocket(case: &Case<'_>) -> Option<String> {
    let target = case.target().ok().filter(|target| target.api.kind != ApiKind::WebSocket)?;
    let (name, kind, scheme) = (&target.api.name, target.api.kind.name(), &case.request.url.scheme);
    case.request.url.is_websocket().then(|| {
        format!("The URL begins with {scheme}://, and {name} is a {kind} API: it is called by https, and takes no WebSocket connection.")
    })
}

fn connections(case: &Case<'_>) -> Examined {
    if !calls_back(case) {
        return Err(Not::Silent);
    }
    case.shows(&[Signal::Forbidden, Signal::MissingAuthenticationToken, Signal::NotFound, Signal::AccessDenied])?;
    let target = case.target()?;
    let right = target.stage.is_some() && target.path.starts_with("/@connections/");
    if target.api.kind == ApiKind::WebSocket && right {
        return Err(Not::refuted("the path is /{stage}/@connections/{id} of a stage that exists"));
    }
    let stages = target.api.stages.known()?;
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let proof = if target.api.kind == ApiKind::WebSocket {
        Proof::certain(format!("No stage stands before @connections; the API has {}.", names.join(", ")))
    } else {
        Proof::certain(format!("{} is no WebSocket API.", target.api.id))
    };
    let host = &case.request.url.host;
    let stage = names.first().copied().unwrap_or("{stage}");
    Ok(proof
        .because("apigatewayv2:GetStages", "Items", json!(names))
        .advice(format!("make the client's endpoint https://{host}/{stage}")))
}

#[cfg(test)]
mod tests;
