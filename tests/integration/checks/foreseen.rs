//! The cases of the checks that warn of causes: what callers will meet, by how an account is set up.

mod backends;
mod browsers;
mod callers;

use serde_json::Value;
use tests::exporter::Format;
use tests::shapes::{HTTP, REST, deploy, orders, shop};

use super::{Case, denied};
use backends::{
    bad_handler, by_role, called_with_get, failed_function, java, link_that_failed, linked, mapped_header,
    private_address, role_of_lambda, slow_orders, slow_shop, url_of_nobody, url_with_one_permission, without_response,
};
use browsers::{
    binary_preflight, for_all_with_cookies, for_browsers, guarded_preflight, half_for_browsers, keyed_for_browsers,
    mute_mock, preflight_with_key, shop_for_browsers, shop_for_no_origin, shop_with_a_slash, shop_without_header,
    shop_without_method,
};
use callers::{
    client_that_may_not_read, client_that_signs_out_elsewhere, client_without_flow, client_without_oauth,
    client_without_provider, disabled_key, issuer_without_tls, kept_as_usual, kept_for_an_hour, key_of_no_authorizer,
    key_that_nobody_wants, keyed, page_on_another_port, plan_without_quota, plan_without_throttle, planned_shop,
    pool_gone, pool_there, pool_without_domain, promising, scope_of_no_client, shop_with_a_contradiction, signing_in,
    throttled_to_nothing, within_the_account,
};

/// `orders`, changed before it is deployed.
fn rest(change: impl FnOnce(&mut Value)) -> Value {
    let mut recording = orders();
    change(&mut recording["apigateway"]);
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    recording
}

/// A method of `/orders`.
fn method<'r>(apigateway: &'r mut Value, verb: &str) -> &'r mut Value {
    &mut apigateway["get_resources"][REST]["items"][1]["resourceMethods"][verb]
}

/// `shop`, changed as it is live and as it is deployed.
fn http(change: impl Fn(&mut Value)) -> Value {
    let mut recording = shop();
    for key in [HTTP.to_owned(), format!("{HTTP}/prod")] {
        change(&mut recording["apigatewayv2"]["export_api"][key]);
    }
    recording
}

/// A setting of the function that `orders` calls.
fn with_function(mut recording: Value, name: &str, member: &str, value: Value) -> Value {
    recording["lambda"]["get_function_configuration"][name][member] = value;
    recording
}

fn merged(mut value: Value, other: Value) -> Value {
    for (name, own) in other.as_object().unwrap() {
        value[name] = own.clone();
    }
    value
}

fn shop_that_calls_nothing() -> Value {
    http(|document| {
        document["paths"]["/cart"]["get"].as_object_mut().unwrap().remove("x-amazon-apigateway-integration");
    })
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let case = |check, account: fn() -> Value, edits: &[(&str, Value)], says| {
        let expand = |at: &str| at.replace("{REST}", REST).replace("{HTTP}", HTTP);
        Case { check, account, edits: edits.iter().map(|(at, value)| (expand(at), value.clone())).collect(), says }
    };
    vec![
        case("api-key-disabled", disabled_key, &[], &["low /apikeys/key01: key01: The key is disabled"]),
        case("api-key-disabled", keyed, &[], &[]),
        case("api-key-disabled", disabled_key, &[("/apigateway/get_api_keys", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apikeys (for apigateway:GetApiKeys)"]),
        case("api-key-not-required-on-method", key_that_nobody_wants, &[], &["medium /restapis/a1b2c3d4e5/stages/prod: GET / and 2 more: A usage plan opens the stage, but no route wants a key"]),
        case("api-key-not-required-on-method", keyed, &[], &[]),
        case("api-key-not-required-on-method", key_that_nobody_wants, &[("/apigateway/get_usage_plans", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans (for apigateway:GetUsagePlans)"]),
        case("api-key-on-http-api", planned_shop, &[], &["medium /apis/h1t2t3p4a5: shop: HTTP APIs know no API keys"]),
        case("api-key-on-http-api", shop, &[], &[]),
        case("api-key-on-http-api", planned_shop, &[("/apigateway/get_usage_plans", denied())], &["not evaluated /apis/h1t2t3p4a5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans (for apigateway:GetUsagePlans)"]),
        case("api-key-source-authorizer", key_of_no_authorizer, &[], &["high /restapis/a1b2c3d4e5: orders: The API looks for the key in the authorizer's answer, not in the header"]),
        case("api-key-source-authorizer", keyed, &[], &[]),
        case("api-key-source-authorizer", key_of_no_authorizer, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("binary-media-breaks-mock-options", binary_preflight, &[], &["medium /restapis/a1b2c3d4e5: orders: Binary media types break the preflight's mock"]),
        case("binary-media-breaks-mock-options", for_browsers, &[], &[]),
        case("binary-media-breaks-mock-options", binary_preflight, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("cognito-attribute-read-missing", client_that_may_not_read, &[], &["low arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web: An attribute that a scope stands for may not be read"]),
        case("cognito-attribute-read-missing", signing_in, &[], &[]),
        case("cognito-attribute-read-missing", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-authorizer-pool-deleted", pool_gone, &[], &["high /restapis/a1b2c3d4e5 people: people: The authorizer's user pool does not exist"]),
        case("cognito-authorizer-pool-deleted", pool_there, &[], &[]),
        case("cognito-authorizer-pool-deleted", pool_gone, &[("/cognito-idp/describe_user_pool", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: cognito-idp:DescribeUserPool on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPool)"]),
        case("cognito-code-flow-not-enabled", client_without_flow, &[], &["info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web: An app client has callback URLs, and no flow that uses them"]),
        case("cognito-code-flow-not-enabled", signing_in, &[], &[]),
        case("cognito-code-flow-not-enabled", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-domain-missing", pool_without_domain, &[], &["low arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: web is set up for OAuth, and its user pool eu-west-1_AbCdEf123 has no domain"]),
        case("cognito-domain-missing", signing_in, &[], &[]),
        case("cognito-domain-missing", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-idp-not-enabled", client_without_provider, &[], &["medium arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web: The client does not offer the identity provider"]),
        case("cognito-idp-not-enabled", signing_in, &[], &[]),
        case("cognito-idp-not-enabled", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-invalid-scope", scope_of_no_client, &[], &["info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web for GET /cart: No app client may ask for a scope that a route wants"]),
        case("cognito-invalid-scope", signing_in, &[], &[]),
        case("cognito-invalid-scope", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-logout-uri-not-allowed", client_that_signs_out_elsewhere, &[], &["info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web from https://app.example.com: People who sign in from a page cannot sign out to it"]),
        case("cognito-logout-uri-not-allowed", signing_in, &[], &[]),
        case("cognito-logout-uri-not-allowed", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-oauth-flows-disabled", client_without_oauth, &[], &["medium arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web: The client may not use OAuth at all"]),
        case("cognito-oauth-flows-disabled", signing_in, &[], &[]),
        case("cognito-oauth-flows-disabled", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cognito-redirect-uri-mismatch", page_on_another_port, &[], &["info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 3n4b5urk1ft4fl3mg5e62d9ado: the client web from https://app.example.com:8443: People who sign in from a page are sent back to another scheme or port"]),
        case("cognito-redirect-uri-mismatch", signing_in, &[], &[]),
        case("cognito-redirect-uri-mismatch", signing_in, &[("/cognito-idp/describe_user_pool_client", denied())], &["not evaluated arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123: access denied: cognito-idp:DescribeUserPoolClient on arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 (for cognito-idp:DescribeUserPoolClient)"]),
        case("cors-gateway-response-no-headers", for_browsers, &[], &["low /restapis/a1b2c3d4e5: orders: The browser hides the gateway's error"]),
        case("cors-gateway-response-no-headers", orders, &[], &[]),
        case("cors-gateway-response-no-headers", for_browsers, &[("/apigateway/get_gateway_responses/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/gatewayresponses (for apigateway:GetGatewayResponses)"]),
        case("cors-header-not-allowed", shop_without_header, &[], &["info /apis/h1t2t3p4a5/stages/prod: DELETE /cart: Browsers are not allowed to send a header that a route asks for"]),
        case("cors-header-not-allowed", keyed_for_browsers, &[], &[]),
        case("cors-header-not-allowed", shop_without_header, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("cors-method-not-allowed", shop_without_method, &[], &["info /apis/h1t2t3p4a5/stages/prod: DELETE /cart: Browsers are not allowed to use a method that a route takes"]),
        case("cors-method-not-allowed", shop_for_browsers, &[], &[]),
        case("cors-method-not-allowed", shop_without_method, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("cors-options-missing", half_for_browsers, &[], &["low /restapis/a1b2c3d4e5/stages/prod: PUT /items: The preflight has no route"]),
        case("cors-options-missing", for_browsers, &[], &[]),
        case("cors-options-missing", half_for_browsers, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("cors-options-requires-auth", guarded_preflight, &[], &["medium /restapis/a1b2c3d4e5/stages/prod: GET /orders and 1 more: The preflight is asked for authorization"]),
        case("cors-options-requires-auth", for_browsers, &[], &[]),
        case("cors-options-requires-auth", guarded_preflight, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("cors-options-requires-key", preflight_with_key, &[], &["medium /restapis/a1b2c3d4e5/stages/prod: GET /orders and 1 more: The preflight is asked for an API key"]),
        case("cors-options-requires-key", for_browsers, &[], &[]),
        case("cors-options-requires-key", preflight_with_key, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("cors-origin-mismatch", shop_with_a_slash, &[], &["info /apis/h1t2t3p4a5/stages/prod: DELETE /cart and 1 more: An allowed origin is written as no browser writes it"]),
        case("cors-origin-mismatch", shop_for_browsers, &[], &[]),
        case("cors-origin-mismatch", shop_with_a_slash, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("cors-wildcard-with-credentials", for_all_with_cookies, &[], &["info /restapis/a1b2c3d4e5/stages/prod: GET /orders and 1 more: Cookies are allowed together with all origins"]),
        case("cors-wildcard-with-credentials", for_browsers, &[], &[]),
        case("cors-wildcard-with-credentials", for_all_with_cookies, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("http-api-timeout", slow_shop, &[], &["info /apis/h1t2t3p4a5 function:cart-fn: cart-fn: A function may run longer than the HTTP API waits for it"]),
        case("http-api-timeout", shop, &[], &[]),
        case("http-api-timeout", slow_shop, &[("/lambda/get_function_configuration", denied())], &["not evaluated /apis/h1t2t3p4a5/stages/prod: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:cart-fn (for lambda:GetFunctionConfiguration)"]),
        case("http-cors-overrides-backend", shop_for_no_origin, &[], &["info /apis/h1t2t3p4a5: shop: An HTTP API's CORS configuration names no origin"]),
        case("http-cors-overrides-backend", shop_for_browsers, &[], &[]),
        case("http-cors-overrides-backend", shop_for_no_origin, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("http-lambda-auth-response-format", shop_with_a_contradiction, &[], &["info /apis/h1t2t3p4a5 people: people: The settings of an HTTP API's Lambda authorizer contradict each other"]),
        case("http-lambda-auth-response-format", shop, &[], &[]),
        case("http-lambda-auth-response-format", shop_with_a_contradiction, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("http-route-no-integration", shop_that_calls_nothing, &[], &["high /apis/h1t2t3p4a5/stages/prod GET /cart: GET /cart: The route calls nothing"]),
        case("http-route-no-integration", shop, &[], &[]),
        case("http-route-no-integration", shop_that_calls_nothing, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("illegal-header-mapping", mapped_header, &[], &["low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration maps a header that it may not set"]),
        case("illegal-header-mapping", by_role, &[], &[]),
        case("illegal-header-mapping", mapped_header, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("integration-credentials-invalid", role_of_lambda, &[], &["high /restapis/a1b2c3d4e5 sender: sender: API Gateway may not assume the integration's role"]),
        case("integration-credentials-invalid", by_role, &[], &[]),
        case("integration-credentials-invalid", by_role, &[("/iam/get_role", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: iam:GetRole on arn:aws:iam::111122223333:role/sender (for iam:GetRole)"]),
        case("integration-endpoint-invalid", private_address, &[], &["low /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration's address is none that can be reached"]),
        case("integration-endpoint-invalid", orders, &[], &[]),
        case("integration-endpoint-invalid", private_address, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("integration-response-no-match", without_response, &[], &["high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: No integration response takes the backend's answer"]),
        case("integration-response-no-match", by_role, &[], &[]),
        case("integration-response-no-match", without_response, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("integration-timeout", slow_orders, &[], &["info /restapis/a1b2c3d4e5 function:orders-fn: orders-fn: A function may run longer than the integration waits for it"]),
        case("integration-timeout", orders, &[], &[]),
        case("integration-timeout", slow_orders, &[("/lambda/get_function_configuration", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionConfiguration)"]),
        case("jwt-jwks-unreachable", issuer_without_tls, &[], &["low /apis/h1t2t3p4a5 people: people: API Gateway cannot check the token's signature"]),
        case("jwt-jwks-unreachable", shop, &[], &[]),
        case("jwt-jwks-unreachable", issuer_without_tls, &[("/apigatewayv2/get_stages/{HTTP}", denied())], &["not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)"]),
        case("lambda-auth-cached-policy", kept_for_an_hour, &[], &["info /restapis/a1b2c3d4e5 tokens: tokens: An authorizer's decision for one route is kept for long for all of them"]),
        case("lambda-auth-cached-policy", kept_as_usual, &[], &[]),
        case("lambda-auth-cached-policy", kept_for_an_hour, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("lambda-function-not-active", failed_function, &[], &["high /restapis/a1b2c3d4e5 function:orders-fn: orders-fn: The function is not active"]),
        case("lambda-function-not-active", orders, &[], &[]),
        case("lambda-function-not-active", failed_function, &[("/lambda/get_function_configuration", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionConfiguration)"]),
        case("lambda-handler-wrong", bad_handler, &[], &["info /restapis/a1b2c3d4e5 function:orders-fn: orders-fn: The handler of a function has not the form that its runtime wants"]),
        case("lambda-handler-wrong", orders, &[], &[]),
        case("lambda-handler-wrong", bad_handler, &[("/lambda/get_function_configuration", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionConfiguration)"]),
        case("lambda-integration-method-not-post", called_with_get, &[], &["high /restapis/a1b2c3d4e5/stages/prod GET /orders: GET /orders: The integration calls Lambda with another method than POST"]),
        case("lambda-integration-method-not-post", orders, &[], &[]),
        case("lambda-integration-method-not-post", called_with_get, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("lambda-timeout-own", java, &[], &["info /restapis/a1b2c3d4e5 function:orders-fn: orders-fn: A function on the JVM ends after the three seconds of Lambda's default"]),
        case("lambda-timeout-own", orders, &[], &[]),
        case("lambda-timeout-own", java, &[("/lambda/get_function_configuration", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionConfiguration)"]),
        case("lambda-url-invoke-function-missing", url_with_one_permission, &[], &["low orders-fn: the URL of orders-fn: The function URL lacks the second permission"]),
        case("lambda-url-invoke-function-missing", orders, &[], &[]),
        case("lambda-url-invoke-function-missing", url_with_one_permission, &[("/lambda/get_function_url_config", denied())], &["not evaluated arn:aws:lambda:eu-west-1:111122223333:function:orders-fn: access denied: lambda:GetFunctionUrlConfig on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionUrlConfig)"]),
        case("lambda-url-policy-missing", url_of_nobody, &[], &["medium orders-fn: the URL of orders-fn: Nobody may call the function URL"]),
        case("lambda-url-policy-missing", orders, &[], &[]),
        case("lambda-url-policy-missing", url_of_nobody, &[("/lambda/get_function_url_config", denied())], &["not evaluated arn:aws:lambda:eu-west-1:111122223333:function:orders-fn: access denied: lambda:GetFunctionUrlConfig on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionUrlConfig)"]),
        case("mock-status-missing", mute_mock, &[], &["high /restapis/a1b2c3d4e5/stages/prod OPTIONS /orders: OPTIONS /orders: The mock does not say which status it answers with"]),
        case("mock-status-missing", for_browsers, &[], &[]),
        case("mock-status-missing", mute_mock, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("quota-exceeded", plan_without_quota, &[], &["info /restapis/a1b2c3d4e5 plan01: plan01: The quota of a usage plan is 0"]),
        case("quota-exceeded", keyed, &[], &[]),
        case("quota-exceeded", plan_without_quota, &[("/apigateway/get_usage_plans", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans (for apigateway:GetUsagePlans)"]),
        case("throttle-account", promising, &[], &["info /restapis/a1b2c3d4e5/stages/prod: GET / and 2 more: A stage is set to let more through than the whole account may"]),
        case("throttle-account", within_the_account, &[], &[]),
        case("throttle-account", promising, &[("/apigateway/get_account", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/account (for apigateway:GetAccount)"]),
        case("throttle-stage-or-method", throttled_to_nothing, &[], &["high /restapis/a1b2c3d4e5/stages/prod: GET / and 2 more: The stage or the method lets through nothing, or little"]),
        case("throttle-stage-or-method", within_the_account, &[], &[]),
        case("throttle-stage-or-method", throttled_to_nothing, &[("/apigateway/get_stages/{REST}", denied())], &["not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)"]),
        case("throttle-usage-plan", plan_without_throttle, &[], &["info /restapis/a1b2c3d4e5 plan01: plan01: The throttle of a usage plan lets next to nothing through"]),
        case("throttle-usage-plan", keyed, &[], &[]),
        case("throttle-usage-plan", plan_without_throttle, &[("/apigateway/get_usage_plans", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans (for apigateway:GetUsagePlans)"]),
        case("vpc-link-unhealthy", link_that_failed, &[], &["high /restapis/a1b2c3d4e5 link01: link01: The VPC link is not available, or nothing healthy is behind it"]),
        case("vpc-link-unhealthy", linked, &[], &[]),
        case("vpc-link-unhealthy", linked, &[("/apigateway/get_vpc_link", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/vpclinks/link01 (for apigateway:GetVpcLink)"]),
    ]
}
