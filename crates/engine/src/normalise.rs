//! What AWS fills in on one side and leaves out on the other is made equal here.
//!
//! The rules are those that recorded pairs of `GetResources` and `GetExport` answers show. Every constructor of a
//! [`Configuration`](crate::configuration::Configuration), from reads or from exports, ends with them.

use crate::configuration::{Authorizer, GatewayResponse, Integration, IntegrationResponse, Map, Route, TlsConfig};
use crate::secret;

/// The product whose defaults apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// REST APIs.
    Rest,
    /// HTTP and WebSocket APIs.
    V2,
}

/// The template that a gateway response has unless it is given another.
const DEFAULT_GATEWAY_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// Gateway response types with the status code that each has unless it is given another, as `GetGatewayResponses`
/// lists them. `DEFAULT_4XX` and `DEFAULT_5XX` have none.
pub(crate) const GATEWAY_STATUS_CODES: [(&str, &str); 19] = [
    ("ACCESS_DENIED", "403"),
    ("API_CONFIGURATION_ERROR", "500"),
    ("AUTHORIZER_CONFIGURATION_ERROR", "500"),
    ("AUTHORIZER_FAILURE", "500"),
    ("BAD_REQUEST_BODY", "400"),
    ("BAD_REQUEST_PARAMETERS", "400"),
    ("EXPIRED_TOKEN", "403"),
    ("INTEGRATION_FAILURE", "504"),
    ("INTEGRATION_TIMEOUT", "504"),
    ("INVALID_API_KEY", "403"),
    ("INVALID_SIGNATURE", "403"),
    ("MISSING_AUTHENTICATION_TOKEN", "403"),
    ("QUOTA_EXCEEDED", "429"),
    ("REQUEST_TOO_LARGE", "413"),
    ("RESOURCE_NOT_FOUND", "404"),
    ("THROTTLED", "429"),
    ("UNAUTHORIZED", "401"),
    ("UNSUPPORTED_MEDIA_TYPE", "415"),
    ("WAF_FILTERED", "403"),
];

/// Seconds for which an authorizer's decision is kept where nobody said otherwise.
const DEFAULT_AUTHORIZER_TTL: i64 = 300;

/// Brings a route into the canonical form.
pub fn route(route: &mut Route, product: Product) {
    route.authorization_type.make_ascii_uppercase();
    drop_empty(&mut route.operation_name);
    // A part of the path is always there: exports write it as required, whatever the method says.
    let in_path = route.request_parameters.iter_mut().filter(|(name, _)| name.starts_with("method.request.path."));
    in_path.for_each(|(_, required)| *required = true);
    let resource_id = route.resource_id.clone();
    if let Some(found) = &mut route.integration {
        integration(found, product, resource_id.as_deref());
    }
}

/// Brings an integration into the canonical form. `resource_id` is the REST resource that it belongs to, if known.
fn integration(integration: &mut Integration, product: Product, resource_id: Option<&str>) {
    integration.integration_type.make_ascii_uppercase();
    for text in [
        &mut integration.http_method,
        &mut integration.uri,
        &mut integration.credentials,
        &mut integration.connection_id,
        &mut integration.cache_namespace,
        &mut integration.integration_target,
    ] {
        drop_empty(text);
    }
    for word in [
        &mut integration.passthrough_behavior,
        &mut integration.content_handling,
        &mut integration.connection_type,
        &mut integration.response_transfer_mode,
    ] {
        drop_empty(word);
        if let Some(word) = word {
            word.make_ascii_uppercase();
        }
    }
    integration.connection_type.get_or_insert_with(|| "INTERNET".to_owned());
    if integration.cache_namespace.as_deref() == resource_id {
        integration.cache_namespace = None;
    }
    integration.tls_config.take_if(|tls| *tls == TlsConfig::default());
    if product == Product::Rest {
        integration.passthrough_behavior.get_or_insert_with(|| "WHEN_NO_MATCH".to_owned());
        integration.timeout_in_millis.take_if(|millis| *millis == 0);
        integration.timeout_in_millis.get_or_insert(29_000);
        integration.response_transfer_mode.get_or_insert_with(|| "BUFFERED".to_owned());
        if integration.integration_type == "MOCK" {
            // A mock calls nothing; some tools write a method all the same.
            integration.http_method = None;
            integration.uri = None;
        }
    }
    if let Some(uri) = integration.uri.as_mut().filter(|uri| uri.contains("://")) {
        *uri = secret::redact_uri(uri);
    }
    secret::redact_parameters(&mut integration.request_parameters);
    integration.response_parameters.values_mut().for_each(secret::redact_parameters);
    integration.integration_responses.values_mut().for_each(integration_response);
}

fn integration_response(response: &mut IntegrationResponse) {
    drop_empty(&mut response.content_handling);
    if let Some(word) = &mut response.content_handling {
        word.make_ascii_uppercase();
    }
    secret::redact_parameters(&mut response.response_parameters);
}

/// Brings an authorizer into the canonical form.
pub fn authorizer(authorizer: &mut Authorizer, product: Product) {
    authorizer.authorizer_type.make_ascii_uppercase();
    for text in [
        &mut authorizer.auth_type,
        &mut authorizer.authorizer_uri,
        &mut authorizer.authorizer_credentials,
        &mut authorizer.identity_source,
        &mut authorizer.identity_validation_expression,
    ] {
        drop_empty(text);
    }
    if let Some(sources) = &mut authorizer.identity_source {
        *sources = sources.split(',').map(str::trim).collect::<Vec<_>>().join(", ");
    }
    if product == Product::Rest {
        authorizer.authorizer_result_ttl_in_seconds.get_or_insert(DEFAULT_AUTHORIZER_TTL);
        let is_cognito = authorizer.authorizer_type == "COGNITO_USER_POOLS";
        authorizer.auth_type.get_or_insert_with(|| if is_cognito { "cognito_user_pools" } else { "custom" }.to_owned());
    }
}

/// Brings a customised gateway response into the canonical form: what is left out has its default.
pub fn gateway_response(response: &mut GatewayResponse, response_type: &str) {
    if response.status_code.is_none() {
        let default = GATEWAY_STATUS_CODES.iter().find(|(name, _)| *name == response_type);
        response.status_code = default.map(|(_, code)| (*code).to_owned());
    }
    if response.response_templates.is_empty() {
        let default = ("application/json".to_owned(), DEFAULT_GATEWAY_TEMPLATE.to_owned());
        response.response_templates = Map::from([default]);
    }
    secret::redact_parameters(&mut response.response_parameters);
}

fn drop_empty(text: &mut Option<String>) {
    text.take_if(|text| text.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_that_leaves_defaults_out_equals_reads_that_fill_them_in() {
        let mut live = Integration {
            integration_type: "HTTP".to_owned(),
            http_method: Some("GET".to_owned()),
            connection_type: Some("INTERNET".to_owned()),
            passthrough_behavior: Some("WHEN_NO_MATCH".to_owned()),
            timeout_in_millis: Some(29_000),
            cache_namespace: Some("abc123".to_owned()),
            ..Integration::default()
        };
        let mut exported = Integration {
            integration_type: "http".to_owned(),
            http_method: Some("GET".to_owned()),
            passthrough_behavior: Some("when_no_match".to_owned()),
            credentials: Some(String::new()),
            tls_config: Some(TlsConfig::default()),
            ..Integration::default()
        };
        integration(&mut live, Product::Rest, Some("abc123"));
        integration(&mut exported, Product::Rest, None);
        assert_eq!(live, exported);
    }

    #[test]
    fn a_gateway_response_customised_in_one_point_has_its_defaults_in_the_others() {
        let mut response = GatewayResponse::default();
        gateway_response(&mut response, "THROTTLED");
        assert_eq!(response.status_code.as_deref(), Some("429"));
        assert_eq!(response.response_templates["application/json"], DEFAULT_GATEWAY_TEMPLATE);

        let mut response = GatewayResponse::default();
        gateway_response(&mut response, "DEFAULT_4XX");
        assert_eq!(response.status_code, None);
    }
}
