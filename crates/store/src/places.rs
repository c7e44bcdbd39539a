//! Which regions of which accounts are audited, as the newest run over everything tells it, and since when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Key};
use crate::item::Keyed;
use crate::{RegionStatus, Store, StoreError};

/// A region of an account, by id and name.
pub type Place = (String, String);

/// The regions of which something is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    /// Those that are audited.
    pub audited: Vec<RegionStatus>,
    /// Those that the newest run over everything is not over, because they were taken out of the configuration.
    pub left: Vec<RegionStatus>,
    since: BTreeMap<Place, Timestamp>,
}

/// The regions that the newest run over everything is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Newest {
    run: Timestamp,
    places: BTreeSet<Place>,
    /// The first of the runs in a row that are over a region.
    #[serde(default)]
    since: Vec<(Place, Timestamp)>,
}

impl Regions {
    /// When the newest audit of all of a region was; or, if that is later, the first run after it was put into the
    /// configuration, whose audits may still be on their way. Nothing of a region that no run over everything was over yet.
    pub fn fresh(&self, region: &RegionStatus) -> Option<Timestamp> {
        region.audited.max(self.since.get(&region.place()).copied())
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &RegionStatus> {
        self.audited.iter().chain(&self.left)
    }
}

impl Newest {
    /// What a run over these regions makes of what is known of the one before it.
    fn after(known: Option<&Newest>, run: Timestamp, places: &BTreeSet<Place>) -> Newest {
        let earlier = |place: &Place| {
            let known = known.filter(|known| known.places.contains(place))?;
            let since = known.since.iter().find(|(own, _)| own == place);
            Some(since.map_or(known.run, |(_, since)| *since))
        };
        let since = places.iter().map(|place| (place.clone(), earlier(place).unwrap_or(run)));
        Newest { run, places: places.clone(), since: since.collect() }
    }
}

fn newest() -> Key {
    Key::new("run", "newest")
}

impl<B: Backend> Store<B> {
    /// Keeps that a run is the newest over everything, unless a newer one is.
    pub(crate) async fn keep_newest(&self, run: Timestamp, places: &BTreeSet<Place>) -> Result<(), StoreError> {
        let is_newer = |known: &Newest| self.past(Some(known.run)) >= Some(run);
        let change = |known: Option<&Newest>| {
            let is_past = |known: &&Newest| self.past(Some(known.run)).is_some();
            let after = || (Newest::after(known.filter(is_past), run, places), None);
            (!known.is_some_and(is_newer)).then(after)
        };
        self.change(&newest(), change).await.map(drop)
    }

    /// The regions of which something is kept, by whether they are audited: all of them, where no run was over everything yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn regions_apart(&self) -> Result<Regions, StoreError> {
        let known: Option<Keyed<Newest>> = self.item(&newest()).await?;
        let known = known.map(|known| known.value);
        let is_audited =
            |status: &RegionStatus| known.as_ref().is_none_or(|known| known.places.contains(&status.place()));
        let (audited, left) = self.regions().await?.into_iter().partition(is_audited);
        let since = known.map(|known| known.since.into_iter().collect()).unwrap_or_default();
        Ok(Regions { audited, left, since })
    }
}
