//! Requests that no route of the stage takes, and what the causes make of them.

use crate::case::facts::{Facts, Read};
use crate::configuration::{Route, RouteKey};
use crate::exchange::Exchange;
use crate::fixture::{self, deployment, lambda_uri, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, to_orders};
use serde_json::json;

mod methods;

fn routes(keys: &[&str]) -> Vec<(RouteKey, Route)> {
    keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect()
}

/// An API whose live configuration is deployed as it is.
fn api(keys: &[&str]) -> Api {
    fixture::api(ApiKind::Rest, routes(keys))
}

/// An API of which only some routes are deployed.
fn with_deployed(live: &[&str], deployed: &[&str]) -> Api {
    let mut api = api(deployed);
    api.live.routes = fixture::configuration(api.live.source, routes(live)).routes;
    api
}

const KEYS: [&str; 8] = [
    "GET /orders",
    "POST /orders",
    "GET /orders/{id}",
    "DELETE /orders/{id}/items/{item}",
    "ANY /files/{proxy+}",
    "GET /notes",
    "PATCH /items",
    "GET /Reports/daily",
];

#[test]
fn each_request_that_no_route_takes_has_its_cause() {
    for (method, path, expected) in [
        ("GET", "/prod/orders", "rest-stage-segment-duplicated certain"),
        ("UPDATE", "/items", "client-nonstandard-verb certain"),
        ("HEAD", "/orders", "head-not-defined certain"),
        ("GET", "/", "rest-root-no-method certain"),
        ("GET", "", "rest-root-no-method certain"),
        ("GET", "/files", "rest-greedy-parent-not-covered certain"),
        ("GET", "/files/", "rest-greedy-parent-not-covered certain"),
        ("DELETE", "/orders/17/items", "rest-path-param-missing certain"),
        ("GET", "/Orders", "rest-path-case-mismatch certain"),
        ("GET", "/reports/Daily", "rest-path-case-mismatch certain"),
        ("GET", "/notes%E2%80%98notes%E2%80%99", "rest-path-placeholder-unreplaced likely"),
        ("GET", "/api/orders", "rest-extra-path-prefix likely"),
        ("GET", "/api/v1/orders", "rest-extra-path-prefix likely"),
        ("PUT", "/orders", "rest-method-not-on-path certain"),
        ("DELETE", "/orders/17", "rest-method-not-on-path certain"),
        ("GET", "/invoices", "rest-path-not-in-api certain"),
        ("GET", "/customers/%7Bid%7D/orders/%7Bid%7D/x", "rest-path-not-in-api certain"),
    ] {
        let exchange = to_orders(method, path).missing_token();
        let facts = facts(vec![api(&KEYS)]).with(Read::RestApis, json!({ "items": [] }));
        assert_eq!(first(&exchange, &facts), expected, "{method} {path}");
    }
}

#[test]
fn what_a_route_takes_is_no_fault_of_routing() {
    for (method, path) in
        [("GET", "/orders/"), ("GET", "//orders"), ("GET", "/files/a/b"), ("GET", "/orders/undefined")]
    {
        let exchange = to_orders(method, path).answered(200, &[("x-amz-apigw-id", "A=")], "[]");
        assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "no-fault-found certain", "{method} {path}");
    }
}

#[test]
fn a_value_that_looks_like_a_placeholder_is_told_and_changes_no_verdict() {
    for (path, name) in [
        ("/orders/%7Bid%7D", Some("{id}")),
        ("/orders/{id}", Some("{id}")),
        ("/orders/:id", Some(":id")),
        ("/orders/undefined", Some("undefined")),
        ("/orders/17", None),
    ] {
        let sent = to_orders("GET", path).answered(200, &[("x-amz-apigw-id", "A=")], "[]");
        let first = &explained(&sent, &facts(vec![api(&KEYS)])).causes[0];
        assert_eq!((first.id, first.confidence.name()), ("no-fault-found", "certain"), "{path}");
        let aside = name.map(|name| {
            format!(
                " The path holds {name}, which GET /orders/{{id}} takes for a value: it is probably a placeholder that was \
                 not filled in."
            )
        });
        let says = "The answer is a success, and nothing that was read speaks against it.";
        assert_eq!(first.says, format!("{says}{}", aside.unwrap_or_default()), "{path}");
    }
    // A route that is so called is meant.
    let sent = to_orders("GET", "/null").answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    assert!(!explained(&sent, &facts(vec![api(&["GET /null"])])).causes[0].says.contains("placeholder"));
}

#[test]
fn which_path_was_sent_is_not_known_of_a_url_with_dots() {
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    for path in ["/..", "//..", "/prod/../orders", "/prod/./orders", "/prod/x/%2e%2E/orders"] {
        let exchange = request(&format!("GET {host}{path}"), &[]);
        for answered in [exchange.clone(), exchange.clone().missing_token(), exchange.forbidden()] {
            let explanation = explained(&answered, &facts(vec![api(&KEYS)]));
            let ids: Vec<&str> = explanation.causes.iter().map(|cause| cause.id).collect();
            assert_eq!(ids, ["insufficient-facts"], "{path}");
            assert!(explanation.causes[0].says.starts_with("The path has `.` or `..` in it"));
        }
    }
    let fine = to_orders("GET", "/./orders").answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    assert_eq!(first(&fine, &facts(vec![api(&KEYS)])), "no-fault-found certain");
}

#[test]
fn the_path_to_call_holds_the_values_of_the_request() {
    let keys = ["GET /orders/{id}", "GET /orders/{id}/Lines"];
    for (path, id, advice) in [
        ("/Orders/17", "rest-path-case-mismatch", "write the path as the route has it: URL/orders/17"),
        ("/orders/17/lines", "rest-path-case-mismatch", "write the path as the route has it: URL/orders/17/Lines"),
        (
            "/ordres/17",
            "rest-path-not-in-api",
            "call a path that is there, such as URL/orders/17, or add this one and deploy",
        ),
    ] {
        let facts = facts(vec![api(&keys)]).with(Read::RestApis, json!({ "items": [] }));
        let explanation = explained(&to_orders("GET", path).missing_token(), &facts);
        let first = &explanation.causes[0];
        assert_eq!(first.id, id, "{path}");
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod";
        assert_eq!(first.remedy.summary, advice.replace("URL", url), "{path}");
    }
}

#[test]
fn a_header_that_replaces_the_method_is_named() {
    let exchange = to_orders("POST", "/orders").header("X-HTTP-Method-Override", "PUT").missing_token();
    assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "method-override-header certain");
    // The header names a method that the path has: the request goes through.
    let exchange = to_orders("POST", "/orders").header("X-HTTP-Method-Override", "GET").missing_token();
    assert!(!lists(&exchange, &facts(vec![api(&KEYS)]), "method-override-header"));
}

#[test]
fn a_live_route_that_the_stage_lacks_was_not_deployed() {
    let exchange = to_orders("GET", "/new").missing_token();
    let explanation = explained(&exchange, &facts(vec![with_deployed(&["GET /orders", "GET /new"], &["GET /orders"])]));
    let ids: Vec<&str> = explanation.causes.iter().map(|cause| cause.id).collect();
    assert_eq!(ids, ["rest-not-deployed", "test-invoke-only-works"]);
    let command = explanation.causes[0].remedy.command.as_deref();
    assert_eq!(
        command,
        Some("aws apigateway create-deployment --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1")
    );
}

#[test]
fn a_newer_deployment_that_has_the_route_is_named() {
    let mut api = with_deployed(&["GET /orders", "GET /new"], &["GET /orders"]);
    api.deployments =
        Observed::Known(vec![deployment("d2", "2026-10-05T09:00:00Z"), deployment("d1", "2026-10-01T09:00:00Z")]);
    let newer = fixture::configuration(api.live.source, routes(&["GET /orders", "GET /new"]));
    let exchange = to_orders("GET", "/new").missing_token();
    // The newer deployment was not read: then nothing is certain.
    assert_eq!(first(&exchange, &facts(vec![api.clone()])), "rest-not-deployed likely");
    fixture::deploy(&mut api, "d2", &newer);
    assert_eq!(first(&exchange, &facts(vec![api])), "rest-stage-on-old-deployment certain");
}

#[test]
fn sams_own_stage_is_told_from_the_one_of_the_template() {
    let mut api = api(&["GET /orders"]);
    let old = fixture::configuration(api.live.source, routes(&["GET /other"]));
    fixture::deploy(&mut api, "d0", &old);
    api.stages = Observed::Known(vec![stage("Prod", "d1"), stage("Stage", "d0")]);
    let to = |stage: &str| -> Exchange {
        request(&format!("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/{stage}/orders"), &[])
            .missing_token()
    };
    assert_eq!(first(&to("Stage"), &facts(vec![api.clone()])), "sam-default-stage-used likely");
    assert!(!lists(&to("Prod"), &facts(vec![api]), "sam-default-stage-used"));
}

#[test]
fn one_other_api_with_the_route_is_named_and_two_are_not() {
    let exchange = to_orders("GET", "/invoices").missing_token();
    let list = json!({ "items": [{ "id": "a1b2c3d4e5", "name": "orders" }, { "id": "z9", "name": "billing" }, { "id": "y8", "name": "old" }] });
    let has = json!({ "items": [{ "path": "/invoices", "resourceMethods": { "GET": {} } }] });
    let lacks = json!({ "items": [{ "path": "/{proxy+}", "resourceMethods": { "ANY": {} } }] });
    let read = |id: &str| Read::Resources(id.to_owned());
    let base = facts(vec![api(&KEYS)]).with(Read::RestApis, list);
    let one = base.clone().with(read("z9"), has.clone()).with(read("y8"), lacks);
    assert_eq!(first(&exchange, &one), "wrong-api-id likely");
    let two = base.clone().with(read("z9"), has.clone()).with(read("y8"), has);
    assert_eq!(first(&exchange, &two), "rest-path-not-in-api certain");
    // The others were not read: that the path is not in this API is certain all the same.
    assert_eq!(first(&exchange, &base), "rest-path-not-in-api certain");
}

#[test]
fn nothing_is_certain_of_an_api_that_was_not_read() {
    let exchange = to_orders("GET", "/orders").missing_token();
    let explanation = explained(&exchange, &facts(Vec::new()));
    assert_eq!(first(&exchange, &facts(Vec::new())), "insufficient-facts possible");
    assert_eq!(explanation.not_read.len(), 1);
}

/// An API of which one of its two sides was not read.
fn half_read(deployed: bool) -> Facts<'static> {
    let mut api = api(&KEYS);
    if deployed {
        api.live.routes = Observed::NotRead(fixture::denied("apigateway:GetResources"));
    } else {
        api.deployed.clear();
    }
    facts(vec![api]).with(Read::RestApis, json!({ "items": [] }))
}

#[test]
fn what_was_read_stands_in_for_what_was_not_and_makes_nothing_certain() {
    for (method, path, by_live, by_deployed) in [
        ("GET", "/orders", "rest-not-deployed likely", "insufficient-facts possible"),
        ("PUT", "/orders", "rest-method-not-on-path likely", "rest-method-not-on-path likely"),
        ("GET", "/", "rest-root-no-method likely", "rest-root-no-method likely"),
        ("GET", "/Orders", "rest-path-case-mismatch likely", "rest-path-case-mismatch likely"),
        ("GET", "/invoices", "rest-path-not-in-api likely", "rest-path-not-in-api likely"),
    ] {
        let exchange = to_orders(method, path).missing_token();
        assert_eq!(first(&exchange, &half_read(false)), by_live, "{method} {path} by the live routes");
        assert_eq!(first(&exchange, &half_read(true)), by_deployed, "{method} {path} by the deployed routes");
    }
    let explanation = explained(&to_orders("PUT", "/orders").missing_token(), &half_read(true));
    assert!(explanation.not_read.iter().any(|own| own.what == "apigateway:GetResources"));
    // What is shown was read: a side that was not is not spoken of.
    for (deployed, source, place) in
        [(false, "apigateway:GetResources", "items"), (true, "apigateway:GetDeployment", "apiSummary")]
    {
        let told =
            explained(&to_orders("GET", "/invoices").missing_token(), &half_read(deployed)).causes.swap_remove(0);
        let says = format!("No route of prod takes /invoices, with any method, as {source} shows.");
        assert_eq!(told.says, says);
        let shown: Vec<(&str, &str)> =
            told.evidence.iter().map(|own| (own.source.as_str(), own.path.as_str())).collect();
        assert_eq!(shown, [(source, place)]);
    }
    // What is guarded is the same: it may be deployed otherwise.
    let mut keys = routes(&KEYS);
    keys.iter_mut().for_each(|(_, route)| route.authorization_type = "AWS_IAM".to_owned());
    let mut signed = fixture::api(ApiKind::Rest, keys);
    signed.deployed.clear();
    let exchange = to_orders("GET", "/orders").missing_token();
    assert_eq!(first(&exchange, &facts(vec![signed])), "rest-iam-unsigned likely");
}

#[test]
fn an_answer_of_the_backend_is_told_from_the_gateways_own() {
    let remapped = [("x-amz-apigw-id", "A="), ("x-amzn-Remapped-Date", "Sat, 10 Oct 2026 12:00:00 GMT")];
    let body = r#"{"message":"Missing Authentication Token"}"#;
    let exchange = to_orders("GET", "/orders").answered(403, &remapped, body);
    assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "backend-returned-mat certain");
    let exchange = to_orders("GET", "/orders").answered(403, &remapped[..1], body);
    assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "backend-returned-mat likely");
    assert!(!lists(&to_orders("GET", "/nothing").missing_token(), &facts(vec![api(&KEYS)]), "backend-returned-mat"));
}

#[test]
fn a_browsers_own_requests_are_harmless() {
    let browser = [("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"), ("accept", "text/html,*/*")];
    let exchange = |line: &str, headers: &[(&str, &str)]| request(line, headers).missing_token();
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    let facts = facts(vec![api(&KEYS)]);
    assert_eq!(
        first(&exchange(&format!("GET {host}/prod/favicon.ico"), &browser), &facts),
        "browser-side-request certain"
    );
    assert_eq!(first(&exchange(&format!("GET {host}/prod/items"), &browser), &facts), "browser-side-request likely");
    assert!(!lists(&exchange(&format!("GET {host}/prod/items"), &[]), &facts, "browser-side-request"));
}

#[test]
fn a_redirect_that_changed_the_method_is_possible_only_without_get() {
    let exchange = to_orders("PATCH", "/items").missing_token();
    assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "method-changed-by-redirect possible");
    let exchange = to_orders("POST", "/orders").missing_token();
    assert!(!lists(&exchange, &facts(vec![api(&KEYS)]), "method-changed-by-redirect"));
}

#[test]
fn customised_gateway_responses_are_seen_through() {
    let mut api = with_deployed(&["GET /orders", "GET /new"], &["GET /orders"]);
    let own = crate::configuration::GatewayResponse { status_code: Some("404".to_owned()), ..Default::default() };
    api.live.gateway_responses = Observed::Known([("MISSING_AUTHENTICATION_TOKEN".to_owned(), own)].into());
    let exchange = to_orders("GET", "/new").refused(404, "MissingAuthenticationTokenException", "no such route");
    let explanation = explained(&exchange, &facts(vec![api]));
    let ids: Vec<&str> = explanation.causes.iter().map(|cause| cause.id).collect();
    assert_eq!(ids, ["rest-not-deployed", "gateway-response-customised", "test-invoke-only-works"]);
}

/// That an answer is the API's own gateway response says more than that nothing tells why.
#[test]
fn a_gateway_response_of_the_apis_own_is_told_where_nothing_else_is() {
    let mut api = api(&KEYS);
    let template = [("application/json".to_owned(), r#"{"oops":"nope"}"#.to_owned())].into();
    let own = crate::configuration::GatewayResponse {
        status_code: Some("418".to_owned()),
        response_templates: template,
        ..Default::default()
    };
    api.live.gateway_responses = Observed::Known([("DEFAULT_4XX".to_owned(), own)].into());
    let exchange = to_orders("GET", "/orders").answered(418, &[("x-amz-apigw-id", "A=")], r#"{"oops":"nope"}"#);
    let explanation = explained(&exchange, &facts(vec![api]));
    let told: Vec<_> = explanation.causes.iter().map(|own| (own.id, own.confidence.name())).collect();
    assert_eq!(told, [("gateway-response-customised", "certain"), ("insufficient-facts", "possible")]);
}

#[test]
fn the_apis_own_words_for_all_errors_are_seen_through_by_their_status_and_type() {
    let own = |name: &str, status: Option<&str>| {
        let own =
            crate::configuration::GatewayResponse { status_code: status.map(str::to_owned), ..Default::default() };
        let mut api = api(&KEYS);
        api.live.gateway_responses = Observed::Known([(name.to_owned(), own)].into());
        facts(vec![api]).with(Read::RestApis, json!({ "items": [] }))
    };
    let said = |status: u16, headers: &[(&str, &str)]| {
        to_orders("GET", "/invoices").answered(status, headers, r#"{"message":"Not Found"}"#)
    };
    let typed = [("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "MissingAuthenticationTokenException")];
    for (exchange, facts, expected) in [
        (said(404, &typed), own("MISSING_AUTHENTICATION_TOKEN", Some("404")), "rest-path-not-in-api certain"),
        // A client that keeps no headers.
        (said(404, &[]), own("MISSING_AUTHENTICATION_TOKEN", Some("404")), "rest-path-not-in-api certain"),
        (said(418, &[]), own("DEFAULT_4XX", Some("418")), "rest-path-not-in-api certain"),
        (said(403, &[]), own("DEFAULT_4XX", None), "rest-path-not-in-api certain"),
        (said(404, &[]), own("MISSING_AUTHENTICATION_TOKEN", Some("403")), "insufficient-facts possible"),
        (said(500, &[]), own("DEFAULT_4XX", None), "insufficient-facts possible"),
    ] {
        assert_eq!(first(&exchange, &facts), expected, "{exchange:?}");
    }
    let typed = [("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "ForbiddenException")];
    assert_eq!(
        crate::case::signal::signal(said(418, &typed).response.as_ref().unwrap()),
        crate::case::signal::Signal::Forbidden
    );
}

#[test]
fn what_cloudfront_refuses_for_its_method_is_the_methods_fault() {
    let page = "<H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>";
    let refused = |method: &str| to_orders(method, "/orders").answered(403, &[], page);
    assert_eq!(first(&refused("UPDATE"), &facts(vec![api(&KEYS)])), "client-nonstandard-verb certain");
    assert!(!lists(&refused("PUT"), &facts(vec![api(&KEYS)]), "client-nonstandard-verb"));
}

#[test]
fn a_file_for_which_browsers_ask_by_themselves_is_meant_to_be_no_stage() {
    let at_root = |agent| {
        request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/favicon.ico", &[("User-Agent", agent)])
    };
    let read = facts(vec![api(&KEYS)]);
    assert_eq!(first(&at_root("Mozilla/5.0 Firefox/130").forbidden(), &read), "browser-side-request certain");
    assert_eq!(first(&at_root("curl/8.5.0").forbidden(), &read), "rest-stage-unknown certain");
}

#[test]
fn a_success_is_no_certain_one_where_what_the_stage_serves_was_not_read() {
    let exchange = to_orders("GET", "/orders").answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    assert_eq!(first(&exchange, &facts(vec![api(&KEYS)])), "no-fault-found certain");
    assert_eq!(first(&exchange, &facts(Vec::new())), "no-fault-found likely");
    let mut no_deployment = api(&KEYS);
    no_deployment.deployed.clear();
    assert_eq!(first(&exchange, &facts(vec![no_deployment])), "no-fault-found likely");
    let mut no_stages = api(&KEYS);
    no_stages.stages = Observed::NotRead(fixture::denied("apigateway:GetStages"));
    assert_eq!(first(&exchange, &facts(vec![no_stages])), "no-fault-found likely");
}

#[test]
fn what_the_consoles_test_would_show_is_a_hint_beside_the_cause() {
    let mut waiting = api(&["GET /orders"]);
    waiting.live = api(&["GET /orders", "POST /orders"]).live;
    let explanation = explained(&to_orders("POST", "/orders").missing_token(), &facts(vec![waiting]));
    let said: Vec<_> = explanation.causes.iter().map(|own| (own.id, own.confidence.name())).collect();
    assert_eq!(said, [("rest-not-deployed", "certain"), ("test-invoke-only-works", "possible")]);
}

#[test]
fn the_root_is_replaced_by_a_route_that_can_be_called() {
    for (keys, call) in [
        (&["POST /a", "GET /b/{id}", "GET /orders"][..], "/orders"),
        (&["POST /orders"], "POST /orders"),
        (&["GET /b/{id}"], "/b/{id}"),
    ] {
        let explanation = explained(&to_orders("GET", "/").missing_token(), &facts(vec![api(keys)]));
        let own = &explanation.causes[0];
        let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/";
        let braces = if call.contains('{') { " (put a value in the place of what stands in braces)" } else { "" };
        let advice = format!("append the path of a route: {}{braces}", call.replacen('/', host, 1));
        assert_eq!((own.id, own.remedy.summary.as_str()), ("rest-root-no-method", advice.as_str()));
    }
}
