//! The audit warns before anyone calls: of each failing request whose cause an audit can prove, it names the cause; of each
//! request without a fault it warns of nothing.
//!
//! `cargo test -p tests foreseen -- --nocapture` prints what it names.

use std::collections::BTreeSet;
use std::fs;

use collect::{Known, Scope};
use engine::case::cause::Audit;
use engine::{causes, checks, report};
use serde_json::Value;
use tests::{Served, shared};

/// Failing requests of which an audit cannot know, although it might know of others with the same cause: each with why.
const UNFORESEEN: [(&str, &str); 3] = [
    ("g07", "the recording does not hold apigateway:GetDomainNames, by which an audit finds domain names"),
    ("k04", "the security group lets some in, and who calls is not known before anyone does"),
    ("j01", "nothing of the API shows that browsers call it"),
];

#[test]
fn every_cause_that_an_audit_can_tell_of_is_named_by_one_check() {
    let named = |id: &str| checks::ALL.iter().filter(|check| check.causes.contains(&id)).count();
    let told = causes::all().filter(|cause| cause.audit != Audit::Silent).map(|cause| cause.id);
    let wrong: Vec<(&str, usize)> = told.map(|id| (id, named(id))).filter(|(_, checks)| *checks != 1).collect();
    assert_eq!(wrong, []);
    let unknown = checks::ALL.iter().flat_map(|check| check.causes).find(|id| causes::find(id).is_none());
    assert_eq!(unknown, None, "no check names a cause that there is none of");
}

/// The causes that the findings of an account's audit name; nothing where the recording lists no APIs.
async fn named(account: &Value) -> Option<BTreeSet<String>> {
    let served = Served::start(account.clone()).await;
    let scope = Scope { network: served.network(), ..Scope::default() };
    let snapshots = served.account.read(&scope, &Known::default(), &|| served.now, &|_| {}).await.ok()?;
    let report = report::audit(&snapshots, &|_| true);
    Some(report.findings.into_iter().flat_map(|finding| finding.causes).collect())
}

#[tokio::test]
async fn foreseen_causes_are_named_before_anyone_calls() {
    let Some(path) = shared("cases/explain.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let covered: BTreeSet<&str> = checks::ALL.iter().flat_map(|check| check.causes).copied().collect();
    let mut missed = Vec::new();
    for case in &cases {
        let (id, expected) = (case["id"].as_str().unwrap(), case["expected_cause"].as_str().unwrap());
        let Some(named) = named(&case["account"]).await else { continue };
        println!("{id} {expected}: {named:?}");
        let is_proven = causes::find(expected).is_some_and(|cause| cause.audit == Audit::Proves);
        let is_known = UNFORESEEN.iter().any(|(case, _)| *case == id);
        if is_proven && covered.contains(expected) && named.contains(expected) == is_known {
            missed.push(format!("{id}: {expected} is not among {named:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
