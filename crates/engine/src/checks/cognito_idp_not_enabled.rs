//! `cognito-idp-not-enabled`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An app client offers no identity provider
    ///
    /// ## What it looks for
    ///
    /// App clients whose tokens a JWT authorizer takes, which may use OAuth and have callback URLs, and which support no
    /// identity provider at all, not even Cognito itself.
    ///
    /// ## Why it matters
    ///
    /// The sign-in page has nothing to offer: `Login pages unavailable`.
    ///
    /// ## How to fix
    ///
    /// Enable a provider on the client. In CloudFormation the client depends on the provider (`DependsOn`).
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html>
    id: "cognito-idp-not-enabled",
    severity: Severity::Medium,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-idp-not-enabled"],
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
        app_client(json!({ "SupportedIdentityProviders": [] }))
    }

    #[test]
    fn flags_a_client_without_providers() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web: The client does not offer the identity provider
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_has_one() {
        check(&CHECK, &app_client(json!({})), expect![[""]]);
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
