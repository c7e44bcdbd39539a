//! Keeping what a run found.
//!
//! The writes of a run, in their order:
//!
//! 1. of each region, that this run has begun with it, if it looked at all of it;
//! 2. of each API that was audited, or is gone: that this run has begun with it. From here on, older runs change nothing of
//!    it; a run that finds a newer one here leaves the API alone;
//! 3. each finding that the run changes: one item, with its whole life in it. One that is new is written only while no newer
//!    run has begun with its API, or with its region if it is of none;
//! 4. groups of errors;
//! 5. of each API, what the run came to;
//! 6. of each API, its status, with the run as the one that was finished.
//!
//! Each write depends on what was read, and is made anew on what is there by then if somebody else wrote. What a run says is
//! added to what is known in such a way that saying it twice says nothing more. So a run that is killed anywhere can be
//! repeated, by the same or by several at once, and the store is the same in the end.

use std::collections::{BTreeMap, BTreeSet};

use engine::finding::{Finding, NotEvaluated, Resource};
use engine::reconcile::{CLOCK_SKEW, Coverage, Run, State, Tracked};
use engine::report::{Report, StageStatus};
use engine::snapshot::Snapshot;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::backend::{Backend, Expected, Key, Write};
use crate::begin::{Begun, mark};
use crate::findings::{self, OF_FUNCTIONS, of_api};
use crate::item::{self, ATTEMPTS, Keyed, pack, sortable};
use crate::status::{ApiStatus, Counts, Gap, RunRecord, StageState, runs};
use crate::{Store, StoreError, errors, status};

/// What a run found.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a> {
    /// The time that the run was scheduled for: a repetition has the same.
    pub at: Timestamp,
    /// What it looked at.
    pub coverage: &'a Coverage,
    /// What it found.
    pub findings: &'a [Finding],
    /// What it could not evaluate.
    pub not_evaluated: &'a [NotEvaluated],
    /// What it could not evaluate because nobody allowed to look host names up.
    pub not_looked_up: &'a [NotEvaluated],
    /// Whether stages are in sync.
    pub stages: &'a [StageStatus],
    /// The snapshots, for the groups of errors in them.
    pub snapshots: &'a [Snapshot],
}

/// What is known after a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Every finding of what was looked at, but those that were resolved before and of which that was told, in the order of
    /// fingerprints.
    /// [`Tracked::changed_at`] tells what the run changed, and tells it again when the run is repeated, or when another API
    /// of the same run calls the same function.
    pub findings: Vec<Tracked>,
    /// APIs of which a newer run is known, so that this one changed nothing: `region/id`. `region/` stands for functions and
    /// for what belongs to no API.
    pub overtaken: BTreeSet<String>,
}

/// How many findings are written at once.
const AT_ONCE: usize = 8;

/// How many new findings are written together: with the check of their API, in one transaction.
const TOGETHER: usize = 25;

/// The largest that a finding may be, in bytes: a transaction of DynamoDB's takes 4 MB, and an item 400 kB.
const LARGEST_FINDING: usize = 150_000;

type Earlier = BTreeMap<String, Keyed<Tracked>>;

impl<'a> Audit<'a> {
    /// An audit of snapshots.
    pub fn new(at: Timestamp, report: &'a Report, coverage: &'a Coverage, snapshots: &'a [Snapshot]) -> Audit<'a> {
        let Report { findings, not_evaluated, not_looked_up, stages, .. } = report;
        Audit { at, coverage, findings, not_evaluated, not_looked_up, stages, snapshots }
    }

    /// What was learnt of APIs that do not exist any more, or of the end of a run, and nothing else.
    pub fn listing(at: Timestamp, coverage: &'a Coverage) -> Audit<'a> {
        Audit { at, coverage, findings: &[], not_evaluated: &[], not_looked_up: &[], stages: &[], snapshots: &[] }
    }

    /// What was said of entries of the configuration, and nothing else.
    pub fn judged(
        at: Timestamp,
        coverage: &'a Coverage,
        findings: &'a [Finding],
        not_evaluated: &'a [NotEvaluated],
    ) -> Audit<'a> {
        Audit { findings, not_evaluated, ..Audit::listing(at, coverage) }
    }

    fn run(&self, now: Timestamp) -> Run<'a> {
        // The worst come first, so that of two with one fingerprint the worst is kept.
        let findings = self.findings.iter().rev().map(|finding| (finding.fingerprint.as_str(), finding)).collect();
        let Audit { at, coverage, not_evaluated, not_looked_up, .. } = *self;
        Run { at, now, coverage, findings, not_evaluated, not_looked_up }
    }
}

impl Kept {
    /// The findings that the run brought to a state from another one, or from none.
    pub fn changed(&self, run: Timestamp, to: State) -> impl Iterator<Item = &Tracked> {
        self.findings.iter().filter(move |tracked| tracked.state == to && tracked.changed_at(run).is_some())
    }
}

impl<B: Backend> Store<B> {
    /// Keeps what a run found. A run may be kept again, at any time and by several at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Future`], if the run is of a time that is still to come; otherwise, if something cannot be read or
    /// written. Then part of the run is kept, and keeping it again keeps the rest.
    pub async fn keep(&self, audit: &Audit<'_>) -> Result<Kept, StoreError> {
        self.check_time(audit.at)?;
        let run = audit.run(self.now());
        let account = audit.coverage.account_id.as_str();
        let mut kept = Kept::default();
        let mut begun = Begun::new();
        let mut earlier = Earlier::new();
        for region in audit.coverage.regions.keys() {
            self.begin(&run, account, region, &mut begun, &mut kept.overtaken).await?;
        }
        let is_begun = !begun.is_empty() || kept.overtaken.is_empty();
        if !is_begun {
            return Ok(kept);
        }
        for region in audit.coverage.regions.keys() {
            self.load(&run, account, region, &begun, &mut earlier).await?;
        }
        let is_overtaken = |resource: &Resource| {
            let api = resource.api_id.as_deref().unwrap_or_default();
            kept.overtaken.contains(&format!("{}/{api}", resource.region))
        };
        earlier.retain(|_, known| !is_overtaken(&known.value.finding.resource));
        let mut known = self.keep_findings(&run, &begun, earlier, &is_overtaken).await?;
        for snapshot in audit.snapshots {
            self.keep_errors(audit.at, snapshot).await?;
        }
        for (region, api) in begun.keys().filter(|(_, api)| !api.is_empty()) {
            self.finish(audit, &run, (account, region, api), &known).await?;
        }
        let is_news = |tracked: &Tracked| tracked.changed_at(audit.at).is_some() || tracked.is_untold();
        known.retain(|_, tracked| (tracked.state != State::Resolved || is_news(tracked)) && run.concerns(tracked));
        kept.findings = known.into_values().collect();
        Ok(kept)
    }

    /// Refuses a run of a time that is still to come, by more than clocks differ.
    ///
    /// # Errors
    ///
    /// [`StoreError::Future`].
    pub fn check_time(&self, at: Timestamp) -> Result<(), StoreError> {
        let now = self.now();
        if at > now.saturating_add(CLOCK_SKEW).unwrap_or(now) { Err(StoreError::Future { at, now }) } else { Ok(()) }
    }

    /// Reads what is known of the findings that the run may change.
    async fn load(
        &self,
        run: &Run<'_>,
        account: &str,
        region: &str,
        begun: &Begun,
        earlier: &mut Earlier,
    ) -> Result<(), StoreError> {
        let own = findings::partition(account, region);
        let mut wanted: Vec<(String, String)> = Vec::new();
        if run.coverage.is_complete(region) || run.coverage.is_closing(region) {
            wanted.push((own, String::new()));
        } else {
            let apis = begun.keys().filter(|(of, api)| of == region && !api.is_empty()).map(|(_, api)| api.as_str());
            // APIs that are gone may have findings and no status, from mappings of domain names.
            let apis: BTreeSet<&str> = apis.chain(run.coverage.absent_from(region)).collect();
            wanted.extend(apis.into_iter().map(|api| (own.clone(), of_api(api))));
            if run.coverage.is_account_part(region) || run.coverage.judges(region) {
                wanted.push((own, findings::OF_ACCOUNT.to_owned()));
            }
        }
        // A function may be in another region than the APIs that call it.
        let regions = self.regions().await?.into_iter().filter(|other| other.account_id == account);
        let others = regions.map(|other| (findings::partition(account, &other.region), OF_FUNCTIONS.to_owned()));
        wanted.extend(others.filter(|other| !wanted.contains(&(other.0.clone(), String::new()))).collect::<Vec<_>>());
        for (partition, prefix) in wanted {
            let found: Vec<Keyed<Tracked>> = self.all(&partition, &prefix, None).await?;
            earlier.extend(found.into_iter().map(|found| (found.value.finding.fingerprint.clone(), found)));
        }
        Ok(())
    }

    /// Writes what the run changes of findings. What comes back is what is known of all of them then.
    async fn keep_findings(
        &self,
        run: &Run<'_>,
        begun: &Begun,
        earlier: Earlier,
        is_overtaken: &(dyn Fn(&Resource) -> bool + Sync),
    ) -> Result<BTreeMap<String, Tracked>, StoreError> {
        let seen = run.findings.iter().filter(|(_, finding)| !is_overtaken(&finding.resource)).map(|(id, _)| *id);
        let all: BTreeSet<String> = earlier.keys().cloned().chain(seen.map(str::to_owned)).collect();
        let mut by_api: BTreeMap<(String, String), Vec<Tracked>> = BTreeMap::new();
        let mut single: Vec<(String, Option<Keyed<Tracked>>)> = Vec::new();
        let mut known: BTreeMap<String, Tracked> = BTreeMap::new();
        for fingerprint in all {
            let before = earlier.get(&fingerprint);
            let Some(after) = run.becomes(&fingerprint, before.map(|before| &before.value)) else {
                known.extend(before.map(|before| (fingerprint, before.value.clone())));
                continue;
            };
            let api =
                (after.finding.resource.region.clone(), after.finding.resource.api_id.clone().unwrap_or_default());
            match before {
                None if begun.contains_key(&api) => by_api.entry(api).or_default().push(after),
                before => single.push((fingerprint, before.cloned())),
            }
        }
        for (api, new) in by_api {
            let revision = begun.get(&api).copied().unwrap_or_default();
            let check = Write::Check { key: mark(run, &api), revision };
            for chunk in new.chunks(TOGETHER) {
                let puts = chunk.iter().map(|tracked| self.put_of(tracked, Expected::Absent));
                let writes = std::iter::once(Ok(check.clone())).chain(puts).collect::<Result<Vec<_>, _>>()?;
                if self.backend.write(&writes).await? {
                    known.extend(chunk.iter().map(|tracked| (tracked.finding.fingerprint.clone(), tracked.clone())));
                } else {
                    single.extend(chunk.iter().map(|tracked| (tracked.finding.fingerprint.clone(), None)));
                }
            }
        }
        let written = stream::iter(single)
            .map(|(fingerprint, before)| async move {
                let after = self.keep_finding(run, begun, &fingerprint, before).await?;
                Ok::<_, StoreError>(after.map(|after| (fingerprint, after)))
            })
            .buffer_unordered(AT_ONCE);
        let written: Vec<Option<(String, Tracked)>> = written.try_collect().await?;
        known.extend(written.into_iter().flatten());
        Ok(known)
    }

    /// Writes what the run changes of one finding, on what is known of it by then. `before` is what was read of it; nothing,
    /// where it was seen for the first time.
    async fn keep_finding(
        &self,
        run: &Run<'_>,
        begun: &Begun,
        fingerprint: &str,
        mut before: Option<Keyed<Tracked>>,
    ) -> Result<Option<Tracked>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(after) = run.becomes(fingerprint, before.as_ref().map(|before| &before.value)) else {
                return Ok(before.map(|before| before.value));
            };
            let resource = &after.finding.resource;
            let mut writes = Vec::new();
            let api = (resource.region.clone(), resource.api_id.clone().unwrap_or_default());
            if before.is_none() && begun.contains_key(&api) {
                // A newer run that was silent about it has left no trace of that but its beginning.
                match self.still_begun(run, &api).await? {
                    Some(revision) => writes.push(Write::Check { key: mark(run, &api), revision }),
                    None => return Ok(None),
                }
            }
            let expected = before.as_ref().map_or(Expected::Absent, |before| Expected::Revision(before.revision));
            writes.push(self.put_of(&after, expected)?);
            if self.backend.write(&writes).await? {
                return Ok(Some(after));
            }
            before = self.item(&findings::key(fingerprint, resource)).await?;
        }
        Err(StoreError::Busy(format!("the finding {fingerprint}")))
    }

    pub(crate) fn put_of(&self, tracked: &Tracked, expected: Expected) -> Result<Write, StoreError> {
        let Finding { fingerprint, resource, .. } = &tracked.finding;
        let expires = (tracked.state == State::Resolved).then(|| self.expiry(tracked.since()));
        Ok(Write::Put {
            key: findings::key(fingerprint, resource),
            body: bounded(tracked)?,
            fingerprint: Some(fingerprint.clone()),
            expires,
            expected,
        })
    }

    /// Keeps what the run came to for an API, unless a newer run has begun with it.
    async fn finish(
        &self,
        audit: &Audit<'_>,
        run: &Run<'_>,
        (account, region, api): (&str, &str, &str),
        known: &BTreeMap<String, Tracked>,
    ) -> Result<(), StoreError> {
        let is_own = |resource: &Resource| resource.region == region && resource.api_id.as_deref() == Some(api);
        let own = || known.values().filter(|tracked| is_own(&tracked.finding.resource));
        let stages: Vec<&StageStatus> =
            audit.stages.iter().filter(|stage| stage.region == region && stage.api_id == api).collect();
        // Of a function, whoever calls it lacks the answer.
        let is_called = |function: &String| run.coverage.calls(region, api, function);
        let lacks = |resource: &Resource| {
            is_own(resource) || resource.api_id.is_none() && resource.function.as_ref().is_some_and(is_called)
        };
        let gaps = || audit.not_evaluated.iter().filter(|gap| lacks(&gap.resource));
        let not_evaluated = gaps().count();
        let record = RunRecord {
            at: audit.at,
            open: Counts::of(own()),
            unknown: own().filter(|tracked| tracked.state == State::Unknown).count(),
            not_evaluated,
            stages: stages.iter().map(|stage| (stage.stage.clone(), stage.in_sync)).collect(),
            errors: errors_of(audit, region, api),
        };
        let key = Key::new(runs(account, region, api), sortable(audit.at));
        self.put(item::put(key, &record, Expected::Any)?.expiring(Some(self.expiry(audit.at)))).await?;
        let is_gone = !run.coverage.audited(region).any(|audited| audited == api);
        let change = |earlier: Option<&ApiStatus>| {
            let earlier = earlier.filter(|earlier| earlier.begun == audit.at)?;
            let kept = earlier.stages.iter().filter(|known| {
                // Stages that were not asked for stay as they were; those that are gone, go.
                !is_gone && run.coverage.leaves_out(region, api, &known.status.stage)
            });
            let read = stages.iter().map(|status| StageState::after(status, Some(earlier), audit.at));
            let after = ApiStatus {
                api_name: stages.first().map(|stage| stage.api_name.clone()).or(earlier.api_name.clone()),
                api_kind: stages.first().map(|stage| stage.api_kind).or(earlier.api_kind),
                finished: Some(audit.at),
                stages: kept.cloned().chain(read).collect(),
                open: record.open,
                unknown: record.unknown,
                not_evaluated,
                gaps: Gap::first(gaps()),
                failures: record.errors.values().sum(),
                is_gone,
                ..earlier.clone()
            };
            (after != *earlier).then(|| (after, is_gone.then(|| self.expiry(audit.at))))
        };
        self.change(&status::key(account, region, api), change).await.map(drop)
    }
}

/// A finding as it is kept. One that is too large is kept without what its evidence shows.
fn bounded(tracked: &Tracked) -> Result<Vec<u8>, StoreError> {
    let body = pack(tracked)?;
    if body.len() <= LARGEST_FINDING {
        return Ok(body);
    }
    let mut lean = tracked.clone();
    for evidence in &mut lean.finding.evidence {
        evidence.value = "left out here: too large to be kept".into();
    }
    pack(&lean)
}

/// The groups of errors that were seen in the functions of an API's run, and how often.
fn errors_of(audit: &Audit<'_>, region: &str, api: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for snapshot in audit.snapshots.iter().filter(|snapshot| snapshot.region == region) {
        for (source, group) in errors::seen(snapshot) {
            if audit.coverage.calls(region, api, &source) || source.starts_with(&format!("{region}/{api}/")) {
                *counts.entry(group.fingerprint).or_default() += group.count;
            }
        }
    }
    counts
}
