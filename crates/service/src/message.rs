//! What the dispatcher asks of the auditor: the messages of the queue.

use engine::reconcile::to_the_second;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that is asked of the auditor. In JSON `{"apiId": …, "region": …, "accountId": …, "run": …, "ask": "audit"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Message {
    /// What is asked.
    pub ask: Ask,
    /// The account's twelve digits; the function's own account where it is left out.
    pub account_id: Option<String>,
    /// The region; the function's own where it is left out.
    pub region: Option<String>,
    /// The time that the run is scheduled for, to the second. A repetition has the same. Where it is left out, the message is
    /// a run of its own.
    pub run: Option<Timestamp>,
    /// How many messages before this one asked the same, and were not done with it.
    pub continued: u32,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// An audit of an API, by its id or name.
    Audit(String),
    /// The baseline of an API's newest deployment.
    Baseline(String),
    /// What belongs to no API of the region, and the end of the run.
    Region,
}

/// A message that asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It names no API, and is not of a region.
    #[error("it names no API")]
    NoApi,
    /// It is of a region, and names an API, or no region or no run.
    #[error("it asks for a region, and does not say of which and of which run, or names an API")]
    Region,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Audit,
    Baseline,
    Region,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<Timestamp>,
    #[serde(default)]
    ask: Kind,
    #[serde(default, skip_serializing_if = "is_first")]
    continued: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_first(continued: &u32) -> bool {
    *continued == 0
}

impl TryFrom<Form> for Message {
    type Error = MessageError;

    fn try_from(form: Form) -> Result<Message, MessageError> {
        let Form { api_id, region, account_id, run, ask, continued } = form;
        let api_id = api_id.filter(|id| !id.is_empty());
        let ask = match (ask, api_id) {
            (Kind::Region, None) if region.is_some() && run.is_some() => Ask::Region,
            (Kind::Region, _) => return Err(MessageError::Region),
            (_, None) => return Err(MessageError::NoApi),
            (Kind::Audit, Some(id)) => Ask::Audit(id),
            (Kind::Baseline, Some(id)) => Ask::Baseline(id),
        };
        Ok(Message { ask, account_id, region, run: run.map(to_the_second), continued })
    }
}

impl From<Message> for Form {
    fn from(message: Message) -> Form {
        let Message { ask, account_id, region, run, continued } = message;
        let (ask, api_id) = match ask {
            Ask::Audit(id) => (Kind::Audit, Some(id)),
            Ask::Baseline(id) => (Kind::Baseline, Some(id)),
            Ask::Region => (Kind::Region, None),
        };
        Form { api_id, region, account_id, run, ask, continued }
    }
}

impl Message {
    /// What is asked of a run, in an account and a region.
    pub fn of_run(ask: Ask, account_id: &str, region: &str, run: Timestamp) -> Message {
        let (account_id, region) = (Some(account_id.to_owned()), Some(region.to_owned()));
        Message { ask, account_id, region, run: Some(run), continued: 0 }
    }

    /// The same once more, for what was not done.
    #[must_use]
    pub fn again(&self) -> Message {
        Message { continued: self.continued + 1, ..self.clone() }
    }

    /// The API that it names.
    pub fn api(&self) -> Option<&str> {
        match &self.ask {
            Ask::Audit(id) | Ask::Baseline(id) => Some(id),
            Ask::Region => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_message_is_written_as_it_is_read() {
        for text in [
            r#"{"apiId":"a1","region":"eu-west-1","ask":"audit"}"#,
            r#"{"apiId":"a1","region":"eu-west-1","accountId":"111122223333","run":"2026-10-10T12:00:00Z","ask":"baseline"}"#,
            r#"{"region":"eu-west-1","accountId":"111122223333","run":"2026-10-10T12:00:00Z","ask":"region","continued":3}"#,
        ] {
            assert_eq!(serde_json::to_string(&parse(text).unwrap()).unwrap(), text);
        }
        let short = parse(r#"{"apiId":"a1"}"#).unwrap();
        assert_eq!((short.ask, short.run, short.continued), (Ask::Audit("a1".to_owned()), None, 0));
        let exact = parse(r#"{"apiId":"a1","run":"2026-10-10T12:00:00.987Z"}"#).unwrap();
        assert_eq!(exact.run.unwrap().to_string(), "2026-10-10T12:00:00Z");
    }

    #[test]
    fn what_asks_for_nothing_is_refused() {
        for (text, expected) in [
            ("{}", "it names no API"),
            (r#"{"apiId":""}"#, "it names no API"),
            (r#"{"ask":"baseline","region":"eu-west-1"}"#, "it names no API"),
            (r#"{"ask":"region"}"#, "it asks for a region"),
            (
                r#"{"ask":"region","region":"eu-west-1","run":"2026-10-10T12:00:00Z","apiId":"a"}"#,
                "it asks for a region",
            ),
            (r#"{"apiId":"a","ask":"delete"}"#, "unknown variant `delete`"),
            ("this is no job", "expected"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
