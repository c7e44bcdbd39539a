//! REST, HTTP and WebSocket APIs that are declared resource by resource.

use std::collections::BTreeSet;

use serde_json::Value;

use super::intrinsics::{Scope, symbol};
use super::template;
use super::{Declaration, DeclaredRoute, Fields};
use crate::configuration::RouteKey;
use crate::secret;
use crate::unknown::{is_in, is_in_text, names, shown_text, unknown};

/// How long a chain of resources may be. API Gateway has at most 300 resources.
const DEEPEST: usize = 300;

/// Puts the methods of a REST API (`AWS::ApiGateway::Method`) into its declaration.
pub(super) fn methods(scope: &Scope, api: &str, declaration: &mut Declaration) {
    for (id, resource) in of_type(scope, "AWS::ApiGateway::Method") {
        let properties = template::properties(scope, resource);
        if !refers_to(&properties, "RestApiId", api, id, declaration) {
            continue;
        }
        let method = properties.get("HttpMethod").and_then(Value::as_str).filter(|method| !is_in_text(method));
        let path = properties.get("ResourceId").and_then(|resource| path(scope, api, resource));
        let (Some(method), Some(path)) = (method, path) else {
            declaration.open.insert(format!("the path or method of {id} is not known"));
            continue;
        };
        let mut fields = authorization(scope, &properties, "AWS::ApiGateway::Authorizer");
        fields.insert("apiKeyRequired", boolean(properties.get("ApiKeyRequired")));
        if let Some(parameters) = properties.get("RequestParameters").and_then(Value::as_object) {
            let parameters = parameters.iter().map(|(name, required)| (name.clone(), boolean(Some(required))));
            fields.insert("requestParameters", parameters.collect());
        }
        if let Some(integration) = properties.get("Integration") {
            let names = [
                ("type", "Type"),
                ("uri", "Uri"),
                ("httpMethod", "IntegrationHttpMethod"),
                ("timeoutInMillis", "TimeoutInMillis"),
            ];
            integration_fields(integration, &names, &mut fields);
        }
        insert(scope, resource, RouteKey::new(&method.to_ascii_uppercase(), &path), fields, declaration);
    }
}

/// Puts the routes of an HTTP or WebSocket API (`AWS::ApiGatewayV2::Route`) into its declaration.
pub(super) fn routes(scope: &Scope, api: &str, resource: Option<&Value>, declaration: &mut Declaration) {
    let integration_names = [
        ("type", "IntegrationType"),
        ("uri", "IntegrationUri"),
        ("httpMethod", "IntegrationMethod"),
        ("timeoutInMillis", "TimeoutInMillis"),
    ];
    // Quick create: a default route, or the one that is named, to a function or URL.
    let own = resource.map(|resource| (resource, template::properties(scope, resource)));
    if let Some((resource, own)) = own
        && let Some(target) = own.get("Target")
    {
        let key = own.get("RouteKey").and_then(Value::as_str).unwrap_or("$default");
        let fields = Fields::from([("uri", target.clone()), ("authorizationType", "NONE".into())]);
        insert(scope, resource, RouteKey::parse(key), fields, declaration);
    }
    for (id, resource) in of_type(scope, "AWS::ApiGatewayV2::Route") {
        let properties = template::properties(scope, resource);
        if !refers_to(&properties, "ApiId", api, id, declaration) {
            continue;
        }
        let Some(key) = properties.get("RouteKey").and_then(Value::as_str).filter(|key| !is_in_text(key)) else {
            declaration.open.insert(format!("the route key of {id} is not known"));
            continue;
        };
        let mut fields = authorization(scope, &properties, "AWS::ApiGatewayV2::Authorizer");
        fields.insert("apiKeyRequired", boolean(properties.get("ApiKeyRequired")));
        let target = properties.get("Target").and_then(Value::as_str).unwrap_or_default();
        let target = target.strip_prefix("integrations/").unwrap_or(target);
        if let Some(integration) = scope.referred(target, "IntegrationId", "AWS::ApiGatewayV2::Integration") {
            integration_fields(&template::properties(scope, integration), &integration_names, &mut fields);
        }
        insert(scope, resource, RouteKey::parse(key), fields, declaration);
    }
}

/// Resources of a type that are made, or may be.
fn of_type<'a>(scope: &'a Scope, resource_type: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let resources = scope.resources().filter(move |(_, resource)| resource["Type"] == resource_type);
    resources.filter(|(_, resource)| scope.is_made(resource) != Some(false))
}

/// Whether a method or route belongs to an API. Of one whose API is not known, nobody knows.
fn refers_to(properties: &Value, property: &str, api: &str, id: &str, declaration: &mut Declaration) -> bool {
    let reference = properties.get(property).and_then(Value::as_str).unwrap_or_default();
    if reference != symbol(api) && shown_text(reference).starts_with("Fn::If") {
        declaration.open.insert(format!("the API of {id} is not known"));
    }
    reference == symbol(api)
}

fn insert(scope: &Scope, resource: &Value, key: RouteKey, fields: Fields, declaration: &mut Declaration) {
    let unsure = match scope.is_made(resource) {
        Some(_) => None,
        None => Some(format!("the condition {} is not known", resource["Condition"].as_str().unwrap_or("?"))),
    };
    declaration.routes.insert(key, DeclaredRoute { unsure, fields });
}

/// The path of a resource, by way of its parents.
fn path(scope: &Scope, api: &str, resource: &Value) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut at = resource.as_str()?.to_owned();
    while at != symbol(&format!("{api}.RootResourceId")) {
        let found = scope.referred(&at, "ResourceId", "AWS::ApiGateway::Resource")?;
        let part = scope.property(found, "PathPart")?.as_str().filter(|part| !is_in_text(part))?.to_owned();
        parts.push(part);
        at = scope.property(found, "ParentId")?.as_str()?.to_owned();
        // A circle of parents, which no deployed template has.
        if parts.len() > DEEPEST {
            return None;
        }
    }
    parts.reverse();
    Some(format!("/{}", parts.join("/")))
}

fn authorization(scope: &Scope, properties: &Value, authorizer_type: &str) -> Fields {
    let authorization_type = properties.get("AuthorizationType").cloned().unwrap_or_else(|| "NONE".into());
    let is_without = authorization_type == "NONE" || authorization_type == "AWS_IAM";
    let mut fields = Fields::from([("authorizationType", authorization_type)]);
    match properties.get("AuthorizerId").and_then(Value::as_str) {
        _ if is_without => drop(fields.insert("authorizer", Value::Null)),
        Some(reference) => {
            let found = scope.referred(reference, "AuthorizerId", authorizer_type);
            let name = found.and_then(|authorizer| scope.property(authorizer, "Name"));
            fields.insert("authorizer", name.unwrap_or_else(|| unknown(&shown_text(reference)).into()));
        }
        None => {}
    }
    match properties.get("AuthorizationScopes") {
        Some(Value::Array(scopes)) if !is_in(&Value::from(scopes.clone())) => {
            let scopes: BTreeSet<&str> = scopes.iter().filter_map(Value::as_str).collect();
            fields.insert("authorizationScopes", scopes.into_iter().collect());
        }
        Some(scopes) => drop(fields.insert("authorizationScopes", unknown(&names(scopes).join(", ")).into())),
        None => {}
    }
    fields
}

fn integration_fields(integration: &Value, names: &[(&'static str, &str)], fields: &mut Fields) {
    for (field, name) in names {
        let Some(value) = integration.get(*name).filter(|value| !value.is_null()) else { continue };
        let value = match (*field, value) {
            ("type", Value::String(text)) if !is_in_text(text) => text.to_ascii_uppercase().into(),
            ("timeoutInMillis", Value::String(text)) => text.parse::<i64>().map_or_else(|_| value.clone(), Value::from),
            ("uri", Value::String(text)) => uri(text),
            _ => value.clone(),
        };
        fields.insert(field, value);
    }
    if integration.is_string() {
        names.iter().for_each(|(field, _)| drop(fields.insert(field, integration.clone())));
    }
}

/// A URI as the canonical form has it. What stands in the place of a secret cannot be compared unless all of it is known.
pub(super) fn uri(text: &str) -> Value {
    let redacted = secret::redact_uri(text);
    if is_in_text(text) && redacted != text { unknown("a URI with a secret in it").into() } else { redacted.into() }
}

/// A boolean as templates write it: false where nothing is said.
fn boolean(value: Option<&Value>) -> Value {
    match value {
        None => false.into(),
        Some(Value::String(text)) => {
            text.to_ascii_lowercase().parse::<bool>().map_or_else(|_| text.clone().into(), Value::from)
        }
        Some(other) => other.clone(),
    }
}
