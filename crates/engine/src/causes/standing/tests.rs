//! One read is denied, and no cause knows more than what the answer looks like.

use std::collections::BTreeSet;

use serde_json::json;

use super::LOOKS;
use crate::case::facts::{Facts, Read};
use crate::causes;
use crate::configuration::Route;
use crate::exchange::{Exchange, Headers, Response};
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, request, to_default, to_orders};

const REST: &str = "apigateway:GetRestApi";
const STAGES: &str = "apigateway:GetStages";

#[test]
fn every_look_is_that_of_a_cause_and_none_is_there_twice() {
    let ids: BTreeSet<&str> = LOOKS.iter().map(|own| own.id).collect();
    assert_eq!(ids.len(), LOOKS.len());
    let unknown: Vec<&&str> = ids.iter().filter(|id| causes::find(id).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The causes, `id confidence`, and that every one of them waits for the call, which is named.
fn check(exchange: &Exchange, facts: &Facts<'static>, call: &str, expected: &[&str]) {
    let told = explained(exchange, facts);
    let causes: Vec<String> = told.causes.iter().map(|own| format!("{} {}", own.id, own.confidence.name())).collect();
    assert_eq!(causes, expected, "{}", told.causes[0].says);
    assert!(told.not_read.iter().any(|own| own.what == call), "{call}: {:?}", told.not_read);
    assert!(told.causes[0].says.contains(call), "{}", told.causes[0].says);
    assert!(told.causes[0].remedy.summary.starts_with("grant "), "{}", told.causes[0].remedy.summary);
}

fn unread(call: &str) -> Facts<'static> {
    let mut facts = facts(vec![]);
    facts.keep_api("a1b2c3d4e5", Observed::NotRead(fixture::denied(call)));
    facts
}

/// An API of one route whose stages may not be read.
fn without_stages(kind: ApiKind, call: &str, edit: impl FnOnce(&mut Route)) -> Facts<'static> {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    edit(&mut own);
    let mut api = fixture::api(kind, vec![(key, own)]);
    api.stages = Observed::NotRead(fixture::denied(call));
    api.deployed.clear();
    facts(vec![api])
}

fn without_routes(call: &str) -> Facts<'static> {
    let mut api: Api = crate::testkit::http_api(&["GET /orders"]);
    api.live.routes = Observed::NotRead(fixture::denied(call));
    api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied(call));
    facts(vec![api])
}

fn failing(line: &str, error: &str) -> Exchange {
    let mut exchange = request(line, &[]);
    exchange.response = Some(Response { status: 0, headers: Headers::default(), body: error.to_owned() });
    exchange
}

#[test]
fn an_api_that_may_not_be_read_leaves_what_its_answers_look_like() {
    let get = || to_orders("GET", "/orders");
    let text = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:x";
    let denied = |text: &str| get().refused(403, "AccessDeniedException", text);
    for (exchange, expected) in [
        (
            get().missing_token(),
            &["rest-path-not-in-api possible", "rest-iam-unsigned possible", "rest-not-deployed possible"][..],
        ),
        (
            to_orders("GET", "/").missing_token(),
            &["rest-root-no-method possible", "rest-iam-unsigned possible", "rest-not-deployed possible"],
        ),
        (
            get().forbidden(),
            &[
                "rest-stage-unknown possible",
                "default-endpoint-disabled possible",
                "api-key-missing possible",
                "api-key-requirement-still-deployed possible",
            ],
        ),
        (denied(text), &["resource-policy-implicit-deny possible", "private-api-no-resource-policy possible"]),
        (denied(&format!("{text} with an explicit deny")), &["resource-policy-explicit-deny possible"]),
        (
            get().refused(400, "BadRequestException", "Missing required request parameters: [limit]"),
            &["validator-missing-params possible"],
        ),
        (
            get().refused(429, "TooManyRequestsException", "Too Many Requests"),
            &["throttle-stage-or-method possible", "throttle-account possible"],
        ),
    ] {
        check(&exchange, &unread(REST), REST, expected);
    }
    // What nobody sent yet looks like nothing, and what a proxy or the backend says is none of the gateway's answers.
    for exchange in [get(), get().answered(403, &[("server", "nginx")], "<html>Forbidden</html>")] {
        assert_eq!(explained(&exchange, &unread(REST)).causes[0].id, "insufficient-facts");
    }
}

#[test]
fn stages_and_routes_that_may_not_be_read_leave_what_hangs_on_them() {
    let get = || to_orders("GET", "/orders");
    let failed = get().refused(500, "InternalServerErrorException", "Internal server error");
    let variable = |own: &mut Route| {
        let integration = own.integration.as_mut().unwrap();
        integration.uri = Some(lambda_uri("orders-${stageVariables.fn}"));
    };
    check(&failed, &without_stages(ApiKind::Rest, STAGES, variable), STAGES, &["stage-variable-unset possible"]);
    let throttled = get().refused(429, "TooManyRequestsException", "Too Many Requests");
    let throttles = ["throttle-stage-or-method possible", "throttle-account possible"];
    check(&throttled, &without_stages(ApiKind::Rest, STAGES, |_| {}), STAGES, &throttles);
    let cached = get().header("Cache-Control", "max-age=0");
    let cached = cached.refused(403, "AccessDeniedException", "User is not authorized to access this resource");
    let facts = without_stages(ApiKind::Rest, STAGES, |_| {});
    check(&cached, &facts, STAGES, &["cache-invalidation-forbidden likely"]);

    let unknown = to_default("GET", "/nope").http(404, "Not Found");
    let call = "apigatewayv2:GetRoutes";
    let routes = ["http-route-not-found possible", "http-not-deployed possible", "http-route-no-integration possible"];
    check(&unknown, &without_routes(call), call, &routes);
    let late = to_default("GET", "/orders").http(503, "Service Unavailable");
    assert_eq!(explained(&late, &unread(REST)).causes[0].id, "http-api-timeout");
    let forbidden = to_default("GET", "/orders").http(403, "Forbidden");
    check(
        &forbidden,
        &without_routes(call),
        call,
        &["http-api-iam-forbidden possible", "http-lambda-auth-deny possible"],
    );
}

#[test]
fn what_is_before_an_api_may_not_be_read() {
    let name = || "api.example.com".to_owned();
    let call = "apigateway:GetDomainName";
    let unnamed = || {
        let above = "*.example.com".to_owned();
        let facts = facts(vec![]).denied(Read::DomainName(name()), call).denied(Read::DomainNameV2(name()), call);
        facts.denied(Read::DomainName(above.clone()), call).denied(Read::DomainNameV2(above), call)
    };
    let secure = "GET https://api.example.com/orders";
    for (exchange, expected) in [
        (
            failing("GET http://api.example.com/orders", "curl: (7) Failed to connect: Connection refused"),
            "http-scheme-used",
        ),
        (failing(secure, "curl: (35) tlsv1 alert protocol version"), "tls-version-too-low"),
        (failing(secure, "curl: (60) SSL certificate problem: certificate has expired"), "custom-domain-cert-problem"),
        (failing(secure, "curl: (56) OpenSSL SSL_read: Connection reset by peer"), "mtls-client-cert-missing-or-bad"),
        (request(secure, &[]).forbidden(), "custom-domain-no-mapping"),
        (request(secure, &[]).http(404, "Not Found"), "http-mapping-no-match"),
    ] {
        let told = explained(&exchange, &unnamed());
        let first = &told.causes[0];
        assert_eq!(first.id, expected, "{}", first.says);
        assert!(told.not_read.iter().any(|own| own.what == call), "{:?}", told.not_read);
    }

    let call = "acm:DescribeCertificate";
    let domain = json!({ "domainName": "api.example.com", "domainNameStatus": "AVAILABLE",
        "regionalDomainName": "d-own.execute-api.eu-west-1.amazonaws.com", "regionalCertificateArn": "arn:own" });
    let facts = facts(vec![])
        .with(Read::DomainName(name()), domain)
        .with(Read::DnsAlias(name()), json!("d-own.execute-api.eu-west-1.amazonaws.com"))
        .with(Read::BasePathMappings(name()), json!({ "items": [] }))
        .denied(Read::Certificate("arn:own".to_owned()), call);
    let expired = failing(secure, "curl: (60) SSL certificate problem: certificate has expired");
    check(&expired, &facts, call, &["custom-domain-cert-problem likely"]);
}

/// The only cause of all that waits is likely; a log that tells what failed leaves none.
#[test]
fn a_log_of_the_request_says_more_than_what_its_answer_looks_like() {
    let call = "apigateway:GetIntegrations";
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    api.live.routes = Observed::NotRead(fixture::denied(call));
    api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied(call));
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "INFO" } }));
    let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
    let read =
        Read::Logs { group: "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned(), filter: Some(id.to_owned()) };
    let first = |facts: &Facts<'static>| explained(&failed, facts).causes[0].id;
    let logged = |lines: serde_json::Value| facts(vec![api.clone()]).with(read.clone(), lines);
    assert_eq!(first(&logged(json!([]))), "lambda-permission-missing");
    let line = format!("({id}) Starting execution for request");
    assert_eq!(first(&logged(json!([{ "message": line }]))), "insufficient-facts");
}
