//! What serving the dashboard takes.

use super::{ConfigArgs, LogArgs, SourceArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) logs: LogArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    /// The port to listen on; 0 for any that is free
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,

    /// Show a deployed dashboard instead: requests to this machine are signed with your credentials and passed on
    #[arg(long, value_name = "URL", conflicts_with_all = ["recording", "store", "endpoint_url", "config"])]
    pub(crate) remote: Option<String>,
}

/// The port of the dashboard, unless another is given.
pub(crate) const PORT: u16 = 8460;
