//! What of a body does not fit its model: JSON Schema draft 4, as far as it is looked at.

use serde_json::Value;

use crate::case::logs;
use crate::configuration::Map;
use crate::schema::referenced_model;

/// The keywords that say nothing of values, and those that are looked at.
const LOOKED_AT: [&str; 21] = [
    "$ref",
    "$schema",
    "additionalProperties",
    "default",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "id",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "properties",
    "required",
    "title",
    "type",
];

/// How deep a schema is looked at: models may refer to each other in a circle.
const DEEPEST: usize = 32;

/// A model's schema, the models that it may refer to, and how deep it lies.
#[derive(Clone, Copy)]
pub(super) struct Schema<'s> {
    own: &'s Value,
    root: &'s Value,
    models: &'s Map<Value>,
    depth: usize,
}

impl<'s> Schema<'s> {
    pub(super) fn new(own: &'s Value, models: &'s Map<Value>) -> Schema<'s> {
        Schema { own, root: own, models, depth: 0 }
    }

    fn inner(self, own: &'s Value) -> Schema<'s> {
        Schema { own, depth: self.depth + 1, ..self }
    }

    /// What the schema refers to: a definition of its own, or another model; itself, where it refers to nothing.
    fn resolved(self) -> Option<Schema<'s>> {
        let Some(reference) = self.own.get("$ref").and_then(Value::as_str) else { return Some(self) };
        let name = referenced_model(reference)?;
        if self.depth > DEEPEST {
            return None;
        }
        // An export writes a model's name where a schema has a definition of its own.
        let definition = self.root.get("definitions").and_then(|own| own.get(name));
        let next = match (definition, self.models.get(name)) {
            (Some(own), _) => self.inner(own),
            (None, Some(model)) => Schema { own: model, root: model, models: self.models, depth: self.depth + 1 },
            (None, None) => return None,
        };
        next.resolved()
    }

    fn keyword(self, name: &str) -> Option<&'s Value> {
        self.own.get(name)
    }

    fn properties(self) -> impl Iterator<Item = (&'s String, &'s Value)> {
        self.keyword("properties").and_then(Value::as_object).into_iter().flatten()
    }

    /// Whether all is looked at that the schema says.
    pub(super) fn is_looked_at(self) -> bool {
        let Some(schema) = self.resolved().filter(|schema| schema.depth <= DEEPEST) else { return false };
        let Some(own) = schema.own.as_object() else { return false };
        let is_flag = |name: &str| own.get(name).is_none_or(Value::is_boolean);
        let more = own.get("additionalProperties").filter(|more| !more.is_boolean());
        own.keys().all(|keyword| LOOKED_AT.contains(&keyword.as_str()))
            && own.get("type").is_none_or(|kind| kind.is_string() || kind.is_array())
            // Later drafts write numbers there.
            && is_flag("exclusiveMinimum")
            && is_flag("exclusiveMaximum")
            && own.get("items").is_none_or(Value::is_object)
            && schema
                .properties()
                .map(|(_, inner)| inner)
                .chain(own.get("items"))
                .chain(more)
                .all(|inner| schema.inner(inner).is_looked_at())
    }

    /// What of a body does not fit. Its values are not repeated.
    pub(super) fn misfit(self, body: &Value) -> Option<String> {
        self.misfit_at("$", body)
    }

    fn misfit_at(self, path: &str, value: &Value) -> Option<String> {
        let schema = self.resolved().filter(|schema| schema.depth <= DEEPEST)?;
        schema.of_kind(path, value).or_else(|| match value {
            Value::Object(object) => schema.of_object(path, object),
            Value::Array(items) => schema.of_items(path, items),
            Value::String(text) => schema.of_length(path, text.chars().count(), ["minLength", "maxLength"]),
            Value::Number(number) => schema.of_number(path, number.as_f64()?),
            Value::Bool(_) | Value::Null => None,
        })
    }

    fn of_kind(self, path: &str, value: &Value) -> Option<String> {
        let kinds: Vec<&str> = match self.keyword("type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.and_then(Value::as_str).into_iter().collect(),
        };
        if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(kind, value)) {
            return Some(format!("{path} is not of type {}", kinds.join(" or ")));
        }
        let allowed = self.keyword("enum").and_then(Value::as_array)?;
        (!allowed.contains(value)).then(|| format!("{path} is none of the values that are allowed"))
    }

    fn of_object(self, path: &str, object: &serde_json::Map<String, Value>) -> Option<String> {
        let required = self.keyword("required").and_then(Value::as_array).into_iter().flatten();
        if let Some(missing) = required.filter_map(Value::as_str).find(|name| !object.contains_key(*name)) {
            return Some(format!("{path}.{missing} is missing"));
        }
        let mut known = self.properties().filter_map(|(name, inner)| Some((name, inner, object.get(name)?)));
        let wrong =
            known.find_map(|(name, inner, value)| self.inner(inner).misfit_at(&format!("{path}.{name}"), value));
        let is_known = |name: &String| self.properties().any(|(own, _)| own == name);
        // What a pattern of names covers is not looked at.
        let more = self.keyword("additionalProperties").filter(|_| self.keyword("patternProperties").is_none());
        let mut others = object.iter().filter(|(name, _)| !is_known(name));
        wrong.or_else(|| match more? {
            Value::Bool(false) => others.next().map(|(name, _)| format!("{path}.{} is not allowed", logs::short(name))),
            more => others
                .find_map(|(name, value)| self.inner(more).misfit_at(&format!("{path}.{}", logs::short(name)), value)),
        })
    }

    fn of_items(self, path: &str, items: &[Value]) -> Option<String> {
        let inner = self.keyword("items").filter(|inner| inner.is_object());
        let mut all = items.iter().enumerate();
        self.of_length(path, items.len(), ["minItems", "maxItems"])
            .or_else(|| all.find_map(|(i, value)| self.inner(inner?).misfit_at(&format!("{path}[{i}]"), value)))
    }

    fn of_length(self, path: &str, length: usize, [least, most]: [&str; 2]) -> Option<String> {
        let limit =
            |name: &str| self.keyword(name).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
        if limit(least).is_some_and(|limit| length < limit) {
            return Some(format!("{path} is shorter than its {least}"));
        }
        limit(most).is_some_and(|limit| length > limit).then(|| format!("{path} is longer than its {most}"))
    }

    fn of_number(self, path: &str, number: f64) -> Option<String> {
        let limit = |name: &str| self.keyword(name).and_then(Value::as_f64);
        let excludes = |name: &str| self.keyword(name) == Some(&Value::Bool(true));
        let below = |limit: f64| number < limit || excludes("exclusiveMinimum") && number <= limit;
        if limit("minimum").is_some_and(below) {
            return Some(format!("{path} is below its minimum"));
        }
        let above = |limit: f64| number > limit || excludes("exclusiveMaximum") && number >= limit;
        limit("maximum").is_some_and(above).then(|| format!("{path} is above its maximum"))
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_is_named_without_its_value() {
        let order = json!({ "type": "object", "required": ["sku"], "additionalProperties": false, "properties": {
            "sku": { "type": "string", "minLength": 1, "maxLength": 3 },
            "qty": { "type": ["integer", "null"], "minimum": 1, "maximum": 9, "exclusiveMaximum": true },
            "tags": { "type": "array", "maxItems": 1, "items": { "enum": ["a"] } },
        } });
        let cart = json!({ "properties": {
            "order": { "$ref": "https://apigateway.amazonaws.com/restapis/a1b2c3d4e5/models/Order" },
            "own": { "$ref": "#/definitions/Own" }, "cart": { "$ref": "#/models/Cart" },
        }, "definitions": { "Own": { "type": "string" } }, "additionalProperties": { "type": "integer" } });
        let models: Map<Value> = [("Order".to_owned(), order), ("Cart".to_owned(), cart)].into();
        for (model, body, expected) in [
            ("Order", json!({ "sku": "a", "qty": 1, "tags": ["a"] }), None),
            ("Order", json!({ "sku": "a", "qty": null }), None),
            ("Order", json!({ "sku": "a", "x": 1 }), Some("$.x is not allowed")),
            ("Order", json!({ "sku": "" }), Some("$.sku is shorter than its minLength")),
            ("Order", json!({ "sku": "abcd" }), Some("$.sku is longer than its maxLength")),
            ("Order", json!({ "sku": "a", "qty": 0 }), Some("$.qty is below its minimum")),
            ("Order", json!({ "sku": "a", "qty": 9 }), Some("$.qty is above its maximum")),
            ("Order", json!({ "sku": "a", "qty": "1" }), Some("$.qty is not of type integer or null")),
            ("Order", json!({ "sku": "a", "tags": ["b"] }), Some("$.tags[0] is none of the values that are allowed")),
            ("Order", json!({ "sku": "a", "tags": ["a", "a"] }), Some("$.tags is longer than its maxItems")),
            ("Cart", json!({ "order": {} }), Some("$.order.sku is missing")),
            ("Cart", json!({ "cart": { "cart": { "own": 1 } } }), Some("$.cart.cart.own is not of type string")),
            ("Cart", json!({ "n": "a" }), Some("$.n is not of type integer")),
            ("Cart", json!({ "n": 1, "own": "a", "order": { "sku": "a" } }), None),
        ] {
            let schema = Schema::new(models.get(model).unwrap(), &models);
            assert_eq!(schema.misfit(&body).as_deref(), expected, "{body}");
        }
        let is_looked_at = |own: Value| Schema::new(&own, &models).is_looked_at();
        assert!(is_looked_at(json!({ "$ref": "#/models/Order" })));
        for own in [
            json!({ "pattern": "^a" }),
            json!({ "exclusiveMinimum": 1 }),
            json!({ "$ref": "#/models/Nobody" }),
            // A circle has no end to look at.
            json!({ "$ref": "#/models/Cart" }),
        ] {
            assert!(!is_looked_at(own.clone()), "{own}");
        }
    }
}
