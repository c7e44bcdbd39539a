//! What is shown where something went wrong.

use maud::{Markup, html};

use super::Frame;

/// What went wrong: the same as a problem's JSON says (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: u16,
    /// One line.
    pub title: String,
    /// What happened, on what.
    pub detail: Option<String>,
    /// What to do next.
    pub help: Option<String>,
}

/// The page of a problem.
pub fn problem(frame: &Frame, problem: &Problem) -> Markup {
    let _ = (frame, problem);
    html! {}
}
