//! `stagecheck audit`: introspects and runs every check.

use std::collections::BTreeMap;

use collect::Depth;
use engine::report;

use crate::args::AuditArgs;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::{kept, output, text};

pub(crate) async fn run(args: &AuditArgs) -> Result<u8, Failure> {
    let AuditArgs { report: args, since, logs } = args;
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Audit);
    scope.watch = source.watch(*since, logs);
    // Whether what is kept can be used is known before anything is read.
    let store = kept::findings(&args.source, source.now).await?;
    let snapshots = source.read_and_renew(&args.source, scope).await?;
    let wanted = source::wants_stage(&args.selection);
    let report = report::audit(&snapshots, &wanted);
    let since = match &store {
        Some(store) => kept::keep_findings(store, &report, &snapshots, &wanted, args.source.quiet).await?,
        None => BTreeMap::new(),
    };
    output::write(&args.output, &report, || text::report::render(&report, &since), || text::markdown::report(&report))?;
    let found = report.findings.iter().map(|finding| finding.severity);
    Ok(args.verdict.code(found, !report.not_evaluated.is_empty()))
}
