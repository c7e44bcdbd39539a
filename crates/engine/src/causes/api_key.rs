//! Where a request carries its API key, if it does.

use serde_json::Value;

use super::deployment::OfCanary;
use super::key_value::keys;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::target::Target;
use crate::command::{self, Aws};
use crate::configuration::RouteKey;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The route wants no key any more, but that is not deployed
    ///
    /// ## What proves it
    ///
    /// The deployed route wants an API key, and the live one does not.
    ///
    /// ## What refutes it
    ///
    /// Both are equal.
    ///
    /// ## Remedy
    ///
    /// Deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "api-key-requirement-still-deployed", Cause, Proves, still_deployed;

    /// The API looks for the key in the authorizer's answer, not in the header
    ///
    /// ## What proves it
    ///
    /// The API's key source is `AUTHORIZER`, so that `x-api-key` is not looked at. Where the route has a Lambda authorizer, it
    /// may return the key in `usageIdentifierKey`, which is not read.
    ///
    /// ## What refutes it
    ///
    /// The key source is `HEADER`.
    ///
    /// ## Remedy
    ///
    /// Return `usageIdentifierKey` from the authorizer, or set the key source to `HEADER` and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
    "api-key-source-authorizer", Cause, Proves, source_authorizer;

    /// The key is sent in the body or in the query
    ///
    /// ## What proves it
    ///
    /// The route wants a key, there is no header `x-api-key`, and the body or the query has a member of such a name.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Send the key in the header `x-api-key`. (Postman: Authorization, API Key, Add to: Header.)
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
    "api-key-in-body-or-query", Cause, Silent, in_body_or_query;

    /// The key is sent under another header's name
    ///
    /// ## What proves it
    ///
    /// The route wants a key, there is no header `x-api-key`, and another header holds the value of a key of the account.
    ///
    /// ## What refutes it
    ///
    /// The header `x-api-key` is there.
    ///
    /// ## Remedy
    ///
    /// Rename the header to `x-api-key`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
    "api-key-wrong-header-name", Cause, Silent, wrong_header;

    /// The route wants an API key, and none is sent
    ///
    /// ## What proves it
    ///
    /// The deployed route wants a key, the key source is `HEADER`, and there is no header `x-api-key`. It is likely where the
    /// stage's canary alone wants one. The answer is 403
    /// `Forbidden`, and never `Missing Authentication Token`.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Send the key's value in the header `x-api-key`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "api-key-missing", Cause, Silent, missing;
}

/// A request to a REST API's route that wants a key.
pub(super) struct Keyed<'c, 'a> {
    pub(super) target: &'c Target<'a>,
    pub(super) stage: &'a Stage,
    pub(super) key: RouteKey,
    pub(super) source: &'static str,
    authorization_type: Option<&'a str>,
}

impl<'c, 'a> Keyed<'c, 'a> {
    /// That the request is such a one, and the answer is the one to a request without a key that opens anything.
    pub(super) fn of(case: &'c Case<'a>) -> Result<Keyed<'c, 'a>, Not> {
        case.shows(&[Signal::Forbidden])?;
        if case.is_preflight() {
            return Err(Not::Silent);
        }
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest {
            return Err(Not::Silent);
        }
        let stage = target.stage()?;
        let deployed = target.deployed(case)?;
        let (key, entry) = deployed.find(case.method(), &target.path).ok_or(Not::Silent)?;
        let (is_required, source) = match entry.api_key_required {
            Some(is_required) => (is_required, deployed.source),
            None => {
                let met = target.met_route(case, key)?;
                (met.route.api_key_required, met.source)
            }
        };
        if !is_required {
            return Err(Not::refuted(format!("{key} is deployed without the need of a key")));
        }
        Ok(Keyed { target, stage, key: key.clone(), source, authorization_type: entry.authorization_type })
    }

    /// The same, if the key is looked for in the header.
    pub(super) fn by_header(case: &'c Case<'a>) -> Result<Keyed<'c, 'a>, Not> {
        let keyed = Keyed::of(case)?;
        if keyed.is_by_authorizer() {
            return Err(Not::refuted("the API looks for the key in the authorizer's answer"));
        }
        Ok(keyed)
    }

    /// The same, if the header holds nothing.
    fn without_value(case: &'c Case<'a>) -> Result<Keyed<'c, 'a>, Not> {
        if sent(case).is_some() {
            return Err(Not::Silent);
        }
        Keyed::by_header(case)
    }

    fn is_by_authorizer(&self) -> bool {
        self.target.api.live.settings.api_key_source.as_deref() == Some("AUTHORIZER")
    }

    /// A proof with what the route wants.
    pub(super) fn because(&self, proof: Proof) -> Proof {
        proof.because(self.source, format!("{} apiKeyRequired", self.key), true)
    }
}

/// What the header `x-api-key` holds, as it stands; `None` where it is missing or empty.
pub(super) fn sent<'a>(case: &Case<'a>) -> Option<&'a str> {
    case.request.headers.get("x-api-key").filter(|value| !value.trim().is_empty())
}

fn still_deployed(case: &Case<'_>) -> Examined {
    let keyed = Keyed::of(case)?;
    let live = keyed.target.live(case)?;
    let found = live.find(case.method(), &keyed.target.path);
    if found.and_then(|(_, entry)| entry.api_key_required) != Some(false) {
        return Err(Not::refuted("the live route wants a key, too"));
    }
    let command = command::deploy(ApiKind::Rest, &keyed.target.api.id, &keyed.stage.name, &case.facts.region);
    let says = format!("The live {} wants no key; {} still serves it with one.", keyed.key, keyed.stage.name);
    let proof = keyed.because(Proof::certain(says));
    Ok(proof.because(live.source, format!("{} apiKeyRequired", keyed.key), false).command("deploy", command))
}

fn source_authorizer(case: &Case<'_>) -> Examined {
    let keyed = Keyed::of(case)?;
    if !keyed.is_by_authorizer() {
        return Err(Not::refuted("the API looks for the key in the header"));
    }
    let says = format!("{} wants a key, and the API takes it from the authorizer's answer alone.", keyed.key);
    let api = keyed.target.api;
    let command = Aws::new("apigateway update-rest-api")
        .option("--rest-api-id", &api.id)
        .option("--patch-operations", "op=replace,path=/apiKeySource,value=HEADER")
        .option("--region", &case.facts.region);
    let proof = keyed.because(Proof::certain(says)).because("apigateway:GetRestApi", "apiKeySource", "AUTHORIZER");
    // A Lambda authorizer may return a key, which is then looked at: as it is meant to.
    let at_most = if case.is_unsent() { Confidence::Possible } else { Confidence::Likely };
    let proof = if keyed.authorization_type == Some("CUSTOM") { proof.at_most(at_most) } else { proof };
    Ok(proof
        .command("return usageIdentifierKey from the authorizer, or take the key from the header and deploy", command))
}

/// Whether a name is meant for a key: `x-api-key`, `apiKey`, `api_key`, `X-ApiKey`.
fn is_key_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ["apikey", "xapikey"].contains(&plain.to_ascii_lowercase().as_str())
}

fn in_body_or_query(case: &Case<'_>) -> Examined {
    let query = case.request.url.query.iter().map(|(name, _)| name.as_str()).find(|name| is_key_name(name));
    let body = case.request.body.text().and_then(member_named_so);
    let place = match (query, body) {
        (Some(name), _) => format!("query.{name}"),
        (None, Some(name)) => format!("body.{name}"),
        (None, None) => return Err(Not::Silent),
    };
    let keyed = Keyed::without_value(case)?;
    Ok(keyed
        .because(Proof::certain(format!(
            "{} wants a key in the header x-api-key, and one is sent in {place}.",
            keyed.key
        )))
        .because("request", place, true)
        .because("request", "headers.x-api-key", Value::Null)
        .advice("send the key in the header x-api-key (Postman: Authorization, API Key, Add to: Header)"))
}

/// The name of a body's member that is meant for a key: of JSON, or of a form.
fn member_named_so(body: &str) -> Option<String> {
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        return value.as_object()?.keys().find(|name| is_key_name(name)).cloned();
    }
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| is_key_name(name)).map(|(name, _)| name.to_owned())
}

fn wrong_header(case: &Case<'_>) -> Examined {
    let headers = &case.request.headers.0;
    let meant = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "authorization" || ["key", "token", "auth"].iter().any(|part| name.contains(part))
    };
    let candidates: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.trim()))
        .filter(|(name, value)| !name.eq_ignore_ascii_case("x-api-key") && meant(name) && !value.is_empty())
        .collect();
    if candidates.is_empty() {
        return Err(Not::Silent);
    }
    let keyed = Keyed::without_value(case)?;
    let proof = |proof: Proof, name: &str| {
        keyed
            .because(proof)
            .because("request", format!("headers.{name}"), true)
            .because("request", "headers.x-api-key", Value::Null)
            .advice(format!("rename the header {name} to x-api-key"))
    };
    let keys = match keys(case) {
        Ok(keys) => keys,
        Err(Not::Unread(why)) => {
            let (name, _) = candidates.iter().find(|(name, _)| is_key_name(name)).ok_or(Not::Unread(why.clone()))?;
            let says = format!("The header {name} seems to be meant for the key, which x-api-key has to hold.");
            return Ok(proof(Proof::likely(says), name).without(&why));
        }
        Err(not) => return Err(not),
    };
    let holds = |value: &str| {
        let bare = value.rsplit(' ').next().unwrap_or(value);
        keys.iter().find(|key| key.opens_with(value) || key.opens_with(bare))
    };
    let Some((name, key)) = candidates.iter().find_map(|(name, value)| Some((name, holds(value)?))) else {
        return Err(Not::refuted("no other header holds the value of a key"));
    };
    let says = format!("The header {name} holds the value of the key {}, which x-api-key has to hold.", key.shown());
    Ok(proof(Proof::certain(says), name).because("apigateway:GetApiKeys", "items.id", key.id))
}

fn missing(case: &Case<'_>) -> Examined {
    let keyed = match Keyed::without_value(case) {
        Err(refuted @ Not::Refuted(_)) => return by_canary(case, refuted),
        keyed => keyed?,
    };
    Ok(keyed
        .because(Proof::certain(format!("{} wants an API key, and the request has no header x-api-key.", keyed.key)))
        .because("request", "headers.x-api-key", Value::Null)
        .advice("send the key's value in the header x-api-key"))
}

/// That the stage's canary alone wants a key.
fn by_canary(case: &Case<'_>, refuted: Not) -> Examined {
    let Some(canary) = OfCanary::if_any(case)? else { return Err(refuted) };
    let by_authorizer = case.target()?.api.live.settings.api_key_source.as_deref() == Some("AUTHORIZER");
    if case.is_unsent() || by_authorizer || canary.entry.api_key_required != Some(true) {
        return Err(refuted);
    }
    Ok(canary
        .asks("the need of an API key")
        .because("apigateway:GetDeployment", format!("{} apiKeyRequired", canary.key), true)
        .because("request", "headers.x-api-key", Value::Null)
        .advice("send the key's value in the header x-api-key, or delete the canary"))
}

#[cfg(test)]
mod tests;
