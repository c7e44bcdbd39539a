//! From the SDK's types of a REST API to the canonical form.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types as sdk;
use engine::configuration::{
    Authorizer, GatewayResponse, Integration, IntegrationResponse, Map, MethodResponse, Models, RequestValidator,
    Route, RouteKey, Routes, Settings, TlsConfig,
};
use engine::normalise::{self, Product};
use engine::observed::Observed;
use engine::snapshot::{Canary, Deployment, MethodSnapshot, Stage, Summary};
use engine::{policy, schema};
use serde_json::{Value, json};

use crate::form::{sorted, timestamp};

/// Names by id, of what methods refer to by id.
pub(crate) type Names = Observed<BTreeMap<String, String>>;

/// The API's own properties.
pub(crate) fn settings(api: &sdk::RestApi) -> Settings {
    let endpoint = api.endpoint_configuration.as_ref();
    Settings {
        binary_media_types: api.binary_media_types().iter().cloned().collect(),
        minimum_compression_size: api.minimum_compression_size.map(i64::from),
        api_key_source: api.api_key_source.as_ref().map(|source| source.as_str().to_owned()),
        policy: api
            .policy
            .as_ref()
            .filter(|text| !text.is_empty())
            .map(|text| policy::canonical(&Value::from(text.clone()), api.id().unwrap_or_default())),
        disable_execute_api_endpoint: Some(api.disable_execute_api_endpoint),
        security_policy: api.security_policy.as_ref().map(|policy| policy.as_str().to_owned()),
        endpoint_access_mode: api.endpoint_access_mode.as_ref().map(|mode| mode.as_str().to_owned()),
        vpc_endpoint_ids: endpoint.map(|e| e.vpc_endpoint_ids().iter().cloned().collect()).unwrap_or_default(),
        route_selection_expression: None,
        api_key_selection_expression: None,
        disable_schema_validation: None,
    }
}

/// The methods of all resources.
pub(crate) fn routes(resources: Vec<sdk::Resource>, authorizers: &Names, validators: &Names) -> Routes {
    let mut routes = Routes::default();
    for resource in resources {
        let path = resource.path.unwrap_or_default();
        for (name, method) in resource.resource_methods.unwrap_or_default() {
            let mut route = self::route(method, authorizers, validators);
            route.resource_id.clone_from(&resource.id);
            normalise::route(&mut route, Product::Rest);
            routes.0.insert(RouteKey::new(&name, &path), route);
        }
    }
    routes
}

fn route(method: sdk::Method, authorizers: &Names, validators: &Names) -> Route {
    Route {
        authorization_type: method.authorization_type.unwrap_or_else(|| "NONE".to_owned()),
        authorizer: name_of(method.authorizer_id, authorizers),
        authorization_scopes: method.authorization_scopes.unwrap_or_default().into_iter().collect(),
        api_key_required: method.api_key_required.unwrap_or_default(),
        operation_name: method.operation_name,
        request_parameters: sorted(method.request_parameters),
        request_models: Models::new(sorted(method.request_models)),
        request_validator: name_of(method.request_validator_id, validators),
        method_responses: sorted(method.method_responses).into_iter().map(method_response).collect(),
        integration: method.method_integration.map(integration),
        route_response_selection_expression: None,
        model_selection_expression: None,
        resource_id: None,
    }
}

/// The name that belongs to an id. An id that no longer belongs to anything stands for itself.
fn name_of(id: Option<String>, names: &Names) -> Observed<Option<String>> {
    match (id.filter(|id| !id.is_empty()), names) {
        (None, _) => Observed::Known(None),
        (Some(id), Observed::Known(names)) => Observed::Known(Some(names.get(&id).cloned().unwrap_or(id))),
        (Some(_), Observed::NotRead(why)) => Observed::NotRead(why.clone()),
    }
}

fn method_response((status, response): (String, sdk::MethodResponse)) -> (String, MethodResponse) {
    let parameters = sorted(response.response_parameters);
    let response = MethodResponse {
        response_parameters: parameters.into_iter().map(|(name, required)| (name, Some(required))).collect(),
        response_models: Models::new(sorted(response.response_models)),
    };
    (status, response)
}

fn integration(integration: sdk::Integration) -> Integration {
    let responses = sorted(integration.integration_responses);
    Integration {
        integration_type: integration.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        http_method: integration.http_method,
        uri: integration.uri,
        credentials: integration.credentials,
        connection_type: integration.connection_type.map(|kind| kind.as_str().to_owned()),
        connection_id: integration.connection_id,
        request_parameters: sorted(integration.request_parameters),
        request_templates: sorted(integration.request_templates),
        passthrough_behavior: integration.passthrough_behavior,
        content_handling: integration.content_handling.map(|handling| handling.as_str().to_owned()),
        timeout_in_millis: Some(i64::from(integration.timeout_in_millis)),
        cache_namespace: integration.cache_namespace,
        cache_key_parameters: integration.cache_key_parameters.unwrap_or_default().into_iter().collect(),
        tls_config: integration.tls_config.map(|tls| TlsConfig {
            insecure_skip_verification: tls.insecure_skip_verification,
            server_name_to_verify: None,
        }),
        response_transfer_mode: integration.response_transfer_mode.map(|mode| mode.as_str().to_owned()),
        integration_target: integration.integration_target,
        integration_responses: by_pattern(responses.into_values()),
        ..Integration::default()
    }
}

/// Of several responses with one pattern, the first status code stands for all.
fn by_pattern(responses: impl Iterator<Item = sdk::IntegrationResponse>) -> Map<IntegrationResponse> {
    let mut by_pattern: Map<IntegrationResponse> = Map::new();
    for (pattern, response) in responses.map(integration_response) {
        by_pattern.entry(pattern).and_modify(|first| first.ambiguous = true).or_insert(response);
    }
    by_pattern
}

/// Integration responses are joined on their pattern, which the default response lacks.
fn integration_response(response: sdk::IntegrationResponse) -> (String, IntegrationResponse) {
    let pattern = response.selection_pattern.unwrap_or_default();
    let response = IntegrationResponse {
        status_code: response.status_code.unwrap_or_default(),
        response_parameters: sorted(response.response_parameters),
        response_templates: sorted(response.response_templates),
        content_handling: response.content_handling.map(|handling| handling.as_str().to_owned()),
        ambiguous: false,
    };
    (pattern, response)
}

/// Authorizers by name.
pub(crate) fn authorizers(authorizers: Vec<sdk::Authorizer>) -> Map<Authorizer> {
    authorizers.into_iter().map(authorizer).collect()
}

fn authorizer(authorizer: sdk::Authorizer) -> (String, Authorizer) {
    let name = authorizer.name.or_else(|| authorizer.id.clone()).unwrap_or_default();
    let mut form = Authorizer {
        authorizer_type: authorizer.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        auth_type: authorizer.auth_type,
        provider_arns: authorizer.provider_arns.unwrap_or_default().into_iter().collect(),
        authorizer_uri: authorizer.authorizer_uri,
        authorizer_credentials: authorizer.authorizer_credentials,
        identity_source: authorizer.identity_source,
        identity_validation_expression: authorizer.identity_validation_expression,
        authorizer_result_ttl_in_seconds: authorizer.authorizer_result_ttl_in_seconds.map(i64::from),
        id: authorizer.id,
        ..Authorizer::default()
    };
    normalise::authorizer(&mut form, Product::Rest);
    (name, form)
}

/// Schemas by model name.
pub(crate) fn models(models: Vec<sdk::Model>) -> Map<Value> {
    let schema = |model: sdk::Model| {
        let text = model.schema.unwrap_or_default();
        // A model of another media type than JSON holds whatever its owner wrote.
        let schema = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (model.name.unwrap_or_default(), schema::canonical(schema))
    };
    models.into_iter().map(schema).collect()
}

/// Validators by name. Nothing keeps an owner from giving two the same name.
pub(crate) fn validators(validators: &[sdk::RequestValidator]) -> Map<RequestValidator> {
    let mut named: Map<RequestValidator> = Map::new();
    for validator in validators {
        let form = RequestValidator {
            validate_request_body: validator.validate_request_body,
            validate_request_parameters: validator.validate_request_parameters,
            ambiguous: false,
        };
        let name = validator.name.clone().or_else(|| validator.id.clone()).unwrap_or_default();
        let is_other = |known: &RequestValidator| *known != form;
        match named.get_mut(&name) {
            Some(known) if is_other(known) => known.ambiguous = true,
            Some(_) => {}
            None => {
                named.insert(name, form);
            }
        }
    }
    named
}

/// Customised gateway responses by type. The others are listed with defaults that depend on these.
pub(crate) fn gateway_responses(responses: Vec<sdk::GatewayResponse>) -> Map<GatewayResponse> {
    let customised = responses.into_iter().filter(|response| !response.default_response);
    customised
        .map(|response| {
            let response_type = response.response_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default();
            let mut form = GatewayResponse {
                status_code: response.status_code,
                response_parameters: sorted(response.response_parameters),
                response_templates: sorted(response.response_templates),
            };
            normalise::gateway_response(&mut form, &response_type);
            (response_type, form)
        })
        .collect()
}

/// A stage.
pub(crate) fn stage(stage: sdk::Stage) -> Stage {
    let methods = sorted(stage.method_settings).into_iter().map(|(path, settings)| (path, method_settings(&settings)));
    let logs = stage.access_log_settings.as_ref();
    let settings = json!({
        "description": stage.description,
        "methodSettings": methods.collect::<serde_json::Map<_, _>>(),
        "accessLogSettings": logs.map(|logs| json!({ "destinationArn": logs.destination_arn, "format": logs.format })),
        "cacheClusterEnabled": stage.cache_cluster_enabled,
        "cacheClusterSize": stage.cache_cluster_size.as_ref().map(sdk::CacheClusterSize::as_str),
        "cacheClusterStatus": stage.cache_cluster_status.as_ref().map(sdk::CacheClusterStatus::as_str),
        "clientCertificateId": stage.client_certificate_id,
        "documentationVersion": stage.documentation_version,
        "tracingEnabled": stage.tracing_enabled,
        "webAclArn": stage.web_acl_arn,
        "tags": sorted(stage.tags),
    });
    Stage {
        name: stage.stage_name.unwrap_or_default(),
        deployment_id: stage.deployment_id.filter(|id| !id.is_empty()),
        earlier_deployment_id: None,
        variables: sorted(stage.variables),
        canary: stage.canary_settings.map(|canary| Canary {
            deployment_id: canary.deployment_id.filter(|id| !id.is_empty()),
            percent_traffic: canary.percent_traffic,
            stage_variable_overrides: sorted(canary.stage_variable_overrides),
            use_stage_cache: canary.use_stage_cache,
        }),
        auto_deploy: false,
        last_deployment_status_message: None,
        created_at: stage.created_date.and_then(timestamp),
        updated_at: stage.last_updated_date.and_then(timestamp),
        settings: crate::form::members(settings),
    }
}

fn method_settings(settings: &sdk::MethodSetting) -> Value {
    json!({
        "metricsEnabled": settings.metrics_enabled,
        "loggingLevel": settings.logging_level,
        "dataTraceEnabled": settings.data_trace_enabled,
        "throttlingBurstLimit": settings.throttling_burst_limit,
        "throttlingRateLimit": settings.throttling_rate_limit,
        "cachingEnabled": settings.caching_enabled,
        "cacheTtlInSeconds": settings.cache_ttl_in_seconds,
        "cacheDataEncrypted": settings.cache_data_encrypted,
        "requireAuthorizationForCacheControl": settings.require_authorization_for_cache_control,
        "unauthorizedCacheControlHeaderStrategy":
            settings.unauthorized_cache_control_header_strategy.as_ref().map(aws_sdk_apigateway::types::UnauthorizedCacheControlHeaderStrategy::as_str),
    })
}

/// A deployment, as it is listed.
pub(crate) fn deployment(deployment: sdk::Deployment) -> Deployment {
    Deployment {
        id: deployment.id.unwrap_or_default(),
        created_at: deployment.created_date.and_then(timestamp),
        description: deployment.description,
        status: None,
        status_message: None,
        auto_deployed: false,
    }
}

/// A deployment's summary.
pub(crate) fn summary(summary: HashMap<String, HashMap<String, sdk::MethodSnapshot>>) -> Summary {
    let snapshot = |(method, snapshot): (String, sdk::MethodSnapshot)| {
        let api_key_required = Some(snapshot.api_key_required);
        (method, MethodSnapshot { authorization_type: snapshot.authorization_type, api_key_required })
    };
    summary.into_iter().map(|(path, methods)| (path, methods.into_iter().map(snapshot).collect())).collect()
}
