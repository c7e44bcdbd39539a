//! From the XML of the Query protocols and of CloudFront to JSON with the names that boto3 has.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// What the XML of a service does not say of itself.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The elements that hold a list, by their names in the XML. Their children are its items, whatever these are named.
    pub(crate) lists: &'static [&'static str],
    /// The elements that hold a number.
    pub(crate) numbers: &'static [&'static str],
    /// The elements that hold `true` or `false`.
    pub(crate) booleans: &'static [&'static str],
    /// The members that boto3 names otherwise than with a capital letter first.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// Whether the answer is the content of the root's only element that is no metadata, and not the root's.
    pub(crate) is_wrapped: bool,
}

/// No answer nests deeper.
const DEEPEST: usize = 32;

impl Shape {
    /// Reads an answer.
    pub(super) fn read(&self, body: &[u8]) -> Result<Value, String> {
        let text = std::str::from_utf8(body).map_err(|_| "the answer is not text in UTF-8".to_owned())?;
        let document = Document::parse(text).map_err(|error| format!("the answer is not XML: {error}"))?;
        let root = document.root_element();
        let is_metadata =
            |node: &Node| ["ResponseMetadata", "requestId", "RequestId"].contains(&node.tag_name().name());
        let content = match elements(root).find(|node| self.is_wrapped && !is_metadata(node)) {
            Some(result) => result,
            None => root,
        };
        let mut answer = self.value(content, DEEPEST)?;
        if let Some(members) = answer.as_object_mut() {
            members.remove("RequestId");
        }
        Ok(answer)
    }

    fn value(&self, node: Node, depth: usize) -> Result<Value, String> {
        let depth = depth.checked_sub(1).ok_or("the answer is nested too deeply")?;
        let name = node.tag_name().name();
        if self.lists.contains(&name) {
            let items = elements(node).map(|item| self.value(item, depth));
            return Ok(Value::Array(items.collect::<Result<_, _>>()?));
        }
        if elements(node).next().is_some() {
            let mut members = Map::new();
            for child in elements(node) {
                members.insert(self.name(child.tag_name().name()), self.value(child, depth)?);
            }
            return Ok(Value::Object(members));
        }
        let text = node.text().unwrap_or_default();
        let wrong = |what: &str| format!("the answer's {name} is no {what}");
        if self.numbers.contains(&name) {
            return text.trim().parse::<i64>().map(Value::from).map_err(|_| wrong("number"));
        }
        if self.booleans.contains(&name) {
            return text.trim().parse::<bool>().map(Value::from).map_err(|_| wrong("truth value"));
        }
        Ok(Value::from(text))
    }

    fn name(&self, name: &str) -> String {
        if let Some((_, own)) = self.names.iter().find(|(wire, _)| *wire == name) {
            return (*own).to_owned();
        }
        let mut chars = name.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
    }
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Code and message of an error: `Error` is the root's child (IAM, CloudFront), or stands in `Errors` (EC2).
pub(super) fn error(body: &[u8]) -> (String, Option<String>) {
    let text = String::from_utf8_lossy(body);
    let Ok(document) = Document::parse(&text) else { return (String::new(), None) };
    let named = |name: &str| {
        let found = document.descendants().find(|node| node.has_tag_name(name) || node.tag_name().name() == name);
        found.and_then(|node| node.text()).map(str::to_owned)
    };
    (named("Code").unwrap_or_default(), named("Message"))
}
