//! `lambda-url-invoke-function-missing`.

use crate::check::{check, warn as run};
use crate::finding::Severity;

check! {
    /// A function's URL lacks the second of its permissions
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and that have a URL with `AuthType` `NONE`, whose policy allows everybody
    /// `lambda:InvokeFunctionUrl` and not `lambda:InvokeFunction`.
    ///
    /// ## Why it matters
    ///
    /// URLs need both since October 2025, and those of older accounts somewhat later: callers of the URL get 403, or will.
    ///
    /// ## How to fix
    ///
    /// Add the second permission: `lambda:InvokeFunction` with `--invoked-via-function-url`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
    id: "lambda-url-invoke-function-missing",
    severity: Severity::Low,
    kinds: &[],
    since: "0.1.0",
    causes: ["lambda-url-invoke-function-missing"],
    asked: FunctionUrls, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, opened, without_policy, without_url};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        opened("NONE", &["lambda:InvokeFunctionUrl"])
    }

    #[test]
    fn flags_a_url_with_one_permission() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low orders-fn orders-fn: the URL of orders-fn: The function URL lacks the second permission
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_has_both_and_where_it_has_none() {
        check(&CHECK, &opened("NONE", &["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]), expect![[""]]);
        check(&CHECK, &opened("NONE", &[]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_url(account()),
            expect![[r#"
            not evaluated arn:aws:…: access denied: apigateway:GET on arn:aws:… (for lambda:GetFunctionUrlConfig)
        "#]],
        );
        check(
            &CHECK,
            &without_policy(account()),
            expect![[r#"
            not evaluated orders-fn orders-fn: access denied: apigateway:GET on arn:aws:… (for lambda:GetPolicy)
        "#]],
        );
    }
}
