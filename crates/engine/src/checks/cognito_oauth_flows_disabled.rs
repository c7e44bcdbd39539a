//! `cognito-oauth-flows-disabled`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An app client has callback URLs, and may not use OAuth
    ///
    /// ## What it looks for
    ///
    /// App clients whose tokens a JWT authorizer takes, whose user pool has a domain, and which have callback URLs, while
    /// `AllowedOAuthFlowsUserPoolClient` is false.
    ///
    /// ## Why it matters
    ///
    /// The client's flows, scopes and callback URLs are not looked at: who is sent to its sign-in page gets an error.
    ///
    /// ## How to fix
    ///
    /// Set `AllowedOAuthFlowsUserPoolClient` to true on the client. In CloudFormation it is false unless set.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html>
    id: "cognito-oauth-flows-disabled",
    severity: Severity::Medium,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-oauth-flows-disabled"],
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
        app_client(json!({ "AllowedOAuthFlowsUserPoolClient": false }))
    }

    #[test]
    fn flags_a_client_whose_flows_are_not_looked_at() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web: The client may not use OAuth at all
        "#]],
        );
    }

    #[test]
    fn is_silent_where_they_are_and_where_there_are_none() {
        check(&CHECK, &app_client(json!({})), expect![[""]]);
        check(
            &CHECK,
            &app_client(json!({ "AllowedOAuthFlowsUserPoolClient": false, "CallbackURLs": [] })),
            expect![[""]],
        );
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
