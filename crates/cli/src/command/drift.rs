//! `stagecheck drift`: what a deployment now would change.

use std::path::Path;

use collect::Depth;
use engine::drift;
use engine::openapi::{self, Document, Origin};
use engine::report::DriftReport;

use crate::args::{DriftArgs, ReportArgs, VerdictArgs};
use crate::error::{FOUND, Failure, INCOMPLETE};
use crate::source::{self, Source};
use crate::{output, text};

pub(crate) async fn run(args: &DriftArgs) -> Result<u8, Failure> {
    let drift = match (&args.left, &args.right) {
        (Some(left), Some(right)) => {
            let (left, right) = (read_document(left)?, read_document(right)?);
            let drift = DriftReport::new(None, vec![drift::documents(&left, &right)], Vec::new());
            // The process is about to end, and gives all memory back at once.
            std::mem::forget((left, right));
            drift
        }
        _ => of_account(&args.report).await?,
    };
    output::write(&args.report.output, &drift, || text::plan::render(&drift))?;
    Ok(code(&drift, &args.report.verdict))
}

async fn of_account(args: &ReportArgs) -> Result<DriftReport, Failure> {
    let source = Source::open(&args.source, None).await?;
    let snapshots = source.read(&source::scope(&args.selection, Depth::Drift), args.source.quiet).await?;
    let wanted = source::wants_stage(&args.selection);
    let apis = snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api)));
    let apis = apis.map(|(snapshot, api)| drift::api(snapshot, api, &wanted)).collect();
    let unlisted = snapshots.iter().flat_map(|snapshot| &snapshot.unlisted).map(|list| list.why.reason()).collect();
    Ok(DriftReport::new(Some(source.account.id().to_owned()), apis, unlisted))
}

fn read_document(path: &Path) -> Result<Document, Failure> {
    let text = source::read_file(path)?;
    openapi::read(&text, Origin::File).map_err(|error| {
        Failure::new(format!("{} cannot be compared: {error}", path.display()))
            .help("give an export: aws apigateway get-export … --parameters extensions=apigateway,authorizers, as JSON")
    })
}

fn code(drift: &DriftReport, verdict: &VerdictArgs) -> u8 {
    let stages = || drift.apis.iter().flat_map(|api| &api.stages);
    let canaries = stages().filter_map(|stage| stage.canary.as_ref()).flat_map(|canary| &canary.changes);
    let mut changes = stages().flat_map(|stage| &stage.changes).chain(canaries);
    if changes.any(|change| verdict.fail_on.is_reached_by(change.severity)) {
        FOUND
    } else if verdict.strict && drift.is_incomplete() {
        INCOMPLETE
    } else {
        0
    }
}
