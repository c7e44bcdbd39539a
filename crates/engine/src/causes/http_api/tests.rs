//! HTTP APIs, CORS, checks of the request, its size, and throttles: what proves each cause and what refutes it.

use serde_json::{Value, json};

use crate::case::facts::Read;
use crate::configuration::{Cors, Integration, RequestValidator, Route};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, shown, to_orders};

fn http(keys: &[&str]) -> Api {
    let mut api = fixture::api(
        ApiKind::Http,
        keys.iter().map(|key| route(key, "arn:aws:lambda:eu-west-1:111122223333:function:f")).collect(),
    );
    api.stages = Observed::Known(vec![stage("$default", "d1")]);
    api
}

fn rest(edit: impl FnOnce(&mut Route)) -> Api {
    let (key, mut own) = route("POST /orders", &lambda_uri("orders-fn"));
    edit(&mut own);
    fixture::api(ApiKind::Rest, vec![(key, own)])
}

fn at(method: &str, path: &str) -> Exchange {
    request(&format!("{method} https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com{path}"), &[])
}

#[test]
fn each_404_of_an_http_api_has_its_cause() {
    let keys = ["GET /orders", "GET /orders/{id}", "POST /items"];
    for (method, path, expected) in [
        ("GET", "/prod/orders", "http-stage-prefix-with-default certain"),
        ("GET", "/orders/", "http-trailing-slash certain"),
        ("PUT", "/orders", "http-method-mismatch certain"),
        ("GET", "/invoices", "http-route-not-found certain"),
    ] {
        assert_eq!(
            first(&at(method, path).http(404, "Not Found"), &facts(vec![http(&keys)])),
            expected,
            "{method} {path}"
        );
    }
    let mut named = http(&keys);
    named.stages = Observed::Known(vec![stage("prod", "d1")]);
    assert_eq!(
        first(&at("GET", "/orders").http(404, "Not Found"), &facts(vec![named])),
        "http-stage-not-found certain"
    );
    // A default route takes everything.
    let default = facts(vec![http(&["$default"])]);
    assert!(!lists(&at("GET", "/invoices").http(404, "Not Found"), &default, "http-route-not-found"));
}

#[test]
fn a_misspelling_is_no_stage_before_the_path() {
    let keys = ["GET /", "GET /cart", "GET /{page}/print", "GET /orders/{id}"];
    let mut staged = http(&keys);
    staged.stages = Observed::Known(vec![stage("$default", "d1"), stage("blue", "d1")]);
    let near = |path: &str| format!("call a path that is there, such as https://HOST{path}, or add a route");
    let almost = |path: &str, key: &str| format!("call https://HOST{path}, which {key} takes, or add a route");
    let call = |path: &str| format!("call https://HOST{path}");
    let (missing, prefix) = ("http-route-not-found certain", "http-stage-prefix-with-default certain");
    for (path, expected, advice) in [
        ("/cartt", missing, near("/cart")),
        ("/ordres/17", missing, near("/orders/17")),
        ("/cartt/first/print", missing, near("/{page}/print")),
        ("/api/cart", missing, almost("/cart", "GET /cart")),
        ("/api/v1/orders/17", missing, almost("/orders/17", "GET /orders/{id}")),
        ("/Orders/17", missing, almost("/orders/17", "GET /orders/{id}")),
        ("/prod/cart", prefix, call("/cart")),
        ("/Prod/orders/17", prefix, call("/orders/17")),
        ("/dev", prefix, call("/")),
        ("/dev/cartt", missing, near("/cart")),
    ] {
        let explanation = explained(&at("GET", path).http(404, "Not Found"), &facts(vec![staged.clone()]));
        let first = &explanation.causes[0];
        assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{path}");
        let advice = advice.replace("HOST", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(first.remedy.summary, advice, "{path}");
    }
}

#[test]
fn a_stage_of_the_api_before_a_path_that_is_mapped_to_the_default_one_is_left_out() {
    let mut api = http(&["GET /cart"]);
    api.stages = Observed::Known(vec![stage("$default", "d1"), stage("blue", "d1")]);
    let facts = facts(vec![api])
        .with(Read::DomainName("api.example.com".to_owned()), json!({ "domainName": "api.example.com" }))
        .with(
            Read::BasePathMappings("api.example.com".to_owned()),
            json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "$default" }] }),
        );
    let to = |path: &str| request(&format!("GET https://api.example.com{path}"), &[]).http(404, "Not Found");
    assert_eq!(first(&to("/blue/cart"), &facts), "http-stage-prefix-with-default certain");
    assert_eq!(first(&to("/green/cart"), &facts), "http-route-not-found certain");
}

#[test]
fn an_unknown_stage_is_put_in_place_or_before_the_path_as_the_routes_tell() {
    let mut named = http(&["GET /orders"]);
    named.stages = Observed::Known(vec![stage("prod", "d1"), stage("dev", "d1")]);
    for (path, advice) in [
        ("/orders", "call https://HOST/prod/orders, or make the stage $default"),
        ("/prd/orders", "call https://HOST/prod/orders, or make the stage $default"),
        ("/Dev/orders", "call https://HOST/dev/orders, or make the stage $default"),
        ("/x/y", "begin the path with a stage, https://HOST/prod/…, or make the stage $default"),
    ] {
        let explanation = explained(&at("GET", path).http(404, "Not Found"), &facts(vec![named.clone()]));
        let first = &explanation.causes[0];
        assert_eq!((first.id, first.confidence.name()), ("http-stage-not-found", "certain"), "{path}");
        let advice = advice.replace("HOST", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(first.remedy.summary, advice, "{path}");
    }
}

#[test]
fn a_live_route_of_an_http_api_waits_for_its_deployment() {
    let mut api = http(&["GET /orders"]);
    api.live.routes =
        fixture::configuration(api.live.source, vec![route("GET /orders", "f"), route("GET /new", "f")]).routes;
    assert_eq!(first(&at("GET", "/new").http(404, "Not Found"), &facts(vec![api])), "http-not-deployed certain");
}

#[test]
fn a_route_that_calls_nothing_is_named() {
    let mut api = http(&["GET /orders"]);
    let (key, mut own) = route("GET /orders", "f");
    own.integration = None;
    let empty = fixture::configuration(api.live.source, vec![(key, own)]);
    api.live = empty.clone();
    fixture::deploy(&mut api, "d1", &empty);
    let exchange = at("GET", "/orders").http(404, "Not Found");
    shown(
        "http-route-no-integration",
        (&exchange, &facts(vec![api]), "certain"),
        (&exchange, &facts(vec![http(&["GET /orders"])])),
        (&exchange, &facts(Vec::new())),
    );
}

#[test]
fn api_gateway_never_answers_405() {
    let exchange = to_orders("PUT", "/orders").answered(405, &[("x-amz-apigw-id", "A="), ("allow", "GET")], "");
    assert_eq!(first(&exchange, &facts(vec![rest(|_| {})])), "method-not-allowed-405 likely");
    assert!(!lists(&to_orders("PUT", "/orders").missing_token(), &facts(vec![rest(|_| {})]), "method-not-allowed-405"));
}

fn from_page(exchange: Exchange) -> Exchange {
    exchange.header("Origin", "https://app.example.com")
}

fn preflight(method: &str, headers: &str) -> Exchange {
    let exchange = from_page(at("OPTIONS", "/orders")).header("Access-Control-Request-Method", method);
    if headers.is_empty() { exchange } else { exchange.header("Access-Control-Request-Headers", headers) }
}

#[test]
fn answers_that_a_browser_keeps_from_the_page() {
    let api = || facts(vec![http(&["GET /orders"])]);
    let allowed = |headers: &[(&str, &str)]| {
        preflight("PUT", "x-own,authorization").answered(204, &[&[("apigw-requestid", "Q=")], headers].concat(), "")
    };
    let origin = ("access-control-allow-origin", "https://app.example.com");
    let methods = ("access-control-allow-methods", "GET,PUT");
    for (headers, expected) in [
        (&[origin, ("access-control-allow-headers", "x-own"), methods][..], "cors-header-not-allowed certain"),
        (&[origin, ("access-control-allow-headers", "*"), methods], "cors-header-not-allowed certain"),
        (
            &[
                origin,
                ("access-control-allow-headers", "x-own, Authorization"),
                ("access-control-allow-methods", "GET"),
            ],
            "cors-method-not-allowed certain",
        ),
        (&[("access-control-allow-origin", "https://app.example.com/")], "cors-origin-mismatch certain"),
        (&[origin, ("access-control-allow-headers", "x-own, Authorization"), methods], "no-fault-found certain"),
    ] {
        assert_eq!(first(&allowed(headers), &api()), expected, "{headers:?}");
    }
    let own = |headers: &[(&str, &str)]| {
        from_page(at("GET", "/orders")).answered(200, &[&[("apigw-requestid", "Q=")], headers].concat(), "[]")
    };
    assert_eq!(first(&own(&[]), &api()), "cors-response-header-missing certain");
    assert_eq!(first(&own(&[origin]), &api()), "no-fault-found certain");
    assert_eq!(first(&own(&[origin, origin]), &api()), "cors-duplicate-headers certain");
    let cookies = own(&[("access-control-allow-origin", "*")]).header("Cookie", "id=1");
    assert_eq!(first(&cookies, &api()), "cors-wildcard-with-credentials certain");
    assert_eq!(first(&own(&[("access-control-allow-origin", "*")]), &api()), "no-fault-found certain");
}

#[test]
fn an_http_apis_own_cors_replaces_the_backends() {
    let with = |origins: &[&str]| {
        let mut api = http(&["GET /orders"]);
        api.live.cors =
            Some(Cors { allow_origins: origins.iter().map(|own| (*own).to_owned()).collect(), ..Cors::default() });
        facts(vec![api])
    };
    let exchange = from_page(at("GET", "/orders")).answered(200, &[("apigw-requestid", "Q=")], "[]");
    assert_eq!(first(&exchange, &with(&["https://app.example.com/"])), "cors-origin-mismatch certain");
    assert!(lists(&exchange, &with(&["https://other.example.com"]), "http-cors-overrides-backend"));
    assert!(!lists(&exchange, &facts(vec![http(&["GET /orders"])]), "http-cors-overrides-backend"));
}

#[test]
fn preflights_find_a_route_without_credentials() {
    let on = |edit: fn(&mut Route)| {
        let (key, mut own) = route("OPTIONS /orders", "f");
        edit(&mut own);
        facts(vec![fixture::api(ApiKind::Rest, vec![(key, own), route("GET /orders", "f")])])
    };
    let exchange = from_page(to_orders("OPTIONS", "/orders")).header("Access-Control-Request-Method", "GET");
    let none = facts(vec![fixture::api(ApiKind::Rest, vec![route("GET /orders", "f")])]);
    assert_eq!(first(&exchange.clone().missing_token(), &none), "cors-options-missing certain");
    assert_eq!(
        first(&exchange.clone().forbidden(), &on(|own| own.api_key_required = true)),
        "cors-options-requires-key certain"
    );
    let iam = on(|own| own.authorization_type = "AWS_IAM".to_owned());
    assert_eq!(first(&exchange.clone().missing_token(), &iam), "cors-options-requires-auth certain");
    assert!(!lists(&exchange.forbidden(), &on(|_| {}), "cors-options-requires-key"));
    // The gateway's own error hides behind an error of CORS.
    let hidden = from_page(to_orders("GET", "/nothing")).missing_token();
    assert!(lists(&hidden, &none, "cors-gateway-response-no-headers"));
    assert!(!lists(&to_orders("GET", "/nothing").missing_token(), &none, "cors-gateway-response-no-headers"));
}

fn refused(status: u16, message: &str) -> Exchange {
    to_orders("POST", "/orders").refused(status, "BadRequestException", message)
}

#[test]
fn validators_answer_400_and_never_a_missing_token() {
    let checked = |parameters: bool, body: bool| {
        let mut api = rest(|own| {
            own.request_parameters.insert("method.request.header.X-Tenant".to_owned(), true);
            own.request_validator = Observed::Known(Some("all".to_owned()));
            own.request_models.by_content_type.insert("application/json".to_owned(), "Order".to_owned());
        });
        let own =
            RequestValidator { validate_request_body: body, validate_request_parameters: parameters, ambiguous: false };
        api.live.request_validators = Observed::Known([("all".to_owned(), own)].into());
        let schema = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
        api.live.models = Observed::Known([("Order".to_owned(), schema)].into());
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        facts(vec![api])
    };
    let missing = refused(400, "Missing required request parameters: [X-Tenant]");
    assert_eq!(first(&missing, &checked(true, false)), "validator-missing-params certain");
    assert!(!lists(&missing, &checked(false, false), "validator-missing-params"));
    // Names of headers are matched by case.
    assert_eq!(
        first(&missing.clone().header("x-tenant", "a"), &checked(true, false)),
        "validator-missing-params certain"
    );
    assert!(!lists(&missing.header("X-Tenant", "a"), &checked(true, false), "validator-missing-params"));
    let body = refused(400, "Invalid request body").sending(r#"{"id":"secret"}"#);
    let explanation = crate::testkit::explained(&body, &checked(false, true));
    assert_eq!(
        explanation.causes[0].says,
        "POST /orders checks the body against Order, and it does not fit: $.id is not of type integer."
    );
    assert!(!lists(&to_orders("POST", "/orders").missing_token(), &checked(true, true), "validator-missing-params"));
    // A body that fits the model that was read is not at fault, and no body at all is.
    assert!(!lists(&body.clone().sending(r#"{"id":7}"#), &checked(false, true), "validator-body"));
    assert_eq!(first(&refused(400, "Invalid request body"), &checked(false, true)), "validator-body certain");
    let unread = |change: &dyn Fn(&mut crate::configuration::Configuration)| {
        let mut facts = checked(true, true);
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        change(&mut api.live);
        let live = api.live.clone();
        fixture::deploy(api, "d1", &live);
        facts
    };
    let no_models = unread(&|own| own.models = Observed::NotRead(fixture::denied("apigateway:GetModels")));
    assert_eq!(first(&body, &no_models), "validator-body likely");
    let no_validators =
        unread(&|own| own.request_validators = Observed::NotRead(fixture::denied("apigateway:GetRequestValidators")));
    let missing = refused(400, "Missing required request parameters: [X-Tenant]");
    assert_eq!(first(&missing, &no_validators), "validator-missing-params likely");
    // Schemas may say more than is looked at.
    let patterned = json!({ "type": "object", "properties": { "id": { "type": "string", "pattern": "^[0-9]+$" } } });
    let patterned = unread(&|own| own.models = Observed::Known([("Order".to_owned(), patterned.clone())].into()));
    assert_eq!(first(&body, &patterned), "validator-body likely");
}

#[test]
fn a_live_route_whose_deployment_could_not_be_read_was_likely_not_deployed() {
    let url = "GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/orders";
    let exchange = request(url, &[]).http(404, "Not Found");
    let of = |auto_deploy: bool, message: Option<&str>| {
        let mut api = http(&["GET /orders"]);
        api.deployed.clear();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].auto_deploy = auto_deploy;
        stages[0].last_deployment_status_message = message.map(str::to_owned);
        facts(vec![api])
    };
    assert_eq!(first(&exchange, &of(false, None)), "http-not-deployed likely");
    let failed = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
    assert_eq!(first(&exchange, &of(true, Some(failed))), "http-not-deployed certain");
    assert!(!lists(&exchange, &of(true, None), "http-not-deployed"));
}

#[test]
fn what_is_in_the_request_alone_is_told_from_it() {
    let api = || facts(vec![rest(|_| {})]);
    let not_json = refused(400, "Could not parse request body into json: Unexpected character").sending("a=b");
    assert_eq!(first(&not_json, &api()), "body-not-json-for-mapping certain");
    assert!(!lists(&not_json.sending("{}"), &api(), "body-not-json-for-mapping"));
    let query = |query: &str| {
        let url = format!("POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders?q={query}");
        request(&url, &[]).refused(400, "BadRequestException", "Bad Request")
    };
    assert_eq!(first(&query("a|b"), &api()), "query-illegal-character likely");
    assert!(!lists(&query("a%7Cb"), &api(), "query-illegal-character"));
    let long = |length: usize| {
        let url = format!("POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/{}", "a".repeat(length));
        request(&url, &[]).answered(414, &[], "Request URI too long")
    };
    assert_eq!(first(&long(2_000), &api()), "uri-too-long certain");
    assert!(!lists(&long(20), &api(), "uri-too-long"));
    let cookies =
        |length: usize| to_orders("POST", "/orders").header("Cookie", &"a".repeat(length)).answered(431, &[], "");
    assert_eq!(first(&cookies(11_000), &api()), "headers-too-large likely");
    assert!(!lists(&cookies(20), &api(), "headers-too-large"));
    let large = |length: &str| {
        to_orders("POST", "/orders").header("Content-Length", length).answered(
            413,
            &[],
            "HTTP content length exceeded 10485760 bytes.",
        )
    };
    assert_eq!(first(&large("12582912"), &api()), "payload-too-large-gateway certain");
    let event = to_orders("POST", "/orders").header("Content-Length", "7000000").refused(
        413,
        "RequestTooLargeException",
        "Request Too Long",
    );
    assert_eq!(first(&event, &api()), "payload-too-large-lambda certain");
}

#[test]
fn a_content_type_has_a_template_or_is_passed_on() {
    let strict = |behaviour: &str| {
        let integration = Integration {
            integration_type: "AWS".to_owned(),
            passthrough_behavior: Some(behaviour.to_owned()),
            request_templates: [("application/json".to_owned(), "{}".to_owned())].into(),
            ..Integration::default()
        };
        facts(vec![rest(|own| own.integration = Some(integration))])
    };
    let exchange = refused(415, "Unsupported Media Type").header("Content-Type", "text/plain");
    assert_eq!(first(&exchange, &strict("NEVER")), "unsupported-media-type certain");
    assert_eq!(first(&exchange, &strict("WHEN_NO_TEMPLATES")), "unsupported-media-type certain");
    assert!(!lists(&exchange, &strict("WHEN_NO_MATCH"), "unsupported-media-type"));
}

#[test]
fn throttles_are_the_methods_the_plans_or_the_accounts() {
    let throttled = |settings: Value| {
        let mut api = rest(|_| {});
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].settings.insert("methodSettings".to_owned(), settings);
        facts(vec![api])
    };
    let exchange = to_orders("POST", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    let limit =
        |rate: f64, burst: i64| json!({ "*/*": { "throttlingRateLimit": rate, "throttlingBurstLimit": burst } });
    assert_eq!(first(&exchange, &throttled(limit(0.0, 0))), "throttle-stage-or-method certain");
    assert_eq!(first(&exchange, &throttled(limit(1.0, 1))), "throttle-stage-or-method likely");
    assert!(!lists(&exchange, &throttled(limit(-1.0, -1)), "throttle-stage-or-method"));
    let plans = |plans: Value| {
        throttled(json!({}))
            .with(Read::UsagePlans, json!({ "items": plans }))
            .with(Read::Account, json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } }))
    };
    let plan = json!([{ "id": "p", "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }], "throttle": { "rateLimit": 1.0 } }]);
    assert_eq!(first(&exchange, &plans(plan)), "throttle-usage-plan likely");
    shown(
        "throttle-account",
        (&exchange, &plans(json!([])), "likely"),
        (&exchange, &throttled(limit(1.0, 1))),
        (&exchange, &throttled(json!({}))),
    );
}

/// An HTTP API whose stage serves `GET /orders`, and whose live routes could not be read.
fn live_unread() -> Api {
    let mut api = http(&["GET /orders"]);
    api.live.routes = Observed::NotRead(fixture::denied("apigatewayv2:GetRoutes"));
    api
}

#[test]
fn where_the_live_routes_were_not_read_no_route_is_certainly_missing() {
    let missing = explained(&at("GET", "/new").http(404, "Not Found"), &facts(vec![live_unread()]));
    let own = &missing.causes[0];
    assert_eq!((own.id, own.confidence.name()), ("http-route-not-found", "likely"));
    assert_eq!(own.remedy.command, None, "a route that is there is not added");
    let other = at("PUT", "/orders").http(404, "Not Found");
    assert_eq!(first(&other, &facts(vec![live_unread()])), "http-method-mismatch likely");
}

#[test]
fn a_stage_that_was_never_deployed_serves_no_route() {
    let never = |auto_deploy: bool| {
        let mut api = http(&["GET /orders"]);
        api.deployed.clear();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        (stages[0].deployment_id, stages[0].auto_deploy) = (None, auto_deploy);
        facts(vec![api])
    };
    for exchange in [at("GET", "/orders"), at("GET", "/orders").http(404, "Not Found")] {
        let own = explained(&exchange, &never(false)).causes.remove(0);
        assert_eq!((own.id, own.confidence.name()), ("http-not-deployed", "certain"));
        assert_eq!(own.says, "GET /orders is live, and $default has no deployment: it serves no route at all.");
        let command =
            "aws apigatewayv2 create-deployment --api-id a1b2c3d4e5 --stage-name '$default' --region eu-west-1";
        assert_eq!(own.remedy.command.as_deref(), Some(command));
        assert!(!lists(&exchange, &never(true), "http-not-deployed"));
    }
}

#[test]
fn a_deployment_that_failed_is_not_made_again_by_hand() {
    let message = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
    let mut api = http(&["GET /orders"]);
    api.live.routes =
        fixture::configuration(api.live.source, vec![route("GET /orders", "f"), route("GET /new", "f")]).routes;
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    (stages[0].auto_deploy, stages[0].last_deployment_status_message) = (true, Some(message.to_owned()));
    let own = explained(&at("GET", "/new").http(404, "Not Found"), &facts(vec![api])).causes.remove(0);
    assert_eq!((own.id, own.confidence.name()), ("http-not-deployed", "certain"));
    assert_eq!(own.remedy.command, None);
    assert_eq!(own.remedy.summary, format!("put right what AWS says, and the stage deploys by itself: {message}"));
}

#[test]
fn who_answers_a_preflight_is_not_known_where_the_api_was_not_read() {
    let answered = |exchange: Exchange| exchange.answered(204, &[("apigw-requestid", "Q=")], "");
    let exchange = answered(preflight("GET", ""));
    assert_eq!(first(&exchange, &facts(Vec::new())), "cors-response-header-missing possible");
    let request = answered(from_page(at("GET", "/orders")));
    assert_eq!(first(&request, &facts(vec![http(&["GET /orders"])])), "cors-response-header-missing certain");
}
