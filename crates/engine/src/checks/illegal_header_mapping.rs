//! `illegal-header-mapping`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An integration sets a header that API Gateway sets by itself
    ///
    /// ## What it looks for
    ///
    /// Integrations of REST APIs with a request parameter for a header that API Gateway itself writes: `Content-Length`,
    /// `Transfer-Encoding` and the like, and for calls of AWS services `Authorization`, `Host` and `X-Amz-Date`.
    ///
    /// ## Why it matters
    ///
    /// The call may fail with 500 `Internal server error`, as `header already present` in the execution log then says.
    ///
    /// ## How to fix
    ///
    /// Take the mapping away, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    id: "illegal-header-mapping",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["illegal-header-mapping"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Integration, Map};
    use crate::fixture::{api, check, integrated, mock, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        mapping("HTTP", "Transfer-Encoding")
    }

    fn mapping(integration_type: &str, header: &str) -> Snapshot {
        let place = format!("integration.request.header.{header}");
        let integration = Integration {
            integration_type: integration_type.to_owned(),
            uri: Some("https://orders.example.com/".to_owned()),
            request_parameters: Map::from([(place, "method.request.header.X-From".to_owned())]),
            integration_responses: mock(&[]).integration_responses,
            ..Integration::default()
        };
        snapshot(vec![api(ApiKind::Rest, vec![integrated("GET /orders", integration)])])
    }

    #[test]
    fn flags_headers_of_the_gateways_own() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration maps a header that it may not set
        "#]],
        );
        check(
            &CHECK,
            &mapping("AWS", "Authorization"),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration maps a header that it may not set
        "#]],
        );
    }

    #[test]
    fn is_silent_about_others() {
        check(&CHECK, &mapping("HTTP", "Authorization"), expect![[""]]);
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
