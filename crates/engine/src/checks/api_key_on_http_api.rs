//! `api-key-on-http-api`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A usage plan or a route of an HTTP API counts on API keys
    ///
    /// ## What it looks for
    ///
    /// HTTP APIs that a usage plan names, or of which a route is set to want a key.
    ///
    /// ## Why it matters
    ///
    /// HTTP APIs look at no key and know no usage plans: everybody is let in, without quota or throttle of a plan.
    ///
    /// ## How to fix
    ///
    /// Use a REST API for keys and usage plans, or guard the routes with a Lambda or JWT authorizer.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html>
    id: "api-key-on-http-api",
    severity: Severity::Medium,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["api-key-on-http-api"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, keyed, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::{Api, Snapshot};

    fn account() -> Snapshot {
        keyed(http())
    }

    fn http() -> Api {
        api(ApiKind::Http, vec![route("GET /orders", &lambda_uri("orders-fn"))])
    }

    #[test]
    fn flags_a_plan_that_names_one() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium /apis/a1b2c3d4e5: orders: HTTP APIs know no API keys
        "#]],
        );
    }

    #[test]
    fn is_silent_where_nothing_is_said_of_keys() {
        check(&CHECK, &snapshot(vec![http()]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &Snapshot { usage_plans: Observed::NotRead(denied("apigateway:GetUsagePlans")), ..account() },
            expect![[r#"
                not evaluated /apis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlans)
            "#]],
        );
    }
}
