//! Schemas of models, as exports write them.

use serde_json::{Map, Value, json};

/// Keywords that recorded exports have.
const RECORDED: [&str; 21] = [
    "$ref",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
    "xml",
];

/// Keywords under which the user's own names stand.
const NAMES: [&str; 3] = ["properties", "patternProperties", "definitions"];

/// A schema with its references turned to the document, its numbers as doubles, and without `$schema`.
pub(super) fn written(schema: &Value, every_keyword: bool, reference: &dyn Fn(&str) -> String) -> Value {
    match schema {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (keyword, value) in object {
                if keyword == "$schema" || !(every_keyword || RECORDED.contains(&keyword.as_str())) {
                    continue;
                }
                let value = match value {
                    Value::String(target) if keyword == "$ref" => {
                        json!(reference(target.rsplit('/').next().unwrap_or_default()))
                    }
                    Value::Object(members) if NAMES.contains(&keyword.as_str()) => {
                        let member = |(name, member): (&String, &Value)| {
                            (name.clone(), written(member, every_keyword, reference))
                        };
                        Value::Object(members.iter().map(member).collect())
                    }
                    other => written(other, every_keyword, reference),
                };
                kept.insert(keyword.clone(), value);
            }
            Value::Object(kept)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| written(item, every_keyword, reference)).collect()),
        // Numeric constraints come back as doubles.
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

/// The names of the models that a written schema refers to.
pub(super) fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(object) => object
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(reference) if name == "$ref" => {
                    vec![reference.rsplit('/').next().unwrap_or_default().to_owned()]
                }
                other => references(other),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
