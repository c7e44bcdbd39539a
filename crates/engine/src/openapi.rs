//! Exported documents: Swagger 2.0 and OpenAPI 3.0 with AWS's extensions, as `GetExport` and `ExportApi` write them.

mod integration;
mod operation;
mod security;

pub(crate) use operation::route_key;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::configuration::{
    Configuration, Cors, GatewayResponse, Map, RequestValidator, RouteKey, Routes, Settings, Source,
};
use crate::document::{self, DocumentError, Tree};
use crate::normalise::{self, Product};
use crate::observed::Observed;
use crate::{policy, schema};

/// What a document holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// `info.title`: the API's name.
    pub title: Option<String>,
    /// The configuration that it describes.
    pub configuration: Configuration,
    /// Fields of routes that the template around the document leaves open.
    pub unknown: Vec<(RouteKey, &'static str)>,
}

/// Why a document could not be read. Each is the document's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// It is not JSON, or ends too early.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is a file, and neither JSON nor YAML.
    #[error(transparent)]
    Unreadable(#[from] DocumentError),
    /// It is JSON, but not an object.
    #[error("not an OpenAPI document: the top level is no object")]
    NotAnObject,
    /// It names a version that API Gateway does not export.
    #[error("`{0}` is not a version that API Gateway exports: it writes Swagger 2.0 and OpenAPI 3.0")]
    Version(String),
    /// It names no version at all.
    #[error("not an OpenAPI document: there is neither `swagger` nor `openapi` with a version")]
    NoVersion,
    /// It has no paths, so it describes no API.
    #[error("not an OpenAPI document: there are no `paths`")]
    NoPaths,
    /// Something else stands where a path or an operation has to be.
    #[error("not an OpenAPI document: `{0}` is no object")]
    NoOperation(String),
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// `GetExport` of the REST API with this id.
    Rest(&'a str),
    /// `ExportApi` of the HTTP API with this id.
    Http(&'a str),
    /// A file: the document itself has to tell.
    File,
}

/// Reads an exported document: JSON, and from a file YAML too.
///
/// # Errors
///
/// [`ExportError`] says what is wrong with the document.
pub fn read(text: &str, origin: Origin) -> Result<Document, ExportError> {
    if let Some(tree) = Tree::read(text) {
        return of_tree(&tree, origin);
    }
    match origin {
        Origin::File => of(&document::read(text)?, origin),
        Origin::Rest(_) | Origin::Http(_) => {
            of(&serde_json::from_str(text).map_err(|error| ExportError::NotJson(error.to_string()))?, origin)
        }
    }
}

/// Reads a document that was parsed already.
///
/// # Errors
///
/// [`ExportError`] says what is wrong with the document.
pub fn of(document: &Value, origin: Origin) -> Result<Document, ExportError> {
    of_tree(&Tree::from(document), origin)
}

/// [`of`], for a document that was left where it stands.
pub(crate) fn of_tree(document: &Tree, origin: Origin) -> Result<Document, ExportError> {
    if !document.is_object() {
        return Err(ExportError::NotAnObject);
    }
    let source = source(document, origin)?;
    if !document.get("paths").is_some_and(Tree::is_object) {
        return Err(ExportError::NoPaths);
    }
    if let Some(place) = operation::malformed(document) {
        return Err(ExportError::NoOperation(place));
    }
    let reader = Reader { document, source };
    // The API's own ARN is to be recognised in its policy.
    let api_id = match origin {
        Origin::Rest(id) | Origin::Http(id) => id,
        Origin::File => host(document).and_then(|host| host.split_once(".execute-api.")).map_or("", |(id, _)| id),
    };
    let title = document.pointer("/info/title").and_then(Tree::as_str).map(str::to_owned);
    Ok(Document { title, configuration: reader.configuration(api_id), unknown: Vec::new() })
}

fn source(document: &Tree, origin: Origin) -> Result<Source, ExportError> {
    match (document.get("swagger").map(plain), document.get("openapi").map(plain)) {
        (Some(version), _) if version == "2.0" => Ok(Source::Swagger20),
        (Some(version), _) => Err(ExportError::Version(format!("swagger: {version}"))),
        (None, Some(version)) if !version.starts_with("3.0") => {
            Err(ExportError::Version(format!("openapi: {version}")))
        }
        (None, None) if matches!(origin, Origin::File) => Err(ExportError::NoVersion),
        // A shortened recording may leave the version out; its paths read the same.
        (None, _) => Ok(match origin {
            Origin::Http(_) => Source::HttpOas30,
            Origin::File if is_http_api(document) => Source::HttpOas30,
            Origin::Rest(_) | Origin::File => Source::Oas30,
        }),
    }
}

/// Whether an OpenAPI document came from an HTTP API: only these carry the version of their export format, CORS of
/// the API as a whole, shared integrations, authorizers of JWTs or with a payload format, integrations with a payload
/// format or a subtype, and a default route.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>
fn is_http_api(document: &Tree) -> bool {
    let marks = [
        "/x-amazon-apigateway-importexport-version",
        "/x-amazon-apigateway-cors",
        "/components/x-amazon-apigateway-integrations",
        "/paths/~1$default",
    ];
    let is_of_http = |authorizer: &Tree| {
        let is_jwt = text(authorizer, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("jwt"));
        is_jwt || authorizer.get("authorizerPayloadFormatVersion").is_some()
    };
    let schemes = members(document.pointer("/components/securitySchemes"));
    let mut authorizers = schemes.filter_map(|(_, scheme)| scheme.get("x-amazon-apigateway-authorizer"));
    marks.iter().any(|mark| document.pointer(mark).is_some())
        || authorizers.any(is_of_http)
        || operation::operations(document).any(|(_, _, operation)| {
            let integration = operation.get("x-amazon-apigateway-integration");
            let has = |name: &str| integration.is_some_and(|integration| integration.get(name).is_some());
            has("payloadFormatVersion") || has("integrationSubtype")
        })
}

fn host<'a>(document: &'a Tree) -> Option<&'a str> {
    let swagger = document.get("host").and_then(Tree::as_str);
    let server = || document.pointer("/servers/0/url").and_then(Tree::as_str);
    swagger.or_else(|| server()?.split_once("://").map(|(_, rest)| rest))
}

struct Reader<'a> {
    document: &'a Tree<'a>,
    source: Source,
}

impl Reader<'_> {
    fn configuration(&self, api_id: &str) -> Configuration {
        let routes = operation::operations(self.document).map(|(path, key, operation)| {
            let (route_key, mut route) = self.route(path, key, operation);
            normalise::route(&mut route, self.product());
            (route_key, route)
        });
        Configuration {
            source: self.source,
            settings: self.settings(api_id),
            routes: Observed::Known(Routes(routes.collect())),
            authorizers: Observed::Known(self.authorizers()),
            models: Observed::Known(self.models()),
            request_validators: Observed::Known(self.request_validators()),
            gateway_responses: Observed::Known(self.gateway_responses()),
            cors: self.document.get("x-amazon-apigateway-cors").map(cors),
        }
    }

    fn product(&self) -> Product {
        if self.source == Source::HttpOas30 { Product::V2 } else { Product::Rest }
    }

    fn settings(&self, api_id: &str) -> Settings {
        let extension = |name: &str| self.document.get(&format!("x-amazon-apigateway-{name}"));
        let server = self.document.pointer("/servers/0/x-amazon-apigateway-endpoint-configuration");
        let endpoint = server.or_else(|| extension("endpoint-configuration"));
        let disabled = endpoint.and_then(|e| e.get("disableExecuteApiEndpoint")).and_then(boolean);
        Settings {
            binary_media_types: extension("binary-media-types").map(set).unwrap_or_default(),
            minimum_compression_size: extension("minimum-compression-size").and_then(integer),
            api_key_source: extension("api-key-source").map(plain),
            policy: extension("policy").map(|document| policy::canonical(&document.to_value(), api_id)),
            // Swagger exports have no place for it, so their silence says nothing.
            disable_execute_api_endpoint: disabled.or((self.source != Source::Swagger20).then_some(false)),
            security_policy: extension("security-policy").map(plain),
            endpoint_access_mode: extension("endpoint-access-mode").map(plain),
            vpc_endpoint_ids: endpoint.and_then(|e| e.get("vpcEndpointIds")).map(set).unwrap_or_default(),
            route_selection_expression: None,
            api_key_selection_expression: None,
            disable_schema_validation: None,
        }
    }

    fn models(&self) -> Map<Value> {
        if self.source == Source::HttpOas30 {
            return Map::new();
        }
        let place = if self.source == Source::Swagger20 { "/definitions" } else { "/components/schemas" };
        members(self.document.pointer(place))
            .map(|(name, model)| (name.to_owned(), schema::canonical(model.to_value())))
            .collect()
    }

    fn request_validators(&self) -> Map<RequestValidator> {
        let validators = self.document.get("x-amazon-apigateway-request-validators");
        let flag = |validator: &Tree, name: &str| validator.get(name).and_then(boolean).unwrap_or_default();
        members(validators)
            .map(|(name, validator)| {
                let validator = RequestValidator {
                    validate_request_body: flag(validator, "validateRequestBody"),
                    validate_request_parameters: flag(validator, "validateRequestParameters"),
                    ambiguous: false,
                };
                (name.to_owned(), validator)
            })
            .collect()
    }

    fn gateway_responses(&self) -> Map<GatewayResponse> {
        members(self.document.get("x-amazon-apigateway-gateway-responses"))
            .map(|(response_type, customised)| {
                let mut response = GatewayResponse {
                    status_code: customised.get("statusCode").map(plain),
                    response_parameters: map(customised.get("responseParameters")),
                    response_templates: map(customised.get("responseTemplates")),
                };
                normalise::gateway_response(&mut response, response_type);
                (response_type.to_owned(), response)
            })
            .collect()
    }

    /// What a `$ref` into the document points to, or the value itself.
    fn resolve<'v>(&'v self, value: &'v Tree<'v>) -> &'v Tree<'v> {
        let reference = value.get("$ref").and_then(Tree::as_str).and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }
}

fn cors(cors: &Tree) -> Cors {
    let list = |name: &str| cors.get(name).map(set).unwrap_or_default();
    Cors {
        allow_credentials: cors.get("allowCredentials").and_then(boolean).unwrap_or_default(),
        allow_headers: list("allowHeaders"),
        allow_methods: list("allowMethods"),
        allow_origins: list("allowOrigins"),
        expose_headers: list("exposeHeaders"),
        max_age: cors.get("maxAge").and_then(integer),
    }
}

/// The members of an object; nothing where there is none.
fn members<'a>(value: Option<&'a Tree<'a>>) -> impl Iterator<Item = (&'a str, &'a Tree<'a>)> {
    value.into_iter().flat_map(Tree::members)
}

/// A scalar as text: exports write some numbers where the control plane has strings.
fn plain(value: &Tree) -> String {
    value.as_str().map_or_else(|| value.to_value().to_string(), str::to_owned)
}

fn text(object: &Tree, name: &str) -> Option<String> {
    object.get(name).filter(|value| **value != Tree::Null).map(plain)
}

fn integer(value: &Tree) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn boolean(value: &Tree) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

/// A list of scalars as a set; one scalar as a set of one.
fn set(value: &Tree) -> BTreeSet<String> {
    match value {
        Tree::List(items) => items.iter().map(plain).collect(),
        Tree::Null => BTreeSet::new(),
        scalar => BTreeSet::from([plain(scalar)]),
    }
}

fn map(value: Option<&Tree>) -> Map {
    members(value)
        .filter(|(_, value)| **value != Tree::Null)
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_tells_by_what_only_http_apis_have_that_it_is_of_one() {
        let with = |path: &str, value: Value| {
            let mut document = json!({
                "openapi": "3.0.1", "paths": { "/a": { "get": { "x-amazon-apigateway-integration": {} } } },
                "components": { "securitySchemes": { "s": { "x-amazon-apigateway-authorizer": {} } } },
            });
            let (parent, name) = path.rsplit_once('/').unwrap();
            document.pointer_mut(parent).unwrap()[name.replace("~1", "/")] = value;
            of(&document, Origin::File).unwrap().configuration.source
        };
        let integration = "/paths/~1a/get/x-amazon-apigateway-integration";
        let authorizer = "/components/securitySchemes/s/x-amazon-apigateway-authorizer";
        for (path, value) in [
            ("/x-amazon-apigateway-importexport-version".to_owned(), json!("1.0")),
            ("/x-amazon-apigateway-cors".to_owned(), json!({})),
            ("/components/x-amazon-apigateway-integrations".to_owned(), json!({})),
            ("/paths/~1$default".to_owned(), json!({})),
            (format!("{authorizer}/type"), json!("jwt")),
            (format!("{authorizer}/authorizerPayloadFormatVersion"), json!("2.0")),
            (format!("{integration}/payloadFormatVersion"), json!("2.0")),
            (format!("{integration}/integrationSubtype"), json!("SQS-SendMessage")),
        ] {
            assert_eq!(with(&path, value), Source::HttpOas30, "{path}");
        }
        for (path, value) in
            [(format!("{authorizer}/type"), json!("request")), (format!("{integration}/type"), json!("http_proxy"))]
        {
            assert_eq!(with(&path, value), Source::Oas30, "{path}");
        }
    }

    #[test]
    fn a_path_or_operation_that_is_no_object_is_an_error() {
        for (paths, expected) in [
            (json!({ "/a": { "get": [1] } }), Some("GET /a")),
            (json!({ "/a": { "x-amazon-apigateway-any-method": null } }), Some("ANY /a")),
            (json!({ "/b": 3 }), Some("/b")),
            (json!({ "/a": null, "/b": { "get": {}, "x-note": 1, "parameters": [] }, "x-note": 1 }), None),
        ] {
            let read = of(&json!({ "openapi": "3.0.1", "paths": paths }), Origin::File);
            let expected = expected.map(|place| ExportError::NoOperation(place.to_owned()));
            assert_eq!(read.err(), expected, "{paths}");
        }
    }
}
