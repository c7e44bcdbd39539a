//! Accounts for the tests, in the shapes in which AWS answers.

use serde_json::{Value, json};

use crate::exporter::{self, Format};

/// The account of every test.
pub const ACCOUNT: &str = "111122223333";
/// The region of every test.
pub const REGION: &str = "eu-west-1";
/// The id of the REST API.
pub const REST: &str = "a1b2c3d4e5";
/// The id of the HTTP API.
pub const HTTP: &str = "h1t2t3p4a5";

/// The ARN of a function.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The URI with which a REST API calls a function.
pub fn function_uri(name: &str) -> String {
    format!("arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{}/invocations", function_arn(name))
}

/// A recording of an account with nothing in it, but the lists that are always read.
pub fn empty() -> Value {
    json!({
        "accountId": ACCOUNT, "region": REGION, "takenAt": "2026-10-10T12:00:00Z",
        "apigateway": {
            "get_rest_apis": { "items": [] }, "get_resources": {}, "get_stages": {}, "get_deployment": {}, "get_export": {},
            "get_authorizers": {}, "get_models": {}, "get_request_validators": {}, "get_gateway_responses": {},
            "get_usage_plans": { "items": [] }, "get_usage_plan_keys": {}, "get_api_keys": { "items": [] },
            "get_domain_names": { "items": [] },
        },
        "apigatewayv2": {
            "get_apis": { "Items": [] }, "get_stages": {}, "get_deployments": {}, "export_api": {}, "get_authorizers": {},
            "get_routes": {}, "get_integrations": {}, "get_api_mappings": {},
        },
        "lambda": { "get_policy": {}, "get_function_configuration": {} },
        "cloudfront": { "list_distributions": { "DistributionList": { "Items": [] } } },
        "ec2": { "describe_vpc_endpoints": { "VpcEndpoints": [] } },
        "metrics": [],
    })
}

/// Deploys a REST API, as it is in the recording, to a stage.
pub fn deploy(recording: &mut Value, stage: &str, deployment: &str, format: Format) {
    let apigateway = &mut recording["apigateway"];
    let export = exporter::export(apigateway, REST, stage, format);
    let summary = exporter::summary(apigateway, REST);
    apigateway["get_export"][format!("{REST}/{stage}")] = export;
    apigateway["get_deployment"][REST][deployment] =
        json!({ "id": deployment, "createdDate": "2026-10-01T09:00:00Z", "apiSummary": summary });
}

/// Half a minute before the recording was taken, in milliseconds.
pub const LATELY: i64 = 1_791_633_570_000;

/// The series of one metric, with one value of late.
pub fn metric(namespace: &str, metric: &str, dimensions: Value, value: u64) -> Value {
    json!({ "namespace": namespace, "metric": metric, "dimensions": dimensions, "values": [[LATELY, value]] })
}

/// The events of a log group of late, a millisecond apart.
pub fn events(messages: &[&str]) -> Value {
    let event =
        |(at, message): (i64, &&str)| json!({ "timestamp": LATELY + at, "logStreamName": "s", "message": message });
    (0..).zip(messages).map(event).collect()
}

/// A function that every API of the account may call.
pub fn add_function(recording: &mut Value, name: &str) {
    let lambda = &mut recording["lambda"];
    lambda["get_function_configuration"][name] = json!({
        "FunctionName": name, "FunctionArn": function_arn(name), "Runtime": "python3.13", "Handler": "app.handler",
        "Timeout": 3, "MemorySize": 128, "State": "Active", "LastUpdateStatus": "Successful",
        "LastModified": "2026-09-01T09:00:00.000+0000",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
    });
    lambda["get_function_url_config"][name] = Value::Null;
    lambda["get_policy"][name] =
        json!({ "Policy": policy(&format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:*/*")).to_string() });
}

/// The resource policy that lets API Gateway call a function on behalf of what a pattern names.
pub fn policy(source_arn: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "apigateway", "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": function_arn("f"),
        "Condition": { "ArnLike": { "AWS:SourceArn": source_arn } },
    }] })
}

/// A REST API `orders` with two routes of one function, deployed to `prod`: everything in order.
pub fn orders() -> Value {
    let mut recording = empty();
    let method = |resource: &str, verb: &str| {
        json!({
            "httpMethod": verb, "authorizationType": "NONE", "apiKeyRequired": false,
            "methodResponses": { "200": { "statusCode": "200" } },
            "methodIntegration": {
                "type": "AWS_PROXY", "httpMethod": "POST", "uri": function_uri("orders-fn"),
                "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": resource,
                "cacheKeyParameters": [],
            },
        })
    };
    let apigateway = &mut recording["apigateway"];
    apigateway["get_rest_apis"]["items"] = json!([{
        "id": REST, "name": "orders", "createdDate": "2026-01-05T10:00:00Z", "apiKeySource": "HEADER",
        "endpointConfiguration": { "types": ["REGIONAL"], "ipAddressType": "ipv4" }, "disableExecuteApiEndpoint": false,
    }]);
    apigateway["get_resources"][REST] = json!({ "items": [
        { "id": "root000001", "path": "/", "resourceMethods": { "GET": method("root000001", "GET") } },
        { "id": "res002", "parentId": "root000001", "pathPart": "orders", "path": "/orders", "resourceMethods": {
            "GET": method("res002", "GET"), "POST": method("res002", "POST") } },
    ] });
    apigateway["get_stages"][REST] = json!({ "item": [{ "stageName": "prod", "deploymentId": "dep001" }] });
    apigateway["get_gateway_responses"][REST] = json!({ "items": [] });
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    add_function(&mut recording, "orders-fn");
    recording
}

/// An HTTP API `shop` with one route, deployed to the stage `prod`: everything in order.
pub fn shop() -> Value {
    let mut recording = empty();
    let v2 = &mut recording["apigatewayv2"];
    v2["get_apis"]["Items"] = json!([{
        "ApiId": HTTP, "Name": "shop", "ProtocolType": "HTTP", "CreatedDate": "2026-01-05T10:00:00Z",
        "ApiEndpoint": format!("https://{HTTP}.execute-api.{REGION}.amazonaws.com"), "DisableExecuteApiEndpoint": false,
        "RouteSelectionExpression": "$request.method $request.path",
    }]);
    let document = json!({
        "openapi": "3.0.1",
        "info": { "title": "shop", "version": "2026-10-10 11:00:00UTC" },
        "servers": [{ "url": format!("https://{HTTP}.execute-api.{REGION}.amazonaws.com/{{basePath}}"),
                      "variables": { "basePath": { "default": "" } } }],
        "paths": { "/cart": { "get": {
            "responses": { "default": { "description": "Default response for GET /cart" } },
            "x-amazon-apigateway-integration": {
                "payloadFormatVersion": "2.0", "type": "aws_proxy", "httpMethod": "POST",
                "uri": function_arn("cart-fn"), "connectionType": "INTERNET",
            },
        } } },
        "x-amazon-apigateway-importexport-version": "1.0",
    });
    v2["export_api"][HTTP] = document.clone();
    v2["export_api"][format!("{HTTP}/prod")] = document;
    v2["get_stages"][HTTP] = json!({ "Items": [{
        "StageName": "prod", "DeploymentId": "hd1", "AutoDeploy": false, "CreatedDate": "2026-01-05T10:00:00Z",
    }] });
    v2["get_deployments"][HTTP] = json!({ "Items": [{
        "DeploymentId": "hd1", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-01T09:00:00Z", "AutoDeployed": false,
    }] });
    add_function(&mut recording, "cart-fn");
    recording
}

/// A REST API in which every field of the canonical form has a value, deployed to `prod` as it is.
pub fn every_rest_field(format: Format) -> Value {
    let mut recording = empty();
    let apigateway = &mut recording["apigateway"];
    apigateway["get_rest_apis"]["items"] = json!([{
        "id": REST, "name": "everything", "createdDate": "2026-01-05T10:00:00Z", "apiKeySource": "AUTHORIZER",
        "binaryMediaTypes": ["image/png"], "minimumCompressionSize": 1024, "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09",
        "endpointAccessMode": "BASIC", "disableExecuteApiEndpoint": true,
        "endpointConfiguration": { "types": ["PRIVATE"], "ipAddressType": "dualstack", "vpcEndpointIds": ["vpce-1"] },
        "policy": json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
            "Resource": format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{REST}/*"),
        }] }).to_string(),
    }]);
    apigateway["get_authorizers"][REST] = json!({ "items": [
        { "id": "auth01", "name": "tokens", "type": "TOKEN", "authType": "oauth2", "authorizerUri": function_uri("auth-fn"),
          "authorizerCredentials": "arn:aws:iam::111122223333:role/auth", "identitySource": "method.request.header.Authorization",
          "identityValidationExpression": "^x-[a-z]+", "authorizerResultTtlInSeconds": 60 },
        { "id": "auth02", "name": "requests", "type": "REQUEST", "authorizerUri": function_uri("auth-fn"),
          "identitySource": "method.request.header.X-Tenant, method.request.querystring.t" },
        { "id": "auth03", "name": "people", "type": "COGNITO_USER_POOLS", "authType": "cognito_user_pools",
          "identitySource": "method.request.header.Authorization",
          "providerARNs": ["arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_One"] },
        { "id": "auth04", "name": "unused", "type": "TOKEN", "authorizerUri": function_uri("auth-fn"),
          "identitySource": "method.request.header.Authorization" },
    ] });
    apigateway["get_request_validators"][REST] = json!({ "items": [
        { "id": "val001", "name": "all", "validateRequestBody": true, "validateRequestParameters": false },
        { "id": "val002", "name": "parameters", "validateRequestBody": false, "validateRequestParameters": true },
    ] });
    let model_base = format!("https://apigateway.amazonaws.com/restapis/{REST}/models");
    apigateway["get_models"][REST] = json!({ "items": [
        { "id": "m1", "name": "Order", "contentType": "application/json", "schema": json!({
            "$schema": "http://json-schema.org/draft-04/schema#", "title": "Order", "type": "object", "required": ["id"],
            "properties": { "id": { "type": "string", "maxLength": 20 }, "item": { "$ref": format!("{model_base}/Item") } },
        }).to_string() },
        { "id": "m2", "name": "Item", "contentType": "application/json", "schema": json!({
            "title": "Item", "type": "object", "properties": { "price": { "type": "number", "minimum": 0 } },
        }).to_string() },
        { "id": "m3", "name": "Problem", "contentType": "application/json", "schema": r#"{"type": "object"}"# },
        { "id": "m4", "name": "Unused", "contentType": "application/json", "schema": r#"{"type": "object"}"# },
    ] });
    apigateway["get_gateway_responses"][REST] = json!({ "items": [
        { "responseType": "THROTTLED", "statusCode": "429", "defaultResponse": false,
          "responseParameters": { "gatewayresponse.header.Retry-After": "'1'" },
          "responseTemplates": { "application/json": "{\"message\":\"slowly\"}" } },
        { "responseType": "DEFAULT_4XX", "defaultResponse": false, "responseParameters": {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" },
          "responseTemplates": { "application/json": "{\"message\":$context.error.messageString}" } },
        { "responseType": "WAF_FILTERED", "statusCode": "403", "defaultResponse": true, "responseParameters": {},
          "responseTemplates": { "application/json": "{\"message\":$context.error.messageString}" } },
    ] });
    apigateway["get_resources"][REST] = json!({ "items": [
        { "id": "root000001", "path": "/" },
        { "id": "res002", "parentId": "root000001", "pathPart": "orders", "path": "/orders", "resourceMethods": {
            "GET": backend_method(), "POST": described_method() } },
        { "id": "res003", "parentId": "res002", "pathPart": "{id}", "path": "/orders/{id}", "resourceMethods": {
            "GET": {
                "httpMethod": "GET", "authorizationType": "COGNITO_USER_POOLS", "authorizerId": "auth03",
                "authorizationScopes": ["orders/read"], "apiKeyRequired": true, "operationName": "GetOrder",
                "requestParameters": { "method.request.path.id": true },
                "methodIntegration": proxy("res003"),
            },
            "DELETE": { "httpMethod": "DELETE", "authorizationType": "AWS_IAM", "apiKeyRequired": false,
                        "methodIntegration": proxy("res003") } } },
        { "id": "res004", "parentId": "root000001", "pathPart": "{proxy+}", "path": "/{proxy+}", "resourceMethods": {
            "ANY": { "httpMethod": "ANY", "authorizationType": "NONE", "apiKeyRequired": false,
                     "requestParameters": { "method.request.path.proxy": true }, "methodIntegration": proxy("res004") } } },
    ] });
    apigateway["get_stages"][REST] = json!({ "item": [{ "stageName": "prod", "deploymentId": "dep001" }] });
    deploy(&mut recording, "prod", "dep001", format);
    recording
}

fn proxy(resource: &str) -> Value {
    json!({
        "type": "AWS_PROXY", "httpMethod": "POST", "uri": function_uri("orders-fn"), "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000, "cacheNamespace": resource, "cacheKeyParameters": [],
        "integrationResponses": { "200": { "statusCode": "200" } },
    })
}

/// A method whose integration has every field.
fn backend_method() -> Value {
    json!({
        "httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "auth01", "apiKeyRequired": false,
        "requestValidatorId": "val002",
        "requestParameters": { "method.request.querystring.page": false, "method.request.header.X-Tenant": true },
        "methodResponses": {
            "200": { "statusCode": "200", "responseParameters": { "method.response.header.ETag": true },
                     "responseModels": { "application/json": "Order" } },
            "404": { "statusCode": "404", "responseModels": { "application/json": "Problem" } },
        },
        "methodIntegration": {
            "type": "HTTP", "httpMethod": "GET", "uri": "http://orders.internal.example/{page}",
            "connectionType": "VPC_LINK", "connectionId": "vl1", "credentials": "arn:aws:iam::111122223333:role/backend",
            "requestParameters": { "integration.request.querystring.page": "method.request.querystring.page" },
            "requestTemplates": { "application/json": "{\"tenant\": \"$context.authorizer.tenant\"}" },
            "passthroughBehavior": "WHEN_NO_TEMPLATES", "contentHandling": "CONVERT_TO_TEXT", "timeoutInMillis": 5000,
            "cacheNamespace": "shared", "cacheKeyParameters": ["method.request.querystring.page"],
            "tlsConfig": { "insecureSkipVerification": true }, "responseTransferMode": "STREAM",
            "integrationTarget": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/1",
            "integrationResponses": {
                "200": { "statusCode": "200", "responseParameters": { "method.response.header.ETag": "integration.response.header.ETag" },
                         "responseTemplates": { "application/json": "$input.json('$')" }, "contentHandling": "CONVERT_TO_TEXT" },
                "404": { "statusCode": "404", "selectionPattern": "404" },
            },
        },
    })
}

/// A method with models and a validator, and a mock behind it.
fn described_method() -> Value {
    json!({
        "httpMethod": "POST", "authorizationType": "CUSTOM", "authorizerId": "auth02", "apiKeyRequired": false,
        "requestValidatorId": "val001", "operationName": "CreateOrder", "requestModels": { "application/json": "Order" },
        "methodResponses": { "200": { "statusCode": "200" } },
        "methodIntegration": {
            "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" },
            "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": "res002", "cacheKeyParameters": [],
            "integrationResponses": { "200": { "statusCode": "200" } },
        },
    })
}

/// An HTTP API in which every field of the canonical form that such an API has holds a value, deployed to `prod`.
pub fn every_http_field() -> Value {
    let mut recording = shop();
    let authorizer = |extension: Value| json!({ "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": extension });
    let document = json!({
        "openapi": "3.0.1",
        "info": { "title": "shop", "version": "2026-10-10 11:00:00UTC" },
        "servers": [{ "url": "https://x/{basePath}", "variables": { "basePath": { "default": "" } },
                      "x-amazon-apigateway-endpoint-configuration": { "disableExecuteApiEndpoint": true } }],
        "paths": {
            "/cart": { "get": {
                "operationId": "GetCart",
                "security": [{ "people": ["cart/read"] }],
                "responses": { "default": { "description": "Default response for GET /cart" } },
                "x-amazon-apigateway-integration": {
                    "payloadFormatVersion": "2.0", "type": "aws_proxy", "httpMethod": "POST", "uri": function_arn("cart-fn"),
                    "connectionType": "VPC_LINK", "connectionId": "vl1", "timeoutInMillis": 12000,
                    "credentials": "arn:aws:iam::111122223333:role/cart",
                    "requestParameters": { "append:header.x-stage": "$context.stage" },
                    "responseParameters": { "200": { "overwrite:header.x-served-by": "cart" } },
                    "tlsConfig": { "serverNameToVerify": "cart.internal.example" },
                },
            } },
            "/queue": { "post": {
                "security": [{ "requests": [] }],
                "responses": { "default": { "description": "Default response for POST /queue" } },
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy", "integrationSubtype": "SQS-SendMessage", "payloadFormatVersion": "1.0",
                    "connectionType": "INTERNET", "credentials": "arn:aws:iam::111122223333:role/queue",
                    "requestParameters": { "QueueUrl": "https://sqs/1", "MessageBody": "$request.body" },
                },
            } },
            "/$default": { "x-amazon-apigateway-any-method": {
                "isDefaultRoute": true,
                "responses": { "default": { "description": "Default response for $default" } },
                "x-amazon-apigateway-integration": {
                    "payloadFormatVersion": "1.0", "type": "http_proxy", "httpMethod": "ANY", "uri": "https://www.example.com",
                    "connectionType": "INTERNET",
                },
            } },
        },
        "components": { "securitySchemes": {
            "people": { "type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": {
                "type": "jwt", "identitySource": "$request.header.Authorization",
                "jwtConfiguration": { "audience": ["cart"], "issuer": "https://issuer.example" } } },
            "requests": authorizer(json!({
                "type": "request", "authorizerUri": function_uri("auth-fn"), "identitySource": "$request.header.Authorization",
                "authorizerCredentials": "arn:aws:iam::111122223333:role/auth", "authorizerResultTtlInSeconds": 300,
                "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true,
            })),
        } },
        "x-amazon-apigateway-cors": {
            "allowMethods": ["GET"], "allowHeaders": ["content-type"], "maxAge": 60, "allowCredentials": true,
            "allowOrigins": ["https://www.example.com"], "exposeHeaders": ["x-served-by"],
        },
        "x-amazon-apigateway-importexport-version": "1.0",
    });
    recording["apigatewayv2"]["export_api"][HTTP] = document.clone();
    recording["apigatewayv2"]["export_api"][format!("{HTTP}/prod")] = document;
    recording["apigatewayv2"]["get_authorizers"][HTTP] = json!({ "Items": [
        { "AuthorizerId": "ja1", "Name": "people", "AuthorizerType": "JWT" },
        { "AuthorizerId": "ra1", "Name": "requests", "AuthorizerType": "REQUEST" },
    ] });
    recording
}

/// A WebSocket API `chat` with two routes of one function, deployed to `live`.
pub fn chat() -> Value {
    const ID: &str = "w1s2o3c4k5";
    let mut recording = empty();
    let v2 = &mut recording["apigatewayv2"];
    v2["get_apis"]["Items"] = json!([{
        "ApiId": ID, "Name": "chat", "ProtocolType": "WEBSOCKET", "CreatedDate": "2026-01-05T10:00:00Z",
        "ApiEndpoint": format!("wss://{ID}.execute-api.{REGION}.amazonaws.com"),
        "RouteSelectionExpression": "$request.body.action",
    }]);
    let route = |key: &str| json!({ "RouteId": key, "RouteKey": key, "AuthorizationType": "NONE", "ApiKeyRequired": false, "Target": "integrations/i1" });
    v2["get_routes"][ID] = json!({ "Items": [route("$connect"), route("sendMessage")] });
    v2["get_integrations"][ID] = json!({ "Items": [{
        "IntegrationId": "i1", "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST", "ConnectionType": "INTERNET",
        "IntegrationUri": function_uri("chat-fn"), "PayloadFormatVersion": "1.0", "TimeoutInMillis": 29000,
    }] });
    v2["get_stages"][ID] = json!({ "Items": [{ "StageName": "live", "DeploymentId": "wd1" }] });
    v2["get_deployments"][ID] = json!({ "Items": [{ "DeploymentId": "wd1", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-01T09:00:00Z" }] });
    add_function(&mut recording, "chat-fn");
    recording
}
