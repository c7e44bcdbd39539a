//! How places, plans and changes read: what terminals and pages have in common.
//!
//! What comes back is text, with nothing in it that a terminal would act on. Whoever shows it lays it out.

pub mod change;
pub mod diff;
pub mod outline;

use engine::arn::FunctionName;
use engine::finding::{Evidence, Resource};
use engine::logs::ErrorGroup;
use jiff::Timestamp;
use serde_json::Value;

/// Text from the account, which may hold anything: control characters, which a terminal would act on, are shown as what
/// they are, and so is what nobody would see: what turns the direction of writing, and what has no width.
pub fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() || is_unseen(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

/// Whether a character turns the direction of writing, breaks lines or has no width. U+200C and U+200D are left out: some
/// scripts need them.
fn is_unseen(c: char) -> bool {
    let is_turn = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}');
    let is_break = matches!(c, '\u{2028}' | '\u{2029}');
    let is_thin = matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    is_turn || is_break || is_thin || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// `1 change`, `2 changes`.
pub fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// `2026-10-10 12:00 UTC`.
pub fn minute(time: Timestamp) -> String {
    let time = time.to_string();
    format!("{} {} UTC", time.get(..10).unwrap_or_default(), time.get(11..16).unwrap_or_default())
}

/// `12 days`, `3 hours`, `1 minute`.
pub fn span(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.as_second().saturating_sub(since.as_second()).max(0) / 60;
    let (number, unit) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    count(usize::try_from(number).unwrap_or_default(), unit)
}

/// Where something is: `orders (REST a1b2c3d4e5), stage prod, eu-west-1`.
pub fn place(resource: &Resource) -> String {
    let (Some(name), Some(kind), Some(id)) = (&resource.api_name, resource.api_kind, &resource.api_id) else {
        return match FunctionName::parse(&resource.arn) {
            Some(function) => format!("function {}, {}", visible(&function.to_string()), visible(&function.region)),
            None => visible(&resource.arn),
        };
    };
    let stage = resource.stage.as_ref().map(|stage| format!(", stage {}", visible(stage))).unwrap_or_default();
    format!("{} ({} {}){stage}, {}", visible(name), kind.name(), visible(id), visible(&resource.region))
}

/// What was read, in a line: `apigateway:GetStages  deploymentId: "dep001"`.
pub fn told(evidence: &Evidence) -> String {
    let value = match &evidence.value {
        Value::Null => "not there".to_owned(),
        value => value.to_string(),
    };
    visible(&format!("{}  {}: {value}", evidence.source, evidence.path))
}

/// What failed: `KeyError: 'id'`.
pub fn failure(group: &ErrorGroup) -> String {
    let text = match (&group.error_type, group.message.as_str()) {
        (Some(error_type), "") => error_type.clone(),
        (Some(error_type), message) => format!("{error_type}: {message}"),
        (None, "") => "no message".to_owned(),
        (None, message) => message.to_owned(),
    };
    visible(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(visible("or\u{200b}ders\u{feff}\u{2028}"), "or\\u{200b}ders\\u{feff}\\u{2028}");
        assert_eq!(visible("Größe 注文 👩\u{200d}💻"), "Größe 注文 👩\u{200d}💻");
        assert_eq!(visible("a\u{1b}[31mb\r\nc\u{202e}d"), "a\\u{1b}[31mb\\u{d}\\u{a}c\\u{202e}d");
    }
}
