//! The audit: every check over every snapshot.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::{Context, Outcome};
use crate::checks;
use crate::drift::{ApiDrift, StageDrift};
use crate::finding::{Finding, NotEvaluated, Resource, Severity};
use crate::foresee::Ask;
use crate::snapshot::{ApiKind, Snapshot, Stage};
use crate::suppress::{self, Judges};

/// The schema of [`Report`].
pub const SCHEMA: &str = "stagecheck.report/1";

/// The schema of [`DriftReport`].
pub const DRIFT_SCHEMA: &str = "stagecheck.drift/1";

/// What an audit came to. The same snapshots give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The account's twelve digits.
    pub account_id: String,
    /// The regions that were read.
    pub regions: Vec<String>,
    /// When the reading began.
    pub taken_at: Timestamp,
    /// How many of each.
    pub summary: Summary,
    /// Every stage, and whether it serves what people see and edit.
    pub stages: Vec<StageStatus>,
    /// What is wrong, the worst first; what is suppressed among it.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub not_evaluated: Vec<NotEvaluated>,
    /// What host names would have told, had somebody allowed to look them up. It is no gap of the report, for nobody asked for
    /// it; but a finding that came of a lookup is not resolved without one.
    #[serde(skip)]
    pub not_looked_up: Vec<NotEvaluated>,
}

/// The drift of everything that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftReport {
    /// [`DRIFT_SCHEMA`].
    pub schema: String,
    /// The account's twelve digits; null between two files.
    pub account_id: Option<String>,
    /// When the reading began; null between two files.
    pub taken_at: Option<Timestamp>,
    /// The APIs.
    pub apis: Vec<ApiDrift>,
    /// Lists of APIs that could not be read: why, one line each.
    pub not_read: Vec<String>,
}

impl Report {
    /// What is wrong and not suppressed, the worst first.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }
}

impl DriftReport {
    /// The drift of these APIs.
    pub fn new(
        account_id: Option<String>,
        taken_at: Option<Timestamp>,
        apis: Vec<ApiDrift>,
        not_read: Vec<String>,
    ) -> DriftReport {
        DriftReport { schema: DRIFT_SCHEMA.to_owned(), account_id, taken_at, apis, not_read }
    }

    /// Whether something that was asked for could not be told.
    pub fn is_incomplete(&self) -> bool {
        let is_unknown = |stage: &StageDrift| {
            let canary_unread = stage.canary.as_ref().is_some_and(|canary| !canary.not_read.is_empty());
            stage.in_sync.is_none() || !stage.not_read.is_empty() || canary_unread
        };
        let unknown = |api: &ApiDrift| !api.not_read.is_empty() || api.stages.iter().any(is_unknown);
        !self.not_read.is_empty() || self.apis.iter().any(unknown)
    }
}

/// How many of each. Findings that are suppressed count as such alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub apis: usize,
    pub stages: usize,
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
    pub not_evaluated: usize,
    pub suppressed: usize,
}

/// Whether a stage serves what people see and edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageStatus {
    /// The API's id.
    pub api_id: String,
    /// Its name.
    pub api_name: String,
    /// Which product it is.
    pub api_kind: ApiKind,
    /// The region.
    pub region: String,
    /// The stage's name.
    pub stage: String,
    /// As in [`StageDrift::in_sync`].
    pub in_sync: Option<bool>,
    /// How many changes wait for a deployment.
    pub changes: usize,
    /// Where it is not known whether the stage is in sync: why. One line.
    pub reason: Option<String>,
}

/// Runs every check over the snapshots of one account, one for each region. `wanted` says which stages were asked for.
/// What tags of APIs suppress is marked.
///
/// Snapshots of no region make an empty report of nobody's account.
pub fn audit(snapshots: &[Snapshot], wanted: &dyn Fn(&Stage) -> bool) -> Report {
    audit_with(snapshots, wanted, &[])
}

/// The same with entries of a configuration, which suppress findings, too. Where the audit is of all APIs, it tells which
/// entries have no effect.
pub fn audit_with(snapshots: &[Snapshot], wanted: &dyn Fn(&Stage) -> bool, entries: &[suppress::Entry]) -> Report {
    let others = snapshots.iter().any(|snapshot| !snapshot.others.is_empty());
    let judges = if others { Judges::Tags } else { Judges::All };
    audit_of(snapshots, wanted, entries, judges)
}

/// A part of what is audited, with entries of a configuration, which may be for something of another part: what the part saw
/// of them comes with the report.
pub fn audit_part(snapshots: &[Snapshot], entries: &[suppress::Entry]) -> (Report, suppress::Effects) {
    let report = audit_of(snapshots, &|_| true, entries, Judges::Tags);
    let effects = suppress::Effects::of((&report.findings, &report.not_evaluated), snapshots, entries);
    (report, effects)
}

fn audit_of(
    snapshots: &[Snapshot],
    wanted: &dyn Fn(&Stage) -> bool,
    entries: &[suppress::Entry],
    judges: Judges,
) -> Report {
    let mut findings = Vec::new();
    let mut not_evaluated = Vec::new();
    let mut not_looked_up = Vec::new();
    let mut stages = Vec::new();
    for snapshot in snapshots {
        let context = Context::of(snapshot, &asks());
        stages.extend(statuses(&context, wanted));
        let unwanted = unwanted_stages(snapshot, wanted);
        let is_wanted = |resource: &Resource| {
            !unwanted.contains(&(
                resource.api_id.as_deref().unwrap_or_default(),
                resource.stage.as_deref().unwrap_or_default(),
            ))
        };
        for check in checks::ALL {
            let mut outcome = Outcome::new(check);
            for list in &snapshot.unlisted {
                if list.kinds.iter().any(|kind| check.kinds.contains(kind)) {
                    let mut resource = Resource::regional(snapshot, "");
                    resource.arn.clone_from(&list.why.resource);
                    outcome.not_evaluated(resource, &list.why);
                }
            }
            (check.run)(&context, &mut outcome);
            outcome.name_causes(&context.foresight);
            findings.extend(outcome.findings.into_iter().filter(|finding| is_wanted(&finding.resource)));
            not_evaluated.extend(outcome.not_evaluated.into_iter().filter(|entry| is_wanted(&entry.resource)));
            not_looked_up.extend(outcome.not_looked_up);
        }
    }
    suppress::apply((&mut findings, &mut not_evaluated), snapshots, entries, (wanted, judges));
    findings.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| (&a.resource, &a.check).cmp(&(&b.resource, &b.check)))
    });
    not_evaluated.sort();
    not_evaluated.dedup();
    let told = || findings.iter().filter(|finding| finding.suppressed.is_none());
    let count = |severity: Severity| told().filter(|finding| finding.severity == severity).count();
    let summary = Summary {
        apis: snapshots.iter().map(|snapshot| snapshot.apis.len()).sum(),
        stages: stages.len(),
        critical: count(Severity::Critical),
        high: count(Severity::High),
        medium: count(Severity::Medium),
        low: count(Severity::Low),
        info: count(Severity::Info),
        not_evaluated: not_evaluated.len(),
        suppressed: findings.len() - told().count(),
    };
    Report {
        schema: SCHEMA.to_owned(),
        account_id: snapshots.first().map(|snapshot| snapshot.account_id.clone()).unwrap_or_default(),
        regions: snapshots.iter().map(|snapshot| snapshot.region.clone()).collect(),
        taken_at: snapshots.first().map(|snapshot| snapshot.taken_at).unwrap_or_default(),
        summary,
        stages,
        findings,
        not_evaluated,
        not_looked_up,
    }
}

/// What the checks ask of requests that nobody sent yet.
pub fn asks() -> Vec<Ask> {
    checks::ALL.iter().flat_map(|check| check.asks()).collect()
}

/// API id and name of every stage that was not asked for.
fn unwanted_stages<'a>(snapshot: &'a Snapshot, wanted: &dyn Fn(&Stage) -> bool) -> BTreeSet<(&'a str, &'a str)> {
    let apis = snapshot.apis.iter();
    let stages = apis.flat_map(|api| api.stages.ok().into_iter().flatten().map(move |stage| (api, stage)));
    stages.filter(|(_, stage)| !wanted(stage)).map(|(api, stage)| (api.id.as_str(), stage.name.as_str())).collect()
}

fn statuses<'a>(context: &'a Context, wanted: &'a dyn Fn(&Stage) -> bool) -> impl Iterator<Item = StageStatus> + 'a {
    let apis = context.snapshot.apis.iter().zip(&context.drift);
    apis.flat_map(move |(api, drift)| {
        let stages = api.stages.ok().into_iter().flatten().zip(&drift.stages);
        stages.filter(|(stage, _)| wanted(stage)).map(|(stage, drift)| StageStatus {
            api_id: api.id.clone(),
            api_name: api.name.clone(),
            api_kind: api.kind,
            region: context.snapshot.region.clone(),
            stage: stage.name.clone(),
            in_sync: drift.in_sync,
            changes: drift.changes.len(),
            reason: drift.unknown_because(),
        })
    })
}
