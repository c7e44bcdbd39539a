//! VPC endpoints for `execute-api`: the doors of private APIs.

use serde::Deserialize;
use serde_json::Value;

use crate::policy;
use crate::snapshot::Api;

/// A VPC endpoint, as far as it matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct VpcEndpoint {
    /// `vpce-0123456789abcdef0`.
    pub vpc_endpoint_id: String,
    /// The VPC that it stands in.
    pub vpc_id: String,
    service_name: String,
    /// Whether every `execute-api` name of the region leads to it within its VPC.
    pub private_dns_enabled: bool,
    /// Its security groups.
    pub groups: Vec<Group>,
    /// Its policy, as a string of JSON.
    pub policy_document: Option<String>,
}

/// A security group, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Group {
    /// `sg-0123456789abcdef0`.
    pub group_id: String,
}

impl VpcEndpoint {
    /// The endpoints for `execute-api` of an answer of `DescribeVpcEndpoints`.
    pub fn all(answer: Option<&Value>) -> impl Iterator<Item = VpcEndpoint> {
        let list = answer.and_then(|answer| answer.get("VpcEndpoints")).and_then(Value::as_array);
        let all = list.into_iter().flatten().filter_map(|item| VpcEndpoint::deserialize(item).ok());
        all.filter(|endpoint| endpoint.service_name.is_empty() || endpoint.service_name.ends_with(".execute-api"))
    }

    /// Whether a private API is meant to be called by it: the API is associated with it, or the API's policy names it or
    /// its VPC.
    pub fn is_meant_for(&self, api: &Api) -> bool {
        let named = |key, own: &str| api.live.settings.policy.as_ref().is_some_and(|policy| names(policy, key, own));
        api.live.settings.vpc_endpoint_ids.contains(&self.vpc_endpoint_id)
            || self.is_named_by(api)
            || named("aws:sourcevpc", &self.vpc_id)
    }

    /// Whether the API's policy names it.
    pub fn is_named_by(&self, api: &Api) -> bool {
        api.live.settings.policy.as_ref().is_some_and(|policy| names(policy, "aws:sourcevpce", &self.vpc_endpoint_id))
    }
}

/// Whether a policy lets in by a condition that names a value: an Allow where the key equals it, or a Deny where it does not.
fn names(policy: &Value, key: &str, own: &str) -> bool {
    policy::conditions(policy).any(|condition| {
        let lets_in = match condition.operator.trim_end_matches("IfExists") {
            "StringEquals" | "StringLike" => !condition.denies,
            "StringNotEquals" | "StringNotLike" => condition.denies,
            _ => false,
        };
        lets_in
            && condition.key.eq_ignore_ascii_case(key)
            && policy::strings(condition.values).any(|value| value == own)
    })
}
