//! What a reader of drift has to say where two HTTP APIs differ, from the raw answers of the control plane.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::exporter::Habits;
use super::{items, target};
use crate::oracle::Expected;

/// Every change, in no order.
pub fn changes(live: &Value, deployed: &Value, id: &str, habits: Habits) -> Vec<Expected> {
    let mut found = Vec::new();
    let routes = |side: &Value| -> BTreeMap<String, Value> {
        items(side, "get_routes", id).into_iter().map(|route| (text(&route["RouteKey"]), route)).collect()
    };
    let (live_routes, deployed_routes) = (routes(live), routes(deployed));
    for (key, route) in &live_routes {
        match deployed_routes.get(key) {
            None => found.push(whole(format!("added route {key}"))),
            Some(other) => between_routes(key, [(live, route), (deployed, other)], id, &mut found),
        }
    }
    let removed = deployed_routes.keys().filter(|key| !live_routes.contains_key(*key));
    found.extend(removed.map(|key| whole(format!("removed route {key}"))));

    let is_shown = |routes: &BTreeMap<String, Value>, authorizer: &Value| {
        habits.unreferenced || routes.values().any(|route| route["AuthorizerId"] == authorizer["AuthorizerId"])
    };
    for own in items(live, "get_authorizers", id).iter().filter(|own| is_shown(&live_routes, own)) {
        let others = items(deployed, "get_authorizers", id);
        let other = others.iter().find(|other| other["Name"] == own["Name"] && is_shown(&deployed_routes, other));
        if let Some(other) = other {
            let words = format!("authorizer {}", text(&own["Name"]));
            for (field, member) in AUTHORIZER {
                field_of(&words, field, [form(member, &own[member]), form(member, &other[member])], &mut found);
            }
        }
    }
    let api = |side: &Value| side["get_apis"]["Items"][0].clone();
    let (live, deployed) = (api(live), api(deployed));
    for (field, member) in CORS {
        let side = |api: &Value| form(member, &api["CorsConfiguration"][member]);
        field_of("cors", field, [side(&live), side(&deployed)], &mut found);
    }
    let member = "DisableExecuteApiEndpoint";
    field_of("api", "disableExecuteApiEndpoint", [live[member].clone(), deployed[member].clone()], &mut found);
    found
}

const AUTHORIZER: [(&str, &str); 7] = [
    ("authorizerCredentialsArn", "AuthorizerCredentialsArn"),
    ("authorizerPayloadFormatVersion", "AuthorizerPayloadFormatVersion"),
    ("authorizerResultTtlInSeconds", "AuthorizerResultTtlInSeconds"),
    ("authorizerUri", "AuthorizerUri"),
    ("enableSimpleResponses", "EnableSimpleResponses"),
    ("identitySource", "IdentitySource"),
    ("jwtConfiguration", "JwtConfiguration"),
];

const CORS: [(&str, &str); 6] = [
    ("allowCredentials", "AllowCredentials"),
    ("allowHeaders", "AllowHeaders"),
    ("allowMethods", "AllowMethods"),
    ("allowOrigins", "AllowOrigins"),
    ("exposeHeaders", "ExposeHeaders"),
    ("maxAge", "MaxAge"),
];

const INTEGRATION: [(&str, &str); 11] = [
    ("connectionId", "ConnectionId"),
    ("connectionType", "ConnectionType"),
    ("credentialsArn", "CredentialsArn"),
    ("integrationMethod", "IntegrationMethod"),
    ("integrationSubtype", "IntegrationSubtype"),
    ("integrationType", "IntegrationType"),
    ("integrationUri", "IntegrationUri"),
    ("payloadFormatVersion", "PayloadFormatVersion"),
    ("requestParameters", "RequestParameters"),
    ("responseParameters", "ResponseParameters"),
    ("timeoutInMillis", "TimeoutInMillis"),
];

fn between_routes(key: &str, sides: [(&Value, &Value); 2], id: &str, found: &mut Vec<Expected>) {
    let words = format!("method {key}");
    let both = |value: &dyn Fn(&Value, &Value) -> Value| sides.map(|(side, route)| value(side, route));
    field_of(&words, "authorizationType", both(&|_, route| route["AuthorizationType"].clone()), found);
    let name = |side: &Value, route: &Value| {
        let authorizers = items(side, "get_authorizers", id);
        let own = authorizers.into_iter().find(|own| own["AuthorizerId"] == route["AuthorizerId"]);
        own.map(|own| own["Name"].clone()).unwrap_or_default()
    };
    field_of(&words, "authorizer", both(&name), found);
    let scopes = |_: &Value, route: &Value| form("AuthorizationScopes", &route["AuthorizationScopes"]);
    field_of(&words, "authorizationScopes", both(&scopes), found);
    field_of(&words, "operationName", both(&|_, route| route["OperationName"].clone()), found);
    let words = format!("integration {key}");
    match both(&|side, route| target(side, id, route)) {
        [Value::Null, Value::Null] => {}
        [_, Value::Null] => found.push(whole(format!("added {words}"))),
        [Value::Null, _] => found.push(whole(format!("removed {words}"))),
        [live, deployed] => {
            for (field, member) in INTEGRATION {
                field_of(&words, field, [live[member].clone(), deployed[member].clone()], found);
            }
            let tls = |own: &Value| {
                own.get("TlsConfig").map(|tls| json!({ "serverNameToVerify": tls["ServerNameToVerify"] }))
            };
            field_of(&words, "tlsConfig", [tls(&live).unwrap_or_default(), tls(&deployed).unwrap_or_default()], found);
        }
    }
}

/// A value as drift shows it: lists are sets, and what is not set has its default.
fn form(member: &str, value: &Value) -> Value {
    match (member, value) {
        ("IdentitySource", Value::Array(sources)) if sources.is_empty() => Value::Null,
        ("IdentitySource", Value::Array(sources)) => json!(sources.iter().map(text).collect::<Vec<_>>().join(", ")),
        ("JwtConfiguration", Value::Object(jwt)) => {
            json!({ "audience": form("Audience", &jwt["Audience"]), "issuer": jwt["Issuer"] })
        }
        ("AllowCredentials", Value::Null) => json!(false),
        (_, Value::Array(items)) => {
            let mut items = items.clone();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        ("MaxAge", Value::Null) => Value::Null,
        (member, Value::Null)
            if member.starts_with("Allow") || member == "ExposeHeaders" || member.ends_with("Scopes") =>
        {
            json!([])
        }
        (_, value) => value.clone(),
    }
}

/// Of maps, and of what may hold a secret, the sides are not spelt out.
fn field_of(words: &str, field: &str, [live, deployed]: [Value; 2], found: &mut Vec<Expected>) {
    if live == deployed {
        return;
    }
    let is_map = |value: &Value| value.is_object() && field.ends_with("Parameters");
    let is_spelt = |value: &Value| !is_map(value) && !value.to_string().contains("hunter2");
    let side = |value: &Value| is_spelt(value).then(|| value.clone());
    let words = format!("changed {words} {field}");
    found.push(Expected { words, live: side(&live), deployed: side(&deployed) });
}

fn whole(words: String) -> Expected {
    Expected { words, live: None, deployed: None }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
