//! No route of the API takes the path, with any method: another API has it, or none.

use serde_json::Value;

use super::routing::{Missing, live_has_not};
use super::websocket;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::target::{self, first_segment};
use crate::configuration::RouteKey;
use crate::routing;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The path has a prefix that the API does not know
    ///
    /// ## What proves it
    ///
    /// Without its first segment, or its first two, a route takes the request. An imported document's `basePath` is left
    /// out by default.
    ///
    /// ## What refutes it
    ///
    /// No route takes what is left.
    ///
    /// ## Remedy
    ///
    /// Leave the prefix out, or import with `--parameters basepath=prepend`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>
    "rest-extra-path-prefix", Cause, Silent, extra_prefix;

    /// Another API has the route
    ///
    /// ## What proves it
    ///
    /// No route of this API takes the request, and one other API of the region has one that does.
    ///
    /// ## What refutes it
    ///
    /// No API that was looked at takes it, or several do.
    ///
    /// ## Remedy
    ///
    /// Call the other API's host.
    ///
    /// ## Source
    ///
    /// What the APIs of the region show.
    "wrong-api-id", Cause, Silent, wrong_api;

    /// The path is not in the API
    ///
    /// ## What proves it
    ///
    /// The stage exists, and no route takes the path, with any method: neither of those that are deployed nor of those that
    /// are live. A WebSocket API has no paths at all: a connection to one below its stage is likely refused for it.
    ///
    /// ## What refutes it
    ///
    /// A route that takes the path; an answer that the backend made.
    ///
    /// ## Remedy
    ///
    /// Call a path that is there, or add this one and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "rest-path-not-in-api", Cause, Silent, path_not_in_api;
}

fn extra_prefix(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let mut rest = missing.target.path.as_str();
    let mut prefix = String::new();
    for _ in 0..2 {
        let (segment, after) = first_segment(rest);
        let Some(segment) = segment else { break };
        prefix = format!("{prefix}/{segment}");
        rest = after;
        // A greedy route at the root takes everything, and proves nothing; nor does the root itself.
        if rest != "/"
            && let Some(key) = missing.takes(rest).filter(|key| !key.path.starts_with("/{"))
        {
            live_has_not(&missing)?;
            let proof = Proof::likely(format!("Without {prefix}, {key} takes the request."));
            let url = missing.reachable(rest).map_or_else(String::new, |url| format!(": {url}"));
            let advice = format!("leave {prefix} out{url}; or import the document with --parameters basepath=prepend");
            return Ok(missing.meant(proof, key).advice(advice));
        }
    }
    Err(Not::Silent)
}

/// How many other APIs are looked at, and how many stages of the one that has the route: each costs a call.
const OTHERS: usize = 3;
const STAGES: usize = 2;

fn wrong_api(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    if !missing.deployed.methods(&missing.target.path).is_empty() || missing.target.path == "/" {
        return Err(Not::Silent);
    }
    let live = missing.target.live(case)?;
    if !live.methods(&missing.target.path).is_empty() {
        return Err(Not::Silent);
    }
    let listed = case.list(Read::RestApis, "items")?;
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut others: Vec<(String, String)> = listed
        .iter()
        .filter_map(|item| Some((text(item, "id")?, text(item, "name").unwrap_or_default())))
        .filter(|(id, _)| *id != missing.target.api.id)
        .collect();
    if others.len() > OTHERS {
        // Of many, those that share a word with this one's name.
        let words: Vec<&str> =
            missing.target.api.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2).collect();
        others.retain(|(_, name)| words.iter().any(|word| name.contains(word)));
        others.truncate(OTHERS);
    }
    let mut having: Vec<(String, String, RouteKey)> = Vec::new();
    for (id, name) in others {
        let Some(answer) = case.ask(Read::Resources(id.clone()))? else { continue };
        let keys = keys(answer);
        if let Some(key) = routing::find(&keys, ApiKind::Rest, case.method(), &missing.target.path) {
            // What takes everything proves nothing.
            if !key.path.starts_with("/{") {
                having.push((id, name, key.clone()));
            }
        }
    }
    let [(id, name, key)] = having.as_slice() else { return Err(Not::Silent) };
    let own = &missing.target.api.id;
    let advice = call_of(&missing, id)?;
    let says = format!("No route of {own} takes the request, and {key} of {name} ({id}) does.");
    Ok(Proof::likely(says)
        .because("apigateway:GetResources", format!("{id} {}", key.path), key.method.clone().unwrap_or_default())
        .advice(advice))
}

/// What is to be called of another API: the first of its stages that serves the path, that of the same name before the others.
fn call_of(missing: &Missing<'_, '_>, id: &str) -> Result<String, Not> {
    let (case, own) = (missing.case, missing.target);
    let url = &case.request.url;
    let host = url.host.replacen(own.api.id.as_str(), id, 1);
    let (api, stages) = match case.api(id).map(|api| api.and_then(|api| Some((api, api.stages.ok()?)))) {
        Ok(Some(read)) => read,
        Err(Not::Wanted) => return Err(Not::Wanted),
        _ => return Ok(format!("call the host {host}")),
    };
    let mut stages: Vec<&Stage> = stages.iter().collect();
    stages.sort_by_key(|stage| stage.name != missing.stage.name);
    for stage in stages.into_iter().take(STAGES) {
        let url = format!("{}://{host}/{}{}", own.scheme(case), stage.name, own.path);
        match target::deployed(case, api, stage) {
            Err(Not::Wanted) => return Err(Not::Wanted),
            Ok(_) if case.reaches_at(&url) => return Ok(format!("call {url}")),
            _ => {}
        }
    }
    Ok(format!("call the host {host}, once the route is deployed there"))
}

/// The keys of the methods in an answer of `GetResources`.
fn keys(answer: &Value) -> Vec<RouteKey> {
    let items = answer.get("items").and_then(Value::as_array).into_iter().flatten();
    let of_item = |item: &Value| -> Vec<RouteKey> {
        let path = item.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
        let methods = item.get("resourceMethods").and_then(Value::as_object).into_iter().flatten();
        methods.map(|(method, _)| RouteKey::new(method, &path)).collect()
    };
    items.flat_map(of_item).collect()
}

fn path_not_in_api(case: &Case<'_>) -> Examined {
    match websocket::path_not_in_api(case) {
        Err(Not::Silent) => {}
        connection => return connection,
    }
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    let live = missing.target.live(case)?;
    if let Some(method) = missing.deployed.methods(path).first().or(live.methods(path).first()) {
        return Err(Not::refuted(format!("the path is there, with {method}")));
    }
    let nearest = missing.deployed.nearest(path);
    let deployed = missing.deployed;
    // One of the two may stand in for the other, which was not read.
    let is_both = deployed.source != live.source;
    let known = if is_both { "deployed or live".to_owned() } else { format!("as {} shows", live.source) };
    let says = format!("No route of {} takes {path}, with any method, {known}.", missing.stage.name);
    let proof = Proof::certain(says).because(deployed.source, deployed.place(None, None), nearest.clone());
    let proof = if is_both { proof.because(live.source, live.place(None, None), nearest) } else { proof };
    Ok(match missing.instead() {
        Some(call) => proof.advice(format!("call a path that is there, such as {call}, or add this one and deploy")),
        None => proof.advice("add the path, and deploy"),
    })
}
