//! What asking routes takes, and the file that says which.

use std::path::PathBuf;

use super::ReportArgs;

/// The file of what is set once and not on every command line.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// The configuration; stagecheck.toml of this folder, if there is one. docs/configuration.md describes it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
