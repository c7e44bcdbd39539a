//! Metrics first, and logs only of what failed: what is asked for, within which limits, and what is said where something
//! was not answered.

use std::time::Duration;

use collect::{Depth, Known, LogLimits, Scope, Watch};
use engine::health::{FunctionLog, Health};
use engine::observed::Why;
use sandbox::Options;
use serde_json::{Value, json};
use tests::programs::run;
use tests::shapes::{HTTP, LATELY, add_function, events, function_arn, function_uri, metric, orders, shop};
use tests::{Served, sample};

const KEY_ERROR: &str =
    "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler";

/// `orders`, of which the function failed once.
fn failing(log: Value) -> Value {
    let mut recording = orders();
    recording["metrics"] = json!([metric("AWS/Lambda", "Errors", json!({ "FunctionName": "orders-fn" }), 1)]);
    recording["logs"] = json!({ "/aws/lambda/orders-fn": log });
    recording
}

/// What the log of the function that failed tells.
fn log(health: &Health) -> &FunctionLog {
    health.functions[0].log.as_ref().expect("the function failed, so its log was looked at")
}

async fn health(served: &Served, limits: LogLimits) -> Health {
    let watch = Watch { limits, ..Watch::default() };
    let scope = Scope { depth: Depth::Health, watch, ..Scope::default() };
    let snapshots = served.account.read(&scope, &Known::default(), &|| served.now, &|_| {}).await;
    snapshots.unwrap().remove(0).health.unwrap()
}

/// Calls of CloudWatch and CloudWatch Logs, by operation.
fn calls(served: &Served) -> Vec<(String, usize)> {
    let own = |name: &str| name.starts_with("logs.") || name.starts_with("cloudwatch.");
    served.calls().operations.into_iter().filter(|(name, _)| own(name)).collect()
}

#[tokio::test]
async fn a_healthy_account_of_a_thousand_functions_costs_a_dozen_calls_for_metrics_at_most() {
    let mut recording = shop();
    let v2 = &mut recording["apigatewayv2"];
    for document in [HTTP.to_owned(), format!("{HTTP}/prod")] {
        let paths = v2["export_api"][document]["paths"].as_object_mut().unwrap();
        let route = paths["/cart"].clone();
        for i in 0..999 {
            let mut route = route.clone();
            route["get"]["x-amazon-apigateway-integration"]["uri"] = json!(function_arn(&format!("fn-{i:04}")));
            paths.insert(format!("/r{i}"), route);
        }
    }
    (0..999).for_each(|i| add_function(&mut recording, &format!("fn-{i:04}")));
    let served = Served::start(recording).await;
    let health = health(&served, LogLimits::default()).await;
    assert_eq!(health.functions.len(), 1000);
    let calls = calls(&served);
    assert_eq!(calls, [("cloudwatch.get_metric_data".to_owned(), 5)], "no log call at all");
}

#[tokio::test]
async fn one_function_that_failed_costs_the_calls_for_its_own_log() {
    let mut recording = failing(events(&[KEY_ERROR]));
    add_function(&mut recording, "other-fn");
    let served = Served::start(recording).await;
    let health = health(&served, LogLimits::default()).await;
    assert_eq!(log(&health).errors[0].error_type.as_deref(), Some("KeyError"));
    let expected = [("cloudwatch.get_metric_data", 2), ("logs.describe_log_groups", 1), ("logs.filter_log_events", 1)];
    assert_eq!(calls(&served), expected.map(|(name, count)| (name.to_owned(), count)));
}

#[tokio::test]
async fn the_log_group_is_the_one_that_the_configuration_names() {
    let mut recording = failing(events(&[]));
    let configuration = &mut recording["lambda"]["get_function_configuration"]["orders-fn"];
    configuration["LoggingConfig"] = json!({ "LogFormat": "JSON", "LogGroup": "/kestrel/all" });
    recording["logs"]["/kestrel/all"] = events(&[KEY_ERROR]);
    let served = Served::start(recording.clone()).await;
    assert_eq!(log(&health(&served, LogLimits::default()).await).log_groups, ["/kestrel/all"]);
    recording["lambda"]["get_function_configuration"]["orders-fn"].as_object_mut().unwrap().remove("LoggingConfig");
    let served = Served::start(recording).await;
    let health = health(&served, LogLimits::default()).await;
    assert!(log(&health).unread[0].message.contains("names no log group"), "{:?}", log(&health));
}

#[tokio::test]
async fn of_a_log_group_that_functions_share_each_gets_its_own() {
    let mut recording = failing(events(&[]));
    add_function(&mut recording, "other-fn");
    let route = &mut recording["apigateway"]["get_resources"]["a1b2c3d4e5"]["items"][0]["resourceMethods"]["GET"];
    route["methodIntegration"]["uri"] = json!(function_uri("other-fn"));
    for name in ["orders-fn", "other-fn"] {
        recording["lambda"]["get_function_configuration"][name]["LoggingConfig"]["LogGroup"] = json!("/kestrel/all");
    }
    let event =
        |stream: &str, message: &str| json!({ "timestamp": LATELY, "logStreamName": stream, "message": message });
    recording["logs"]["/kestrel/all"] = json!([
        event("2026/10/10/orders-fn[$LATEST]1", KEY_ERROR),
        event("2026/10/10/other-fn[$LATEST]2", &KEY_ERROR.replace("KeyError", "ValueError")),
        event("anything", &KEY_ERROR.replace("KeyError", "TypeError")),
    ]);
    let served = Served::start(recording).await;
    let found = health(&served, LogLimits::default()).await;
    let types: Vec<Option<&str>> = log(&found).errors.iter().map(|group| group.error_type.as_deref()).collect();
    assert_eq!(types, [Some("KeyError")]);
    assert!(log(&found).unread[0].message.ends_with("of 1 events nothing tells whose they are"), "{:?}", log(&found));
}

#[tokio::test]
async fn without_metrics_logs_are_read() {
    let mut recording = failing(events(&[KEY_ERROR]));
    recording.as_object_mut().unwrap().remove("metrics");
    let served = Served::start(recording).await;
    let health = health(&served, LogLimits::default()).await;
    assert_eq!(health.functions[0].metrics.known().unwrap_err().why, Why::Denied);
    assert_eq!(log(&health).errors.len(), 1);
}

#[tokio::test]
async fn only_the_time_of_the_errors_is_read() {
    let mut log_events = events(&[KEY_ERROR]);
    let early = json!({ "timestamp": LATELY - 30 * 60 * 1000, "message": "[ERROR] Early: x\nTraceback (most recent call last):" });
    log_events.as_array_mut().unwrap().push(early);
    let served = Served::start(failing(log_events)).await;
    assert_eq!(log(&health(&served, LogLimits::default()).await).events, 1);
}

#[tokio::test]
async fn pages_without_events_are_followed_to_the_end() {
    let page = |messages: &[&str]| events(messages);
    let pages = json!({ "pages": [page(&[]), page(&[]), page(&[KEY_ERROR])] });
    let served = Served::start(failing(pages)).await;
    let found = health(&served, LogLimits::default()).await;
    assert_eq!((log(&found).errors.len(), log(&found).unread.len()), (1, 0));
    assert!(calls(&served).contains(&("logs.filter_log_events".to_owned(), 3)));
    let few = health(&served, LogLimits { pages: 2, ..LogLimits::default() }).await;
    assert!(log(&few).unread[0].message.starts_with("there is more than the 2 pages that are read"), "{:?}", log(&few));
}

#[tokio::test]
async fn what_goes_wrong_with_a_log_is_named_and_costs_that_log_alone() {
    for (log_group, faults, why, message) in [
        (json!([]), vec!["filter_log_events=denied"], Why::Denied, "AccessDeniedException"),
        (json!([]), vec!["filter_log_events=error:ThrottlingException"], Why::Throttled, "ThrottlingException"),
        (Value::Null, vec![], Why::Gone, "not found"),
        (Value::Null, vec!["describe_log_groups=denied"], Why::Gone, "ResourceNotFoundException"),
    ] {
        let served = Served::start_faulty(failing(log_group), &faults).await;
        let found = health(&served, LogLimits::default()).await;
        let unread = &log(&found).unread[0];
        assert_eq!((unread.why, unread.message.starts_with(message)), (why, true), "{faults:?}: {unread:?}");
        assert!(unread.resource.ends_with(":log-group:/aws/lambda/orders-fn"), "{unread:?}");
        // Whether a group may be described stands in nobody's way.
        assert_eq!(found.functions[0].metrics.ok().unwrap().errors, 1);
    }
    let served = Served::start_faulty(failing(events(&[KEY_ERROR])), &["filter_log_events=throttle*2"]).await;
    assert_eq!(log(&health(&served, LogLimits::default()).await).errors.len(), 1, "an attempt that fails is repeated");
}

/// The function's log in a group that only queries read.
fn infrequent(status: Option<&str>) -> Value {
    let mut group =
        json!({ "logGroupClass": "INFREQUENT_ACCESS", "storedBytes": 4096, "events": events(&[KEY_ERROR]) });
    status.into_iter().for_each(|status| group["queryStatus"] = json!(status));
    failing(group)
}

#[tokio::test]
async fn a_group_of_the_infrequent_access_class_is_queried_within_the_limit_of_its_cost() {
    let served = Served::start(infrequent(None)).await;
    let found = health(&served, LogLimits::default()).await;
    assert_eq!(log(&found).errors[0].error_type.as_deref(), Some("KeyError"));
    let queried = ["logs.describe_log_groups", "logs.get_query_results", "logs.start_query"];
    let names: Vec<String> =
        calls(&served).into_iter().map(|(name, _)| name).filter(|name| name.starts_with("logs.")).collect();
    assert_eq!(names, queried);

    let served = Served::start(infrequent(None)).await;
    let found = health(&served, LogLimits { query_bytes: 4095, ..LogLimits::default() }).await;
    let message = &log(&found).unread[0].message;
    assert!(message.ends_with("it would look through 4096 bytes, and 4095 are allowed"), "{message}");
    assert!(!calls(&served).iter().any(|(name, _)| name == "logs.start_query"), "nothing that costs was begun");
}

#[tokio::test]
async fn a_large_group_is_queried_instead_of_paged_through() {
    let mut recording = failing(events(&[KEY_ERROR]));
    let bytes = metric("AWS/Logs", "IncomingBytes", json!({ "LogGroupName": "/aws/lambda/orders-fn" }), 300 << 20);
    recording["metrics"].as_array_mut().unwrap().push(bytes);
    let served = Served::start(recording).await;
    let limits = LogLimits { pages: 2, ..LogLimits::default() };
    assert_eq!(log(&health(&served, limits).await).errors.len(), 1);
    assert!(calls(&served).contains(&("logs.start_query".to_owned(), 1)));
}

#[tokio::test]
async fn a_query_that_fails_or_does_not_end_is_named() {
    for (status, message, stopped) in [
        ("Failed", "the query on /aws/lambda/orders-fn ended with the status Failed", None),
        ("Timeout", "the query on /aws/lambda/orders-fn ended with the status Timeout", None),
        ("Running", "the query on /aws/lambda/orders-fn was not done after 1 seconds", Some(1)),
    ] {
        let served = Served::start(infrequent(Some(status))).await;
        let limits = LogLimits { query_wait: Duration::from_secs(1), ..LogLimits::default() };
        assert_eq!(log(&health(&served, limits).await).unread[0].message, message);
        assert_eq!(served.calls().operations.get("logs.stop_query").copied(), stopped, "{status}");
    }
}

#[tokio::test]
async fn a_query_of_a_read_that_is_given_up_is_stopped() {
    let served = Served::start(infrequent(Some("Running"))).await;
    let read = health(&served, LogLimits::default());
    assert!(tokio::time::timeout(Duration::from_secs(3), read).await.is_err(), "it waits for the query");
    served.account.stop_queries().await;
    served.account.stop_queries().await;
    assert_eq!(served.calls().operations.get("logs.stop_query"), Some(&1), "once");
}

#[tokio::test]
async fn reading_logs_keeps_to_the_quota_of_the_region() {
    let pages: Vec<Value> = (0..14).map(|_| json!([])).collect();
    let recording = failing(json!({ "pages": pages }));
    let options = Options { quota: true, ..Options::default() };
    let served = Served::start_with(recording, options, Some(1.0)).await;
    let found = health(&served, LogLimits::default()).await;
    assert_eq!((log(&found).unread.len(), served.calls().throttled), (0, 0));
}

#[test]
fn errors_of_an_account_are_grouped_with_their_routes() {
    let ran = run(["errors", "--recording", &sample(), "--format", "json", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let errors: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&errors["schema"], &errors["since"]), (&json!("stagecheck.errors/1"), &json!("2026-10-10T11:00:00Z")));
    let told: Vec<Value> = errors["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| json!([group["kind"], group["count"], group["functions"], group["routes"]]))
        .collect();
    let expected = [
        json!(["exception", 3, ["orders-fn"], ["GET /orders/{id}"]]),
        json!(["malformed-response", 2, ["catalog-fn"], ["GET /books"]]),
        json!(["timeout", 1, ["search-fn"], ["GET /search"]]),
    ];
    assert_eq!(told, expected);
    let one = run(["errors", "--recording", &sample(), "--function", "search-fn", "--quiet", "--fail-on", "high"]);
    assert_eq!(
        (one.code, one.stdout.contains("Task timed out after 10.00 seconds"), one.stdout.contains("KeyError")),
        (1, true, false)
    );
    let unknown = run(["errors", "--recording", &sample(), "--function", "nothing-fn", "--quiet", "--strict"]);
    assert_eq!(
        (unknown.code, unknown.stdout.contains("nothing-fn: no API calls this function")),
        (3, true),
        "{}",
        unknown.stdout
    );
    let none = run(["errors", "--recording", &sample(), "--since", "5m", "--quiet", "--format", "json"]);
    let none: Value = serde_json::from_str(&none.stdout).unwrap();
    assert_eq!(none["groups"].as_array().unwrap().len(), 1, "the last one was at 11:55");
}

#[test]
fn a_recording_of_what_failed_is_read_to_the_same_errors() {
    let folder = tests::folder::Folder::new("recorded-errors");
    let out = folder.path("again.json");
    let recorded = run(["record", "--recording", &sample(), "--out", &out, "--quiet"]);
    assert_eq!((recorded.code, recorded.stderr.as_str()), (0, ""));
    let errors = |path: &str| run(["errors", "--recording", path, "--format", "json", "--quiet"]).stdout;
    assert_eq!(errors(&out), errors(&sample()));
}
