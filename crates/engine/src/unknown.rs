//! What a file does not tell, within values that are known otherwise.
//!
//! A part that is not known stands in its text between two marks, with what it is called: `${OrdersFunction.Arn}`.
//! Texts so keep what is known around it, and can be told apart from those that they cannot come to.

use serde_json::Value;

/// Stands before and after what is not known. A noncharacter of Unicode, which is for a program's own use and in no
/// text that is exchanged.
const MARK: char = '\u{fdd0}';

/// How a declared value and one that was read go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// They are equal.
    Agree,
    /// Whatever the unknown parts come to, they are not equal.
    Differ,
    /// It depends on what is not known.
    Unknown,
}

/// Text that is not known, by what it is called.
pub(crate) fn unknown(what: &str) -> String {
    format!("{MARK}{}{MARK}", what.replace(MARK, ""))
}

/// Whether some of it is not known.
pub(crate) fn is_in(value: &Value) -> bool {
    match value {
        Value::String(text) => is_in_text(text),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(members) => members.iter().any(|(name, value)| is_in_text(name) || is_in(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether some of a text is not known.
pub(crate) fn is_in_text(text: &str) -> bool {
    text.contains(MARK)
}

/// The value as people and programs may see it, without marks.
pub(crate) fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(shown_text(text)),
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (shown_text(name), shown(value))).collect(),
        other => other.clone(),
    }
}

/// A text without marks.
pub(crate) fn shown_text(text: &str) -> String {
    text.replace(MARK, "")
}

/// A text with what is not known in it called otherwise.
pub(crate) fn with_each(text: &str, call: impl Fn(&str) -> String) -> String {
    let parts = text.split(MARK).enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { unknown(&call(part)) } else { part.to_owned() }).collect()
}

/// What is not known in a value, by what it is called: each once, in order.
pub(crate) fn names(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_names(value, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect_names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.split(MARK).skip(1).step_by(2).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect_names(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Compares what was declared with what was read. Of an object, only the members that the declaration names.
pub(crate) fn compare(declared: &Value, actual: &Value) -> Agreement {
    match (declared, actual) {
        (Value::String(pattern), actual) if is_in_text(pattern) => match actual {
            Value::String(text) if !matches(pattern, text) => Agreement::Differ,
            _ => Agreement::Unknown,
        },
        (Value::Object(members), actual) => {
            let compared = members.iter().map(|(name, member)| {
                if is_in_text(name) {
                    Agreement::Unknown
                } else {
                    compare(member, actual.get(name).unwrap_or(&Value::Null))
                }
            });
            worst(compared)
        }
        (declared, actual) if declared == actual => Agreement::Agree,
        (declared, _) if is_in(declared) => Agreement::Unknown,
        _ => Agreement::Differ,
    }
}

/// One that differs decides; else one that is not known.
fn worst(compared: impl Iterator<Item = Agreement>) -> Agreement {
    let mut worst = Agreement::Agree;
    for agreement in compared {
        match agreement {
            Agreement::Differ => return Agreement::Differ,
            Agreement::Unknown => worst = Agreement::Unknown,
            Agreement::Agree => {}
        }
    }
    worst
}

/// Whether a text may be what a pattern comes to: its known parts stand in it, in order, the first at the beginning and
/// the last at the end.
fn matches(pattern: &str, text: &str) -> bool {
    let mut known = pattern.split(MARK).step_by(2).peekable();
    let Some(mut rest) = known.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    while let Some(part) = known.next() {
        if known.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_with_unknown_parts_agrees_with_all_that_it_may_come_to() {
        let arn = format!("arn:aws:lambda:{}:function:{}/x", unknown("${AWS::Region}"), unknown("${F}"));
        for (declared, actual, expected) in [
            (json!(arn), json!("arn:aws:lambda:eu-west-1:function:f/x"), Agreement::Unknown),
            (json!(arn), json!("arn:aws:lambda:eu-west-1:function:f/y"), Agreement::Differ),
            (json!(arn), json!("arn:aws:sqs:eu-west-1:function:f/x"), Agreement::Differ),
            (json!(arn), json!("arn:aws:lambda:eu-west-1:layer:f/x"), Agreement::Differ),
            (json!(arn), json!(null), Agreement::Unknown),
            (json!(unknown("a")), json!("anything"), Agreement::Unknown),
            (json!("a"), json!("a"), Agreement::Agree),
            (json!("a"), json!("b"), Agreement::Differ),
            (json!([unknown("a"), "b"]), json!(["c", "b"]), Agreement::Unknown),
            (json!({ "a": true }), json!({ "a": true, "b": false }), Agreement::Agree),
            (json!({ "a": true }), json!({ "b": false }), Agreement::Differ),
            (json!({ "a": true }), json!({ "a": false }), Agreement::Differ),
        ] {
            assert_eq!(compare(&declared, &actual), expected, "{declared} {actual}");
        }
        assert_eq!(shown(&json!(arn)), json!("arn:aws:lambda:${AWS::Region}:function:${F}/x"));
        assert_eq!(names(&json!([arn])), ["${AWS::Region}", "${F}"]);
    }
}
