//! What is planned, the events, and what answers say.

use expect_test::expect;
use serde_json::{Value, json};

use super::*;
use crate::configuration::RouteKey;
use crate::exchange::{Headers, Response};
use crate::fixture::{api, healthy, lambda_uri, route, snapshot};
use crate::observed::Observed;
use crate::snapshot::{ApiKind, Canary, DomainName, Mapping, Snapshot};

fn entry(path: &str) -> Entry {
    Entry {
        api: "orders".to_owned(),
        stages: Vec::new(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        request_path: None,
        path_parameters: [("id".to_owned(), "a/1".to_owned())].into(),
        query: [("q".to_owned(), "x y".to_owned())].into(),
        headers: Headers(vec![
            ("Accept".to_owned(), "text/plain".to_owned()),
            ("cookie".to_owned(), "a=1; b=2".to_owned()),
        ]),
        body: None,
        sign: false,
        invoke: true,
    }
}

/// An API of a kind with one route.
fn of(kind: ApiKind, key: &str) -> Snapshot {
    let mut snapshot = snapshot(vec![api(kind, vec![route(key, &lambda_uri("orders-fn"))])]);
    let api = &mut snapshot.apis[0];
    api.name = "orders".to_owned();
    if let Observed::Known(routes) = &mut api.live.routes {
        routes.0.values_mut().for_each(|route| route.resource_id = Some("res001".to_owned()));
    }
    snapshot
}

/// How one route is asked: its live test, its request, and what is not asked.
fn planned(snapshot: &Snapshot, entry: &Entry) -> String {
    let snapshots = [snapshot.clone()];
    let plan = plan(&snapshots, std::slice::from_ref(entry), &|_| true, true);
    let mut told = Vec::new();
    for probe in &plan.probes {
        match &probe.live {
            Some(Ok(test)) => told.push(format!("live {} {}", test.resource_id, test.path_with_query)),
            Some(Err(why)) => told.push(format!("live: {why}")),
            None => {}
        }
        match &probe.deployed {
            Ok((request, signed)) => {
                let query: Vec<String> =
                    request.url.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let signed = if *signed { " signed" } else { "" };
                told.push(format!("{} {}?{}{signed}", request.method, request.url.without_query(), query.join("&")));
            }
            Err(why) => told.push(format!("deployed: {why}")),
        }
    }
    told.extend(plan.not_asked.iter().map(|gap| format!("{}: {}", gap.what, gap.why)));
    told.join("\n")
}

#[test]
fn a_route_is_asked_where_its_callers_reach_it() {
    let rest = of(ApiKind::Rest, "GET /orders/{id}");
    let at = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders/a%2F1?q=x%20y";
    assert_eq!(planned(&rest, &entry("/orders/{id}")), format!("live res001 /orders/a%2F1?q=x%20y\nGET {at}"));

    let mut signed = rest.clone();
    for configuration in [&mut signed.apis[0].live].into_iter() {
        if let Observed::Known(routes) = &mut configuration.routes {
            routes.0.values_mut().for_each(|route| route.authorization_type = "AWS_IAM".to_owned());
        }
    }
    signed.apis[0].deployed.clear();
    assert!(planned(&signed, &entry("/orders/{id}")).contains("deployed: "), "nothing shows what the stage serves");

    let mut private = rest.clone();
    private.apis[0].endpoint_types = vec!["PRIVATE".to_owned()];
    assert!(planned(&private, &entry("/orders/{id}")).ends_with("reached from within its VPC alone"));

    let mut domain = rest.clone();
    domain.apis[0].live.settings.disable_execute_api_endpoint = Some(true);
    assert!(planned(&domain, &entry("/orders/{id}")).ends_with("no custom domain name is known to lead to the stage"));
    domain.domain_names = Observed::Known(vec![DomainName {
        name: "api.example.com".to_owned(),
        id: None,
        routing_mode: None,
        settings: Default::default(),
        mappings: Observed::Known(vec![Mapping {
            id: None,
            path: "v1".to_owned(),
            api_id: domain.apis[0].id.clone(),
            stage: Some("prod".to_owned()),
        }]),
    }]);
    assert!(planned(&domain, &entry("/orders/{id}")).ends_with("GET https://api.example.com/v1/orders/a%2F1?q=x%20y"));

    let http = of(ApiKind::Http, "GET /orders/{id}");
    assert_eq!(planned(&http, &entry("/orders/{id}")), format!("GET {at}"));
    assert!(
        planned(&of(ApiKind::WebSocket, "sendMessage"), &entry("/x")).ends_with("a WebSocket API, which is not asked")
    );
}

#[test]
fn a_greedy_parameter_keeps_its_slashes() {
    let mut greedy = entry("/files/{proxy+}");
    greedy.path_parameters = [("proxy".to_owned(), "a b/c".to_owned())].into();
    assert!(planned(&of(ApiKind::Rest, "GET /files/{proxy+}"), &greedy).starts_with("live res001 /files/a%20b/c?"));
}

#[test]
fn a_parameter_leads_to_no_other_path() {
    for value in ["..", ".", "a/../b"] {
        let mut away = entry("/files/{proxy+}");
        away.path_parameters = [("proxy".to_owned(), value.to_owned())].into();
        let why = "the path parameter `proxy` leads to another path";
        let told = planned(&of(ApiKind::Rest, "GET /files/{proxy+}"), &away);
        assert_eq!(told, format!("live: {why}\ndeployed: {why}"), "{value}");
    }
}

/// An HTTP API with two routes, of which one takes everything else.
fn with_default() -> Snapshot {
    let routes = vec![route("$default", &lambda_uri("rest-fn")), route("GET /orders", &lambda_uri("orders-fn"))];
    let mut snapshot = snapshot(vec![api(ApiKind::Http, routes)]);
    snapshot.apis[0].name = "orders".to_owned();
    snapshot
}

#[test]
fn the_default_route_is_asked_by_a_path_of_its_own() {
    let snapshot = with_default();
    let mut default = entry("$default");
    default.method = "PUT".to_owned();
    let ask = |default: &Entry| planned(&snapshot, default);
    assert_eq!(ask(&default), "deployed: request-path is missing");
    default.request_path = Some("/anything/else".to_owned());
    let host = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod";
    assert_eq!(ask(&default), format!("PUT {host}/anything/else?q=x%20y"));
    let snapshots = [snapshot.clone()];
    let planned = plan(&snapshots, std::slice::from_ref(&default), &|_| true, true);
    let event = &planned.probes[0].function.clone().unwrap().unwrap().event;
    assert_eq!((&event["routeKey"], &event["rawPath"]), (&json!("$default"), &json!("/prod/anything/else")));
    assert_eq!(event["requestContext"]["http"]["method"], "PUT");
    default.method = "GET".to_owned();
    default.request_path = Some("/orders".to_owned());
    assert_eq!(ask(&default), "deployed: the stage answers its request by another route, GET /orders");
}

#[test]
fn one_request_is_asked_once_and_two_are_asked_both() {
    let snapshots = [of(ApiKind::Rest, "GET /orders")];
    let by_id = Entry { api: snapshots[0].apis[0].id.clone(), ..entry("/orders") };
    let other = Entry { query: Default::default(), ..entry("/orders") };
    let asked = |entries: &[Entry]| plan(&snapshots, entries, &|_| true, true).probes.len();
    assert_eq!(asked(&[entry("/orders"), by_id.clone()]), 1);
    assert_eq!(asked(&[entry("/orders"), other, by_id]), 2);
}

#[test]
fn a_variable_whose_value_is_hidden_is_never_sent() {
    let mut hidden = of(ApiKind::Rest, "GET /orders");
    let api = &mut hidden.apis[0];
    if let Observed::Known(stages) = &mut api.stages {
        stages[0].variables.insert("apiToken".to_owned(), crate::secret::redact("s3cr3t-t0ken-value"));
    }
    assert!(planned(&hidden, &entry("/orders")).starts_with("live res001 "), "nothing refers to it");
    if let Observed::Known(routes) = &mut hidden.apis[0].live.routes {
        let integration = routes.0.values_mut().next().unwrap().integration.as_mut().unwrap();
        integration.request_parameters.insert("x".to_owned(), "stageVariables.apiToken".to_owned());
    }
    let told = planned(&hidden, &entry("/orders"));
    assert!(told.starts_with("live: it takes the stage variable `apiToken`, whose value is hidden"), "{told}");
}

/// The event for the function of a route.
fn event(kind: ApiKind, version: &str) -> Value {
    let mut snapshot = of(kind, "GET /orders/{id}");
    let api = &mut snapshot.apis[0];
    let deployed = api.deployed.values_mut().filter_map(|deployed| match &mut deployed.export {
        Observed::Known(export) => Some(&mut export.configuration),
        Observed::NotRead(_) => None,
    });
    for configuration in deployed.chain([&mut api.live]) {
        let Observed::Known(routes) = &mut configuration.routes else { continue };
        for route in routes.0.values_mut() {
            route.integration.as_mut().unwrap().payload_format_version = Some(version.to_owned());
        }
    }
    let snapshots = [snapshot];
    let plan = plan(&snapshots, &[entry("/orders/{id}")], &|_| true, true);
    plan.probes[0].function.clone().unwrap().unwrap().event
}

#[test]
fn the_event_is_the_gateways() {
    let one = event(ApiKind::Rest, "1.0");
    assert_eq!(
        (&one["resource"], &one["path"], one.get("version")),
        (&json!("/orders/{id}"), &json!("/orders/a%2F1"), None)
    );
    assert_eq!(one["requestContext"]["path"], "/prod/orders/a%2F1");
    assert_eq!(one["multiValueQueryStringParameters"], json!({ "q": ["x y"] }));
    assert_eq!(
        (&one["stageVariables"], &one["body"], &one["isBase64Encoded"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
    assert_eq!(one["headers"]["Host"], "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
    assert_eq!(event(ApiKind::Http, "1.0")["version"], "1.0");
    expect![[r#"
        {
          "cookies": [
            "a=1",
            "b=2"
          ],
          "headers": {
            "accept": "text/plain",
            "host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
          },
          "isBase64Encoded": false,
          "pathParameters": {
            "id": "a/1"
          },
          "queryStringParameters": {
            "q": "x y"
          },
          "rawPath": "/prod/orders/a%2F1",
          "rawQueryString": "q=x%20y",
          "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
              "method": "GET",
              "path": "/prod/orders/a%2F1",
              "protocol": "HTTP/1.1",
              "sourceIp": "192.0.2.1",
              "userAgent": "stagecheck"
            },
            "requestId": "stagecheck-probe",
            "routeKey": "GET /orders/{id}",
            "stage": "prod",
            "time": "10/Oct/2026:12:00:00 +0000",
            "timeEpoch": 1791633600000
          },
          "routeKey": "GET /orders/{id}",
          "version": "2.0"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&event(ApiKind::Http, "2.0")).unwrap());
}

/// What is said where the live configuration answers 200 with a number, and the stage as given.
fn compared(status: u16, headers: &[(&str, &str)], body: &str, has_canary: bool) -> String {
    compared_on(of(ApiKind::Rest, "GET /orders"), (status, headers, body), has_canary)
}

fn compared_on(
    mut snapshot: Snapshot,
    (status, headers, body): (u16, &[(&str, &str)], &str),
    has_canary: bool,
) -> String {
    if let Observed::Known(stages) = &mut snapshot.apis[0].stages {
        stages[0].canary = has_canary.then(|| Canary {
            deployment_id: None,
            percent_traffic: 10.0,
            stage_variable_overrides: Default::default(),
            use_stage_cache: false,
        });
    }
    let snapshots = [snapshot];
    let plan = plan(&snapshots, &[entry("/orders")], &|_| true, true);
    let log = "Endpoint response body before transformations: {\"statusCode\":200,\"body\":\"{}\"}\n";
    let live =
        json!({ "status": 200, "headers": { "Content-Type": "application/json" }, "body": "{\"id\":1}", "log": log });
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answers = Answers {
        live: Some(Ok(Timed { answer: live, elapsed_ms: 1 })),
        deployed: Ok(Timed {
            answer: Response { status, headers: Headers(headers), body: body.to_owned() },
            elapsed_ms: 1,
        }),
        function: None,
    };
    let (verified, _) = verified(&plan.probes[0], &answers, snapshots[0].taken_at);
    let problems = verified.problems.iter().map(|problem| format!("{} {}", problem.severity.name(), problem.rule));
    problems.chain(verified.notes).chain(verified.not_compared).collect::<Vec<_>>().join("; ")
}

#[test]
fn two_answers_are_compared_where_they_can_be() {
    let json = ("content-type", "application/json; charset=utf-8");
    for (status, headers, body, expected) in [
        (200, vec![json, ("via", "x"), ("x-amzn-requestid", "1")], r#"{"id":2}"#, ""),
        (404, vec![json], r#"{"id":2}"#, "high status-differs"),
        (201, vec![json], r#"{"id":2}"#, "medium status-differs"),
        (502, vec![json], "{}", "high server-error; high status-differs"),
        (200, vec![("content-type", "text/html")], "<p>", "medium content-type-differs; medium shape-differs"),
        (200, vec![json], "hello", "medium shape-differs"),
        (200, vec![json], "", "medium shape-differs"),
        (200, vec![json, ("content-encoding", "gzip")], "\u{1f}\u{8b}", ""),
        (403, vec![json], r#"{"message":"Missing Authentication Token"}"#, "high not-deployed"),
        (200, vec![json], r#"{"id":"2"}"#, "medium shape-differs"),
        (200, vec![json, ("x-total", "1")], r#"{"id":2}"#, "low header-differs"),
    ] {
        assert_eq!(compared(status, &headers, body, false), expected, "{status} {headers:?} {body}");
    }
    let refused = compared(403, &[json, ("x-amzn-errortype", "ForbiddenException")], "{}", false);
    let passed = "TestInvokeMethod passes by authorization, API keys, throttling and WAF, so that nothing is compared";
    assert_eq!(refused, format!("the stage refused the request with 403; {passed}"));
    let missing = ("x-amzn-errortype", "MissingAuthenticationTokenException");
    assert_eq!(compared(403, &[json, missing], "{}", false), "high not-deployed", "whatever a gateway response says");
    let backend = [json, ("x-amzn-Remapped-x-amzn-errortype", "MissingAuthenticationTokenException")];
    let told = compared(403, &backend, r#"{"message":"Missing Authentication Token"}"#, false);
    assert_eq!(told, format!("the stage refused the request with 403; {passed}"), "another service says it");
    let canary = compared(404, &[json], "{}", true);
    assert_eq!(canary, "the stage has a canary, which may have answered: nothing is compared");
}

#[test]
fn who_must_sign_and_does_is_told_that_the_route_is_not_deployed() {
    let mut signed = of(ApiKind::Rest, "GET /orders");
    let api = &mut signed.apis[0];
    let exports = api.deployed.values_mut().filter_map(|deployed| match &mut deployed.export {
        Observed::Known(export) => Some(&mut export.configuration),
        Observed::NotRead(_) => None,
    });
    for configuration in exports.chain([&mut api.live]) {
        let Observed::Known(routes) = &mut configuration.routes else { continue };
        routes.0.values_mut().for_each(|route| route.authorization_type = "AWS_IAM".to_owned());
    }
    let missing = [("x-amzn-errortype", "MissingAuthenticationTokenException")];
    assert_eq!(compared_on(signed, (403, &missing, "{}"), false), "high not-deployed");
}

#[test]
fn a_tag_asks_nothing_that_nobody_said() {
    let mut snapshot = healthy();
    snapshot.apis[0].tags.insert(TAG.to_owned(), "true".to_owned());
    for (key, why) in [
        ("POST /a", "its method is POST"),
        ("ANY /a", "it takes any method: a [[probe]] entry has to say with what it is asked"),
        (
            "$default",
            "it takes any method and any path: a [[probe]] entry has to say with what it is asked, by method and request-path beside path = \"$default\"",
        ),
        ("GET /a/{id}", "its path has parameters"),
    ] {
        let mut changed = snapshot.clone();
        let api = &mut changed.apis[0];
        if let Observed::Known(routes) = &mut api.live.routes {
            let own = routes.0.values().next().unwrap().clone();
            routes.0.insert(RouteKey::parse(key), own);
        }
        let snapshots = [changed];
        let plan = plan(&snapshots, &[], &|_| true, true);
        assert_eq!(plan.probes.len(), 1, "the plain one");
        assert_eq!(plan.not_asked.len(), 1);
        assert!(plan.not_asked[0].why.starts_with(why), "{:?}", plan.not_asked);
    }
}
