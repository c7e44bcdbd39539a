//! YAML's tags, and what CloudFormation means by its own.

use std::borrow::Cow;

use saphyr_parser::Tag;
use serde_json::{Map, Value};

use super::scalar;

/// CloudFormation's functions that have a short form (`!Sub`) for their long one (`Fn::Sub`): AWS CloudFormation user
/// guide, "Intrinsic function reference".
const FUNCTIONS: [&str; 18] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// A tag that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A type of YAML's own, such as `str` in `!!str`; `str` for the lone `!` too.
    Core(String),
    /// A function of CloudFormation, by the name of its long form.
    Function(String),
}

/// What a tag means; `Err` holds a tag that means nothing here.
pub(super) fn meaning(tag: &Tag) -> Result<Meaning, String> {
    if tag.is_yaml_core_schema() {
        return Ok(Meaning::Core(tag.suffix.clone()));
    }
    let written = format!("{}{}", tag.handle, tag.suffix);
    match written.strip_prefix('!') {
        Some("") => Ok(Meaning::Core("str".to_owned())),
        Some(name @ ("Ref" | "Condition")) => Ok(Meaning::Function(name.to_owned())),
        Some(name) if FUNCTIONS.contains(&name) => Ok(Meaning::Function(format!("Fn::{name}"))),
        _ => Err(written),
    }
}

/// A scalar with its tag.
pub(super) fn scalar(meaning: Option<Meaning>, text: Cow<str>, is_plain: bool) -> Result<Value, String> {
    match meaning {
        None if is_plain => Ok(scalar::plain(&text)),
        None => Ok(Value::from(text)),
        Some(Meaning::Function(name)) => Ok(function(name, Value::from(text))),
        Some(Meaning::Core(kind)) => {
            let value = scalar::plain(&text);
            match kind.as_str() {
                "bool" if value.is_boolean() => Ok(value),
                "int" if value.is_i64() || value.is_u64() => Ok(value),
                "float" if value.is_number() => Ok(value),
                "null" if value.is_null() => Ok(value),
                "bool" | "int" | "float" | "null" => Err(format!("`{}` is no {kind}", shown(&text))),
                _ => Ok(Value::from(text)),
            }
        }
    }
}

/// A list or object with its tag.
pub(super) fn collection(meaning: Option<Meaning>, value: Value) -> Value {
    match meaning {
        Some(Meaning::Function(name)) => function(name, value),
        Some(Meaning::Core(_)) | None => value,
    }
}

fn function(name: String, argument: Value) -> Value {
    let argument = match argument {
        // The attribute may have dots of its own: `!GetAtt Nested.Outputs.Url`.
        Value::String(text) if name == "Fn::GetAtt" => match text.split_once('.') {
            Some((resource, attribute)) => Value::from(vec![resource, attribute]),
            None => Value::String(text),
        },
        other => other,
    };
    Value::Object(Map::from_iter([(name, argument)]))
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
