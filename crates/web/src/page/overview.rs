//! The overview: every API and stage, how many findings there are, and how it was of late.

use jiff::SignedDuration;
use maud::{Markup, html};
use store::{ApiStatus, Counts, Point, RegionStatus};

use super::Frame;

/// What the overview shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// The regions of which something is kept. None, where nothing was audited yet.
    pub regions: Vec<Region>,
    /// Open findings over time, as [`store::Metric::Findings`] gives them.
    pub findings: Vec<Point>,
    /// Failures over time, as [`store::Metric::Errors`] gives them.
    pub errors: Vec<Point>,
    /// How old the newest audit of a region may be before it is late. `None` where nobody schedules any.
    pub late_after: Option<SignedDuration>,
}

/// A region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// When it was audited, and when a change event last came.
    pub status: RegionStatus,
    /// Its APIs.
    pub apis: Vec<ApiLine>,
    /// All of its open findings, those that belong to no API included: of the newest [`store::Tally`].
    pub open: Counts,
    /// All of its findings that could not be looked at, of the same.
    pub unknown: usize,
}

/// An API.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiLine {
    /// What is known of it.
    pub status: ApiStatus,
    /// How often its functions and stages failed, as its newest run saw it: the sum of [`store::RunRecord::errors`].
    pub failures: u64,
}

/// The overview.
pub fn overview(frame: &Frame, overview: &Overview) -> Markup {
    let _ = (frame, overview);
    html! {}
}
