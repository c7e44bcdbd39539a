//! Accounts and regions that cannot be listed, and runs that end when newer ones have: neither is told as if it were the present.

use serde_json::{Value, json};
use tests::kept::everything;
use tests::service::{Deployed, LEFT, batch};

use crate::dashboard::{dashboard, get, post};
use crate::service::{instead, schedule, small, sweep};

const NOWHERE: &str = "us-east-1";

/// The ends of runs that were told: region, and why something could not be listed.
async fn ended(deployed: &Deployed) -> Vec<(String, Value)> {
    let notices = deployed.notices().await.into_iter().filter(|(kind, _)| kind == "Audit Completed");
    let mut ended: Vec<_> = notices
        .map(|(_, detail)| (detail["region"].as_str().unwrap().to_owned(), detail["notListed"].clone()))
        .collect();
    ended.sort_by(|a, b| a.0.cmp(&b.0));
    ended
}

async fn overview(deployed: &Deployed) -> String {
    let mut event = get("/");
    event["headers"]["accept"] = json!("text/html");
    dashboard(deployed).handle(event).await.unwrap()["body"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_cannot_be_listed_is_told_as_that_and_not_as_empty() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    deployed.settings.regions.push(NOWHERE.to_owned());
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let told = ended(&deployed).await;
    assert_eq!((told.len(), &told[0]), (2, &("eu-west-1".to_owned(), json!([]))));
    let why = told[1].1.as_array().unwrap();
    // Two lists, each told once, though the dispatcher and the auditor met it.
    assert!(why.len() == 2 && why.iter().all(|why| why.as_str().unwrap().contains("access denied")), "{why:?}");
    let store = deployed.store().await;
    let counted = |account, region| store.tallies(account, region, jiff::Timestamp::MIN);
    assert_eq!(counted("111122223333", NOWHERE).await.unwrap(), []);
    assert_eq!(counted("111122223333", "eu-west-1").await.unwrap().len(), 1);
    let unlisted = |regions: Vec<store::RegionStatus>| {
        let all = regions.into_iter().filter(|region| region.not_listed().is_some());
        all.map(|region| region.region).collect::<Vec<_>>()
    };
    assert_eq!(unlisted(store.regions().await.unwrap()), [NOWHERE]);
    let page = overview(&deployed).await;
    assert!(page.contains("Not all APIs could be listed") && !page.contains("No APIs here."), "{page}");
    // Once it can be listed, nothing of that is left: there is nothing there.
    let mut other = small();
    other["region"] = json!(NOWHERE);
    other["apigateway"]["get_rest_apis"]["items"] = json!([]);
    let listed = json!({ "accounts": [small(), other] });
    instead(&mut deployed, listed, &[]).await;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    let told = ended(&deployed).await;
    assert!(told.len() == 2 && told.iter().all(|(_, why)| *why == json!([])), "{told:?}");
    assert_eq!(unlisted(store.regions().await.unwrap()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_listed_any_more_is_not_known_and_no_point_of_a_chart() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    assert_eq!(sweep(&deployed, 9).await, [""; 0]);
    let stages = async |deployed: &Deployed| {
        let notices = deployed.notices().await.into_iter().filter(|(kind, _)| kind == "Audit Completed");
        let told = |(_, detail): (String, Value)| (detail["driftingStages"].clone(), detail["unknownStages"].clone());
        notices.map(told).collect::<Vec<_>>()
    };
    assert_eq!(stages(&deployed).await, [(json!(1), json!(0))]);
    let page = overview(&deployed).await;
    assert!(page.contains("1</strong> stage drifting") && page.contains("0</strong> stages not known"), "{page}");
    let charted = async |deployed: &Deployed| {
        let points = deployed.store().await.series(store::Metric::Findings, jiff::Timestamp::MIN).await.unwrap();
        points.into_iter().map(|point| point.time).max().unwrap()
    };
    let last = charted(&deployed).await;
    instead(&mut deployed, small(), &["apigateway.get_rest_apis=denied"]).await;
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    assert_eq!(stages(&deployed).await, [(json!(0), json!(1))]);
    let page = overview(&deployed).await;
    assert!(page.contains("0</strong> stages drifting") && page.contains("1</strong> stage not known"), "{page}");
    assert_eq!(charted(&deployed).await, last);
    let answer = dashboard(&deployed).handle(get("/apis")).await.unwrap();
    let apis: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(apis["items"][0]["stages"][0]["inSync"], Value::Null);
    assert_eq!(apis["items"][0]["stages"][0]["reason"], "not listed by the newest run");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_a_run_left_out_is_on_the_overview_as_late() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    // Seven hours ago: the other parts of a run are waited for no longer.
    deployed.dispatcher().handle(schedule(7 * 60)).await.unwrap();
    for message in deployed.receive(&deployed.queue_url).await {
        if message.body.contains(r#""ask":"region""#) {
            deployed.auditor().handle(batch(&message.body), LEFT).await.unwrap();
        }
    }
    let store = deployed.store().await;
    assert_eq!(store.apis("111122223333", "eu-west-1").await.unwrap(), []);
    let overview = web::overview(&store, collect::now(), Some(jiff::SignedDuration::from_hours(8))).await.unwrap();
    let (prefix, now) = (String::new(), collect::now());
    let frame = web::page::Frame { prefix, csrf: None, person: None, can_sign_out: false, can_audit: false, now };
    let page = web::page::overview(&frame, &overview).into_string();
    assert!(page.contains("The audit of 1 API is late</strong>: a1b2c3d4e5."), "{page}");
    assert!(page.contains("<strong class=\"bad\">late</strong>: not yet"), "{page}");
    assert_eq!(page.matches("not known</span>").count(), 3, "{page}");
    let widget = web::page::widget(&frame, &overview).into_string();
    assert!(widget.contains("not audited yet") && !widget.contains("without anything to look at"), "{widget}");
    // An audit of everything that somebody asks for takes it in.
    let begun = dashboard(&deployed).handle(post("/audits", "{}")).await.unwrap();
    let begun: Value = serde_json::from_str(begun["body"].as_str().unwrap()).unwrap();
    assert_eq!(begun["queued"], 2, "{begun}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_old_run_says_nothing_where_a_newer_one_has_ended() {
    let Some(deployed) = Deployed::start(small()).await else { return };
    // Of the old run everything waits somewhere.
    deployed.dispatcher().handle(schedule(9)).await.unwrap();
    let old = deployed.receive(&deployed.queue_url).await;
    for message in &old {
        deployed.delete(&deployed.queue_url, message).await;
    }
    assert_eq!(sweep(&deployed, 5).await, [""; 0]);
    assert_eq!(ended(&deployed).await.len(), 1);
    let before = everything(&deployed.store().await).await;
    let auditor = deployed.auditor();
    for message in &old {
        let answer = auditor.handle(batch(&message.body), LEFT).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", message.body);
    }
    assert_eq!(deployed.work(&auditor).await, [""; 0]);
    assert_eq!(everything(&deployed.store().await).await, before);
    assert_eq!(deployed.notices().await, []);
}
