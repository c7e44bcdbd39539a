//! Runs to keep, a backend that breaks off, and everything that a store holds.

use std::sync::atomic::{AtomicU32, Ordering};

use engine::reconcile::{Coverage, Tracked};
use engine::report::{self, Report};
use engine::snapshot::{Snapshot, Stage};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Audit, Backend, Filter, Item, Kept, Key, Page, Store, StoreError, Write};

use crate::Served;

/// The present of all stores in the tests.
pub fn now() -> Timestamp {
    at(48)
}

/// So many hours after the sample account was recorded.
pub fn at(hours: i64) -> Timestamp {
    "2026-10-10T12:00:00Z".parse::<Timestamp>().expect("a time") + SignedDuration::from_hours(hours)
}

/// A store of a backend, as the tests open it.
pub async fn open<B: Backend>(backend: B) -> Store<B> {
    Store::open(backend, SignedDuration::from_hours(24 * 90), now).await.expect("the backend is there")
}

/// A run: what was read, and what came of it.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The time that it was scheduled for.
    pub at: Timestamp,
    /// What was read.
    pub snapshots: Vec<Snapshot>,
    /// What came of it.
    pub report: Report,
    /// What was looked at.
    pub coverage: Coverage,
}

impl Kind {
    /// An audit of a recorded account.
    pub async fn of(hour: i64, recording: Value, faults: &[&str]) -> Kind {
        let snapshots = Served::start_faulty(recording, faults).await.snapshots().await;
        Kind::from(hour, snapshots, &|_| true)
    }

    /// An audit of snapshots.
    pub fn from(hour: i64, snapshots: Vec<Snapshot>, wanted: &dyn Fn(&Stage) -> bool) -> Kind {
        let (report, coverage) = (report::audit(&snapshots, wanted), Coverage::of(&snapshots, wanted));
        Kind { at: at(hour), snapshots, report, coverage }
    }

    /// The same, of another time.
    pub fn again(&self, hour: i64) -> Kind {
        Kind { at: at(hour), ..self.clone() }
    }

    /// Keeps it, with all that belongs to it.
    pub async fn keep<B: Backend>(&self, store: &Store<B>) -> Result<Kept, StoreError> {
        let kept = store.keep(&Audit::new(self.at, &self.report, &self.coverage, &self.snapshots)).await?;
        store.keep_deployments(&self.snapshots).await?;
        for snapshot in &self.snapshots {
            for api in &snapshot.apis {
                let drift = engine::drift::api(snapshot, api, &|_| true);
                store.keep_drift(&snapshot.account_id, self.at, &drift).await?;
            }
            store.tally(&snapshot.account_id, &snapshot.region, self.at).await?;
        }
        Ok(kept)
    }
}

/// Every finding.
pub async fn findings<B: Backend>(store: &Store<B>) -> Vec<Tracked> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let part = store.findings(&Filter::default(), after.as_deref(), 7).await.expect("the store can be read");
        found.extend(part.items);
        after = part.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Everything that a store holds, as JSON.
pub async fn everything<B: Backend>(store: &Store<B>) -> Value {
    let mut regions = Vec::new();
    for region in store.regions().await.expect("the store can be read") {
        let (account, name) = (region.account_id.as_str(), region.region.as_str());
        let mut apis = Vec::new();
        for api in store.apis(account, name).await.expect("the store can be read") {
            let runs = store.runs(account, name, &api.api_id, at(-1000)).await.expect("the store can be read");
            let deployments = store.deployments(account, name, &api.api_id).await.expect("the store can be read");
            apis.push(json!({ "status": api, "runs": runs, "deployments": deployments }));
        }
        let errors = store.errors(account, name, at(-1000)).await.expect("the store can be read");
        let served = store.served(account).await.expect("the store can be read");
        let served: Vec<Value> = served.into_iter().map(|(api, stages)| json!([api, stages])).collect();
        regions.push(json!({ "region": region, "apis": apis, "errors": errors, "served": served }));
    }
    let mut series = Vec::new();
    for metric in [store::Metric::Findings, store::Metric::DriftingStages, store::Metric::Errors] {
        series.push(store.series(metric, at(-1000)).await.expect("the store can be read"));
    }
    json!({ "findings": findings(store).await, "regions": regions, "series": series })
}

/// A backend that breaks off at one of its writes, and at all after it: as if the process had been killed there.
pub struct Killed<'a, B> {
    inner: &'a B,
    left: AtomicU32,
}

impl<B> Killed<'_, B> {
    /// Breaks off after so many writes.
    pub fn after(inner: &B, writes: u32) -> Killed<'_, B> {
        Killed { inner, left: AtomicU32::new(writes) }
    }

    /// Counts a write.
    fn alive(&self) -> Result<(), StoreError> {
        let counted = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let killed = || StoreError::Backend { what: "writing".to_owned(), why: "killed".to_owned() };
        counted.map(drop).map_err(|_| killed())
    }
}

impl<B: Backend> Backend for Killed<'_, B> {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.inner.get(key).await
    }

    async fn list(&self, partition: &str, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page, StoreError> {
        self.inner.list(partition, prefix, after, limit).await
    }

    async fn find(&self, fingerprint: &str) -> Result<Option<Key>, StoreError> {
        self.inner.find(fingerprint).await
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, StoreError> {
        self.alive()?;
        self.inner.write(writes).await
    }

    async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.alive()?;
        self.inner.put_object(name, bytes).await
    }

    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.object(name).await
    }

    async fn forget_object(&self, name: &str) -> Result<(), StoreError> {
        self.alive()?;
        self.inner.forget_object(name).await
    }
}

/// A value as the store keeps it.
pub fn packed(value: &Value) -> Vec<u8> {
    store::pack(value).expect("a value can be kept")
}
