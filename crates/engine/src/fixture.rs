//! Snapshots for unit tests: a small account that is in order, to be put out of order one thing at a time.

mod accounts;
mod names;
mod read;

use std::collections::BTreeMap;

use expect_test::Expect;
use serde_json::json;

use crate::arn::FunctionName;
use crate::check::{Check, Context, Outcome};
use crate::command::known;
use crate::configuration::{Configuration, Integration, Map, Models, Route, RouteKey, Routes, Settings, Source};
use crate::finding::Resource;
use crate::gateway_log::requests::Requests;
use crate::health::{
    FunctionHealth, FunctionLog, FunctionMetrics, GatewayHealth, Health, Span, StageHealth, StageMetrics,
};
use crate::logs::{Event, Grouping, Options};
use crate::observed::{NotRead, Observed, Why};
use crate::snapshot::{
    Api, ApiKind, Deployed, Deployment, Export, Function, FunctionConfiguration, MethodSnapshot, Snapshot, Stage,
};

pub(crate) use accounts::*;
pub(crate) use names::{domain, endpoint, private};
pub(crate) use read::*;

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
        others: Vec::new(),
        usage_plans: Observed::Known(Vec::new()),
        api_keys: Observed::Known(Vec::new()),
        domain_names: Observed::Known(Vec::new()),
        functions: Vec::new(),
        health: None,
        answers: Vec::new(),
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
        ip_address_type: None,
        tags: Map::new(),
        live: live.clone(),
        stages: Observed::Known(vec![stage("prod", "d1")]),
        deployments: Observed::Known(vec![deployment("d1", "2026-10-01T09:00:00Z")]),
        deployed: BTreeMap::new(),
        live_export_unread: None,
        routes_alone: None,
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
    Stage { name: name.to_owned(), deployment_id: Some(deployment_id.to_owned()), ..Stage::default() }
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

/// An account in which nothing failed in the last hour: the API `orders` calls `orders-fn` for `GET /orders`.
pub(crate) fn healthy() -> Snapshot {
    let mut snapshot = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
    snapshot.functions = vec![function("orders-fn")];
    snapshot.health = Some(Health {
        span: Span { since: "2026-10-10T11:00:00Z".parse().unwrap(), until: snapshot.taken_at },
        functions: vec![FunctionHealth {
            name: snapshot.functions[0].name.clone(),
            metrics: Observed::Known(FunctionMetrics::default()),
            log: None,
        }],
        stages: vec![StageHealth {
            api_id: snapshot.apis[0].id.clone(),
            stage: "prod".to_owned(),
            metrics: Observed::Known(StageMetrics::default()),
            gateway: None,
        }],
        probed: Vec::new(),
    });
    snapshot
}

/// The healthy account, but that `orders-fn` failed once, and these are the events of its log.
pub(crate) fn failing_function(messages: &[&str]) -> Snapshot {
    let mut snapshot = healthy();
    let mut grouping = Grouping::new(Options::default());
    for message in messages {
        grouping.event(&Event {
            timestamp: Some(snapshot.taken_at.as_millisecond()),
            log_group: Some("/aws/lambda/orders-fn"),
            message: message.as_bytes(),
            ..Event::default()
        });
    }
    let function = &mut snapshot.health.as_mut().unwrap().functions[0];
    function.metrics = Observed::Known(FunctionMetrics { errors: 1, ..FunctionMetrics::default() });
    function.log = Some(FunctionLog {
        log_groups: vec!["/aws/lambda/orders-fn".to_owned()],
        events: messages.len() as u64,
        errors: grouping.finish().groups,
        unread: Vec::new(),
    });
    snapshot
}

/// The log of the failing function.
pub(crate) fn logged(snapshot: &mut Snapshot) -> &mut FunctionLog {
    snapshot.health.as_mut().unwrap().functions[0].log.as_mut().unwrap()
}

/// Lets the stage count server errors, with nothing in its logs.
pub(crate) fn stage_failed(snapshot: &mut Snapshot, server_errors: u64) {
    let stage = &mut snapshot.health.as_mut().unwrap().stages[0];
    stage.metrics = Observed::Known(StageMetrics { server_errors, ..StageMetrics::default() });
    stage.gateway = Some(GatewayHealth::default());
}

/// What the failing stage's logs tell.
pub(crate) fn gateway(snapshot: &mut Snapshot) -> &mut GatewayHealth {
    snapshot.health.as_mut().unwrap().stages[0].gateway.as_mut().unwrap()
}

/// Turns on the stage's execution log.
pub(crate) fn log_executions(snapshot: &mut Snapshot) {
    let Observed::Known(stages) = &mut snapshot.apis[0].stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "ERROR" } }));
}

/// Lets the stage's execution log have these lines.
pub(crate) fn told(snapshot: &mut Snapshot, lines: &[&str]) {
    let mut requests = Requests::default();
    lines.iter().for_each(|line| requests.observe_execution(snapshot.taken_at, "executions", line));
    let api = &snapshot.apis[0];
    let (health, _) = requests.finish(snapshot, api, &api.stages.ok().unwrap()[0]);
    *gateway(snapshot) = health;
}

/// The details of all findings of a check.
pub(crate) fn details(check: &'static Check, snapshot: &Snapshot) -> Vec<String> {
    let mut outcome = Outcome::new(check);
    (check.run)(&Context::of(snapshot, &check.asks()), &mut outcome);
    outcome.findings.into_iter().map(|finding| finding.detail).collect()
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
    let mut outcome = Outcome::new(check);
    (check.run)(&Context::of(snapshot, &check.asks()), &mut outcome);
    outcome.findings.iter().for_each(|finding| assert_command(check.id, finding.remedy.command.as_deref()));
    let findings =
        outcome.findings.iter().map(|f| format!("{} {}: {}\n", f.severity.name(), short(&f.resource), f.title));
    let not_evaluated =
        outcome.not_evaluated.iter().map(|n| format!("not evaluated {}: {}\n", short(&n.resource), n.reason));
    expected.assert_eq(&findings.chain(not_evaluated).collect::<String>());
}

/// That a command does not depend on the region that whoever pastes it has configured, and that the AWS CLI takes it: its options
/// are known, and those that have to be given are.
pub(crate) fn assert_command(id: &str, command: Option<&str>) {
    if let Some(command) = command.filter(|command| command.starts_with("aws ")) {
        assert!(command.contains(" --region "), "{id}: {command}");
        if let Err(why) = known::check(command) {
            panic!("{id}: {why}: {command}");
        }
    }
}

fn short(resource: &Resource) -> String {
    let function = resource.function.as_deref().and_then(|arn| arn.rsplit(':').next());
    let is_function = resource.function.as_ref() == Some(&resource.arn);
    // A group of errors is told apart by a hash that nobody can read.
    let resource = Resource { key: resource.key.clone().filter(|_| !is_function), ..resource.clone() };
    let arn = if is_function { function.unwrap() } else { resource.arn.rsplit("::").next().unwrap() };
    let parts = [Some(arn), resource.method.as_deref(), resource.path.as_deref(), function, resource.key.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
