//! `x-amazon-apigateway-integration` and `x-amazon-apigateway-authorizer`, as exports write them.

use serde_json::{Map, Value, json};

use super::{Habits, members, non_empty, text};

/// A security scheme for an authorizer. What the scheme itself says of the identity source is not repeated in the extension,
/// except for authorizers of requests.
pub(super) fn authorizer_scheme(authorizer: &Value) -> Value {
    let own = [
        "authorizerUri",
        "authorizerCredentials",
        "authorizerResultTtlInSeconds",
        "identityValidationExpression",
        "providerARNs",
    ];
    let mut extension: Map<String, Value> =
        own.iter().filter_map(|name| Some(((*name).to_owned(), authorizer.get(*name)?.clone()))).collect();
    extension.insert("type".to_owned(), json!(text(&authorizer["type"]).to_lowercase()));
    let source = authorizer.get("identitySource").map(text).unwrap_or_default();
    let header = source.strip_prefix("method.request.header.").filter(|header| !header.contains(','));
    if authorizer["type"] == "REQUEST" && !source.is_empty() {
        extension.insert("identitySource".to_owned(), json!(source));
    }
    let header = header.unwrap_or("Unused");
    let is_cognito = authorizer["type"] == "COGNITO_USER_POOLS";
    let label = if is_cognito { "cognito_user_pools" } else { "custom" };
    let label = authorizer.get("authType").cloned().unwrap_or_else(|| json!(label));
    json!({
        "type": "apiKey", "name": header, "in": "header", "x-amazon-apigateway-authtype": label,
        "x-amazon-apigateway-authorizer": extension,
    })
}

/// An integration, in lower case where AWS writes lower case. A method without one has none in the export either.
pub(super) fn integration_of(integration: &Value, resource_id: &str, habits: Habits) -> Option<Value> {
    let mut written = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            written.insert(name.to_owned(), value);
        }
    };
    put("type", Some(json!(integration.get("type").map(text)?.to_lowercase())));
    for name in ["httpMethod", "uri", "connectionId", "contentHandling", "tlsConfig", "integrationTarget"] {
        put(name, integration.get(name).cloned());
    }
    put("credentials", integration.get("credentials").filter(|role| *role != "").cloned());
    put("connectionType", integration.get("connectionType").filter(|kind| *kind == "VPC_LINK").cloned());
    put("passthroughBehavior", integration.get("passthroughBehavior").map(|value| json!(text(value).to_lowercase())));
    let unless = |name: &str, default: Value| {
        integration.get(name).filter(|value| habits.defaults || **value != default).cloned()
    };
    put("timeoutInMillis", unless("timeoutInMillis", json!(29_000)));
    put("responseTransferMode", unless("responseTransferMode", json!("BUFFERED")));
    for name in ["requestParameters", "requestTemplates", "cacheKeyParameters"] {
        put(name, non_empty(integration.get(name)));
    }
    // The namespace is written where somebody set it, and where there is something to cache by.
    let caches = non_empty(integration.get("cacheKeyParameters")).is_some();
    let is_own = |namespace: &Value| namespace != resource_id;
    let namespace = integration.get("cacheNamespace");
    put("cacheNamespace", namespace.filter(|namespace| habits.defaults || caches || is_own(namespace)).cloned());
    let mut responses = Map::new();
    for (_, response) in members(integration.get("integrationResponses")) {
        let pattern = response.get("selectionPattern").map(text).filter(|pattern| !pattern.is_empty());
        let pattern = pattern.unwrap_or_else(|| "default".to_owned());
        let mut response = response.clone();
        response.as_object_mut().expect("a response").remove("selectionPattern");
        if habits.last_of_several || !responses.contains_key(&pattern) {
            responses.insert(pattern, response);
        }
    }
    put("responses", (!responses.is_empty()).then_some(Value::Object(responses)));
    Some(Value::Object(written))
}
