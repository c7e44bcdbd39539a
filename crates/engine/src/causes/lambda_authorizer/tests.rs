//! Lambda authorizers of REST and HTTP APIs, and what the causes make of them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::{Authorizer, Map, Route};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

const ID: &str = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
const GROUP: &str = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod";

pub(in crate::causes) fn token() -> Authorizer {
    Authorizer {
        authorizer_type: "TOKEN".to_owned(),
        authorizer_uri: Some(lambda_uri("authz-fn")),
        identity_source: Some("method.request.header.Authorization".to_owned()),
        id: Some("auth01".to_owned()),
        ..Authorizer::default()
    }
}

pub(in crate::causes) fn request(identity_source: &str) -> Authorizer {
    let identity_source = Some(identity_source.to_owned());
    Authorizer { authorizer_type: "REQUEST".to_owned(), identity_source, ..token() }
}

/// An API whose routes an authorizer guards, as they are deployed.
fn api(kind: ApiKind, authorizer: &Authorizer) -> Api {
    let routes = ["GET /orders", "GET /items"].map(|key| {
        let (key, route) = route(key, &lambda_uri("orders-fn"));
        let authorizer = Observed::Known(Some("tok".to_owned()));
        (key, Route { authorization_type: "CUSTOM".to_owned(), authorizer, ..route })
    });
    let mut api = fixture::api(kind, routes.into());
    let authorizers = Observed::Known(Map::from([("tok".to_owned(), authorizer.clone())]));
    api.live.authorizers = authorizers.clone();
    let served = crate::configuration::Configuration { authorizers, ..api.live.clone() };
    fixture::deploy(&mut api, "d1", &served);
    api
}

pub(in crate::causes) fn rest(authorizer: &Authorizer) -> Facts<'static> {
    facts(vec![api(ApiKind::Rest, authorizer)])
}

pub(in crate::causes) fn http(authorizer: &Authorizer) -> Facts<'static> {
    facts(vec![api(ApiKind::Http, authorizer)])
}

pub(in crate::causes) fn logged(facts: Facts<'static>, lines: &[&str]) -> Facts<'static> {
    let events: Vec<Value> = lines.iter().map(|line| json!({ "message": format!("({ID}) {line}") })).collect();
    facts.with(Read::Logs { group: GROUP.to_owned(), filter: Some(ID.to_owned()) }, json!(events))
}

pub(in crate::causes) fn get() -> Exchange {
    to_orders("GET", "/orders")
}

pub(in crate::causes) fn sending(value: &str) -> Exchange {
    get().header("Authorization", value)
}

pub(in crate::causes) fn with_token() -> Exchange {
    sending("Bearer x.y.z")
}

pub(in crate::causes) fn unauthorized(exchange: Exchange) -> Exchange {
    exchange.refused(401, "UnauthorizedException", "Unauthorized")
}

#[test]
fn a_caller_who_is_not_let_to_the_function_has_a_cause() {
    let pattern = |pattern: &str| Authorizer { identity_validation_expression: Some(pattern.to_owned()), ..token() };
    for (exchange, facts, expected) in [
        (get(), rest(&token()), "lambda-auth-identity-source-missing certain"),
        (get().header("Authorization", ""), rest(&token()), "lambda-auth-identity-source-missing certain"),
        (get(), rest(&Authorizer { identity_source: None, ..token() }), "lambda-auth-identity-source-missing certain"),
        (
            get().header("X-A", "1"),
            rest(&request("method.request.header.X-A, method.request.querystring.token")),
            "lambda-auth-identity-source-missing certain",
        ),
        (with_token(), rest(&pattern("^Basic .*$")), "lambda-auth-token-regex certain"),
        // Expressions of Java that are not understood are no proof.
        (with_token(), rest(&pattern("^(?!Bearer).*$")), "lambda-auth-token-regex possible"),
        (with_token(), rest(&pattern("^Bearer [-0-9a-zA-Z._]*$")), "lambda-auth-threw-unauthorized possible"),
        (sending(" Bearer x.y.z "), rest(&pattern("^Bearer [-a-z.]*$")), "lambda-auth-threw-unauthorized possible"),
        (sending("Bearer  x.y.z"), rest(&pattern("^Bearer [-a-z.]*$")), "lambda-auth-token-regex certain"),
        (sending("Bearer x.y.z\n"), rest(&pattern("^Bearer [-a-z.]*$")), "lambda-auth-token-regex likely"),
        (with_token(), rest(&token()), "lambda-auth-threw-unauthorized possible"),
        (
            with_token(),
            logged(rest(&token()), &["Starting authorizer: auth01 for request: x", "Unauthorized request: x"]),
            "lambda-auth-threw-unauthorized certain",
        ),
    ] {
        assert_eq!(first(&unauthorized(exchange), &facts), expected);
    }
    // What has no identity source is always asked, and what has one in the context is not the caller's to send.
    for source in ["", "context.stage"] {
        let facts = rest(&request(source));
        assert!(!lists(&unauthorized(get()), &facts, "lambda-auth-identity-source-missing"), "{source}");
    }
    // The log shows no call: the function refused nothing.
    let uncalled = logged(rest(&token()), &["Unauthorized request: x"]);
    assert!(!lists(&unauthorized(with_token()), &uncalled, "lambda-auth-threw-unauthorized"));
    // Authorizers could not be read.
    let mut hidden = api(ApiKind::Rest, &token());
    hidden.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
    hidden.live.authorizers = Observed::NotRead(fixture::denied("apigateway:GetAuthorizers"));
    let hidden = facts(vec![hidden]);
    let explanation = explained(&unauthorized(get()), &hidden);
    assert_eq!(first(&unauthorized(get()), &hidden), "lambda-auth-identity-source-missing possible");
    let sent = explained(&unauthorized(with_token()), &hidden);
    let told: Vec<(&str, &str)> = sent.causes.iter().map(|own| (own.id, own.confidence.name())).collect();
    assert_eq!(told, [("lambda-auth-token-regex", "possible"), ("lambda-auth-threw-unauthorized", "possible")]);
    assert!(explanation.not_read.iter().any(|own| own.what == "apigateway:GetAuthorizers"));
}

#[test]
fn a_decision_against_the_caller_has_its_cause() {
    let refused = |message: &str| with_token().refused(403, "AccessDeniedException", message);
    let plain = "User is not authorized to access this resource";
    let keeps_nothing = Authorizer { authorizer_result_ttl_in_seconds: Some(0), ..token() };
    let called = "Authorizer result body before parsing: {\"principalId\":\"u\"}";
    for (exchange, facts, expected) in [
        (refused(&format!("{plain} with an explicit deny")), rest(&token()), "lambda-auth-explicit-deny certain"),
        (
            refused(&format!("{plain} with an explicit deny in an identity-based policy")),
            facts(vec![]),
            "lambda-auth-explicit-deny likely",
        ),
        (refused(plain), rest(&token()), "lambda-auth-cached-policy likely"),
        (refused(plain), rest(&keeps_nothing), "lambda-auth-implicit-deny likely"),
        (refused(plain), logged(rest(&token()), &[called]), "lambda-auth-implicit-deny certain"),
        (refused(plain), facts(vec![]), "insufficient-facts possible"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    // A caller whom IAM names was not refused by an authorizer.
    let iam = refused(
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:e:1:a/b",
    );
    for id in ["lambda-auth-explicit-deny", "lambda-auth-cached-policy", "lambda-auth-implicit-deny"] {
        assert!(!lists(&iam, &rest(&token()), id), "{id}");
    }
}

fn policy(source: &str) -> Value {
    json!({ "Policy": { "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction",
        "Condition": { "ArnLike": { "AWS:SourceArn": source } },
    }] } })
}

const ALLOWS: &str = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/authorizers/*";

#[test]
fn a_function_that_fails_has_its_cause() {
    let failed = || {
        let exchange = with_token().refused(500, "AuthorizerConfigurationException", "");
        let response =
            crate::exchange::Response { body: r#"{"message":null}"#.to_owned(), ..exchange.response.unwrap() };
        Exchange { response: Some(response), ..exchange }
    };
    let read = || Read::FunctionPolicy("authz-fn".to_owned());
    let allowed = || rest(&token()).with(read(), policy(ALLOWS));
    let other =
        rest(&token()).with(read(), policy("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/GET/orders"));
    let role = Authorizer { authorizer_credentials: Some("arn:aws:iam::111122223333:role/r".to_owned()), ..token() };
    let by_role = rest(&role).lacking(read());
    let invalid =
        "Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \"policy\"";
    let context = "Execution failed due to configuration error: Invalid JSON in response: Can not deserialize instance of java.lang.String out of START_ARRAY token";
    let threw = "Lambda execution failed with status 200 due to customer function error: boom";
    let permissions = "Execution failed due to configuration error: Invalid permissions on Lambda function";
    for (facts, expected) in [
        (rest(&token()).lacking(read()), "lambda-auth-permission certain"),
        (other, "lambda-auth-permission certain"),
        (logged(rest(&token()), &[permissions]), "lambda-auth-permission likely"),
        (logged(allowed(), &[invalid]), "lambda-auth-malformed-output certain"),
        (logged(by_role, &[invalid]), "lambda-auth-malformed-output certain"),
        (logged(allowed(), &[context]), "lambda-auth-context-nonscalar certain"),
        (logged(allowed(), &[threw]), "lambda-auth-error-or-timeout certain"),
        (logged(allowed(), &["Execution failed due to a timeout error"]), "lambda-auth-error-or-timeout certain"),
        // Nothing in the log, or no log: the one or the other.
        (logged(allowed(), &[]), "lambda-auth-malformed-output possible"),
        (allowed(), "lambda-auth-malformed-output possible"),
    ] {
        assert_eq!(first(&failed(), &facts), expected);
    }
    for (id, line) in [
        ("lambda-auth-malformed-output", threw),
        ("lambda-auth-malformed-output", context),
        ("lambda-auth-error-or-timeout", invalid),
        ("lambda-auth-context-nonscalar", invalid),
    ] {
        assert!(!lists(&failed(), &logged(allowed(), &[line]), id), "{id}");
    }
    // An authorizer whose id is not known may be the one that a statement names.
    let nameless = Authorizer { id: None, ..token() };
    let one = policy("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/authorizers/auth01");
    assert_eq!(first(&failed(), &rest(&nameless).with(read(), one)), "lambda-auth-permission likely");
    let explanation = explained(&failed(), &rest(&token()).lacking(read()));
    assert_eq!(
        explanation.causes[0].remedy.command.as_deref(),
        Some(
            "aws lambda add-permission --function-name authz-fn --statement-id apigateway-a1b2c3d4e5-auth01 \
             --action lambda:InvokeFunction --principal apigateway.amazonaws.com \
             --source-arn arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/authorizers/auth01 --region eu-west-1"
        )
    );
}

#[test]
fn http_apis_have_causes_of_their_own() {
    let authorizer = |simple: bool, version: &str| Authorizer {
        authorizer_payload_format_version: Some(version.to_owned()),
        enable_simple_responses: Some(simple),
        ..request("$request.header.Authorization")
    };
    let fine = authorizer(true, "2.0");
    let read = || Read::FunctionPolicy("authz-fn".to_owned());
    for (exchange, facts, expected) in [
        (get().http(401, "Unauthorized"), http(&fine), "http-lambda-auth-identity-missing certain"),
        (with_token().http(403, "Forbidden"), http(&fine), "http-lambda-auth-deny likely"),
        (
            with_token().http(500, "Internal Server Error"),
            http(&fine).lacking(read()),
            "http-lambda-auth-permission certain",
        ),
        (
            with_token().http(500, "Internal Server Error"),
            http(&authorizer(true, "1.0")).with(read(), policy(ALLOWS)),
            "http-lambda-auth-response-format likely",
        ),
        (
            with_token().http(500, "Internal Server Error"),
            http(&fine).with(read(), policy(ALLOWS)),
            "http-lambda-auth-response-format possible",
        ),
        (with_token().http(401, "Unauthorized"), facts(vec![]), "insufficient-facts possible"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    // An empty value is sent on to the function, other than with REST APIs.
    let empty = get().header("Authorization", "").http(401, "Unauthorized");
    assert!(!lists(&empty, &http(&fine), "http-lambda-auth-identity-missing"));
    let unread = explained(&with_token().http(500, "Internal Server Error"), &http(&fine));
    assert!(unread.causes.iter().all(|cause| cause.id != "http-lambda-auth-permission"));
    assert!(!unread.not_read.is_empty());
}

#[test]
fn a_policy_that_may_not_be_read_leaves_it_possible_that_the_authorizer_may_not_call() {
    let denied = |facts: Facts<'static>| facts.denied(Read::FunctionPolicy("authz-fn".to_owned()), "lambda:GetPolicy");
    let headers =
        [("x-amzn-RequestId", ID), ("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "AuthorizerConfigurationException")];
    let nobody = || with_token().answered(500, &headers, r#"{"message":null}"#);
    let log = |line: &str| logged(denied(rest(&token())), &[line]);
    let ended = "Lambda execution failed with status 200 due to customer function error: x";
    let http = denied(http(&request("$request.header.Authorization")));
    for (exchange, facts, expected) in [
        (nobody(), denied(rest(&token())), "lambda-auth-permission possible"),
        (nobody(), log("Invalid permissions on Lambda function"), "lambda-auth-permission likely"),
        (nobody(), log(ended), "lambda-auth-error-or-timeout certain"),
        (with_token().http(500, "Internal Server Error"), http, "http-lambda-auth-permission possible"),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        assert!(explanation.not_read.iter().any(|own| own.needs == "lambda:GetPolicy"), "{expected}");
    }
}

#[test]
fn authorization_that_is_not_what_is_deployed_has_its_cause() {
    let differing = |live: &str, deployed: &str| {
        let of = |authorization_type: &str| {
            let (key, route) = route("GET /orders", &lambda_uri("orders-fn"));
            let route = Route { authorization_type: authorization_type.to_owned(), ..route };
            fixture::api(ApiKind::Rest, vec![(key, route)])
        };
        let mut api = of(deployed);
        api.live.routes = of(live).live.routes;
        facts(vec![api])
    };
    let ok = |exchange: Exchange| exchange.answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    for (exchange, facts, expected) in [
        (ok(get()), differing("CUSTOM", "NONE"), "authorizer-drift certain"),
        (ok(get()), differing("AWS_IAM", "NONE"), "authorizer-drift certain"),
        (unauthorized(get()), differing("NONE", "CUSTOM"), "authorizer-drift certain"),
        (unauthorized(get()), differing("NONE", "COGNITO_USER_POOLS"), "authorizer-drift certain"),
        (ok(with_token()), differing("CUSTOM", "NONE"), "no-fault-found certain"),
        (ok(get()), differing("NONE", "NONE"), "no-fault-found certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    // REST APIs do not answer a caller whom an authorizer refuses with a bare Forbidden.
    assert!(!lists(&get().forbidden(), &differing("NONE", "CUSTOM"), "authorizer-drift"));
    let mut unread = api(ApiKind::Rest, &token());
    unread.deployed.clear();
    assert!(!lists(&unauthorized(get()), &facts(vec![unread]), "authorizer-drift"));
}

#[test]
fn an_http_apis_access_log_tells_what_its_authorizer_did() {
    let fine = Authorizer {
        authorizer_payload_format_version: Some("2.0".to_owned()),
        enable_simple_responses: Some(true),
        ..request("$request.header.Authorization")
    };
    let read = || Read::FunctionPolicy("authz-fn".to_owned());
    let logged = |variable: &str, value: &str| http(&fine).with(read(), policy(ALLOWS)).accessed(&[(variable, value)]);
    let unread = || {
        let id = "QwErTyUiOpAsDfG=".to_owned();
        let log = Read::Logs { group: "access".to_owned(), filter: Some(id) };
        logged("authorizer.error", "-").denied(log, "logs:FilterLogEvents")
    };
    let refused = with_token().http(403, "Forbidden");
    shown(
        "http-lambda-auth-deny",
        (&refused, &logged("error.responseType", "ACCESS_DENIED"), "certain"),
        (&with_token().http(401, "Unauthorized"), &http(&fine)),
        (&refused, &unread()),
    );
    let failed = with_token().http(500, "Internal Server Error");
    let misfit = "The response from the Lambda function doesn't match the format that API Gateway expects.";
    shown(
        "http-lambda-auth-response-format",
        (&failed, &logged("authorizer.error", misfit), "certain"),
        (&failed, &logged("authorizer.error", "Lambda function timed out")),
        (&failed, &unread()),
    );
}

/// Facts in which the authorizer's own function logged something, and the gateway nothing.
fn own_log(lines: &[&str]) -> Facts<'static> {
    own_log_at(0, lines)
}

/// The same, so many milliseconds after the answer.
fn own_log_at(after: i64, lines: &[&str]) -> Facts<'static> {
    let at = 1_791_633_600_000 + after;
    let event = |line: &&str| json!({ "timestamp": at, "logStreamName": "a", "message": line });
    let events: Vec<Value> = lines.iter().map(event).collect();
    rest(&token())
        .with(Read::Function("authz-fn".to_owned()), json!({ "FunctionName": "authz-fn" }))
        .with(Read::FunctionPolicy("authz-fn".to_owned()), policy(ALLOWS))
        .with(Read::Logs { group: "/aws/lambda/authz-fn".to_owned(), filter: None }, json!(events))
}

#[test]
fn the_authorizers_own_log_tells_how_it_ended() {
    let threw = own_log(&["START RequestId: 1", "[ERROR] Exception: Unauthorized"]);
    assert_eq!(first(&unauthorized(with_token()), &threw), "lambda-auth-threw-unauthorized certain");
    // An execution log of errors alone shows no call, but does not speak against one either.
    let both = logged(threw, &["Unauthorized request: x"]);
    assert_eq!(first(&unauthorized(with_token()), &both), "lambda-auth-threw-unauthorized certain");
    let other = own_log(&["START RequestId: 1", "the caller is Unauthorized, says the cache"]);
    assert_eq!(first(&unauthorized(with_token()), &other), "lambda-auth-threw-unauthorized possible");
    // An HTTP API answers so, too; an own log that was not read is named.
    let (refused, unread) = (with_token().http(401, "Unauthorized"), http(&token()));
    let logged_there =
        ["[ERROR] Exception: Unauthorized"].map(|line| json!({ "timestamp": 1_791_633_600_001_i64, "message": line }));
    let there = http(&token())
        .with(Read::Function("authz-fn".to_owned()), json!({ "FunctionName": "authz-fn" }))
        .with(Read::Logs { group: "/aws/lambda/authz-fn".to_owned(), filter: None }, json!(logged_there));
    assert_eq!(first(&refused, &there).split(' ').next(), Some("lambda-auth-threw-unauthorized"));
    assert_ne!(first(&refused, &there), "lambda-auth-threw-unauthorized possible");
    assert_eq!(first(&refused, &unread), "lambda-auth-threw-unauthorized possible");
    assert!(!explained(&refused, &unread).not_read.is_empty());
    let failed = with_token().answered(
        500,
        &[("x-amz-apigw-id", "A="), ("x-amzn-RequestId", ID), ("x-amzn-ErrorType", "AuthorizerConfigurationException")],
        r#"{"message":null}"#,
    );
    let timed_out = own_log(&["2026-10-10T12:00:00.000Z 1 Task timed out after 3.00 seconds"]);
    assert_eq!(first(&failed, &timed_out), "lambda-auth-error-or-timeout certain");
    assert_eq!(first(&failed, &own_log(&["END RequestId: 1"])), "lambda-auth-malformed-output possible");
}

#[test]
fn a_line_of_another_invocation_of_the_authorizer_proves_nothing_of_this_one() {
    const OWN: &str = "7f0e1a2b-0000-4000-8000-000000000001";
    const OTHER: &str = "99999999-aaaa-4bbb-8ccc-000000000000";
    let threw = |id: &str| {
        format!("2026-10-10T12:00:00.000Z\t{id}\tERROR\tInvoke Error\t{{\"errorMessage\":\"Unauthorized\"}}")
    };
    let start = format!("START RequestId: {OWN} Version: $LATEST");
    for (after, lines, expected) in [
        (-400, vec![threw(OTHER)], "certain"),
        // Long before the answer, and after it.
        (-200_000, vec![threw(OTHER)], "possible"),
        (3_000, vec![threw(OTHER)], "possible"),
        // Two ran at the time.
        (-400, vec![start, threw(OTHER)], "likely"),
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let told = first(&unauthorized(with_token()), &own_log_at(after, &lines));
        assert_eq!(told, format!("lambda-auth-threw-unauthorized {expected}"), "{after} {lines:?}");
    }
    // The access log names the one.
    for (id, expected) in [(OWN, "certain"), (OTHER, "possible")] {
        let mut facts = own_log_at(-400, &[&threw(OWN), &format!("START RequestId: {OTHER}")]);
        let Observed::Known(stages) = &mut facts.api_mut("a1b2c3d4e5").unwrap().stages else { panic!("no stages") };
        let settings = json!({ "destinationArn": "arn:aws:logs:eu-west-1:111122223333:log-group:access",
            "format": "$context.requestId $context.authorizer.requestId" });
        stages[0].settings.insert("accessLogSettings".to_owned(), settings);
        let log = Read::Logs { group: "access".to_owned(), filter: Some(ID.to_owned()) };
        let facts = facts.with(log, json!([{ "timestamp": 1, "message": format!("{ID} {id}") }]));
        assert_eq!(first(&unauthorized(with_token()), &facts), format!("lambda-auth-threw-unauthorized {expected}"));
    }
}

#[test]
fn a_context_of_lists_and_objects_is_known_by_the_log_alone() {
    let failed = with_token().refused(500, "InternalServerErrorException", "Internal server error");
    let text = "Execution failed due to configuration error: Invalid JSON in response: Can not deserialize instance of java.lang.String out of START_OBJECT token";
    let line = |line: &str| logged(rest(&token()), &[line]);
    shown(
        "lambda-auth-context-nonscalar",
        (&failed, &line(text), "certain"),
        (&failed, &line("Method completed with status: 500")),
        (&failed, &rest(&token())),
    );
}
