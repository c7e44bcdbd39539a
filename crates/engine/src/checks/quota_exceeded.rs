//! `quota-exceeded`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The quota of a usage plan is 0
    ///
    /// ## What it looks for
    ///
    /// Usage plans that open a stage with routes that want a key, and whose quota is 0. How much of a quota is used up is not
    /// read.
    ///
    /// ## Why it matters
    ///
    /// Callers with a key of the plan get 429 `Limit Exceeded`, always.
    ///
    /// ## How to fix
    ///
    /// Raise the plan's quota, or take it away.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    id: "quota-exceeded",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["quota-exceeded"],
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
        planned(json!({ "quota": { "limit": 0, "offset": 0, "period": "DAY" } }), true)
    }

    #[test]
    fn flags_a_plan_without_quota() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 plan01: plan01: The quota of a usage plan is 0
        "#]],
        );
    }

    #[test]
    fn is_silent_where_there_is_one_and_where_none_is_set() {
        check(
            &CHECK,
            &planned(json!({ "quota": { "limit": 500, "offset": 0, "period": "DAY" } }), true),
            expect![[""]],
        );
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
