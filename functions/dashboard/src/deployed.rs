//! The dashboard in the service: what is kept in its table and bucket, audits by its queue.

use std::collections::BTreeSet;
use std::time::Duration;

use collect::facts::{self, Network, Question};
use engine::exchange::Exchange;
use engine::explain::Explanation;
use jiff::{SignedDuration, Timestamp};
use service::{Accounts, Ask, Message, Service};
use store::{Aws, RegionStatus, Store};
use web::{Begun, Refusal, Site, Wanted};

/// The dashboard in the service.
pub(crate) struct Deployed {
    pub(crate) service: Service<Aws>,
    pub(crate) accounts: Accounts,
    pub(crate) late_after: Option<SignedDuration>,
}

impl Site for Deployed {
    type Backend = Aws;

    fn store(&self) -> &Store<Aws> {
        &self.service.store
    }

    fn now(&self) -> Timestamp {
        collect::now()
    }

    fn late_after(&self) -> Option<SignedDuration> {
        self.late_after
    }

    async fn explain(&self, exchange: &Exchange, account: Option<&str>, region: Option<&str>) -> Explanation {
        let connected = self.accounts.get(account).await;
        let reason = connected.as_ref().err().map(ToString::to_string);
        let account = connected.as_ref().map(|account| &**account).map_err(|_| reason.as_deref().unwrap_or_default());
        let host = exchange.request.host();
        let first = account.ok().and_then(|account| account.regions().first()).map(String::as_str);
        let region = host.region().or(region).or(first).unwrap_or_default();
        let question = Question { exchange, region, now: self.now(), network: &Network::NotAsked };
        facts::explain(account, &question).await.0
    }

    fn can_audit(&self) -> bool {
        true
    }

    async fn audit(&self, wanted: &Wanted) -> Result<Begun, Refusal> {
        let run = self.now();
        let messages = self.messages(wanted, run).await?;
        if messages.is_empty() {
            return Err(Refusal::Impossible(NOTHING.to_owned()));
        }
        let sent = self.service.queue.send(&messages, Duration::ZERO).await;
        sent.map_err(|error| Refusal::Failed(error.to_string()))?;
        Ok(Begun { run, queued: messages.len() })
    }
}

/// Why nothing can be asked for: what is shown may be of accounts and regions that are not audited any more.
const NOTHING: &str = "none of it is in the accounts and regions that the service audits, or none was audited yet; the \
                       schedule begins with it, and the template's parameters Accounts and Regions say what they are";

impl Deployed {
    /// One message for each API that is known of what is wanted, or was listed, and is still to be audited, and one for what belongs to none.
    /// What was never listed, the schedule finds.
    async fn messages(&self, wanted: &Wanted, run: Timestamp) -> Result<Vec<Message>, Refusal> {
        if let Wanted { account_id: Some(account), region: Some(region), api_id: Some(id) } = wanted {
            let is_left_out = self.is_audited(account, region).await? == Some(false);
            let message = Message::of_run(Ask::Audit(id.clone()), account, region, run);
            return Ok(if is_left_out { Vec::new() } else { vec![message] });
        }
        let failed = |error: store::StoreError| Refusal::Failed(error.to_string());
        let mut messages = Vec::new();
        let store = &self.service.store;
        for status in store.regions().await.map_err(failed)? {
            let RegionStatus { account_id, region, listed, audited, .. } = &status;
            let fits = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|wanted| wanted == own);
            if !fits(&wanted.account_id, account_id) || !fits(&wanted.region, region) {
                continue;
            }
            // The organization's accounts the dashboard may not list: those of which a run was made are some of them.
            let was_audited = listed.or(*audited).is_some();
            if !self.is_audited(account_id, region).await?.unwrap_or(was_audited) {
                continue;
            }
            let known = store.apis_of(&status).await.map_err(failed)?;
            let ids: BTreeSet<String> = known.into_iter().map(|api| api.api_id).collect();
            messages.extend(self.service.parts(account_id, region, run, ids).await.map_err(failed)?);
        }
        Ok(messages)
    }

    /// Whether the settings have an account's region audited, as far as they tell.
    async fn is_audited(&self, account: &str, region: &str) -> Result<Option<bool>, Refusal> {
        let told = self.accounts.is_audited(account, region).await;
        told.map_err(|error| Refusal::Failed(format!("{error}; {}", error.help())))
    }
}
