//! The documents that SAM makes of its APIs: of a definition body, of the events of functions, of `Auth` and `Cors`.
//!
//! AWS SAM developer guide, "AWS::Serverless::Api", "AWS::Serverless::HttpApi", "Api" and "HttpApi" event sources, and
//! "ApiAuth"; where the guide is silent, what the transform itself does (`samtranslator/swagger` and `open_api`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::DeclaredApi;
use super::intrinsics::{Scope, symbol};
use super::sam_auth::Auth;
use super::template::{properties, with_globals};
use crate::snapshot::ApiKind;
use crate::unknown::{is_in, is_in_text, shown_text, unknown};

pub(super) const ANY: &str = "x-amazon-apigateway-any-method";

/// Carries the `Auth` of an event to where the requirements are written.
pub(super) const EVENT_AUTH: &str = "(event auth)";

const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The APIs that SAM makes for events that name none.
const IMPLICIT: [(&str, ApiKind); 2] = [("ServerlessRestApi", ApiKind::Rest), ("ServerlessHttpApi", ApiKind::Http)];

/// The APIs that SAM makes for events that name none, where there are such events.
pub(super) fn implicit_apis(scope: &Scope) -> Vec<DeclaredApi> {
    let is_needed = |kind| events(scope, kind).any(|event| event.api.is_none());
    let needed = IMPLICIT.into_iter().filter(|(_, kind)| is_needed(*kind));
    let name = |kind| with_globals(scope, section(kind), &json!({})).get("Name").and_then(|name| scope.resolve(name));
    needed
        .map(|(logical_id, kind)| DeclaredApi {
            logical_id: Some(logical_id.to_owned()),
            kind: Some(kind),
            name: name(kind).and_then(|name| Some(name.as_str().filter(|name| !is_in_text(name))?.to_owned())),
            has_body: false,
        })
        .collect()
}

fn section(kind: ApiKind) -> &'static str {
    if kind == ApiKind::Rest { "Api" } else { "HttpApi" }
}

/// A document, and why it may declare more than it shows.
pub(super) struct Made {
    pub(super) document: Value,
    pub(super) open: BTreeSet<String>,
}

/// The document of one of SAM's APIs.
pub(super) fn document(scope: &Scope, logical_id: &str, resource: Option<&Value>, kind: ApiKind) -> Made {
    let properties = match resource {
        Some(resource) => properties(scope, resource),
        None => scope.resolve(&with_globals(scope, section(kind), &json!({}))).unwrap_or_default(),
    };
    let mut made = Made { document: Value::Null, open: BTreeSet::new() };
    let body = properties.get("DefinitionBody");
    let merges = properties.get("MergeDefinitions").is_some_and(|flag| *flag == true);
    match (body, properties.get("DefinitionUri")) {
        (Some(body), _) => made.document = body.clone(),
        (None, Some(_)) => {
            made.open.insert("DefinitionUri names another file".to_owned());
            made.document = empty(kind);
        }
        (None, None) => made.document = empty(kind),
    }
    if !made.document.is_object() {
        return made;
    }
    if merges || (body.is_none() && properties.get("DefinitionUri").is_none()) {
        let api = resource.map(|_| logical_id);
        events(scope, kind).filter(|event| event.api.as_deref() == api).for_each(|event| event.add_to(&mut made, kind));
    }
    if let Some(cors) = properties.get("Cors").filter(|_| kind == ApiKind::Rest) {
        add_preflight(&mut made.document, cors);
    }
    Auth::new(&properties, kind).apply(&mut made.document);
    made
}

fn empty(kind: ApiKind) -> Value {
    match kind {
        ApiKind::Rest => json!({ "swagger": "2.0", "paths": {} }),
        ApiKind::Http | ApiKind::WebSocket => json!({ "openapi": "3.0.1", "paths": {} }),
    }
}

/// An event that calls a function or state machine.
struct Event {
    /// The logical id of its API; `None` for the implicit one.
    api: Option<String>,
    /// What it is called in errors: the resource and the event.
    name: String,
    properties: Value,
    integration: Value,
    /// Why it may not exist.
    unsure: Option<String>,
}

fn events<'a>(scope: &'a Scope, kind: ApiKind) -> impl Iterator<Item = Event> + 'a {
    let event_type = section(kind);
    let resources = scope.resources().filter(|(_, resource)| {
        ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"].iter().any(|t| resource["Type"] == *t)
    });
    resources.filter(|(_, resource)| scope.is_made(resource) != Some(false)).flat_map(move |(id, resource)| {
        let all = resource.pointer("/Properties/Events").and_then(Value::as_object).into_iter().flatten();
        all.filter(move |(_, event)| event["Type"] == event_type).map(move |(name, event)| {
            let properties = event.get("Properties").and_then(|all| scope.resolve(all)).unwrap_or_else(|| json!({}));
            let api = properties.get(if kind == ApiKind::Rest { "RestApiId" } else { "ApiId" });
            let condition = resource.get("Condition").and_then(Value::as_str).unwrap_or("?");
            Event {
                api: api.map(|api| api.as_str().map(logical_id).unwrap_or_default()),
                name: format!("{name} of {id}"),
                integration: integration(scope, id, resource, kind),
                properties,
                unsure: scope.is_made(resource).is_none().then(|| format!("the condition {condition}")),
            }
        })
    })
}

/// The logical id that a reference names.
fn logical_id(reference: &str) -> String {
    let shown = shown_text(reference);
    shown.strip_prefix("${").and_then(|name| name.strip_suffix('}')).unwrap_or(&shown).to_owned()
}

/// How SAM calls a function, or a state machine, of which it decides the action by a type that is not looked at here.
fn integration(scope: &Scope, id: &str, resource: &Value, kind: ApiKind) -> Value {
    if resource["Type"] == "AWS::Serverless::StateMachine" {
        return json!({ "type": "aws", "httpMethod": "POST", "uri": unknown(&format!("${{{id}}}")) });
    }
    let text = |template: &str| scope.resolve(&json!({ "Fn::Sub": template })).unwrap_or_default();
    let mut arn = text(&format!("${{{id}.Arn}}")).as_str().unwrap_or_default().to_owned();
    match properties(scope, resource).get("AutoPublishAlias") {
        // The event calls the alias that SAM makes.
        Some(Value::String(alias)) if is_in_text(&arn) || is_in_text(alias) => arn = symbol(&format!("{id} alias")),
        Some(Value::String(alias)) => arn = format!("{arn}:{alias}"),
        _ => {}
    }
    let path = text("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/");
    let uri = format!("{}{arn}/invocations", path.as_str().unwrap_or_default());
    match kind {
        ApiKind::Rest => json!({ "type": "aws_proxy", "httpMethod": "POST", "uri": uri }),
        ApiKind::Http | ApiKind::WebSocket => {
            json!({ "type": "aws_proxy", "httpMethod": "POST", "uri": uri, "payloadFormatVersion": "2.0" })
        }
    }
}

impl Event {
    /// Puts the event's operation into a document.
    fn add_to(self, made: &mut Made, kind: ApiKind) {
        let text = |name: &str| self.properties.get(name).and_then(Value::as_str);
        // An event of an HTTP API without both is its default route.
        let is_default = kind == ApiKind::Http && text("Path").is_none() && text("Method").is_none();
        let (path, method) = if is_default { (Some("/$default"), Some("any")) } else { (text("Path"), text("Method")) };
        let (Some(path), Some(method)) = (path.filter(|p| !is_in_text(p)), method.filter(|m| !is_in_text(m))) else {
            made.open.insert(format!("the path or method of {} is not known", self.name));
            return;
        };
        let method = method.to_ascii_lowercase();
        let key = if method == "any" { ANY.to_owned() } else { method };
        let operation = match &self.unsure {
            Some(why) => unknown(why).into(),
            None => self.operation(kind),
        };
        // What a merged definition says goes before what events say.
        let Some(paths) = made.document.get_mut("paths").and_then(Value::as_object_mut) else { return };
        let item = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.entry(key).or_insert(operation);
        }
    }

    fn operation(&self, kind: ApiKind) -> Value {
        let mut integration = self.integration.clone();
        if let (Some(timeout), Some(integration)) =
            (self.properties.get("TimeoutInMillis"), integration.as_object_mut())
        {
            integration.insert("timeoutInMillis".to_owned(), timeout.clone());
        }
        let auth = self.properties.get("Auth").cloned();
        let parameters = self.properties.get("RequestParameters").filter(|_| kind == ApiKind::Rest);
        let parts =
            [(INTEGRATION, Some(integration)), (EVENT_AUTH, auth), ("parameters", parameters.map(parameters_of))];
        parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?))).collect()
    }
}

/// `RequestParameters` of an event: names, or objects of one name and its settings.
fn parameters_of(list: &Value) -> Value {
    let Some(list) = list.as_array().filter(|_| !is_in(list)) else {
        return unknown("RequestParameters").into();
    };
    let one = |name: &str, required: bool| -> Option<Value> {
        let mut parts = name.strip_prefix("method.request.")?.splitn(2, '.');
        let place = parts.next().map(|place| if place == "querystring" { "query" } else { place })?;
        Some(json!({ "in": place, "name": parts.next()?, "required": required }))
    };
    let parameters = list.iter().flat_map(|entry| match entry {
        Value::String(name) => vec![one(name, false)],
        Value::Object(entry) => {
            let is_required = |settings: &Value| settings.get("Required").is_some_and(|flag| *flag == true);
            entry.iter().map(|(name, settings)| one(name, is_required(settings))).collect()
        }
        _ => Vec::new(),
    });
    parameters.flatten().collect()
}

/// The preflight methods that `Cors` adds to each path that has none.
fn add_preflight(document: &mut Value, cors: &Value) {
    // Whether there is any CORS at all may depend on what is not known.
    let is_unsure = cors.as_str().is_some_and(|cors| shown_text(cors).starts_with("Fn::If"));
    let operation = if is_unsure { Value::from(unknown("Cors")) } else { json!({ INTEGRATION: { "type": "mock" } }) };
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        item.entry("options").or_insert_with(|| operation.clone());
    }
}
