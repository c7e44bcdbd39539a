//! Segments of a request's path that have the form of a credential: nothing that is said shows them.

use serde_json::Value;

use super::Explained;
use crate::finding::Evidence;
use crate::secret;

/// Segments, and what is shown in their place.
pub(super) struct Segments<'p>(Vec<(&'p str, String)>);

impl<'p> Segments<'p> {
    /// Those of a path; `None` where it has none, as nearly always.
    pub(super) fn of(path: &'p str) -> Option<Segments<'p>> {
        let secrets = path.split('/').filter(|segment| secret::is_credential(segment));
        let all: Vec<(&str, String)> = secrets.map(|segment| (segment, secret::redact(segment))).collect();
        (!all.is_empty()).then_some(Segments(all))
    }

    /// A text without them.
    pub(super) fn hidden(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (segment, shown)| text.replace(segment, shown))
    }

    /// Takes them out of a text.
    pub(super) fn hide(&self, text: &mut String) {
        *text = self.hidden(text);
    }

    /// Takes them out of all that is said of a cause.
    pub(super) fn hide_in_cause(&self, cause: &mut Explained) {
        self.hide(&mut cause.says);
        self.hide(&mut cause.remedy.summary);
        cause.remedy.command.iter_mut().for_each(|command| self.hide(command));
        for Evidence { source: _, path, value } in cause.evidence.iter_mut().chain(&mut cause.against) {
            self.hide(path);
            self.hide_in_value(value);
        }
    }

    fn hide_in_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.hide_in_value(value)),
            Value::Object(members) => members.iter_mut().for_each(|(_, value)| self.hide_in_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
