//! Findings, as they are asked for.

use engine::finding::{NotEvaluated, Resource};
use engine::reconcile::{Run, State, Tracked};
use engine::severity::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Key};
use crate::item::Keyed;
use crate::places::Place;
use crate::status::{ApiStatus, Gap, StageState};
use crate::{Store, StoreError};

/// Which findings are asked for: all that fit every part that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The severity.
    pub severity: Option<Severity>,
    /// The API's id.
    pub api: Option<String>,
    /// The check's id.
    pub check: Option<String>,
    /// The state.
    pub state: Option<State>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask the next part with; null where there is none. A part may be empty and not the last.
    pub next: Option<String>,
}

/// A region of an account of which something is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegionStatus {
    /// The account's twelve digits.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// When the last change event came in from there, if one ever did.
    pub last_event: Option<Timestamp>,
    /// The newest run that listed all of its APIs.
    pub listed: Option<Timestamp>,
    /// The newest run that audited all of it, what belongs to no API included.
    pub audited: Option<Timestamp>,
    /// The newest run that could not list all of its APIs.
    #[serde(default)]
    pub unlisted: Option<Unlisted>,
    /// The newest run that has ended.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// How many checks could not be evaluated for what belongs to no API of it.
    #[serde(default)]
    pub not_evaluated: usize,
    /// Why, in the last run: the first of the reasons.
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

/// A run that could not list all APIs of a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unlisted {
    /// The run.
    pub run: Timestamp,
    /// Why. One line each.
    pub why: Vec<String>,
}

impl RegionStatus {
    /// A region of which nothing is known.
    pub(crate) fn new(account_id: &str, region: &str) -> RegionStatus {
        RegionStatus {
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            last_event: None,
            listed: None,
            audited: None,
            unlisted: None,
            ended: None,
            not_evaluated: 0,
            gaps: Vec::new(),
        }
    }

    /// The same with what a run could not evaluate of what belongs to no API.
    pub(crate) fn with_gaps(self, run: &Run<'_>) -> RegionStatus {
        let is_own = |gap: &&NotEvaluated| {
            let Resource { region, api_id, function, .. } = &gap.resource;
            *region == self.region && api_id.is_none() && function.is_none()
        };
        let gaps = || run.not_evaluated.iter().filter(is_own);
        let (not_evaluated, gaps) = (gaps().count(), Gap::first(gaps()));
        RegionStatus { not_evaluated, gaps, ..self }
    }

    /// Its account and name.
    pub fn place(&self) -> Place {
        (self.account_id.clone(), self.region.clone())
    }

    /// Whether something is in it.
    pub fn holds(&self, resource: &Resource) -> bool {
        resource.account_id == self.account_id && resource.region == self.region
    }

    /// Why not all APIs could be listed, if that is how it stands: no later run listed them.
    pub fn not_listed(&self) -> Option<&Unlisted> {
        self.unlisted.as_ref().filter(|own| self.listed.is_none_or(|listed| listed <= own.run))
    }

    /// The status of an API of the region as it is known now: where the newest run that has ended could not list all APIs, and
    /// did not audit this one, it is not known how its stages are.
    pub fn standing_of(&self, mut api: ApiStatus) -> ApiStatus {
        let Some(Unlisted { run, .. }) = self.not_listed().filter(|own| self.ended >= Some(own.run)) else {
            return api;
        };
        if api.finished < Some(*run) {
            for StageState { status, .. } in &mut api.stages {
                (status.in_sync, status.changes, status.reason) =
                    (None, 0, Some("not listed by the newest run".to_owned()));
            }
        }
        api
    }

    /// The same with what a run could not list, unless a later one could not, either.
    pub(crate) fn without_list(self, run: Timestamp, why: &[String]) -> RegionStatus {
        let is_later = |own: &Unlisted| own.run > run;
        if why.is_empty() || self.unlisted.as_ref().is_some_and(is_later) {
            return self;
        }
        RegionStatus { unlisted: Some(Unlisted { run, why: why.to_vec() }), ..self }
    }
}

/// How many items are looked through for one part of a list, at the least.
const LOOKED_THROUGH: usize = 500;

/// Where the regions are.
pub(crate) const REGIONS: &str = "regions";

pub(crate) fn partition(account: &str, region: &str) -> String {
    format!("findings#{account}#{region}")
}

/// The findings of an API.
pub(crate) fn of_api(api: &str) -> String {
    format!("api#{api}#")
}

/// The findings of functions.
pub(crate) const OF_FUNCTIONS: &str = "function#";

/// The findings of what is neither an API's nor a function's.
pub(crate) const OF_ACCOUNT: &str = "account#";

/// Where a finding is.
pub(crate) fn key(fingerprint: &str, resource: &Resource) -> Key {
    let sort = match (&resource.api_id, &resource.function) {
        (Some(api), _) => format!("{}{fingerprint}", of_api(api)),
        (None, Some(_)) => format!("{OF_FUNCTIONS}{fingerprint}"),
        (None, None) => format!("{OF_ACCOUNT}{fingerprint}"),
    };
    Key::new(partition(&resource.account_id, &resource.region), sort)
}

/// Where a region is.
pub(crate) fn region_key(account: &str, region: &str) -> Key {
    Key::new(REGIONS, format!("{account}#{region}"))
}

impl Filter {
    fn takes(&self, Tracked { finding, state, .. }: &Tracked) -> bool {
        self.severity.is_none_or(|severity| severity == finding.severity)
            && self.state.is_none_or(|wanted| wanted == *state)
            && self.check.as_ref().is_none_or(|check| *check == finding.check)
            && self.api.as_ref().is_none_or(|api| finding.resource.api_id.as_ref() == Some(api))
    }
}

impl<B: Backend> Store<B> {
    /// The regions of which something is kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn regions(&self) -> Result<Vec<RegionStatus>, StoreError> {
        let found: Vec<Keyed<RegionStatus>> = self.all(REGIONS, "", None).await?;
        Ok(found.into_iter().map(|found| found.value).collect())
    }

    /// What is kept of a region.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub(crate) async fn region(&self, account: &str, region: &str) -> Result<Option<RegionStatus>, StoreError> {
        let known: Option<Keyed<RegionStatus>> = self.item(&region_key(account, region)).await?;
        Ok(known.map(|known| known.value))
    }

    /// Keeps that a change event came in from a region, if none came in since.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn saw_event(&self, account: &str, region: &str, at: Timestamp) -> Result<(), StoreError> {
        let changed = self.change_region(account, region, |known| RegionStatus {
            last_event: known.last_event.max(Some(at)),
            ..known
        });
        changed.await.map(drop)
    }

    /// Changes what is known of a region, and tells it.
    pub(crate) async fn change_region(
        &self,
        account: &str,
        region: &str,
        change: impl Fn(RegionStatus) -> RegionStatus,
    ) -> Result<Keyed<RegionStatus>, StoreError> {
        let key = region_key(account, region);
        let changed = self.change(&key, |known: Option<&RegionStatus>| {
            let after = change(known.cloned().unwrap_or_else(|| RegionStatus::new(account, region)));
            (known != Some(&after)).then_some((after, None))
        });
        changed.await?.ok_or_else(|| StoreError::Busy(key.to_string()))
    }

    /// The finding with a fingerprint.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn finding(&self, fingerprint: &str) -> Result<Option<Tracked>, StoreError> {
        let Some(key) = self.backend.find(fingerprint).await? else { return Ok(None) };
        let found: Option<Keyed<Tracked>> = self.item(&key).await?;
        Ok(found.filter(|found| found.is_shown(self.now())).map(|found| found.value))
    }

    /// A part of the findings, beginning after the `next` of another part; about `limit` of them. They are in the order of
    /// account, region and API.
    ///
    /// # Errors
    ///
    /// [`StoreError::Token`], if `after` is not what a part ended with; otherwise, if they cannot be read.
    pub async fn findings(
        &self,
        filter: &Filter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<List<Tracked>, StoreError> {
        let after = after.map(|token| token.split_once(' ').ok_or_else(|| StoreError::Token(token.to_owned())));
        let after = after.transpose()?;
        let prefix = filter.api.as_deref().map(of_api).unwrap_or_default();
        let mut items = Vec::new();
        let mut looked_through = 0;
        for RegionStatus { account_id, region, .. } in self.regions().await? {
            let partition = partition(&account_id, &region);
            let mut from = match after {
                Some((last, _)) if partition.as_str() < last => continue,
                Some((last, sort)) if partition == last => Some(sort.to_owned()),
                _ => None,
            };
            loop {
                let page = self.backend.list(&partition, &prefix, from.as_deref(), limit.max(1)).await?;
                looked_through += page.items.len();
                for item in page.items {
                    let found: Keyed<Tracked> = Keyed::of(item)?;
                    if found.is_shown(self.now()) && filter.takes(&found.value) {
                        items.push((found.key, found.value));
                    }
                }
                from = page.next;
                if let Some(next) = part(&mut items, limit) {
                    return Ok(List { items: next.0, next: Some(next.1) });
                }
                match &from {
                    Some(sort) if looked_through >= LOOKED_THROUGH => {
                        let items = items.into_iter().map(|(_, tracked)| tracked).collect();
                        return Ok(List { items, next: Some(format!("{partition} {sort}")) });
                    }
                    Some(_) => {}
                    None => break,
                }
            }
        }
        Ok(List { items: items.into_iter().map(|(_, tracked)| tracked).collect(), next: None })
    }
}

/// The first `limit` of the items and what to go on with, if there are so many.
fn part(items: &mut Vec<(Key, Tracked)>, limit: usize) -> Option<(Vec<Tracked>, String)> {
    let last = items.get(limit.max(1) - 1)?.0.clone();
    let part = items.drain(..limit.max(1)).map(|(_, tracked)| tracked).collect();
    Some((part, format!("{} {}", last.partition, last.sort)))
}
