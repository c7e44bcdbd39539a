//! What becomes of what is kept when writers meet, DynamoDB throttles, S3 fails or AWS denies.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use engine::reconcile::{Coverage, State};
use engine::report;
use engine::snapshot::Snapshot;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Audit, Backend, Kept, Regions, Sqlite, Store, StoreError};
use tests::emulator::{Emulator, Fault};
use tests::folder::Folder;
use tests::kept::{Killed, Kind, at, everything, findings, open};
use tests::{Served, edit, shop};

use crate::store::{opened, two_small_runs};

/// Two writers at once, each in a thread of its own.
fn at_once<B: Backend>(runs: [(&Kind, &Store<B>); 2]) -> [Kept; 2] {
    std::thread::scope(|scope| {
        runs.map(|(run, store)| {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(run.keep(store)).unwrap()
            })
        })
        .map(|thread| thread.join().unwrap())
    })
}

async fn two_writers<B: Backend>(pair: impl AsyncFn() -> [B; 2]) {
    let (first, second) = two_small_runs().await;
    let [one, _] = pair().await;
    let one = open(one).await;
    first.keep(&one).await.unwrap();
    second.keep(&one).await.unwrap();
    let expected = everything(&one).await;
    for _ in 0..3 {
        // A message that is delivered twice, at once.
        let [a, b] = pair().await;
        let (a, b) = (open(a).await, open(b).await);
        for run in [&first, &second] {
            let [one, other] = at_once([(run, &a), (run, &b)]);
            assert_eq!(opened(&one, 1), opened(&other, 1));
        }
        assert_eq!(everything(&b).await, expected);
        // Two runs at once: what the newer one did not find is not open in the end, whichever wrote first.
        let [a, b] = pair().await;
        let (a, b) = (open(a).await, open(b).await);
        at_once([(&first, &a), (&second, &b)]);
        let seen = |fingerprint: &str| second.report.findings.iter().any(|f| f.fingerprint == *fingerprint);
        for tracked in findings(&a).await {
            let is_of_api = tracked.finding.resource.api_id.is_some();
            match tracked.state {
                State::Open => assert!(seen(&tracked.finding.fingerprint) || !is_of_api, "{tracked:#?}"),
                _ => assert!(!seen(&tracked.finding.fingerprint), "{tracked:#?}"),
            }
        }
        second.keep(&a).await.unwrap();
        assert!(findings(&a).await.iter().all(|t| (t.state == State::Open) == seen(&t.finding.fingerprint)));
    }
}

#[tokio::test]
async fn two_writers_at_once_leave_what_one_would_in_sqlite() {
    let folder = Folder::new("store-at-once");
    let files = std::sync::atomic::AtomicU32::new(0);
    two_writers(async || {
        let path = folder.path(&format!("{}.db", files.fetch_add(1, Ordering::Relaxed)));
        let path = std::path::Path::new(&path);
        [Sqlite::open(path, at(0)).unwrap(), Sqlite::open(path, at(0)).unwrap()]
    })
    .await;
}

#[tokio::test]
async fn two_writers_at_once_leave_what_one_would_in_dynamodb() {
    let Some(emulator) = Emulator::shared().await else { return };
    two_writers(async || {
        let table = emulator.table().await;
        [emulator.backend_at(emulator.port(), &table).await, emulator.backend_at(emulator.port(), &table).await]
    })
    .await;
}

#[tokio::test]
async fn throttling_and_refused_conditions_cost_time_and_nothing_else() {
    let Some(emulator) = Emulator::shared().await else { return };
    let (first, second) = two_small_runs().await;
    let whole = open(emulator.backend().await).await;
    first.keep(&whole).await.unwrap();
    second.keep(&whole).await.unwrap();
    let expected = everything(&whole).await;
    let conflict = Fault {
        body: json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "cancelled",
            "CancellationReasons": [{ "Code": "TransactionConflict" }, { "Code": "None" }],
        }),
        ..Fault::throttled("TransactWriteItems", 3)
    };
    let refused = Fault {
        body: json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "The conditional request failed",
        }),
        ..Fault::throttled("PutItem", 3)
    };
    for fault in [
        Fault::throttled("PutItem", 2),
        Fault::throttled("Query", 2),
        Fault::throttled("TransactWriteItems", 2),
        Fault::broken("GetItem", 2),
        Fault::broken("PUT /", 3),
        conflict,
        refused,
    ] {
        let table = emulator.table().await;
        let (port, left) = fault.clone().before(emulator.port()).await;
        let store = open(emulator.backend_at(port, &table).await).await;
        first.keep(&store).await.unwrap();
        second.keep(&store).await.unwrap();
        assert_eq!(left.load(Ordering::SeqCst), 0, "{fault:?} was met");
        assert_eq!(everything(&store).await, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error_and_is_kept_when_the_run_is_repeated() {
    let Some(emulator) = Emulator::shared().await else { return };
    let (first, second) = two_small_runs().await;
    let whole = open(emulator.backend().await).await;
    first.keep(&whole).await.unwrap();
    second.keep(&whole).await.unwrap();
    let expected = everything(&whole).await;
    for (fault, why) in [
        (Fault::throttled("TransactWriteItems", 1000), "ProvisionedThroughputExceededException: too much"),
        (Fault::broken("PUT /", 1000), "status 503, no code"),
        (Fault { status: 403, ..Fault::broken("PUT /", 1000) }, "status 403, no code"),
    ] {
        let table = emulator.table().await;
        open(emulator.backend_at(emulator.port(), &table).await).await;
        let (port, _) = fault.clone().before(emulator.port()).await;
        let failing = open(emulator.backend_at(port, &table).await).await;
        let error = first.keep(&failing).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        let store = open(emulator.backend_at(emulator.port(), &table).await).await;
        first.keep(&store).await.unwrap();
        second.keep(&store).await.unwrap();
        assert_eq!(everything(&store).await, expected, "{fault:?}");
    }
}

/// Every read of the sample account, denied in turn: nothing is resolved on the strength of what was not read.
#[tokio::test]
async fn a_read_that_is_denied_resolves_nothing() {
    let served = Served::start(shop()).await;
    let snapshots = served.snapshots().await;
    let operations: BTreeSet<String> = served.calls().operations.into_keys().collect();
    assert!(operations.len() > 15, "{operations:?}");
    let first = Kind::from(1, snapshots, &|_| true);
    for operation in operations {
        let served = Served::start_faulty(shop(), &[&format!("{operation}=denied")]).await;
        let scope = collect::Scope::default();
        let read = served.account.read(&scope, &collect::Known::default(), &|| served.now, &|_| {}).await;
        // Without any list of APIs there is no snapshot, and nothing to keep.
        let Ok(snapshots) = read else { continue };
        let store = open(Sqlite::in_memory().unwrap()).await;
        first.keep(&store).await.unwrap();
        Kind::from(2, snapshots, &|_| true).keep(&store).await.unwrap();
        let resolved: Vec<Value> = findings(&store)
            .await
            .into_iter()
            .filter(|tracked| tracked.state == State::Resolved)
            .map(|tracked| json!([tracked.finding.check, tracked.finding.resource, tracked.reason()]))
            .collect();
        assert_eq!(resolved, Vec::<Value>::new(), "{operation}");
    }
}

/// The part of a run that audits one API.
async fn keep_part<B: Backend>(store: &Store<B>, hour: i64, snapshots: &[Snapshot]) -> Result<Kept, StoreError> {
    let coverage = Coverage::of_api(&snapshots[0]);
    let (mut report, _) = report::audit_part(snapshots, &[]);
    report.findings.retain(|finding| coverage.is_own(&finding.resource));
    store.keep(&Audit::new(at(hour), &report, &coverage, snapshots)).await
}

/// A newer audit of one API takes it from a run over the region, and is killed. What the run was to tell of the account by that
/// part nobody has told then: it is not silence.
#[tokio::test]
async fn a_run_waits_for_the_newer_audit_that_took_an_api_from_it() {
    let mut recording = shop();
    let group = "/ec2/describe_security_groups/SecurityGroups/0/IpPermissions";
    edit(&mut recording, group, json!([]));
    let served = Served::start(recording).await;
    let scope = collect::Scope { apis: vec!["k3reports1".to_owned()], ..collect::Scope::default() };
    let read = served.account.read(&scope, &collect::Known::default(), &|| served.now, &|_| {}).await.unwrap();
    let (account, region) = (read[0].account_id.clone(), read[0].region.clone());
    let parts = BTreeSet::from(["k3reports1".to_owned()]);
    for writes in 0.. {
        let backend = Sqlite::in_memory().unwrap();
        let store = open(&backend).await;
        keep_part(&store, 1, &read).await.unwrap();
        let state = async || {
            let found = findings(&store).await;
            found.into_iter().find(|own| own.finding.check == "vpce-security-group-blocks").unwrap().state
        };
        assert_eq!(state().await, State::Open);
        store.plan(&account, &region, at(2), &parts).await.unwrap();
        store.read_rest(&account, &region, at(2), Some(&parts)).await.unwrap();
        let killed = open(Killed::after(&backend, writes)).await;
        let newer = keep_part(&killed, 3, &read).await;
        let kept = keep_part(&store, 2, &read).await.unwrap();
        let progress = store.progress(&account, &region, at(2)).await.unwrap().unwrap();
        if newer.is_err() && !kept.overtaken.is_empty() {
            assert_eq!(progress.unfinished, parts, "after {writes} writes");
        }
        store.close(&account, &region, at(2), &progress, false).await.unwrap();
        assert_ne!(state().await, State::Resolved, "after {writes} writes");
        if newer.is_ok() {
            assert!(writes > 5, "{writes}");
            assert_eq!((state().await, progress.unfinished.len()), (State::Open, 0));
            return;
        }
    }
}

/// What a process with a wrong clock has left behind holds nothing up, and nobody leaves such marks whose own clock is right.
#[tokio::test]
async fn marks_of_a_time_to_come_count_for_nothing() {
    let (account, region) = ("111122223333", "eu-west-1");
    let places = |region: &str| BTreeSet::from([(account.to_owned(), region.to_owned())]);
    let backend = Sqlite::in_memory().unwrap();
    let skewed = Store::open(&backend, SignedDuration::from_hours(24), || at(5000)).await.unwrap();
    skewed.keep_places(at(4000), &places("eu-west-2")).await.unwrap();
    skewed.told_end(account, region, at(4000)).await.unwrap();
    let store = open(&backend).await;
    assert!(!store.has_ended(account, region, at(1)).await.unwrap());
    store.told_end(account, region, at(1)).await.unwrap();
    assert_eq!(store.regions().await.unwrap()[0].ended, Some(at(1)));
    assert!(store.has_ended(account, region, at(1)).await.unwrap());
    store.keep_places(at(1), &places(region)).await.unwrap();
    let regions = store.regions_apart().await.unwrap();
    assert_eq!(
        (regions.audited.len(), regions.left.len()),
        (1, 0),
        "the newest run is the one that was dispatched by now"
    );
    let of = |regions: &Regions| regions.audited.first().map(|region| regions.fresh(region));
    assert_eq!(of(&regions), Some(Some(at(1))));
    // Taken out and put back, it is waited for anew.
    for (run, place, expected) in [(2, region, at(1)), (3, "eu-west-2", at(1)), (4, region, at(4)), (5, region, at(4))]
    {
        store.keep_places(at(run), &places(place)).await.unwrap();
        let fresh = of(&store.regions_apart().await.unwrap());
        assert_eq!(fresh, (place == region).then_some(Some(expected)), "run {run}");
    }
    for refused in [
        store.keep_places(at(4000), &places(region)).await,
        store.not_listed(account, region, at(4000), &["denied".to_owned()]).await,
    ] {
        assert!(matches!(refused, Err(StoreError::Future { .. })), "{refused:?}");
    }
}
