//! API keys and usage plans, and what the causes make of them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::{Route, Settings};
use crate::exchange::{Exchange, curl};
use crate::fixture::{self, lambda_uri, route};
use crate::secret;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

const VALUE: &str = "EXAMPLEkeyvalue000000000000000000000001";

/// An API whose two routes want a key, or not.
fn with(kind: ApiKind, authorization_type: &str, is_required: [bool; 2]) -> Api {
    let routes = [("GET /orders", is_required[0]), ("POST /orders", is_required[1])].map(|(key, is_required)| {
        let (key, route) = route(key, &lambda_uri("orders-fn"));
        (key, Route { authorization_type: authorization_type.to_owned(), api_key_required: is_required, ..route })
    });
    fixture::api(kind, routes.into())
}

fn api(kind: ApiKind, is_required: bool) -> Api {
    with(kind, "NONE", [is_required; 2])
}

fn keyed() -> Api {
    api(ApiKind::Rest, true)
}

fn keys(value: &str, enabled: bool, changed: &str) -> Value {
    let key = json!({ "id": "key1234567", "name": "mobile-app", "value": value, "enabled": enabled, "lastUpdatedDate": changed });
    let other = json!({ "id": "key7654321", "name": "web-app", "value": "EXAMPLEother", "enabled": true });
    json!({ "items": [other, key] })
}

const OLD: &str = "2026-01-01T00:00:00Z";

/// An account with a key, in a plan that opens `prod`.
fn account(api: Api) -> Facts<'static> {
    planned(api, &[("plan01", "prod", &["key1234567"])])
}

/// An account with a key, and plans by id, stage and keys.
fn planned(api: Api, plans: &[(&str, &str, &[&str])]) -> Facts<'static> {
    let own: Vec<Value> = plans
        .iter()
        .map(|(id, stage, _)| json!({ "id": id, "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": stage }] }))
        .collect();
    let mut facts =
        facts(vec![api]).with(Read::ApiKeys, keys(VALUE, true, OLD)).with(Read::UsagePlans, json!({ "items": own }));
    for (id, _, keys) in plans {
        let items: Vec<Value> = keys.iter().map(|key| json!({ "id": key, "type": "API_KEY" })).collect();
        facts = facts.with(Read::UsagePlanKeys((*id).to_owned()), json!({ "items": items }));
    }
    facts
}

fn get() -> Exchange {
    to_orders("GET", "/orders")
}

fn with_key(value: &str) -> Exchange {
    get().header("x-api-key", value).forbidden()
}

#[test]
fn each_way_of_not_sending_a_key_has_its_cause() {
    for (exchange, expected) in [
        (get(), "api-key-missing certain"),
        (get().header("x-api-key", " "), "api-key-missing certain"),
        (get().header("api-key", VALUE), "api-key-wrong-header-name certain"),
        (get().header("Authorization", &format!("Bearer {VALUE}")), "api-key-wrong-header-name certain"),
        // A header that holds no key's value is not meant for one.
        (get().header("Authorization", "Bearer x"), "api-key-missing certain"),
        (to_orders("GET", "/orders?x-api-key=secret"), "api-key-in-body-or-query certain"),
        (to_orders("POST", "/orders").sending(r#"{"apiKey": "secret"}"#), "api-key-in-body-or-query certain"),
        (to_orders("POST", "/orders").sending("a=1&api_key=secret"), "api-key-in-body-or-query certain"),
        (to_orders("POST", "/orders").sending(r#"{"key": "secret"}"#), "api-key-missing certain"),
    ] {
        let explanation = explained(&exchange.forbidden(), &account(keyed()));
        let first = &explanation.causes[0];
        assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected);
        let printed = serde_json::to_string(&explanation).unwrap();
        assert!(!printed.contains("secret") && !printed.contains(VALUE), "{printed}");
    }
    // A missing key is answered with Forbidden, whatever is believed of Missing Authentication Token.
    assert!(!lists(&get().missing_token(), &account(keyed()), "api-key-missing"));
    // Keys that cannot be read leave the header's name alone.
    let unread = facts(vec![keyed()]);
    assert_eq!(first(&get().header("apikey", "x").forbidden(), &unread), "api-key-wrong-header-name likely");
    assert_eq!(first(&get().forbidden(), &unread), "api-key-missing certain");
}

#[test]
fn each_value_that_opens_nothing_has_its_cause() {
    let own = |value: &str, enabled| account(keyed()).with(Read::ApiKeys, keys(value, enabled, OLD));
    let no_plan = planned(keyed(), &[("plan01", "prod", &[])]);
    let other_stage = planned(keyed(), &[("plan01", "dev", &["key1234567"]), ("plan02", "prod", &[])]);
    for (exchange, facts, expected) in [
        (with_key(&format!("\"{VALUE}\"")), own(VALUE, true), "api-key-malformed-value certain"),
        (with_key(&format!("{VALUE},")), own(VALUE, true), "api-key-malformed-value certain"),
        (with_key("{{apiKey}}"), own(VALUE, true), "api-key-malformed-value certain"),
        (with_key("{{apiKey}}"), facts(vec![keyed()]), "api-key-malformed-value likely"),
        (with_key("key1234567"), own(VALUE, true), "api-key-id-or-name-sent certain"),
        (with_key("mobile-app"), own(VALUE, true), "api-key-id-or-name-sent certain"),
        (with_key("nobody's"), own(VALUE, true), "api-key-unknown-value certain"),
        (with_key(VALUE), own(VALUE, false), "api-key-disabled certain"),
        // A recording holds a hash in the place of the value.
        (with_key(VALUE), own(&secret::redact(VALUE), false), "api-key-disabled certain"),
        (with_key(VALUE), no_plan, "api-key-no-usage-plan certain"),
        (with_key(VALUE), other_stage, "usage-plan-not-linked-to-stage certain"),
        // Keys that cannot be read leave open which; a stage that names no web ACL has none.
        (with_key(VALUE), facts(vec![keyed()]), "api-key-unknown-value possible"),
        (with_key(&format!("\"{VALUE}\"")), facts(vec![keyed()]), "api-key-malformed-value likely"),
        (with_key("key1234567"), facts(vec![keyed()]), "api-key-id-or-name-sent likely"),
        // Whichever key it is: no plan opens the stage.
        (
            with_key(VALUE),
            facts(vec![keyed()]).with(Read::UsagePlans, json!({ "items": [] })),
            "usage-plan-not-linked-to-stage likely",
        ),
    ] {
        let explanation = explained(&exchange, &facts);
        let first = &explanation.causes[0];
        assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected);
        assert!(!serde_json::to_string(&explanation).unwrap().contains(VALUE));
    }
    // A key that is not here may be of another region.
    let explanation = explained(&with_key("nobody's"), &account(keyed()));
    let causes: Vec<(&str, bool)> =
        explanation.causes.iter().map(|cause| (cause.id, cause.remedy.summary.contains("region"))).collect();
    assert_eq!(causes, [("api-key-unknown-value", true)]);
    assert!(!lists(&with_key(VALUE), &account(keyed()), "api-key-other-region-or-account"));
    // Where other regions are read, too, one of them may have it.
    let regions = |answer: serde_json::Value| {
        let mut facts = account(keyed()).with(Read::ApiKeysIn("us-east-1".to_owned()), answer);
        facts.other_regions = vec!["us-east-1".to_owned()];
        facts
    };
    let theirs = json!({ "items": [{ "id": "k9", "name": "there", "enabled": true, "value": "nobody's" }] });
    let explanation = explained(&with_key("nobody's"), &regions(theirs));
    let ids: Vec<&str> = explanation.causes.iter().map(|cause| cause.id).collect();
    assert_eq!(ids, ["api-key-other-region-or-account"]);
    let found = "x-api-key holds the value of the key there (k9) of us-east-1; the request goes to eu-west-1.";
    assert!(explanation.causes[0].says.starts_with(found), "{}", explanation.causes[0].says);
    assert_eq!(first(&with_key("nobody's"), &regions(json!({ "items": [] }))), "api-key-unknown-value certain");
    let mut unread = account(keyed()).denied(Read::ApiKeysIn("us-east-1".to_owned()), "apigateway:GetApiKeys");
    unread.other_regions = vec!["us-east-1".to_owned()];
    let explanation = explained(&with_key("nobody's"), &unread);
    assert_eq!(explanation.causes[0].id, "api-key-unknown-value");
    assert!(explanation.not_read.iter().any(|own| own.needs == "apigateway:GetApiKeys"), "{:?}", explanation.not_read);
    // Keys that the answer shows without their values may have it.
    let hidden =
        account(keyed()).with(Read::ApiKeys, json!({ "items": [{ "id": "k", "name": "n", "enabled": true }] }));
    assert_eq!(first(&with_key("nobody's"), &hidden), "api-key-unknown-value possible");
}

#[test]
fn a_key_that_was_just_changed_may_not_have_reached_every_place() {
    let changed = |when: &str| account(keyed()).with(Read::ApiKeys, keys(VALUE, true, when));
    assert_eq!(first(&with_key(VALUE), &changed("2026-10-10T11:58:00Z")), "api-key-recent-change possible");
    assert!(!lists(&with_key(VALUE), &changed(OLD), "api-key-recent-change"));
    let (recent, sent) = (|| changed("2026-10-10T11:58:00Z"), with_key(VALUE));
    for (read, call) in [
        (Read::UsagePlans, "apigateway:GetUsagePlans"),
        (Read::UsagePlanKeys("plan01".to_owned()), "apigateway:GetUsagePlanKeys"),
        (Read::ApiKeys, "apigateway:GetApiKeys"),
    ] {
        shown(
            "api-key-recent-change",
            (&sent, &recent(), "possible"),
            (&sent, &changed("2026-10-10T11:54:00Z")),
            (&sent, &recent().denied(read, call)),
        );
    }
}

#[test]
fn the_key_may_be_looked_for_in_the_authorizers_answer() {
    let by_authorizer = |authorization_type: &str| {
        let mut api = with(ApiKind::Rest, authorization_type, [true; 2]);
        api.live.settings = Settings { api_key_source: Some("AUTHORIZER".to_owned()), ..Settings::default() };
        account(api)
    };
    for exchange in [with_key(VALUE), get().forbidden()] {
        assert_eq!(first(&exchange, &by_authorizer("NONE")), "api-key-source-authorizer certain");
        assert_eq!(first(&exchange, &by_authorizer("CUSTOM")), "api-key-source-authorizer likely");
    }
}

#[test]
fn a_requirement_that_is_not_what_is_deployed_has_its_cause() {
    let differing = |live: bool, deployed: bool| {
        let mut own = api(ApiKind::Rest, deployed);
        own.live.routes = api(ApiKind::Rest, live).live.routes;
        account(own)
    };
    let ok = |exchange: Exchange| exchange.answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    for (exchange, facts, expected) in [
        (get().forbidden(), differing(false, true), "api-key-requirement-still-deployed certain"),
        (ok(get()), differing(true, false), "api-key-requirement-not-deployed certain"),
        (get(), differing(true, false), "api-key-requirement-not-deployed certain"),
        (ok(get()), differing(false, false), "api-key-not-required-on-method certain"),
        // Whoever sends a key is let in as it should be; so is a preflight.
        (ok(get().header("x-api-key", VALUE)), differing(true, false), "no-fault-found certain"),
        (ok(get().header("x-api-key", VALUE)), differing(false, false), "no-fault-found certain"),
        (ok(get().header("x-api-key", VALUE)), differing(true, true), "no-fault-found certain"),
        (ok(get()), planned(api(ApiKind::Rest, false), &[]), "no-fault-found certain"),
        (
            ok(get()),
            planned(api(ApiKind::Rest, false), &[("plan01", "dev", &["key1234567"])]),
            "no-fault-found certain",
        ),
        (ok(get()), planned(api(ApiKind::Rest, false), &[("plan01", "prod", &[])]), "no-fault-found certain"),
        (ok(get()), self::facts(vec![api(ApiKind::Rest, false)]), "no-fault-found certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    // A route beside others that want a key is open on purpose.
    let mixed = account(with(ApiKind::Rest, "NONE", [false, true]));
    assert_eq!(first(&ok(get()), &mixed), "no-fault-found certain");
}

#[test]
fn http_apis_look_at_no_key() {
    let ok = |exchange: Exchange| exchange.http(200, "");
    let linked = |stage: &str| planned(api(ApiKind::Http, false), &[("plan01", stage, &["key1234567"])]);
    for (exchange, facts, expected) in [
        (ok(get().header("x-api-key", "x")), facts(vec![api(ApiKind::Http, false)]), "api-key-on-http-api certain"),
        (ok(get()), facts(vec![api(ApiKind::Http, true)]), "api-key-on-http-api certain"),
        (ok(get()), linked("prod"), "api-key-on-http-api certain"),
        (ok(get()), planned(api(ApiKind::Http, false), &[]), "no-fault-found certain"),
        (ok(get()), facts(vec![api(ApiKind::Http, false)]), "no-fault-found certain"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
}

#[test]
fn white_space_around_a_key_is_part_of_what_is_sent() {
    let own = account(keyed()).with(Read::ApiKeys, keys(VALUE, true, OLD));
    for value in [format!("{VALUE} "), format!(" {VALUE}"), format!("{VALUE}\n")] {
        assert_eq!(first(&with_key(&value), &own), "api-key-malformed-value certain", "{value:?}");
    }
    assert!(!lists(&with_key(VALUE), &own, "api-key-malformed-value"));
}

#[test]
fn a_value_that_a_variable_holds_is_none_that_is_wrong() {
    let curl = |header: &str| {
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
        curl::read(&format!("curl -H {header} {url}")).unwrap().exchange.forbidden()
    };
    let account = account(keyed());
    for header in ["\"x-api-key: $KEY\"", "\"x-api-key: ${KEY}\""] {
        assert_eq!(first(&curl(header), &account), "insufficient-facts possible", "{header}");
    }
    // Between single quotes, the shell puts nothing in.
    assert_eq!(first(&curl("'x-api-key: ${KEY}'"), &account), "api-key-malformed-value certain");
    // A header that was not read may be the one that is missing.
    assert_eq!(first(&curl("'Accept: */*'"), &account), "api-key-missing certain");
    for header in ["@headers", "\"$HEADER\""] {
        assert_eq!(first(&curl(header), &account), "api-key-missing likely", "{header}");
        let unread = explained(&curl(header), &account).not_read;
        assert!(unread.iter().any(|own| own.what == "request.headers.x-api-key"), "{unread:?}");
    }
}
