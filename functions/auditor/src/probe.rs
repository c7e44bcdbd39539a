//! Asking the routes of an API that are opted in, as `stagecheck verify` does: only where the template's `ProbePolicy` allows it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use collect::Account;
use collect::send::Own;
use config::Config;
use engine::health::Probed;
use engine::probe::{self, Entry, Plan, Verified};
use engine::snapshot::Snapshot;
use store::Backend;
use tokio::time::{Instant, timeout_at};

use crate::part::Work;

impl<B: Backend> Work<'_, B> {
    /// Asks what is opted in of the API in a snapshot, one route after the other as long as there is time, and gives the checks
    /// what functions answered. Nothing is asked twice of one message; what was not asked is in the log.
    pub(crate) async fn probe(&self, account: &Account, config: &Config, snapshot: &mut Snapshot, left: Duration) {
        if !self.settings.may_probe {
            return;
        }
        let deadline = Instant::now() + left;
        let secrets = timeout_at(deadline, self.secrets(config)).await.unwrap_or_default();
        let entries = entries(config, &secrets);
        let snapshots = std::slice::from_ref(&*snapshot);
        let Plan { probes, not_asked } = probe::plan(snapshots, &entries, &|_| true, false);
        for gap in not_asked {
            tracing::warn!("not asked: {}: {}", gap.what, gap.why);
        }
        let own = Own::of(snapshots);
        let mut probed: Vec<Probed> = Vec::new();
        let all = probes.len();
        for (asked, probe) in probes.into_iter().enumerate() {
            let one = Plan { probes: vec![probe], not_asked: Vec::new() };
            let Ok(told) = timeout_at(deadline, account.probe(&one, &own, &collect::now)).await else {
                tracing::warn!(asked, all, "not asked: there was no time for the routes that are left");
                break;
            };
            for (verified, answers) in told {
                log(&verified);
                probed.extend(answers);
            }
        }
        if let Some(health) = &mut snapshot.health {
            health.probed.extend(probed);
        }
    }

    /// What the entries name as variables. It is read where an entry names one, and anew each time: it may have been changed.
    async fn secrets(&self, config: &Config) -> BTreeMap<String, String> {
        let is_named = Cell::new(false);
        let note = |_: &str| {
            is_named.set(true);
            None
        };
        config.each_entry(&note).for_each(drop);
        let Some(secret) = self.service.probe_secret.as_ref().filter(|_| is_named.get()) else {
            return BTreeMap::new();
        };
        let read = secret.read().await;
        read.inspect_err(|error| tracing::warn!("not asked: routes that need a secret: {error}")).unwrap_or_default()
    }
}

/// The entries that can be asked. One that names what the secret does not hold is not: the same configuration may be for the command
/// line, too. The function's own variables are none of its: its credentials are among them.
fn entries(config: &Config, secrets: &BTreeMap<String, String>) -> Vec<Entry> {
    let variable = |name: &str| secrets.get(name).cloned();
    let read = config.each_entry(&variable);
    read.filter_map(|entry| entry.map_err(|error| tracing::warn!("not asked: {error}; {}", error.help)).ok()).collect()
}

/// What a route's answers come to. Neither values of bodies nor of headers are in it.
fn log(verified: &Verified) {
    let (stage, path) = (verified.resource.stage.as_deref(), verified.resource.path.as_deref());
    let (stage, path) = (stage.unwrap_or_default(), path.unwrap_or_default());
    for problem in &verified.problems {
        tracing::warn!(stage, path, severity = problem.severity.name(), "{}", problem.message);
    }
    for side in verified.sides() {
        if let Some(why) = &side.not_asked {
            tracing::warn!(stage, path, source = side.source, "not asked: {why}");
        }
    }
}
