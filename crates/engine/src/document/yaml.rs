//! YAML to a JSON value, event by event, so that nothing is built that is not counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::tag::{self, Meaning};
use super::{DEEPEST, DocumentError, twice};

/// How much aliases may repeat, in bytes of what they stand for; files that are longer may repeat as much again.
const MOST_REPEATED: usize = 16 << 20;

/// What a value takes beside its text.
const NODE: usize = 32;

/// YAML's merge key. It is no part of YAML 1.2, but tools of the trade understand it.
const MERGE: &str = "<<";

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Value, DocumentError> {
    let mut builder = Builder { budget: MOST_REPEATED.max(text.len()), ..Builder::default() };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            // The parser has a limit of its own for flow collections.
            let is_too_deep = error.info().contains("recursion limit");
            place(error.marker(), &if is_too_deep { too_deep() } else { error.info().to_owned() })
        })?;
        builder.take(event).map_err(|message| place(&span.start, &message))?;
    }
    builder.root.ok_or(DocumentError::Empty)
}

fn place(marker: &Marker, message: &str) -> DocumentError {
    let message: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    DocumentError::NotYaml { message, line: marker.line(), column: marker.col() + 1 }
}

/// A value that is complete, and what it takes.
#[derive(Clone, Debug, Default)]
struct Node {
    value: Value,
    /// Bytes.
    weight: usize,
    /// How many lists and objects lie in each other.
    height: usize,
    is_merge_key: bool,
}

/// A list or object that is not complete yet.
#[derive(Debug)]
struct Frame {
    holds: Holds,
    anchor: usize,
    meaning: Option<Meaning>,
    weight: usize,
    height: usize,
}

#[derive(Debug)]
enum Holds {
    List(Vec<Value>),
    Object { members: Map<String, Value>, key: Option<Key>, merged: Vec<Value> },
}

#[derive(Debug)]
enum Key {
    Merge,
    Name(String),
}

#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    anchors: BTreeMap<usize, Node>,
    /// What aliases may still repeat, in bytes.
    budget: usize,
    documents: usize,
    root: Option<Value>,
}

impl Builder {
    fn take(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err("a second document begins, and only one can be read".to_owned());
                }
            }
            Event::Scalar(text, style, anchor, tag) => return self.scalar(text, style, anchor, tag),
            Event::SequenceStart(anchor, tag) => return self.open(Holds::List(Vec::new()), anchor, tag),
            Event::MappingStart(anchor, tag) => {
                let holds = Holds::Object { members: Map::new(), key: None, merged: Vec::new() };
                return self.open(holds, anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(),
            Event::Alias(anchor) => return self.alias(anchor),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<Tag>>,
    ) -> Result<(), String> {
        let is_plain = style == ScalarStyle::Plain;
        let weight = NODE + text.len();
        // A key is its text: the status code 200 is "200", and `on` is "on".
        let is_key = tag.is_none() && self.awaits_key();
        let is_merge_key = is_key && is_plain && text == MERGE;
        let value = if is_key { Value::from(text) } else { tag::scalar(meaning(tag)?, text, is_plain)? };
        self.finish(Node { value, weight, height: 0, is_merge_key }, anchor)
    }

    fn awaits_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { holds: Holds::Object { key: None, .. }, .. }))
    }

    fn open(&mut self, holds: Holds, anchor: usize, tag: Option<Cow<Tag>>) -> Result<(), String> {
        if self.awaits_key() {
            return Err("a key is a list or an object, and has to be text".to_owned());
        }
        if self.frames.len() >= DEEPEST {
            return Err(too_deep());
        }
        // A function of CloudFormation is an object around its argument.
        let meaning = meaning(tag)?;
        let height = usize::from(matches!(meaning, Some(Meaning::Function(_))));
        self.frames.push(Frame { holds, anchor, meaning, weight: NODE, height });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(Frame { holds, anchor, meaning, weight, height }) = self.frames.pop() else {
            return Ok(());
        };
        let value = match holds {
            Holds::List(items) => Value::Array(items),
            Holds::Object { mut members, merged, .. } => {
                for (key, value) in merged.into_iter().flat_map(objects).flatten() {
                    members.entry(key).or_insert(value);
                }
                Value::Object(members)
            }
        };
        let value = tag::collection(meaning, value);
        self.finish(Node { value, weight, height: height + 1, is_merge_key: false }, anchor)
    }

    fn alias(&mut self, anchor: usize) -> Result<(), String> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err("an alias stands within what it stands for".to_owned());
        };
        if self.frames.len() + node.height > DEEPEST {
            return Err(too_deep());
        }
        self.budget = self.budget.checked_sub(node.weight).ok_or_else(too_much)?;
        let node = Node { is_merge_key: false, ..node.clone() };
        self.finish(node, 0)
    }

    /// Puts a complete value where it belongs.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.budget = self.budget.checked_sub(node.weight).ok_or_else(too_much)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(Frame { holds, weight, height, .. }) = self.frames.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        *weight += node.weight;
        *height = (*height).max(node.height);
        match holds {
            Holds::List(items) => items.push(node.value),
            Holds::Object { members, key, merged } => match key.take() {
                None => *key = Some(self::key(node, members)?),
                Some(Key::Name(name)) => {
                    members.insert(name, node.value);
                }
                Some(Key::Merge) => merged.push(node.value),
            },
        }
        Ok(())
    }
}

fn key(node: Node, members: &Map<String, Value>) -> Result<Key, String> {
    if node.is_merge_key {
        return Ok(Key::Merge);
    }
    let name = match node.value {
        Value::String(name) => name,
        // By way of an alias or a tag.
        Value::Bool(_) | Value::Number(_) => node.value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return Err("a key has to be text".to_owned()),
    };
    if members.contains_key(&name) { Err(twice(&name)) } else { Ok(Key::Name(name)) }
}

/// What a merge key brings: one object, or several of which the first one counts.
fn objects(merged: Value) -> Vec<Map<String, Value>> {
    match merged {
        Value::Object(object) => vec![object],
        Value::Array(items) => items.into_iter().flat_map(objects).collect(),
        _ => Vec::new(),
    }
}

fn meaning(tag: Option<Cow<Tag>>) -> Result<Option<Meaning>, String> {
    let meaning = tag.map(|tag| tag::meaning(&tag)).transpose();
    meaning.map_err(|tag| format!("the tag `{tag}` is neither YAML's nor CloudFormation's"))
}

fn too_deep() -> String {
    format!("lists and objects lie in each other more than {DEEPEST} deep")
}

fn too_much() -> String {
    format!("aliases repeat more than {} MiB", MOST_REPEATED >> 20)
}
