//! The lines before the one that is read. An error may have begun with one of them, which only its first frame tells:
//! its message takes several lines where it quotes a document, a query or a list of what is wrong.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::line::Context;
use super::{dotnet, head, java, ruby};

/// As much of a line is kept as an error's type and message take.
const LONGEST_HEAD: usize = 1000;

/// What .NET writes before an error that nobody caught.
const UNHANDLED: &str = "Unhandled exception. ";

/// A line that an error may begin with, kept until the next ones have told.
#[derive(Clone, Debug, Default)]
pub(super) struct Previous {
    pub(super) text: Vec<u8>,
    pub(super) context: Context,
    pub(super) number: u64,
    /// Whether an error began with it.
    pub(super) is_used: bool,
}

/// The newest lines.
#[derive(Debug, Default)]
pub(super) struct Recent {
    last: Previous,
    /// Those before it, the newest first.
    older: VecDeque<Previous>,
    /// How many of them were written together, as far as it can be told.
    together: usize,
}

/// How an error began of which the first frame was read.
#[derive(Debug)]
pub(super) struct Began {
    /// The number of lines above the frame.
    pub(super) lines: usize,
    pub(super) error_type: String,
    pub(super) message: String,
    /// Whether they say that nobody caught it.
    pub(super) is_reported: bool,
}

impl Recent {
    /// How many lines are kept: Java writes the lines of a message twice.
    pub(super) const MOST: usize = 10;

    /// The newest line.
    pub(super) fn last(&self) -> &Previous {
        &self.last
    }

    /// The newest line, to be used.
    pub(super) fn last_mut(&mut self) -> &mut Previous {
        &mut self.last
    }

    /// Keeps a line, and shows the one that is let go for it.
    pub(super) fn push(&mut self, words: &[u8], context: Context, number: u64, let_go: impl FnOnce(&Previous)) {
        let mut line = Previous::default();
        if self.older.len() + 1 >= Recent::MOST
            && let Some(oldest) = self.older.pop_back()
        {
            let_go(&oldest);
            line = oldest;
        }
        line.text.clear();
        line.text.extend_from_slice(words.get(..words.len().min(LONGEST_HEAD)).unwrap_or_default());
        (line.context, line.number, line.is_used) = (context, number, false);
        self.older.push_front(std::mem::replace(&mut self.last, line));
        self.together += 1;
    }

    /// What comes next is not of what came before.
    pub(super) fn part(&mut self) {
        self.together = 0;
    }

    /// A line, counted back from the newest, which is 0.
    pub(super) fn get(&self, at: usize) -> Option<&Previous> {
        match at.checked_sub(1) {
            None => Some(&self.last),
            Some(before) => self.older.get(before),
        }
    }

    /// The words of a line; none where there is no such line.
    pub(super) fn text(&self, at: usize) -> Cow<'_, str> {
        self.get(at).map(|line| String::from_utf8_lossy(&line.text)).unwrap_or_default()
    }

    /// Marks the newest lines as those of an error.
    pub(super) fn use_newest(&mut self, count: usize) {
        self.last.is_used = true;
        self.older.iter_mut().take(count.saturating_sub(1)).for_each(|line| line.is_used = true);
    }

    /// Where the error began of which a frame follows.
    pub(super) fn began(&self, is_ruby: bool) -> Option<Began> {
        let last = self.text(0);
        // `System.Exception: outer`, then ` ---> System.Exception: inner`, then the frames.
        let is_inner = dotnet::is_link(last.trim_start());
        let mut lines = (0..Recent::MOST).take_while(|at| !java::is_thread(&self.text(*at)));
        let (at, (error_type, message)) = lines.find_map(|at| Some((at, self.head(at, is_inner, is_ruby)?)))?;
        // Before an uncaught error Java has the same with message and type in turns.
        let said = if at == 0 { message.as_str() } else { last.trim_end() };
        let before = self.text(at + 1);
        let is_report = java::is_report(before.trim_end(), &error_type, said);
        let unhandled = match (1..=at.max(1)).find(|at| self.text(*at).starts_with(UNHANDLED)) {
            None if last.contains(UNHANDLED) => Some(0),
            found => found,
        };
        // The runtime's words before the stack say more than the stack: `Class not found: …`.
        let message = match before.strip_suffix(&error_type).and_then(|said| said.strip_suffix(": ")) {
            Some(said) if is_report && said.starts_with("Class not found") => said.to_owned(),
            _ => message,
        };
        let first = if is_report { at + 1 } else { at.max(unhandled.unwrap_or_default()) };
        Some(Began { lines: first + 1, error_type, message, is_reported: is_report || unhandled.is_some() })
    }

    /// The type and message of a line that may be the first of an error. The further away it is, the more it has to say.
    fn head(&self, at: usize, is_inner: bool, is_ruby: bool) -> Option<(String, String)> {
        let line = self.get(at)?;
        let text = self.text(at);
        let is_first = at + 1 == self.together;
        match at {
            0 if is_inner => None,
            1 if line.number != self.last.number && !is_inner && line.is_used => None,
            0 | 1 if is_ruby => ruby::head(text.trim_end()),
            // Within a dump of threads, `java.lang.Thread.State: RUNNABLE` stands above frames.
            _ if text.starts_with([' ', '\t']) || is_ruby => None,
            0 | 1 => head::split(&text),
            _ if at >= self.together => None,
            _ => head::error(&text, is_first),
        }
    }
}
