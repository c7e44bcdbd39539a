//! Failing requests whose cause is known: each with its account, its answer and the cause that is to come first.
//!
//! `cargo test -p tests explain_cases -- --nocapture` prints a line for each.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use engine::exchange::json;
use engine::explain::Explanation;
use expect_test::expect_file;
use serde_json::{Value, json};
use tests::{Served, root, shared};

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("a case has no {name}"))
}

async fn explain(case: &Value) -> Explanation {
    let served = Served::start(case["account"].clone()).await;
    let mut request = case["request"].clone();
    if let Some(client) = case.get("client") {
        request["client"] = client.clone();
    }
    let exchange = json::exchange(&json!({ "request": request, "response": case["response"] })).expect("an exchange");
    served.explain(&exchange).await
}

fn is_right(case: &Value, explanation: &Explanation) -> bool {
    let first = &explanation.causes[0];
    let also = case["also_right"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let right: BTreeSet<&str> = also.chain([text(case, "expected_cause")]).collect();
    right.contains(first.id) && json!(first.confidence) == case["expected_confidence"]
}

/// The values of API keys and the secrets of clients.
fn secrets(account: &Value) -> Vec<String> {
    let keys = account["apigateway"]["get_api_keys"]["items"].as_array().into_iter().flatten().map(|key| &key["value"]);
    let clients = account["cognito-idp"]["describe_user_pool_client"].as_object().into_iter().flatten();
    let secrets = clients.map(|(_, client)| &client["UserPoolClient"]["ClientSecret"]);
    keys.chain(secrets).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// That no command depends on the region that whoever pastes it has configured.
fn every_command_names_its_region(id: &str, explanation: &Explanation) {
    let commands = explanation.causes.iter().filter_map(|cause| cause.remedy.command.as_ref());
    for command in commands.filter(|command| command.starts_with("aws ")) {
        assert!(command.contains(" --region "), "{id}: {command}");
    }
}

#[tokio::test]
async fn explain_cases_have_their_cause_first_and_as_certain_as_it_can_be() {
    let Some(path) = shared("cases/explain.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut page = format!(
        "# Explanations\n\nWhat `stagecheck explain` says of {} failing requests whose cause is known, each with what the account answers: the \
         first cause, and how certain it is. All are as expected; a test runs them.\n\n| case | cause | how certain |\n| --- | --- | --- |\n",
        cases.len()
    );
    for case in &cases {
        let explanation = explain(case).await;
        let (first, id) = (&explanation.causes[0], text(case, "id"));
        let is_right = is_right(case, &explanation);
        every_command_names_its_region(id, &explanation);
        let told = json!(explanation).to_string();
        for secret in secrets(&case["account"]) {
            assert!(!told.contains(&secret), "{id} tells a key or a client's secret");
        }
        let expected = format!("{} {}", text(case, "expected_cause"), case["expected_confidence"]);
        println!("{id}  {:45} {:8} {}", first.id, first.confidence.name(), if is_right { "" } else { &expected });
        writeln!(page, "| {id} | `{}` | {} |", first.id, first.confidence.name()).unwrap();
        if !is_right {
            wrong.push(format!("{id}: {} {}, and not {expected}", first.id, first.confidence.name()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    expect_file![root().join("docs/explanations.md")].assert_eq(&page);
}
