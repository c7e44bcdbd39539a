//! `cognito-code-flow-not-enabled`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An app client has callback URLs, and no flow that uses them
    ///
    /// ## What it looks for
    ///
    /// App clients whose tokens a JWT authorizer takes, which have callback URLs and allow neither the flow `code` nor
    /// `implicit`.
    ///
    /// ## Why it matters
    ///
    /// Who is sent to the client's sign-in page gets `unauthorized_client`.
    ///
    /// ## How to fix
    ///
    /// Allow the code flow on the client (CloudFormation: `AllowedOAuthFlows: [code]`), or take the callback URLs away.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    id: "cognito-code-flow-not-enabled",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-code-flow-not-enabled"],
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
        app_client(json!({ "AllowedOAuthFlows": ["client_credentials"] }))
    }

    #[test]
    fn flags_callback_urls_that_nothing_uses() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web: An app client has callback URLs, and no flow that uses them
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_flow_does() {
        check(&CHECK, &app_client(json!({})), expect![[""]]);
        check(&CHECK, &app_client(json!({ "AllowedOAuthFlows": ["implicit"] })), expect![[""]]);
        check(
            &CHECK,
            &app_client(json!({ "AllowedOAuthFlows": ["client_credentials"], "CallbackURLs": [] })),
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
