//! What the functions of the service take: each action and resource of their tables, as their own calls show, not one more and not
//! one less. What audits and explanations read has its own test; what Lambda does by itself nobody sees here.

use std::collections::BTreeSet;

use collect::permissions::{self, Permission};
use engine::severity::Severity;
use serde_json::{Value, json};
use tests::emulator::{Asked, watched};
use tests::service::{Deployed, LEFT, batch, delivered};
use tests::{edit, shapes};

use crate::dashboard::{dashboard, get, post};
use crate::service::{instead, run, schedule, small};
use crate::verify;

/// Action and resource, as the tables name them.
type Taken = BTreeSet<(String, String)>;

/// What other accounts take: `accounts` has programs with credentials make these calls.
const OF_OTHER_ACCOUNTS: [&str; 2] = ["sts:AssumeRole", "organizations:ListAccounts"];

/// What calls of the service's own table, bucket, queue, bus, topic and secret take.
fn taken(asked: &Asked, deployed: &Deployed) -> Taken {
    let all = asked.lock().unwrap();
    let taken: Taken = all.iter().flat_map(|request| needs(request, deployed)).collect();
    // S3 says 403 rather than 404 to whoever may not list.
    let lists = taken.iter().any(|(action, _)| action == "s3:GetObject");
    let lists = lists.then(|| ("s3:ListBucket".to_owned(), "Bucket".to_owned()));
    taken.into_iter().chain(lists).collect()
}

fn needs(request: &str, deployed: &Deployed) -> Vec<(String, String)> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let target = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("x-amz-target").then_some(value)
    });
    let one = |action: String, resource: &str| vec![(action, resource.to_owned())];
    let Some((service, operation)) = target.and_then(|target| target.split_once('.')) else {
        if let Some(operation) = body.strip_prefix("Action=").and_then(|form| form.split('&').next()) {
            return one(format!("sns:{operation}"), "Topic");
        }
        let (method, path) = head.split_once(' ').unwrap();
        assert!(path.starts_with(&format!("/{}/", deployed.name)), "{head}");
        let operation = format!("{}{}Object", &method[..1], method[1..].to_ascii_lowercase());
        return one(format!("s3:{operation}"), "Bucket/*");
    };
    let body: Value = serde_json::from_str(body).unwrap();
    match service {
        "DynamoDB_20120810" if operation == "TransactWriteItems" => {
            let kinds = body["TransactItems"].as_array().unwrap().iter().flat_map(|item| item.as_object().unwrap());
            let kinds = kinds.map(|(kind, item)| {
                assert_eq!(item["TableName"], deployed.name);
                let action =
                    if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                (format!("dynamodb:{action}"), "Table".to_owned())
            });
            kinds.collect()
        }
        "DynamoDB_20120810" => {
            assert_eq!(body["TableName"], deployed.name);
            let index = body["IndexName"].as_str().map(|name| format!("Table/index/{name}"));
            one(format!("dynamodb:{operation}"), index.as_deref().unwrap_or("Table"))
        }
        "AmazonSQS" => {
            assert_eq!(body["QueueUrl"], deployed.queue_url);
            one(format!("sqs:{}", operation.trim_end_matches("Batch")), "AuditQueue")
        }
        "AWSEvents" => one(format!("events:{operation}"), "EventBus"),
        "secretsmanager" => one(format!("secretsmanager:{operation}"), "ProbeSecretArn"),
        other => panic!("{other}"),
    }
}

/// What a table says, but for other accounts and what of it is read of APIs.
fn published(table: &[Permission]) -> Taken {
    let own = table.iter().filter(|own| own.is_of_the_service() && !OF_OTHER_ACCOUNTS.contains(&own.action));
    own.map(|own| (own.action.to_owned(), own.resource.to_owned())).collect()
}

/// A function's calls of the service's own, from now on.
async fn watch(deployed: &mut Deployed) -> Asked {
    let (port, asked) = watched(deployed.emulator.port()).await;
    deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dispatcher_takes_what_its_table_says() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    let asked = watch(&mut deployed).await;
    let dispatcher = deployed.dispatcher();
    for event in [schedule(1), crate::service::change("UpdateMethod"), crate::service::change("UpdateMethod")] {
        dispatcher.handle(event).await.unwrap();
    }
    assert_eq!(taken(&asked, &deployed), published(&permissions::DISPATCHER));
    let mut listed = deployed.sandbox.calls().operations;
    listed.remove("sts.get_caller_identity");
    assert_eq!(listed.keys().collect::<Vec<_>>(), ["apigateway.get_rest_apis", "apigatewayv2.get_apis"]);
    let reads: Vec<&str> =
        permissions::DISPATCHER.iter().filter(|own| own.action == "apigateway:GET").map(|own| own.call).collect();
    assert_eq!(reads, ["apigateway:GetRestApis", "apigatewayv2:GetApis"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_takes_what_its_table_says() {
    let Some(mut deployed) = Deployed::start(verify::refusing()).await else { return };
    let minutes_ago = |minutes| json!((collect::now() - jiff::SignedDuration::from_mins(minutes)).to_string());
    let deployed_at = |mut recording: Value| {
        edit(&mut recording, "/apigateway/get_deployment/a1b2c3d4e5/dep001/createdDate", minutes_ago(60));
        recording
    };
    instead(&mut deployed, deployed_at(verify::refusing()), &[]).await;
    // A run, and a secret with which a route is asked.
    let secret = format!("probes-{}", deployed.name);
    let made =
        json!({ "Name": secret, "SecretString": json!({ "ORDERS_API_KEY": "q5pVb2cXn8LkT0sWz7RyG4hJ" }).to_string() });
    deployed.emulator.json("secretsmanager", "secretsmanager.CreateSecret", &made).await;
    deployed.configure(&format!("{}api-key-env = \"ORDERS_API_KEY\"\n", verify::PROBE)).await;
    deployed.settings.place.as_mut().unwrap().notify_from = Severity::Info;
    (deployed.settings.may_probe, deployed.settings.probe_secret) = (true, Some(secret));
    let dispatched = deployed.settings.clone();
    let asked = watch(&mut deployed).await;
    dispatcher::Dispatcher::new(dispatched).handle(schedule(5)).await.unwrap();
    assert_eq!(deployed.work(&deployed.auditor()).await, [""; 0]);
    // A baseline, and a trail that shows an edit before it was taken.
    let api = json!({ "apiId": shapes::REST, "region": shapes::REGION });
    let mut baseline = api.clone();
    baseline["ask"] = json!("baseline");
    let done = json!({ "batchItemFailures": [] });
    assert_eq!(deployed.auditor().handle(batch(&baseline.to_string()), LEFT).await.unwrap(), done);
    let mut edited = deployed_at(small());
    let told = json!({
        "eventID": "e1", "eventTime": minutes_ago(30), "eventName": "UpdateMethod", "readOnly": false,
        "eventSource": "apigateway.amazonaws.com", "requestParameters": { "restApiId": shapes::REST },
    });
    edited["cloudtrail"]["lookup_events"] = json!({ "Events": [{
        "EventId": "e1", "EventName": "UpdateMethod", "EventTime": minutes_ago(30), "CloudTrailEvent": told.to_string(),
    }] });
    instead(&mut deployed, edited, &[]).await;
    assert_eq!(deployed.store().await.baselines(shapes::ACCOUNT, None).await.unwrap().len(), 1);
    let auditor = deployed.auditor();
    assert_eq!(auditor.handle(batch(&api.to_string()), LEFT).await.unwrap(), done);
    assert_eq!(deployed.store().await.baselines(shapes::ACCOUNT, None).await.unwrap(), []);
    // What there is no time for, and what fails.
    auditor.handle(batch(&api.to_string()), std::time::Duration::ZERO).await.unwrap();
    let mut waiting = deployed.receive(&deployed.queue_url).await.remove(0);
    waiting.body = "this is no job".to_owned();
    auditor.handle(delivered(&waiting, 1), LEFT).await.unwrap();
    assert_eq!(taken(&asked, &deployed), published(&permissions::AUDITOR));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_takes_what_its_table_says() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(run(&deployed, schedule(3)).await, [""; 0]);
    let asked = watch(&mut deployed).await;
    let dashboard = dashboard(&deployed);
    let answer = async |event: Value| {
        let answer = dashboard.handle(event).await.unwrap();
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..300).contains(&status), "{answer}");
        serde_json::from_str::<Value>(answer["body"].as_str().unwrap()).unwrap()
    };
    let findings = answer(get("/findings")).await;
    let fingerprint = findings["items"][0]["fingerprint"].as_str().unwrap();
    for path in ["/", "/apis", &format!("/apis/{}", shapes::REST), &format!("/apis/{}/drift", shapes::REST), "/errors"]
    {
        answer(get(path)).await;
    }
    answer(get(&format!("/findings/{fingerprint}"))).await;
    answer(post("/audits", "{}")).await;
    assert_eq!(taken(&asked, &deployed), published(&permissions::DASHBOARD));
}
