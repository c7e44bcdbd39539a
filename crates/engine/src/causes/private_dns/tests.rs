//! Whether who cannot reach a private API is outside the VPCs in which its name resolves.

use std::net::IpAddr;

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::fixture;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, to_orders};

fn private() -> Api {
    let mut api = fixture::api(ApiKind::Rest, vec![fixture::route("GET /orders", "f")]);
    api.endpoint_types = vec!["PRIVATE".to_owned()];
    api
}

/// With an endpoint in `vpc-1`, whose security group lets nobody in.
fn account(private_dns: bool) -> Facts<'static> {
    let endpoint = json!({ "VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "PrivateDnsEnabled": private_dns,
        "ServiceName": "com.amazonaws.eu-west-1.execute-api", "Groups": [{ "GroupId": "sg-0vpce" }] });
    let attribute = |facts: Facts<'static>, name: &str, member: &str| {
        let read = Read::VpcAttribute { vpc: "vpc-1".to_owned(), attribute: name.to_owned() };
        facts.with(read, json!({ member: { "Value": true } }))
    };
    let facts = facts(vec![private()]).with(Read::VpcEndpoints, json!({ "VpcEndpoints": [endpoint] })).with(
        Read::SecurityGroups(vec!["sg-0vpce".to_owned()]),
        json!({ "SecurityGroups": [{ "GroupId": "sg-0vpce", "IpPermissions": [] }] }),
    );
    attribute(attribute(facts, "enableDnsSupport", "EnableDnsSupport"), "enableDnsHostnames", "EnableDnsHostnames")
}

fn told(text: &str, vpc: Option<&str>, address: Option<&str>, facts: &Facts<'static>) -> Vec<String> {
    let mut exchange = to_orders("GET", "/orders").answered(0, &[], text);
    exchange.request.client.vpc_id = vpc.map(str::to_owned);
    exchange.request.client.source_ip = address.map(|own| own.parse::<IpAddr>().unwrap());
    let causes = explained(&exchange, facts).causes;
    causes.iter().map(|own| format!("{} {}", own.id, own.confidence.name())).collect()
}

const UNRESOLVED: &str = "curl: (6) Could not resolve host";
const TIMED_OUT: &str = "curl: (28) Failed to connect: Connection timed out";

#[test]
fn outside_is_who_is_shown_to_be() {
    let (one, two) = (Some("vpc-1"), Some("vpc-2"));
    let denied = || facts(vec![private()]).denied(Read::VpcEndpoints, "ec2:DescribeVpcEndpoints");
    let attribute = || Read::VpcAttribute { vpc: "vpc-1".to_owned(), attribute: "enableDnsSupport".to_owned() };
    let unread = || account(true).denied(attribute(), "ec2:DescribeVpcAttribute");
    let from_public = "dns-private-api-from-public";
    for (text, vpc, address, facts, expected) in [
        (UNRESOLVED, one, None, account(true), "insufficient-facts possible".to_owned()),
        (UNRESOLVED, one, None, unread(), "vpc-dns-attributes-off likely".to_owned()),
        (UNRESOLVED, one, None, account(false), format!("{from_public} certain")),
        (UNRESOLVED, None, None, account(false), format!("{from_public} certain")),
        (UNRESOLVED, None, None, account(true), format!("{from_public} likely")),
        (UNRESOLVED, None, Some("203.0.113.9"), account(true), format!("{from_public} certain")),
        (UNRESOLVED, None, Some("10.0.0.9"), account(true), format!("{from_public} likely")),
        (UNRESOLVED, None, None, denied(), format!("{from_public} likely")),
        (TIMED_OUT, one, Some("10.0.0.9"), account(true), "vpce-security-group-blocks certain".to_owned()),
        (TIMED_OUT, None, Some("10.0.0.9"), account(true), "vpce-security-group-blocks certain".to_owned()),
        (TIMED_OUT, None, Some("203.0.113.9"), account(true), format!("{from_public} certain")),
        (TIMED_OUT, None, None, denied(), format!("{from_public} possible")),
    ] {
        let told = told(text, vpc, address, &facts);
        assert_eq!(told.first(), Some(&expected), "{text} {vpc:?} {address:?}: {told:?}");
    }
    let in_another = facts(vec![private()]).with(
        Read::VpcEndpoints,
        json!({ "VpcEndpoints": [{ "VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "PrivateDnsEnabled": true }] }),
    );
    assert!(told(TIMED_OUT, two, None, &in_another).contains(&format!("{from_public} certain")));
}
