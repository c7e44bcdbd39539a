//! Between the names and types of recordings, which are boto3's, and those on the wire.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Calls `change` with each member of each object within an answer.
pub(crate) fn each_member(value: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
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

/// A time in RFC 3339 becomes seconds since 1970. Anything else stays.
pub(crate) fn time_to_number(value: &mut Value) {
    if let Some(time) = value.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
        *value = Value::from(time.as_second());
    }
}

/// Seconds since 1970 become a time in RFC 3339. Anything else stays.
pub(crate) fn number_to_time(value: &mut Value) {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is no time")]
    let seconds = value.as_f64().map(|seconds| seconds as i64);
    if let Some(time) = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        *value = Value::from(time.to_string());
    }
}

/// JSON where the wire has JSON in a string.
pub(crate) fn object_to_string(value: &mut Value) {
    if value.is_object() {
        *value = Value::from(value.to_string());
    }
}

/// Renames a member of an answer.
pub(crate) fn rename(value: &mut Value, from: &str, to: &str) {
    if let Some(object) = value.as_object_mut()
        && let Some(member) = object.remove(from)
    {
        object.insert(to.to_owned(), member);
    }
}

/// Two pages in one: the lists of both under the names that they have.
pub(crate) fn joined(mut all: Value, page: Value) -> Value {
    let Value::Object(page) = page else { return all };
    for (name, value) in page {
        match (all.get_mut(&name).and_then(Value::as_array_mut), value) {
            (Some(items), Value::Array(further)) => items.extend(further),
            (Some(_), _) => {}
            (None, value) => set(&mut all, &name, value),
        }
    }
    all
}

/// Removes a member of an answer.
pub(crate) fn remove(value: &mut Value, name: &str) -> Option<Value> {
    value.as_object_mut()?.remove(name)
}

/// Sets a member of an answer.
pub(crate) fn set(value: &mut Value, name: &str, member: impl Into<Value>) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), member.into());
    }
}

/// Renames every member that the service's model names, and leaves the keys of the maps in it alone.
pub(crate) fn rename_members(value: Value, maps: &[&str], rename: fn(&str) -> String) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::Object(map) if maps.contains(&name.as_str()) => Value::Object(
                            map.into_iter().map(|(key, value)| (key, rename_members(value, maps, rename))).collect(),
                        ),
                        other => rename_members(other, maps, rename),
                    };
                    (rename(&name), value)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| rename_members(item, maps, rename)).collect()),
        other => other,
    }
}

/// `ApiId` to `apiId`.
pub(crate) fn lower_first(name: &str) -> String {
    change_first(name, |c| c.to_ascii_lowercase())
}

/// `apiId` to `ApiId`.
pub(crate) fn upper_first(name: &str) -> String {
    change_first(name, |c| c.to_ascii_uppercase())
}

/// Changes the first letter of a member's name. What is no such name (`overwrite:header.x`) stays.
fn change_first(name: &str, change: fn(char) -> char) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) if name.chars().all(|c| c.is_ascii_alphanumeric()) => {
            std::iter::once(change(first)).chain(chars).collect()
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_go_both_ways() {
        let mut value = json!("2026-10-10T12:00:00Z");
        time_to_number(&mut value);
        assert_eq!(value, json!(1_791_633_600));
        number_to_time(&mut value);
        assert_eq!(value, json!("2026-10-10T12:00:00Z"));
        let mut other = json!("datetime");
        time_to_number(&mut other);
        assert_eq!(other, json!("datetime"));
    }

    #[test]
    fn members_are_renamed_and_the_users_own_keys_are_not() {
        let answer = json!({
            "Items": [{
                "ApiId": "a",
                "Tags": { "Team": "x" },
                "RequestParameters": { "route.request.header.X": { "Required": true } },
                "ResponseParameters": { "200": { "overwrite:statuscode": "201" } },
            }],
            "NextToken": "t",
        });
        let wire = json!({
            "items": [{
                "apiId": "a",
                "tags": { "Team": "x" },
                "requestParameters": { "route.request.header.X": { "required": true } },
                "responseParameters": { "200": { "overwrite:statuscode": "201" } },
            }],
            "nextToken": "t",
        });
        let maps = ["Tags", "RequestParameters", "ResponseParameters"];
        assert_eq!(rename_members(answer.clone(), &maps, lower_first), wire);
        let maps = ["tags", "requestParameters", "responseParameters"];
        assert_eq!(rename_members(wire, &maps, upper_first), answer);
    }
}
