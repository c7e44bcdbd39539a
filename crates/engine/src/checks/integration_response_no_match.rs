//! `integration-response-no-match`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A route has no integration response for what its backend answers
    ///
    /// ## What it looks for
    ///
    /// Routes of REST APIs without proxy integration that have no integration response at all; less severe, those without a
    /// default one, or with one whose status the method does not have.
    ///
    /// ## Why it matters
    ///
    /// What fits no integration response gives the caller 500 `Internal server error`, however well the backend did.
    ///
    /// ## How to fix
    ///
    /// Add a default integration response and the method response of its status, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html>
    id: "integration-response-no-match",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["integration-response-no-match"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Integration, IntegrationResponse, Map, Route};
    use crate::fixture::{api, check, integrated, lambda_uri, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        answering(&[])
    }

    fn answering(patterns: &[(&str, &str)]) -> Snapshot {
        let response =
            |status: &str| IntegrationResponse { status_code: status.to_owned(), ..IntegrationResponse::default() };
        let responses = patterns.iter().map(|(pattern, status)| ((*pattern).to_owned(), response(status)));
        let integration = Integration {
            integration_type: "AWS".to_owned(),
            http_method: Some("POST".to_owned()),
            uri: Some(lambda_uri("orders-fn")),
            integration_responses: responses.collect(),
            ..Integration::default()
        };
        let (key, own) = integrated("GET /orders", integration);
        let method_responses = Map::from([("200".to_owned(), Default::default())]);
        snapshot(vec![api(ApiKind::Rest, vec![(key, Route { method_responses, ..own })])])
    }

    #[test]
    fn flags_none_and_less_none_by_default() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: No integration response takes the backend's answer
        "#]],
        );
        check(
            &CHECK,
            &answering(&[("ok.*", "200")]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: No integration response takes the backend's answer
        "#]],
        );
        check(
            &CHECK,
            &answering(&[("", "200"), (".*error.*", "500")]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: No integration response takes the backend's answer
        "#]],
        );
    }

    #[test]
    fn is_silent_where_there_is_a_default_one() {
        check(&CHECK, &answering(&[("", "200")]), expect![[""]]);
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
