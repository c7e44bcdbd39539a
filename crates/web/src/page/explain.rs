//! Why a request fails: a form to ask with, and the answer.

use engine::explain::Explanation;
use maud::{Markup, html};

use super::Frame;

/// What the form to ask with shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The accounts and regions that can be chosen, as `ACCOUNT/REGION`: a custom domain name does not tell its own.
    pub regions: Vec<String>,
    /// What is wrong with what was sent, and what to do, where it could not be read. It holds no header, query or body.
    pub wrong: Option<(String, String)>,
}

/// The form. It is sent to `POST /explain`, form-urlencoded, with the fields `csrf`, `request` (a `curl` command, an HTTP
/// message or JSON: what [`engine::exchange::read`] takes), `region` (empty, or one of [`Ask::regions`]), `status`,
/// `headers` (a line each, `name: value`) and `body`; all but `request` may be empty. What was sent is never shown again: it may
/// hold a token.
pub fn explain(frame: &Frame, ask: &Ask) -> Markup {
    let _ = (frame, ask);
    html! {}
}

/// The answer, in the order of the command line's. `notes` say what of the request was not understood.
pub fn explanation(frame: &Frame, explanation: &Explanation, notes: &[String]) -> Markup {
    let _ = (frame, explanation, notes);
    html! {}
}
