//! Stages whose canary serves another deployment.

use crate::configuration::{Route, RouteKey};
use crate::fixture::{self, lambda_uri, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind, Canary};
use crate::testkit::{explained, facts, first, lists, to_orders};

fn routes(keys: &[&str]) -> Vec<(RouteKey, Route)> {
    keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect()
}

/// An API whose live configuration is deployed as it is.
fn api(keys: &[&str]) -> Api {
    fixture::api(ApiKind::Rest, routes(keys))
}

/// The API with a canary that serves the deployment `d0`.
fn with_canary(mut api: Api, percent: f64) -> Api {
    let mut prod = stage("prod", "d1");
    prod.canary = Some(Canary {
        deployment_id: Some("d0".to_owned()),
        percent_traffic: percent,
        stage_variable_overrides: Default::default(),
        use_stage_cache: false,
    });
    api.stages = Observed::Known(vec![prod]);
    api
}

/// An API of which the stage serves some routes, and its canary others.
fn split(own: &[&str], of_canary: &[&str]) -> Api {
    let mut api = api(own);
    let canary = fixture::configuration(api.live.source, routes(of_canary));
    fixture::deploy(&mut api, "d0", &canary);
    with_canary(api, 25.0)
}

#[test]
fn a_canary_without_the_route_is_deleted_and_one_that_alone_has_it_promoted() {
    let (one, both) = (&["GET /orders"][..], &["GET /orders", "GET /v2/orders"][..]);
    let exchange = to_orders("GET", "/v2/orders").missing_token();
    for (own, of_canary, summary, patch) in [
        (both, one, "delete the canary, or deploy to it again", "op=remove,path=/canarySettings"),
        (
            one,
            both,
            "promote the canary, which has the route",
            "op=copy,from=/canarySettings/deploymentId,path=/deploymentId",
        ),
    ] {
        let facts = facts(vec![split(own, of_canary)]);
        assert_eq!(first(&exchange, &facts), "rest-canary-missing-route likely");
        let remedy = explained(&exchange, &facts).causes[0].remedy.clone();
        let command = format!(
            "aws apigateway update-stage --rest-api-id a1b2c3d4e5 --stage-name prod --patch-operations {patch} --region eu-west-1"
        );
        assert_eq!((remedy.summary.as_str(), remedy.command), (summary, Some(command)));
        assert!(!lists(&to_orders("GET", "/orders").missing_token(), &facts, "rest-canary-missing-route"));
    }
}

#[test]
fn a_missing_signature_fails_on_either_side_of_a_canary() {
    let mut signed = api(&["GET /orders"]);
    let Observed::Known(own) = &mut signed.live.routes else { panic!("the fixture has routes") };
    own.0.values_mut().for_each(|route| route.authorization_type = "AWS_IAM".to_owned());
    let live = signed.live.clone();
    fixture::deploy(&mut signed, "d1", &live);
    let canary = fixture::configuration(signed.live.source, routes(&["GET /pets"]));
    fixture::deploy(&mut signed, "d0", &canary);
    let explanation = explained(&to_orders("GET", "/orders").missing_token(), &facts(vec![with_canary(signed, 50.0)]));
    let said: Vec<_> = explanation.causes.iter().map(|own| (own.id, own.confidence.name())).collect();
    assert_eq!(said, [("rest-iam-unsigned", "certain"), ("rest-canary-missing-route", "possible")]);
}

#[test]
fn what_a_canary_alone_asks_for_is_likely() {
    let account = |percent: f64, of_canary: fn(&mut Route)| {
        let mut api = api(&["GET /orders"]);
        let mut own = routes(&["GET /orders"]);
        own.iter_mut().for_each(|(_, route)| of_canary(route));
        let canary = fixture::configuration(api.live.source, own);
        fixture::deploy(&mut api, "d0", &canary);
        facts(vec![with_canary(api, percent)])
    };
    let signs: fn(&mut Route) = |route| route.authorization_type = "AWS_IAM".to_owned();
    let keyed: fn(&mut Route) = |route| route.api_key_required = true;
    let get = || to_orders("GET", "/orders");
    for (exchange, facts, expected) in [
        (get().missing_token(), account(25.0, signs), "rest-iam-unsigned likely"),
        (get().missing_token(), account(0.0, signs), "insufficient-facts possible"),
        (get().missing_token(), account(25.0, |_| {}), "insufficient-facts possible"),
        (get().forbidden(), account(25.0, keyed), "api-key-missing likely"),
        (get().forbidden(), account(25.0, signs), "insufficient-facts possible"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
}
