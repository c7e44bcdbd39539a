//! One API: its routes, its stages side by side, its findings, what a deployment would change, and its errors.

use std::collections::BTreeMap;

use engine::drift::ApiDrift;
use engine::reconcile::Tracked;
use engine::snapshot::Deployed;
use maud::{Markup, html};
use store::{ApiStatus, RunRecord, TrackedGroup};

use super::Frame;

/// What the page of an API shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// The account's twelve digits.
    pub account_id: String,
    /// What is known of it.
    pub status: ApiStatus,
    /// Its last drift, where one is kept.
    pub drift: Option<ApiDrift>,
    /// What is kept of its deployments, by id: the routes that stages serve are told by it.
    pub deployed: BTreeMap<String, Deployed>,
    /// Its findings, in every state.
    pub findings: Vec<Tracked>,
    /// The groups of errors that its newest run names.
    pub errors: Vec<TrackedGroup>,
    /// Its runs of late, the oldest first.
    pub runs: Vec<RunRecord>,
}

/// The page of an API.
pub fn api(frame: &Frame, api: &Api) -> Markup {
    let _ = (frame, api);
    html! {}
}
