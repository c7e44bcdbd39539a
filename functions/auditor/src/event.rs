//! What the auditor is asked.

use serde::Deserialize;
use serde_json::Value;
use service::Message;

/// What the auditor is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// One API, by whoever waits for the report.
    Direct(Message),
    /// A batch of the queue.
    Batch(Vec<Delivery>),
}

/// A message of the queue, as it was delivered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The id under which SQS is told that the message failed.
    pub(crate) id: String,
    /// The handle by which the queue knows this delivery; none of one that was made by hand.
    pub(crate) receipt: Option<String>,
    /// How often the queue has delivered it, this time included.
    pub(crate) times: u32,
    /// What it asks.
    pub(crate) message: Result<Message, EventError>,
}

/// An event that makes no sense; the caller's to mend. What it holds is not repeated: it may be anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is none of the kinds that the auditor takes.
    #[error(
        "unknown event: send {{\"apiId\": …, \"region\": …}} or messages of the queue; the schedule's is the dispatcher's"
    )]
    Unknown,
    /// It names an API, and not rightly.
    #[error("the event does not name an API: {0}")]
    Job(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
    receipt_handle: Option<String>,
    #[serde(default)]
    attributes: Attributes,
}

/// What SQS says of a message: numbers as texts.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    approximate_receive_count: Option<String>,
}

impl Event {
    pub(crate) fn parse(event: Value) -> Result<Event, EventError> {
        if let Some(records) = event.get("Records") {
            let records = Vec::<Record>::deserialize(records).map_err(|_| EventError::Unknown)?;
            let delivery = |record: Record| {
                let message = serde_json::from_str(&record.body).map_err(|error| EventError::Job(error.to_string()));
                let times =
                    record.attributes.approximate_receive_count.and_then(|count| count.parse().ok()).unwrap_or(1);
                Delivery { id: record.message_id, receipt: record.receipt_handle, times, message }
            };
            return Ok(Event::Batch(records.into_iter().map(delivery).collect()));
        }
        if event.get("apiId").is_none() {
            return Err(EventError::Unknown);
        }
        Message::deserialize(&event).map(Event::Direct).map_err(|error| EventError::Job(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use service::Ask;

    use super::*;

    fn orders() -> Message {
        let ask = Ask::Audit("a1b2c3d4e5".to_owned());
        Message { ask, account_id: None, region: Some("eu-west-1".to_owned()), run: None, continued: 0 }
    }

    #[test]
    fn knows_the_kinds() {
        let api = json!({ "apiId": "a1b2c3d4e5", "region": "eu-west-1" });
        assert_eq!(Event::parse(api.clone()), Ok(Event::Direct(orders())));
        let batch = json!({ "Records": [
            { "messageId": "m1", "receiptHandle": "r1", "body": api.to_string(),
              "attributes": { "ApproximateReceiveCount": "3", "SentTimestamp": "1791633600000" } },
            { "messageId": "m2", "body": "{}" },
        ] });
        let Ok(Event::Batch(messages)) = Event::parse(batch) else { panic!("a batch") };
        let (id, receipt) = ("m1".to_owned(), Some("r1".to_owned()));
        assert_eq!(messages[0], Delivery { id, receipt, times: 3, message: Ok(orders()) });
        assert_eq!((&messages[1].receipt, messages[1].times), (&None, 1));
        assert_eq!(
            messages[1].message.clone().unwrap_err().to_string(),
            "the event does not name an API: it names no API"
        );
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let schedule = json!({ "source": "aws.events", "time": "2026-10-10T12:00:00Z", "detail": {} });
        for event in [json!({}), json!(null), json!([1]), json!({ "Records": 1 }), schedule] {
            assert_eq!(Event::parse(event.clone()), Err(EventError::Unknown), "{event}");
        }
        assert!(matches!(Event::parse(json!({ "apiId": 1 })), Err(EventError::Job(_))));
    }
}
