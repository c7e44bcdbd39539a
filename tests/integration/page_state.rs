//! What the page and the widget say of what is gone, awaited, not evaluated or not audited any more.

use dashboard::{Dashboard, Settings};
use serde_json::{Value, json};
use tests::service::{Deployed, LEFT, batch};
use tests::{shapes, shop};

use crate::dashboard::get;
use crate::service::{ACCOUNT, REGION, instead, mended, schedule, small, sweep};

/// A dashboard that calls late what is older than two hours.
fn dashboard(deployed: &Deployed) -> Dashboard {
    let late = |name: &str| (name == "LATE_AFTER_HOURS").then(|| "2".to_owned());
    Dashboard::new(Settings::from_variables(late).unwrap(), deployed.settings.clone())
}

/// The words of a page.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

async fn page(deployed: &Deployed, path: &str) -> (Value, String) {
    let mut event = get(path);
    event["headers"]["accept"] = json!("text/html");
    let answer = dashboard(deployed).handle(event).await.unwrap();
    (answer["statusCode"].clone(), text(answer["body"].as_str().unwrap()))
}

async fn widget(deployed: &Deployed) -> String {
    text(dashboard(deployed).handle(json!({ "widgetContext": {} })).await.unwrap().as_str().unwrap())
}

/// The message of one kind that is on the queue.
async fn work_on(deployed: &Deployed, ask: &str) {
    let messages = deployed.receive(&deployed.queue_url).await;
    let own = messages.iter().find(|own| own.body.contains(&format!(r#""ask":"{ask}""#))).unwrap();
    let answer = deployed.auditor().handle(batch(&own.body), LEFT).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_was_deleted_since_the_last_run_is_gone_and_not_late() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 30).await, [""; 0]);
    let mut without = small();
    without["apigateway"]["get_rest_apis"]["items"] = json!([]);
    instead(&mut deployed, without, &[]).await;
    let run = (collect::now() - jiff::SignedDuration::from_mins(1)).to_string();
    let asked = json!({ "apiId": shapes::REST, "region": REGION, "accountId": ACCOUNT, "run": run, "ask": "audit" });
    deployed.auditor().handle(batch(&asked.to_string()), LEFT).await.unwrap();
    let shown = [page(&deployed, "/").await.1, widget(&deployed).await];
    assert!(shown.iter().all(|text| !text.contains("late") && !text.contains(shapes::REST)), "{shown:?}");
    // Nobody can deploy to it any more.
    let own = format!("/apis/{}", shapes::REST);
    let (_, gone) = page(&deployed, &own).await;
    assert!(gone.contains("does not exist any more"), "{gone}");
    assert!(!gone.contains("create-deployment") && !gone.contains("Audit now"), "{gone}");
    assert_eq!(page(&deployed, &format!("{own}/drift")).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dispatched_for_the_first_time_is_not_late() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    deployed.dispatcher().handle(schedule(0)).await.unwrap();
    work_on(&deployed, "audit").await;
    let (_, overview) = page(&deployed, "/").await;
    assert!(overview.contains("orders") && !overview.contains("late"), "{overview}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_whose_first_audit_is_awaited_has_a_page() {
    let Some(deployed) = Deployed::start(shop()).await else { return };
    deployed.dispatcher().handle(schedule(5)).await.unwrap();
    work_on(&deployed, "region").await;
    assert!(page(&deployed, "/").await.1.contains("k3orders01"));
    let (status, own) = page(&deployed, "/apis/k3orders01").await;
    assert_eq!(status, 200);
    assert!(own.contains("Audited not yet") && !own.contains("No drift of it is kept"), "{own}");
    let listed = dashboard(&deployed).handle(get("/apis")).await.unwrap();
    assert!(listed["body"].as_str().unwrap().contains("k3orders01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_evaluated_is_named_with_its_reason() {
    let Some(mut deployed) = Deployed::start(mended()).await else { return };
    instead(&mut deployed, mended(), &["get_policy=denied", "get_api_keys=denied"]).await;
    assert_eq!(sweep(&deployed, 1).await, [""; 0]);
    let (_, own) = page(&deployed, &format!("/apis/{}", shapes::REST)).await;
    assert!(own.contains("lambda:GetPolicy") && own.contains("lambda-permission-missing"), "{own}");
    let (_, overview) = page(&deployed, "/").await;
    let told = "could not be evaluated for what belongs to no API: access denied: ";
    assert!(overview.contains(told) && overview.contains("key-without-usage-plan"), "{overview}");
    let widget = widget(&deployed).await;
    assert!(!widget.contains("without anything to look at"), "{widget}");
    // Where it may be read again, nothing is left of it.
    instead(&mut deployed, mended(), &[]).await;
    assert_eq!(sweep(&deployed, 0).await, [""; 0]);
    assert!(!page(&deployed, "/").await.1.contains("could not be evaluated"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_of_a_region_that_was_taken_out_says_so() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    assert!(!page(&deployed, "/findings").await.1.contains("Not audited any more"));
    let elsewhere = std::collections::BTreeSet::from([(ACCOUNT.to_owned(), "eu-south-2".to_owned())]);
    deployed.store().await.keep_places(collect::now(), &elsewhere).await.unwrap();
    let (_, own) = page(&deployed, &format!("/apis/{}", shapes::REST)).await;
    assert!(
        own.contains("Not audited any more, because eu-west-1 of the account") && !own.contains("Audit now"),
        "{own}"
    );
}
