//! `stagecheck sandbox`: serves a recording as AWS endpoints on loopback, until it is interrupted.

use sandbox::{Options, Sandbox};

use crate::args::SandboxArgs;
use crate::error::Failure;
use crate::{output, source};

pub(crate) async fn run(args: SandboxArgs) -> Result<u8, Failure> {
    let recording = source::read_recording(&args.recording)?;
    let options = Options { port: args.port, quota: args.quota.is_some(), faults: args.fault };
    let sandbox = Sandbox::start(recording, options).await.map_err(|error| {
        Failure::new(format!("cannot listen on 127.0.0.1:{}: {error}", args.port))
            .help("choose another with --port, or 0 for any")
    })?;
    output::put_text(&format!("AWS_ENDPOINT_URL={}\n", sandbox.endpoint_url()))?;
    let interrupted = tokio::signal::ctrl_c().await;
    interrupted.map_err(|error| Failure::new(format!("cannot wait for Ctrl-C: {error}")))?;
    Ok(0)
}
