//! No field is silently left out: the published API models against the table in `tests/fields.rs`, and that table against
//! what drift shows.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::expect_file;
use serde_json::{Value, json};
use tests::exporter::Format;
use tests::fields::{ALL, Treatment};
use tests::shapes::{chat, every_rest_field};
use tests::{Served, programs};

use crate::drift_fields;

#[test]
fn every_member_of_the_published_models_is_in_the_table() {
    let shapes: Vec<&str> = ALL.iter().map(|(shape, _)| *shape).collect();
    let Some(ran) = programs::python("model_members.py", &shapes) else { return };
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let published: BTreeMap<String, Option<BTreeSet<String>>> = serde_json::from_str(&ran.stdout).unwrap();
    for (shape, rows) in ALL {
        let listed: BTreeSet<String> = rows.iter().map(|(member, _)| (*member).to_owned()).collect();
        let members = published[*shape]
            .clone()
            .unwrap_or_else(|| panic!("the model has no {shape}: take it out of tests/fields.rs"));
        let missing: Vec<&String> = members.difference(&listed).collect();
        assert!(
            missing.is_empty(),
            "{shape} has {missing:?}, of which tests/fields.rs says nothing: compare it (crates/engine/src/configuration.rs, an edit in \
             tests/integration/drift_fields.rs), or say there why not"
        );
        let gone: Vec<&String> = listed.difference(&members).collect();
        assert!(gone.is_empty(), "{shape} has no {gone:?}: take it out of tests/fields.rs");
        assert!(rows.is_sorted(), "{shape}: keep the members in order");
    }
}

#[test]
fn what_the_table_calls_compared_has_an_edit_that_gives_that_change() {
    let proven = drift_fields::proven();
    let held =
        ALL.iter().flat_map(|(shape, rows)| rows.iter().map(move |(member, treatment)| (shape, member, treatment)));
    let unproven: Vec<String> = held
        .filter_map(|(shape, member, treatment)| match treatment {
            Treatment::Held(words) if !proven.contains(*words) => Some(format!("{shape} {member}: {words}")),
            _ => None,
        })
        .collect();
    assert_eq!(unproven, [""; 0], "add an edit to tests/integration/drift_fields.rs");
}

#[tokio::test]
async fn what_the_table_calls_not_comparable_is_listed_in_the_report() {
    for (service, recording) in [("apigateway/", every_rest_field(Format::Oas30)), ("apigatewayv2/", chat())] {
        let drift = Served::start(recording).await.drift().await;
        let gaps = &drift[0].stages[0].not_comparable;
        let listed: BTreeSet<String> = gaps.iter().map(|gap| format!("{} {}", gap.subject.name(), gap.field)).collect();
        for (shape, rows) in ALL.iter().filter(|(shape, _)| shape.starts_with(service)) {
            for (member, treatment) in *rows {
                if let Treatment::NotComparable(words) = treatment {
                    assert!(listed.contains(*words), "{shape} {member}: {words} is not among {listed:?}");
                }
            }
        }
    }
}

/// What a baseline keeps of a WebSocket API: every member that no export shows is in the live configuration.
#[tokio::test]
async fn what_the_table_calls_kept_is_read() {
    let mut recording = chat();
    let v2 = &mut recording["apigatewayv2"];
    for (shape, rows) in ALL {
        for (member, treatment) in *rows {
            let value = if *member == "DisableSchemaValidation" { json!(true) } else { json!("$default") };
            match (*shape, treatment) {
                ("apigatewayv2/Api", Treatment::Kept(_)) => v2["get_apis"]["Items"][0][*member] = value,
                ("apigatewayv2/Route", Treatment::Kept(_)) => {
                    v2["get_routes"]["w1s2o3c4k5"]["Items"][0][*member] = value
                }
                ("apigatewayv2/Integration", Treatment::Kept(_)) => {
                    v2["get_integrations"]["w1s2o3c4k5"]["Items"][0][*member] = value
                }
                (_, Treatment::Kept(_)) => panic!("{shape} {member}: nobody puts it into the recording"),
                _ => {}
            }
        }
    }
    let snapshots = Served::start(recording).await.snapshots().await;
    let live = serde_json::to_value(&snapshots[0].apis[0].live).unwrap();
    let route = &live["routes"]["known"][0];
    let subjects =
        BTreeMap::from([("api", &live["settings"]), ("method", route), ("integration", &route["integration"])]);
    for (_, treatment) in ALL.iter().flat_map(|(_, rows)| rows.iter()) {
        if let Treatment::Kept(words) = treatment {
            let (subject, field) = words.split_once(' ').unwrap();
            assert_ne!(subjects[subject].get(field).unwrap_or(&Value::Null), &Value::Null, "{words}: {live:#}");
        }
    }
}

#[test]
fn the_page_is_written_from_the_table() {
    let mut page = "# Fields\n\nEvery member of AWS's published API models that describes an API, and what `stagecheck drift` makes of it. A test holds\n\
                    this list against the models, so that none is silently left out.\n"
        .to_owned();
    for (shape, rows) in ALL {
        let (service, shape) = shape.split_once('/').unwrap();
        let product = if service == "apigateway" { "REST" } else { "HTTP and WebSocket" };
        page.push_str(&format!("\n## {shape} ({product})\n\n| member | |\n| --- | --- |\n"));
        for (member, treatment) in *rows {
            page.push_str(&format!("| `{member}` | {} |\n", treatment.words()));
        }
    }
    expect_file!["../../docs/fields.md"].assert_eq(&page);
}
