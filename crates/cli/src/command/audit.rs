//! `stagecheck audit`: introspects and runs every check.

use std::collections::BTreeMap;

use collect::Depth;
use engine::report;
use engine::snapshot::Snapshot;

use crate::args::AuditArgs;
use crate::command::verify::{self, Asked};
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::text::style::visible;
use crate::{kept, output, text};

pub(crate) async fn run(args: &AuditArgs) -> Result<u8, Failure> {
    let AuditArgs { report: args, since, logs, config, probe, probe_network } = args;
    let config = ConfigFile::read(config)?;
    let entries = if *probe { config.entries()? } else { Vec::new() };
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Audit);
    scope.network = source.network(*probe_network);
    scope.watch = source.watch(*since, logs, &config);
    // Whether what is kept can be used is known before anything is read.
    let store = kept::findings(&args.source, source.now).await?;
    let mut snapshots = source.read_and_renew(&args.source, scope).await?;
    let mut is_asked = true;
    if *probe {
        let asked = verify::ask(&source, &snapshots, &entries, &args.selection).await?;
        is_asked = keep(asked, &mut snapshots, args.source.quiet);
    }
    let wanted = source::wants_stage(&args.selection);
    let report = report::audit_with(&snapshots, &wanted, &config.config.suppressions);
    let since = match &store {
        Some(store) => kept::keep_findings(store, &report, &snapshots, &wanted, args.source.quiet).await?,
        None => BTreeMap::new(),
    };
    output::write(&args.output, &report, || text::report::render(&report, &since), || text::markdown::report(&report))?;
    let found = report.told().map(|finding| finding.severity);
    Ok(args.verdict.code(found, !is_asked || !report.not_evaluated.is_empty()))
}

/// Gives the checks what functions answered. What was not asked is told; true, if everything that was opted in was.
fn keep(asked: Asked, snapshots: &mut [Snapshot], quiet: bool) -> bool {
    let mut is_asked = asked.not_asked.is_empty();
    if !quiet {
        asked.not_asked.iter().for_each(|gap| output::say(&visible(&format!("not asked: {}: {}", gap.what, gap.why))));
    }
    for (verified, probed) in asked.told {
        is_asked &= verified.sides().all(|side| side.not_asked.is_none());
        let unanswered = verified.sides().filter_map(|side| Some((side.source, side.not_asked.as_ref()?)));
        for (source, why) in unanswered.filter(|_| !quiet) {
            let (path, stage) = (verified.resource.path.as_deref(), verified.resource.stage.as_deref());
            let (path, stage) = (path.unwrap_or_default(), stage.unwrap_or_default());
            output::say(&visible(&format!("not asked by {source}: {path} of {stage}: {why}")));
        }
        let own = snapshots.iter_mut().find(|snapshot| snapshot.region == verified.resource.region);
        if let Some(health) = own.and_then(|snapshot| snapshot.health.as_mut()) {
            health.probed.extend(probed);
        }
    }
    is_asked
}
