//! The files of `events/`: one for each way in which a function of the template is called.

use serde_json::json;
use tests::lambda::Lambda;
use tests::service::Deployed;
use tests::{root, shop};

/// The variables that the template sets, for a service on this machine.
fn variables(deployed: &Deployed) -> Vec<(&'static str, String)> {
    let settings = &deployed.settings;
    vec![
        ("AWS_ENDPOINT_URL", deployed.sandbox.endpoint_url()),
        ("OWN_ENDPOINT_URL", settings.own_endpoint_url.clone().unwrap()),
        ("TABLE", deployed.name.clone()),
        ("BUCKET", deployed.name.clone()),
        ("QUEUE_URL", deployed.queue_url.clone()),
        ("QUOTA_SHARE", "1".to_owned()),
        // As the template sets what nobody asked for.
        ("REGIONS", String::new()),
        ("ACCOUNTS", String::new()),
        ("ACCOUNTS_ROLE", String::new()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_the_dispatcher_becomes_messages() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let variables = variables(&deployed);
    let Some(lambda) = Lambda::start("dispatcher", &variables).await else { return };

    // The schedule: each API of the sample account, and what belongs to none.
    let told = lambda.answer("schedule.json").await;
    assert_eq!((&told["schema"], &told["messages"]), (&json!("stagecheck.dispatched/1"), &json!(8)));
    assert_eq!(told["run"], "2026-10-10T12:00:00Z");
    let messages = deployed.taken(&deployed.queue_url).await;
    assert!(messages.iter().all(|message| message["run"] == "2026-10-10T12:00:00Z"), "{messages:?}");
    let mut apis: Vec<&str> = messages.iter().filter_map(|message| message["apiId"].as_str()).collect();
    apis.sort_unstable();
    assert_eq!((messages.len(), apis.len()), (8, 7));
    assert!(apis.contains(&"k3orders01"));

    // A change: that API. A deployment: its baseline, too. Somebody's wish: everything.
    assert_eq!(lambda.answer("change.json").await["messages"], 1);
    let messages = deployed.taken(&deployed.queue_url).await;
    assert!(messages.iter().all(|message| message["apiId"] == "k3orders01"), "{messages:?}");
    let told = lambda.answer("deployment.json").await;
    assert!(told["messages"].as_u64().is_some_and(|messages| messages >= 1), "{told}");
    deployed.taken(&deployed.queue_url).await;
    // A change elsewhere: without regions, the function's own is the one that is audited.
    let mut elsewhere = crate::service::change("UpdateMethod");
    elsewhere["detail"]["awsRegion"] = json!("us-east-1");
    assert_eq!(lambda.call(&elsewhere).await.unwrap()["messages"], 0);
    let regions = deployed.store().await.regions().await.unwrap();
    assert_eq!(regions.iter().map(|own| own.region.as_str()).collect::<Vec<_>>(), ["eu-west-1"]);
    let told = lambda.answer("on_demand.json").await;
    assert_eq!((&told["schema"], &told["messages"]), (&json!("stagecheck.dispatched/1"), &json!(8)));
}

const DASHBOARD: [&str; 4] =
    ["dashboard_http.json", "dashboard_rest.json", "dashboard_widget.json", "dashboard_widget_describe.json"];

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_answers_requests_and_widgets() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let variables = variables(&deployed);
    let Some(lambda) = Lambda::start("dashboard", &variables).await else { return };
    for event in DASHBOARD {
        let answer = lambda.answer(event).await;
        if event.contains("widget") {
            assert!(answer.is_string(), "{event}: {answer}");
        } else {
            assert_eq!(answer["statusCode"], 200, "{event}: {answer}");
        }
    }
}

#[test]
fn every_event_is_tried() {
    let names = std::fs::read_dir(root().join("events")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let auditor = ["audit_api.json", "audit_queue.json"];
    let dispatcher = ["change.json", "deployment.json", "on_demand.json", "schedule.json"];
    let mut tried = [&auditor[..], &dispatcher, &DASHBOARD].concat();
    tried.sort_unstable();
    assert_eq!(names, tried);
}
