//! Whether an entry is for nothing: said only where all was looked at that it could be for.

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

/// Whether an entry is for nothing.
pub(super) enum Idle<'a> {
    /// It is: why.
    Yes(&'static str),
    /// It may be for what this hides.
    NotKnown(&'a NotEvaluated),
    /// It may be for something yet.
    No,
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
    pub(super) fn idle<'a>(&self, entry: &Entry, gaps: &'a [NotEvaluated]) -> Idle<'a> {
        if !self.is_whole || !self.regions.iter().any(|region| entry.is_about(region)) {
            return Idle::No;
        }
        if let Some(gap) = gaps.iter().find(|gap| entry.may_be_for(gap)) {
            return Idle::NotKnown(gap);
        }
        if entry.api.is_some() && !self.apis.iter().any(|api| entry.is_about(api)) {
            return Idle::Yes("None of the APIs that were read is the one that it names.");
        }
        if PASSING.iter().any(|check| entry.names(check)) {
            return Idle::No;
        }
        Idle::Yes("All that it could be for was looked at, and none of its checks found anything there.")
    }
}
