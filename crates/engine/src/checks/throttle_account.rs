//! `throttle-account`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A stage is set to let more through than the whole account may
    ///
    /// ## What it looks for
    ///
    /// Stages with a throttle of their own above the account's in the region. AWS's default of 10,000 requests a second,
    /// which stages show although nobody set it, is left out.
    ///
    /// ## Why it matters
    ///
    /// All APIs of the account share its throttle in the region, so that callers get 429 `Too Many Requests` long before the
    /// stage's own throttle is reached.
    ///
    /// ## How to fix
    ///
    /// Ask for a higher throttle quota (Service Quotas, API Gateway), or lower the stage's throttle.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    id: "throttle-account",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["throttle-account"],
    asked: Routes, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::fixture::{answered, api, check, lambda_uri, refused, route, snapshot, with_setting};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        limited(promising(5_000.0))
    }

    fn promising(rate: f64) -> Snapshot {
        let settings = json!({ "*/*": { "throttlingRateLimit": rate, "throttlingBurstLimit": 500 } });
        let api = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        snapshot(vec![with_setting(api, "methodSettings", settings)])
    }

    fn limited(snapshot: Snapshot) -> Snapshot {
        answered(snapshot, Read::Account, json!({ "throttleSettings": { "rateLimit": 2_500.0, "burstLimit": 1_250 } }))
    }

    #[test]
    fn flags_a_promise_that_the_account_does_not_keep() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5/stages/prod: GET /orders: A stage is set to let more through than the whole account may
        "#]],
        );
    }

    #[test]
    fn is_silent_within_it_and_by_default() {
        check(&CHECK, &limited(promising(100.0)), expect![[""]]);
        check(&CHECK, &promising(10_000.0), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &refused(promising(5_000.0), Read::Account, "apigateway:GetAccount"),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetAccount)
        "#]],
        );
    }
}
