//! `stagecheck audit`: introspects and runs every check.

use collect::Depth;
use engine::report;

use crate::args::AuditArgs;
use crate::error::Failure;
use crate::source::{self, Source};
use crate::{output, text};

pub(crate) async fn run(args: &AuditArgs) -> Result<u8, Failure> {
    let AuditArgs { report: args, since, logs, probe_network } = args;
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Audit);
    scope.network = source.network(*probe_network);
    scope.watch = source.watch(*since, logs);
    let snapshots = source.read_and_renew(&args.source, scope).await?;
    let report = report::audit(&snapshots, &source::wants_stage(&args.selection));
    output::write(&args.output, &report, || text::report::render(&report), || text::markdown::report(&report))?;
    let found = report.findings.iter().map(|finding| finding.severity);
    Ok(args.verdict.code(found, !report.not_evaluated.is_empty()))
}
