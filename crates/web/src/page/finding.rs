//! One finding: what is wrong, what proves it, what mends it, and how it came to be.

use engine::arn::FunctionName;
use engine::check::Check;
use engine::checks;
use engine::configuration::RouteKey;
use engine::finding::{Evidence, Remedy, Resource};
use engine::reconcile::{State, Tracked};
use maud::{Markup, html};
use words::visible;

use super::frame::Tab;
use super::parts::{note, remedy, section, severity, short, state, trail, value, when};
use super::{Frame, docs};

/// The page of a finding.
pub fn finding(frame: &Frame, tracked: &Tracked) -> Markup {
    let own = &tracked.finding;
    let check = checks::ALL.iter().find(|check| check.id == own.check);
    let content = html! {
        (trail(&[("Overview", frame.link(&[], &[])), ("Findings", frame.link(&["findings"], &[("state", "open")]))]))
        h1 { (short(&own.title, 400)) }
        p.line { (severity(own.severity)) (state(tracked.state)) span { (place(frame, &own.resource)) } }
        (standing(tracked))
        div.columns {
            div {
                (section("what", "What is wrong", &html! { p { (visible(&own.detail)) } }))
                @if own.remedy != Remedy::default() { (section("fix", "What mends it", &remedy(&own.remedy))) }
                @if !own.evidence.is_empty() { (section("evidence", "What was read", &evidence(&own.evidence))) }
                @if let Some(check) = check { (section("why", "Why it matters", &about(check))) }
            }
            div.side {
                (section("facts", "Facts", &facts(frame, tracked)))
                @if !own.causes.is_empty() { (section("causes", "What callers meet", &causes(&own.causes))) }
                (section("history", "History", &history(tracked)))
            }
        }
    };
    frame.page(Tab::Findings, &own.title, &content)
}

/// What is to be known before anything else is read, where a finding is not simply open.
fn standing(tracked: &Tracked) -> Markup {
    let suppressed = tracked.finding.suppressed.as_ref();
    let since = when(tracked.since());
    match tracked.state {
        State::Open => html! {},
        State::Suppressed => note(
            "plain",
            &html! {
                p {
                    strong { "Suppressed" } " since " (since)
                    @if let Some(until) = suppressed.and_then(|own| own.until) { ", until " (when(until)) }
                    ". It is still seen, and counted nowhere."
                }
                @if let Some(reason) = suppressed.map(|own| own.reason.as_str()).or(tracked.reason()) {
                    p { "The reason that was given: " q { (visible(reason)) } }
                }
            },
        ),
        State::Unknown => note(
            "unknown",
            &html! {
                p { strong { "Not known" } " since " (since) ": it was open, and could not be looked at since. What follows is as it was last seen." }
                @if let Some(reason) = tracked.reason() { p { (visible(reason)) } }
            },
        ),
        State::Resolved => note(
            "good",
            &html! {
                p { strong { "Resolved" } " at " (since) ". What follows is as it was last seen." }
                @if let Some(reason) = tracked.reason() { p { (visible(reason)) } }
            },
        ),
    }
}

/// Where something is, with a link to its API.
fn place(frame: &Frame, resource: &Resource) -> Markup {
    let words = short(&words::place(resource), 300);
    match &resource.api_id {
        Some(api) => html! { a href=(frame.api(&resource.account_id, &resource.region, api, &[])) { (words) } },
        None => html! { (words) },
    }
}

fn evidence(evidence: &[Evidence]) -> Markup {
    html! {
        dl.evidence {
            @for own in evidence {
                dt { code { (short(&own.source, 120)) } @if !own.path.is_empty() { " " span.mono { (short(&own.path, 300)) } } }
                dd { (value(&own.value, &format!("{} {}", own.source, own.path))) }
            }
        }
    }
}

fn facts(frame: &Frame, tracked: &Tracked) -> Markup {
    let Tracked { finding, first_seen, last_seen, callers, .. } = tracked;
    let Resource { arn, account_id, region, stage, method, path, function, key, .. } = &finding.resource;
    let route = path.as_ref().map(|path| RouteKey { path: path.clone(), method: method.clone() }.to_string());
    let function = function.as_ref().map(|arn| FunctionName::parse(arn).map_or(arn.clone(), |name| name.to_string()));
    let parts = [("Stage", stage), ("Route", &route), ("Function", &function), ("Name", key)];
    let check = finding.check.as_str();
    html! {
        dl.facts {
            dt { "Check" }
            dd { a.mono href=(frame.link(&["findings"], &[("check", check)])) { (short(check, 80)) } }
            @for (name, part) in parts { @if let Some(part) = part { dt { (name) } dd.mono { (short(part, 300)) } } }
            dt { "Region" } dd { (visible(region)) ", account " (visible(account_id)) }
            dt { "First seen" } dd { (when(*first_seen)) }
            dt { "Last seen" } dd { (when(*last_seen)) }
            @if !callers.is_empty() {
                dt { "Called by" }
                dd { ul.plain { @for caller in callers {
                    @if let Some((region, api)) = caller.split_once('/') {
                        li { a.mono href=(frame.api(account_id, region, api, &[])) { (short(caller, 100)) } }
                    }
                } } }
            }
            dt { "Resource" } dd.mono.small { (short(arn, 600)) }
            dt { "Fingerprint" } dd.mono.small { (short(&finding.fingerprint, 80)) }
        }
    }
}

/// The causes of failing requests that callers meet.
fn causes(ids: &[String]) -> Markup {
    html! {
        ul.plain {
            @for id in ids {
                li {
                    @if let Some(cause) = engine::causes::find(id) { (cause.title()) " " }
                    code.dim.small { (short(id, 100)) }
                }
            }
        }
    }
}

/// Each change of state, the newest first.
fn history(tracked: &Tracked) -> Markup {
    html! {
        ol.history reversed {
            @for change in tracked.history.iter().rev() {
                li {
                    (state(change.state)) " " (when(change.at))
                    @if let Some(reason) = &change.reason { div.dim.small { (visible(reason)) } }
                }
            }
        }
    }
}

fn about(check: &Check) -> Markup {
    let page = check.page();
    html! {
        @if let Some(why) = docs::section(&page, "Why it matters") { (why) }
        details {
            summary { "What this check looks for, and how to fix it" }
            @if let Some(what) = docs::section(&page, "What it looks for") { (what) }
            @if let Some(how) = docs::section(&page, "How to fix") { (how) }
        }
    }
}
