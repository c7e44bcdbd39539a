//! One change in words and values, for text and Markdown alike.

use engine::arn::FunctionName;
use engine::drift::{Change, ChangeKind, Subject};
use engine::trail::MadeBy;
use serde_json::Value;

use crate::{minute, visible};

/// Longer values are cut where they stand in a line.
const LONGEST_VALUE: usize = 60;

/// How much is shown before and after the part of a long value that differs.
const SURROUNDING: usize = 12;

/// `authorizer customer-tokens authorizerUri`: what of its route or API a change is about.
pub fn name(change: &Change) -> String {
    let subject = match change.subject {
        Subject::Method | Subject::Api => None,
        other => Some(other.name().to_owned()),
    };
    let parts = [subject, change.name.as_deref().map(visible), change.field.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `+` and `GET /orders`, or `~` and `POST /orders apiKeyRequired: false -> true`: a change in one line.
pub fn outline(change: &Change) -> (char, String) {
    let place = change.route().map(|route| visible(&route.to_string()));
    let name = if change.subject == Subject::Route { String::new() } else { name(change) };
    let parts = [place.unwrap_or_default(), name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let sign = match change.change {
        ChangeKind::Added => '+',
        ChangeKind::Removed => '-',
        ChangeKind::Changed => '~',
    };
    (sign, format!("{}{}", parts.join(" "), values(change)))
}

/// `: false -> true`: what callers get, then what they would get. Nothing for a whole subject.
pub fn values(change: &Change) -> String {
    if change.field.is_none() {
        return String::new();
    }
    let [deployed, live] = excerpts([&change.deployed, &change.live], LONGEST_VALUE);
    format!(": {deployed} -> {live}")
}

/// Values side by side. Of long ones, only the part where they differ, and a little of what surrounds it.
pub fn excerpts<const N: usize>(values: [&Value; N], longest: usize) -> [String; N] {
    let texts = values.map(plain);
    if texts.iter().all(|text| text.chars().count() <= longest) {
        return texts;
    }
    // What is not there has no part in common with anything.
    let there = values.iter().zip(&texts).filter(|(value, _)| !value.is_null());
    let there: Vec<Vec<char>> = there.map(|(_, text)| text.chars().collect()).collect();
    let (before, after) = in_common(&there);
    let excerpt = |text: &String| {
        let length = text.chars().count();
        let (start, end) =
            (before.saturating_sub(SURROUNDING), (length.saturating_sub(after) + SURROUNDING).min(length));
        let shown: String = text.chars().take(end).skip(start).take(longest).collect();
        let is_cut = start + longest < end || end < length;
        format!("{}{shown}{}", if start > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
    };
    let mut short = texts.clone();
    for (_, text) in values.iter().zip(&mut short).filter(|(value, _)| !value.is_null()) {
        *text = excerpt(text);
    }
    // Values that differ in several places may still look alike.
    let look_alike = |(at, text): (usize, &String)| {
        short.iter().zip(&texts).skip(at + 1).any(|(other, whole)| other == text && texts.get(at) != Some(whole))
    };
    if short.iter().enumerate().any(look_alike) { texts } else { short }
}

/// How many characters all texts have in common at their beginning, and at their end; none where all are equal.
fn in_common(texts: &[Vec<char>]) -> (usize, usize) {
    let Some((first, others)) = texts.split_first() else { return (0, 0) };
    if others.iter().all(|other| other == first) {
        return (0, 0);
    }
    let ahead = |other: &Vec<char>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let behind = |other: &Vec<char>| first.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let before = others.iter().map(ahead).min().unwrap_or_default();
    let after = others.iter().map(behind).min().unwrap_or_default();
    let shortest = texts.iter().map(Vec::len).min().unwrap_or_default();
    (before, after.min(shortest - before))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// `AWS_PROXY function orders-fn`: what answers a route that is on one side only.
pub fn backend(change: &Change) -> String {
    let whole = if change.live.is_null() { &change.deployed } else { &change.live };
    let Some(integration) = whole.get("integration") else { return String::new() };
    let part = |name: &str| integration.get(name).and_then(Value::as_str);
    let uri = part("uri").map(|uri| match FunctionName::in_uri(uri) {
        Some(function) => format!("function {function}"),
        None => uri.to_owned(),
    });
    visible(&part("type").map(str::to_owned).into_iter().chain(uri).collect::<Vec<_>>().join(" "))
}

/// `ada with the console at 2026-10-02 09:12 UTC`.
pub fn hand(made_by: &MadeBy) -> String {
    format!("{} at {}", visible(&author(made_by)), minute(made_by.when))
}

/// `ada with the console`.
pub fn author(made_by: &MadeBy) -> String {
    let tool = match made_by.via.as_str() {
        "console" => "the console",
        "cloudformation" => "CloudFormation",
        "terraform" => "Terraform",
        "opentofu" => "OpenTofu",
        "pulumi" => "Pulumi",
        "aws-internal" => "the console or another service of AWS",
        other => other,
    };
    if made_by.who == tool { made_by.who.clone() } else { format!("{} with {tool}", made_by.who) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_long_values_the_part_that_differs_is_shown() {
        let uri = |name: &str| json!(format!("arn:aws:apigateway:{}:{name}/invocations", "f".repeat(60)));
        let (a, b, c) = (uri("a-fn"), uri("b-fn"), uri("c-fn"));
        let shown = |name: &str| format!("…fffffffffff:{name}-fn/invocati…");
        assert_eq!(excerpts([&a, &b, &c], 60), ["a", "b", "c"].map(shown));
        // What is not there says nothing of where the others differ.
        assert_eq!(excerpts([&Value::Null, &b, &c], 60), ["(none)".to_owned(), shown("b"), shown("c")]);
        let [one, other] = excerpts([&a, &a], 60);
        assert!(one == other && one.starts_with("arn:aws:") && one.ends_with('…'), "{one}");
        assert_eq!(excerpts([&json!("a"), &json!(1)], 60), ["a", "1"]);
    }

    #[test]
    fn values_that_differ_never_look_alike() {
        let (a, b) = (format!("x{}", "=".repeat(90)), format!("y{}", "=".repeat(90)));
        let c = format!("{b}z");
        let [first, second, third] = excerpts([&json!(a), &json!(b), &json!(c)], 60);
        assert!(first != second && second != third, "{first} {second} {third}");
    }
}
