//! The cases of the checks on what stands before APIs: distributions and VPC endpoints.

use serde_json::{Value, json};
use tests::edit;
use tests::exporter::Format;
use tests::shapes::{REST, deploy, orders};

use super::{Case, case, denied};

/// `orders` behind a distribution that hands on the viewer's Host.
fn fronted() -> Value {
    let mut recording = orders();
    recording["cloudfront"]["list_distributions"]["DistributionList"]["Items"] = json!([{
        "ARN": "arn:aws:cloudfront::111122223333:distribution/E1", "DomainName": "d111111abcdef8.cloudfront.net",
        "Enabled": true, "Aliases": { "Quantity": 1, "Items": ["www.example.com"] },
        "Origins": { "Quantity": 1, "Items": [
            { "Id": "api", "DomainName": format!("{REST}.execute-api.eu-west-1.amazonaws.com"), "OriginPath": "/prod" } ] },
        "DefaultCacheBehavior": {
            "TargetOriginId": "api", "OriginRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3" },
    }]);
    recording
}

/// The distribution asks a name that leads to API Gateway, and that nobody made there.
fn to_a_name() -> Value {
    let mut recording = fronted();
    let origin = "/cloudfront/list_distributions/DistributionList/Items/0/Origins/Items/0/DomainName";
    edit(&mut recording, origin, json!("origin.example.com"));
    let target = "d-abcdef1234.execute-api.eu-west-1.amazonaws.com";
    recording["network"] = json!({ "dns_cname": { "origin.example.com": target } });
    recording
}

/// `orders` in an account with a VPC endpoint.
fn with_endpoint() -> Value {
    let mut recording = orders();
    recording["ec2"] = json!({
        "describe_vpc_endpoints": { "VpcEndpoints": [{
            "VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "ServiceName": "com.amazonaws.eu-west-1.execute-api",
            "VpcEndpointType": "Interface", "State": "available", "PrivateDnsEnabled": false,
            "Groups": [{ "GroupId": "sg-1", "GroupName": "endpoint" }],
            "PolicyDocument": r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
        }] },
        "describe_security_groups": { "SecurityGroups": [{ "GroupId": "sg-1", "IpPermissions": [
            { "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] } ] }] },
        "describe_vpc_attribute": {
            "vpc-1/enableDnsSupport": { "EnableDnsSupport": { "Value": true } },
            "vpc-1/enableDnsHostnames": { "EnableDnsHostnames": { "Value": true } },
        },
    });
    recording
}

/// The API is private, and its policy lets in those who come by that endpoint.
fn private() -> Value {
    let mut recording = without_policy();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "StringEquals": { "aws:SourceVpce": "vpce-1" } } }] });
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/policy", json!(policy.to_string()));
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    recording
}

/// The API is private, and nobody is let in.
fn without_policy() -> Value {
    let mut recording = with_endpoint();
    let private = json!({ "types": ["PRIVATE"], "ipAddressType": "dualstack" });
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/endpointConfiguration", private);
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    recording
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "cloudfront-forwards-host",
            fronted,
            &[],
            &["high 111122223333:distribution/E1: www.example.com: CloudFront hands the viewer's Host on to the API"],
        ),
        case("cloudfront-forwards-host", orders, &[], &[]),
        case(
            "cloudfront-forwards-host",
            fronted,
            &[("/cloudfront", denied())],
            &[
                "not evaluated 111122223333:distribution/*: access denied: cloudfront:ListDistributions on * (for cloudfront:ListDistributions)",
            ],
        ),
        case(
            "cloudfront-origin-path-wrong",
            fronted,
            &[("/cloudfront/list_distributions/DistributionList/Items/0/Origins/Items/0/OriginPath", json!("/live"))],
            &[
                "high 111122223333:distribution/E1: www.example.com: CloudFront's origin path and the API's stage do not fit",
            ],
        ),
        case("cloudfront-origin-path-wrong", fronted, &[], &[]),
        case(
            "cloudfront-origin-path-wrong",
            fronted,
            &[("/cloudfront", denied())],
            &[
                "not evaluated 111122223333:distribution/*: access denied: cloudfront:ListDistributions on * (for cloudfront:ListDistributions)",
            ],
        ),
        case(
            "custom-domain-missing",
            to_a_name,
            &[],
            &[
                "info 111122223333:distribution/E1: origin.example.com: CloudFront asks a name that API Gateway does not know",
            ],
        ),
        case("custom-domain-missing", fronted, &[], &[]),
        case(
            "custom-domain-missing",
            to_a_name,
            &[("/cloudfront", denied())],
            &[
                "not evaluated 111122223333:distribution/*: access denied: cloudfront:ListDistributions on * (for cloudfront:ListDistributions)",
            ],
        ),
        case(
            "private-dns-captures-public-api",
            with_endpoint,
            &[("/ec2/describe_vpc_endpoints/VpcEndpoints/0/PrivateDnsEnabled", json!(true))],
            &[
                "low arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: Private DNS leads a public API's name to a VPC endpoint",
            ],
        ),
        case("private-dns-captures-public-api", with_endpoint, &[], &[]),
        case(
            "private-dns-captures-public-api",
            with_endpoint,
            &[("/ec2/describe_vpc_endpoints", denied())],
            &[
                "not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/*: access denied: ec2:DescribeVpcEndpoints on * (for ec2:DescribeVpcEndpoints)",
            ],
        ),
        case(
            "private-api-vpce-not-associated",
            private,
            &[],
            &["low /restapis/a1b2c3d4e5 vpce-1: a1b2c3d4e5-vpce-1: The VPC endpoint is not associated with the API"],
        ),
        case("private-api-vpce-not-associated", orders, &[], &[]),
        case(
            "private-api-vpce-not-associated",
            private,
            &[("/ec2/describe_vpc_endpoints", denied())],
            &[
                "not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/*: access denied: ec2:DescribeVpcEndpoints on * (for ec2:DescribeVpcEndpoints)",
            ],
        ),
        case(
            "private-api-no-resource-policy",
            without_policy,
            &[],
            &["high /restapis/a1b2c3d4e5: orders: A private API lets nobody in"],
        ),
        case("private-api-no-resource-policy", private, &[], &[]),
        case(
            "private-api-no-resource-policy",
            without_policy,
            &[("/apigateway/get_stages", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages (for apigateway:GetStages)",
            ],
        ),
        case(
            "vpce-policy-denies",
            private,
            &[(
                "/ec2/describe_vpc_endpoints/VpcEndpoints/0/PolicyDocument",
                json!(r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#),
            )],
            &[
                "medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: A VPC endpoint's policy lets nobody call a private API",
            ],
        ),
        case("vpce-policy-denies", private, &[], &[]),
        case(
            "vpce-policy-denies",
            private,
            &[("/ec2/describe_vpc_endpoints", denied())],
            &[
                "not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/*: access denied: ec2:DescribeVpcEndpoints on * (for ec2:DescribeVpcEndpoints)",
            ],
        ),
        case(
            "vpc-dns-attributes-off",
            private,
            &[
                ("/ec2/describe_vpc_endpoints/VpcEndpoints/0/PrivateDnsEnabled", json!(true)),
                (
                    "/ec2/describe_vpc_attribute/vpc-1~1enableDnsHostnames",
                    json!({ "EnableDnsHostnames": { "Value": false } }),
                ),
            ],
            &[
                "medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: The VPC does not resolve private names",
            ],
        ),
        case("vpc-dns-attributes-off", private, &[], &[]),
        case(
            "vpc-dns-attributes-off",
            private,
            &[
                ("/ec2/describe_vpc_endpoints/VpcEndpoints/0/PrivateDnsEnabled", json!(true)),
                ("/ec2/describe_vpc_attribute", denied()),
            ],
            &[
                "not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: access denied: ec2:DescribeVpcAttribute on arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1 (for ec2:DescribeVpcAttribute)",
            ],
        ),
        case(
            "vpce-security-group-blocks",
            private,
            &[("/ec2/describe_security_groups/SecurityGroups/0/IpPermissions", json!([]))],
            &[
                "high arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: The VPC endpoint's security group does not let the sender in",
            ],
        ),
        case("vpce-security-group-blocks", private, &[], &[]),
        case(
            "vpce-security-group-blocks",
            private,
            &[("/ec2/describe_security_groups", denied())],
            &[
                "not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: access denied: ec2:DescribeSecurityGroups on * (for ec2:DescribeSecurityGroups)",
            ],
        ),
        case(
            "dns-private-api-from-public",
            private,
            &[],
            &["info /restapis/a1b2c3d4e5: orders: A private API's own name resolves in none of the account's VPCs"],
        ),
        case(
            "dns-private-api-from-public",
            private,
            &[("/ec2/describe_vpc_endpoints/VpcEndpoints/0/PrivateDnsEnabled", json!(true))],
            &[],
        ),
        case(
            "dns-private-api-from-public",
            private,
            &[("/ec2/describe_vpc_endpoints", denied())],
            &[
                "not evaluated /restapis/a1b2c3d4e5: access denied: ec2:DescribeVpcEndpoints on * (for ec2:DescribeVpcEndpoints)",
            ],
        ),
    ]
}
