//! `integration-timeout`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A function may run longer than the integration waits for it
    ///
    /// ## What it looks for
    ///
    /// Functions that routes of REST APIs call and that may run more than a second longer than the integration waits: 29
    /// seconds unless set. Calls that do not wait for the function are left out.
    ///
    /// ## Why it matters
    ///
    /// When the function takes that long, the caller gets 504 `Endpoint request timed out`, while the function runs on and is
    /// paid for; a retry then does the work twice.
    ///
    /// ## How to fix
    ///
    /// Let the function end before the integration does, raise the integration's timeout (regional and private APIs), or do
    /// the work asynchronously.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    id: "integration-timeout",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["integration-timeout"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{calling, check, without_configuration};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        calling(ApiKind::Rest, |own| own.timeout = Some(60))
    }

    #[test]
    fn flags_a_function_that_outlasts_its_integration() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 orders-fn: orders-fn: A function may run longer than the integration waits for it
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_ends_in_time() {
        check(&CHECK, &calling(ApiKind::Rest, |own| own.timeout = Some(30)), expect![[""]]);
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
