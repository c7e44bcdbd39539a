//! `ec2`: VPC endpoints, security groups and the attributes of VPCs, as far as private APIs need them.

use serde_json::Value;

use super::{List, Operation, Otherwise, Protocol, Request, Service, named, none};
use crate::wire;
use crate::xml::Xml;

/// EC2, 2016-11-15.
pub(super) static SERVICE: Service = Service {
    name: "ec2",
    signing_name: "ec2",
    is_global: false,
    protocol: Protocol::Ec2(&XML),
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

static XML: Xml = Xml {
    names: &[
        ("Description", "groupDescription"),
        ("DnsEntries", "dnsEntrySet"),
        ("Groups", "groupSet"),
        ("Ipv4Prefixes", "ipv4PrefixSet"),
        ("Ipv6Prefixes", "ipv6PrefixSet"),
        ("NetworkInterfaceIds", "networkInterfaceIdSet"),
        ("RouteTableIds", "routeTableIdSet"),
        ("SecurityGroups", "securityGroupInfo"),
        ("SubnetIds", "subnetIdSet"),
        ("Tags", "tagSet"),
        ("UserIdGroupPairs", "groups"),
        ("VpcEndpoints", "vpcEndpointSet"),
    ],
    is_small: true,
    items: &[],
    item: "item",
};

/// Without `MaxResults` the service answers with up to a thousand.
const PAGED: List = List {
    items: "VpcEndpoints",
    limit: "MaxResults",
    default: 1000,
    max: 1000,
    token: "NextToken",
    next: "NextToken",
};

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("describe_vpc_endpoints", "DescribeVpcEndpoints", none).paged(PAGED).shaped(filtered_endpoints),
    Operation::new("describe_security_groups", "DescribeSecurityGroups", none)
        .paged(List { items: "SecurityGroups", ..PAGED }).shaped(filtered_groups),
    Operation::new("describe_vpc_attribute", "DescribeVpcAttribute", |request| named(request, &["VpcId", "Attribute"]))
        .otherwise(Otherwise::ByFirst).shaped(attribute),
];

/// The values of a parameter that is a list: `GroupId.1`, `GroupId.2`.
fn listed<'a>(request: &'a Request, name: &str) -> Vec<&'a str> {
    let prefix = format!("{name}.");
    let own = request
        .parameters
        .iter()
        .filter(|(own, _)| own.strip_prefix(&prefix).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit())));
    own.map(|(_, value)| value.as_str()).collect()
}

/// The values that a filter lets through; `None` where the request has no such filter.
fn filter<'a>(request: &'a Request, wanted: &str) -> Option<Vec<&'a str>> {
    let at = request.parameters.iter().find_map(|(name, value)| {
        let at = name.strip_prefix("Filter.")?.strip_suffix(".Name")?;
        (value == wanted).then_some(at)
    })?;
    Some(listed(request, &format!("Filter.{at}.Value")))
}

/// Keeps the items of a list whose member is one of the values; one without the member stays.
fn keep(answer: &mut Value, list: &str, member: &str, values: &[&str]) {
    if let Some(items) = answer.get_mut(list).and_then(Value::as_array_mut) {
        items.retain(|item| item.get(member).and_then(Value::as_str).is_none_or(|own| values.contains(&own)));
    }
}

fn filtered_endpoints(request: &Request, mut answer: Value) -> Value {
    for (name, member) in [("service-name", "ServiceName"), ("vpc-id", "VpcId"), ("vpc-endpoint-id", "VpcEndpointId")] {
        if let Some(values) = filter(request, name) {
            keep(&mut answer, "VpcEndpoints", member, &values);
        }
    }
    let ids = listed(request, "VpcEndpointId");
    if !ids.is_empty() {
        keep(&mut answer, "VpcEndpoints", "VpcEndpointId", &ids);
    }
    answer
}

fn filtered_groups(request: &Request, mut answer: Value) -> Value {
    let ids = listed(request, "GroupId");
    if !ids.is_empty() {
        keep(&mut answer, "SecurityGroups", "GroupId", &ids);
    }
    answer
}

/// The service tells the attribute that was asked for, and no other.
fn attribute(request: &Request, mut answer: Value) -> Value {
    let wanted = wire::upper_first(request.text("Attribute").unwrap_or_default());
    if let Some(members) = answer.as_object_mut() {
        members.retain(|name, _| *name == "VpcId" || *name == wanted);
    }
    answer
}
