//! `wafv2`: web ACLs, what they blocked, and the lists that their rules name.

use serde_json::Value;

use super::{Operation, Otherwise, Protocol, Request, Service, named};
use crate::wire;

/// WAF, 2019-07-29. Web ACLs and lists are held by ARN, whichever region they are in.
pub(super) static SERVICE: Service = Service {
    name: "wafv2",
    signing_name: "wafv2",
    is_global: true,
    protocol: Protocol::Json,
    operations: OPERATIONS,
    to_wire: |_, answer| times(answer, wire::time_to_number),
    from_wire: |_, answer| times(answer, wire::number_to_time),
};

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("get_web_acl_for_resource", "GetWebACLForResource", |request| named(request, &["ResourceArn"])),
    Operation::new("get_sampled_requests", "GetSampledRequests", |request| named(request, &["RuleMetricName"])),
    Operation::new("get_ip_set", "GetIPSet", name_and_id).otherwise(Otherwise::ByArnOrName("/IPSet/Id")),
    Operation::new("get_rule_group", "GetRuleGroup", name_and_id).otherwise(Otherwise::ByArnOrName("/RuleGroup/Id")),
    Operation::new("get_web_acl", "GetWebACL", name_and_id).otherwise(Otherwise::ByArnOrName("/WebACL/Id")),
];

/// The end of the ARN. `GetIPSet` takes name, id and scope, all three; the others take the ARN in their place, too.
fn name_and_id(request: &Request) -> Vec<String> {
    match request.text("ARN") {
        Some(arn) => vec![arn.to_owned()],
        None => named(request, &["Name", "Id"]),
    }
}

fn times(mut answer: Value, change: fn(&mut Value)) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if ["EndTime", "StartTime", "Timestamp"].contains(&name) {
            change(value);
        }
    });
    answer
}
