//! Answers to the question that comes next: which routes are there instead, and what else waits for a deployment.

use serde::Serialize;

use super::{Verdicts, rank};
use crate::case::Case;
use crate::case::facts::Read;
use crate::case::signal::Signal;
use crate::case::table::Table;
use crate::case::target::{self, Target};
use crate::configuration::RouteKey;
use crate::drift::{self, StageDrift};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{ApiKind, Stage};

/// The causes that a deployment mends: what else it would change is then asked next.
const UNDEPLOYED: [&str; 8] = [
    "rest-not-deployed",
    "rest-stage-on-old-deployment",
    "http-not-deployed",
    "rest-iam-auth-not-yet-open",
    "api-key-requirement-not-deployed",
    "api-key-requirement-still-deployed",
    "authorizer-drift",
    "resource-policy-not-redeployed",
];

/// The causes that say of a route that it is not there in the words of what the request carries: where it is live, a
/// deployment mends them, too.
const UNROUTED: [&str; 2] = ["rest-undefined-route-signed", "rest-undefined-route-with-auth-header"];

/// The causes that a deployment alone does not mend, beside which it is told all the same, where the live configuration has
/// the path with other methods: what is meant may wait for it.
const OF_ANOTHER_METHOD: [&str; 2] = ["rest-method-not-on-path", "http-method-mismatch"];

/// How many routes are named.
const NAMED: usize = 3;

/// A route that may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Nearest {
    /// The route, `GET /orders/{id}`.
    pub route: String,
    /// The stage that serves it.
    pub stage: String,
    /// Its URL; parameters stand in it as the route has them.
    pub url: String,
    /// In what it differs from what was asked for.
    pub differs: Differs,
}

/// In what a route differs from what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Differs {
    /// It takes the path with another method.
    Method,
    /// It is in another stage.
    Stage,
    /// It has another path.
    Path,
}

/// Wants what the plan takes to be whole, where one is to be told.
pub(super) fn want(case: &Case<'_>, verdicts: &Verdicts) {
    let Some((target, stage)) = undeployed(case, verdicts) else { return };
    let Some(deployment) = &stage.deployment_id else { return };
    let held = target.api.deployed.get(deployment);
    let is_open = |export: &Observed<_>| export.known().err().is_some_and(|why: &NotRead| !why.is_failure());
    if held.is_some_and(|held| held.baseline.is_none() && is_open(&held.export)) {
        let (api, stage) = (target.api.id.clone(), stage.name.clone());
        case.want(Read::Export { api, stage, deployment: deployment.clone() });
    }
}

/// What a deployment now would change, where a deployment is what mends the request.
pub(super) fn plan(case: &Case<'_>, verdicts: &Verdicts) -> Option<StageDrift> {
    let (target, stage) = undeployed(case, verdicts)?;
    Some(drift::plan(target.api, stage))
}

fn undeployed<'c, 'a>(case: &'c Case<'a>, verdicts: &Verdicts) -> Option<(&'c Target<'a>, &'a Stage)> {
    let (first, _) = verdicts.held.iter().min_by_key(|held| rank(held))?;
    let target = case.target().ok()?;
    let is_live = || target.live(case).is_ok_and(|live| live.find(case.method(), &target.path).is_some());
    let may_wait = || is_live() || another_method_waits(case, target);
    let waits = UNDEPLOYED.contains(&first.id)
        || UNROUTED.contains(&first.id) && may_wait()
        || OF_ANOTHER_METHOD.contains(&first.id) && another_method_waits(case, target);
    waits.then_some(())?;
    Some((target, target.stage.filter(|stage| !stage.auto_deploy)?))
}

/// Whether the stage has nothing to call at the path, and the live configuration has it with another method.
fn another_method_waits<'a>(case: &Case<'a>, target: &Target<'a>) -> bool {
    let (Ok(deployed), Ok(live)) = (target.deployed(case), target.live(case)) else { return false };
    deployed.callable(&target.path).is_empty() && !live.callable(&target.path).is_empty()
}

/// The routes that may be meant, where the stage has none that takes the request: those of the same path, the same route
/// in another stage, those of the nearest paths.
pub(super) fn nearest(case: &Case<'_>) -> Vec<Nearest> {
    let Ok(target) = case.target() else { return Vec::new() };
    // A WebSocket API's routes are no paths, but what its messages say.
    if target.api.kind == ApiKind::WebSocket {
        return Vec::new();
    }
    let unrouted = !matches!(case.signal(), Some(Signal::Success)) && matches!(target.key(case), Ok(None));
    // What a URL has for a stage may be none, where the stages were not read.
    let unrouted = unrouted && target.stage_read().is_ok();
    let Some(stage) = target.stage.filter(|_| unrouted) else { return Vec::new() };
    let (Ok(deployed), Ok(live)) = (target.deployed(case), target.live(case)) else { return Vec::new() };
    if live.find(case.method(), &target.path).is_some() {
        return Vec::new();
    }
    let mut nearest = of_path(case, target, stage, deployed);
    nearest.extend(of_other_stages(case, target, stage));
    // What waits at the path itself is nearer than any other path: the plan names it.
    if nearest.is_empty() && !another_method_waits(case, target) {
        nearest = of_other_paths(case, target, stage, deployed);
    }
    nearest.truncate(NAMED);
    nearest
}

fn of_path(case: &Case<'_>, target: &Target<'_>, stage: &Stage, deployed: &Table<'_>) -> Vec<Nearest> {
    let found = deployed.callable(&target.path).into_iter();
    let found = found.filter_map(|method| deployed.find(method, &target.path).map(|(key, _)| key));
    found.filter_map(|key| one(case, target, stage, key, &target.path, Differs::Method)).collect()
}

/// What was read of other stages alone: nothing is read to tell this.
fn of_other_stages<'a>(case: &Case<'a>, target: &Target<'a>, stage: &Stage) -> Vec<Nearest> {
    let others = target.api.stages.ok().into_iter().flatten().filter(|other| other.name != stage.name);
    let found = others.filter_map(|other| {
        let table = target::deployed(case, target.api, other).ok()?;
        let (key, _) = table.find(case.method(), &target.path)?;
        one(case, target, other, key, &target.path, Differs::Stage)
    });
    found.collect()
}

fn of_other_paths(case: &Case<'_>, target: &Target<'_>, stage: &Stage, deployed: &Table<'_>) -> Vec<Nearest> {
    let paths = deployed.nearest(&target.path);
    let found = paths.iter().filter_map(|path| {
        let of_path = || deployed.keys().filter(|key| key.path == *path);
        let same = of_path().find(|key| key.method.as_deref().is_some_and(|method| method == case.method()));
        // What is there for preflights alone is meant by nobody who did not send one.
        let other = || of_path().find(|key| key.method.as_deref() != Some("OPTIONS"));
        one(case, target, stage, same.or_else(other)?, path, Differs::Path)
    });
    found.collect()
}

/// A route, with its URL; `None` where that would not reach it: no mapping or routing rule takes it.
fn one(
    case: &Case<'_>,
    target: &Target<'_>,
    stage: &Stage,
    key: &RouteKey,
    path: &str,
    differs: Differs,
) -> Option<Nearest> {
    let url = target.url(case, &stage.name, path);
    let method = key.method.as_deref().filter(|method| *method != "ANY").unwrap_or(case.method());
    case.route_at(method, &url)?;
    Some(Nearest { route: key.to_string(), stage: stage.name.clone(), url, differs })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::exchange::Exchange;
    use crate::fixture::{api, denied, lambda_uri, route};
    use crate::observed::Observed;
    use crate::snapshot::{Api, ApiKind};
    use crate::testkit::{explained, facts, to_orders};

    fn check(exchange: &Exchange, api: Api, expected: Expect) {
        let explanation = explained(exchange, &facts(vec![api]));
        let nearest = explanation.nearest.iter().map(|own| format!("{:?} {} {}\n", own.differs, own.route, own.url));
        let plan = explanation.plan.iter().flat_map(|plan| &plan.changes);
        let plan = plan.map(|change| format!("{:?} {}\n", change.change, change.route().unwrap()));
        expected.assert_eq(&nearest.chain(plan).collect::<String>());
    }

    fn orders(routes: &[&str]) -> Api {
        api(ApiKind::Rest, routes.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect())
    }

    #[test]
    fn another_method_of_the_path_is_nearer_than_another_path() {
        let api = orders(&["GET /orders", "PUT /orders", "POST /order"]);
        check(
            &to_orders("POST", "/orders").missing_token(),
            api,
            expect![[r#"
                Method GET /orders https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders
                Method PUT /orders https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders
            "#]],
        );
    }

    #[test]
    fn the_nearest_paths_are_named_with_the_method_that_was_sent() {
        let api = orders(&["GET /orders", "POST /orders", "GET /customers/{id}"]);
        check(
            &to_orders("POST", "/ordres").missing_token(),
            api,
            expect![[r#"
                Path POST /orders https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders
                Path GET /customers/{id} https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/customers/{id}
            "#]],
        );
    }

    #[test]
    fn no_route_is_near_in_a_stage_that_may_be_none() {
        let mut unread = orders(&["GET /orders", "GET /customers"]);
        unread.stages = Observed::NotRead(denied("apigateway:GetStages"));
        let at = |exchange: Exchange| explained(&exchange, &facts(vec![unread.clone()])).nearest;
        assert_eq!(at(to_orders("GET", "/ordres").forbidden()), []);
        assert_eq!(at(to_orders("GET", "/ordres").missing_token()), []);
    }

    #[test]
    fn a_route_that_is_there_is_not_looked_for() {
        check(&to_orders("GET", "/orders").missing_token(), orders(&["GET /orders"]), expect![""]);
    }

    #[test]
    fn an_undeployed_route_comes_with_all_that_waits_however_the_request_is_authorized() {
        let post = || to_orders("POST", "/orders");
        let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, \
            SignedHeaders=host, Signature=00";
        let no_method = "No method found matching route orders for http method POST.";
        for exchange in [
            post().missing_token(),
            post().header("Authorization", signature).refused(404, "NotFoundException", no_method),
            post().header("Authorization", "Bearer abc").refused(403, "IncompleteSignatureException", "x"),
        ] {
            let mut api = orders(&["GET /orders"]);
            api.live = orders(&["GET /orders", "POST /orders", "DELETE /orders/{id}"]).live;
            check(
                &exchange,
                api,
                expect![[r#"
                    Added POST /orders
                    Added DELETE /orders/{id}
                "#]],
            );
        }
    }

    #[test]
    fn a_signed_request_to_a_route_that_is_nowhere_waits_for_nothing() {
        let exchange = to_orders("POST", "/ordres").header("Authorization", "Bearer abc");
        check(
            &exchange.refused(403, "IncompleteSignatureException", "x"),
            orders(&["GET /orders"]),
            expect![[r#"
                Path GET /orders https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders
            "#]],
        );
    }
}
