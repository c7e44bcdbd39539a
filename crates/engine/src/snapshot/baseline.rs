//! A baseline, as it is kept. [`crate::baseline`] takes it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Api;
use crate::configuration::{Configuration, NotComparable};
use crate::trail::{DELAY_MINUTES, Event, Trail};

/// What a deployment holds, as the live configuration showed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// [`SCHEMA`](crate::baseline::SCHEMA).
    pub schema: String,
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// The API's id.
    pub api_id: String,
    /// The deployment.
    pub deployment_id: String,
    /// When the deployment was made.
    pub deployed_at: Timestamp,
    /// When the configuration had been read.
    pub taken_at: Timestamp,
    /// On what occasion.
    pub occasion: Occasion,
    /// The configuration.
    pub configuration: Configuration,
    /// What no witness could prove when it was taken, so that it might hold a later edit of that. Empty once a trail that
    /// reaches far enough proves all of it.
    pub unproven: Vec<NotComparable>,
}

/// On what occasion a baseline is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Occasion {
    /// The deployment was made a moment ago.
    Deployment,
    /// Somebody asks for it.
    Request,
    /// An audit, at any later time: only a trail that shows no edit since the deployment allows it.
    Audit,
}

/// What [`Baseline::unproven`] names where the baseline as a whole rests on a trail that is still to come, or on somebody's
/// word.
pub(crate) const WHOLE: &str = "baseline";

impl Baseline {
    /// Whether a trail proves that there was no edit between the deployment and the reading: it goes back to the one, and
    /// was read so long after the other that no event can still be on its way.
    pub fn is_proven_by(&self, api: &Api, trail: &Trail) -> bool {
        let told = self.taken_at.checked_add(SignedDuration::from_mins(DELAY_MINUTES));
        let reaches = trail.since <= self.deployed_at && told.is_ok_and(|told| trail.until >= told);
        reaches && self.contradiction(api, trail).is_none()
    }

    /// An edit that the baseline may hold, though it was made after the deployment: events are told late, so that one
    /// may show only after the baseline was taken.
    pub fn contradiction<'a>(&self, api: &Api, trail: &'a Trail) -> Option<&'a Event> {
        let mut edits = trail.of(&api.id).filter(|event| event.is_edit());
        edits.find(|event| event.time > self.deployed_at && event.time <= self.taken_at)
    }
}
