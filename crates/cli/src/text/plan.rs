//! Drift as text, in the manner of a plan: what a deployment now would add, change and remove.

use std::fmt::Write;

use anstyle::Style;
use engine::configuration::RouteKey;
use engine::drift::{ApiDrift, Basis, Change, ChangeKind, NotComparable, StageDrift, Subject};
use engine::observed::NotRead;
use engine::report::DriftReport;
use jiff::Timestamp;
use words::outline::{self, Verdict};
use words::{change, diff};

use super::style::{self, visible, wrap};

/// How much of a long value is shown.
pub(super) const MOST_LINES: usize = 40;

/// The whole plan.
pub(crate) fn render(drift: &DriftReport) -> String {
    let mut text = String::new();
    for reason in &drift.not_read {
        line!(text, "Some APIs could not be listed. {}\n", visible(reason));
    }
    for api in &drift.apis {
        let heading = style::HEADING;
        line!(text, "{heading}{}{heading:#}{}\n", outline::api_name(api), outline::api_place(api));
        for why in &api.not_read {
            line!(text, "  Its stages could not be listed. {}\n", visible(&why.reason()));
        }
        api.stages.iter().for_each(|stage| self::stage(api, stage, drift.taken_at, &mut text));
    }
    untraced(drift, &mut text);
    limits(drift, &mut text);
    line!(text, "{}", outline::summary(drift));
    text
}

fn stage(api: &ApiDrift, stage: &StageDrift, now: Option<Timestamp>, text: &mut String) {
    let verdict = outline::verdict(stage);
    let colour = match verdict {
        Verdict::InSync => style::GOOD,
        Verdict::Drifting(_) => style::CHANGED,
        Verdict::NotKnown => style::UNKNOWN,
    };
    line!(text, "  {}: {colour}{verdict}{colour:#}", outline::stage_name(stage));
    let dim = style::DIM;
    for fact in outline::provenance(stage, now) {
        line!(text, "    {dim}{fact}{dim:#}");
    }
    changes(&stage.changes, api.api_kind.name(), text);
    not_read(&stage.not_read, text);
    not_comparable(&stage.not_comparable, stage.basis, text);
    if let Some(canary) = &stage.canary {
        line!(text, "    {}", outline::canary(canary));
        changes(&canary.changes, api.api_kind.name(), text);
        not_read(&canary.not_read, text);
    }
    if let Some(remedy) = outline::remedy(api, stage) {
        line!(text, "    {}", visible(&remedy));
    }
    line!(text, "");
}

/// Changes grouped by route; those of the API as a whole come first. What a change means to callers comes before it.
fn changes(changes: &[Change], kind: &str, text: &mut String) {
    let same_route = |a: &Change, b: &Change| a.route() == b.route();
    for group in changes.chunk_by(same_route) {
        let Some(first) = group.first() else { continue };
        line!(text, "");
        let (sign, place) = match (first.route(), first.subject) {
            (Some(route), Subject::Route) => {
                let dim = style::DIM;
                (first.change, format!("{}  {dim}{}{dim:#}", visible(&route.to_string()), change::backend(first)))
            }
            (Some(route), _) => (ChangeKind::Changed, visible(&route.to_string())),
            (None, _) => (ChangeKind::Changed, format!("the {kind} API as a whole")),
        };
        line!(text, "    {}", mark(sign, &place));
        group.iter().for_each(|change| one(change, text));
    }
    if !changes.is_empty() {
        line!(text, "");
    }
}

fn one(change: &Change, text: &mut String) {
    let (colour, dim) = (style::severity(change.severity), style::DIM);
    line!(text, "        {colour}{}{colour:#}: {}", change.severity.name(), visible(&change.effect));
    if change.subject != Subject::Route {
        match diff::lines(&change.deployed, &change.live, MOST_LINES).filter(|_| change.field.is_some()) {
            None => line!(
                text,
                "          {}",
                mark(change.change, &format!("{}{}", change::name(change), change::values(change)))
            ),
            Some(lines) => {
                line!(text, "          {}", mark(change.change, &change::name(change)));
                for diff::Line { sign, text: shown } in lines {
                    let colour = match sign {
                        '+' => style::ADDED,
                        '-' => style::REMOVED,
                        _ => Style::new(),
                    };
                    line!(text, "            {colour}{sign} {}{colour:#}", visible(&shown));
                }
            }
        }
    }
    let by = change.made_by.as_ref().map(|made_by| format!("by {}, ", change::hand(made_by))).unwrap_or_default();
    line!(text, "          {dim}{by}shown by the {}{dim:#}", change.witness.name());
}

/// `+ POST /orders`, in the colour of its kind.
fn mark(kind: ChangeKind, subject: &str) -> String {
    let (colour, sign): (Style, char) = match kind {
        ChangeKind::Added => (style::ADDED, '+'),
        ChangeKind::Removed => (style::REMOVED, '-'),
        ChangeKind::Changed => (style::CHANGED, '~'),
    };
    format!("{colour}{sign} {subject}{colour:#}")
}

fn not_read(reasons: &[NotRead], text: &mut String) {
    for why in reasons {
        line!(text, "    not read: {}", visible(&why.reason()));
    }
}

/// What no witness proves of one thing in particular. What holds for a whole API stands at the end, once.
fn not_comparable(gaps: &[NotComparable], basis: Basis, text: &mut String) {
    if basis == Basis::None {
        let whole = gaps.iter().filter(|gap| gap.field == "*" && gap.subject == Subject::Api);
        whole.for_each(|gap| line!(text, "    {}", visible(&gap.reason)));
        return;
    }
    let dim = style::DIM;
    for gap in gaps.iter().filter(|gap| outline::is_particular(gap)) {
        let route = gap.path.clone().map(|path| RouteKey { path, method: gap.method.clone() }.to_string());
        let place: Vec<String> = route.into_iter().chain(gap.name.clone()).collect();
        line!(
            text,
            "    {dim}not comparable: {} of {}: {}{dim:#}",
            gap.field,
            visible(&place.join(" ")),
            visible(&gap.reason)
        );
    }
}

/// Why it is not told whose hand it was, each reason once.
fn untraced(drift: &DriftReport, text: &mut String) {
    let dim = style::DIM;
    for line in outline::untraced(drift) {
        wrap(&visible(&line), 98).iter().for_each(|line| line!(text, "{dim}{line}{dim:#}"));
        line!(text, "");
    }
}

/// What no witness proves of any API, by reason.
fn limits(drift: &DriftReport, text: &mut String) {
    let by_reason = outline::limits(&drift.apis);
    if by_reason.is_empty() {
        return;
    }
    let (heading, dim) = (style::HEADING, style::DIM);
    line!(text, "{heading}Not comparable{heading:#}\n");
    for (reason, fields) in by_reason {
        wrap(&fields, 96).iter().for_each(|line| line!(text, "  {line}"));
        wrap(&visible(&reason), 94).iter().for_each(|line| line!(text, "    {dim}{line}{dim:#}"));
    }
    line!(text, "");
}
