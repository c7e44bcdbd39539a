//! What logs tell of authorizers that fail, and of what they answer.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::{Authorizer, Configuration, Map, Route};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::ApiKind;
use crate::testkit::{explained, facts, first, lists, to_orders};

/// An API whose route a Lambda authorizer guards, as it is deployed.
fn guarded(kind: ApiKind) -> Facts<'static> {
    let (key, own) = route("GET /orders", &lambda_uri("orders-fn"));
    let authorizer = Observed::Known(Some("tok".to_owned()));
    let own = Route { authorization_type: "CUSTOM".to_owned(), authorizer, ..own };
    let mut api = fixture::api(kind, vec![(key, own)]);
    let authorizer = Authorizer {
        authorizer_type: "REQUEST".to_owned(),
        authorizer_uri: Some(lambda_uri("authz-fn")),
        authorizer_payload_format_version: Some("2.0".to_owned()),
        id: Some("auth01".to_owned()),
        ..Authorizer::default()
    };
    api.live.authorizers = Observed::Known(Map::from([("tok".to_owned(), authorizer)]));
    let served = Configuration { authorizers: api.live.authorizers.clone(), ..api.live.clone() };
    fixture::deploy(&mut api, "d1", &served);
    facts(vec![api])
}

/// With a policy that lets API Gateway call every function.
fn permitted(kind: ApiKind) -> Facts<'static> {
    let policy = json!({ "Policy": { "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction",
    }] } });
    let with = |facts: Facts<'static>, name: &str| {
        facts
            .with(Read::FunctionPolicy(name.to_owned()), policy.clone())
            .with(Read::Function(name.to_owned()), json!({ "FunctionName": name, "State": "Active" }))
            .with(Read::Logs { group: format!("/aws/lambda/{name}"), filter: None }, json!([]))
    };
    with(with(guarded(kind), "authz-fn"), "orders-fn")
}

fn internal() -> Exchange {
    to_orders("GET", "/orders").header("Authorization", "x").http(500, "Internal Server Error")
}

const AUTHORIZER: &str = "authorizer.error";
const INTEGRATION: &str = "integrationErrorMessage";
const THREW: &str =
    "The Lambda function returned the following error: boom. Check your Lambda function code and try again";
const MALFORMED: &str = "The response from the Lambda authorizer is malformed";

/// Both variables may hold the same words: which one does tells which of the two functions it was.
#[test]
fn the_access_log_of_an_http_api_tells_by_its_variables_which_function_failed() {
    let (failed, format) = ("lambda-auth-error-or-timeout certain", "http-lambda-auth-response-format certain");
    for (variables, expected) in [
        (&[(AUTHORIZER, THREW)][..], failed),
        (&[(INTEGRATION, "-"), (AUTHORIZER, THREW)], failed),
        (&[(AUTHORIZER, "The authorizer's function timed out")], failed),
        (&[(AUTHORIZER, MALFORMED)], format),
        (&[(INTEGRATION, "-"), (AUTHORIZER, MALFORMED)], format),
        (&[(INTEGRATION, THREW), (AUTHORIZER, "-")], "lambda-unhandled-error certain"),
        (&[(INTEGRATION, "Invalid response"), (AUTHORIZER, "-")], "http-lambda-response-format certain"),
    ] {
        let told = explained(&internal(), &permitted(ApiKind::Http).accessed(variables)).causes.swap_remove(0);
        assert_eq!(format!("{} {}", told.id, told.confidence.name()), expected, "{variables:?}");
        // The variable and its value, and no more of the line.
        let (name, error) = variables.iter().find(|(_, value)| *value != "-").unwrap();
        let shown = told.evidence.iter().find(|own| own.path == format!("access {name}")).unwrap();
        assert!(error.ends_with(shown.value.as_str().unwrap()), "{}", shown.value);
    }
    // A log that does not tell, or of another format, proves and refutes nothing.
    let silent = permitted(ApiKind::Http).accessed(&[("status", "500")]);
    assert_eq!(first(&internal(), &silent), "http-lambda-auth-response-format possible");
    assert!(lists(&internal(), &silent, "lambda-unhandled-error"));
    let mut other = permitted(ApiKind::Http).accessed(&[(AUTHORIZER, THREW)]);
    let Observed::Known(stages) = &mut other.api_mut("a1b2c3d4e5").unwrap().stages else { panic!("no stages") };
    let format = json!({ "destinationArn": "arn:aws:logs:eu-west-1:111122223333:log-group:access", "format": "$context.requestId\t$context.authorizer.error" });
    stages.iter_mut().for_each(|stage| drop(stage.settings.insert("accessLogSettings".to_owned(), format.clone())));
    let explanation = explained(&internal(), &other);
    assert_eq!(explanation.causes[0].confidence.name(), "possible");
    let why = "failed: logs:FilterLogEvents on access: the lines of the request are not of the stage's \
        accessLogSettings.format";
    assert!(explanation.not_read.iter().any(|own| own.why == why), "{:?}", explanation.not_read);
}

/// Without an access log the authorizer's own tells.
#[test]
fn the_own_log_of_an_http_apis_authorizer_tells_that_it_failed() {
    let read = || Read::Logs { group: "/aws/lambda/authz-fn".to_owned(), filter: None };
    let line =
        |message: &str| json!([{ "timestamp": 1_791_633_600_000_i64, "logStreamName": "a", "message": message }]);
    for (message, expected) in [
        ("[ERROR] KeyError: 'id'\nTraceback (most recent call last):", "lambda-auth-error-or-timeout certain"),
        ("2026-10-10T12:00:00.000Z Task timed out after 10.01 seconds", "lambda-auth-error-or-timeout certain"),
        ("all is well", "http-lambda-auth-response-format possible"),
    ] {
        assert_eq!(first(&internal(), &permitted(ApiKind::Http).with(read(), line(message))), expected, "{message}");
    }
}

/// What it logs of its answers may be of the other form than it is set to: simple responses are off here.
#[test]
fn the_own_log_of_an_http_apis_authorizer_shows_an_answer_of_the_other_form() {
    let read = || Read::Logs { group: "/aws/lambda/authz-fn".to_owned(), filter: None };
    let simple = |facts: &mut Facts<'static>| {
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        let Observed::Known(authorizers) = &mut api.live.authorizers else { panic!("no authorizers") };
        authorizers.get_mut("tok").unwrap().enable_simple_responses = Some(true);
        let served = api.live.clone();
        fixture::deploy(api, "d1", &served);
    };
    let (allowed, policy) = (r#"{"isAuthorized": true}"#, r#"{"principalId": "u", "policyDocument": {}}"#);
    let (on, off) =
        ("--authorizer-payload-format-version 2.0 --enable-simple-responses", "--no-enable-simple-responses");
    for (is_simple, lines, expected, command) in [
        (false, &[allowed][..], "likely", on),
        (false, &["{'isAuthorized': True}"], "likely", on),
        (false, &["INFO { isAuthorized: true }"], "likely", on),
        (false, &[policy], "possible", on),
        (false, &[allowed, policy], "possible", on),
        (true, &[policy], "likely", off),
        (true, &[allowed], "possible", off),
    ] {
        let events: Vec<Value> =
            lines.iter().map(|line| json!({ "timestamp": 1_791_633_600_000_i64, "message": line })).collect();
        let mut facts = permitted(ApiKind::Http).with(read(), json!(events));
        if is_simple {
            simple(&mut facts);
        }
        let own = explained(&internal(), &facts).causes.swap_remove(0);
        assert_eq!((own.id, own.confidence.name()), ("http-lambda-auth-response-format", expected), "{lines:?}");
        assert!(own.remedy.command.as_deref().unwrap().ends_with(command), "{:?}", own.remedy.command);
    }
}

const ID: &str = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";

fn executed(lines: &[&str]) -> Facts<'static> {
    let events: Vec<Value> = lines.iter().map(|line| json!({ "message": format!("({ID}) {line}") })).collect();
    let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
    permitted(ApiKind::Rest).with(Read::Logs { group, filter: Some(ID.to_owned()) }, json!(events))
}

/// A function whose answer the log shows did answer: what is wrong with it is the cause.
#[test]
fn the_answer_that_the_execution_log_shows_is_judged() {
    let failed = || {
        let exchange = to_orders("GET", "/orders").header("Authorization", "x");
        exchange.answered(
            500,
            &[
                ("x-amzn-RequestId", ID),
                ("x-amz-apigw-id", "AyD6KEwwPHcEKxg="),
                ("x-amzn-ErrorType", "AuthorizerConfigurationException"),
            ],
            r#"{"message":null}"#,
        )
    };
    let allow = json!({ "Version": "2012-10-17", "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*" }] });
    let long = json!({ "principalId": "u", "policyDocument": allow, "context": { "long": "x".repeat(8_192) } });
    let list = json!({ "principalId": "u", "policyDocument": allow, "context": { "roles": ["a"] } });
    let both = json!({ "policyDocument": allow, "context": { "roles": ["a"] } });
    let (malformed, list_in_context) = ("lambda-auth-malformed-output", "lambda-auth-context-nonscalar certain");
    let error = "Execution failed due to configuration error: Authorizer error";
    let certain = format!("{malformed} certain");
    for (answer, expected) in [
        (json!({ "principalId": "u" }), certain.as_str()),
        (json!({ "policyDocument": allow }), &certain),
        (both, &certain),
        (long, &format!("{malformed} likely")),
        (list, list_in_context),
        // What Lambda answers for a function that failed is not the function's answer.
        (json!({ "errorMessage": "boom", "errorType": "KeyError" }), "lambda-auth-error-or-timeout certain"),
    ] {
        let body = format!("Authorizer result body before parsing: {answer}");
        assert_eq!(first(&failed(), &executed(&[&body, error])), expected, "{answer}");
    }
    let sound = json!({ "principalId": "u", "policyDocument": allow });
    let body = format!("Authorizer result body before parsing: {sound}");
    for id in [malformed, "lambda-auth-error-or-timeout"] {
        assert!(!lists(&failed(), &executed(&[&body, error]), id), "{id}");
    }
}

/// Lambda says of a function that is gone what it says of one without a policy: no permission can be added to it.
#[test]
fn a_permission_is_not_to_be_added_to_a_function_that_is_gone() {
    let failed = || {
        let own = [("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "AuthorizerConfigurationException")];
        to_orders("GET", "/orders").header("Authorization", "x").answered(500, &own, r#"{"message":null}"#)
    };
    let (policy, function) = (Read::FunctionPolicy("authz-fn".to_owned()), Read::Function("authz-fn".to_owned()));
    let without_policy = |kind| guarded(kind).lacking(policy.clone());
    let gone = |kind| without_policy(kind).lacking(function.clone());
    let there = |kind| without_policy(kind).with(function.clone(), json!({ "FunctionName": "authz-fn" }));
    let denied = |kind| without_policy(kind).denied(function.clone(), "lambda:GetFunctionConfiguration");
    let elsewhere = "name a function that exists in the authorizer's URI and deploy, or make the function again";
    let (call, if_there) = (super::LET_CALL, super::gone::LET_CALL_IF_THERE);
    let (rest, http) = (ApiKind::Rest, ApiKind::Http);
    for (exchange, facts, expected, summary) in [
        (failed(), gone(rest), "lambda-auth-permission certain", elsewhere),
        (failed(), there(rest), "lambda-auth-permission certain", call),
        (failed(), denied(rest), "lambda-auth-permission likely", if_there),
        (failed(), without_policy(rest), "lambda-auth-permission certain", call),
        (internal(), gone(http), "http-lambda-auth-permission certain", elsewhere),
    ] {
        let facts = facts.with(Read::FunctionPolicy("orders-fn".to_owned()), json!({}));
        let own = explained(&exchange, &facts).causes.swap_remove(0);
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
        assert_eq!((own.remedy.summary.as_str(), own.remedy.command.is_some()), (summary, summary != elsewhere));
    }
}

#[test]
fn an_authorizer_that_names_a_variable_which_the_stage_does_not_set_is_told() {
    let edited = |kind: ApiKind, edit: &dyn Fn(&mut Authorizer)| {
        let mut facts = permitted(kind);
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        let Observed::Known(authorizers) = &mut api.live.authorizers else { panic!("no authorizers") };
        edit(authorizers.get_mut("tok").unwrap());
        let served = api.live.clone();
        fixture::deploy(api, "d1", &served);
        facts
    };
    let by_variable = |own: &mut Authorizer| own.authorizer_uri = Some(lambda_uri("${stageVariables.authz}"));
    let by_role = |own: &mut Authorizer| {
        by_variable(own);
        own.authorizer_credentials = Some("arn:aws:iam::111122223333:role/caller".to_owned());
    };
    let get = || to_orders("GET", "/orders").header("Authorization", "x");
    let failed = || {
        get().answered(
            500,
            &[("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "AuthorizerConfigurationException")],
            r#"{"message":null}"#,
        )
    };
    for (exchange, facts, expected) in [
        (failed(), edited(ApiKind::Rest, &by_variable), "lambda-auth-permission likely"),
        (failed(), edited(ApiKind::Rest, &by_role), "lambda-auth-permission likely"),
        (internal(), edited(ApiKind::Http, &by_variable), "http-lambda-auth-permission likely"),
        (failed(), edited(ApiKind::Rest, &|_| {}), "lambda-auth-malformed-output possible"),
    ] {
        let own = explained(&exchange, &facts).causes.swap_remove(0);
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
        if own.confidence.name() == "likely" {
            assert!(own.says.contains("the stage variable authz, which prod does not set"), "{}", own.says);
            assert!(own.remedy.command.unwrap().contains("authz"));
        }
    }
    let set = |facts: &mut Facts<'static>| {
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        let Observed::Known(stages) = &mut api.stages else { panic!("no stages") };
        stages.iter_mut().for_each(|stage| drop(stage.variables.insert("authz".to_owned(), "authz-fn".to_owned())));
    };
    let mut facts = edited(ApiKind::Rest, &by_variable);
    set(&mut facts);
    assert!(!lists(&failed(), &facts, "lambda-auth-permission"));
    // Of what nobody sent yet a check of its own tells.
    assert!(!lists(&get(), &edited(ApiKind::Rest, &by_variable), "lambda-auth-permission"));
}
