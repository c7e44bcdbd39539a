//! What belongs to no API of a region, and the end of a run over it.

use std::time::Duration;

use collect::ConnectError;
use engine::observed::{NotRead, Why};
use engine::reconcile::Coverage;
use engine::report;
use engine::snapshot::{ApiKind, Unlisted};
use jiff::{SignedDuration, Timestamp};
use service::notice::{Completed, Notice};
use service::{Message, metric};
use store::{Audit, Backend, Progress};

use crate::part::{Place, Work};
use crate::{AuditError, log};

/// How long the other parts of a run are waited for at most.
const PATIENCE: SignedDuration = SignedDuration::from_hours(6);

impl<B: Backend> Work<'_, B> {
    /// Audits what belongs to no API; then, and whenever the message comes back, ends the run if all its parts have ended.
    pub(crate) async fn region(&self, message: &Message, place: Place<'_>) -> Result<(), AuditError> {
        if message.continued == 0 {
            self.rest(place).await?;
        }
        self.end(message, place.account.id(), place.region, place.run).await
    }

    async fn rest(&self, Place { account, region, run }: Place<'_>) -> Result<(), AuditError> {
        let shared = self.warm.shared(account, region, run, |_| true).await;
        let snapshots = [account.read_rest(&shared, &collect::now).await];
        let coverage = snapshots.first().map(Coverage::of_rest).unwrap_or_default();
        let entries = self.config().await?.suppressions;
        let (mut report, effects) = report::audit_part(&snapshots, &entries);
        report.findings.retain(|finding| coverage.is_own(&finding.resource));
        log::report(&report);
        let store = &self.service.store;
        let kept = store.keep(&Audit::new(run, &report, &coverage, &snapshots)).await?;
        self.tell(&kept.findings).await?;
        let gaps = report.not_evaluated.iter().filter(|gap| gap.resource.api_id.is_none()).count();
        metric::log(&metric::rest((account.id(), region), collect::now(), gaps));
        if !entries.is_empty() {
            store.keep_effects((account.id(), region, None), run, &entries, &effects).await?;
        }
        let unlisted: Vec<String> = coverage.unlisted(region).map(NotRead::reason).collect();
        if !unlisted.is_empty() {
            store.not_listed(account.id(), region, run, &unlisted).await?;
        }
        if coverage.is_account_part(region) {
            let listed = snapshots.iter().flat_map(|snapshot| &snapshot.others).map(|api| api.id.clone()).collect();
            let is_listed = snapshots.iter().all(|snapshot| snapshot.unlisted.is_empty());
            store.read_rest(account.id(), region, run, is_listed.then_some(&listed)).await?;
        }
        Ok(())
    }

    /// An account that cannot be reached, if that is said for good: nothing of it is known any more.
    pub(crate) async fn unreachable(&self, message: &Message, error: ConnectError) -> Result<(), AuditError> {
        let (Some(account), Some(region), Some(run)) = (&message.account_id, &message.region, message.run) else {
            return Err(error.into());
        };
        let ConnectError::NoRole { arn, reason } = &error else { return Err(error.into()) };
        // Whatever else failed may not fail when the message comes back.
        if !reason.contains("AccessDenied") {
            return Err(error.into());
        }
        tracing::error!(account, region, "not audited: {error}");
        if message.continued == 0 {
            let (call, needs) = ("sts:AssumeRole".to_owned(), "sts:AssumeRole".to_owned());
            let why = NotRead { why: Why::Denied, call, resource: arn.clone(), needs, message: reason.clone() };
            let kinds = vec![ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket];
            let unlisted = vec![Unlisted { kinds, why }];
            let coverage = Coverage::listing(account, region, std::collections::BTreeSet::new(), unlisted);
            self.service.store.keep(&Audit::listing(run, &coverage)).await?;
            // As the dispatcher tells it, so that it is told once.
            let why = format!("{error}; {}", error.help());
            self.service.store.not_listed(account, region, run, &[why]).await?;
        }
        self.end(message, account, region, run).await
    }

    /// Ends the run if all its parts have ended, or have been waited for long enough; otherwise the message comes back later.
    async fn end(&self, message: &Message, account: &str, region: &str, run: Timestamp) -> Result<(), AuditError> {
        let store = &self.service.store;
        let progress = store.progress(account, region, run).await?.unwrap_or_default();
        let is_overdue = collect::now().duration_since(run) > PATIENCE;
        if !progress.unfinished.is_empty() && !is_overdue {
            return Ok(self.service.queue.send(&[message.again()], pause(message.continued)).await?);
        }
        let entries = self.config().await?.suppressions;
        let is_judged_apart = self.is_judged_apart((account, region), run, &entries).await?;
        let kept = store.close(account, region, run, &progress, is_judged_apart).await?;
        self.tell(&kept.findings).await?;
        Box::pin(self.judge((account, region), run, &progress, &entries)).await?;
        let Progress { apis, unfinished, unlisted, is_told, .. } = progress;
        if is_told || store.has_ended(account, region, run).await? {
            // What there is now is nothing that an older run could tell of its own time.
            return Ok(store.told_end(account, region, run).await?);
        }
        let (unfinished, not_listed) = (Vec::from_iter(unfinished), Vec::from_iter(unlisted));
        // Where not all could be listed, nobody knows how many there are.
        let is_listed = not_listed.is_empty();
        let tally = match is_listed {
            true => store.tally(account, region, run).await?,
            false => store.count(account, region, run).await?,
        };
        let counted = is_listed.then_some(&tally);
        metric::log(&metric::region((account, region), collect::now(), counted, unfinished.len()));
        if let Some(bus) = &self.service.bus {
            let completed = Completed {
                account_id: account,
                region,
                run,
                apis: apis.len(),
                unfinished: &unfinished,
                not_listed: &not_listed,
                tally: &tally,
            };
            bus.tell(&[Notice::completed(&completed)]).await?;
        }
        Ok(store.told_end(account, region, run).await?)
    }
}

/// How long the end of a run is waited for: the longer, the longer it takes.
fn pause(continued: u32) -> Duration {
    Duration::from_secs(5 * 2_u64.pow(continued.min(6))).min(Duration::from_secs(300))
}
