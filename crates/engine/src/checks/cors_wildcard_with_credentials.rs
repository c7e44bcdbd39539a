//! `cors-wildcard-with-credentials`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Cookies are allowed together with all origins
    ///
    /// ## What it looks for
    ///
    /// CORS configurations of HTTP APIs, and mocks of OPTIONS, that allow all origins (`*`) and credentials.
    ///
    /// ## Why it matters
    ///
    /// Browsers refuse the one with the other: pages that send cookies do not get the answer.
    ///
    /// ## How to fix
    ///
    /// Name the origins that may send cookies, or do not allow credentials.
    ///
    /// ## References
    ///
    /// - <https://fetch.spec.whatwg.org/#http-cors-protocol>
    id: "cors-wildcard-with-credentials",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cors-wildcard-with-credentials"],
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
        mocked(&[("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")])
    }

    #[test]
    fn flags_all_origins_with_cookies() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                info /restapis/a1b2c3d4e5/stages/prod: DELETE /orders: Cookies are allowed together with all origins
            "#]],
        );
    }

    #[test]
    fn is_silent_about_the_one_without_the_other() {
        check(&CHECK, &mocked(&[("Access-Control-Allow-Origin", "*")]), expect![[""]]);
        check(&CHECK, &allowing(Cors { allow_credentials: true, ..whole_cors() }), expect![[""]]);
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
