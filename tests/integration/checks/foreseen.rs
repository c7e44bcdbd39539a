//! The cases of the checks that warn of causes: what callers will meet, by how an account is set up.

use serde_json::{Value, json};
use tests::edit;
use tests::exporter::Format;
use tests::shapes::{ACCOUNT, HTTP, REGION, REST, add_function, deploy, function_uri, orders, policy, shop};

use super::{Case, denied};

const POOL: &str = "eu-west-1_AbCdEf123";
const CLIENT: &str = "3n4b5urk1ft4fl3mg5e62d9ado";

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

/// `POST /orders` wants a key, which the plan of a partner holds.
fn keyed() -> Value {
    planned(rest(|own| method(own, "POST")["apiKeyRequired"] = json!(true)), REST)
}

fn planned(mut recording: Value, api: &str) -> Value {
    let own = &mut recording["apigateway"];
    own["get_usage_plans"]["items"] =
        json!([{ "id": "plan01", "name": "partners", "apiStages": [{ "apiId": api, "stage": "prod" }] }]);
    own["get_usage_plan_keys"]["plan01"] = json!({ "items": [{ "id": "key01", "name": "ada", "type": "API_KEY" }] });
    own["get_api_keys"]["items"] = json!([{ "id": "key01", "name": "ada", "enabled": true }]);
    recording
}

fn disabled_key() -> Value {
    let mut recording = keyed();
    recording["apigateway"]["get_api_keys"]["items"][0]["enabled"] = json!(false);
    recording
}

fn key_that_nobody_wants() -> Value {
    planned(orders(), REST)
}

fn planned_shop() -> Value {
    planned(shop(), HTTP)
}

fn key_of_no_authorizer() -> Value {
    planned(
        rest(|own| {
            own["get_rest_apis"]["items"][0]["apiKeySource"] = json!("AUTHORIZER");
            method(own, "POST")["apiKeyRequired"] = json!(true);
        }),
        REST,
    )
}

fn plan_with(member: &str, value: Value) -> Value {
    let mut recording = keyed();
    recording["apigateway"]["get_usage_plans"]["items"][0][member] = value;
    recording
}

fn plan_without_quota() -> Value {
    plan_with("quota", json!({ "limit": 0, "offset": 0, "period": "DAY" }))
}

fn plan_without_throttle() -> Value {
    plan_with("throttle", json!({ "rateLimit": 0.0, "burstLimit": 0 }))
}

/// The stage has a throttle, as AWS answers with it: with every other setting beside it.
fn throttled(rate: f64, burst: i64) -> Value {
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

fn throttled_to_nothing() -> Value {
    throttled(0.0, 0)
}

fn promising() -> Value {
    throttled(5000.0, 500)
}

fn within_the_account() -> Value {
    throttled(50.0, 100)
}

/// A mock of OPTIONS with these headers.
fn preflight(headers: &[(&str, &str)]) -> Value {
    let of_method = headers.iter().map(|(name, _)| (format!("method.response.header.{name}"), json!(false)));
    let of_integration =
        headers.iter().map(|(name, value)| (format!("method.response.header.{name}"), json!(format!("'{value}'"))));
    let (of_method, of_integration): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
        (of_method.collect(), of_integration.collect());
    json!({
        "httpMethod": "OPTIONS", "authorizationType": "NONE", "apiKeyRequired": false,
        "methodResponses": { "200": { "statusCode": "200", "responseParameters": of_method } },
        "methodIntegration": {
            "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": "res002",
            "cacheKeyParameters": [],
            "integrationResponses": { "200": { "statusCode": "200", "responseParameters": of_integration } },
        },
    })
}

const FOR_ALL: [(&str, &str); 3] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET,POST,PUT"),
    ("Access-Control-Allow-Headers", "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"),
];

/// `/orders` answers preflights.
fn for_browsers() -> Value {
    rest(|own| *method(own, "OPTIONS") = preflight(&FOR_ALL))
}

fn keyed_for_browsers() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        method(own, "POST")["apiKeyRequired"] = json!(true);
    })
}

fn half_for_browsers() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        let get = own["get_resources"][REST]["items"][0]["resourceMethods"]["GET"].clone();
        let put = json!({ "PUT": merged(get, json!({ "httpMethod": "PUT" })) });
        let item = json!({ "id": "res003", "parentId": "root000001", "pathPart": "items", "path": "/items", "resourceMethods": put });
        own["get_resources"][REST]["items"].as_array_mut().unwrap().push(item);
    })
}

fn merged(mut value: Value, other: Value) -> Value {
    for (name, own) in other.as_object().unwrap() {
        value[name] = own.clone();
    }
    value
}

fn preflight_with(member: &str, value: Value) -> Value {
    rest(|own| *method(own, "OPTIONS") = merged(preflight(&FOR_ALL), json!({ member: value })))
}

fn guarded_preflight() -> Value {
    preflight_with("authorizationType", json!("AWS_IAM"))
}

fn preflight_with_key() -> Value {
    preflight_with("apiKeyRequired", json!(true))
}

fn for_all_with_cookies() -> Value {
    let headers = [FOR_ALL[0], ("Access-Control-Allow-Credentials", "true")];
    rest(|own| *method(own, "OPTIONS") = preflight(&headers))
}

fn binary_preflight() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        own["get_rest_apis"]["items"][0]["binaryMediaTypes"] = json!(["*/*"]);
    })
}

fn mute_mock() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        method(own, "OPTIONS")["methodIntegration"]["requestTemplates"] = json!({});
    })
}

fn integrated(integration: Value) -> Value {
    rest(|own| {
        let get = method(own, "GET");
        get["methodIntegration"] = merged(
            json!({ "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": "res002", "cacheKeyParameters": [] }),
            integration,
        );
    })
}

fn private_address() -> Value {
    integrated(json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://10.0.3.4:8080/orders" }))
}

fn called_with_get() -> Value {
    integrated(json!({ "type": "AWS_PROXY", "httpMethod": "GET", "uri": function_uri("orders-fn") }))
}

/// `GET /orders` calls SQS with a role that trusts API Gateway.
fn by_role() -> Value {
    roles(integrated(sender()), "apigateway.amazonaws.com")
}

fn sender() -> Value {
    json!({
        "type": "AWS", "httpMethod": "POST", "uri": format!("arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/orders"),
        "credentials": format!("arn:aws:iam::{ACCOUNT}:role/sender"),
        "integrationResponses": { "200": { "statusCode": "200" } },
    })
}

fn roles(mut recording: Value, trusted: &str) -> Value {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": trusted }, "Action": "sts:AssumeRole",
    }] });
    recording["iam"] = json!({ "get_role": { "sender": { "Role": {
        "RoleName": "sender", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/sender"), "Path": "/", "RoleId": "AROAEXAMPLE",
        "CreateDate": "2026-01-05T10:00:00Z", "AssumeRolePolicyDocument": trust,
    } } } });
    recording
}

fn role_of_lambda() -> Value {
    roles(integrated(sender()), "lambda.amazonaws.com")
}

fn without_response() -> Value {
    roles(integrated(merged(sender(), json!({ "integrationResponses": {} }))), "apigateway.amazonaws.com")
}

fn mapped_header() -> Value {
    let mapped = json!({ "requestParameters": { "integration.request.header.Host": "'orders'" } });
    roles(integrated(merged(sender(), mapped)), "apigateway.amazonaws.com")
}

fn link(status: &str) -> Value {
    let mut recording = integrated(json!({
        "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://orders.internal/", "connectionType": "VPC_LINK",
        "connectionId": "link01",
    }));
    recording["apigateway"]["get_vpc_link"] =
        json!({ "link01": { "id": "link01", "name": "orders", "targetArns": [], "status": status } });
    recording
}

fn linked() -> Value {
    link("AVAILABLE")
}

fn link_that_failed() -> Value {
    link("FAILED")
}

fn failed_function() -> Value {
    with_function(orders(), "orders-fn", "State", json!("Failed"))
}

fn bad_handler() -> Value {
    with_function(orders(), "orders-fn", "Handler", json!("handler"))
}

fn java() -> Value {
    with_function(orders(), "orders-fn", "Runtime", json!("java21"))
}

fn slow_orders() -> Value {
    with_function(orders(), "orders-fn", "Timeout", json!(60))
}

fn slow_shop() -> Value {
    with_function(shop(), "cart-fn", "Timeout", json!(900))
}

/// The function has a URL that asks for no signature; these actions are everybody's.
fn with_url(actions: &[&str]) -> Value {
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

fn url_of_nobody() -> Value {
    with_url(&[])
}

fn url_with_one_permission() -> Value {
    with_url(&["lambda:InvokeFunctionUrl"])
}

/// A Lambda authorizer guards both methods of `/orders`.
fn kept(seconds: i64) -> Value {
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

fn kept_for_an_hour() -> Value {
    kept(3600)
}

fn kept_as_usual() -> Value {
    kept(300)
}

/// A Cognito authorizer guards `POST /orders`; this is what its user pool is.
fn pooled(pool: Value) -> Value {
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

fn pool_gone() -> Value {
    pooled(Value::Null)
}

fn pool_there() -> Value {
    pooled(json!({ "UserPool": { "Id": POOL } }))
}

/// What `GET /cart` says of its security, and the extension of a configuration of CORS.
fn secured(scheme: Value, scopes: Value) -> Value {
    http(|document| {
        document["paths"]["/cart"]["get"]["security"] = json!([{ "people": scopes }]);
        document["components"]["securitySchemes"]["people"] = scheme.clone();
    })
}

fn jwt(issuer: &str) -> Value {
    json!({ "type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": {
        "type": "jwt", "identitySource": "$request.header.Authorization",
        "jwtConfiguration": { "audience": [CLIENT], "issuer": issuer },
    } })
}

fn issuer_without_tls() -> Value {
    secured(jwt("http://login.example.com"), json!([]))
}

fn shop_with_a_contradiction() -> Value {
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
fn client(own: Value) -> Value {
    signed_in(secured(jwt(&format!("https://cognito-idp.{REGION}.amazonaws.com/{POOL}")), json!([])), own)
}

fn signed_in(mut recording: Value, own: Value) -> Value {
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

fn signing_in() -> Value {
    client(json!({}))
}

fn client_that_may_not_read() -> Value {
    client(json!({ "AllowedOAuthScopes": ["openid", "email"], "ReadAttributes": ["email"] }))
}

fn client_without_flow() -> Value {
    client(json!({ "AllowedOAuthFlows": ["client_credentials"] }))
}

fn client_without_provider() -> Value {
    client(json!({ "SupportedIdentityProviders": [] }))
}

fn client_without_oauth() -> Value {
    client(json!({ "AllowedOAuthFlowsUserPoolClient": false }))
}

fn client_that_signs_out_elsewhere() -> Value {
    client(json!({ "LogoutURLs": ["https://app.example.com:8443/bye"] }))
}

fn pool_without_domain() -> Value {
    let mut recording = signing_in();
    edit(&mut recording, &format!("/cognito-idp/describe_user_pool/{POOL}"), json!({ "UserPool": { "Id": POOL } }));
    recording
}

fn scope_of_no_client() -> Value {
    let issuer = format!("https://cognito-idp.{REGION}.amazonaws.com/{POOL}");
    signed_in(secured(jwt(&issuer), json!(["cart/read"])), json!({}))
}

fn page_on_another_port() -> Value {
    let mut recording = signing_in();
    let cors = json!({ "allowOrigins": ["https://app.example.com:8443"] });
    for key in [HTTP.to_owned(), format!("{HTTP}/prod")] {
        recording["apigatewayv2"]["export_api"][key]["x-amazon-apigateway-cors"] = cors.clone();
    }
    recording
}

/// `shop` with `DELETE /cart` for callers with tokens, and a CORS configuration.
fn shop_with(cors: Value) -> Value {
    let usual = json!({
        "allowOrigins": ["https://app.example.com"], "allowMethods": ["GET", "DELETE"], "allowHeaders": ["authorization"],
    });
    let cors = merged(usual, cors);
    http(|document| {
        let mut delete = document["paths"]["/cart"]["get"].clone();
        delete["security"] = json!([{ "people": [] }]);
        document["paths"]["/cart"]["delete"] = delete;
        document["components"]["securitySchemes"]["people"] = jwt("https://login.example.com");
        document["x-amazon-apigateway-cors"] = cors.clone();
    })
}

fn shop_for_browsers() -> Value {
    shop_with(json!({}))
}

fn shop_without_header() -> Value {
    shop_with(json!({ "allowHeaders": ["*"] }))
}

fn shop_without_method() -> Value {
    shop_with(json!({ "allowMethods": ["GET"] }))
}

fn shop_with_a_slash() -> Value {
    shop_with(json!({ "allowOrigins": ["https://app.example.com/"] }))
}

fn shop_for_no_origin() -> Value {
    shop_with(json!({ "allowOrigins": [] }))
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
        case("vpc-link-unhealthy", link_that_failed, &[], &["high /restapis/a1b2c3d4e5 link01: link01: The VPC link is not available"]),
        case("vpc-link-unhealthy", linked, &[], &[]),
        case("vpc-link-unhealthy", linked, &[("/apigateway/get_vpc_link", denied())], &["not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/vpclinks/link01 (for apigateway:GetVpcLink)"]),
    ]
}
