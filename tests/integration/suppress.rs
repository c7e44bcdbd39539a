//! Suppression, as a user meets it: what the report shows, what it counts, and what a store keeps.

use engine::finding::Finding;
use engine::reconcile::State;
use expect_test::expect;
use serde_json::{Value, json};
use store::{Filter, Sqlite, Store};
use tests::edit;
use tests::folder::Folder;
use tests::programs::{Ran, run};
use tests::sample;
use tests::shapes::{REST, orders};

/// An account with one finding of high severity: an edit that waits for its deployment.
fn edited() -> Value {
    let mut recording = orders();
    edit(
        &mut recording,
        &format!("/apigateway/get_resources/{REST}/items/1/resourceMethods/POST/apiKeyRequired"),
        json!(true),
    );
    recording
}

fn audit(folder: &Folder, recording: &Value, toml: &str, args: &[&str]) -> Ran {
    let recording = folder.file("recording.json", &recording.to_string());
    let config = folder.file("stagecheck.toml", toml);
    let fixed = ["audit", "--recording", &recording, "--config", &config, "--quiet", "--no-trail", "--color", "never"];
    run(fixed.into_iter().chain(args.iter().copied()))
}

const BY_DESIGN: &str = "[[suppress]]\ncheck = \"undeployed-change\"\napi = \"ord*\"\nroute = \"/orders\"\nreason = \"<b>by design</b>\"\nuntil = 2026-10-31\n";

#[test]
fn a_suppressed_finding_is_shown_apart_and_does_not_count() {
    let folder = Folder::new("suppress-shown");
    let plain = audit(&folder, &edited(), "", &["--fail-on", "high"]);
    assert_eq!(plain.code, 1);
    let ran = audit(&folder, &edited(), BY_DESIGN, &["--fail-on", "low"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expect![[r#"
        Account 111122223333, eu-west-1, read 2026-10-10 12:00 UTC

        Do the stages serve what you see and edit?

          orders (REST)  prod  no, 1 change is not deployed

        Suppressed

          orders (REST a1b2c3d4e5), stage prod, eu-west-1  undeployed-change, high
            POST /orders: the change of apiKeyRequired is not deployed to prod
            until 2026-10-31 23:59 UTC: <b>by design</b>

        1 API, 1 stage: no findings, 1 suppressed
    "#]]
    .assert_eq(&ran.stdout);
    let ran = audit(&folder, &edited(), BY_DESIGN, &["--format", "markdown"]);
    expect![[r#"
        ### API Gateway: 0 critical, 0 high, 0 medium, 0 low, 0 not evaluated, 1 suppressed

        Account 111122223333, eu-west-1, read 2026-10-10 12:00 UTC


        <details><summary>Suppressed</summary>

        - high undeployed-change: orders (REST a1b2c3d4e5), stage prod, eu-west-1: POST /orders: the change of apiKeyRequired is not deployed to prod. until 2026-10-31 23:59 UTC: \<b\>by design\</b\>

        </details>
    "#]]
    .assert_eq(&ran.stdout);
    let report = audit(&folder, &edited(), BY_DESIGN, &["--format", "json"]).json();
    assert_eq!(report["summary"]["suppressed"], 1);
    assert_eq!(report["summary"]["high"], 0);
    let why = &report["findings"][0]["suppressed"];
    assert_eq!(why, &json!({ "reason": "<b>by design</b>", "until": "2026-10-31T23:59:59Z" }));
}

#[test]
fn a_suppression_that_is_wrong_stops_the_audit() {
    let folder = Folder::new("suppress-wrong");
    for (toml, expected) in [
        (
            "[[suppress]]\ncheck = \"undeployed-changes\"\nreason = \"x\"\n",
            ":1: [[suppress]]: there is no check `undeployed-changes` that can be suppressed: stagecheck checks lists them",
        ),
        ("[[suppress]]\ncheck = \"undeployed-change\"\n", ":1: missing field `reason`"),
    ] {
        let ran = audit(&folder, &edited(), toml, &[]);
        let (first, help) = ran.stderr.split_once('\n').unwrap();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(first.ends_with(expected), "{first}");
        assert_eq!(help.trim(), "help: docs/configuration.md describes every key, with an example");
    }
}

#[tokio::test]
async fn a_store_keeps_what_is_suppressed_with_the_reason_and_opens_it_again() {
    let folder = Folder::new("suppress-store");
    let kept = folder.path("kept");
    let known = async |toml: &str, at: &str| {
        let mut recording = edited();
        recording["takenAt"] = json!(at);
        assert_eq!(audit(&folder, &recording, toml, &["--store", &kept]).code, 0);
        let now = at.parse().unwrap();
        let own = Sqlite::open(format!("{kept}/findings.db").as_ref(), now).unwrap();
        let store = Store::open(own, jiff::SignedDuration::from_hours(24), move || now).await.unwrap();
        let found = store.findings(&Filter::default(), None, 100).await.unwrap().items;
        let own = found.into_iter().find(|tracked| tracked.finding.check == "undeployed-change").unwrap();
        (own.state, own.reason().map(str::to_owned))
    };
    assert_eq!(known("", "2026-10-10T12:00:00Z").await, (State::Open, None));
    let suppressed = (State::Suppressed, Some("<b>by design</b>".to_owned()));
    assert_eq!(known(BY_DESIGN, "2026-10-11T12:00:00Z").await, suppressed);
    // The last day is over.
    assert_eq!(known(BY_DESIGN, "2026-11-01T12:00:00Z").await, (State::Open, None));
}

#[test]
fn the_example_suppresses_what_it_names_and_nothing_else() {
    let example = tests::root().join("examples/stagecheck.toml");
    let report = |args: &[&str]| -> Vec<Finding> {
        let fixed = ["audit", "--recording", &sample(), "--quiet", "--format", "json"];
        let report = run(fixed.into_iter().chain(args.iter().copied())).json();
        serde_json::from_value(report["findings"].clone()).unwrap()
    };
    let plain = report(&[]);
    let suppressed = report(&["--config", example.to_str().unwrap()]);
    let why = |finding: &Finding| finding.suppressed.as_ref().map(|why| why.reason.clone());
    let expected = |finding: &Finding| match finding.check.as_str() {
        "root-without-method" => Some("no link leads to a root".to_owned()),
        "stage-without-deployment" => Some("is filled with the new index".to_owned()),
        _ => None,
    };
    assert_eq!(suppressed.len(), plain.len());
    for (finding, before) in suppressed.iter().zip(&plain) {
        assert_eq!(why(finding), expected(finding), "{}", finding.title);
        assert_eq!(&Finding { suppressed: None, ..finding.clone() }, before);
    }
    assert_eq!(suppressed.iter().filter(|finding| finding.suppressed.is_some()).count(), 6);
}
