//! The sandbox under clients that know nothing of it, and the real limits and errors that it sets.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use engine::case::facts::Read;
use engine::reads::AccessKeyId;
use sandbox::Options;
use serde_json::json;
use tests::programs::{python, stagecheck};
use tests::shapes::{REST, orders};
use tests::{Served, root};

/// `stagecheck sandbox` as a process of its own.
struct Process {
    child: Child,
    endpoint: String,
}

impl Process {
    fn start(args: &[&str]) -> Process {
        let mut child = stagecheck().arg("sandbox").args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().strip_prefix("AWS_ENDPOINT_URL=").expect("the sandbox says where it is").to_owned();
        Process { child, endpoint }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn boto3_reads_everything_as_it_was_recorded() {
    let sample = root().join("examples/shop.json");
    let sample = sample.to_str().unwrap();
    let sandbox = Process::start(&["--recording", sample]);
    assert!(sandbox.endpoint.starts_with("http://127.0.0.1:"), "{}: loopback only", sandbox.endpoint);
    let Some(ran) = python("boto3_reads.py", &[&sandbox.endpoint, sample]) else { return };
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.trim().parse::<usize>().unwrap() > 120, "{}", ran.stdout);
}

/// A load balancer, and a target group of it, as their ARNs end.
const BALANCER: &str = "loadbalancer/net/orders/1";
const GROUP: &str = "targetgroup/orders/2";

/// The services around an API, as recordings hold them.
fn around() -> serde_json::Value {
    let (acl, set) = ("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/acl/1", "regional/ipset/office/2");
    json!({
        "wafv2": {
            "get_web_acl_for_resource": { "arn:aws:apigateway:eu-west-1::/restapis/k3orders01/stages/prod": { "WebACL": {
                "Name": "acl", "Id": "1", "ARN": acl, "DefaultAction": { "Allow": {} }, "Rules": [],
                "VisibilityConfig": { "SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "crs" } } } },
            "get_sampled_requests": { "crs": { "SampledRequests": [{ "Weight": 1, "Timestamp": "2026-10-10T12:00:00Z",
                "Action": "BLOCK", "Request": { "ClientIP": "198.51.100.7", "URI": "/prod/orders", "Method": "GET" } }] } },
            "get_ip_set": { format!("arn:aws:wafv2:eu-west-1:111122223333:{set}"): { "IPSet": { "Name": "office", "Id": "2",
                "ARN": set, "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"] }, "LockToken": "t" } },
        },
        "ec2": {
            "describe_vpc_endpoints": { "VpcEndpoints": [{ "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface",
                "VpcId": "vpc-1", "ServiceName": "com.amazonaws.eu-west-1.execute-api", "State": "available",
                "PolicyDocument": "{\"Statement\":[]}", "SubnetIds": ["subnet-1", "subnet-2"], "RouteTableIds": [],
                "Groups": [{ "GroupId": "sg-1", "GroupName": "vpce & more" }], "PrivateDnsEnabled": true,
                "DnsEntries": [{ "DnsName": "vpce-1.execute-api.eu-west-1.vpce.amazonaws.com", "HostedZoneId": "Z1" }],
                "NetworkInterfaceIds": ["eni-1"], "RequesterManaged": false, "Tags": [{ "Key": "team", "Value": "<x>" }] }] },
            "describe_security_groups": { "SecurityGroups": [{ "GroupId": "sg-1", "GroupName": "vpce", "Description": "d",
                "OwnerId": "111122223333", "VpcId": "vpc-1", "IpPermissionsEgress": [], "IpPermissions": [{
                    "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{ "CidrIp": "10.0.0.0/8" }],
                    "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [{ "GroupId": "sg-2", "UserId": "111122223333" }] }] }] },
            "describe_vpc_attribute": { "vpc-1": { "VpcId": "vpc-1", "EnableDnsSupport": { "Value": true } } },
        },
        "elbv2": {
            "describe_target_groups": { format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{BALANCER}"): { "TargetGroups": [{
                "TargetGroupArn": format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{GROUP}"), "TargetGroupName": "orders",
                "Protocol": "TCP", "Port": 443, "VpcId": "vpc-1", "HealthCheckEnabled": true, "HealthCheckPort": "traffic-port",
                "HealthCheckIntervalSeconds": 30, "LoadBalancerArns": [format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{BALANCER}")],
                "TargetType": "ip" }] } },
            "describe_target_health": { format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{GROUP}"): { "TargetHealthDescriptions": [{
                "Target": { "Id": "10.0.0.7", "Port": 443, "AvailabilityZone": "eu-west-1a" }, "HealthCheckPort": "443",
                "TargetHealth": { "State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed" } }] } },
        },
        "iam": {
            "simulate_principal_policy": { "arn:aws:iam::111122223333:user/app": { "EvaluationResults": [{
                "EvalActionName": "execute-api:Invoke", "EvalResourceName": "arn:aws:execute-api:eu-west-1:111122223333:a/*",
                "EvalDecision": "implicitDeny", "MatchedStatements": [], "MissingContextValues": ["aws:SourceVpce"] }],
                "IsTruncated": false } },
            "get_access_key_last_used": { "AKIAIOSFODNN7EXAMPLE": { "UserName": "app", "AccessKeyLastUsed": {
                "LastUsedDate": "2026-10-09T12:00:00Z", "ServiceName": "execute-api", "Region": "eu-west-1" } } },
            "list_access_keys": { "app": { "AccessKeyMetadata": [{ "UserName": "app", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "Status": "Inactive", "CreateDate": "2026-01-01T00:00:00Z" }], "IsTruncated": false } },
            "get_role": { "app": { "Role": { "Path": "/", "RoleName": "app", "RoleId": "AROA1",
                "Arn": "arn:aws:iam::111122223333:role/app", "CreateDate": "2026-01-01T00:00:00Z", "MaxSessionDuration": 3600,
                "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [] } } } },
        },
        "cognito-idp": {
            "describe_user_pool": { "eu-west-1_AbCdEf123": { "UserPool": { "Id": "eu-west-1_AbCdEf123", "Name": "shop",
                "CreationDate": "2026-01-01T00:00:00Z" } } },
            "describe_user_pool_domain": { "demo": { "DomainDescription": { "UserPoolId": "eu-west-1_AbCdEf123", "Domain": "demo" } } },
            "describe_user_pool_client": { "3n4b5urk1ft4fl3mg5e62d9ado": { "UserPoolClient": {
                "UserPoolId": "eu-west-1_AbCdEf123", "ClientId": "3n4b5urk1ft4fl3mg5e62d9ado", "AllowedOAuthFlows": ["code"],
                "CallbackURLs": ["https://localhost/"], "AllowedOAuthFlowsUserPoolClient": true } } },
        },
        "cloudfront": { "list_distributions": { "DistributionList": { "Marker": "", "MaxItems": 100, "IsTruncated": false,
            "Quantity": 1, "Items": [{ "Id": "E1", "DomainName": "d111111abcdef8.cloudfront.net", "Enabled": true,
                "Aliases": { "Quantity": 1, "Items": ["www.example.com"] },
                "Origins": { "Quantity": 1, "Items": [{ "Id": "api", "OriginPath": "",
                    "DomainName": "k3orders01.execute-api.eu-west-1.amazonaws.com",
                    "CustomHeaders": { "Quantity": 1, "Items": [{ "HeaderName": "x-a", "HeaderValue": "b" }] } }] },
                "DefaultCacheBehavior": { "TargetOriginId": "api", "ViewerProtocolPolicy": "https-only", "Compress": true,
                    "AllowedMethods": { "Quantity": 2, "Items": ["GET", "HEAD"] } } }] } } },
        "acm": { "describe_certificate": { "arn:aws:acm:us-east-1:111122223333:certificate/1": { "Certificate": {
            "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1", "DomainName": "api.example.com",
            "NotAfter": "2027-01-01T00:00:00Z", "Status": "ISSUED", "SubjectAlternativeNames": ["api.example.com"] } } } },
    })
}

/// The URLs of a function's aliases, more than come in a page.
fn urls_of_aliases() -> serde_json::Value {
    let one = |at: u32| {
        json!({ "FunctionUrl": format!("https://u{at}.lambda-url.eu-west-1.on.aws/"), "AuthType": "NONE",
            "FunctionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:shop-orders:a{at}"),
            "CreationTime": "2026-03-01T00:00:00Z", "LastModifiedTime": "2026-03-01T00:00:00Z", "InvokeMode": "BUFFERED" })
    };
    json!({ "FunctionUrlConfigs": (0..51).map(one).collect::<Vec<_>>() })
}

#[test]
fn boto3_reads_the_services_around_an_api_in_each_ones_own_protocol() {
    let folder = tests::folder::Folder::new("around");
    let mut recording = tests::shop();
    recording.as_object_mut().unwrap().append(around().as_object_mut().unwrap());
    recording["lambda"]["list_function_url_configs"] = json!({ "shop-orders": urls_of_aliases() });
    let path = folder.file("around.json", &recording.to_string());
    let sandbox = Process::start(&["--recording", &path]);
    let Some(ran) = python("boto3_reads.py", &[&sandbox.endpoint, &path]) else { return };
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.trim().parse::<usize>().unwrap() > 136, "{}", ran.stdout);
}

#[tokio::test]
async fn what_is_read_around_an_api_is_named_and_typed_as_it_was_recorded() {
    let mut recording = tests::shop();
    let around = around();
    recording.as_object_mut().unwrap().append(&mut around.as_object().unwrap().clone());
    let served = Served::start(recording).await;
    let text = |text: &str| text.to_owned();
    let stage = text("arn:aws:apigateway:eu-west-1::/restapis/k3orders01/stages/prod");
    let set = text("arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/2");
    let acl = text("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/acl/1");
    let pool = text("eu-west-1_AbCdEf123");
    let (client, user) = (text("3n4b5urk1ft4fl3mg5e62d9ado"), text("arn:aws:iam::111122223333:user/app"));
    let certificate = text("arn:aws:acm:us-east-1:111122223333:certificate/1");
    let of_balancers = |rest: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{rest}");
    let (balancer, group) = (of_balancers(BALANCER), of_balancers(GROUP));
    let reads = [
        (Read::WebAcl(stage.clone()), around["wafv2"]["get_web_acl_for_resource"][&stage].clone()),
        (
            Read::SampledRequests { web_acl: acl, metric: text("crs") },
            around["wafv2"]["get_sampled_requests"]["crs"].clone(),
        ),
        (Read::IpSet(set.clone()), around["wafv2"]["get_ip_set"][&set].clone()),
        (Read::VpcEndpoints, around["ec2"]["describe_vpc_endpoints"].clone()),
        (Read::SecurityGroups(vec![text("sg-1")]), around["ec2"]["describe_security_groups"].clone()),
        (
            Read::VpcAttribute { vpc: text("vpc-1"), attribute: text("enableDnsSupport") },
            around["ec2"]["describe_vpc_attribute"]["vpc-1"].clone(),
        ),
        (Read::TargetGroups(balancer.clone()), around["elbv2"]["describe_target_groups"][&balancer].clone()),
        (Read::TargetHealth(group.clone()), around["elbv2"]["describe_target_health"][&group].clone()),
        (
            Read::Simulation {
                principal: user.clone(),
                action: text("execute-api:Invoke"),
                resource: text("arn:aws:execute-api:eu-west-1:111122223333:a/*"),
            },
            around["iam"]["simulate_principal_policy"][&user].clone(),
        ),
        (
            Read::AccessKeyOwner(AccessKeyId::of_user("AKIAIOSFODNN7EXAMPLE").unwrap()),
            around["iam"]["get_access_key_last_used"]["AKIAIOSFODNN7EXAMPLE"].clone(),
        ),
        (Read::AccessKeys(text("app")), around["iam"]["list_access_keys"]["app"].clone()),
        (Read::Role(text("arn:aws:iam::111122223333:role/app")), around["iam"]["get_role"]["app"].clone()),
        (Read::UserPoolDomain(text("demo")), around["cognito-idp"]["describe_user_pool_domain"]["demo"].clone()),
        (Read::UserPool(pool.clone()), around["cognito-idp"]["describe_user_pool"][&pool].clone()),
        (
            Read::UserPoolClient { pool, client: client.clone() },
            around["cognito-idp"]["describe_user_pool_client"][&client].clone(),
        ),
        (Read::Distributions, around["cloudfront"]["list_distributions"].clone()),
        (Read::Certificate(certificate.clone()), around["acm"]["describe_certificate"][&certificate].clone()),
    ];
    let facts = served.read(&reads.iter().map(|(read, _)| read.clone()).collect()).await;
    for (read, expected) in reads {
        let answer = facts.answer(&read).unwrap_or_else(|| panic!("{read:?} was not answered"));
        assert_eq!(answer, Ok(Some(&expected)), "{read:?}");
    }
}

#[tokio::test]
async fn the_urls_of_all_aliases_are_read_page_by_page() {
    let mut recording = tests::shop();
    let urls = urls_of_aliases();
    recording["lambda"]["list_function_url_configs"] = json!({ "shop-orders": urls.clone(), "gone": null });
    let served = Served::start(recording).await;
    let read = |name: &str| Read::FunctionUrls(name.to_owned());
    let facts = served.read(&["shop-orders", "gone", "other"].map(read).into()).await;
    let listed = facts.answer(&read("shop-orders")).unwrap().unwrap().unwrap();
    assert_eq!(listed["FunctionUrlConfigs"], urls["FunctionUrlConfigs"]);
    assert_eq!(facts.answer(&read("gone")), Some(Ok(None)));
    let unread = facts.answer(&read("other")).unwrap().unwrap_err();
    let resource = "arn:aws:lambda:eu-west-1:111122223333:function:other";
    assert_eq!((unread.needs.as_str(), unread.resource.as_str()), ("lambda:ListFunctionUrlConfigs", resource));
    assert!(unread.is_unrecorded(), "{unread:?}");
}

#[test]
fn the_command_line_reads_a_sandbox_of_another_process_to_the_same_report() {
    let sample = root().join("examples/shop.json");
    let sample = sample.to_str().unwrap();
    let sandbox = Process::start(&["--recording", sample]);
    let audit = |args: &[&str]| {
        let mut command = stagecheck();
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
        let output = command.args(["drift", "--quiet", "--no-trail", "--format", "json"]).args(args).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        // When it was read is the one thing that differs.
        let report = String::from_utf8(output.stdout).unwrap();
        report.lines().filter(|line| !line.contains("\"takenAt\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    let there = audit(&["--region", "eu-west-1", "--endpoint-url", &sandbox.endpoint, "--quota-share", "1"]);
    assert_eq!(there, audit(&["--recording", sample]));
}

#[test]
fn credentials_that_have_expired_are_said_to_have() {
    let sample = root().join("examples/shop.json");
    let sandbox =
        Process::start(&["--recording", sample.to_str().unwrap(), "--fault", "get_caller_identity=error:ExpiredToken"]);
    let mut command = stagecheck();
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "example");
    let output =
        command.args(["audit", "--region", "eu-west-1", "--endpoint-url", &sandbox.endpoint]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with(
            "error: AWS does not accept the credentials: ExpiredToken: injected fault\n help: sign in again"
        ),
        "{said}"
    );
}

#[test]
fn a_port_that_is_taken_is_named() {
    let sample = root().join("examples/shop.json");
    let first = Process::start(&["--recording", sample.to_str().unwrap()]);
    let port = first.endpoint.rsplit(':').next().unwrap();
    let ran = tests::programs::run(["sandbox", "--recording", sample.to_str().unwrap(), "--port", port]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{}", ran.stderr);
}

/// An account of `count` APIs like `orders`.
fn many(count: usize) -> serde_json::Value {
    let mut recording = orders();
    let template = recording["apigateway"].clone();
    for i in 1..count {
        let id = format!("a1b2c3{i:04}");
        let apigateway = &mut recording["apigateway"];
        let mut api = template["get_rest_apis"]["items"][0].clone();
        (api["id"], api["name"]) = (json!(id), json!(format!("api-{i:04}")));
        apigateway["get_rest_apis"]["items"].as_array_mut().unwrap().push(api);
        for operation in ["get_resources", "get_stages", "get_deployment", "get_gateway_responses"] {
            apigateway[operation][&id] = template[operation][REST].clone();
        }
        apigateway["get_export"][format!("{id}/prod")] = template["get_export"][format!("{REST}/prod")].clone();
    }
    recording
}

#[tokio::test]
async fn within_the_quota_nothing_is_refused_and_all_of_it_is_used() {
    let options = Options { quota: true, ..Options::default() };
    let served = Served::start_with(many(12), options, Some(1.0)).await;
    let begin = Instant::now();
    served.drift().await;
    let (took, calls) = (begin.elapsed(), served.calls());
    assert_eq!(calls.throttled, 0);
    // 2 lists and 6 calls an API: what goes beyond the burst of 40 comes at 10 a second.
    let count = calls.of("apigateway") + calls.of("apigatewayv2");
    assert_eq!(count, 74);
    let floor = (count as f64 - 40.0) / 10.0;
    assert!(took >= Duration::from_secs_f64(floor), "{took:?} is faster than the quota allows");
}

#[tokio::test]
async fn a_client_that_keeps_to_no_quota_is_refused_and_still_reads_everything() {
    let options = Options { quota: true, ..Options::default() };
    let served = Served::start_with(many(9), options, None).await;
    let drift = served.drift().await;
    assert!(served.calls().throttled > 0, "GetResources allows five in two seconds");
    assert!(drift.iter().all(|api| api.stages[0].in_sync == Some(true)), "the SDK tries again");
}

#[tokio::test]
async fn a_read_that_the_sandbox_does_not_know_is_denied_and_a_write_is_not_spoken() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let served = Served::start(orders()).await;
    let address = served.sandbox.endpoint_url().replace("http://", "");
    for (request, service, status) in [
        ("GET /sdktypes", "apigateway", "403"),
        ("GET /v2/portals", "apigateway", "403"),
        ("GET /2015-03-31/functions/f/versions", "lambda", "403"),
        ("DELETE /restapis/a", "apigateway", "501"),
        ("GET /", "s3", "501"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let scope = format!("AWS4-HMAC-SHA256 Credential=a/20261010/eu-west-1/{service}/aws4_request");
        let head = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {scope}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request}: {answer}");
        assert_eq!(answer.contains("AccessDeniedException"), status == "403", "{request}: {answer}");
    }
}

/// Writes a recording, records it anew, and gives both with their audits.
fn recorded_anew(name: &str, recording: &serde_json::Value) -> (serde_json::Value, [serde_json::Value; 2]) {
    let folder = std::env::temp_dir().join(format!("stagecheck-anew-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (first, second) = (path("first.json"), path("second.json"));
    std::fs::write(&first, recording.to_string()).unwrap();
    let ran = tests::programs::run(["record", "--quiet", "--recording", &first, "--out", &second]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let audit = |file: &str| {
        let ran = tests::programs::run(["audit", "--quiet", "--format", "json", "--recording", file]);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
    };
    let audits = [audit(&first), audit(&second)];
    let anew = serde_json::from_str(&std::fs::read_to_string(&second).unwrap()).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    (anew, audits)
}

#[test]
fn a_list_that_broke_off_is_as_little_read_the_second_time() {
    let mut recording = orders();
    let resources = recording["apigateway"]["get_resources"][REST].take();
    let denied = json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } });
    recording["apigateway"]["get_resources"][REST] = json!({ "pages": [resources, denied] });
    let (anew, [first, second]) = recorded_anew("pages", &recording);
    let held = &anew["apigateway"]["get_resources"][REST];
    assert_eq!((held["pages"].as_array().unwrap().len(), &held["pages"][1]), (2, &denied));
    assert_eq!(first, second);
    assert_eq!(
        (&second["stages"][0]["inSync"], second["notEvaluated"].as_array().unwrap().is_empty()),
        (&json!(null), false)
    );
}

#[test]
fn a_function_in_another_region_makes_that_no_region_to_audit() {
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:orders-fn";
    let text = orders().to_string().replace("arn:aws:lambda:eu-west-1:111122223333:function:orders-fn", arn);
    let mut here: serde_json::Value = serde_json::from_str(&text).unwrap();
    let functions = here["lambda"].take();
    here.as_object_mut().unwrap().remove("lambda");
    let there = json!({ "accountId": here["accountId"], "region": "us-east-1", "lambda": functions });
    let (_, [first, second]) = recorded_anew("regions", &json!({ "accounts": [there, here] }));
    assert_eq!(first["regions"], json!(["eu-west-1"]));
    assert_eq!(first, second);
}
