//! `throttle-stage-or-method`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The throttle of a stage or method lets nothing through
    ///
    /// ## What it looks for
    ///
    /// Stages whose throttle for all routes, or for one, has a rate or a burst of 0. A throttle that is merely low is
    /// somebody's decision.
    ///
    /// ## Why it matters
    ///
    /// Callers get 429 `Too Many Requests`, always. Tools that write 0 where nothing was set are a common reason.
    ///
    /// ## How to fix
    ///
    /// Raise the throttle, or take it away.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
    id: "throttle-stage-or-method",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["throttle-stage-or-method"],
    asked: Routes, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::fixture::{api, check, lambda_uri, route, snapshot, with_setting, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        throttled(ApiKind::Rest, "methodSettings", json!({ "*/*": limits(0.0, 0) }))
    }

    fn throttled(kind: ApiKind, setting: &str, value: serde_json::Value) -> Snapshot {
        let routes = ["GET /orders", "POST /orders"].map(|key| route(key, &lambda_uri("orders-fn")));
        snapshot(vec![with_setting(api(kind, routes.into()), setting, value)])
    }

    fn limits(rate: f64, burst: i64) -> serde_json::Value {
        json!({ "throttlingRateLimit": rate, "throttlingBurstLimit": burst })
    }

    #[test]
    fn flags_a_throttle_of_nothing() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod: GET /orders and 1 more: The stage or the method lets through nothing, or little
        "#]],
        );
        check(
            &CHECK,
            &throttled(ApiKind::Http, "routeSettings", json!({ "POST /orders": limits(10.0, 0) })),
            expect![[r#"
                high /apis/a1b2c3d4e5/stages/prod: POST /orders: The stage or the method lets through nothing, or little
            "#]],
        );
    }

    #[test]
    fn is_silent_about_a_low_one_and_none() {
        check(&CHECK, &throttled(ApiKind::Rest, "methodSettings", json!({ "*/*": limits(1.0, 5) })), expect![[""]]);
        check(&CHECK, &throttled(ApiKind::Rest, "methodSettings", json!({ "*/*": limits(-1.0, -1) })), expect![[""]]);
        check(
            &CHECK,
            &throttled(ApiKind::Http, "defaultRouteSettings", json!({ "detailedMetricsEnabled": true })),
            expect![[""]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
