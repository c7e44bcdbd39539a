//! What the explanation of a request takes.

use std::path::PathBuf;

use super::{OutputArgs, SourceArgs, VerdictArgs};

/// The other ways to give a request, which have its method, headers and body in them.
const NOT_A_URL: [&str; 3] = ["curl", "request", "har"];

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// The request's URL
    #[arg(group = "asked")]
    pub(crate) url: Option<String>,

    /// The request as a curl command, as browsers copy it
    #[arg(long, value_name = "COMMAND", group = "asked")]
    pub(crate) curl: Option<String>,

    /// The request in a file: JSON with method, url, headers and body, an HTTP message, a curl command or a Postman
    /// collection; `-` is standard input
    #[arg(long, value_name = "FILE", group = "asked")]
    pub(crate) request: Option<PathBuf>,

    /// The request, and its response, in an HTTP archive
    #[arg(long, value_name = "FILE", group = "asked")]
    pub(crate) har: Option<PathBuf>,

    /// Which request of an archive or a collection, counted from 1; otherwise the first that failed on an AWS host
    #[arg(long, value_name = "N", conflicts_with_all = ["url", "curl"])]
    pub(crate) entry: Option<usize>,

    /// With a URL: the method
    #[arg(long, short = 'X', value_name = "METHOD", conflicts_with_all = NOT_A_URL)]
    pub(crate) method: Option<String>,

    /// With a URL: a header; may be given several times
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", conflicts_with_all = NOT_A_URL)]
    pub(crate) headers: Vec<String>,

    /// With a URL: the body, sent as curl sends it: with POST, and as a form where no header names another content type;
    /// @FILE reads a file, @- standard input
    #[arg(long, short, value_name = "BODY", conflicts_with_all = NOT_A_URL)]
    pub(crate) data: Option<String>,

    /// The response in a file: JSON with status, headers and body, or an HTTP message; status 0 where no answer came; `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) response: Option<PathBuf>,

    /// Send the request, and explain its answer; only to hosts of the account's own APIs. Without this, nothing is sent
    #[arg(long, conflicts_with = "response")]
    pub(crate) send: bool,

    /// Look host names up
    #[arg(long)]
    pub(crate) probe_network: bool,

    /// Say why it is not this cause
    #[arg(long, value_name = "ID")]
    pub(crate) why_not: Option<String>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CausesArgs {
    /// The cause whose page is shown
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
