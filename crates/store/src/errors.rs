//! Groups of errors, from run to run.
//!
//! Runs look at spans that overlap, so that counts of several runs cannot be added up: a group has the counts of the last
//! run that saw it, one for each function or stage that it was seen at. A run that is repeated, or that several APIs'
//! reports make up, so counts nothing twice.

use std::collections::BTreeMap;

use engine::health::{self, Health};
use engine::logs::{ErrorGroup, Options};
use engine::snapshot::Snapshot;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Key};
use crate::item::Keyed;
use crate::{Store, StoreError};

/// A group of errors, and when it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackedGroup {
    /// The group, as the last run saw it: its count is of that run, its times are of all.
    #[serde(flatten)]
    pub group: ErrorGroup,
    /// The last run that saw it.
    pub at: Timestamp,
    /// How often that run saw it, by function's ARN or by `region/api/stage`.
    pub counts: BTreeMap<String, u64>,
}

pub(crate) fn partition(account: &str, region: &str) -> String {
    format!("errors#{account}#{region}")
}

/// The groups of a snapshot, each by itself for each function and stage that it was seen at.
pub(crate) fn seen(snapshot: &Snapshot) -> Vec<(String, ErrorGroup)> {
    let Some(Health { span, functions, stages, .. }) = &snapshot.health else { return Vec::new() };
    let groups = |health: Health| health::errors(&[&health], &Options::default()).groups;
    let of_functions = functions.iter().flat_map(|function| {
        let alone = Health { span: *span, functions: vec![function.clone()], stages: Vec::new(), probed: Vec::new() };
        groups(alone).into_iter().map(|group| (function.name.arn(), group))
    });
    let of_stages = stages.iter().flat_map(|stage| {
        let alone = Health { span: *span, functions: Vec::new(), stages: vec![stage.clone()], probed: Vec::new() };
        let source = format!("{}/{}/{}", snapshot.region, stage.api_id, stage.stage);
        groups(alone).into_iter().map(move |group| (source.clone(), group))
    });
    of_functions.chain(of_stages).collect()
}

impl TrackedGroup {
    /// The group after a run saw it `count` times at a source; nothing if that is known.
    fn after(earlier: Option<&TrackedGroup>, source: &str, seen: &ErrorGroup, run: Timestamp) -> Option<TrackedGroup> {
        let fresh =
            || TrackedGroup { group: seen.clone(), at: run, counts: BTreeMap::from([(source.to_owned(), seen.count)]) };
        let Some(earlier) = earlier else { return Some(fresh()) };
        let mut group = match earlier.at.cmp(&run) {
            std::cmp::Ordering::Less => fresh(),
            std::cmp::Ordering::Equal => {
                let mut joined = earlier.clone();
                joined.counts.insert(source.to_owned(), seen.count);
                joined.group.functions.extend(seen.functions.iter().cloned());
                joined.group.routes.extend(seen.routes.iter().cloned());
                joined.group.count = joined.counts.values().sum();
                joined
            }
            std::cmp::Ordering::Greater => earlier.clone(),
        };
        let first = [earlier.group.first_seen, seen.first_seen].into_iter().flatten().min();
        let last = [earlier.group.last_seen, seen.last_seen].into_iter().flatten().max();
        (group.group.first_seen, group.group.last_seen) = (first, last);
        (group != *earlier).then_some(group)
    }
}

impl<B: Backend> Store<B> {
    /// The groups of errors of a region that were seen since a time, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn errors(&self, account: &str, region: &str, since: Timestamp) -> Result<Vec<TrackedGroup>, StoreError> {
        let found: Vec<Keyed<TrackedGroup>> = self.all(&partition(account, region), "", None).await?;
        let mut groups: Vec<TrackedGroup> = found.into_iter().map(|found| found.value).collect();
        groups.retain(|group| group.at >= since);
        groups.sort_by(|a, b| {
            let key = |group: &TrackedGroup| (group.group.last_seen, group.group.severity, group.group.count);
            key(b).cmp(&key(a)).then_with(|| a.group.fingerprint.cmp(&b.group.fingerprint))
        });
        Ok(groups)
    }

    /// Keeps what a run saw of groups of errors.
    pub(crate) async fn keep_errors(&self, run: Timestamp, snapshot: &Snapshot) -> Result<(), StoreError> {
        let partition = partition(&snapshot.account_id, &snapshot.region);
        for (source, group) in seen(snapshot) {
            let change = |earlier: Option<&TrackedGroup>| {
                let after = TrackedGroup::after(earlier, &source, &group, run)?;
                let expires = self.expiry(after.at);
                Some((after, Some(expires)))
            };
            self.change(&Key::new(&partition, &group.fingerprint), change).await?;
        }
        Ok(())
    }
}
