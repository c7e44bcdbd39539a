//! The groups of errors of functions and gateways.

use std::collections::BTreeSet;

use engine::logs::{ErrorGroup, Runtime, Sample};
use jiff::Timestamp;
use maud::{Markup, html};
use store::TrackedGroup;
use words::{count, failure, visible};

use super::frame::Tab;
use super::parts::{section, severity, short, when};
use super::{Frame, parts};

/// How many functions or routes of a group are named.
const MOST_NAMES: usize = 20;

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
    let regions: Vec<&RegionErrors> = errors.regions.iter().filter(|region| !region.groups.is_empty()).collect();
    let content = html! {
        h1 { "Errors" }
        p.dim { "What failed in functions and gateways, as runs saw it since " (when(errors.since)) ". Samples show no secrets." }
        @if regions.is_empty() {
            p { "No failures." }
        }
        @for (at, region) in regions.iter().enumerate() {
            @let title = format!("{}, account {}", visible(&region.region), visible(&region.account_id));
            (section(&format!("region-{at}"), &title, &groups(&region.groups)))
        }
    };
    frame.page(Tab::Errors, "Errors", &content)
}

/// Groups of errors, one below the other.
pub(super) fn groups(groups: &[TrackedGroup]) -> Markup {
    html! { @for group in groups { (self::group(group)) } }
}

fn group(tracked: &TrackedGroup) -> Markup {
    let group = &tracked.group;
    html! {
        article.group {
            h3 { (severity(group.severity)) " " span.mono { (short(&failure(group), 400)) } }
            p.dim {
                (group.kind.name()) ", " strong { (times(group.count)) } " at the run of " (when(tracked.at))
                @if let Some(first) = group.first_seen { "; first " (when(first)) }
                @if let Some(last) = group.last_seen { ", last " (when(last)) }
            }
            dl.facts {
                @if !group.functions.is_empty() { dt { "Functions" } dd { (names(&group.functions, group.runtime.map(Runtime::name))) } }
                @if !group.routes.is_empty() { dt { "Routes" } dd { (names(&group.routes, None)) } }
            }
            (sample(group))
        }
    }
}

/// `1 time`, `3 times`.
fn times(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "time")
}

fn names(names: &BTreeSet<String>, runtime: Option<&str>) -> Markup {
    html! {
        @for (at, name) in names.iter().take(MOST_NAMES).enumerate() {
            @if at > 0 { ", " }
            span.mono { (short(name, 200)) }
        }
        @if names.len() > MOST_NAMES { " and " (names.len() - MOST_NAMES) " more" }
        @if let Some(runtime) = runtime { " " span.dim { "(" (runtime) ")" } }
    }
}

fn sample(group: &ErrorGroup) -> Markup {
    let Sample { timestamp, log_group, log_stream, request_id, lines } = &group.sample;
    let found = [("log group", log_group), ("stream", log_stream), ("request", request_id)];
    html! {
        details {
            summary { "A sample" @if let Some(time) = timestamp { " of " (when(*time)) } }
            dl.facts {
                @for (name, value) in found { @if let Some(value) = value { dt { (name) } dd.mono.small { (short(value, 300)) } } }
                dt { "fingerprint" } dd.mono.small { (short(&group.fingerprint, 80)) }
            }
            @if !lines.is_empty() { (parts::lines(&lines.join("\n"), "Sample")) }
        }
    }
}
