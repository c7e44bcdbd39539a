//! The report of an audit as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use engine::finding::{Finding, Severity, Suppressed};
use engine::report::{Report, StageStatus};
use jiff::Timestamp;
use words::{minute, place};

use super::style::{self, count, visible, wrap};

const WIDTH: usize = 100;

/// The whole report. `since` tells of findings since when they are open, by fingerprint.
pub(crate) fn render(report: &Report, since: &BTreeMap<String, Timestamp>) -> String {
    let mut text = String::new();
    header(report, &mut text);
    stages(&report.stages, &mut text);
    findings(report, since, &mut text);
    suppressed(report, &mut text);
    not_evaluated(report, &mut text);
    summary(report, &mut text);
    text
}

fn header(report: &Report, text: &mut String) {
    let heading = style::HEADING;
    line!(
        text,
        "{heading}Account {}{heading:#}, {}, read {}\n",
        visible(&report.account_id),
        visible(&report.regions.join(", ")),
        minute(report.taken_at)
    );
}

fn stages(stages: &[StageStatus], text: &mut String) {
    if stages.is_empty() {
        return;
    }
    let heading = style::HEADING;
    line!(text, "{heading}Do the stages serve what you see and edit?{heading:#}\n");
    // An API's id where its name does not tell it from another, and its region where there are several.
    let regions: BTreeSet<&str> = stages.iter().map(|stage| stage.region.as_str()).collect();
    let named = |a: &StageStatus| (a.region.clone(), a.api_name.clone(), a.api_kind);
    let name = |stage: &StageStatus| {
        let is_shared = stages.iter().any(|other| named(other) == named(stage) && other.api_id != stage.api_id);
        let id = if is_shared { format!(" {}", visible(&stage.api_id)) } else { String::new() };
        let region = if regions.len() > 1 { format!(", {}", visible(&stage.region)) } else { String::new() };
        format!("{} ({}{id}{region})", visible(&stage.api_name), stage.api_kind.name())
    };
    let width = stages.iter().map(|stage| name(stage).chars().count()).max().unwrap_or_default();
    let stage_width = stages.iter().map(|stage| visible(&stage.stage).chars().count()).max().unwrap_or_default();
    let mut previous = None;
    for stage in stages {
        let shown = if previous == Some((&stage.api_id, &stage.region)) { String::new() } else { name(stage) };
        previous = Some((&stage.api_id, &stage.region));
        let (colour, state) = match stage.in_sync {
            Some(true) => (style::GOOD, "yes".to_owned()),
            Some(false) => (style::REMOVED, format!("no, {} not deployed", changes_are(stage.changes))),
            None => (style::UNKNOWN, format!("not known: {}", visible(stage.reason.as_deref().unwrap_or_default()))),
        };
        line!(text, "  {shown:width$}  {:stage_width$}  {colour}{state}{colour:#}", visible(&stage.stage));
    }
    line!(text, "");
}

fn changes_are(changes: usize) -> String {
    if changes == 1 { "1 change is".to_owned() } else { format!("{changes} changes are") }
}

/// Findings, those of one check on one stage together if one remedy mends them all.
fn findings(report: &Report, since: &BTreeMap<String, Timestamp>, text: &mut String) {
    let findings: Vec<&Finding> = report.told().collect();
    let same = |a: &&Finding, b: &&Finding| {
        let key = |f: &Finding| (f.severity, f.check.clone(), place(&f.resource), f.remedy.clone());
        key(a) == key(b)
    };
    for group in findings.chunk_by(same) {
        let Some(first) = group.first() else { continue };
        let (colour, dim) = (style::severity(first.severity), style::DIM);
        let severity = first.severity.name().to_uppercase();
        line!(text, "{colour}{severity:8}{colour:#}  {}  {dim}{}{dim:#}", place(&first.resource), first.check);
        for finding in group {
            wrap(&visible(&finding.title), WIDTH - 10).iter().for_each(|line| line!(text, "          {line}"));
            wrap(&visible(&finding.detail), WIDTH - 12)
                .iter()
                .for_each(|line| line!(text, "            {dim}{line}{dim:#}"));
            if let Some(since) = since.get(&finding.fingerprint) {
                line!(text, "            {dim}Open since {}{dim:#}", minute(*since));
            }
        }
        line!(text, "          Fix: {}", visible(&first.remedy.summary));
        if let Some(command) = &first.remedy.command {
            line!(text, "            {}", visible(command));
        }
        line!(text, "");
    }
}

/// What nobody is to be told of, with the reason.
fn suppressed(report: &Report, text: &mut String) {
    if report.summary.suppressed == 0 {
        return;
    }
    let (heading, dim) = (style::HEADING, style::DIM);
    line!(text, "{heading}Suppressed{heading:#}\n");
    for finding in &report.findings {
        let Some(why) = &finding.suppressed else { continue };
        line!(text, "  {}  {dim}{}, {}{dim:#}", place(&finding.resource), finding.check, finding.severity.name());
        wrap(&visible(&finding.title), WIDTH - 4).iter().for_each(|line| line!(text, "    {line}"));
        wrap(&visible(&reason(why)), WIDTH - 4).iter().for_each(|line| line!(text, "    {dim}{line}{dim:#}"));
    }
    line!(text, "");
}

/// Why a finding is suppressed, and until when.
pub(super) fn reason(why: &Suppressed) -> String {
    let until = why.until.map(|until| format!("until {}: ", minute(until))).unwrap_or_default();
    format!("{until}{}", why.reason)
}

/// What was not evaluated, the checks and places of one reason together.
fn not_evaluated(report: &Report, text: &mut String) {
    if report.not_evaluated.is_empty() {
        return;
    }
    let heading = style::HEADING;
    line!(text, "{heading}Not evaluated{heading:#}\n");
    let mut by_reason: BTreeMap<&str, (Vec<String>, Vec<&str>)> = BTreeMap::new();
    for entry in &report.not_evaluated {
        let (places, checks) = by_reason.entry(&entry.reason).or_default();
        let place = place(&entry.resource);
        if !places.contains(&place) {
            places.push(place);
        }
        if !checks.contains(&entry.check.as_str()) {
            checks.push(&entry.check);
        }
    }
    for (reason, (places, checks)) in by_reason {
        for (i, line) in wrap(&visible(reason), WIDTH - 4).into_iter().enumerate() {
            line!(text, "  {}{line}", if i == 0 { "" } else { "  " });
        }
        let dim = style::DIM;
        let more = places.len().saturating_sub(3);
        let shown = places.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        line!(text, "    {dim}{}: {shown}{more}{dim:#}", checks.join(", "));
    }
    line!(text, "");
}

fn summary(report: &Report, text: &mut String) {
    let summary = &report.summary;
    let number = |severity: Severity| match severity {
        Severity::Critical => summary.critical,
        Severity::High => summary.high,
        Severity::Medium => summary.medium,
        Severity::Low => summary.low,
        Severity::Info => summary.info,
    };
    let found = Severity::WORST_FIRST.into_iter().filter(|severity| number(*severity) > 0);
    let mut found: Vec<String> = found
        .map(|severity| {
            let colour = style::severity(severity);
            format!("{colour}{} {}{colour:#}", number(severity), severity.name())
        })
        .collect();
    if found.is_empty() {
        found.push("no findings".to_owned());
    }
    if summary.not_evaluated > 0 {
        let colour = style::UNKNOWN;
        found.push(format!("{colour}{} not evaluated{colour:#}", summary.not_evaluated));
    }
    if summary.suppressed > 0 {
        found.push(format!("{} suppressed", summary.suppressed));
    }
    line!(text, "{}, {}: {}", count(summary.apis, "API"), count(summary.stages, "stage"), found.join(", "));
}
