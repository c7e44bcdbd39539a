//! Answers of what is kept.

use engine::report::DriftReport;
use engine::severity::Severity;
use serde::Serialize;
use serde_json::json;
use store::{ApiStatus, Filter, List, Place, RunRecord};

use super::{App, Asked};
use crate::list::{self, Of};
use crate::operation::{METRICS, STATES, named};
use crate::page;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::shown::{self, CHARTED};
use crate::site::Site;

/// How much JSON one part of a list may be, unless it is one item: API Gateway and Lambda take 6 MB as an answer.
const LARGEST: usize = 4 << 20;

/// How far back `GET /errors` goes, unless it is told.
const RECENT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// An API, which names its region itself, and whose it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnedApi {
    account_id: String,
    #[serde(flatten)]
    status: ApiStatus,
}

/// An API that was asked for by its id.
pub(super) struct Found {
    /// Where it is.
    pub(super) place: Place,
    status: ApiStatus,
    /// Whether its region was taken out of the configuration.
    is_left: bool,
}

#[derive(Serialize)]
struct ApiWithRuns {
    #[serde(flatten)]
    api: OwnedApi,
    runs: Vec<RunRecord>,
}

impl<S: Site> App<S> {
    pub(super) async fn regions(&self, asked: &Asked) -> Result<Reply, Problem> {
        let store = self.site.store();
        if asked.wants_page {
            let overview = shown::overview(store, asked.now, self.site.late_after()).await?;
            return Ok(Reply::page(page::overview(&self.frame(asked), &overview)));
        }
        Reply::json(&List { items: store.regions_apart().await?.audited, next: None })
    }

    pub(super) async fn apis(&self, asked: &Asked) -> Result<Reply, Problem> {
        if asked.wants_page {
            return self.regions(asked).await;
        }
        let store = self.site.store();
        let mut all = Vec::new();
        for place in store.regions_apart().await?.audited {
            let apis = store.apis_of(&place).await?.into_iter();
            all.extend(apis.map(|status| OwnedApi { account_id: place.account_id.clone(), status }));
        }
        let key = |api: &OwnedApi| format!("{} {} {}", api.account_id, api.status.region, api.status.api_id);
        self.part(asked, all, key)
    }

    /// The API with the id of the path, and where it is.
    ///
    /// # Errors
    ///
    /// 404 if there is none, 400 if there are several.
    async fn find_api(&self, asked: &Asked, id: &str) -> Result<Found, Problem> {
        let (account, region) = (asked.query.get("account"), asked.query.get("region"));
        self.api_at(id, account, region).await
    }

    pub(super) async fn api_at(&self, id: &str, account: Option<&str>, region: Option<&str>) -> Result<Found, Problem> {
        let store = self.site.store();
        let mut found = Vec::new();
        let regions = store.regions_apart().await?;
        for own in regions.all() {
            let fits = |wanted: Option<&str>, own: &str| wanted.is_none_or(|wanted| wanted == own);
            if !fits(account, &own.account_id) || !fits(region, &own.region) {
                continue;
            }
            if let Some(status) = store.api_of(own, id).await? {
                found.push(Found { place: own.place(), status, is_left: regions.left.contains(own) });
            }
        }
        match (found.pop(), found.is_empty()) {
            (None, _) => Err(Problem::missing("no API of that id is known").help("GET /apis lists those that are")),
            (Some(one), true) => Ok(one),
            (Some(_), false) => {
                Err(Problem::bad("several APIs have that id")
                    .help("name the account and the region: ?account=&region="))
            }
        }
    }

    pub(super) async fn api(&self, asked: &Asked) -> Result<Reply, Problem> {
        let store = self.site.store();
        let Found { place, status, is_left } = self.find_api(asked, &asked.id).await?;
        if asked.wants_page {
            let shown = shown::api(store, &place, status, is_left, asked.now).await?;
            return Ok(Reply::page(page::api(&self.frame(asked), &shown)));
        }
        let (account_id, region) = place;
        let runs = store.runs(&account_id, &region, &status.api_id, shown::month_before(asked.now)).await?;
        Reply::json(&ApiWithRuns { api: OwnedApi { account_id, status }, runs })
    }

    pub(super) async fn drift(&self, asked: &Asked) -> Result<Reply, Problem> {
        let Found { place: (account_id, region), status, .. } = self.find_api(asked, &asked.id).await?;
        if status.is_gone {
            return Err(Problem::missing("that API does not exist any more").help("GET /apis lists those that do"));
        }
        let drift = self.site.store().drift(&account_id, &region, &status.api_id).await?;
        let drift = drift.ok_or_else(|| {
            Problem::missing("of that API no drift is kept yet").help("the next audit keeps it: POST /audits")
        })?;
        let json = || {
            Reply::json(&DriftReport::new(Some(account_id.clone()), status.finished, vec![drift.clone()], Vec::new()))
        };
        self.either(asked, json, |frame| {
            page::drift(
                frame,
                &page::Drift { account_id: account_id.clone(), read: status.finished, drift: drift.clone() },
            )
        })
    }

    pub(super) async fn findings(&self, asked: &Asked) -> Result<Reply, Problem> {
        let (store, query) = (self.site.store(), &asked.query);
        let filter = Filter {
            severity: query.get("severity").and_then(Severity::named),
            api: query.get("api").map(str::to_owned),
            check: query.get("check").map(str::to_owned),
            state: query.get("state").and_then(|name| named(&STATES, name)),
        };
        let after = list::after(&self.seal, asked.path, query)?;
        let mut limit = query.limit();
        loop {
            let found = store.findings(&filter, after.as_deref(), limit).await?;
            let is_long = found.items.len() > 1;
            let list = list::signed(&self.seal, asked.path, query, found);
            if asked.wants_page {
                let regions = store.regions_apart().await?;
                let apis = shown::named_apis(store, regions.all()).await?;
                let shown = page::Findings { filter, is_continued: after.is_some(), list, apis, left: regions.left };
                return Ok(Reply::page(page::findings(&self.frame(asked), &shown)));
            }
            let reply = Reply::json(&list)?;
            if reply.body.len() <= LARGEST || !is_long {
                return Ok(reply);
            }
            limit = limit.min(list.items.len()) / 2;
        }
    }

    pub(super) async fn finding(&self, asked: &Asked) -> Result<Reply, Problem> {
        let found = self.site.store().finding(&asked.id).await?;
        let tracked = found.ok_or_else(|| {
            Problem::missing("no finding of that fingerprint is known").help("GET /findings lists those that are")
        })?;
        self.either(asked, || Reply::json(&tracked), |frame| page::finding(frame, &tracked))
    }

    pub(super) async fn errors(&self, asked: &Asked) -> Result<Reply, Problem> {
        let since = asked.query.since(asked.now, RECENT);
        let regions = shown::errors(self.site.store(), since).await?;
        if asked.wants_page {
            return Ok(Reply::page(page::errors(&self.frame(asked), &page::Errors { since, regions })));
        }
        let groups = regions.into_iter().flat_map(|page::RegionErrors { account_id, region, groups }| {
            groups.into_iter().map(move |item| Of { account_id: account_id.clone(), region: region.clone(), item })
        });
        // The newest have the smallest keys.
        let key = |of: &Of<store::TrackedGroup>| {
            let seen = of.item.group.last_seen.unwrap_or(of.item.at).as_second();
            let age = i64::MAX.abs_diff(seen.max(0));
            format!("{age:020} {} {} {}", of.item.group.fingerprint, of.account_id, of.region)
        };
        self.part(asked, groups.collect(), key)
    }

    /// A part of a list that is known as a whole.
    fn part<T: Serialize>(&self, asked: &Asked, all: Vec<T>, key: impl Fn(&T) -> String) -> Result<Reply, Problem> {
        let after = list::after(&self.seal, asked.path, &asked.query)?;
        let list = list::part(all, key, after.as_deref(), asked.query.limit());
        Reply::json(&list::signed(&self.seal, asked.path, &asked.query, list))
    }

    pub(super) async fn series(&self, asked: &Asked) -> Result<Reply, Problem> {
        let metric = asked.query.get("metric").and_then(|name| named(&METRICS, name));
        let metric = metric.ok_or_else(|| Problem::bad("`metric` is missing"))?;
        Reply::json(&self.site.store().series(metric, asked.query.since(asked.now, CHARTED)).await?)
    }

    /// Whether what is kept can be read. Anybody may ask, so that it says no more (draft-inadarei-api-health-check).
    pub(super) async fn health(&self) -> Result<Reply, Problem> {
        let is_well = self.site.store().regions().await.is_ok();
        let (status, word) = if is_well { (200, "pass") } else { (503, "fail") };
        let body = json!({
            "status": word,
            "version": "1",
            "releaseId": env!("CARGO_PKG_VERSION"),
            "description": "stagecheck",
            "checks": { "store:reads": [{ "componentType": "datastore", "status": word }] },
        });
        let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
        Ok(Reply { status, media_type: "application/health+json", ..Reply::json(&body)?.unkept() })
    }
}
