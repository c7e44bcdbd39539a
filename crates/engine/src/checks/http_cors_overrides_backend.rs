//! `http-cors-overrides-backend`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An HTTP API's CORS configuration names no origin
    ///
    /// ## What it looks for
    ///
    /// HTTP APIs with a CORS configuration that names no origin.
    ///
    /// ## Why it matters
    ///
    /// As soon as there is such a configuration, API Gateway ignores what the backend says about CORS. With no origin in it,
    /// no page may read an answer.
    ///
    /// ## How to fix
    ///
    /// Name the origins in the API's CORS configuration, or take it away so that the backend's headers count.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    id: "http-cors-overrides-backend",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["http-cors-overrides-backend"],
    asked: Preflights, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Cors;
    use crate::fixture::{allowing, api, check, lambda_uri, route, snapshot, whole_cors, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        allowing(Cors { allow_origins: Default::default(), ..whole_cors() })
    }

    #[test]
    fn flags_a_configuration_without_origins() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /apis/a1b2c3d4e5: orders: An HTTP API's CORS configuration names no origin
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_names_some_and_where_there_is_none() {
        check(&CHECK, &allowing(whole_cors()), expect![[""]]);
        check(
            &CHECK,
            &snapshot(vec![api(ApiKind::Http, vec![route("GET /orders", &lambda_uri("orders-fn"))])]),
            expect![[""]],
        );
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
