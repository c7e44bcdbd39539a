//! `rest-greedy-parent-not-covered`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A greedy route leaves out the path above it
    ///
    /// ## What it looks for
    ///
    /// Routes of REST APIs such as `ANY /files/{proxy+}` where `/files` itself has no method, neither deployed nor
    /// live, and nothing greedy above takes it.
    ///
    /// ## Why it matters
    ///
    /// A greedy parameter takes one segment at least. Callers of `/files` get `403 Missing Authentication Token`, as if
    /// they had to sign their request. Nobody may be meant to call it: then the finding is for your information.
    ///
    /// ## How to fix
    ///
    /// Add the method to the path above, too, and deploy. In SAM that is a second event with the shorter `Path`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html>
    id: "rest-greedy-parent-not-covered",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["rest-greedy-parent-not-covered"],
    asked: Parents, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Api;

    fn with_routes(keys: &[&str]) -> Api {
        api(ApiKind::Rest, keys.iter().map(|key| route(key, &lambda_uri("files-fn"))).collect())
    }

    #[test]
    fn the_parent_of_a_greedy_route_answers_nothing() {
        let own = with_routes(&["GET /files/{proxy+}", "PUT /files/{proxy+}"]);
        check(
            &CHECK,
            &snapshot(vec![own]),
            expect![[r#"
            info /restapis/a1b2c3d4e5/stages/prod GET /files: GET /files: A greedy route leaves out the path above it
        "#]],
        );
    }

    #[test]
    fn a_parent_with_a_method_or_below_another_greedy_route_and_the_root_are_left_alone() {
        check(&CHECK, &snapshot(vec![with_routes(&["GET /files", "GET /files/{proxy+}"])]), expect![[""]]);
        check(&CHECK, &snapshot(vec![with_routes(&["ANY /{proxy+}", "GET /files/{path+}"])]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut own = with_routes(&["GET /files/{proxy+}"]);
        let held = own.deployed.get_mut("d1").unwrap();
        held.summary = Observed::NotRead(denied("apigateway:GetDeployment"));
        held.export = Observed::NotRead(denied("apigateway:GetExport"));
        check(
            &CHECK,
            &snapshot(vec![own]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDeployment)
        "#]],
        );
    }
}
