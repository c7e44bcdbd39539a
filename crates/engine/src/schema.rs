//! The JSON schemas of models: their canonical form, and what an export proves about them.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use crate::configuration::Source;

/// Keywords that exports carry. Their absence from an export proves that the deployed model lacks them.
///
/// Recorded exports show `$ref`, `title`, `type`, `description`, `properties`, `items`, `enum`, `required` and numeric
/// constraints, which come back as doubles. The others here are taken to be carried like these: they are those that JSON
/// Schema draft 4 and OpenAPI 3.0 have in common.
const RECORDED_IN_EXPORTS: [&str; 21] = [
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

/// Keywords that OpenAPI 3.0 has and Swagger 2.0 has not.
const OPENAPI_ONLY: [&str; 6] = ["anyOf", "deprecated", "not", "nullable", "oneOf", "writeOnly"];

/// One form for the schemas that `GetModels` and exports show.
///
/// References to other models become `#/models/Name`, whatever they looked like; whole numbers lose their fraction;
/// the order of `required` and `enum` is gone; `$schema`, which every export drops, is dropped.
pub fn canonical(mut schema: Value) -> Value {
    canonicalise(&mut schema);
    schema
}

fn canonicalise(schema: &mut Value) {
    match schema {
        Value::Object(object) => canonicalise_object(object),
        Value::Array(items) => items.iter_mut().for_each(canonicalise),
        Value::Number(number) => *number = whole(number),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn canonicalise_object(object: &mut Map<String, Value>) {
    object.remove("$schema");
    for (key, value) in object {
        match (key.as_str(), value) {
            ("$ref", Value::String(reference)) => *reference = canonical_reference(reference),
            ("required" | "enum", Value::Array(items)) => {
                items.iter_mut().for_each(canonicalise);
                items.sort_by_cached_key(ToString::to_string);
            }
            // A property may be called `$schema`.
            (keyword, Value::Object(members)) if holds_names(keyword) => members.values_mut().for_each(canonicalise),
            (_, value) => canonicalise(value),
        }
    }
}

/// Whether the keys of a keyword's object are the user's own names.
fn holds_names(keyword: &str) -> bool {
    matches!(keyword, "properties" | "patternProperties" | "definitions")
}

/// The name of the model that a reference points to, if it points to one.
pub fn referenced_model(reference: &str) -> Option<&str> {
    const PLACES: [&str; 3] = ["#/definitions/", "#/components/schemas/", "#/models/"];
    let local = PLACES.iter().find_map(|place| reference.strip_prefix(place));
    let name = local.or_else(|| reference.rsplit_once("/models/").map(|(_, name)| name))?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

fn canonical_reference(reference: &str) -> String {
    match referenced_model(reference) {
        Some(name) => format!("#/models/{name}"),
        None => reference.to_owned(),
    }
}

fn whole(number: &Number) -> Number {
    // Above 2^53 a double does not hold every whole number, so nothing is gained by pretending.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(double) if !number.is_i64() && double.fract() == 0.0 && double.abs() < EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range checked above")]
            Number::from(double as i64)
        }
        _ => number.clone(),
    }
}

/// What comparing two schemas came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are the same.
    Equal,
    /// They differ, and the deployed side proves it.
    Different,
    /// They differ in these keywords alone, of which no source says that an export carries them.
    Unproven(BTreeSet<String>),
}

/// Compares a live schema with a deployed one, both canonical.
///
/// `deployed_source` is where the deployed schema was read: an export may leave out a keyword that the deployed model
/// has, so its silence about one proves nothing unless recorded exports are known to carry that keyword.
pub fn compare(live: &Value, deployed: &Value, deployed_source: Source) -> Verdict {
    let mut unproven = BTreeSet::new();
    if differs(live, deployed, deployed_source, false, &mut unproven) {
        Verdict::Different
    } else if unproven.is_empty() {
        Verdict::Equal
    } else {
        Verdict::Unproven(unproven)
    }
}

/// `names` says that the keys of an object are the user's own names, not keywords.
fn differs(live: &Value, deployed: &Value, source: Source, names: bool, unproven: &mut BTreeSet<String>) -> bool {
    let (Value::Object(live), Value::Object(deployed)) = (live, deployed) else {
        return match (live, deployed) {
            (Value::Array(a), Value::Array(b)) => {
                a.len() != b.len() || a.iter().zip(b).any(|(a, b)| differs(a, b, source, false, unproven))
            }
            (Value::Number(a), Value::Number(b)) => a != b && !are_one_double(a, b),
            _ => live != deployed,
        };
    };
    if deployed.keys().any(|key| !live.contains_key(key)) {
        return true;
    }
    let mut different = false;
    for (key, live_value) in live {
        different |= match deployed.get(key) {
            Some(deployed_value) => {
                let names = !names && holds_names(key);
                differs(live_value, deployed_value, source, names, unproven)
            }
            None if names || is_carried(key, source) => true,
            None => {
                unproven.insert(key.clone());
                false
            }
        };
    }
    different
}

/// An export writes every number as a double, which does not hold every whole number.
fn are_one_double(a: &Number, b: &Number) -> bool {
    (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
}

fn is_carried(keyword: &str, source: Source) -> bool {
    match source {
        Source::Reads => true,
        Source::Oas30 | Source::HttpOas30 => RECORDED_IN_EXPORTS.contains(&keyword),
        Source::Swagger20 => RECORDED_IN_EXPORTS.contains(&keyword) && !OPENAPI_ONLY.contains(&keyword),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_form_for_references_numbers_and_sets() {
        let live = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["b", "a"],
            "properties": {
                "a": { "$ref": "https://apigateway.amazonaws.com/restapis/a1b2c3d4e5/models/Pet" },
                "b": { "type": "number", "maximum": 500 },
            },
        });
        let export = json!({
            "type": "object",
            "required": ["a", "b"],
            "properties": {
                "b": { "maximum": 500.0, "type": "number" },
                "a": { "$ref": "#/components/schemas/Pet" },
            },
        });
        let (live, export) = (canonical(live), canonical(export));
        assert_eq!(live, export);
        assert_eq!(canonical(live), export);
    }

    #[test]
    fn a_half_stays_a_half_and_a_huge_number_stays_itself() {
        assert_eq!(canonical(json!({ "maximum": 0.5 })), json!({ "maximum": 0.5 }));
        assert_eq!(canonical(json!({ "maximum": 1e300 })), json!({ "maximum": 1e300 }));
    }

    #[test]
    fn a_number_that_no_double_holds_equals_the_double_that_an_export_makes_of_it() {
        let live = json!({ "maximum": 9_007_199_254_740_993_i64 });
        let deployed = json!({ "maximum": 9_007_199_254_740_992.0 });
        assert_eq!(compare(&canonical(live.clone()), &canonical(deployed), Source::Oas30), Verdict::Equal);
        let other = json!({ "maximum": 9_007_199_254_740_992_i64 });
        assert_eq!(compare(&canonical(live), &canonical(other), Source::Reads), Verdict::Different);
    }

    #[test]
    fn a_property_may_be_called_as_a_keyword_is() {
        let schema = json!({ "$schema": "x", "properties": { "$schema": { "type": "string" } } });
        assert_eq!(canonical(schema), json!({ "properties": { "$schema": { "type": "string" } } }));
    }

    #[test]
    fn silence_of_an_export_proves_only_what_exports_are_known_to_carry() {
        let deployed = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        let mut live = deployed.clone();
        live["properties"]["a"]["pattern"] = json!("^x");
        assert_eq!(compare(&live, &deployed, Source::Oas30), Verdict::Unproven(BTreeSet::from(["pattern".to_owned()])));
        assert_eq!(compare(&live, &deployed, Source::Reads), Verdict::Different);
        assert_eq!(compare(&deployed, &live, Source::Oas30), Verdict::Different);

        live["properties"]["pattern"] = json!({ "type": "string" });
        assert_eq!(compare(&live, &deployed, Source::Oas30), Verdict::Different, "a property named like a keyword");
    }
}
