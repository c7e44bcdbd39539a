//! `stagecheck`: what API Gateway serves, compared with what one sees and edits.

mod args;
mod command;
mod config;
mod declared;
mod error;
mod kept;
mod loopback;
mod output;
mod source;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::error::Failure;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(usage) => {
            // Help and version are no errors; clap knows which stream each goes to.
            let code = if usage.use_stderr() { error::COULD_NOT } else { 0 };
            return if usage.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(error::COULD_NOT) };
        }
    };
    args.color.write_global();
    match run(args.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::complain(&failure);
            ExitCode::from(error::COULD_NOT)
        }
    }
}

fn run(command: Command) -> Result<u8, Failure> {
    // Nobody should read a whole account and then have no place for it.
    if let Some(out) = command.out() {
        output::check(out)?;
    }
    // One thread is enough: the quota, not the processor, decides how fast an account is read.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        match command {
            Command::Demo(args) => command::demo::run(&args).await,
            Command::Audit(args) => command::audit::run(&args).await,
            Command::Drift(args) => command::drift::run(&args).await,
            Command::Baseline(args) => command::baseline::run(&args).await,
            Command::Errors(args) => command::errors::run(&args).await,
            Command::Verify(args) => command::verify::run(&args).await,
            Command::Response(args) => command::response::run(&args),
            Command::Record(args) => command::record::run(&args).await,
            Command::Sandbox(args) => command::sandbox::run(args).await,
            Command::Serve(args) => command::serve::run(&args).await,
            Command::Explain(args) => command::explain::run(&args).await,
            Command::Causes(args) => command::causes::run(&args),
            Command::Checks(args) => command::checks::run(&args),
            Command::Permissions(args) => command::permissions::run(&args),
        }
    })
}
