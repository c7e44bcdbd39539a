//! Answers of authorizers, and what becomes of them.

use serde_json::{Value, json};

use super::check;
use crate::response::{Context, Kind, judge};

/// An authorizer's answer with these statements, and with other members changed.
fn policy(statements: &Value, changes: &[(&str, Value)]) -> String {
    let mut answer =
        json!({ "principalId": "u", "policyDocument": { "Version": "2012-10-17", "Statement": statements } });
    for (key, value) in changes {
        answer[*key] = value.clone();
    }
    answer.to_string()
}

fn statement(effect: &str, action: &str, resource: &str) -> Value {
    json!({ "Effect": effect, "Action": action, "Resource": resource })
}

#[test]
fn authorizers_with_policies() {
    const ARN: &str = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/orders";
    let allow = || statement("Allow", "execute-api:Invoke", "*");
    let deny = || statement("Deny", "execute-api:Invoke", "*");
    let with = |key: &'static str, value: Value| policy(&json!([allow()]), &[(key, value)]);
    let mut conditional = allow();
    conditional["Condition"] = json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } });
    for (answer, expected) in [
        (policy(&json!([allow()]), &[]), "ok - []"),
        (policy(&json!([statement("Allow", "*", ARN)]), &[]), "ok - []"),
        (policy(&json!([statement("Allow", "execute-api:*", ARN)]), &[]), "ok - []"),
        (policy(&json!([deny()]), &[]), "denied 403 []"),
        (policy(&json!([allow(), deny()]), &[]), "denied 403 []"),
        (policy(&json!([statement("Allow", "s3:GetObject", "*")]), &[]), "denied 403 []"),
        (policy(&json!([allow(), statement("Deny", "execute-api:Invoke", ARN)]), &[]), "ok - ? []"),
        (policy(&json!([conditional]), &[]), "ok - ? []"),
        (policy(&json!([]), &[]), "denied 403 ? []"),
        (policy(&allow(), &[]), "ok - ? []"),
        (policy(&json!("x"), &[]), "malformed 500 ? [error $.policyDocument.Statement no-policy]"),
        (policy(&json!([7]), &[]), "malformed 500 ? [error $.policyDocument.Statement[0] no-policy]"),
        (
            policy(&json!([statement("allow", "*", "*")]), &[]),
            "malformed 500 ? [error $.policyDocument.Statement[0].Effect no-policy]",
        ),
        (
            policy(&json!([{ "Effect": "Allow", "Resource": "*" }]), &[]),
            "malformed 500 ? [error $.policyDocument.Statement[0].Action no-policy]",
        ),
        (
            policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": null }]), &[]),
            "malformed 500 ? [error $.policyDocument.Statement[0].Resource no-policy]",
        ),
        (with("principalId", json!(7)), "malformed 500 [error $.principalId no-principal]"),
        (with("principalId", json!(null)), "malformed 500 [error $.principalId no-principal]"),
        (with("principalId", json!("")), "ok - ? [warning $.principalId no-principal]"),
        (with("policyDocument", json!("{}")), "malformed 500 [error $.policyDocument no-policy]"),
        (with("context", json!({ "a": "b", "n": 1, "f": true })), "ok - []"),
        (with("context", json!({ "a": [] })), "malformed 500 [error $.context.a context-not-scalar]"),
        (with("context", json!({ "a": null })), "malformed 500 [error $.context.a context-not-scalar]"),
        (with("context", json!("a")), "malformed 500 [error $.context context-not-scalar]"),
        (with("usageIdentifierKey", json!(1)), "malformed 500 [error $.usageIdentifierKey not-authorized-shape]"),
        (with("isAuthorized", json!(true)), "ok - ? [warning $.isAuthorized unknown-key]"),
        (with("context", json!({ "a": "x".repeat(9000) })), "ok - ? [warning $ too-large]"),
        (
            r#"{"isAuthorized":true}"#.to_owned(),
            "malformed 500 [error $.principalId no-principal, error $.policyDocument no-policy, warning $.isAuthorized \
             unknown-key]",
        ),
        ("null".to_owned(), "malformed 500 [error $ not-an-object]"),
    ] {
        check(Kind::AuthorizerRest, &[(answer.as_str(), expected)]);
    }
    for (answer, expected) in [
        (policy(&json!([allow()]), &[]), "ok - []"),
        (policy(&json!([deny()]), &[]), "denied 403 []"),
        (with("principalId", json!("")), "malformed 500 [error $.principalId no-principal]"),
        (with("isAuthorized", json!(true)), "malformed 500 [error $.isAuthorized not-authorized-shape]"),
        (with("isAuthorized", json!(null)), "ok - ? []"),
        (with("context", json!({ "a": {} })), "ok - ? [warning $.context.a context-not-scalar]"),
    ] {
        check(Kind::AuthorizerHttpIam, &[(answer.as_str(), expected)]);
    }
    let notes = |statements: Value| {
        let answer = serde_json::from_str(&policy(&statements, &[])).unwrap();
        judge(Kind::AuthorizerRest, &answer, &Context::default()).notes
    };
    assert_eq!(
        notes(json!([statement("Allow", "execute-api:Invoke", ARN)])),
        ["the policy allows only the methods that it names; while it is cached, the same caller gets 403 on any other"]
    );
    assert_eq!(notes(json!([allow()])), [""; 0]);
}

#[test]
fn authorizers_with_simple_responses() {
    check(
        Kind::AuthorizerHttpSimple,
        &[
            (r#"{"isAuthorized":true}"#, "ok - []"),
            (r#"{"isAuthorized":"true"}"#, "ok - []"),
            (r#"{"isAuthorized":false,"context":{"a":{"b":[]}}}"#, "denied 403 []"),
            (r#"{"isAuthorized":"false"}"#, "denied 403 []"),
            (r#"{"isAuthorized":"True"}"#, "malformed 500 [error $.isAuthorized not-authorized-shape]"),
            (r#"{"isAuthorized":1}"#, "malformed 500 [error $.isAuthorized not-authorized-shape]"),
            (r#"{"isAuthorized":null}"#, "malformed 500 [error $.isAuthorized not-authorized-shape]"),
            ("{}", "malformed 500 [error $.isAuthorized not-authorized-shape]"),
            (
                r#"{"isAuthorized":true,"policyDocument":{}}"#,
                "malformed 500 [error $.policyDocument not-authorized-shape]",
            ),
            (r#"{"isAuthorized":true,"context":[]}"#, "malformed 500 ? [error $.context context-not-scalar]"),
            ("true", "malformed 500 [error $ not-an-object]"),
        ],
    );
}
