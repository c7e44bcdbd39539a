//! What was read of an account to explain one request: nothing at first, then what the causes ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::observed::{NotRead, Observed, Why};
pub use crate::reads::Read;
use crate::snapshot::Api;

/// What was read so far. `Known(None)` means that the service says that there is no such thing.
///
/// Answers may hold the values of API keys and the secrets of clients: what is printed of it are the reads alone.
#[derive(Clone)]
pub struct Facts<'s> {
    /// The account's twelve digits; empty where there is no account to read.
    pub account_id: String,
    /// The region that is read.
    pub region: String,
    /// The other regions that are read, if any are.
    pub other_regions: Vec<String>,
    /// The present.
    pub now: Timestamp,
    apis: BTreeMap<String, Observed<Option<Cow<'s, Api>>>>,
    answers: BTreeMap<Read, Observed<Option<Cow<'s, Value>>>>,
}

impl<'s> Facts<'s> {
    /// Nothing yet.
    pub fn new(account_id: impl Into<String>, region: impl Into<String>, now: Timestamp) -> Facts<'s> {
        let (account_id, region) = (account_id.into(), region.into());
        Facts { account_id, region, other_regions: Vec::new(), now, apis: BTreeMap::new(), answers: BTreeMap::new() }
    }

    /// Keeps an API.
    pub fn keep_api(&mut self, id: impl Into<String>, api: Observed<Option<Api>>) {
        self.apis.insert(id.into(), api.map(|api| api.map(Cow::Owned)));
    }

    /// Lends an API that somebody else keeps.
    pub fn lend_api(&mut self, api: &'s Api) {
        self.apis.insert(api.id.clone(), Observed::Known(Some(Cow::Borrowed(api))));
    }

    /// The API of an id, to add what its deployments hold.
    pub fn api_mut(&mut self, id: &str) -> Option<&mut Api> {
        match self.apis.get_mut(id)? {
            Observed::Known(api) => api.as_mut().map(Cow::to_mut),
            Observed::NotRead(_) => None,
        }
    }

    /// Keeps an answer.
    pub fn keep(&mut self, read: Read, answer: Observed<Option<Value>>) {
        self.answers.insert(read, answer.map(|answer| answer.map(Cow::Owned)));
    }

    /// Lends an answer that somebody else keeps.
    pub fn lend(&mut self, read: Read, answer: Observed<Option<&'s Value>>) {
        self.answers.insert(read, answer.map(|answer| answer.map(Cow::Borrowed)));
    }

    /// An API, if it was asked for.
    pub fn api(&self, id: &str) -> Option<Result<Option<&Api>, &NotRead>> {
        Some(self.apis.get(id)?.known().map(Option::as_deref))
    }

    /// Every API that was read.
    pub fn apis(&self) -> impl Iterator<Item = &Api> {
        self.apis.values().filter_map(|api| api.ok()?.as_deref())
    }

    /// An answer, if it was asked for.
    pub fn answer(&self, read: &Read) -> Option<Result<Option<&Value>, &NotRead>> {
        Some(self.answers.get(read)?.known().map(Option::as_deref))
    }

    /// What was asked for and could not be read, in the order of the calls' names.
    pub fn not_read(&self) -> Vec<&NotRead> {
        self.not_read_but(|_| false)
    }

    /// The same, but for some reads.
    pub fn not_read_but(&self, is_left_out: impl Fn(&Read) -> bool) -> Vec<&NotRead> {
        let apis = self.apis.values().filter_map(|api| api.known().err());
        let parts = self.apis().flat_map(|api| {
            let deployed = api.deployed.values();
            let deployed = deployed.flat_map(|held| [held.summary.known().err(), held.export.known().err()]).flatten();
            deployed.chain(api.stages.known().err())
        });
        let answers = self.answers.iter().filter(|(read, _)| !is_left_out(read));
        let answers = answers.filter_map(|(_, answer)| answer.known().err());
        let mut all: Vec<&NotRead> = apis.chain(parts).chain(answers).filter(|why| why.why != Why::NotNeeded).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { account_id, region, other_regions, now, apis, answers } = self;
        f.debug_struct("Facts")
            .field("account_id", account_id)
            .field("region", region)
            .field("other_regions", other_regions)
            .field("now", now)
            .field("apis", &apis.keys())
            .field("answers", &answers.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_what_was_read_and_not_what_came_back() {
        let mut facts = Facts::new("111122223333", "eu-west-1", Timestamp::UNIX_EPOCH);
        let keys = json!({ "items": [{ "id": "k", "value": "s3cr3t" }] });
        facts.keep(Read::ApiKeys, Observed::Known(Some(keys)));
        let printed = format!("{facts:?}");
        assert!(printed.contains("ApiKeys") && !printed.contains("s3cr3t"), "{printed}");
    }
}
