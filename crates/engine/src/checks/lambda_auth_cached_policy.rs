//! `lambda-auth-cached-policy`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An authorizer's decision for one route is kept for long for all of them
    ///
    /// ## What it looks for
    ///
    /// Lambda authorizers of REST APIs that guard several routes, and whose decisions are kept for longer than the 300
    /// seconds that are the default.
    ///
    /// ## Why it matters
    ///
    /// A decision is kept by the token, whatever the route. Where the function returns a policy for the one route that was
    /// called, callers get 403 from the others until it is forgotten.
    ///
    /// ## How to fix
    ///
    /// Let the function return a policy for all routes of the stage, or keep decisions for less long.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>
    id: "lambda-auth-cached-policy",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["lambda-auth-cached-policy"],
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
        kept(3_600, &["GET /orders", "POST /orders"])
    }

    fn kept(seconds: i64, keys: &[&str]) -> Snapshot {
        let token = Authorizer {
            authorizer_type: "TOKEN".to_owned(),
            authorizer_uri: Some(lambda_uri("authz-fn")),
            authorizer_result_ttl_in_seconds: Some(seconds),
            ..Authorizer::default()
        };
        let routes = keys.iter().map(|key| {
            let (key, own) = route(key, &lambda_uri("orders-fn"));
            let authorizer = Observed::Known(Some("tokens".to_owned()));
            (key, Route { authorization_type: "CUSTOM".to_owned(), authorizer, ..own })
        });
        snapshot(vec![configured(api(ApiKind::Rest, routes.collect()), |own| {
            own.authorizers = Observed::Known(Map::from([("tokens".to_owned(), token.clone())]));
        })])
    }

    #[test]
    fn flags_decisions_that_are_kept_for_long() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info /restapis/a1b2c3d4e5 tokens: tokens: An authorizer's decision for one route is kept for long for all of them
        "#]],
        );
    }

    #[test]
    fn is_silent_by_default_and_about_a_single_route() {
        check(&CHECK, &kept(300, &["GET /orders", "POST /orders"]), expect![[""]]);
        check(&CHECK, &kept(3_600, &["GET /orders"]), expect![[""]]);
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
