//! Each check, from wire answers through the SDK: a case that fires, one that is silent, one in which its fact was not read.

mod accounts;
mod failing;
mod foreseen;
mod names;
mod paths;
mod stages;

use std::collections::BTreeSet;

use accounts::{moved_back, with_domain, with_key, with_variable, without_root};
use engine::checks;
use engine::finding::Resource;
use engine::report::Report;
use serde_json::{Value, json};
use tests::shapes::{ACCOUNT, HTTP, REGION, REST, chat, orders, policy, shop};
use tests::{Served, edit};

const DENIED: &str = r#"{"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}"#;

/// One change of an account that is in order, and what the check says then.
struct Case {
    check: &'static str,
    account: fn() -> Value,
    edits: Vec<(String, Value)>,
    /// Findings as `severity place: title`, or `not evaluated place: reason`; none where the check is silent.
    says: &'static [&'static str],
}

fn denied() -> Value {
    serde_json::from_str(DENIED).unwrap()
}

/// One change of an account, and what the check says then; `{REST}` stands for the API's id in where it is made.
fn case(check: &'static str, account: fn() -> Value, edits: &[(&str, Value)], says: &'static [&'static str]) -> Case {
    let edits = edits.iter().map(|(at, value)| (at.replace("{REST}", REST), value.clone())).collect();
    Case { check, account, edits, says }
}

fn cases() -> Vec<Case> {
    let case = |check, account: fn() -> Value, edits: &[(&str, Value)], says| {
        let expand = |at: &str| at.replace("{REST}", REST).replace("{HTTP}", HTTP);
        Case { check, account, edits: edits.iter().map(|(at, value)| (expand(at), value.clone())).collect(), says }
    };
    let stage = "/apigateway/get_stages/{REST}/item/0";
    let http_stage = "/apigatewayv2/get_stages/{HTTP}/Items/0";
    let post = "/apigateway/get_resources/{REST}/items/1/resourceMethods/POST";
    let at = |place: &str, name: &str| format!("{place}/{name}");
    let tags = "/apigateway/get_rest_apis/items/0/tags";
    let mut cases = failing::cases();
    cases.extend(foreseen::cases());
    cases.extend([stages::cases(), names::cases(), paths::cases()].into_iter().flatten());
    cases.extend(vec![
        case(
            "undeployed-change",
            orders,
            &[(&at(post, "apiKeyRequired"), json!(true))],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders: the change of apiKeyRequired is not deployed to prod",
            ],
        ),
        case(
            "undeployed-change",
            shop,
            &[("/apigatewayv2/export_api/{HTTP}/paths/~1cart/put", json!({}))],
            &["high /apis/h1t2t3p4a5/stages/prod PUT /cart: PUT /cart is not deployed to prod"],
        ),
        case("undeployed-change", orders, &[], &[]),
        case("undeployed-change", shop, &[], &[]),
        case(
            "undeployed-change",
            orders,
            &[("/apigateway/get_export", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod/exports/oas30 (for apigateway:GetExport)",
            ],
        ),
        case(
            "undeployed-change",
            chat,
            &[],
            &[
                "not evaluated /apis/w1s2o3c4k5/stages/live: AWS exports no WebSocket API: only a baseline shows what the stage serves",
            ],
        ),
        case(
            "stage-behind-newest-deployment",
            orders,
            &[(
                "/apigateway/get_deployment/{REST}/dep002",
                json!({
            "id": "dep002", "createdDate": "2026-10-02T09:00:00Z", "apiSummary": {} }),
            )],
            &["info /restapis/a1b2c3d4e5/stages/prod: prod is behind the newest deployment"],
        ),
        case(
            "stage-behind-newest-deployment",
            chat,
            &[(
                "/apigatewayv2/get_deployments/w1s2o3c4k5/Items",
                json!([
            { "DeploymentId": "wd1", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-01T09:00:00Z" },
            { "DeploymentId": "wd2", "DeploymentStatus": "DEPLOYED", "CreatedDate": "2026-10-02T09:00:00Z" }]),
            )],
            &["medium /apis/w1s2o3c4k5/stages/live: live is behind the newest deployment"],
        ),
        case("stage-behind-newest-deployment", orders, &[], &[]),
        case(
            "stage-behind-newest-deployment",
            moved_back,
            &[],
            &["medium /restapis/a1b2c3d4e5/stages/prod: prod was moved back to an older deployment"],
        ),
        case(
            "newest-deployment-unused",
            moved_back,
            &[],
            &["low /restapis/a1b2c3d4e5: the newest deployment is used by no stage"],
        ),
        case("newest-deployment-unused", orders, &[], &[]),
        case(
            "newest-deployment-unused",
            orders,
            &[("/apigateway/get_deployments", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments (for apigateway:GetDeployments)",
            ],
        ),
        case(
            "stage-behind-newest-deployment",
            orders,
            &[("/apigateway/get_deployments", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments (for apigateway:GetDeployments)",
            ],
        ),
        case(
            "auto-deploy-failed",
            shop,
            &[
                (&at(http_stage, "AutoDeploy"), json!(true)),
                (&at(http_stage, "LastDeploymentStatusMessage"), json!("Deployment attempt failed: no routes")),
            ],
            &["high /apis/h1t2t3p4a5/stages/prod: the last automatic deployment to prod failed"],
        ),
        case(
            "auto-deploy-failed",
            shop,
            &[
                (&at(http_stage, "AutoDeploy"), json!(true)),
                (
                    &at(http_stage, "LastDeploymentStatusMessage"),
                    json!("Successfully deployed stage with deployment ID 'hd1'"),
                ),
            ],
            &[],
        ),
        case(
            "auto-deploy-failed",
            shop,
            &[(&at(http_stage, "AutoDeploy"), json!(true)), ("/apigatewayv2/get_deployments", denied())],
            &[
                "not evaluated /apis/h1t2t3p4a5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/deployments (for apigatewayv2:GetDeployments)",
            ],
        ),
        case(
            "stage-without-deployment",
            shop,
            &[(&at(http_stage, "DeploymentId"), Value::Null)],
            &["high /apis/h1t2t3p4a5/stages/prod: prod has no deployment"],
        ),
        case("stage-without-deployment", shop, &[], &[]),
        case(
            "stage-without-deployment",
            shop,
            &[("/apigatewayv2/get_stages", denied())],
            &[
                "not evaluated /apis/h1t2t3p4a5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/apis/h1t2t3p4a5/stages (for apigatewayv2:GetStages)",
            ],
        ),
        case(
            "lambda-permission-missing",
            orders,
            &[(
                "/lambda/get_policy/orders-fn",
                json!({
            "Policy": policy(&format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{REST}/*/GET/*")).to_string() }),
            )],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod POST /orders function:orders-fn: API Gateway may not call orders-fn for POST /orders of prod",
            ],
        ),
        case(
            "lambda-permission-missing",
            shop,
            &[(
                "/lambda/get_policy/cart-fn",
                json!({
            "Policy": policy(&format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{HTTP}/*/GET/cart")).to_string() }),
            )],
            &[],
        ),
        case(
            "lambda-permission-missing",
            orders,
            &[("/lambda/get_policy", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod GET / function:orders-fn: access denied: lambda:GetPolicy on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetPolicy)",
                "not evaluated /restapis/a1b2c3d4e5/stages/prod GET /orders function:orders-fn: access denied: lambda:GetPolicy on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetPolicy)",
                "not evaluated /restapis/a1b2c3d4e5/stages/prod POST /orders function:orders-fn: access denied: lambda:GetPolicy on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetPolicy)",
            ],
        ),
        case(
            "lambda-function-missing",
            orders,
            &[
                ("/lambda/get_function_configuration/orders-fn", Value::Null),
                ("/lambda/get_function_configuration", json!({ "orders-fn": null })),
            ],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod function:orders-fn: prod calls the function orders-fn, which does not exist",
            ],
        ),
        case("lambda-function-missing", orders, &[], &[]),
        case(
            "lambda-function-missing",
            orders,
            &[("/lambda/get_function_configuration", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod function:orders-fn: access denied: lambda:GetFunctionConfiguration on arn:aws:lambda:eu-west-1:111122223333:function:orders-fn (for lambda:GetFunctionConfiguration)",
            ],
        ),
        case(
            "unset-stage-variable",
            with_variable,
            &[],
            &[
                "high /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders needs the stage variable fn, which prod does not set",
            ],
        ),
        case("unset-stage-variable", with_variable, &[(&at(stage, "variables"), json!({ "fn": "orders-fn" }))], &[]),
        case(
            "unset-stage-variable",
            with_variable,
            &[("/apigateway/get_stages", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)",
            ],
        ),
        case(
            "root-without-method",
            without_root,
            &[],
            &["info /restapis/a1b2c3d4e5/stages/prod: prod has no method for /"],
        ),
        case("root-without-method", orders, &[], &[]),
        case(
            "root-without-method",
            without_root,
            &[("/apigateway/get_deployment/{REST}/dep001", denied()), ("/apigateway/get_export", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments/dep001 (for apigateway:GetDeployment)",
            ],
        ),
        case(
            "key-without-usage-plan",
            with_key,
            &[("/apigateway/get_usage_plan_keys/p1/items", json!([]))],
            &["medium /apikeys/k1: the API key partner is in no usage plan"],
        ),
        case("key-without-usage-plan", with_key, &[], &[]),
        case(
            "key-without-usage-plan",
            with_key,
            &[("/apigateway/get_usage_plan_keys", denied())],
            &[
                "not evaluated /apikeys/k1: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans/p1/keys (for apigateway:GetUsagePlanKeys)",
            ],
        ),
        case(
            "suppression-without-effect",
            orders,
            &[(tags, json!({ "stagecheck:suppress:waf-block": "by design" }))],
            &[
                "info /restapis/a1b2c3d4e5 stagecheck:suppress:waf-block: the suppression of waf-block, API a1b2c3d4e5 is for nothing in eu-west-1",
            ],
        ),
        case(
            "suppression-without-effect",
            shop,
            &[("/apigatewayv2/get_apis/Items/0/Tags", json!({ "stagecheck:suppress:waf-block": "" }))],
            &[
                "low /apis/h1t2t3p4a5 stagecheck:suppress:waf-block: the tag stagecheck:suppress:waf-block of shop suppresses nothing: it gives no reason",
            ],
        ),
        case(
            "suppression-without-effect",
            orders,
            &[
                (tags, json!({ "stagecheck:suppress:undeployed-change": "by design" })),
                (&at(post, "apiKeyRequired"), json!(true)),
            ],
            &[],
        ),
        case(
            "suppression-without-effect",
            orders,
            &[
                (tags, json!({ "stagecheck:suppress:undeployed-change": "by design" })),
                ("/apigateway/get_export", denied()),
            ],
            &[
                "not evaluated /restapis/a1b2c3d4e5 stagecheck:suppress:undeployed-change: whether it is for anything is not known, for undeployed-change: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod/exports/oas30 (for apigateway:GetExport)",
            ],
        ),
        case(
            "usage-plan-not-on-stage",
            with_key,
            &[("/apigateway/get_usage_plans/items/0/apiStages", json!([]))],
            &["high /restapis/a1b2c3d4e5/stages/prod: prod asks for API keys, and no usage plan opens it"],
        ),
        case("usage-plan-not-on-stage", with_key, &[], &[]),
        case(
            "usage-plan-not-on-stage",
            with_key,
            &[("/apigateway/get_usage_plans", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/usageplans (for apigateway:GetUsagePlans)",
            ],
        ),
        case(
            "domain-mapping-to-missing-stage",
            with_domain,
            &[("/apigatewayv2/get_api_mappings/api.example.com/Items/0/Stage", json!("beta"))],
            &[
                "high /domainnames/api.example.com v1: api.example.com/v1 leads to the stage beta of orders, which does not exist",
            ],
        ),
        case(
            "domain-mapping-to-missing-stage",
            with_domain,
            &[
                ("/apigatewayv2/get_api_mappings", denied()),
                (
                    "/apigateway/get_base_path_mappings",
                    json!({ "api.example.com": { "items": [
                { "basePath": "(none)", "restApiId": "zzzzzzzzzz", "stage": "prod" }] } }),
                ),
            ],
            &[
                "high /domainnames/api.example.com (none): api.example.com/ leads to the API zzzzzzzzzz, which does not exist",
            ],
        ),
        case("domain-mapping-to-missing-stage", with_domain, &[], &[]),
        case(
            "domain-mapping-to-missing-stage",
            with_domain,
            &[("/apigatewayv2/get_api_mappings", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames/api.example.com/apimappings (for apigatewayv2:GetApiMappings)",
            ],
        ),
    ]);
    cases
}

fn place(resource: &Resource) -> String {
    let is_function = resource.function.as_ref() == Some(&resource.arn);
    if is_function {
        // A group of errors is told apart by a hash that nobody can read.
        return resource.arn.split_once(":function:").unwrap().1.to_owned();
    }
    let arn = resource.arn.rsplit("::").next().unwrap();
    let function =
        resource.function.as_deref().and_then(|arn| arn.split_once(":function:")).map(|(_, n)| format!("function:{n}"));
    let parts =
        [Some(arn), resource.method.as_deref(), resource.path.as_deref(), function.as_deref(), resource.key.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// All that one check says.
fn said(report: &Report, check: &str) -> Vec<String> {
    let findings = report.findings.iter().filter(|finding| finding.check == check);
    let findings = findings.map(|f| format!("{} {}: {}", f.severity.name(), place(&f.resource), f.title));
    let not_evaluated = report.not_evaluated.iter().filter(|entry| entry.check == check);
    let not_evaluated = not_evaluated.map(|n| format!("not evaluated {}: {}", place(&n.resource), n.reason));
    findings.chain(not_evaluated).collect()
}

#[tokio::test]
async fn each_case_says_exactly_what_it_should() {
    for case in cases() {
        let mut recording = (case.account)();
        for (at, value) in &case.edits {
            edit(&mut recording, at, value.clone());
        }
        let report = Served::start(recording).await.audit().await;
        assert_eq!(said(&report, case.check), case.says, "{} {:?}", case.check, case.edits);
    }
}

#[test]
fn each_check_has_a_case_that_fires_one_that_is_silent_and_one_that_was_not_read() {
    for check in checks::ALL.iter().filter(|check| !tests::is_warning(check)) {
        let cases = cases();
        let own: Vec<&Case> = cases.iter().filter(|case| case.check == check.id).collect();
        let is_not_read = |case: &&&Case| case.says.iter().any(|line| line.starts_with("not evaluated"));
        assert!(
            own.iter().any(|case| case.says.iter().any(|line| !line.starts_with("not evaluated"))),
            "{} fires",
            check.id
        );
        assert!(own.iter().any(|case| case.says.is_empty()), "{} is silent", check.id);
        assert!(own.iter().any(|case| is_not_read(&case)), "{} was not read", check.id);
    }
}

#[tokio::test]
async fn an_account_in_order_has_no_finding() {
    for (account, name) in [(orders as fn() -> Value, "orders"), (shop, "shop"), (chat, "chat")] {
        let report = Served::start(account()).await.audit().await;
        assert_eq!(report.findings.iter().map(|f| &f.title).collect::<Vec<_>>(), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_finding_is_about_one_resource_and_no_two_are_alike() {
    let report = Served::start(tests::shop()).await.audit().await;
    let fingerprints: BTreeSet<&String> = report.findings.iter().map(|finding| &finding.fingerprint).collect();
    assert_eq!(fingerprints.len(), report.findings.len());
    let again = Served::start(tests::shop()).await.audit().await;
    assert_eq!(
        serde_json::to_string(&again).unwrap(),
        serde_json::to_string(&report).unwrap(),
        "the same bytes every time"
    );
}
