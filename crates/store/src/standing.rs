//! What there is in a region at this moment, whether a run has ended since or not.

use std::collections::BTreeMap;

use engine::reconcile::{State, Tracked};
use jiff::Timestamp;

use crate::backend::Backend;
use crate::history::Tally;
use crate::item::Keyed;
use crate::status::{ApiStatus, Counts};
use crate::{RegionStatus, Store, StoreError, findings};

/// What there is in a region at this moment. Findings are counted one by one: those of APIs, of functions, and of what is neither's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The APIs that exist, with the findings that each has at this moment, and those whose first audit is awaited.
    pub apis: Vec<ApiStatus>,
    /// All open findings of the region.
    pub open: Counts,
    /// All findings of the region that could not be looked at.
    pub unknown: usize,
    /// Whether the newest run could list all APIs of it. Otherwise what there is would be too little for a point of a chart.
    pub is_listed: bool,
}

impl Standing {
    /// The newest audit of any API.
    fn newest(&self) -> Option<Timestamp> {
        self.apis.iter().filter_map(|api| api.finished).max()
    }

    /// What the region comes to, for a run. `errors` is how often functions and gateways failed.
    pub(crate) fn tally(&self, at: Timestamp, errors: u64) -> Tally {
        let stages = |in_sync: Option<bool>| {
            self.apis.iter().flat_map(|api| &api.stages).filter(|stage| stage.status.in_sync == in_sync).count()
        };
        Tally {
            at,
            open: self.open,
            unknown: self.unknown,
            drifting_stages: stages(Some(false)),
            unknown_stages: stages(None),
            errors,
        }
    }
}

impl<B: Backend> Store<B> {
    /// The tallies of a region since a time, and after them what there is at this moment, if something was audited since the last
    /// run had ended.
    pub fn until_now(&self, mut tallies: Vec<Tally>, standing: &Standing, since: Timestamp) -> Vec<Tally> {
        let last = tallies.last().map(|tally| tally.at);
        let is_news = |newest: &Timestamp| {
            standing.is_listed && *newest >= since && Some(*newest) > last && self.expiry(*newest) > self.now()
        };
        tallies.extend(standing.newest().filter(is_news).map(|newest| standing.tally(newest, 0)));
        tallies
    }

    /// What there is in a region at this moment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn standing(&self, region: &RegionStatus) -> Result<Standing, StoreError> {
        let RegionStatus { account_id, region: name, .. } = region;
        let is_listed = region.not_listed().is_none();
        let mut standing = Standing { apis: self.apis_of(region).await?, is_listed, ..Standing::default() };
        let mut of_apis: BTreeMap<String, (Counts, usize)> = BTreeMap::new();
        // Of many findings, none is needed any longer than it is counted.
        let count = |found: Keyed<Tracked>| {
            let is_unknown = usize::from(found.value.state == State::Unknown);
            standing.open.add(&found.value);
            standing.unknown += is_unknown;
            if let Some(api) = &found.value.finding.resource.api_id {
                let (open, unknown) = of_apis.entry(api.clone()).or_default();
                open.add(&found.value);
                *unknown += is_unknown;
            }
        };
        self.each(&findings::partition(account_id, name), "", None, count).await?;
        for api in &mut standing.apis {
            (api.open, api.unknown) = of_apis.remove(&api.api_id).unwrap_or_default();
        }
        Ok(standing)
    }
}
