//! What services told in XML: it is taken down from what was made of it, and not from the wire.

use engine::observed::{NotRead, Observed, Why};
use engine::reads::{Answer, Read};
use serde_json::{Map, Value};

use super::{never_read, slot};

/// The place of an answer in a recording: service, operation and arguments. None where the wire was heard.
fn place(read: &Read) -> Option<(&'static str, &'static str, Vec<String>)> {
    Some(match read {
        Read::VpcEndpoints => ("ec2", "describe_vpc_endpoints", Vec::new()),
        Read::SecurityGroups(_) => ("ec2", "describe_security_groups", Vec::new()),
        Read::VpcAttribute { vpc, attribute } => {
            ("ec2", "describe_vpc_attribute", vec![vpc.clone(), attribute.clone()])
        }
        Read::TargetGroups(balancer) => ("elbv2", "describe_target_groups", vec![balancer.clone()]),
        Read::TargetHealth(group) => ("elbv2", "describe_target_health", vec![group.clone()]),
        Read::Role(role) => ("iam", "get_role", vec![role.rsplit('/').next().unwrap_or_default().to_owned()]),
        Read::Distributions => ("cloudfront", "list_distributions", Vec::new()),
        _ => return None,
    })
}

/// Puts answers into what was recorded of their region. What was denied is left out: what a recording lacks is denied.
pub(super) fn keep(services: &mut Map<String, Value>, answers: &[Answer]) {
    for Answer { read, answer } in answers {
        let Some((service, operation, arguments)) = place(read) else { continue };
        let held = match answer {
            Observed::Known(Some(answer)) => answer.clone(),
            Observed::Known(None) => Value::Null,
            Observed::NotRead(NotRead { why: Why::Denied, .. }) => continue,
            Observed::NotRead(why) => never_read(&why.message),
        };
        let place = slot(services, service, operation, &arguments);
        match (place.get_mut("SecurityGroups").and_then(Value::as_array_mut), held.get("SecurityGroups")) {
            // Groups are asked for by endpoint, and held together.
            (Some(groups), Some(Value::Array(more))) => groups.extend(more.iter().cloned()),
            _ => *place = held,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_held_where_a_sandbox_looks_for_them() {
        let known = |read, answer| Answer { read, answer: Observed::Known(Some(answer)) };
        let unread = |read, why| {
            let why = NotRead {
                why,
                call: String::new(),
                resource: String::new(),
                needs: String::new(),
                message: "cut".to_owned(),
            };
            Answer { read, answer: Observed::NotRead(why) }
        };
        let groups = |id: &str| known(Read::SecurityGroups(vec![id.to_owned()]), json!({ "SecurityGroups": [id] }));
        let attribute = Read::VpcAttribute { vpc: "vpc-1".to_owned(), attribute: "enableDnsSupport".to_owned() };
        let mut services = Map::new();
        keep(
            &mut services,
            &[
                groups("sg-1"),
                groups("sg-2"),
                known(attribute, json!({ "VpcId": "vpc-1" })),
                known(Read::Account, json!({ "heard": "on the wire" })),
                unread(Read::Distributions, Why::Failed),
                unread(Read::VpcEndpoints, Why::Denied),
            ],
        );
        let expected = json!({
            "ec2": {
                "describe_security_groups": { "SecurityGroups": ["sg-1", "sg-2"] },
                "describe_vpc_attribute": { "vpc-1/enableDnsSupport": { "VpcId": "vpc-1" } },
            },
            "cloudfront": { "list_distributions": { "Error": { "Code": "NoAnswer", "Message": "cut" } } },
        });
        assert_eq!(Value::Object(services), expected);
    }
}
