//! What a 502 tells of which little more than the status was noted.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::configuration::Integration;
use crate::exchange::{Exchange, Headers, Response};
use crate::fixture::{self, lambda_uri, route};
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, to_orders};

fn bare(status: u16, body: &str) -> Exchange {
    let mut exchange = to_orders("GET", "/orders");
    exchange.response = Some(Response { status, headers: Headers::default(), body: body.to_owned() });
    exchange
}

fn api(kind: ApiKind, integration_type: &str) -> Api {
    let uri = match kind {
        ApiKind::Rest => lambda_uri("orders-fn"),
        _ => "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn".to_owned(),
    };
    let (key, mut own) = route("GET /orders", &uri);
    let integration = Integration { integration_type: integration_type.to_owned(), ..own.integration.unwrap() };
    own.integration = Some(integration);
    fixture::api(kind, vec![(key, own)])
}

/// The function's own log was read, and says nothing.
fn quiet(api: Api) -> Facts<'static> {
    facts(vec![api])
        .with(Read::Function("orders-fn".to_owned()), json!({ "FunctionName": "orders-fn", "State": "Active" }))
        .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, json!([]))
}

#[test]
fn a_502_without_headers_is_likely_a_function_that_failed() {
    let own = "lambda-unhandled-error";
    for (exchange, api, expected) in [
        (bare(502, ""), api(ApiKind::Rest, "AWS_PROXY"), Some("likely")),
        (bare(502, r#"{"message":"Internal server error"}"#), api(ApiKind::Rest, "AWS_PROXY"), Some("likely")),
        (bare(502, ""), api(ApiKind::Http, "AWS_PROXY"), Some("likely")),
        (bare(500, ""), api(ApiKind::Http, "AWS_PROXY"), Some("possible")),
        (bare(500, ""), api(ApiKind::Rest, "AWS_PROXY"), None),
        // What a function without proxy integration ends with is the mapping's affair.
        (bare(502, ""), api(ApiKind::Rest, "AWS"), None),
    ] {
        let explanation = explained(&exchange, &quiet(api));
        let first = &explanation.causes[0];
        let found = (first.id == own).then(|| first.confidence.name());
        assert_eq!(found, expected, "{}: {}", first.id, first.says);
        if expected.is_some() {
            let told =
                explanation.not_read.iter().find(|own| own.what == "response.headers").map(|own| own.why.as_str());
            let why = "not given: response.headers: by x-amzn-RequestId or apigw-requestid its log is found: give the \
                response with its headers (curl -i)";
            assert_eq!(told, Some(why));
            assert_eq!(first.evidence[0].value, exchange.response.as_ref().unwrap().status);
        }
    }
}

#[test]
fn a_line_of_another_invocation_proves_nothing_of_this_one() {
    const OWN: &str = "7f0e1a2b-0000-4000-8000-000000000001";
    const OTHER: &str = "99999999-aaaa-4bbb-8ccc-000000000000";
    let noon = 1_791_633_600_000_i64;
    let timeout = |id: &str| format!("2026-10-10T12:00:00.000Z {id} Task timed out after 10.01 seconds\n\n");
    let start = |id: &str| format!("START RequestId: {id} Version: $LATEST");
    let end = |id: &str| format!("END RequestId: {id}");
    let import = || "[ERROR] Runtime.ImportModuleError: Unable to import module 'main'".to_owned();
    let exchange = || to_orders("GET", "/orders").refused(502, "InternalServerErrorException", "Internal server error");
    let gateway = |lines: serde_json::Value, own: Option<&str>| {
        let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
        let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
        let told = own.map(|own| json!({ "message": format!("({id}) AWS Integration Endpoint RequestId : {own}") }));
        facts(vec![api(ApiKind::Rest, "AWS_PROXY")])
            .with(
                Read::Function("orders-fn".to_owned()),
                json!({ "FunctionName": "orders-fn", "State": "Active", "Timeout": 10 }),
            )
            .with(Read::Logs { group, filter: Some(id.to_owned()) }, told.into_iter().collect())
            .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, lines)
    };
    // Milliseconds after the answer, the stream, and the text.
    let lines = |lines: &[(i64, &str, String)]| -> serde_json::Value {
        let line = |(after, stream, message): &(i64, &str, String)| json!({ "timestamp": noon + after, "logStreamName": stream, "message": message });
        lines.iter().map(line).collect()
    };
    let (timed_out, wrong) = ("lambda-timeout-own", "lambda-handler-wrong");
    for (cause, log, own, expected) in [
        (timed_out, lines(&[(-400, "a", timeout(OTHER))]), None, Some("certain")),
        (timed_out, lines(&[(1_900, "a", timeout(OTHER))]), None, Some("certain")),
        (timed_out, lines(&[(-12_900, "a", timeout(OTHER))]), None, Some("certain")),
        (timed_out, lines(&[(-13_100, "a", timeout(OTHER))]), None, None),
        (timed_out, lines(&[(-290_000, "a", timeout(OTHER))]), None, None),
        (timed_out, lines(&[(2_100, "a", timeout(OTHER))]), None, None),
        (timed_out, lines(&[(200_000, "a", timeout(OTHER))]), None, None),
        // Two ran at the time.
        (timed_out, lines(&[(-900, "b", start(OWN)), (-400, "a", timeout(OTHER))]), None, Some("likely")),
        // The gateway's log names the one.
        (timed_out, lines(&[(-900, "b", start(OTHER)), (-400, "a", timeout(OWN))]), Some(OWN), Some("certain")),
        (timed_out, lines(&[(-400, "a", timeout(OTHER))]), Some(OWN), None),
        (wrong, lines(&[(-400, "a", import())]), None, Some("certain")),
        (wrong, lines(&[(-300_000, "a", import()), (-9_000, "a", start(OWN)), (-100, "a", end(OWN))]), None, None),
        (
            wrong,
            lines(&[(-400, "a", import()), (-300, "a", start(OWN)), (-300, "b", start(OTHER))]),
            None,
            Some("likely"),
        ),
        // A line without an id is of the invocation that its stream was in.
        (
            wrong,
            lines(&[(-900, "a", start(OWN)), (-800, "b", start(OTHER)), (-400, "a", import())]),
            Some(OWN),
            Some("certain"),
        ),
        (wrong, lines(&[(-900, "a", start(OTHER)), (-400, "a", import()), (-300, "a", end(OTHER))]), Some(OWN), None),
    ] {
        let facts = gateway(log.clone(), own);
        match expected {
            Some(confidence) => assert_eq!(first(&exchange(), &facts), format!("{cause} {confidence}"), "{log}"),
            None => assert!(!lists(&exchange(), &facts, cause), "{log}"),
        }
        // Without the answer's time nothing ties a line to it but the id.
        let mut undated = exchange();
        undated.response.as_mut().unwrap().headers.0.retain(|(name, _)| name != "Date");
        if let (Some(_), None) = (expected, own) {
            assert_eq!(first(&undated, &facts), format!("{cause} likely"), "{log}");
        }
    }
}

#[test]
fn the_functions_own_log_tells_that_it_failed() {
    const OWN: &str = "7f0e1a2b-0000-4000-8000-000000000001";
    const OTHER: &str = "99999999-aaaa-4bbb-8ccc-000000000000";
    let start = |id: &str| format!("START RequestId: {id} Version: $LATEST");
    let end = |id: &str| format!("END RequestId: {id}");
    let python = || {
        "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 3, in handler"
            .to_owned()
    };
    let node = || {
        format!(
            "2026-10-10T12:00:00.000Z\t{OWN}\tERROR\tInvoke Error \t{{\"errorType\":\"TypeError\",\"errorMessage\":\"x is not a function\",\"stack\":[]}}"
        )
    };
    let line = |(after, stream, message): &(i64, &str, String)| json!({ "timestamp": 1_791_633_600_000_i64 + after, "logStreamName": stream, "message": message });
    let says = |kind: ApiKind, lines: &[(i64, &str, String)]| {
        let facts = facts(vec![api(kind, "AWS_PROXY")])
            .with(
                Read::Function("orders-fn".to_owned()),
                json!({ "FunctionName": "orders-fn", "State": "Active", "Timeout": 3 }),
            )
            .with(
                Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None },
                lines.iter().map(line).collect(),
            );
        let exchange = match kind {
            ApiKind::Rest => {
                to_orders("GET", "/orders").refused(502, "InternalServerErrorException", "Internal server error")
            }
            _ => to_orders("GET", "/orders").http(500, "Internal Server Error"),
        };
        let own = explained(&exchange, &facts).causes.swap_remove(0);
        format!("{} {}: {}", own.id, own.confidence.name(), own.says)
    };
    let key = "lambda-unhandled-error certain: orders-fn failed: KeyError: 'id'.";
    let untold = "lambda-unhandled-error likely: orders-fn failed, or answered in a shape that the gateway refuses; nothing that was read tells which.";
    let caught = || "ERROR could not reach the cache".to_owned();
    let report = || format!("REPORT RequestId: {OWN}\tDuration: 100 ms\tBilled Duration: 100 ms");
    let malformed = "lambda-malformed-response likely: The log of orders-fn has the request's invocation, which ended without an error: \
         what it answered is of a shape that the gateway refuses.";
    for (lines, expected) in [
        (&[(-500, "a", start(OWN)), (-400, "a", python()), (-300, "a", end(OWN))][..], key),
        (&[(-400, "a", python())], key),
        (&[(-400, "a", node())], "lambda-unhandled-error certain: orders-fn failed: TypeError: x is not a function."),
        // Another one ran at the time.
        (
            &[(-500, "a", start(OWN)), (-500, "b", start(OTHER)), (-400, "a", python())],
            "lambda-unhandled-error likely: orders-fn failed: KeyError: 'id'.",
        ),
        // Long before the request.
        (&[(-90_000, "a", start(OTHER)), (-90_000, "a", python()), (-90_000, "a", end(OTHER))], untold),
        // It ended, and nothing failed.
        (&[(-500, "a", start(OWN)), (-300, "a", end(OWN)), (-300, "a", report())], malformed),
        (&[(-500, "a", start(OWN)), (-400, "a", caught()), (-300, "a", end(OWN)), (-300, "a", report())], malformed),
        (
            &[(-500, "a", start(OWN)), (-300, "a", end(OWN)), (-300, "a", format!("{} Status: timeout", report()))],
            untold,
        ),
        // What a handler logs and catches ends no invocation.
        (&[(-500, "a", start(OWN)), (-400, "a", caught())], untold),
        (&[], untold),
    ] {
        assert_eq!(says(ApiKind::Rest, lines), expected, "{lines:?}");
    }
    assert_eq!(says(ApiKind::Http, &[(-400, "a", python())]), key);
    assert_eq!(says(ApiKind::Http, &[]), "lambda-unhandled-error possible: orders-fn may have failed.");
}

/// An HTTP API has no execution log: its access log names the invocation.
#[test]
fn the_access_log_of_an_http_api_names_the_invocation() {
    const OWN: &str = "7f0e1a2b-0000-4000-8000-000000000001";
    const OTHER: &str = "99999999-aaaa-4bbb-8ccc-000000000000";
    let timeout = |id: &str| format!("2026-10-10T12:00:00.000Z {id} Task timed out after 3.00 seconds");
    let events = |ids: &[&str]| -> serde_json::Value {
        ids.iter()
            .map(|id| json!({ "timestamp": 1_791_633_599_600_i64, "logStreamName": id, "message": timeout(id) }))
            .collect()
    };
    let exchange = to_orders("GET", "/orders").http(500, "Internal Server Error");
    for (named, ran, expected) in
        [("-", &[OWN, OTHER][..], Some("likely")), (OWN, &[OWN, OTHER], Some("certain")), (OWN, &[OTHER], None)]
    {
        let facts = facts(vec![api(ApiKind::Http, "AWS_PROXY")])
            .with(
                Read::Function("orders-fn".to_owned()),
                json!({ "FunctionName": "orders-fn", "State": "Active", "Timeout": 3 }),
            )
            .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, events(ran))
            .accessed(&[("integration.requestId", named)]);
        match expected {
            Some(confidence) => {
                assert_eq!(first(&exchange, &facts), format!("lambda-timeout-own {confidence}"), "{named}")
            }
            None => assert!(!lists(&exchange, &facts, "lambda-timeout-own"), "{named}"),
        }
    }
}

#[test]
fn an_http_api_says_that_a_response_is_of_no_known_format() {
    let exchange = to_orders("GET", "/orders").http(500, "Internal Server Error");
    let (own, none) = ("http-lambda-response-format certain", "insufficient-facts possible");
    for (told, expected) in [
        (
            "The response from the Lambda function doesn't match the format that API Gateway expects. Check the configuration.",
            own,
        ),
        ("The response is not in the expected format", own),
        ("The request for the IAM Authorizer doesn't match the format that API Gateway expects.", none),
    ] {
        let facts = facts(vec![api(ApiKind::Http, "AWS_PROXY")]).accessed(&[("integrationErrorMessage", told)]);
        assert_eq!(first(&exchange, &facts), expected, "{told}");
    }
}

/// The gateway's own log has the function's error, whatever was read of the function's log.
#[test]
fn the_gateways_log_tells_of_the_timeout_and_of_the_handler() {
    const OWN: &str = "7f0e1a2b-0000-4000-8000-000000000001";
    let rest = |error: &str| {
        let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
        let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
        let line = format!(
            "({id}) Lambda execution failed with status 200 due to customer function error: {error}. Lambda request id: {OWN}"
        );
        let exchange =
            to_orders("GET", "/orders").refused(502, "InternalServerErrorException", "Internal server error");
        let facts = facts(vec![api(ApiKind::Rest, "AWS_PROXY")])
            .with(Read::Logs { group, filter: Some(id.to_owned()) }, json!([{ "timestamp": 1, "message": line }]));
        (exchange, facts)
    };
    let http = |error: &str| {
        let told = format!(
            "The Lambda function returned the following error: {error}. Check your Lambda function code and try again."
        );
        let facts = facts(vec![api(ApiKind::Http, "AWS_PROXY")]).accessed(&[("integrationErrorMessage", &told)]);
        (to_orders("GET", "/orders").http(500, "Internal Server Error"), facts)
    };
    let configured = |facts: Facts<'static>| {
        let own = json!({ "FunctionName": "orders-fn", "State": "Active", "Timeout": 3, "Handler": "app.handler" });
        facts.with(Read::Function("orders-fn".to_owned()), own)
    };
    let timed_out = format!("2026-10-10T11:59:59.000Z {OWN} Task timed out after 3.00 seconds");
    for (error, expected) in [
        (timed_out.as_str(), "lambda-timeout-own"),
        ("Unable to import module 'app': No module named 'requests'", "lambda-handler-wrong"),
        ("Error: Cannot find module 'app'", "lambda-handler-wrong"),
        ("KeyError: 'id'", "lambda-unhandled-error"),
    ] {
        for (exchange, facts) in [rest(error), http(error)] {
            assert_eq!(first(&exchange, &configured(facts.clone())), format!("{expected} certain"), "{error}");
            // The function's configuration was not read.
            let sure = if expected == "lambda-unhandled-error" { "certain" } else { "likely" };
            assert_eq!(first(&exchange, &facts), format!("{expected} {sure}"), "{error}");
        }
    }
}
