//! `cognito-redirect-uri-mismatch`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// People who sign in from a page are sent back to another scheme or port
    ///
    /// ## What it looks for
    ///
    /// HTTP APIs that let browsers call from an origin whose host the app client has a callback URL for, but with another
    /// scheme or port.
    ///
    /// ## Why it matters
    ///
    /// Callback URLs are compared to the letter: who signs in from that page gets an error in the place of a code.
    ///
    /// ## How to fix
    ///
    /// Add the callback URL of that origin to the client, or correct the one that is there.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    id: "cognito-redirect-uri-mismatch",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-redirect-uri-mismatch"],
    asked: Clients, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::configuration::Cors;
    use crate::fixture::{app_client, check, without_client};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        from("https://app.example.com:8443")
    }

    fn from(origin: &str) -> Snapshot {
        let mut snapshot = app_client(json!({}));
        let cors = Cors { allow_origins: [origin.to_owned()].into(), ..Cors::default() };
        snapshot.apis[0].live.cors = Some(cors);
        snapshot
    }

    #[test]
    fn flags_an_origin_that_is_nearly_the_same() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web from https://app.example.com:8443: People who sign in from a page are sent back to another scheme or port
        "#]],
        );
    }

    #[test]
    fn is_silent_about_the_same_and_another_host() {
        check(&CHECK, &from("https://app.example.com"), expect![[""]]);
        check(&CHECK, &from("https://other.example.com"), expect![[""]]);
        check(&CHECK, &from("*"), expect![[""]]);
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
