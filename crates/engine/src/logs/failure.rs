//! What one place of a log says of one failure, before it is known what else is said of it.

use super::kind::{Kind, Runtime};
use super::line::Context;

/// How much a place of a log proves. The later ones say more, and speak for the others of the same request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// An exception was printed: the handler may have caught it.
    Printed,
    /// The platform gives the status of an init or invocation.
    Status,
    /// The gateway tells that the function failed.
    Gateway,
    /// The platform ended it: a timeout, an exit.
    Platform,
    /// The runtime, or the language itself, reports an error that nobody caught.
    Reported,
}

/// What one place of a log says of one failure.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) error_type: Option<String>,
    /// The first line of the message.
    pub(super) message: String,
    /// The user's own frames, the newest call first.
    pub(super) frames: Vec<String>,
    pub(super) runtime: Option<Runtime>,
    pub(super) proof: Proof,
    /// Whether it was before the first request.
    pub(super) is_init: bool,
    pub(super) context: Context,
    /// The number of its first line.
    pub(super) number: u64,
    pub(super) lines: Lines,
    /// Whether what was printed right before is the reason of it.
    pub(super) follows_print: bool,
}

impl Failure {
    /// What is said without a stack.
    pub(super) fn new(kind: Kind, proof: Proof, context: Context, number: u64) -> Failure {
        Failure {
            kind,
            error_type: None,
            message: String::new(),
            frames: Vec::new(),
            runtime: None,
            proof,
            is_init: false,
            context,
            number,
            lines: Lines::default(),
            follows_print: false,
        }
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        let frames: usize = self.frames.iter().map(String::len).sum();
        size_of::<Failure>() + self.lines.size + self.message.len() + frames
    }
}

/// A type of error never is as long as this; what is longer was read wrongly.
const LONGEST_TYPE: usize = 200;

/// Enough of a message to know it by.
pub(super) const LONGEST_MESSAGE: usize = 1000;

/// A type of error, if it can be one.
pub(super) fn error_type(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| cut(text, LONGEST_TYPE).to_owned())
}

/// The first line of a message, within bounds.
pub(super) fn message(text: &str) -> String {
    cut(text.trim().lines().next().unwrap_or_default().trim(), LONGEST_MESSAGE).to_owned()
}

/// At most so many bytes of a text, and no half character.
pub(super) fn cut(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// The lines that are shown of a failure: the first ones, within bounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    lines: Vec<String>,
    size: usize,
}

impl Lines {
    const MOST: usize = 40;
    const LONGEST: usize = 1000;
    const SIZE: usize = 4000;

    pub(super) fn add(&mut self, line: &str) {
        if self.lines.len() < Lines::MOST && self.size < Lines::SIZE {
            let line = cut(line.trim_end(), Lines::LONGEST).replace('\u{a0}', " ");
            self.size += line.len() + size_of::<String>();
            self.lines.push(line);
        }
    }

    pub(super) fn of(text: &str) -> Lines {
        let mut lines = Lines::default();
        text.split(['\n', '\r']).filter(|line| !line.is_empty()).for_each(|line| lines.add(line));
        lines
    }

    pub(super) fn append(&mut self, other: Lines) {
        other.lines.iter().for_each(|line| self.add(line));
    }

    pub(super) fn into_vec(self) -> Vec<String> {
        self.lines
    }
}
