//! The files of `events/`: one for each way in which a function of the template is called.

use serde_json::{Value, json};
use tests::lambda::Lambda;
use tests::service::Deployed;
use tests::{root, shop};

/// The bodies of the messages that wait.
async fn waiting(deployed: &Deployed) -> Vec<Value> {
    let mut bodies = Vec::new();
    loop {
        let messages = deployed.receive(&deployed.queue_url).await;
        if messages.is_empty() {
            return bodies;
        }
        for message in messages {
            deployed.delete(&deployed.queue_url, &message).await;
            bodies.push(serde_json::from_str(&message.body).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_the_dispatcher_becomes_messages() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let (account, own) = (deployed.sandbox.endpoint_url(), deployed.settings.own_endpoint_url.clone().unwrap());
    let variables = [
        ("AWS_ENDPOINT_URL", account.as_str()),
        ("OWN_ENDPOINT_URL", own.as_str()),
        ("TABLE", deployed.name.as_str()),
        ("BUCKET", deployed.name.as_str()),
        ("QUEUE_URL", deployed.queue_url.as_str()),
        ("QUOTA_SHARE", "1"),
        // As the template sets what nobody asked for.
        ("REGIONS", ""),
        ("ACCOUNTS", ""),
        ("ACCOUNTS_ROLE", ""),
    ];
    let Some(lambda) = Lambda::start("dispatcher", &variables).await else { return };

    // The schedule: each API of the sample account, and what belongs to none.
    let told = lambda.answer("schedule.json").await;
    assert_eq!((&told["schema"], &told["messages"]), (&json!("stagecheck.dispatched/1"), &json!(8)));
    assert_eq!(told["run"], "2026-10-10T12:00:00Z");
    let messages = waiting(&deployed).await;
    assert!(messages.iter().all(|message| message["run"] == "2026-10-10T12:00:00Z"), "{messages:?}");
    let mut apis: Vec<&str> = messages.iter().filter_map(|message| message["apiId"].as_str()).collect();
    apis.sort_unstable();
    assert_eq!((messages.len(), apis.len()), (8, 7));
    assert!(apis.contains(&"k3orders01"));

    // A change: that API. A deployment: its baseline, too. Somebody's wish: everything.
    assert_eq!(lambda.answer("change.json").await["messages"], 1);
    let messages = waiting(&deployed).await;
    assert!(messages.iter().all(|message| message["apiId"] == "k3orders01"), "{messages:?}");
    let told = lambda.answer("deployment.json").await;
    assert!(told["messages"].as_u64().is_some_and(|messages| messages >= 1), "{told}");
    waiting(&deployed).await;
    let told = lambda.answer("on_demand.json").await;
    assert_eq!((&told["schema"], &told["messages"]), (&json!("stagecheck.dispatched/1"), &json!(8)));
}

#[test]
fn every_event_is_tried() {
    let names = std::fs::read_dir(root().join("events")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    // Those of the auditor, and those of the dispatcher.
    let auditor = ["audit_api.json", "audit_queue.json"];
    let dispatcher = ["change.json", "deployment.json", "on_demand.json", "schedule.json"];
    assert_eq!(names, [&auditor[..], &dispatcher].concat());
}
