//! How much there was, over time.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Expected, Key};
use crate::findings::RegionStatus;
use crate::item::{self, Keyed, sortable};
use crate::status::Counts;
use crate::{Store, StoreError};

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Open findings, by severity.
    Findings,
    /// Stages that are not in sync.
    DriftingStages,
    /// How often functions and gateways failed.
    Errors,
}

/// A point of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The run; of what there is at this moment, the newest audit.
    pub time: Timestamp,
    /// How many.
    pub value: u64,
    /// What of: `account/region`, and for findings `account/region/severity`.
    pub label: String,
}

/// What a region came to when a run had ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// The run.
    pub at: Timestamp,
    /// Open findings.
    pub open: Counts,
    /// Findings that could not be looked at.
    pub unknown: usize,
    /// Stages that are not in sync.
    pub drifting_stages: usize,
    /// Stages of which that is not known.
    pub unknown_stages: usize,
    /// How often functions and gateways failed, as the run saw it.
    pub errors: u64,
}

impl Metric {
    /// The points of a region in a chart.
    pub fn points(self, account: &str, region: &str, tallies: &[Tally]) -> Vec<Point> {
        let label = format!("{account}/{region}");
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let mut points = Vec::new();
        for tally in tallies {
            let point = |value: u64, label: String| Point { time: tally.at, value, label };
            match self {
                Metric::Findings => points.extend(
                    tally
                        .open
                        .by_severity()
                        .map(|(severity, number)| point(count(number), format!("{label}/{}", severity.name()))),
                ),
                Metric::DriftingStages => points.push(point(count(tally.drifting_stages), label.clone())),
                Metric::Errors => points.push(point(tally.errors, label.clone())),
            }
        }
        points
    }
}

fn partition(account: &str, region: &str) -> String {
    format!("series#{account}#{region}")
}

impl<B: Backend> Store<B> {
    /// Counts what there is in a region when a run has ended. Nothing of it is kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if something cannot be read.
    pub async fn count(&self, account: &str, region: &str, run: Timestamp) -> Result<Tally, StoreError> {
        let errors = self.errors(account, region, run).await?.iter().map(|group| group.group.count).sum();
        // The end of the run is told when this is.
        let known = self.region(account, region).await?.unwrap_or_else(|| RegionStatus::new(account, region));
        let ended = RegionStatus { ended: known.ended.max(Some(run)), ..known };
        Ok(self.standing(&ended).await?.tally(run, errors))
    }

    /// The same, kept for the charts. Repeated, it counts anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if something cannot be read, or the count not be kept.
    pub async fn tally(&self, account: &str, region: &str, run: Timestamp) -> Result<Tally, StoreError> {
        let tally = self.count(account, region, run).await?;
        let key = Key::new(partition(account, region), sortable(run));
        self.put(item::put(key, &tally, Expected::Any)?.expiring(Some(self.expiry(run)))).await?;
        Ok(tally)
    }

    /// What a region came to when each run since a time had ended, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn tallies(&self, account: &str, region: &str, since: Timestamp) -> Result<Vec<Tally>, StoreError> {
        self.since(&partition(account, region), since).await
    }

    /// The points of a chart since a time, by region that is audited, the oldest first: one for each run, and one of this
    /// moment, if something was audited since the last run had ended. How often something failed only runs tell.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn series(&self, metric: Metric, since: Timestamp) -> Result<Vec<Point>, StoreError> {
        let mut points = Vec::new();
        for status in self.regions_apart().await?.audited {
            let RegionStatus { account_id, region, .. } = &status;
            let mut tallies = self.tallies(account_id, region, since).await?;
            if metric != Metric::Errors {
                let standing = self.standing(&status).await?;
                tallies = self.until_now(tallies, &standing, since);
            }
            points.extend(metric.points(account_id, region, &tallies));
        }
        Ok(points)
    }

    /// What is kept by time, since one.
    pub(crate) async fn since<T: DeserializeOwned>(
        &self,
        partition: &str,
        since: Timestamp,
    ) -> Result<Vec<T>, StoreError> {
        let before = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN);
        let found: Vec<Keyed<T>> = self.all(partition, "", Some(&sortable(before))).await?;
        let now = self.now();
        Ok(found.into_iter().filter(|found| found.is_shown(now)).map(|found| found.value).collect())
    }
}
