//! What a run in parts saw of the configuration's entries: each part by itself, then each region; and which regions the run is
//! over, so that it is known when all of them were seen.

use std::collections::{BTreeMap, BTreeSet};

use engine::finding::Resource;
use engine::suppress::{self, Effects, Entry, Seen};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Expected, Key};
use crate::item::{self, Keyed, sortable};
use crate::parts::{KEPT, Progress};
use crate::places::Place;
use crate::{Store, StoreError};

/// What a run over everything has seen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// The regions that it is over.
    pub places: BTreeSet<Place>,
    /// Those that were seen to their end, in order.
    pub seen: Vec<Seen>,
}

impl Sweep {
    /// Where it is said what entries of the configuration come to: in the first of the regions.
    pub fn home(&self) -> Option<(&str, &str)> {
        self.places.first().map(|(account, region)| (account.as_str(), region.as_str()))
    }

    /// Whether all regions were seen.
    pub fn is_over(&self) -> bool {
        let seen: BTreeSet<(&str, &str)> =
            self.seen.iter().map(|own| (own.account_id.as_str(), own.region.as_str())).collect();
        self.places.iter().all(|(account, region)| seen.contains(&(account.as_str(), region.as_str())))
    }
}

/// What was seen, and of which entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    edition: String,
    effects: Effects,
}

/// What a partition of a run holds: the regions that it is over, or what was seen in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum OfRun {
    Places { places: BTreeSet<Place> },
    Seen { place: Place, kept: Kept },
}

/// What belongs to no API stands beside the APIs.
const REST: &str = "-";

fn parts(account: &str, region: &str) -> String {
    format!("entries#{account}#{region}")
}

fn of_run(run: Timestamp) -> String {
    format!("run#{}", sortable(run))
}

impl<B: Backend> Store<B> {
    /// Keeps which regions a run over everything is over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Future`], if the run is of a time that is still to come; otherwise, if it cannot be kept.
    pub async fn keep_places(&self, run: Timestamp, places: &BTreeSet<Place>) -> Result<(), StoreError> {
        self.check_time(run)?;
        let of = OfRun::Places { places: places.clone() };
        let put = item::put(Key::new(of_run(run), "places"), &of, Expected::Any)?;
        self.put(put.expiring(self.forgotten())).await?;
        self.keep_newest(run, places).await
    }

    /// Keeps what a part of a run saw of entries: an API, or with none what belongs to no API. Of one run, what several
    /// deliveries saw is joined; an older run changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn keep_effects(
        &self,
        (account, region, api): (&str, &str, Option<&str>),
        run: Timestamp,
        entries: &[Entry],
        effects: &Effects,
    ) -> Result<(), StoreError> {
        let new = Kept { at: run, edition: suppress::edition(entries), effects: effects.clone() };
        let change = |known: Option<&Kept>| match known {
            Some(known) if known.at > run => None,
            Some(known) if (known.at, &known.edition) == (run, &new.edition) => {
                let mut joined = known.clone();
                joined.effects.join(new.effects.clone());
                (joined != *known).then(|| (joined, self.forgotten()))
            }
            _ => Some((new.clone(), self.forgotten())),
        };
        self.change(&Key::new(parts(account, region), api.unwrap_or(REST)), change).await.map(drop)
    }

    /// What all parts of a run over a region saw of entries. What was not looked at hides what it could be for.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn effects(
        &self,
        (account, region): (&str, &str),
        run: Timestamp,
        progress: &Progress,
        entries: &[Entry],
    ) -> Result<Effects, StoreError> {
        let edition = suppress::edition(entries);
        let kept: Vec<Keyed<Kept>> = self.all(&parts(account, region), "", None).await?;
        let good = kept.into_iter().filter(|kept| kept.value.at >= run && kept.value.edition == edition);
        let mut good: BTreeMap<String, Effects> = good.map(|kept| (kept.key.sort, kept.value.effects)).collect();
        let mut all = Effects::default();
        let whole = Resource::of_region(account, region);
        if let Some(why) = progress.gap() {
            all.hide(entries, &whole, why);
        }
        match good.remove(REST) {
            Some(effects) => all.join(effects),
            None => all.hide(entries, &whole, "what belongs to no API was not looked at with these entries"),
        }
        let missing: Vec<&String> = progress.apis.iter().filter(|api| !good.contains_key(*api)).collect();
        if !missing.is_empty() {
            let named = self.apis(account, region).await?;
            for api in missing {
                let known = named.iter().find(|known| known.api_id == *api);
                let api_name = known.and_then(|known| known.api_name.clone());
                let of = Resource { api_id: Some(api.clone()), api_name, ..whole.clone() };
                all.hide(entries, &of, &format!("the API {api} was not audited"));
            }
        }
        good.into_iter().filter(|(api, _)| progress.apis.contains(api)).for_each(|(_, effects)| all.join(effects));
        Ok(all)
    }

    /// Keeps what a run saw of entries in a region, when it has ended there.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn keep_seen(
        &self,
        (account, region): (&str, &str),
        run: Timestamp,
        entries: &[Entry],
        effects: Effects,
    ) -> Result<(), StoreError> {
        let kept = Kept { at: run, edition: suppress::edition(entries), effects };
        let of = OfRun::Seen { place: (account.to_owned(), region.to_owned()), kept };
        let put = item::put(Key::new(of_run(run), format!("seen#{account}#{region}")), &of, Expected::Any)?;
        self.put(put.expiring(self.forgotten())).await.map(drop)
    }

    /// What a run over everything saw of these entries so far; nothing, if the run is not over everything.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn sweep(&self, run: Timestamp, entries: &[Entry]) -> Result<Option<Sweep>, StoreError> {
        let edition = suppress::edition(entries);
        let found: Vec<Keyed<OfRun>> = self.all(&of_run(run), "", None).await?;
        let mut sweep = Sweep::default();
        for own in found {
            match own.value {
                OfRun::Places { places } => sweep.places = places,
                OfRun::Seen { place: (account_id, region), kept } if kept.edition == edition => {
                    sweep.seen.push(Seen { account_id, region, effects: kept.effects });
                }
                OfRun::Seen { .. } => {}
            }
        }
        Ok((!sweep.places.is_empty()).then_some(sweep))
    }

    /// When what is kept of a run's course may be forgotten.
    fn forgotten(&self) -> Option<Timestamp> {
        Some(self.now().saturating_add(KEPT).unwrap_or(Timestamp::MAX))
    }
}
