//! Routes that cannot call, or are answered with an error: what proves each cause, what refutes it, what is said unread.

mod permission;

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::{Integration, IntegrationResponse, MethodResponse};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

const REQUEST_ID: &str = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";

/// An API whose one route has the given integration, deployed as it is.
fn with(edit: impl FnOnce(&mut Integration)) -> Api {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    edit(own.integration.as_mut().unwrap());
    fixture::api(ApiKind::Rest, vec![(key, own)])
}

/// The same with an execution log.
fn logging(mut api: Api) -> Api {
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "INFO" } }));
    api
}

fn http() -> Api {
    fixture::api(ApiKind::Http, vec![route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn")])
}

fn failed(status: u16) -> Exchange {
    to_orders("GET", "/orders").refused(status, "InternalServerErrorException", "Internal server error")
}

/// A function that is in order.
fn in_order(facts: Facts<'static>) -> Facts<'static> {
    let statement = json!([{ "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction" }]);
    facts
        .with(
            Read::Function("orders-fn".to_owned()),
            json!({ "State": "Active", "Handler": "app.handler", "Timeout": 3 }),
        )
        .with(Read::FunctionPolicy("orders-fn".to_owned()), json!({ "Policy": { "Statement": statement } }))
        .with(Read::FunctionConcurrency("orders-fn".to_owned()), json!({}))
        .with(
            Read::Metric {
                namespace: "AWS/Lambda".to_owned(),
                metric: "Throttles".to_owned(),
                dimensions: vec![("FunctionName".to_owned(), "orders-fn".to_owned())],
            },
            json!(0),
        )
}

/// What the gateway logged of the request, and the function of its own.
fn logged(facts: Facts<'static>, gateway: &[&str], function: &[&str]) -> Facts<'static> {
    let lines = |lines: &[&str], id: &str| -> Value {
        lines
            .iter()
            .map(|line| json!({ "timestamp": 1_791_633_600_000_i64, "message": format!("{id}{line}") }))
            .collect()
    };
    let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
    facts
        .with(Read::Logs { group, filter: Some(REQUEST_ID.to_owned()) }, lines(gateway, &format!("({REQUEST_ID}) ")))
        .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, lines(function, ""))
}

#[test]
fn a_function_is_called_by_its_name_and_by_its_right() {
    let plain = || facts(vec![with(|_| {})]);
    let missing = in_order(plain()).lacking(Read::Function("orders-fn".to_owned()));
    shown(
        "lambda-function-missing",
        (&failed(500), &missing, "certain"),
        (&failed(500), &in_order(plain())),
        (&failed(500), &plain()),
    );
    let pending = in_order(plain()).with(Read::Function("orders-fn".to_owned()), json!({ "State": "Pending" }));
    shown(
        "lambda-function-not-active",
        (&failed(500), &pending, "certain"),
        (&failed(500), &in_order(plain())),
        (&failed(500), &plain()),
    );
    let open = |statements: Value| {
        in_order(plain())
            .with(Read::FunctionPolicy("orders-fn".to_owned()), json!({ "Policy": { "Statement": statements } }))
    };
    assert_eq!(first(&failed(500), &open(json!([]))), "lambda-permission-missing certain");
    let elsewhere = json!([{ "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction",
        "Condition": { "ArnLike": { "AWS:SourceArn": "arn:aws:execute-api:eu-west-1:111122223333:other/*" } } }]);
    assert_eq!(first(&failed(500), &open(elsewhere)), "lambda-permission-source-arn-mismatch certain");
    let role = facts(vec![with(|own| own.credentials = Some("arn:aws:iam::111122223333:role/gateway".to_owned()))]);
    assert!(!lists(&failed(500), &role, "lambda-permission-missing"), "a role needs no permission");
    let other = facts(vec![with(|own| own.http_method = Some("GET".to_owned()))]);
    assert_eq!(first(&failed(500), &other), "lambda-integration-method-not-post certain");
    let unset = facts(vec![with(|own| own.uri = Some(lambda_uri("${stageVariables.fn}")))]);
    assert_eq!(first(&failed(500), &unset), "stage-variable-unset certain");
    let role = "arn:aws:iam::111122223333:role/${stageVariables.role}";
    let of_role = facts(vec![with(|own| own.credentials = Some(role.to_owned()))]);
    for (facts, path, value) in [
        (unset, "integration.uri", lambda_uri("${stageVariables.fn}")),
        (of_role, "integration.credentials", role.to_owned()),
    ] {
        let evidence = explained(&failed(500), &facts).causes[0].evidence[0].clone();
        assert_eq!((evidence.path.as_str(), evidence.value), (path, json!(value)));
    }
}

#[test]
fn a_function_that_may_never_run_is_throttled() {
    let none = in_order(facts(vec![with(|_| {})]))
        .with(Read::FunctionConcurrency("orders-fn".to_owned()), json!({ "ReservedConcurrentExecutions": 0 }));
    assert_eq!(first(&failed(500), &none), "lambda-throttled certain");
    assert!(!lists(&failed(500), &in_order(facts(vec![with(|_| {})])), "lambda-throttled"));
}

#[test]
fn what_a_log_says_of_a_function_is_certain_and_nothing_is_without_it() {
    let plain = || in_order(facts(vec![with(|_| {})]));
    let quiet = logged(plain(), &["Method completed with status: 502"], &["START RequestId: x Version: $LATEST"]);
    for (cause, gateway, function) in [
        (
            "lambda-malformed-response",
            "Execution failed due to configuration error: Malformed Lambda proxy response",
            "",
        ),
        ("lambda-handler-wrong", "", "[ERROR] Runtime.ImportModuleError: Unable to import module 'app'"),
        ("lambda-timeout-own", "", "2026-10-10T12:00:00Z x Task timed out after 3.00 seconds"),
        (
            "lambda-response-too-large",
            "",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
        ("lambda-unhandled-error", "Lambda execution failed with status 200 due to customer function error: boom", ""),
    ] {
        let proven = logged(plain(), &[gateway], &[function]);
        let unread = facts(vec![with(|_| {})]);
        shown(cause, (&failed(502), &proven, "certain"), (&failed(502), &quiet), (&failed(502), &unread));
    }
    assert_eq!(first(&failed(502), &facts(vec![with(|_| {})])), "lambda-unhandled-error likely");
}

#[test]
fn a_missing_body_is_no_reason_for_a_502() {
    // What threads say: a missing body makes an answer malformed. It gives 200.
    let exchange = to_orders("GET", "/orders").answered(200, &[("x-amz-apigw-id", "A=")], "");
    assert_eq!(first(&exchange, &facts(vec![with(|_| {})])), "no-fault-found certain");
}

#[test]
fn no_secret_of_a_log_is_told() {
    let line =
        "Lambda execution failed with status 200 due to customer function error: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln";
    let facts = logged(in_order(facts(vec![with(|_| {})])), &[line], &[""]);
    let told = serde_json::to_string(&explained(&failed(502), &facts)).unwrap();
    assert!(!told.contains("eyJhbGciOiJIUzI1NiJ9"), "{told}");
}

#[test]
fn a_mapping_has_what_it_needs() {
    let mock = |template: &str| {
        with(|own| {
            *own = Integration { integration_type: "MOCK".to_owned(), ..Integration::default() };
            own.request_templates.insert("application/json".to_owned(), template.to_owned());
        })
    };
    let unread = facts(Vec::new());
    shown(
        "mock-status-missing",
        (&failed(500), &facts(vec![mock("{}")]), "certain"),
        (&failed(500), &facts(vec![mock(r#"{"statusCode": 200}"#)])),
        (&failed(500), &unread),
    );
    let header = |name: &str| {
        with(|own| {
            own.request_parameters.insert(format!("integration.request.header.{name}"), "'x'".to_owned());
        })
    };
    shown(
        "illegal-header-mapping",
        (
            &failed(500),
            &logged(
                in_order(facts(vec![header("Transfer-Encoding")])),
                &["Transfer-Encoding header already present"],
                &[],
            ),
            "certain",
        ),
        (&failed(500), &logged(in_order(facts(vec![header("X-Own")])), &[""], &[])),
        (&failed(500), &unread),
    );
    // What the log says is there already is what must not be mapped, whatever it is.
    let named = |line: &str| logged(in_order(facts(vec![header("X-Own")])), &[line], &[]);
    let present = named("Execution failed due to configuration error: x-own header already present");
    assert_eq!(first(&failed(500), &present), "illegal-header-mapping certain");
    assert!(!lists(&failed(500), &named("X-Other header already present"), "illegal-header-mapping"));
    // The configuration alone tells; a log that says nothing of it speaks against it.
    for name in ["Transfer-Encoding", "content-length"] {
        let own = || in_order(facts(vec![header(name)]));
        assert_eq!(first(&failed(500), &own()), "illegal-header-mapping certain", "{name}");
        assert_eq!(first(&failed(500), &logged(own(), &["ok"], &[])), "illegal-header-mapping likely", "{name}");
    }
    let plain = || with(|own| own.integration_type = "AWS".to_owned());
    let template = logged(
        in_order(facts(vec![plain()])),
        &["Execution failed due to configuration error: Unable to transform request"],
        &[],
    );
    shown(
        "mapping-template-error",
        (&failed(500), &template, "certain"),
        (&failed(500), &logged(in_order(facts(vec![plain()])), &["ok"], &[])),
        (&failed(500), &facts(vec![plain()])),
    );
}

#[test]
fn an_integration_response_is_found_for_every_answer() {
    let having = |pattern: &str, status: &str, known: &[&str]| {
        let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
        let integration = own.integration.as_mut().unwrap();
        integration.integration_type = "AWS".to_owned();
        let response = IntegrationResponse { status_code: status.to_owned(), ..IntegrationResponse::default() };
        integration.integration_responses.insert(pattern.to_owned(), response);
        own.method_responses.extend(known.iter().map(|status| ((*status).to_owned(), MethodResponse::default())));
        facts(vec![fixture::api(ApiKind::Rest, vec![(key, own)])])
    };
    let responses = |pattern: &str, status: &str| having(pattern, status, &["200"]);
    assert_eq!(first(&failed(500), &in_order(responses("err.*", "200"))), "integration-response-no-match likely");
    assert!(!lists(&failed(500), &in_order(responses("", "200")), "integration-response-no-match"));
    // Whatever the backend answers, the method does not have its status.
    for known in [&["200"][..], &[]] {
        let own = || in_order(having("", "404", known));
        assert_eq!(first(&failed(500), &own()), "integration-response-no-match certain", "{known:?}");
        assert_eq!(first(&failed(500), &logged(own(), &["ok"], &[])), "integration-response-no-match likely");
    }
}

#[test]
fn a_preflights_mock_is_read_as_text() {
    let api = |handling: Option<&str>| {
        let (key, mut own) = route("OPTIONS /orders", "");
        own.integration = Some(Integration {
            integration_type: "MOCK".to_owned(),
            content_handling: handling.map(str::to_owned),
            ..Integration::default()
        });
        let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
        api.live.settings.binary_media_types.insert("*/*".to_owned());
        facts(vec![api])
    };
    let exchange =
        to_orders("OPTIONS", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    assert_eq!(first(&exchange, &api(None)), "binary-media-breaks-mock-options certain");
    assert!(!lists(&exchange, &api(Some("CONVERT_TO_TEXT")), "binary-media-breaks-mock-options"));
}

#[test]
fn a_backend_is_reached_where_it_is() {
    let to = |uri: &str| {
        with(|own| {
            own.integration_type = "HTTP_PROXY".to_owned();
            own.uri = Some(uri.to_owned());
        })
    };
    assert_eq!(first(&failed(500), &facts(vec![to("http://10.0.0.7/x")])), "integration-endpoint-invalid likely");
    assert!(!lists(&failed(500), &facts(vec![to("https://example.com/x")]), "integration-endpoint-invalid"));
    let tls = logged(facts(vec![to("https://example.com/x")]), &["PKIX path building failed"], &[]);
    shown(
        "integration-tls-failure",
        (&failed(500), &tls, "certain"),
        (&failed(500), &logged(facts(vec![to("https://example.com/x")]), &["ok"], &[])),
        (&failed(500), &facts(vec![logging(to("https://example.com/x"))])),
    );
    let network = to_orders("GET", "/orders").refused(
        504,
        "InternalServerErrorException",
        "Network error communicating with endpoint",
    );
    assert_eq!(first(&network, &facts(vec![to("https://example.com/x")])), "integration-network-error certain");
    let late = to_orders("GET", "/orders").refused(504, "InternalServerErrorException", "Endpoint request timed out");
    assert_eq!(first(&late, &facts(vec![to("https://example.com/x")])), "integration-timeout certain");
    assert!(!lists(&late, &facts(vec![to("https://example.com/x")]), "integration-network-error"));
    let mut quick = late.clone();
    quick.request.client.elapsed_ms = Some(300);
    assert!(!lists(&quick, &facts(vec![to("https://example.com/x")]), "integration-timeout"));
}

#[test]
fn a_vpc_link_is_available() {
    let linked = || {
        with(|own| {
            own.integration_type = "HTTP_PROXY".to_owned();
            own.uri = Some("http://internal.example.com/x".to_owned());
            own.connection_type = Some("VPC_LINK".to_owned());
            own.connection_id = Some("link1".to_owned());
        })
    };
    let link = |status: &str| {
        facts(vec![linked()]).with(Read::VpcLink("link1".to_owned()), json!({ "id": "link1", "status": status }))
    };
    let broken = to_orders("GET", "/orders").refused(
        504,
        "InternalServerErrorException",
        "Network error communicating with endpoint",
    );
    assert_eq!(first(&broken, &link("FAILED")), "vpc-link-unhealthy certain");
    // An available link proves nothing: its targets were not read. The gateway's own text answers then.
    assert_eq!(first(&broken, &link("AVAILABLE")), "integration-network-error certain");
    let available = explained(&broken, &link("AVAILABLE"));
    let own = available.causes.iter().find(|cause| cause.id == "vpc-link-unhealthy").unwrap();
    assert_eq!(own.confidence.name(), "possible");
    assert!(!lists(
        &broken,
        &facts(vec![with(|own| own.integration_type = "HTTP_PROXY".to_owned())]),
        "vpc-link-unhealthy"
    ));
}

#[test]
fn a_role_trusts_the_gateway() {
    let with_role = || with(|own| own.credentials = Some("arn:aws:iam::111122223333:role/gateway".to_owned()));
    let trusts = |service: &str| {
        let trust = json!({ "Role": { "AssumeRolePolicyDocument": { "Statement": [{ "Principal": { "Service": service } }] } } });
        in_order(facts(vec![with_role()])).with(Read::Role("gateway".to_owned()), trust)
    };
    shown(
        "integration-credentials-invalid",
        (&failed(500), &trusts("lambda.amazonaws.com"), "certain"),
        (&failed(500), &trusts("apigateway.amazonaws.com")),
        (&failed(500), &facts(vec![with_role()])),
    );
    // The command keeps whom the role trusts already.
    let own = explained(&failed(500), &trusts("lambda.amazonaws.com")).causes.swap_remove(0);
    let trust = r#"{"Statement":[{"Principal":{"Service":"lambda.amazonaws.com"}},{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"}}],"Version":"2012-10-17"}"#;
    let command =
        format!("aws iam update-assume-role-policy --role-name gateway --policy-document '{trust}' --region eu-west-1");
    assert_eq!(own.remedy.command, Some(command));
}

#[test]
fn an_http_api_tells_in_its_access_log() {
    let api = |with_log: bool| {
        let mut api = http();
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        if with_log {
            let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:access";
            stages[0].settings.insert(
                "accessLogSettings".to_owned(),
                json!({ "destinationArn": arn, "format": "$context.requestId $context.integrationErrorMessage" }),
            );
        }
        in_order(facts(vec![api]))
    };
    let exchange = to_orders("GET", "/orders").http(500, "Internal Server Error");
    let log = |line: &str| {
        let id = "QwErTyUiOpAsDfG=";
        let read = Read::Logs { group: "access".to_owned(), filter: Some(id.to_owned()) };
        api(true)
            .with(read, json!([{ "timestamp": 1, "message": format!("{id} {line}") }]))
            .with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, json!([]))
    };
    let error =
        "The Lambda function returned the following error: boom. Check your Lambda function code and try again.";
    assert_eq!(first(&exchange, &log(error)), "lambda-unhandled-error certain");
    shown(
        "http-lambda-response-format",
        (&exchange, &log("The response from the Lambda function was malformed"), "certain"),
        (&exchange, &log("-")),
        (&exchange, &api(true)),
    );
    assert_eq!(first(&exchange, &api(false)), "lambda-unhandled-error possible");
}

#[test]
fn a_stage_without_logs_is_told_beside_an_error() {
    let explanation = explained(&failed(502), &facts(vec![with(|_| {})]));
    assert!(explanation.causes.iter().any(|cause| cause.id == "logs-not-enabled"));
    assert!(!lists(&failed(502), &facts(vec![logging(with(|_| {}))]), "logs-not-enabled"));
    // Who is told for certain needs no log.
    let closed = facts(vec![with(|_| {})])
        .with(Read::FunctionPolicy("orders-fn".to_owned()), json!({ "Policy": { "Statement": [] } }));
    assert_eq!(first(&failed(500), &closed), "lambda-permission-missing certain");
    assert!(!lists(&failed(500), &closed, "logs-not-enabled"));
}
