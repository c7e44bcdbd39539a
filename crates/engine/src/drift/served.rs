//! What an API's stages serve, against the live configuration.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::hand::{self, Joined};
use super::witness::{Role, Verdict, verdict};
use super::{ApiDrift, CanaryDrift, Change, StageDrift};
use crate::observed::Observed;
use crate::snapshot::{Api, Canary, Snapshot, Stage, newest};
use crate::trail::{Event, Trail};

/// Drift of an API's stages. `wanted` says which; an API whose stages could not be listed has none, and says why.
pub fn api(snapshot: &Snapshot, api: &Api, wanted: &dyn Fn(&Stage) -> bool) -> ApiDrift {
    let (stages, not_read) = match &api.stages {
        Observed::Known(stages) => (stages.as_slice(), Vec::new()),
        Observed::NotRead(why) => ([].as_slice(), vec![why.clone()]),
    };
    ApiDrift {
        api_id: Some(api.id.clone()),
        api_name: Some(api.name.clone()),
        api_kind: api.kind,
        region: Some(snapshot.region.clone()),
        stages: stages.iter().filter(|stage| wanted(stage)).map(|found| stage(snapshot, api, found)).collect(),
        not_read,
    }
}

fn stage(snapshot: &Snapshot, api: &Api, stage: &Stage) -> StageDrift {
    let trail = snapshot.trail.ok();
    let verdict = verdict(api, stage.deployment_id.as_deref(), Role::Stage, trail);
    let mut drift = of_stage(snapshot, api, stage, verdict);
    let joined = joined(trail, api, &mut drift.changes, drift.deployed_at);
    drift.waiting_since = joined.oldest;
    drift.untraced = untraced(snapshot, &drift.changes, drift.deployed_at, joined.is_contested);
    if let Some((canary, why)) = stage.canary.as_ref().and_then(|settings| canary(snapshot, api, settings)) {
        drift.canary = Some(canary);
        drift.untraced = drift.untraced.or(why);
    }
    drift
}

fn joined(trail: Option<&Trail>, api: &Api, changes: &mut [Change], deployed_at: Option<Timestamp>) -> Joined {
    trail.zip(deployed_at).map(|(trail, moment)| hand::join(changes, api, moment, trail)).unwrap_or_default()
}

/// What a deployment to a stage now would change, without a word of whose hand it was.
pub fn plan(api: &Api, stage: &Stage) -> StageDrift {
    untold(api, stage, verdict(api, stage.deployment_id.as_deref(), Role::Stage, None))
}

/// What was found about a stage, with what it serves since when and by whose hand.
pub(super) fn of_stage(snapshot: &Snapshot, api: &Api, stage: &Stage, verdict: Verdict) -> StageDrift {
    let id = stage.deployment_id.as_deref();
    let deployer = id.and_then(|id| snapshot.trail.ok()?.deployer(&api.id, id));
    StageDrift { deployed_by: deployer.map(Event::made_by), ..untold(api, stage, verdict) }
}

/// The same without a trail.
fn untold(api: &Api, stage: &Stage, verdict: Verdict) -> StageDrift {
    let deployments = api.deployments.ok().map_or([].as_slice(), Vec::as_slice);
    let id = stage.deployment_id.as_deref();
    StageDrift {
        stage: Some(stage.name.clone()),
        deployment_id: stage.deployment_id.clone(),
        deployed_at: id.and_then(|id| api.deployed_at(id)),
        newest_deployment_id: newest(deployments).map(|deployment| deployment.id.clone()),
        auto_deploy: stage.auto_deploy,
        in_force_at_once: in_force_at_once(stage),
        ..StageDrift::of(verdict)
    }
}

/// The drift of a canary, and why nobody is named for some of it. Settings that stay behind once a canary was promoted
/// name no deployment, or send it nothing.
fn canary(snapshot: &Snapshot, api: &Api, canary: &Canary) -> Option<(CanaryDrift, Option<String>)> {
    let id = canary.deployment_id.as_deref()?;
    let mut verdict = verdict(api, Some(id), Role::Canary, snapshot.trail.ok());
    let deployed_at = api.deployed_at(id);
    let joined = joined(snapshot.trail.ok(), api, &mut verdict.changes, deployed_at);
    let untraced = untraced(snapshot, &verdict.changes, deployed_at, joined.is_contested);
    let drift = CanaryDrift {
        deployment_id: canary.deployment_id.clone(),
        percent_traffic: canary.percent_traffic,
        basis: verdict.basis,
        changes: verdict.changes,
        not_comparable: verdict.not_comparable,
        not_read: verdict.not_read,
    };
    Some((drift, untraced))
}

/// Why nobody can say whose hand it was, where there are changes and no hand.
fn untraced(
    snapshot: &Snapshot,
    changes: &[Change],
    deployed_at: Option<Timestamp>,
    is_contested: bool,
) -> Option<String> {
    if changes.iter().all(|change| change.made_by.is_some()) {
        return None;
    }
    match (&snapshot.trail, deployed_at) {
        (Observed::NotRead(why), None) if !why.is_failure() => Some(
            "it is not known when the deployment was made, from which on the trail would have to be read".to_owned(),
        ),
        (Observed::NotRead(why), _) => Some(why.reason()),
        (Observed::Known(_), _) if is_contested => {
            Some("several hands edited it since, and the trail does not tell which of them made the change".to_owned())
        }
        (Observed::Known(trail), Some(moment)) if trail.since > moment => {
            Some(format!("the trail goes back to {} only, which is after the deployment", trail.since))
        }
        (Observed::Known(_), _) => Some("the trail holds no event that fits".to_owned()),
    }
}

/// The stage's own settings, by AWS's names.
fn in_force_at_once(stage: &Stage) -> Vec<String> {
    let variables = (!stage.variables.is_empty()).then(|| "variables".to_owned());
    let canary = stage.canary.as_ref().map(|_| "canarySettings".to_owned());
    // What is off, empty or a label is no setting that anybody would look for.
    let is_set = |(name, value): &(&String, &Value)| {
        name.as_str() != "tags" && **value != json!(false) && **value != json!({}) && **value != json!("NOT_AVAILABLE")
    };
    let settings = stage.settings.iter().filter(is_set).map(|(name, _)| name.clone());
    variables.into_iter().chain(canary).chain(settings).collect()
}
