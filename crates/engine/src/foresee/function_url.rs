//! Requests to the URLs of the functions that the APIs call.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::arn::FunctionName;
use crate::exchange::url::Url;
use crate::finding::Resource;
use crate::observed::Observed;
use crate::reads::Read;
use crate::snapshot::Snapshot;

use super::Of;
use super::request::{Foreseen, exchange};

/// Of which functions it has to be read whether they have a URL. Nothing of an API refers to it, so that it is asked where
/// everything is looked at, and not where single APIs are.
pub(super) fn wanted(snapshot: &Snapshot) -> BTreeSet<Read> {
    let names = if snapshot.complete { names(snapshot) } else { BTreeSet::new() };
    names.into_iter().map(|name| Read::FunctionUrl(name.to_owned())).collect()
}

/// The names of the region's own functions that the APIs call. The URLs of aliases are not looked at.
pub(super) fn names(snapshot: &Snapshot) -> BTreeSet<&str> {
    let own = snapshot.functions.iter().filter(|function| {
        let FunctionName { region, account_id, .. } = &function.name;
        let is_there = !matches!(function.configuration, Observed::Known(None));
        is_there && *region == snapshot.region && *account_id == snapshot.account_id
    });
    own.map(|function| function.name.name.as_str()).collect()
}

/// Shows the requests.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    for answer in &snapshot.answers {
        let (Read::FunctionUrl(name), Observed::Known(Some(own))) = (&answer.read, &answer.answer) else { continue };
        let url = own.get("FunctionUrl").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
        let Some(url) = url else { continue };
        let function = FunctionName {
            region: snapshot.region.clone(),
            account_id: snapshot.account_id.clone(),
            name: name.clone(),
            qualifier: None,
        };
        see(&Foreseen {
            of: Of::FunctionUrls,
            kind: None,
            resource: Resource::function(snapshot, &function),
            word: format!("the URL of {name}"),
            exchange: exchange("GET", url.host, "/".to_owned(), Vec::new()),
        });
    }
}
