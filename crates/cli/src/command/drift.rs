//! `stagecheck drift`: what a deployment now would change.

use std::path::Path;

use collect::Depth;
use engine::drift::{self, ApiDrift};
use engine::openapi::Document;
use engine::report::DriftReport;

use crate::args::{DriftArgs, ReportArgs};
use crate::error::Failure;
use crate::source::{self, Source};
use crate::{declared, output, text};

pub(crate) async fn run(args: &DriftArgs) -> Result<u8, Failure> {
    let drift = match (&args.left, &args.right) {
        (Some(left), Some(right)) => {
            let (left, right) = (read_document(left)?, read_document(right)?);
            let compared = drift::documents(&left, &right).map_err(|error| {
                Failure::new(format!("the documents cannot be compared: {error}"))
                    .help("give two exports of REST APIs, or two of HTTP APIs")
            })?;
            // The process is about to end, and gives all memory back at once.
            std::mem::forget((left, right));
            DriftReport::new(None, None, vec![compared], Vec::new())
        }
        _ => match &args.declared {
            Some(file) => declared::drift(args, file).await?,
            None => of_account(&args.report, args.against.as_deref()).await?,
        },
    };
    let text = || text::plan::render(&drift) + &text::declared::render(&drift);
    output::write(&args.report.output, &drift, text, || text::markdown::plan(&drift))?;
    let stages = || drift.apis.iter().flat_map(|api| &api.stages);
    let canaries = stages().filter_map(|stage| stage.canary.as_ref()).flat_map(|canary| &canary.changes);
    let changes = stages().flat_map(|stage| &stage.changes).chain(canaries);
    Ok(args.report.verdict.code(changes.map(|change| change.severity), drift.is_incomplete()))
}

async fn of_account(args: &ReportArgs, against: Option<&str>) -> Result<DriftReport, Failure> {
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Drift);
    if !scope.stages.is_empty() {
        scope.stages.extend(against.map(str::to_owned));
    }
    let snapshots = source.read_and_renew(&args.source, scope).await?;
    let wanted = source::wants_stage(&args.selection);
    let apis = snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api)));
    let apis: Vec<ApiDrift> = match against {
        None => apis.map(|(snapshot, api)| drift::api(snapshot, api, &wanted)).collect(),
        Some(against) => apis.filter_map(|(snapshot, api)| drift::against(snapshot, api, &wanted, against)).collect(),
    };
    if let (Some(against), true) = (against, apis.is_empty()) {
        return Err(Failure::new(format!("no API has a stage `{against}` beside one that was asked for"))
            .help("name the stage that would be promoted with --against, and the one that would get it with --stage"));
    }
    Ok(source.drift_report(&snapshots, apis))
}

fn read_document(path: &Path) -> Result<Document, Failure> {
    let (path, chosen) = declared::named(path);
    engine::declared::read_export(&source::read_file(&path)?, chosen).map_err(|error| declared::failure(&path, &error))
}
