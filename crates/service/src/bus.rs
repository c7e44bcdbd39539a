//! The bus of notices: EventBridge.

use std::time::Duration;

use collect::Own;
use engine::observed::NotRead;
use serde_json::{Map, Value, json};

use crate::notice::Notice;

/// The bus of notices.
pub struct Bus {
    own: Own,
    name: String,
}

/// Why notices were not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The bus refuses them, or cannot be reached.
    #[error("{}", .0.reason())]
    Refused(NotRead),
    /// Some of them were refused, again and again.
    #[error("{count} notices were refused by the bus {bus}: {why}")]
    Some {
        /// How many.
        count: usize,
        /// The bus.
        bus: String,
        /// What was answered.
        why: String,
    },
}

/// How many notices one call takes (EventBridge's `PutEvents`).
const TOGETHER: usize = 10;

/// How many bytes the details of one call may have. EventBridge's limit is 256 kB for all of it.
const LARGEST: usize = 200_000;

/// How often notices are sent that were refused one by one.
const ATTEMPTS: u32 = 4;

impl Bus {
    /// The bus of a name, or with an ARN.
    pub fn new(own: Own, name: &str) -> Bus {
        Bus { own, name: name.to_owned() }
    }

    /// Tells notices. Some may be told twice, if an answer was lost.
    ///
    /// # Errors
    ///
    /// [`BusError`]. Some of them may have been told nevertheless.
    pub async fn tell(&self, notices: &[Notice]) -> Result<(), BusError> {
        let mut together: Vec<Value> = Vec::new();
        let mut size = 0;
        for notice in notices {
            let detail = notice.detail();
            if !together.is_empty() && (together.len() == TOGETHER || size + detail.len() > LARGEST) {
                self.put(std::mem::take(&mut together)).await?;
                size = 0;
            }
            size += detail.len();
            together.push(json!({
                "EventBusName": self.name, "Source": "stagecheck", "DetailType": notice.kind(), "Detail": detail,
            }));
        }
        if together.is_empty() { Ok(()) } else { self.put(together).await }
    }

    async fn put(&self, mut entries: Vec<Value>) -> Result<(), BusError> {
        let mut attempt = 1;
        loop {
            let mut parameters = Map::new();
            parameters.insert("Entries".to_owned(), Value::from(entries.clone()));
            let call = ("events:PutEvents", "PutEvents");
            let answer = self.own.call(call, &self.name, parameters).await.map_err(BusError::Refused)?;
            let told = answer.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
            // The answers stand in the order of the entries.
            let why: Vec<Option<&str>> = told.iter().map(|own| own.get("ErrorCode").and_then(Value::as_str)).collect();
            let refused = why.iter().flatten().next().map(|code| (*code).to_owned());
            let failed = entries.into_iter().zip(&why).filter(|(_, why)| why.is_some()).map(|(entry, _)| entry);
            entries = failed.collect();
            let Some(why) = refused else { return Ok(()) };
            if attempt == ATTEMPTS {
                return Err(BusError::Some { count: entries.len(), bus: self.name.clone(), why });
            }
            tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }
}
