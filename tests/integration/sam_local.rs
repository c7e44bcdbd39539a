//! The template's functions in containers, as `sam local` runs them: each with each of its events.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::left_out;
use tests::programs::{program, python};

/// The exit code of the script where Docker, or something else that it needs, is not here.
const NOT_HERE: i32 = 77;

#[test]
fn each_function_answers_each_of_its_events_in_a_container() {
    let stagecheck = program("stagecheck");
    let binaries = stagecheck.parent().unwrap().to_str().unwrap().to_owned();
    let Some(ran) = python("sam_local.py", &["--binaries", &binaries]) else { return };
    if ran.code == NOT_HERE {
        left_out(&format!("sam local: {}", ran.stderr.trim_end().trim_start_matches("left out: ")));
        return;
    }
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answers: BTreeMap<&str, &Value> = told
        .iter()
        .filter_map(|line| {
            let event = line["event"].as_str()?;
            assert!(line["code"] == 0 && !line["answer"].is_null(), "{line}");
            Some((event, &line["answer"]))
        })
        .collect();
    assert_eq!(answers["audit_api.json"]["schema"], "stagecheck.report/1");
    let failed = json!([{ "itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da" }]);
    assert_eq!(answers["audit_queue.json"]["batchItemFailures"], failed, "the other message was audited and kept");
    for (event, messages) in [("schedule.json", 8), ("change.json", 1), ("on_demand.json", 8)] {
        assert_eq!(answers[event]["messages"], messages, "{event}");
    }
    for event in ["deployment.json", "dashboard_rest.json", "dashboard_widget.json", "dashboard_widget_describe.json"] {
        assert!(answers.contains_key(event), "{event}");
    }
    assert_eq!(answers["dashboard_http.json"]["statusCode"], 200);
    // What the dashboard answers through `sam local start-api`.
    let asked = told.iter().filter(|line| line["path"].is_string());
    let asked: Vec<String> =
        asked.map(|line| format!("{} {} {}", line["path"], line["status"], line["contentType"])).collect();
    assert_eq!(
        asked,
        [
            r#""/health" 200 "application/health+json""#,
            r#""/apis" 200 "application/json""#,
            r#""/" 200 "text/html; charset=utf-8""#,
        ]
    );
}
