//! What answers a route's requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Map;

/// What answers a route's requests. REST names; [`crate::drift`] translates those that HTTP and WebSocket APIs name
/// otherwise (`uri` is their `integrationUri`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Integration {
    /// `AWS`, `AWS_PROXY`, `HTTP`, `HTTP_PROXY` or `MOCK`.
    #[serde(rename = "type")]
    pub integration_type: String,
    /// The method with which the backend is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    /// The backend, with stage variables unresolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The role that API Gateway assumes, or `arn:aws:iam::*:user/*` for the caller's own identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// `INTERNET` or `VPC_LINK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_type: Option<String>,
    /// The VPC link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// What each parameter of the backend's request is made of.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request_parameters: Map,
    /// Mapping templates by content type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub request_templates: Map,
    /// `WHEN_NO_MATCH`, `WHEN_NO_TEMPLATES` or `NEVER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough_behavior: Option<String>,
    /// `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<String>,
    /// How long the backend may take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_in_millis: Option<i64>,
    /// The cache's namespace, where it is not the resource's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_namespace: Option<String>,
    /// What the cache key is made of.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub cache_key_parameters: BTreeSet<String>,
    /// TLS towards the backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// `BUFFERED` or `STREAM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_transfer_mode: Option<String>,
    /// The load balancer behind a VPC link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_target: Option<String>,
    /// Integration responses by selection pattern; the default one has the empty pattern.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub integration_responses: Map<IntegrationResponse>,
    /// HTTP APIs: the AWS service action, `SQS-SendMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_subtype: Option<String>,
    /// HTTP APIs: the shape of the event, `1.0` or `2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload_format_version: Option<String>,
    /// HTTP APIs: changes of the backend's answer, by status code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Map<Map>,
    /// WebSocket APIs: the expression that chooses the request template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_selection_expression: Option<String>,
    /// WebSocket APIs: the expression that chooses the integration response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration_response_selection_expression: Option<String>,
}

/// TLS towards a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TlsConfig {
    /// REST APIs: the backend's certificate is not verified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure_skip_verification: bool,
    /// HTTP APIs: the name that the backend's certificate must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name_to_verify: Option<String>,
}

/// What becomes of a backend's answer that matches a selection pattern.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IntegrationResponse {
    /// The status code that the caller gets.
    pub status_code: String,
    /// What each header of the answer is made of.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_parameters: Map,
    /// Mapping templates by content type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_templates: Map,
    /// `CONVERT_TO_BINARY` or `CONVERT_TO_TEXT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_handling: Option<String>,
    /// Several integration responses have this selection pattern. An export holds only one of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ambiguous: bool,
}

impl Integration {
    /// Whether the backend's answer goes to the caller as it is.
    pub fn is_proxy(&self) -> bool {
        self.integration_type.ends_with("_PROXY")
    }
}
