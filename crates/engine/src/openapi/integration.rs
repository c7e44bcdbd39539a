//! `x-amazon-apigateway-integration`.

use super::{Reader, boolean, integer, map, members, set, text};
use crate::configuration::{Integration, IntegrationResponse, Map, Source, TlsConfig};
use crate::document::Tree;

impl Reader<'_> {
    /// An integration as the document writes it, before [`crate::normalise`].
    pub(super) fn integration(&self, integration: &Tree) -> Integration {
        let is_http = self.source == Source::HttpOas30;
        let response_parameters = members(integration.get("responseParameters"))
            .map(|(status, parameters)| (status.to_owned(), map(Some(parameters))))
            .collect();
        let integration_responses = members(integration.get("responses"))
            .map(|(pattern, response)| (selection_pattern(pattern), integration_response(response)))
            .collect();
        Integration {
            integration_type: text(integration, "type").unwrap_or_default(),
            http_method: text(integration, "httpMethod"),
            uri: text(integration, "uri"),
            credentials: text(integration, "credentials"),
            connection_type: text(integration, "connectionType"),
            connection_id: text(integration, "connectionId"),
            request_parameters: map(integration.get("requestParameters")),
            request_templates: map(integration.get("requestTemplates")),
            passthrough_behavior: text(integration, "passthroughBehavior"),
            content_handling: text(integration, "contentHandling"),
            timeout_in_millis: integration.get("timeoutInMillis").and_then(integer),
            cache_namespace: text(integration, "cacheNamespace"),
            cache_key_parameters: integration.get("cacheKeyParameters").map(set).unwrap_or_default(),
            tls_config: integration.get("tlsConfig").map(tls_config),
            response_transfer_mode: text(integration, "responseTransferMode"),
            integration_target: text(integration, "integrationTarget"),
            integration_responses: if is_http { Map::new() } else { integration_responses },
            integration_subtype: text(integration, "integrationSubtype"),
            payload_format_version: text(integration, "payloadFormatVersion"),
            response_parameters: if is_http { response_parameters } else { Map::new() },
            template_selection_expression: None,
            integration_response_selection_expression: None,
        }
    }
}

/// Exports write `default` for the response that has no pattern.
fn selection_pattern(key: &str) -> String {
    if key == "default" { String::new() } else { key.to_owned() }
}

fn integration_response(response: &Tree) -> IntegrationResponse {
    IntegrationResponse {
        status_code: text(response, "statusCode").unwrap_or_default(),
        response_parameters: map(response.get("responseParameters")),
        response_templates: map(response.get("responseTemplates")),
        content_handling: text(response, "contentHandling"),
        ambiguous: false,
    }
}

fn tls_config(tls: &Tree) -> TlsConfig {
    TlsConfig {
        insecure_skip_verification: tls.get("insecureSkipVerification").and_then(boolean).unwrap_or_default(),
        server_name_to_verify: text(tls, "serverNameToVerify"),
    }
}
