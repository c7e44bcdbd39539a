//! What an API's resource policy says to a request, as far as the request tells: IAM's rules of evaluation, with the
//! conditions that API Gateway documents.

use std::net::IpAddr;

use serde_json::Value;

use super::Case;
use super::target::{Target, Via};
use crate::policy::{self, strings};

/// What a resource policy says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// A statement allows it, and none denies it.
    Allowed,
    /// A statement denies it: its `Sid`, or what it denies by which condition. Its place is no name: policies are sorted.
    Denied(String),
    /// No statement allows it.
    NotAllowed,
    /// It depends on what the request does not tell.
    Depends {
        /// The first condition's key that it depends on.
        key: String,
        /// The first one of a statement that denies, where such a one may apply.
        denied_by: Option<String>,
    },
}

/// What is known of a request's sender.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// Its address.
    pub source_ip: Option<IpAddr>,
    /// The VPC endpoint that it came by.
    pub vpc_endpoint: Option<String>,
    /// The VPC that it came from.
    pub vpc: Option<String>,
    /// Its user or role; `None` for a request that is not signed.
    pub principal: Option<String>,
}

impl Sender {
    /// The sender of a case's request, as far as the request tells.
    pub fn of(case: &Case<'_>, target: &Target<'_>) -> Sender {
        let vpc_endpoint = match &target.via {
            Via::VpcEndpoint(id) => Some(id.clone()),
            Via::Endpoint | Via::Distribution { .. } | Via::Domain { .. } => None,
        };
        let client = &case.request.client;
        // Behind a distribution the API sees the distribution's address.
        let source_ip = client.source_ip.filter(|_| !matches!(target.via, Via::Distribution { .. }));
        Sender { source_ip, vpc_endpoint, vpc: client.vpc_id.clone(), principal: None }
    }
}

enum Applies {
    Yes,
    No,
    Depends(String),
}

/// What a policy says to a request; `resource` is `stage/METHOD/path`.
pub fn rule(policy: &Value, sender: &Sender, resource: &str) -> Ruling {
    let (mut allowed, mut depends, mut denied_by) = (false, None, None);
    for statement in policy::statements(policy) {
        let denies = statement.get("Effect").is_some_and(|effect| effect == "Deny");
        match applies(statement, sender, resource) {
            Applies::Yes if denies => {
                return Ruling::Denied(named(statement));
            }
            Applies::Yes => allowed = true,
            Applies::Depends(key) if denies || !allowed => {
                if denies {
                    denied_by = denied_by.or(Some(key.clone()));
                }
                depends = depends.or(Some(key));
            }
            Applies::Depends(_) | Applies::No => {}
        }
    }
    match (allowed, depends) {
        (_, Some(key)) => Ruling::Depends { key, denied_by },
        (true, None) => Ruling::Allowed,
        (false, None) => Ruling::NotAllowed,
    }
}

/// What a statement that denies is called: its `Sid`, or else `Deny execute-api:/* by NotIpAddress aws:SourceIp`.
fn named(statement: &Value) -> String {
    if let Some(sid) = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()) {
        return sid.to_owned();
    }
    let resources: Vec<&str> = statement.get("Resource").into_iter().flat_map(strings).collect();
    let conditions = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let keys: Vec<String> = conditions
        .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |(key, _)| (operator, key)))
        .map(|(operator, key)| format!("{operator} {key}"))
        .collect();
    let denies = if resources.is_empty() { "Deny".to_owned() } else { format!("Deny {}", resources.join(", ")) };
    if keys.is_empty() { denies } else { format!("{denies} by {}", keys.join(", ")) }
}

fn applies(statement: &Value, sender: &Sender, resource: &str) -> Applies {
    if !policy::invokes(statement) || !covers(statement, resource) {
        return Applies::No;
    }
    let mut result = principal(statement, sender);
    for (operator, keys) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match condition(operator, key, values, sender) {
                Applies::Yes => {}
                Applies::No => return Applies::No,
                Applies::Depends(key) => {
                    if !matches!(result, Applies::No) {
                        result = Applies::Depends(key);
                    }
                }
            }
        }
    }
    result
}

/// Whether a statement is of the resource: names it, or leaves it out of what it is not of.
fn covers(statement: &Value, resource: &str) -> bool {
    let named = |member: &str| Some(strings(statement.get(member)?).any(|pattern| is_pattern_of(pattern, resource)));
    named("Resource").or_else(|| named("NotResource").map(|is_left_out| !is_left_out)).unwrap_or(true)
}

/// Whether a pattern is of the resource: as a whole ARN, or as `execute-api:/stage/METHOD/path`. Which API an ARN names is left
/// out of account.
fn is_pattern_of(pattern: &str, resource: &str) -> bool {
    if let Some(short) = pattern.strip_prefix("execute-api:/") {
        return policy::matches(short, resource);
    }
    // AWS documents six parts, and says nothing of what fewer do.
    let Some(own) = pattern.splitn(6, ':').nth(5) else { return pattern.ends_with('*') };
    let (api, rest) = own.split_once('/').map_or((own, None), |(api, rest)| (api, Some(rest)));
    // A `*` in the API's place reaches beyond it: `*/GET/*` is of every stage.
    let beyond = api.find('*').and_then(|at| own.get(at..));
    rest.is_some_and(|rest| policy::matches(rest, resource))
        || beyond.is_some_and(|beyond| policy::matches(beyond, &format!("/{resource}")))
}

fn principal(statement: &Value, sender: &Sender) -> Applies {
    let named = |member: &str| {
        let names: Vec<&str> = match statement.get(member)? {
            Value::Object(kinds) => kinds.get("AWS").map(|names| strings(names).collect()).unwrap_or_default(),
            other => strings(other).collect(),
        };
        Some(names)
    };
    if let Some(left_out) = named("NotPrincipal") {
        return match &sender.principal {
            None => yes(!left_out.contains(&"*")),
            Some(own) if left_out.contains(&own.as_str()) => Applies::No,
            // Whether a role stands for its sessions here, or an account for its users, depends.
            Some(_) => Applies::Depends("NotPrincipal".to_owned()),
        };
    }
    let Some(names) = named("Principal") else { return Applies::Yes };
    if names.contains(&"*") {
        return Applies::Yes;
    }
    let Some(own) = &sender.principal else { return Applies::No };
    let account = own.split(':').nth(4).unwrap_or_default();
    let is_own = |name: &&str| *name == own || *name == account || name.ends_with(&format!(":{account}:root"));
    if names.iter().any(is_own) { Applies::Yes } else { Applies::No }
}

fn condition(operator: &str, key: &str, values: &Value, sender: &Sender) -> Applies {
    let known: Option<String> = match key.to_ascii_lowercase().as_str() {
        "aws:sourceip" | "aws:vpcsourceip" => {
            let Some(address) = sender.source_ip else { return Applies::Depends(key.to_owned()) };
            let within = strings(values).any(|range| contains(range, address));
            return match operator {
                "IpAddress" => yes(within),
                "NotIpAddress" => yes(!within),
                _ => Applies::Depends(format!("{key} under {operator}")),
            };
        }
        "aws:sourcevpce" => sender.vpc_endpoint.clone(),
        "aws:sourcevpc" => sender.vpc.clone(),
        _ => None,
    };
    let Some(known) = known else { return Applies::Depends(key.to_owned()) };
    match operator.trim_end_matches("IfExists") {
        "StringEquals" => yes(strings(values).any(|value| value == known)),
        "StringNotEquals" => yes(strings(values).all(|value| value != known)),
        "StringLike" => yes(strings(values).any(|value| policy::matches(value, &known))),
        "StringNotLike" => yes(!strings(values).any(|value| policy::matches(value, &known))),
        _ => Applies::Depends(format!("{key} under {operator}")),
    }
}

fn yes(holds: bool) -> Applies {
    if holds { Applies::Yes } else { Applies::No }
}

/// Whether an address lies within a range such as `203.0.113.0/24`, or is it.
pub fn contains(range: &str, address: IpAddr) -> bool {
    let (network, bits) = range.split_once('/').map_or((range, None), |(network, bits)| (network, Some(bits)));
    let Ok(network) = network.trim().parse::<IpAddr>() else { return false };
    let (a, b, width) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let bits = match bits.map(str::parse::<u32>) {
        None => width,
        Some(Ok(bits)) if bits <= width => bits,
        Some(_) => return false,
    };
    // All bits below the prefix are free; a shift by the whole width would be none.
    bits == 0 || (a ^ b).checked_shr(width - bits).unwrap_or(0) == 0
}

/// The range that holds an address alone: `203.0.113.7/32`.
pub fn range_of(address: IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_lie_within_ranges() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.9", true),
            ("203.0.113.0/24", "203.0.114.9", false),
            ("203.0.113.9", "203.0.113.9", true),
            ("0.0.0.0/0", "198.51.100.7", true),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "10.0.0.1", false),
            ("10.0.0.0/33", "10.0.0.1", false),
            ("not an address", "10.0.0.1", false),
        ] {
            assert_eq!(contains(range, address.parse().unwrap()), expected, "{range} {address}");
        }
    }

    #[test]
    fn statements_are_of_what_they_name_and_of_what_they_do_not_leave_out() {
        let arn = |rest: &str| format!("arn:aws:execute-api:eu-west-1:111122223333:{rest}");
        let user = "arn:aws:iam::111122223333:user/app";
        let depends = Ruling::Depends { key: "NotPrincipal".to_owned(), denied_by: None };
        let cases = [
            (json!({ "Action": "execute-api:*" }), None, Ruling::Allowed),
            (json!({ "Action": "execute-api:ManageConnections" }), None, Ruling::NotAllowed),
            (json!({ "NotAction": "execute-api:Invoke" }), None, Ruling::NotAllowed),
            (json!({ "NotAction": ["s3:*", "execute-api:*"] }), None, Ruling::NotAllowed),
            (json!({ "NotAction": "execute-api:ManageConnections" }), None, Ruling::Allowed),
            (json!({ "Action": "*", "Resource": arn("*") }), None, Ruling::Allowed),
            (json!({ "Action": "*", "Resource": arn("*/GET/*") }), None, Ruling::Allowed),
            (json!({ "Action": "*", "Resource": arn("*/POST/*") }), None, Ruling::NotAllowed),
            (json!({ "Action": "*", "Resource": arn("a1b2c3d4e5/prod/*") }), None, Ruling::Allowed),
            (json!({ "Action": "*", "Resource": arn("a1b2c3d4e5/dev/*") }), None, Ruling::NotAllowed),
            (json!({ "Action": "*", "Resource": arn("a1b2c3d4e5") }), None, Ruling::NotAllowed),
            (json!({ "Action": "*", "Resource": "arn:aws:execute-api:*" }), None, Ruling::Allowed),
            (json!({ "Action": "*", "NotResource": arn("a1b2c3d4e5/*") }), None, Ruling::NotAllowed),
            (json!({ "Action": "*", "NotResource": "execute-api:/dev/*" }), None, Ruling::Allowed),
            (json!({ "Action": "*", "NotPrincipal": { "AWS": user } }), None, Ruling::Allowed),
            (json!({ "Action": "*", "NotPrincipal": { "AWS": user } }), Some(user), Ruling::NotAllowed),
            (json!({ "Action": "*", "NotPrincipal": { "AWS": "111122223333" } }), Some(user), depends),
        ];
        for (mut statement, principal, expected) in cases {
            statement["Effect"] = json!("Allow");
            let sender = Sender { principal: principal.map(str::to_owned), ..Sender::default() };
            let policy = json!({ "Statement": statement });
            assert_eq!(rule(&policy, &sender, "prod/GET/orders"), expected, "{statement}");
        }
    }

    #[test]
    fn a_deny_wins_and_what_is_not_known_is_said() {
        let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*" });
        let only = |operator: &str, key: &str, value: &str| {
            json!({ "Sid": "Only", "Effect": "Deny", "Principal": "*", "Action": "execute-api:*", "Resource": "*",
                "Condition": { operator: { key: value } } })
        };
        let office = only("NotIpAddress", "aws:SourceIp", "203.0.113.0/24");
        let endpoint = only("StringNotEquals", "aws:SourceVpce", "vpce-1");
        let at = |address: &str| Sender { source_ip: Some(address.parse().unwrap()), ..Sender::default() };
        let by = |endpoint: &str| Sender { vpc_endpoint: Some(endpoint.to_owned()), ..Sender::default() };
        let on = |key: &str| Ruling::Depends { key: key.to_owned(), denied_by: Some(key.to_owned()) };
        for (statements, sender, expected) in [
            (json!([allow, office]), at("198.51.100.7"), Ruling::Denied("Only".to_owned())),
            (json!([allow, office]), at("203.0.113.7"), Ruling::Allowed),
            (json!([allow, office]), Sender::default(), on("aws:SourceIp")),
            (json!([allow, endpoint]), by("vpce-2"), Ruling::Denied("Only".to_owned())),
            (json!([allow, endpoint]), by("vpce-1"), Ruling::Allowed),
            (json!([endpoint]), by("vpce-1"), Ruling::NotAllowed),
            (json!([]), Sender::default(), Ruling::NotAllowed),
        ] {
            assert_eq!(rule(&json!({ "Statement": statements }), &sender, "prod/GET/orders"), expected, "{statements}");
        }
        let other = json!({ "Statement": [allow] });
        let from_office = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
            "Condition": { "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } } });
        let only_office = json!({ "Statement": from_office });
        let depends = Ruling::Depends { key: "aws:SourceIp".to_owned(), denied_by: None };
        assert_eq!(rule(&only_office, &Sender::default(), "prod/GET/orders"), depends);
        assert_eq!(rule(&other, &Sender::default(), "dev/GET/orders"), Ruling::NotAllowed);
    }
}
