//! `lambda-timeout-own`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A function on the JVM ends after the three seconds of Lambda's default
    ///
    /// ## What it looks for
    ///
    /// Functions that routes call, on Java, with a timeout of three seconds or less: Lambda's default.
    ///
    /// ## Why it matters
    ///
    /// The first call of each new instance starts a virtual machine and loads classes, which may take as long. Callers then
    /// get 502 or 500 now and then, when traffic rises.
    ///
    /// ## How to fix
    ///
    /// Raise the function's timeout, or start it faster (SnapStart).
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
    id: "lambda-timeout-own",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["lambda-timeout-own"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{calling, check, without_configuration};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        calling(ApiKind::Rest, |own| own.runtime = Some("java21".to_owned()))
    }

    #[test]
    fn flags_java_with_the_default() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 orders-fn: orders-fn: A function on the JVM ends after the three seconds of Lambda's default
        "#]],
        );
    }

    #[test]
    fn is_silent_about_other_runtimes_and_longer_timeouts() {
        check(&CHECK, &calling(ApiKind::Rest, |_| ()), expect![[""]]);
        check(
            &CHECK,
            &calling(ApiKind::Rest, |own| {
                own.runtime = Some("java21".to_owned());
                own.timeout = Some(20)
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
