//! Accounts whose integrations, functions and roles do not answer.

use serde_json::{Value, json};
use tests::shapes::{ACCOUNT, REGION, function_uri, orders, policy, shop};

use super::{merged, method, rest, with_function};

pub(super) fn integrated(integration: Value) -> Value {
    rest(|own| {
        let get = method(own, "GET");
        get["methodIntegration"] = merged(
            json!({ "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": "res002", "cacheKeyParameters": [] }),
            integration,
        );
    })
}

pub(super) fn private_address() -> Value {
    integrated(json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://10.0.3.4:8080/orders" }))
}

pub(super) fn called_with_get() -> Value {
    integrated(json!({ "type": "AWS_PROXY", "httpMethod": "GET", "uri": function_uri("orders-fn") }))
}

/// `GET /orders` calls SQS with a role that trusts API Gateway.
pub(super) fn by_role() -> Value {
    roles(integrated(sender()), "apigateway.amazonaws.com")
}

pub(super) fn sender() -> Value {
    json!({
        "type": "AWS", "httpMethod": "POST", "uri": format!("arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/orders"),
        "credentials": format!("arn:aws:iam::{ACCOUNT}:role/sender"),
        "integrationResponses": { "200": { "statusCode": "200" } },
    })
}

pub(super) fn roles(mut recording: Value, trusted: &str) -> Value {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": trusted }, "Action": "sts:AssumeRole",
    }] });
    recording["iam"] = json!({ "get_role": { "sender": { "Role": {
        "RoleName": "sender", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/sender"), "Path": "/", "RoleId": "AROAEXAMPLE",
        "CreateDate": "2026-01-05T10:00:00Z", "AssumeRolePolicyDocument": trust,
    } } } });
    recording
}

pub(super) fn role_of_lambda() -> Value {
    roles(integrated(sender()), "lambda.amazonaws.com")
}

pub(super) fn without_response() -> Value {
    roles(integrated(merged(sender(), json!({ "integrationResponses": {} }))), "apigateway.amazonaws.com")
}

pub(super) fn mapped_header() -> Value {
    let mapped = json!({ "requestParameters": { "integration.request.header.Host": "'orders'" } });
    roles(integrated(merged(sender(), mapped)), "apigateway.amazonaws.com")
}

pub(super) fn link(status: &str) -> Value {
    let mut recording = integrated(json!({
        "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://orders.internal/", "connectionType": "VPC_LINK",
        "connectionId": "link01",
    }));
    recording["apigateway"]["get_vpc_link"] =
        json!({ "link01": { "id": "link01", "name": "orders", "targetArns": [], "status": status } });
    recording
}

pub(super) fn linked() -> Value {
    link("AVAILABLE")
}

pub(super) fn link_that_failed() -> Value {
    link("FAILED")
}

pub(super) fn failed_function() -> Value {
    with_function(orders(), "orders-fn", "State", json!("Failed"))
}

pub(super) fn bad_handler() -> Value {
    with_function(orders(), "orders-fn", "Handler", json!("handler"))
}

pub(super) fn java() -> Value {
    with_function(orders(), "orders-fn", "Runtime", json!("java21"))
}

pub(super) fn slow_orders() -> Value {
    with_function(orders(), "orders-fn", "Timeout", json!(60))
}

pub(super) fn slow_shop() -> Value {
    with_function(shop(), "cart-fn", "Timeout", json!(900))
}

/// The function has a URL that asks for no signature; these actions are everybody's.
pub(super) fn with_url(actions: &[&str]) -> Value {
    let mut recording = orders();
    let mut own = policy(&format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:*/*"));
    let statements = own["Statement"].as_array_mut().unwrap();
    statements.extend(actions.iter().map(|action| json!({ "Effect": "Allow", "Principal": "*", "Action": action })));
    recording["lambda"]["get_policy"]["orders-fn"] = json!({ "Policy": own.to_string() });
    recording["lambda"]["get_function_url_config"]["orders-fn"] = json!({
        "FunctionUrl": "https://abcdefghij0123456789abcdefghij01.lambda-url.eu-west-1.on.aws/", "AuthType": "NONE",
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn", "CreationTime": "2026-01-05T10:00:00Z",
        "LastModifiedTime": "2026-01-05T10:00:00Z",
    });
    recording
}

pub(super) fn url_of_nobody() -> Value {
    with_url(&[])
}

pub(super) fn url_with_one_permission() -> Value {
    with_url(&["lambda:InvokeFunctionUrl"])
}
