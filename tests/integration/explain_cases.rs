//! Failing requests whose cause is known: each with its account, its answer and the cause that is to come first.
//!
//! `cargo test -p tests explain_cases -- --nocapture` prints a line for each.

use std::collections::BTreeSet;
use std::fs;

use engine::exchange::json;
use engine::explain::Explanation;
use serde_json::{Value, json};
use tests::{Served, read, shared};

/// The cases that are known to pass, one id a line. A case that comes to pass is added; one that no longer does, fails.
const EXPECTED: &str = "tests/expected/explain_cases.txt";

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

#[tokio::test]
async fn explain_cases_have_their_cause_first_and_as_certain_as_it_can_be() {
    let Some(path) = shared("cases/explain.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut passing = BTreeSet::new();
    for case in &cases {
        let explanation = explain(case).await;
        let (first, id) = (&explanation.causes[0], text(case, "id"));
        let is_right = is_right(case, &explanation);
        let told = json!(explanation).to_string();
        for secret in secrets(&case["account"]) {
            assert!(!told.contains(&secret), "{id} tells a key or a client's secret");
        }
        let word = if is_right { "right" } else { "WRONG" };
        let found = format!("{} {}", first.id, json!(first.confidence));
        let expected = format!("{} {}", text(case, "expected_cause"), case["expected_confidence"]);
        println!("{id}  {word}  {found:55} {}", if is_right { "" } else { &expected });
        if is_right {
            passing.insert(id.to_owned());
        }
    }
    println!("{} of {} are right", passing.len(), cases.len());
    let expected = read(EXPECTED);
    let expected: BTreeSet<String> = expected.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect();
    let lost: Vec<&String> = expected.difference(&passing).collect();
    let won: Vec<&String> = passing.difference(&expected).collect();
    assert!(lost.is_empty(), "no longer right: {lost:?}");
    assert!(won.is_empty(), "right, and not in {EXPECTED}: {won:?}");
}
