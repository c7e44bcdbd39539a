//! `stagecheck drift`: what a deployment now would change.

use std::path::Path;

use collect::Depth;
use engine::drift::{self, ApiDrift};
use engine::openapi::{self, Document, Origin};
use serde::Serialize;

use crate::args::{DriftArgs, VerdictArgs};
use crate::error::{FOUND, Failure, INCOMPLETE};
use crate::source::{self, Source};
use crate::{output, text};

/// Drift of everything that was asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drift {
    schema: &'static str,
    /// The account's twelve digits; null between two files.
    pub(crate) account_id: Option<String>,
    /// The APIs.
    pub(crate) apis: Vec<ApiDrift>,
    /// Lists of APIs that could not be read.
    pub(crate) not_read: Vec<String>,
}

impl Drift {
    fn new(account_id: Option<String>, apis: Vec<ApiDrift>, not_read: Vec<String>) -> Drift {
        Drift { schema: "stagecheck.drift/1", account_id, apis, not_read }
    }

    /// Whether something that was asked for could not be told.
    fn is_incomplete(&self) -> bool {
        let unknown =
            |api: &ApiDrift| !api.not_read.is_empty() || api.stages.iter().any(|stage| stage.in_sync.is_none());
        !self.not_read.is_empty() || self.apis.iter().any(unknown)
    }
}

pub(crate) async fn run(args: &DriftArgs) -> Result<u8, Failure> {
    let drift = match (&args.left, &args.right) {
        (Some(left), Some(right)) => {
            let (left, right) = (read_document(left)?, read_document(right)?);
            Drift::new(None, vec![drift::documents(&left, &right)], Vec::new())
        }
        _ => of_account(args).await?,
    };
    output::write(&args.output, &drift, || text::plan::render(&drift))?;
    Ok(code(&drift, &args.verdict))
}

async fn of_account(args: &DriftArgs) -> Result<Drift, Failure> {
    let source = Source::open(&args.source, None).await?;
    let snapshots = source.read(&source::scope(&args.selection, Depth::Drift), args.source.quiet).await?;
    let wanted = source::wants_stage(&args.selection);
    let apis = snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api)));
    let apis = apis.map(|(snapshot, api)| drift::api(snapshot, api, &wanted)).collect();
    let unlisted = snapshots.iter().flat_map(|snapshot| &snapshot.unlisted).map(|list| list.why.reason()).collect();
    Ok(Drift::new(Some(source.account.id().to_owned()), apis, unlisted))
}

fn read_document(path: &Path) -> Result<Document, Failure> {
    let text = source::read_file(path)?;
    openapi::read(&text, Origin::File).map_err(|error| {
        Failure::new(format!("{} cannot be compared: {error}", path.display()))
            .help("give an export: aws apigateway get-export … --parameters extensions=apigateway,authorizers, as JSON")
    })
}

fn code(drift: &Drift, verdict: &VerdictArgs) -> u8 {
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
