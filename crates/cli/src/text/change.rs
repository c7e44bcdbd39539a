//! One change in words and values, for text and Markdown alike.

use engine::arn::FunctionName;
use engine::drift::{Change, Subject};
use engine::trail::MadeBy;
use serde_json::Value;

use super::report::minute;
use super::style::visible;

/// Longer values are cut where they stand in a line.
const LONGEST_VALUE: usize = 60;

/// How much is shown before and after the part of a long value that differs.
const SURROUNDING: usize = 12;

/// `authorizer customer-tokens authorizerUri`: what of its route or API a change is about.
pub(crate) fn name(change: &Change) -> String {
    let subject = match change.subject {
        Subject::Method | Subject::Api => None,
        other => Some(other.name().to_owned()),
    };
    let parts = [subject, change.name.as_deref().map(visible), change.field.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// `: false -> true`: what callers get, then what they would get. Nothing for a whole subject.
pub(crate) fn values(change: &Change) -> String {
    if change.field.is_none() {
        return String::new();
    }
    let (deployed, live) = excerpts(&change.deployed, &change.live);
    format!(": {deployed} -> {live}")
}

/// Both values. Of long ones, only the part where they differ, and a little of what surrounds it.
fn excerpts(deployed: &Value, live: &Value) -> (String, String) {
    let (deployed, live) = (plain(deployed), plain(live));
    if deployed.chars().count().max(live.chars().count()) <= LONGEST_VALUE {
        return (deployed, live);
    }
    let (a, b): (Vec<char>, Vec<char>) = (deployed.chars().collect(), live.chars().collect());
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - before;
    let after = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let excerpt = |chars: &[char]| {
        let (start, end) = (before.saturating_sub(SURROUNDING), (chars.len() - after + SURROUNDING).min(chars.len()));
        let shown: String = chars.iter().take(end).skip(start).take(LONGEST_VALUE).collect();
        let is_cut = start + LONGEST_VALUE < end || end < chars.len();
        format!("{}{shown}{}", if start > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
    };
    (excerpt(&a), excerpt(&b))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// `AWS_PROXY function orders-fn`: what answers a route that is on one side only.
pub(crate) fn backend(change: &Change) -> String {
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
pub(crate) fn hand(made_by: &MadeBy) -> String {
    format!("{} at {}", visible(&author(made_by)), minute(made_by.when))
}

/// `ada with the console`.
pub(crate) fn author(made_by: &MadeBy) -> String {
    let tool = match made_by.via.as_str() {
        "console" => "the console",
        "cloudformation" => "CloudFormation",
        "terraform" => "Terraform",
        "opentofu" => "OpenTofu",
        "pulumi" => "Pulumi",
        other => other,
    };
    if made_by.who == tool { made_by.who.clone() } else { format!("{} with {tool}", made_by.who) }
}
