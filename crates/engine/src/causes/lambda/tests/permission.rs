//! Whether API Gateway may call the function.

use serde_json::json;

use super::{failed, http, in_order, logged, with};
use crate::case::facts::Read;
use crate::fixture::lambda_uri;
use crate::snapshot::Api;
use crate::testkit::{explained, facts, first, lists, to_orders};

/// The log is of the request, the policy of the present moment.
#[test]
fn a_permission_that_was_added_since_is_told_by_the_log() {
    let allow = json!({ "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction", "Resource": "*" });
    let policy = json!({ "Policy": { "Statement": [allow] } });
    let allowed =
        || in_order(facts(vec![with(|_| {})])).with(Read::FunctionPolicy("orders-fn".to_owned()), policy.clone());
    let told = logged(allowed(), &["Invalid permissions on Lambda function"], &[]);
    assert_eq!(first(&failed(500), &told), "lambda-permission-missing possible");
    assert!(!lists(
        &failed(500),
        &logged(allowed(), &["Starting execution for request"], &[]),
        "lambda-permission-missing"
    ));
}

#[test]
fn a_policy_that_may_not_be_read_leaves_it_possible_that_the_function_may_not_be_called() {
    let denied =
        |api: Api| in_order(facts(vec![api])).denied(Read::FunctionPolicy("orders-fn".to_owned()), "lambda:GetPolicy");
    let rest = || denied(with(|_| {}));
    let http_500 = to_orders("GET", "/orders").http(500, "Internal Server Error");
    for (exchange, facts, expected) in [
        (failed(500), rest(), "lambda-permission-missing possible"),
        (
            failed(500),
            logged(rest(), &["Invalid permissions on Lambda function"], &[]),
            "lambda-permission-missing likely",
        ),
        // A log of the request that says nothing of it speaks against it.
        (failed(500), logged(rest(), &["Starting execution for request"], &[]), "insufficient-facts possible"),
        (http_500, denied(http()), "lambda-permission-missing possible"),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        assert!(explanation.not_read.iter().any(|own| own.needs == "lambda:GetPolicy"), "{expected}");
    }
}

#[test]
fn an_alias_needs_a_permission_of_its_own() {
    let aliased = facts(vec![with(|own| own.uri = Some(lambda_uri("orders-fn:live")))]);
    let both = in_order(aliased)
        .with(Read::Function("orders-fn:live".to_owned()), json!({ "State": "Active" }))
        .lacking(Read::FunctionPolicy("orders-fn:live".to_owned()));
    assert_eq!(first(&failed(500), &both), "lambda-permission-on-alias-missing certain");
}

#[test]
fn what_a_statement_denies_no_other_permits() {
    let allow = json!({ "Sid": "apigw", "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction", "Resource": "*" });
    let deny = |sid: Option<&str>, stage: &str| {
        let source = format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{stage}/*");
        json!({
            "Sid": sid, "Effect": "Deny", "Principal": { "Service": "apigateway.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": "*", "Condition": { "ArnLike": { "AWS:SourceArn": source } },
        })
    };
    let remove = "aws lambda remove-permission --function-name orders-fn --statement-id D --region eu-west-1";
    for (denial, expected, command) in [
        (deny(Some("D"), "prod"), true, Some(remove)),
        (deny(None, "prod"), true, None),
        // The neighbour: another stage is denied.
        (deny(Some("D"), "dev"), false, None),
    ] {
        let policy = json!({ "Policy": { "Statement": [allow, denial] } });
        let facts = facts(vec![with(|_| ())]).with(Read::FunctionPolicy("orders-fn".to_owned()), policy);
        let causes = crate::testkit::explained(&failed(500), &facts).causes;
        let own = causes.iter().find(|own| own.id == "lambda-permission-missing");
        assert_eq!(own.is_some(), expected, "{causes:?}");
        assert_eq!(own.and_then(|own| own.remedy.command.as_deref()), command);
        assert!(!causes.iter().any(|own| own.id == "lambda-permission-source-arn-mismatch"), "{causes:?}");
    }
}
