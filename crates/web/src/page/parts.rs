//! Small things that several pages show.

use engine::finding::{Remedy, Severity};
use engine::reconcile::State;
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Value;
use store::{Counts, Gap, RegionStatus};
use words::{minute, span, visible};

use super::Frame;

/// More lines of a value than this stand in a box that scrolls.
const MOST_LINES: usize = 14;

/// Text from the account, at most so many characters of it.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => visible(text.get(..at).unwrap_or_default()) + "…",
        None => visible(text),
    }
}

/// A time to the minute.
pub(super) fn when(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (minute(time)) } }
}

/// A time to the minute, and how long ago that was.
pub(super) fn ago(time: Timestamp, now: Timestamp) -> Markup {
    html! { (when(time)) " " span.dim { "(" (past(time, now)) ")" } }
}

/// `3 hours ago`, `just now`.
pub(super) fn past(time: Timestamp, now: Timestamp) -> String {
    since(time, now).map_or("just now".to_owned(), |span| span + " ago")
}

/// How long ago a time was: `3 hours`. Nothing where that is less than a minute.
pub(super) fn since(time: Timestamp, now: Timestamp) -> Option<String> {
    (now.as_second().saturating_sub(time.as_second()) >= 60).then(|| span(time, now))
}

/// A severity, in its colour and by name.
pub(super) fn severity(severity: Severity) -> Markup {
    html! { span class={ "sev " (severity.name()) } { (severity.name()) } }
}

/// The name of a state, as the JSON spells it.
pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Resolved => "resolved",
        State::Unknown => "unknown",
        State::Suppressed => "suppressed",
    }
}

/// A finding's state.
pub(super) fn state(state: State) -> Markup {
    html! { span class={ "state " (state_name(state)) } { (state_name(state)) } }
}

/// How many findings there are of each severity, each with a link to them, and how many are unknown.
pub(super) fn counts(frame: &Frame, open: Counts, unknown: usize, api: &str) -> Markup {
    let link = |severity: &str, state: &str| {
        frame.link(&["findings"], &[("severity", severity), ("api", api), ("state", state)])
    };
    let found: Vec<(Severity, usize)> = open.by_severity().into_iter().filter(|(_, number)| *number > 0).collect();
    html! {
        @if found.is_empty() && unknown == 0 {
            span.dim { "none" }
        } @else {
            ul.counts {
                @for (severity, number) in found {
                    li { a class={ "sev " (severity.name()) } href=(link(severity.name(), "open")) {
                        (number) " " (severity.name())
                    } }
                }
                @if unknown > 0 {
                    li { a.sev.unknown href=(link("", "unknown")) { (unknown) " unknown" } }
                }
            }
        }
    }
}

/// A part of a page with a heading of its own.
pub(super) fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            (content)
        }
    }
}

/// The way back: the pages above this one.
pub(super) fn trail(above: &[(&str, String)]) -> Markup {
    html! {
        nav.trail aria-label="Above this page" {
            ol { @for (name, link) in above { li { a href=(link) { (name) } } } }
        }
    }
}

/// A note that stands out.
pub(super) fn note(kind: &str, content: &Markup) -> Markup {
    html! { div class={ "note " (kind) } role="note" { (content) } }
}

/// What mends something, and the command for it, which one click selects.
pub(super) fn remedy(remedy: &Remedy) -> Markup {
    html! {
        @if !remedy.summary.is_empty() { p { (visible(&remedy.summary)) } }
        @if let Some(command) = &remedy.command { (self::command(command)) }
    }
}

/// A command that one click selects. Lines are broken between its words.
pub(super) fn command(command: &str) -> Markup {
    html! { pre.command tabindex="0" role="region" aria-label="Command" { code {
        @for (at, word) in visible(command).split(' ').enumerate() { @if at > 0 { " " } span.word { (word) } }
    } } }
}

/// A value that was read: in a line, or as JSON in its usual layout.
pub(super) fn value(value: &Value, label: &str) -> Markup {
    let text = match value {
        Value::Null => return html! { span.dim { "not there" } },
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) if value.to_string().len() > 80 => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        other => other.to_string(),
    };
    lines(&text, label)
}

/// Text as it stands, line by line; in a box that scrolls if it is long.
pub(super) fn lines(text: &str, label: &str) -> Markup {
    let shown: Vec<String> = text.lines().map(visible).collect();
    let text = shown.join("\n");
    html! {
        @if shown.len() > MOST_LINES {
            pre.value.long tabindex="0" role="region" aria-label=(short(label, 80)) { code { (text) } }
        } @else if shown.len() > 1 {
            pre.value { code { (text) } }
        } @else {
            code { (text) }
        }
    }
}

/// Why checks were not evaluated: each reason with its checks.
pub(super) fn gaps(gaps: &[Gap]) -> Markup {
    html! {
        @if !gaps.is_empty() {
            ul {
                @for Gap { reason, checks, .. } in gaps {
                    li { (short(reason, 300)) ": " (short(&Vec::from_iter(checks.iter().map(String::as_str)).join(", "), 300)) }
                }
            }
        }
    }
}

/// `eu-west-1, account 111122223333`.
pub(super) fn region_name(RegionStatus { account_id, region, .. }: &RegionStatus) -> String {
    format!("{}, account {}", visible(region), visible(account_id))
}

/// That regions are not audited any more; and what becomes of what was found there.
pub(super) fn taken_out<'a>(left: impl Iterator<Item = &'a RegionStatus>, rest: &str) -> Markup {
    let left: Vec<String> = left.map(region_name).collect();
    html! {
        @if !left.is_empty() {
            (note("plain", &html! { p {
                "Not audited any more, because it was taken out of the configuration: " (short(&left.join("; "), 300))
                ". " (rest)
            } }))
        }
    }
}
