//! Policy documents: the canonical form of an API's resource policy, and matching of ARNs by patterns.

use serde_json::{Map, Value};

/// Parses a policy as AWS hands it out and brings it into one form.
///
/// `GetRestApi` shows a policy as a JSON string, in some answers escaped once more; an export shows it as an object.
/// Lists of one become their element, lists are sorted, and resources of the API itself are written in the short form
/// `execute-api:/stage/METHOD/path`, as which they were entered or not. What is not JSON stays a string.
pub fn canonical(policy: &Value, api_id: &str) -> Value {
    match policy {
        Value::String(text) => parse(text).map_or_else(|| policy.clone(), |value| canonical_value(&value, api_id)),
        other => canonical_value(other, api_id),
    }
}

/// The document in a policy string, which may have been escaped one time too many.
pub fn parse(text: &str) -> Option<Value> {
    let unescaped = || serde_json::from_str::<String>(&format!("\"{text}\"")).ok();
    let value = serde_json::from_str::<Value>(text)
        .or_else(|error| unescaped().ok_or(error).and_then(|text| serde_json::from_str(&text)))
        .ok()?;
    match value {
        Value::Object(_) => Some(value),
        Value::String(inner) => serde_json::from_str(&inner).ok().filter(Value::is_object),
        _ => None,
    }
}

/// A policy's statements: a list, or one that stands without it.
pub(crate) fn statements(policy: &Value) -> &[Value] {
    policy.get("Statement").map(elements).unwrap_or_default()
}

/// The strings of a list, or a single string: IAM takes both for principals, actions, resources and conditions.
pub(crate) fn strings(value: &Value) -> impl Iterator<Item = &str> {
    elements(value).iter().filter_map(Value::as_str)
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        single => std::slice::from_ref(single),
    }
}

fn canonical_value(value: &Value, api_id: &str) -> Value {
    match value {
        Value::Object(object) => {
            let object: Map<String, Value> =
                object.iter().map(|(key, value)| (key.clone(), canonical_member(key, value, api_id))).collect();
            Value::Object(object)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| canonical_value(item, api_id)).collect();
            items.sort_by_cached_key(ToString::to_string);
            items.dedup();
            match items.as_mut_slice() {
                [only] if !only.is_object() => only.take(),
                _ => Value::Array(items),
            }
        }
        Value::String(text) => Value::String(short_resource(text, api_id)),
        other => other.clone(),
    }
}

fn canonical_member(key: &str, value: &Value, api_id: &str) -> Value {
    match (key, value) {
        // A single statement may stand without its list.
        ("Statement", Value::Object(_)) => Value::Array(vec![canonical_value(value, api_id)]),
        // Everybody is written in two ways.
        ("Principal", Value::Object(principals))
            if principals.len() == 1
                && principals.get("AWS").is_some_and(|names| canonical_value(names, api_id) == "*") =>
        {
            Value::from("*")
        }
        _ => canonical_value(value, api_id),
    }
}

fn short_resource(text: &str, api_id: &str) -> String {
    let mut parts = text.splitn(6, ':');
    let own = match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("arn"), Some(_), Some("execute-api"), Some(_), Some(_), Some(resource)) => resource.strip_prefix(api_id),
        _ => None,
    };
    match own.and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => format!("execute-api:/{rest}"),
        None => text.to_owned(),
    }
}

/// One comparison of a statement's conditions.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// Whether its statement denies; otherwise it allows.
    pub denies: bool,
    /// `StringEquals`, `NotIpAddress` …
    pub operator: &'a str,
    /// `aws:SourceIp` …, in any case.
    pub key: &'a str,
    /// A value, or a list of them.
    pub values: &'a Value,
}

/// Whether any statement allows anything.
pub fn allows(policy: &Value) -> bool {
    statements(policy).iter().any(|statement| statement.get("Effect").is_some_and(|effect| effect == "Allow"))
}

/// All comparisons of all statements.
pub fn conditions(policy: &Value) -> impl Iterator<Item = Condition<'_>> {
    statements(policy).iter().flat_map(|statement| {
        let denies = statement.get("Effect").is_some_and(|effect| effect == "Deny");
        let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        operators.flat_map(move |(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| Condition { denies, operator, key, values })
        })
    })
}

/// Whether a statement is of `execute-api:Invoke`: names it, or leaves it out of what it is not of.
pub(crate) fn invokes(statement: &Value) -> bool {
    let named = |member: &str| {
        let mut actions = strings(statement.get(member)?);
        Some(actions.any(|action| matches(&action.to_lowercase(), "execute-api:invoke")))
    };
    named("Action").or_else(|| named("NotAction").map(|is_left_out| !is_left_out)).unwrap_or(false)
}

/// Whether `text` matches an IAM pattern, in which `*` stands for any characters and `?` for one.
///
/// Runs in time linear in `text` for each `*`, whatever the pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == c => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // The last star takes one character more, and the rest is tried again.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&c| c == '*')
}

/// Whether an ARN matches a pattern as `ArnLike` and `ArnEquals` compare them: each of the six parts on its own, so
/// that a `*` in one part does not reach into the next. A bare `*` counts as a match: AWS documents six parts, and says
/// nothing of what fewer do, so nobody is told that a permission is missing on the strength of it.
pub fn arn_matches(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    patterns.len() == parts.len() && patterns.iter().zip(parts).all(|(pattern, part)| matches(pattern, part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_form_for_strings_objects_lists_and_resources() {
        let object = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": "*", "Action": ["execute-api:Invoke"],
                "Resource": ["arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/*", "execute-api:/dev/*"],
            }],
        });
        let text = json!({
            "Statement": {
                "Action": "execute-api:Invoke", "Effect": "Allow", "Principal": "*",
                "Resource": ["execute-api:/dev/*", "execute-api:/prod/*"],
            },
            "Version": "2012-10-17",
        })
        .to_string();
        let escaped = serde_json::to_string(&text).unwrap();
        let escaped = escaped.trim_matches('"');
        let canonical_of = |value: Value| canonical(&value, "a1b2c3d4e5");
        assert_eq!(canonical_of(object.clone()), canonical_of(json!(text)));
        assert_eq!(canonical_of(object.clone()), canonical_of(json!(escaped)));
        assert_ne!(canonical_of(object.clone()), canonical(&object, "another"));
        assert_eq!(canonical_of(canonical_of(object.clone())), canonical_of(object));
    }

    #[test]
    fn what_is_no_policy_stays_what_it_is() {
        assert_eq!(canonical(&json!("not json"), "a"), json!("not json"));
        assert_eq!(canonical(&json!("\"twice\""), "a"), json!("\"twice\""));
    }

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*aab", "aaaab", true),
            ("", "a", false),
            ("a**", "a", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_star_in_an_arn_stays_within_its_part() {
        let arn = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/orders";
        assert!(arn_matches("arn:aws:execute-api:*:*:a1b2c3d4e5/*", arn));
        assert!(arn_matches("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/GET/orders", arn));
        assert!(!arn_matches("arn:aws:execute-api:*:a1b2c3d4e5/*", arn));
        assert!(arn_matches("*", arn));
    }
}
