//! `apigatewayv2`: HTTP and WebSocket APIs, and the mappings of custom domain names.

use serde_json::Value;

use super::{List, Operation, Otherwise, Protocol, Request, Service, none, one, two};
use crate::wire;

/// API Gateway's service for HTTP and WebSocket APIs, 2018-11-29. It signs as `apigateway` too.
pub(super) static SERVICE: Service = Service {
    name: "apigatewayv2",
    signing_name: "apigateway",
    is_global: false,
    protocol: Protocol::Rest("/v2/"),
    operations: OPERATIONS,
    to_wire,
    from_wire,
};

/// The service model names no default and no maximum; those of the REST API service stand in for them.
const PAGED: List =
    List { items: "Items", limit: "maxResults", default: 25, max: 500, token: "nextToken", next: "NextToken" };

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("get_apis", "/v2/apis", none).paged(PAGED).otherwise(Otherwise::AllOf("get_api")),
    Operation::new("get_api", "/v2/apis/{}", one).otherwise(Otherwise::ItemOf("get_apis", "ApiId")),
    Operation::new("get_routes", "/v2/apis/{}/routes", one).paged(PAGED).otherwise(Otherwise::AllOf("get_route")),
    Operation::new("get_route", "/v2/apis/{}/routes/{}", two).otherwise(Otherwise::ItemOf("get_routes", "RouteId")),
    Operation::new("get_integrations", "/v2/apis/{}/integrations", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_integration")),
    Operation::new("get_integration", "/v2/apis/{}/integrations/{}", two)
        .otherwise(Otherwise::ItemOf("get_integrations", "IntegrationId")),
    Operation::new("get_authorizers", "/v2/apis/{}/authorizers", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_authorizer")),
    Operation::new("get_authorizer", "/v2/apis/{}/authorizers/{}", two)
        .otherwise(Otherwise::ItemOf("get_authorizers", "AuthorizerId")),
    Operation::new("get_stages", "/v2/apis/{}/stages", one).paged(PAGED).otherwise(Otherwise::AllOf("get_stage")),
    Operation::new("get_stage", "/v2/apis/{}/stages/{}", two).otherwise(Otherwise::ItemOf("get_stages", "StageName")),
    Operation::new("get_deployments", "/v2/apis/{}/deployments", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_deployment")),
    Operation::new("get_deployment", "/v2/apis/{}/deployments/{}", two)
        .otherwise(Otherwise::ItemOf("get_deployments", "DeploymentId")),
    Operation::new("get_models", "/v2/apis/{}/models", one).paged(PAGED).otherwise(Otherwise::AllOf("get_model")),
    Operation::new("get_model", "/v2/apis/{}/models/{}", two).otherwise(Otherwise::ItemOf("get_models", "ModelId")),
    Operation::new("export_api", "/v2/apis/{}/exports/{}", api_and_stage).document(),
    Operation::new("get_domain_names", "/v2/domainnames", none).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_domain_name")),
    Operation::new("get_domain_name", "/v2/domainnames/{}", one)
        .otherwise(Otherwise::ItemOf("get_domain_names", "DomainName")),
    Operation::new("get_api_mappings", "/v2/domainnames/{}/apimappings", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_api_mapping")),
    Operation::new("get_api_mapping", "/v2/domainnames/{}/apimappings/{}", two)
        .otherwise(Otherwise::ItemOf("get_api_mappings", "ApiMappingId")),
    Operation::new("list_routing_rules", "/v2/domainnames/{}/routingrules", one)
        .paged(List { items: "RoutingRules", ..PAGED }).otherwise(Otherwise::AllOf("get_routing_rule")),
    Operation::new("get_routing_rule", "/v2/domainnames/{}/routingrules/{}", two)
        .otherwise(Otherwise::ItemOf("list_routing_rules", "RoutingRuleId")),
    Operation::new("get_vpc_links", "/v2/vpclinks", none).paged(PAGED).otherwise(Otherwise::AllOf("get_vpc_link")),
    Operation::new("get_vpc_link", "/v2/vpclinks/{}", one).otherwise(Otherwise::ItemOf("get_vpc_links", "VpcLinkId")),
    Operation::new("get_tags", "/v2/tags/{}", one),
];

/// Members whose keys are the user's own names, not the model's.
const MAPS: [&str; 8] = [
    "RequestModels",
    "RequestParameters",
    "RequestTemplates",
    "ResponseParameters",
    "ResponseTemplates",
    "RouteSettings",
    "StageVariables",
    "Tags",
];

fn api_and_stage(request: &Request) -> Vec<String> {
    let api = request.captures.first().cloned();
    api.into_iter().chain(request.parameters.get("stageName").cloned()).collect()
}

fn to_wire(_: &Operation, answer: Value) -> Value {
    wire::rename_members(answer, &MAPS, wire::lower_first)
}

fn from_wire(_: &Operation, answer: Value) -> Value {
    let maps: Vec<String> = MAPS.iter().map(|name| wire::lower_first(name)).collect();
    let maps: Vec<&str> = maps.iter().map(String::as_str).collect();
    wire::rename_members(answer, &maps, wire::upper_first)
}
