//! Schemas of models at random.

use serde_json::{Map, Value, json};

use super::Generator;

impl Generator<'_> {
    fn reference(&mut self) -> Value {
        let name = self.random.pick(&["Order", "Item", "Tree"]);
        json!({ "$ref": format!("https://apigateway.amazonaws.com/restapis/{}/models/{name}", self.id) })
    }

    /// A schema with keywords of every class: numbers, texts, lists, objects, combinations, names of the user's own
    /// that look like keywords, and numbers that a double does not hold.
    pub(super) fn schema(&mut self, depth: usize) -> Value {
        let kind = self.random.pick(&["object", "object", "array", "string", "integer", "number", "reference"]);
        let mut schema = json!({ "type": kind });
        self.maybe(&mut schema, 20, "title", "a title");
        self.maybe(&mut schema, 20, "description", "what it holds");
        match kind {
            "reference" => return self.reference(),
            "object" if depth > 0 => {
                let names = self.random.some(&["id", "required", "properties", "$schema", "pattern", "é"]);
                let mut properties = Map::new();
                for name in &names {
                    properties.insert((*name).to_owned(), self.schema(depth - 1));
                }
                schema["required"] = json!(self.random.some(&names));
                schema["properties"] = Value::Object(properties);
                self.maybe(&mut schema, 20, "minProperties", 1);
                self.maybe(&mut schema, 20, "additionalProperties", false);
                let other = self.schema(0);
                self.maybe(&mut schema, 10, "patternProperties", json!({ "^x-": other }));
                self.maybe(&mut schema, 10, "definitions", json!({ "own": { "type": "string", "maxLength": 3 } }));
                self.maybe(&mut schema, 10, "dependencies", json!({ "id": ["pattern"] }));
            }
            "array" if depth > 0 => {
                schema["items"] = self.schema(depth - 1);
                self.maybe(&mut schema, 30, "maxItems", 9);
                self.maybe(&mut schema, 30, "uniqueItems", true);
            }
            "string" => {
                self.maybe(&mut schema, 30, "maxLength", 20);
                self.maybe(&mut schema, 30, "pattern", "^[a-z]{2}$");
                self.maybe(&mut schema, 20, "format", "date-time");
                let words = self.random.some(&["b", "a", "c"]);
                self.maybe(&mut schema, 30, "enum", words);
                self.maybe(&mut schema, 10, "default", "a");
            }
            "integer" | "number" => {
                let bounds = [
                    json!(0),
                    json!(-5),
                    json!(500),
                    json!(0.1),
                    json!(2.50),
                    json!(1e3),
                    json!(123456789.12345679),
                    json!(9_007_199_254_740_993_i64),
                    json!(u64::MAX),
                    json!(1e300),
                ];
                let bound = self.random.pick(&bounds);
                self.maybe(&mut schema, 60, "maximum", bound);
                self.maybe(&mut schema, 20, "exclusiveMaximum", true);
                self.maybe(&mut schema, 20, "multipleOf", 0.01);
                self.maybe(&mut schema, 20, "enum", json!([3, 1, 2.5]));
            }
            _ => {}
        }
        if depth > 0 && self.chance(10) {
            let combination = self.random.pick(&["allOf", "anyOf", "oneOf"]);
            let parts = [self.schema(0), self.schema(0)];
            schema[combination] = json!(parts);
        }
        schema
    }
}
