//! Whether an entry is for nothing: said only where all was looked at that it could be for.

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::finding::{NotEvaluated, Resource};
use crate::snapshot::{Snapshot, Stage};

/// Checks whose silence means nothing for long: what failed of late, what functions answer when they are asked, and names
/// that are looked up only when that is asked for. An entry for one of these may be for something at any time.
pub const PASSING: [&str; 15] = [
    "custom-domain-dns-wrong-target",
    "custom-domain-missing",
    "dns-private-api-from-public",
    "errors-without-logs",
    "function-throttled",
    "gateway-error-without-function-error",
    "handler-error",
    "handler-out-of-memory",
    "handler-timeout",
    "logs-not-enabled",
    "malformed-authorizer-response",
    "malformed-proxy-response",
    "private-dns-captures-public-api",
    "response-without-body",
    "response-without-status-code",
];

/// What was looked at.
pub(super) struct Looked {
    /// Whether it was every API of each region, with every stage.
    pub(super) is_whole: bool,
    /// Each region, as a place.
    regions: Vec<Resource>,
    apis: Vec<Resource>,
}

/// What was not looked at, so that it may hide what an entry is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hides {
    /// The check that could not be evaluated; empty, if it is all of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub check: String,
    /// Why. One line.
    pub reason: String,
    /// The IAM actions that would have let it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// Whether an entry is for nothing.
pub(super) enum Idle {
    /// It is: why.
    Yes(&'static str),
    /// It may be for what this hides.
    NotKnown(Hides),
    /// It may be for something yet.
    No,
}

impl Hides {
    pub(super) fn of(gap: &NotEvaluated) -> Hides {
        Hides { check: gap.check.clone(), reason: gap.reason.clone(), needs: gap.needs.clone() }
    }
}

impl Idle {
    /// Whether an entry is that is for no finding of what was looked at. `is_named` says whether an API is there that it names.
    pub(super) fn of(entry: &Entry, hides: Option<Hides>, is_named: bool) -> Idle {
        if let Some(hides) = hides {
            return Idle::NotKnown(hides);
        }
        if entry.api.is_some() && !is_named {
            return Idle::Yes("None of the APIs that were read is the one that it names.");
        }
        if PASSING.iter().any(|check| entry.names(check)) {
            return Idle::No;
        }
        Idle::Yes("All that it could be for was looked at, and none of its checks found anything there.")
    }
}

impl Looked {
    pub(super) fn of(snapshots: &[Snapshot], wanted: &dyn Fn(&Stage) -> bool) -> Looked {
        let all = || snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api)));
        let stages = all().flat_map(|(_, api)| api.stages.ok().into_iter().flatten());
        let is_whole = snapshots.iter().all(|snapshot| snapshot.complete && snapshot.others.is_empty())
            && stages.into_iter().all(wanted);
        let regions = snapshots.iter().map(|snapshot| Resource::regional(snapshot, "")).collect();
        Looked { is_whole, regions, apis: all().map(|(snapshot, api)| Resource::api(snapshot, api)).collect() }
    }

    /// Whether an entry that is for no finding is for nothing. `gaps` are all that was not evaluated.
    pub(super) fn idle(&self, entry: &Entry, gaps: &[NotEvaluated]) -> Idle {
        if !self.is_whole || !self.regions.iter().any(|region| entry.is_about(region)) {
            return Idle::No;
        }
        let gap = gaps.iter().find(|gap| entry.may_be_for(gap));
        Idle::of(entry, gap.map(Hides::of), self.apis.iter().any(|api| entry.is_about(api)))
    }
}
