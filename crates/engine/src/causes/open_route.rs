//! Routes that let callers in without an API key, though somebody meant them to want one.

use super::api_key::sent;
use super::usage_plan::plans;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::target::Target;
use crate::command::{self, Aws};
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// A key is required, but that is not deployed
    ///
    /// ## What proves it
    ///
    /// The live route wants an API key, the deployed one does not, and callers without one are let in.
    ///
    /// ## What refutes it
    ///
    /// The deployed route wants one, too.
    ///
    /// ## Remedy
    ///
    /// Deploy to the same stage.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "api-key-requirement-not-deployed", Cause, Proves, not_deployed;

    /// HTTP APIs know no API keys
    ///
    /// ## What proves it
    ///
    /// The API is an HTTP API, and a key is sent, the route is set to want one, or a usage plan names the API. HTTP APIs have no
    /// usage plans and look at no key.
    ///
    /// ## What refutes it
    ///
    /// A REST API.
    ///
    /// ## Remedy
    ///
    /// Use a REST API, or an authorizer.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html>
    "api-key-on-http-api", Cause, Proves, on_http_api;

    /// A usage plan opens the stage, but no route wants a key
    ///
    /// ## What proves it
    ///
    /// A usage plan with keys names the stage, and no route of it wants a key, neither deployed nor live: a key that is enabled
    /// and in a plan does not make a route want one.
    ///
    /// ## What refutes it
    ///
    /// The route wants one. Where other routes of the stage do, this one is taken for open on purpose.
    ///
    /// ## Remedy
    ///
    /// Let the method want a key (SAM: `Auth: ApiKeyRequired: true`), and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html>
    "api-key-not-required-on-method", Cause, Proves, not_required;
}

/// A request that is let in without a key.
struct Open<'c, 'a> {
    target: &'c Target<'a>,
    stage: &'a Stage,
}

impl<'c, 'a> Open<'c, 'a> {
    fn of(case: &'c Case<'a>, kind: ApiKind) -> Result<Open<'c, 'a>, Not> {
        case.shows(&[Signal::Success])?;
        // Preflights carry no key, and are meant not to.
        if case.request.method == "OPTIONS" {
            return Err(Not::Silent);
        }
        let target = case.target()?;
        if target.api.kind != kind {
            return Err(Not::Silent);
        }
        Ok(Open { target, stage: target.stage()? })
    }
}

fn not_deployed(case: &Case<'_>) -> Examined {
    if sent(case).is_some() {
        return Err(Not::Silent);
    }
    let Open { target, stage } = Open::of(case, ApiKind::Rest)?;
    let live = target.live(case)?;
    let (key, entry) = live.find(case.method(), &target.path).ok_or(Not::Silent)?;
    if entry.api_key_required != Some(true) {
        return Err(Not::Silent);
    }
    let deployed = target.deployed(case)?;
    let (_, served) = deployed.find(case.method(), &target.path).ok_or(Not::Silent)?;
    match served.api_key_required {
        Some(false) => {}
        Some(true) => return Err(Not::refuted(format!("{key} is deployed with the need of a key"))),
        None => return Err(Not::Silent),
    }
    let command = command::deploy(ApiKind::Rest, &target.api.id, &stage.name, &case.facts.region);
    let says = format!("The live {key} wants a key; {} still serves it without one.", stage.name);
    Ok(Proof::certain(says)
        .letting_through()
        .because(live.source, format!("{key} apiKeyRequired"), true)
        .because(deployed.source, format!("{key} apiKeyRequired"), false)
        .command("deploy to the same stage", command))
}

fn on_http_api(case: &Case<'_>) -> Examined {
    let Open { target, stage } = Open::of(case, ApiKind::Http)?;
    let api = target.api;
    let proof = |proof: Proof| {
        proof
            .letting_through()
            .because("apigatewayv2:GetApi", "ProtocolType", "HTTP")
            .advice("use a REST API for keys and usage plans, or a Lambda or JWT authorizer here")
    };
    let says = |what: &str| format!("{} is an HTTP API, and looks at no key: {what}", api.name);
    if sent(case).is_some() {
        let own = Proof::certain(says("the one that is sent makes no difference."));
        return Ok(proof(own.because("request", "headers.x-api-key", true)));
    }
    let deployed = target.deployed(case)?;
    if let Some((key, entry)) = deployed.find(case.method(), &target.path)
        && entry.api_key_required == Some(true)
    {
        let own = Proof::certain(says("that the route is set to want one makes no difference."));
        return Ok(proof(own.because(deployed.source, format!("{key} apiKeyRequired"), true)));
    }
    let plans = plans(case, &api.id, &stage.name)?;
    let Some(plan) = plans.iter().find(|plan| plan.is_of(&api.id)) else {
        return Err(Not::Silent);
    };
    let own = Proof::certain(says(&format!("the usage plan {} makes no difference.", plan.shown())));
    Ok(proof(own.because("apigateway:GetUsagePlans", format!("{} apiStages", plan.id), api.id.clone())))
}

fn not_required(case: &Case<'_>) -> Examined {
    if sent(case).is_some() {
        return Err(Not::Silent);
    }
    let Open { target, stage } = Open::of(case, ApiKind::Rest)?;
    let (deployed, live) = (target.deployed(case)?, target.live(case)?);
    let (key, _) = deployed.find(case.method(), &target.path).ok_or(Not::Silent)?;
    let wants = deployed.entries.iter().chain(&live.entries).find(|(_, entry)| entry.api_key_required == Some(true));
    if let Some((other, _)) = wants {
        return Err(Not::refuted(format!(
            "{other} wants a key, so that {key} is open on purpose, as far as can be told"
        )));
    }
    let plans = plans(case, &target.api.id, &stage.name)?;
    let Some(plan) = plans.iter().find(|plan| plan.opens(&target.api.id, &stage.name)) else { return Err(Not::Silent) };
    let own = plan.keys(case)?;
    if own.is_empty() {
        return Err(Not::refuted(format!("the plan {} has no key", plan.shown())));
    }
    let says = format!("The plan {} opens {} with keys, and no route of it wants one.", plan.shown(), stage.name);
    let command = Aws::new("apigateway update-method")
        .option("--rest-api-id", &target.api.id)
        .option("--resource-id", target.resource_id(key).unwrap_or("RESOURCE_ID"))
        .option("--http-method", key.method.as_deref().unwrap_or("ANY"))
        .option("--patch-operations", "op=replace,path=/apiKeyRequired,value=true")
        .option("--region", &case.facts.region);
    Ok(Proof::certain(says)
        .letting_through()
        .because(deployed.source, format!("{key} apiKeyRequired"), false)
        .because("apigateway:GetUsagePlanKeys", format!("{} items", plan.id), own.len())
        .command("let the method want a key (SAM: Auth: ApiKeyRequired: true), then deploy", command))
}
