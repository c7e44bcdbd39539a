//! The route is there, and the stage does not serve it: not deployed, an older deployment, a canary.

use serde_json::json;

use super::routing::Missing;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::table::{Entry, Table};
use crate::case::target;
use crate::command;
use crate::configuration::RouteKey;
use crate::exchange::authorization::Authorization;
use crate::snapshot::{self, Api, ApiKind, Canary, Stage};

causes! {
    /// A canary of the stage lacks the route, or alone has it
    ///
    /// ## What proves it
    ///
    /// The stage has a canary that takes part of the traffic, and exactly one of the two deployments has a route for the
    /// request. Which of the two answered a request is not told, so that the cause is likely at most of one; it is certain that
    /// some requests are answered so. Where the route wants a signature that the request lacks, either side answers so, and the
    /// canary is only possible.
    ///
    /// ## What refutes it
    ///
    /// Both deployments have the route, or there is no canary.
    ///
    /// ## Remedy
    ///
    /// Promote the canary, if it has the route; if it lacks it, delete the canary, or deploy to it again: promoting it would
    /// take the route from all.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>
    "rest-canary-missing-route", Cause, Proves, canary;

    /// The URL uses the stage that SAM adds by itself
    ///
    /// ## What proves it
    ///
    /// The URL names the stage `Stage`, which SAM makes beside the one of the template and does not update; another stage
    /// serves a route for the request, and `Stage` does not.
    ///
    /// ## What refutes it
    ///
    /// Another stage in the URL.
    ///
    /// ## Remedy
    ///
    /// Call the stage of the template. `Globals: Api: OpenApiVersion: 3.0.1` keeps SAM from making the other.
    ///
    /// ## Source
    ///
    /// <https://github.com/aws/serverless-application-model/issues/32>
    "sam-default-stage-used", Cause, Proves, sam_stage;

    /// The stage serves an older deployment, and a newer one has the route
    ///
    /// ## What proves it
    ///
    /// The deployment that the stage serves has no route for the request, and a newer one has.
    ///
    /// ## What refutes it
    ///
    /// The stage serves the newest deployment.
    ///
    /// ## Remedy
    ///
    /// Point the stage to the newest deployment. Find out who moved it back: a tool whose state knows an older one does so.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "rest-stage-on-old-deployment", Cause, Proves, old_deployment;

    /// The route is there, but not deployed
    ///
    /// ## What proves it
    ///
    /// The live configuration, which the console shows, has a route for the request. The deployment that the stage serves
    /// has none, and no newer one has.
    ///
    /// ## What refutes it
    ///
    /// The stage serves a route for the request.
    ///
    /// ## Remedy
    ///
    /// Deploy. With CloudFormation, CDK and Terraform a deployment is an immutable resource: its logical id or its triggers
    /// have to change for another one to be made.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-authentication-token-errors>
    "rest-not-deployed", Cause, Proves, not_deployed;

    /// The console's Test works, and the URL does not
    ///
    /// ## What proves it
    ///
    /// The live configuration has a route for the request, and the stage does not serve it. The console's *Test* uses the
    /// live configuration, and passes by authorization, API keys, resource policy and WAF. It is a hint beside the cause, and no
    /// more than possible: nothing tells whether anybody tested there.
    ///
    /// ## What refutes it
    ///
    /// The stage serves a route for the request.
    ///
    /// ## Remedy
    ///
    /// Deploy, and test with the real URL.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html>
    "test-invoke-only-works", Hint, Silent, test_invoke;
}

/// A live route that the stage does not serve.
struct Waiting<'c, 'a> {
    missing: Missing<'c, 'a>,
    key: RouteKey,
    live: &'a Table<'a>,
}

impl<'c, 'a> Waiting<'c, 'a> {
    fn of(case: &'c Case<'a>) -> Result<Waiting<'c, 'a>, Not> {
        let missing = Missing::of(case)?;
        let live = missing.target.live(case)?;
        let found = live.find(case.method(), &missing.target.path).map(|(key, _)| key.clone());
        let key = found.ok_or_else(|| Not::refuted("the live configuration has no route for the request either"))?;
        Ok(Waiting { missing, key, live })
    }

    fn api(&self) -> &'a Api {
        self.missing.target.api
    }

    fn stage(&self) -> &'a Stage {
        self.missing.stage
    }

    /// The newest deployment, if the stage serves an older one and the newest has a route for the request.
    fn newer(&self) -> Result<Option<&'a snapshot::Deployment>, Not> {
        let deployments = self.api().deployments.known()?;
        let Some(newest) = snapshot::newest(deployments) else { return Ok(None) };
        if self.stage().deployment_id.as_deref() == Some(&newest.id) {
            return Ok(None);
        }
        let table = target::deployed_by_id(self.missing.case, self.api(), &newest.id)?;
        let has = table.find(self.missing.case.method(), &self.missing.target.path).is_some();
        Ok(has.then_some(newest))
    }

    fn shown(&self, proof: Proof) -> Proof {
        let (path, method) = (Some(self.key.path.as_str()), self.key.method.as_deref());
        let deployed = self.missing.deployed;
        proof.because(deployed.source, deployed.place(path, method), serde_json::Value::Null).because(
            self.live.source,
            self.live.place(path, method),
            true,
        )
    }
}

/// A canary that takes part of the traffic of the request's stage, with its deployment's id, where that is another one than the
/// stage's.
fn canary_of<'a>(case: &Case<'a>) -> Result<(&'a Canary, &'a str), Not> {
    let stage = case.target()?.stage()?;
    let canary = stage.canary.as_ref().filter(|canary| canary.percent_traffic > 0.0).ok_or(Not::Silent)?;
    let id = canary.deployment_id.as_deref().filter(|id| stage.deployment_id.as_deref() != Some(id));
    Ok((canary, id.ok_or(Not::Silent)?))
}

/// The route that takes a request in the deployment of its stage's canary.
pub(super) struct OfCanary<'a> {
    pub(super) key: &'a RouteKey,
    pub(super) entry: &'a Entry<'a>,
    id: &'a str,
    canary: &'a Canary,
}

impl<'a> OfCanary<'a> {
    /// The route.
    ///
    /// # Errors
    ///
    /// Why it cannot be told; it is `None`, if there is no canary, or it has no such route.
    pub(super) fn if_any(case: &Case<'a>) -> Result<Option<OfCanary<'a>>, Not> {
        match OfCanary::of(case) {
            Err(Not::Silent) => Ok(None),
            canary => canary.map(Some),
        }
    }

    fn of(case: &Case<'a>) -> Result<OfCanary<'a>, Not> {
        let target = case.target()?;
        let (canary, id) = canary_of(case)?;
        let table = target::deployed_by_id(case, target.api, id)?;
        let (key, entry) = table.find(case.method(), &target.path).ok_or(Not::Silent)?;
        Ok(OfCanary { key, entry, id, canary })
    }

    /// What the canary alone asks for of the requests that it gets: of one request nothing tells whether it got it.
    pub(super) fn asks(&self, what: &str) -> Proof {
        let percent = self.canary.percent_traffic;
        let says = format!(
            "The canary, which gets {percent} % of the requests, serves {} with {what}; the stage's own deployment does not.",
            self.key
        );
        Proof::likely(says).because(
            "apigateway:GetStages",
            "canarySettings",
            json!({ "deploymentId": self.id, "percentTraffic": percent }),
        )
    }
}

fn canary<'a>(case: &Case<'a>) -> Examined {
    case.shows(&[Signal::MissingAuthenticationToken, Signal::NoMethodFound])?;
    let target = case.target()?;
    let stage = target.stage()?;
    let (canary, id) = canary_of(case)?;
    let of_stage = target.deployed(case)?;
    let of_canary = target::deployed_by_id(case, target.api, id)?;
    let find = |table: &'_ Table<'a>| table.find(case.method(), &target.path).map(|(key, entry)| (key.clone(), *entry));
    let (of_stage, of_canary) = (find(of_stage), find(of_canary));
    let is_in_canary = of_canary.is_some();
    let (lacking, having, (key, entry)) = match (of_stage, of_canary) {
        (Some(route), None) => (format!("the canary's deployment {id}"), "the stage's", route),
        (None, Some(route)) => ("the stage's deployment".to_owned(), "the canary's", route),
        (Some(_), Some(_)) => return Err(Not::refuted("the stage's deployment and its canary's both have the route")),
        (None, None) => return Err(Not::refuted("neither the stage's deployment nor its canary's has the route")),
    };
    let percent = canary.percent_traffic;
    let says = format!(
        "{key} is in {having} deployment, and {lacking} lacks it. The canary gets {percent} % of the requests."
    );
    let proof = if case.is_unsent() {
        Proof::certain(says)
    } else if entry.authorization_type == Some("AWS_IAM") && case.authorization == Authorization::None {
        Proof::possible(format!("{says} Without a signature, the deployment that has it answers the same."))
    } else {
        Proof::likely(says)
    };
    let proof = proof
        .because("apigateway:GetStages", "canarySettings", json!({ "deploymentId": id, "percentTraffic": percent }))
        .because("apigateway:GetDeployment", format!("apiSummary.{}", key.path), having);
    let (api, stage, region) = (&target.api.id, &stage.name, &case.facts.region);
    // Promoting a canary that lacks the route would take it from all requests.
    Ok(if is_in_canary {
        proof.command("promote the canary, which has the route", command::promote_canary(api, stage, region))
    } else {
        proof.command("delete the canary, or deploy to it again", command::delete_canary(api, stage, region))
    })
}

fn sam_stage(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    if missing.stage.name != "Stage" {
        return Err(Not::Silent);
    }
    for other in missing.target.api.stages.known()?.iter().filter(|other| other.name != "Stage") {
        let table = target::deployed(case, missing.target.api, other)?;
        if let Some((key, _)) = table.find(case.method(), &missing.target.path) {
            let says = format!(
                "`Stage` is the stage that SAM adds by itself and does not update; {} serves {key}.",
                other.name
            );
            let url = missing.target.url(case, &other.name, &missing.target.path);
            let url = if case.reaches_at(&url) { format!("call {url}") } else { format!("call {}", other.name) };
            return Ok(Proof::likely(says).because(table.source, table.place(Some(&key.path), None), true).advice(url));
        }
    }
    Err(Not::Silent)
}

fn old_deployment(case: &Case<'_>) -> Examined {
    let waiting = Waiting::of(case)?;
    let Some(newest) = waiting.newer()? else {
        return Err(Not::refuted("the stage serves the newest deployment, or the newest lacks the route, too"));
    };
    let (api, stage) = (waiting.api(), waiting.stage());
    let served = stage.deployment_id.as_deref().unwrap_or("no deployment");
    let says = format!(
        "{} serves {served}, which lacks {}; the newer deployment {} has it.",
        stage.name, waiting.key, newest.id
    );
    let proof =
        waiting.shown(Proof::certain(says)).because("apigateway:GetDeployments", "items[0].id", newest.id.clone());
    let command = command::promote(ApiKind::Rest, &api.id, &stage.name, &newest.id, &case.facts.region).to_string();
    Ok(proof.command("point the stage to the newest deployment", command))
}

fn not_deployed(case: &Case<'_>) -> Examined {
    if let Some(proof) = live_alone(case)? {
        return Ok(proof);
    }
    let waiting = Waiting::of(case)?;
    let (api, stage) = (waiting.api(), waiting.stage());
    let says = format!(
        "{} is in the live configuration, which the console shows, and not in the deployment that {} serves.",
        waiting.key, stage.name
    );
    let proof = waiting.shown(Proof::certain(says));
    let proof = match waiting.newer() {
        Ok(None) => proof,
        Ok(Some(newest)) => return Err(Not::refuted(format!("the newer deployment {} has the route", newest.id))),
        Err(Not::Unread(why)) => proof.without(&why),
        Err(not) => return Err(not),
    };
    let command = command::deploy(ApiKind::Rest, &api.id, &stage.name, &case.facts.region).to_string();
    let summary = format!("deploy the API to the stage; stagecheck drift --api {} shows what else waits", api.id);
    Ok(proof.command(summary, command))
}

/// That an open route is live, and the stage answers as if it had none, where what it serves could not be read.
pub(super) fn live_alone(case: &Case<'_>) -> Result<Option<Proof>, Not> {
    if case.is_unsent() || case.shows(&[Signal::MissingAuthenticationToken]).is_err() {
        return Ok(None);
    }
    let target = case.target()?;
    let (api, stage) = (target.api, target.stage()?);
    if api.kind != ApiKind::Rest {
        return Ok(None);
    }
    let Err(Not::Unread(why)) = target::deployed(case, api, stage) else { return Ok(None) };
    let live = target.live(case)?;
    let Some((key, entry)) = live.find(case.method(), &target.path) else { return Ok(None) };
    if entry.authorization_type != Some("NONE") {
        return Ok(None);
    }
    let says = format!("{key} is live and open, and {} answers as if it had no such route.", stage.name);
    let command = command::deploy(ApiKind::Rest, &api.id, &stage.name, &case.facts.region).to_string();
    let proof = Proof::likely(says).because(live.source, key.path.clone(), key.method.clone().unwrap_or_default());
    Ok(Some(proof.without(&why).command("deploy the API to the stage", command)))
}

fn test_invoke(case: &Case<'_>) -> Examined {
    let waiting = Waiting::of(case)?;
    let says =
        "The console's Test uses the live configuration, and passes by authorization, API keys, policies and WAF.";
    // Nobody said that it was tested there.
    Ok(waiting.shown(Proof::possible(says)).advice("deploy, and test with the real URL"))
}

#[cfg(test)]
mod tests;
