//! Usage plans of which it was not read which keys they have.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::fixture::{self, lambda_uri, route};
use crate::snapshot::ApiKind;
use crate::testkit::{explained, facts, to_orders};

/// A route that wants a key, a key that is enabled, and plans `id → stage`.
fn planned(plans: &[(&str, &str)]) -> Facts<'static> {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    own.api_key_required = true;
    let plan = |(id, stage): &(&str, &str)| json!({ "id": id, "name": id, "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": stage }] });
    facts(vec![fixture::api(ApiKind::Rest, vec![(key, own)])])
        .with(
            Read::ApiKeys,
            json!({ "items": [{ "id": "k1", "name": "mobile", "value": "open-sesame", "enabled": true }] }),
        )
        .with(Read::UsagePlans, json!({ "items": plans.iter().map(plan).collect::<Vec<Value>>() }))
}

#[test]
fn a_plan_whose_keys_were_denied_makes_nothing_certain() {
    let call = "apigateway:GetUsagePlanKeys";
    let keys = |plan: &str| Read::UsagePlanKeys(plan.to_owned());
    let has = json!({ "items": [{ "id": "k1" }] });
    let exchange = to_orders("GET", "/orders").header("x-api-key", "open-sesame").forbidden();
    let add =
        "aws apigateway create-usage-plan-key --usage-plan-id p1 --key-id k1 --key-type API_KEY --region eu-west-1";
    for (facts, expected, command) in [
        (planned(&[("p1", "prod")]).denied(keys("p1"), call), "api-key-no-usage-plan likely", Some(add)),
        (planned(&[("p1", "dev")]).denied(keys("p1"), call), "usage-plan-not-linked-to-stage likely", None),
        (
            planned(&[("p1", "dev"), ("p2", "dev")]).denied(keys("p1"), call).with(keys("p2"), json!({ "items": [] })),
            "usage-plan-not-linked-to-stage likely",
            None,
        ),
        (planned(&[]).denied(Read::UsagePlans, "apigateway:GetUsagePlans"), "api-key-no-usage-plan possible", None),
        // What was read is certain.
        (
            planned(&[("p1", "prod")]).with(keys("p1"), json!({ "items": [] })),
            "api-key-no-usage-plan certain",
            Some(add),
        ),
    ] {
        let explanation = explained(&exchange, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
        assert_eq!(own.remedy.command.as_deref(), command, "{expected}");
        let is_named = explanation.not_read.iter().any(|own| own.what.starts_with("apigateway:GetUsagePlan"));
        assert_eq!(is_named, !expected.ends_with("certain"), "{expected}");
    }
    // A plan that opens the stage and has the key lets it in, whatever the others would say.
    let open = planned(&[("p1", "prod"), ("p2", "prod")]).with(keys("p1"), has).denied(keys("p2"), call);
    let causes = explained(&exchange, &open).causes;
    assert!(!causes.iter().any(|own| own.id.contains("usage-plan")), "{causes:?}");
}
