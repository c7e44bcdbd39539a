//! Answers of the gateway where what is behind it is late, and links that are looked for where they are.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::Integration;
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, http_api, lists, to_default, to_orders};

const REQUEST_ID: &str = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";

fn with(edit: impl FnOnce(&mut Integration)) -> Api {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    edit(own.integration.as_mut().unwrap());
    fixture::api(ApiKind::Rest, vec![(key, own)])
}

fn backend() -> Api {
    with(|own| {
        own.integration_type = "HTTP_PROXY".to_owned();
        own.uri = Some("https://example.com/x".to_owned());
    })
}

/// With an execution log of the stage, and these lines of the request in it.
fn logged(mut api: Api, lines: &[&str]) -> Facts<'static> {
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "INFO" } }));
    let events: Vec<Value> =
        lines.iter().map(|line| json!({ "timestamp": 1, "message": format!("({REQUEST_ID}) {line}") })).collect();
    let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
    facts(vec![api]).with(Read::Logs { group, filter: Some(REQUEST_ID.to_owned()) }, json!(events))
}

#[test]
fn a_504_is_a_timeout_where_the_gateway_says_so() {
    let own = |text: &str| to_orders("GET", "/orders").refused(504, "InternalServerErrorException", text);
    let untold = own("Internal server error");
    let bare = to_orders("GET", "/orders").answered(504, &[], "");
    let after = |exchange: &Exchange, waited: u64| {
        let mut exchange = exchange.clone();
        exchange.request.client.elapsed_ms = Some(waited);
        exchange
    };
    let said = "Execution failed due to a timeout error";
    let tls = "Execution failed due to configuration error: General SSLEngine problem";
    for (exchange, facts, expected) in [
        (own("Endpoint request timed out"), facts(vec![backend()]), "integration-timeout certain"),
        (untold.clone(), facts(vec![backend()]), "integration-timeout possible"),
        (bare.clone(), facts(vec![backend()]), "integration-timeout possible"),
        (after(&untold, 29_100), facts(vec![backend()]), "integration-timeout likely"),
        (untold.clone(), logged(backend(), &[said]), "integration-timeout certain"),
        (untold.clone(), logged(backend(), &[tls]), "integration-tls-failure certain"),
        (own("Endpoint request timed out"), logged(backend(), &[tls]), "integration-tls-failure certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected, "{:?}", exchange.response);
    }
    assert!(!lists(&after(&untold, 2_000), &facts(vec![backend()]), "integration-timeout"));
    let http = to_default("GET", "/orders").http(504, "Gateway Timeout");
    assert!(!lists(&http, &facts(vec![http_api(&["GET /orders"])]), "integration-timeout"));
    assert!(!lists(&untold, &logged(backend(), &[tls]), "integration-timeout"));
    assert!(!lists(&untold, &logged(backend(), &["Method completed with status: 504"]), "integration-timeout"));
}

#[test]
fn a_link_of_an_integration_with_a_target_is_one_of_http_apis() {
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/1";
    let linked = |target: Option<&str>, status: &str| {
        let api = with(|own| {
            own.integration_type = "HTTP_PROXY".to_owned();
            own.uri = Some("http://internal.example.com/orders".to_owned());
            (own.connection_type, own.connection_id) = (Some("VPC_LINK".to_owned()), Some("link1".to_owned()));
            own.integration_target = target.map(str::to_owned);
        });
        let read = Read::VpcLinkV2("link1".to_owned());
        facts(vec![api]).lacking(Read::VpcLink("link1".to_owned())).with(read, json!({ "VpcLinkStatus": status }))
    };
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    let group = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/2";
    let healthy = |state: &str| {
        linked(Some(balancer), "AVAILABLE")
            .with(Read::TargetGroups(balancer.to_owned()), json!({ "TargetGroups": [{ "TargetGroupArn": group }] }))
            .with(
                Read::TargetHealth(group.to_owned()),
                json!({ "TargetHealthDescriptions": [{ "TargetHealth": { "State": state } }] }),
            )
    };
    // Of the export, it is not known whether it shows the target.
    let edited = || {
        let with_target = |target: Option<&str>| {
            with(|own| {
                own.integration_type = "HTTP_PROXY".to_owned();
                own.uri = Some("http://internal.example.com/orders".to_owned());
                (own.connection_type, own.connection_id) = (Some("VPC_LINK".to_owned()), Some("link1".to_owned()));
                own.integration_target = target.map(str::to_owned);
            })
        };
        let mut api = with_target(Some(balancer));
        api.deployed = with_target(None).deployed;
        let read = Read::VpcLinkV2("link1".to_owned());
        let link = json!({ "VpcLinkStatus": "AVAILABLE" });
        let health = json!({ "TargetHealthDescriptions": [{ "TargetHealth": { "State": "healthy" } }] });
        facts(vec![api])
            .lacking(Read::VpcLink("link1".to_owned()))
            .with(read, link)
            .with(Read::TargetGroups(balancer.to_owned()), json!({ "TargetGroups": [{ "TargetGroupArn": group }] }))
            .with(Read::TargetHealth(group.to_owned()), health)
    };
    for (facts, expected) in [
        (linked(None, "AVAILABLE"), Some("certain")),
        (linked(Some(balancer), "INACTIVE"), Some("certain")),
        (healthy("unhealthy"), Some("certain")),
        (healthy("healthy"), None),
        (edited(), None),
    ] {
        let causes = explained(&failed, &facts).causes;
        let found = causes.iter().find(|cause| cause.id == "vpc-link-unhealthy");
        assert_eq!(found.map(|cause| cause.confidence.name()), expected, "{found:?}");
    }
}

#[test]
fn a_links_id_may_be_a_variable_that_is_not_set() {
    let linked = || {
        with(|own| {
            own.integration_type = "HTTP_PROXY".to_owned();
            own.uri = Some("http://internal.example.com/orders".to_owned());
            own.connection_type = Some("VPC_LINK".to_owned());
            own.connection_id = Some("${stageVariables.link}".to_owned());
        })
    };
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    assert_eq!(first(&failed, &facts(vec![linked()])), "stage-variable-unset certain");
    let cause = explained(&failed, &facts(vec![linked()])).causes.swap_remove(0);
    assert_eq!(cause.evidence[0].path, "integration.connectionId");
    let mut set = linked();
    let Observed::Known(stages) = &mut set.stages else { panic!("the fixture has stages") };
    stages[0].variables.insert("link".to_owned(), "link1".to_owned());
    assert!(!lists(&failed, &facts(vec![set]), "stage-variable-unset"));
}

/// Of an alias that may not be there, a missing policy proves nothing; and what another cause proves needs no guess.
#[test]
fn a_denied_read_of_a_function_makes_nothing_certain_and_hides_nothing() {
    let statement = json!([{ "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn" }]);
    let policy = json!({ "Policy": { "Statement": statement } });
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    let call = "lambda:GetFunctionConfiguration";
    let live = || Read::Function("orders-fn:live".to_owned());
    let aliased = || {
        facts(vec![with(|own| own.uri = Some(lambda_uri("orders-fn:live")))])
            .with(Read::FunctionPolicy("orders-fn".to_owned()), policy.clone())
            .lacking(Read::FunctionPolicy("orders-fn:live".to_owned()))
    };
    let known = aliased().with(live(), json!({ "State": "Active" }));
    assert_eq!(first(&failed, &known), "lambda-permission-on-alias-missing certain");
    let denied = aliased().denied(live(), call);
    assert_eq!(first(&failed, &denied), "lambda-permission-on-alias-missing likely");
    assert!(explained(&failed, &denied).not_read.iter().any(|own| own.what == call));

    let header = with(|own| {
        let place = "integration.request.header.Content-Length".to_owned();
        own.request_parameters.insert(place, "'1'".to_owned());
    });
    let unproven = facts(vec![header])
        .with(Read::FunctionPolicy("orders-fn".to_owned()), policy.clone())
        .denied(Read::Function("orders-fn".to_owned()), call);
    assert_eq!(first(&failed, &unproven), "illegal-header-mapping certain");
    assert!(!lists(&failed, &unproven, "lambda-function-not-active"));
    assert!(explained(&failed, &unproven).not_read.iter().any(|own| own.what == call));
}
