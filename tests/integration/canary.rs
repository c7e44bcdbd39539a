//! What a canary's callers get: told by its summary, joined to the trail, and never promoted on a guess.

use serde_json::{Value, json};
use tests::edit;
use tests::folder::Folder;
use tests::programs::{Ran, run};

const SALES: &str = "/apigateway/get_resources/k3reports1/items/1/resourceMethods/GET/methodIntegration/uri";
const STAGE: &str = "/apigateway/get_stages/k3reports1/item/0";
const CANARY: &str = "/apigateway/get_deployment/k3reports1/k3rdep2";

/// `stagecheck drift` of the sample's API that has a canary.
fn drift(test: &str, recording: &Value, more: &[&str]) -> Ran {
    let folder = Folder::new(test);
    let file = folder.file("recording.json", &recording.to_string());
    let args = ["drift", "--quiet", "--api", "reports", "--recording", file.as_str()];
    run(args.iter().chain(more))
}

fn sample() -> Value {
    tests::shop()
}

#[test]
fn a_canary_is_to_be_promoted_only_where_it_is_known_to_have_what_waits() {
    let mut other_backend = sample();
    edit(&mut other_backend, SALES, json!(tests::shapes::function_uri("reports-2-fn")));
    let mut unread = sample();
    edit(&mut unread, CANARY, json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } }));
    for (recording, remedy) in [
        (sample(), "To promote the canary, which has it: aws apigateway update-stage"),
        (other_backend, "To put this in force: aws apigateway create-deployment"),
        (unread, "To put this in force: aws apigateway create-deployment"),
    ] {
        let told = drift("canary-remedy", &recording, &[]);
        assert!(told.stdout.contains(remedy), "{remedy}:\n{}", told.stdout);
    }
}

#[test]
fn the_trail_is_asked_for_a_canary_that_differs_though_its_stage_does_not() {
    let mut recording = sample();
    edit(&mut recording, &format!("{STAGE}/deploymentId"), json!("k3rdep2"));
    edit(&mut recording, &format!("{STAGE}/canarySettings/deploymentId"), json!("k3rdep1"));
    edit(&mut recording, "/apigateway/get_deployment/k3reports1/k3rdep1/createdDate", json!("2026-09-01T00:00:00Z"));
    let paths = recording.pointer_mut("/apigateway/get_export/k3reports1~1prod/paths").unwrap();
    let mut returns = paths["/sales"].clone();
    returns["get"].as_object_mut().unwrap().remove("parameters");
    paths["/returns"] = returns;
    let told = drift("canary-trail", &recording, &["--format", "json"]).json();
    let stage = &told["apis"][0]["stages"][0];
    assert_eq!((&stage["inSync"], &stage["untraced"]), (&json!(true), &json!(null)));
    assert_eq!(stage["canary"]["changes"][0]["madeBy"]["who"], "grace");
    let told = drift("canary-summary", &recording, &[]).stdout;
    assert!(told.ends_with("\n1 stage: 1 in sync but for the canary, at worst high\n"), "{told}");
}

#[test]
fn what_was_not_read_of_a_canary_stands_in_text_and_in_markdown() {
    let mut recording = sample();
    edit(&mut recording, CANARY, json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } }));
    for format in ["text", "markdown"] {
        let told = drift("canary-unread", &recording, &["--format", format]);
        assert!(told.stdout.contains("restapis/k3reports1/deployments/k3rdep2"), "{format}:\n{}", told.stdout);
    }
}
