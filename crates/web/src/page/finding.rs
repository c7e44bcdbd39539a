//! One finding: what is wrong, what proves it, what mends it, and how it came to be.

use engine::reconcile::Tracked;
use jiff::Timestamp;
use maud::{Markup, html};

use super::Frame;

/// What the page of a finding shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The finding, with its life.
    pub tracked: Tracked,
    /// Who decided not to be told, and why, where it is suppressed.
    pub suppression: Option<Suppression>,
}

/// Why a finding is suppressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What the configuration gives as the reason.
    pub reason: String,
    /// Until when, if not for ever.
    pub until: Option<Timestamp>,
}

/// The page of a finding.
pub fn finding(frame: &Frame, finding: &Finding) -> Markup {
    let _ = (frame, finding);
    html! {}
}
