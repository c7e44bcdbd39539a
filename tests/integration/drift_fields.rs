//! Every field of the canonical form, edited one at a time: exactly that one change comes out, in the right words.

use std::collections::BTreeSet;

use engine::drift::{ApiDrift, Change, StageDrift};
use serde_json::{Value, json};
use tests::exporter::Format;
use tests::shapes::{HTTP, REST, every_http_field, every_rest_field, function_arn, function_uri};
use tests::{Served, edit};

/// One edit of the live side, and the one change that it makes.
struct Edit {
    /// Where in the recording, below `/apigateway` or the HTTP API's live export.
    at: &'static str,
    /// What is put there; null takes it away.
    value: Value,
    /// `subject METHOD /path name field`, what there is of it.
    change: &'static str,
    live: Value,
    deployed: Value,
    effect: &'static str,
}

#[rustfmt::skip]
fn rest_edits() -> Vec<Edit> {
    let e = |at, value, change, live, deployed, effect| Edit { at, value, change, live, deployed, effect };
    let no = || Value::Null;
    vec![
        // The method.
        e("R/3/resourceMethods/ANY/authorizationType", json!("AWS_IAM"), "method ANY /{proxy+} authorizationType",
          json!("AWS_IAM"), json!("NONE"), "high: callers are still let in without an AWS signature"),
        e("R/2/resourceMethods/DELETE/authorizationType", json!("NONE"), "method DELETE /orders/{id} authorizationType",
          json!("NONE"), json!("AWS_IAM"), "medium: callers without an AWS signature are still refused"),
        e("R/1/resourceMethods/GET/authorizerId", json!("auth02"), "method GET /orders authorizer",
          json!("requests"), json!("tokens"), "high: the authorizer tokens still decides who is let in, not requests"),
        e("R/2/resourceMethods/GET/authorizationScopes", json!(["orders/read", "orders/admin"]),
          "method GET /orders/{id} authorizationScopes", json!(["orders/admin", "orders/read"]), json!(["orders/read"]),
          "medium: tokens still need the scope orders/read"),
        e("R/2/resourceMethods/GET/authorizationScopes", json!(["orders/admin"]),
          "method GET /orders/{id} authorizationScopes", json!(["orders/admin"]), json!(["orders/read"]),
          "high: tokens with the scope orders/read are still let in"),
        e("R/3/resourceMethods/ANY/apiKeyRequired", json!(true), "method ANY /{proxy+} apiKeyRequired",
          json!(true), json!(false), "high: callers without a key are still let in"),
        e("R/2/resourceMethods/GET/apiKeyRequired", json!(false), "method GET /orders/{id} apiKeyRequired",
          json!(false), json!(true), "medium: callers without a key are still refused"),
        e("R/1/resourceMethods/POST/operationName", json!("PlaceOrder"), "method POST /orders operationName",
          json!("PlaceOrder"), json!("CreateOrder"), "info: generated SDKs still call it by its old name"),
        e("R/1/resourceMethods/GET/requestParameters/method.request.querystring.limit", json!(true),
          "method GET /orders requestParameters", json!({ "method.request.querystring.limit": true }), json!({}),
          "medium: parameters are still required, and passed on, as before"),
        e("R/1/resourceMethods/GET/requestParameters/method.request.querystring.page", json!(true),
          "method GET /orders requestParameters", json!({ "method.request.querystring.page": true }),
          json!({ "method.request.querystring.page": false }), "medium: parameters are still required, and passed on, as before"),
        e("R/2/resourceMethods/GET/requestParameters", no(), "method GET /orders/{id} requestParameters",
          no(), json!({ "method.request.path.id": true }), "medium: parameters are still required, and passed on, as before"),
        e("R/1/resourceMethods/POST/requestModels", json!({ "application/json": "Item" }), "method POST /orders requestModels",
          json!({ "application/json": "Item" }), json!({ "application/json": "Order" }),
          "medium: request bodies are still checked against the old models"),
        e("R/1/resourceMethods/POST/requestValidatorId", json!("val002"), "method POST /orders requestValidator",
          json!("parameters"), json!("all"), "medium: requests are still validated by all"),
        e("R/1/resourceMethods/POST/requestValidatorId", no(), "method POST /orders requestValidator",
          no(), json!("all"), "medium: requests are still validated by all"),
        e("R/3/resourceMethods/ANY/requestValidatorId", json!("val001"), "method ANY /{proxy+} requestValidator",
          json!("all"), no(), "medium: requests are not validated yet"),
        // Method responses.
        e("R/1/resourceMethods/GET/methodResponses/200/responseParameters/method.response.header.Age", json!(false),
          "method-response GET /orders 200 responseParameters", json!({ "method.response.header.Age": false }), json!({}),
          "low: callers are still told of status 200 as before"),
        e("R/1/resourceMethods/GET/methodResponses/404/responseModels", json!({ "application/json": "Order" }),
          "method-response GET /orders 404 responseModels", json!({ "application/json": "Order" }),
          json!({ "application/json": "Problem" }), "low: callers are still told of status 404 as before"),
        e("R/1/resourceMethods/GET/methodResponses/404", no(), "removed method-response GET /orders 404",
          no(), json!({ "statusCode": "404", "responseModels": { "application/json": "Problem" } }),
          "low: callers are still told of status 404 as before"),
        // The integration.
        e("I/type", json!("HTTP_PROXY"), "integration GET /orders type", json!("HTTP_PROXY"), json!("HTTP"),
          "medium: requests are still passed on as HTTP, not HTTP_PROXY"),
        e("I/httpMethod", json!("POST"), "integration GET /orders httpMethod", json!("POST"), json!("GET"),
          "medium: the backend is still called with GET"),
        e("I/uri", json!("http://new.example/{page}"), "integration GET /orders uri", json!("http://new.example/{page}"),
          json!("http://orders.internal.example/{page}"), "medium: requests still go to http://orders.internal.example/{page}"),
        e("R/3/resourceMethods/ANY/methodIntegration/uri", json!(function_uri("new-fn")), "integration ANY /{proxy+} uri",
          json!(function_uri("new-fn")), json!(function_uri("orders-fn")), "medium: requests still go to the function orders-fn"),
        e("I/credentials", json!("arn:aws:iam::111122223333:role/other"), "integration GET /orders credentials",
          json!("arn:aws:iam::111122223333:role/other"), json!("arn:aws:iam::111122223333:role/backend"),
          "medium: the backend is still called as arn:aws:iam::111122223333:role/backend"),
        e("I/connectionType", json!("INTERNET"), "integration GET /orders connectionType", json!("INTERNET"), json!("VPC_LINK"),
          "medium: requests still take the old connection"),
        e("I/connectionId", json!("vl2"), "integration GET /orders connectionId", json!("vl2"), json!("vl1"),
          "medium: requests still take the old connection"),
        e("I/requestParameters/integration.request.header.X", json!("'1'"), "integration GET /orders requestParameters",
          json!({ "integration.request.header.X": "'1'" }), json!({}), "medium: the backend still gets requests made the old way"),
        e("I/requestTemplates/application~1json", json!("{}"), "integration GET /orders requestTemplates",
          json!({ "application/json": "{}" }), json!({ "application/json": "{\"tenant\": \"$context.authorizer.tenant\"}" }),
          "medium: the backend still gets requests made the old way"),
        e("I/passthroughBehavior", json!("NEVER"), "integration GET /orders passthroughBehavior", json!("NEVER"),
          json!("WHEN_NO_TEMPLATES"), "medium: bodies without a template are still treated as before"),
        e("I/contentHandling", json!("CONVERT_TO_BINARY"), "integration GET /orders contentHandling", json!("CONVERT_TO_BINARY"),
          json!("CONVERT_TO_TEXT"), "medium: bodies are still converted as before"),
        e("I/timeoutInMillis", json!(29000), "integration GET /orders timeoutInMillis", json!(29000), json!(5000),
          "low: the backend still has 5000 ms to answer"),
        e("I/cacheNamespace", json!("other"), "integration GET /orders cacheNamespace", json!("other"), json!("shared"),
          "low: answers are still cached by the old key"),
        e("I/cacheKeyParameters", json!(["method.request.header.X-Tenant"]), "integration GET /orders cacheKeyParameters",
          json!(["method.request.header.X-Tenant"]), json!(["method.request.querystring.page"]),
          "low: answers are still cached by the old key"),
        e("I/tlsConfig", no(), "integration GET /orders tlsConfig", no(), json!({ "insecureSkipVerification": true }),
          "high: the backend's certificate is still not verified"),
        e("I/responseTransferMode", json!("BUFFERED"), "integration GET /orders responseTransferMode", json!("BUFFERED"),
          json!("STREAM"), "medium: answers are still sent as STREAM"),
        e("I/integrationTarget", json!("arn:new"), "integration GET /orders integrationTarget", json!("arn:new"),
          json!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/orders/1"),
          "medium: requests still take the old connection"),
        // Integration responses.
        e("I/integrationResponses/404/selectionPattern", json!("4\\d\\d"), "integration-response GET /orders 404 selectionPattern",
          json!("4\\d\\d"), json!("404"), "medium: answers with status 404 are still made the old way"),
        e("I/integrationResponses/404/statusCode", json!("410"), "integration-response GET /orders 410 statusCode",
          json!("410"), json!("404"), "medium: answers with status 410 are still made the old way"),
        e("I/integrationResponses/200/responseParameters/method.response.header.ETag", json!("'1'"),
          "integration-response GET /orders 200 responseParameters", json!({ "method.response.header.ETag": "'1'" }),
          json!({ "method.response.header.ETag": "integration.response.header.ETag" }),
          "medium: answers with status 200 are still made the old way"),
        e("I/integrationResponses/200/responseTemplates", no(), "integration-response GET /orders 200 responseTemplates",
          no(), json!({ "application/json": "$input.json('$')" }), "medium: answers with status 200 are still made the old way"),
        e("I/integrationResponses/200/contentHandling", no(), "integration-response GET /orders 200 contentHandling",
          no(), json!("CONVERT_TO_TEXT"), "medium: answers with status 200 are still made the old way"),
        e("I/integrationResponses/500", json!({ "statusCode": "500", "selectionPattern": "5.." }),
          "added integration-response GET /orders 500", json!({ "statusCode": "500", "selectionPattern": "5.." }), no(),
          "medium: no answer of the backend becomes a 500 this way yet"),
        // Routes.
        e("R/1/resourceMethods/PUT", json!({ "httpMethod": "PUT", "authorizationType": "NONE", "apiKeyRequired": false,
            "methodIntegration": { "type": "MOCK", "timeoutInMillis": 29000 } }), "added route PUT /orders",
          json!({ "authorizationType": "NONE", "apiKeyRequired": false, "integration": { "type": "MOCK" } }), no(),
          "high: PUT /orders is still answered by ANY /{proxy+}"),
        e("R/0/resourceMethods", json!({ "GET": { "httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": false,
            "methodIntegration": { "type": "MOCK", "timeoutInMillis": 29000 } } }), "added route GET /",
          json!({ "authorizationType": "NONE", "apiKeyRequired": false, "integration": { "type": "MOCK" } }), no(),
          "high: GET / answers 403 Missing Authentication Token"),
        e("R/2/resourceMethods/DELETE", no(), "removed route DELETE /orders/{id}", no(),
          json!({ "authorizationType": "AWS_IAM", "apiKeyRequired": false,
                  "integration": { "type": "AWS_PROXY", "uri": function_uri("orders-fn") } }),
          "medium: DELETE /orders/{id} still answers"),
        e("R/1/resourceMethods/POST/methodIntegration", no(), "removed integration POST /orders", no(),
          json!({ "type": "MOCK" }), "medium: its requests are still answered"),
        // Authorizers.
        e("A/0/type", json!("REQUEST"), "authorizer tokens type", json!("REQUEST"), json!("TOKEN"),
          "medium: tokens still decides by the old `type`"),
        e("A/0/authType", json!("custom"), "authorizer tokens authType", json!("custom"), json!("oauth2"),
          "info: a label of tokens without effect differs"),
        e("A/0/authorizerUri", json!(function_uri("new-fn")), "authorizer tokens authorizerUri", json!(function_uri("new-fn")),
          json!(function_uri("auth-fn")), "high: the function auth-fn still decides for tokens, not the function new-fn"),
        e("A/0/authorizerCredentials", no(), "authorizer tokens authorizerCredentials", no(),
          json!("arn:aws:iam::111122223333:role/auth"), "medium: tokens is still called as arn:aws:iam::111122223333:role/auth"),
        e("A/0/identitySource", json!("method.request.header.X-Token"), "authorizer tokens identitySource",
          json!("method.request.header.X-Token"), json!("method.request.header.Authorization"),
          "medium: tokens still looks at method.request.header.Authorization"),
        e("A/1/identitySource", json!("method.request.header.X-Tenant"), "authorizer requests identitySource",
          json!("method.request.header.X-Tenant"), json!("method.request.header.X-Tenant, method.request.querystring.t"),
          "medium: requests still looks at method.request.header.X-Tenant, method.request.querystring.t"),
        e("A/0/identityValidationExpression", json!(".*"), "authorizer tokens identityValidationExpression", json!(".*"),
          json!("^x-[a-z]+"), "medium: tokens still decides by the old `identityValidationExpression`"),
        e("A/0/authorizerResultTtlInSeconds", json!(0), "authorizer tokens authorizerResultTtlInSeconds", json!(0), json!(60),
          "medium: decisions of tokens are still kept for 60 s"),
        e("A/1/authorizerResultTtlInSeconds", json!(10), "authorizer requests authorizerResultTtlInSeconds", json!(10), json!(300),
          "medium: decisions of requests are still kept for 300 s"),
        e("A/2/providerARNs", json!(["arn:new"]), "authorizer people providerARNs", json!(["arn:new"]),
          json!(["arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_One"]), "high: people still accepts the old tokens"),
        // Models, validators, gateway responses.
        e("M/1/schema", json!(r#"{"title": "Item", "type": "object", "properties": {"price": {"type": "number", "minimum": 1}}}"#),
          "model Item schema",
          json!({ "title": "Item", "type": "object", "properties": { "price": { "type": "number", "minimum": 1 } } }),
          json!({ "title": "Item", "type": "object", "properties": { "price": { "type": "number", "minimum": 0 } } }),
          "medium: bodies are still checked against, and described by, the old schema of Item"),
        e("V/0/validateRequestBody", json!(false), "request-validator all validateRequestBody", json!(false), json!(true),
          "medium: requests are still validated as all was before"),
        e("V/0/validateRequestParameters", json!(true), "request-validator all validateRequestParameters", json!(true),
          json!(false), "medium: requests are still validated as all was before"),
        e("G/0/statusCode", json!("503"), "gateway-response THROTTLED statusCode", json!("503"), json!("429"),
          "low: THROTTLED errors still look as they did before"),
        e("G/0/responseParameters", json!({}), "gateway-response THROTTLED responseParameters", no(),
          json!({ "gatewayresponse.header.Retry-After": "'1'" }), "low: THROTTLED errors still look as they did before"),
        e("G/0/responseTemplates/application~1json", json!("{}"), "gateway-response THROTTLED responseTemplates",
          json!({ "application/json": "{}" }), json!({ "application/json": "{\"message\":\"slowly\"}" }),
          "low: THROTTLED errors still look as they did before"),
        e("G/0/defaultResponse", json!(true), "removed gateway-response THROTTLED", no(),
          json!({ "statusCode": "429", "responseParameters": { "gatewayresponse.header.Retry-After": "'1'" },
                  "responseTemplates": { "application/json": "{\"message\":\"slowly\"}" } }),
          "low: THROTTLED errors still look as they were customised"),
        e("G/2/defaultResponse", json!(false), "added gateway-response WAF_FILTERED",
          json!({ "statusCode": "403", "responseTemplates": { "application/json": "{\"message\":$context.error.messageString}" } }),
          no(), "low: WAF_FILTERED errors still look as they did before"),
        // The API itself.
        e("S/binaryMediaTypes", json!(["image/png", "image/jpeg"]), "api binaryMediaTypes", json!(["image/jpeg", "image/png"]),
          json!(["image/png"]), "medium: bodies are still taken for text or binary as before"),
        e("S/minimumCompressionSize", json!(0), "api minimumCompressionSize", json!(0), json!(1024),
          "low: answers are still compressed as before"),
        e("S/minimumCompressionSize", no(), "api minimumCompressionSize", no(), json!(1024),
          "low: answers are still compressed as before"),
        e("S/apiKeySource", json!("HEADER"), "api apiKeySource", json!("HEADER"), json!("AUTHORIZER"),
          "high: API keys are still taken from AUTHORIZER"),
        e("S/policy", json!(r#"{"Version": "2012-10-17", "Statement": []}"#), "api policy",
          json!({ "Version": "2012-10-17", "Statement": [] }),
          json!({ "Version": "2012-10-17", "Statement": [{ "Action": "execute-api:Invoke", "Effect": "Allow", "Principal": "*",
                  "Resource": "execute-api:/*" }] }), "high: callers are still judged by the old policy"),
        e("S/disableExecuteApiEndpoint", json!(false), "api disableExecuteApiEndpoint", json!(false), json!(true),
          "medium: the default endpoint still refuses callers"),
        e("S/securityPolicy", json!("TLS_1_2"), "api securityPolicy", json!("TLS_1_2"),
          json!("SecurityPolicy_TLS13_1_3_2025_09"),
          "medium: connections still meet the old `securityPolicy`: SecurityPolicy_TLS13_1_3_2025_09"),
        e("S/endpointAccessMode", json!("STRICT"), "api endpointAccessMode", json!("STRICT"), json!("BASIC"),
          "medium: connections still meet the old `endpointAccessMode`: BASIC"),
    ]
}

/// The short beginnings of the table's pointers.
fn rest_pointer(at: &str) -> String {
    let places = [
        ("R/", format!("/apigateway/get_resources/{REST}/items/")),
        ("I/", format!("/apigateway/get_resources/{REST}/items/1/resourceMethods/GET/methodIntegration/")),
        ("A/", format!("/apigateway/get_authorizers/{REST}/items/")),
        ("M/", format!("/apigateway/get_models/{REST}/items/")),
        ("V/", format!("/apigateway/get_request_validators/{REST}/items/")),
        ("G/", format!("/apigateway/get_gateway_responses/{REST}/items/")),
        ("S/", "/apigateway/get_rest_apis/items/0/".to_owned()),
    ];
    places.iter().find_map(|(short, long)| Some(format!("{long}{}", at.strip_prefix(short)?))).unwrap()
}

#[rustfmt::skip]
fn http_edits() -> Vec<Edit> {
    let e = |at, value, change, live, deployed, effect| Edit { at, value, change, live, deployed, effect };
    let no = || Value::Null;
    let integration = "/paths/~1cart/get/x-amazon-apigateway-integration";
    assert_eq!(integration.len(), 49, "the table below spells it out");
    vec![
        e("/paths/~1cart/get/operationId", json!("Cart"), "method GET /cart operationName", json!("Cart"), json!("GetCart"),
          "info: generated SDKs still call it by its old name"),
        e("/paths/~1cart/get/security/0/people", json!([]), "method GET /cart authorizationScopes", json!([]), json!(["cart/read"]),
          "medium: tokens still need the scope cart/read"),
        e("/paths/~1$default/x-amazon-apigateway-any-method/x-amazon-apigateway-auth", json!({ "type": "AWS_IAM" }),
          "method $default authorizationType", json!("AWS_IAM"), json!("NONE"),
          "high: callers are still let in without an AWS signature"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/type", json!("http_proxy"), "integration GET /cart integrationType",
          json!("HTTP_PROXY"), json!("AWS_PROXY"), "medium: requests are still passed on as AWS_PROXY, not HTTP_PROXY"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/httpMethod", json!("GET"), "integration GET /cart integrationMethod",
          json!("GET"), json!("POST"), "medium: the backend is still called with POST"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/uri", json!(function_arn("new-fn")), "integration GET /cart integrationUri",
          json!(function_arn("new-fn")), json!(function_arn("cart-fn")), "medium: requests still go to the function cart-fn"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/credentials", no(), "integration GET /cart credentialsArn", no(),
          json!("arn:aws:iam::111122223333:role/cart"), "medium: the backend is still called as arn:aws:iam::111122223333:role/cart"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/payloadFormatVersion", json!("1.0"),
          "integration GET /cart payloadFormatVersion", json!("1.0"), json!("2.0"),
          "medium: the function still gets events of version 2.0"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/timeoutInMillis", json!(29000), "integration GET /cart timeoutInMillis",
          json!(29000), json!(12000), "low: the backend still has 12000 ms to answer"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/connectionType", json!("INTERNET"), "integration GET /cart connectionType",
          json!("INTERNET"), json!("VPC_LINK"), "medium: requests still take the old connection"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/connectionId", json!("vl2"), "integration GET /cart connectionId",
          json!("vl2"), json!("vl1"), "medium: requests still take the old connection"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/requestParameters/remove:header.x", json!("''"),
          "integration GET /cart requestParameters", json!({ "remove:header.x": "''" }), json!({}),
          "medium: the backend still gets requests made the old way"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/responseParameters/200", json!({ "overwrite:statuscode": "201" }),
          "integration GET /cart responseParameters", json!({ "200": { "overwrite:statuscode": "201" } }),
          json!({ "200": { "overwrite:header.x-served-by": "cart" } }), "medium: callers still get answers made the old way"),
        e("/paths/~1cart/get/x-amazon-apigateway-integration/tlsConfig", no(), "integration GET /cart tlsConfig", no(),
          json!({ "serverNameToVerify": "cart.internal.example" }), "medium: the backend's certificate is still verified as before"),
        e("/paths/~1queue/post/x-amazon-apigateway-integration/integrationSubtype", json!("SQS-ReceiveMessage"),
          "integration POST /queue integrationSubtype", json!("SQS-ReceiveMessage"), json!("SQS-SendMessage"),
          "medium: requests are still passed on with the old `integrationSubtype`"),
        e("/paths/~1new", json!({ "get": {} }), "added route GET /new",
          json!({ "authorizationType": "NONE", "apiKeyRequired": false }), no(), "high: GET /new is still answered by $default"),
        e("/paths/~1queue", no(), "removed route POST /queue", no(),
          json!({ "authorizationType": "CUSTOM", "apiKeyRequired": false, "integration": { "type": "AWS_PROXY" } }),
          "medium: POST /queue still answers"),
        e("/components/securitySchemes/people/x-amazon-apigateway-authorizer/jwtConfiguration/audience", json!(["new"]),
          "authorizer people jwtConfiguration", json!({ "audience": ["new"], "issuer": "https://issuer.example" }),
          json!({ "audience": ["cart"], "issuer": "https://issuer.example" }), "high: people still accepts the old tokens"),
        e("/components/securitySchemes/people/x-amazon-apigateway-authorizer/identitySource", json!("$request.querystring.t"),
          "authorizer people identitySource", json!("$request.querystring.t"), json!("$request.header.Authorization"),
          "medium: people still looks at $request.header.Authorization"),
        e("/components/securitySchemes/requests/x-amazon-apigateway-authorizer/authorizerUri", json!(function_uri("new-fn")),
          "authorizer requests authorizerUri", json!(function_uri("new-fn")), json!(function_uri("auth-fn")),
          "high: the function auth-fn still decides for requests, not the function new-fn"),
        e("/components/securitySchemes/requests/x-amazon-apigateway-authorizer/authorizerCredentials", no(),
          "authorizer requests authorizerCredentialsArn", no(), json!("arn:aws:iam::111122223333:role/auth"),
          "medium: requests is still called as arn:aws:iam::111122223333:role/auth"),
        e("/components/securitySchemes/requests/x-amazon-apigateway-authorizer/authorizerResultTtlInSeconds", json!(0),
          "authorizer requests authorizerResultTtlInSeconds", json!(0), json!(300),
          "medium: decisions of requests are still kept for 300 s"),
        e("/components/securitySchemes/requests/x-amazon-apigateway-authorizer/authorizerPayloadFormatVersion", json!("1.0"),
          "authorizer requests authorizerPayloadFormatVersion", json!("1.0"), json!("2.0"),
          "medium: requests still decides by the old `authorizerPayloadFormatVersion`"),
        e("/components/securitySchemes/requests/x-amazon-apigateway-authorizer/enableSimpleResponses", json!(false),
          "authorizer requests enableSimpleResponses", json!(false), json!(true),
          "medium: requests still decides by the old `enableSimpleResponses`"),
        e("/x-amazon-apigateway-cors/allowOrigins", json!(["*"]), "cors allowOrigins", json!(["*"]),
          json!(["https://www.example.com"]), "medium: browsers are still told the old `allowOrigins`: https://www.example.com"),
        e("/x-amazon-apigateway-cors/allowMethods", json!(["GET", "PUT"]), "cors allowMethods", json!(["GET", "PUT"]),
          json!(["GET"]), "medium: browsers are still told the old `allowMethods`: GET"),
        e("/x-amazon-apigateway-cors/allowHeaders", no(), "cors allowHeaders", no(), json!(["content-type"]),
          "medium: browsers are still told the old `allowHeaders`: content-type"),
        e("/x-amazon-apigateway-cors/exposeHeaders", json!([]), "cors exposeHeaders", no(), json!(["x-served-by"]),
          "medium: browsers are still told the old `exposeHeaders`: x-served-by"),
        e("/x-amazon-apigateway-cors/maxAge", json!(0), "cors maxAge", json!(0), json!(60),
          "medium: browsers are still told the old `maxAge`: 60"),
        e("/x-amazon-apigateway-cors/allowCredentials", json!(false), "cors allowCredentials", json!(false), json!(true),
          "medium: browsers are still told the old `allowCredentials`: true"),
        e("/servers/0/x-amazon-apigateway-endpoint-configuration/disableExecuteApiEndpoint", json!(false),
          "api disableExecuteApiEndpoint", json!(false), json!(true), "medium: the default endpoint still refuses callers"),
    ]
}

/// A change in the words of the tables.
fn describe(change: &Change) -> String {
    let kind = match serde_json::to_value(change.change).unwrap() {
        Value::String(kind) if kind != "changed" => Some(kind),
        _ => None,
    };
    let subject = Some(change.subject.name().to_owned());
    let parts = [kind, subject, change.method.clone(), change.path.clone(), change.name.clone(), change.field.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn only_stage(drift: &[ApiDrift]) -> &StageDrift {
    let [api] = drift else { panic!("one API: {drift:?}") };
    let [stage] = api.stages.as_slice() else { panic!("one stage: {api:?}") };
    stage
}

async fn check(recording: Value, edit: &Edit) {
    let drift = Served::start(recording).await.drift().await;
    let stage = only_stage(&drift);
    let changes: Vec<String> = stage.changes.iter().map(describe).collect();
    assert_eq!(changes, [edit.change], "{}", edit.at);
    let change = &stage.changes[0];
    assert_eq!((&change.live, &change.deployed), (&edit.live, &edit.deployed), "{}", edit.at);
    assert_eq!(format!("{}: {}", change.severity.name(), change.effect), edit.effect, "{}", edit.at);
    assert_eq!(stage.in_sync, Some(false), "{}", edit.at);
}

#[tokio::test]
async fn a_rest_api_as_it_was_deployed_has_no_drift_in_either_format() {
    for format in [Format::Oas30, Format::Swagger20] {
        let drift = Served::start(every_rest_field(format)).await.drift().await;
        let stage = only_stage(&drift);
        assert_eq!(stage.changes.iter().map(describe).collect::<Vec<_>>(), [""; 0], "{format:?}");
        assert_eq!((stage.in_sync, stage.basis.name()), (Some(true), "export"), "{format:?}: {:?}", stage.not_read);
    }
}

#[tokio::test]
async fn each_field_of_a_rest_api() {
    for found in rest_edits() {
        let mut recording = every_rest_field(Format::Oas30);
        edit(&mut recording, &rest_pointer(found.at), found.value.clone());
        check(recording, &found).await;
    }
}

#[tokio::test]
async fn each_field_of_an_http_api() {
    let drift = Served::start(every_http_field()).await.drift().await;
    assert_eq!(only_stage(&drift).in_sync, Some(true), "{drift:#?}");
    for found in http_edits() {
        let mut recording = every_http_field();
        edit(&mut recording, &format!("/apigatewayv2/export_api/{HTTP}{}", found.at), found.value.clone());
        check(recording, &found).await;
    }
}

/// What the edits of the tables prove: `subject field`, and `subject` alone where it came or went as a whole.
pub(crate) fn proven() -> BTreeSet<String> {
    let (rest, http) = (rest_edits(), http_edits());
    let edits = rest.iter().chain(&http).map(|edit| {
        let words: Vec<&str> = edit.change.split(' ').collect();
        match words.as_slice() {
            ["added" | "removed", subject, ..] => (*subject).to_owned(),
            _ => format!("{} {}", words[0], words[words.len() - 1]),
        }
    });
    edits.collect()
}

/// Fields of the canonical form that are no part of what is compared.
const IDENTITY: [&str; 4] = ["authorizer id", "method resourceId", "request-validator ambiguous", "api vpcEndpointIds"];

#[tokio::test]
async fn no_field_of_the_canonical_form_is_missing_from_the_tables() {
    let mut fields = BTreeSet::new();
    for recording in [every_rest_field(Format::Oas30), every_http_field()] {
        let snapshots = Served::start(recording).await.snapshots().await;
        let live = serde_json::to_value(&snapshots[0].apis[0].live).unwrap();
        let mut add = |subject: &str, object: &Value| {
            fields.extend(object.as_object().into_iter().flatten().map(|(name, _)| format!("{subject} {name}")));
        };
        for route in live["routes"]["known"].as_array().unwrap() {
            add("method", route);
            add("integration", &route["integration"]);
            route["integration"]["integrationResponses"]
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(_, r)| add("integration-response", r));
            route["methodResponses"].as_object().into_iter().flatten().for_each(|(_, r)| add("method-response", r));
        }
        for (subject, list) in [
            ("authorizer", "authorizers"),
            ("request-validator", "requestValidators"),
            ("gateway-response", "gatewayResponses"),
        ] {
            live[list]["known"].as_object().into_iter().flatten().for_each(|(_, one)| add(subject, one));
        }
        add("api", &live["settings"]);
        add("cors", &live["cors"]);
    }
    // What stands beneath the route in the canonical form has subjects of its own.
    for nested in [
        "method method",
        "method path",
        "method integration",
        "method methodResponses",
        "integration integrationResponses",
    ] {
        assert!(fields.remove(nested), "{nested}");
    }
    let tried = proven();
    let v2_names = [("type", "integrationType"), ("type", "authorizerType")];
    let is_tried = |field: &String| {
        tried.contains(field) || v2_names.iter().any(|(one, other)| tried.contains(&field.replace(one, other)))
    };
    let missing: Vec<&String> =
        fields.iter().filter(|field| !is_tried(field) && !IDENTITY.contains(&field.as_str())).collect();
    assert_eq!(missing, [""; 0]);
}
