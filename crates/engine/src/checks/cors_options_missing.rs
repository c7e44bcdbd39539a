//! `cors-options-missing`.

use crate::check::{check, warn_for_browsers as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Paths of an API for browsers do not answer preflights
    ///
    /// ## What it looks for
    ///
    /// Paths of REST APIs without OPTIONS whose methods browsers ask for before they send them, where something else of the
    /// API was made for browsers: another path has OPTIONS, or an answer allows an origin. Methods that browsers send at
    /// once, such as a GET without authorization, are left out.
    ///
    /// ## Why it matters
    ///
    /// The preflight gets 403 `Missing Authentication Token`, and the browser does not send the request. Where only other
    /// programs call the path, nothing is wrong.
    ///
    /// ## How to fix
    ///
    /// Add OPTIONS to the path and deploy. SAM: `Cors: "'*'"` on the API; CDK: `defaultCorsPreflightOptions`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
    id: "cors-options-missing",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cors-options-missing"],
    asked: Preflights, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, integrated, lambda_uri, mock, route, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        with(&["PUT /orders", "DELETE /orders"], true)
    }

    fn with(keys: &[&str], is_for_browsers: bool) -> Snapshot {
        let mut routes: Vec<_> = keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect();
        if is_for_browsers {
            routes.push(integrated("OPTIONS /items", mock(&[("Access-Control-Allow-Origin", "*")])));
        }
        snapshot(vec![api(ApiKind::Rest, routes)])
    }

    #[test]
    fn flags_a_path_that_was_left_out() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
                low /restapis/a1b2c3d4e5/stages/prod: DELETE /orders and 1 more: The preflight has no route
            "#]],
        );
    }

    #[test]
    fn is_silent_about_apis_for_programs_simple_requests_and_answered_preflights() {
        check(&CHECK, &with(&["PUT /orders"], false), expect![[""]]);
        check(&CHECK, &with(&["GET /orders"], true), expect![[""]]);
        check(&CHECK, &with(&["PUT /orders", "OPTIONS /orders"], true), expect![[""]]);
        check(&CHECK, &with(&["PUT /orders", "ANY /{proxy+}"], true), expect![[""]]);
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
