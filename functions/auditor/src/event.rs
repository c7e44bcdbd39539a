//! What the auditor is asked.

use serde::Deserialize;
use serde_json::Value;

/// What the auditor is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// One API.
    Api(Job),
    /// A batch of the queue.
    Batch(Vec<Message>),
    /// Everything, because it is time.
    Schedule,
}

/// One API to audit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    /// The API's id or name.
    pub(crate) api_id: String,
    /// Its region; the function's own where it is left out.
    pub(crate) region: Option<String>,
}

/// A message of the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The id under which SQS is told that the message failed.
    pub(crate) id: String,
    /// The API that it names.
    pub(crate) job: Result<Job, EventError>,
}

/// An event that makes no sense; the caller's to mend. What it holds is not repeated: it may be anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is none of the kinds that the auditor takes.
    #[error("unknown event: send {{\"apiId\": …, \"region\": …}}, a message of the queue, or the schedule's event")]
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
}

impl Event {
    pub(crate) fn parse(event: Value) -> Result<Event, EventError> {
        let field = |name: &str| event.get(name);
        if let Some(records) = field("Records") {
            let records = Vec::<Record>::deserialize(records).map_err(|_| EventError::Unknown)?;
            let message = |record: Record| {
                let job = serde_json::from_str(&record.body).map_err(|error| EventError::Job(error.to_string()));
                Message { id: record.message_id, job }
            };
            return Ok(Event::Batch(records.into_iter().map(message).collect()));
        }
        if field("apiId").is_some() {
            return Job::deserialize(&event).map(Event::Api).map_err(|error| EventError::Job(error.to_string()));
        }
        let is_schedule = field("source").is_some_and(|source| source == "aws.events" || source == "aws.scheduler");
        if is_schedule { Ok(Event::Schedule) } else { Err(EventError::Unknown) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn orders() -> Job {
        Job { api_id: "a1b2c3d4e5".to_owned(), region: Some("eu-west-1".to_owned()) }
    }

    #[test]
    fn knows_the_three_kinds() {
        let api = json!({ "apiId": "a1b2c3d4e5", "region": "eu-west-1" });
        assert_eq!(Event::parse(api.clone()), Ok(Event::Api(orders())));
        assert_eq!(Event::parse(json!({ "source": "aws.events", "detail": {} })), Ok(Event::Schedule));
        let batch =
            json!({ "Records": [{ "messageId": "m1", "body": api.to_string() }, { "messageId": "m2", "body": "{}" }] });
        let Ok(Event::Batch(messages)) = Event::parse(batch) else { panic!("a batch") };
        assert_eq!(messages[0], Message { id: "m1".to_owned(), job: Ok(orders()) });
        assert_eq!(
            messages[1].job.clone().unwrap_err().to_string(),
            "the event does not name an API: missing field `apiId` at line 1 column 2"
        );
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for event in [json!({}), json!(null), json!([1]), json!({ "Records": 1 }), json!({ "source": "aws.s3" })] {
            assert_eq!(Event::parse(event.clone()), Err(EventError::Unknown), "{event}");
        }
        assert!(matches!(Event::parse(json!({ "apiId": 1 })), Err(EventError::Job(_))));
    }
}
