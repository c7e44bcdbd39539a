//! JSON Schema, as far as the project's own document uses it, and stricter: a member that is not described is an error.

use serde_json::Value;

/// What in a value is not as its schema has it, one line each. `document` is what references lead into.
pub fn differences(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, schema, value, "$", &mut found);
    found
}

fn walk(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if schema == &Value::Bool(true) {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("references lead into the document");
        let schema = document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {reference}"));
        return walk(document, schema, value, at, found);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let tried = choices.iter().map(|schema| {
            let mut found = Vec::new();
            walk(document, schema, value, at, &mut found);
            found
        });
        // That something is not null says less than what else it is not.
        found.extend(
            tried.max_by_key(|found| if found.is_empty() { usize::MAX } else { found.len() }).unwrap_or_default(),
        );
        return;
    }
    if schema.get("const").is_some_and(|fixed| fixed != value) {
        found.push(format!("{at} is {value}, and not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        found.push(format!("{at} is {value}, which is none of {}", schema["enum"]));
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    if !types.is_empty() && !types.into_iter().any(is) {
        found.push(format!("{at} is {value}, and not {}", schema["type"]));
        return;
    }
    if schema["format"] == "date-time" && value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_err()) {
        found.push(format!("{at} is {value}, which is no time"));
    }
    if let Some(items) = value.as_array() {
        let of = schema.get("items").unwrap_or(&Value::Bool(true));
        items.iter().enumerate().for_each(|(index, item)| walk(document, of, item, &format!("{at}[{index}]"), found));
    }
    if let Some(members) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                found.push(format!("{at} has no {name}"));
            }
        }
        for (name, member) in members {
            match schema["properties"]
                .get(name)
                .or_else(|| schema.get("additionalProperties").filter(|of| of.is_object()))
            {
                Some(of) => walk(document, of, member, &format!("{at}.{name}"), found),
                None => found.push(format!("{at}.{name} is not described")),
            }
        }
    }
}
