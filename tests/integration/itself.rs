//! stagecheck looks at what its own template deploys: the dashboard's API, with the values that the template has.

use engine::document;
use engine::finding::Severity;
use serde_json::{Value, json};
use tests::shapes::{ACCOUNT, HTTP, REGION, add_function, empty, function_arn, policy};
use tests::{Served, read};

const FUNCTION: &str = "stagecheck-DashboardFunction";

/// What deploying the template makes, as AWS tells it, with a value of the parameter `Authorization`.
fn deployed(authorization: &str) -> Value {
    let template = document::read(&read("template.yaml")).unwrap()["Resources"].clone();
    let properties = |name: &str| template[name]["Properties"].clone();
    let chosen = |value: &Value| match value.get("Fn::If") {
        Some(choice) => {
            assert_eq!(choice[0], "TakesTokens");
            choice[if authorization == "jwt" { 1 } else { 2 }].clone()
        }
        None => value.clone(),
    };
    let (api, stage, integration) =
        (properties("DashboardApi"), properties("DashboardStage"), properties("DashboardIntegration"));
    let name = stage["StageName"].as_str().unwrap();
    let mut paths = serde_json::Map::new();
    for route in ["DashboardRootRoute", "DashboardRoute"].map(properties) {
        assert_eq!(route["Target"]["Fn::Sub"], "integrations/${DashboardIntegration}");
        let (method, path) = route["RouteKey"].as_str().unwrap().split_once(' ').unwrap();
        assert_eq!(method, "ANY");
        let mut operation = json!({
            "responses": { "default": { "description": format!("Default response for {method} {path}") } },
            "x-amazon-apigateway-integration": {
                "type": integration["IntegrationType"].as_str().unwrap().to_lowercase(), "httpMethod": "POST",
                "payloadFormatVersion": integration["PayloadFormatVersion"], "uri": function_arn(FUNCTION),
                "connectionType": "INTERNET", "timeoutInMillis": integration["TimeoutInMillis"],
            },
        });
        let authorization = chosen(&route["AuthorizationType"]);
        if authorization == "AWS_IAM" {
            operation["x-amazon-apigateway-auth"] = json!({ "type": "AWS_IAM" });
        }
        let mut item = json!({ "x-amazon-apigateway-any-method": operation });
        if path.contains('{') {
            item["parameters"] =
                json!([{ "name": "proxy+", "in": "path", "required": true, "schema": { "type": "string" } }]);
        }
        paths.insert(path.to_owned(), item);
    }
    let document = json!({
        "openapi": "3.0.1",
        "info": { "title": "stagecheck-dashboard", "version": "2026-10-10 11:00:00UTC" },
        "servers": [{ "url": format!("https://{HTTP}.execute-api.{REGION}.amazonaws.com/{{basePath}}"),
                      "variables": { "basePath": { "default": "" } } }],
        "paths": paths,
        "x-amazon-apigateway-importexport-version": "1.0",
    });
    let mut recording = empty();
    let v2 = &mut recording["apigatewayv2"];
    v2["get_apis"]["Items"] = json!([{
        "ApiId": HTTP, "Name": "stagecheck-dashboard", "ProtocolType": api["ProtocolType"],
        "CreatedDate": "2026-01-05T10:00:00Z", "DisableExecuteApiEndpoint": false,
        "ApiEndpoint": format!("https://{HTTP}.execute-api.{REGION}.amazonaws.com"),
        "RouteSelectionExpression": "$request.method $request.path",
    }]);
    v2["export_api"][HTTP] = document.clone();
    v2["export_api"][format!("{HTTP}/{name}")] = document;
    let group = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:stagecheck-DashboardAccessLogGroup");
    v2["get_stages"][HTTP] = json!({ "Items": [{
        "StageName": name, "DeploymentId": "hd1", "AutoDeploy": stage["AutoDeploy"], "CreatedDate": "2026-01-05T10:00:00Z",
        "DefaultRouteSettings": stage["DefaultRouteSettings"],
        "AccessLogSettings": { "DestinationArn": group, "Format": stage["AccessLogSettings"]["Format"] },
    }] });
    v2["get_deployments"][HTTP] = json!({ "Items": [{
        "DeploymentId": "hd1", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-01T09:00:00Z", "AutoDeployed": true,
    }] });
    add_function(&mut recording, FUNCTION);
    let function = properties("DashboardFunction");
    let configuration = &mut recording["lambda"]["get_function_configuration"][FUNCTION];
    (configuration["Runtime"], configuration["Handler"]) = (json!("provided.al2023"), json!("bootstrap"));
    configuration["Timeout"] = function["Timeout"].clone();
    let source = properties("DashboardPermission")["SourceArn"]["Fn::Sub"].as_str().unwrap().to_owned();
    let source = source
        .replace("${AWS::Partition}", "aws")
        .replace("${AWS::Region}", REGION)
        .replace("${AWS::AccountId}", ACCOUNT)
        .replace("${DashboardApi}", HTTP);
    recording["lambda"]["get_policy"][FUNCTION] = json!({ "Policy": policy(&source).to_string(), "RevisionId": "1" });
    recording
}

#[tokio::test]
async fn what_the_template_deploys_has_no_finding_above_info() {
    for authorization in ["iam", "jwt"] {
        let served = Served::start(deployed(authorization)).await;
        let report = served.audit().await;
        assert_eq!((report.summary.apis, report.summary.stages), (1, 1));
        assert_eq!(report.stages[0].in_sync, Some(true));
        let worse: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info)
            .map(|finding| format!("{}: {}", finding.check, finding.title))
            .collect();
        assert_eq!(worse, [""; 0], "{authorization}");
        let gaps: Vec<&String> = report.not_evaluated.iter().map(|gap| &gap.reason).collect();
        assert!(gaps.is_empty(), "{authorization}: {gaps:?}");
    }
}

#[tokio::test]
async fn a_permission_that_the_template_forgot_would_be_found() {
    let mut recording = deployed("iam");
    recording["lambda"]["get_policy"][FUNCTION] = Value::Null;
    let report = Served::start(recording).await.audit().await;
    assert!(report.findings.iter().any(|finding| finding.check == "lambda-permission-missing"));
}
