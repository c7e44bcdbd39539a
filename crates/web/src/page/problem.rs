//! What is shown where something went wrong.

use maud::{Markup, html};

use super::Frame;
use super::frame::Tab;
use super::parts::short;

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
    let content = html! {
        h1 { (short(&problem.title, 200)) }
        @if let Some(detail) = &problem.detail { p { (short(detail, 2000)) } }
        @if let Some(help) = &problem.help { p { (short(help, 2000)) } }
        p.dim { "Status " (problem.status) ". " a href=(frame.link(&[], &[])) { "To the overview" } }
    };
    frame.page(Tab::Other, &problem.title, &content)
}
