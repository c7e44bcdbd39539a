//! The dispatcher: says what is to be audited.
//!
//! - On the schedule it lists the APIs of each account and region, keeps of which the run is made, and puts one message for
//!   each on the queue, and one for what belongs to none. The scheduled time is the run: a repetition is the same run.
//! - When somebody writes on an API, it asks for an audit of that API a minute later, once for all writes of that minute; when
//!   somebody deploys, for its baseline at once.
//! - `{"audit": {}}` asks for everything now, `{"audit": {"apiId": …, "region": …}}` for one API.

mod event;

use std::collections::BTreeSet;
use std::time::Duration;

use collect::ConnectError;
use engine::reconcile::to_the_second;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use service::{Accounts, Ask, Message, QueueError, Service, Settings};
use store::{Aws, StoreError};
use tokio::sync::OnceCell;

use crate::event::{Change, Event, EventError};

/// The function, with what it keeps between events.
pub struct Dispatcher {
    settings: Settings,
    accounts: Accounts,
    service: OnceCell<Service<Aws>>,
}

/// Why nothing, or not all, was dispatched.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The event is none of the kinds that the dispatcher takes; the caller's to mend.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The settings name no queue.
    #[error("there is nowhere to put messages: TABLE, BUCKET and QUEUE_URL have to be set")]
    NoQueue,
    /// The function's own account cannot be told.
    #[error("{0}; {help}", help = .0.help())]
    Connect(#[from] ConnectError),
    /// Somebody asks for an audit of what the settings do not have audited.
    #[error("{0} is not audited here: audits can be asked for of the accounts and regions of the configuration")]
    NotAudited(String),
    /// Nothing could be listed anywhere.
    #[error("no API could be listed: {0}")]
    Nothing(String),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue refuses.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<DispatchError> for Diagnostic {
    fn from(error: DispatchError) -> Diagnostic {
        let error_type = match &error {
            DispatchError::Event(_) => "UnknownEvent",
            DispatchError::NoQueue => "NoQueue",
            DispatchError::Connect(_) => "CannotConnect",
            DispatchError::NotAudited(_) => "NotAudited",
            DispatchError::Nothing(_) => "CannotList",
            DispatchError::Store(_) => "CannotKeep",
            DispatchError::Queue(_) => "CannotSend",
        };
        Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// How long an audit waits after a change: what a deployment tool writes within that time is looked at once.
const PAUSE: Duration = Duration::from_secs(60);

/// How long before the audit the next change asks for another one: clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// How many regions are listed at once. Each has a quota of its own.
const AT_ONCE: usize = 8;

/// What was put on the queue for one region.
#[derive(Debug, Default)]
struct Dispatched {
    place: String,
    /// How many messages: one for each of its APIs, and its own.
    messages: usize,
    /// What could not be listed: why. One line each.
    gaps: Vec<String>,
    is_listed: bool,
}

impl Dispatcher {
    /// A function that has not connected yet.
    pub fn new(settings: Settings) -> Dispatcher {
        Dispatcher { accounts: Accounts::new(&settings), settings, service: OnceCell::new() }
    }

    /// Answers an event with what was put on the queue.
    ///
    /// # Errors
    ///
    /// [`DispatchError`]. The same event again does what was not done.
    pub async fn handle(&self, event: Value) -> Result<Value, DispatchError> {
        match Event::parse(&event)? {
            Some(Event::Schedule(run)) => Box::pin(self.all(run)).await,
            Some(Event::AuditAll) => Box::pin(self.all(collect::now())).await,
            Some(Event::Audit(message)) => {
                let run = message.run.unwrap_or_else(collect::now);
                let message = Message { run: Some(run), ..message };
                self.check_audited(&message).await?;
                let service = self.service().await?;
                service.store.check_time(run)?;
                service.queue.send(&[message], Duration::ZERO).await?;
                Ok(json!({ "schema": SCHEMA, "run": run, "messages": 1 }))
            }
            Some(Event::Change(change)) => Box::pin(self.change(&change)).await,
            None => Ok(json!({ "schema": SCHEMA, "messages": 0 })),
        }
    }

    async fn service(&self) -> Result<&Service<Aws>, DispatchError> {
        let open = async { Service::open(&self.settings).await?.ok_or(DispatchError::NoQueue) };
        self.service.get_or_try_init(|| open).await
    }

    /// One message for each API of every account and region, and one for each region.
    async fn all(&self, run: Timestamp) -> Result<Value, DispatchError> {
        let service = self.service().await?;
        let mut gaps = Vec::new();
        let accounts = match self.accounts.audited().await? {
            Ok(accounts) => accounts,
            Err(why) => return Err(DispatchError::Nothing(why.reason())),
        };
        let regions = match self.settings.regions.as_slice() {
            [] => self.accounts.own().await?.regions().to_vec(),
            regions => regions.to_vec(),
        };
        let places: Vec<(&String, &String)> =
            accounts.iter().flat_map(|account| regions.iter().map(move |region| (account, region))).collect();
        let all_of_it = places.iter().map(|(account, region)| ((*account).clone(), (*region).clone())).collect();
        service.store.keep_places(run, &all_of_it).await?;
        let all = stream::iter(places).map(|(account, region)| self.region(service, run, account, region));
        let all: Vec<Result<Dispatched, DispatchError>> = all.buffer_unordered(AT_ONCE).collect().await;
        let mut dispatched = all.into_iter().collect::<Result<Vec<Dispatched>, DispatchError>>()?;
        dispatched.sort_by(|a, b| a.place.cmp(&b.place));
        for place in &dispatched {
            for gap in &place.gaps {
                tracing::error!(place = place.place, "not listed: {gap}");
                gaps.push(format!("{}: {gap}", place.place));
            }
        }
        if !dispatched.iter().any(|place| place.is_listed) {
            return Err(DispatchError::Nothing(gaps.join("; ")));
        }
        let messages: usize = dispatched.iter().map(|place| place.messages).sum();
        tracing::info!(%run, accounts = accounts.len(), regions = regions.len(), messages, "dispatched");
        let listed = dispatched.iter().filter(|place| place.is_listed).map(|place| &place.place);
        Ok(json!({
            "schema": SCHEMA, "run": run, "messages": messages,
            "places": listed.collect::<Vec<_>>(), "notListed": gaps,
        }))
    }

    /// The messages of one region. Where its APIs cannot be listed, the message of the region alone: what was found there
    /// before is then not known any more.
    async fn region(
        &self,
        service: &Service<Aws>,
        run: Timestamp,
        account_id: &str,
        region: &str,
    ) -> Result<Dispatched, DispatchError> {
        let mut dispatched = Dispatched { place: format!("{account_id}/{region}"), ..Dispatched::default() };
        let mut apis = BTreeSet::new();
        match self.accounts.get(Some(account_id)).await {
            Err(error) => dispatched.gaps.push(format!("{error}; {}", error.help())),
            Ok(account) => match account.list(region).await {
                Err(unlisted) => dispatched.gaps = unlisted,
                Ok((found, unlisted)) => {
                    dispatched.gaps = unlisted;
                    dispatched.is_listed = true;
                    apis = found.into_iter().map(|api| api.id).collect();
                }
            },
        }
        let messages = service.parts(account_id, region, run, apis).await?;
        dispatched.messages = messages.len();
        if !dispatched.gaps.is_empty() {
            // Before the messages: the end of the run tells it.
            service.store.not_listed(account_id, region, run, &dispatched.gaps).await?;
        }
        service.queue.send(&messages, Duration::ZERO).await?;
        Ok(dispatched)
    }

    /// An audit of the API that was written on, a minute later; if it was deployed, its baseline at once.
    async fn change(&self, change: &Change) -> Result<Value, DispatchError> {
        let Change { account_id, region, at, api_id, is_deployment } = change;
        let nothing = || json!({ "schema": SCHEMA, "messages": 0 });
        // What is kept of a place is shown, and called late where it is not audited.
        if !self.is_audited(account_id, region).await? {
            tracing::info!(account = account_id, region, "left alone: a change of what is not audited");
            return Ok(nothing());
        }
        let service = self.service().await?;
        service.store.saw_event(account_id, region, *at).await?;
        let Some(api) = api_id else { return Ok(nothing()) };
        let message = |ask, run| Message::of_run(ask, account_id, region, run);
        let mut sent = 0;
        if *is_deployment {
            let baseline = message(Ask::Baseline(api.clone()), to_the_second(*at));
            service.queue.send(&[baseline], Duration::ZERO).await?;
            sent += 1;
        }
        if !service.store.is_awaited(account_id, region, api).await? {
            // The run is the time at which it is due: what an audit in between saw of the API is older.
            let due = collect::now().saturating_add(PAUSE).unwrap_or(Timestamp::MAX);
            service.queue.send(&[message(Ask::Audit(api.clone()), due)], PAUSE).await?;
            sent += 1;
            // After the message: whoever is killed in between asks twice rather than never.
            let until = due.saturating_sub(MARGIN).unwrap_or(due);
            service.store.awaits(account_id, region, api, until).await?;
        }
        Ok(json!({ "schema": SCHEMA, "messages": sent }))
    }

    /// Refuses what the settings do not have audited: it would be kept, and called late from then on.
    async fn check_audited(&self, Message { account_id, region, .. }: &Message) -> Result<(), DispatchError> {
        let own = self.accounts.own().await?;
        let account = account_id.as_deref().unwrap_or(own.id());
        let region = region.as_deref().or(own.regions().first().map(String::as_str)).unwrap_or_default();
        let is_audited = self.is_audited(account, region).await?;
        is_audited.then_some(()).ok_or_else(|| DispatchError::NotAudited(format!("{region} of the account {account}")))
    }

    /// Whether the settings have an account's region audited.
    async fn is_audited(&self, account_id: &str, region: &str) -> Result<bool, DispatchError> {
        if let Some(is_audited) = self.accounts.is_audited(account_id, region).await? {
            return Ok(is_audited);
        }
        match self.accounts.audited().await? {
            Ok(accounts) => Ok(accounts.contains(account_id)),
            Err(why) => Err(DispatchError::Nothing(why.reason())),
        }
    }
}

/// The schema of answers.
const SCHEMA: &str = "stagecheck.dispatched/1";
