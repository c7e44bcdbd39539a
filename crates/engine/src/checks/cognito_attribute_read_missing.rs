//! `cognito-attribute-read-missing`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An app client may not read what one of its scopes stands for
    ///
    /// ## What it looks for
    ///
    /// App clients whose tokens a JWT authorizer takes, with the scope `email` or `phone`, and with a list of readable
    /// attributes that lacks one of those that the scope stands for.
    ///
    /// ## Why it matters
    ///
    /// The exchange of a code for tokens may fail with `invalid_grant`.
    ///
    /// ## How to fix
    ///
    /// Let the client read the attributes: `email` and `email_verified`, `phone_number` and `phone_number_verified`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    id: "cognito-attribute-read-missing",
    severity: Severity::Low,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-attribute-read-missing"],
    asked: Clients, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::fixture::{app_client, check, without_client};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        app_client(json!({ "AllowedOAuthScopes": ["openid", "email"], "ReadAttributes": ["email"] }))
    }

    #[test]
    fn flags_a_scope_without_its_attribute() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web: An attribute that a scope stands for may not be read
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_may_be_read_and_where_all_may() {
        check(
            &CHECK,
            &app_client(
                json!({ "AllowedOAuthScopes": ["openid", "email"], "ReadAttributes": ["email", "email_verified"] }),
            ),
            expect![[""]],
        );
        check(&CHECK, &app_client(json!({ "AllowedOAuthScopes": ["openid", "email"] })), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_client(account()),
            expect![[r#"
            not evaluated arn:aws:…: access denied: apigateway:GET on arn:aws:… (for cognito-idp:DescribeUserPoolClient)
        "#]],
        );
    }
}
