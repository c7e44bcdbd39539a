//! The list of findings.

use engine::reconcile::Tracked;
use maud::{Markup, html};
use store::{Filter, List};

use super::Frame;

/// What the list of findings shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// What was asked for.
    pub filter: Filter,
    /// Whether this is a further part of the list, not its beginning.
    pub is_continued: bool,
    /// A part of what fits.
    pub list: List<Tracked>,
    /// The APIs that can be chosen.
    pub apis: Vec<NamedApi>,
}

/// An API's id and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedApi {
    /// Its id.
    pub id: String,
    /// Its name, where it is known.
    pub name: Option<String>,
}

/// The list of findings. Its form asks with the parameters `severity`, `api`, `check` and `state`; a parameter that is empty
/// asks for nothing. The next part is asked for with `next`.
pub fn findings(frame: &Frame, findings: &Findings) -> Markup {
    let _ = (frame, findings);
    html! {}
}
