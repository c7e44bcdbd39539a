//! `lambda-handler-wrong`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The handler of a function has not the form that its runtime wants
    ///
    /// ## What it looks for
    ///
    /// Functions that routes call, on Node.js, Python or Ruby, whose handler has no dot: these runtimes want `file.function`.
    /// Whether the file and the function are in the package is not read.
    ///
    /// ## Why it matters
    ///
    /// The function cannot be loaded, and callers get 502 or 500; unless a wrapper or an extension gives the handler another
    /// meaning.
    ///
    /// ## How to fix
    ///
    /// Set the handler to `file.function` of what is in the package.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html>
    id: "lambda-handler-wrong",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["lambda-handler-wrong"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{calling, check, without_configuration};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        calling(ApiKind::Rest, |own| own.handler = Some("handler".to_owned()))
    }

    #[test]
    fn flags_a_handler_that_names_no_function() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 orders-fn: orders-fn: The handler of a function has not the form that its runtime wants
        "#]],
        );
    }

    #[test]
    fn is_silent_about_the_right_form_other_runtimes_and_images() {
        check(&CHECK, &calling(ApiKind::Rest, |_| ()), expect![[""]]);
        check(
            &CHECK,
            &calling(ApiKind::Rest, |own| {
                own.runtime = Some("provided.al2023".to_owned());
                own.handler = Some("bootstrap".to_owned())
            }),
            expect![[""]],
        );
        check(
            &CHECK,
            &calling(ApiKind::Rest, |own| {
                own.runtime = None;
                own.handler = None
            }),
            expect![[""]],
        );
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
