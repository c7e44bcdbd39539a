//! Answers in XML: the Query protocol, EC2's variant of it, and CloudFront's REST.

use serde_json::Value;

/// How a service writes its answers in XML.
#[derive(Debug)]
pub(crate) struct Xml {
    /// The members that are not named as boto3 does, with the name on the wire.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// Whether the others begin with a small letter.
    pub(crate) is_small: bool,
    /// The names of the items of a list, by the element that encloses the list's own, and of those of all other lists.
    pub(crate) items: &'static [(&'static str, &'static str)],
    pub(crate) item: &'static str,
}

impl Xml {
    /// The elements of an object's members.
    pub(crate) fn members(&self, answer: &Value) -> String {
        let mut text = String::new();
        self.content(answer, "", &mut text);
        text
    }

    /// What stands between the tags of an element; `parent` is the name of the one that encloses a list.
    fn content(&self, value: &Value, parent: &str, text: &mut String) {
        match value {
            Value::Null => {}
            Value::Object(members) => {
                for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                    let wire = self.name(name);
                    // Of a list whose element is always named `Items`, the element around it says what it holds.
                    let owner = if name == "Items" { parent } else { name.as_str() };
                    element(&wire, text, |text| self.content(value, owner, text));
                }
            }
            Value::Array(items) => {
                let item = self.items.iter().find(|(list, _)| *list == parent).map_or(self.item, |(_, item)| item);
                items.iter().for_each(|value| element(item, text, |text| self.content(value, item, text)));
            }
            Value::String(scalar) => text.push_str(&escape(scalar)),
            scalar => text.push_str(&scalar.to_string()),
        }
    }

    fn name(&self, name: &str) -> String {
        match self.names.iter().find(|(own, _)| *own == name) {
            Some((_, wire)) => (*wire).to_owned(),
            None if self.is_small => crate::wire::lower_first(name),
            None => name.to_owned(),
        }
    }
}

fn element(name: &str, text: &mut String, content: impl FnOnce(&mut String)) {
    text.push_str(&format!("<{name}>"));
    content(text);
    text.push_str(&format!("</{name}>"));
}

/// Text between tags.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
