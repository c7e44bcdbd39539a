//! Accounts that differ from those in order by more than an edit.

use serde_json::{Value, json};
use tests::edit;
use tests::shapes::{REST, deploy, function_uri, orders};

/// A newer deployment, an edit that waits, and a trail in which the stage was given the older one after that was made.
pub(super) fn moved_back() -> Value {
    let mut recording = orders();
    let post = format!("/apigateway/get_resources/{REST}/items/1/resourceMethods/POST/apiKeyRequired");
    edit(&mut recording, &post, json!(true));
    recording["apigateway"]["get_deployment"][REST]["dep002"] =
        json!({ "id": "dep002", "createdDate": "2026-10-02T09:00:00Z", "apiSummary": {} });
    let own = recording["apigateway"]["get_stages"][REST]["item"][0]["deploymentId"].clone();
    let told = json!({
        "eventID": "e1", "eventTime": "2026-10-03T09:00:00Z", "eventName": "UpdateStage", "userAgent": "aws-cli/2.31.20",
        "userIdentity": { "type": "IAMUser", "userName": "ada" },
        "requestParameters": { "restApiId": REST, "stageName": "prod", "updateStageInput": { "patchOperations": [
            { "op": "replace", "path": "/deploymentId", "value": own }] } },
    });
    recording["cloudtrail"] = json!({ "lookup_events": { "Events": [{
        "EventId": "e1", "EventName": "UpdateStage", "EventTime": "2026-10-03T09:00:00Z", "CloudTrailEvent": told.to_string(),
    }] } });
    recording
}

pub(super) fn with_variable() -> Value {
    let mut recording = orders();
    let uri = format!("/apigateway/get_resources/{REST}/items/1/resourceMethods/POST/methodIntegration/uri");
    edit(&mut recording, &uri, json!(function_uri("${stageVariables.fn}")));
    deploy(&mut recording, "prod", "dep001", tests::exporter::Format::Oas30);
    recording
}

pub(super) fn without_root() -> Value {
    let mut recording = orders();
    edit(&mut recording, &format!("/apigateway/get_resources/{REST}/items/0/resourceMethods"), Value::Null);
    deploy(&mut recording, "prod", "dep001", tests::exporter::Format::Oas30);
    recording
}

pub(super) fn with_key() -> Value {
    let mut recording = orders();
    edit(
        &mut recording,
        &format!("/apigateway/get_resources/{REST}/items/1/resourceMethods/POST/apiKeyRequired"),
        json!(true),
    );
    deploy(&mut recording, "prod", "dep001", tests::exporter::Format::Oas30);
    let apigateway = &mut recording["apigateway"];
    apigateway["get_usage_plans"]["items"] =
        json!([{ "id": "p1", "name": "basic", "apiStages": [{ "apiId": REST, "stage": "prod" }] }]);
    apigateway["get_usage_plan_keys"]["p1"] =
        json!({ "items": [{ "id": "k1", "type": "API_KEY", "name": "partner" }] });
    apigateway["get_api_keys"]["items"] = json!([
        { "id": "k1", "name": "partner", "enabled": true, "value": "EXAMPLEkeyvalue0001" },
        { "id": "k2", "name": "retired", "enabled": false },
    ]);
    recording
}

pub(super) fn with_domain() -> Value {
    let mut recording = orders();
    recording["apigateway"]["get_domain_names"]["items"] = json!([{
        "domainName": "api.example.com", "endpointConfiguration": { "types": ["REGIONAL"] },
        "routingMode": "BASE_PATH_MAPPING_ONLY", "domainNameStatus": "AVAILABLE", "securityPolicy": "TLS_1_2",
    }]);
    recording["apigatewayv2"]["get_api_mappings"]["api.example.com"] =
        json!({ "Items": [{ "ApiMappingId": "m1", "ApiId": REST, "ApiMappingKey": "v1", "Stage": "prod" }] });
    recording
}
