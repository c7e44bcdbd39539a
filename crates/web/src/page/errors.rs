//! The groups of errors of functions and gateways.

use jiff::Timestamp;
use maud::{Markup, html};
use store::TrackedGroup;

use super::Frame;

/// What the page of errors shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// Runs since this time are shown.
    pub since: Timestamp,
    /// By region; a region without errors may be left out.
    pub regions: Vec<RegionErrors>,
}

/// The groups of errors of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionErrors {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// Its groups, the newest first, as [`store::Store::errors`] gives them.
    pub groups: Vec<TrackedGroup>,
}

/// The page of errors.
pub fn errors(frame: &Frame, errors: &Errors) -> Markup {
    let _ = (frame, errors);
    html! {}
}
