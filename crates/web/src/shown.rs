//! What pages show, as it is read from the store.

use engine::reconcile::Tracked;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use store::{Backend, Filter, List, Metric, Place, Point, RegionStatus, Standing, Store, StoreError};

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
    let regions = store.regions_apart().await?;
    let with_time: Vec<_> = regions.audited.iter().map(|status| (status.clone(), regions.fresh(status))).collect();
    let shown = stream::iter(with_time).map(|(status, fresh)| region(store, status, fresh, since)).buffered(AT_ONCE);
    let shown: Vec<Charted> = shown.try_collect().await?;
    let mut overview = Overview { left: regions.left, late_after, ..Overview::default() };
    for Charted { region, findings, errors } in shown {
        overview.regions.push(region);
        overview.findings.extend(findings);
        overview.errors.extend(errors);
    }
    Ok(overview)
}

/// How many regions are read at once: each is a few calls, one after another.
const AT_ONCE: usize = 8;

/// A region, with its points of the charts.
struct Charted {
    region: page::Region,
    findings: Vec<Point>,
    errors: Vec<Point>,
}

async fn region<B: Backend>(
    store: &Store<B>,
    status: RegionStatus,
    fresh: Option<Timestamp>,
    since: Timestamp,
) -> Result<Charted, StoreError> {
    let RegionStatus { account_id, region, .. } = &status;
    // As `Store::series` does; nothing is read twice.
    let tallies = store.tallies(account_id, region, since).await?;
    let errors = Metric::Errors.points(account_id, region, &tallies);
    let standing = store.standing(&status).await?;
    let tallies = store.until_now(tallies, &standing, since);
    let findings = Metric::Findings.points(account_id, region, &tallies);
    let Standing { apis, open, unknown, .. } = standing;
    let apis = apis.into_iter().map(|status| ApiLine { failures: status.failures, status }).collect();
    Ok(Charted { region: page::Region { status, fresh, apis, open, unknown }, findings, errors })
}

/// The page of an API.
pub(crate) async fn api<B: Backend>(
    store: &Store<B>,
    (account, region): &Place,
    status: store::ApiStatus,
    is_left: bool,
    now: Timestamp,
) -> Result<page::Api, StoreError> {
    let id = status.api_id.clone();
    let runs = store.runs(account, region, &id, month_before(now)).await?;
    let named = runs.last().map(|run| run.errors.clone()).unwrap_or_default();
    let mut errors = store.errors(account, region, status.finished.unwrap_or(status.begun)).await?;
    errors.retain(|group| named.contains_key(&group.group.fingerprint));
    // They lie apart from the rest, in the bucket: without it, the rest is shown all the same.
    let drift = store.drift(account, region, &id).await;
    let deployed = store.deployments(account, region, &id).await;
    let unread = drift.as_ref().err().or(deployed.as_ref().err()).map(ToString::to_string);
    Ok(page::Api {
        account_id: account.clone(),
        drift: drift.unwrap_or_default(),
        deployed: deployed.unwrap_or_default(),
        unread,
        is_left,
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
pub(crate) async fn named_apis<B: Backend>(
    store: &Store<B>,
    regions: impl Iterator<Item = &RegionStatus>,
) -> Result<Vec<NamedApi>, StoreError> {
    let mut named = Vec::new();
    for RegionStatus { account_id, region, .. } in regions {
        let apis = store.apis(account_id, region).await?;
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
