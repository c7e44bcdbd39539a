//! One API of a run: read, compared with what was known, kept, told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use collect::{Account, Known, ReadError, Shared, TrailUse, Watch};
use config::Config;
use engine::baseline::{self, Occasion};
use engine::drift;
use engine::observed::Why;
use engine::reconcile::{Coverage, Tracked};
use engine::report;
use engine::snapshot::Snapshot;
use engine::trail::DELAY_MINUTES;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use service::notice::Notice;
use service::{Accounts, Ask, Message, Service, Settings, metric};
use store::{Audit, Backend};

use crate::warm::Warm;
use crate::{AuditError, log};

/// What messages are worked on with.
pub struct Work<'a, B> {
    /// What the template sets.
    pub settings: &'a Settings,
    /// The accounts that are audited.
    pub accounts: &'a Accounts,
    /// Where things are kept, and who is told.
    pub service: &'a Service<B>,
    /// What was read for other messages.
    pub warm: &'a Warm,
}

/// Where and when.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) account: &'a Account,
    pub(crate) region: &'a str,
    pub(crate) run: Timestamp,
}

/// In how many messages an API has to be done with.
const MESSAGES: u32 = 3;

/// How many findings are told, and noted as told, at once: as many as one call of the bus takes.
const AT_ONCE: usize = 10;

/// What came of reading an API.
enum Outcome {
    Read(Box<Snapshot>, Arc<Shared>),
    /// There is no such API.
    Absent,
}

impl<B: Backend> Work<'_, B> {
    /// Does what a message asks. Where it cannot be done in the time that is left, a further message asks for the rest.
    ///
    /// # Errors
    ///
    /// [`AuditError`]: the message has to come back. Nothing is lost and nothing doubled by that.
    pub async fn take(&self, message: &Message, left: Duration) -> Result<(), AuditError> {
        let account = match self.accounts.get(message.account_id.as_deref()).await {
            Ok(account) => account,
            Err(error) if message.ask == Ask::Region => {
                return in_time(message, left, self.unreachable(message, error)).await;
            }
            Err(error) => return Err(error.into()),
        };
        let own = account.regions().first().map(String::as_str).unwrap_or_default();
        let region = message.region.as_deref().unwrap_or(own);
        let run = message.run.unwrap_or_else(collect::now);
        let place = Place { account: &account, region, run };
        match &message.ask {
            Ask::Audit(api) => self.audit(message, place, api, left).await,
            Ask::Baseline(api) => self.baseline(message, place, api, left).await,
            Ask::Region => in_time(message, left, self.region(message, place)).await,
        }
    }

    async fn audit(&self, message: &Message, place: Place<'_>, api: &str, left: Duration) -> Result<(), AuditError> {
        // Without its suppressions, everybody would be told of what nobody was to be told: that is known before reading.
        let config = self.config().await?;
        let entries = &config.suppressions;
        let (begin, before) = (Instant::now(), place.account.usage());
        let read = tokio::time::timeout(left, self.read(place, api, message.continued)).await;
        let Ok(read) = read else {
            place.account.stop_queries().await;
            return self.go_on(&Message { run: Some(place.run), ..message.clone() }, api).await;
        };
        let (mut snapshot, shared) = match read? {
            Outcome::Read(snapshot, shared) => (*snapshot, shared),
            Outcome::Absent => return self.absent(place, api).await,
        };
        drop(shared);
        let rest = left.saturating_sub(begin.elapsed());
        Box::pin(self.probe(place.account, &config, &mut snapshot, rest)).await;
        let snapshots = [snapshot];
        let coverage = snapshots.first().map(Coverage::of_api).unwrap_or_default();
        let (mut report, effects) = report::audit_part(&snapshots, entries);
        // What another part of the run tells, this one leaves to it.
        report.findings.retain(|finding| coverage.is_own(&finding.resource));
        log::report(&report);
        if !entries.is_empty() {
            // Before the run is finished with the API: when that is known, this is.
            let own = snapshots.iter().flat_map(|snapshot| &snapshot.apis);
            for api in own {
                let key = (place.account.id(), place.region, Some(api.id.as_str()));
                self.service.store.keep_effects(key, place.run, entries, &effects).await?;
            }
        }
        let kept = self.service.store.keep(&Audit::new(place.run, &report, &coverage, &snapshots)).await?;
        for snapshot in &snapshots {
            for api in &snapshot.apis {
                if !kept.overtaken.contains(&format!("{}/{}", snapshot.region, api.id)) {
                    let drift = drift::api(snapshot, api, &|_| true);
                    self.service.store.keep_drift(&snapshot.account_id, place.run, &drift).await?;
                }
            }
        }
        self.tell(&kept.findings).await?;
        let mut usage = place.account.usage();
        usage.calls -= before.calls;
        usage.throttles -= before.throttles;
        let gaps = report.not_evaluated.len();
        metric::log(&metric::audit((place.account.id(), place.region), collect::now(), usage, begin.elapsed(), gaps));
        Ok(())
    }

    /// The configuration: what nobody is to be told of, and what may be asked.
    pub(crate) async fn config(&self) -> Result<Config, AuditError> {
        let Some(key) = &self.settings.config_key else { return Ok(Config::default()) };
        Ok(self.service.config(key).await?)
    }

    /// Asks for what there was no time for. The deployments that were read are kept, and are not read again; the next message
    /// of an audit does without the trail, which takes the longest.
    async fn go_on(&self, message: &Message, api: &str) -> Result<(), AuditError> {
        let attempts = message.continued + 1;
        if attempts == MESSAGES {
            return Err(AuditError::TooLong { what: format!("the API {api}"), attempts });
        }
        tracing::warn!(api, attempts, "not done in the time that there was: a further message goes on");
        Ok(self.service.queue.send(&[message.again()], Duration::ZERO).await?)
    }

    async fn read(&self, place: Place<'_>, api: &str, continued: u32) -> Result<Outcome, AuditError> {
        let Place { account, region, run } = place;
        let known = self.known(place, api).await?;
        let mut shared = self.warm.shared(account, region, run, |_| true).await;
        let mut read = account.read_api(&shared, api, &known, false, &collect::now).await;
        if is_out_of_date(&read, &shared) {
            let used = Arc::clone(&shared);
            shared = self.warm.shared(account, region, run, |own| !std::ptr::eq(own, &raw const *used)).await;
            read = account.read_api(&shared, api, &known, false, &collect::now).await;
        }
        let mut snapshot = match read {
            Err(ReadError::UnknownApi { .. }) => return Ok(Outcome::Absent),
            read => read?,
        };
        self.service.store.keep_deployments(std::slice::from_ref(&snapshot)).await?;
        let trail = self.with_baselines(&mut snapshot).await?;
        let trail = if continued == 0 { trail } else { TrailUse::Never };
        account.read_besides(&mut snapshot, &shared, trail, &Watch::default(), &collect::now).await;
        self.renew_baselines(&mut snapshot).await?;
        Ok(Outcome::Read(Box::new(snapshot), shared))
    }

    /// What is kept of the deployments that the API's stages served when it was read before.
    async fn known(&self, Place { account, region, .. }: Place<'_>, api: &str) -> Result<Known, AuditError> {
        let store = &self.service.store;
        let mut known = Known::default();
        for (stage, deployment) in store.served_by(account.id(), region, api).await? {
            if let Some(deployed) = store.deployment(account.id(), (region, api), &deployment).await? {
                known.keep_deployed(region, api, &deployment, deployed);
            }
            if let Some(baseline) = store.baseline(account.id(), (region, api), &deployment).await? {
                known.keep_baseline(baseline);
            }
            known.keep_stage(region, api, &stage, Some(&deployment));
        }
        Ok(known)
    }

    /// Gives deployments that were not served before their baselines, if there are any. Comes back with what the trail is to
    /// be read for: for a baseline that waits for its proof, further back.
    async fn with_baselines(&self, snapshot: &mut Snapshot) -> Result<TrailUse, AuditError> {
        let store = &self.service.store;
        let mut trail = TrailUse::Drift;
        let Snapshot { account_id, region, apis, read_until, .. } = snapshot;
        for api in apis {
            let stages = api.stages.ok().into_iter().flatten();
            let served = stages.flat_map(|stage| {
                [stage.deployment_id.clone(), stage.canary.as_ref().and_then(|canary| canary.deployment_id.clone())]
            });
            let served: BTreeSet<String> = served.flatten().collect();
            for deployment in &served {
                let has_one = api.deployed.get(deployment).is_some_and(|deployed| deployed.baseline.is_some());
                if !has_one && let Some(baseline) = store.baseline(account_id, (region, &api.id), deployment).await? {
                    api.keep(baseline);
                }
            }
            let waits = |taken: Timestamp| read_until.duration_since(taken) > SignedDuration::from_mins(DELAY_MINUTES);
            let mut baselines = api.deployed.values().filter_map(|deployed| deployed.baseline.as_ref());
            if baselines.any(|own| !own.unproven.is_empty() && waits(own.taken_at)) {
                trail = TrailUse::Baselines;
            }
        }
        Ok(trail)
    }

    /// Drops baselines that the trail contradicts by now, clears the doubts of those that it proves, and takes new ones where
    /// it shows no edit since the deployment.
    async fn renew_baselines(&self, snapshot: &mut Snapshot) -> Result<(), AuditError> {
        let store = &self.service.store;
        let reviewed = baseline::review(snapshot);
        for baseline in &reviewed.proven {
            store.keep_baseline(baseline).await?;
        }
        for baseline in &reviewed.dropped {
            tracing::warn!(
                deployment = baseline.deployment_id,
                "dropped a baseline: the trail shows an edit before it"
            );
            store.forget_baseline(baseline).await?;
        }
        // A trail that was read for another API, long ago, does not tell of the last hours.
        let delay = SignedDuration::from_mins(DELAY_MINUTES);
        if snapshot.trail.ok().is_none_or(|trail| snapshot.read_until.duration_since(trail.until) > delay) {
            return Ok(());
        }
        let taken = snapshot.apis.iter().map(|api| baseline::take(snapshot, api, Occasion::Audit).ok());
        let taken: Vec<_> = taken.collect();
        for (api, baseline) in snapshot.apis.iter_mut().zip(taken) {
            if let Some(baseline) = baseline {
                store.keep_baseline(&baseline).await?;
                api.keep(baseline);
            }
        }
        Ok(())
    }

    /// Takes the baseline of a deployment that was made a moment ago.
    async fn baseline(&self, message: &Message, place: Place<'_>, api: &str, left: Duration) -> Result<(), AuditError> {
        let begin = Instant::now();
        let Ok(read) = tokio::time::timeout(left, Box::pin(self.read_deployment(place, api))).await else {
            return self.go_on(&Message { run: Some(place.run), ..message.clone() }, api).await;
        };
        let (mut snapshot, shared) = match read? {
            Outcome::Read(snapshot, shared) => (*snapshot, shared),
            Outcome::Absent => {
                tracing::warn!(api, "no baseline: the API does not exist any more");
                return Ok(());
            }
        };
        // Without a trail the baseline rests on having been read at once, and says so.
        let read = place.account.read_trail(&mut snapshot, &shared, true, &collect::now);
        let _ = tokio::time::timeout(left.saturating_sub(begin.elapsed()), read).await;
        for api in &snapshot.apis {
            match baseline::take(&snapshot, api, Occasion::Deployment) {
                Ok(baseline) => {
                    self.service.store.keep_baseline(&baseline).await?;
                    tracing::info!(api = api.id, deployment = baseline.deployment_id, "baseline kept");
                }
                Err(refusal) => tracing::info!(api = api.id, "no baseline: {refusal}"),
            }
        }
        Ok(())
    }

    /// Reads the configuration of an API, and what its newest deployment is witnessed by.
    async fn read_deployment(&self, place: Place<'_>, api: &str) -> Result<Outcome, AuditError> {
        let Place { account, region, run } = place;
        let shared = self.warm.shared(account, region, run, |_| true).await;
        let known = self.known(place, api).await?;
        let snapshot = match account.read_api(&shared, api, &known, true, &collect::now).await {
            Err(ReadError::UnknownApi { .. }) => return Ok(Outcome::Absent),
            read => read?,
        };
        self.service.store.keep_deployments(std::slice::from_ref(&snapshot)).await?;
        Ok(Outcome::Read(Box::new(snapshot), shared))
    }

    /// Keeps that an API does not exist, which every list of the region says.
    async fn absent(&self, Place { account, region, run }: Place<'_>, api: &str) -> Result<(), AuditError> {
        tracing::warn!(api, region, "nothing to audit: the API does not exist any more");
        let coverage = Coverage::absent(account.id(), region, api);
        let kept = self.service.store.keep(&Audit::listing(run, &coverage)).await?;
        self.tell(&kept.findings).await?;
        Ok(self.service.store.leave_out(account.id(), region, run, api).await?)
    }

    /// Tells of findings that were opened or resolved, and keeps that this was told, a few at a time: whoever is killed in
    /// between tells these few again.
    pub(crate) async fn tell(&self, findings: &[Tracked]) -> Result<(), AuditError> {
        let Service { bus, topic, store, .. } = self.service;
        if bus.is_none() && topic.is_none() {
            return Ok(());
        }
        let untold: Vec<&Tracked> = findings.iter().filter(|tracked| tracked.is_untold()).collect();
        for few in untold.chunks(AT_ONCE) {
            let notices: Vec<Notice> = few.iter().filter_map(|tracked| Notice::of(tracked)).collect();
            if let Some(bus) = bus {
                bus.tell(&notices).await?;
            }
            if let Some(topic) = topic {
                topic.tell(&notices).await?;
            }
            let notes = few.iter().map(|tracked| store.told(tracked));
            stream::iter(notes).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(())
    }
}

/// What a message of a region asks, within the time that is left. It may be broken off anywhere and begun anew, and what of it was
/// kept is not done again; so the message comes back soon, and not when the queue believes that the function has died.
async fn in_time(
    message: &Message,
    left: Duration,
    work: impl Future<Output = Result<(), AuditError>>,
) -> Result<(), AuditError> {
    let done = tokio::time::timeout(left, Box::pin(work)).await;
    done.unwrap_or_else(|_| {
        let place = message.region.as_deref().unwrap_or_default();
        let part = if message.continued == 0 { "what belongs to no API of" } else { "the end of the run over" };
        Err(AuditError::TooLong { what: format!("{part} {place}"), attempts: 1 })
    })
}

/// Whether what was shared may be too old for what was read: the API is not on the lists, was deleted while it was read, or
/// was deployed since, with what the lists do not show yet.
fn is_out_of_date(read: &Result<Snapshot, ReadError>, shared: &Shared) -> bool {
    match read {
        Ok(snapshot) => {
            let is_gone = |why: &engine::observed::NotRead| why.why == Why::Gone;
            let gone = snapshot.apis.iter().any(|api| api.stages.known().err().is_some_and(is_gone));
            gone || shared.is_older_than(snapshot)
        }
        Err(ReadError::UnknownApi { .. }) => true,
        Err(ReadError::ApiNotListed { .. } | ReadError::NothingRead(_)) => true,
    }
}
