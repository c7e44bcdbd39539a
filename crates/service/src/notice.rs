//! What is told to others: events of the source `stagecheck`. `docs/notices.md` describes them.

use engine::reconcile::{State, Tracked};
use engine::severity::Severity;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use store::Tally;

/// The schema of a notice's detail.
pub const SCHEMA: &str = "stagecheck.notice/1";

/// An event, before it is put on a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    kind: &'static str,
    /// That of the finding, if it tells of one.
    severity: Option<Severity>,
    detail: Map<String, Value>,
}

/// The largest that a detail may be, in bytes. EventBridge's limit is 256 kB for an entry.
const LARGEST: usize = 180_000;

/// The most bytes of a text. SNS's limit is 256 kB for a message.
const LONGEST_TEXT: usize = 100_000;

/// The most characters of a subject: SNS takes less than 100.
const LONGEST_SUBJECT: usize = 99;

/// What a run over a region came to.
#[derive(Clone, Copy, Debug)]
pub struct Completed<'a> {
    /// The account's twelve digits.
    pub account_id: &'a str,
    /// The region.
    pub region: &'a str,
    /// The run.
    pub run: Timestamp,
    /// How many APIs it is of.
    pub apis: usize,
    /// Those that were not audited.
    pub unfinished: &'a [String],
    /// Why its APIs could not all be listed, if not all could.
    pub not_listed: &'a [String],
    /// What there is now.
    pub tally: &'a Tally,
}

impl Notice {
    /// That a finding was opened, or resolved; nothing of one in another state.
    pub fn of(tracked: &Tracked) -> Option<Notice> {
        let (kind, word) = match tracked.state {
            State::Open => ("Finding Opened", "opened"),
            State::Resolved => ("Finding Resolved", "resolved"),
            State::Unknown | State::Suppressed => return None,
        };
        let Ok(Value::Object(mut detail)) = serde_json::to_value(tracked) else { return None };
        // Who was told is no affair of theirs.
        detail.remove("told");
        detail.insert("schema".to_owned(), SCHEMA.into());
        detail.insert("id".to_owned(), format!("{}:{word}:{}", tracked.finding.fingerprint, tracked.since()).into());
        detail.insert("text".to_owned(), text(tracked, word).into());
        Some(Notice { kind, severity: Some(tracked.finding.severity), detail })
    }

    /// That a run over a region has ended.
    pub fn completed(completed: &Completed<'_>) -> Notice {
        let Completed { account_id, region, run, apis, unfinished, not_listed, tally } = *completed;
        let counts = tally.open.by_severity();
        let open = counts.map(|(severity, count)| (severity.name().to_owned(), Value::from(count)));
        let detail = json!({
            "schema": SCHEMA,
            "id": format!("{account_id}/{region}:completed:{run}"),
            "accountId": account_id,
            "region": region,
            "run": run,
            "apis": apis,
            "unfinished": unfinished,
            "notListed": not_listed,
            "open": open.into_iter().collect::<Map<String, Value>>(),
            "unknown": tally.unknown,
            "driftingStages": tally.drifting_stages,
            "unknownStages": tally.unknown_stages,
            "errors": tally.errors,
            "text": completed_text(completed),
        });
        let detail = if let Value::Object(detail) = detail { detail } else { Map::new() };
        Notice { kind: "Audit Completed", severity: None, detail }
    }

    /// Its detail type.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The severity of the finding that it tells of; nothing, if it tells of none.
    pub fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// It in some lines of text, for people.
    pub fn text(&self) -> &str {
        self.detail.get("text").and_then(Value::as_str).unwrap_or_default()
    }

    /// The first of these lines, as SNS takes it for the subject of an e-mail: ASCII without control characters, and less than 100 of them.
    /// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    pub fn subject(&self) -> String {
        let line = self.text().lines().next().unwrap_or_default();
        let ascii = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
        let mut subject: String = line.chars().map(ascii).take(LONGEST_SUBJECT + 1).collect();
        if subject.len() > LONGEST_SUBJECT {
            subject.truncate(LONGEST_SUBJECT - 3);
            subject += "...";
        }
        subject
    }

    /// Its detail, as JSON that fits an event. Of a finding that is too large, what its evidence shows is left out.
    pub fn detail(&self) -> String {
        let whole = Value::from(self.detail.clone()).to_string();
        if whole.len() <= LARGEST {
            return whole;
        }
        let mut lean = self.detail.clone();
        for name in ["evidence", "history", "unfinished"] {
            if let Some(Value::Array(items)) = lean.get_mut(name) {
                items.clear();
            }
        }
        Value::from(lean).to_string()
    }
}

/// Severity and title, where, what to do.
fn text(tracked: &Tracked, word: &str) -> String {
    let finding = &tracked.finding;
    let resource = &finding.resource;
    let api = resource.api_name.as_deref().or(resource.api_id.as_deref());
    let place = [api, resource.stage.as_deref(), resource.function.as_deref(), resource.key.as_deref()];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    let place = if place.is_empty() { resource.arn.clone() } else { place.join(" / ") };
    let mut lines = vec![
        line(&format!("stagecheck: {word} ({}): {}", finding.severity.name(), finding.title)),
        line(&format!("{place}, account {}, {}", resource.account_id, resource.region)),
    ];
    lines.extend(tracked.reason().map(|reason| line(&format!("Because {reason}."))));
    if tracked.state == State::Open {
        let said = [&finding.detail, &finding.remedy.summary].into_iter().filter(|said| !said.is_empty());
        lines.extend(said.map(|said| line(said)));
        // What is quoted in a command may hold lines; it is not to be changed.
        let command = finding.remedy.command.iter().flat_map(|command| command.split('\n'));
        lines.extend(command.map(line));
    }
    lines.push(format!("Check {}, fingerprint {}", finding.check, finding.fingerprint));
    cut(lines.join("\n"))
}

/// What comes from the account, in one line.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text that is not too long for anybody.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text += "\n(cut here)";
    }
    text
}

fn completed_text(completed: &Completed<'_>) -> String {
    let Completed { account_id, region, run, apis, unfinished, not_listed, tally } = *completed;
    let counts = tally.open.by_severity().map(|(severity, count)| format!("{count} {}", Severity::name(severity)));
    let mut lines = vec![
        format!("stagecheck: audited account {account_id}, {region}, run of {run}: APIs {apis}"),
        format!("Open findings: {}", counts.join(", ")),
        format!("Drifting stages: {}; not known: {}", tally.drifting_stages, tally.unknown_stages),
    ];
    if !not_listed.is_empty() {
        lines.insert(1, line(&format!("Not all APIs could be listed: {}", not_listed.join("; "))));
    }
    if !unfinished.is_empty() {
        lines.push(format!("Not audited: {}", unfinished.join(", ")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_what_sns_takes() {
        let subject = |text: &str| {
            let detail = Map::from_iter([("text".to_owned(), Value::from(text))]);
            Notice { kind: "Finding Opened", severity: Some(Severity::High), detail }.subject()
        };
        assert_eq!(subject("stagecheck: ü\u{7f}\tx\nsecond"), "stagecheck: ???x");
        assert_eq!(subject(&"a".repeat(99)), "a".repeat(99));
        assert_eq!(subject(&"a".repeat(100)), format!("{}...", "a".repeat(96)));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short".to_owned()), "short");
        let long = cut("ü".repeat(LONGEST_TEXT));
        assert!(long.ends_with("ü\n(cut here)") && long.len() <= LONGEST_TEXT + 11, "{}", long.len());
    }
}
