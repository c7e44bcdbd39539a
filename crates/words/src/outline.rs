//! What a plan says, before it is laid out: the words that text and Markdown have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use engine::drift::{self, ApiDrift, Basis, CanaryDrift, Change, ChangeKind, NotComparable, StageDrift, Witness};
use engine::finding::Severity;
use engine::report::DriftReport;
use engine::{command, drift::Subject};
use jiff::Timestamp;

use crate::{change, count, minute, span, visible};

/// Whether a stage serves what people see and edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    InSync,
    /// It does not: `2 to add, 1 to change`.
    Drifting(String),
    /// Nobody can tell.
    NotKnown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::InSync => f.write_str("in sync"),
            Verdict::Drifting(tally) => f.write_str(tally),
            Verdict::NotKnown => f.write_str("not known"),
        }
    }
}

/// The verdict on a stage, with how much would change.
pub fn verdict(stage: &StageDrift) -> Verdict {
    match stage.in_sync {
        Some(true) => Verdict::InSync,
        Some(false) => Verdict::Drifting(tally(&stage.changes)),
        None => Verdict::NotKnown,
    }
}

/// An API's name.
pub fn api_name(api: &ApiDrift) -> String {
    visible(api.api_name.as_deref().unwrap_or("the API"))
}

/// ` (REST a1b2c3d4e5, eu-west-1)`.
pub fn api_place(api: &ApiDrift) -> String {
    let id = api.api_id.as_ref().map(|id| format!(" {}", visible(id))).unwrap_or_default();
    let region = api.region.as_ref().map(|region| format!(", {}", visible(region))).unwrap_or_default();
    format!(" ({}{id}{region})", api.api_kind.name())
}

/// `stage prod`, `stage prod, if it were given what staging serves`.
pub fn stage_name(stage: &StageDrift) -> String {
    match (&stage.stage, &stage.against) {
        (Some(stage), Some(against)) => format!("stage {}, given what {} serves", visible(stage), visible(against)),
        (Some(stage), None) => format!("stage {}", visible(stage)),
        (None, _) => "between the two documents".to_owned(),
    }
}

/// What is served since when and by whose hand, how long an edit has waited, and what tells so. A line each.
pub fn provenance(stage: &StageDrift, now: Option<Timestamp>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(id) = &stage.deployment_id {
        let date = stage.deployed_at.map(|time| format!(" of {}", minute(time))).unwrap_or_default();
        let by =
            stage.deployed_by.as_ref().map(|by| format!(" by {}", visible(&change::author(by)))).unwrap_or_default();
        let other = if stage.against.is_some() { &stage.against_deployment_id } else { &stage.newest_deployment_id };
        let newest = match (&stage.against, other.as_ref().filter(|other| *other != id)) {
            (Some(against), Some(other)) => format!("; {} has {}", visible(against), visible(other)),
            (None, Some(newest)) => format!("; the newest is {}", visible(newest)),
            (_, None) => String::new(),
        };
        lines.push(format!("deployment {}{date}{by}{newest}", visible(id)));
    }
    let waited =
        stage.waiting_since.zip(now).map(|(since, now)| format!("the oldest edit has waited {}", span(since, now)));
    let told = (stage.stage.is_some() && stage.basis != Basis::None).then(|| match stage.basis {
        Basis::Baseline if drift::is_proven(&stage.not_comparable) => "told by the baseline, exactly".to_owned(),
        basis => format!("told by the {}", basis.name()),
    });
    let facts: Vec<String> = waited.into_iter().chain(told).collect();
    if !facts.is_empty() {
        lines.push(facts.join("; "));
    }
    if !stage.in_force_at_once.is_empty() && !stage.changes.is_empty() {
        let settings = stage.in_force_at_once.iter().map(|name| visible(name)).collect::<Vec<_>>().join(", ");
        lines.push(format!("in force at once, without a deployment: {settings}"));
    }
    lines
}

/// `2 to add, 1 to change`.
fn tally(changes: &[Change]) -> String {
    let number = |kind: ChangeKind| changes.iter().filter(|change| change.change == kind).count();
    let parts = [(ChangeKind::Added, "add"), (ChangeKind::Changed, "change"), (ChangeKind::Removed, "remove")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(kind, _)| number(*kind) > 0)
        .map(|(kind, verb)| format!("{} to {verb}", number(kind)))
        .collect();
    parts.join(", ")
}

/// What a canary's callers get, in a line.
pub fn canary(canary: &CanaryDrift) -> String {
    let id = visible(canary.deployment_id.as_deref().unwrap_or_default());
    let percent = canary.percent_traffic;
    let verdict = match (canary.changes.is_empty(), canary.basis) {
        (false, Basis::Summary) => {
            format!("{} to reach the live configuration, and its summary does not show all", tally(&canary.changes))
        }
        (false, _) => format!("{} to reach the live configuration", tally(&canary.changes)),
        (true, Basis::None) => "not known".to_owned(),
        (true, Basis::Baseline) => "serves the live configuration".to_owned(),
        (true, basis) => format!("no change that its {} shows", basis.name()),
    };
    format!("canary, {percent} % of the traffic, deployment {id}: {verdict}")
}

/// What puts the changes in force.
pub fn remedy(api: &ApiDrift, stage: &StageDrift) -> Option<String> {
    if stage.changes.is_empty() {
        return None;
    }
    let (id, name, region) = (api.api_id.as_ref()?, stage.stage.as_ref()?, api.region.as_ref()?);
    if let Some(against) = &stage.against {
        let command = command::promote(api.api_kind, id, name, stage.against_deployment_id.as_ref()?, region);
        return Some(format!("To give {name} what {against} serves: {command}"));
    }
    if stage.auto_deploy {
        return Some(format!("{name} deploys by itself: mend what keeps it from that, then save any change."));
    }
    if stage.canary.as_ref().is_some_and(|canary| has_all(canary, &stage.changes)) {
        let command = command::promote_canary(id, name, region);
        return Some(format!("To promote the canary, which has it: {command}"));
    }
    Some(format!("To put this in force: {}", command::deploy(api.api_kind, id, name, region)))
}

/// Whether a canary is known to have what a stage lacks: a summary knows no more than what a summary shows.
fn has_all(canary: &CanaryDrift, changes: &[Change]) -> bool {
    let is_shown = match canary.basis {
        Basis::Baseline => drift::is_proven(&canary.not_comparable),
        Basis::Summary => changes.iter().all(|change| change.witness == Witness::Summary),
        Basis::Export | Basis::None => false,
    };
    canary.percent_traffic > 0.0 && canary.changes.is_empty() && canary.not_read.is_empty() && is_shown
}

/// Why it is not told whose hand some changes were, each reason once.
pub fn untraced(drift: &DriftReport) -> Vec<String> {
    let stages = drift.apis.iter().flat_map(|api| &api.stages);
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in stages.filter_map(|stage| stage.untraced.as_deref()) {
        *by_reason.entry(reason).or_default() += 1;
    }
    let line = |(reason, stages)| {
        format!("Of some changes to {} it is not told who made them: {reason}", count(stages, "stage"))
    };
    by_reason.into_iter().map(line).collect()
}

/// Whether a gap concerns one thing in particular.
pub fn is_particular(gap: &NotComparable) -> bool {
    gap.path.is_some() || gap.name.is_some()
}

/// What no witness proves of any API: the fields, by reason.
pub fn limits(apis: &[ApiDrift]) -> BTreeMap<String, String> {
    let stages = apis.iter().flat_map(|api| &api.stages).filter(|stage| stage.basis != Basis::None);
    let gaps = stages.flat_map(|stage| &stage.not_comparable).filter(|gap| !is_particular(gap));
    let mut by_reason: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for gap in gaps {
        let field = match (gap.field.as_str(), gap.subject) {
            ("*", Subject::Api) => "everything".to_owned(),
            ("*", subject) => subject.name().to_owned(),
            (field, _) => field.to_owned(),
        };
        by_reason.entry(&gap.reason).or_default().insert(field);
    }
    let joined = |fields: BTreeSet<String>| fields.into_iter().collect::<Vec<_>>().join(", ");
    by_reason.into_iter().map(|(reason, fields)| (reason.to_owned(), joined(fields))).collect()
}

/// What a stage with its canary may be, in the order in which they are counted.
const STATES: [&str; 5] =
    ["in sync", "in sync but for the canary", "in sync with the canary not known", "drifting", "not known"];

/// Which of [`STATES`] a stage is in.
fn state(stage: &StageDrift) -> &'static str {
    match (stage.in_sync, &stage.canary) {
        (Some(true), Some(canary)) if !canary.changes.is_empty() => "in sync but for the canary",
        (Some(true), Some(canary)) if canary.basis == Basis::None || !canary.not_read.is_empty() => {
            "in sync with the canary not known"
        }
        (Some(true), _) => "in sync",
        (Some(false), _) => "drifting",
        (None, _) => "not known",
    }
}

/// `3 stages: 1 in sync, 2 drifting, at worst high`.
pub fn summary(drift: &DriftReport) -> String {
    let stages: Vec<&StageDrift> = drift.apis.iter().flat_map(|api| &api.stages).collect();
    if let [only] = stages.as_slice()
        && only.stage.is_none()
    {
        return match only.changes.len() {
            0 if !only.not_comparable.is_empty() => "The documents agree in all that can be compared.".to_owned(),
            0 => "The documents agree.".to_owned(),
            changes => format!("The documents differ: {}.", count(changes, "change")),
        };
    }
    let number = |words: &str| stages.iter().filter(|stage| state(stage) == words).count();
    let counted = STATES.into_iter().map(|words| (number(words), words)).filter(|(number, _)| *number > 0);
    let parts: Vec<String> = counted.map(|(number, words)| format!("{number} {words}")).collect();
    let canaries = stages.iter().filter_map(|stage| stage.canary.as_ref()).flat_map(|canary| &canary.changes);
    let worst = stages.iter().flat_map(|stage| &stage.changes).chain(canaries).map(|change| change.severity).max();
    let worst =
        worst.filter(|severity| *severity > Severity::Info).map(|severity| format!(", at worst {}", severity.name()));
    let states = if parts.is_empty() { "no stages".to_owned() } else { parts.join(", ") };
    format!("{}: {states}{}", count(stages.len(), "stage"), worst.unwrap_or_default())
}
