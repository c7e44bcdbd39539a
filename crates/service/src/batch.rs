//! Calls that take several entries and may refuse some of them.

use std::time::Duration;

use collect::Own;
use engine::observed::NotRead;
use serde_json::{Map, Value};

/// How often entries are sent that were refused one by one.
const ATTEMPTS: u32 = 4;

/// A call that takes several entries.
pub(crate) struct Batch<'a> {
    /// The service.
    pub(crate) own: &'a Own,
    /// The call by its permission and its name.
    pub(crate) call: (&'static str, &'static str),
    /// What it is made on.
    pub(crate) resource: &'a str,
    /// What it takes besides `Entries`.
    pub(crate) parameters: Map<String, Value>,
    /// Why an entry was refused, if it was: by the answer, the entry's number and the entry.
    pub(crate) refused: fn(&Value, usize, &Value) -> Option<String>,
}

/// Entries that were refused, again and again.
pub(crate) struct Left {
    /// How many.
    pub(crate) count: usize,
    /// Why the first of them was.
    pub(crate) why: String,
}

impl Batch<'_> {
    /// Sends entries until all of them are taken; those that are refused again and again are left.
    ///
    /// # Errors
    ///
    /// Why the call was not made, or not answered.
    pub(crate) async fn send(&self, mut entries: Vec<Value>) -> Result<Option<Left>, NotRead> {
        let mut attempt = 1;
        loop {
            let mut parameters = self.parameters.clone();
            parameters.insert("Entries".to_owned(), Value::from(entries.clone()));
            let answer = self.own.call(self.call, self.resource, parameters).await?;
            let refused = |(number, entry): (usize, Value)| Some(((self.refused)(&answer, number, &entry)?, entry));
            let (why, failed): (Vec<String>, Vec<Value>) = entries.into_iter().enumerate().filter_map(refused).unzip();
            let Some(why) = why.into_iter().next() else { return Ok(None) };
            if attempt == ATTEMPTS {
                return Ok(Some(Left { count: failed.len(), why }));
            }
            entries = failed;
            tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
            attempt += 1;
        }
    }
}
