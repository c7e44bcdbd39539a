//! What is kept between runs: baselines are used, taken and dropped.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use collect::{Known, TrailUse};
use engine::baseline::{self, Baseline, Occasion, Refusal};
use engine::drift;
use engine::reconcile::Coverage;
use engine::report::Report;
use engine::snapshot::{Api, Snapshot, Stage};
use jiff::{SignedDuration, Timestamp};
use store::{Audit, Directory, Sqlite, Store, StoreError};

use crate::args::SourceArgs;
use crate::error::Failure;
use crate::output;
use crate::text::style::visible;

/// The store that a command uses, if it uses one.
pub(crate) struct Kept(Option<Directory>);

impl Kept {
    /// The store that was named; else the user's own, if there is one. A recording has none unless one is named.
    pub(crate) fn open(args: &SourceArgs) -> Kept {
        let own = || own_folder().filter(|folder| args.recording.is_none() && folder.is_dir());
        Kept(args.store().or_else(own).map(Directory::at))
    }

    /// The store that was named, or the user's own, which is made if need be.
    pub(crate) fn create(args: &SourceArgs) -> Result<Kept, Failure> {
        let own = || own_folder().filter(|_| args.recording.is_none());
        let root = args.store().or_else(own).ok_or_else(|| {
            Failure::new("there is no place to keep a baseline").help("name a directory with --store")
        })?;
        Ok(Kept(Some(Directory::at(root))))
    }

    /// Where the store is.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.0.as_ref().map(Directory::root)
    }

    /// What the trail is to be read for.
    pub(crate) fn trail_use(&self) -> TrailUse {
        if self.0.is_some() { TrailUse::Baselines } else { TrailUse::Drift }
    }

    /// What was kept of an account.
    pub(crate) fn known(&self, account_id: &str) -> Result<Known, Failure> {
        let mut known = Known::default();
        let Some(store) = &self.0 else { return Ok(known) };
        for baseline in store.baselines(account_id)? {
            known.keep_baseline(baseline);
        }
        for ((region, api), served) in store.served(account_id)? {
            for (stage, deployment) in served {
                known.keep_stage(&region, &api, &stage, Some(&deployment));
            }
        }
        Ok(known)
    }

    /// Drops baselines that the trail contradicts by now, clears the doubts of those that it proves, takes new ones where it
    /// shows no edit since the deployment, and remembers what each stage serves.
    pub(crate) fn renew(&self, snapshots: &mut [Snapshot], quiet: bool) -> Result<(), Failure> {
        let Some(store) = &self.0 else { return Ok(()) };
        for snapshot in snapshots.iter_mut() {
            let reviewed = baseline::review(snapshot);
            for baseline in &reviewed.proven {
                store.keep(baseline)?;
            }
            for baseline in &reviewed.dropped {
                store.forget(baseline)?;
                if !quiet {
                    let id = visible(&baseline.deployment_id);
                    output::say(&format!("dropped the baseline of {id}: the trail shows an edit before it was taken"));
                }
            }
            let taken = snapshot.apis.iter().map(|api| baseline::take(snapshot, api, Occasion::Audit).ok());
            let taken: Vec<Option<Baseline>> = taken.collect();
            for (api, baseline) in snapshot.apis.iter_mut().zip(taken) {
                if let Some(baseline) = baseline {
                    store.keep(&baseline)?;
                    api.keep(baseline);
                }
            }
        }
        store.keep_stages(snapshots)?;
        Ok(())
    }

    /// Takes the baseline of an API because somebody asks for it.
    pub(crate) fn take(&self, snapshot: &Snapshot, api: &Api) -> Result<Result<Baseline, Refusal>, Failure> {
        let taken = baseline::take(snapshot, api, Occasion::Request);
        if let (Ok(baseline), Some(store)) = (&taken, &self.0) {
            store.keep(baseline)?;
        }
        Ok(taken)
    }
}

/// How long findings are kept after they were resolved.
const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 90);

/// The findings that are kept in the store that was named, if one was. `now` is the present of what is read, which in a
/// recording may be any.
pub(crate) async fn findings(args: &SourceArgs, now: Timestamp) -> Result<Option<Store<Sqlite>>, Failure> {
    let Some(folder) = args.store() else { return Ok(None) };
    let now = now.max(collect::now());
    Ok(Some(Store::open(Sqlite::open(&folder.join("findings.db"), now)?, RETENTION, move || now).await?))
}

/// What a dashboard shows: the store that was named; else, for a recording, one that is gone with this process, and
/// otherwise the user's own. `now` is a recording's present.
pub(crate) async fn shown(args: &SourceArgs, now: Option<Timestamp>) -> Result<Store<Sqlite>, Failure> {
    let folder = args.store().or_else(|| own_folder().filter(|_| args.recording.is_none()));
    let Some(folder) = folder else { return in_memory(now.unwrap_or_else(collect::now)).await };
    let sqlite = Sqlite::open(&folder.join("findings.db"), collect::now())?;
    Ok(Store::open(sqlite, RETENTION, move || now.max(Some(collect::now())).unwrap_or_default()).await?)
}

/// A store that is gone with this process, and whose present is `now`.
pub(crate) async fn in_memory(now: Timestamp) -> Result<Store<Sqlite>, Failure> {
    Ok(Store::open(Sqlite::in_memory()?, RETENTION, move || now).await?)
}

/// Keeps the findings of an audit. What comes back is since when each is open, by fingerprint.
pub(crate) async fn keep_findings(
    store: &Store<Sqlite>,
    report: &Report,
    snapshots: &[Snapshot],
    wanted: &dyn Fn(&Stage) -> bool,
    quiet: bool,
) -> Result<BTreeMap<String, Timestamp>, Failure> {
    let coverage = Coverage::of(snapshots, wanted);
    let kept = store.keep(&Audit::new(report.taken_at, report, &coverage, snapshots)).await?;
    // Where not all could be listed, nobody knows how many there are.
    for region in coverage.regions.keys().filter(|region| coverage.unlisted(region).next().is_none()) {
        store.tally(&coverage.account_id, region, report.taken_at).await?;
    }
    // What was overtaken shows less of the present than what is kept.
    if kept.overtaken.is_empty() {
        store.keep_deployments(snapshots).await?;
        for snapshot in snapshots {
            // The drift of some stages is not to stand in the place of that of all.
            let is_whole = |api: &&Api| api.stages.ok().is_none_or(|stages| stages.iter().all(wanted));
            for api in snapshot.apis.iter().filter(is_whole) {
                let drift = drift::api(snapshot, api, wanted);
                store.keep_drift(&snapshot.account_id, report.taken_at, &drift).await?;
            }
        }
    }
    if !kept.overtaken.is_empty() && !quiet {
        output::say("the store knows a newer audit of this, so what it holds was left as it is");
    }
    let since = kept.findings.iter();
    Ok(since.filter_map(|known| Some((known.finding.fingerprint.clone(), known.open_since()?))).collect())
}

/// Where a user's own things are kept, as the XDG base directories name it.
fn own_folder() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".local").join("state"));
    Some(state.or_else(home)?.join("stagecheck"))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::new(format!("what is kept cannot be used: {error}"))
            .help("name another directory with --store, or remove the file")
    }
}
