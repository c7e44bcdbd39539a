//! What happens to messages and findings when things go wrong: delivered twice, killed, refused, deleted, out of time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use auditor::{Auditor, Warm, Work};
use collect::Own;
use engine::reconcile::State;
use jiff::SignedDuration;
use serde_json::{Value, json};
use service::{Accounts, Bus, Message, Queue, Service, Settings};
use store::{Backend, Sqlite, Store};
use tests::emulator::Fault;
use tests::kept::{Killed, everything, findings};
use tests::service::{Deployed, LEFT, batch};
use tests::{shapes, shop};

use crate::service::{ACCOUNT, IDLE, REGION, by_kind, instead, mended, schedule, small, states, sweep};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_goes_back() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let auditor = deployed.auditor();
    for poison in ["this is no job", "{}", r#"{"apiId":1}"#, r#"{"ask":"region"}"#] {
        let answer = auditor.handle(batch(poison), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] }), "{poison}");
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

/// The run of a dispatcher that was killed before it had sent its messages, and after which an API was deleted, ends nevertheless.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_outlived_its_messages_is_carried_out() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    let event = schedule(3);
    let run = event["time"].as_str().unwrap().parse().unwrap();
    let planned = BTreeSet::from([shapes::REST.to_owned(), "deleted001".to_owned()]);
    deployed.store().await.plan(ACCOUNT, REGION, run, &planned).await.unwrap();
    assert_eq!(deployed.dispatcher().handle(event).await.unwrap()["messages"], 3);
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    let notices = deployed.notices().await;
    let (_, completed) = notices.iter().find(|(kind, _)| kind == "Audit Completed").unwrap();
    assert_eq!((&completed["apis"], &completed["unfinished"]), (&json!(1), &json!([])));
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
