//! From the names and types on the wire to those that boto3 has.

use serde_json::{Map, Value};

/// Changes every member of every object in an answer.
fn each_member(value: &mut Value, change: &dyn Fn(&str, &mut Value)) {
    match value {
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                change(name, value);
                each_member(value, change);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_member(item, change)),
        _ => {}
    }
}

/// The members that are times, in the services that write them as seconds since 1970.
const TIMES: [&str; 13] = [
    "CreatedAt",
    "CreationDate",
    "ImportedAt",
    "IssuedAt",
    "LastModifiedDate",
    "NotAfter",
    "NotBefore",
    "Timestamp",
    "certificateUploadDate",
    "createdDate",
    "expirationDate",
    "lastUpdatedDate",
    "uploadedDate",
];

/// Seconds since 1970 become a time in RFC 3339.
pub(super) fn times(mut answer: Value) -> Option<Value> {
    each_member(&mut answer, &|name, value| {
        if TIMES.contains(&name) {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is no time")]
            let seconds = value.as_f64().map(|seconds| seconds as i64);
            if let Some(time) = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
                *value = Value::from(time.to_string());
            }
        }
    });
    Some(answer)
}

/// `apigateway`: lists are named in the plural, as boto3 does.
pub(super) fn rest(mut answer: Value) -> Option<Value> {
    rename(&mut answer, "item", "items");
    times(answer)
}

/// `apigateway:GetUsage`: the days of each key.
pub(super) fn usage(mut answer: Value) -> Option<Value> {
    rename(&mut answer, "values", "items");
    Some(answer)
}

/// `apigatewayv2`: members begin with a capital letter; the keys of tags are the user's own.
pub(super) fn v2(answer: Value) -> Option<Value> {
    Some(capital(answer))
}

fn capital(value: Value) -> Value {
    let upper_first = |name: &str| {
        let mut chars = name.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    match value {
        Value::Object(object) => {
            let members = object.into_iter().map(|(name, value)| {
                let value = if name == "tags" { value } else { capital(value) };
                (upper_first(&name), value)
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(capital).collect()),
        other => other,
    }
}

/// As it is.
pub(super) fn plain(answer: Value) -> Option<Value> {
    Some(answer)
}

/// `lambda:GetPolicy`: the document itself, and not its text.
pub(super) fn policy(mut answer: Value) -> Option<Value> {
    let text = answer.get("Policy")?.as_str()?.to_owned();
    let policy = serde_json::from_str(&text).unwrap_or(Value::String(text));
    set(&mut answer, "Policy", policy);
    Some(answer)
}

/// `wafv2:GetWebACLForResource`: an answer without a web ACL says that there is none.
pub(super) fn web_acl(answer: Value) -> Option<Value> {
    answer.get("WebACL").filter(|acl| !acl.is_null())?;
    times(answer)
}

/// `cognito-idp:DescribeUserPoolDomain`: an empty description says that there is no such domain.
pub(super) fn domain_description(answer: Value) -> Option<Value> {
    let description = answer.get("DomainDescription")?.as_object()?;
    if description.is_empty() { None } else { Some(answer) }
}

/// `ec2:DescribeVpcAttribute`: whether it is on.
pub(super) fn vpc_attribute(mut answer: Value) -> Option<Value> {
    each_member(&mut answer, &|name, value| {
        if let ("Value", Some(is_on)) = (name, value.as_str().and_then(|text| text.parse::<bool>().ok())) {
            *value = Value::from(is_on);
        }
    });
    Some(answer)
}

/// `iam:GetRole`: the trust policy itself, which is sent percent-encoded.
pub(super) fn role(mut answer: Value) -> Option<Value> {
    if let Some(document) = answer.pointer_mut("/Role/AssumeRolePolicyDocument")
        && let Some(text) = document.as_str()
    {
        let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        *document = serde_json::from_str(&text).unwrap_or(Value::String(text));
    }
    Some(answer)
}

/// `cloudfront:ListDistributions`: boto3 has the list in a member of its own name.
pub(super) fn distributions(answer: Value) -> Option<Value> {
    Some(Value::Object(Map::from_iter([("DistributionList".to_owned(), answer)])))
}

/// Two pages in one: the lists of both under the names that they have.
pub(super) fn joined(all: Value, page: Value) -> Value {
    match (all, page) {
        (Value::Array(mut items), Value::Array(further)) => {
            items.extend(further);
            Value::Array(items)
        }
        (Value::Object(mut members), Value::Object(further)) => {
            for (name, value) in further {
                let value = match members.remove(&name) {
                    Some(earlier) => joined(earlier, value),
                    None => value,
                };
                members.insert(name, value);
            }
            Value::Object(members)
        }
        (all, _) => all,
    }
}

fn rename(answer: &mut Value, from: &str, to: &str) {
    if let Some(object) = answer.as_object_mut()
        && let Some(member) = object.remove(from)
    {
        object.insert(to.to_owned(), member);
    }
}

fn set(answer: &mut Value, name: &str, member: Value) {
    if let Some(object) = answer.as_object_mut() {
        object.insert(name.to_owned(), member);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_named_and_typed_as_boto3_does() {
        let listed = json!({ "item": [{ "id": "k", "createdDate": 1_791_633_600 }] });
        assert_eq!(rest(listed), Some(json!({ "items": [{ "id": "k", "createdDate": "2026-10-10T12:00:00Z" }] })));
        let mapped = json!({ "items": [{ "apiMappingKey": "v1", "tags": { "team": "x" } }], "nextToken": "t" });
        let named = json!({ "Items": [{ "ApiMappingKey": "v1", "Tags": { "team": "x" } }], "NextToken": "t" });
        assert_eq!(v2(mapped), Some(named));
        assert_eq!(policy(json!({ "Policy": "{\"Statement\":[]}" })), Some(json!({ "Policy": { "Statement": [] } })));
        let role = self::role(json!({ "Role": { "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D" } }));
        assert_eq!(role, Some(json!({ "Role": { "AssumeRolePolicyDocument": { "Statement": [] } } })));
        let attribute = json!({ "VpcId": "vpc-1", "EnableDnsSupport": { "Value": "true" } });
        assert_eq!(vpc_attribute(attribute), Some(json!({ "VpcId": "vpc-1", "EnableDnsSupport": { "Value": true } })));
    }

    #[test]
    fn an_answer_that_holds_nothing_says_that_there_is_nothing() {
        assert_eq!(web_acl(json!({})), None);
        assert_eq!(domain_description(json!({ "DomainDescription": {} })), None);
        assert!(domain_description(json!({ "DomainDescription": { "Domain": "demo" } })).is_some());
    }

    #[test]
    fn pages_are_joined_list_by_list() {
        let first = json!({ "DistributionList": { "Items": [1], "NextMarker": "a", "Quantity": 1 } });
        let second = json!({ "DistributionList": { "Items": [2], "Quantity": 1 } });
        let both = joined(first, second);
        assert_eq!(both["DistributionList"]["Items"], json!([1, 2]));
    }
}
