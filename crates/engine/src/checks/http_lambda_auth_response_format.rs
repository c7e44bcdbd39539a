//! `http-lambda-auth-response-format`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The settings of an HTTP API's Lambda authorizer contradict each other
    ///
    /// ## What it looks for
    ///
    /// Lambda authorizers of HTTP APIs with simple responses and the payload format 1.0, which knows policies alone.
    ///
    /// ## Why it matters
    ///
    /// Where the function does not answer as the settings say, callers get 500.
    ///
    /// ## How to fix
    ///
    /// Set the payload format to 2.0 for simple responses, or switch them off, and let the function agree.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    id: "http-lambda-auth-response-format",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["http-lambda-auth-response-format"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Authorizer, Map, Route};
    use crate::fixture::{api, check, configured, lambda_uri, route, snapshot, without_stages};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        answering("1.0", true)
    }

    fn answering(version: &str, is_simple: bool) -> Snapshot {
        let request = Authorizer {
            authorizer_type: "REQUEST".to_owned(),
            authorizer_uri: Some(lambda_uri("authz-fn")),
            authorizer_payload_format_version: Some(version.to_owned()),
            enable_simple_responses: Some(is_simple),
            ..Authorizer::default()
        };
        let (key, own) = route("GET /orders", &lambda_uri("orders-fn"));
        let authorizer = Observed::Known(Some("tokens".to_owned()));
        let own = Route { authorization_type: "CUSTOM".to_owned(), authorizer, ..own };
        snapshot(vec![configured(api(ApiKind::Http, vec![(key, own)]), |own| {
            own.authorizers = Observed::Known(Map::from([("tokens".to_owned(), request.clone())]));
        })])
    }

    #[test]
    fn flags_settings_that_contradict_each_other() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /apis/a1b2c3d4e5 tokens: tokens: The settings of an HTTP API's Lambda authorizer contradict each other
        "#]],
        );
    }

    #[test]
    fn is_silent_where_they_agree() {
        check(&CHECK, &answering("2.0", true), expect![[""]]);
        check(&CHECK, &answering("1.0", false), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /apis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
