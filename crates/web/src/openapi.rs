//! The OpenAPI document, written from the table of operations.

mod schema;

use serde_json::{Map, Value, json};

use crate::operation::{self, Answer, FORM, HTML, JSON, LONGEST, Operation, Parameter, Values};

/// What an id may be, as in `query::is_id`.
const ID: &str = "^[A-Za-z0-9_-]{1,128}$";

/// The document, OpenAPI 3.1. `prefix` is what stands before every path where it is served.
pub fn document(prefix: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operation::ALL {
        let item = paths.entry(operation.path).or_insert_with(|| item(operation.path));
        if let Some(item) = item.as_object_mut() {
            item.insert(operation.method.name().to_ascii_lowercase(), of(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "stagecheck",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Findings on Amazon API Gateway APIs, with their lives, and answers to why a request fails. \
                            A request with `Accept: text/html` gets the page, where there is one.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": if prefix.is_empty() { "/" } else { prefix } }],
        "paths": paths,
        "components": { "schemas": schema::all() },
    })
}

/// A path, with its parameter if it has one.
fn item(path: &str) -> Value {
    let name = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(name, _)| name);
    let parameters: Vec<Value> = name
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "pattern": ID } }))
        .into_iter()
        .collect();
    if parameters.is_empty() { json!({}) } else { json!({ "parameters": parameters }) }
}

fn of(operation: &Operation) -> Value {
    let Operation { act, says, parameters, body, answer, path, .. } = operation;
    let mut responses = Map::new();
    responses.insert(answer.status.to_string(), answered(answer));
    let mut problem = |status: &str, says: &str| {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") }, HTML: { "schema": { "type": "string" } } });
        responses.insert(status.to_owned(), json!({ "description": says, "content": content }));
    };
    problem("400", "The request makes no sense.");
    if path.contains('{') || act.changes_something() {
        problem("404", "There is nothing of that name.");
    }
    if act.changes_something() {
        problem("409", "No audit can be begun: one is running, or there is nothing to audit with.");
    }
    if body.is_some() {
        problem("403", "The request comes from another site, or a form's token is missing.");
        problem("413", "The body is too long.");
        problem("415", "The body is of another media type.");
    }
    problem("default", "What is kept cannot be read; or who asks is not known, or may not.");
    if *act == operation::Act::Health {
        responses.insert("503".to_owned(), answered(answer));
    }
    if answer.status == 200 && body.is_none() && *act != operation::Act::Health {
        let says = "What the header If-None-Match names is what would be answered.";
        responses.insert("304".to_owned(), json!({ "description": says }));
    }
    if act.changes_something() {
        let says = "An audit is begun; a browser is led back to the page.";
        responses.insert("303".to_owned(), json!({ "description": says }));
    }
    let mut described = json!({
        "operationId": format!("{act:?}").to_ascii_lowercase(),
        "summary": says,
        "parameters": parameters.iter().map(parameter).collect::<Vec<_>>(),
        "responses": responses,
    });
    if let (Some(body), Some(members)) = (body, described.as_object_mut()) {
        let kind = |media_type: &&str| {
            let name = if *media_type == FORM { format!("{}Form", body.schema) } else { body.schema.to_owned() };
            ((*media_type).to_owned(), json!({ "schema": reference(&name) }))
        };
        let content: Map<String, Value> = body.types.iter().map(kind).collect();
        members.insert("requestBody".to_owned(), json!({ "required": !body.is_optional, "content": content }));
    }
    described
}

fn answered(answer: &Answer) -> Value {
    let schema = answer.schema.map_or_else(|| json!({ "type": "string" }), reference);
    let mut content = Map::from_iter([(answer.media_type.to_owned(), json!({ "schema": schema }))]);
    if answer.has_page && answer.media_type == JSON {
        content.insert(HTML.to_owned(), json!({ "schema": { "type": "string" } }));
    }
    json!({ "description": "The answer.", "content": content })
}

fn parameter(Parameter { name, is_required, values, says }: &Parameter) -> Value {
    let schema = match values {
        // A field of a form that is left alone is sent empty, and means nothing.
        Values::Of(names) if *is_required => json!({ "type": "string", "enum": names() }),
        Values::Of(names) => {
            let names: Vec<&str> = names().into_iter().chain([""]).collect();
            json!({ "type": "string", "enum": names })
        }
        Values::Id => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{0,128}$" }),
        Values::Account => json!({ "type": "string", "pattern": "^([0-9]{12})?$" }),
        Values::Since | Values::Next => json!({ "type": "string" }),
        Values::Limit => json!({ "type": "integer", "minimum": 1, "maximum": LONGEST }),
    };
    json!({ "name": name, "in": "query", "required": is_required, "description": says, "schema": schema })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
