//! `stagecheck demo`: the audit, on a sample account that is part of the program, and its dashboard.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use collect::{Depth, LogLimits, Scope};
use sandbox::recording::Recording;

use super::serve::{self, Local};
use crate::args::DemoArgs;
use crate::error::Failure;
use crate::loopback::Loopback;
use crate::source::Source;
use crate::{kept, output, text};

/// The sample account: what AWS would have answered about seven APIs of a small shop.
const SAMPLE: &str = include_str!("../../../../examples/shop.json");

pub(crate) async fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let is_served = !args.no_serve && io::stdout().is_terminal() && io::stderr().is_terminal();
    // Whether there is a port is known before anything is read.
    let loopback = if is_served { Some(Loopback::listen(args.port).await?) } else { None };
    let recording = Recording::parse(SAMPLE).map_err(|error| Failure::new(format!("the sample account: {error}")))?;
    let source = Source::open_recording(recording, &[], None, None).await?;
    let store = kept::in_memory(source.now).await?;
    let scope = Scope { depth: Depth::Audit, network: source.network(false), ..Scope::default() };
    let (report, _) = serve::audit_once(&source, None, scope, &store, args.quiet).await?;
    // Nothing is older than the only audit: since when a finding is open would tell nothing.
    let render = || text::report::render(&report, &BTreeMap::new());
    output::write(&args.output, &report, render, || text::markdown::report(&report))?;
    let Some(loopback) = loopback else { return Ok(0) };
    let local = Local::new(store, Some(source), None, LogLimits::default());
    serve::serve(loopback, local).await
}
