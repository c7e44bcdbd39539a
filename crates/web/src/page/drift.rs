//! What a deployment now would change, in the manner of a plan.

use engine::drift::ApiDrift;
use jiff::Timestamp;
use maud::{Markup, html};

use super::Frame;

/// What the page of an API's drift shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The account's twelve digits.
    pub account_id: String,
    /// The run that read it, where it is known.
    pub read: Option<Timestamp>,
    /// The drift.
    pub drift: ApiDrift,
}

/// The page of an API's drift.
pub fn drift(frame: &Frame, drift: &Drift) -> Markup {
    let _ = (frame, drift);
    html! {}
}
