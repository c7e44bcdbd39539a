//! Web ACLs that let in listed addresses alone, and what the gateway checks after them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

const SET: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/2";

/// An API whose route wants a key, or none.
fn api(wants_key: bool) -> Api {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    own.api_key_required = wants_key;
    let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
    api.live.settings.api_key_source = Some("HEADER".to_owned());
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    api
}

fn in_set() -> Value {
    json!({ "IPSetReferenceStatement": { "ARN": SET } })
}

fn outside() -> Value {
    json!({ "NotStatement": { "Statement": in_set() } })
}

fn rule(name: &str, priority: i64, action: &str, statement: &Value) -> Value {
    json!({ "Name": name, "Priority": priority, "Action": { action: {} }, "Statement": statement })
}

/// An account in which the stage has a web ACL with these rules.
fn account(wants_key: bool, default: &str, rules: Value) -> Facts<'static> {
    let mut own = api(wants_key);
    let Observed::Known(stages) = &mut own.stages else { panic!("the fixture has stages") };
    let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    stages[0].settings.insert("webAclArn".to_owned(), json!(arn));
    let stage = own.stage_arn(fixture::REGION, "prod");
    let acl = json!({ "WebACL": { "Name": "a", "ARN": arn, "DefaultAction": { default: {} }, "Rules": rules } });
    facts(vec![own]).with(Read::WebAcl(stage), acl)
}

fn listed(facts: Facts<'static>) -> Facts<'static> {
    let set = json!({ "IPSet": { "Name": "office", "Id": "2", "Addresses": ["203.0.113.0/24"] } });
    facts.with(Read::IpSet(SET.to_owned()), set)
}

fn from(path: &str, address: Option<&str>) -> Exchange {
    let mut exchange = to_orders("GET", path);
    exchange.request.client.source_ip = address.map(|address| address.parse().unwrap());
    exchange
}

const STRANGER: Option<&str> = Some("198.51.100.7");
const OFFICE: Option<&str> = Some("203.0.113.7");

#[test]
fn a_list_without_the_sender_comes_before_keys_and_routes() {
    let allows = |wants_key| listed(account(wants_key, "Block", json!([rule("ok", 1, "Allow", &in_set())])));
    let (by_list, by_key) = ("waf-ip-allow-list certain", "api-key-missing certain");
    let orders = |address| from("/orders", address);
    for (exchange, facts, expected) in [
        (orders(STRANGER).forbidden(), allows(true), by_list),
        (orders(STRANGER).forbidden(), allows(false), by_list),
        (orders(STRANGER), allows(true), by_list),
        (orders(STRANGER), allows(false), by_list),
        (from("/nope", STRANGER), allows(false), by_list),
        (orders(OFFICE).forbidden(), allows(true), by_key),
        (orders(OFFICE), allows(true), by_key),
        // Who sends is not known: the key explains the answer.
        (orders(None).forbidden(), allows(true), by_key),
        (orders(None).forbidden(), allows(false), "waf-ip-allow-list likely"),
        (orders(None), allows(true), by_key),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
    }
}

#[test]
fn rules_are_asked_in_their_order_and_only_by_what_the_address_tells() {
    let other = json!({ "GeoMatchStatement": { "CountryCodes": ["FI"] } });
    let admin = json!({ "ByteMatchStatement": { "SearchString": "L2FkbWlu" } });
    let both = |a: Value, b: &Value| json!({ "AndStatement": { "Statements": [a, b] } });
    let either = |a: Value, b: &Value| json!({ "OrStatement": { "Statements": [a, b] } });
    let forwarded = json!({ "IPSetReferenceStatement": { "ARN": SET, "IPSetForwardedIPConfig": { "HeaderName": "X-Forwarded-For" } } });
    let only = rule("only", 2, "Block", &outside());
    for (default, rules, expected) in [
        ("Allow", json!([only]), Some("certain")),
        ("Block", json!([rule("ok", 2, "Allow", &both(in_set(), &admin))]), Some("certain")),
        // Something else may let it in before.
        ("Allow", json!([only, rule("finns", 1, "Allow", &other)]), Some("likely")),
        ("Block", json!([rule("ok", 2, "Allow", &either(in_set(), &other))]), Some("likely")),
        ("Block", json!([rule("ok", 1, "Allow", &forwarded)]), Some("likely")),
        // After it, nothing does.
        ("Allow", json!([only, rule("finns", 3, "Allow", &other)]), Some("certain")),
        // Of another path, or let in by a rule before.
        ("Allow", json!([rule("admin", 2, "Block", &both(outside(), &admin))]), None),
        ("Allow", json!([only, rule("all", 1, "Allow", &either(outside(), &other))]), None),
        ("Allow", json!([rule("listed", 1, "Block", &in_set())]), None),
    ] {
        let facts = listed(account(false, default, rules.clone()));
        let explanation = explained(&from("/orders", STRANGER).forbidden(), &facts);
        let own = explanation.causes.iter().find(|cause| cause.id == "waf-ip-allow-list");
        assert_eq!(own.map(|cause| cause.confidence.name()), expected, "{default} {rules}");
    }
}

/// A set has addresses of one version alone: the other cannot be added to it.
#[test]
fn an_address_is_added_to_a_set_of_its_version() {
    let set = |version: &str| {
        let set = json!({ "Name": "office", "Id": "2", "IPAddressVersion": version, "Addresses": ["203.0.113.0/24"] });
        let facts = account(false, "Block", json!([rule("ok", 1, "Allow", &in_set())]));
        facts.with(Read::IpSet(SET.to_owned()), json!({ "IPSet": set }))
    };
    let v6 = Some("2001:db8::7");
    for (address, version, adds) in [(STRANGER, "IPV4", true), (v6, "IPV6", true), (v6, "IPV4", false)] {
        let own = explained(&from("/orders", address).forbidden(), &set(version)).causes.swap_remove(0);
        assert_eq!((own.id, own.remedy.command.is_some()), ("waf-ip-allow-list", adds), "{address:?} {version}");
    }
}

/// A rule that answers in its own words, and what was sampled of it.
fn in_own_words(samples: Option<&str>) -> Facts<'static> {
    let mut rule = rule("geo", 1, "Block", &json!({ "GeoMatchStatement": { "CountryCodes": ["DE"] } }));
    rule["Action"]["Block"] = json!({ "CustomResponse": { "ResponseCode": 418, "CustomResponseBodyKey": "b" } });
    rule["VisibilityConfig"] = json!({ "MetricName": "geo" });
    let facts = account(false, "Allow", json!([rule]));
    let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    let stage = api(false).stage_arn(fixture::REGION, "prod");
    let bodies = json!({ "b": { "ContentType": "APPLICATION_JSON", "Content": "{\"error\":\"blocked\"}" } });
    let acl = json!({ "Name": "a", "ARN": arn, "DefaultAction": { "Allow": {} }, "Rules": [rule], "CustomResponseBodies": bodies });
    let facts = facts.with(Read::WebAcl(stage), json!({ "WebACL": acl }));
    let Some(action) = samples else { return facts };
    let sample = json!({ "Request": { "URI": "/prod/orders", "Method": "GET" }, "Action": action });
    let read = Read::SampledRequests { web_acl: arn.to_owned(), metric: "geo".to_owned() };
    facts.with(read, json!({ "SampledRequests": [sample] }))
}

#[test]
fn a_web_acl_answers_in_its_own_words() {
    let answered = |status: u16, body: &str| {
        from("/orders", None).answered(
            status,
            &[("x-amz-apigw-id", "AyD6KEwwPHcEKxg="), ("x-amzn-RequestId", "8")],
            body,
        )
    };
    let body = r#"{"error":"blocked"}"#;
    for (exchange, facts, expected) in [
        (answered(418, body), in_own_words(Some("BLOCK")), Some("certain")),
        (answered(418, body), in_own_words(Some("ALLOW")), Some("likely")),
        (answered(418, body), in_own_words(None), Some("likely")),
        // The backend's own.
        (answered(404, body), in_own_words(Some("BLOCK")), None),
        (answered(418, "I'm a teapot"), in_own_words(Some("BLOCK")), None),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!((own.id == "waf-block").then(|| own.confidence.name()), expected, "{exchange:?}");
    }
}

#[test]
fn a_web_acl_answers_with_a_status_and_no_body_of_its_own() {
    let answered = |status: u16, body: &str| {
        let ids =
            [("x-amz-apigw-id", "AyD6KEwwPHcEKxg="), ("x-amzn-RequestId", "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12")];
        from("/orders", None).answered(status, &ids, body)
    };
    let acl = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    let account = |sampled: Option<&str>| {
        let mut rule = rule("geo", 1, "Block", &json!({ "GeoMatchStatement": { "CountryCodes": ["DE"] } }));
        rule["Action"]["Block"] = json!({ "CustomResponse": { "ResponseCode": 418 } });
        rule["VisibilityConfig"] = json!({ "MetricName": "geo" });
        let facts = account(false, "Allow", json!([rule]));
        let Some(action) = sampled else { return facts };
        let sample = json!({ "Request": { "URI": "/prod/orders", "Method": "GET" }, "Action": action });
        let read = Read::SampledRequests { web_acl: acl.to_owned(), metric: "geo".to_owned() };
        facts.with(read, json!({ "SampledRequests": [sample] }))
    };
    let logged = |facts: Facts<'static>| {
        let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
        let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
        let line = json!({ "timestamp": 1, "message": format!("({id}) Gateway response type: WAF_FILTERED with status code: 418") });
        facts.with(Read::Logs { group, filter: Some(id.to_owned()) }, json!([line]))
    };
    for (exchange, facts, expected) in [
        (answered(418, ""), account(Some("BLOCK")), Some("certain")),
        (answered(418, ""), logged(account(None)), Some("certain")),
        // What is behind the API may answer so, too.
        (answered(418, ""), account(Some("ALLOW")), Some("possible")),
        (answered(418, "I'm a teapot"), account(None), Some("possible")),
        (answered(404, ""), account(Some("BLOCK")), None),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = explanation.causes.iter().find(|cause| cause.id == "waf-block");
        assert_eq!(own.map(|cause| cause.confidence.name()), expected, "{exchange:?}");
    }
}

/// A redirect is no success where the web ACL makes it, and nobody's but the backend's where its rules make none.
#[test]
fn a_web_acl_redirects_what_it_blocks() {
    let login = "https://login.example.com/start";
    let answered = |location: &str| {
        let ids = [("x-amz-apigw-id", "AyD6KEwwPHcEKxg="), ("x-amzn-RequestId", "8"), ("Location", location)];
        from("/orders", None).answered(302, &ids, "")
    };
    let acl = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    let account = |code: u16, headers: Value, sampled: Option<&str>| {
        let mut rule = rule("geo", 1, "Block", &json!({ "GeoMatchStatement": { "CountryCodes": ["DE"] } }));
        rule["Action"]["Block"] = json!({ "CustomResponse": { "ResponseCode": code, "ResponseHeaders": headers } });
        rule["VisibilityConfig"] = json!({ "MetricName": "geo" });
        let facts = account(false, "Allow", json!([rule]));
        let Some(action) = sampled else { return facts };
        let sample = json!({ "Request": { "URI": "/prod/orders", "Method": "GET" }, "Action": action });
        let read = Read::SampledRequests { web_acl: acl.to_owned(), metric: "geo".to_owned() };
        facts.with(read, json!({ "SampledRequests": [sample] }))
    };
    let to_login = || json!([{ "Name": "location", "Value": login }]);
    for (exchange, facts, expected) in [
        (answered(login), account(302, to_login(), Some("BLOCK")), "waf-block certain"),
        (answered(login), account(302, to_login(), None), "waf-block likely"),
        (answered(login), account(302, json!([]), None), "waf-block possible"),
        (answered("https://other.example.com/"), account(302, to_login(), Some("BLOCK")), "no-fault-found certain"),
        (answered(login), account(403, json!([]), Some("BLOCK")), "no-fault-found certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    let mut unread = api(false);
    let Observed::Known(stages) = &mut unread.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("webAclArn".to_owned(), json!(acl));
    let stage = unread.stage_arn(fixture::REGION, "prod");
    let unread = facts(vec![unread]).denied(Read::WebAcl(stage), "wafv2:GetWebACLForResource");
    let explanation = explained(&answered(login), &unread);
    assert_eq!(first(&answered(login), &unread), "no-fault-found likely");
    assert!(explanation.not_read.iter().any(|own| own.what == "wafv2:GetWebACLForResource"));
}

#[test]
fn the_gateways_log_tells_that_waf_blocked() {
    let blocks = || account(false, "Allow", json!([rule("geo", 1, "Block", &json!({}))]));
    let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
    let executed = |text: &str| {
        let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
        let line = json!({ "timestamp": 1, "message": format!("({id}) {text}") });
        blocks().with(Read::Logs { group, filter: Some(id.to_owned()) }, json!([line]))
    };
    let accessed = |variable: &str, value: &str| {
        let mut facts = blocks();
        let Observed::Known(stages) = &mut facts.api_mut("a1b2c3d4e5").unwrap().stages else { panic!("no stages") };
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:access";
        let format = format!("$context.requestId $context.{variable}");
        let settings = json!({ "destinationArn": arn, "format": format });
        stages[0].settings.insert("accessLogSettings".to_owned(), settings);
        let line = json!({ "timestamp": 1, "message": format!("{id} {value}") });
        facts.with(Read::Logs { group: "access".to_owned(), filter: Some(id.to_owned()) }, json!([line]))
    };
    for (facts, expected) in [
        (blocks(), Some("possible")),
        (executed("Gateway response type: WAF_FILTERED with status code: 403"), Some("certain")),
        (accessed("error.responseType", "WAF_FILTERED"), Some("certain")),
        (accessed("wafResponseCode", "WAF_BLOCK"), Some("certain")),
        (accessed("waf.status", "403"), Some("certain")),
        (accessed("waf.status", "200"), Some("possible")),
        (accessed("error.responseType", "INVALID_API_KEY"), None),
    ] {
        let explanation = explained(&from("/orders", None).forbidden(), &facts);
        let own = explanation.causes.iter().find(|cause| cause.id == "waf-block");
        assert_eq!(own.map(|cause| cause.confidence.name()), expected);
    }
}

#[test]
fn a_list_that_was_not_read_proves_nothing() {
    let rules = || json!([rule("ok", 1, "Allow", &in_set())]);
    let set = || Read::IpSet(SET.to_owned());
    shown(
        "waf-ip-allow-list",
        (&from("/orders", STRANGER), &listed(account(true, "Block", rules())), "certain"),
        (&from("/orders", OFFICE), &listed(account(true, "Block", rules()))),
        (&from("/orders", STRANGER), &account(true, "Block", rules()).denied(set(), "wafv2:GetIPSet")),
    );
    // An address that is listed, and nobody's address: nothing is said of a list.
    for address in [OFFICE, None] {
        let facts = listed(account(false, "Block", rules()));
        assert!(!lists(&from("/orders", address), &facts, "waf-ip-allow-list"), "{address:?}");
    }
}

#[test]
fn the_command_that_adds_an_address_asks_for_the_lock_token_itself() {
    let allows = listed(account(false, "Block", json!([rule("ok", 1, "Allow", &in_set())])));
    let command = explained(&from("/orders", STRANGER).forbidden(), &allows).causes.swap_remove(0).remedy.command;
    assert_eq!(
        command.as_deref(),
        Some(
            "aws wafv2 update-ip-set --scope REGIONAL --name office --id 2 --addresses 203.0.113.0/24 198.51.100.7/32 \
             --lock-token \"$(aws wafv2 get-ip-set --scope REGIONAL --name office --id 2 --region eu-west-1 \
             --query LockToken --output text)\" --region eu-west-1"
        )
    );
}

#[test]
fn a_web_acl_that_the_stage_names_is_there_though_its_rules_were_not_read() {
    let mut named = api(false);
    let Observed::Known(stages) = &mut named.stages else { panic!("the fixture has stages") };
    let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    stages[0].settings.insert("webAclArn".to_owned(), json!(arn));
    let stage = named.stage_arn(fixture::REGION, "prod");
    let facts = facts(vec![named]).denied(Read::WebAcl(stage), "wafv2:GetWebACLForResource");
    let explanation = explained(&from("/orders", STRANGER).forbidden(), &facts);
    let own = explanation.causes.iter().find(|own| own.id == "waf-block").unwrap();
    assert_eq!(
        own.says,
        "The answer is the one that WAF gives, and the stage has a web ACL; what its rules say was not read."
    );
    let evidence: Vec<_> = own.evidence.iter().map(|own| (own.path.as_str(), own.value.clone())).collect();
    assert_eq!(evidence, [("webAclArn", json!(arn))]);
}
