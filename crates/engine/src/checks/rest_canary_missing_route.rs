//! `rest-canary-missing-route`.

use crate::check::{Context, Outcome, check, judge};
use crate::configuration::RouteKey;
use crate::finding::Severity;
use crate::foresee::{self, Told};
use crate::snapshot::ApiKind;

check! {
    /// A canary and its stage do not serve the same routes
    ///
    /// ## What it looks for
    ///
    /// Stages of REST APIs with a canary that gets part of the traffic, where one of the two deployments has a route
    /// that the other lacks. A route that only waits for its promotion is told by `undeployed-change`.
    ///
    /// ## Why it matters
    ///
    /// Which of the two deployments answers is drawn anew for each request. Some requests to the route get `403 Missing
    /// Authentication Token`, others are answered: an error that comes and goes. *Medium* where the canary lacks a
    /// route that the stage serves; *low* where the stage lacks it, and it is not in the live configuration either.
    ///
    /// ## How to fix
    ///
    /// Promote the canary, if it alone has the route; else delete it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>
    id: "rest-canary-missing-route",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["rest-canary-missing-route"],
    asked: Routes, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|told, _| {
        let (is_served, is_live) = holds(context, told)?;
        match (is_served, is_live) {
            (true, _) => Some(Severity::Medium),
            (false, false) => Some(Severity::Low),
            (false, true) => None,
        }
    });
}

/// Whether the stage's own deployment has the route, and whether the live configuration has.
fn holds(context: &Context, told: &Told) -> Option<(bool, bool)> {
    let resource = &told.resource;
    let api = context.snapshot.apis.iter().find(|api| Some(&api.id) == resource.api_id.as_ref())?;
    let key = RouteKey { path: resource.path.clone()?, method: resource.method.clone() };
    let served = foresee::served(api, api.stage(resource.stage.as_deref()?)?)?;
    let is_live = api.live.routes.ok().is_some_and(|routes| routes.0.contains_key(&key));
    Some((served.contains(&key), is_live))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, deploy, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::{Api, Canary};

    /// The stage serves `GET /orders` and `GET /returns`; its canary serves these.
    fn with_canary(keys: &[&str], percent_traffic: f64) -> Api {
        let routes = |keys: &[&str]| keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect::<Vec<_>>();
        let mut own = api(ApiKind::Rest, routes(&["GET /orders", "GET /returns"]));
        let mut of_canary = own.live.clone();
        of_canary.routes = Observed::Known(crate::configuration::Routes(routes(keys).into_iter().collect()));
        deploy(&mut own, "d2", &of_canary);
        let Observed::Known(stages) = &mut own.stages else { panic!("the fixture has stages") };
        stages[0].canary = Some(Canary {
            deployment_id: Some("d2".to_owned()),
            percent_traffic,
            stage_variable_overrides: Default::default(),
            use_stage_cache: false,
        });
        own
    }

    #[test]
    fn some_requests_meet_the_deployment_that_lacks_the_route() {
        check(
            &CHECK,
            &snapshot(vec![with_canary(&["GET /orders", "GET /new"], 25.0)]),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod GET /new: GET /new: A canary and its stage do not serve the same routes
            medium /restapis/a1b2c3d4e5/stages/prod GET /returns: GET /returns: A canary and its stage do not serve the same routes
        "#]],
        );
    }

    #[test]
    fn what_both_serve_what_nobody_meets_and_what_waits_for_its_promotion_is_left_alone() {
        check(&CHECK, &snapshot(vec![with_canary(&["GET /orders", "GET /returns"], 25.0)]), expect![[""]]);
        check(&CHECK, &snapshot(vec![with_canary(&["GET /orders"], 0.0)]), expect![[""]]);
        let mut waiting = with_canary(&["GET /orders", "GET /returns", "GET /new"], 25.0);
        let Observed::Known(live) = &mut waiting.live.routes else { panic!("the fixture has routes") };
        live.0.extend([route("GET /new", &lambda_uri("orders-fn"))]);
        check(&CHECK, &snapshot(vec![waiting]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut own = with_canary(&["GET /orders"], 25.0);
        let held = own.deployed.get_mut("d2").unwrap();
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
