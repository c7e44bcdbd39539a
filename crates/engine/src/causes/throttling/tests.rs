//! Throttles and quotas: what proves each cause and what refutes it.

use serde_json::{Value, json};

use crate::case::facts::Read;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::ApiKind;
use crate::testkit::{facts, first, lists, shown, to_orders};

#[test]
fn throttles_are_the_methods_the_plans_or_the_accounts() {
    let throttled = |settings: Value| {
        let mut api = fixture::api(ApiKind::Rest, vec![route("POST /orders", &lambda_uri("orders-fn"))]);
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
