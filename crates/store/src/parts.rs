//! A run over a region in parts: each API by itself, and what belongs to none. Which parts there are is kept before any of
//! them begins, so that it is known when all have ended.

use std::collections::BTreeSet;

use engine::reconcile::{Coverage, Tracked};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Expected, Key};
use crate::findings::RegionStatus;
use crate::item::{self, ATTEMPTS, Keyed, sortable};
use crate::keep::{Audit, Kept};
use crate::status::{self, ApiStatus};
use crate::{Store, StoreError, findings};

/// How far a run over a region has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The APIs that are its parts.
    pub apis: BTreeSet<String>,
    /// Those of which it is not finished.
    pub unfinished: BTreeSet<String>,
    /// Whether these are all that there are, as the lists said when what belongs to no API was read.
    pub is_whole: bool,
    /// Whether what belongs to no API was read.
    pub is_rest_read: bool,
    /// Why not all APIs could be listed, if not all could. One line each.
    pub unlisted: BTreeSet<String>,
    /// Whether its end was told.
    pub is_told: bool,
}

impl Progress {
    /// Why something of the region may be no part of the run; nothing, if all of it is.
    pub(crate) fn gap(&self) -> Option<&'static str> {
        match self {
            Progress { is_rest_read: false, .. } => Some("what belongs to no API was not read"),
            Progress { is_whole: false, .. } => Some("not all APIs of the region are part of the run"),
            _ => None,
        }
    }
}

/// The parts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    apis: BTreeSet<String>,
    #[serde(default)]
    is_whole: bool,
    is_rest_read: bool,
    #[serde(default)]
    unlisted: BTreeSet<String>,
    is_told: bool,
}

/// Until when changes of an API wait for an audit that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    until: Timestamp,
}

/// How long the parts of a run are kept.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(48);

fn key(account: &str, region: &str, run: Timestamp) -> Key {
    Key::new(format!("parts#{account}#{region}"), sortable(run))
}

fn waiting(account: &str, region: &str, api: &str) -> Key {
    Key::new(format!("waiting#{account}#{region}"), api)
}

/// An API of which nothing is known but that the region's newest run is to audit it.
fn awaited(region: &RegionStatus, id: &str) -> ApiStatus {
    ApiStatus::new(&region.region, id, region.listed.unwrap_or_default())
}

impl<B: Backend> Store<B> {
    /// Keeps which APIs a run over a region is made of. Repeated, it adds those that are new. What comes back is all of them,
    /// those also that are not there any more: their audits find that out.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn plan(
        &self,
        account: &str,
        region: &str,
        run: Timestamp,
        apis: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let add = |parts: Parts| Parts { apis: parts.apis.union(apis).cloned().collect(), ..parts };
        Ok(self.change_parts(account, region, run, add).await?.apis)
    }

    /// The APIs of a region that exist, as they are known now, and those that its newest run is made of and of which nothing at
    /// all is known yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if they cannot be read.
    pub async fn apis_of(&self, region: &RegionStatus) -> Result<Vec<ApiStatus>, StoreError> {
        let RegionStatus { account_id, region: name, .. } = region;
        let known: Vec<Keyed<ApiStatus>> = self.all(&status::partition(account_id, name), "", None).await?;
        let mut planned = self.planned(region).await?;
        let mut apis = Vec::new();
        for Keyed { value: api, .. } in known {
            planned.remove(&api.api_id);
            if !api.is_gone {
                apis.push(region.standing_of(api));
            }
        }
        apis.extend(planned.iter().map(|api| awaited(region, api)));
        Ok(apis)
    }

    /// One of these, by its id; one that does not exist any more, too.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn api_of(&self, region: &RegionStatus, id: &str) -> Result<Option<ApiStatus>, StoreError> {
        if let Some(known) = self.api(&region.account_id, &region.region, id).await? {
            return Ok(Some(region.standing_of(known)));
        }
        Ok(self.planned(region).await?.contains(id).then(|| awaited(region, id)))
    }

    /// The APIs that a region's newest run is made of.
    async fn planned(&self, region: &RegionStatus) -> Result<BTreeSet<String>, StoreError> {
        let Some(run) = region.listed else { return Ok(BTreeSet::new()) };
        let parts: Option<Keyed<Parts>> = self.item(&key(&region.account_id, &region.region, run)).await?;
        Ok(parts.map(|parts| parts.value.apis).unwrap_or_default())
    }

    /// Takes an API out of a run, because it was found not to exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn leave_out(&self, account: &str, region: &str, run: Timestamp, api: &str) -> Result<(), StoreError> {
        if self.item::<Parts>(&key(account, region, run)).await?.is_none() {
            return Ok(());
        }
        let without = |mut parts: Parts| {
            parts.apis.remove(api);
            parts
        };
        self.change_parts(account, region, run, without).await.map(drop)
    }

    /// How far a run over a region has come; nothing where none was planned.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn progress(&self, account: &str, region: &str, run: Timestamp) -> Result<Option<Progress>, StoreError> {
        let parts: Option<Keyed<Parts>> = self.item(&key(account, region, run)).await?;
        let Some(Keyed { value: Parts { apis, is_whole, is_rest_read, unlisted, is_told }, .. }) = parts else {
            return Ok(None);
        };
        let known: Vec<Keyed<ApiStatus>> = self.all(&status::partition(account, region), "", None).await?;
        // Of an API with which a newer run has begun, this one changes nothing any more. It is over when that one is: until
        // then nobody has told what this one was to tell of functions, and of what belongs to no API.
        let is_over = |api: &ApiStatus| api.finished >= Some(run);
        let over: BTreeSet<&str> =
            known.iter().map(|api| &api.value).filter(|api| is_over(api)).map(|api| api.api_id.as_str()).collect();
        let unfinished = apis.iter().filter(|api| !over.contains(api.as_str())).cloned().collect();
        Ok(Some(Progress { apis, unfinished, is_whole, is_rest_read, unlisted, is_told }))
    }

    /// Ends a run over a region: what belongs to no API, and of which no part of the run spoke, is resolved; or unknown, if
    /// some parts did not come to an end. Where `is_judged_apart`, what is said of entries of the configuration stays as it is.
    ///
    /// # Errors
    ///
    /// As [`Store::keep`].
    pub async fn close(
        &self,
        account: &str,
        region: &str,
        run: Timestamp,
        progress: &Progress,
        is_judged_apart: bool,
    ) -> Result<Kept, StoreError> {
        let unfinished = match (progress.gap(), progress.unfinished.len()) {
            (Some(gap), _) => Some(gap.to_owned()),
            (None, 0) => None,
            (None, 1) => Some("one API of the region was not audited".to_owned()),
            (None, count) => Some(format!("{count} APIs of the region were not audited")),
        };
        let coverage = Coverage::closing(account, region, progress.apis.clone(), unfinished, is_judged_apart);
        self.keep(&Audit::listing(run, &coverage)).await
    }

    /// Keeps that what belongs to no API was read, and with it the APIs that there are, if all could be listed.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn read_rest(
        &self,
        account: &str,
        region: &str,
        run: Timestamp,
        listed: Option<&BTreeSet<String>>,
    ) -> Result<(), StoreError> {
        let read = |parts: Parts| {
            let is_whole = listed.is_some_and(|listed| listed.is_subset(&parts.apis));
            Parts { is_rest_read: true, is_whole: parts.is_whole || is_whole, ..parts }
        };
        self.change_parts(account, region, run, read).await.map(drop)
    }

    /// Keeps why not all APIs of a region could be listed for a run.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn not_listed(
        &self,
        account: &str,
        region: &str,
        run: Timestamp,
        why: &[String],
    ) -> Result<(), StoreError> {
        self.check_time(run)?;
        let add = |parts: Parts| Parts { unlisted: parts.unlisted.iter().chain(why).cloned().collect(), ..parts };
        self.change_parts(account, region, run, add).await?;
        self.change_region(account, region, |known| known.without_list(run, why)).await.map(drop)
    }

    /// Whether the end of a run over a region was told, or that of a newer one: parts are forgotten after two days.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn has_ended(&self, account: &str, region: &str, run: Timestamp) -> Result<bool, StoreError> {
        let known = self.region(account, region).await?;
        Ok(known.is_some_and(|known| self.past(known.ended) >= Some(run)))
    }

    /// A moment that somebody kept; nothing, if it is still to come: that one's clock was wrong.
    pub(crate) fn past(&self, kept: Option<Timestamp>) -> Option<Timestamp> {
        kept.filter(|at| self.check_time(*at).is_ok())
    }

    /// Keeps that the end of a run over a region was told.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn told_end(&self, account: &str, region: &str, run: Timestamp) -> Result<(), StoreError> {
        self.change_parts(account, region, run, |parts| Parts { is_told: true, ..parts }).await?;
        let ended = |known: RegionStatus| RegionStatus { ended: self.past(known.ended).max(Some(run)), ..known };
        self.change_region(account, region, ended).await.map(drop)
    }

    /// Keeps that those who listen were told of these findings, each as it is here.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn told(&self, tracked: &Tracked) -> Result<(), StoreError> {
        let key = findings::key(&tracked.finding.fingerprint, &tracked.finding.resource);
        for _ in 0..ATTEMPTS {
            let Some(found) = self.item::<Tracked>(&key).await? else { return Ok(()) };
            if found.value.told == Some(tracked.state) {
                return Ok(());
            }
            let after = Tracked { told: Some(tracked.state), ..found.value };
            if self.put(self.put_of(&after, Expected::Revision(found.revision))?).await? {
                return Ok(());
            }
        }
        Err(StoreError::Busy(key.to_string()))
    }

    /// Whether an audit of an API is on its way that will see what has just changed.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn is_awaited(&self, account: &str, region: &str, api: &str) -> Result<bool, StoreError> {
        let found: Option<Keyed<Waiting>> = self.item(&waiting(account, region, api)).await?;
        Ok(found.is_some_and(|found| found.value.until > self.now()))
    }

    /// Keeps that an audit of an API is on its way, which will see what changes until a moment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn awaits(&self, account: &str, region: &str, api: &str, until: Timestamp) -> Result<(), StoreError> {
        let put = item::put(waiting(account, region, api), &Waiting { until }, Expected::Any)?;
        self.put(put.expiring(Some(until))).await.map(drop)
    }

    async fn change_parts(
        &self,
        account: &str,
        region: &str,
        run: Timestamp,
        change: impl Fn(Parts) -> Parts,
    ) -> Result<Parts, StoreError> {
        let expires = self.now().saturating_add(KEPT).unwrap_or(Timestamp::MAX);
        let key = key(account, region, run);
        let changed = self.change(&key, |known: Option<&Parts>| {
            let after = change(known.cloned().unwrap_or_default());
            (known != Some(&after)).then_some((after, Some(expires)))
        });
        Ok(changed.await?.map(|parts| parts.value).unwrap_or_default())
    }
}
