//! How many calls an audit makes, counted by operation, and which permissions they take.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use collect::{Depth, Known, LogLimits, Scope, Watch, permissions};
use engine::case::facts::Read;
use engine::policy;
use engine::reads::AccessKeyId;
use sandbox::Calls;
use serde_json::{Value, json};
use tests::exporter::Format;
use tests::shapes::{REST, chat, deploy, every_http_field, every_rest_field, metric, orders, shop};
use tests::{Served, edit};

/// A REST API with two stages on two deployments.
fn two_stages() -> Value {
    let mut recording = orders();
    let export = recording["apigateway"]["get_export"][format!("{REST}/prod")].clone();
    recording["apigateway"]["get_export"][format!("{REST}/dev")] = export;
    deploy(&mut recording, "dev", "dep002", Format::Oas30);
    edit(
        &mut recording,
        &format!("/apigateway/get_stages/{REST}/item"),
        json!([
            { "stageName": "prod", "deploymentId": "dep001" }, { "stageName": "dev", "deploymentId": "dep002" },
        ]),
    );
    recording
}

/// An HTTP API with two stages on two deployments.
fn two_http_stages() -> Value {
    let mut recording = shop();
    let v2 = &mut recording["apigatewayv2"];
    let export = v2["export_api"]["h1t2t3p4a5/prod"].clone();
    v2["export_api"]["h1t2t3p4a5/dev"] = export;
    v2["get_stages"]["h1t2t3p4a5"] = json!({ "Items": [
        { "StageName": "prod", "DeploymentId": "hd1" }, { "StageName": "dev", "DeploymentId": "hd2" },
    ] });
    recording
}

/// Calls of the control plane, without the lists of APIs: of the first audit, and of the next that knows the deployments.
async fn cold_and_warm(recording: Value) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let served = Served::start(recording).await;
    let first = served.snapshots_of(Depth::Drift, &Known::default()).await;
    let cold = served.calls().operations;
    let known = Known::from_snapshots(&first);
    let second = served.snapshots_of(Depth::Drift, &known).await;
    let mut warm = served.calls().operations;
    warm.retain(|name, count| {
        *count -= cold.get(name).copied().unwrap_or_default();
        *count > 0
    });
    // What is known already is not taken for what was read just now.
    let fresh = |snapshots: &[engine::snapshot::Snapshot]| {
        let deployed = snapshots[0].apis[0].deployed.values();
        deployed.map(|deployed| deployed.export.ok().map(|export| export.fresh)).collect::<Vec<_>>()
    };
    assert!(
        fresh(&first).iter().all(|fresh| *fresh == Some(true))
            && fresh(&second).iter().all(|fresh| *fresh == Some(false))
    );
    let without_lists = |mut calls: BTreeMap<String, usize>| {
        calls.retain(|name, _| !["apigateway.get_rest_apis", "apigatewayv2.get_apis"].contains(&name.as_str()));
        calls
    };
    (without_lists(cold), without_lists(warm))
}

#[tokio::test]
async fn a_rest_api_costs_eight_calls_and_four_when_its_deployments_are_known() {
    let (cold, warm) = cold_and_warm(two_stages()).await;
    let expected = [
        ("apigateway.get_deployment", 2),
        ("apigateway.get_deployments", 1),
        ("apigateway.get_export", 2),
        ("apigateway.get_gateway_responses", 1),
        ("apigateway.get_resources", 1),
        ("apigateway.get_stages", 1),
    ];
    assert_eq!(cold, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(warm.values().sum::<usize>(), 4, "{warm:?}");
}

#[tokio::test]
async fn an_http_api_costs_five_calls_and_three_when_its_deployments_are_known() {
    let (cold, warm) = cold_and_warm(two_http_stages()).await;
    let expected =
        [("apigatewayv2.export_api", 3), ("apigatewayv2.get_deployments", 1), ("apigatewayv2.get_stages", 1)];
    assert_eq!(cold, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(warm.values().sum::<usize>(), 3, "{warm:?}");
}

#[tokio::test]
async fn a_list_is_read_only_if_something_refers_to_it() {
    let calls = |recording: Value| async {
        let served = Served::start(recording).await;
        served.drift().await;
        served.calls().operations
    };
    let all = calls(every_rest_field(Format::Oas30)).await;
    for list in ["apigateway.get_authorizers", "apigateway.get_models", "apigateway.get_request_validators"] {
        assert_eq!(all.get(list), Some(&1), "{list}");
    }
    assert_eq!(calls(every_http_field()).await.get("apigatewayv2.get_authorizers"), Some(&1));
}

#[tokio::test]
async fn a_function_costs_three_calls_however_many_routes_call_it() {
    let served = Served::start(orders()).await;
    served.audit().await;
    let calls = served.calls();
    assert_eq!(calls.of("lambda"), 3, "{:?}", calls.operations);
}

#[tokio::test]
async fn a_kept_export_is_read_anew_when_something_in_it_might_have_been_live() {
    let mut recording = orders();
    let first = Served::start(recording.clone()).await.snapshots_of(Depth::Drift, &Known::default()).await;
    let policy = json!({ "Version": "2012-10-17", "Statement": [] });
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/policy", json!(policy.to_string()));
    let served = Served::start(recording).await;
    let second = served.snapshots_of(Depth::Drift, &Known::from_snapshots(&first)).await;
    assert_eq!(served.calls().operations.get("apigateway.get_export"), Some(&1));
    let drift = engine::drift::api(&second[0], &second[0].apis[0], &|_| true);
    let fields: Vec<_> = drift.stages[0].changes.iter().filter_map(|change| change.field.as_deref()).collect();
    assert_eq!(fields, ["policy"], "proven by an export of now");
}

/// A REST API and an HTTP API that refer to VPC links, a role, a throttle of their own and a user pool's client.
fn referring() -> Value {
    let mut recording = orders();
    let methods = &mut recording["apigateway"]["get_resources"][REST]["items"][1]["resourceMethods"];
    let linked = json!({
        "type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://orders.internal/", "connectionType": "VPC_LINK",
        "connectionId": "link01",
    });
    methods["GET"]["methodIntegration"] = linked;
    let uri = "arn:aws:apigateway:eu-west-1:sqs:path/111122223333/orders";
    let role = "arn:aws:iam::111122223333:role/sender";
    methods["POST"]["methodIntegration"] = json!({
        "type": "AWS", "httpMethod": "POST", "uri": uri, "credentials": role,
        "integrationResponses": { "200": { "statusCode": "200" } },
    });
    recording["apigateway"]["get_stages"][REST]["item"][0]["methodSettings"] =
        json!({ "*/*": { "throttlingRateLimit": 5000.0, "throttlingBurstLimit": 100 } });
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    let mut http = shop()["apigatewayv2"].clone();
    for key in ["h1t2t3p4a5", "h1t2t3p4a5/prod"] {
        let document = &mut http["export_api"][key];
        let get = &mut document["paths"]["/cart"]["get"];
        get["security"] = json!([{ "people": [] }]);
        get["x-amazon-apigateway-integration"] = json!({
            "payloadFormatVersion": "1.0", "type": "http_proxy", "httpMethod": "ANY", "uri": "http://cart.internal/",
            "connectionType": "VPC_LINK", "connectionId": "link02",
        });
        let issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123";
        document["components"]["securitySchemes"]["people"] = json!({
            "type": "oauth2", "flows": {}, "x-amazon-apigateway-authorizer": {
                "type": "jwt", "identitySource": "$request.header.Authorization",
                "jwtConfiguration": { "audience": ["3n4b5urk1ft4fl3mg5e62d9ado"], "issuer": issuer },
            },
        });
    }
    recording["apigatewayv2"] = http;
    recording["cognito-idp"] = json!({ "describe_user_pool": { "eu-west-1_AbCdEf123": { "UserPool": {} } } });
    recording
}

/// The IAM action and resource of each read that a sandbox saw.
fn needed(calls: &Calls) -> BTreeSet<(String, String)> {
    let of_path = |(service, path): &(String, String)| match service.as_str() {
        "apigateway" => {
            let path = path.strip_prefix("/v2").unwrap_or(path);
            Some(("apigateway:GET".to_owned(), format!("arn:aws:apigateway:eu-west-1::{path}")))
        }
        "lambda" => {
            let (_, rest) = path.split_once("/functions/")?;
            let (name, what) = rest.split_once('/')?;
            let action = match what {
                "policy" => "lambda:GetPolicy",
                "url" => "lambda:GetFunctionUrlConfig",
                "urls" => "lambda:ListFunctionUrlConfigs",
                _ => "lambda:GetFunctionConfiguration",
            };
            Some((action.to_owned(), format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")))
        }
        "cloudtrail" => Some(("cloudtrail:LookupEvents".to_owned(), "*".to_owned())),
        "monitoring" => Some(("cloudwatch:GetMetricData".to_owned(), "*".to_owned())),
        _ => None,
    };
    // All requests of CloudWatch Logs go to one path.
    let of_logs = |operation: &String| {
        let action = match operation.strip_prefix("logs.")? {
            "describe_log_groups" => "DescribeLogGroups",
            "filter_log_events" => "FilterLogEvents",
            "start_query" => "StartQuery",
            "get_query_results" => return Some(("logs:GetQueryResults".to_owned(), "*".to_owned())),
            "stop_query" => return Some(("logs:StopQuery".to_owned(), "*".to_owned())),
            other => panic!("{other} has no permission"),
        };
        Some((format!("logs:{action}"), "arn:aws:logs:eu-west-1:111122223333:log-group:name".to_owned()))
    };
    // So do those of Cognito and IAM.
    let of_identities = |operation: &String| {
        let (action, resource) = match operation.as_str() {
            "iam.get_role" => ("iam:GetRole", "arn:aws:iam::111122223333:role/sender"),
            "iam.get_access_key_last_used" => ("iam:GetAccessKeyLastUsed", "arn:aws:iam::111122223333:user/*"),
            "iam.list_access_keys" => ("iam:ListAccessKeys", "arn:aws:iam::111122223333:user/app"),
            "iam.simulate_principal_policy" => ("iam:SimulatePrincipalPolicy", "arn:aws:iam::111122223333:role/app"),
            "cognito-idp.describe_user_pool_domain" => ("cognito-idp:DescribeUserPoolDomain", "*"),
            "cognito-idp.describe_user_pool" => {
                ("cognito-idp:DescribeUserPool", "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/pool")
            }
            "cognito-idp.describe_user_pool_client" => {
                ("cognito-idp:DescribeUserPoolClient", "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/pool")
            }
            other if ["iam.", "cognito-idp."].iter().any(|service| other.starts_with(service)) => {
                panic!("{other} has no permission")
            }
            _ => return None,
        };
        Some((action.to_owned(), resource.to_owned()))
    };
    // Nor do the paths of the services of which one or two reads are made tell anything.
    let of_others = |operation: &String| {
        let own = |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{rest}");
        let stage = format!("arn:aws:apigateway:eu-west-1::/restapis/{REST}/stages/prod");
        let (action, resources) = match operation.as_str() {
            "wafv2.get_web_acl_for_resource" => {
                ("wafv2:GetWebACLForResource", vec![own("wafv2", "regional/webacl/a/1"), stage])
            }
            "ec2.describe_vpc_endpoints" => ("ec2:DescribeVpcEndpoints", vec!["*".to_owned()]),
            "ec2.describe_security_groups" => ("ec2:DescribeSecurityGroups", vec!["*".to_owned()]),
            "ec2.describe_vpc_attribute" => ("ec2:DescribeVpcAttribute", vec![own("ec2", "vpc/vpc-1")]),
            "cloudfront.list_distributions" => ("cloudfront:ListDistributions", vec!["*".to_owned()]),
            "acm.describe_certificate" => ("acm:DescribeCertificate", vec![own("acm", "certificate/1")]),
            _ => return Vec::new(),
        };
        resources.into_iter().map(|resource| (action.to_owned(), resource)).collect()
    };
    let of_paths = calls.paths.keys().filter_map(of_path);
    let of_operations = calls.operations.keys().filter_map(|own| of_logs(own).or_else(|| of_identities(own)));
    of_paths.chain(of_operations).chain(calls.operations.keys().flat_map(of_others)).collect()
}

/// `orders` as a private API behind a web ACL, with a VPC endpoint, a private domain name and one that goes by rules.
fn private() -> Value {
    let mut recording = orders();
    let apigateway = &mut recording["apigateway"];
    apigateway["get_rest_apis"]["items"][0]["endpointConfiguration"] =
        json!({ "types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"] });
    apigateway["get_stages"][REST]["item"][0]["webAclArn"] =
        json!("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1");
    apigateway["get_domain_names"]["items"] = json!([
        { "domainName": "private.example.com", "endpointConfiguration": { "types": ["PRIVATE"] } },
        { "domainName": "api.example.com", "routingMode": "ROUTING_RULE_ONLY",
          "regionalCertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1" },
    ]);
    apigateway["get_base_path_mappings"] = json!({ "private.example.com": { "items": [] } });
    let endpoint = json!({ "VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "PrivateDnsEnabled": true,
        "ServiceName": "com.amazonaws.eu-west-1.execute-api", "Groups": [{ "GroupId": "sg-1" }] });
    recording["ec2"]["describe_vpc_endpoints"] = json!({ "VpcEndpoints": [endpoint] });
    recording
}

#[tokio::test]
async fn what_belongs_to_no_region_is_read_once_for_all() {
    let part = |mut recording: Value, region: &str| {
        recording["region"] = json!(region);
        recording
    };
    let [one, other] = ["eu-west-1", "us-east-1"].map(|region| part(orders(), region));
    let served = Served::start(json!({ "accounts": [one, other] })).await;
    served.audit().await;
    let calls = served.calls().operations;
    assert_eq!((calls["cloudfront.list_distributions"], calls["ec2.describe_vpc_endpoints"]), (1, 2));
}

#[tokio::test]
async fn the_published_permissions_are_those_of_the_calls_not_one_more_not_one_less() {
    let mut seen = BTreeSet::new();
    let mut rare = orders();
    rare["metrics"] = json!([metric("AWS/Lambda", "Errors", json!({ "FunctionName": "orders-fn" }), 1)]);
    let group = json!({ "logGroupClass": "INFREQUENT_ACCESS", "storedBytes": 1, "events": [] });
    rare["logs"] = json!({ "/aws/lambda/orders-fn": group });
    for recording in [
        tests::shop(),
        every_rest_field(Format::Oas30),
        every_http_field(),
        chat(),
        private(),
        rare.clone(),
        referring(),
    ] {
        let served = Served::start(recording).await;
        served.audit().await;
        seen.extend(needed(&served.calls()));
    }
    let mut endless = rare;
    endless["logs"]["/aws/lambda/orders-fn"]["queryStatus"] = json!("Running");
    let served = Served::start(endless).await;
    let limits = LogLimits { query_wait: Duration::ZERO, ..LogLimits::default() };
    let scope = Scope { watch: Watch { limits, ..Watch::default() }, ..Scope::default() };
    served.account.read(&scope, &Known::default(), &|| served.now, &|_| {}).await.unwrap();
    seen.extend(needed(&served.calls()));
    let covers = |permission: &permissions::Permission, (action, resource): &(String, String)| {
        let depth = |arn: &str| if action == "apigateway:GET" { arn.matches('/').count() } else { 0 };
        let pattern = permission.arn("aws");
        permission.action == action && policy::matches(&pattern, resource) && depth(&pattern) == depth(resource)
    };
    for need in &seen {
        assert!(permissions::ALL.iter().any(|permission| covers(permission, need)), "{need:?} is not published");
    }
    for permission in &permissions::ALL {
        assert!(seen.iter().any(|need| covers(permission, need)), "{permission:?} is never used");
    }
}

/// One read of each kind that an explanation may ask for, of APIs of these ids.
fn every_read(rest: &str, http: &str) -> BTreeSet<Read> {
    let text = |text: &str| text.to_owned();
    let (pool, acl) = (text("eu-west-1_AbCdEf123"), text("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1"));
    let role = text("arn:aws:iam::111122223333:role/app");
    BTreeSet::from([
        Read::RestApis,
        Read::HttpApis,
        Read::Resources(text(rest)),
        Read::Api(text(rest)),
        Read::Api(text(http)),
        Read::DomainName(text("api.example.com")),
        Read::DomainNameV2(text("api.example.com")),
        Read::BasePathMappings(text("api.example.com")),
        Read::ApiMappings(text("api.example.com")),
        Read::RoutingRules(text("api.example.com")),
        Read::AccessAssociations,
        Read::UsagePlans,
        Read::UsagePlanKeys(text("plan01")),
        Read::ApiKeys,
        Read::ApiKeysIn(text("us-east-1")),
        Read::Usage(text("plan01")),
        Read::Account,
        Read::VpcLink(text("abc123")),
        Read::VpcLinkV2(text("abc123")),
        Read::Functions,
        Read::Function(text("fn:live")),
        Read::FunctionPolicy(text("fn")),
        Read::FunctionConcurrency(text("fn")),
        Read::FunctionUrl(text("fn")),
        Read::FunctionUrls(text("fn")),
        Read::WebAcl(text("arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod")),
        Read::SampledRequests { web_acl: acl, metric: text("crs") },
        Read::IpSet(text("arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/2")),
        Read::VpcEndpoints,
        Read::SecurityGroups(vec![text("sg-1")]),
        Read::VpcAttribute { vpc: text("vpc-1"), attribute: text("enableDnsSupport") },
        Read::TargetGroups(text("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/orders/1")),
        Read::TargetHealth(text("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/orders/2")),
        Read::Simulation {
            principal: role.clone(),
            action: text("execute-api:Invoke"),
            resource: text("arn:aws:execute-api:eu-west-1:111122223333:a/*"),
        },
        Read::AccessKeyOwner(AccessKeyId::of_user("AKIAIOSFODNN7EXAMPLE").unwrap()),
        Read::AccessKeys(text("app")),
        Read::Role(role),
        Read::UserPoolDomain(text("demo")),
        Read::UserPool(pool.clone()),
        Read::UserPoolClient { pool, client: text("3n4b5urk1ft4fl3mg5e62d9ado") },
        Read::Distributions,
        Read::Certificate(text("arn:aws:acm:eu-west-1:111122223333:certificate/1")),
        Read::Logs { group: text("/aws/lambda/fn"), filter: Some(text("id")) },
        Read::Metric { namespace: text("AWS/Lambda"), metric: text("Throttles"), dimensions: Vec::new() },
    ])
}

/// What a call needs by the reads that a recording denies, and the calls that a sandbox saw.
async fn needed_to_explain(recording: Value, rest: &str, http: &str) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let served = Served::start(recording).await;
    let facts = served.read(&every_read(rest, http)).await;
    let stage = |api: &str, stage: &str| Read::Export {
        api: api.to_owned(),
        stage: stage.to_owned(),
        deployment: "d".to_owned(),
    };
    let summary = Read::Summary { api: rest.to_owned(), deployment: "d".to_owned() };
    served.read(&BTreeSet::from([stage(rest, "prod"), stage(http, "prod"), summary])).await;
    let calls = served.calls();
    let mut needs: BTreeSet<(String, String)> =
        needed(&calls).into_iter().filter(|(action, _)| action == "apigateway:GET").collect();
    needs.extend(facts.not_read().into_iter().map(|why| (why.needs.clone(), why.resource.clone())));
    // boto3 names the service otherwise than IAM does.
    let named = |name: &String| name.replace("elbv2.", "elasticloadbalancing.").replace('_', "").replace('.', ":");
    let named = calls.operations.keys().map(named);
    (needs, named.collect())
}

#[tokio::test]
async fn what_explanations_take_is_published_not_one_more_not_one_less() {
    let nothing = json!({ "accountId": "111122223333", "region": "eu-west-1", "takenAt": "2026-10-10T12:00:00Z" });
    let (mut needs, mut called) = needed_to_explain(nothing, REST, "h1t2t3p4a5").await;
    for recording in [every_rest_field(Format::Oas30), every_http_field(), tests::shop(), chat()] {
        let id = |service: &str, list: &str, items: &str, id: &str| {
            recording[service][list][items][0][id].as_str().unwrap_or("none").to_owned()
        };
        let (rest, http) =
            (id("apigateway", "get_rest_apis", "items", "id"), id("apigatewayv2", "get_apis", "Items", "ApiId"));
        let (more, calls) = needed_to_explain(recording, &rest, &http).await;
        needs.extend(more.into_iter().filter(|(action, _)| action == "apigateway:GET"));
        called.extend(calls);
    }
    let covers = |permission: &permissions::Permission, (action, resource): &(String, String)| {
        let depth = |arn: &str| if action == "apigateway:GET" { arn.matches('/').count() } else { 0 };
        let pattern = permission.arn("aws");
        permission.action == action && policy::matches(&pattern, resource) && depth(&pattern) == depth(resource)
    };
    for need in &needs {
        assert!(permissions::EXPLAIN.iter().any(|permission| covers(permission, need)), "{need:?} is not published");
    }
    for permission in &permissions::EXPLAIN {
        assert!(called.contains(&permission.call.to_lowercase()), "{permission:?} is never used");
    }
}
