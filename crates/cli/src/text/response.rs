//! The verdict on an answer as text and as Markdown.

use std::fmt::{self, Write};

use engine::response::{Level, Outcome, Verdict};

use super::markdown::{code, escape};
use super::style::{self, count, visible, wrap};

const WIDTH: usize = 100;

/// One verdict.
pub(crate) fn render(verdict: &Verdict) -> String {
    let mut text = String::new();
    let heading = style::HEADING;
    line!(text, "{heading}{}{heading:#}: {}", verdict.integration.name(), headline(verdict));
    particulars(verdict, &mut text);
    text
}

/// One verdict of many; nothing, if there is nothing to say.
pub(crate) fn line(number: usize, verdict: &Verdict) -> String {
    let mut text = String::new();
    if verdict.outcome == Outcome::Ok && verdict.problems.is_empty() {
        return text;
    }
    let heading = style::HEADING;
    line!(text, "{heading}line {number}{heading:#}: {}", headline(verdict));
    particulars(verdict, &mut text);
    text
}

/// `malformed, the caller gets 502`.
fn headline(verdict: &Verdict) -> String {
    let style = match (verdict.outcome, verdict.problems.is_empty()) {
        (Outcome::Malformed | Outcome::FunctionError, _) => style::ERROR,
        (Outcome::Ok, true) => style::GOOD,
        (Outcome::Ok | Outcome::Denied, _) => style::CHANGED,
    };
    format!("{style}{}{style:#}{}", summary(verdict), doubt(verdict))
}

fn summary(verdict: &Verdict) -> String {
    let outcome = match verdict.outcome {
        Outcome::Ok => "ok",
        Outcome::Malformed => "malformed",
        Outcome::FunctionError => "the function failed",
        Outcome::Denied => "denied",
    };
    let gets = verdict.status.map(|status| format!(", the caller gets {status}")).unwrap_or_default();
    format!("{outcome}{gets}")
}

fn doubt(verdict: &Verdict) -> &'static str {
    if verdict.proven { "" } else { " (inferred, not verified on AWS)" }
}

fn particulars(verdict: &Verdict, text: &mut String) {
    if let Some(error) = failure(verdict) {
        paragraph(&visible(&error), text);
    }
    for problem in &verdict.problems {
        let style = match problem.severity {
            Level::Error => style::ERROR,
            Level::Warning => style::CHANGED,
        };
        let (level, rule) = (problem.severity.name(), problem.rule);
        line!(text, "\n  {style}{level}{style:#} {}  {rule}", visible(&problem.path));
        paragraph(&visible(&problem.message), text);
        let help = style::HELP;
        line!(text, "    {help}fix{help:#}: {}", visible(&problem.fix));
    }
    if !verdict.notes.is_empty() {
        line!(text, "");
    }
    for note in &verdict.notes {
        let lines = wrap(&format!("note: {}", visible(note)), WIDTH - 2);
        lines.iter().for_each(|note| line!(text, "  {note}"));
    }
}

fn paragraph(words: &str, text: &mut String) {
    wrap(words, WIDTH - 4).iter().for_each(|words| line!(text, "    {words}"));
}

/// `KeyError: 'id'`.
fn failure(verdict: &Verdict) -> Option<String> {
    let error = verdict.function_error.as_ref()?;
    let parts: Vec<&str> = [&error.error_type, &error.message].into_iter().flatten().map(String::as_str).collect();
    Some(parts.join(": ")).filter(|parts| !parts.is_empty())
}

/// One verdict, for a comment on a pull request.
pub(crate) fn markdown(verdict: &Verdict) -> String {
    format!("### Answer for {}\n\n{}", verdict.integration.name(), body(verdict))
}

/// One verdict of many; nothing, if there is nothing to say.
pub(crate) fn markdown_line(number: usize, verdict: &Verdict) -> String {
    if verdict.outcome == Outcome::Ok && verdict.problems.is_empty() {
        return String::new();
    }
    format!("#### Line {number}\n\n{}", body(verdict))
}

fn body(verdict: &Verdict) -> String {
    let mut text = String::new();
    line!(text, "**{}**{}\n", summary(verdict), doubt(verdict));
    if let Some(error) = failure(verdict) {
        line!(text, "{}\n", escape(&error));
    }
    if !verdict.problems.is_empty() {
        line!(text, "| severity | where | rule | what | fix |\n| --- | --- | --- | --- | --- |");
    }
    for problem in &verdict.problems {
        let (path, message, fix) = (code(&problem.path), escape(&problem.message), code(&problem.fix));
        line!(text, "| {} | {path} | {} | {message} | {fix} |", problem.severity.name(), problem.rule);
    }
    if !verdict.problems.is_empty() {
        line!(text, "");
    }
    verdict.notes.iter().for_each(|note| line!(text, "- {}", escape(note)));
    if !verdict.notes.is_empty() {
        line!(text, "");
    }
    text
}

/// How many answers had which outcome.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    ok: usize,
    malformed: usize,
    failed: usize,
    denied: usize,
    with_warnings: usize,
    not_proven: usize,
    has_failure: bool,
}

impl Tally {
    /// Counts a verdict.
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        *match verdict.outcome {
            Outcome::Ok => &mut self.ok,
            Outcome::Malformed => &mut self.malformed,
            Outcome::FunctionError => &mut self.failed,
            Outcome::Denied => &mut self.denied,
        } += 1;
        let is_warned = verdict.outcome == Outcome::Ok && !verdict.problems.is_empty();
        self.with_warnings += usize::from(is_warned);
        self.not_proven += usize::from(!verdict.proven);
        self.has_failure |= verdict.is_failure();
    }

    /// Whether nothing was counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Whether somebody has to mend something.
    pub(crate) fn has_failure(&self) -> bool {
        self.has_failure
    }

    fn total(&self) -> usize {
        self.ok + self.malformed + self.failed + self.denied
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ok", count(self.total(), "answer"), self.ok)?;
        if self.with_warnings > 0 {
            write!(f, " ({} with warnings)", self.with_warnings)?;
        }
        for (number, words) in
            [(self.malformed, "malformed"), (self.failed, "of a function that failed"), (self.denied, "denied")]
        {
            if number > 0 {
                write!(f, ", {number} {words}")?;
            }
        }
        match self.not_proven {
            0 => Ok(()),
            number => write!(f, "; {number} of these verdicts are inferred, not verified on AWS"),
        }
    }
}
