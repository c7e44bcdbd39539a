//! Paths and operations of an exported document.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Reader, boolean, members, plain, set, text};
use crate::configuration::{Map, MethodResponse, Models, Route, RouteKey, Source};
use crate::document::Tree;
use crate::observed::Observed;
use crate::{schema, secret, unknown};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const ANY: &str = "x-amazon-apigateway-any-method";

/// Every operation of a document, with its path and the key that it stands under.
pub(super) fn operations<'a>(document: &'a Tree<'a>) -> impl Iterator<Item = (&'a str, &'a str, &'a Tree<'a>)> {
    members(document.get("paths")).flat_map(|(path, item)| {
        let operations = item.members().filter(|(key, operation)| is_operation(key) && operation.is_object());
        operations.map(move |(key, operation)| (path, key, operation))
    })
}

/// A path or an operation that is no object, by its name. A path may be empty, and a template may leave either open.
pub(super) fn malformed(document: &Tree) -> Option<String> {
    let is_right = |value: &Tree| value.is_object() || value.as_str().is_some_and(unknown::is_in_text);
    members(document.get("paths")).filter(|(path, _)| path.starts_with('/')).find_map(|(path, item)| {
        if !is_right(item) {
            return (*item != Tree::Null).then(|| path.to_owned());
        }
        let mut operations = members(Some(item)).filter(|(key, _)| is_operation(key));
        let (key, _) = operations.find(|(_, operation)| !is_right(operation))?;
        Some(format!("{} {path}", method(key)))
    })
}

/// The route that stands under a key of a path; `None` where the key is none of an operation.
pub(crate) fn route_key(source: Source, path: &str, key: &str, operation: &Tree) -> Option<RouteKey> {
    let route_key = match source {
        Source::HttpOas30 => http_route_key(path, key, operation),
        _ => RouteKey::new(&method(key), path),
    };
    is_operation(key).then_some(route_key)
}

/// Whether an operation stands under this key of a path.
fn is_operation(key: &str) -> bool {
    METHODS.contains(&key) || key == ANY
}

impl Reader<'_> {
    /// The route that an operation describes.
    pub(super) fn route(&self, path: &str, key: &str, operation: &Tree) -> (RouteKey, Route) {
        let security = self.security(operation);
        let mut route = Route {
            authorization_type: security.authorization_type.to_owned(),
            authorizer: Observed::Known(security.authorizer),
            authorization_scopes: security.scopes,
            api_key_required: security.api_key_required,
            operation_name: text(operation, "operationId"),
            request_parameters: Map::new(),
            request_models: Models::default(),
            request_validator: Observed::Known(text(operation, "x-amazon-apigateway-request-validator")),
            method_responses: Map::new(),
            integration: operation
                .get("x-amazon-apigateway-integration")
                .map(|integration| self.integration(self.resolve(integration))),
            route_response_selection_expression: None,
            model_selection_expression: None,
            resource_id: None,
        };
        if self.source == Source::HttpOas30 {
            return (http_route_key(path, key, operation), route);
        }
        let parameters = self.parameters(path, operation);
        route.request_parameters = parameters.iter().filter_map(request_parameter).collect();
        route.request_models = self.request_models(operation, &parameters);
        route.method_responses = members(operation.get("responses"))
            .map(|(status, response)| (status.to_owned(), self.method_response(operation, self.resolve(response))))
            .collect();
        (RouteKey::new(&method(key), path), route)
    }

    /// The parameters of the path, then those of the operation, which replace them.
    fn parameters<'v>(&'v self, path: &str, operation: &'v Tree<'v>) -> Vec<&'v Tree<'v>> {
        let item = self.document.get("paths").and_then(|paths| paths.get(path));
        let lists = [item.and_then(|item| item.get("parameters")), operation.get("parameters")];
        lists.into_iter().flatten().flat_map(Tree::items).map(|value| self.resolve(value)).collect()
    }

    fn request_models(&self, operation: &Tree, parameters: &[&Tree]) -> Models {
        if self.source != Source::Swagger20 {
            let body = operation.get("requestBody").map(|body| self.resolve(body));
            return content_models(body.and_then(|body| body.get("content")));
        }
        let body =
            parameters.iter().find(|parameter| parameter.get("in").is_some_and(|place| place.as_str() == Some("body")));
        self.swagger_models(body.and_then(|body| body.get("schema")), operation, "consumes")
    }

    fn method_response(&self, operation: &Tree, response: &Tree) -> MethodResponse {
        let response_parameters = members(response.get("headers"))
            .map(|(name, _)| (format!("method.response.header.{name}"), None))
            .collect();
        let response_models = if self.source == Source::Swagger20 {
            self.swagger_models(response.get("schema"), operation, "produces")
        } else {
            content_models(response.get("content"))
        };
        MethodResponse { response_parameters, response_models }
    }

    /// Swagger 2.0 lists content types apart from the one schema that is for all of them.
    fn swagger_models(&self, schema: Option<&Tree>, operation: &Tree, list: &str) -> Models {
        let Some(model) = schema.map(model_name) else {
            return Models::default();
        };
        let declared = operation.get(list).or_else(|| self.document.get(list)).map(set);
        let content_types = declared.unwrap_or_else(|| BTreeSet::from(["application/json".to_owned()]));
        Models {
            by_content_type: content_types.into_iter().map(|content_type| (content_type, model.clone())).collect(),
            content_types_unsure: true,
        }
    }
}

fn method(key: &str) -> String {
    if key == ANY { "ANY".to_owned() } else { key.to_ascii_uppercase() }
}

fn http_route_key(path: &str, key: &str, operation: &Tree) -> RouteKey {
    let is_default = operation.get("isDefaultRoute").and_then(boolean).unwrap_or_default();
    if is_default || (path == "/$default" && key == ANY) {
        return RouteKey { path: "$default".to_owned(), method: None };
    }
    RouteKey::new(&method(key), path)
}

fn request_parameter(parameter: &&Tree) -> Option<(String, bool)> {
    let location = match parameter.get("in").map(plain)?.as_str() {
        "query" => "querystring",
        "header" => "header",
        "path" => "path",
        _ => return None,
    };
    let name = text(parameter, "name")?;
    let required = parameter.get("required").and_then(boolean).unwrap_or_default();
    Some((format!("method.request.{location}.{name}"), required))
}

fn content_models(content: Option<&Tree>) -> Models {
    let models = members(content)
        .filter_map(|(content_type, media)| Some((content_type.to_owned(), model_name(media.get("schema")?))))
        .collect();
    Models::new(models)
}

/// The name of the model that a schema refers to. A schema that stands in the operation itself, which no export has but
/// hand-written documents may, gets a name made of its text.
fn model_name(schema: &Tree) -> String {
    let reference = schema.get("$ref").and_then(Tree::as_str).and_then(schema::referenced_model);
    reference.map_or_else(
        || {
            let text = schema::canonical(schema.to_value()).to_string();
            format!("(inline {})", secret::hex(&Sha256::digest(text.as_bytes()), 8))
        },
        str::to_owned,
    )
}
