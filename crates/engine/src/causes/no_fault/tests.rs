//! What is said where no cause holds.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, lists, request, to_orders};

fn rest() -> Api {
    fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])
}

/// What is said first: id, confidence, words and advice.
fn said(exchange: &Exchange, facts: &Facts<'static>) -> (String, String, String) {
    let explanation = explained(exchange, facts);
    let own = &explanation.causes[0];
    (format!("{} {}", own.id, own.confidence.name()), own.says.clone(), own.remedy.summary.clone())
}

#[test]
fn a_success_is_no_certain_one_where_usage_plans_were_denied() {
    let exchange = to_orders("GET", "/orders").answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    let plan = json!({ "id": "p1", "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }] });
    let of_plan = || facts(vec![rest()]).with(Read::UsagePlans, json!({ "items": [plan] }));
    let keys = || Read::UsagePlanKeys("p1".to_owned());
    let fine = "The answer is a success, and nothing that was read speaks against it.";
    for (facts, expected, says) in [
        // A recording without a list of plans refuses nobody anything.
        (facts(vec![rest()]), "no-fault-found certain", fine.to_owned()),
        (facts(vec![rest()]).with(Read::UsagePlans, json!({ "items": [] })), "no-fault-found certain", fine.to_owned()),
        (
            facts(vec![rest()]).denied(Read::UsagePlans, "apigateway:GetUsagePlans"),
            "no-fault-found likely",
            format!("{fine} apigateway:GetUsagePlans was denied, and might."),
        ),
        (
            of_plan().denied(keys(), "apigateway:GetUsagePlanKeys"),
            "no-fault-found likely",
            format!("{fine} apigateway:GetUsagePlanKeys was denied, and might."),
        ),
        (of_plan().with(keys(), json!({ "items": [] })), "no-fault-found certain", fine.to_owned()),
    ] {
        let (verdict, own, _) = said(&exchange, &facts);
        assert_eq!((verdict.as_str(), own), (expected, says));
        let explanation = explained(&exchange, &facts);
        if expected.ends_with("likely") {
            let needs: Vec<&str> = explanation.not_read.iter().map(|own| own.needs.as_str()).collect();
            assert!(needs.iter().any(|own| own.starts_with("apigateway:")), "{needs:?}");
        }
    }
}

#[test]
fn an_error_that_the_backend_gives_is_told_as_its_own() {
    let lambda = "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn";
    let http = || fixture::api(ApiKind::Http, vec![route("GET /orders", lambda)]);
    // No permission: what the gateway itself would fail for is not to blame for an answer that the function gave.
    let without_right = |api: Api| facts(vec![api]).lacking(Read::FunctionPolicy("orders-fn".to_owned()));
    let error = r#"{"error":"the database is down"}"#;
    let own = |status: u16, headers: &[(&str, &str)]| to_orders("GET", "/orders").answered(status, headers, error);
    for (exchange, api) in [
        (own(500, &[("x-amzn-RequestId", "r"), ("x-amz-apigw-id", "A=")]), rest()),
        (own(500, &[("x-amz-apigw-id", "A="), ("x-amzn-Remapped-Date", "now")]), rest()),
        (own(502, &[("x-amz-apigw-id", "A=")]), rest()),
        (own(401, &[("x-amz-apigw-id", "A=")]), rest()),
        (own(500, &[("apigw-requestid", "Q=")]), http()),
        (own(403, &[("apigw-requestid", "Q=")]), http()),
    ] {
        let status = exchange.response.as_ref().unwrap().status;
        let facts = without_right(api);
        assert!(!lists(&exchange, &facts, "lambda-permission-missing"));
        let says = format!(
            "What is behind GET /orders answered {status} itself: the gateway passed the request on, and its answer back."
        );
        let advice = "look into the log of orders-fn: stagecheck errors --function orders-fn".to_owned();
        assert_eq!(said(&exchange, &facts), ("insufficient-facts possible".to_owned(), says, advice));
    }
    // The gateway's own words stay its own.
    let refused = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    assert!(lists(&refused, &without_right(rest()), "lambda-permission-missing"));
    let refused = to_orders("GET", "/orders").http(500, "Internal Server Error");
    assert!(lists(&refused, &without_right(http()), "lambda-permission-missing"));
}

#[test]
fn usage_plans_that_were_denied_say_nothing_of_an_http_api() {
    let http = || facts(vec![fixture::api(ApiKind::Http, vec![route("$default", "https://example.com/x")])]);
    let denied = |facts: Facts<'static>| facts.denied(Read::UsagePlans, "apigateway:GetUsagePlans");
    let sent = to_orders("GET", "/orders").answered(200, &[("apigw-requestid", "Q=")], "[]");
    for (exchange, facts, expected) in [
        (to_orders("GET", "/orders"), denied(http()), "no-fault-found likely"),
        (sent, denied(http()), "no-fault-found certain"),
        // A REST API asks them.
        (to_orders("GET", "/orders"), denied(facts(vec![rest()])), "insufficient-facts possible"),
    ] {
        assert_eq!(said(&exchange, &facts).0, expected);
        let unread = explained(&exchange, &facts).not_read;
        assert!(unread.iter().any(|own| own.what == "apigateway:GetUsagePlans"), "{unread:?}");
    }
}

/// A web ACL has words of its own: of one that was not read it is not told whether they are these.
#[test]
fn a_web_acl_that_was_not_read_may_have_answered() {
    const CALL: &str = "wafv2:GetWebACLForResource";
    let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/own/1";
    let slow = to_orders("GET", "/orders").answered(429, &[("x-amz-apigw-id", "A=")], r#"{"error":"slow down"}"#);
    let behind = "What is behind GET /orders answered 429 itself";
    let of = |web_acl: bool| {
        let mut api = rest();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        if web_acl {
            stages[0].settings.insert("webAclArn".to_owned(), json!(arn));
        }
        let stage = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod".to_owned();
        explained(&slow, &facts(vec![api]).denied(Read::WebAcl(stage), CALL))
    };
    let (plain, filtered) = (of(false), of(true));
    assert!(plain.causes[0].says.starts_with(behind), "{}", plain.causes[0].says);
    assert!(!filtered.causes[0].says.contains(behind), "{}", filtered.causes[0].says);
    assert!(filtered.causes[0].says.contains(CALL), "{}", filtered.causes[0].says);
    assert!(filtered.not_read.iter().any(|own| own.what == CALL), "{:?}", filtered.not_read);
}

/// Browsers follow no redirect of a preflight: it is no success, whoever made it.
#[test]
fn a_redirected_preflight_is_no_success() {
    let preflight = |url: &str| {
        let asking = [("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "PUT")];
        request(&format!("OPTIONS {url}"), &asking)
    };
    let (host, slash) =
        ("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders", "https://www.example.com/orders/");
    let (https, http) = (format!("https://{host}"), format!("http://{host}"));
    let to = |status: u16, headers: &[(&str, &str)]| preflight(&https).answered(status, headers, "");
    let with_query = format!("{slash}?token=s3cret");
    let console = "Access to fetch at 'https://x' from origin 'https://app.example.com' has been blocked by CORS policy: \
                   Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request.";
    let by_console = to_orders("PUT", "/orders").answered(0, &[], console);
    let safari = to_orders("PUT", "/orders").answered(0, &[], "Preflight response is not successful. Status code: 307");
    for (exchange, expected, says, advice) in [
        (to(301, &[("Location", slash)]), "insufficient-facts possible", slash, slash),
        (to(308, &[("Location", &with_query)]), "insufficient-facts possible", slash, slash),
        (to(307, &[]), "insufficient-facts possible", "browsers refuse every redirect", "curl -i -X OPTIONS"),
        (by_console, "insufficient-facts possible", "browsers refuse every redirect", "curl -i -X OPTIONS"),
        (safari, "insufficient-facts possible", "browsers refuse every redirect", "curl -i -X OPTIONS"),
        (
            preflight(&http).answered(301, &[("Location", &https)], ""),
            "http-scheme-used certain",
            "http://",
            "https://",
        ),
        (to(304, &[]), "no-fault-found certain", "a success", "nothing"),
        (
            to_orders("GET", "/orders").answered(302, &[("Location", slash)], ""),
            "no-fault-found certain",
            "a success",
            "nothing",
        ),
    ] {
        let (own, said, advised) = said(&exchange, &facts(vec![rest()]));
        assert_eq!(own, expected, "{exchange:?}");
        assert!(said.contains(says) && advised.contains(advice), "{said} {advised}");
        assert!(!said.contains("s3cret") && !advised.contains("s3cret"), "{said} {advised}");
    }
}
