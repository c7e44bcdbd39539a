//! What a run has begun with: from then on, older runs change nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use engine::observed::NotRead;
use engine::reconcile::Run;
use jiff::Timestamp;

use crate::backend::{Backend, Expected, Key, Write};
use crate::findings::{self, RegionStatus};
use crate::item::{self, ATTEMPTS, Keyed};
use crate::status::{self, ApiStatus, Counts};
use crate::{Store, StoreError};

/// What the run has begun with, and the revision of what says so: APIs, as `(region, id)`, and regions, as `(region, "")`.
pub(crate) type Begun = BTreeMap<(String, String), u32>;

impl<B: Backend> Store<B> {
    /// Notes that the run has begun with a region, and with each API of it, unless a newer one has.
    pub(crate) async fn begin(
        &self,
        run: &Run<'_>,
        account: &str,
        region: &str,
        begun: &mut Begun,
        overtaken: &mut BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let (is_list, is_audit) = (run.coverage.is_complete(region), run.coverage.is_account_read(region));
        let newest = |known: Option<Timestamp>, is_told: bool| match known {
            Some(known) if !is_told || run.is_overtaken(known) => Some(known),
            known => {
                if is_told {
                    Some(run.at)
                } else {
                    known
                }
            }
        };
        let unlisted: Vec<String> = run.coverage.unlisted(region).filter(|_| is_list).map(NotRead::reason).collect();
        let is_closing = run.coverage.is_closing(region);
        let is_rest_read = is_list && !is_closing && (is_audit || run.coverage.is_account_part(region));
        let known = self.change_region(account, region, |known| {
            let (listed, audited) = (newest(known.listed, is_list), newest(known.audited, is_audit));
            let is_newest = listed.is_none_or(|listed| listed <= run.at);
            let known = RegionStatus { listed, audited, ..known }.without_list(run.at, &unlisted);
            if is_rest_read && is_newest { known.with_gaps(run) } else { known }
        });
        let known = known.await?;
        if is_audit && known.value.audited == Some(run.at) {
            begun.insert((region.to_owned(), String::new()), known.revision);
        } else if is_audit {
            overtaken.insert(format!("{region}/"));
        }
        let mut apis: BTreeSet<String> = run.coverage.audited(region).map(str::to_owned).collect();
        // Those that are known, and are gone.
        let mut known: Vec<Keyed<ApiStatus>> = Vec::new();
        if is_list {
            known = self.all(&status::partition(account, region), "", None).await?;
        }
        for api in run.coverage.absent_from(region) {
            known.extend(self.item(&status::key(account, region, api)).await?);
        }
        let gone = known.iter().filter(|known| run.coverage.is_gone(region, &known.value.api_id, known.value.api_kind));
        let is_unfinished = |api: &ApiStatus| !api.is_gone || api.begun == run.at;
        apis.extend(gone.filter(|known| is_unfinished(&known.value)).map(|known| known.value.api_id.clone()));
        for api in apis {
            match self.begin_api(run, account, region, &api).await? {
                Some(revision) => drop(begun.insert((region.to_owned(), api), revision)),
                None => drop(overtaken.insert(format!("{region}/{api}"))),
            }
        }
        Ok(())
    }

    /// Notes that the run has begun with an API. What comes back is the revision of its status; nothing if a newer run has
    /// begun with it, or has found that it does not exist.
    async fn begin_api(
        &self,
        run: &Run<'_>,
        account: &str,
        region: &str,
        api: &str,
    ) -> Result<Option<u32>, StoreError> {
        let key = status::key(account, region, api);
        for _ in 0..ATTEMPTS {
            let found: Option<Keyed<ApiStatus>> = self.item(&key).await?;
            let (writes, revision) = match found {
                Some(Keyed { value, revision, .. }) if value.begun == run.at => return Ok(Some(revision)),
                Some(Keyed { value, .. }) if run.is_overtaken(value.begun) => return Ok(None),
                Some(Keyed { value, revision, .. }) => {
                    let expected = Expected::Revision(revision);
                    let after = ApiStatus { begun: run.at, ..value };
                    (vec![item::put(key.clone(), &after, expected)?], expected.next())
                }
                None => {
                    let place = findings::region_key(account, region);
                    let known: Option<Keyed<RegionStatus>> = self.item(&place).await?;
                    if known
                        .as_ref()
                        .and_then(|known| known.value.listed)
                        .is_some_and(|listed| run.is_overtaken(listed))
                    {
                        return Ok(None);
                    }
                    let check = known.map(|known| Write::Check { key: place, revision: known.revision });
                    let put = item::put(key.clone(), &ApiStatus::new(region, api, run.at), Expected::Absent)?;
                    (check.into_iter().chain([put]).collect(), Expected::Absent.next())
                }
            };
            if self.backend.write(&writes).await? {
                return Ok(Some(revision));
            }
        }
        Err(StoreError::Busy(key.to_string()))
    }

    /// The revision of what says that the run has begun with an API, or with a region; nothing if a newer one has.
    pub(crate) async fn still_begun(&self, run: &Run<'_>, of: &(String, String)) -> Result<Option<u32>, StoreError> {
        let key = mark(run, of);
        if of.1.is_empty() {
            let known: Option<Keyed<RegionStatus>> = self.item(&key).await?;
            return Ok(known.filter(|known| known.value.audited == Some(run.at)).map(|known| known.revision));
        }
        let known: Option<Keyed<ApiStatus>> = self.item(&key).await?;
        Ok(known.filter(|known| known.value.begun == run.at).map(|known| known.revision))
    }
}

/// Where it says that a run has begun: with an API, or, where none is named, with a region.
pub(crate) fn mark(run: &Run<'_>, (region, api): &(String, String)) -> Key {
    let account = &run.coverage.account_id;
    if api.is_empty() { findings::region_key(account, region) } else { status::key(account, region, api) }
}

impl ApiStatus {
    pub(crate) fn new(region: &str, api: &str, begun: Timestamp) -> ApiStatus {
        ApiStatus {
            region: region.to_owned(),
            api_id: api.to_owned(),
            api_name: None,
            api_kind: None,
            begun,
            finished: None,
            stages: Vec::new(),
            open: Counts::default(),
            unknown: 0,
            not_evaluated: 0,
            gaps: Vec::new(),
            failures: 0,
            is_gone: false,
        }
    }
}
