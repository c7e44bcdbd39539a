//! What is known of each API, and of each of its runs.

use std::collections::{BTreeMap, BTreeSet};

use engine::finding::NotEvaluated;
use engine::reconcile::{State, Tracked};
use engine::report::StageStatus;
use engine::severity::Severity;
use engine::snapshot::ApiKind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Key};
use crate::item::Keyed;
use crate::{Store, StoreError};

/// What is known of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiStatus {
    /// The region.
    pub region: String,
    /// The API's id.
    pub api_id: String,
    /// Its name, where a stage of it was ever read.
    pub api_name: Option<String>,
    /// Which product it is.
    pub api_kind: Option<ApiKind>,
    /// The newest run that began to keep what it read. An older one changes nothing any more.
    pub begun: Timestamp,
    /// The newest run of which everything is kept.
    pub finished: Option<Timestamp>,
    /// Its stages.
    pub stages: Vec<StageState>,
    /// Its open findings.
    pub open: Counts,
    /// How many of its findings are unknown.
    pub unknown: usize,
    /// How many checks could not be evaluated for something of it.
    pub not_evaluated: usize,
    /// Why, in the last run: the first of the reasons.
    #[serde(default)]
    pub gaps: Vec<Gap>,
    /// How often its functions and stages failed, as the newest run saw it.
    #[serde(default)]
    pub failures: u64,
    /// Whether it does not exist any more.
    pub is_gone: bool,
}

/// A stage, and since when it has been as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageState {
    /// What the last run said of it.
    #[serde(flatten)]
    pub status: StageStatus,
    /// The first of the runs that found it drifting; those that could not tell do not count.
    pub drifting_since: Option<Timestamp>,
}

/// A reason for which checks could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The reason. One line.
    pub reason: String,
    /// The IAM actions that would have let them; none where nothing was denied.
    pub needs: Vec<String>,
    /// The checks, by id.
    pub checks: BTreeSet<String>,
}

/// How many reasons are kept of an API, or of a region.
const MOST_GAPS: usize = 20;

/// How many findings there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
}

/// What a run came to for an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// The run.
    pub at: Timestamp,
    /// The open findings after it.
    pub open: Counts,
    /// How many findings were unknown after it.
    pub unknown: usize,
    /// How many checks could not be evaluated for something of the API.
    pub not_evaluated: usize,
    /// Whether each stage was in sync.
    pub stages: BTreeMap<String, Option<bool>>,
    /// The groups of errors that were seen in the functions that the API calls, and how often each.
    pub errors: BTreeMap<String, u64>,
}

impl Gap {
    /// The first of the reasons for which checks were not evaluated, each with its checks.
    pub(crate) fn first<'a>(all: impl Iterator<Item = &'a NotEvaluated>) -> Vec<Gap> {
        let mut gaps: BTreeMap<(&str, &[String]), BTreeSet<String>> = BTreeMap::new();
        for NotEvaluated { check, reason, needs, .. } in all {
            gaps.entry((reason, needs)).or_default().insert(check.clone());
        }
        let gaps = gaps.into_iter().take(MOST_GAPS);
        gaps.map(|((reason, needs), checks)| Gap { reason: reason.to_owned(), needs: needs.to_vec(), checks }).collect()
    }
}

impl Counts {
    /// How many of the findings are open, by severity.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Tracked>) -> Counts {
        let mut counts = Counts::default();
        findings.into_iter().for_each(|tracked| counts.add(tracked));
        counts
    }

    /// Counts a finding, if it is open.
    pub(crate) fn add(&mut self, tracked: &Tracked) {
        *self.of_severity(tracked.finding.severity) += usize::from(tracked.state == State::Open);
    }

    fn of_severity(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        }
    }

    /// The number of each severity, the worst first.
    pub fn by_severity(mut self) -> [(Severity, usize); 5] {
        Severity::WORST_FIRST.map(|severity| (severity, *self.of_severity(severity)))
    }
}

impl ApiStatus {
    /// Whether it was never audited, so that nothing is known of it: neither of its stages nor of findings.
    pub fn is_new(&self) -> bool {
        self.finished.is_none() && self.stages.is_empty() && self.open == Counts::default() && self.unknown == 0
    }
}

impl StageState {
    /// The state after a run, with what was known before it.
    pub(crate) fn after(status: &StageStatus, earlier: Option<&ApiStatus>, run: Timestamp) -> StageState {
        let known = earlier.and_then(|api| api.stages.iter().find(|known| known.status.stage == status.stage));
        let since = known.and_then(|known| known.drifting_since);
        let drifting_since = match status.in_sync {
            Some(true) => None,
            Some(false) => Some(since.unwrap_or(run)),
            None => since,
        };
        StageState { status: status.clone(), drifting_since }
    }
}

/// Where an API's status is.
pub(crate) fn key(account: &str, region: &str, api: &str) -> Key {
    Key::new(partition(account, region), api)
}

pub(crate) fn partition(account: &str, region: &str) -> String {
    format!("apis#{account}#{region}")
}

/// Where the runs of an API are.
pub(crate) fn runs(account: &str, region: &str, api: &str) -> String {
    format!("runs#{account}#{region}#{api}")
}

impl<B: Backend> Store<B> {
    /// What is known of an API.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn api(&self, account: &str, region: &str, api: &str) -> Result<Option<ApiStatus>, StoreError> {
        let found: Option<Keyed<ApiStatus>> = self.item(&key(account, region, api)).await?;
        Ok(found.map(|found| found.value))
    }

    /// What is known of the APIs of a region that exist, in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn apis(&self, account: &str, region: &str) -> Result<Vec<ApiStatus>, StoreError> {
        let found: Vec<Keyed<ApiStatus>> = self.all(&partition(account, region), "", None).await?;
        Ok(found.into_iter().map(|found| found.value).filter(|api| !api.is_gone).collect())
    }

    /// The runs of an API since a time, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn runs(
        &self,
        account: &str,
        region: &str,
        api: &str,
        since: Timestamp,
    ) -> Result<Vec<RunRecord>, StoreError> {
        self.since(&runs(account, region, api), since).await
    }
}
