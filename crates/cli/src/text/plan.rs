//! Drift as text, in the manner of a plan: what a deployment now would add, change and remove.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anstyle::Style;
use engine::command;
use engine::configuration::RouteKey;
use engine::drift::{ApiDrift, Basis, Change, ChangeKind, NotComparable, StageDrift, Subject};
use engine::finding::Severity;
use engine::observed::NotRead;
use engine::report::DriftReport;
use engine::snapshot::ApiKind;
use serde_json::Value;

use super::report::minute;
use super::style::{self, count, visible, wrap};

/// Longer values are cut: JSON output has them whole.
const LONGEST_VALUE: usize = 60;

/// How much is shown before and after the part of a long value that differs.
const SURROUNDING: usize = 12;

/// Writing to a string cannot fail.
macro_rules! line {
    ($text:expr, $($arg:tt)*) => {{ let _ = writeln!($text, $($arg)*); }};
}

/// The whole plan.
pub(crate) fn render(drift: &DriftReport) -> String {
    let mut text = String::new();
    for reason in &drift.not_read {
        line!(text, "Some APIs could not be listed. {}\n", visible(reason));
    }
    for api in &drift.apis {
        header(api, &mut text);
        for why in &api.not_read {
            line!(text, "  Its stages could not be listed. {}\n", visible(&why.reason()));
        }
        api.stages.iter().for_each(|stage| self::stage(api, stage, &mut text));
    }
    limits(drift, &mut text);
    summary(drift, &mut text);
    text
}

fn header(api: &ApiDrift, text: &mut String) {
    let heading = style::HEADING;
    let name = visible(api.api_name.as_deref().unwrap_or("the API"));
    let id = api.api_id.as_ref().map(|id| format!(" {}", visible(id))).unwrap_or_default();
    let region = api.region.as_ref().map(|region| format!(", {region}")).unwrap_or_default();
    line!(text, "{heading}{name}{heading:#} ({}{id}{region})\n", api.api_kind.name());
}

fn stage(api: &ApiDrift, stage: &StageDrift, text: &mut String) {
    let (colour, verdict) = match stage.in_sync {
        Some(true) => (style::GOOD, "in sync".to_owned()),
        Some(false) => (style::CHANGED, tally(&stage.changes)),
        None => (style::UNKNOWN, "not known".to_owned()),
    };
    let name = stage
        .stage
        .as_deref()
        .map_or_else(|| "between the two documents".to_owned(), |s| format!("stage {}", visible(s)));
    line!(text, "  {name}: {colour}{verdict}{colour:#}{}", provenance(stage));
    changes(&stage.changes, api.api_kind, text);
    not_read(&stage.not_read, text);
    not_comparable(&stage.not_comparable, stage.basis, text);
    if let Some(canary) = &stage.canary {
        let id = visible(canary.deployment_id.as_deref().unwrap_or_default());
        let verdict = if canary.changes.is_empty() {
            "no change that its witness shows".to_owned()
        } else {
            tally(&canary.changes)
        };
        line!(
            text,
            "    canary, {} % of the traffic, deployment {id}, told by {}: {verdict}",
            canary.percent_traffic,
            canary.basis.name()
        );
        changes(&canary.changes, api.api_kind, text);
        not_read(&canary.not_read, text);
    }
    if let (false, Some(id), Some(name), Some(region)) =
        (stage.changes.is_empty(), &api.api_id, &stage.stage, &api.region)
    {
        line!(
            text,
            "    To put this in force: {}",
            visible(&command::deploy(api.api_kind, id, name, region).to_string())
        );
    }
    line!(text, "");
}

fn provenance(stage: &StageDrift) -> String {
    let mut parts = Vec::new();
    if let Some(id) = &stage.deployment_id {
        let date = stage.deployed_at.map(|time| format!(" of {}", minute(time))).unwrap_or_default();
        parts.push(format!("deployment {}{date}", visible(id)));
    }
    if let (Some(newest), true) = (&stage.newest_deployment_id, stage.newest_deployment_id != stage.deployment_id) {
        parts.push(format!("the newest is {}", visible(newest)));
    }
    if stage.stage.is_some() && stage.basis != Basis::None {
        parts.push(format!("told by {}", stage.basis.name()));
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// `2 to add, 1 to change`.
fn tally(changes: &[Change]) -> String {
    let number = |kind: ChangeKind| changes.iter().filter(|change| change.change == kind).count();
    let parts = [(ChangeKind::Added, "add"), (ChangeKind::Changed, "change"), (ChangeKind::Removed, "remove")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(kind, _)| number(*kind) > 0)
        .map(|(kind, verb)| format!("{} to {verb}", number(kind)))
        .collect();
    parts.join(", ")
}

/// Changes grouped by route; those of the API as a whole come first.
fn changes(changes: &[Change], kind: ApiKind, text: &mut String) {
    let mut group: Option<Option<RouteKey>> = None;
    for change in changes {
        let route = change.route();
        let is_whole_route = change.subject == Subject::Route;
        if group.as_ref() != Some(&route) {
            line!(text, "");
            match &route {
                Some(_) if is_whole_route => {}
                Some(route) => line!(text, "    {}", mark(ChangeKind::Changed, &visible(&route.to_string()))),
                None => {
                    line!(text, "    {}", mark(ChangeKind::Changed, &format!("the {} API as a whole", kind.name())))
                }
            }
            group = Some(route.clone());
        }
        match route {
            Some(route) if is_whole_route => {
                line!(text, "    {}{}", mark(change.change, &visible(&route.to_string())), backend(change));
                line!(text, "          {}", effect(change));
            }
            _ => {
                line!(text, "      {}", mark(change.change, &field(change)));
                line!(text, "          {}", effect(change));
            }
        }
    }
    if !changes.is_empty() {
        line!(text, "");
    }
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

/// `apiKeyRequired: false -> true`: what callers get, then what they would get.
fn field(change: &Change) -> String {
    let mut subject = match change.subject {
        Subject::Method | Subject::Api => String::new(),
        other => format!("{} ", other.name()),
    };
    if let Some(name) = &change.name {
        subject.push_str(&visible(name));
        subject.push(' ');
    }
    match &change.field {
        Some(field) => {
            let (deployed, live) = values(&change.deployed, &change.live);
            format!("{subject}{field}: {deployed} -> {live}")
        }
        None => subject.trim_end().to_owned(),
    }
}

/// Both values. Of long ones, only the part where they differ, and a little of what surrounds it.
fn values(deployed: &Value, live: &Value) -> (String, String) {
    let (deployed, live) = (plain(deployed), plain(live));
    if deployed.chars().count().max(live.chars().count()) <= LONGEST_VALUE {
        return (deployed, live);
    }
    let (a, b): (Vec<char>, Vec<char>) = (deployed.chars().collect(), live.chars().collect());
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - before;
    let after = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let excerpt = |chars: &[char]| {
        let (start, end) = (before.saturating_sub(SURROUNDING), (chars.len() - after + SURROUNDING).min(chars.len()));
        let shown: String = chars.iter().take(end).skip(start).take(LONGEST_VALUE).collect();
        let is_cut = start + LONGEST_VALUE < end || end < chars.len();
        format!("{}{shown}{}", if start > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
    };
    (excerpt(&a), excerpt(&b))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

fn backend(change: &Change) -> String {
    let whole = if change.live.is_null() { &change.deployed } else { &change.live };
    let Some(integration) = whole.get("integration") else { return String::new() };
    let part = |name: &str| integration.get(name).and_then(Value::as_str);
    let uri = part("uri").map(|uri| match engine::arn::FunctionName::in_uri(uri) {
        Some(function) => format!(" function {function}"),
        None => format!(" {uri}"),
    });
    let dim = style::DIM;
    format!("  {dim}{}{}{dim:#}", part("type").unwrap_or_default(), visible(&uri.unwrap_or_default()))
}

fn effect(change: &Change) -> String {
    let (colour, dim) = (style::severity(change.severity), style::DIM);
    let severity = change.severity.name();
    format!(
        "{} {dim}({dim:#}{colour}{severity}{colour:#}{dim}, shown by the {}){dim:#}",
        visible(&change.effect),
        change.witness.name()
    )
}

fn not_read(reasons: &[NotRead], text: &mut String) {
    for why in reasons {
        line!(text, "    not read: {}", visible(&why.reason()));
    }
}

/// What no witness proves of one thing in particular. What holds for a whole API stands at the end, once.
fn not_comparable(gaps: &[NotComparable], basis: Basis, text: &mut String) {
    if basis == Basis::None {
        gaps.iter().for_each(|gap| line!(text, "    {}", visible(&gap.reason)));
        return;
    }
    let dim = style::DIM;
    for gap in gaps.iter().filter(|gap| is_particular(gap)) {
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

fn is_particular(gap: &NotComparable) -> bool {
    gap.path.is_some() || gap.name.is_some()
}

/// What no witness proves of any API, by reason.
fn limits(drift: &DriftReport, text: &mut String) {
    let stages = drift.apis.iter().flat_map(|api| &api.stages).filter(|stage| stage.basis != Basis::None);
    let gaps = stages.flat_map(|stage| &stage.not_comparable).filter(|gap| !is_particular(gap));
    let mut by_reason: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for gap in gaps {
        let field = if gap.field == "*" { gap.subject.name().to_owned() } else { gap.field.clone() };
        by_reason.entry(&gap.reason).or_default().insert(field);
    }
    if by_reason.is_empty() {
        return;
    }
    let (heading, dim) = (style::HEADING, style::DIM);
    line!(text, "{heading}Not comparable{heading:#}\n");
    for (reason, fields) in by_reason {
        let fields = fields.into_iter().collect::<Vec<_>>().join(", ");
        wrap(&fields, 96).iter().for_each(|line| line!(text, "  {line}"));
        wrap(&visible(reason), 94).iter().for_each(|line| line!(text, "    {dim}{line}{dim:#}"));
    }
    line!(text, "");
}

fn summary(drift: &DriftReport, text: &mut String) {
    let stages: Vec<&StageDrift> = drift.apis.iter().flat_map(|api| &api.stages).collect();
    let number = |state: Option<bool>| stages.iter().filter(|stage| stage.in_sync == state).count();
    let mut parts = Vec::new();
    for (state, words) in [(Some(true), "in sync"), (Some(false), "drifting"), (None, "not known")] {
        if number(state) > 0 {
            parts.push(format!("{} {words}", number(state)));
        }
    }
    let worst = stages.iter().flat_map(|stage| &stage.changes).map(|change| change.severity).max();
    let worst =
        worst.filter(|severity| *severity > Severity::Info).map(|severity| format!(", at worst {}", severity.name()));
    let states = if parts.is_empty() { "no stages".to_owned() } else { parts.join(", ") };
    line!(text, "{}: {states}{}", count(stages.len(), "stage"), worst.unwrap_or_default());
}
