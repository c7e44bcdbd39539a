//! Snapshots for unit tests: a small account that is in order, to be put out of order one thing at a time.

use std::collections::BTreeMap;

use expect_test::Expect;
use serde_json::json;

use crate::arn::FunctionName;
use crate::check::{Check, Context, Outcome};
use crate::configuration::{Configuration, Integration, Map, Models, Route, RouteKey, Routes, Settings, Source};
use crate::drift;
use crate::finding::Resource;
use crate::observed::{NotRead, Observed, Why};
use crate::snapshot::{
    Api, ApiKind, Deployed, Deployment, Export, Function, FunctionConfiguration, MethodSnapshot, Snapshot, Stage,
};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

/// One account with the given APIs, and nothing else in it.
pub(crate) fn snapshot(apis: Vec<Api>) -> Snapshot {
    Snapshot {
        account_id: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        taken_at: "2026-10-10T12:00:00Z".parse().unwrap(),
        read_until: "2026-10-10T12:00:00Z".parse().unwrap(),
        apis,
        unlisted: Vec::new(),
        complete: true,
        usage_plans: Observed::Known(Vec::new()),
        api_keys: Observed::Known(Vec::new()),
        domain_names: Observed::Known(Vec::new()),
        functions: Vec::new(),
        trail: Observed::NotRead(denied("cloudtrail:LookupEvents")),
    }
}

/// An API `orders` with the given routes, deployed as they are to the stage `prod` by the deployment `d1`.
pub(crate) fn api(kind: ApiKind, routes: Vec<(RouteKey, Route)>) -> Api {
    let live = configuration(if kind == ApiKind::Http { Source::HttpOas30 } else { Source::Reads }, routes);
    let export_source = if kind == ApiKind::Http { Source::HttpOas30 } else { Source::Oas30 };
    let mut api = Api {
        id: "a1b2c3d4e5".to_owned(),
        name: "orders".to_owned(),
        kind,
        created_at: None,
        endpoint_types: Vec::new(),
        tags: Map::new(),
        live: live.clone(),
        stages: Observed::Known(vec![stage("prod", "d1")]),
        deployments: Observed::Known(vec![deployment("d1", "2026-10-01T09:00:00Z")]),
        deployed: BTreeMap::new(),
        live_export_unread: None,
    };
    deploy(&mut api, "d1", &Configuration { source: export_source, ..live });
    api
}

/// Makes a deployment hold a configuration.
pub(crate) fn deploy(api: &mut Api, id: &str, configuration: &Configuration) {
    let routes = configuration.routes.ok().unwrap();
    let mut summary: BTreeMap<String, BTreeMap<String, MethodSnapshot>> = BTreeMap::new();
    for (key, route) in &routes.0 {
        let snapshot = MethodSnapshot {
            authorization_type: Some(route.authorization_type.clone()),
            api_key_required: Some(route.api_key_required),
        };
        summary.entry(key.path.clone()).or_default().insert(key.method.clone().unwrap_or_default(), snapshot);
    }
    let export = Export { configuration: configuration.clone(), fresh: true };
    let deployed = Deployed { summary: Observed::Known(summary), export: Observed::Known(export), baseline: None };
    api.deployed.insert(id.to_owned(), deployed);
}

/// A configuration of the given routes.
pub(crate) fn configuration(source: Source, routes: Vec<(RouteKey, Route)>) -> Configuration {
    Configuration {
        source,
        settings: Settings::default(),
        routes: Observed::Known(Routes(routes.into_iter().collect())),
        authorizers: Observed::Known(Map::new()),
        models: Observed::Known(Map::new()),
        request_validators: Observed::Known(Map::new()),
        gateway_responses: Observed::Known(Map::new()),
        cors: None,
    }
}

/// A route that anybody may call and that goes to the given URI.
pub(crate) fn route(key: &str, uri: &str) -> (RouteKey, Route) {
    let route = Route {
        authorization_type: "NONE".to_owned(),
        authorizer: Observed::Known(None),
        authorization_scopes: Default::default(),
        api_key_required: false,
        operation_name: None,
        request_parameters: Map::new(),
        request_models: Models::default(),
        request_validator: Observed::Known(None),
        method_responses: Map::new(),
        integration: Some(Integration {
            integration_type: "AWS_PROXY".to_owned(),
            http_method: Some("POST".to_owned()),
            uri: Some(uri.to_owned()),
            ..Integration::default()
        }),
        route_response_selection_expression: None,
        model_selection_expression: None,
        resource_id: None,
    };
    (RouteKey::parse(key), route)
}

pub(crate) fn stage(name: &str, deployment_id: &str) -> Stage {
    Stage {
        name: name.to_owned(),
        deployment_id: Some(deployment_id.to_owned()),
        variables: Map::new(),
        earlier_deployment_id: None,
        canary: None,
        auto_deploy: false,
        last_deployment_status_message: None,
        created_at: None,
        updated_at: None,
        settings: BTreeMap::new(),
    }
}

pub(crate) fn deployment(id: &str, created_at: &str) -> Deployment {
    Deployment {
        id: id.to_owned(),
        created_at: Some(created_at.parse().unwrap()),
        description: None,
        status: None,
        status_message: None,
        auto_deployed: false,
    }
}

/// The URI with which a REST API calls a function.
pub(crate) fn lambda_uri(name: &str) -> String {
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}");
    format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations")
}

/// A function that every API of the account may call.
pub(crate) fn function(name: &str) -> Function {
    let policy = json!({ "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction",
        "Condition": { "ArnLike": { "AWS:SourceArn": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:*/*") } },
    }] });
    Function {
        name: FunctionName::in_uri(&lambda_uri(name)).unwrap(),
        configuration: Observed::Known(Some(FunctionConfiguration {
            runtime: Some("python3.13".to_owned()),
            handler: Some("app.handler".to_owned()),
            timeout: Some(3),
            memory_size: Some(128),
            state: Some("Active".to_owned()),
            last_update_status: Some("Successful".to_owned()),
            log_group: None,
            log_format: None,
        })),
        policy: Observed::Known(Some(policy)),
    }
}

/// A read that the credentials may not make.
pub(crate) fn denied(call: &str) -> NotRead {
    NotRead {
        why: Why::Denied,
        call: call.to_owned(),
        resource: "arn:aws:…".to_owned(),
        needs: "apigateway:GET".to_owned(),
        message: "User is not authorized".to_owned(),
    }
}

/// Runs a check and compares all that it says, one line each.
pub(crate) fn check(check: &'static Check, snapshot: &Snapshot, expected: Expect) {
    let drift = snapshot.apis.iter().map(|api| drift::api(snapshot, api, &|_| true)).collect();
    let mut outcome = Outcome::new(check);
    (check.run)(&Context { snapshot, drift }, &mut outcome);
    let findings =
        outcome.findings.iter().map(|f| format!("{} {}: {}\n", f.severity.name(), short(&f.resource), f.title));
    let not_evaluated =
        outcome.not_evaluated.iter().map(|n| format!("not evaluated {}: {}\n", short(&n.resource), n.reason));
    expected.assert_eq(&findings.chain(not_evaluated).collect::<String>());
}

fn short(resource: &Resource) -> String {
    let arn = resource.arn.rsplit("::").next().unwrap();
    let function = resource.function.as_deref().and_then(|arn| arn.rsplit(':').next());
    let parts = [Some(arn), resource.method.as_deref(), resource.path.as_deref(), function, resource.key.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
