//! What entries of a configuration come to in a run of parts: each part tells what it saw of them, and when all have ended,
//! they are judged as an audit of everything judges them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::idle::{Hides, Idle};
use super::{Entry, Placed, expired, idle, not_known};
use crate::check::Outcome;
use crate::checks::suppression_without_effect;
use crate::finding::{Finding, NotEvaluated, Resource};
use crate::secret;
use crate::snapshot::Snapshot;

/// What parts of a run saw of entries, each by its key ([`Entry::key`]).
///
/// Of several parts it is joined in any order, and a part that is joined twice changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Effects {
    /// Entries that are for a finding.
    pub found: BTreeSet<String>,
    /// Entries that may be for what was not evaluated; of several gaps, the first in order.
    pub hidden: BTreeMap<String, Hides>,
    /// Entries that name an API which is there.
    pub named: BTreeSet<String>,
}

/// What was seen of entries in a region of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// What all parts of the run over it saw.
    pub effects: Effects,
}

impl Effects {
    /// What findings and gaps say of entries; the snapshots are those that they are of.
    pub(crate) fn of(
        (findings, gaps): (&[Finding], &[NotEvaluated]),
        snapshots: &[Snapshot],
        entries: &[Entry],
    ) -> Effects {
        let apis = || snapshots.iter().flat_map(|own| own.apis.iter().map(move |api| Resource::api(own, api)));
        let mut effects = Effects::default();
        for entry in entries {
            if findings.iter().any(|finding| entry.is_for(finding)) {
                effects.found.insert(entry.key());
            } else if let Some(gap) = gaps.iter().find(|gap| entry.may_be_for(gap)) {
                effects.hidden.insert(entry.key(), Hides::of(gap));
            }
            if entry.api.is_some() && apis().any(|api| entry.is_about(&api)) {
                effects.named.insert(entry.key());
            }
        }
        effects
    }

    /// Adds that a part was not looked at: it may hide whatever an entry is for that fits it. `of` is an API, or, where it
    /// names none, a region; of an API whose name is not known any entry may be.
    pub fn hide(&mut self, entries: &[Entry], of: &Resource, why: &str) {
        for entry in entries {
            let is_nameless = of.api_id.is_some() && of.api_name.is_none();
            let region = Resource::of_region(&of.account_id, &of.region);
            if entry.is_about(if is_nameless { &region } else { of }) {
                let hides = Hides { check: String::new(), reason: why.to_owned(), needs: Vec::new() };
                self.hidden.entry(entry.key()).or_insert(hides);
            }
        }
    }

    /// Adds what another part saw.
    pub fn join(&mut self, other: Effects) {
        self.found.extend(other.found);
        self.named.extend(other.named);
        for (key, hides) in other.hidden {
            let own = self.hidden.entry(key).or_insert_with(|| hides.clone());
            if hides < *own {
                *own = hides;
            }
        }
    }
}

/// Tells entries apart from those that are there once somebody has changed them: what was seen of the ones says nothing of
/// the others.
pub fn edition(entries: &[Entry]) -> String {
    let keys: BTreeSet<String> = entries.iter().map(Entry::key).collect();
    secret::hex(&Sha256::digest(keys.into_iter().collect::<Vec<_>>().join("\n")), 16)
}

/// Judges the entries of a configuration once every region of a run was seen: which have expired, and which are for nothing in
/// any of them. `home` is the region that the findings belong to.
pub fn judge(
    entries: &[Entry],
    seen: &[Seen],
    home: (&str, &str),
    now: Timestamp,
) -> (Vec<Finding>, Vec<NotEvaluated>) {
    let mut outcome = Outcome::new(&suppression_without_effect::CHECK);
    for entry in entries {
        let resource = Resource::of_region(home.0, home.1).with_key(entry.key());
        let placed = Placed { entry: entry.clone(), resource, tag: None };
        if let Some(until) = entry.until.filter(|_| entry.is_expired(now)) {
            expired(&mut outcome, &placed, until);
            continue;
        }
        let key = entry.key();
        let own = || seen.iter().filter(|seen| entry.is_about(&Resource::of_region(&seen.account_id, &seen.region)));
        if own().next().is_none() || own().any(|seen| seen.effects.found.contains(&key)) {
            continue;
        }
        let hides = own().find_map(|seen| seen.effects.hidden.get(&key));
        match Idle::of(entry, hides.cloned(), own().any(|seen| seen.effects.named.contains(&key))) {
            Idle::Yes(why) => idle(&mut outcome, &placed, why, own().map(|seen| seen.region.as_str())),
            Idle::NotKnown(hides) => not_known(&mut outcome, &placed, hides),
            Idle::No => {}
        }
    }
    (outcome.findings, outcome.not_evaluated)
}
