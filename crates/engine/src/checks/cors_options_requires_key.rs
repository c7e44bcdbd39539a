//! `cors-options-requires-key`.

use crate::check::{check, warn_for_browsers as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Preflights are asked for an API key
    ///
    /// ## What it looks for
    ///
    /// Paths of REST APIs whose OPTIONS, or ANY in its place, wants an API key, where something of the API was made for
    /// browsers.
    ///
    /// ## Why it matters
    ///
    /// Browsers send preflights without a key, by design. They get 403 `Forbidden`, and the request itself is never sent.
    ///
    /// ## How to fix
    ///
    /// Take the requirement off OPTIONS, and deploy. SAM: `Auth: AddApiKeyRequiredToCorsPreflight: false`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
    id: "cors-options-requires-key",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cors-options-requires-key"],
    asked: Preflights, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Route;
    use crate::fixture::{api, check, lambda_uri, route, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        wanting("OPTIONS /orders")
    }

    fn wanting(key: &str) -> Snapshot {
        let (key, own) = route(key, &lambda_uri("orders-fn"));
        let routes =
            vec![(key, Route { api_key_required: true, ..own }), route("POST /orders", &lambda_uri("orders-fn"))];
        snapshot(vec![api(ApiKind::Rest, routes)])
    }

    #[test]
    fn flags_options_with_a_key() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                medium /restapis/a1b2c3d4e5/stages/prod: POST /orders: The preflight is asked for an API key
            "#]],
        );
    }

    #[test]
    fn is_silent_where_others_want_one_and_where_no_browser_calls() {
        check(&CHECK, &wanting("GET /orders"), expect![[""]]);
        check(&CHECK, &wanting("ANY /{proxy+}"), expect![[""]]);
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
