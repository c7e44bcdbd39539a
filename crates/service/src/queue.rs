//! The queue of audits.

use std::time::Duration;

use collect::Own;
use engine::observed::NotRead;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

use crate::message::Message;

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

/// How often messages are sent that were refused one by one.
const ATTEMPTS: u32 = 4;

impl Queue {
    /// The queue with a URL.
    pub fn new(own: Own, url: &str) -> Queue {
        Queue { own, url: url.to_owned() }
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

    async fn together(&self, messages: &[Message], after: Duration) -> Result<(), QueueError> {
        let mut entries = Vec::with_capacity(messages.len());
        for (number, message) in messages.iter().enumerate() {
            let body = serde_json::to_string(message).map_err(|error| QueueError::Json(error.to_string()))?;
            entries.push(json!({ "Id": number.to_string(), "MessageBody": body, "DelaySeconds": after.as_secs() }));
        }
        let mut attempt = 1;
        loop {
            let mut parameters = Map::new();
            parameters.insert("QueueUrl".to_owned(), Value::from(self.url.clone()));
            parameters.insert("Entries".to_owned(), Value::from(entries.clone()));
            let call = ("sqs:SendMessage", "SendMessageBatch");
            let answer = self.own.call(call, &self.url, parameters).await.map_err(QueueError::Refused)?;
            let failed = answer.get("Failed").and_then(Value::as_array).cloned().unwrap_or_default();
            let is_failed = |entry: &Value| failed.iter().any(|own| own.get("Id") == entry.get("Id"));
            entries.retain(is_failed);
            if entries.is_empty() {
                return Ok(());
            }
            if attempt == ATTEMPTS {
                let why = failed.first().and_then(|own| own.get("Code")?.as_str()).unwrap_or("no code").to_owned();
                return Err(QueueError::Some { count: entries.len(), url: self.url.clone(), why });
            }
            tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }
}
