//! The cases of the checks on what fails: metrics and logs, as AWS answers them.

use serde_json::{Value, json};
use tests::shapes::{REST, events, metric, orders};

use super::{Case, denied};

/// Lambda's id of the call that fails.
const CALL: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

/// `orders`, with an execution log, in which the function failed and said so in its log.
fn failing() -> Value {
    let mut recording = orders();
    log_executions(&mut recording);
    recording["metrics"] = json!([
        metric("AWS/Lambda", "Errors", json!({ "FunctionName": "orders-fn" }), 1),
        metric("AWS/Lambda", "Invocations", json!({ "FunctionName": "orders-fn" }), 40),
        metric("AWS/ApiGateway", "5XXError", json!({ "ApiName": "orders", "Stage": "prod" }), 1),
    ]);
    recording["logs"] = json!({
        "/aws/lambda/orders-fn": events(&[
            &format!("START RequestId: {CALL} Version: $LATEST"),
            "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler\n    return event['id']",
            &format!("END RequestId: {CALL}"),
        ]),
        (executions()): events(&[
            "(8db3b4dd) HTTP Method: GET, Resource Path: /orders",
            &format!("(8db3b4dd) Lambda execution failed with status 200 due to customer function error: 'id'. Lambda request id: {CALL}"),
        ]),
    });
    recording
}

/// `orders`, with an execution log, in which the gateway failed and said so in the given lines.
fn refused(lines: &[&str]) -> Value {
    let mut recording = orders();
    log_executions(&mut recording);
    recording["metrics"] =
        json!([metric("AWS/ApiGateway", "5XXError", json!({ "ApiName": "orders", "Stage": "prod" }), 1)]);
    recording["logs"] = json!({ (executions()): events(lines) });
    recording
}

fn malformed() -> Value {
    refused(&[
        "(8db3b4dd) HTTP Method: GET, Resource Path: /orders",
        "(8db3b4dd) Endpoint response body before transformations: {\"statusCode\":200,\"body\":{\"id\":1}}",
        "(8db3b4dd) Execution failed due to configuration error: Malformed Lambda proxy response",
    ])
}

fn malformed_authorizer() -> Value {
    refused(&[
        "(8db3b4dd) HTTP Method: POST, Resource Path: /orders",
        "(8db3b4dd) Starting authorizer: auth01 for request: 8db3b4dd",
        "(8db3b4dd) Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \"policy\" ",
    ])
}

fn without_status() -> Value {
    refused(&[
        "(8db3b4dd) HTTP Method: GET, Resource Path: /orders",
        "(8db3b4dd) Endpoint response body before transformations: {\"body\":\"[]\"}",
    ])
}

fn without_body() -> Value {
    refused(&[
        "(8db3b4dd) HTTP Method: GET, Resource Path: /orders",
        "(8db3b4dd) Endpoint response body before transformations: {\"statusCode\":200}",
    ])
}

fn without_permission() -> Value {
    refused(&[
        "(8db3b4dd) HTTP Method: GET, Resource Path: /orders",
        "(8db3b4dd) Execution failed due to configuration error: Invalid permissions on Lambda function",
    ])
}

/// The stage fails, and has no log.
fn silent() -> Value {
    let mut recording = malformed();
    recording["apigateway"]["get_stages"][REST]["item"][0].as_object_mut().unwrap().remove("methodSettings");
    recording
}

/// What the function's log says instead.
fn saying(message: &str) -> Value {
    let mut recording = failing();
    recording["logs"]["/aws/lambda/orders-fn"] = events(&[message]);
    recording
}

fn timed_out() -> Value {
    saying(&format!("2026-10-10T11:59:33.000Z {CALL} Task timed out after 3.00 seconds"))
}

fn killed() -> Value {
    saying(&format!("RequestId: {CALL} Error: Runtime exited with error: signal: killed\nRuntime.ExitError"))
}

fn mute() -> Value {
    saying(&format!("START RequestId: {CALL} Version: $LATEST"))
}

/// Neither the function's log nor the gateway's says why.
fn unexplained() -> Value {
    let mut recording = mute();
    recording["logs"][executions()] = json!([]);
    recording
}

fn throttled() -> Value {
    let mut recording = orders();
    recording["metrics"] = json!([metric("AWS/Lambda", "Throttles", json!({ "FunctionName": "orders-fn" }), 5)]);
    recording
}

fn log_executions(recording: &mut Value) {
    recording["apigateway"]["get_stages"][REST]["item"][0]["methodSettings"] =
        json!({ "*/*": { "loggingLevel": "INFO", "dataTraceEnabled": true } });
}

fn executions() -> String {
    format!("API-Gateway-Execution-Logs_{REST}/prod")
}

pub(super) fn cases() -> Vec<Case> {
    let case = |check, account: fn() -> Value, edits: &[(&str, Value)], says| {
        let edits = edits.iter().map(|(at, value)| ((*at).to_owned(), value.clone())).collect();
        Case { check, account, edits, says }
    };
    let no_metrics: &[(&str, Value)] = &[("/metrics", denied())];
    let no_logs: &[(&str, Value)] = &[("/logs", denied())];
    vec![
        case("handler-error", failing, &[], &["high orders-fn: orders-fn fails: KeyError: 'id'"]),
        case("handler-error", orders, &[], &[]),
        case("handler-error", timed_out, &[], &[]),
        case("handler-error", mute, &[], &["high orders-fn: orders-fn fails: 'id'"]),
        case(
            "handler-error",
            failing,
            no_logs,
            &[
                "not evaluated orders-fn: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders-fn (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "handler-timeout",
            timed_out,
            &[],
            &["high orders-fn: orders-fn runs into its timeout: Task timed out after 3.00 seconds"],
        ),
        case("handler-timeout", failing, &[], &[]),
        case(
            "handler-timeout",
            timed_out,
            no_logs,
            &[
                "not evaluated orders-fn: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders-fn (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "handler-out-of-memory",
            killed,
            &[],
            &[
                "high orders-fn: orders-fn runs out of memory: Runtime.ExitError: Runtime exited with error: signal: killed",
            ],
        ),
        case("handler-out-of-memory", failing, &[], &[]),
        case(
            "handler-out-of-memory",
            killed,
            no_logs,
            &[
                "not evaluated orders-fn: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders-fn (for logs:FilterLogEvents)",
            ],
        ),
        case("function-throttled", throttled, &[], &["medium orders-fn: Lambda refused calls of orders-fn 5 times"]),
        case("function-throttled", failing, &[], &[]),
        case(
            "function-throttled",
            throttled,
            no_metrics,
            &["not evaluated orders-fn: access denied: cloudwatch:GetMetricData on * (for cloudwatch:GetMetricData)"],
        ),
        case(
            "errors-without-logs",
            unexplained,
            &[],
            &["medium orders-fn: orders-fn failed once, and no log says why"],
        ),
        case(
            "errors-without-logs",
            unexplained,
            &[("/logs/~1aws~1lambda~1orders-fn", json!([]))],
            &["medium orders-fn: orders-fn failed once, and no log says why"],
        ),
        // The gateway's log says why.
        case("errors-without-logs", mute, &[], &[]),
        case("errors-without-logs", failing, &[], &[]),
        case("errors-without-logs", orders, &[], &[]),
        case(
            "errors-without-logs",
            failing,
            no_logs,
            &[
                "not evaluated orders-fn: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/orders-fn (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "logs-not-enabled",
            silent,
            &[],
            &["medium /restapis/a1b2c3d4e5/stages/prod: prod failed once, and writes no log that tells why"],
        ),
        case("logs-not-enabled", malformed, &[], &[]),
        case("logs-not-enabled", orders, &[], &[]),
        case(
            "logs-not-enabled",
            silent,
            no_metrics,
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: cloudwatch:GetMetricData on * (for cloudwatch:GetMetricData)",
            ],
        ),
        case(
            "malformed-proxy-response",
            malformed,
            &[],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod GET /orders function:orders-fn: GET /orders of prod answers 502: API Gateway refuses what orders-fn returns",
            ],
        ),
        case("malformed-proxy-response", failing, &[], &[]),
        case(
            "malformed-proxy-response",
            malformed,
            no_logs,
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:API-Gateway-Execution-Logs_a1b2c3d4e5/prod (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "malformed-authorizer-response",
            malformed_authorizer,
            &[],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod POST /orders auth01: POST /orders of prod answers 500: API Gateway refuses what auth01 returns",
            ],
        ),
        case("malformed-authorizer-response", malformed, &[], &[]),
        case(
            "malformed-authorizer-response",
            malformed_authorizer,
            no_logs,
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:API-Gateway-Execution-Logs_a1b2c3d4e5/prod (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "response-without-status-code",
            without_status,
            &[],
            &[
                "medium /restapis/a1b2c3d4e5/stages/prod GET /orders function:orders-fn: orders-fn answers without a status code for GET /orders of prod",
            ],
        ),
        case("response-without-status-code", without_body, &[], &[]),
        case(
            "response-without-status-code",
            without_status,
            no_logs,
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:API-Gateway-Execution-Logs_a1b2c3d4e5/prod (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "response-without-body",
            without_body,
            &[],
            &[
                "low /restapis/a1b2c3d4e5/stages/prod GET /orders function:orders-fn: orders-fn answers without a body for GET /orders of prod",
            ],
        ),
        case("response-without-body", without_status, &[], &[]),
        case(
            "response-without-body",
            without_body,
            no_logs,
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:API-Gateway-Execution-Logs_a1b2c3d4e5/prod (for logs:FilterLogEvents)",
            ],
        ),
        case(
            "gateway-error-without-function-error",
            without_permission,
            &[],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod GET /orders function:orders-fn permission: GET /orders of prod fails at the gateway: Invalid permissions on Lambda function",
            ],
        ),
        case(
            "gateway-error-without-function-error",
            silent,
            &[],
            &[
                "medium /restapis/a1b2c3d4e5/stages/prod: prod answered once with a server error that no function counts",
            ],
        ),
        case("gateway-error-without-function-error", failing, &[], &[]),
        case("gateway-error-without-function-error", malformed, &[], &[]),
        case(
            "gateway-error-without-function-error",
            without_permission,
            &[("/metrics", denied()), ("/logs", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: logs:FilterLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:API-Gateway-Execution-Logs_a1b2c3d4e5/prod (for logs:FilterLogEvents)",
            ],
        ),
    ]
}
