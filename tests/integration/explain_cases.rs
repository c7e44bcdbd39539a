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
    explain_without(case, &[]).await.0
}

/// The explanation where some operations are denied, and the operations that it asked for.
async fn explain_without(case: &Value, denied: &[&str]) -> (Explanation, BTreeSet<String>) {
    let faults: Vec<String> = denied.iter().map(|operation| format!("{operation}=denied")).collect();
    let faults: Vec<&str> = faults.iter().map(String::as_str).collect();
    let served = Served::start_faulty(case["account"].clone(), &faults).await;
    let mut request = case["request"].clone();
    if let Some(client) = case.get("client") {
        request["client"] = client.clone();
    }
    let exchange = json::exchange(&json!({ "request": request, "response": case["response"] })).expect("an exchange");
    let explanation = served.explain(&exchange).await;
    let operations = served.calls().operations.into_keys();
    let names = operations.filter_map(|own| own.split_once('.').map(|(_, name)| name.to_owned()));
    (explanation, names.collect())
}

fn is_right_cause(case: &Value, id: &str) -> bool {
    let mut also = case["also_right"].as_array().into_iter().flatten().filter_map(Value::as_str);
    text(case, "expected_cause") == id || also.any(|own| own == id)
}

fn is_right(case: &Value, explanation: &Explanation) -> bool {
    let first = &explanation.causes[0];
    is_right_cause(case, first.id) && json!(first.confidence) == case["expected_confidence"]
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

/// Operations of API Gateway's two services that tell the same: whoever may not make one may not make the other.
const TWINS: [[&str; 2]; 2] = [["get_rest_api", "get_api"], ["get_base_path_mappings", "get_api_mappings"]];

/// Another cause than the expected one that is certain by itself, whatever the denied read would have told.
const CERTAIN_BY_THEMSELVES: [(&str, &str, &str); 1] = [
    // The stage wants the key that is missing, whether or not the live method does.
    ("d11", "get_resources", "api-key-missing"),
];

/// What is wrong with the explanation of a case of which one operation was denied.
fn wrong_without(case: &Value, (operation, denied): (&str, &[&str]), told: &Explanation) -> Option<&'static str> {
    let first = &told.causes[0];
    if is_right_cause(case, first.id) {
        return None;
    }
    if first.id == "insufficient-facts" {
        return Some("says nothing");
    }
    if json!(first.confidence) == "certain" {
        let is_known = CERTAIN_BY_THEMSELVES.contains(&(text(case, "id"), operation, first.id));
        return (!is_known).then_some("is certain of another cause");
    }
    let calls: Vec<String> = denied.iter().map(|own| own.replace('_', "")).collect();
    let is_one = |name: &str| calls.iter().any(|call| call.eq_ignore_ascii_case(name));
    let names = |what: &str| what.split_once(':').is_some_and(|(_, name)| is_one(name));
    (!told.not_read.iter().any(|own| names(&own.what))).then_some("does not name what was not read")
}

#[tokio::test]
async fn explain_cases_of_which_a_read_is_denied_have_a_cause_that_the_answer_looks_like() {
    let Some(path) = shared("cases/explain.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| text(case, "expected_cause") != "insufficient-facts") {
        let (_, operations) = explain_without(case, &[]).await;
        for operation in operations {
            let twins = TWINS.iter().find(|own| own.contains(&operation.as_str()));
            let denied = twins.map_or_else(|| vec![operation.as_str()], |own| own.to_vec());
            let (told, _) = explain_without(case, &denied).await;
            if let Some(what) = wrong_without(case, (&operation, &denied), &told) {
                let (first, named) = (&told.causes[0], told.not_read.iter().map(|own| own.what.as_str()));
                let named: Vec<&str> = named.collect();
                let id = text(case, "id");
                wrong.push(format!(
                    "{id} without {operation} {what}: {} {}, {named:?}",
                    first.id,
                    first.confidence.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
