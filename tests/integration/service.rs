//! The whole way: the schedule's event through the dispatcher, a real queue, the auditor and the store, to findings and
//! notices; and what happens to them when things go wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use auditor::{Auditor, Warm, Work};
use collect::{Known, Own, Scope};
use engine::reconcile::State;
use engine::report::{self, Report};
use jiff::SignedDuration;
use sandbox::Options;
use serde_json::{Value, json};
use service::{Accounts, Bus, Message, Queue, Service, Settings};
use store::{Backend, Sqlite, Store};
use tests::dashboard::{Dashboard, ask};
use tests::emulator::Fault;
use tests::kept::{Killed, everything, findings};
use tests::service::{Deployed, LEFT, batch};
use tests::{Served, browser, gateway, read, shapes, shop};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

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

fn by_kind(notices: &[(String, Value)]) -> BTreeMap<&str, usize> {
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_goes_back() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let auditor = deployed.auditor();
    for poison in ["this is no job", "{}", r#"{"apiId":1}"#, r#"{"ask":"region"}"#] {
        let answer = auditor.handle(batch(poison), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }), "{poison}");
    }
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
fn mended() -> Value {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_message_delivered_twice_at_once_leaves_what_one_would() {
    let (Some(once), Some(twice)) = (Deployed::start(small()).await, Deployed::start(small()).await) else { return };
    let event = schedule(3);
    for deployed in [&once, &twice] {
        deployed.dispatcher().handle(event.clone()).await.unwrap();
    }
    assert_eq!(once.work(&once.auditor()).await, [""; 0]);
    let messages = twice.receive(&twice.queue_url).await;
    assert_eq!(messages.len(), 2);
    let (first, second) = (twice.auditor(), twice.auditor());
    let all = async |auditor: &Auditor| {
        for message in &messages {
            assert_eq!(auditor.handle(batch(&message.body), LEFT).await.unwrap(), json!({ "batchItemFailures": [] }));
        }
    };
    tokio::join!(all(&first), all(&second));
    for message in &messages {
        twice.delete(&twice.queue_url, message).await;
    }
    assert_eq!(twice.work(&first).await, [""; 0]);
    assert_eq!(everything(&twice.store().await).await, everything(&once.store().await).await);
}

/// An entry that is for nothing.
const IDLE: &str = "[[suppress]]\ncheck = \"stage-without-deployment\"\nreason = \"it was once\"\n";

/// What a worker does, with a store that may break off.
async fn take(deployed: &Deployed, sqlite: &Sqlite, writes: u32, message: &Message) -> Result<(), String> {
    let settings: &Settings = &deployed.settings;
    let target = collect::Target {
        identity: settings.identity.clone(),
        endpoint_url: settings.own_endpoint_url.clone(),
        regions: settings.regions.clone(),
        account_id: None,
        quota_share: None,
        tap: None,
    };
    let (config, connector) = collect::other_clients(&target).await;
    let endpoint = || settings.own_endpoint_url.clone();
    let backend = Killed::after(sqlite, writes);
    let retention = SignedDuration::from_hours(24 * 90);
    let store = Store::open(backend, retention, collect::now).await.map_err(|error| error.to_string())?;
    let place = settings.place.as_ref().unwrap();
    let queue = Queue::new(Own::queues(&config, connector.clone(), endpoint()), &place.queue_url);
    let bus = Bus::new(Own::buses(&config, connector, endpoint()), place.event_bus.as_deref().unwrap());
    let service = Service { store, queue, bus: Some(bus), topic: None, probe_secret: None };
    let (accounts, warm) = (Accounts::new(settings), Warm::default());
    let work = Work { settings, accounts: &accounts, service: &service, warm: &warm };
    work.take(message, LEFT).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_may_be_killed_at_every_write() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.settings.config_key = Some("stagecheck.toml".to_owned());
    let run = (collect::now() - SignedDuration::from_mins(3)).to_string();
    let message = |form: Value| serde_json::from_value::<Message>(form).unwrap();
    let api = message(json!({ "apiId": shapes::REST, "region": REGION, "accountId": ACCOUNT, "run": run }));
    let region = message(json!({ "ask": "region", "region": REGION, "accountId": ACCOUNT, "run": run }));
    // What the dispatcher keeps, beside a configuration with an entry that is for nothing.
    let planned = async |sqlite: &Sqlite| {
        let (run, place) = (run.parse().unwrap(), (ACCOUNT.to_owned(), REGION.to_owned()));
        sqlite.put_object("stagecheck.toml", IDLE.as_bytes().to_vec()).await.unwrap();
        let store = store::Store::open(sqlite, SignedDuration::from_hours(24), collect::now).await.unwrap();
        store.keep_places(run, &BTreeSet::from([place])).await.unwrap();
        store.plan(ACCOUNT, REGION, run, &BTreeSet::from([shapes::REST.to_owned()])).await.unwrap();
    };
    let whole = Sqlite::in_memory().unwrap();
    let expected = {
        let store = tests::kept::open(&whole).await;
        planned(&whole).await;
        for message in [&api, &region] {
            take(&deployed, &whole, u32::MAX, message).await.unwrap();
        }
        everything(&store).await
    };
    let told: BTreeSet<String> =
        deployed.notices().await.into_iter().map(|(_, detail)| detail["id"].to_string()).collect();
    assert_eq!(told.len(), 5);
    let mut killed = 0;
    for writes in 0.. {
        let sqlite = Sqlite::in_memory().unwrap();
        let store = tests::kept::open(&sqlite).await;
        planned(&sqlite).await;
        let mut broke_off = false;
        for message in [&api, &region] {
            broke_off |= take(&deployed, &sqlite, writes, message).await.is_err();
            take(&deployed, &sqlite, u32::MAX, message).await.unwrap();
        }
        assert_eq!(everything(&store).await, expected, "killed after {writes} writes");
        let again: BTreeSet<String> =
            deployed.notices().await.into_iter().map(|(_, detail)| detail["id"].to_string()).collect();
        assert_eq!(again, told, "killed after {writes} writes");
        if !broke_off {
            break;
        }
        killed += 1;
    }
    assert!(killed > 8, "{killed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_comes_back_and_is_done_then() {
    let Some(whole) = Deployed::start(small()).await else { return };
    let event = schedule(3);
    whole.dispatcher().handle(event.clone()).await.unwrap();
    assert_eq!(whole.work(&whole.auditor()).await, [""; 0]);
    let expected = everything(&whole.store().await).await;
    for (fault, fails) in [
        (Fault::throttled("PutItem", 2), false),
        (Fault::broken("PUT /", 1000), true),
        (
            Fault {
                status: 400,
                body: json!({ "__type": "AccessDeniedException", "message": "no" }),
                ..Fault::broken("AWSEvents", 1000)
            },
            true,
        ),
        (Fault::broken("TransactWriteItems", 1000), true),
    ] {
        let mut deployed = Deployed::start(small()).await.unwrap();
        deployed.dispatcher().handle(event.clone()).await.unwrap();
        let own = deployed.settings.own_endpoint_url.clone();
        let (port, _) = fault.clone().before(deployed.emulator.port()).await;
        deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
        let failing = deployed.auditor();
        let messages = deployed.receive(&deployed.queue_url).await;
        let mut failed = 0;
        for message in &messages {
            let answer = failing.handle(batch(&message.body), LEFT).await;
            failed += usize::from(answer.is_err() || answer.unwrap() != json!({ "batchItemFailures": [] }));
        }
        assert_eq!(failed > 0, fails, "{fault:?}");
        // They come back, and nothing is in the way any more.
        deployed.settings.own_endpoint_url = own;
        let auditor = deployed.auditor();
        for message in &messages {
            assert_eq!(auditor.handle(batch(&message.body), LEFT).await.unwrap(), json!({ "batchItemFailures": [] }));
            deployed.delete(&deployed.queue_url, message).await;
        }
        assert_eq!(deployed.work(&auditor).await, [""; 0]);
        assert_eq!(everything(&deployed.store().await).await, expected, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_deleted_before_its_audit_is_gone() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    deployed.notices().await;
    // It is on the dispatcher's list, and on the auditor's no more.
    deployed.dispatcher().handle(schedule(5)).await.unwrap();
    let mut without = small();
    without["apigateway"]["get_rest_apis"]["items"] = json!([]);
    instead(&mut deployed, without, &[]).await;
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    let states = states(&deployed).await;
    assert_eq!((states["undeployed-change"], states["key-without-usage-plan"]), (State::Resolved, State::Open));
    let notices = deployed.notices().await;
    assert_eq!(by_kind(&notices), BTreeMap::from([("Audit Completed", 1), ("Finding Resolved", 2)]));
    let (_, completed) = notices.iter().find(|(kind, _)| kind == "Audit Completed").unwrap();
    assert_eq!((&completed["apis"], &completed["unfinished"]), (&json!(0), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_may_not_be_listed_stops_no_other_and_resolves_nothing() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.settings.regions.push("us-east-1".to_owned());
    let answer = deployed.dispatcher().handle(schedule(9)).await.unwrap();
    assert_eq!(answer["places"], json!(["111122223333/eu-west-1"]));
    let gap = answer["notListed"][0].as_str().unwrap();
    assert!(gap.starts_with("111122223333/us-east-1: access denied"), "{gap}");
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    assert!(states(&deployed).await.values().all(|state| *state == State::Open));
    // Where some of a region's APIs cannot be listed, their own findings and the account's are not known any more.
    deployed.settings.regions.pop();
    instead(&mut deployed, mended(), &["get_rest_apis=denied"]).await;
    let answer = deployed.dispatcher().handle(schedule(7)).await.unwrap();
    assert_eq!(answer["notListed"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    assert!(states(&deployed).await.values().all(|state| *state == State::Unknown), "{:?}", states(&deployed).await);
    // Where nothing can be listed that is an error, and what was known is not known any more.
    instead(&mut deployed, small(), &[]).await;
    assert_eq!(sweep(&deployed, 6).await, [""; 0]);
    assert!(states(&deployed).await.values().all(|state| *state == State::Open));
    instead(&mut deployed, small(), &["get_rest_apis=denied", "get_apis=denied", "get_api_keys=denied"]).await;
    let error = deployed.dispatcher().handle(schedule(5)).await.unwrap_err();
    assert!(error.to_string().starts_with("no API could be listed: 111122223333/eu-west-1"), "{error}");
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    assert!(states(&deployed).await.values().all(|state| *state == State::Unknown), "{:?}", states(&deployed).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_future_is_refused() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    let refused = deployed.dispatcher().handle(schedule(-30)).await.unwrap_err().to_string();
    assert!(refused.ends_with("one of the clocks is wrong"), "{refused}");
    assert_eq!(deployed.receive(&deployed.queue_url).await.len(), 0);
    let auditor = deployed.auditor();
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] });
    let run = (collect::now() + SignedDuration::from_mins(30)).to_string();
    for of in [json!({ "apiId": shapes::REST }), json!({ "ask": "region" })] {
        let mut message = json!({ "region": REGION, "accountId": ACCOUNT, "run": run });
        message.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        assert_eq!(auditor.handle(batch(&message.to_string()), LEFT).await.unwrap(), failed, "{message}");
    }
    assert_eq!(findings(&deployed.store().await).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_goes_on_in_a_further_message_and_not_for_ever() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    let auditor = deployed.auditor();
    let short = Duration::from_secs(1);
    let first = json!({ "apiId": shapes::REST, "region": REGION, "run": "2026-10-10T12:00:00Z" }).to_string();
    assert_eq!(auditor.handle(batch(&first), short).await.unwrap(), json!({ "batchItemFailures": [] }));
    let second = deployed.receive(&deployed.queue_url).await.remove(0).body;
    let form: Value = serde_json::from_str(&second).unwrap();
    assert_eq!((&form["continued"], &form["run"]), (&json!(1), &json!("2026-10-10T12:00:00Z")));
    auditor.handle(batch(&second), short).await.unwrap();
    let third = deployed.receive(&deployed.queue_url).await.remove(0).body;
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] });
    assert_eq!(auditor.handle(batch(&third), short).await.unwrap(), failed);
    // With time enough, it is done.
    assert_eq!(auditor.handle(batch(&third), LEFT).await.unwrap(), json!({ "batchItemFailures": [] }));
    assert!(states(&deployed).await.contains_key("undeployed-change"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_no_api_comes_back_when_the_time_is_over() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    let run = (collect::now() - SignedDuration::from_mins(3)).to_string();
    let message = |continued: u32| {
        let form =
            json!({ "ask": "region", "region": REGION, "accountId": ACCOUNT, "run": run, "continued": continued });
        form.to_string()
    };
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] });
    let auditor = deployed.auditor();
    // Neither its reads nor the end of the run go on beyond what the invocation has.
    for continued in [0, 1] {
        let answer = auditor.handle(batch(&message(continued)), Duration::from_secs(1)).await.unwrap();
        assert_eq!(answer, failed, "{continued}");
    }
    assert_eq!((states(&deployed).await, deployed.notices().await), (BTreeMap::new(), Vec::new()));
    // With time enough, it is done.
    assert_eq!(auditor.handle(batch(&message(0)), LEFT).await.unwrap(), json!({ "batchItemFailures": [] }));
    assert!(states(&deployed).await.contains_key("key-without-usage-plan"));
    assert_eq!(by_kind(&deployed.notices().await)["Audit Completed"], 1);
}

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
