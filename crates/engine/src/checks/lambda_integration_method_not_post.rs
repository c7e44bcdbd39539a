//! `lambda-integration-method-not-post`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An integration calls Lambda with another method than POST
    ///
    /// ## What it looks for
    ///
    /// Routes of REST APIs, deployed or live, whose integration calls a Lambda function with another `httpMethod` than `POST`.
    ///
    /// ## Why it matters
    ///
    /// Lambda is only called with `POST`, whatever the route's own method. Callers get `500 Internal server error`, always.
    ///
    /// ## How to fix
    ///
    /// Set the integration's method to `POST`, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
    id: "lambda-integration-method-not-post",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["lambda-integration-method-not-post"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, lambda_uri, route, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn called_with(method: &str) -> Snapshot {
        let (key, mut route) = route("GET /orders", &lambda_uri("orders"));
        route.integration.as_mut().unwrap().http_method = Some(method.to_owned());
        snapshot(vec![api(ApiKind::Rest, vec![(key, route)])])
    }

    #[test]
    fn lambda_is_called_with_post() {
        check(
            &CHECK,
            &called_with("GET"),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration calls Lambda with another method than POST
        "#]],
        );
    }

    #[test]
    fn is_silent_about_post() {
        check(&CHECK, &called_with("POST"), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(called_with("GET")),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
