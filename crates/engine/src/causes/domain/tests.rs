//! Requests by custom domain names and to stages, and what the causes make of them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, to_orders};

fn api(keys: &[&str]) -> Api {
    fixture::api(ApiKind::Rest, keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect())
}

/// An API whose stage `dev` serves other routes than `prod`.
fn with_dev(prod: &[&str], dev: &[&str]) -> Api {
    let mut api = api(prod);
    let other = fixture::configuration(api.live.source, dev.iter().map(|key| route(key, &lambda_uri("f"))).collect());
    fixture::deploy(&mut api, "d0", &other);
    api.stages = Observed::Known(vec![stage("prod", "d1"), stage("dev", "d0")]);
    api
}

fn at_domain(path: &str) -> Exchange {
    request(&format!("GET https://api.example.com{path}"), &[])
}

/// The facts of a domain name with mappings `base path → stage` of the fixture's API.
fn mapped(api: Api, mappings: &[(&str, &str)]) -> Facts<'static> {
    let items: Vec<Value> = mappings
        .iter()
        .map(|(base_path, stage)| json!({ "basePath": base_path, "restApiId": "a1b2c3d4e5", "stage": stage }))
        .collect();
    facts(vec![api])
        .with(name(), json!({ "domainName": "api.example.com", "routingMode": "BASE_PATH_MAPPING_ONLY" }))
        .with(Read::BasePathMappings("api.example.com".to_owned()), json!({ "items": items }))
}

fn name() -> Read {
    Read::DomainName("api.example.com".to_owned())
}

/// The facts of a domain name with routing rules `header glob → stage`, by priority.
fn ruled(api: Api, mode: &str, rules: &[(i64, &str, &str, bool)]) -> Facts<'static> {
    let rule = |(priority, base_path, stage, strip): &(i64, &str, &str, bool)| {
        let conditions =
            if base_path.is_empty() { json!([]) } else { json!([{ "MatchBasePaths": { "AnyOf": [base_path] } }]) };
        json!({ "RoutingRuleId": format!("rr{priority}"), "Priority": priority, "Conditions": conditions,
            "Actions": [{ "InvokeApi": { "ApiId": "a1b2c3d4e5", "Stage": stage, "StripBasePath": strip } }] })
    };
    facts(vec![api]).with(name(), json!({ "domainName": "api.example.com", "routingMode": mode })).with(
        Read::RoutingRules("api.example.com".to_owned()),
        json!({ "RoutingRules": rules.iter().map(rule).collect::<Vec<_>>() }),
    )
}

#[test]
fn stages_are_told_apart_by_their_names_alone() {
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    for (path, expected) in [
        ("/orders", "rest-stage-missing-in-url certain"),
        ("/orders/17", "rest-stage-missing-in-url certain"),
        ("/Prod/orders", "rest-stage-unknown certain"),
        ("/staging/orders", "rest-stage-unknown certain"),
        ("", "rest-stage-unknown certain"),
        ("/d1/orders", "stage-id-used-instead-of-name certain"),
        ("/ags-a1b2c3d4e5-prod/orders", "stage-id-used-instead-of-name certain"),
    ] {
        let exchange = request(&format!("GET {host}{path}"), &[]).forbidden();
        assert_eq!(first(&exchange, &facts(vec![api(&["GET /orders", "GET /orders/{id}"])])), expected, "{path}");
    }
}

/// The live configuration stands in for a deployment that was not read; the more specific cause stays the first.
#[test]
fn a_missing_stage_is_likely_where_the_live_routes_alone_were_read() {
    let mut api = api(&["GET /orders"]);
    let served = api.deployed.get_mut("d1").unwrap();
    served.summary = Observed::NotRead(fixture::denied("apigateway:GetDeployment"));
    served.export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
    let facts = facts(vec![api]);
    for (path, expected, evidence) in [
        ("/orders", "rest-stage-missing-in-url likely", Some("apigateway:GetResources items./orders.resourceMethods")),
        ("/nowhere/orders", "rest-stage-unknown certain", None),
    ] {
        let exchange = request(&format!("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com{path}"), &[]);
        let told = explained(&exchange.forbidden(), &facts).causes.swap_remove(0);
        assert_eq!(format!("{} {}", told.id, told.confidence.name()), expected);
        let shown = told.evidence.get(1).map(|own| format!("{} {}", own.source, own.path));
        assert_eq!(shown.as_deref(), evidence);
    }
}

#[test]
fn a_missing_stage_is_never_taken_for_a_missing_token() {
    // What blogs say: a wrong stage gives Missing Authentication Token. It gives Forbidden.
    let exchange = request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/nowhere/orders", &[]);
    let facts = facts(vec![api(&["GET /orders"])]);
    assert!(!lists(&exchange.clone().missing_token(), &facts, "rest-stage-unknown"));
    assert_eq!(first(&exchange.forbidden(), &facts), "rest-stage-unknown certain");
    // And a stage that is there is not to blame for Forbidden.
    assert!(!lists(&to_orders("GET", "/orders").forbidden(), &facts, "rest-stage-unknown"));
}

#[test]
fn a_default_endpoint_that_is_switched_off_does_not_answer() {
    let mut off = api(&["GET /orders"]);
    off.live.settings.disable_execute_api_endpoint = Some(true);
    assert_eq!(first(&to_orders("GET", "/orders").forbidden(), &facts(vec![off])), "default-endpoint-disabled certain");
    let mut http =
        fixture::api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f")]);
    http.live.settings.disable_execute_api_endpoint = Some(true);
    assert_eq!(
        first(&to_orders("GET", "/orders").http(404, "Not Found"), &facts(vec![http])),
        "default-endpoint-disabled certain"
    );
    let on = facts(vec![api(&["GET /orders"])]);
    assert!(!lists(&to_orders("GET", "/orders").forbidden(), &on, "default-endpoint-disabled"));
}

#[test]
fn mappings_lead_to_stages_by_their_longest_path() {
    let keys = ["GET /orders", "GET /orders/{id}"];
    for (path, mappings, answer, expected) in [
        ("/orders", &[][..], "forbidden", "custom-domain-no-mapping certain"),
        ("/orders", &[("(none)", "live")], "forbidden", "custom-domain-mapping-dangling certain"),
        ("/orders", &[("shop", "prod")], "forbidden", "custom-domain-base-path-missing certain"),
        ("/nothing", &[("shop", "prod")], "forbidden", "custom-domain-base-path-missing likely"),
        ("/prod/orders", &[("(none)", "prod")], "missing", "custom-domain-stage-in-path certain"),
        ("/shop/prod/orders", &[("shop", "prod")], "missing", "custom-domain-stage-in-path certain"),
        ("/orders", &[("(none)", "dev"), ("shop", "prod")], "missing", "custom-domain-base-path-missing certain"),
        ("/orders/17", &[("(none)", "dev")], "missing", "custom-domain-wrong-stage-mapping certain"),
    ] {
        let exchange = at_domain(path);
        let exchange = if answer == "missing" { exchange.missing_token() } else { exchange.forbidden() };
        assert_eq!(
            first(&exchange, &mapped(with_dev(&keys, &["GET /health"]), mappings)),
            expected,
            "{path} {mappings:?}"
        );
    }
}

#[test]
fn a_base_path_that_the_routes_begin_with_is_needed_twice() {
    let facts = mapped(api(&["GET /orders", "GET /orders/{id}"]), &[("orders", "prod")]);
    for (path, rest, key) in [("/orders", "/", "GET /orders"), ("/orders/17", "/17", "GET /orders/{id}")] {
        let explanation = explained(&at_domain(path).missing_token(), &facts);
        let first = &explanation.causes[0];
        assert_eq!((first.id, first.confidence.name()), ("custom-domain-base-path-missing", "certain"));
        assert_eq!(
            first.says,
            format!(
                "api.example.com takes /orders off the path and asks orders for {rest}; its {key} begins with /orders once \
                 more, so that the URL needs it twice."
            )
        );
        assert_eq!(first.remedy.summary, format!("call https://api.example.com/orders{path}"));
    }
    // Twice, it is answered; a third time is none that the URL lacks.
    let thrice = at_domain("/orders/orders/orders/17").missing_token();
    assert!(!lists(&thrice, &facts, "custom-domain-base-path-missing"));
    let lacking = explained(&at_domain("/orders").forbidden(), &mapped(api(&["GET /orders"]), &[("shop", "prod")]));
    assert_eq!(
        lacking.causes[0].says,
        "api.example.com is mapped under /shop, which the URL lacks; with it, GET /orders of orders takes the request."
    );
}

#[test]
fn a_route_for_everything_behind_another_base_path_proves_nothing() {
    let mappings = [("(none)", "dev"), ("shop", "prod")];
    let facts = mapped(with_dev(&["ANY /{proxy+}", "GET /{page}"], &["GET /health"]), &mappings);
    assert!(!lists(&at_domain("/healthz").missing_token(), &facts, "custom-domain-base-path-missing"));
}

#[test]
fn an_http_api_behind_a_domain_has_a_cause_of_its_own() {
    let http =
        fixture::api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f")]);
    let facts = mapped(http, &[("v2", "prod")]);
    assert_eq!(first(&at_domain("/v3/orders").http(404, "Not Found"), &facts), "http-mapping-no-match certain");
    assert!(!lists(&at_domain("/v2/nothing").http(404, "Not Found"), &facts, "http-mapping-no-match"));
}

#[test]
fn routing_rules_come_by_priority_and_all_their_conditions_hold() {
    let keys = ["GET /orders"];
    let none = ruled(api(&keys), "ROUTING_RULE_ONLY", &[(10, "v2", "prod", true)]);
    let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
    let ignored = none.clone().with(Read::BasePathMappings("api.example.com".to_owned()), mapping);
    assert_eq!(first(&at_domain("/orders").forbidden(), &ignored), "routing-mode-ignores-mappings likely");
    // The mappings were not read: that no rule takes the request holds all the same.
    assert_eq!(first(&at_domain("/orders").forbidden(), &none), "routing-rule-no-match likely");
    // Nor was it read which rules there are: what else there may be is nothing to a domain name that goes by them alone.
    let unread = none.clone().denied(Read::RoutingRules("api.example.com".to_owned()), "apigateway:GET");
    assert_eq!(first(&at_domain("/orders").forbidden(), &unread), "routing-rule-no-match possible");
    assert!(!lists(&at_domain("/orders").forbidden(), &unread, "custom-domain-no-mapping"));
    let kept = ruled(api(&keys), "ROUTING_RULE_ONLY", &[(10, "shop", "prod", false)]);
    assert_eq!(first(&at_domain("/shop/orders").missing_token(), &kept), "routing-rule-shadows certain");
    let stripped = ruled(api(&keys), "ROUTING_RULE_ONLY", &[(10, "shop", "prod", true)]);
    assert!(!lists(&at_domain("/shop/orders").missing_token(), &stripped, "routing-rule-shadows"));
    let shadowed = ruled(
        with_dev(&keys, &["GET /health"]),
        "ROUTING_RULE_ONLY",
        &[(10, "", "dev", false), (20, "", "prod", false)],
    );
    assert_eq!(first(&at_domain("/orders").missing_token(), &shadowed), "routing-rule-shadows certain");
}

#[test]
fn a_domain_that_was_not_read_is_no_proof() {
    let exchange = at_domain("/orders").forbidden();
    let explanation = explained(&exchange, &facts(Vec::new()));
    assert_eq!(explanation.causes[0].id, "insufficient-facts");
    assert!(!explanation.not_read.is_empty());
}

#[test]
fn a_cache_that_may_not_be_passed_by_is_named_with_its_strategy() {
    let with = |strategy: &str| {
        let mut api = api(&["GET /orders"]);
        let mut prod = stage("prod", "d1");
        let settings = json!({ "*/*": { "cachingEnabled": true, "requireAuthorizationForCacheControl": true,
            "unauthorizedCacheControlHeaderStrategy": strategy } });
        prod.settings.insert("methodSettings".to_owned(), settings);
        api.stages = Observed::Known(vec![prod]);
        facts(vec![api])
    };
    let exchange = to_orders("GET", "/orders").header("Cache-Control", "max-age=0");
    let exchange = exchange.refused(403, "AccessDeniedException", "User is not authorized to access this resource");
    assert_eq!(first(&exchange, &with("FAIL_WITH_403")), "cache-invalidation-forbidden certain");
    assert!(!lists(&exchange, &with("SUCCEED_WITH_RESPONSE_HEADER"), "cache-invalidation-forbidden"));
}

#[test]
fn a_mapping_to_an_api_that_is_gone_is_certain_where_both_kinds_were_read() {
    let gone = mapped(api(&["GET /orders"]), &[("(none)", "prod")]);
    let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "z9z9z9z9z9", "stage": "prod" }] });
    let gone = gone.with(Read::BasePathMappings("api.example.com".to_owned()), mapping);
    let listed = gone.clone().with(Read::RestApis, json!({ "items": [{ "id": "a1b2c3d4e5" }] }));
    let exchange = at_domain("/orders").forbidden();
    // It may be an HTTP API's.
    assert_eq!(first(&exchange, &listed), "custom-domain-mapping-dangling likely");
    let mut known = gone.clone();
    known.keep_api("z9z9z9z9z9", Observed::Known(None));
    assert_eq!(first(&exchange, &known), "custom-domain-mapping-dangling certain");
    assert!(!lists(&exchange, &gone, "custom-domain-mapping-dangling"));
}

#[test]
fn a_dangling_mapping_is_pointed_to_a_stage_by_the_service_that_knows_it() {
    let http = || {
        let lambda = "arn:aws:lambda:eu-west-1:111122223333:function:f";
        fixture::api(ApiKind::Http, vec![route("GET /orders", lambda)])
    };
    let rest = || with_dev(&["GET /health"], &["GET /orders"]);
    let v1 = || Read::BasePathMappings("api.example.com".to_owned());
    let v2 = || Read::ApiMappings("api.example.com".to_owned());
    let newer = |key: &str| json!({ "Items": [{ "ApiMappingKey": key, "ApiId": "a1b2c3d4e5", "Stage": "gone", "ApiMappingId": "m1" }] });
    let older = |key: &str| json!({ "items": [{ "basePath": key, "restApiId": "a1b2c3d4e5", "stage": "gone" }] });
    let named = |api: Api| facts(vec![api]).with(name(), json!({ "domainName": "api.example.com" }));
    let denied = "apigateway:GetBasePathMappings";
    let by_newer = |stage: &str, id: &str| {
        format!(
            "aws apigatewayv2 update-api-mapping --api-id a1b2c3d4e5 --domain-name api.example.com --api-mapping-id {id} \
             --stage {stage} --region eu-west-1"
        )
    };
    let by_older = "aws apigateway update-base-path-mapping --domain-name api.example.com --base-path '(none)' \
        --patch-operations op=replace,path=/stage,value=dev --region eu-west-1";
    for (facts, source, command) in [
        (named(http()).with(v1(), older("(none)")).with(v2(), newer("")), denied, by_newer("prod", "m1")),
        (named(http()).with(v1(), older("(none)")), denied, by_newer("prod", "API_MAPPING_ID")),
        (
            named(http()).denied(v1(), denied).with(v2(), newer("")),
            "apigatewayv2:GetApiMappings",
            by_newer("prod", "m1"),
        ),
        (
            named(rest()).denied(v1(), denied).with(v2(), newer("")),
            "apigatewayv2:GetApiMappings",
            by_newer("dev", "m1"),
        ),
        (
            named(rest()).with(v1(), older("(none)")).denied(v2(), "apigatewayv2:GetApiMappings"),
            denied,
            by_older.to_owned(),
        ),
    ] {
        let explanation = explained(&at_domain("/orders").forbidden(), &facts);
        let own = &explanation.causes[0];
        assert_eq!((own.id, own.confidence.name()), ("custom-domain-mapping-dangling", "certain"));
        assert_eq!((own.evidence[0].source.as_str(), own.remedy.command.as_deref()), (source, Some(command.as_str())));
    }
}

#[test]
fn no_call_that_was_denied_is_evidence() {
    let older = Read::BasePathMappings("api.example.com".to_owned());
    let newer = Read::ApiMappings("api.example.com".to_owned());
    let items = |key: &str, stage: &str| json!({ "Items": [{ "ApiMappingKey": key, "ApiId": "a1b2c3d4e5", "Stage": stage, "ApiMappingId": "m1" }] });
    let keys = ["GET /orders", "GET /orders/{id}"];
    for (path, key, stage, answer, expected) in [
        ("/prod/orders", "", "prod", "missing", "custom-domain-stage-in-path certain"),
        ("/orders/17", "", "dev", "missing", "custom-domain-wrong-stage-mapping certain"),
        ("/orders", "shop", "prod", "forbidden", "custom-domain-base-path-missing certain"),
        ("/orders", "", "live", "forbidden", "custom-domain-mapping-dangling certain"),
        ("/nothing", "", "prod", "missing", "rest-path-not-in-api certain"),
    ] {
        let facts = facts(vec![with_dev(&keys, &["GET /health"])])
            .with(name(), json!({ "domainName": "api.example.com" }))
            .denied(older.clone(), "apigateway:GetBasePathMappings")
            .with(newer.clone(), items(key, stage));
        let exchange = at_domain(path);
        let exchange = if answer == "missing" { exchange.missing_token() } else { exchange.forbidden() };
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{path}");
        assert!(own.evidence.iter().all(|own| own.source != "apigateway:GetBasePathMappings"), "{:?}", own.evidence);
    }
}

#[test]
fn a_url_that_a_remedy_names_leads_to_a_route() {
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    let such = |call: &str| format!("call a route that prod has, such as {call}");
    let keys = ["GET /orders", "POST /orders", "GET /orders/{id}"];
    for (line, keys, advice) in [
        ("GET /", &keys[..], such("HOST/prod/orders")),
        ("GET ", &keys, such("HOST/prod/orders")),
        ("DELETE /", &keys, such("GET HOST/prod/orders")),
        (
            "GET /",
            &["GET /orders/{id}"],
            such("HOST/prod/orders/{id} (put a value in the place of what stands in braces)"),
        ),
        ("GET /", &["GET /"], "call HOST/prod/".to_owned()),
        ("GET /Prod/orders", &keys, "names of stages are matched by case: call HOST/prod/orders".to_owned()),
        ("GET /Prod/ordres", &keys, format!("names of stages are matched by case: {}", such("HOST/prod/orders"))),
        ("GET /d1/nothing", &keys, such("HOST/prod/orders")),
        (
            "GET /staging/nothing",
            &keys,
            format!("use a stage that is there, or make this one: {}", such("HOST/prod/orders")),
        ),
        ("GET /orders/17", &keys, "call HOST/prod/orders/17".to_owned()),
        ("GET /", &[], "put prod before the path of a route; it serves none yet".to_owned()),
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        let exchange = request(&format!("{method} {host}{path}"), &[]).forbidden();
        let explanation = explained(&exchange, &facts(vec![api(keys)]));
        assert_eq!(explanation.causes[0].remedy.summary, advice.replace("HOST", host), "{line}");
    }
}

#[test]
fn a_rule_may_stand_before_a_mapping_that_leads_to_the_route() {
    let keys = ["GET /orders"];
    let mapping = |stage: Option<&str>| {
        let mut own = json!({ "basePath": "shop", "restApiId": "a1b2c3d4e5" });
        if let Some(stage) = stage {
            own["stage"] = json!(stage);
        }
        json!({ "items": [own] })
    };
    let with = |mode: &str, rule: (i64, &str, &str, bool), stage: Option<&str>| {
        let facts = ruled(with_dev(&keys, &["GET /health"]), mode, &[rule]);
        facts.with(Read::BasePathMappings("api.example.com".to_owned()), mapping(stage))
    };
    let falls_back = "ROUTING_RULE_THEN_BASE_PATH_MAPPING";
    let exchange = at_domain("/shop/orders").missing_token();
    let prod = Some("prod");
    for (mode, rule, mapped, expected) in [
        (falls_back, (10, "shop", "dev", true), prod, true),
        (falls_back, (5, "", "dev", true), prod, true),
        // The mapping leads to a stage without the route, too; or nobody looks at it.
        (falls_back, (10, "shop", "dev", true), Some("dev"), false),
        ("ROUTING_RULE_ONLY", (10, "shop", "dev", true), prod, false),
    ] {
        let facts = with(mode, rule, mapped);
        if expected {
            assert_eq!(first(&exchange, &facts), "routing-rule-shadows certain");
            let own = &explained(&exchange, &facts).causes[0];
            assert_eq!(
                own.says,
                format!(
                    "The rule rr{} comes before the mappings and leads to dev, which has no route for the request; the mapping \
                     shop leads to GET /orders.",
                    rule.0
                )
            );
            assert_eq!(own.remedy.command, None);
        } else {
            assert!(!lists(&exchange, &facts, "routing-rule-shadows"), "{mode} {rule:?} {mapped:?}");
        }
    }
    // The mapping leaves it to the path to name the stage.
    let named = at_domain("/shop/prod/orders").missing_token();
    assert_eq!(first(&named, &with(falls_back, (10, "shop", "dev", true), None)), "routing-rule-shadows certain");
    // Which routes the mapped stage serves was not read.
    let mut unread = with(falls_back, (10, "shop", "dev", true), prod);
    unread.api_mut("a1b2c3d4e5").unwrap().deployed.remove("d1");
    assert!(!lists(&exchange, &unread, "routing-rule-shadows"));
}

#[test]
fn no_url_is_near_that_no_rule_takes() {
    let kept = ruled(api(&["GET /orders", "GET /health"]), "ROUTING_RULE_ONLY", &[(10, "shop", "prod", false)]);
    assert_eq!(explained(&at_domain("/shop/orders").missing_token(), &kept).nearest, []);
    let stripped = ruled(api(&["GET /orders"]), "ROUTING_RULE_ONLY", &[(10, "shop", "prod", true)]);
    let nearest = explained(&at_domain("/shop/order").missing_token(), &stripped).nearest;
    let urls: Vec<_> = nearest.iter().map(|own| own.url.as_str()).collect();
    assert_eq!(urls, ["https://api.example.com/shop/orders"]);
}
