//! Throttles and quotas: what proves each cause and what refutes it.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::ApiKind;
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

/// A route, which may want a key, on a stage with settings of its methods.
fn set_on_stage(wants_key: bool, settings: Value) -> Facts<'static> {
    let (key, mut own) = route("POST /orders", &lambda_uri("orders-fn"));
    own.api_key_required = wants_key;
    let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), settings);
    facts(vec![api])
}

#[test]
fn throttles_are_the_methods_the_plans_or_the_accounts() {
    let throttled = |settings: Value| set_on_stage(true, settings);
    let exchange = to_orders("POST", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    let limit =
        |rate: f64, burst: i64| json!({ "*/*": { "throttlingRateLimit": rate, "throttlingBurstLimit": burst } });
    assert_eq!(first(&exchange, &throttled(limit(0.0, 0))), "throttle-stage-or-method certain");
    assert_eq!(first(&exchange, &throttled(limit(1.0, 1))), "throttle-stage-or-method likely");
    // A gateway response of the API's own may give it another status and other words: the type stays.
    let customised = to_orders("POST", "/orders").refused(503, "TooManyRequestsException", "come back later");
    assert_eq!(first(&customised, &throttled(limit(0.0, 0))), "throttle-stage-or-method certain");
    assert!(!lists(&exchange, &throttled(limit(-1.0, -1)), "throttle-stage-or-method"));
    let plans = |plans: Value| {
        throttled(json!({}))
            .with(Read::UsagePlans, json!({ "items": plans }))
            .with(Read::Account, json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } }))
    };
    let plan = json!([{ "id": "p", "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }], "throttle": { "rateLimit": 1.0 } }]);
    let explanation = explained(&exchange, &plans(plan));
    assert_eq!(explanation.causes.iter().map(|own| own.id).collect::<Vec<_>>(), ["throttle-usage-plan"]);
    let account = explanation.ruled_out.iter().find(|own| own.id == "throttle-account").map(|own| own.why.as_str());
    assert_eq!(account, Some("a usage plan that opens the stage throttles its keys"));
    // Plans that may not be read leave both possible, where a key is sent.
    let denied = || plans(json!([])).denied(Read::UsagePlans, "apigateway:GetUsagePlans");
    let keyed = exchange.clone().header("x-api-key", "open-sesame");
    let told = |exchange| {
        explained(exchange, &denied()).causes.iter().map(|own| (own.id, own.confidence.name())).collect::<Vec<_>>()
    };
    assert_eq!(told(&keyed), [("throttle-usage-plan", "possible"), ("throttle-account", "possible")]);
    assert_eq!(told(&exchange), [("throttle-account", "possible")]);
    // What the account has is a number: that nothing else throttles was read.
    let unread = explained(&exchange, &plans(json!([])).denied(Read::Account, "apigateway:GetAccount"));
    assert_eq!((unread.causes[0].id, unread.causes[0].confidence.name()), ("throttle-account", "possible"));
    assert!(unread.not_read.iter().any(|own| own.what == "apigateway:GetAccount"));
    shown(
        "throttle-account",
        (&exchange, &plans(json!([])), "likely"),
        (&exchange, &throttled(limit(1.0, 1))),
        (&exchange, &throttled(json!({}))),
    );
}

/// A usage plan counts what comes with its keys, and a route that wants none takes no key.
#[test]
fn no_plan_throttles_a_route_without_key() {
    let exchange = to_orders("POST", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    let plan = json!({ "id": "p", "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }], "throttle": { "rateLimit": 1.0 } });
    let limits = json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } });
    let keyless = || set_on_stage(false, json!({})).with(Read::Account, limits.clone());
    for facts in [
        keyless().with(Read::UsagePlans, json!({ "items": [plan] })),
        keyless().denied(Read::UsagePlans, "apigateway:GetUsagePlans"),
    ] {
        let explanation = explained(&exchange, &facts);
        let told: Vec<_> = explanation.causes.iter().map(|own| (own.id, own.confidence.name())).collect();
        assert_eq!(told, [("throttle-account", "likely")]);
        assert!(explanation.ruled_out.iter().any(|own| own.id == "throttle-usage-plan"));
    }
}

/// The command raises what stands in the way: the rate, the burst, or both.
#[test]
fn the_command_raises_what_is_low() {
    let exchange = to_orders("POST", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    let patches = |facts: &Facts<'static>| -> Vec<String> {
        let command = explained(&exchange, facts).causes[0].remedy.command.clone().unwrap();
        let words =
            command.split_whitespace().map(|word| word.trim_matches('\'')).filter(|word| word.starts_with("op="));
        words.map(str::to_owned).collect()
    };
    let api = |settings: Value| set_on_stage(true, settings);
    for (rate, burst, expected) in [
        (100.0, 0, &["burstLimit,value=100"][..]),
        (0.0, 5, &["rateLimit,value=100", "burstLimit,value=100"]),
        (0.0, 0, &["rateLimit,value=100", "burstLimit,value=100"]),
        (0.0, 200, &["rateLimit,value=100"]),
        (1.0, -1, &["rateLimit,value=100"]),
    ] {
        let limits = json!({ "throttlingRateLimit": rate, "throttlingBurstLimit": burst });
        let of_stage: Vec<String> =
            expected.iter().map(|patch| format!("op=replace,path=/*/*/throttling/{patch}")).collect();
        assert_eq!(patches(&api(json!({ "*/*": limits }))), of_stage, "{limits}");
    }
    for (throttle, expected) in [
        (json!({ "rateLimit": 100.0, "burstLimit": 0 }), "burstLimit,value=100"),
        (json!({ "rateLimit": 1.0 }), "rateLimit,value=100"),
        (json!({ "rateLimit": 500.0, "burstLimit": 200 }), "rateLimit,value=1000"),
    ] {
        let plan = json!({ "id": "p", "name": "basic", "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }], "throttle": throttle });
        let facts = api(json!({})).with(Read::UsagePlans, json!({ "items": [plan] }));
        assert_eq!(patches(&facts), [format!("op=replace,path=/throttle/{expected}")], "{throttle}");
    }
}

/// A route that wants a key, and usage plans.
fn keyed(plans: Value) -> Facts<'static> {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    own.api_key_required = true;
    facts(vec![fixture::api(ApiKind::Rest, vec![(key, own)])]).with(Read::UsagePlans, json!({ "items": plans }))
}

#[test]
fn a_quota_is_the_keys_that_was_sent() {
    let plan = |id: &str| json!({ "id": id, "name": id, "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }], "quota": { "limit": 500, "period": "DAY" } });
    let exchange = to_orders("GET", "/orders").header("x-api-key", "open-sesame").refused(
        429,
        "LimitExceededException",
        "Limit Exceeded",
    );
    let keys = |ids: &[&str]| json!({ "items": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<Value>>() });
    let usage = |items: Value| json!({ "items": items });
    let of = |ids: &[&str], items: Value| {
        keyed(json!([plan("p1")]))
            .with(Read::UsagePlanKeys("p1".to_owned()), keys(ids))
            .with(Read::Usage("p1".to_owned()), usage(items))
    };
    let known = |facts: Facts<'static>| {
        facts.with(
            Read::ApiKeys,
            json!({ "items": [{ "id": "own", "name": "own", "value": "open-sesame", "enabled": true }] }),
        )
    };
    let call = "apigateway:GetApiKeys";
    let more = |id: &str| {
        Some(format!(
            "aws apigateway update-usage --usage-plan-id p1 --key-id {id} --patch-operations op=replace,path=/remaining,value=100 --region eu-west-1"
        ))
    };
    let (spent, left) = (json!([[500, 0]]), json!([[10, 490]]));
    for (facts, expected, command) in [
        (known(of(&["own", "other"], json!({ "own": spent, "other": left }))), Some("certain"), more("own")),
        (of(&["own"], json!({ "own": spent })).denied(Read::ApiKeys, call), Some("certain"), more("own")),
        // Another client's key has nothing left.
        (known(of(&["own", "other"], json!({ "own": left, "other": spent }))), None, None),
        (
            of(&["own", "other"], json!({ "own": left, "other": spent })).denied(Read::ApiKeys, call),
            Some("likely"),
            None,
        ),
        (of(&["own", "other"], json!({ "own": left, "other": left })).denied(Read::ApiKeys, call), None, None),
        // Nor is the only key of one of two plans the one that was sent.
        (
            keyed(json!([plan("p1"), plan("p2")]))
                .with(Read::UsagePlanKeys("p1".to_owned()), keys(&["other"]))
                .with(Read::Usage("p1".to_owned()), usage(json!({ "other": spent })))
                .with(Read::UsagePlanKeys("p2".to_owned()), keys(&["own"]))
                .with(Read::Usage("p2".to_owned()), usage(json!({ "own": left })))
                .denied(Read::ApiKeys, call),
            Some("likely"),
            None,
        ),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = explanation.causes.iter().find(|own| own.id == "quota-exceeded");
        assert_eq!(own.map(|own| own.confidence.name()), expected, "{:?}", explanation.causes);
        assert_eq!(own.and_then(|own| own.remedy.command.clone()), command, "{expected:?}");
        if command.is_none() {
            assert!(!serde_json::to_string(&own).unwrap().contains("other"), "{own:?}");
        }
    }
}

#[test]
fn a_plans_throttle_of_a_method_stands_before_the_plans_own() {
    let plan = |method: Value, all: Value| {
        keyed(json!([{
            "id": "p1", "name": "basic", "throttle": all,
            "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod", "throttle": method }],
        }]))
    };
    let none = || json!({ "rateLimit": 0.0, "burstLimit": 0 });
    let some = || json!({ "rateLimit": 100.0, "burstLimit": 200 });
    let throttled = to_orders("GET", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    let (of_method, of_plan) = ("apiStages.throttle./orders/GET", "throttle");
    // What the throttle of a 429 is, and whether a request that nobody sent yet is told of it.
    for (facts, place, value, foreseen) in [
        (plan(json!({ "/orders/GET": none() }), some()), of_method, none(), true),
        (plan(json!({ "/orders/GET": some() }), none()), of_method, some(), false),
        (plan(json!({ "/orders/POST": none() }), some()), of_plan, some(), false),
        (plan(json!({ "/orders/POST": some() }), none()), of_plan, none(), true),
    ] {
        let explanation = explained(&throttled, &facts);
        let own = explanation.causes.iter().find(|own| own.id == "throttle-usage-plan").unwrap();
        assert_eq!((own.evidence[0].path.as_str(), &own.evidence[0].value), (place, &value));
        // The plan's own rate mends nothing of a method's.
        assert_eq!(own.remedy.command.is_some(), place == of_plan, "{:?}", own.remedy);
        let has = facts.with(Read::UsagePlanKeys("p1".to_owned()), json!({ "items": [{ "id": "own" }] })).with(
            Read::ApiKeys,
            json!({ "items": [{ "id": "own", "name": "own", "value": "open-sesame", "enabled": true }] }),
        );
        let unsent = to_orders("GET", "/orders").header("x-api-key", "open-sesame");
        assert_eq!(lists(&unsent, &has, "throttle-usage-plan"), foreseen, "{value}");
    }
}

#[test]
fn an_account_is_not_throttled_by_an_api_that_nobody_calls() {
    let count = |sum: Option<f64>| {
        let read = Read::Metric {
            namespace: "AWS/ApiGateway".to_owned(),
            metric: "Count".to_owned(),
            dimensions: vec![("ApiName".to_owned(), fixture::api(ApiKind::Rest, Vec::new()).name)],
        };
        let facts = facts(vec![fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
            .with(Read::UsagePlans, json!({ "items": [] }))
            .with(Read::Account, json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } }));
        match sum {
            Some(sum) => facts.with(read, json!(sum)),
            None => facts.lacking(read),
        }
    };
    let throttled = to_orders("GET", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    for (sum, expected, quota) in [
        (Some(1.0), "throttle-account possible", false),
        (Some(5_000.0), "throttle-account possible", false),
        (Some(5_001.0), "throttle-account likely", true),
        // A metric without values counts nothing: no traffic that would use the rate up.
        (None, "throttle-account possible", true),
    ] {
        assert_eq!(first(&throttled, &count(sum)), expected, "{sum:?}");
        let explanation = explained(&throttled, &count(sum));
        let own = &explanation.causes[0];
        assert_eq!(own.remedy.summary.contains("Service Quotas"), quota, "{sum:?}");
        let told = own.evidence.iter().chain(&own.against).find(|own| own.path == "AWS/ApiGateway Count");
        assert_eq!(told.map(|own| own.value.clone()), sum.map(|sum| json!(sum)));
    }
}

#[test]
fn an_account_of_which_all_apis_are_quiet_is_not_throttled() {
    let count = |name: &str, value: &str| Read::Metric {
        namespace: "AWS/ApiGateway".to_owned(),
        metric: "Count".to_owned(),
        dimensions: vec![(name.to_owned(), value.to_owned())],
    };
    let own = || fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let known = || {
        facts(vec![own()])
            .with(Read::UsagePlans, json!({ "items": [] }))
            .with(Read::Account, json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } }))
            .with(count("ApiName", &own().name), json!(3.0))
    };
    let listed = |rest: Value, http: Value| {
        known().with(Read::RestApis, json!({ "items": rest })).with(Read::HttpApis, json!({ "Items": http }))
    };
    let itself = || json!({ "id": own().id, "name": own().name });
    let two = || listed(json!([itself(), { "id": "z9", "name": "other" }]), json!([{ "ApiId": "h1" }]));
    let many: Vec<Value> =
        (0..30).map(|number| json!({ "id": format!("z{number}"), "name": format!("other{number}") })).collect();
    let call = "cloudwatch:GetMetricData";
    let throttled = to_orders("GET", "/orders").refused(429, "TooManyRequestsException", "Too Many Requests");
    for (facts, expected) in [
        (listed(json!([itself()]), json!([])), None),
        (two().with(count("ApiName", "other"), json!(7.0)).lacking(count("ApiId", "h1")), None),
        (two().with(count("ApiName", "other"), json!(7.0)).with(count("ApiId", "h1"), json!(9_000.0)), Some("likely")),
        (two().with(count("ApiName", "other"), json!(7.0)).denied(count("ApiId", "h1"), call), Some("possible")),
        (listed(json!(many), json!([])), Some("possible")),
        (known().denied(Read::RestApis, "apigateway:GET"), Some("possible")),
    ] {
        let explanation = explained(&throttled, &facts);
        let found = explanation.causes.iter().find(|cause| cause.id == "throttle-account");
        assert_eq!(found.map(|cause| cause.confidence.name()), expected);
    }
}
