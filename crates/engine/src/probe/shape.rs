//! The form of a JSON value without its contents, and how two forms differ.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::{logs, secret};

/// The form of a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Shape {
    /// `string`, `number`, `boolean`, `null`; `object` where the keys are data themselves; `anything` where elements of
    /// one list differ.
    Word(&'static str),
    /// The form of the elements; nothing where there is none.
    List(Vec<Shape>),
    /// Members by name.
    Members(BTreeMap<String, Shape>),
}

/// An object of more members than this is taken for a map, whose keys are data.
const MOST_MEMBERS: usize = 64;

/// How deep values are looked into.
const DEEPEST: usize = 16;

/// How many differences are told.
const MOST_DIFFERENCES: usize = 10;

const ANYTHING: Shape = Shape::Word("anything");

impl Shape {
    /// The form of a value.
    pub fn of(value: &Value) -> Shape {
        Shape::at(value, 0)
    }

    fn at(value: &Value, depth: usize) -> Shape {
        match value {
            Value::Null => Shape::Word("null"),
            Value::Bool(_) => Shape::Word("boolean"),
            Value::Number(_) => Shape::Word("number"),
            Value::String(_) => Shape::Word("string"),
            _ if depth == DEEPEST => ANYTHING,
            Value::Array(items) => {
                let element = items.iter().map(|item| Shape::at(item, depth + 1)).reduce(Shape::joined);
                Shape::List(element.into_iter().collect())
            }
            Value::Object(members) if members.len() > MOST_MEMBERS => Shape::Word("object"),
            Value::Object(members) => {
                Shape::Members(members.iter().map(|(name, value)| (shown(name), Shape::at(value, depth + 1))).collect())
            }
        }
    }

    /// The form of what may be either.
    fn joined(self, other: Shape) -> Shape {
        match (self, other) {
            (one, other) if one == other => one,
            (Shape::Word("null"), other) | (other, Shape::Word("null")) => other,
            (Shape::List(one), Shape::List(other)) => {
                Shape::List(one.into_iter().chain(other).reduce(Shape::joined).into_iter().collect())
            }
            (Shape::Members(mut one), Shape::Members(other)) => {
                for (name, shape) in other {
                    let joined = match one.remove(&name) {
                        Some(own) => own.joined(shape),
                        None => shape,
                    };
                    one.insert(name, joined);
                }
                Shape::Members(one)
            }
            _ => ANYTHING,
        }
    }

    /// How two forms differ, the live one and the deployed one: a place and what stands there, each. `null` may stand for
    /// anything, and so may an empty list.
    pub fn differences(live: &Shape, deployed: &Shape) -> Vec<String> {
        let mut found = Vec::new();
        compare(live, deployed, "$", &mut found);
        found.truncate(MOST_DIFFERENCES);
        found
    }

    fn word(&self) -> &'static str {
        match self {
            Shape::Word(word) => word,
            Shape::List(_) => "list",
            Shape::Members(_) => "object",
        }
    }
}

/// The name of a member. One that looks like a secret, as the keys of a map may, is hidden as a value would be.
fn shown(name: &str) -> String {
    let is_secret = secret::is_credential(name)
        || secret::is_like_a_key(name)
        || secret::is_scrambled(name)
        || logs::redact(vec![name.to_owned()]) != [name];
    if is_secret { secret::redact(name) } else { name.to_owned() }
}

fn compare(live: &Shape, deployed: &Shape, place: &str, found: &mut Vec<String>) {
    if found.len() >= MOST_DIFFERENCES {
        return;
    }
    match (live, deployed) {
        (Shape::Word("null" | "anything"), _) | (_, Shape::Word("null" | "anything")) => {}
        (Shape::Word("object"), Shape::Members(_)) | (Shape::Members(_), Shape::Word("object")) => {}
        (Shape::List(one), Shape::List(other)) => {
            if let (Some(one), Some(other)) = (one.first(), other.first()) {
                compare(one, other, &format!("{place}[]"), found);
            }
        }
        (Shape::Members(one), Shape::Members(other)) => {
            for (name, shape) in one {
                let place = format!("{place}.{name}");
                match other.get(name) {
                    Some(other) => compare(shape, other, &place, found),
                    None => found.push(format!("{place}: in the live answer alone")),
                }
            }
            for name in other.keys().filter(|name| !one.contains_key(*name)) {
                found.push(format!("{place}.{name}: in the deployed answer alone"));
            }
        }
        (one, other) if one.word() == other.word() => {}
        (one, other) => found.push(format!("{place}: {} live, {} deployed", one.word(), other.word())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_holds_no_contents() {
        let value = json!({ "token": "s3cr3t", "items": [{ "id": 1 }, { "id": 2, "note": null }], "none": [] });
        let form = json!({ "token": "string", "items": [{ "id": "number", "note": "null" }], "none": [] });
        assert_eq!(serde_json::to_value(Shape::of(&value)).unwrap(), form);
        let keyed: serde_json::Map<String, Value> = (0..65).map(|at| (at.to_string(), json!(at))).collect();
        assert_eq!(Shape::of(&Value::Object(keyed)), Shape::Word("object"));
    }

    #[test]
    fn a_key_that_looks_like_a_secret_is_hidden() {
        for key in [
            "password=hunter2secret",
            "ada.lovelace@example.com",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        ] {
            let (live, deployed) = (Shape::of(&json!({ key: 1 })), Shape::of(&json!({})));
            assert_eq!(
                Shape::differences(&live, &deployed),
                [format!("$.{}: in the live answer alone", secret::redact(key))]
            );
        }
        for key in
            ["token", "isEligibleForOffer2024", "oauth2ClientConfiguration", "2026-10-10T12:00:00Z", "addressLine1"]
        {
            assert_eq!(shown(key), key);
        }
    }

    #[test]
    fn forms_differ_in_what_every_answer_shows() {
        let differences = |live: Value, deployed: Value| Shape::differences(&Shape::of(&live), &Shape::of(&deployed));
        for (live, deployed) in [
            (json!({ "id": 1 }), json!({ "id": 2 })),
            (json!({ "id": null }), json!({ "id": 2 })),
            (json!([]), json!([{ "id": 2 }])),
            (json!([1, "x"]), json!([true])),
            (json!([{ "id": 1 }, { "id": 1, "note": "x" }]), json!([{ "id": 1, "note": "x" }])),
        ] {
            assert_eq!(differences(live, deployed), [""; 0]);
        }
        let (live, deployed) =
            (json!({ "id": 1, "total": 2, "a": [{ "b": 1 }] }), json!({ "id": "1", "a": [{ "b": [] }], "c": 1 }));
        assert_eq!(
            differences(live, deployed),
            [
                "$.a[].b: number live, list deployed",
                "$.id: number live, string deployed",
                "$.total: in the live answer alone",
                "$.c: in the deployed answer alone",
            ]
        );
    }

    #[test]
    fn no_value_is_too_deep() {
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert_eq!(Shape::differences(&Shape::of(&deep), &Shape::of(&json!([[[1]]]))).len(), 1);
    }
}
