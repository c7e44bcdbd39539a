//! 400 and 415: what the gateway checks of a request before it calls anything.

mod schema;

use serde_json::json;

use self::schema::Schema;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::logs;
use crate::case::signal::Signal;
use crate::case::target::Met;
use crate::configuration::{Map, RequestValidator, Route};
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

causes! {
    /// A required parameter is missing
    ///
    /// ## What proves it
    ///
    /// The method's validator checks parameters, and one that is marked as required is not in the request. Names of headers
    /// and of the query are matched by case. A validator answers 400, never `Missing Authentication Token`.
    ///
    /// ## What refutes it
    ///
    /// All that are required are there.
    ///
    /// ## Remedy
    ///
    /// Send them; or mark them as not required, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>
    "validator-missing-params", Cause, Silent, missing_parameters;

    /// The body does not fit the model
    ///
    /// ## What proves it
    ///
    /// The method's validator checks the body, and the body does not fit the model of its content type, or of `$default`. An
    /// empty body is looked at as if it were `{}`, which is not verified on AWS. Where the body was not read, for it lies in a
    /// file or holds a variable, the cause is likely at most.
    ///
    /// ## What refutes it
    ///
    /// No validator checks the body, or there is no model for its content type: then it is not looked at.
    ///
    /// ## Remedy
    ///
    /// Send what the model asks for. `$context.error.validationErrorString` in a gateway response says what is wrong.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>
    "validator-body", Cause, Silent, body;

    /// The body is no JSON, and the mapping template reads it as such
    ///
    /// ## What proves it
    ///
    /// The gateway says that it could not parse the body into JSON.
    ///
    /// ## What refutes it
    ///
    /// A body that is JSON.
    ///
    /// ## Remedy
    ///
    /// Send JSON, or change the template.
    ///
    /// ## Source
    ///
    /// Not verified on AWS.
    "body-not-json-for-mapping", Cause, Silent, not_json;

    /// The query holds a character that has to be encoded
    ///
    /// ## What proves it
    ///
    /// The query has a raw `|`, a space, a quotation mark or the like, and the answer is 400.
    ///
    /// ## What refutes it
    ///
    /// Everything is encoded.
    ///
    /// ## Remedy
    ///
    /// Percent-encode it; `;` separates parameters.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    "query-illegal-character", Cause, Silent, query;

    /// The content type has no mapping template
    ///
    /// ## What proves it
    ///
    /// The integration passes nothing on (`NEVER`), or only where it has no templates at all (`WHEN_NO_TEMPLATES`), and has
    /// none for the request's content type.
    ///
    /// ## What refutes it
    ///
    /// A template for it.
    ///
    /// ## Remedy
    ///
    /// Send a content type that has a template, or add one, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>
    "unsupported-media-type", Cause, Silent, media_type;

}

/// The validator of a route, by its name.
fn validator<'a>(met: &Met<'a>) -> Result<(&'a str, &'a RequestValidator), Not> {
    let route: &'a Route = met.route;
    let name = route
        .request_validator
        .known()?
        .as_deref()
        .ok_or_else(|| Not::refuted("the method has no request validator"))?;
    let validators: &'a Map<RequestValidator> = met.configuration.request_validators.known()?;
    let validator =
        validators.get(name).ok_or_else(|| Not::refuted(format!("there is no request validator {name}")))?;
    Ok((name, validator))
}

fn missing_parameters(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::MissingParameters])?;
    let target = case.target()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let (key, met) = match target.met(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return named_as_missing(case, &why),
        met => met?,
    };
    let validator = match validator(&met) {
        Ok((name, validator)) if validator.validate_request_parameters => Ok(name),
        Ok((name, _)) => return Err(Not::refuted(format!("the validator {name} does not check parameters"))),
        // The answer itself says that one does.
        Err(Not::Unread(why)) if !case.is_unsent() => Err(why),
        Err(not) => return Err(not),
    };
    let required = met.route.request_parameters.iter().filter(|(_, required)| **required);
    let missing: Vec<&str> = required.filter_map(|(place, _)| missing_in(case, place)).collect();
    if missing.is_empty() {
        return Err(Not::refuted("the request has every parameter that is required"));
    }
    let list = missing.join(", ");
    let proof =
        Proof::certain(format!("{key} requires {list}, which the request does not have. Names are matched by case."))
            .because(met.source, format!("{key} requestParameters"), json!(missing));
    let proof = match validator {
        Ok(name) => proof.because(met.source, "requestValidator", name),
        Err(why) => proof.without(&why),
    };
    Ok(proof.advice(format!("send {list}, or mark it as not required and deploy")))
}

/// What the answer itself says is missing, where it was not read what the route requires.
fn named_as_missing(case: &Case<'_>, why: &NotRead) -> Examined {
    case.response()?;
    let text = case.message().unwrap_or_default();
    let named = text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(list, _)| list.trim());
    let named = named.filter(|list| !list.is_empty()).ok_or_else(|| Not::Unread(why.clone()))?;
    let proof = Proof::likely(format!("The answer says that the route requires {named}. Names are matched by case."));
    let proof = proof.because("response", "body.message", logs::short(&text)).without(why);
    Ok(proof.advice(format!("send {named}, or mark it as not required and deploy")))
}

/// The name of a required parameter that the request does not have: `method.request.querystring.page`.
fn missing_in<'p>(case: &Case<'_>, place: &'p str) -> Option<&'p str> {
    let (kind, name) = place.strip_prefix("method.request.")?.split_once('.')?;
    let present = match kind {
        "header" => case.request.headers.0.iter().any(|(own, value)| own == name && !value.is_empty()),
        "querystring" => case.request.url.parameter(name).is_some_and(|value| !value.is_empty()),
        // The path's parameters are there, or the route would not have taken the request.
        _ => true,
    };
    (!present).then_some(name)
}

fn body(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::InvalidBody])?;
    let target = case.target()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let unread = |why: NotRead| {
        let proof = Proof::likely("The answer says that the body was checked, and does not fit its model.");
        Ok(proof.because("response", "body.message", "Invalid request body").without(&why).advice(ADVICE))
    };
    let (key, met) = match target.met(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return unread(why),
        met => met?,
    };
    let (name, validator) = match validator(&met) {
        Err(Not::Unread(why)) if !case.is_unsent() => return unread(why),
        validator => validator?,
    };
    if !validator.validate_request_body {
        return Err(Not::refuted(format!("the validator {name} does not check the body")));
    }
    let models = &met.route.request_models.by_content_type;
    let evidence = |proof: Proof| {
        proof
            .because(met.source, "requestValidator", name)
            .because(met.source, format!("{key} requestModels"), json!(models))
            .advice(ADVICE)
    };
    let content_type = case.request.content_type();
    let own = models.iter().find(|(name, _)| name.eq_ignore_ascii_case(content_type)).map(|(_, model)| model);
    let Some(model) = own.or_else(|| models.get("$default")) else {
        let why = format!("{key} has no model for {content_type}, so that it does not check the body");
        // The answer says that it did: what was sent is not what was given.
        return if case.is_unsent() {
            Err(Not::refuted(why))
        } else {
            Ok(evidence(Proof::likely(format!("{why}; but the answer says that it was checked."))))
        };
    };
    let sent = match case.body() {
        Ok(sent) => sent,
        Err(why) => {
            let says =
                |what: &str| format!("{key} checks the body against {model}; {what} is not known: it was not read.");
            let proof = if case.is_unsent() {
                Proof::possible(says("whether it fits"))
            } else {
                Proof::likely(says("what of it does not fit"))
            };
            return Ok(evidence(proof).without(&why).advice(
                "put the body itself into the request, in the place of the file or the variable, to see what does not fit",
            ));
        }
    };
    let read = met.configuration.models.ok();
    let schema = read.and_then(|models| Some(Schema::new(models.get(model)?, models)));
    let wrong = match (sent, case.request.body.json(), &schema) {
        // An empty body is looked at as if it were `{}`.
        (None, _, Some(schema)) => schema.misfit(&json!({})).map(|_| "there is none".to_owned()),
        (Some(_), None, _) => Some("the body is no JSON".to_owned()),
        (Some(_), Some(sent), Some(schema)) => schema.misfit(&sent),
        (_, _, None) => None,
    };
    let is_looked_at = sent.is_some() && schema.is_some_and(Schema::is_looked_at);
    if wrong.is_none() && (case.is_unsent() || is_looked_at) {
        return Err(Not::refuted("the body fits its model"));
    }
    let detail = wrong.as_ref().map_or_else(String::new, |wrong| format!(": {wrong}"));
    let proof =
        evidence(Proof::certain(format!("{key} checks the body against {model}, and it does not fit{detail}.")));
    Ok(match (&wrong, met.configuration.models.known()) {
        (Some(_), _) => proof,
        (None, Err(why)) => proof.without(why),
        (None, Ok(_)) => proof.at_most(Confidence::Likely),
    })
}

const ADVICE: &str =
    "send what the model asks for; $context.error.validationErrorString in a gateway response says what is wrong";

fn not_json(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    let text = case.message().unwrap_or_default();
    if response.status != 400 || !text.contains("Could not parse request body into json") {
        return Err(Not::Silent);
    }
    if case.request.body.json().is_some() {
        return Err(Not::refuted("the body is JSON"));
    }
    let proof = Proof::certain("The mapping template reads the body as JSON, which it is not.");
    let proof = match case.body() {
        Ok(_) => proof,
        Err(why) => proof.without(&why),
    };
    Ok(proof
        .because("response", "body.message", "Could not parse request body into json")
        .advice("send JSON, or change the mapping template"))
}

fn query(case: &Case<'_>) -> Examined {
    let response = case.response()?;
    if response.status != 400 || !matches!(case.signal(), Some(Signal::BadRequest)) {
        return Err(Not::Silent);
    }
    let illegal = |c: char| c.is_whitespace() || "|\"<>\\^`{}[]".contains(c) || !c.is_ascii();
    let found: String = {
        let texts = case.request.url.query.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let mut all: Vec<char> = texts.flat_map(str::chars).filter(|c| illegal(*c)).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().collect()
    };
    if found.is_empty() {
        return Err(Not::refuted("every character of the query is encoded"));
    }
    Ok(Proof::likely("The query holds characters that have to be percent-encoded.")
        .because("request", "query", found)
        .advice("percent-encode them; ; separates parameters, and has to be encoded, too"))
}

fn media_type(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::UnsupportedMediaType])?;
    let target = case.target()?;
    let (key, met) = match target.met(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let content_type = case.request.content_type();
            let says = format!("The answer says that the route has no mapping template for {content_type}.");
            let proof = Proof::likely(says).because("response", "status", 415).without(&why);
            return Ok(proof
                .advice(format!("send what the route has a template for, or add one for {content_type}, and deploy")));
        }
        met => met?,
    };
    let integration = met.route.integration.as_ref().ok_or(Not::Silent)?;
    let behaviour = integration.passthrough_behavior.as_deref().unwrap_or("WHEN_NO_MATCH");
    let content_type = case.request.content_type();
    let templates: Vec<&String> = integration.request_templates.keys().collect();
    let has = templates.iter().any(|own| own.eq_ignore_ascii_case(content_type));
    let strict = behaviour == "NEVER" || behaviour == "WHEN_NO_TEMPLATES" && !templates.is_empty();
    if has || !strict || integration.is_proxy() {
        return Err(Not::refuted(format!("the integration of {key} takes {content_type}")));
    }
    let list = templates.iter().map(|own| own.as_str()).collect::<Vec<_>>().join(", ");
    let advice = if templates.is_empty() {
        "add a mapping template for it".to_owned()
    } else {
        format!("send {list}, or add a mapping template for it")
    };
    let proof =
        Proof::certain(format!("{key} has no mapping template for {content_type}, and passes nothing on without one."))
            .because(met.source, "passthroughBehavior", behaviour)
            .because(met.source, "requestTemplates", json!(templates));
    Ok(proof.advice(format!("{advice}, and deploy")))
}

#[cfg(test)]
mod tests;
