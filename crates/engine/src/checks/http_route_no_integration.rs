//! `http-route-no-integration`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A route of an HTTP API calls nothing
    ///
    /// ## What it looks for
    ///
    /// Routes of HTTP APIs, deployed or live, without an integration. Routes for OPTIONS are left out where the API has a
    /// CORS configuration: it answers preflights itself.
    ///
    /// ## Why it matters
    ///
    /// Callers get an error, always: nothing answers.
    ///
    /// ## How to fix
    ///
    /// Attach an integration to the route, or delete it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
    id: "http-route-no-integration",
    severity: Severity::High,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["http-route-no-integration"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Cors, Route};
    use crate::fixture::{api, check, configured, lambda_uri, route, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        let (key, own) = route("GET /orders", "");
        snapshot(vec![api(ApiKind::Http, vec![(key, Route { integration: None, ..own })])])
    }

    fn preflight() -> Snapshot {
        let (key, own) = route("OPTIONS /orders", "");
        let api = api(ApiKind::Http, vec![(key, Route { integration: None, ..own })]);
        snapshot(vec![configured(api, |own| own.cors = Some(Cors::default()))])
    }

    #[test]
    fn flags_a_route_that_calls_nothing() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /apis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The route calls nothing
        "#]],
        );
    }

    #[test]
    fn is_silent_where_something_is_called_and_where_cors_answers() {
        check(
            &CHECK,
            &snapshot(vec![api(ApiKind::Http, vec![route("GET /orders", &lambda_uri("orders-fn"))])]),
            expect![[""]],
        );
        check(&CHECK, &preflight(), expect![[""]]);
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
