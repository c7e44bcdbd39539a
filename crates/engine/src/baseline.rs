//! Baselines: the live configuration, kept as the exact witness of a deployment.
//!
//! Read with the same calls as the live side, a baseline has the same shape and loses nothing. What it must not hold is an
//! edit that was made between the deployment and the reading: every other witness is asked about that first, and the trail
//! once more when no event can be on its way any longer.

use jiff::Timestamp;

use crate::configuration::{ApiKind, NotComparable, Subject};
use crate::drift::{self, Basis};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, Deployment, Snapshot, WHOLE, newest};
use crate::trail::{DELAY_MINUTES, Event};

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
    /// Two witnesses of the deployment contradict each other, so that one of them is wrong.
    #[error("the export and the summary of the deployment {deployment_id} contradict each other about {route}")]
    Contradicted {
        /// The newest deployment.
        deployment_id: String,
        /// The first route of which only one of them knows.
        route: String,
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
    if witnessed.disagreement {
        let mut disputed = witnessed.not_comparable.iter().filter_map(NotComparable::route);
        let route = disputed.next().map(|route| route.to_string()).unwrap_or_default();
        return Err(Refusal::Contradicted { deployment_id: id(), route });
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
        taken_at: snapshot.read_until,
        occasion,
        configuration: api.live.clone(),
        unproven: unproven(api.kind, witnessed.not_comparable, rests_on(is_traced, deployed_at, snapshot.read_until)),
    })
}

/// What the witnesses leave open, and what the baseline as a whole rests on. Nothing but a baseline shows what a
/// WebSocket API serves, so that there all of it does.
fn unproven(kind: ApiKind, gaps: Vec<NotComparable>, rests_on: String) -> Vec<NotComparable> {
    let whole = NotComparable {
        field: WHOLE.to_owned(),
        reason: rests_on,
        subject: Subject::Api,
        method: None,
        path: None,
        name: None,
    };
    let gaps = gaps.into_iter().filter(|_| kind != ApiKind::WebSocket);
    gaps.chain([whole]).collect()
}

/// A trail tells late, and without one whoever takes a baseline vouches for it.
fn rests_on(is_traced: bool, deployed_at: Timestamp, taken_at: Timestamp) -> String {
    match is_traced {
        true => format!(
            "the baseline was taken at {taken_at}, and CloudTrail tells of an event up to {DELAY_MINUTES} minutes late: \
             whether it holds an edit of the last minutes, a later audit tells"
        ),
        false => format!(
            "the baseline was taken at {taken_at}, and no trail shows that nothing was edited since the deployment at {deployed_at}"
        ),
    }
}

/// What became of baselines that were looked at again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviewed {
    /// Those that hold an edit. They are in the snapshot no more.
    pub dropped: Vec<Baseline>,
    /// Those that are proven now, with nothing unproven in them.
    pub proven: Vec<Baseline>,
}

/// Looks again at the baselines of a snapshot, by what its trail tells by now.
pub fn review(snapshot: &mut Snapshot) -> Reviewed {
    let mut reviewed = Reviewed::default();
    let Observed::Known(trail) = &snapshot.trail else { return reviewed };
    for api in &mut snapshot.apis {
        let baselines = api.deployed.values().filter_map(|deployed| deployed.baseline.as_ref());
        let (dropped, others): (Vec<&Baseline>, Vec<&Baseline>) =
            baselines.partition(|baseline| baseline.contradiction(api, trail).is_some());
        let dropped: Vec<Baseline> = dropped.into_iter().cloned().collect();
        let proven = others.into_iter().filter(|one| !one.unproven.is_empty() && one.is_proven_by(api, trail));
        let proven: Vec<Baseline> = proven.map(|one| Baseline { unproven: Vec::new(), ..one.clone() }).collect();
        dropped.iter().for_each(|baseline| api.forget(&baseline.deployment_id));
        proven.iter().for_each(|baseline| api.keep(baseline.clone()));
        reviewed.dropped.extend(dropped);
        reviewed.proven.extend(proven);
    }
    reviewed
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
