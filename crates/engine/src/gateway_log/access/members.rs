//! Lines of JSON, whose members are found by their names: whatever writes them, their space and order may differ.

use serde_json::Value;

/// Where variables stand in a format that is JSON: by the names of the members that lead to each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members(Vec<(Vec<String>, String)>);

const VARIABLE: &str = "$context.";

impl Members {
    /// Those of a format; none where it is no JSON.
    pub(super) fn of(format: &str) -> Members {
        let format: Value = serde_json::from_str(&quoted(format)).unwrap_or_default();
        let mut members = Vec::new();
        walk(&format, &mut Vec::new(), &mut |names, value| {
            if let Some(variable) = value.strip_prefix(VARIABLE) {
                members.push((names.to_vec(), variable.to_owned()));
            }
        });
        Members(members)
    }

    /// The variables' values in a line; nothing where the line is no JSON, or has none of the members.
    pub(super) fn read(&self, line: &str) -> Option<Vec<(&str, String)>> {
        let line: Value = serde_json::from_str(line).ok()?;
        let values = self.0.iter().filter_map(|(names, variable)| {
            let value = names.iter().try_fold(&line, |value, name| value.get(name))?;
            Some((variable.as_str(), text(value)?))
        });
        let values: Vec<(&str, String)> = values.collect();
        (!values.is_empty()).then_some(values)
    }
}

/// The values of a line of JSON by the [`folded`] names of the members that lead to them; none where it is no JSON.
pub(super) fn flat(line: &str) -> Vec<(String, String)> {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    let mut values = Vec::new();
    walk(&line, &mut Vec::new(), &mut |names, value| values.push((folded(&names.concat()), value)));
    values
}

/// A name in lower case, without what is no letter or digit: `authorizer.error` and `authorizerError` are one.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A format with quotes around the variables that stand as numbers do.
fn quoted(format: &str) -> String {
    let mut pieces = format.split(VARIABLE);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    // In the text of a format no quote is escaped: the names of variables and members have none.
    for piece in pieces {
        let is_bare = text.matches('"').count().is_multiple_of(2);
        let end = piece.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(piece.len());
        let (name, after) = piece.split_at(end);
        let quote = if is_bare { "\"" } else { "" };
        text.extend([quote, VARIABLE, name, quote, after]);
    }
    text
}

/// Every text and number in a value, with the names of the members that lead to it.
fn walk(value: &Value, names: &mut Vec<String>, each: &mut impl FnMut(&[String], String)) {
    if let Value::Object(members) = value {
        for (name, value) in members {
            names.push(name.clone());
            walk(value, names, each);
            names.pop();
        }
    } else if let Some(text) = text(value) {
        each(names, text);
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
