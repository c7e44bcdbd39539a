//! Reading what an audit's causes want to know besides what the audit reads anyway.

use engine::foresee;
use engine::observed::Observed;
use engine::reads::{Answer, Read};
use engine::report;
use engine::snapshot::Snapshot;
use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::{Network, Occasion};
use crate::{AT_ONCE, Account};

/// How often causes may want more after they were answered. None of them needs more than three answers in a row.
const ROUNDS: usize = 6;

/// Members of answers that hold secrets, or may hold them: a snapshot holds none.
const SECRETS: [&str; 3] = ["ClientSecret", "Environment", "CustomHeaders"];

impl Account {
    /// Reads what the causes want, round by round, and puts it into the snapshot. `earlier` tells what was answered before
    /// and need not be asked again.
    pub(crate) async fn answer(
        &self,
        snapshot: &mut Snapshot,
        network: &Network,
        earlier: &(dyn Fn(&Read) -> Option<Answer> + Sync),
    ) {
        let mut asks = report::asks();
        for _ in 0..ROUNDS {
            let mut wanted = foresee::wanted(snapshot, &mut asks);
            wanted.retain(|read| !read.is_lookup() || network.is_asked());
            if wanted.is_empty() {
                return;
            }
            let known: Vec<Answer> = wanted.iter().filter_map(earlier).collect();
            wanted.retain(|read| known.iter().all(|answer| answer.read != *read));
            let (region, at) = (snapshot.region.clone(), snapshot.taken_at);
            let occasion = Occasion { region: &region, at, network };
            let answers = stream::iter(wanted).map(|read| async {
                let mut answer = super::value(Ok(self), occasion, &read).await;
                if let Observed::Known(Some(value)) = &mut answer {
                    without_secrets(value);
                }
                Answer { read, answer }
            });
            let mut answers: Vec<Answer> = answers.buffer_unordered(AT_ONCE).collect().await;
            snapshot.answers.append(&mut answers);
            snapshot.answers.extend(known);
            snapshot.answers.sort_by(|a, b| a.read.cmp(&b.read));
        }
    }
}

fn without_secrets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !SECRETS.contains(&name.as_str()));
            members.values_mut().for_each(without_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(without_secrets),
        _ => {}
    }
}
