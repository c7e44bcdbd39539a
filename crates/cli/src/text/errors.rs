//! Grouped errors as text and as Markdown.

use std::fmt::Write;

use engine::logs::{ErrorGroup, Errors, Sample};
use words::{failure, minute};

use super::markdown::{escape, fenced};
use super::style::{self, DIM, HEADING, UNKNOWN, count, visible};

/// The lines of a sample that are shown.
const LINES: usize = 8;

/// The groups, each with one sample.
pub(crate) fn render(errors: &Errors) -> String {
    let mut text = String::new();
    line!(text, "{HEADING}{}{HEADING:#}", visible(&summary(errors)));
    for group in &errors.groups {
        let severity = style::severity(group.severity);
        line!(text, "\n{severity}{}{severity:#}  {}  {}", group.severity.name(), group.kind.name(), failure(group));
        facts(group).iter().for_each(|fact| line!(text, "    {}", visible(fact)));
        let lines = &group.sample.lines;
        for line in lines.iter().take(LINES) {
            line!(text, "    {DIM}|{DIM:#} {}", visible(line));
        }
        if lines.len() > LINES {
            line!(text, "    {DIM}|{DIM:#} … {} more", count(lines.len() - LINES, "line"));
        }
    }
    for gap in &errors.not_read {
        line!(text, "\n{UNKNOWN}not read{UNKNOWN:#}: {}: {}", gap.what, gap.why);
    }
    text
}

/// The same as a comment on a pull request.
pub(crate) fn markdown(errors: &Errors) -> String {
    let mut text = String::new();
    line!(text, "### {}\n", escape(&summary(errors)));
    for group in &errors.groups {
        line!(text, "#### {} {}: {}\n", group.severity.name(), group.kind.name(), escape(&failure(group)));
        facts(group).iter().for_each(|fact| line!(text, "{}  ", escape(fact)));
        let lines: String = group.sample.lines.iter().map(|line| format!("{}\n", visible(line))).collect();
        if !lines.is_empty() {
            line!(text, "\n{}", fenced("text", &lines));
        }
    }
    for gap in &errors.not_read {
        line!(text, "- not read: {}: {}", escape(&gap.what), escape(&gap.why));
    }
    text
}

fn summary(errors: &Errors) -> String {
    let failures: u64 = errors.groups.iter().map(|group| group.count).sum();
    let failures = count(usize::try_from(failures).unwrap_or(usize::MAX), "failure");
    let read = count(usize::try_from(errors.lines_read).unwrap_or(usize::MAX), "line");
    let range = match (errors.since, errors.until) {
        (Some(since), Some(until)) => format!(", {} to {}", minute(since), minute(until)),
        _ => String::new(),
    };
    match errors.groups.len() {
        0 => format!("no failures in {read}{range}"),
        groups => format!("{failures} in {} in {read}{range}", count(groups, "group")),
    }
}

/// How often and when, where, and how to find the sample.
fn facts(group: &ErrorGroup) -> Vec<String> {
    let times = count(usize::try_from(group.count).unwrap_or(usize::MAX), "time");
    let when = match (group.first_seen, group.last_seen) {
        (Some(first), Some(last)) if minute(first) == minute(last) => format!(", {}", minute(first)),
        (Some(first), Some(last)) => format!(", {} to {}", minute(first), minute(last)),
        _ => String::new(),
    };
    let functions: Vec<&str> = group.functions.iter().map(String::as_str).collect();
    let mut place = match functions.as_slice() {
        [] => String::new(),
        functions => format!(", in {}", functions.join(", ")),
    };
    if let Some(runtime) = group.runtime {
        let _ = write!(place, " ({})", runtime.name());
    }
    let mut facts = vec![format!("{times}{when}{place}")];
    if !group.routes.is_empty() {
        facts.push(format!("on {}", group.routes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")));
    }
    let Sample { log_group, log_stream, request_id, .. } = &group.sample;
    let found = [("log group", log_group), ("stream", log_stream), ("request", request_id)];
    let found = found.iter().filter_map(|(name, value)| Some(format!(", {name} {}", value.as_deref()?)));
    facts.push(format!("fingerprint {}{}", group.fingerprint, found.collect::<String>()));
    facts
}
