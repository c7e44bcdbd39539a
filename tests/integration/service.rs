//! The whole way: the schedule's event through the dispatcher, a real queue, the auditor and the store, to findings and
//! notices; and what happens to them when things go wrong.

use std::collections::{BTreeMap, BTreeSet};

use collect::{Known, Scope};
use engine::reconcile::State;
use engine::report::{self, Report};
use sandbox::Options;
use serde_json::{Value, json};
use store::Backend;
use tests::dashboard::{Dashboard, ask};
use tests::kept::{everything, findings};
use tests::service::{Deployed, LEFT, batch};
use tests::{Served, browser, gateway, read, shapes, shop};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

/// The event of the schedule, of some minutes ago.
pub(crate) fn schedule(minutes_ago: i64) -> Value {
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

pub(crate) fn by_kind(notices: &[(String, Value)]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for (kind, _) in notices {
        *kinds.entry(kind.as_str()).or_default() += 1;
    }
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_ends_as_findings_notices_and_a_page() {
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
    on_the_page(&deployed, &expected).await;

    // The same event again is the same run: nothing changes, and nothing is told twice.
    let before = everything(&store).await;
    dispatcher.handle(event).await.unwrap();
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    assert_eq!(everything(&store).await, before);
    assert_eq!(deployed.notices().await, []);
}

/// Opens the worst finding in Chromium, as somebody does whose requests `stagecheck serve --remote` signs: they go through an
/// HTTP API to the dashboard's own program.
async fn on_the_page(deployed: &Deployed, expected: &Report) {
    let Some(function) = deployed.dashboard().await else { return };
    let worst = expected.findings.first().unwrap();
    let url = gateway::serve(function).await;
    // Nobody reads it who does not sign.
    let unsigned = url.clone();
    let host = unsigned.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let fingerprint = worst.fingerprint.clone();
    let looked = tokio::task::spawn_blocking(move || {
        assert_eq!(ask(&host, "GET", "/", &[], "").status, 403);
        browser::finding(&Dashboard::before(&url).host, &fingerprint)
    });
    let Some(seen) = looked.await.unwrap() else { return };
    let text = |name: &str| seen[name].as_str().unwrap().to_owned();
    assert_eq!(
        (text("findings"), text("listed"), text("heading")),
        ("Findings".to_owned(), worst.title.clone(), worst.title.clone())
    );
    assert_eq!(text("path"), format!("/findings/{}", worst.fingerprint));
    let api = worst.resource.api_name.as_deref().unwrap();
    assert!(text("overview").contains(api), "{api}: {}", text("overview"));
    assert!(text("page").contains(&worst.remedy.summary), "{}: {}", worst.remedy.summary, text("page"));
    assert_eq!((&seen["said"], &seen["elsewhere"]), (&json!([]), &json!([])));
}

/// An API with a route that waits for its deployment, beside a key that opens nothing.
pub(crate) fn small() -> Value {
    let mut account = shapes::orders();
    let apigateway = &mut account["apigateway"];
    let mut refunds = apigateway["get_resources"][shapes::REST]["items"][1].clone();
    (refunds["id"], refunds["path"], refunds["pathPart"]) = (json!("res003"), json!("/refunds"), json!("refunds"));
    apigateway["get_resources"][shapes::REST]["items"].as_array_mut().unwrap().push(refunds);
    apigateway["get_api_keys"]["items"] = json!([{ "id": "k1", "name": "partner", "enabled": true }]);
    account
}

/// The same without the key, and everything deployed.
pub(crate) fn mended() -> Value {
    let mut account = shapes::orders();
    account["apigateway"]["get_api_keys"]["items"] = json!([]);
    account
}

pub(crate) async fn states(deployed: &Deployed) -> BTreeMap<String, State> {
    let all = findings(&deployed.store().await).await;
    all.into_iter().map(|tracked| (tracked.finding.check, tracked.state)).collect()
}

/// Another account behind the same service, from now on.
pub(crate) async fn instead(deployed: &mut Deployed, recording: Value, faults: &[&str]) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let recording = sandbox::recording::Recording::parse(&recording.to_string()).unwrap();
    let options = Options { faults, ..Options::default() };
    deployed.sandbox = sandbox::Sandbox::start(recording, options).await.unwrap();
    deployed.settings.endpoint_url = Some(deployed.sandbox.endpoint_url());
}

pub(crate) async fn sweep(deployed: &Deployed, minutes_ago: i64) -> Vec<String> {
    run(deployed, schedule(minutes_ago)).await
}

/// The run of an event to its end. On the heap: a test that makes several runs would be larger than its thread's stack.
pub(crate) async fn run(deployed: &Deployed, event: Value) -> Vec<String> {
    let dispatcher = deployed.dispatcher();
    Box::pin(dispatcher.handle(event)).await.unwrap();
    let auditor = deployed.auditor();
    Box::pin(deployed.work(&auditor)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mended_is_resolved_and_told() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let open = BTreeMap::from([
        ("key-without-usage-plan".to_owned(), State::Open),
        ("undeployed-change".to_owned(), State::Open),
    ]);
    assert_eq!(states(&deployed).await, open);
    assert_eq!(by_kind(&deployed.notices().await), BTreeMap::from([("Audit Completed", 1), ("Finding Opened", 3)]));
    instead(&mut deployed, mended(), &[]).await;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    assert!(states(&deployed).await.values().all(|state| *state == State::Resolved));
    let notices = deployed.notices().await;
    assert_eq!(by_kind(&notices), BTreeMap::from([("Audit Completed", 1), ("Finding Resolved", 3)]));
    hold_to_the_documentation(&notices);
}

/// Each member of a detail is in the documentation, and each documented member in the detail.
fn hold_to_the_documentation(notices: &[(String, Value)]) {
    let documented = read("docs/notices.md");
    for (kind, detail) in notices {
        assert_eq!(detail["schema"], "stagecheck.notice/1");
        for member in detail.as_object().unwrap().keys() {
            let is_named = documented.contains(&format!("`{member}`"))
                || ["callers", "causes", "decided"].contains(&member.as_str());
            assert!(is_named, "{kind}: {member}");
        }
    }
    let (_, completed) = notices.iter().find(|(kind, _)| kind == "Audit Completed").unwrap();
    let (_, table) = documented.split_once("`Audit Completed` has").unwrap();
    let (table, _) = table.split_once("## ").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
    for member in rows.flat_map(|cell| cell.split(',')).map(|name| name.trim().trim_matches('`')) {
        assert!(completed.get(member).is_some(), "{member}: {completed}");
    }
}

/// An entry that is for nothing.
pub(crate) const IDLE: &str = "[[suppress]]\ncheck = \"stage-without-deployment\"\nreason = \"it was once\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_may_have_any_name() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    let bucket = deployed.emulator.backend_at(deployed.emulator.port(), &deployed.name).await;
    let api = json!({ "apiId": shapes::REST, "region": REGION }).to_string();
    for name in ["stagecheck.toml", "team a/stage check.toml", "x%20y.toml", "a+b=c&d?e#f.toml", "größe.toml"] {
        deployed.settings.config_key = Some(name.to_owned());
        let answer = deployed.auditor().handle(batch(&api), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }), "{name} is not there yet");
        bucket.put_object(name, IDLE.as_bytes().to_vec()).await.unwrap();
        let answer = deployed.auditor().handle(batch(&api), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{name}");
    }
}

pub(crate) fn change(name: &str) -> Value {
    let now = collect::now().to_string();
    json!({
        "source": "aws.apigateway", "detail-type": "AWS API Call via CloudTrail", "account": ACCOUNT,
        "region": REGION, "time": now,
        "detail": {
            "eventSource": "apigateway.amazonaws.com", "eventName": name, "eventTime": now, "awsRegion": REGION,
            "readOnly": false, "requestParameters": { "restApiId": shapes::REST }, "responseElements": { "id": "dep1" },
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_of_a_minute_are_audited_once_and_a_deployment_leaves_its_baseline() {
    let Some(deployed) = Deployed::start(mended()).await else { return };
    let dispatcher = deployed.dispatcher();
    let messages = async |event: Value| dispatcher.handle(event).await.unwrap()["messages"].clone();
    assert_eq!(messages(change("UpdateMethod")).await, 1);
    assert_eq!(messages(change("PutIntegration")).await, 0);
    assert_eq!(messages(change("CreateDeployment")).await, 1, "its baseline, at once");
    let store = deployed.store().await;
    assert!(store.regions().await.unwrap()[0].last_event.is_some());
    // The audit is not shown for a minute; the baseline is.
    let shown = deployed.receive(&deployed.queue_url).await;
    assert_eq!(shown.len(), 1);
    assert!(shown[0].body.contains(r#""ask":"baseline""#), "{}", shown[0].body);
    let answer = deployed.auditor().handle(batch(&shown[0].body), LEFT).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let baselines = store.baselines(ACCOUNT, None).await.unwrap();
    assert_eq!(baselines.iter().map(|own| own.api_id.as_str()).collect::<Vec<_>>(), [shapes::REST]);
    // What was asked for by hand is audited at once.
    let asked = json!({ "audit": { "apiId": shapes::REST, "region": REGION } });
    assert_eq!(messages(asked).await, 1);
    assert_eq!(deployed.receive(&deployed.queue_url).await.len(), 1);
    for run in [json!({ "audit": { "apiId": shapes::REST, "run": "2999-01-01T00:00:00Z" } }), schedule(-60)] {
        let refused = dispatcher.handle(run).await.unwrap_err().to_string();
        assert!(refused.ends_with("one of the clocks is wrong"), "{refused}");
    }
    let elsewhere = json!({ "audit": { "apiId": shapes::REST, "region": "eu-south-2" } });
    assert_eq!(
        dispatcher.handle(elsewhere).await.unwrap_err().to_string(),
        "eu-south-2 of the account 111122223333 is not audited here: audits can be asked for of the accounts and regions of the configuration"
    );
}
