//! A table of names, and what each says.

use super::Host;

fn execute_api(api_id: &str, region: &str) -> Host {
    Host::ExecuteApi { api_id: api_id.into(), region: region.into(), vpc_endpoint: None }
}

fn through(api_id: &str, region: &str, vpc_endpoint: &str) -> Host {
    Host::ExecuteApi { api_id: api_id.into(), region: region.into(), vpc_endpoint: Some(vpc_endpoint.into()) }
}

fn endpoint(vpc_endpoint: &str, region: &str) -> Host {
    Host::ExecuteApiVpce { vpc_endpoint: vpc_endpoint.into(), region: region.into() }
}

fn target(region: &str) -> Host {
    Host::DomainTarget { region: region.into() }
}

fn function(region: &str) -> Host {
    Host::LambdaUrl { url_id: "abcdefghijklmnopqrstuvwxyz012345".into(), region: region.into() }
}

fn cognito(region: &str) -> Host {
    Host::Cognito { prefix: "demo".into(), region: region.into() }
}

fn s3(region: Option<&str>, bucket: Option<&str>) -> Host {
    Host::S3 { region: region.map(str::to_owned), bucket: bucket.map(str::to_owned) }
}

fn service(service: &str, region: Option<&str>) -> Host {
    Host::AwsService { service: service.into(), region: region.map(str::to_owned) }
}

fn check(table: &[(&str, Host, &str)]) {
    for (name, host, word) in table {
        let found = Host::of(name);
        assert_eq!(&found, host, "{name}");
        assert_eq!(found.word(), *word, "{name}");
    }
}

#[test]
fn apis_are_known_in_every_partition() {
    let word = "execute-api";
    check(&[
        ("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", execute_api("a1b2c3d4e5", "eu-west-1"), word),
        ("A1B2C3D4E5.Execute-API.EU-West-1.AmazonAWS.com", execute_api("a1b2c3d4e5", "eu-west-1"), word),
        ("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com.", execute_api("a1b2c3d4e5", "eu-west-1"), word),
        ("a1b2c3d4.execute-api.ap-southeast-2.amazonaws.com", execute_api("a1b2c3d4", "ap-southeast-2"), word),
        ("a1b2c3d4e5.execute-api.eu-west-1.api.aws", execute_api("a1b2c3d4e5", "eu-west-1"), word),
        ("a1b2c3d4e5.execute-api-fips.us-east-1.amazonaws.com", execute_api("a1b2c3d4e5", "us-east-1"), word),
        ("a1b2c3d4e5.execute-api-fips.us-east-1.api.aws", execute_api("a1b2c3d4e5", "us-east-1"), word),
        ("a1b2c3d4e5.execute-api.us-gov-west-1.amazonaws.com", execute_api("a1b2c3d4e5", "us-gov-west-1"), word),
        ("a1b2c3d4e5.execute-api-fips.us-gov-east-1.api.aws", execute_api("a1b2c3d4e5", "us-gov-east-1"), word),
        ("a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn", execute_api("a1b2c3d4e5", "cn-north-1"), word),
        (
            "a1b2c3d4e5.execute-api.cn-northwest-1.api.amazonwebservices.com.cn",
            execute_api("a1b2c3d4e5", "cn-northwest-1"),
            word,
        ),
        ("a1b2c3d4e5.execute-api.eusc-de-east-1.amazonaws.eu", execute_api("a1b2c3d4e5", "eusc-de-east-1"), word),
        (
            "a1b2c3d4e5.execute-api.eusc-de-east-1.api.amazonwebservices.eu",
            execute_api("a1b2c3d4e5", "eusc-de-east-1"),
            word,
        ),
        ("a1b2c3d4e5.execute-api.us-iso-east-1.c2s.ic.gov", execute_api("a1b2c3d4e5", "us-iso-east-1"), word),
        ("a1b2c3d4e5.execute-api.us-iso-east-1.api.aws.ic.gov", execute_api("a1b2c3d4e5", "us-iso-east-1"), word),
        ("a1b2c3d4e5.execute-api.us-isob-east-1.sc2s.sgov.gov", execute_api("a1b2c3d4e5", "us-isob-east-1"), word),
        ("a1b2c3d4e5.execute-api.us-isob-east-1.api.aws.scloud", execute_api("a1b2c3d4e5", "us-isob-east-1"), word),
        ("a1b2c3d4e5.execute-api.eu-isoe-west-1.cloud.adc-e.uk", execute_api("a1b2c3d4e5", "eu-isoe-west-1"), word),
        ("a1b2c3d4e5.execute-api.us-isof-south-1.csp.hci.ic.gov", execute_api("a1b2c3d4e5", "us-isof-south-1"), word),
        // No API has such an id; that is for the account to say, and the name still leads to the gateway.
        ("orders.execute-api.eu-west-1.amazonaws.com", execute_api("orders", "eu-west-1"), word),
    ]);
}

#[test]
fn private_apis_are_known_in_their_three_forms() {
    let word = "execute-api-vpce";
    let vpce = "vpce-0123456789abcdef0";
    check(&[
        (
            "a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com",
            through("a1b2c3d4e5", "eu-west-1", vpce),
            word,
        ),
        (
            "a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.cn-north-1.amazonaws.com.cn",
            through("a1b2c3d4e5", "cn-north-1", vpce),
            word,
        ),
        ("vpce-0123456789abcdef0-abcd1234.execute-api.eu-west-1.vpce.amazonaws.com", endpoint(vpce, "eu-west-1"), word),
        (
            "vpce-0123456789abcdef0-abcd1234-eu-west-1a.execute-api.eu-west-1.vpce.amazonaws.com",
            endpoint(vpce, "eu-west-1"),
            word,
        ),
        (
            "vpce-0123456789abcdef0-abcd1234.execute-api.us-gov-west-1.vpce.amazonaws.com",
            endpoint(vpce, "us-gov-west-1"),
            word,
        ),
        (
            "vpce-0123456789abcdef0-abcd1234.execute-api.cn-north-1.vpce.amazonaws.com.cn",
            endpoint(vpce, "cn-north-1"),
            word,
        ),
        // With private DNS, the name is the public one.
        ("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", execute_api("a1b2c3d4e5", "eu-west-1"), "execute-api"),
    ]);
}

#[test]
fn names_beside_an_api_s_are_known() {
    check(&[
        ("d-a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", target("eu-west-1"), "custom-domain"),
        ("d-a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn", target("cn-north-1"), "custom-domain"),
        ("execute-api.eu-west-1.amazonaws.com", service("execute-api", Some("eu-west-1")), "aws-service"),
        ("a1b2c3d4e5.execute-api.amazonaws.com", service("execute-api", None), "aws-service"),
        ("a1b2c3d4e5.execute-api.eu-west.amazonaws.com", service("execute-api", None), "aws-service"),
        (
            "www.a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
            service("execute-api", Some("eu-west-1")),
            "aws-service",
        ),
        ("d111111abcdef8.cloudfront.net", Host::CloudFront, "cloudfront"),
        ("d111111abcdef8.cloudfront.cn", Host::CloudFront, "cloudfront"),
        ("abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws", function("eu-west-1"), "lambda-url"),
        (
            "abcdefghijklmnopqrstuvwxyz012345.lambda-url.cn-north-1.on.amazonwebservices.com.cn",
            function("cn-north-1"),
            "lambda-url",
        ),
        ("demo.auth.eu-west-1.amazoncognito.com", cognito("eu-west-1"), "cognito"),
        ("demo.auth-fips.us-gov-west-1.amazoncognito.com", cognito("us-gov-west-1"), "cognito"),
        ("abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com", Host::AppSync, "aws-service"),
        ("abcdefghijklmnopqrstuvwxyz.appsync-realtime-api.eu-west-1.amazonaws.com", Host::AppSync, "aws-service"),
    ]);
}

#[test]
fn s3_is_known_in_its_forms() {
    let (eu, none) = (Some("eu-west-1"), None);
    let word = "s3";
    check(&[
        ("mybucket.s3.eu-west-1.amazonaws.com", s3(eu, Some("mybucket")), word),
        ("mybucket.s3.amazonaws.com", s3(none, Some("mybucket")), word),
        ("my.dotted.bucket.s3.eu-west-1.amazonaws.com", s3(eu, Some("my.dotted.bucket")), word),
        ("mybucket.s3-eu-west-1.amazonaws.com", s3(eu, Some("mybucket")), word),
        ("s3.eu-west-1.amazonaws.com", s3(eu, none), word),
        ("s3-eu-west-1.amazonaws.com", s3(eu, none), word),
        ("s3.amazonaws.com", s3(none, none), word),
        ("s3-external-1.amazonaws.com", s3(Some("us-east-1"), none), word),
        ("mybucket.s3.dualstack.eu-west-1.amazonaws.com", s3(eu, Some("mybucket")), word),
        ("s3.dualstack.eu-west-1.amazonaws.com", s3(eu, none), word),
        ("mybucket.s3-fips.us-east-1.amazonaws.com", s3(Some("us-east-1"), Some("mybucket")), word),
        ("mybucket.s3-fips.dualstack.us-east-1.amazonaws.com", s3(Some("us-east-1"), Some("mybucket")), word),
        ("s3-fips-us-gov-west-1.amazonaws.com", s3(Some("us-gov-west-1"), none), word),
        ("mybucket.s3-website-eu-west-1.amazonaws.com", s3(eu, Some("mybucket")), word),
        ("mybucket.s3-website.eu-central-1.amazonaws.com", s3(Some("eu-central-1"), Some("mybucket")), word),
        ("mybucket.s3-accelerate.amazonaws.com", s3(none, Some("mybucket")), word),
        ("mybucket.s3-accelerate.dualstack.amazonaws.com", s3(none, Some("mybucket")), word),
        ("mybucket.s3.cn-north-1.amazonaws.com.cn", s3(Some("cn-north-1"), Some("mybucket")), word),
        ("reports-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", s3(eu, none), word),
        ("mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", s3(none, none), word),
        ("mybucket.vpce-0123456789abcdef0-abcd1234.s3.eu-west-1.vpce.amazonaws.com", s3(eu, Some("mybucket")), word),
        (
            "mybucket.bucket.vpce-0123456789abcdef0-abcd1234.s3.eu-west-1.vpce.amazonaws.com",
            s3(eu, Some("mybucket")),
            word,
        ),
        ("bucket.vpce-0123456789abcdef0-abcd1234.s3.eu-west-1.vpce.amazonaws.com", s3(eu, none), word),
        ("reports-111122223333.accesspoint.vpce-0123-abcd.s3.eu-west-1.vpce.amazonaws.com", s3(eu, none), word),
        ("s3-control.eu-west-1.amazonaws.com", service("s3-control", eu), "aws-service"),
    ]);
}

#[test]
fn other_services_are_known_by_their_endpoints() {
    let eu = Some("eu-west-1");
    let word = "aws-service";
    check(&[
        ("lambda.eu-west-1.amazonaws.com", service("lambda", eu), word),
        ("lambda.eu-west-1.api.aws", service("lambda", eu), word),
        ("apigateway.eu-west-1.amazonaws.com", service("apigateway", eu), word),
        ("cognito-idp.eu-west-1.amazonaws.com", service("cognito-idp", eu), word),
        ("sts.amazonaws.com", service("sts", None), word),
        ("iam.amazonaws.com", service("iam", None), word),
        ("sts-fips.us-east-1.amazonaws.com", service("sts", Some("us-east-1")), word),
        ("dynamodb.cn-north-1.amazonaws.com.cn", service("dynamodb", Some("cn-north-1")), word),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", service("ecr", eu), word),
        ("orders-1234567890.eu-west-1.elb.amazonaws.com", service("elb", eu), word),
        ("search-orders-abc.eu-west-1.es.amazonaws.com", service("es", eu), word),
        ("vpce-0123456789abcdef0-abcd1234.lambda.eu-west-1.vpce.amazonaws.com", service("lambda", eu), word),
    ]);
}

#[test]
fn other_names_are_not_guessed() {
    for name in [
        "api.example.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "amazonaws.com",
        "evilamazonaws.com",
        "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com.example.net",
        "cloudfront.net",
        "demo.auth.amazoncognito.com",
        "auth.eu-west-1.amazoncognito.com",
        "lambda-url.eu-west-1.on.aws",
        "eu-west-1.amazonaws.com",
        "..amazonaws.com",
        "console.aws.amazon.com",
        "",
    ] {
        assert_eq!(Host::of(name), Host::Other, "{name}");
        assert_eq!(Host::of(name).word(), "other", "{name}");
    }
}

#[test]
fn the_region_is_told_where_the_name_tells_it() {
    let region = |name| Host::of(name).region().map(str::to_owned);
    assert_eq!(region("a1b2c3d4e5.execute-api.us-isob-east-1.sc2s.sgov.gov").as_deref(), Some("us-isob-east-1"));
    assert_eq!(region("d-a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com").as_deref(), Some("eu-west-1"));
    assert_eq!(region("mybucket.s3.amazonaws.com"), None);
    assert_eq!(region("api.example.com"), None);
}
