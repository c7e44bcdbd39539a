//! `cors-header-not-allowed`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Browsers are not allowed to send a header that a route asks for
    ///
    /// ## What it looks for
    ///
    /// Routes with an authorizer or an API key on paths whose preflights API Gateway itself answers, by the CORS
    /// configuration of an HTTP API or by a mock: where the answer does not name the header that the route asks for. `*` does
    /// not cover `Authorization`.
    ///
    /// ## Why it matters
    ///
    /// The browser does not send the request. Where only other programs call the route, nothing is wrong.
    ///
    /// ## How to fix
    ///
    /// Name the header in `Access-Control-Allow-Headers`, and deploy.
    ///
    /// ## References
    ///
    /// - <https://fetch.spec.whatwg.org/#http-cors-protocol>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    id: "cors-header-not-allowed",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cors-header-not-allowed"],
    asked: Preflights, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Cors;
    use crate::fixture::{allowing, check, mocked, whole_cors, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        allowing(Cors { allow_headers: ["content-type".to_owned()].into(), ..whole_cors() })
    }

    #[test]
    fn flags_headers_that_are_not_named() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                info /apis/a1b2c3d4e5/stages/prod: DELETE /orders: Browsers are not allowed to send a header that a route asks for
            "#]],
        );
        check(
            &CHECK,
            &mocked(&[("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "Content-Type")]),
            expect![[r#"
                info /restapis/a1b2c3d4e5/stages/prod: DELETE /orders: Browsers are not allowed to send a header that a route asks for
            "#]],
        );
    }

    #[test]
    fn is_silent_where_they_are_and_where_no_origin_is_allowed() {
        check(&CHECK, &allowing(whole_cors()), expect![[""]]);
        check(
            &CHECK,
            &mocked(&[
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Allow-Headers", "Content-Type,X-Api-Key"),
            ]),
            expect![[""]],
        );
        check(&CHECK, &mocked(&[]), expect![[""]]);
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
