//! `cors-method-not-allowed`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Browsers are not allowed to use a method that a route takes
    ///
    /// ## What it looks for
    ///
    /// Routes on paths whose preflights API Gateway itself answers, by the CORS configuration of an HTTP API or by a mock:
    /// where the answer does not name their method. GET, HEAD and POST need not be named.
    ///
    /// ## Why it matters
    ///
    /// The browser does not send the request. Where only other programs call the route, nothing is wrong.
    ///
    /// ## How to fix
    ///
    /// Name the method in `Access-Control-Allow-Methods`, and deploy.
    ///
    /// ## References
    ///
    /// - <https://fetch.spec.whatwg.org/#http-cors-protocol>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    id: "cors-method-not-allowed",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cors-method-not-allowed"],
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
        allowing(Cors { allow_methods: ["GET".to_owned()].into(), ..whole_cors() })
    }

    #[test]
    fn flags_methods_that_are_not_named() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                info /apis/a1b2c3d4e5/stages/prod: DELETE /orders: Browsers are not allowed to use a method that a route takes
            "#]],
        );
        check(
            &CHECK,
            &mocked(&[("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "GET,POST")]),
            expect![[r#"
                info /restapis/a1b2c3d4e5/stages/prod: DELETE /orders: Browsers are not allowed to use a method that a route takes
            "#]],
        );
    }

    #[test]
    fn is_silent_where_they_are_and_where_no_origin_is_allowed() {
        check(&CHECK, &allowing(whole_cors()), expect![[""]]);
        check(&CHECK, &allowing(Cors { allow_methods: ["*".to_owned()].into(), ..whole_cors() }), expect![[""]]);
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
