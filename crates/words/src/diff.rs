//! Long values, line by line: mapping templates, policies, schemas.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `' '` on both sides, `'-'` deployed only, `'+'` live only, `'…'` left out.
    pub sign: char,
    /// The line, as it came from the account.
    pub text: String,
}

/// How many equal lines are shown around those that differ.
const CONTEXT: usize = 2;

/// Values of one line are shown side by side instead, unless a list or map is longer than this.
const LONGEST_INLINE: usize = 120;

/// Compares two values line by line; nothing where both are short enough to stand in one line. More lines than `most` are
/// counted instead: JSON has the values whole.
pub fn lines(deployed: &Value, live: &Value, most: usize) -> Option<Vec<Line>> {
    if is_short(deployed) && is_short(live) {
        return None;
    }
    let (one, other) = (text(deployed), text(live));
    let diff = TextDiff::from_lines(&one, &other);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            lines.push(Line { sign: '…', text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.push(Line { sign, text: change.value().trim_end_matches(['\n', '\r']).to_owned() });
        }
    }
    if lines.len() > most {
        let left_out = lines.len() - most;
        lines.truncate(most);
        lines.push(Line { sign: '…', text: format!("{left_out} more lines; the JSON has them all") });
    }
    Some(lines)
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim_end().contains('\n') && structured(text).is_none(),
        other => {
            let text = other.to_string();
            text.len() <= LONGEST_INLINE && !text.contains("\\n")
        }
    }
}

/// A value as lines: JSON in its usual layout; of a map of texts, each text under its key.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => closed(&structured(text).unwrap_or_else(|| text.clone())),
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_string) => {
            let texts = map.iter().map(|(key, value)| (key, value.as_str().unwrap_or_default()));
            let members = texts.map(|(key, text)| match text.contains('\n') {
                false => format!("{key}: {text}\n"),
                true => format!("{key}:\n{}", closed(text)),
            });
            members.collect()
        }
        other => closed(&serde_json::to_string_pretty(other).unwrap_or_default()),
    }
}

/// JSON that stands in a string, in its usual layout.
fn structured(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    (value.is_object() || value.is_array()).then(|| serde_json::to_string_pretty(&value).unwrap_or_default())
}

/// Text whose last line ends.
fn closed(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(deployed: Value, live: Value) -> Option<String> {
        Some(lines(&deployed, &live, 40)?.iter().map(|line| format!("{}{}\n", line.sign, line.text)).collect())
    }

    #[test]
    fn short_values_stand_in_a_line() {
        assert_eq!(shown(json!(true), json!(false)), None);
        assert_eq!(shown(json!(null), json!({ "method.request.querystring.page": true })), None);
        assert_eq!(shown(json!({ "application/json": "Order" }), json!(null)), None);
    }

    #[test]
    fn templates_and_policies_are_compared_by_line() {
        let template = |name: &str| json!({ "application/json": format!("{{\n  \"a\": 1,\n  \"b\": \"{name}\"\n}}") });
        let expected = "   \"a\": 1,\n-  \"b\": \"old\"\n+  \"b\": \"new\"\n }\n";
        assert_eq!(shown(template("old"), template("new")).unwrap(), format!(" {{\n{expected}"));
    }

    #[test]
    fn what_is_too_long_is_counted() {
        let many = |n: usize| json!((0..n).map(|i| format!("line {i}\n")).collect::<String>());
        let lines = lines(&json!(null), &many(100), 40).unwrap();
        assert_eq!((lines.len(), lines[40].text.as_str()), (41, "60 more lines; the JSON has them all"));
    }
}
