//! The dashboard function over the service's own table, bucket and queue, as an emulator of others serves them.

use dashboard::{Dashboard, Settings};
use serde_json::{Value, json};
use service::Audited;
use tests::emulator::Fault;
use tests::kept::Kind;
use tests::read;
use tests::service::Deployed;
use tests::shop;

pub(crate) fn dashboard(deployed: &Deployed) -> Dashboard {
    Dashboard::new(Settings::from_variables(|_| None).unwrap(), deployed.settings.clone())
}

fn event(name: &str) -> Value {
    serde_json::from_str(&read(&format!("events/{name}"))).unwrap()
}

/// A signed request of an HTTP API's.
pub(crate) fn get(path: &str) -> Value {
    let mut event = event("dashboard_http.json");
    event["rawPath"] = json!(path);
    event["rawQueryString"] = json!("");
    event["pathParameters"]["proxy"] = json!(path.trim_start_matches('/'));
    event
}

/// The same with a body.
pub(crate) fn post(path: &str, body: &str) -> Value {
    let mut event = get(path);
    event["requestContext"]["http"]["method"] = json!("POST");
    event["headers"]["content-type"] = json!("application/json");
    event["body"] = json!(body);
    event
}

#[tokio::test]
async fn what_the_service_keeps_is_shown_by_every_kind_of_event() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    Kind::of(0, shop(), &[]).await.keep(&deployed.store().await).await.unwrap();
    let dashboard = dashboard(&deployed);
    let findings = dashboard.handle(event("dashboard_http.json")).await.unwrap();
    assert_eq!(findings["statusCode"], 200, "{findings}");
    let list: Value = serde_json::from_str(findings["body"].as_str().unwrap()).unwrap();
    let items = list["items"].as_array().unwrap();
    assert!(!items.is_empty() && items.iter().all(|finding| finding["severity"] == "high"), "{list}");
    let page = dashboard.handle(event("dashboard_rest.json")).await.unwrap();
    assert_eq!(
        (page["statusCode"].as_u64(), &page["multiValueHeaders"]["content-type"]),
        (Some(200), &json!(["text/html; charset=utf-8"]))
    );
    assert!(page["body"].as_str().unwrap().contains("href=\"/prod/findings"), "{page}");
    let widget = dashboard.handle(event("dashboard_widget.json")).await.unwrap();
    let widget = widget.as_str().unwrap();
    assert!(widget.contains("orders") && !widget.contains("href="), "{widget}");
    let described = dashboard.handle(event("dashboard_widget_describe.json")).await.unwrap();
    assert!(described.as_str().unwrap().starts_with("## stagecheck"));
    // Nobody has signed it.
    let mut unsigned = event("dashboard_http.json");
    unsigned["requestContext"]["authorizer"] = Value::Null;
    assert_eq!(dashboard.handle(unsigned).await.unwrap()["statusCode"], 403);
}

#[tokio::test]
async fn an_audit_is_put_on_the_queue() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    Kind::of(0, shop(), &[]).await.keep(&deployed.store().await).await.unwrap();
    let dashboard = dashboard(&deployed);
    let begun = dashboard.handle(post("/audits", r#"{"apiId": "k3orders01"}"#)).await.unwrap();
    assert_eq!(begun["statusCode"], 202, "{begun}");
    let begun: Value = serde_json::from_str(begun["body"].as_str().unwrap()).unwrap();
    let messages = deployed.receive(&deployed.queue_url).await;
    let message: Value = serde_json::from_str(&messages[0].body).unwrap();
    let expected = json!({ "apiId": "k3orders01", "region": "eu-west-1", "accountId": "111122223333", "run": begun["run"], "ask": "audit" });
    assert_eq!((messages.len(), message), (1, expected));
    deployed.delete(&deployed.queue_url, &messages[0]).await;
    // Everything: one message for each API, and one for what belongs to none.
    let begun = dashboard.handle(post("/audits", "{}")).await.unwrap();
    let begun: Value = serde_json::from_str(begun["body"].as_str().unwrap()).unwrap();
    let apis = deployed.store().await.apis("111122223333", "eu-west-1").await.unwrap().len();
    assert_eq!(begun["queued"], apis + 1);
}

#[tokio::test]
async fn what_is_not_audited_any_more_is_not_put_on_the_queue() {
    let Some(mut deployed) = Deployed::start(shop()).await else { return };
    let store = deployed.store().await;
    Kind::of(0, shop(), &[]).await.keep(&store).await.unwrap();
    let apis = store.apis("111122223333", "eu-west-1").await.unwrap().len();
    store.saw_event("444455556666", "eu-west-1", tests::kept::at(0)).await.unwrap();
    store.saw_event("111122223333", "us-east-1", tests::kept::at(0)).await.unwrap();
    // Everything is what is audited. Which accounts an organization has, the dashboard may not ask: those that were audited.
    for audited in [Audited::Own, Audited::Listed(vec!["111122223333".to_owned()]), Audited::Organization] {
        deployed.settings.audited = audited;
        let begun = dashboard(&deployed).handle(post("/audits", "{}")).await.unwrap();
        let begun: Value = serde_json::from_str(begun["body"].as_str().unwrap()).unwrap();
        assert_eq!(begun["queued"], apis + 1);
    }
    loop {
        let messages = deployed.receive(&deployed.queue_url).await;
        if messages.is_empty() {
            break;
        }
        for message in &messages {
            assert!(message.body.contains(r#""region":"eu-west-1","accountId":"111122223333""#), "{}", message.body);
        }
    }
    // What is shown may be of an account that is not audited any more.
    deployed.settings.audited = Audited::Listed(vec!["444455556666".to_owned()]);
    for body in [r#"{"apiId": "k3orders01"}"#, r#"{"accountId": "111122223333"}"#, r#"{"region": "us-east-1"}"#] {
        let refused = dashboard(&deployed).handle(post("/audits", body)).await.unwrap();
        assert_eq!(refused["statusCode"], 409, "{body}: {refused}");
        assert!(
            refused["body"].as_str().unwrap().contains("the accounts and regions that the service audits"),
            "{body}"
        );
    }
    assert_eq!(deployed.receive(&deployed.queue_url).await.len(), 0);
}

#[tokio::test]
async fn a_request_is_explained_by_what_is_read_of_the_account() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    let body = json!({
        "request": { "method": "GET", "url": "https://k3orders01.execute-api.eu-west-1.amazonaws.com/prod/orders/7/invoice" },
        "response": { "status": 403, "headers": { "x-amzn-errortype": "MissingAuthenticationTokenException" }, "body": "{\"message\":\"Missing Authentication Token\"}" },
    });
    let explained = dashboard(&deployed).handle(post("/explain", &body.to_string())).await.unwrap();
    let explained: Value = serde_json::from_str(explained["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&explained["verdict"], &explained["causes"][0]["id"]),
        (&json!("certain"), &json!("rest-stage-on-old-deployment"))
    );
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_told_and_no_more() {
    let Some(mut deployed) = Deployed::start(shop()).await else { return };
    if let Some(place) = &mut deployed.settings.place {
        place.table = "not-there".to_owned();
    }
    let answer = dashboard(&deployed).handle(event("dashboard_http.json")).await.unwrap();
    assert_eq!(answer["statusCode"], 503);
    assert!(!answer["body"].as_str().unwrap().contains("not-there"), "{answer}");
}

/// What a deployment would change lies in the bucket, all else in the table.
#[tokio::test]
async fn an_api_is_shown_without_its_drift_where_the_bucket_cannot_be_read() {
    let Some(mut deployed) = Deployed::start(shop()).await else { return };
    Kind::of(0, shop(), &[]).await.keep(&deployed.store().await).await.unwrap();
    let mut event = get("/apis/k3orders01");
    event["headers"]["accept"] = json!("text/html");
    let page = dashboard(&deployed).handle(event.clone()).await.unwrap();
    let (told, cannot) = ("What a deployment now would change", "cannot be read at this moment");
    let body = page["body"].as_str().unwrap();
    assert!(body.contains(told) && !body.contains(cannot), "{body}");
    let (port, _) = Fault::broken("GET /", 1000).before(deployed.emulator.port()).await;
    deployed.settings.own_endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    let page = dashboard(&deployed).handle(event).await.unwrap();
    let body = page["body"].as_str().unwrap();
    assert_eq!(page["statusCode"], 200, "{body}");
    assert!(body.contains(cannot) && !body.contains(told) && body.contains("POST /orders"), "{body}");
}
