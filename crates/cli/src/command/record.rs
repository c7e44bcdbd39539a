//! `stagecheck record`: keeps what AWS answers to an audit, for reading it again elsewhere.

use std::sync::{Arc, Mutex, PoisonError};

use collect::{Depth, Exchange, Known, Tap, TrailUse};
use sandbox::record::Recorder;

use crate::args::RecordArgs;
use crate::error::Failure;
use crate::output;
use crate::source::{self, Source};
use crate::text::style::count;

pub(crate) async fn run(args: &RecordArgs) -> Result<u8, Failure> {
    let recorder = Arc::new(Mutex::new(Recorder::default()));
    let listener = Arc::clone(&recorder);
    let tap: Tap = Arc::new(move |exchange: Exchange| {
        let uri = exchange.uri;
        let path =
            uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
        listener.lock().unwrap_or_else(PoisonError::into_inner).observe(sandbox::record::Exchange {
            method: exchange.method,
            path_and_query: path,
            authorization: exchange.authorization,
            target: exchange.target,
            form: exchange.form,
            status: exchange.status,
            error_type: exchange.error_type,
            body: exchange.body,
        });
    });
    let source = Source::open(&args.source, Some(tap)).await?;
    let mut scope = source::scope(&args.selection, Depth::Audit);
    scope.trail = args.source.trail(TrailUse::Drift);
    let snapshots = source.read(&scope, &Known::default(), args.source.quiet).await?;
    let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for snapshot in &snapshots {
        recorder.keep(&snapshot.region, &snapshot.answers);
    }
    let recording = recorder.finish(source.account.id(), source.now);
    output::put_json(Some(&args.out), &recording)?;
    let apis: usize = snapshots.iter().map(|snapshot| snapshot.apis.len()).sum();
    if !args.source.quiet {
        output::say(&format!(
            "recorded {} in {}; stagecheck audit --recording reads {}",
            count(apis, "API"),
            args.out.display(),
            if apis == 1 { "it" } else { "them" },
        ));
    }
    Ok(0)
}
