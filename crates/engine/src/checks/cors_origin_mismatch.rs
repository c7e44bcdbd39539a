//! `cors-origin-mismatch`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An allowed origin is written as no browser writes it
    ///
    /// ## What it looks for
    ///
    /// CORS configurations of HTTP APIs, and mocks of OPTIONS, that allow an origin without a scheme, with a slash or a path
    /// at its end, in capitals, or several in one value.
    ///
    /// ## Why it matters
    ///
    /// Browsers compare origins to the letter: the page that is meant is not allowed to read the answer.
    ///
    /// ## How to fix
    ///
    /// List the origin as browsers send it: `https://app.example.com`.
    ///
    /// ## References
    ///
    /// - <https://fetch.spec.whatwg.org/#http-cors-protocol>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
    id: "cors-origin-mismatch",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cors-origin-mismatch"],
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
        allowing(Cors { allow_origins: ["https://app.example.com/".to_owned()].into(), ..whole_cors() })
    }

    #[test]
    fn flags_origins_that_no_browser_sends() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                info /apis/a1b2c3d4e5/stages/prod: DELETE /orders: An allowed origin is written as no browser writes it
            "#]],
        );
        check(
            &CHECK,
            &allowing(Cors {
                allow_origins: ["http://localhost:3000".to_owned(), "app.example.com".to_owned()].into(),
                ..whole_cors()
            }),
            expect![[r#"
                info /apis/a1b2c3d4e5/stages/prod: DELETE /orders: An allowed origin is written as no browser writes it
            "#]],
        );
        check(
            &CHECK,
            &mocked(&[("Access-Control-Allow-Origin", "https://a.example.com, https://b.example.com")]),
            expect![[r#"
                info /restapis/a1b2c3d4e5/stages/prod: DELETE /orders: An allowed origin is written as no browser writes it
            "#]],
        );
    }

    #[test]
    fn is_silent_about_others_and_all() {
        check(&CHECK, &allowing(whole_cors()), expect![[""]]);
        check(&CHECK, &allowing(Cors { allow_origins: ["*".to_owned()].into(), ..whole_cors() }), expect![[""]]);
        check(&CHECK, &mocked(&[("Access-Control-Allow-Origin", "*")]), expect![[""]]);
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
