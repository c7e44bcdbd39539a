//! HTTP APIs without a route for a request: what proves each cause and what refutes it.

use serde_json::json;

use crate::case::facts::Read;
use crate::configuration::Route;
use crate::fixture::{self, lambda_uri, route, stage};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, http_api, lists, request, shown, to_default, to_orders};

fn rest(edit: impl FnOnce(&mut Route)) -> Api {
    let (key, mut own) = route("POST /orders", &lambda_uri("orders-fn"));
    edit(&mut own);
    fixture::api(ApiKind::Rest, vec![(key, own)])
}

#[test]
fn each_404_of_an_http_api_has_its_cause() {
    let keys = ["GET /orders", "GET /orders/{id}", "POST /items"];
    for (method, path, expected) in [
        ("GET", "/prod/orders", "http-stage-prefix-with-default certain"),
        ("GET", "/orders/", "http-trailing-slash certain"),
        ("PUT", "/orders", "http-method-mismatch certain"),
        ("GET", "/invoices", "http-route-not-found certain"),
    ] {
        assert_eq!(
            first(&to_default(method, path).http(404, "Not Found"), &facts(vec![http_api(&keys)])),
            expected,
            "{method} {path}"
        );
    }
    let mut named = http_api(&keys);
    named.stages = Observed::Known(vec![stage("prod", "d1")]);
    assert_eq!(
        first(&to_default("GET", "/orders").http(404, "Not Found"), &facts(vec![named])),
        "http-stage-not-found certain"
    );
    // A default route takes everything.
    let default = facts(vec![http_api(&["$default"])]);
    assert!(!lists(&to_default("GET", "/invoices").http(404, "Not Found"), &default, "http-route-not-found"));
}

#[test]
fn a_misspelling_is_no_stage_before_the_path() {
    let keys = ["GET /", "GET /cart", "GET /{page}/print", "GET /orders/{id}"];
    let mut staged = http_api(&keys);
    staged.stages = Observed::Known(vec![stage("$default", "d1"), stage("blue", "d1")]);
    let near = |path: &str| format!("call a path that is there, such as https://HOST{path}, or add a route");
    let almost = |path: &str, key: &str| format!("call https://HOST{path}, which {key} takes, or add a route");
    let call = |path: &str| format!("call https://HOST{path}");
    let (missing, prefix) = ("http-route-not-found certain", "http-stage-prefix-with-default certain");
    for (path, expected, advice) in [
        ("/cartt", missing, near("/cart")),
        ("/ordres/17", missing, near("/orders/17")),
        ("/cartt/first/print", missing, near("/cart")),
        ("/api/cart", missing, almost("/cart", "GET /cart")),
        ("/api/v1/orders/17", missing, almost("/orders/17", "GET /orders/{id}")),
        ("/Orders/17", missing, almost("/orders/17", "GET /orders/{id}")),
        ("/prod/cart", prefix, call("/cart")),
        ("/Prod/orders/17", prefix, call("/orders/17")),
        ("/dev", prefix, call("/")),
        ("/dev/cartt", missing, near("/cart")),
    ] {
        let explanation = explained(&to_default("GET", path).http(404, "Not Found"), &facts(vec![staged.clone()]));
        let first = &explanation.causes[0];
        assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{path}");
        let advice = advice.replace("HOST", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(first.remedy.summary, advice, "{path}");
    }
}

#[test]
fn a_stage_of_the_api_before_a_path_that_is_mapped_to_the_default_one_is_left_out() {
    let mut api = http_api(&["GET /cart"]);
    api.stages = Observed::Known(vec![stage("$default", "d1"), stage("blue", "d1")]);
    let facts = facts(vec![api])
        .with(Read::DomainName("api.example.com".to_owned()), json!({ "domainName": "api.example.com" }))
        .with(
            Read::BasePathMappings("api.example.com".to_owned()),
            json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "$default" }] }),
        );
    let to = |path: &str| request(&format!("GET https://api.example.com{path}"), &[]).http(404, "Not Found");
    assert_eq!(first(&to("/blue/cart"), &facts), "http-stage-prefix-with-default certain");
    assert_eq!(first(&to("/green/cart"), &facts), "http-route-not-found certain");
}

#[test]
fn an_unknown_stage_is_put_in_place_or_before_the_path_as_the_routes_tell() {
    let mut named = http_api(&["GET /orders"]);
    named.stages = Observed::Known(vec![stage("prod", "d1"), stage("dev", "d1")]);
    for (path, advice) in [
        ("/orders", "call https://HOST/prod/orders, or make the stage $default"),
        ("/prd/orders", "call https://HOST/prod/orders, or make the stage $default"),
        ("/Dev/orders", "call https://HOST/dev/orders, or make the stage $default"),
        ("/x/y", "call a route that is there, such as https://HOST/prod/orders, or make the stage $default"),
        ("", "call a route that is there, such as https://HOST/prod/orders, or make the stage $default"),
    ] {
        let explanation = explained(&to_default("GET", path).http(404, "Not Found"), &facts(vec![named.clone()]));
        let first = &explanation.causes[0];
        assert_eq!((first.id, first.confidence.name()), ("http-stage-not-found", "certain"), "{path}");
        let advice = advice.replace("HOST", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(first.remedy.summary, advice, "{path}");
    }
}

#[test]
fn a_live_route_of_an_http_api_waits_for_its_deployment() {
    let mut api = http_api(&["GET /orders"]);
    api.live.routes =
        fixture::configuration(api.live.source, vec![route("GET /orders", "f"), route("GET /new", "f")]).routes;
    assert_eq!(
        first(&to_default("GET", "/new").http(404, "Not Found"), &facts(vec![api])),
        "http-not-deployed certain"
    );
}

#[test]
fn a_route_that_calls_nothing_is_named() {
    let mut api = http_api(&["GET /orders"]);
    let (key, mut own) = route("GET /orders", "f");
    own.integration = None;
    let empty = fixture::configuration(api.live.source, vec![(key, own)]);
    api.live = empty.clone();
    fixture::deploy(&mut api, "d1", &empty);
    let exchange = to_default("GET", "/orders").http(404, "Not Found");
    shown(
        "http-route-no-integration",
        (&exchange, &facts(vec![api]), "certain"),
        (&exchange, &facts(vec![http_api(&["GET /orders"])])),
        (&exchange, &facts(Vec::new())),
    );
}

#[test]
fn a_route_is_named_by_its_own_id_where_it_was_read() {
    let looked_up = r#"--route-id "$(aws apigatewayv2 get-routes --api-id a1b2c3d4e5 --region eu-west-1 --query 'Items[?RouteKey=='\''GET /orders'\''].RouteId' --output text)" "#;
    for (id, expected) in [(Some("3gxcsvf"), "--route-id 3gxcsvf "), (None, looked_up)] {
        let mut api = http_api(&["GET /orders"]);
        let (key, mut own) = route("GET /orders", "f");
        (own.integration, own.resource_id) = (None, id.map(str::to_owned));
        let live = fixture::configuration(api.live.source, vec![(key, own)]);
        api.live = live.clone();
        fixture::deploy(&mut api, "d1", &live);
        let exchange = to_default("GET", "/orders").http(404, "Not Found");
        let command = explained(&exchange, &facts(vec![api])).causes.swap_remove(0).remedy.command.unwrap();
        assert!(command.contains(expected), "{command}");
    }
}

#[test]
fn api_gateway_never_answers_405() {
    let exchange = to_orders("PUT", "/orders").answered(405, &[("x-amz-apigw-id", "A="), ("allow", "GET")], "");
    assert_eq!(first(&exchange, &facts(vec![rest(|_| {})])), "method-not-allowed-405 likely");
    assert!(!lists(&to_orders("PUT", "/orders").missing_token(), &facts(vec![rest(|_| {})]), "method-not-allowed-405"));
}

#[test]
fn a_live_route_whose_deployment_could_not_be_read_was_likely_not_deployed() {
    let url = "GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/orders";
    let exchange = request(url, &[]).http(404, "Not Found");
    let of = |auto_deploy: bool, message: Option<&str>| {
        let mut api = http_api(&["GET /orders"]);
        api.deployed.clear();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].auto_deploy = auto_deploy;
        stages[0].last_deployment_status_message = message.map(str::to_owned);
        facts(vec![api])
    };
    assert_eq!(first(&exchange, &of(false, None)), "http-not-deployed likely");
    let failed = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
    assert_eq!(first(&exchange, &of(true, Some(failed))), "http-not-deployed certain");
    assert!(!lists(&exchange, &of(true, None), "http-not-deployed"));
}

/// An HTTP API whose stage serves `GET /orders`, and whose live routes could not be read.
fn live_unread() -> Api {
    let mut api = http_api(&["GET /orders"]);
    api.live.routes = Observed::NotRead(fixture::denied("apigatewayv2:GetRoutes"));
    api
}

#[test]
fn where_the_live_routes_were_not_read_no_route_is_certainly_missing() {
    let missing = explained(&to_default("GET", "/new").http(404, "Not Found"), &facts(vec![live_unread()]));
    let own = &missing.causes[0];
    assert_eq!((own.id, own.confidence.name()), ("http-route-not-found", "likely"));
    assert_eq!(own.remedy.command, None, "a route that is there is not added");
    let other = to_default("PUT", "/orders").http(404, "Not Found");
    assert_eq!(first(&other, &facts(vec![live_unread()])), "http-method-mismatch likely");
}

/// The routes were read, and what they call was not: what they are is known all the same.
#[test]
fn routes_are_known_whose_integrations_were_not_read() {
    let alone = |deployed: &[&str], live: &[&str]| {
        let mut api = http_api(deployed);
        api.routes_alone = http_api(live).live.routes.ok().cloned();
        api.live.routes = Observed::NotRead(fixture::denied("apigatewayv2:GetIntegrations"));
        api
    };
    let undeployed = |mut api: Api| {
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigatewayv2:ExportApi"));
        api
    };
    let keys = ["GET /orders", "POST /items"];
    for (method, path, api, expected) in [
        ("PUT", "/orders", alone(&keys, &keys), "http-method-mismatch certain"),
        ("GET", "/orders/", alone(&keys, &keys), "http-trailing-slash certain"),
        ("GET", "/new", alone(&keys, &["GET /new"]), "http-not-deployed certain"),
        ("GET", "/invoices", alone(&keys, &keys), "http-route-not-found certain"),
        // Nor what the stage serves: the live routes stand in for it.
        ("PUT", "/orders", undeployed(alone(&keys, &keys)), "http-method-mismatch likely"),
        ("GET", "/orders", undeployed(alone(&keys, &keys)), "http-not-deployed likely"),
    ] {
        let exchange = to_default(method, path).http(404, "Not Found");
        assert_eq!(first(&exchange, &facts(vec![api.clone()])), expected, "{method} {path}");
        // That they call nothing is not said of them.
        assert!(!lists(&exchange, &facts(vec![api]), "http-route-no-integration"), "{method} {path}");
    }
}

#[test]
fn a_stage_that_was_never_deployed_serves_no_route() {
    let never = |auto_deploy: bool| {
        let mut api = http_api(&["GET /orders"]);
        api.deployed.clear();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        (stages[0].deployment_id, stages[0].auto_deploy) = (None, auto_deploy);
        facts(vec![api])
    };
    for exchange in [to_default("GET", "/orders"), to_default("GET", "/orders").http(404, "Not Found")] {
        let own = explained(&exchange, &never(false)).causes.remove(0);
        assert_eq!((own.id, own.confidence.name()), ("http-not-deployed", "certain"));
        assert_eq!(own.says, "GET /orders is live, and $default has no deployment: it serves no route at all.");
        let command =
            "aws apigatewayv2 create-deployment --api-id a1b2c3d4e5 --stage-name '$default' --region eu-west-1";
        assert_eq!(own.remedy.command.as_deref(), Some(command));
        assert!(!lists(&exchange, &never(true), "http-not-deployed"));
    }
}

#[test]
fn a_deployment_that_failed_is_not_made_again_by_hand() {
    let message = "Deployment attempt failed: Unable to deploy API because no routes exist in this API";
    let mut api = http_api(&["GET /orders"]);
    api.live.routes =
        fixture::configuration(api.live.source, vec![route("GET /orders", "f"), route("GET /new", "f")]).routes;
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    (stages[0].auto_deploy, stages[0].last_deployment_status_message) = (true, Some(message.to_owned()));
    let own = explained(&to_default("GET", "/new").http(404, "Not Found"), &facts(vec![api])).causes.remove(0);
    assert_eq!((own.id, own.confidence.name()), ("http-not-deployed", "certain"));
    assert_eq!(own.remedy.command, None);
    assert_eq!(own.remedy.summary, format!("put right what AWS says, and the stage deploys by itself: {message}"));
}

#[test]
fn what_waits_at_the_path_with_another_method_is_told() {
    let waiting = |live: &[&str]| {
        let mut api = http_api(&["GET /orders"]);
        let deployed = api.live.clone();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].auto_deploy = false;
        fixture::deploy(&mut api, "d1", &deployed);
        api.live.routes = http_api(live).live.routes;
        facts(vec![api])
    };
    let deploy = "aws apigatewayv2 create-deployment --api-id a1b2c3d4e5 --stage-name '$default' --region eu-west-1";
    let exchange = to_default("GET", "/new").http(404, "Not Found");
    let explanation = explained(&exchange, &waiting(&["GET /orders", "POST /new"]));
    let own = &explanation.causes[0];
    assert_eq!((own.id, own.confidence.name()), ("http-method-mismatch", "certain"), "{}", own.says);
    assert_eq!(own.remedy.command.as_deref(), Some(deploy));
    assert!(own.remedy.summary.ends_with("; then send POST, or add a route for GET first"), "{}", own.remedy.summary);
    let plan = explanation.plan.iter().flat_map(|plan| &plan.changes).map(|change| change.route().unwrap().to_string());
    assert_eq!(plan.collect::<Vec<_>>(), ["POST /new"]);
    // Nothing of the path is there, or what answers preflights alone.
    for live in [&["GET /orders"][..], &["GET /orders", "OPTIONS /new"]] {
        assert_eq!(first(&exchange, &waiting(live)), "http-route-not-found certain");
    }
}

/// What a distribution puts before every path its callers cannot leave out.
#[test]
fn a_stage_in_an_origin_path_is_the_distributions() {
    let through = |origin_path: &str, path: &str| {
        let list = json!({ "DistributionList": { "Items": [{
            "DomainName": "d1.cloudfront.net", "Aliases": { "Items": [] },
            "Origins": { "Items": [{ "Id": "api", "DomainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "OriginPath": origin_path }] },
            "DefaultCacheBehavior": { "TargetOriginId": "api" },
        }] } });
        let headers = [("apigw-requestid", "QwErTyUiOpAsDfG="), ("x-cache", "Error from cloudfront")];
        let exchange = request(&format!("GET https://d1.cloudfront.net{path}"), &[]);
        let exchange = exchange.answered(404, &headers, r#"{"message":"Not Found"}"#);
        let facts = facts(vec![http_api(&["GET /orders"])]).with(Read::Distributions, list);
        let cause = explained(&exchange, &facts).causes.swap_remove(0);
        (cause.id, cause.remedy.summary)
    };
    let id = "http-stage-prefix-with-default";
    let empty = "make the distribution's origin path empty: $default has no name in the URL";
    assert_eq!(through("/prod", "/orders"), (id, empty.to_owned()));
    assert_eq!(through("", "/prod/orders"), (id, "call https://d1.cloudfront.net/orders".to_owned()));
}

#[test]
fn an_answer_to_head_has_no_body_and_its_id_tells_who_answered() {
    let facts = facts(vec![http_api(&["GET /orders", "GET /pets", "HEAD /pets"])]);
    let head = |path: &str| to_default("HEAD", path).answered(404, &[("apigw-requestid", "A=")], "");
    for (path, expected) in [
        ("/orders", "http-method-mismatch certain"),
        ("/nothing", "http-route-not-found certain"),
        // A route takes it: what is behind it answered.
        ("/pets", "app-level-404 likely"),
    ] {
        assert_eq!(first(&head(path), &facts), expected, "{path}");
    }
    // With a body, it is somebody else's.
    let page = to_default("GET", "/nothing").answered(404, &[("apigw-requestid", "A=")], "<html></html>");
    assert!(!lists(&page, &facts, "http-route-not-found"));
    let empty = to_default("GET", "/nothing").answered(404, &[("apigw-requestid", "A=")], "");
    assert!(!lists(&empty, &facts, "http-route-not-found"));
}
