//! Reads that are denied, fail, or break in the middle: each costs that fact alone, and nobody is told "in sync".

use std::collections::BTreeSet;

use serde_json::json;
use tests::exporter::Format;
use tests::shapes::{HTTP, REST, chat, every_http_field, every_rest_field, orders};
use tests::{Served, edit};

/// Every operation that drift reads, for an account that makes it read them all.
#[tokio::test]
async fn with_any_read_denied_nobody_is_told_in_sync_and_the_permission_is_named() {
    for (account, service) in [(every_rest_field(Format::Oas30), "apigateway"), (every_http_field(), "apigatewayv2")] {
        let all = Served::start(account.clone()).await;
        all.drift().await;
        let operations: BTreeSet<String> = all
            .calls()
            .operations
            .into_keys()
            .filter(|operation| operation.starts_with(&format!("{service}.")))
            .collect();
        assert!(operations.len() >= 5, "{operations:?}");
        for operation in operations {
            let served = Served::start_faulty(account.clone(), &[&format!("{operation}=denied")]).await;
            let drift = served.drift().await;
            let in_sync = drift.iter().flat_map(|api| &api.stages).filter(|stage| stage.in_sync == Some(true)).count();
            assert_eq!(in_sync, 0, "{operation}");
            let report = served.audit().await;
            assert!(report.stages.iter().all(|stage| stage.in_sync != Some(true)), "{operation}");
            let named = report.not_evaluated.iter().any(|entry| {
                entry.needs == ["apigateway:GET"]
                    && entry.reason.starts_with("access denied: apigateway:GET on arn:aws:apigateway:")
            });
            assert!(named, "{operation}: {:#?}", report.not_evaluated);
        }
    }
}

#[tokio::test]
async fn with_a_read_for_the_audit_denied_the_permission_is_named() {
    let mut recording = orders();
    recording["apigateway"]["get_usage_plans"]["items"] = json!([{ "id": "p1", "name": "basic" }]);
    recording["apigateway"]["get_api_keys"]["items"] = json!([{ "id": "k1", "name": "partner", "enabled": true }]);
    recording["apigateway"]["get_domain_names"]["items"] = json!([{ "domainName": "api.example.com" }]);
    recording["apigateway"]["get_usage_plan_keys"]["p1"] = json!({ "items": [] });
    recording["apigateway"]["get_base_path_mappings"] = json!({});
    for (operation, needs, resource) in [
        ("get_usage_plan_keys", "apigateway:GET", "/usageplans/p1/keys"),
        ("get_api_keys", "apigateway:GET", "/apikeys"),
        ("get_domain_names", "apigateway:GET", "/domainnames"),
        ("get_api_mappings", "apigateway:GET", "/domainnames/api.example.com/apimappings"),
        ("get_policy", "lambda:GetPolicy", "function:orders-fn"),
        ("get_function_configuration", "lambda:GetFunctionConfiguration", "function:orders-fn"),
    ] {
        let served = Served::start_faulty(recording.clone(), &[&format!("{operation}=denied")]).await;
        let report = served.audit().await;
        let named = report.not_evaluated.iter().any(|entry| entry.needs == [needs] && entry.reason.contains(resource));
        assert!(named, "{operation}: {:#?}", report.not_evaluated);
    }
}

#[tokio::test]
async fn a_read_that_fails_in_any_way_costs_that_fact_alone() {
    for (fault, reason) in [
        ("get_export=error:BadRequestException", "failed: apigateway:GetExport on "),
        ("get_export=error:NotFoundException", "gone: apigateway:GetExport on "),
        ("get_export=half", "failed: apigateway:GetExport on "),
        ("get_export=status:400", "failed: apigateway:GetExport on "),
    ] {
        let report = Served::start_faulty(orders(), &[fault]).await.audit().await;
        let reasons: Vec<&String> = report.not_evaluated.iter().map(|entry| &entry.reason).collect();
        assert!(reasons.iter().any(|found| found.starts_with(reason)), "{fault}: {reasons:?}");
        // The summary still tells which routes there are.
        assert_eq!(report.stages[0].in_sync, None, "{fault}");
        assert_eq!(report.findings.len(), 0, "{fault}");
    }
}

#[tokio::test]
async fn an_attempt_that_fails_once_is_repeated() {
    for fault in ["get_export=throttle*1", "get_resources=status:500*1", "get_stages=cut*1", "get_deployment=delay:50"]
    {
        let report = Served::start_faulty(orders(), &[fault]).await.audit().await;
        assert_eq!((report.stages[0].in_sync, report.not_evaluated.len()), (Some(true), 0), "{fault}");
    }
}

#[tokio::test]
async fn an_export_that_is_none_is_said_to_be_none() {
    for (export, reason) in [
        (json!("{\"openapi\": \"3.0.1\", \"pat"), "the export cannot be read: not JSON: "),
        (json!("openapi: 3.0.1"), "the export cannot be read: not JSON: "),
        (json!({ "openapi": "3.1.0", "paths": {} }), "the export cannot be read: `openapi: 3.1.0` is not a version"),
        (json!({ "swagger": "1.2", "paths": {} }), "the export cannot be read: `swagger: 1.2` is not a version"),
        (json!({ "openapi": "3.0.1" }), "the export cannot be read: not an OpenAPI document: there are no `paths`"),
    ] {
        let mut recording = orders();
        edit(&mut recording, &format!("/apigateway/get_export/{REST}~1prod"), export);
        let report = Served::start(recording).await.audit().await;
        let found = report.not_evaluated.iter().any(|entry| entry.reason.contains(reason));
        assert!(found, "{reason}: {:#?}", report.not_evaluated);
    }
}

#[tokio::test]
async fn one_unreadable_api_of_a_hundred_leaves_the_other_ninety_nine() {
    let mut recording = orders();
    let template = recording["apigateway"].clone();
    for i in 1..100 {
        let id = format!("a1b2c3d4{i:02}");
        let apigateway = &mut recording["apigateway"];
        let mut api = template["get_rest_apis"]["items"][0].clone();
        (api["id"], api["name"]) = (json!(id), json!(format!("api-{i:02}")));
        apigateway["get_rest_apis"]["items"].as_array_mut().unwrap().push(api);
        for operation in ["get_resources", "get_stages", "get_deployment", "get_gateway_responses"] {
            apigateway[operation][&id] = template[operation][REST].clone();
        }
        apigateway["get_export"][format!("{id}/prod")] = template["get_export"][format!("{REST}/prod")].clone();
    }
    let denied = json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } });
    for operation in ["get_resources", "get_stages", "get_deployment", "get_gateway_responses"] {
        recording["apigateway"][operation]["a1b2c3d442"] = denied.clone();
    }
    let report = Served::start(recording).await.audit().await;
    assert_eq!(report.summary.apis, 100);
    assert_eq!(report.stages.iter().filter(|stage| stage.in_sync == Some(true)).count(), 99);
    let apis: BTreeSet<&str> =
        report.not_evaluated.iter().filter_map(|entry| entry.resource.api_name.as_deref()).collect();
    assert_eq!(apis, BTreeSet::from(["api-42"]));
}

#[tokio::test]
async fn a_list_of_apis_that_is_denied_is_named_for_every_check_that_needs_it() {
    let served = Served::start_faulty(orders(), &["apigatewayv2.get_apis=denied"]).await;
    let report = served.audit().await;
    assert_eq!(report.summary.apis, 1);
    let checks: BTreeSet<&str> = report.not_evaluated.iter().map(|entry| entry.check.as_str()).collect();
    assert!(checks.contains("auto-deploy-failed") && checks.contains("undeployed-change"), "{checks:?}");
    assert!(!checks.contains("root-without-method"), "REST APIs were listed");
}

#[tokio::test]
async fn an_api_without_an_export_is_read_by_its_routes() {
    let mut recording = every_http_field();
    let v2 = &mut recording["apigatewayv2"];
    v2["export_api"] = json!({ "Error": { "Code": "BadRequestException", "Message": "Unable to export" } });
    let donor = chat();
    v2["get_routes"][HTTP] = json!({ "Items": [{ "RouteId": "r1", "RouteKey": "GET /cart", "Target": "integrations/i1",
        "AuthorizationType": "JWT", "AuthorizerId": "ja1", "AuthorizationScopes": ["cart/read"] }] });
    v2["get_integrations"][HTTP] = donor["apigatewayv2"]["get_integrations"]["w1s2o3c4k5"].clone();
    let served = Served::start(recording).await;
    let snapshots = served.snapshots().await;
    let routes = snapshots[0].apis[0].live.routes.ok().unwrap();
    let (key, route) = routes.0.iter().next().unwrap();
    assert_eq!((key.to_string().as_str(), route.authorizer.ok().unwrap().as_deref()), ("GET /cart", Some("people")));
    assert_eq!(route.resource_id.as_deref(), Some("r1"));
    let drift = served.drift().await;
    assert_eq!((drift[0].stages[0].in_sync, drift[0].stages[0].basis.name()), (None, "none"));
}

#[tokio::test]
async fn a_page_without_items_is_not_the_end_of_a_list() {
    let mut recording = orders();
    recording["apigateway"]["get_rest_apis"] = json!({ "pages": [
        { "items": [{ "id": REST, "name": "orders" }] }, { "items": [] }, { "items": [{ "id": "b", "name": "second" }] },
    ] });
    let snapshots = Served::start(recording).await.snapshots().await;
    assert_eq!(snapshots[0].apis.len(), 2);
}
