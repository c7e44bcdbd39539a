//! `sam-default-stage-used`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The stage that SAM adds by itself lacks routes
    ///
    /// ## What it looks for
    ///
    /// REST APIs with a stage `Stage`, which SAM makes beside the one of the template, where another stage serves
    /// routes that `Stage` lacks. That `Stage` is SAM's is inferred from its name.
    ///
    /// ## Why it matters
    ///
    /// SAM makes the stage `Stage` once and does not update it. Whoever calls it gets `403 Missing Authentication
    /// Token` for every route that came later, and meets none of the usage plans and web ACLs of the other stage.
    ///
    /// ## How to fix
    ///
    /// Call the stage of the template. `Globals: Api: OpenApiVersion: 3.0.1` keeps SAM from making the other; delete it
    /// when nobody calls it.
    ///
    /// ## References
    ///
    /// - <https://github.com/aws/serverless-application-model/issues/32>
    id: "sam-default-stage-used",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["sam-default-stage-used"],
    asked: Routes, Stage,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Low));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Routes;
    use crate::fixture::{api, check, denied, deploy, lambda_uri, route, snapshot, stage};
    use crate::observed::Observed;
    use crate::snapshot::Api;

    /// `Prod` serves two routes, another stage the first of them.
    fn beside_prod(name: &str) -> Api {
        let routes = vec![route("GET /orders", &lambda_uri("orders-fn")), route("GET /new", &lambda_uri("orders-fn"))];
        let mut own = api(ApiKind::Rest, routes.clone());
        let mut old = own.live.clone();
        old.routes = Observed::Known(Routes(routes.into_iter().take(1).collect()));
        deploy(&mut own, "d0", &old);
        own.stages = Observed::Known(vec![stage("Prod", "d1"), stage(name, "d0")]);
        own
    }

    #[test]
    fn sam_does_not_update_the_stage_that_it_adds() {
        check(
            &CHECK,
            &snapshot(vec![beside_prod("Stage")]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/Stage: GET /new: The stage that SAM adds by itself lacks routes
        "#]],
        );
    }

    #[test]
    fn other_stages_and_one_with_all_routes_are_left_alone() {
        check(&CHECK, &snapshot(vec![beside_prod("dev")]), expect![[""]]);
        let mut same = beside_prod("Stage");
        same.stages = Observed::Known(vec![stage("Prod", "d1"), stage("Stage", "d1")]);
        check(&CHECK, &snapshot(vec![same]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut own = beside_prod("Stage");
        let held = own.deployed.get_mut("d0").unwrap();
        held.summary = Observed::NotRead(denied("apigateway:GetDeployment"));
        held.export = Observed::NotRead(denied("apigateway:GetExport"));
        check(
            &CHECK,
            &snapshot(vec![own]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/Stage: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDeployment)
        "#]],
        );
    }
}
