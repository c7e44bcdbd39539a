//! `apigateway`: REST APIs, and what belongs to an account's whole API Gateway.

use serde_json::Value;

use super::{List, Operation, Otherwise, Protocol, Request, Service, all, none, one, two};
use crate::wire;

/// API Gateway's REST API service, 2015-07-09.
pub(super) static SERVICE: Service = Service {
    name: "apigateway",
    signing_name: "apigateway",
    protocol: Protocol::Rest("/"),
    operations: OPERATIONS,
    to_wire,
    from_wire,
};

/// Default 25, maximum 500, as the service model documents `limit`.
const PAGED: List = List { items: "items", limit: "limit", default: 25, max: 500, token: "position", next: "position" };

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("get_rest_apis", "/restapis", none).paged(PAGED).otherwise(Otherwise::AllOf("get_rest_api")),
    Operation::new("get_rest_api", "/restapis/{}", one).otherwise(Otherwise::ItemOf("get_rest_apis", "id")),
    Operation::new("get_resources", "/restapis/{}/resources", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_resource")).shaped(without_methods),
    Operation::new("get_resource", "/restapis/{}/resources/{}", two)
        .otherwise(Otherwise::ItemOf("get_resources", "id")).shaped(without_methods),
    Operation::new("get_method", "/restapis/{}/resources/{}/methods/{}", all)
        .otherwise(Otherwise::MethodOf("get_resources", &[])),
    Operation::new("get_method_response", "/restapis/{}/resources/{}/methods/{}/responses/{}", all)
        .otherwise(Otherwise::MethodOf("get_resources", &["methodResponses"])),
    Operation::new("get_integration", "/restapis/{}/resources/{}/methods/{}/integration", all)
        .otherwise(Otherwise::MethodOf("get_resources", &["methodIntegration"])),
    Operation::new("get_integration_response", "/restapis/{}/resources/{}/methods/{}/integration/responses/{}", all)
        .otherwise(Otherwise::MethodOf("get_resources", &["methodIntegration", "integrationResponses"])),
    Operation::new("test_invoke_method", "/restapis/{}/resources/{}/methods/{}", all).post(),
    Operation::new("get_stages", "/restapis/{}/stages", one)
        .otherwise(Otherwise::AllOf("get_stage")).shaped(of_deployment),
    Operation::new("get_stage", "/restapis/{}/stages/{}", two).otherwise(Otherwise::ItemOf("get_stages", "stageName")),
    Operation::new("get_deployments", "/restapis/{}/deployments", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_deployment")).shaped(without_summaries),
    Operation::new("get_deployment", "/restapis/{}/deployments/{}", two)
        .otherwise(Otherwise::ItemOf("get_deployments", "id")).shaped(without_summary),
    Operation::new("get_export", "/restapis/{}/stages/{}/exports/{}", two).document(),
    Operation::new("get_authorizers", "/restapis/{}/authorizers", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_authorizer")),
    Operation::new("get_authorizer", "/restapis/{}/authorizers/{}", two)
        .otherwise(Otherwise::ItemOf("get_authorizers", "id")),
    Operation::new("get_models", "/restapis/{}/models", one).paged(PAGED).otherwise(Otherwise::AllOf("get_model")),
    Operation::new("get_model", "/restapis/{}/models/{}", two).otherwise(Otherwise::ItemOf("get_models", "name")),
    Operation::new("get_request_validators", "/restapis/{}/requestvalidators", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_request_validator")),
    Operation::new("get_request_validator", "/restapis/{}/requestvalidators/{}", two)
        .otherwise(Otherwise::ItemOf("get_request_validators", "id")),
    Operation::new("get_gateway_responses", "/restapis/{}/gatewayresponses", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_gateway_response")),
    Operation::new("get_gateway_response", "/restapis/{}/gatewayresponses/{}", two)
        .otherwise(Otherwise::ItemOf("get_gateway_responses", "responseType")),
    Operation::new("get_documentation_parts", "/restapis/{}/documentation/parts", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_documentation_part")),
    Operation::new("get_documentation_part", "/restapis/{}/documentation/parts/{}", two)
        .otherwise(Otherwise::ItemOf("get_documentation_parts", "id")),
    Operation::new("get_documentation_versions", "/restapis/{}/documentation/versions", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_documentation_version")),
    Operation::new("get_documentation_version", "/restapis/{}/documentation/versions/{}", two)
        .otherwise(Otherwise::ItemOf("get_documentation_versions", "version")),
    Operation::new("get_usage_plans", "/usageplans", none).paged(PAGED).otherwise(Otherwise::AllOf("get_usage_plan")),
    Operation::new("get_usage_plan", "/usageplans/{}", one).otherwise(Otherwise::ItemOf("get_usage_plans", "id")),
    Operation::new("get_usage", "/usageplans/{}/usage", one),
    Operation::new("get_usage_plan_keys", "/usageplans/{}/keys", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_usage_plan_key")),
    Operation::new("get_usage_plan_key", "/usageplans/{}/keys/{}", two)
        .otherwise(Otherwise::ItemOf("get_usage_plan_keys", "id")),
    Operation::new("get_api_keys", "/apikeys", none).paged(PAGED).otherwise(Otherwise::AllOf("get_api_key"))
        .shaped(without_values),
    Operation::new("get_api_key", "/apikeys/{}", one).otherwise(Otherwise::ItemOf("get_api_keys", "id"))
        .shaped(without_value),
    Operation::new("get_domain_names", "/domainnames", none).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_domain_name")),
    Operation::new("get_domain_name", "/domainnames/{}", one)
        .otherwise(Otherwise::ItemOf("get_domain_names", "domainName")),
    Operation::new("get_base_path_mappings", "/domainnames/{}/basepathmappings", one).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_base_path_mapping")),
    Operation::new("get_base_path_mapping", "/domainnames/{}/basepathmappings/{}", two)
        .otherwise(Otherwise::ItemOf("get_base_path_mappings", "basePath")),
    Operation::new("get_vpc_links", "/vpclinks", none).paged(PAGED).otherwise(Otherwise::AllOf("get_vpc_link")),
    Operation::new("get_vpc_link", "/vpclinks/{}", one).otherwise(Otherwise::ItemOf("get_vpc_links", "id")),
    Operation::new("get_client_certificates", "/clientcertificates", none).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_client_certificate")),
    Operation::new("get_client_certificate", "/clientcertificates/{}", one)
        .otherwise(Otherwise::ItemOf("get_client_certificates", "clientCertificateId")),
    Operation::new("get_account", "/account", none),
    Operation::new("get_tags", "/tags/{}", one),
];

/// Members that are times: numbers on the wire, text in recordings.
const TIMES: [&str; 5] = ["certificateUploadDate", "createdDate", "expirationDate", "lastUpdatedDate", "uploadedDate"];

/// Members that are JSON in a string, and maps of such.
const STRINGS: [&str; 2] = ["policy", "schema"];
const MAPS_OF_STRINGS: [&str; 2] = ["requestTemplates", "responseTemplates"];

fn to_wire(operation: &Operation, mut answer: Value) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if TIMES.contains(&name) {
            wire::time_to_number(value);
        } else if STRINGS.contains(&name) {
            wire::object_to_string(value);
        } else if MAPS_OF_STRINGS.contains(&name) {
            value.as_object_mut().into_iter().flatten().for_each(|(_, template)| wire::object_to_string(template));
        }
    });
    match operation.name {
        "get_stages" => {}
        "get_usage" => wire::rename(&mut answer, "items", "values"),
        _ => wire::rename(&mut answer, "items", "item"),
    }
    answer
}

fn from_wire(operation: &Operation, mut answer: Value) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if TIMES.contains(&name) {
            wire::number_to_time(value);
        }
    });
    match operation.name {
        "get_stages" => {}
        "get_usage" => wire::rename(&mut answer, "values", "items"),
        _ => wire::rename(&mut answer, "item", "items"),
    }
    answer
}

fn items(answer: &mut Value) -> impl Iterator<Item = &mut Value> {
    let list = answer.get_mut("items").and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Without `embed=methods`, resources name their methods and say nothing of them.
fn without_methods(request: &Request, mut answer: Value) -> Value {
    if request.parameters.get("embed").is_some_and(|embed| embed == "methods") {
        return answer;
    }
    let strip = |resource: &mut Value| {
        let methods = resource.get_mut("resourceMethods").and_then(Value::as_object_mut);
        methods.into_iter().flatten().for_each(|(_, method)| *method = Value::Object(serde_json::Map::new()));
    };
    if answer.get("items").is_some() {
        items(&mut answer).for_each(strip)
    } else {
        strip(&mut answer)
    }
    answer
}

/// With `deploymentId`, only the stages of that deployment.
fn of_deployment(request: &Request, mut answer: Value) -> Value {
    if let (Some(id), Some(Value::Array(stages))) = (request.parameters.get("deploymentId"), answer.get_mut("item")) {
        stages.retain(|stage| stage.get("deploymentId").and_then(Value::as_str) == Some(id));
    }
    answer
}

/// Without `embed=apisummary`, a deployment has no summary; a list of them never has.
fn without_summary(request: &Request, mut answer: Value) -> Value {
    if request.parameters.get("embed").is_none_or(|embed| embed != "apisummary") {
        wire::remove(&mut answer, "apiSummary");
    }
    answer
}

fn without_summaries(_: &Request, mut answer: Value) -> Value {
    items(&mut answer).for_each(|deployment| {
        wire::remove(deployment, "apiSummary");
    });
    answer
}

/// Without `includeValues=true`, keys are listed without their values.
fn without_values(request: &Request, mut answer: Value) -> Value {
    if request.parameters.get("includeValues").is_none_or(|include| include != "true") {
        items(&mut answer).for_each(|key| {
            wire::remove(key, "value");
        });
    }
    answer
}

fn without_value(request: &Request, mut answer: Value) -> Value {
    if request.parameters.get("includeValue").is_none_or(|include| include != "true") {
        wire::remove(&mut answer, "value");
    }
    answer
}
