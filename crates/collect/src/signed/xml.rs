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
        let found = document.descendants().find(|node| node.tag_name().name() == name);
        found.and_then(|node| node.text()).map(str::to_owned)
    };
    (named("Code").unwrap_or_default(), named("Message"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: Shape = Shape {
        lists: &["itemSet", "Items"],
        numbers: &["fromPort"],
        booleans: &["isOn"],
        names: &[("itemSet", "Things")],
        is_wrapped: false,
    };

    #[test]
    fn names_lists_and_types_are_those_of_the_table() {
        let xml = r#"<?xml version="1.0"?><DescribeResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
            <requestId>r</requestId>
            <itemSet><item><fromPort>-1</fromPort><isOn>true</isOn><name>a &amp; b</name><Items/></item><item><name/></item></itemSet>
        </DescribeResponse>"#;
        let expected =
            json!({ "Things": [{ "FromPort": -1, "IsOn": true, "Name": "a & b", "Items": [] }, { "Name": "" }] });
        assert_eq!(SHAPE.read(xml.as_bytes()), Ok(expected));
    }

    #[test]
    fn the_result_of_the_query_protocol_is_taken_out_of_what_surrounds_it() {
        let shape = Shape { is_wrapped: true, ..SHAPE };
        let xml = "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName></Role></GetRoleResult>\
                   <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></GetRoleResponse>";
        assert_eq!(shape.read(xml.as_bytes()), Ok(json!({ "Role": { "RoleName": "r" } })));
    }

    #[test]
    fn what_makes_no_sense_is_no_answer() {
        for (xml, said) in [
            ("<a><fromPort>x</fromPort></a>", "fromPort is no number"),
            ("<a><isOn>yes</isOn></a>", "isOn is no truth value"),
            ("<a><b>", "not XML"),
            ("", "not XML"),
            ("<!DOCTYPE a [<!ENTITY e \"e\">]><a>&e;</a>", "not XML"),
        ] {
            let error = SHAPE.read(xml.as_bytes()).unwrap_err();
            assert!(error.contains(said), "{xml}: {error}");
        }
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert_eq!(SHAPE.read(deep.as_bytes()), Err("the answer is nested too deeply".to_owned()));
    }

    #[test]
    fn an_error_says_its_code_wherever_it_stands() {
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>";
        let iam = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        assert_eq!(error(ec2.as_bytes()), ("UnauthorizedOperation".to_owned(), Some("no".to_owned())));
        assert_eq!(error(iam.as_bytes()), ("AccessDenied".to_owned(), Some("no".to_owned())));
        assert_eq!(error(b"gateway timeout"), (String::new(), None));
    }
}
