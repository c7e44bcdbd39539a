//! Findings that somebody decided not to be told of: by entries of the configuration, and by tags on APIs.
//!
//! An entry says which findings it is for, why, and until when. A suppressed finding stays in the report, with the reason.
//! An entry without effect is a finding itself, of the check [`suppression_without_effect`]: one that has expired, a tag that
//! cannot be read, and an entry that is for nothing. The last is said only where all was looked at that it could be for.

mod effect;
mod entry;
mod idle;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::check::Outcome;
use crate::checks::suppression_without_effect;
use crate::command::Aws;
use crate::finding::{Finding, NotEvaluated, Remedy, Resource, Severity, Suppressed};
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

pub use effect::{Effects, Seen, edition, judge};
pub use entry::{Entry, Pattern, TAG, is_check, until};
pub use idle::{Hides, PASSING};
use idle::{Idle, Looked};

/// Which entries an audit may call without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judges {
    /// Those of the configuration, too: it is all that they may be for.
    All,
    /// Tags alone, for it is a part of something.
    Tags,
}

/// An entry, where it stands, and what was read there.
struct Placed<'a> {
    entry: Entry,
    resource: Resource,
    /// The API whose tag it is, with the tag's value.
    tag: Option<(&'a Api, &'a str)>,
}

/// Marks the findings that entries and tags are for, and adds what is to be said of those without effect. `wanted` says
/// which stages were asked for.
pub(crate) fn apply(
    (findings, not_evaluated): (&mut Vec<Finding>, &mut Vec<NotEvaluated>),
    snapshots: &[Snapshot],
    entries: &[Entry],
    (wanted, judges): (&dyn Fn(&Stage) -> bool, Judges),
) {
    let Some(first) = snapshots.first() else { return };
    let mut outcome = Outcome::new(&suppression_without_effect::CHECK);
    let mut all = tags(snapshots, &mut outcome);
    all.extend(entries.iter().map(|entry| {
        let resource = Resource::regional(first, "").with_key(entry.key());
        Placed { entry: entry.clone(), resource, tag: None }
    }));
    // The present is one for all regions: when the reading began.
    let now = first.taken_at;
    let mut with_effect = BTreeSet::new();
    for finding in findings.iter_mut() {
        // None is passed over: where two are for one finding, neither is without effect.
        for (i, Placed { entry, .. }) in all.iter().enumerate() {
            if !entry.is_for(finding) {
                continue;
            }
            with_effect.insert(i);
            if finding.suppressed.is_none() && !entry.is_expired(now) {
                finding.suppressed = Some(Suppressed { reason: entry.reason.clone(), until: entry.until });
            }
        }
    }
    let looked = Looked::of(snapshots, wanted);
    let judged = |placed: &Placed| placed.tag.is_some() || (looked.is_whole && judges == Judges::All);
    for (i, placed) in all.iter().enumerate().filter(|(_, placed)| judged(placed)) {
        match placed.entry.until {
            Some(until) if placed.entry.is_expired(now) => expired(&mut outcome, placed, until),
            _ if with_effect.contains(&i) => {}
            _ => match looked.idle(&placed.entry, not_evaluated) {
                Idle::Yes(why) => {
                    idle(&mut outcome, placed, why, snapshots.iter().map(|snapshot| snapshot.region.as_str()));
                }
                Idle::NotKnown(hides) => not_known(&mut outcome, placed, hides),
                Idle::No => {}
            },
        }
    }
    findings.extend(outcome.findings);
    not_evaluated.extend(outcome.not_evaluated);
}

/// The entries that tags are. One that cannot be read is told.
fn tags<'a>(snapshots: &'a [Snapshot], out: &mut Outcome) -> Vec<Placed<'a>> {
    let mut read = Vec::new();
    for snapshot in snapshots {
        for api in &snapshot.apis {
            for (key, value) in &api.tags {
                let resource = Resource::api(snapshot, api).with_key(key);
                match Entry::of_tag(key, value, &resource) {
                    None => {}
                    Some(Ok(entry)) => read.push(Placed { entry, resource, tag: Some((api, value)) }),
                    Some(Err(wrong)) => {
                        let title = format!("the tag {key} of {} suppresses nothing: {wrong}", api.name);
                        out.finding(Severity::Low, resource.clone(), title)
                            .detail("Findings that it is meant for are told as if it were not there.")
                            .evidence(list_of(api), format!("tags.{key}"), value.as_str())
                            .remedy(without_tag("write the tag as the documentation says, or take it off", &resource));
                    }
                }
            }
        }
    }
    read
}

fn expired(out: &mut Outcome, placed: &Placed, until: Timestamp) {
    let title = format!("the suppression of {} expired on {}", placed.entry.words(), day(until));
    let detail = "What it was for is told again.";
    told(out, Severity::Low, placed, title, detail, "renew its date, or take it out");
}

fn idle<'a>(out: &mut Outcome, placed: &Placed, why: &str, regions: impl Iterator<Item = &'a str>) {
    // Several accounts have the same.
    let mut named = BTreeSet::new();
    let regions: Vec<&str> = regions.filter(|region| named.insert(*region)).collect();
    let title = format!("the suppression of {} is for nothing in {}", placed.entry.words(), regions.join(", "));
    told(out, Severity::Info, placed, title, why, "take it out, or correct what it is for");
}

fn not_known(out: &mut Outcome, placed: &Placed, hides: Hides) {
    let Hides { check, reason, needs } = hides;
    let of = if check.is_empty() { String::new() } else { format!("{check}: ") };
    out.not_evaluated.push(NotEvaluated {
        check: suppression_without_effect::CHECK.id.to_owned(),
        resource: placed.resource.clone(),
        reason: format!("whether it is for anything is not known, for {of}{reason}"),
        needs,
    });
}

fn told(out: &mut Outcome, severity: Severity, placed: &Placed, title: String, detail: &str, remedy: &str) {
    let Placed { entry, resource, tag } = placed;
    let draft = out.finding(severity, resource.clone(), title).detail(format!("{detail} Its reason: {}", entry.reason));
    match (tag, &resource.key) {
        (Some((api, value)), Some(key)) => {
            draft.evidence(list_of(api), format!("tags.{key}"), *value).remedy(without_tag(remedy, resource))
        }
        _ => draft
            .evidence("configuration", format!("suppress, line {}", entry.line), entry.key())
            .remedy(Remedy::advice(remedy)),
    };
}

/// The call that told an API's tags.
fn list_of(api: &Api) -> &'static str {
    if api.kind == ApiKind::Rest { "apigateway:GetRestApis" } else { "apigatewayv2:GetApis" }
}

fn without_tag(advice: &str, resource: &Resource) -> Remedy {
    let is_rest = resource.api_kind == Some(ApiKind::Rest);
    let command = Aws::new(if is_rest { "apigateway untag-resource" } else { "apigatewayv2 untag-resource" })
        .option("--resource-arn", &resource.arn)
        .option("--tag-keys", resource.key.as_deref().unwrap_or_default())
        .option("--region", &resource.region);
    Remedy::command(advice, command)
}

fn day(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
