//! `api-key-source-authorizer`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The API takes keys from an authorizer that its routes do not have
    ///
    /// ## What it looks for
    ///
    /// REST APIs whose key source is `AUTHORIZER`, with routes that want a key and have no Lambda authorizer that could
    /// return one.
    ///
    /// ## Why it matters
    ///
    /// The header `x-api-key` is not looked at. Whatever key callers send, they get 403 `Forbidden`.
    ///
    /// ## How to fix
    ///
    /// Set the key source to `HEADER` and deploy, or give the routes a Lambda authorizer that returns `usageIdentifierKey`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html>
    id: "api-key-source-authorizer",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["api-key-source-authorizer"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    use crate::fixture::{check, configured, snapshot, wanting, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        by_authorizer("NONE")
    }

    fn by_authorizer(authorization_type: &str) -> Snapshot {
        let source = Some("AUTHORIZER".to_owned());
        snapshot(vec![configured(wanting(true, authorization_type), |own| {
            own.settings.api_key_source = source.clone()
        })])
    }

    #[test]
    fn flags_keys_that_nobody_returns() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5: orders: The API looks for the key in the authorizer's answer, not in the header
        "#]],
        );
    }

    #[test]
    fn is_silent_where_an_authorizer_may_return_it_and_where_the_header_is_looked_at() {
        check(&CHECK, &by_authorizer("CUSTOM"), expect![[""]]);
        check(&CHECK, &snapshot(vec![wanting(true, "NONE")]), expect![[""]]);
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
