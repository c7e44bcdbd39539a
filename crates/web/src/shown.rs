//! What pages show, as it is read from the store.

use engine::reconcile::Tracked;
use jiff::{SignedDuration, Timestamp};
use store::{Backend, Filter, List, Metric, RegionStatus, Standing, Store, StoreError};

use crate::operation::LONGEST;
use crate::page::{self, ApiLine, NamedApi, Overview, RegionErrors};

/// How far back charts and histories go.
pub(crate) const CHARTED: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A month before a time.
pub(crate) fn month_before(now: Timestamp) -> Timestamp {
    now.checked_sub(CHARTED).unwrap_or(Timestamp::MIN)
}

/// The overview: what there is at this moment, and charts of the last 30 days.
///
/// # Errors
///
/// [`StoreError`], if something cannot be read.
pub async fn overview<B: Backend>(
    store: &Store<B>,
    now: Timestamp,
    late_after: Option<SignedDuration>,
) -> Result<Overview, StoreError> {
    let since = month_before(now);
    let audited = store.places().await?;
    let is_left = |status: &RegionStatus| {
        let place = (status.account_id.clone(), status.region.clone());
        audited.as_ref().is_some_and(|places| !places.contains(&place))
    };
    let (left, known): (Vec<RegionStatus>, Vec<RegionStatus>) = store.regions().await?.into_iter().partition(is_left);
    let (mut regions, mut findings, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for status in known {
        let RegionStatus { account_id, region, .. } = &status;
        // As `Store::series` does; nothing is read twice.
        let tallies = store.tallies(account_id, region, since).await?;
        errors.extend(Metric::Errors.points(account_id, region, &tallies));
        let standing = store.standing(&status).await?;
        let tallies = store.until_now(tallies, &standing, since);
        findings.extend(Metric::Findings.points(account_id, region, &tallies));
        let Standing { mut apis, open, unknown, .. } = standing;
        apis.extend(store.awaited(&status, &apis).await?);
        let apis = apis.into_iter().map(|status| ApiLine { failures: status.failures, status }).collect();
        regions.push(page::Region { status, apis, open, unknown });
    }
    Ok(Overview { regions, left, findings, errors, late_after })
}

/// Where something is: account and region.
pub(crate) type Place = (String, String);

/// The page of an API.
pub(crate) async fn api<B: Backend>(
    store: &Store<B>,
    (account, region): &Place,
    status: store::ApiStatus,
    now: Timestamp,
) -> Result<page::Api, StoreError> {
    let id = status.api_id.clone();
    let runs = store.runs(account, region, &id, month_before(now)).await?;
    let named = runs.last().map(|run| run.errors.clone()).unwrap_or_default();
    let mut errors = store.errors(account, region, status.finished.unwrap_or(status.begun)).await?;
    errors.retain(|group| named.contains_key(&group.group.fingerprint));
    Ok(page::Api {
        account_id: account.clone(),
        drift: store.drift(account, region, &id).await?,
        deployed: store.deployments(account, region, &id).await?,
        findings: all_of(store, (account, region), &id).await?,
        errors,
        runs,
        status,
    })
}

/// The findings of an API, the first thousand of them.
async fn all_of<B: Backend>(
    store: &Store<B>,
    (account, region): (&str, &str),
    api: &str,
) -> Result<Vec<Tracked>, StoreError> {
    let filter = Filter { api: Some(api.to_owned()), ..Filter::default() };
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let List { items, next } = store.findings(&filter, after.as_deref(), LONGEST).await?;
        let is_here = |tracked: &Tracked| {
            let resource = &tracked.finding.resource;
            resource.account_id == account && resource.region == region
        };
        found.extend(items.into_iter().filter(is_here));
        match next {
            Some(next) if found.len() < MOST => after = Some(next),
            _ => return Ok(found),
        }
    }
}

/// The most findings on the page of an API.
const MOST: usize = 1000;

/// The APIs that findings can be asked for of.
pub(crate) async fn named_apis<B: Backend>(store: &Store<B>) -> Result<Vec<NamedApi>, StoreError> {
    let mut named = Vec::new();
    for RegionStatus { account_id, region, .. } in store.regions().await? {
        let apis = store.apis(&account_id, &region).await?;
        named.extend(apis.into_iter().map(|api| NamedApi { id: api.api_id, name: api.api_name }));
    }
    named.sort();
    named.dedup();
    Ok(named)
}

/// The groups of errors of every region.
pub(crate) async fn errors<B: Backend>(store: &Store<B>, since: Timestamp) -> Result<Vec<RegionErrors>, StoreError> {
    let mut regions = Vec::new();
    for RegionStatus { account_id, region, .. } in store.regions().await? {
        let groups = store.errors(&account_id, &region, since).await?;
        regions.push(RegionErrors { account_id, region, groups });
    }
    Ok(regions)
}
