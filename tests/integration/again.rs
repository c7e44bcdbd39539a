//! What comes back: messages that failed, when, and what there was no time for.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::emulator::{Fault, watched};
use tests::service::{Deployed, LEFT, batch, delivered};
use tests::shapes;

use crate::service::{small, states};
use crate::verify;

const REGION: &str = "eu-west-1";
const POISON: &str = "this is no job";

/// What a failed message is answered with.
fn failed() -> Value {
    json!({ "batchItemFailures": [{ "itemIdentifier": "m1" }] })
}

/// What is answered where nothing failed.
fn done() -> Value {
    json!({ "batchItemFailures": [] })
}

/// Puts something on the queue, as somebody does who takes it for another.
async fn put(deployed: &Deployed, body: &str) {
    let message = json!({ "QueueUrl": deployed.queue_url, "MessageBody": body });
    deployed.emulator.json("sqs", "AmazonSQS.SendMessage", &message).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_comes_back_when_the_auditor_says_and_not_after_an_hour_and_a_half() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    put(&deployed, POISON).await;
    let message = deployed.receive(&deployed.queue_url).await.remove(0);
    let (port, asked) = watched(deployed.emulator.port()).await;
    deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    let auditor = deployed.auditor();
    let mut hidden = Vec::new();
    for times in [1, 2, 4] {
        assert_eq!(auditor.handle(delivered(&message, times), LEFT).await.unwrap(), failed());
        assert!(deployed.receive(&deployed.queue_url).await.is_empty(), "it is not shown yet");
        let all = std::mem::take(&mut *asked.lock().unwrap());
        let changed = all.iter().find(|request| request.contains("AmazonSQS.ChangeMessageVisibility")).unwrap();
        let (_, body) = changed.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["QueueUrl"], &body["ReceiptHandle"]), (&json!(deployed.queue_url), &json!(message.receipt)));
        hidden.push(body["VisibilityTimeout"].clone());
    }
    assert_eq!(hidden, [30, 120, 1920]);
    // After the last time, for the queue to give it up.
    assert_eq!(auditor.handle(delivered(&message, 5), LEFT).await.unwrap(), failed());
    assert_eq!(deployed.receive(&deployed.queue_url).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_back_soon_where_the_store_cannot_be_opened_and_late_where_the_queue_refuses() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    let body = json!({ "apiId": shapes::REST, "region": REGION }).to_string();
    put(&deployed, &body).await;
    let message = deployed.receive(&deployed.queue_url).await.remove(0);
    let denied =
        |holds| Fault { status: 400, body: json!({ "__type": "AccessDeniedException" }), ..Fault::broken(holds, 1000) };
    for (fault, comes_back) in [(denied("AmazonSQS.ChangeMessageVisibility"), 0), (denied("DynamoDB_20120810"), 1)] {
        let (port, _) = fault.before(deployed.emulator.port()).await;
        deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
        let poison = tests::service::Delivered { body: POISON.to_owned(), ..message.clone() };
        let event = delivered(if comes_back == 0 { &poison } else { &message }, 5);
        assert_eq!(deployed.auditor().handle(event, LEFT).await.unwrap(), failed());
        assert_eq!(deployed.receive(&deployed.queue_url).await.len(), comes_back);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_for_which_there_is_no_time_goes_on_and_does_without_the_trail_alone() {
    let options = sandbox::Options { faults: vec!["lookup_events=delay:60000".parse().unwrap()], ..Default::default() };
    let Some(deployed) = Deployed::start_with(shapes::orders(), options).await else { return };
    let (auditor, store) = (deployed.auditor(), deployed.store().await);
    let run = (collect::now() - jiff::SignedDuration::from_mins(3)).to_string();
    let first = json!({ "apiId": shapes::REST, "region": REGION, "run": run, "ask": "baseline" }).to_string();
    assert_eq!(auditor.handle(batch(&first), Duration::from_secs(1)).await.unwrap(), done());
    assert_eq!(store.baselines("111122223333", None).await.unwrap().len(), 0);
    let second = deployed.receive(&deployed.queue_url).await.remove(0).body;
    let form: Value = serde_json::from_str(&second).unwrap();
    assert_eq!(
        (&form["ask"], &form["continued"], &form["apiId"]),
        (&json!("baseline"), &json!(1), &json!(shapes::REST))
    );
    // Time enough for the configuration, and none for a trail that takes a minute: half a minute is left for keeping.
    let begin = Instant::now();
    assert_eq!(auditor.handle(batch(&second), Duration::from_secs(36)).await.unwrap(), done());
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    let baselines = store.baselines("111122223333", None).await.unwrap();
    let reasons: Vec<&str> = baselines.iter().flat_map(|own| &own.unproven).map(|own| own.reason.as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("no trail shows")), "{reasons:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_that_answer_too_late_keep_nothing_else_from_being_kept() {
    let faults = vec!["test_invoke_method=delay:60000".parse().unwrap()];
    let options = sandbox::Options { faults, ..Default::default() };
    let Some(mut deployed) = Deployed::start_with(verify::refusing(), options).await else { return };
    deployed.configure(&format!("{0}{0}method = \"POST\"\nbody = \"{{}}\"\n", verify::PROBE)).await;
    deployed.settings.may_probe = true;
    let run = (collect::now() - jiff::SignedDuration::from_mins(3)).to_string();
    let message = json!({ "apiId": shapes::REST, "region": REGION, "run": run }).to_string();
    let begin = Instant::now();
    assert_eq!(deployed.auditor().handle(batch(&message), Duration::from_secs(38)).await.unwrap(), done());
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    // The first of two routes took all the time that there was; what was read besides is kept, and nothing waits.
    let operations = deployed.sandbox.calls().operations;
    assert_eq!(operations.get("apigateway.test_invoke_method"), Some(&1), "{operations:?}");
    let store = deployed.store().await;
    assert!(store.apis("111122223333", REGION).await.unwrap()[0].finished.is_some());
    assert!(!states(&deployed).await.contains_key("malformed-proxy-response"));
    assert!(deployed.receive(&deployed.queue_url).await.is_empty());
}
