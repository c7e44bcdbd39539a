//! `mock-status-missing`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A mock does not say which status it answers with
    ///
    /// ## What it looks for
    ///
    /// Routes of REST APIs with a mock integration whose template for `application/json`, which counts where callers send no
    /// content type, holds no `statusCode`.
    ///
    /// ## Why it matters
    ///
    /// Callers get 500 `Internal server error`. Where the route takes bodies, one that holds a `statusCode` may be handed on
    /// instead; that is told less severely.
    ///
    /// ## How to fix
    ///
    /// Make the template `{"statusCode": 200}`, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html>
    id: "mock-status-missing",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["mock-status-missing"],
    asked: Routes, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Integration;
    use crate::fixture::{api, check, integrated, mock, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        mocked("GET /health", None)
    }

    fn mocked(key: &str, template: Option<&str>) -> Snapshot {
        let template = template.map(|own| ("application/json".to_owned(), own.to_owned()));
        let integration = Integration { request_templates: template.into_iter().collect(), ..mock(&[]) };
        snapshot(vec![api(ApiKind::Rest, vec![integrated(key, integration)])])
    }

    #[test]
    fn flags_a_mock_without_status() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /health: GET /health: The mock does not say which status it answers with
        "#]],
        );
        check(
            &CHECK,
            &mocked("POST /health", None),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod POST /health: POST /health: The mock does not say which status it answers with
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_has_one() {
        check(&CHECK, &mocked("GET /health", Some(r#"{"statusCode": 204}"#)), expect![[""]]);
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
