//! What a deployment now would change, in the manner of a plan.

use engine::drift::ApiDrift;
use jiff::Timestamp;
use maud::{Markup, html};
use words::{outline, visible};

use super::Frame;
use super::frame::Tab;
use super::parts::{ago, short, trail};
use super::plan::{self, Level};

/// How many changes are shown of a stage.
const MOST_CHANGES: usize = 2000;

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
    let Drift { account_id, read, drift: api } = drift;
    let (id, region) = (api.api_id.as_deref().unwrap_or_default(), api.region.as_deref().unwrap_or_default());
    let name = outline::api_name(api);
    let title = format!("Drift of {}", short(&name, 200));
    let content = html! {
        (trail(&[("Overview", frame.link(&[], &[])), (&short(&name, 80), frame.api(account_id, region, id, &[]))]))
        h1 { (title) }
        p.dim {
            (api.api_kind.name()) " " code { (short(id, 60)) } ", " (visible(region)) ", account " (visible(account_id))
            @if let Some(read) = read { ", read " (ago(*read, frame.now)) }
        }
        (plans(api, *read, Level::Two, MOST_CHANGES))
    };
    frame.page(Tab::Other, &title, &content)
}

/// The plans of all stages of an API.
pub(super) fn plans(api: &ApiDrift, read: Option<Timestamp>, level: Level, most: usize) -> Markup {
    html! {
        @for why in &api.not_read { p.unknown { "Its stages could not be listed. " (visible(&why.reason())) } }
        @for stage in &api.stages { (plan::stage(api, stage, read, level, most)) }
        (plan::limits(api))
    }
}
