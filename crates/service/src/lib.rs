//! What the functions of the service share.
//!
//! [`Settings`] are what the template sets, [`Message`] is what the dispatcher asks of the auditor. [`Service`] is the
//! service's own: its [`Store`], its [`Queue`], its [`Bus`], its [`Topic`]. [`Accounts`] are those that are audited. [`notice`] is what is
//! told to others, [`metric`] what is counted.

mod accounts;
mod batch;
mod bus;
mod configuration;
mod message;
pub mod metric;
pub mod notice;
mod queue;
mod secret;
mod settings;
mod topic;

use std::collections::BTreeSet;

use collect::Own;
use jiff::{SignedDuration, Timestamp};
use store::{Aws, Backend, Store, StoreError};

pub use accounts::Accounts;
pub use bus::{Bus, BusError};
pub use configuration::ConfigError;
pub use message::{Ask, Message, MessageError};
pub use queue::{Queue, QueueError};
pub use secret::{ProbeSecret, SecretError};
pub use settings::{Audited, Place, Settings, SettingsError};
pub use topic::{Topic, TopicError};

/// The service's own: where it keeps what it finds, how its functions talk to each other, whom it tells.
pub struct Service<B> {
    /// Findings and what belongs to them.
    pub store: Store<B>,
    /// The audits that wait.
    pub queue: Queue,
    /// Those who listen; nobody where no bus is set.
    pub bus: Option<Bus>,
    /// The people who are told; nobody where no topic is set.
    pub topic: Option<Topic>,
    /// What routes are asked with; nothing where no secret is named.
    pub probe_secret: Option<ProbeSecret>,
}

impl<B: Backend> Service<B> {
    /// The parts of a run over a region, as messages: each of its APIs, and what belongs to none. That the run is made of
    /// them is kept before any of them can begin. Repeated, because it failed before they were sent, it has those also that
    /// were listed then and are gone now: the run waits for them.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if that cannot be kept.
    pub async fn parts(
        &self,
        account_id: &str,
        region: &str,
        run: Timestamp,
        apis: BTreeSet<String>,
    ) -> Result<Vec<Message>, StoreError> {
        let apis = self.store.plan(account_id, region, run, &apis).await?;
        let asks = apis.into_iter().map(Ask::Audit).chain([Ask::Region]);
        Ok(asks.map(|ask| Message::of_run(ask, account_id, region, run)).collect())
    }
}

impl Service<Aws> {
    /// Opens what the settings name; nothing where they name no table.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the table cannot be read, or belongs to a later version.
    pub async fn open(settings: &Settings) -> Result<Option<Service<Aws>>, StoreError> {
        let Some(place) = &settings.place else { return Ok(None) };
        let (config, connector) = collect::other_clients(&settings.own()).await;
        let endpoint = || settings.own_endpoint_url.clone();
        let backend = Aws::new(&config, connector.clone(), &place.table, &place.bucket);
        let retention = SignedDuration::from_hours(24 * i64::from(settings.retention_days));
        let store = Store::open(backend, retention, collect::now).await?;
        let queue = Queue::new(Own::queues(&config, connector.clone(), endpoint()), &place.queue_url);
        let bus =
            place.event_bus.as_ref().map(|name| Bus::new(Own::buses(&config, connector.clone(), endpoint()), name));
        let topic = place
            .topic_arn
            .as_ref()
            .map(|arn| Topic::new(Own::topics(&config, connector.clone(), endpoint()), arn, place.notify_from));
        let secret = |arn: &String| ProbeSecret::new(Own::secrets(&config, connector, endpoint()), arn);
        Ok(Some(Service { store, queue, bus, topic, probe_secret: settings.probe_secret.as_ref().map(secret) }))
    }
}
