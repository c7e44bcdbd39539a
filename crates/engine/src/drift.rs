//! Drift: what a deployment now would change, per stage.
//!
//! The live configuration is compared with what the deployment behind a stage holds, as far as a witness shows it. A
//! difference is reported only where the witness proves it; what no witness can prove is listed, with the reason.

mod against;
mod compare;
mod definitions;
mod documents;
mod effect;
mod hand;
mod open;
mod routes;
mod served;
pub mod three_way;
mod touched;
mod witness;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use against::against;
pub use documents::documents;
pub use served::{api, plan};
pub(crate) use witness::{Verdict, live_failures};

pub use crate::configuration::{NotComparable, Subject};

use self::three_way::RouteVerdict;
use crate::configuration::{ApiKind, Configuration, RouteKey};
use crate::finding::Severity;
use crate::observed::NotRead;
use crate::snapshot::{Api, WHOLE};
use crate::trail::MadeBy;

/// Drift of one API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiDrift {
    /// The API's id; `None` between two files.
    pub api_id: Option<String>,
    /// Its name.
    pub api_name: Option<String>,
    /// Which product it is.
    pub api_kind: ApiKind,
    /// Its region; `None` between two files.
    pub region: Option<String>,
    /// Its stages, by name.
    pub stages: Vec<StageDrift>,
    /// Why there are no stages, where they could not be listed.
    pub not_read: Vec<NotRead>,
}

/// Drift of one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageDrift {
    /// The stage's name; `None` between two files.
    pub stage: Option<String>,
    /// The stage whose deployed snapshot stands for the live side, where two stages are compared.
    pub against: Option<String>,
    /// The deployment which that stage serves.
    #[serde(default)]
    pub against_deployment_id: Option<String>,
    /// The deployment that it serves.
    pub deployment_id: Option<String>,
    /// When that was made.
    pub deployed_at: Option<Timestamp>,
    /// Who made it, where a trail tells.
    pub deployed_by: Option<MadeBy>,
    /// The newest deployment of the API.
    pub newest_deployment_id: Option<String>,
    /// Whether edits are meant to deploy by themselves, so that nobody can deploy to the stage by hand.
    pub auto_deploy: bool,
    /// The best witness of what the stage serves.
    pub basis: Basis,
    /// `Some(false)` with any change. `Some(true)` when every read that was needed succeeded and every field that the
    /// witness can carry is equal. `None` when a read that was needed failed, or there is no witness.
    pub in_sync: Option<bool>,
    /// When the oldest of the changes was made, as far as a trail tells.
    pub waiting_since: Option<Timestamp>,
    /// What a deployment now would change, by route.
    pub changes: Vec<Change>,
    /// What no witness can prove either way.
    pub not_comparable: Vec<NotComparable>,
    /// The stage's canary, if it has one.
    pub canary: Option<CanaryDrift>,
    /// Reads that were needed and failed.
    pub not_read: Vec<NotRead>,
    /// Why it is not known whose hand it was, where some change has none. One line.
    pub untraced: Option<String>,
    /// The stage's own settings, by AWS's names. They need no deployment, and are no part of what is compared.
    pub in_force_at_once: Vec<String>,
    /// In which points declared, live and deployed do not all agree; null unless a declaration was given.
    #[serde(default)]
    pub three_way: Option<Vec<RouteVerdict>>,
    /// How many routes agree in all that is declared of them; null unless a declaration was given.
    #[serde(default)]
    pub routes_in_agreement: Option<usize>,
}

/// Drift of the deployment that a stage's canary serves, against the live configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CanaryDrift {
    /// The deployment that the canary serves.
    pub deployment_id: Option<String>,
    /// How much of the traffic it gets, 0 to 100.
    pub percent_traffic: f64,
    /// The best witness of what it serves.
    pub basis: Basis,
    /// What a deployment now would change.
    pub changes: Vec<Change>,
    /// What no witness can prove either way.
    pub not_comparable: Vec<NotComparable>,
    /// Reads that were needed and failed.
    pub not_read: Vec<NotRead>,
}

/// The witnesses of what a stage serves, from none to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Nothing shows it.
    None,
    /// The deployment's summary: routes, their authorization type and whether they need a key.
    Summary,
    /// The stage's export.
    Export,
    /// The live configuration, kept when the deployment was made.
    Baseline,
}

/// The witness that proves one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// The deployment's summary.
    Summary,
    /// The stage's export.
    Export,
    /// The live configuration, kept when the deployment was made.
    Baseline,
}

/// One difference between the live configuration and the deployed one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Whether a whole subject is live only, deployed only, or one of its fields differs.
    pub change: ChangeKind,
    /// What differs.
    pub subject: Subject,
    /// The route's method.
    pub method: Option<String>,
    /// The route's path, or its whole key.
    pub path: Option<String>,
    /// The authorizer's, model's or validator's name, the gateway response's type, or the response's status code.
    pub name: Option<String>,
    /// The field, as AWS's API names it; `None` for a whole subject.
    pub field: Option<String>,
    /// What people see and edit. Of a map, only the keys that differ.
    pub live: Value,
    /// What callers get. Of a map, only the keys that differ.
    pub deployed: Value,
    /// What the team declared; always null unless a declaration was given.
    pub declared: Value,
    /// What proves it.
    pub witness: Witness,
    /// How bad it is.
    pub severity: Severity,
    /// What it means to callers.
    pub effect: String,
    /// Of a model: the routes that refer to it on either side, themselves or through other models, as `GET /orders`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
    /// Whether there are more routes than `routes` names: of thousands of changed models, each names the first ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_routes: bool,
    /// Whose hand it was; null where no trail tells.
    pub made_by: Option<MadeBy>,
}

/// Whether something is live only, deployed only, or differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Live only.
    Added,
    /// Deployed only.
    Removed,
    /// On both sides, and different.
    Changed,
}

/// Two documents of different products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one document is of a {} API, the other of a {} API", .0.name(), .1.name())]
pub struct KindsDiffer(pub ApiKind, pub ApiKind);

impl Change {
    /// The route that the change belongs to; `None` for changes of the API as a whole.
    pub fn route(&self) -> Option<RouteKey> {
        self.path.as_ref().map(|path| RouteKey { path: path.clone(), method: self.method.clone() })
    }
}

impl StageDrift {
    /// What was found, with nothing said of a stage yet.
    fn of(verdict: Verdict) -> StageDrift {
        StageDrift {
            stage: None,
            against: None,
            against_deployment_id: None,
            deployment_id: None,
            deployed_at: None,
            deployed_by: None,
            newest_deployment_id: None,
            auto_deploy: false,
            basis: verdict.basis,
            in_sync: verdict.in_sync(),
            waiting_since: None,
            changes: verdict.changes,
            not_comparable: verdict.not_comparable,
            canary: None,
            not_read: verdict.not_read,
            untraced: None,
            in_force_at_once: Vec::new(),
            three_way: None,
            routes_in_agreement: None,
        }
    }

    /// Why it is not known whether the stage is in sync, where that is so. One line.
    pub fn unknown_because(&self) -> Option<String> {
        if self.in_sync.is_some() {
            return None;
        }
        let unread = self.not_read.first().map(NotRead::reason);
        let gap = self.not_comparable.first().map(|gap| gap.reason.clone());
        Some(unread.or(gap).unwrap_or_else(|| "nothing shows what the stage serves".to_owned()))
    }
}

/// Whether a baseline that told what is deployed is proven, rather than resting on somebody's word, or on a trail that may
/// still tell of an edit.
pub fn is_proven(gaps: &[NotComparable]) -> bool {
    !gaps.iter().any(|gap| gap.subject == Subject::Api && gap.field == WHOLE)
}

impl Basis {
    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Basis::None => "none",
            Basis::Summary => "summary",
            Basis::Export => "export",
            Basis::Baseline => "baseline",
        }
    }
}

impl Witness {
    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Witness::Summary => "summary",
            Witness::Export => "export",
            Witness::Baseline => "baseline",
        }
    }
}

/// Whether an export that was kept from earlier has to be read anew: something in it differs that an export might show
/// as it is live, so that a difference from then proves nothing now.
pub fn kept_export_is_suspect(live: &Configuration, kept: &Configuration) -> bool {
    let compared = compare::served(live, kept, true).differences;
    compared.iter().any(|difference| matches!(difference.subject, Subject::Api | Subject::GatewayResponse))
}

/// What the witnesses of one of an API's deployments show, against the live configuration.
pub(crate) fn deployment(api: &Api, deployment_id: &str) -> Verdict {
    let stages = api.stages.ok().map_or([].as_slice(), Vec::as_slice);
    let is_served = stages.iter().any(|stage| stage.deployment_id.as_deref() == Some(deployment_id));
    let role = if is_served { witness::Role::Stage } else { witness::Role::Canary };
    witness::verdict(api, Some(deployment_id), role, None)
}
