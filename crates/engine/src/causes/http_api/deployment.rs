//! Live routes of an HTTP API that a stage does not serve.

use serde_json::Value;

use super::{Missing, http_404};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::target;
use crate::finding::Remedy;
use crate::snapshot::{Api, ApiKind, Stage};

pub(super) fn not_deployed(case: &Case<'_>) -> Examined {
    if let Some(proof) = live_alone(case)? {
        return Ok(proof);
    }
    let missing = Missing::of(case)?;
    let live = missing.target.live(case)?;
    let Some((key, _)) = live.find(case.method(), &missing.target.path) else {
        return Err(Not::refuted("no live route takes the request either"));
    };
    let (api, stage) = (missing.target.api, missing.stage);
    let says = match &stage.deployment_id {
        Some(_) => format!("{key} is live, and {} does not serve it.", stage.name),
        None => format!("{key} is live, and {} has no deployment: it serves no route at all.", stage.name),
    };
    let proof = Proof::certain(says);
    let proof = match &stage.deployment_id {
        Some(_) => proof.because(missing.served.source, "paths", Value::Null),
        None => proof.because("apigatewayv2:GetStages", "DeploymentId", Value::Null),
    };
    Ok(to_deploy(case, api, stage, proof.because(live.source, "Items[].RouteKey", key.to_string())))
}

/// That the stage has nothing at the path, and the live routes have it with other methods alone.
pub(super) fn waiting_with_another(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    missing.live_has_not(case)?;
    let (path, method, stage) = (&missing.target.path, case.method(), missing.stage);
    let live = missing.target.live(case)?;
    let callable = live.callable(path).join(", ");
    if callable.is_empty() {
        return Err(Not::Silent);
    }
    let says = format!(
        "{} serves nothing at {path}. The live routes have it with {callable}, which wait for a deployment, and not with \
         {method}.",
        stage.name
    );
    let proof = Proof::certain(says).because(missing.served.source, "Items[].RouteKey", missing.served.nearest(path));
    let proof = proof.because(live.source, "Items[].RouteKey", callable.clone());
    let mended = to_deploy(case, missing.target.api, stage, proof);
    let summary = format!("{}; then send {callable}, or add a route for {method} first", mended.remedy.summary);
    Ok(Proof { remedy: Remedy { summary, ..mended.remedy }, ..mended })
}

/// With why the stage does not serve what is live, and what mends that. A deployment by hand fails for the same reason as
/// the one that AWS tried.
fn to_deploy(case: &Case<'_>, api: &Api, stage: &Stage, proof: Proof) -> Proof {
    if let (Some(message), true) = (&stage.last_deployment_status_message, stage.auto_deploy) {
        return proof
            .because("apigatewayv2:GetStages", "LastDeploymentStatusMessage", message.clone())
            .advice(format!("put right what AWS says, and the stage deploys by itself: {message}"));
    }
    let command = crate::command::deploy(ApiKind::Http, &api.id, &stage.name, &case.facts.region).to_string();
    proof
        .because("apigatewayv2:GetStages", "AutoDeploy", stage.auto_deploy)
        .command("deploy the API to the stage, or let the stage deploy by itself", command)
}

/// That a route is live, and the stage answers as if it had none, where what it serves could not be read.
fn live_alone(case: &Case<'_>) -> Result<Option<Proof>, Not> {
    if case.is_unsent() {
        return Ok(None);
    }
    let target = http_404(case)?;
    let (api, stage) = (target.api, target.stage()?);
    if target::serves_nothing(api, stage) {
        return Ok(None);
    }
    let (_, _, Some(why)) = target::served(case, api, stage)? else { return Ok(None) };
    let live = case.tables.live(api)?;
    let Some((key, _)) = live.find(case.method(), &target.path) else { return Ok(None) };
    let says = format!("{key} is live, and {} answers as if it had no such route.", stage.name);
    let proof = Proof::certain(says).because(live.source, "Items[].RouteKey", key.to_string());
    // Where the stage deploys by itself, AWS itself says that what is live was not deployed.
    let is_told = stage.auto_deploy && stage.last_deployment_status_message.is_some();
    let proof = if is_told { proof } else { proof.without(why) };
    Ok(Some(to_deploy(case, api, stage, proof)))
}
