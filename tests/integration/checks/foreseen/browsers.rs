//! Accounts whose pages call from another origin.

use serde_json::{Value, json};
use tests::shapes::REST;

use super::callers::jwt;
use super::{http, merged, method, rest};

/// A mock of OPTIONS with these headers.
pub(super) fn preflight(headers: &[(&str, &str)]) -> Value {
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

pub(super) const FOR_ALL: [(&str, &str); 3] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET,POST,PUT"),
    ("Access-Control-Allow-Headers", "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"),
];

/// `/orders` answers preflights.
pub(super) fn for_browsers() -> Value {
    rest(|own| *method(own, "OPTIONS") = preflight(&FOR_ALL))
}

pub(super) fn keyed_for_browsers() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        method(own, "POST")["apiKeyRequired"] = json!(true);
    })
}

pub(super) fn half_for_browsers() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        let get = own["get_resources"][REST]["items"][0]["resourceMethods"]["GET"].clone();
        let put = json!({ "PUT": merged(get, json!({ "httpMethod": "PUT" })) });
        let item = json!({ "id": "res003", "parentId": "root000001", "pathPart": "items", "path": "/items", "resourceMethods": put });
        own["get_resources"][REST]["items"].as_array_mut().unwrap().push(item);
    })
}

pub(super) fn preflight_with(member: &str, value: Value) -> Value {
    rest(|own| *method(own, "OPTIONS") = merged(preflight(&FOR_ALL), json!({ member: value })))
}

pub(super) fn guarded_preflight() -> Value {
    preflight_with("authorizationType", json!("AWS_IAM"))
}

pub(super) fn preflight_with_key() -> Value {
    preflight_with("apiKeyRequired", json!(true))
}

pub(super) fn for_all_with_cookies() -> Value {
    let headers = [FOR_ALL[0], ("Access-Control-Allow-Credentials", "true")];
    rest(|own| *method(own, "OPTIONS") = preflight(&headers))
}

pub(super) fn binary_preflight() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        own["get_rest_apis"]["items"][0]["binaryMediaTypes"] = json!(["*/*"]);
    })
}

pub(super) fn mute_mock() -> Value {
    rest(|own| {
        *method(own, "OPTIONS") = preflight(&FOR_ALL);
        method(own, "OPTIONS")["methodIntegration"]["requestTemplates"] = json!({});
    })
}

/// `shop` with `DELETE /cart` for callers with tokens, and a CORS configuration.
pub(super) fn shop_with(cors: Value) -> Value {
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

pub(super) fn shop_for_browsers() -> Value {
    shop_with(json!({}))
}

pub(super) fn shop_without_header() -> Value {
    shop_with(json!({ "allowHeaders": ["*"] }))
}

pub(super) fn shop_without_method() -> Value {
    shop_with(json!({ "allowMethods": ["GET"] }))
}

pub(super) fn shop_with_a_slash() -> Value {
    shop_with(json!({ "allowOrigins": ["https://app.example.com/"] }))
}

pub(super) fn shop_for_no_origin() -> Value {
    shop_with(json!({ "allowOrigins": [] }))
}
