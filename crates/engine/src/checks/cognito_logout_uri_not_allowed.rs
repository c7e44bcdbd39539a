//! `cognito-logout-uri-not-allowed`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// People who sign in from a page cannot sign out to it
    ///
    /// ## What it looks for
    ///
    /// App clients with a callback URL and a sign-out URL of the same host, where the two differ in scheme or port.
    ///
    /// ## Why it matters
    ///
    /// Sign-out URLs are a list of their own, compared to the letter: who signs out from that page gets an error.
    ///
    /// ## How to fix
    ///
    /// Add the address to the client's sign-out URLs, too.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html>
    id: "cognito-logout-uri-not-allowed",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-logout-uri-not-allowed"],
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
        leaving(&["http://localhost:3000/", "https://app.example.com/bye"])
    }

    fn leaving(urls: &[&str]) -> Snapshot {
        app_client(
            json!({ "CallbackURLs": ["http://localhost:3001/", "https://app.example.com/back"], "LogoutURLs": urls }),
        )
    }

    #[test]
    fn flags_a_port_that_is_in_one_list_alone() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web from http://localhost:3001: People who sign in from a page cannot sign out to it
        "#]],
        );
    }

    #[test]
    fn is_silent_where_both_lists_agree_and_about_other_hosts() {
        check(&CHECK, &leaving(&["https://app.example.com/bye", "http://localhost:3001/"]), expect![[""]]);
        check(&CHECK, &leaving(&["https://www.example.com/bye"]), expect![[""]]);
        check(&CHECK, &leaving(&[]), expect![[""]]);
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
