//! A stage's drift as a plan, in the words and the order of `stagecheck drift`.

use engine::configuration::RouteKey;
use engine::drift::{ApiDrift, Basis, Change, ChangeKind, NotComparable, StageDrift, Subject};
use engine::observed::NotRead;
use jiff::Timestamp;
use maud::{Markup, html};
use words::outline::{self, Verdict};
use words::{change, diff, visible};

use super::parts::{command, severity, short};

/// How many lines of a long value are shown.
const MOST_LINES: usize = 400;

/// The level of a heading: what it may contain is a level below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Two,
    Three,
    Four,
}

impl Level {
    fn below(self) -> Level {
        if self == Level::Two { Level::Three } else { Level::Four }
    }

    fn heading(self, class: &str, content: &Markup) -> Markup {
        match self {
            Level::Two => html! { h2 class=(class) { (content) } },
            Level::Three => html! { h3 class=(class) { (content) } },
            Level::Four => html! { h4 class=(class) { (content) } },
        }
    }
}

/// What a deployment to a stage would change; of more changes than `most`, the first ones.
pub(super) fn stage(api: &ApiDrift, stage: &StageDrift, now: Option<Timestamp>, level: Level, most: usize) -> Markup {
    let verdict = outline::verdict(stage);
    let kind = match verdict {
        Verdict::InSync => "good",
        Verdict::Drifting(_) => "bad",
        Verdict::NotKnown => "unknown",
    };
    let heading = html! { (short(&outline::stage_name(stage), 200)) " " span class={ "state " (kind) } { (verdict.to_string()) } };
    html! {
        section.plan {
            (level.heading("", &heading))
            @for fact in outline::provenance(stage, now) { p.dim.fact { (fact) } }
            (changes(&stage.changes, api.api_kind.name(), level.below(), most))
            (not_read(&stage.not_read))
            (not_comparable(&stage.not_comparable, stage.basis))
            @if let Some(canary) = &stage.canary {
                p { (outline::canary(canary)) }
                (changes(&canary.changes, api.api_kind.name(), level.below(), most))
                (not_read(&canary.not_read))
            }
            @if let Some(remedy) = outline::remedy(api, stage) { (self::remedy(&remedy)) }
            @if let Some(reason) = &stage.untraced {
                p.dim { "Of some changes it is not told who made them: " (visible(reason)) }
            }
        }
    }
}

/// `To put this in force: aws …`: what is said, and the command by itself.
fn remedy(remedy: &str) -> Markup {
    match remedy.split_once(": aws ") {
        Some((says, rest)) => html! { p { (visible(says)) ":" } (command(&format!("aws {rest}"))) },
        None => html! { p { (visible(remedy)) } },
    }
}

/// Changes grouped by route; those of the API as a whole come first.
fn changes(changes: &[Change], kind: &str, level: Level, most: usize) -> Markup {
    let shown = changes.get(..most).unwrap_or(changes);
    let groups = shown.chunk_by(|a, b| a.route() == b.route());
    html! {
        @for group in groups { @if let Some(first) = group.first() {
            div.route {
                (level.heading("mono", &heading(first, kind)))
                ul.changes { @for change in group { li { (one(change)) } } }
            }
        } }
        @if changes.len() > shown.len() {
            p { "And " (words::count(changes.len() - shown.len(), "further change")) ": stagecheck drift shows all." }
        }
    }
}

fn heading(first: &Change, kind: &str) -> Markup {
    match (first.route(), first.subject) {
        (Some(route), Subject::Route) => html! {
            (sign(first.change)) (short(&route.to_string(), 300)) " " span.dim { (short(&change::backend(first), 300)) }
        },
        (Some(route), _) => html! { (sign(ChangeKind::Changed)) (short(&route.to_string(), 300)) },
        (None, _) => html! { (sign(ChangeKind::Changed)) "the " (kind) " API as a whole" },
    }
}

/// `+ `, and what it stands for to those who do not see its colour.
pub(super) fn sign(kind: ChangeKind) -> Markup {
    let (class, sign, word) = match kind {
        ChangeKind::Added => ("added", "+", "added"),
        ChangeKind::Removed => ("removed", "-", "removed"),
        ChangeKind::Changed => ("changed", "~", "changed"),
    };
    html! { span class={ "sign " (class) } aria-hidden="true" { (sign) " " } span.unseen { (word) ": " } }
}

fn one(change: &Change) -> Markup {
    let compared = diff::lines(&change.deployed, &change.live, MOST_LINES).filter(|_| change.field.is_some());
    let by = change.made_by.as_ref().map(|made_by| format!("by {}, ", change::hand(made_by))).unwrap_or_default();
    html! {
        p { (severity(change.severity)) " " (visible(&change.effect)) }
        @if change.subject != Subject::Route {
            p.mono.value { (sign(change.change)) (change::name(change)) @if compared.is_none() { (change::values(change)) } }
            @if let Some(lines) = compared { (self::lines(&lines)) }
        }
        p.dim.small { (by) "shown by the " (change.witness.name()) }
    }
}

fn lines(lines: &[diff::Line]) -> Markup {
    html! {
        pre.diff tabindex="0" role="region" aria-label="Deployed and live, line by line" {
            @for line in lines {
                @match line.sign {
                    '+' => { ins { "+ " (visible(&line.text)) } }
                    '-' => { del { "- " (visible(&line.text)) } }
                    sign => { span { (sign) " " (visible(&line.text)) } }
                }
            }
        }
    }
}

fn not_read(reasons: &[NotRead]) -> Markup {
    html! { @for why in reasons { p.unknown { "not read: " (visible(&why.reason())) } } }
}

/// What no witness proves of one thing in particular; where there is no witness at all, why that is so.
fn not_comparable(gaps: &[NotComparable], basis: Basis) -> Markup {
    if basis == Basis::None {
        let whole = gaps.iter().filter(|gap| gap.field == "*" && gap.subject == Subject::Api);
        return html! { @for gap in whole { p.unknown { (visible(&gap.reason)) } } };
    }
    html! {
        @for gap in gaps.iter().filter(|gap| outline::is_particular(gap)) {
            p.dim { "not comparable: " (visible(&gap.field)) " of " (of(gap)) ": " (visible(&gap.reason)) }
        }
    }
}

fn of(gap: &NotComparable) -> String {
    let route = gap.path.clone().map(|path| RouteKey { path, method: gap.method.clone() }.to_string());
    let place: Vec<String> = route.into_iter().chain(gap.name.clone()).collect();
    short(&place.join(" "), 300)
}

/// What no witness proves of the API, by reason.
pub(super) fn limits(api: &ApiDrift) -> Markup {
    let by_reason = outline::limits(std::slice::from_ref(api));
    html! {
        @if !by_reason.is_empty() {
            details {
                summary { "Not comparable" }
                dl.limits {
                    @for (reason, fields) in by_reason { dt { (visible(&fields)) } dd.dim { (visible(&reason)) } }
                }
            }
        }
    }
}
