//! What the dispatcher is told.

use engine::reconcile::to_the_second;
use engine::trail;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use service::{Ask, Message};

/// What the dispatcher is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is time: the run of this moment.
    Schedule(Timestamp),
    /// Somebody wrote on API Gateway.
    Change(Change),
    /// Somebody asks for an audit of everything.
    AuditAll,
    /// Somebody asks for an audit of one API.
    Audit(Message),
}

/// A write on API Gateway, as CloudTrail tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The account's twelve digits.
    pub(crate) account_id: String,
    /// The region.
    pub(crate) region: String,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The API that it wrote on, if it was one.
    pub(crate) api_id: Option<String>,
    /// Whether it made a deployment.
    pub(crate) is_deployment: bool,
}

/// An event that makes no sense; the caller's to mend. What it holds is not repeated: it may be anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It is none of the kinds that the dispatcher takes.
    #[error("unknown event: send the schedule's event, CloudTrail's of API Gateway, or {{\"audit\": {{}}}}")]
    Unknown,
    /// It asks for an audit, and not rightly.
    #[error("the event does not say what is to be audited: {0}")]
    Audit(String),
}

#[derive(Deserialize)]
struct FromEventBridge {
    source: String,
    time: Timestamp,
    #[serde(default)]
    account: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    detail: Value,
}

impl Event {
    /// What an event says; nothing of one that says that nothing was changed.
    pub(crate) fn parse(event: &Value) -> Result<Option<Event>, EventError> {
        if let Some(asked) = event.get("audit") {
            return asked_for(asked).map(Some);
        }
        let event = FromEventBridge::deserialize(event).map_err(|_| EventError::Unknown)?;
        match event.source.as_str() {
            "aws.events" | "aws.scheduler" => Ok(Some(Event::Schedule(to_the_second(event.time)))),
            "aws.apigateway" => Ok(changed(&event).map(Event::Change)),
            _ => Err(EventError::Unknown),
        }
    }
}

/// `{}` and `"all"` are everything; otherwise it is a message's content.
fn asked_for(asked: &Value) -> Result<Event, EventError> {
    let is_empty = asked.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty || asked == "all" {
        return Ok(Event::AuditAll);
    }
    let message = Message::deserialize(asked).map_err(|error| EventError::Audit(error.to_string()))?;
    match message.ask {
        Ask::Audit(_) => Ok(Event::Audit(message)),
        Ask::Baseline(_) | Ask::Region => Err(EventError::Audit("only audits of APIs can be asked for".to_owned())),
    }
}

fn changed(event: &FromEventBridge) -> Option<Change> {
    let text = |name: &str| event.detail.get(name).and_then(Value::as_str);
    // What was refused, or only read, changed nothing.
    if text("errorCode").is_some() || event.detail.get("readOnly").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    Some(Change {
        account_id: event.account.clone(),
        region: text("awsRegion").unwrap_or(&event.region).to_owned(),
        at: text("eventTime").and_then(|time| time.parse().ok()).unwrap_or(event.time),
        api_id: trail::written_api(&event.detail).map(str::to_owned),
        is_deployment: text("eventName") == Some("CreateDeployment"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trail(name: &str, parameters: Value, answer: Value) -> Value {
        json!({
            "source": "aws.apigateway", "detail-type": "AWS API Call via CloudTrail", "account": "111122223333",
            "region": "eu-west-1", "time": "2026-10-10T12:03:04Z",
            "detail": {
                "eventSource": "apigateway.amazonaws.com", "eventName": name, "eventTime": "2026-10-10T12:00:00Z",
                "awsRegion": "eu-west-1", "readOnly": false, "requestParameters": parameters, "responseElements": answer,
            },
        })
    }

    #[test]
    fn knows_the_kinds() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        for source in ["aws.events", "aws.scheduler"] {
            let event = json!({ "source": source, "time": "2026-10-10T12:00:00.9Z", "detail": {} });
            assert_eq!(Event::parse(&event), Ok(Some(Event::Schedule(time("2026-10-10T12:00:00Z")))));
        }
        for all in [json!({ "audit": {} }), json!({ "audit": "all" })] {
            assert_eq!(Event::parse(&all), Ok(Some(Event::AuditAll)));
        }
        let one = Event::parse(&json!({ "audit": { "apiId": "a1", "region": "eu-west-1" } })).unwrap().unwrap();
        let Event::Audit(message) = one else { panic!("{one:?}") };
        assert_eq!((message.api(), message.region.as_deref()), (Some("a1"), Some("eu-west-1")));
    }

    #[test]
    fn a_write_names_its_api() {
        for (name, parameters, answer, api, is_deployment) in [
            ("UpdateMethod", json!({ "restApiId": "a1" }), json!({}), Some("a1"), false),
            ("CreateDeployment", json!({ "restApiId": "a1" }), json!({ "id": "d1" }), Some("a1"), true),
            ("CreateDeployment", json!({ "apiId": "h1" }), json!({ "deploymentId": "d1" }), Some("h1"), true),
            ("DeleteRestApi", json!({ "restApiId": "a1" }), Value::Null, Some("a1"), false),
            (
                "CreateRestApi",
                json!({ "createRestApiInput": { "name": "n" } }),
                json!({ "id": "a2" }),
                Some("a2"),
                false,
            ),
            ("ImportApi", json!({}), json!({ "apiId": "h2" }), Some("h2"), false),
            ("UpdateUsagePlan", json!({ "usageplanId": "p" }), json!({ "id": "p" }), None, false),
        ] {
            let Ok(Some(Event::Change(change))) = Event::parse(&trail(name, parameters, answer)) else {
                panic!("{name}")
            };
            assert_eq!((change.api_id.as_deref(), change.is_deployment), (api, is_deployment), "{name}");
            assert_eq!(change.at.to_string(), "2026-10-10T12:00:00Z");
        }
    }

    #[test]
    fn what_changed_nothing_is_left_alone_and_what_is_unknown_refused() {
        let mut refused = trail("UpdateMethod", json!({ "restApiId": "a1" }), Value::Null);
        refused["detail"]["errorCode"] = json!("AccessDenied");
        let mut read = trail("GetRestApis", json!({}), Value::Null);
        read["detail"]["readOnly"] = json!(true);
        assert_eq!((Event::parse(&refused), Event::parse(&read)), (Ok(None), Ok(None)));
        for event in [json!({}), json!(null), json!({ "source": "aws.s3", "time": "2026-10-10T12:00:00Z" })] {
            assert_eq!(Event::parse(&event), Err(EventError::Unknown), "{event}");
        }
        for audit in [json!(1), json!({ "region": "eu-west-1" }), json!({ "apiId": "a", "ask": "baseline" })] {
            assert!(matches!(Event::parse(&json!({ "audit": audit })), Err(EventError::Audit(_))));
        }
    }
}
