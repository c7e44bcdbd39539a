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

/// The resources that make a stack of another template.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Why a template may declare more of an API than it shows.
pub(super) fn open(scope: &Scope, api: &str) -> Vec<String> {
    let transforms = scope.transforms().flat_map(|one| match one {
        Value::Array(names) => names.iter().collect(),
        one => vec![one],
    });
    let macros = transforms.map(|name| name.as_str().or_else(|| name.get("Name")?.as_str()).unwrap_or("?"));
    let mut unknown = macros.filter(|name| !KNOWN_TRANSFORMS.contains(name)).map(str::to_owned);
    let mut loops = scope.resources().filter(|(id, _)| id.starts_with("Fn::")).map(|(id, _)| id.clone());
    let added = unknown.next().or_else(|| loops.next()).map(|name| format!("what {name} adds is not known"));
    added.into_iter().chain(nested(scope, api)).chain(exported(scope, api)).collect()
}

/// Stacks that are given the API may put routes into it.
fn nested(scope: &Scope, api: &str) -> impl Iterator<Item = String> {
    let stacks = scope.resources().filter(|(_, one)| NESTED.iter().any(|nested| one["Type"] == *nested));
    let made = stacks.filter(|(_, one)| scope.is_made(one) != Some(false));
    let given = made.filter(|(_, one)| one.pointer("/Properties/Parameters").is_some_and(|all| names(all, api)));
    given.map(move |(id, _)| format!("what the nested stack {id} puts into {api} is not known"))
}

/// Whoever is given the root resource of a REST API means to put resources under it.
fn exported(scope: &Scope, api: &str) -> Option<String> {
    let root = format!("{api}.RootResourceId");
    let mut outputs = scope.outputs().filter(|output| output.get("Export").is_some());
    let is_exported = outputs.any(|output| output.get("Value").is_some_and(|value| names(value, &root)));
    is_exported.then(|| format!("what other stacks put into {api}, whose root resource is exported, is not known"))
}

/// Whether a value that is not resolved yet names a resource, or an attribute of it, in any of the ways that
/// `Ref`, `Fn::GetAtt` and `Fn::Sub` have. It may say so in a branch that is not taken.
fn names(value: &Value, resource: &str) -> bool {
    let is_it = |text: &str| {
        let rest = text.strip_prefix(resource);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match value {
        Value::String(text) => {
            is_it(text) || text.split("${").skip(1).any(|part| is_it(part.split('}').next().unwrap_or_default()))
        }
        Value::Array(items) => {
            let list: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            list.is_some_and(|list| is_it(&list.join("."))) || items.iter().any(|item| names(item, resource))
        }
        Value::Object(members) => members.values().any(|member| names(member, resource)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
