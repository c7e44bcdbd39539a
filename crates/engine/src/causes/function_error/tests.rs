//! What a 502 tells of which little more than the status was noted.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::configuration::Integration;
use crate::exchange::{Exchange, Headers, Response};
use crate::fixture::{self, lambda_uri, route};
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, to_orders};

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
