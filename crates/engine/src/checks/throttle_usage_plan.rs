//! `throttle-usage-plan`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The throttle of a usage plan lets next to nothing through
    ///
    /// ## What it looks for
    ///
    /// Usage plans that open a stage with routes that want a key, and whose throttle has a burst of 0 or a rate of less than
    /// one request a second.
    ///
    /// ## Why it matters
    ///
    /// Callers with a key of the plan get 429 `Too Many Requests`, always or nearly so.
    ///
    /// ## How to fix
    ///
    /// Raise the plan's throttle.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
    id: "throttle-usage-plan",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["throttle-usage-plan"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    use crate::fixture::{check, denied, planned};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        planned(json!({ "throttle": { "rateLimit": 0.0, "burstLimit": 0 } }), true)
    }

    #[test]
    fn flags_a_plan_that_lets_nothing_through() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 plan01: plan01: The throttle of a usage plan lets next to nothing through
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_does_and_where_no_key_is_wanted() {
        check(&CHECK, &planned(json!({ "throttle": { "rateLimit": 20.0, "burstLimit": 50 } }), true), expect![[""]]);
        check(&CHECK, &planned(json!({ "throttle": { "rateLimit": 0.0, "burstLimit": 0 } }), false), expect![[""]]);
        check(&CHECK, &planned(json!({}), true), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &Snapshot { usage_plans: Observed::NotRead(denied("apigateway:GetUsagePlans")), ..account() },
            expect![[r#"
                not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlans)
            "#]],
        );
    }
}
