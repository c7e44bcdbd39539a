//! `stagecheck verify`: asks the routes that are opted in, and judges their answers.

use collect::send::Own;
use collect::{Depth, Known, TrailUse};
use engine::health::Probed;
use engine::probe::{self, Entry, NotAsked, Verification, Verified};
use engine::snapshot::Snapshot;

use crate::args::{SelectionArgs, VerifyArgs};
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::{output, text};

pub(crate) async fn run(args: &VerifyArgs) -> Result<u8, Failure> {
    let VerifyArgs { report: args, config } = args;
    let entries = ConfigFile::read(config)?.entries()?;
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Routes);
    scope.trail = TrailUse::Never;
    let snapshots = source.read(&scope, &Known::default(), args.source.quiet).await?;
    let Asked { told, not_asked } = ask(&source, &snapshots, &entries, &args.selection).await?;
    let routes: Vec<Verified> = told.into_iter().map(|(verified, _)| verified).collect();
    let verification = Verification::new(source.account.id(), source.now, routes, not_asked);
    let render = || text::verify::render(&verification);
    output::write(&args.output, &verification, render, || text::verify::markdown(&verification))?;
    let found = verification.routes.iter().flat_map(|route| &route.problems).map(|problem| problem.severity);
    Ok(args.verdict.code(found, verification.is_incomplete()))
}

/// What came of asking.
pub(crate) struct Asked {
    /// By route, with what the checks take for evidence.
    pub(crate) told: Vec<(Verified, Vec<Probed>)>,
    /// What was opted in and is not asked.
    pub(crate) not_asked: Vec<NotAsked>,
}

/// Asks what is opted in of the APIs that were read.
pub(crate) async fn ask(
    source: &Source,
    snapshots: &[Snapshot],
    entries: &[Entry],
    selection: &SelectionArgs,
) -> Result<Asked, Failure> {
    let is_whole = selection.api.is_empty() && snapshots.iter().all(|snapshot| snapshot.unlisted.is_empty());
    let mut plan = probe::plan(snapshots, entries, &source::wants_stage(selection), is_whole);
    let own = Own::of(snapshots);
    let clock = || source.clock();
    let told = source.unless_interrupted(source.account.probe(&plan, &own, &clock)).await?;
    Ok(Asked { told, not_asked: std::mem::take(&mut plan.not_asked) })
}
