//! SAM and CloudFormation templates: which APIs they declare.

use serde_json::{Map, Value};

use super::intrinsics::Scope;
use super::{DeclaredApi, sam};
use crate::snapshot::ApiKind;
use crate::unknown::is_in_text;

/// The transforms that do not add resources of their own making.
const KNOWN_TRANSFORMS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

/// Whether a document is a template.
pub(super) fn is_template(document: &Value) -> bool {
    document.get("Resources").is_some_and(Value::is_object)
}

/// The APIs of a template, those that SAM makes for functions without one included.
pub(super) fn apis(scope: &Scope) -> Vec<DeclaredApi> {
    let own = scope.resources().filter(|(_, resource)| scope.is_made(resource) != Some(false));
    let mut apis: Vec<DeclaredApi> = own.filter_map(|(id, resource)| api(scope, id, resource)).collect();
    apis.extend(sam::implicit_apis(scope));
    apis
}

fn api(scope: &Scope, logical_id: &str, resource: &Value) -> Option<DeclaredApi> {
    let resource_type = resource.get("Type")?.as_str()?;
    let kind = match resource_type {
        "AWS::ApiGateway::RestApi" | "AWS::Serverless::Api" => ApiKind::Rest,
        "AWS::Serverless::HttpApi" => ApiKind::Http,
        "AWS::ApiGatewayV2::Api" => match scope.property(resource, "ProtocolType") {
            Some(protocol) if protocol == "WEBSOCKET" => ApiKind::WebSocket,
            _ => ApiKind::Http,
        },
        _ => return None,
    };
    let properties = properties(scope, resource);
    let body = body_property(resource_type);
    let has_body = properties.get(body).is_some();
    let name = properties.get("Name").or_else(|| properties.get(body)?.pointer("/info/title"));
    Some(DeclaredApi {
        logical_id: Some(logical_id.to_owned()),
        kind: Some(kind),
        name: name.and_then(Value::as_str).filter(|name| !is_in_text(name)).map(str::to_owned),
        has_body,
    })
}

/// The property that holds an API's document.
pub(super) fn body_property(resource_type: &str) -> &'static str {
    if resource_type.starts_with("AWS::Serverless::") { "DefinitionBody" } else { "Body" }
}

/// A resource's properties with SAM's globals beneath them, resolved.
pub(super) fn properties(scope: &Scope, resource: &Value) -> Value {
    let empty = Value::Object(Map::new());
    let own = resource.get("Properties").unwrap_or(&empty);
    let section = match resource.get("Type").and_then(Value::as_str) {
        Some("AWS::Serverless::Api") => "Api",
        Some("AWS::Serverless::HttpApi") => "HttpApi",
        Some("AWS::Serverless::Function") => "Function",
        _ => return scope.resolve(own).unwrap_or(empty),
    };
    scope.resolve(&with_globals(scope, section, own)).unwrap_or(empty)
}

/// Properties with a section of SAM's globals beneath them: objects are merged, lists put one after the other, and of
/// scalars the resource's own is taken (AWS SAM developer guide, "Globals section").
pub(super) fn with_globals(scope: &Scope, section: &str, own: &Value) -> Value {
    match scope.globals(section) {
        Some(globals) => merge(globals, own),
        None => own.clone(),
    }
}

fn merge(global: &Value, own: &Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) => {
            let mut merged = global.clone();
            for (name, value) in own {
                let value = match global.get(name) {
                    Some(beneath) => merge(beneath, value),
                    None => value.clone(),
                };
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(global), Value::Array(own)) => global.iter().chain(own).cloned().collect(),
        (_, own) => own.clone(),
    }
}

/// Why a template may declare more than it shows.
pub(super) fn open(scope: &Scope) -> Option<String> {
    let transforms = scope.transforms().flat_map(|one| match one {
        Value::Array(names) => names.iter().collect(),
        one => vec![one],
    });
    let macros = transforms.map(|name| name.as_str().or_else(|| name.get("Name")?.as_str()).unwrap_or("?"));
    let mut unknown = macros.filter(|name| !KNOWN_TRANSFORMS.contains(name)).map(str::to_owned);
    let mut loops = scope.resources().filter(|(id, _)| id.starts_with("Fn::")).map(|(id, _)| id.clone());
    let name = unknown.next().or_else(|| loops.next())?;
    Some(format!("what {name} adds is not known"))
}
