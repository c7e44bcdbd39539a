//! The auditor: audits what it is asked, and keeps what it finds.
//!
//! It takes messages of the queue ([`service::Message`]), each an API or what belongs to no API of a region, and answers with
//! those that failed, which then come back; and `{"apiId": …, "region": …}`, which it answers with the report and does not
//! keep. Where no table is set, it keeps nothing at all: for trying it.
//!
//! `events/` holds one of each. The second message of `audit_queue.json` is no job on purpose: it has to come back.

mod again;
mod entries;
mod event;
mod log;
mod part;
mod probe;
mod region;
mod warm;

use std::time::Duration;

use collect::{ConnectError, Known, ReadError, Scope};
use engine::report::{self, Report};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use service::{
    Accounts, Ask, BusError, ConfigError, Message, Queue, QueueError, Service, Settings, TopicError, metric,
};
use store::{Aws, StoreError};
use tokio::sync::OnceCell;

pub use crate::again::GIVEN_UP;
use crate::event::{Delivery, Event, EventError};
pub use crate::part::Work;
pub use crate::warm::Warm;

/// The function, with what it keeps between events.
pub struct Auditor {
    settings: Settings,
    accounts: Accounts,
    service: OnceCell<Option<Service<Aws>>>,
    warm: Warm,
}

/// Why an event was not answered, or a message not done with.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The event is none of the kinds that the auditor takes; the caller's to mend.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The account cannot be read at all.
    #[error("{0}; {help}", help = .0.help())]
    Connect(#[from] ConnectError),
    /// The API is not there, or nothing could be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The report cannot be written as JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue refuses.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The bus refuses.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The topic refuses.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// The configuration that the settings name cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There was not enough time, again and again.
    #[error(
        "{what} was not done in the time of {attempts} {}: give the function more time, or a larger share of the quota",
        if *attempts == 1 { "message" } else { "messages" }
    )]
    TooLong {
        /// What was asked.
        what: String,
        /// How many messages asked for it.
        attempts: u32,
    },
}

impl From<AuditError> for Diagnostic {
    fn from(error: AuditError) -> Diagnostic {
        let error_type = match &error {
            AuditError::Event(_) => "UnknownEvent",
            AuditError::Connect(_) => "CannotConnect",
            AuditError::Read(_) => "CannotRead",
            AuditError::Json(_) => "CannotWrite",
            AuditError::Store(_) => "CannotKeep",
            AuditError::Queue(_) => "CannotSend",
            AuditError::Bus(_) | AuditError::Topic(_) => "CannotTell",
            AuditError::Config(_) => "CannotConfigure",
            AuditError::TooLong { .. } => "TooLong",
        };
        Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// What is left of the invocation's time for keeping what was read.
const FOR_KEEPING: Duration = Duration::from_secs(30);

impl Auditor {
    /// A function that has not connected yet.
    pub fn new(settings: Settings) -> Auditor {
        let accounts = Accounts::new(&settings);
        Auditor { settings, accounts, service: OnceCell::new(), warm: Warm::default() }
    }

    /// Answers an event, within `left`.
    ///
    /// # Errors
    ///
    /// [`AuditError`], for events that ask for a report. A message of a batch that fails is named in the answer.
    pub async fn handle(&self, event: Value, left: Duration) -> Result<Value, AuditError> {
        match Event::parse(event)? {
            Event::Direct(message) => Ok(serde_json::to_value(Box::pin(self.report(&message)).await?)?),
            Event::Batch(deliveries) => Ok(Box::pin(self.batch(deliveries, left)).await),
        }
    }

    /// Does what messages of the queue ask, and names those that failed.
    async fn batch(&self, deliveries: Vec<Delivery>, left: Duration) -> Value {
        let begin = std::time::Instant::now();
        let (mut failures, mut stubborn) = (Vec::new(), 0);
        for delivery in deliveries {
            let left = left.saturating_sub(begin.elapsed()).saturating_sub(FOR_KEEPING);
            let outcome = match &delivery.message {
                Ok(message) => Box::pin(self.message(message, left)).await,
                Err(error) => Err(error.clone().into()),
            };
            if let Err(error) = outcome {
                tracing::error!(message.id = delivery.id, times = delivery.times, "message not done with: {error}");
                Box::pin(self.comes_back(&delivery)).await;
                failures.push(json!({ "itemIdentifier": delivery.id }));
                stubborn += usize::from(again::is_stubborn(delivery.times));
            }
        }
        metric::log(&metric::messages(collect::now(), failures.len(), stubborn));
        json!({ "batchItemFailures": failures })
    }

    /// Has a message that failed come back soon, also where it failed because the store cannot be opened.
    async fn comes_back(&self, delivery: &Delivery) {
        match self.service.get() {
            Some(Some(service)) => again::soon(&service.queue, delivery).await,
            Some(None) => {}
            None => {
                if let Some(queue) = Queue::open(&self.settings).await {
                    again::soon(&queue, delivery).await;
                }
            }
        }
    }

    /// Does what a message asks, and keeps what comes of it.
    async fn message(&self, message: &Message, left: Duration) -> Result<(), AuditError> {
        let service = self.service.get_or_try_init(|| Service::open(&self.settings)).await?;
        if let Some(service) = service {
            let Auditor { settings, accounts, warm, .. } = self;
            return Work { settings, accounts, service, warm }.take(message, left).await;
        }
        // Nothing is kept: the findings are in the log.
        if let Ask::Audit(_) = message.ask {
            match self.report(message).await {
                // An API that is gone by now will not come back, however often the message does.
                Err(AuditError::Read(error @ ReadError::UnknownApi { .. })) => {
                    tracing::warn!("nothing to audit: {error}");
                }
                other => drop(other?),
            }
        }
        Ok(())
    }

    async fn report(&self, message: &Message) -> Result<Report, AuditError> {
        let account = self.accounts.get(message.account_id.as_deref()).await?;
        let regions = message.region.iter().cloned().collect();
        let scope = Scope { apis: message.api().map(str::to_owned).into_iter().collect(), regions, ..Scope::default() };
        let snapshots = account.read(&scope, &Known::default(), &collect::now, &|_| {}).await?;
        let report = report::audit(&snapshots, &|_| true);
        log::report(&report);
        Ok(report)
    }
}
