//! CORS: preflights that get no answer.

use serde_json::Value;

use super::cors::preflight;
use super::routing::{Missing, live_has_not};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::snapshot::ApiKind;

causes! {
    /// The preflight has no route
    ///
    /// ## What proves it
    ///
    /// A browser asks with OPTIONS whether it may send the request. The stage has the route of the request itself, and none
    /// for OPTIONS.
    ///
    /// ## What refutes it
    ///
    /// OPTIONS, or ANY, on the path.
    ///
    /// ## Remedy
    ///
    /// Add OPTIONS to the path and deploy. SAM: `Cors: "'*'"` on the API; CDK: `defaultCorsPreflightOptions`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
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
    let asked = preflight(case)?;
    let missing = Missing::of(case)?;
    live_has_not(&missing)?;
    let path = &missing.target.path;
    let Some((key, _)) = missing.deployed.find(asked, path) else {
        return Err(Not::refuted(format!("no route takes {asked} here either")));
    };
    let proof = Proof::certain(format!(
        "The browser asks with OPTIONS before it sends {asked}; the stage serves {key}, and no OPTIONS."
    ));
    Ok(missing
        .meant(proof, key)
        .because(missing.deployed.source, format!("apiSummary.{path}.OPTIONS"), Value::Null)
        .advice("add OPTIONS to the path (SAM: Cors; CDK: defaultCorsPreflightOptions), and deploy"))
}

fn options_auth(case: &Case<'_>) -> Examined {
    preflight(case)?;
    let refusals = [
        Signal::Unauthorized,
        Signal::Forbidden,
        Signal::AccessDenied,
        Signal::MissingAuthenticationToken,
        Signal::AuthorizerConfiguration,
    ];
    case.shows(&refusals)?;
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
    Ok(Proof::certain(format!("Browsers send preflights without credentials, and {key} asks for {kind}."))
        .because(deployed.source, format!("{key} authorizationType"), kind)
        .advice(advice))
}

fn options_key(case: &Case<'_>) -> Examined {
    preflight(case)?;
    case.shows(&[Signal::Forbidden])?;
    let target = case.target()?;
    let deployed = target.deployed(case)?;
    let Some((key, entry)) = deployed.find("OPTIONS", &target.path) else { return Err(Not::Silent) };
    if entry.api_key_required != Some(true) {
        return Err(Not::refuted(format!("{key} requires no API key")));
    }
    Ok(Proof::certain(format!("Browsers send preflights without an API key, and {key} requires one."))
        .because(deployed.source, format!("{key} apiKeyRequired"), true)
        .advice("take the requirement off OPTIONS (SAM: AddApiKeyRequiredToCorsPreflight: false), and deploy"))
}
