//! `api-key-not-required-on-method`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A usage plan opens a stage of which no route wants a key
    ///
    /// ## What it looks for
    ///
    /// Stages that a usage plan with keys names, and of which no route wants a key, neither deployed nor live.
    ///
    /// ## Why it matters
    ///
    /// Everybody is let in: the plan, its quota and its throttle have no effect on anybody.
    ///
    /// ## How to fix
    ///
    /// Let the methods want a key (SAM: `Auth: ApiKeyRequired: true`), and deploy; or take the stage out of the plan.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html>
    id: "api-key-not-required-on-method",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["api-key-not-required-on-method"],
    asked: Routes, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    use crate::fixture::{check, denied, keyed, snapshot, wanting};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        keyed(wanting(false, "NONE"))
    }

    #[test]
    fn flags_a_plan_without_effect() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: GET /orders: A usage plan opens the stage, but no route wants a key
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_route_wants_a_key_and_where_there_is_no_plan() {
        check(&CHECK, &keyed(wanting(true, "NONE")), expect![[""]]);
        check(&CHECK, &snapshot(vec![wanting(false, "NONE")]), expect![[""]]);
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
