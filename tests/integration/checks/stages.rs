//! The cases of the checks on stages and on APIs as a whole.

use serde_json::{Value, json};
use tests::edit;
use tests::exporter::Format;
use tests::shapes::{REST, deploy, orders};

use super::{Case, case, denied};

/// `orders`, with an older deployment that has `GET /orders` alone.
fn with_older() -> Value {
    let mut recording = orders();
    let methods = json!({ "/orders": { "GET": { "authorizationType": "NONE", "apiKeyRequired": false } } });
    recording["apigateway"]["get_deployment"][REST]["dep000"] =
        json!({ "id": "dep000", "createdDate": "2026-09-01T09:00:00Z", "apiSummary": methods });
    recording
}

fn with_canary() -> Value {
    let mut recording = with_older();
    recording["apigateway"]["get_stages"][REST]["item"][0]["canarySettings"] =
        json!({ "percentTraffic": 25.0, "deploymentId": "dep000" });
    recording
}

fn beside_sams() -> Value {
    let mut recording = with_older();
    let stages = recording["apigateway"]["get_stages"][REST]["item"].as_array_mut().unwrap();
    stages.push(json!({ "stageName": "Stage", "deploymentId": "dep000" }));
    recording
}

fn with_greedy() -> Value {
    let mut recording = orders();
    let resources = recording["apigateway"]["get_resources"][REST]["items"].as_array_mut().unwrap();
    let mut greedy = resources[1].clone();
    for (name, value) in [("id", "res003"), ("path", "/files/{proxy+}"), ("pathPart", "{proxy+}")] {
        greedy[name] = json!(value);
    }
    resources.push(greedy);
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    recording
}

fn with_responses() -> Value {
    let mut recording = orders();
    recording["apigateway"]["get_gateway_responses"][REST]["items"] = json!([{
        "responseType": "DEFAULT_4XX", "defaultResponse": false, "responseTemplates": { "application/json": "{}" } }]);
    recording
}

/// `orders` with one more member of the API.
fn with(member: &str, value: Value) -> Value {
    let mut recording = orders();
    edit(&mut recording, &format!("/apigateway/get_rest_apis/items/0/{member}"), value);
    recording
}

fn switched_off() -> Value {
    with("disableExecuteApiEndpoint", json!(true))
}

fn strict() -> Value {
    with("endpointAccessMode", json!("STRICT"))
}

fn with_cache() -> Value {
    let mut recording = orders();
    let stage = &mut recording["apigateway"]["get_stages"][REST]["item"][0];
    stage["cacheClusterEnabled"] = json!(true);
    stage["methodSettings"] = json!({ "~1orders/GET": { "cachingEnabled": true,
        "requireAuthorizationForCacheControl": true, "unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403" } });
    recording
}

fn guarded() -> Value {
    let mut recording = orders();
    recording["apigateway"]["get_stages"][REST]["item"][0]["webAclArn"] =
        json!("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/api-acl/1111");
    let rule = json!({ "Name": "crs", "Priority": 1, "OverrideAction": { "None": {} } });
    let acl = json!({ "Name": "api-acl", "DefaultAction": { "Allow": {} }, "Rules": [rule] });
    let stage = format!("arn:aws:apigateway:eu-west-1::/restapis/{REST}/stages/prod");
    recording["wafv2"] = json!({ "get_web_acl_for_resource": { (stage): { "WebACL": acl } } });
    recording
}

fn policy(effect: &str, operator: &str, range: &str) -> Value {
    let statement = |effect: &str, condition: Value| {
        json!({ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
            "Condition": condition })
    };
    let own = statement(effect, json!({ operator: { "aws:SourceIp": range } }));
    let all = if effect == "Deny" { json!([statement("Allow", json!({})), own]) } else { json!([own]) };
    let mut recording = with("policy", json!(json!({ "Version": "2012-10-17", "Statement": all }).to_string()));
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    recording
}

fn allowing() -> Value {
    policy("Allow", "IpAddress", "203.0.113.0/24")
}

fn denying() -> Value {
    policy("Deny", "NotIpAddress", "203.0.113.0/24")
}

fn for_ipv6() -> Value {
    policy("Allow", "IpAddress", "2001:db8::/32")
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "rest-canary-missing-route",
            with_canary,
            &[],
            &[
                "medium /restapis/a1b2c3d4e5/stages/prod GET /: GET /: A canary and its stage do not serve the same routes",
                "medium /restapis/a1b2c3d4e5/stages/prod POST /orders: POST /orders: A canary and its stage do not serve the same routes",
            ],
        ),
        case("rest-canary-missing-route", orders, &[], &[]),
        case(
            "rest-canary-missing-route",
            with_canary,
            &[("/apigateway/get_deployment/{REST}/dep000", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments/dep000 (for apigateway:GetDeployment)",
            ],
        ),
        case(
            "rest-greedy-parent-not-covered",
            with_greedy,
            &[],
            &[
                "info /restapis/a1b2c3d4e5/stages/prod GET /files: GET /files: A greedy route leaves out the path above it",
            ],
        ),
        case("rest-greedy-parent-not-covered", orders, &[], &[]),
        case(
            "rest-greedy-parent-not-covered",
            with_greedy,
            &[("/apigateway/get_deployment/{REST}/dep001", denied()), ("/apigateway/get_export", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments/dep001 (for apigateway:GetDeployment)",
            ],
        ),
        case(
            "sam-default-stage-used",
            beside_sams,
            &[],
            &[
                "low /restapis/a1b2c3d4e5/stages/Stage: GET / and 1 more: The stage that SAM adds by itself lacks routes",
            ],
        ),
        case("sam-default-stage-used", orders, &[], &[]),
        case(
            "sam-default-stage-used",
            beside_sams,
            &[("/apigateway/get_deployment/{REST}/dep000", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/Stage: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/deployments/dep000 (for apigateway:GetDeployment)",
            ],
        ),
        case(
            "gateway-response-customised",
            with_responses,
            &[],
            &["info /restapis/a1b2c3d4e5: orders: Gateway responses hide which error it was"],
        ),
        case("gateway-response-customised", orders, &[], &[]),
        case(
            "gateway-response-customised",
            with_responses,
            &[("/apigateway/get_gateway_responses", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/gatewayresponses (for apigateway:GetGatewayResponses)",
            ],
        ),
        case(
            "default-endpoint-disabled",
            switched_off,
            &[],
            &["medium /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off"],
        ),
        case("default-endpoint-disabled", orders, &[], &[]),
        case(
            "default-endpoint-disabled",
            switched_off,
            &[("/apigateway/get_domain_names", denied())],
            &[
                "info /restapis/a1b2c3d4e5: orders: The API's own endpoint is switched off",
                "not evaluated /domainnames: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames (for apigateway:GetDomainNames)",
            ],
        ),
        case(
            "cache-invalidation-forbidden",
            with_cache,
            &[],
            &[
                "low /restapis/a1b2c3d4e5/stages/prod: GET /orders: The cache refuses requests that ask for a fresh answer",
            ],
        ),
        case("cache-invalidation-forbidden", orders, &[], &[]),
        case(
            "cache-invalidation-forbidden",
            with_cache,
            &[("/apigateway/get_stages", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)",
            ],
        ),
        case("waf-block", guarded, &[], &["info /restapis/a1b2c3d4e5/stages/prod: prod: A web ACL may block requests"]),
        case("waf-block", orders, &[], &[]),
        case(
            "waf-block",
            guarded,
            &[("/wafv2", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: wafv2:GetWebACLForResource on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod (for wafv2:GetWebACLForResource)",
            ],
        ),
        case(
            "sni-host-mismatch-strict",
            strict,
            &[],
            &["info /restapis/a1b2c3d4e5: orders: The endpoint refuses calls by another host name"],
        ),
        case("sni-host-mismatch-strict", orders, &[], &[]),
        case(
            "sni-host-mismatch-strict",
            strict,
            &[("/apigateway/get_rest_apis", denied())],
            &[
                "not evaluated /restapis: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis (for apigateway:GetRestApis)",
            ],
        ),
        case(
            "resource-policy-implicit-deny",
            allowing,
            &[],
            &["info /restapis/a1b2c3d4e5: orders: The resource policy lets in some senders alone"],
        ),
        case("resource-policy-implicit-deny", orders, &[], &[]),
        case(
            "resource-policy-implicit-deny",
            allowing,
            &[("/apigateway/get_stages", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)",
            ],
        ),
        case(
            "resource-policy-explicit-deny",
            denying,
            &[],
            &["info /restapis/a1b2c3d4e5: orders: The resource policy denies some senders"],
        ),
        case("resource-policy-explicit-deny", orders, &[], &[]),
        case(
            "resource-policy-explicit-deny",
            denying,
            &[("/apigateway/get_stages", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)",
            ],
        ),
        case(
            "ip-address-type-mismatch",
            for_ipv6,
            &[],
            &["low /restapis/a1b2c3d4e5: orders from 2001:db8::/32: The client and the API share no version of IP"],
        ),
        case("ip-address-type-mismatch", allowing, &[], &[]),
        case(
            "ip-address-type-mismatch",
            for_ipv6,
            &[("/apigateway/get_rest_apis", denied())],
            &[
                "not evaluated /restapis: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis (for apigateway:GetRestApis)",
            ],
        ),
    ]
}
