//! Accounts whose callers show a key, a token or a sign-in.

use serde_json::{Value, json};
use tests::edit;
use tests::shapes::{ACCOUNT, HTTP, REGION, REST, add_function, function_uri, orders, shop};

use super::{http, merged, method, rest};

pub(super) const POOL: &str = "eu-west-1_AbCdEf123";

pub(super) const CLIENT: &str = "3n4b5urk1ft4fl3mg5e62d9ado";

/// `POST /orders` wants a key, which the plan of a partner holds.
pub(super) fn keyed() -> Value {
    planned(rest(|own| method(own, "POST")["apiKeyRequired"] = json!(true)), REST)
}

pub(super) fn planned(mut recording: Value, api: &str) -> Value {
    let own = &mut recording["apigateway"];
    own["get_usage_plans"]["items"] =
        json!([{ "id": "plan01", "name": "partners", "apiStages": [{ "apiId": api, "stage": "prod" }] }]);
    own["get_usage_plan_keys"]["plan01"] = json!({ "items": [{ "id": "key01", "name": "ada", "type": "API_KEY" }] });
    own["get_api_keys"]["items"] = json!([{ "id": "key01", "name": "ada", "enabled": true }]);
    recording
}

pub(super) fn disabled_key() -> Value {
    let mut recording = keyed();
    recording["apigateway"]["get_api_keys"]["items"][0]["enabled"] = json!(false);
    recording
}

pub(super) fn key_that_nobody_wants() -> Value {
    planned(orders(), REST)
}

pub(super) fn planned_shop() -> Value {
    planned(shop(), HTTP)
}

pub(super) fn key_of_no_authorizer() -> Value {
    planned(
        rest(|own| {
            own["get_rest_apis"]["items"][0]["apiKeySource"] = json!("AUTHORIZER");
            method(own, "POST")["apiKeyRequired"] = json!(true);
        }),
        REST,
    )
}

pub(super) fn plan_with(member: &str, value: Value) -> Value {
    let mut recording = keyed();
    recording["apigateway"]["get_usage_plans"]["items"][0][member] = value;
    recording
}

pub(super) fn plan_without_quota() -> Value {
    plan_with("quota", json!({ "limit": 0, "offset": 0, "period": "DAY" }))
}

pub(super) fn plan_without_throttle() -> Value {
    plan_with("throttle", json!({ "rateLimit": 0.0, "burstLimit": 0 }))
}

/// The stage has a throttle, as AWS answers with it: with every other setting beside it.
pub(super) fn throttled(rate: f64, burst: i64) -> Value {
    let mut recording = orders();
    recording["apigateway"]["get_stages"][REST]["item"][0]["methodSettings"] = json!({ "*/*": {
        "metricsEnabled": false, "loggingLevel": "OFF", "dataTraceEnabled": false, "throttlingBurstLimit": burst,
        "throttlingRateLimit": rate, "cachingEnabled": false, "cacheTtlInSeconds": 300, "cacheDataEncrypted": false,
        "requireAuthorizationForCacheControl": true,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    } });
    recording["apigateway"]["get_account"] = json!({ "throttleSettings": { "rateLimit": 2500.0, "burstLimit": 1250 } });
    recording
}

pub(super) fn throttled_to_nothing() -> Value {
    throttled(0.0, 0)
}

pub(super) fn promising() -> Value {
    throttled(5000.0, 500)
}

pub(super) fn within_the_account() -> Value {
    throttled(50.0, 100)
}

/// A Lambda authorizer guards both methods of `/orders`.
pub(super) fn kept(seconds: i64) -> Value {
    let mut recording = rest(|own| {
        own["get_authorizers"][REST] = json!({ "items": [{
            "id": "auth01", "name": "tokens", "type": "TOKEN", "authType": "custom", "authorizerUri": function_uri("orders-fn"),
            "identitySource": "method.request.header.Authorization", "authorizerResultTtlInSeconds": seconds,
        }] });
        for verb in ["GET", "POST"] {
            let method = method(own, verb);
            method["authorizationType"] = json!("CUSTOM");
            method["authorizerId"] = json!("auth01");
        }
    });
    add_function(&mut recording, "orders-fn");
    recording
}

pub(super) fn kept_for_an_hour() -> Value {
    kept(3600)
}

pub(super) fn kept_as_usual() -> Value {
    kept(300)
}

/// A Cognito authorizer guards `POST /orders`; this is what its user pool is.
pub(super) fn pooled(pool: Value) -> Value {
    let mut recording = rest(|own| {
        own["get_authorizers"][REST] = json!({ "items": [{
            "id": "auth01", "name": "people", "type": "COGNITO_USER_POOLS", "authType": "cognito_user_pools",
            "providerARNs": [format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{POOL}")],
            "identitySource": "method.request.header.Authorization",
        }] });
        let post = method(own, "POST");
        post["authorizationType"] = json!("COGNITO_USER_POOLS");
        post["authorizerId"] = json!("auth01");
    });
    recording["cognito-idp"] = json!({ "describe_user_pool": { POOL: pool } });
    recording
}

pub(super) fn pool_gone() -> Value {
    pooled(Value::Null)
}

pub(super) fn pool_there() -> Value {
    pooled(json!({ "UserPool": { "Id": POOL } }))
}

/// What `GET /cart` says of its security, and the extension of a configuration of CORS.
pub(super) fn secured(scheme: Value, scopes: Value) -> Value {
    http(|document| {
        document["paths"]["/cart"]["get"]["security"] = json!([{ "people": scopes }]);
        document["components"]["securitySchemes"]["people"] = scheme.clone();
    })
}

pub(super) fn jwt(issuer: &str) -> Value {
    json!({ "type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": {
        "type": "jwt", "identitySource": "$request.header.Authorization",
        "jwtConfiguration": { "audience": [CLIENT], "issuer": issuer },
    } })
}

pub(super) fn issuer_without_tls() -> Value {
    secured(jwt("http://login.example.com"), json!([]))
}

pub(super) fn shop_with_a_contradiction() -> Value {
    let scheme = json!({ "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": {
        "type": "request", "identitySource": "$request.header.Authorization", "authorizerUri": function_uri("cart-fn"),
        "authorizerPayloadFormatVersion": "1.0", "enableSimpleResponses": true, "authorizerResultTtlInSeconds": 300,
    } });
    let mut recording = secured(scheme, json!([]));
    recording["apigatewayv2"]["get_authorizers"][HTTP] = json!({ "Items": [{
        "AuthorizerId": "auth01", "Name": "people", "AuthorizerType": "REQUEST", "AuthorizerUri": function_uri("cart-fn"),
        "IdentitySource": ["$request.header.Authorization"], "AuthorizerPayloadFormatVersion": "1.0",
        "EnableSimpleResponses": true, "AuthorizerResultTtlInSeconds": 300,
    }] });
    recording
}

/// `shop` takes the tokens of a client of a user pool; these are the client's settings besides the usual ones.
pub(super) fn client(own: Value) -> Value {
    signed_in(secured(jwt(&format!("https://cognito-idp.{REGION}.amazonaws.com/{POOL}")), json!([])), own)
}

pub(super) fn signed_in(mut recording: Value, own: Value) -> Value {
    let usual = json!({
        "UserPoolId": POOL, "ClientId": CLIENT, "ClientName": "web", "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://app.example.com/back"], "LogoutURLs": ["https://app.example.com/bye"],
    });
    recording["cognito-idp"] = json!({
        "describe_user_pool": { POOL: { "UserPool": { "Id": POOL, "Domain": "kestrel" } } },
        "describe_user_pool_client": { CLIENT: { "UserPoolClient": merged(usual, own) } },
    });
    recording
}

pub(super) fn signing_in() -> Value {
    client(json!({}))
}

pub(super) fn client_that_may_not_read() -> Value {
    client(json!({ "AllowedOAuthScopes": ["openid", "email"], "ReadAttributes": ["email"] }))
}

pub(super) fn client_without_flow() -> Value {
    client(json!({ "AllowedOAuthFlows": ["client_credentials"] }))
}

pub(super) fn client_without_provider() -> Value {
    client(json!({ "SupportedIdentityProviders": [] }))
}

pub(super) fn client_without_oauth() -> Value {
    client(json!({ "AllowedOAuthFlowsUserPoolClient": false }))
}

pub(super) fn client_that_signs_out_elsewhere() -> Value {
    client(json!({ "LogoutURLs": ["https://app.example.com:8443/bye"] }))
}

pub(super) fn pool_without_domain() -> Value {
    let mut recording = signing_in();
    edit(&mut recording, &format!("/cognito-idp/describe_user_pool/{POOL}"), json!({ "UserPool": { "Id": POOL } }));
    recording
}

pub(super) fn scope_of_no_client() -> Value {
    let issuer = format!("https://cognito-idp.{REGION}.amazonaws.com/{POOL}");
    signed_in(secured(jwt(&issuer), json!(["cart/read"])), json!({}))
}

pub(super) fn page_on_another_port() -> Value {
    let mut recording = signing_in();
    let cors = json!({ "allowOrigins": ["https://app.example.com:8443"] });
    for key in [HTTP.to_owned(), format!("{HTTP}/prod")] {
        recording["apigatewayv2"]["export_api"][key]["x-amazon-apigateway-cors"] = cors.clone();
    }
    recording
}
