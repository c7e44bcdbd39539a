//! What is found while an answer is judged, and the verdict that follows from it.

use serde_json::Value;

use super::fix::Fix;
use super::{Context, FunctionError, Kind, LAMBDA_LIMIT, Level, Outcome, Problem, Rule, Verdict};

/// How many problems one answer is told. An object with a million unknown keys has one fault.
const MOST: usize = 100;

/// How many characters of a name from the answer are shown.
const LONGEST_NAME: usize = 120;

/// Whether AWS was seen to do so, or says so; or whether it is inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Recorded, or documented.
    Known,
    /// By analogy, or not known at all.
    NotVerified,
}

/// An answer on trial.
pub(super) struct Trial<'a> {
    pub(super) kind: Kind,
    pub(super) context: &'a Context,
    pub(super) function_error: Option<FunctionError>,
    problems: Vec<Problem>,
    left_out: usize,
    notes: Vec<String>,
    refused: Option<Evidence>,
    accepted: Evidence,
}

impl<'a> Trial<'a> {
    pub(super) fn new(kind: Kind, context: &'a Context) -> Trial<'a> {
        Trial {
            kind,
            context,
            function_error: None,
            problems: Vec::new(),
            left_out: 0,
            notes: Vec::new(),
            refused: None,
            accepted: Evidence::Known,
        }
    }

    /// The gateway refuses the answer because of this.
    pub(super) fn refuse(&mut self, evidence: Evidence, rule: Rule, path: String, message: &str, fix: Fix) {
        self.refused = match (self.refused, evidence) {
            (Some(Evidence::Known), _) | (_, Evidence::Known) => Some(Evidence::Known),
            _ => Some(Evidence::NotVerified),
        };
        let doubt = if evidence == Evidence::Known { "" } else { " (not verified)" };
        self.add(rule, path, Level::Error, format!("{message}{doubt}"), fix);
    }

    /// The gateway lets this through, and AWS was seen to, or says so.
    pub(super) fn warn(&mut self, rule: Rule, path: String, message: &str, fix: Fix) {
        self.add(rule, path, Level::Warning, message.to_owned(), fix);
    }

    /// The gateway seems to let this through; nothing proves it.
    pub(super) fn doubt(&mut self, rule: Rule, path: String, message: &str, fix: Fix) {
        self.accepted = Evidence::NotVerified;
        self.add(rule, path, Level::Warning, format!("{message} (not verified)"), fix);
    }

    /// Something that is no problem, and yet worth knowing.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Something that is no problem as far as anybody knows, which nothing proves.
    pub(super) fn unverified(&mut self, note: impl AsRef<str>) {
        self.accepted = Evidence::NotVerified;
        if self.notes.len() < MOST {
            self.notes.push(format!("not verified: {}", note.as_ref()));
        }
    }

    /// Whether something refuses the answer already.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// Names an answer that is longer than Lambda takes. What the runtime sends is at least as long as this compact
    /// form; it may be longer.
    pub(super) fn size(&mut self, answer: &Value) {
        let length = compact_length(answer);
        if length > LAMBDA_LIMIT {
            let message = format!(
                "the answer has {length} bytes; Lambda takes at most {LAMBDA_LIMIT} (6 MB), and API Gateway hands on at \
                 most 10 MB: the invocation fails"
            );
            self.refuse(Evidence::NotVerified, Rule::TooLarge, "$".to_owned(), &message, Fix::Smaller);
        }
    }

    /// Names an answer that is longer than some met as a limit.
    pub(super) fn size_above(&mut self, answer: &Value, limit: usize) {
        let length = compact_length(answer);
        if length > limit {
            let message = format!("the answer has {length} bytes; above {limit} the gateway may answer 500");
            self.doubt(Rule::TooLarge, "$".to_owned(), &message, Fix::Smaller);
        }
    }

    fn add(&mut self, rule: Rule, path: String, severity: Level, message: String, fix: Fix) {
        if self.problems.len() >= MOST {
            self.left_out += 1;
            return;
        }
        let fix = fix.text(self.context.runtime);
        self.problems.push(Problem { path, rule, severity, message, fix });
    }

    /// The verdict: malformed if something refused the answer, else what is given.
    pub(super) fn verdict(mut self, outcome: Outcome, status: Option<u16>) -> Verdict {
        self.problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        if self.left_out > 0 {
            self.notes.push(format!("{} more problems of this answer are not listed", self.left_out));
        }
        let evidence = match (outcome, self.refused) {
            (Outcome::Malformed, Some(evidence)) => evidence,
            _ => self.accepted,
        };
        Verdict {
            schema: "stagecheck.response/1",
            integration: self.kind,
            outcome,
            status,
            proven: evidence == Evidence::Known,
            problems: self.problems,
            function_error: self.function_error,
            notes: self.notes,
        }
    }
}

/// How many bytes a value has as JSON without white space.
fn compact_length(value: &Value) -> usize {
    struct Counter(usize);

    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    // Counting cannot fail, and neither can writing a value.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// The JSONPath of a member (RFC 9535): `$.body`, `$.headers['x-total']`.
pub(super) fn member(parent: &str, name: &str) -> String {
    let is_short =
        name.chars().enumerate().all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()));
    if is_short && !name.is_empty() && name.len() <= LONGEST_NAME {
        return format!("{parent}.{name}");
    }
    let escaped = shown(name).replace('\\', "\\\\").replace('\'', "\\'");
    format!("{parent}['{escaped}']")
}

/// The JSONPath of an item.
pub(super) fn item(parent: &str, at: usize) -> String {
    format!("{parent}[{at}]")
}

/// A name from the answer, cut where it is too long to be read.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// What an answer is that is no object; many a function returns the text of the object that it was to return.
pub(super) fn what_instead(answer: &Value) -> &'static str {
    match answer {
        Value::String(text) if text.trim_start().starts_with('{') => "a string that holds JSON",
        other => what(other),
    }
}

/// What a value is, in JSON's words: `an object`, `a number`.
pub(super) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
