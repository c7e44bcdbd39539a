//! `cors-options-requires-auth`.

use crate::check::{check, warn_for_browsers as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Preflights are asked for authorization
    ///
    /// ## What it looks for
    ///
    /// Paths whose OPTIONS, or ANY, or `$default` in its place, has an authorizer or AWS_IAM, where something of the API was
    /// made for browsers.
    ///
    /// ## Why it matters
    ///
    /// Browsers send preflights without credentials, by design. They get 401 or 403, and the request itself is never sent.
    ///
    /// ## How to fix
    ///
    /// Take the authorization off OPTIONS and deploy. SAM: `Auth: AddDefaultAuthorizerToCorsPreflight: false`. HTTP APIs: a
    /// route `OPTIONS /{proxy+}` without authorizer.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
    id: "cors-options-requires-auth",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cors-options-requires-auth"],
    asked: Preflights, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Cors, Route};
    use crate::fixture::{api, check, configured, lambda_uri, route, snapshot, without_stages};
    use crate::snapshot::{Api, Snapshot};

    fn account() -> Snapshot {
        snapshot(vec![guarded(ApiKind::Rest, "OPTIONS /orders", "CUSTOM")])
    }

    fn guarded(kind: ApiKind, key: &str, authorization_type: &str) -> Api {
        let (key, own) = route(key, &lambda_uri("orders-fn"));
        let own = Route { authorization_type: authorization_type.to_owned(), ..own };
        api(kind, vec![(key, own), route("POST /orders", &lambda_uri("orders-fn"))])
    }

    fn with_cors(api: Api) -> Api {
        let cors = Cors { allow_origins: ["https://app.example.com".to_owned()].into(), ..Cors::default() };
        configured(api, |own| own.cors = Some(cors.clone()))
    }

    #[test]
    fn flags_options_and_what_catches_it() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                medium /restapis/a1b2c3d4e5/stages/prod: POST /orders: The preflight is asked for authorization
            "#]],
        );
        check(
            &CHECK,
            &snapshot(vec![with_cors(guarded(ApiKind::Http, "ANY /{proxy+}", "JWT"))]),
            expect![[r#"
                medium /apis/a1b2c3d4e5/stages/prod: POST /orders and 1 more: The preflight is asked for authorization
            "#]],
        );
    }

    #[test]
    fn is_silent_where_it_is_open_and_where_no_browser_calls() {
        check(&CHECK, &snapshot(vec![guarded(ApiKind::Rest, "OPTIONS /orders", "NONE")]), expect![[""]]);
        check(&CHECK, &snapshot(vec![guarded(ApiKind::Rest, "ANY /{proxy+}", "AWS_IAM")]), expect![[""]]);
        check(&CHECK, &snapshot(vec![with_cors(guarded(ApiKind::Http, "GET /orders", "JWT"))]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
