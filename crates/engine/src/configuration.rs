//! The canonical form of an API's configuration: one shape for the live side and for every deployed one.
//!
//! Reads of the control plane, exports and kept baselines all become a [`Configuration`], so that comparing two of them
//! is comparing equal things. Fields are named, and serialised, as AWS's REST API names them; what AWS fills in on one
//! side and leaves out on the other is made equal by [`normalise`](crate::normalise).

mod integration;
mod models;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::observed::Observed;

pub use integration::{Integration, IntegrationResponse, TlsConfig};
pub use models::{Agreement, Models};
pub use subject::{NotComparable, Subject};

/// A map in name order.
pub type Map<V = String> = BTreeMap<String, V>;

/// API Gateway's three products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ApiKind {
    /// REST APIs (service API version 1).
    Rest,
    /// HTTP APIs (service API version 2).
    Http,
    /// WebSocket APIs (service API version 2).
    WebSocket,
}

/// The configuration of one API, as one source shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    /// Which source showed it; this decides what an absent value means.
    pub source: Source,
    /// API-level properties that take part in a deployment.
    pub settings: Settings,
    /// The routes: for REST APIs every method of every resource, for HTTP and WebSocket APIs every route.
    pub routes: Observed<Routes>,
    /// Authorizers by name.
    pub authorizers: Observed<Map<Authorizer>>,
    /// Model schemas by model name, in the form of [`crate::schema::canonical`].
    pub models: Observed<Map<Value>>,
    /// Request validators by name.
    pub request_validators: Observed<Map<RequestValidator>>,
    /// Customised gateway responses by response type (`THROTTLED`); a type that is not customised is absent.
    pub gateway_responses: Observed<Map<GatewayResponse>>,
    /// The CORS configuration of an HTTP API.
    pub cors: Option<Cors>,
}

/// Where a configuration was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The control plane's reads (`GetResources`, `GetRoutes`, `GetAuthorizers` …): the live configuration.
    Reads,
    /// An OpenAPI 3.0 document of a REST API, as `GetExport` with `oas30` gives it.
    Oas30,
    /// A Swagger 2.0 document of a REST API, as `GetExport` with `swagger` gives it.
    Swagger20,
    /// An OpenAPI 3.0 document of an HTTP API, as `ExportApi` gives it.
    HttpOas30,
}

/// API-level properties that take part in a deployment. `None` and empty mean that the source shows no value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Media types that are passed as binary.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub binary_media_types: BTreeSet<String>,
    /// Size in bytes from which answers are compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_compression_size: Option<i64>,
    /// Where the API key is looked for: `HEADER` or `AUTHORIZER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_source: Option<String>,
    /// The resource policy, in the form of [`crate::policy::canonical`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// Whether the default `execute-api` host is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_execute_api_endpoint: Option<bool>,
    /// The TLS policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<String>,
    /// `BASIC` or `STRICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_access_mode: Option<String>,
    /// The VPC endpoints of a private API.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub vpc_endpoint_ids: BTreeSet<String>,
    /// WebSocket APIs: the expression that chooses the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_selection_expression: Option<String>,
    /// WebSocket APIs: where the API key is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_selection_expression: Option<String>,
    /// WebSocket APIs: whether messages are not checked against models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_schema_validation: Option<bool>,
}

/// Routes by key. Serialised as a list, since JSON has no keys of two parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<KeyedRoute>", into = "Vec<KeyedRoute>")]
pub struct Routes(pub BTreeMap<RouteKey, Route>);

/// What names a route within its API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RouteKey {
    /// REST and HTTP APIs: the path template, `/orders/{id}`. Otherwise the route key itself: `$default`, `sendMessage`.
    pub path: String,
    /// The HTTP method in upper case, or `ANY`; `None` for `$default` and for WebSocket routes.
    pub method: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct KeyedRoute {
    #[serde(flatten)]
    key: RouteKey,
    #[serde(flatten)]
    route: Route,
}

/// A method of a REST API's resource, or a route of an HTTP or WebSocket API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// `NONE`, `AWS_IAM`, `CUSTOM`, `COGNITO_USER_POOLS` or `JWT`.
    pub authorization_type: String,
    /// The authorizer's name. Not read where only its id is known and the authorizers could not be listed.
    pub authorizer: Observed<Option<String>>,
    /// OAuth scopes, any of which lets a caller in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub authorization_scopes: BTreeSet<String>,
    /// Whether callers must send an API key.
    pub api_key_required: bool,
    /// The operation's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_name: Option<String>,
    /// Request parameters by location (`method.request.querystring.page`), and whether each is required.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_parameters: Map<bool>,
    /// The models that describe the request body.
    #[serde(default, skip_serializing_if = "Models::is_empty")]
    pub request_models: Models,
    /// The request validator's name. Not read where only its id is known and the validators could not be listed.
    pub request_validator: Observed<Option<String>>,
    /// Method responses by status code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub method_responses: Map<MethodResponse>,
    /// What answers the request.
    pub integration: Option<Integration>,
    /// WebSocket APIs: whether, and how, the integration's answer is sent back to the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_response_selection_expression: Option<String>,
    /// WebSocket APIs: the expression that chooses the model of a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_selection_expression: Option<String>,
    /// REST APIs: the id of the resource; others: the id of the route, as it is live. It names the route to other calls, and is
    /// never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
}

/// What a method may answer with one status code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodResponse {
    /// Header names by location (`method.response.header.ETag`). The control plane shows a boolean that the export
    /// loses and that has no effect, so only the names are compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Map<Option<bool>>,
    /// The models that describe the body.
    #[serde(default, skip_serializing_if = "Models::is_empty")]
    pub response_models: Models,
}

/// An authorizer. REST names; HTTP APIs' own are translated like those of [`Integration`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Authorizer {
    /// `TOKEN`, `REQUEST`, `COGNITO_USER_POOLS` or `JWT`.
    #[serde(rename = "type")]
    pub authorizer_type: String,
    /// A label that imports and exports carry and that has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    /// Cognito user pools.
    #[serde(rename = "providerARNs", skip_serializing_if = "BTreeSet::is_empty")]
    pub provider_arns: BTreeSet<String>,
    /// The function that decides, with stage variables unresolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_uri: Option<String>,
    /// The role with which the function is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_credentials: Option<String>,
    /// Where the identity is looked for; several are separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_source: Option<String>,
    /// The pattern that a token must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_validation_expression: Option<String>,
    /// How long a decision is kept, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_result_ttl_in_seconds: Option<i64>,
    /// HTTP APIs: the shape of the event, `1.0` or `2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorizer_payload_format_version: Option<String>,
    /// HTTP APIs: whether the function answers with a boolean instead of a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_simple_responses: Option<bool>,
    /// HTTP APIs: whose tokens are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_configuration: Option<JwtConfiguration>,
    /// The authorizer's id. It names the authorizer to other calls, and is never compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Whose tokens a JWT authorizer accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JwtConfiguration {
    /// Accepted audiences.
    pub audience: BTreeSet<String>,
    /// The issuer's URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// What a request validator looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestValidator {
    /// The body against the request models.
    pub validate_request_body: bool,
    /// The parameters that are required.
    pub validate_request_parameters: bool,
    /// Several validators of the API have this name and differ: an export, which knows names alone, cannot tell which
    /// one it means.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
}

/// A customised gateway response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayResponse {
    /// The status code; `None` where the response type has none of its own (`DEFAULT_4XX`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    /// What each header is made of.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Map,
    /// Body templates by content type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_templates: Map,
}

/// The CORS configuration of an HTTP API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cors {
    /// Whether browsers may send cookies and credentials.
    pub allow_credentials: bool,
    /// Request headers that browsers may send.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_headers: BTreeSet<String>,
    /// Methods that browsers may use.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_methods: BTreeSet<String>,
    /// Origins that may call.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub allow_origins: BTreeSet<String>,
    /// Response headers that scripts may see.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub expose_headers: BTreeSet<String>,
    /// How long a preflight answer may be kept, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
}

impl ApiKind {
    /// As contracts and reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            ApiKind::Rest => "REST",
            ApiKind::Http => "HTTP",
            ApiKind::WebSocket => "WEBSOCKET",
        }
    }

    /// A call of the service that the API belongs to: `apigateway:GetStages`, `apigatewayv2:GetStages`.
    pub fn call(self, operation: &str) -> String {
        let service = if self == ApiKind::Rest { "apigateway" } else { "apigatewayv2" };
        format!("{service}:{operation}")
    }

    /// The call that shows the live routes.
    pub fn routes_call(self) -> &'static str {
        match self {
            ApiKind::Rest => "apigateway:GetResources",
            ApiKind::Http | ApiKind::WebSocket => "apigatewayv2:GetRoutes",
        }
    }
}

impl RouteKey {
    /// A key of a REST or HTTP API's route.
    pub fn new(method: &str, path: &str) -> RouteKey {
        RouteKey { path: path.to_owned(), method: Some(method.to_owned()) }
    }

    /// A key as HTTP and WebSocket APIs write it: `GET /orders`, `$default`, `sendMessage`.
    pub fn parse(route_key: &str) -> RouteKey {
        match route_key.split_once(' ') {
            Some((method, path)) if path.starts_with('/') => RouteKey::new(method, path),
            _ => RouteKey { path: route_key.to_owned(), method: None },
        }
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            Some(method) => write!(f, "{method} {}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl From<Vec<KeyedRoute>> for Routes {
    fn from(list: Vec<KeyedRoute>) -> Routes {
        Routes(list.into_iter().map(|KeyedRoute { key, route }| (key, route)).collect())
    }
}

impl From<Routes> for Vec<KeyedRoute> {
    fn from(routes: Routes) -> Vec<KeyedRoute> {
        routes.0.into_iter().map(|(key, route)| KeyedRoute { key, route }).collect()
    }
}
