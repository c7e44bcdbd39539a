//! `stagecheck audit`: introspects and runs every check.

use collect::Depth;
use engine::report::{self, Report};

use crate::args::{ReportArgs, VerdictArgs};
use crate::error::{FOUND, Failure, INCOMPLETE};
use crate::source::{self, Source};
use crate::{output, text};

pub(crate) async fn run(args: &ReportArgs) -> Result<u8, Failure> {
    let source = Source::open(&args.source, None).await?;
    let snapshots = source.report(args, None, Depth::Audit).await?;
    let report = report::audit(&snapshots, &source::wants_stage(&args.selection));
    output::write(&args.output, &report, || text::report::render(&report), || text::markdown::report(&report))?;
    Ok(code(&report, &args.verdict))
}

fn code(report: &Report, verdict: &VerdictArgs) -> u8 {
    if report.findings.iter().any(|finding| verdict.fail_on.is_reached_by(finding.severity)) {
        FOUND
    } else if verdict.strict && !report.not_evaluated.is_empty() {
        INCOMPLETE
    } else {
        0
    }
}
