//! Preflights, and answers that a browser keeps from the page: what proves each cause and what refutes it.

use crate::configuration::{Cors, Route};
use crate::exchange::Exchange;
use crate::fixture::{self, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, http_api, lists, to_default, to_orders};

mod console;

fn from_page(exchange: Exchange) -> Exchange {
    exchange.header("Origin", "https://app.example.com")
}

fn preflight(method: &str, headers: &str) -> Exchange {
    let exchange = from_page(to_default("OPTIONS", "/orders")).header("Access-Control-Request-Method", method);
    if headers.is_empty() { exchange } else { exchange.header("Access-Control-Request-Headers", headers) }
}

#[test]
fn answers_that_a_browser_keeps_from_the_page() {
    let api = || facts(vec![http_api(&["GET /orders"])]);
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
        (
            &[
                origin,
                ("access-control-allow-headers", "X-Own, Authorization"),
                ("access-control-allow-methods", "get,put"),
            ],
            "cors-method-not-allowed certain",
        ),
        (&[("access-control-allow-origin", "https://app.example.com/")], "cors-origin-mismatch certain"),
        (&[origin, ("access-control-allow-headers", "x-own, Authorization"), methods], "no-fault-found certain"),
    ] {
        assert_eq!(first(&allowed(headers), &api()), expected, "{headers:?}");
    }
    let own = |headers: &[(&str, &str)]| {
        from_page(to_default("GET", "/orders")).answered(200, &[&[("apigw-requestid", "Q=")], headers].concat(), "[]")
    };
    assert_eq!(first(&own(&[]), &api()), "cors-response-header-missing certain");
    assert_eq!(first(&own(&[origin]), &api()), "no-fault-found certain");
    assert_eq!(first(&own(&[origin, origin]), &api()), "cors-duplicate-headers certain");
    let cookies = own(&[("access-control-allow-origin", "*")]).header("Cookie", "id=1");
    assert_eq!(first(&cookies, &api()), "cors-wildcard-with-credentials certain");
    assert_eq!(first(&own(&[("access-control-allow-origin", "*")]), &api()), "no-fault-found certain");
    let with_credentials = [("access-control-allow-origin", "*"), ("access-control-allow-credentials", "true")];
    assert_eq!(first(&own(&with_credentials), &api()), "cors-wildcard-with-credentials possible");
}

#[test]
fn an_http_apis_own_cors_replaces_the_backends() {
    let with = |origins: &[&str]| {
        let mut api = http_api(&["GET /orders"]);
        api.live.cors =
            Some(Cors { allow_origins: origins.iter().map(|own| (*own).to_owned()).collect(), ..Cors::default() });
        facts(vec![api])
    };
    let exchange = from_page(to_default("GET", "/orders")).answered(200, &[("apigw-requestid", "Q=")], "[]");
    assert_eq!(first(&exchange, &with(&["https://app.example.com/"])), "cors-origin-mismatch certain");
    assert!(lists(&exchange, &with(&["https://other.example.com"]), "http-cors-overrides-backend"));
    assert_eq!(first(&exchange, &with(&[])), "http-cors-overrides-backend certain");
    assert!(!lists(&exchange, &with(&[]), "cors-origin-mismatch"));
    assert!(!lists(&exchange, &facts(vec![http_api(&["GET /orders"])]), "http-cors-overrides-backend"));
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

#[test]
fn who_answers_a_preflight_is_not_known_where_the_api_was_not_read() {
    let answered = |exchange: Exchange| exchange.answered(204, &[("apigw-requestid", "Q=")], "");
    let exchange = answered(preflight("GET", ""));
    assert_eq!(first(&exchange, &facts(Vec::new())), "cors-response-header-missing possible");
    let request = answered(from_page(to_default("GET", "/orders")));
    assert_eq!(first(&request, &facts(vec![http_api(&["GET /orders"])])), "cors-response-header-missing certain");
}

#[test]
fn a_preflight_that_nothing_of_an_http_api_answers_wants_a_cors_configuration() {
    let asked = preflight("PUT", "content-type, X-Own");
    let configure = "aws apigatewayv2 update-api --api-id a1b2c3d4e5 --cors-configuration \
        '{\"AllowHeaders\":[\"content-type\",\"X-Own\"],\"AllowMethods\":[\"PUT\"],\
        \"AllowOrigins\":[\"https://app.example.com\"]}' --region eu-west-1";
    let deploy = "aws apigatewayv2 create-deployment --api-id a1b2c3d4e5 --stage-name '$default' --region eu-west-1";
    let by_hand = |mut api: Api| {
        let deployed = api.live.clone();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].auto_deploy = false;
        fixture::deploy(&mut api, "d1", &deployed);
        api
    };
    let configured = |mut api: Api| {
        api.live.cors = Some(Cors { allow_origins: ["*".to_owned()].into(), ..Cors::default() });
        api
    };
    let put = || http_api(&["PUT /orders"]);
    let missing = |exchange: &Exchange| exchange.clone().http(404, "Not Found");
    for (exchange, api, expected, command) in [
        (missing(&asked), put(), "cors-options-missing certain", Some(configure)),
        (asked.clone(), put(), "cors-options-missing certain", Some(configure)),
        (asked.clone().http(403, "Forbidden"), put(), "cors-options-missing likely", Some(configure)),
        (missing(&asked), by_hand(put()), "cors-options-missing certain", Some(configure)),
        // What is configured live waits for its deployment.
        (missing(&asked), configured(by_hand(put())), "cors-options-missing certain", Some(deploy)),
        // The route itself is missing, or is of another method: that comes first.
        (missing(&asked), http_api(&["GET /other"]), "http-route-not-found certain", None),
        (missing(&preflight("DELETE", "")), put(), "http-method-mismatch certain", None),
        // It is no preflight.
        (missing(&to_default("OPTIONS", "/orders")), put(), "http-method-mismatch certain", None),
    ] {
        let explanation = explained(&exchange, &facts(vec![api]));
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        if command.is_some() {
            assert_eq!(own.remedy.command.as_deref(), command, "{}", own.says);
        }
    }
    // API Gateway answers by itself, or a route does.
    for api in [by_hand(configured(put())), http_api(&["PUT /orders", "OPTIONS /orders"]), http_api(&["ANY /orders"])] {
        assert!(!lists(&missing(&asked), &facts(vec![api]), "cors-options-missing"));
    }
    // It does so for every path, whether or not a route takes it.
    for path in ["/orders", "/other"] {
        let mut asked = missing(&preflight("DELETE", ""));
        asked.request.url.path = path.to_owned();
        for id in ["http-route-not-found", "http-method-mismatch"] {
            assert!(!lists(&asked, &facts(vec![by_hand(configured(put()))]), id), "{path}");
        }
    }
    // What the stage serves was not read.
    let mut unread = by_hand(put());
    unread.deployed.clear();
    assert_eq!(first(&missing(&asked), &facts(vec![unread])), "cors-options-missing likely");
}
