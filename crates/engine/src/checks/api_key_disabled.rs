//! `api-key-disabled`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// An API key that callers may hold is disabled
    ///
    /// ## What it looks for
    ///
    /// API keys that a usage plan holds, and that are disabled, where the plan opens a stage with a route that wants a key.
    ///
    /// ## Why it matters
    ///
    /// Whoever sends the key gets 403 `Forbidden`. A key is disabled by somebody; that may be meant, and callers are not
    /// told.
    ///
    /// ## How to fix
    ///
    /// Enable the key, or take it out of its usage plans.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html>
    id: "api-key-disabled",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["api-key-disabled"],
    asked: Keys, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    use crate::fixture::{check, denied, keyed, wanting};
    use crate::observed::Observed;
    use crate::snapshot::{ApiKey, Snapshot};

    fn account() -> Snapshot {
        let mut snapshot = keyed(wanting(true, "NONE"));
        let key = ApiKey { id: "key01".to_owned(), name: "mobile".to_owned(), enabled: false };
        snapshot.api_keys = Observed::Known(vec![key]);
        snapshot
    }

    #[test]
    fn flags_a_disabled_key() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low /apikeys/key01: key01: The key is disabled
        "#]],
        );
    }

    #[test]
    fn is_silent_about_an_enabled_key_and_one_that_opens_nothing() {
        check(&CHECK, &keyed(wanting(true, "NONE")), expect![[""]]);
        check(&CHECK, &Snapshot { usage_plans: Observed::Known(Vec::new()), ..account() }, expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &Snapshot { api_keys: Observed::NotRead(denied("apigateway:GetApiKeys")), ..account() },
            expect![[r#"
                not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetApiKeys)
            "#]],
        );
    }
}
