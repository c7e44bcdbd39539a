//! `cognito-idp`: user pools, their clients and their domains.

use serde_json::Value;

use super::{Operation, Otherwise, Protocol, Service, named};
use crate::wire;

/// Cognito's user pools, 2016-04-18.
pub(super) static SERVICE: Service = Service {
    name: "cognito-idp",
    signing_name: "cognito-idp",
    is_global: false,
    protocol: Protocol::Json,
    operations: OPERATIONS,
    to_wire: |_, answer| times(answer, wire::time_to_number),
    from_wire: |_, answer| times(answer, wire::number_to_time),
};

/// Clients are held by their own id, without the pool's, and all of a pool's together.
#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("describe_user_pool", "DescribeUserPool", |request| named(request, &["UserPoolId"])),
    Operation::new("describe_user_pool_client", "DescribeUserPoolClient", |request| named(request, &["ClientId"]))
        .otherwise(Otherwise::NoOther),
    Operation::new("describe_user_pool_domain", "DescribeUserPoolDomain", |request| named(request, &["Domain"])),
];

fn times(mut answer: Value, change: fn(&mut Value)) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if ["CreationDate", "LastModifiedDate"].contains(&name) {
            change(value);
        }
    });
    answer
}
