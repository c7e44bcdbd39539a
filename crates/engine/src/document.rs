//! Text to a JSON value, whether the text is JSON or YAML, with CloudFormation's tags in their long form.
//!
//! YAML is read by the core schema of YAML 1.2 (yaml.org/spec/1.2.2 §10.3), except that a number which would not come
//! out as it was written, such as an account id with leading zeros, stays text. What is nested or repeated without
//! measure is an error with its place, and never costs time or memory without measure.

mod scalar;
mod tag;
mod tree;
mod yaml;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

pub(crate) use tree::Tree;

/// How deep lists and objects may lie in each other, aliases followed. JSON has the same limit, which is `serde_json`'s.
const DEEPEST: usize = 128;

/// How long a text may be, in bytes. CloudFormation takes templates of 1 MB, API Gateway documents of 6 MB.
pub const LONGEST: usize = 64 << 20;

/// Why a text could not be read, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It looks like JSON, and is none. The message names the place.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It is no YAML, or YAML that is not accepted.
    #[error("not YAML that can be read: {message} at line {line} column {column}")]
    NotYaml {
        /// What is wrong. One line.
        message: String,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// It holds nothing but white space and comments.
    #[error("the document is empty")]
    Empty,
    /// It has more than [`LONGEST`] bytes.
    #[error("the document has more than {} MiB", LONGEST >> 20)]
    TooLong,
}

/// Reads one document, JSON or YAML.
///
/// # Errors
///
/// [`DocumentError`] says what is wrong with the text.
pub fn read(text: &str) -> Result<Value, DocumentError> {
    if text.len() > LONGEST {
        return Err(DocumentError::TooLong);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml::read(text);
    }
    // A flow mapping of YAML begins as JSON does. Only YAML that can be read is one; anything else was to be JSON.
    let json: Result<Strict, _> = serde_json::from_str(text);
    match json {
        Ok(Strict(value)) => Ok(value),
        Err(error) => yaml::read(text).map_err(|_| DocumentError::NotJson(error.to_string())),
    }
}

/// JSON in which no key is given twice: of two, nobody knows which one was meant.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            match map.entry(key) {
                Entry::Occupied(known) => return Err(A::Error::custom(twice(known.key()))),
                Entry::Vacant(place) => {
                    let Strict(value) = members.next_value()?;
                    place.insert(value);
                }
            }
        }
        Ok(map.into())
    }
}

fn twice(key: &str) -> String {
    format!("the key `{}` is given twice", key.chars().take(60).collect::<String>())
}

#[cfg(test)]
mod tests;
