//! CORS: preflights that get no answer.

use serde_json::{Value, json};

use super::cors::{preflight, told};
use super::routing::{Missing, live_has_not};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::console::{Blocked, asked_for};
use crate::case::signal::Signal;
use crate::case::target;
use crate::command::{self, Aws};
use crate::cors;
use crate::snapshot::ApiKind;

causes! {
    /// The preflight has no route
    ///
    /// ## What proves it
    ///
    /// A browser asks with OPTIONS whether it may send the request, or its console says that what it asked was refused. The
    /// stage has the route of the request itself, and none for OPTIONS. An HTTP API has no CORS configuration either, with which
    /// API Gateway would answer by itself; it answers 404 then, so that with a 403 the cause is likely at most.
    ///
    /// ## What refutes it
    ///
    /// OPTIONS, or ANY, on the path; the CORS configuration of an HTTP API.
    ///
    /// ## Remedy
    ///
    /// REST API: add OPTIONS to the path and deploy (SAM: `Cors: "'*'"` on the API; CDK: `defaultCorsPreflightOptions`). HTTP
    /// API: give it a CORS configuration with the origin, the method and the headers that the browser asks for.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>,
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    "cors-options-missing", Cause, Proves, options_missing;

    /// The preflight is asked for authorization
    ///
    /// ## What proves it
    ///
    /// The route that takes OPTIONS has an authorizer or AWS_IAM, and browsers send preflights without credentials.
    ///
    /// ## What refutes it
    ///
    /// The route of OPTIONS has no authorization.
    ///
    /// ## Remedy
    ///
    /// Take the authorization off OPTIONS. SAM: `Auth: AddDefaultAuthorizerToCorsPreflight: false`; HTTP APIs: a route
    /// `OPTIONS /{proxy+}` without authorizer.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    "cors-options-requires-auth", Cause, Proves, options_auth;

    /// The preflight is asked for an API key
    ///
    /// ## What proves it
    ///
    /// The route that takes OPTIONS requires an API key, and browsers send preflights without one.
    ///
    /// ## What refutes it
    ///
    /// No key is required.
    ///
    /// ## Remedy
    ///
    /// Take the requirement off OPTIONS, and deploy. SAM: `Auth: AddApiKeyRequiredToCorsPreflight: false`.
    ///
    /// ## Source
    ///
    /// How browsers send preflights (Fetch standard).
    "cors-options-requires-key", Cause, Proves, options_key;
}

fn options_missing(case: &Case<'_>) -> Examined {
    let asked = asked(case)?;
    if case.target()?.api.kind == ApiKind::Http {
        return unconfigured(case, asked);
    }
    if case.blocked().is_some() {
        return kept(case, asked);
    }
    let missing = Missing::of(case)?;
    live_has_not(&missing)?;
    let Some((key, _)) = missing.deployed.find(asked, &missing.target.path) else {
        return Err(Not::refuted(format!("no route takes {asked} here either")));
    };
    let proof = Proof::certain(format!(
        "The browser asks with OPTIONS before it sends {asked}; the stage serves {key}, and no OPTIONS."
    ));
    Ok(missing
        .meant(proof, key)
        .because(missing.deployed.source, missing.deployed.place(Some(&key.path), Some("OPTIONS")), Value::Null)
        .advice("add OPTIONS to the path (SAM: Cors; CDK: defaultCorsPreflightOptions), and deploy"))
}

/// The method that a preflight asks for which found nothing that answers it; or may have found so, as a browser's console
/// tells.
fn asked<'c>(case: &'c Case<'_>) -> Result<&'c str, Not> {
    match case.blocked() {
        Some(_) if case.blocked_preflight().is_some_and(Blocked::may_be_unanswered) => Ok(case.method()),
        Some(_) => Err(Not::Silent),
        None => preflight(case),
    }
}

/// A proof by the configuration, less sure where a browser's console tells another status than the gateway's own, which a
/// customised gateway response may have and somebody else's answer, too.
fn as_told(case: &Case<'_>, proof: Proof, own: &[u16]) -> Proof {
    match case.blocked().and_then(|blocked| blocked.status) {
        Some(status) if !own.contains(&status) => proof.at_most(Confidence::Likely),
        _ => proof,
    }
}

/// That nothing of a REST API answers the preflight of which a browser's console tells.
fn kept(case: &Case<'_>, asked: &str) -> Examined {
    let target = case.target()?;
    let (api, stage, deployed) = (target.api, target.stage()?, target.deployed(case)?);
    if api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    if let Some((key, _)) = deployed.find("OPTIONS", &target.path) {
        return Err(Not::refuted(format!("{key} takes OPTIONS")));
    }
    let (key, _) = deployed
        .find(asked, &target.path)
        .ok_or_else(|| Not::refuted(format!("no route takes {asked} here either")))?;
    let says =
        format!("The browser asks with OPTIONS before it sends {asked}; the stage serves {key}, and no OPTIONS.");
    let proof = told::because(as_told(case, Proof::certain(says), &[403]), "the preflight was refused")
        .because(deployed.source, deployed.place(Some(&key.path), key.method.as_deref().or(Some(asked))), true)
        .because(deployed.source, deployed.place(Some(&key.path), Some("OPTIONS")), Value::Null);
    if target.live(case)?.find("OPTIONS", &target.path).is_some() {
        let command = command::deploy(ApiKind::Rest, &api.id, &stage.name, &case.facts.region);
        return Ok(proof.command("deploy OPTIONS, which is live, to the stage", command));
    }
    Ok(proof.advice("add OPTIONS to the path (SAM: Cors; CDK: defaultCorsPreflightOptions), and deploy"))
}

/// That nothing of an HTTP API answers a preflight: neither a route nor API Gateway by itself.
fn unconfigured(case: &Case<'_>, asked: &str) -> Examined {
    if case.blocked().is_none() {
        case.shows(&[Signal::NotFound, Signal::Forbidden])?;
    }
    let target = case.target()?;
    let (api, stage) = (target.api, target.stage()?);
    let routes = target.deployed(case)?;
    if let Some((key, _)) = routes.find("OPTIONS", &target.path) {
        return Err(Not::refuted(format!("{key} takes OPTIONS")));
    }
    let (key, _) =
        routes.find(asked, &target.path).ok_or_else(|| Not::refuted(format!("no route takes {asked} here either")))?;
    let (served, source, stand_in) = target::served(case, api, stage)?;
    if served.cors.is_some() {
        return Err(Not::refuted("the API has a CORS configuration, with which API Gateway answers preflights itself"));
    }
    let says = format!(
        "The browser asks with OPTIONS before it sends {asked}; {} serves {key} and no OPTIONS, and has no CORS configuration \
         with which API Gateway would answer itself.",
        stage.name
    );
    let proof = as_told(case, Proof::certain(says), &[404])
        .because(routes.source, "Items[].RouteKey", key.to_string())
        .because(cors::configured_in(source), "CorsConfiguration", Value::Null);
    let proof = stand_in.iter().fold(proof, |proof, why| proof.without(why));
    let proof = if case.signal() == Some(Signal::Forbidden) { proof.at_most(Confidence::Likely) } else { proof };
    if api.live.cors.is_some() {
        let command = command::deploy(ApiKind::Http, &api.id, &stage.name, &case.facts.region);
        return Ok(proof.command("deploy the CORS configuration, which is live, to the stage", command));
    }
    let and_deploy = if stage.auto_deploy { "" } else { ", and deploy" };
    let summary = format!("give the API a CORS configuration with what the browser asks for{and_deploy}");
    Ok(proof.command(summary, configure(case, asked)?))
}

/// The command that gives an HTTP API a CORS configuration with the origin, the method and the headers of a preflight.
fn configure(case: &Case<'_>, asked: &str) -> Result<Aws, Not> {
    let headers = &case.request.headers;
    let told = case.blocked();
    let origin = headers.get("origin").or(told.and_then(|own| own.origin.as_deref())).unwrap_or_default();
    let names: Vec<String> = match told {
        Some(_) => asked_for(headers),
        None => {
            let names = headers.get("access-control-request-headers").unwrap_or_default().split(',');
            names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
        }
    };
    let mut configuration = json!({ "AllowOrigins": [origin], "AllowMethods": [asked] });
    if let (Some(own), false) = (configuration.as_object_mut(), names.is_empty()) {
        own.insert("AllowHeaders".to_owned(), json!(names));
    }
    Ok(Aws::new("apigatewayv2 update-api")
        .option("--api-id", &case.target()?.api.id)
        .option("--cors-configuration", &configuration.to_string())
        .option("--region", &case.facts.region))
}

fn options_auth(case: &Case<'_>) -> Examined {
    asked(case)?;
    let refusals = [
        Signal::Unauthorized,
        Signal::Forbidden,
        Signal::AccessDenied,
        Signal::MissingAuthenticationToken,
        Signal::AuthorizerConfiguration,
    ];
    if case.blocked().is_none() {
        case.shows(&refusals)?;
    }
    let target = case.target()?;
    let deployed = target.deployed(case)?;
    let Some((key, entry)) = deployed.find("OPTIONS", &target.path) else { return Err(Not::Silent) };
    let Some(kind) = entry.authorization_type else { return Err(Not::Silent) };
    if kind == "NONE" {
        return Err(Not::refuted(format!("{key} has no authorization")));
    }
    let advice = if target.api.kind == ApiKind::Http {
        "add a route OPTIONS /{proxy+} without authorizer"
    } else {
        "take the authorization off OPTIONS (SAM: AddDefaultAuthorizerToCorsPreflight: false), and deploy"
    };
    let says = format!("Browsers send preflights without credentials, and {key} asks for {kind}.");
    Ok(as_told(case, Proof::certain(says), &[401, 403])
        .because(deployed.source, format!("{key} authorizationType"), kind)
        .advice(advice))
}

fn options_key(case: &Case<'_>) -> Examined {
    asked(case)?;
    if case.blocked().is_none() {
        case.shows(&[Signal::Forbidden])?;
    }
    let target = case.target()?;
    let deployed = target.deployed(case)?;
    let Some((key, entry)) = deployed.find("OPTIONS", &target.path) else { return Err(Not::Silent) };
    if entry.api_key_required != Some(true) {
        return Err(Not::refuted(format!("{key} requires no API key")));
    }
    let says = format!("Browsers send preflights without an API key, and {key} requires one.");
    Ok(as_told(case, Proof::certain(says), &[403])
        .because(deployed.source, format!("{key} apiKeyRequired"), true)
        .advice("take the requirement off OPTIONS (SAM: AddApiKeyRequiredToCorsPreflight: false), and deploy"))
}

#[cfg(test)]
mod tests;
