//! Baselines: the live configuration, kept as the exact witness of a deployment.
//!
//! Read with the same calls as the live side, a baseline has the same shape and loses nothing. What it must not hold is an
//! edit that was made between the deployment and the reading: every other witness is asked about that first.

use jiff::Timestamp;

use crate::configuration::{ApiKind, NotComparable, Subject};
use crate::drift::{self, Basis};
use crate::observed::NotRead;
use crate::snapshot::{Api, Deployment, Snapshot, newest};
use crate::trail::Event;

pub use crate::snapshot::{Baseline, Occasion};

/// The schema of [`Baseline`].
pub const SCHEMA: &str = "stagecheck.baseline/1";

/// Why no baseline is taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// HTTP APIs need none.
    #[error("an HTTP API needs no baseline: ExportApi shows both sides exactly")]
    NotNeeded,
    /// Nothing was deployed.
    #[error("the API has no deployment")]
    NoDeployment,
    /// There is one already.
    #[error("the deployment {0} has a baseline")]
    Kept(String),
    /// The live configuration was not read, or what would prove that it is the deployed one.
    #[error("{}", .0.reason())]
    NotRead(NotRead),
    /// The live configuration is not the deployed one any more.
    #[error("the live configuration was edited since the deployment {deployment_id}: {changes} changes wait")]
    Edited {
        /// The newest deployment.
        deployment_id: String,
        /// How many.
        changes: usize,
    },
    /// The trail shows an edit.
    #[error("{name} by {who} at {when}, after the deployment {deployment_id}", name = .event.name, who = .event.hand.who, when = .event.time)]
    Written {
        /// The newest deployment.
        deployment_id: String,
        /// The edit.
        event: Box<Event>,
    },
    /// Neither a summary nor an export of the deployment was read.
    #[error("neither the summary nor an export of the deployment {0} was read")]
    Unwitnessed(String),
    /// Nothing shows that there was no edit.
    #[error("no trail goes back to the deployment {0}, so nothing shows that there was no edit since")]
    NoTrail(String),
}

/// Takes the baseline of an API's newest deployment, if every witness agrees that the live configuration is what it holds.
///
/// # Errors
///
/// [`Refusal`], most of which are no defect: whoever edits before a baseline is taken gets none.
pub fn take(snapshot: &Snapshot, api: &Api, occasion: Occasion) -> Result<Baseline, Refusal> {
    let (deployment, deployed_at) = deployment(api)?;
    let id = || deployment.id.clone();
    if api.deployed.get(&deployment.id).is_some_and(|deployed| deployed.baseline.is_some()) {
        return Err(Refusal::Kept(id()));
    }
    if let Some(why) = drift::live_failures(api).into_iter().next() {
        return Err(Refusal::NotRead(why));
    }
    let edits = snapshot.trail.ok().and_then(|trail| trail.edits_since(&api.id, deployed_at));
    let is_traced = edits.is_some();
    match edits.and_then(|edits| edits.last().copied().cloned()) {
        Some(event) => return Err(Refusal::Written { deployment_id: id(), event: Box::new(event) }),
        None if occasion == Occasion::Audit && !is_traced => return Err(Refusal::NoTrail(id())),
        None => {}
    }
    let witnessed = drift::deployment(api, &deployment.id);
    if let Some(why) = witnessed.not_read.first() {
        return Err(Refusal::NotRead(why.clone()));
    }
    if api.kind == ApiKind::Rest && witnessed.basis == Basis::None {
        return Err(Refusal::Unwitnessed(id()));
    }
    if !witnessed.changes.is_empty() {
        return Err(Refusal::Edited { deployment_id: id(), changes: witnessed.changes.len() });
    }
    Ok(Baseline {
        schema: SCHEMA.to_owned(),
        account_id: snapshot.account_id.clone(),
        region: snapshot.region.clone(),
        api_id: api.id.clone(),
        deployment_id: id(),
        deployed_at,
        taken_at: snapshot.taken_at,
        occasion,
        configuration: api.live.clone(),
        unproven: match (is_traced, api.kind) {
            (true, _) => Vec::new(),
            (false, ApiKind::WebSocket) => vec![word_alone(deployed_at, snapshot.taken_at)],
            (false, _) => witnessed.not_comparable,
        },
    })
}

/// No witness but the baseline exists, so whoever takes it without a trail vouches for it.
fn word_alone(deployed_at: Timestamp, taken_at: Timestamp) -> NotComparable {
    NotComparable {
        field: "baseline".to_owned(),
        reason: format!(
            "the baseline was taken at {taken_at}, and no trail shows that nothing was edited since the deployment at {deployed_at}"
        ),
        subject: Subject::Api,
        method: None,
        path: None,
        name: None,
    }
}

/// The newest deployment, and when it was made.
fn deployment(api: &Api) -> Result<(&Deployment, Timestamp), Refusal> {
    if api.kind == ApiKind::Http {
        return Err(Refusal::NotNeeded);
    }
    let deployments = api.deployments.known().map_err(|why| Refusal::NotRead(why.clone()))?;
    let made = deployments.iter().filter(|deployment| deployment.status.as_deref() != Some("FAILED"));
    let newest = newest(made).ok_or(Refusal::NoDeployment)?;
    Ok((newest, newest.created_at.ok_or(Refusal::NoDeployment)?))
}
