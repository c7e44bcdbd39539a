//! The queue of audits.

use std::time::Duration;

use collect::Own;
use engine::observed::NotRead;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

use crate::batch::{Batch, Left};
use crate::message::Message;
use crate::settings::Settings;

/// The queue of audits.
pub struct Queue {
    own: Own,
    url: String,
}

/// Why messages were not put on the queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The queue refuses them, or cannot be reached.
    #[error("{}", .0.reason())]
    Refused(NotRead),
    /// Some of them were refused, again and again.
    #[error("{count} messages were refused by the queue {url}: {why}")]
    Some {
        /// How many.
        count: usize,
        /// The queue.
        url: String,
        /// What was answered.
        why: String,
    },
    /// A message cannot be written.
    #[error("a message cannot be written as JSON: {0}")]
    Json(String),
}

/// How many messages one call takes (SQS's `SendMessageBatch`).
const TOGETHER: usize = 10;

/// How many calls are made at once.
const AT_ONCE: usize = 8;

/// The longest that a message may wait before it is shown (SQS's `DelaySeconds`).
pub(crate) const LONGEST_DELAY: Duration = Duration::from_secs(900);

impl Queue {
    /// The queue with a URL.
    pub fn new(own: Own, url: &str) -> Queue {
        Queue { own, url: url.to_owned() }
    }

    /// The queue that the settings name, if they name one: also where the store cannot be opened.
    pub async fn open(settings: &Settings) -> Option<Queue> {
        let place = settings.place.as_ref()?;
        let (config, connector) = collect::other_clients(&settings.own()).await;
        Some(Queue::new(Own::queues(&config, connector, settings.own_endpoint_url.clone()), &place.queue_url))
    }

    /// Puts messages on the queue, which shows them after a time of at most fifteen minutes. Some may be there twice, if an
    /// answer was lost.
    ///
    /// # Errors
    ///
    /// [`QueueError`]. Some of the messages may be there nevertheless.
    pub async fn send(&self, messages: &[Message], after: Duration) -> Result<(), QueueError> {
        let sends = messages.chunks(TOGETHER).map(|messages| self.together(messages, after.min(LONGEST_DELAY)));
        // Made first, they are futures that other threads may take.
        let sends: Vec<_> = sends.collect();
        stream::iter(sends).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Has a message that was received, and not done with, shown again after a time, rather than when the queue's own has
    /// passed. `receipt` is the handle that came with it.
    ///
    /// # Errors
    ///
    /// [`QueueError::Refused`]. The message is then shown when the queue's own time has passed.
    pub async fn show_after(&self, receipt: &str, after: Duration) -> Result<(), QueueError> {
        let call = ("sqs:ChangeMessageVisibility", "ChangeMessageVisibility");
        let parameters = Map::from_iter([
            ("QueueUrl".to_owned(), Value::from(self.url.clone())),
            ("ReceiptHandle".to_owned(), Value::from(receipt)),
            ("VisibilityTimeout".to_owned(), Value::from(after.as_secs())),
        ]);
        self.own.call(call, &self.url, parameters).await.map_err(QueueError::Refused)?;
        Ok(())
    }

    async fn together(&self, messages: &[Message], after: Duration) -> Result<(), QueueError> {
        let mut entries = Vec::with_capacity(messages.len());
        for (number, message) in messages.iter().enumerate() {
            let body = serde_json::to_string(message).map_err(|error| QueueError::Json(error.to_string()))?;
            entries.push(json!({ "Id": number.to_string(), "MessageBody": body, "DelaySeconds": after.as_secs() }));
        }
        let call = ("sqs:SendMessage", "SendMessageBatch");
        let parameters = Map::from_iter([("QueueUrl".to_owned(), Value::from(self.url.clone()))]);
        let batch = Batch { own: &self.own, call, resource: &self.url, parameters, refused };
        match batch.send(entries).await.map_err(QueueError::Refused)? {
            None => Ok(()),
            Some(Left { count, why }) => Err(QueueError::Some { count, url: self.url.clone(), why }),
        }
    }
}

/// Why an entry was refused, if it was: the answer names those by their ids.
fn refused(answer: &Value, _number: usize, entry: &Value) -> Option<String> {
    let mut failed = answer.get("Failed")?.as_array()?.iter();
    let own = failed.find(|own| own.get("Id") == entry.get("Id"))?;
    Some(own.get("Code").and_then(Value::as_str).unwrap_or("no code").to_owned())
}
