//! `lambda-function-not-active`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A function that routes call is not active
    ///
    /// ## What it looks for
    ///
    /// Functions that routes call and whose state is `Failed`; less severe, those that are `Inactive` or whose last update
    /// failed.
    ///
    /// ## Why it matters
    ///
    /// A function that failed cannot be called: callers get 500 or 502. One that is inactive fails its next call and is ready
    /// after that. After a failed update the version before it is run.
    ///
    /// ## How to fix
    ///
    /// Deploy the function again; its state and the reason stand in its configuration.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
    id: "lambda-function-not-active",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["lambda-function-not-active"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{calling, check, without_configuration};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        calling(ApiKind::Rest, |own| own.state = Some("Failed".to_owned()))
    }

    #[test]
    fn flags_a_function_that_failed_and_less_a_failed_update() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5 orders-fn: orders-fn: The function is not active
        "#]],
        );
        check(
            &CHECK,
            &calling(ApiKind::Rest, |own| own.last_update_status = Some("Failed".to_owned())),
            expect![[r#"
            low /restapis/a1b2c3d4e5 orders-fn: orders-fn: The function is not active
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_is_active_or_will_be() {
        check(&CHECK, &calling(ApiKind::Rest, |_| ()), expect![[""]]);
        check(&CHECK, &calling(ApiKind::Rest, |own| own.state = Some("Pending".to_owned())), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_configuration(account()),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for lambda:GetFunctionConfiguration)
        "#]],
        );
    }
}
