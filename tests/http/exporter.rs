//! An independent writer of what `ExportApi` answers, from raw answers of the control plane.
//!
//! It shares no code with the engine. As exports that AWS wrote show it, integrations are written with each route that
//! calls them, those of no route apart, paths get their parameters, and no stage, route setting or id is told.

use serde_json::{Map, Value, json};

use super::{items, target};

/// What no recording settles about `ExportApi`. Both sides are written at the same time, with the same habits, except for
/// the order of lists, which nobody promises.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Writes authorizers that no route refers to.
    pub unreferenced: bool,
    /// Writes several identity sources as a list, not as one text.
    pub listed_sources: bool,
    /// Writes an empty value where there is none: of CORS, and of parameters.
    pub empty: bool,
}

/// `ExportApi` of a stage that serves what a recording holds of an API, or of the latest configuration.
pub fn export(v2: &Value, id: &str, stage: Option<&str>, habits: Habits) -> Value {
    let api = &v2["get_apis"]["Items"][0];
    let authorizers = items(v2, "get_authorizers", id);
    let routes = items(v2, "get_routes", id);
    let is_reversed = stage.is_some_and(|stage| stage.ends_with('1'));
    let set = |list: &Value| {
        let mut list = list.as_array().cloned().unwrap_or_default();
        if is_reversed {
            list.reverse();
        }
        Value::Array(list)
    };
    let mut paths = Map::new();
    for route in &routes {
        let key = text(&route["RouteKey"]);
        let (method, path) = key.split_once(' ').unwrap_or(("ANY", "/$default"));
        let item = paths.entry(path).or_insert_with(|| path_item(path));
        let mut operation =
            json!({ "responses": { "default": { "description": format!("Default response for {key}") } } });
        if key == "$default" {
            operation["isDefaultRoute"] = json!(true);
        }
        put(&mut operation, "operationId", &route["OperationName"]);
        if route["AuthorizationType"] == "AWS_IAM" {
            operation["x-amazon-apigateway-auth"] = json!({ "type": "AWS_IAM" });
        }
        if let Some(authorizer) = authorizers.iter().find(|own| own["AuthorizerId"] == route["AuthorizerId"]) {
            operation["security"] = json!([{ text(&authorizer["Name"]): set(&route["AuthorizationScopes"]) }]);
        }
        put(&mut operation, "x-amazon-apigateway-integration", &integration(&target(v2, id, route), habits));
        let verb = if method == "ANY" { "x-amazon-apigateway-any-method".to_owned() } else { method.to_lowercase() };
        item[verb] = operation;
    }
    let mut schemes = Map::new();
    for authorizer in authorizers {
        let is_used = routes.iter().any(|route| route["AuthorizerId"] == authorizer["AuthorizerId"]);
        if is_used || habits.unreferenced {
            schemes.insert(text(&authorizer["Name"]), scheme(&authorizer, &set, habits));
        }
    }
    let mut components = json!({});
    for unused in items(v2, "get_integrations", id) {
        let place = format!("integrations/{}", text(&unused["IntegrationId"]));
        if !routes.iter().any(|route| route["Target"] == place.as_str()) {
            let name = format!("unusedIntegration_{}", text(&unused["IntegrationId"]));
            components["x-amazon-apigateway-integrations"][name] = integration(&unused, habits);
        }
    }
    if !schemes.is_empty() {
        components["securitySchemes"] = Value::Object(schemes);
    }
    let mut server = json!({
        "url": format!("{}/{{basePath}}", text(&api["ApiEndpoint"])),
        "variables": { "basePath": { "default": stage.unwrap_or_default() } },
    });
    if api["DisableExecuteApiEndpoint"] == json!(true) {
        server["x-amazon-apigateway-endpoint-configuration"] = json!({ "disableExecuteApiEndpoint": true });
    }
    let time = if stage.is_some() { "2026-10-10 11:00:00UTC" } else { "2026-10-10 11:00:01UTC" };
    let mut document = json!({
        "openapi": "3.0.1", "info": { "title": api["Name"], "version": time }, "servers": [server], "paths": paths,
        "components": components, "x-amazon-apigateway-importexport-version": "1.0",
    });
    if let Some(own) = api.get("CorsConfiguration") {
        let mut cors = json!({});
        for name in ["AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders"] {
            let list = set(&own[name]);
            if habits.empty || list != json!([]) {
                cors[camel(name)] = list;
            }
        }
        put(&mut cors, "allowCredentials", &own["AllowCredentials"]);
        put(&mut cors, "maxAge", &own["MaxAge"]);
        document["x-amazon-apigateway-cors"] = cors;
    }
    document
}

/// A path, with the parameters that AWS adds to it.
fn path_item(path: &str) -> Value {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters = names.map(|name| {
        json!({ "name": name, "in": "path", "description": format!("Generated path parameter for {name}"),
                "required": true, "schema": { "type": "string" } })
    });
    let parameters: Vec<Value> = parameters.collect();
    if parameters.is_empty() { json!({}) } else { json!({ "parameters": parameters }) }
}

fn integration(own: &Value, habits: Habits) -> Value {
    if own.is_null() {
        return Value::Null;
    }
    let mut written =
        json!({ "type": text(&own["IntegrationType"]).to_lowercase(), "connectionType": own["ConnectionType"] });
    for (name, member) in [
        ("httpMethod", "IntegrationMethod"),
        ("uri", "IntegrationUri"),
        ("payloadFormatVersion", "PayloadFormatVersion"),
        ("integrationSubtype", "IntegrationSubtype"),
        ("credentials", "CredentialsArn"),
        ("connectionId", "ConnectionId"),
        ("timeoutInMillis", "TimeoutInMillis"),
        ("requestParameters", "RequestParameters"),
        ("responseParameters", "ResponseParameters"),
    ] {
        put(&mut written, name, &own[member]);
        if habits.empty && member.ends_with("Parameters") && own[member].is_null() {
            written[name] = json!({});
        }
    }
    if let Some(tls) = own.get("TlsConfig") {
        written["tlsConfig"] = json!({ "serverNameToVerify": tls["ServerNameToVerify"] });
    }
    written
}

fn scheme(own: &Value, set: &dyn Fn(&Value) -> Value, habits: Habits) -> Value {
    let sources: Vec<String> = own["IdentitySource"].as_array().into_iter().flatten().map(text).collect();
    let mut extension = json!({ "type": text(&own["AuthorizerType"]).to_lowercase() });
    if !sources.is_empty() {
        extension["identitySource"] =
            if habits.listed_sources && sources.len() > 1 { json!(sources) } else { json!(sources.join(",")) };
    }
    for name in
        ["AuthorizerUri", "AuthorizerPayloadFormatVersion", "EnableSimpleResponses", "AuthorizerResultTtlInSeconds"]
    {
        put(&mut extension, &camel(name), &own[name]);
    }
    put(&mut extension, "authorizerCredentials", &own["AuthorizerCredentialsArn"]);
    if own["AuthorizerType"] == "JWT" {
        let jwt = &own["JwtConfiguration"];
        extension["jwtConfiguration"] = json!({ "audience": set(&jwt["Audience"]), "issuer": jwt["Issuer"] });
        return json!({ "type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": extension });
    }
    let header = match sources.as_slice() {
        [one] => one.strip_prefix("$request.header.").unwrap_or("Unused"),
        _ => "Unused",
    };
    json!({ "type": "apiKey", "name": header, "in": "header", "x-amazon-apigateway-authorizer": extension })
}

fn put(object: &mut Value, name: &str, value: &Value) {
    if !value.is_null() {
        object[name] = value.clone();
    }
}

fn camel(name: &str) -> String {
    name[..1].to_lowercase() + &name[1..]
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
