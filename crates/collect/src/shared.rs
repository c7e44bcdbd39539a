//! A region whose APIs are audited one by one: what they share is read once for several of them.
//!
//! That is the lists of APIs, usage plans, keys and custom domain names, what causes want to know besides, and the trail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use engine::invocation;
use engine::observed::{Observed, Why};
use engine::reads::{Answer, Read};
use engine::snapshot::{ApiKey, ApiKind, DomainName, Listed, Snapshot, UsagePlan};
use engine::trail::Trail;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::facts::Network;
use crate::listing::{Listing, check_listings};
use crate::{Account, Known, ReadError, Reading, Scope, TrailUse, Watch, apis, regional, trail};

/// What the APIs of a region share, as it was at one time.
pub struct Shared {
    listing: Listing,
    usage_plans: Observed<Vec<UsagePlan>>,
    api_keys: Observed<Vec<ApiKey>>,
    domain_names: Observed<Vec<DomainName>>,
    answers: std::sync::Mutex<BTreeMap<Read, Observed<Option<Value>>>>,
    /// What the trail was read for is told by what was written before, and an API's own reading tells how it is now: it is
    /// read once for a run, however long that takes.
    trail: Arc<tokio::sync::Mutex<Option<HeldTrail>>>,
    read_at: Timestamp,
    read_in: Duration,
    since: Instant,
}

/// The trail as it was read for several APIs.
struct HeldTrail {
    trail: Observed<Trail>,
    /// The kinds of APIs whose writes were asked for.
    kinds: BTreeSet<ApiKind>,
}

impl HeldTrail {
    /// Whether it tells of all writes on an API's kind since a moment, or would tell no more if it were read again.
    fn reaches(&self, kinds: &BTreeSet<ApiKind>, since: Timestamp) -> bool {
        match &self.trail {
            Observed::Known(trail) => self.kinds.is_superset(kinds) && trail.since <= since,
            Observed::NotRead(why) => why.why == Why::Denied,
        }
    }
}

/// How old what is shared may become.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// Where reading it takes long, because of the quota: how many times as long it lasts, so that it has a small part in the
/// time of all.
const TIMES: u32 = 40;

/// For how long it is good, having been read in this time.
pub(crate) fn lasts(read_in: Duration) -> Duration {
    LASTS.max(read_in * TIMES)
}

impl Shared {
    /// Whether it is too old to say anything of an API that is read now.
    pub fn is_stale(&self) -> bool {
        self.since.elapsed() > lasts(self.read_in)
    }

    /// How much memory it takes, in APIs.
    pub fn size(&self) -> usize {
        self.listing.len()
    }

    /// Whether an API was deployed after this was read, so that its deployment may hold what the API's own properties were not
    /// yet when they were listed.
    pub fn is_older_than(&self, snapshot: &Snapshot) -> bool {
        // Clocks differ.
        let margin = SignedDuration::from_mins(1);
        let made = snapshot.apis.iter().flat_map(|api| api.deployments.ok()).flatten().filter_map(|one| one.created_at);
        made.max().is_some_and(|newest| newest.checked_add(margin).unwrap_or(newest) > self.read_at)
    }

    /// The APIs of the region.
    pub fn apis(&self) -> Vec<Listed> {
        self.listing.select(|_, _| false).1
    }
}

impl Account {
    /// The APIs of a region, with why those of some kinds could not be listed.
    ///
    /// # Errors
    ///
    /// Why none of the lists can be read, each by itself.
    pub async fn list(&self, region: &str) -> Result<(Vec<Listed>, Vec<String>), Vec<String>> {
        let listing = Listing::read(self.clients(region)).await;
        let unlisted = listing.unread().map(engine::observed::NotRead::reason).collect();
        match check_listings(&[&listing], &Scope::default()) {
            Ok(()) => Ok((listing.select(|_, _| false).1, unlisted)),
            Err(_) => Err(unlisted),
        }
    }

    /// Reads what the APIs of a region share. `earlier` is what was read of it before in the same run.
    pub async fn shared(
        &self,
        region: &str,
        earlier: Option<&Shared>,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) -> Shared {
        let (read_at, since) = (clock(), Instant::now());
        let clients = self.clients(region);
        let (listing, usage_plans, api_keys, domain_names) = tokio::join!(
            Listing::read(Arc::clone(&clients)),
            regional::usage_plans(&clients, true),
            regional::api_keys(&clients),
            regional::domain_names(&clients),
        );
        Shared {
            listing,
            usage_plans,
            api_keys,
            domain_names,
            answers: std::sync::Mutex::default(),
            trail: earlier.map(|earlier| Arc::clone(&earlier.trail)).unwrap_or_default(),
            read_at,
            read_in: since.elapsed(),
            since,
        }
    }

    /// Reads one API, by its id or name: its live configuration, its stages, and what they serve. `wants_newest`: its newest
    /// deployment, too, if no stage serves it.
    ///
    /// # Errors
    ///
    /// [`ReadError`], if the API is not on the lists that are shared.
    pub async fn read_api(
        &self,
        shared: &Shared,
        api: &str,
        known: &Known,
        wants_newest: bool,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) -> Result<Snapshot, ReadError> {
        let scope = Scope { apis: vec![api.to_owned()], ..Scope::default() };
        check_listings(&[&shared.listing], &scope)?;
        let mut snapshot = self.around(shared, clock());
        let (mut found, mut others) = shared.listing.select(|id, _| id == Some(api));
        if found.is_empty() {
            (found, others) = shared.listing.select(|_, name| name == Some(api));
        }
        let reading = Reading { known, wants_stage: &|_| true, wants_newest };
        snapshot.apis = apis(&shared.listing.clients, found, &reading, &|_| {}).await;
        snapshot.others = others;
        snapshot.read_until = clock();
        Ok(snapshot)
    }

    /// Reads what an audit of an API wants to know besides: who changed it, its functions, how they did, what stands before
    /// it.
    pub async fn read_besides(
        &self,
        snapshot: &mut Snapshot,
        shared: &Shared,
        trail: TrailUse,
        watch: &Watch,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) {
        if trail != TrailUse::Never {
            self.read_trail(snapshot, shared, trail == TrailUse::Baselines, clock).await;
        }
        snapshot.functions = self.functions(stream::iter(snapshot.apis.iter().flat_map(invocation::functions))).await;
        snapshot.health = Some(self.health(snapshot, &|_| true, watch).await);
        self.answer_with(shared, snapshot).await;
    }

    /// Reads who wrote on an API since the oldest deployment that matters.
    pub async fn read_trail(
        &self,
        snapshot: &mut Snapshot,
        shared: &Shared,
        for_baselines: bool,
        clock: &(dyn Fn() -> Timestamp + Sync),
    ) {
        let Some(since) = trail::needed(snapshot, for_baselines, &|_| true) else { return };
        let mut held = shared.trail.lock().await;
        let own: BTreeSet<ApiKind> = snapshot.apis.iter().map(|api| api.kind).collect();
        if !held.as_ref().is_some_and(|held| held.reaches(&own, since)) {
            let until = clock();
            // Each kind that is left out saves a third of the calls, and there are two a second.
            let kinds: BTreeSet<ApiKind> = shared.apis().iter().map(|api| api.kind).chain(own).collect();
            let asked: Vec<ApiKind> = kinds.iter().copied().collect();
            let trail = trail::read(&shared.listing.clients, &asked, trail::beyond(since, until), until).await;
            *held = Some(HeldTrail { trail, kinds });
        }
        let Some(held) = held.as_ref() else { return };
        snapshot.trail = held.trail.as_ref().map(|all| {
            let own = snapshot.apis.iter().flat_map(|api| all.of(&api.id)).cloned();
            Trail::new(all.since, all.until, own.collect())
        });
    }

    /// Reads what belongs to no API of a region.
    pub async fn read_rest(&self, shared: &Shared, clock: &(dyn Fn() -> Timestamp + Sync)) -> Snapshot {
        let mut snapshot = self.around(shared, clock());
        snapshot.others = shared.apis();
        self.answer_with(shared, &mut snapshot).await;
        snapshot
    }

    /// The region without any of its APIs.
    fn around(&self, shared: &Shared, now: Timestamp) -> Snapshot {
        Snapshot {
            usage_plans: shared.usage_plans.clone(),
            api_keys: shared.api_keys.clone(),
            domain_names: shared.domain_names.clone(),
            ..self.empty(&shared.listing, true, now)
        }
    }

    /// Answers what causes want to know, and keeps for other APIs what is known now, or denied.
    async fn answer_with(&self, shared: &Shared, snapshot: &mut Snapshot) {
        let answers = || shared.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = |read: &Read| {
            let answer = answers().get(read).cloned();
            answer.map(|answer| Answer { read: read.clone(), answer })
        };
        // A function looks no host names up: its own network is none of its callers'.
        self.answer(snapshot, &Network::NotAsked, &earlier).await;
        let lasts =
            |answer: &Observed<Option<Value>>| answer.known().map_or_else(|why| why.why == Why::Denied, |_| true);
        let new = snapshot.answers.iter().filter(|own| lasts(&own.answer));
        answers().extend(new.map(|own| (own.read.clone(), own.answer.clone())));
    }
}
