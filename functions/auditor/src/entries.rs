//! The configuration's entries at the end of a run: which have expired, and which are for nothing in all of it.

use engine::reconcile::Coverage;
use engine::suppress::{self, Entry};
use jiff::Timestamp;
use store::{Audit, Backend, Progress};

use crate::AuditError;
use crate::part::Work;

impl<B: Backend> Work<'_, B> {
    /// Whether what is said of entries in a region waits for the last region of the run to end.
    pub(crate) async fn is_judged_apart(
        &self,
        (account, region): (&str, &str),
        run: Timestamp,
        entries: &[Entry],
    ) -> Result<bool, AuditError> {
        if entries.is_empty() {
            return Ok(false);
        }
        let sweep = self.service.store.sweep(run, entries).await?;
        // A run over some of it tells nothing of entries, and what is told elsewhere is told here no longer.
        Ok(sweep.is_none_or(|sweep| sweep.home() == Some((account, region))))
    }

    /// Keeps what was seen of entries in a region; and judges them, if this was the last region of the run.
    ///
    /// Several that end at once all see that everything was seen, and say the same.
    pub(crate) async fn judge(
        &self,
        (account, region): (&str, &str),
        run: Timestamp,
        progress: &Progress,
        entries: &[Entry],
    ) -> Result<(), AuditError> {
        let store = &self.service.store;
        if entries.is_empty() {
            return Ok(());
        }
        let effects = store.effects((account, region), run, progress, entries).await?;
        store.keep_seen((account, region), run, entries, effects).await?;
        let Some(sweep) = store.sweep(run, entries).await?.filter(store::Sweep::is_over) else { return Ok(()) };
        let Some(home) = sweep.home() else { return Ok(()) };
        let regions = store.regions().await?;
        let is_home = |own: &&store::RegionStatus| (own.account_id.as_str(), own.region.as_str()) == home;
        if regions.iter().find(is_home).is_some_and(|own| own.audited > Some(run)) {
            // The newer run says it.
            return Ok(());
        }
        let (findings, gaps) = suppress::judge(entries, &sweep.seen, home, collect::now());
        for gap in &gaps {
            tracing::info!(check = gap.check, entry = gap.resource.key, "not evaluated: {}", gap.reason);
        }
        let coverage = Coverage::judging(home.0, home.1);
        let kept = store.keep(&Audit::judged(run, &coverage, &findings, &gaps)).await?;
        self.tell(&kept.findings).await
    }
}
