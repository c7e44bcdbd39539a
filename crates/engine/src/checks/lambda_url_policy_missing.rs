//! `lambda-url-policy-missing`.

use crate::check::{check, warn as run};
use crate::finding::Severity;

check! {
    /// Nobody may call a function's URL that asks for no signature
    ///
    /// ## What it looks for
    ///
    /// Functions that the APIs call and that have a URL of their own with `AuthType` `NONE`, whose policy does not allow
    /// everybody `lambda:InvokeFunctionUrl`. The URLs of aliases are not looked at.
    ///
    /// ## Why it matters
    ///
    /// Callers of the URL get 403, always. Calls by way of the API are not concerned.
    ///
    /// ## How to fix
    ///
    /// Add the permission, or delete the URL if nobody is to use it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
    id: "lambda-url-policy-missing",
    severity: Severity::Medium,
    kinds: &[],
    since: "0.1.0",
    causes: ["lambda-url-policy-missing"],
    asked: FunctionUrls, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, opened, without_policy, without_url};

    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        opened("NONE", &[])
    }

    #[test]
    fn flags_a_url_that_nobody_may_call() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium orders-fn orders-fn: the URL of orders-fn: Nobody may call the function URL
        "#]],
        );
    }

    #[test]
    fn is_silent_where_everybody_may_and_where_a_signature_is_asked_for() {
        check(&CHECK, &opened("NONE", &["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]), expect![[""]]);
        check(&CHECK, &opened("AWS_IAM", &[]), expect![[""]]);
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
