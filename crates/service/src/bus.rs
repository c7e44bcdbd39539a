//! The bus of notices: EventBridge.

use collect::Own;
use engine::observed::NotRead;
use serde_json::{Map, Value, json};

use crate::batch::{Batch, Left};
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

    async fn put(&self, entries: Vec<Value>) -> Result<(), BusError> {
        let call = ("events:PutEvents", "PutEvents");
        let batch = Batch { own: &self.own, call, resource: &self.name, parameters: Map::new(), refused };
        match batch.send(entries).await.map_err(BusError::Refused)? {
            None => Ok(()),
            Some(Left { count, why }) => Err(BusError::Some { count, bus: self.name.clone(), why }),
        }
    }
}

/// Why an entry was refused, if it was: the answers stand in the order of the entries.
fn refused(answer: &Value, number: usize, _entry: &Value) -> Option<String> {
    answer.get("Entries")?.get(number)?.get("ErrorCode")?.as_str().map(str::to_owned)
}
