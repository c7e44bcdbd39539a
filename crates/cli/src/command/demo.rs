//! `stagecheck demo`: the audit, on a sample account that is part of the program.

use std::collections::BTreeMap;

use collect::{Depth, Known, Scope};
use engine::report;
use sandbox::recording::Recording;

use crate::args::DemoArgs;
use crate::error::Failure;
use crate::source::Source;
use crate::{output, text};

/// The sample account: what AWS would have answered about seven APIs of a small shop.
const SAMPLE: &str = include_str!("../../../../examples/shop.json");

pub(crate) async fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let recording = Recording::parse(SAMPLE).map_err(|error| Failure::new(format!("the sample account: {error}")))?;
    let source = Source::open_recording(recording, &[], None, None).await?;
    let scope = Scope { depth: Depth::Audit, network: source.network(false), ..Scope::default() };
    let snapshots = source.read(&scope, &Known::default(), args.quiet).await?;
    let report = report::audit(&snapshots, &|_| true);
    output::write(
        &args.output,
        &report,
        || text::report::render(&report, &BTreeMap::new()),
        || text::markdown::report(&report),
    )?;
    Ok(0)
}
