//! The whole way: the schedule's event through the dispatcher, a real queue, the auditor and the store, to findings and
//! notices; and what happens to them when things go wrong.

use std::collections::{BTreeMap, BTreeSet};

use collect::{Known, Scope};
use engine::reconcile::State;
use engine::report::{self, Report};
use serde_json::{Value, json};
use tests::kept::{everything, findings};
use tests::service::{Deployed, LEFT, batch};
use tests::{Served, read, shop};

/// The event of the schedule, of some minutes ago.
fn schedule(minutes_ago: i64) -> Value {
    let mut event: Value = serde_json::from_str(&read("events/schedule.json")).unwrap();
    let time = collect::now() - jiff::SignedDuration::from_mins(minutes_ago);
    event["time"] = json!(time.to_string());
    event
}

/// What an audit of the whole account finds, in one process and without any store.
async fn at_once(recording: Value) -> Report {
    let served = Served::start(recording).await;
    let scope = Scope::default();
    let snapshots = served.account.read(&scope, &Known::default(), &collect::now, &|_| {}).await.unwrap();
    report::audit(&snapshots, &|_| true)
}

fn by_kind(notices: &[(String, Value)]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for (kind, _) in notices {
        *kinds.entry(kind.as_str()).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_ends_as_findings_and_notices() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let (dispatcher, auditor) = (deployed.dispatcher(), deployed.auditor());
    let event = schedule(1);
    let answer = dispatcher.handle(event.clone()).await.unwrap();
    assert_eq!((&answer["messages"], &answer["notListed"]), (&json!(8), &json!([])));
    assert_eq!(deployed.work(&auditor).await, [""; 0]);

    // API by API the service finds what an audit of everything finds.
    let expected = at_once(shop()).await;
    let store = deployed.store().await;
    let name = |check: &str, arn: &str, key: Option<&str>| format!("{check} {arn} {}", key.unwrap_or_default());
    let open: BTreeSet<String> = findings(&store)
        .await
        .into_iter()
        .filter(|tracked| tracked.state == State::Open)
        .map(|tracked| {
            name(&tracked.finding.check, &tracked.finding.resource.arn, tracked.finding.resource.key.as_deref())
        })
        .collect();
    let found: BTreeSet<String> = expected
        .findings
        .iter()
        .map(|finding| name(&finding.check, &finding.resource.arn, finding.resource.key.as_deref()))
        .collect();
    assert_eq!(open, found);

    let notices = deployed.notices().await;
    let opened: BTreeSet<&str> = notices
        .iter()
        .filter(|(kind, _)| kind == "Finding Opened")
        .map(|(_, detail)| detail["fingerprint"].as_str().unwrap())
        .collect();
    let fingerprints: BTreeSet<&str> = expected.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    assert_eq!(opened, fingerprints);
    let kinds = by_kind(&notices);
    assert_eq!(kinds, BTreeMap::from([("Audit Completed", 1), ("Finding Opened", fingerprints.len())]));

    // The same event again is the same run: nothing changes, and nothing is told twice.
    let before = everything(&store).await;
    dispatcher.handle(event).await.unwrap();
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    assert_eq!(everything(&store).await, before);
    assert_eq!(deployed.notices().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_goes_back() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let auditor = deployed.auditor();
    for poison in ["this is no job", "{}", r#"{"apiId":1}"#, r#"{"ask":"region"}"#] {
        let answer = auditor.handle(batch(poison), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }), "{poison}");
    }
}
