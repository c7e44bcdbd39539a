//! From the SDK's types of HTTP and WebSocket APIs to the canonical form.

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types as sdk;
use engine::configuration::{
    Authorizer, Cors, Integration, JwtConfiguration, Map, Models, Route, RouteKey, Routes, Settings, TlsConfig,
};
use engine::normalise::{self, Product};
use engine::observed::Observed;
use engine::snapshot::{Deployment, Stage};
use serde_json::json;

use crate::form::{members, sorted, timestamp};
use crate::rest_form::Names;

/// The API's own properties.
pub(crate) fn settings(api: &sdk::Api) -> Settings {
    let is_websocket = api.protocol_type == Some(sdk::ProtocolType::Websocket);
    Settings {
        disable_execute_api_endpoint: api.disable_execute_api_endpoint,
        // HTTP APIs have a fixed one each, which nobody can change.
        route_selection_expression: api.route_selection_expression.clone().filter(|_| is_websocket),
        api_key_selection_expression: api.api_key_selection_expression.clone().filter(|_| is_websocket),
        disable_schema_validation: api.disable_schema_validation.filter(|_| is_websocket),
        ..Settings::default()
    }
}

/// The CORS configuration.
pub(crate) fn cors(cors: &sdk::Cors) -> Cors {
    Cors {
        allow_credentials: cors.allow_credentials.unwrap_or_default(),
        allow_headers: cors.allow_headers().iter().cloned().collect(),
        allow_methods: cors.allow_methods().iter().cloned().collect(),
        allow_origins: cors.allow_origins().iter().cloned().collect(),
        expose_headers: cors.expose_headers().iter().cloned().collect(),
        max_age: cors.max_age.map(i64::from),
    }
}

/// The routes, each with the integration that it targets.
pub(crate) fn routes(
    routes: Vec<sdk::Route>,
    integrations: &BTreeMap<String, Integration>,
    authorizers: &Names,
) -> Routes {
    let keyed = routes.into_iter().map(|route| {
        let key = RouteKey::parse(route.route_key.as_deref().unwrap_or_default());
        let target = route.target.as_deref().and_then(|target| target.strip_prefix("integrations/"));
        let authorizer = match (route.authorizer_id, authorizers) {
            (None, _) => Observed::Known(None),
            (Some(id), Observed::Known(names)) => Observed::Known(Some(names.get(&id).cloned().unwrap_or(id))),
            (Some(_), Observed::NotRead(why)) => Observed::NotRead(why.clone()),
        };
        let parameters = sorted(route.request_parameters);
        let mut form = Route {
            authorization_type: route.authorization_type.map_or("NONE".to_owned(), |kind| kind.as_str().to_owned()),
            authorizer,
            authorization_scopes: route.authorization_scopes.unwrap_or_default().into_iter().collect(),
            api_key_required: route.api_key_required.unwrap_or_default(),
            operation_name: route.operation_name,
            request_parameters: parameters
                .into_iter()
                .map(|(name, c)| (name, c.required.unwrap_or_default()))
                .collect(),
            request_models: Models::new(sorted(route.request_models)),
            request_validator: Observed::Known(None),
            method_responses: Map::new(),
            integration: target.and_then(|id| integrations.get(id)).cloned(),
            route_response_selection_expression: route.route_response_selection_expression,
            model_selection_expression: route.model_selection_expression,
            resource_id: route.route_id,
        };
        normalise::route(&mut form, Product::V2);
        (key, form)
    });
    Routes(keyed.collect())
}

/// Integrations by id.
pub(crate) fn integrations(integrations: Vec<sdk::Integration>) -> BTreeMap<String, Integration> {
    integrations
        .into_iter()
        .map(|found| (found.integration_id.clone().unwrap_or_default(), integration(found)))
        .collect()
}

fn integration(integration: sdk::Integration) -> Integration {
    let responses = sorted(integration.response_parameters);
    Integration {
        integration_type: integration.integration_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        http_method: integration.integration_method,
        uri: integration.integration_uri,
        credentials: integration.credentials_arn,
        connection_type: integration.connection_type.map(|kind| kind.as_str().to_owned()),
        connection_id: integration.connection_id,
        request_parameters: sorted(integration.request_parameters),
        request_templates: sorted(integration.request_templates),
        passthrough_behavior: integration.passthrough_behavior.map(|behavior| behavior.as_str().to_owned()),
        content_handling: integration.content_handling_strategy.map(|handling| handling.as_str().to_owned()),
        timeout_in_millis: integration.timeout_in_millis.map(i64::from),
        tls_config: integration.tls_config.map(|tls| TlsConfig {
            insecure_skip_verification: false,
            server_name_to_verify: tls.server_name_to_verify,
        }),
        integration_subtype: integration.integration_subtype,
        payload_format_version: integration.payload_format_version,
        response_parameters: responses.into_iter().map(|(status, map)| (status, map.into_iter().collect())).collect(),
        template_selection_expression: integration.template_selection_expression,
        integration_response_selection_expression: integration.integration_response_selection_expression,
        ..Integration::default()
    }
}

/// Authorizers by name.
pub(crate) fn authorizers(authorizers: Vec<sdk::Authorizer>) -> Map<Authorizer> {
    authorizers.into_iter().map(authorizer).collect()
}

fn authorizer(authorizer: sdk::Authorizer) -> (String, Authorizer) {
    let name = authorizer.name.or_else(|| authorizer.authorizer_id.clone()).unwrap_or_default();
    let sources = authorizer.identity_source.unwrap_or_default();
    let mut form = Authorizer {
        authorizer_type: authorizer.authorizer_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        authorizer_uri: authorizer.authorizer_uri,
        authorizer_credentials: authorizer.authorizer_credentials_arn,
        identity_source: Some(sources.join(", ")),
        identity_validation_expression: authorizer.identity_validation_expression,
        authorizer_result_ttl_in_seconds: authorizer.authorizer_result_ttl_in_seconds.map(i64::from),
        authorizer_payload_format_version: authorizer.authorizer_payload_format_version,
        enable_simple_responses: authorizer.enable_simple_responses,
        jwt_configuration: authorizer.jwt_configuration.map(|jwt| JwtConfiguration {
            audience: jwt.audience.unwrap_or_default().into_iter().collect(),
            issuer: jwt.issuer,
        }),
        id: authorizer.authorizer_id,
        ..Authorizer::default()
    };
    normalise::authorizer(&mut form, Product::V2);
    (name, form)
}

/// A stage.
pub(crate) fn stage(stage: sdk::Stage) -> Stage {
    let route_settings = sorted(stage.route_settings);
    let logs = stage.access_log_settings.as_ref();
    let settings = json!({
        "description": stage.description,
        "accessLogSettings": logs.map(|logs| json!({ "destinationArn": logs.destination_arn, "format": logs.format })),
        "clientCertificateId": stage.client_certificate_id,
        "defaultRouteSettings": stage.default_route_settings.as_ref().map(self::route_settings),
        "routeSettings":
            route_settings.iter().map(|(key, s)| (key.clone(), self::route_settings(s))).collect::<serde_json::Map<_, _>>(),
        "tags": sorted(stage.tags),
    });
    Stage {
        name: stage.stage_name.unwrap_or_default(),
        deployment_id: stage.deployment_id.filter(|id| !id.is_empty()),
        earlier_deployment_id: None,
        variables: sorted(stage.stage_variables),
        canary: None,
        auto_deploy: stage.auto_deploy.unwrap_or_default(),
        last_deployment_status_message: stage.last_deployment_status_message,
        created_at: stage.created_date.and_then(timestamp),
        updated_at: stage.last_updated_date.and_then(timestamp),
        settings: members(settings),
    }
}

fn route_settings(settings: &sdk::RouteSettings) -> serde_json::Value {
    json!({
        "dataTraceEnabled": settings.data_trace_enabled,
        "detailedMetricsEnabled": settings.detailed_metrics_enabled,
        "loggingLevel": settings.logging_level.as_ref().map(sdk::LoggingLevel::as_str),
        "throttlingBurstLimit": settings.throttling_burst_limit,
        "throttlingRateLimit": settings.throttling_rate_limit,
    })
}

/// A deployment.
pub(crate) fn deployment(deployment: sdk::Deployment) -> Deployment {
    Deployment {
        id: deployment.deployment_id.unwrap_or_default(),
        created_at: deployment.created_date.and_then(timestamp),
        description: deployment.description,
        status: deployment.deployment_status.map(|status| status.as_str().to_owned()),
        status_message: deployment.deployment_status_message,
        auto_deployed: deployment.auto_deployed.unwrap_or_default(),
    }
}
