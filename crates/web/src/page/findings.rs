//! The list of findings.

use std::borrow::Borrow;
use std::cmp::Reverse;

use engine::checks;
use engine::finding::{Resource, Severity};
use engine::reconcile::{State, Tracked};
use maud::{Markup, html};
use store::{Filter, List, RegionStatus};
use words::place;

use super::Frame;
use super::frame::Tab;
use super::parts::{severity, short, state, state_name, taken_out, when};

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
    /// The regions that were taken out of the configuration: what was found there is shown as it was last seen.
    pub left: Vec<RegionStatus>,
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
    let Findings { filter, is_continued, list, .. } = findings;
    let content = html! {
        h1 { "Findings" }
        (form(frame, findings))
        (audited_no_more(findings))
        @if list.items.is_empty() {
            p { @if list.next.is_some() { "None in this part of the list." } @else { "No finding fits." } }
        } @else {
            (table(frame, &ordered(findings), None))
        }
        @if *is_continued || list.next.is_some() {
            nav.pages aria-label="Parts of the list" {
                @if *is_continued { a href=(link(frame, filter, None)) { "The first part" } }
                @if let Some(next) = &list.next { a rel="next" href=(link(frame, filter, Some(next))) { "The next part" } }
            }
        }
    };
    frame.page(Tab::Findings, "Findings", &content)
}

/// That findings of the list are of what is audited no more.
fn audited_no_more(Findings { list, left, .. }: &Findings) -> Markup {
    let is_shown = |own: &&RegionStatus| list.items.iter().any(|tracked| own.holds(&tracked.finding.resource));
    taken_out(left.iter().filter(is_shown), "Its findings are shown as they were last seen.")
}

/// What is worst stands first, where this is the whole list; a part of one stays in the list's order.
fn ordered(findings: &Findings) -> Vec<&Tracked> {
    let mut items: Vec<&Tracked> = findings.list.items.iter().collect();
    if !findings.is_continued && findings.list.next.is_none() {
        items.sort_by_key(|tracked| Reverse(tracked.finding.severity));
    }
    items
}

fn link(frame: &Frame, filter: &Filter, next: Option<&str>) -> String {
    let query = [
        ("severity", filter.severity.map(Severity::name)),
        ("api", filter.api.as_deref()),
        ("check", filter.check.as_deref()),
        ("state", filter.state.map(state_name)),
        ("next", next),
    ];
    frame.link(&["findings"], &query.map(|(name, value)| (name, value.unwrap_or_default())))
}

fn form(frame: &Frame, Findings { filter, apis, .. }: &Findings) -> Markup {
    let severities = Severity::WORST_FIRST.map(|severity| (severity.name().to_owned(), severity.name().to_owned()));
    let states = [State::Open, State::Unknown, State::Suppressed, State::Resolved]
        .map(|state| (state_name(state).to_owned(), state_name(state).to_owned()));
    let apis = apis.iter().map(|api| {
        let name = api.name.as_ref().map(|name| format!("{} ({})", short(name, 60), short(&api.id, 40)));
        (api.id.clone(), name.unwrap_or_else(|| short(&api.id, 40)))
    });
    let checks = checks::ALL.iter().map(|check| (check.id.to_owned(), check.id.to_owned()));
    html! {
        form.filter method="get" action=(frame.link(&["findings"], &[])) role="search" aria-label="Findings" {
            (choice("state", "State", filter.state.map(state_name), &states))
            (choice("severity", "Severity", filter.severity.map(Severity::name), &severities))
            (choice("api", "API", filter.api.as_deref(), &apis.collect::<Vec<_>>()))
            (choice("check", "Check", filter.check.as_deref(), &checks.collect::<Vec<_>>()))
            button type="submit" { "Show" }
        }
    }
}

/// A list to choose from. What was asked for and is none of the choices stands among them all the same.
fn choice(name: &str, label: &str, chosen: Option<&str>, choices: &[(String, String)]) -> Markup {
    let other = chosen.filter(|chosen| !choices.iter().any(|(value, _)| value == chosen));
    html! {
        div.field {
            label for={ "filter-" (name) } { (label) }
            select name=(name) id={ "filter-" (name) } {
                option value="" { "any" }
                @if let Some(other) = other { option value=(other) selected { (short(other, 60)) } }
                @for (value, shown) in choices { option value=(value) selected[chosen == Some(value)] { (shown) } }
            }
        }
    }
}

/// Findings, a row each. On the page of an API, `within` is its id: its name need not be told.
pub(super) fn table<T: Borrow<Tracked>>(frame: &Frame, findings: &[T], within: Option<&str>) -> Markup {
    html! {
        table.cards.findings {
            thead { tr {
                th scope="col" { "Severity" } th scope="col" { "Finding" } th scope="col" { "Where" }
                th scope="col" { "State" } th scope="col" { "Since" }
            } }
            tbody { @for tracked in findings { (row(frame, tracked.borrow(), within)) } }
        }
    }
}

fn row(frame: &Frame, tracked: &Tracked, within: Option<&str>) -> Markup {
    let finding = &tracked.finding;
    html! {
        tr class=(state_name(tracked.state)) {
            td data-label="Severity" { (severity(finding.severity)) }
            th.what scope="row" {
                a href=(frame.link(&["findings", &finding.fingerprint], &[])) { (short(&finding.title, 300)) }
                div.dim.small.mono { (short(&finding.check, 80)) }
            }
            td data-label="Where" { (short(&whereabouts(&finding.resource, within), 300)) }
            td data-label="State" {
                (state(tracked.state))
                @if let Some(reason) = tracked.reason() { div.dim.small { (short(reason, 160)) } }
            }
            td.small data-label="Since" { (when(tracked.since())) }
        }
    }
}

fn whereabouts(resource: &Resource, within: Option<&str>) -> String {
    match (&resource.stage, within.is_some() && resource.api_id.as_deref() == within) {
        (_, false) => place(resource),
        (Some(stage), true) => format!("stage {stage}"),
        (None, true) => "the API".to_owned(),
    }
}
