//! The cases of the checks on custom domain names.

use serde_json::{Value, json};
use tests::edit;
use tests::shapes::{HTTP, REST, shop};

use super::{Case, case, denied, with_domain};

/// What the domain name's record should lead to.
const TARGET: &str = "d-abcdef1234.execute-api.eu-west-1.amazonaws.com";
/// The domain name's certificate.
const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/1";

/// `orders` with a domain name that has one more member.
fn with(member: &str, value: Value) -> Value {
    let mut recording = with_domain();
    edit(&mut recording, &format!("/apigateway/get_domain_names/items/0/{member}"), value);
    recording
}

/// The domain name leads to the stage `old`, which serves `GET /ping` alone.
fn mapped_to_old() -> Value {
    let mut recording = with_domain();
    edit(&mut recording, "/apigatewayv2/get_api_mappings/api.example.com/Items/0/Stage", json!("old"));
    let apigateway = &mut recording["apigateway"];
    let stages = apigateway["get_stages"][REST]["item"].as_array_mut().unwrap();
    stages.insert(0, json!({ "stageName": "old", "deploymentId": "dep000" }));
    let methods = json!({ "/ping": { "GET": { "authorizationType": "NONE", "apiKeyRequired": false } } });
    apigateway["get_deployment"][REST]["dep000"] =
        json!({ "id": "dep000", "createdDate": "2026-09-01T09:00:00Z", "apiSummary": methods });
    recording
}

fn rule(id: &str, priority: u8, conditions: &Value, stage: &str) -> Value {
    let call = json!({ "ApiId": REST, "Stage": stage, "StripBasePath": true });
    json!({ "RoutingRuleId": id, "Priority": priority, "Conditions": conditions, "Actions": [{ "InvokeApi": call }] })
}

/// The domain name goes by one rule alone, for `v1`.
fn ruled() -> Value {
    let mut recording = with("routingMode", json!("ROUTING_RULE_ONLY"));
    let v1 = json!([{ "MatchBasePaths": { "AnyOf": ["v1"] } }]);
    edit(&mut recording, "/apigatewayv2/get_api_mappings/api.example.com/Items", json!([]));
    recording["apigatewayv2"]["list_routing_rules"] =
        json!({ "api.example.com": { "RoutingRules": [rule("r1", 10, &v1, "prod")] } });
    recording
}

/// Before that rule comes one that takes all, and leads to `old`.
fn shadowed() -> Value {
    let mut recording = mapped_to_old();
    for part in ["apigateway", "apigatewayv2"] {
        let names = ["get_domain_names", "get_api_mappings", "list_routing_rules"];
        for name in names.into_iter().filter(|name| !ruled()[part][name].is_null()) {
            recording[part][name] = ruled()[part][name].clone();
        }
    }
    let rules = recording["apigatewayv2"]["list_routing_rules"]["api.example.com"]["RoutingRules"].as_array_mut();
    rules.unwrap().push(rule("all", 1, &json!([]), "old"));
    recording
}

fn http_domain() -> Value {
    let mut recording = shop();
    recording["apigateway"]["get_domain_names"] = with_domain()["apigateway"]["get_domain_names"].clone();
    recording["apigatewayv2"]["get_api_mappings"]["api.example.com"] =
        json!({ "Items": [{ "ApiMappingId": "m1", "ApiId": HTTP, "ApiMappingKey": "v1", "Stage": "prod" }] });
    recording
}

fn looked_up() -> Value {
    let mut recording = with("regionalDomainName", json!(TARGET));
    let own = format!("{REST}.execute-api.eu-west-1.amazonaws.com");
    recording["network"] = json!({ "dns_cname": { "api.example.com": own } });
    recording
}

fn certified() -> Value {
    let mut recording = with("regionalCertificateArn", json!(CERTIFICATE));
    let expired = json!({ "Status": "EXPIRED", "DomainName": "*.example.com", "NotAfter": "2026-01-01T00:00:00Z" });
    recording["acm"] = json!({ "describe_certificate": { CERTIFICATE: { "Certificate": expired } } });
    recording
}

fn with_truststore() -> Value {
    with("mutualTlsAuthentication", json!({ "truststoreUri": "s3://trust/ca.pem" }))
}

fn private_domain() -> Value {
    let mut recording = with("endpointConfiguration", json!({ "types": ["PRIVATE"] }));
    let arn = "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/api.example.com+p1";
    edit(&mut recording, "/apigateway/get_domain_names/items/0/domainNameArn", json!(arn));
    recording["apigateway"]["get_base_path_mappings"] =
        json!({ "api.example.com": { "items": [{ "basePath": "(none)", "restApiId": REST, "stage": "prod" }] } });
    recording["apigateway"]["get_domain_name_access_associations"] = json!({ "items": [] });
    recording
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "custom-domain-no-mapping",
            with_domain,
            &[("/apigatewayv2/get_api_mappings/api.example.com/Items", json!([]))],
            &["medium /domainnames/api.example.com: api.example.com: The domain name leads to no API"],
        ),
        case("custom-domain-no-mapping", with_domain, &[], &[]),
        case(
            "custom-domain-no-mapping",
            with_domain,
            &[("/apigateway/get_domain_names", denied())],
            &[
                "not evaluated /domainnames: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames (for apigateway:GetDomainNames)",
            ],
        ),
        case(
            "custom-domain-wrong-stage-mapping",
            mapped_to_old,
            &[],
            &[
                "high /domainnames/api.example.com v1: api.example.com/v1: The mapping leads to another stage than the one with the route",
            ],
        ),
        case("custom-domain-wrong-stage-mapping", with_domain, &[], &[]),
        case(
            "custom-domain-wrong-stage-mapping",
            mapped_to_old,
            &[("/apigateway/get_domain_names", denied())],
            &[
                "not evaluated /domainnames: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames (for apigateway:GetDomainNames)",
            ],
        ),
        case(
            "routing-rule-no-match",
            ruled,
            &[("/apigatewayv2/list_routing_rules/api.example.com/RoutingRules", json!([]))],
            &[
                "medium /domainnames/api.example.com: api.example.com: No routing rule takes requests to the domain name",
            ],
        ),
        case("routing-rule-no-match", ruled, &[], &[]),
        case(
            "routing-rule-no-match",
            ruled,
            &[("/apigatewayv2/list_routing_rules", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames/api.example.com/routingrules (for apigatewayv2:ListRoutingRules)",
            ],
        ),
        case(
            "routing-rule-shadows",
            shadowed,
            &[],
            &[
                "high /domainnames/api.example.com rule r1: api.example.com rule r1: A routing rule takes the request away from where it would be answered",
            ],
        ),
        case("routing-rule-shadows", ruled, &[], &[]),
        case(
            "routing-rule-shadows",
            shadowed,
            &[("/apigatewayv2/list_routing_rules", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames/api.example.com/routingrules (for apigatewayv2:ListRoutingRules)",
            ],
        ),
        case(
            "routing-mode-ignores-mappings",
            ruled,
            &[(
                "/apigatewayv2/get_api_mappings/api.example.com/Items",
                json!([{ "ApiMappingId": "m1", "ApiId": REST, "ApiMappingKey": "v2", "Stage": "prod" }]),
            )],
            &[
                "medium /domainnames/api.example.com v2: api.example.com/v2: A custom domain name has mappings that it does not look at",
            ],
        ),
        case("routing-mode-ignores-mappings", with_domain, &[], &[]),
        case(
            "routing-mode-ignores-mappings",
            ruled,
            &[("/apigatewayv2/list_routing_rules", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames/api.example.com/routingrules (for apigatewayv2:ListRoutingRules)",
            ],
        ),
        case(
            "http-mapping-no-match",
            http_domain,
            &[],
            &[
                "info /domainnames/api.example.com: api.example.com: Paths outside the keys of the mappings lead nowhere",
            ],
        ),
        case("http-mapping-no-match", with_domain, &[], &[]),
        case(
            "http-mapping-no-match",
            http_domain,
            &[("/apigateway/get_domain_names", denied())],
            &[
                "not evaluated /domainnames: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames (for apigateway:GetDomainNames)",
            ],
        ),
        case(
            "custom-domain-dns-wrong-target",
            looked_up,
            &[],
            &[
                "high /domainnames/api.example.com: api.example.com: The custom domain name's DNS record leads elsewhere",
            ],
        ),
        case(
            "custom-domain-dns-wrong-target",
            looked_up,
            &[("/network/dns_cname/api.example.com", json!(TARGET))],
            &[],
        ),
        case("custom-domain-dns-wrong-target", with_domain, &[], &[]),
        case(
            "custom-domain-dns-wrong-target",
            looked_up,
            &[("/network/dns_cname", json!({}))],
            &[
                "not evaluated /domainnames/api.example.com: failed: dns:CNAME on api.example.com: the recording does not hold it",
            ],
        ),
        case(
            "custom-domain-cert-problem",
            certified,
            &[],
            &[
                "high /domainnames/api.example.com: api.example.com: The custom domain name's certificate does not serve",
            ],
        ),
        case(
            "custom-domain-cert-problem",
            certified,
            &[(
                "/acm/describe_certificate",
                json!({ CERTIFICATE: { "Certificate": { "Status": "ISSUED", "DomainName": "*.example.com", "NotAfter": "2027-01-01T00:00:00Z" } } }),
            )],
            &[],
        ),
        case(
            "custom-domain-cert-problem",
            certified,
            &[("/acm", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: acm:DescribeCertificate on arn:aws:acm:eu-west-1:111122223333:certificate/1 (for acm:DescribeCertificate)",
            ],
        ),
        case(
            "mtls-client-cert-missing-or-bad",
            with_truststore,
            &[],
            &["info /domainnames/api.example.com: api.example.com: Callers need a client certificate"],
        ),
        case("mtls-client-cert-missing-or-bad", with_domain, &[], &[]),
        case(
            "mtls-client-cert-missing-or-bad",
            with_truststore,
            &[("/apigateway/get_domain_names", denied())],
            &[
                "not evaluated /domainnames: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnames (for apigateway:GetDomainNames)",
            ],
        ),
        case(
            "private-domain-no-access-association",
            private_domain,
            &[],
            &[
                "medium /domainnames/api.example.com: api.example.com: The private custom domain name is not opened to the VPC endpoint",
            ],
        ),
        case(
            "private-domain-no-access-association",
            private_domain,
            &[(
                "/apigateway/get_domain_name_access_associations/items",
                json!([{ "domainNameArn": "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/api.example.com+p1" }]),
            )],
            &[],
        ),
        case(
            "private-domain-no-access-association",
            private_domain,
            &[("/apigateway/get_domain_name_access_associations", denied())],
            &[
                "not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/domainnameaccessassociations (for apigateway:GetDomainNameAccessAssociations)",
            ],
        ),
    ]
}
