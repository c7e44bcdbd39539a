//! What pages count: what there is now, whether a run has ended since or not.

use std::collections::{BTreeMap, BTreeSet};

use engine::reconcile::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Counts, Metric};
use tests::kept::findings;
use tests::service::{Deployed, LEFT, batch};
use tests::shapes;

use crate::dashboard::{dashboard, get};
use crate::service::{instead, small, sweep};

/// The audit of an API by itself, as a change asks for it.
async fn audit(deployed: &Deployed) {
    let message = json!({ "apiId": shapes::REST, "region": shapes::REGION }).to_string();
    assert_eq!(deployed.auditor().handle(batch(&message), LEFT).await.unwrap(), json!({ "batchItemFailures": [] }));
}

/// The newest value of each line of the chart of findings that is not zero, and how many points a line has.
async fn charted(deployed: &Deployed) -> (BTreeMap<String, u64>, usize) {
    let points = deployed.store().await.series(Metric::Findings, Timestamp::MIN).await.unwrap();
    let newest: BTreeMap<String, u64> = points.iter().map(|point| (point.label.clone(), point.value)).collect();
    let length = points.iter().filter(|point| point.label.ends_with("/high")).count();
    (newest.into_iter().filter(|(_, value)| *value > 0).collect(), length)
}

/// The text of the headline's tile, and the widget's first sentence.
async fn shown(deployed: &Deployed) -> (String, String) {
    let dashboard = dashboard(deployed);
    let mut event = get("/");
    event["headers"]["accept"] = json!("text/html");
    let answer = dashboard.handle(event).await.unwrap();
    let page = answer["body"].as_str().unwrap();
    let (_, tile) = page.split_once("Open findings</span>").unwrap();
    let widget: Value = dashboard.handle(json!({ "widgetContext": {} })).await.unwrap();
    let widget = text(widget.as_str().unwrap());
    let (sentence, _) = widget.split_once(" , ").unwrap();
    (text(tile.split_once("</ul>").unwrap().0), sentence.to_owned())
}

/// A piece of HTML without its elements.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

async fn agree(deployed: &Deployed, tile: &str, open: Counts) {
    let shown = shown(deployed).await;
    let all: usize = open.by_severity().iter().map(|(_, number)| number).sum();
    let noun = if all == 1 { "finding" } else { "findings" };
    assert_eq!(shown, (tile.to_owned(), format!("{all} open {noun}")));
    let place = format!("{}/{}", shapes::ACCOUNT, shapes::REGION);
    let wanted = open.by_severity().into_iter().filter(|(_, number)| *number > 0);
    let wanted: BTreeMap<String, u64> =
        wanted.map(|(severity, number)| (format!("{place}/{}", severity.name()), number as u64)).collect();
    assert_eq!(charted(deployed).await.0, wanted);
    let listed = findings(&deployed.store().await).await;
    assert_eq!(listed.iter().filter(|tracked| tracked.state == State::Open).count(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headline_counts_what_an_audit_of_one_api_found() {
    let Some(mut deployed) = Deployed::start(small()).await else { return };
    // No run has ended yet.
    audit(&deployed).await;
    agree(&deployed, "2 high 1 medium", Counts { high: 2, medium: 1, ..Counts::default() }).await;
    assert_eq!(charted(&deployed).await.1, 1);
    // A run counts the same; then a change mends the API, and nobody looks at keys.
    assert_eq!(sweep(&deployed, 0).await, [""; 0]);
    agree(&deployed, "2 high 1 medium", Counts { high: 2, medium: 1, ..Counts::default() }).await;
    let runs = charted(&deployed).await.1;
    instead(&mut deployed, shapes::orders(), &[]).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    audit(&deployed).await;
    agree(&deployed, "1 medium", Counts { medium: 1, ..Counts::default() }).await;
    assert_eq!(charted(&deployed).await.1, runs + 1);
    // What was taken out of the configuration since counts no more.
    let elsewhere = BTreeSet::from([(shapes::ACCOUNT.to_owned(), "eu-south-2".to_owned())]);
    deployed.store().await.keep_places(Timestamp::now(), &elsewhere).await.unwrap();
    let mut event = get("/");
    event["headers"]["accept"] = json!("text/html");
    let answer = dashboard(&deployed).handle(event).await.unwrap();
    let page = text(answer["body"].as_str().unwrap());
    assert!(page.contains("Nothing was audited yet.") && page.contains("Not audited any more"), "{page}");
    for (path, query) in [("/", ""), ("/apis", ""), ("/series", "metric=findings"), ("/series", "metric=errors")] {
        let mut event = get(path);
        event["rawQueryString"] = json!(query);
        let answer = dashboard(&deployed).handle(event).await.unwrap();
        let listed: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let listed = listed.get("items").unwrap_or(&listed);
        assert_eq!(listed, &json!([]), "{path}");
    }
    // By its id it is still there, as it was last seen.
    assert_eq!(dashboard(&deployed).handle(get("/apis/a1b2c3d4e5")).await.unwrap()["statusCode"], 200);
}
