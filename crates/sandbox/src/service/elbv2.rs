//! `elbv2`: target groups of load balancers and the health of their targets, as far as VPC links need them.

use super::{Operation, Protocol, QUERY, Service, named};

/// Elastic Load Balancing, 2015-12-01.
pub(super) static SERVICE: Service = Service {
    name: "elbv2",
    signing_name: "elasticloadbalancing",
    is_global: false,
    protocol: Protocol::Query(&QUERY),
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("describe_target_groups", "DescribeTargetGroups", |request| named(request, &["LoadBalancerArn"])),
    Operation::new("describe_target_health", "DescribeTargetHealth", |request| named(request, &["TargetGroupArn"])),
];
