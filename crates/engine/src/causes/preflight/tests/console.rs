//! What a browser's console says of an answer that it keeps from the page, and what the configuration makes of it.

use serde_json::json;

use super::{Cors, http_api, to_default};
use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, route};
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, to_orders};

const PREFLIGHT: &str = "Response to preflight request doesn't pass access control check: ";
const NO_ORIGIN: &str = "No 'Access-Control-Allow-Origin' header is present on the requested resource.";

/// What Chrome's console says.
fn chrome(exchange: Exchange, why: &str) -> Exchange {
    let url = exchange.request.url.without_query();
    let text = format!(
        "Access to fetch at '{url}' from origin 'https://app.example.com' has been blocked by CORS policy: {why}"
    );
    exchange.answered(0, &[], &text)
}

/// What Firefox's console says.
fn firefox(exchange: Exchange, why: &str, status: &str) -> Exchange {
    let text = format!(
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://x. \
         (Reason: {why}). Status code: {status}."
    );
    exchange.answered(0, &[], &text)
}

fn json_post(path: &str) -> Exchange {
    to_orders("POST", path).header("Content-Type", "application/json")
}

fn rest(edits: &[(&str, &str)]) -> Facts<'static> {
    let routes = edits.iter().map(|(key, authorization)| {
        let (key, mut own) = route(key, "f");
        own.api_key_required = *authorization == "KEY";
        own.authorization_type = if own.api_key_required { "NONE" } else { authorization }.to_owned();
        (key, own)
    });
    facts(vec![fixture::api(ApiKind::Rest, routes.collect())]).with(Read::RestApis, json!({ "items": [] }))
}

#[test]
fn a_preflight_that_failed_is_told_by_what_answers_it() {
    let post = || json_post("/orders");
    let refused = || chrome(post(), &format!("{PREFLIGHT}{NO_ORIGIN}"));
    let (open, none) = (("POST /orders", "NONE"), "NONE");
    for (exchange, facts, expected) in [
        (refused(), rest(&[open]), "cors-options-missing certain"),
        (
            chrome(post(), &format!("{PREFLIGHT}It does not have HTTP ok status.")),
            rest(&[open]),
            "cors-options-missing certain",
        ),
        (refused(), rest(&[("ANY /{proxy+}", none)]), "cors-response-header-missing likely"),
        (refused(), rest(&[open, ("OPTIONS /orders", "AWS_IAM")]), "cors-options-requires-auth certain"),
        (refused(), rest(&[open, ("OPTIONS /orders", "KEY")]), "cors-options-requires-key certain"),
        (refused(), rest(&[open, ("OPTIONS /orders", none)]), "cors-response-header-missing likely"),
        // The path itself is not there: that comes first.
        (refused(), rest(&[("POST /other", none)]), "rest-path-not-in-api certain"),
        (refused(), facts(Vec::new()), "cors-response-header-missing possible"),
        // Firefox says no more than that the header is missing: whether it asked before, the request tells.
        (
            firefox(post(), "CORS header ‘Access-Control-Allow-Origin’ missing", "403"),
            rest(&[open]),
            "cors-options-missing certain",
        ),
        (
            firefox(post(), "CORS preflight response did not succeed", "403"),
            rest(&[open]),
            "cors-options-missing certain",
        ),
        (
            firefox(to_orders("GET", "/orders"), "CORS header ‘Access-Control-Allow-Origin’ missing", "200"),
            rest(&[("GET /orders", none)]),
            "cors-response-header-missing certain",
        ),
    ] {
        assert_eq!(first(&exchange, &facts), expected, "{:?}", exchange.response);
    }
    let own = &explained(&refused(), &rest(&[("POST /orders", "NONE")])).causes[0];
    assert_eq!(
        own.says,
        "The browser asks with OPTIONS before it sends POST; the stage serves POST /orders, and no OPTIONS."
    );
    let mut unread = fixture::api(ApiKind::Rest, vec![route("POST /orders", "f")]);
    unread.deployed.clear();
    assert_eq!(first(&refused(), &facts(vec![unread])), "cors-options-missing likely");
    // What is live only waits for its deployment.
    let mut waiting = fixture::api(ApiKind::Rest, vec![route("POST /orders", "f")]);
    waiting.live = fixture::api(ApiKind::Rest, vec![route("POST /orders", "f"), route("OPTIONS /orders", "f")]).live;
    let own = &explained(&refused(), &facts(vec![waiting])).causes[0];
    let deploy = "aws apigateway create-deployment --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1";
    assert_eq!((own.id, own.remedy.command.as_deref()), ("cors-options-missing", Some(deploy)));
}

/// Safari says the same of an answer that names no origin and of one that names another: its words prove neither, an API does.
#[test]
fn safaris_words_prove_no_more_than_they_say() {
    let safari = |exchange: Exchange, words: &str| exchange.answered(0, &[], words);
    let unallowed = "Origin https://app.example.com is not allowed by Access-Control-Allow-Origin.";
    let with_status = |status: u16| format!("{unallowed} Status code: {status}");
    let refused = |status: u16| format!("Preflight response is not successful. Status code: {status}");
    let load = "Fetch API cannot load https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders due to access \
                control checks.";
    let (get, post) = (|| to_orders("GET", "/orders"), || json_post("/orders"));
    let (gets, posts) = (|| rest(&[("GET /orders", "NONE")]), || rest(&[("POST /orders", "NONE")]));
    let guarded = || rest(&[("POST /orders", "NONE"), ("OPTIONS /orders", "AWS_IAM")]);
    let listing = || {
        let mut api: Api = http_api(&["GET /orders"]);
        let other = "https://other.example.com".to_owned();
        api.live.cors = Some(Cors { allow_origins: [other].into(), ..Cors::default() });
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        facts(vec![api])
    };
    for (exchange, words, facts, expected) in [
        (get(), with_status(200), gets(), "cors-response-header-missing likely"),
        (get(), unallowed.to_owned(), gets(), "cors-response-header-missing likely"),
        (get(), format!("{}\n{load}", with_status(200)), gets(), "cors-response-header-missing likely"),
        (get(), with_status(200), facts(Vec::new()), "cors-response-header-missing likely"),
        (get(), with_status(403), rest(&[("GET /orders", "KEY")]), "api-key-missing certain"),
        (get(), load.to_owned(), gets(), "insufficient-facts possible"),
        (to_default("GET", "/orders"), with_status(200), listing(), "cors-origin-mismatch certain"),
        (post(), refused(403), posts(), "cors-options-missing certain"),
        (post(), refused(404), posts(), "cors-options-missing likely"),
        // A preflight that is refused has other words: this one was a success.
        (post(), with_status(200), posts(), "cors-response-header-missing likely"),
        (post(), refused(500), posts(), "insufficient-facts possible"),
        (post(), refused(500), guarded(), "insufficient-facts possible"),
        (post(), refused(403), guarded(), "cors-options-requires-auth certain"),
    ] {
        assert_eq!(first(&safari(exchange, &words), &facts), expected, "{words}");
    }
}

#[test]
fn the_browsers_own_words_prove_what_the_answer_allows() {
    let api = || rest(&[("PUT /orders", "NONE"), ("OPTIONS /orders", "NONE")]);
    let put = || to_orders("PUT", "/orders");
    for (why, expected) in [
        (
            "Request header field X-Own is not allowed by Access-Control-Allow-Headers in preflight response.",
            "cors-header-not-allowed certain",
        ),
        (
            "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
            "cors-method-not-allowed certain",
        ),
        (
            "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed.",
            "cors-duplicate-headers certain",
        ),
        (
            "The 'Access-Control-Allow-Origin' header has a value 'https://b.example.com' that is not equal to the supplied origin.",
            "cors-origin-mismatch certain",
        ),
        (
            "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the \
             request's credentials mode is 'include'.",
            "cors-wildcard-with-credentials certain",
        ),
        (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the \
             request's credentials mode is 'include'.",
            "cors-response-header-missing likely",
        ),
        (
            "Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request.",
            "insufficient-facts possible",
        ),
    ] {
        assert_eq!(first(&chrome(put(), why), &api()), expected, "{why}");
    }
    let insecure = request("PUT http://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders", &[]);
    let redirected = chrome(insecure, &format!("{PREFLIGHT}Redirect is not allowed for a preflight request."));
    assert_eq!(first(&redirected, &api()), "http-scheme-used certain");
}

#[test]
fn an_answer_that_a_browser_hides_is_what_the_configuration_makes_of_the_request() {
    let get = |path: &str| chrome(to_orders("GET", path), NO_ORIGIN);
    for (path, routes, expected) in [
        ("/orders", &[("GET /orders", "NONE")][..], "cors-response-header-missing likely"),
        ("/orders", &[("GET /orders", "KEY")], "api-key-missing certain"),
        ("/orders", &[("GET /orders", "AWS_IAM")], "rest-iam-unsigned certain"),
        ("/orders", &[("GET /orders", "CUSTOM")], "cors-response-header-missing possible"),
        ("/nothing", &[("GET /orders", "NONE")], "rest-path-not-in-api certain"),
    ] {
        assert_eq!(first(&get(path), &rest(routes)), expected, "{path} {routes:?}");
        assert!(lists(&get(path), &rest(routes), "cors-gateway-response-no-headers"), "{path} {routes:?}");
    }
    // Words of a URL in it are no client's words of names and connections.
    let mut private = fixture::api(ApiKind::Rest, vec![route("GET /timeout", "f")]);
    private.endpoint_types = vec!["PRIVATE".to_owned()];
    assert!(!lists(&get("/timeout"), &facts(vec![private]), "dns-private-api-from-public"));
}

#[test]
fn an_http_api_answers_preflights_by_its_cors_configuration() {
    let put = || chrome(to_default("PUT", "/orders").header("X-Own", "1"), &format!("{PREFLIGHT}{NO_ORIGIN}"));
    let with = |origins: Option<&str>| {
        let mut api: Api = http_api(&["PUT /orders"]);
        api.live.cors = origins.map(|own| Cors { allow_origins: [own.to_owned()].into(), ..Cors::default() });
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        facts(vec![api])
    };
    assert_eq!(first(&put(), &with(Some("https://other.example.com"))), "cors-origin-mismatch certain");
    let own = &explained(&put(), &with(None)).causes[0];
    assert_eq!((own.id, own.confidence.name()), ("cors-options-missing", "certain"));
    let configure = "aws apigatewayv2 update-api --api-id a1b2c3d4e5 --cors-configuration \
        '{\"AllowHeaders\":[\"x-own\"],\"AllowMethods\":[\"PUT\"],\
        \"AllowOrigins\":[\"https://app.example.com\"]}' --region eu-west-1";
    assert_eq!(own.remedy.command.as_deref(), Some(configure));
}

#[test]
fn a_preflight_that_was_redirected_was_not_sent_by_http_where_the_console_names_https() {
    let words = format!("{PREFLIGHT}Redirect is not allowed for a preflight request.");
    let at = |scheme: &str| {
        let url = format!("POST {scheme}://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders");
        chrome(request(&url, &[("Content-Type", "application/json")]), &words)
    };
    let mut other = at("http");
    other.response = at("https").response;
    let facts = rest(&[("POST /orders", "NONE")]);
    for (exchange, expected) in [(at("https"), false), (at("http"), true), (other, false)] {
        assert_eq!(lists(&exchange, &facts, "http-scheme-used"), expected, "{exchange:?}");
    }
}

#[test]
fn who_is_to_name_the_origin_is_told_by_what_the_route_calls() {
    let to = |integration_type: &str, uri: &str| {
        let (key, mut own) = route("GET /orders", uri);
        own.integration.as_mut().unwrap().integration_type = integration_type.to_owned();
        facts(vec![fixture::api(ApiKind::Rest, vec![(key, own)])])
    };
    let function = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f/invocations";
    let answered = to_orders("GET", "/orders").header("Origin", "https://app.example.com");
    let answered = answered.answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    let kept = chrome(to_orders("GET", "/orders"), NO_ORIGIN);
    for (facts, source) in [
        (to("AWS_PROXY", function), "from the function"),
        (to("HTTP_PROXY", "https://backend.example.com/x"), "from the backend"),
        (to("HTTP", "https://backend.example.com/x"), "from the integration response"),
        (to("AWS", function), "from the integration response"),
        (to("MOCK", ""), "from the mock's integration response"),
        (facts(Vec::new()), "from what the route calls"),
    ] {
        for exchange in [&answered, &kept] {
            let explanation = explained(exchange, &facts);
            let own = explanation.causes.iter().find(|cause| cause.id == "cors-response-header-missing").unwrap();
            assert!(own.remedy.summary.contains(source), "{source}: {}", own.remedy.summary);
        }
    }
}

/// Where a status is told, the error is the gateway's only if the gateway gives it to this request; where none is, whether it
/// is one at all is not known.
#[test]
fn an_error_of_which_only_the_status_is_told_is_the_gateways_where_nothing_else_gives_it() {
    let get = |status: &str| {
        let missing = "CORS header ‘Access-Control-Allow-Origin’ missing";
        firefox(to_orders("GET", "/orders"), missing, status)
    };
    let by_chrome = |status: &str| {
        let url = to_orders("GET", "/orders").request.url.without_query();
        chrome(to_orders("GET", "/orders"), &format!("{NO_ORIGIN}\nGET {url} net::ERR_FAILED{status}"))
    };
    let said = |exchange: &Exchange, authorization: &str| {
        let explanation = explained(exchange, &rest(&[("GET /orders", authorization)]));
        let hint = explanation.causes.iter().find(|cause| cause.id == "cors-gateway-response-no-headers");
        let hint = hint.map_or("", |cause| cause.confidence.name());
        (explanation.causes[0].id, explanation.causes[0].confidence.name(), hint)
    };
    let (header, key) = ("cors-response-header-missing", "api-key-missing");
    for (status, authorization, expected) in [
        ("404", "NONE", (header, "likely", "")),
        ("409", "NONE", (header, "likely", "")),
        ("422", "KEY", (header, "likely", "")),
        ("400", "NONE", (header, "possible", "possible")),
        ("403", "KEY", (key, "certain", "likely")),
        ("200", "NONE", (header, "certain", "")),
        ("304", "NONE", ("insufficient-facts", "possible", "")),
    ] {
        assert_eq!(said(&get(status), authorization), expected, "{status} {authorization}");
        let own = said(&by_chrome(&format!(" {status} (Own Words)")), authorization);
        assert_eq!(own, expected, "{status} {authorization}");
    }
    assert_eq!(said(&by_chrome(""), "NONE"), (header, "likely", "possible"));
    assert_eq!(said(&by_chrome(""), "KEY"), (key, "certain", "possible"));
    let own = &explained(&get("404"), &rest(&[("GET /orders", "NONE")])).causes[0];
    assert_eq!(
        own.says,
        "GET is answered 404, which API Gateway itself does not answer where a route takes the request: it comes from what \
         the route calls, without the header."
    );
}

/// What an answer is that a browser hides the configuration tells as well as of a request that nobody sent.
#[test]
fn an_answer_without_its_status_is_what_the_configuration_makes_of_the_request_alone() {
    use crate::fixture::lambda_uri;

    let (key, own) = route("GET /orders", &lambda_uri("orders-fn"));
    let api = fixture::api(ApiKind::Rest, vec![(key, own)]);
    let function = Read::Function("orders-fn".to_owned());
    let policy = json!({ "Policy": { "Version": "2012-10-17", "Statement": [] } });
    let facts = facts(vec![api])
        .with(Read::RestApis, json!({ "items": [] }))
        .with(function, json!({ "State": "Active" }))
        .with(Read::FunctionPolicy("orders-fn".to_owned()), policy);
    let missing = "CORS header ‘Access-Control-Allow-Origin’ missing";
    let get = || to_orders("GET", "/orders");
    for (exchange, expected) in [
        (get(), "lambda-permission-missing certain"),
        (chrome(get(), NO_ORIGIN), "lambda-permission-missing certain"),
        (firefox(get(), missing, "500"), "lambda-permission-missing certain"),
        // Neither is what API Gateway answers where it may not call a function.
        (firefox(get(), missing, "404"), "cors-response-header-missing likely"),
        (firefox(get(), missing, "200"), "cors-response-header-missing certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected, "{:?}", exchange.response);
    }
}
