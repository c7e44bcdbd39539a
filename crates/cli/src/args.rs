//! The command line.

mod explain;
mod logs;
mod response;
mod serve;
mod verify;

use std::env;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use collect::TrailUse;
use engine::finding::Severity;
use sandbox::Fault;

use crate::error::{FOUND, INCOMPLETE};
pub(crate) use explain::{CausesArgs, ExplainArgs};
pub(crate) use logs::{AuditArgs, ErrorsArgs, LogArgs, Since};
pub(crate) use response::{AnswerSource, ResponseArgs};
pub(crate) use serve::{PORT, ServeArgs};
pub(crate) use verify::{ConfigArgs, VerifyArgs};

/// Tells where an Amazon API Gateway API does not answer as its configuration says, and what to change.
///
/// It only reads the account.
#[derive(Debug, Parser)]
#[command(name = "stagecheck", version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Whether text is coloured
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit the bundled sample account, and show its dashboard: no AWS account needed
    Demo(DemoArgs),
    /// Read the account's APIs and run every check
    Audit(AuditArgs),
    /// What a deployment now would change, per stage
    Drift(DriftArgs),
    /// Keep the live configuration as the exact witness of the newest deployment
    Baseline(BaselineArgs),
    /// Why a request fails: the one cause, its proof and what mends it
    Explain(ExplainArgs),
    /// Ask the routes that are opted in, live and deployed, and judge their answers
    Verify(VerifyArgs),
    /// Which handlers fail, how and since when: errors in logs, grouped
    Errors(ErrorsArgs),
    /// What the gateway makes of a Lambda function's answer
    Response(ResponseArgs),
    /// Write the account's answers to a file, secrets redacted
    Record(RecordArgs),
    /// Serve a recording as AWS endpoints on loopback
    Sandbox(SandboxArgs),
    /// Show what is kept as a dashboard on this machine
    Serve(ServeArgs),
    /// List the checks, or show the page of one
    Checks(ChecksArgs),
    /// List the causes of failing requests, or show the page of one
    Causes(CausesArgs),
    /// Print the IAM policy that reading takes
    Permissions(PermissionsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// End after the report, on a terminal too
    #[arg(long)]
    pub(crate) no_serve: bool,

    /// The port of the dashboard; 0 for any that is free
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,

    /// Do not tell of progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What every command takes that reads an account and reports on it.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

/// What says which account is read and how: between two documents it would be passed over.
const OF_AN_ACCOUNT: [&str; 8] =
    ["recording", "regions", "profile", "endpoint_url", "store", "no_trail", "api", "stage"];

#[derive(Debug, clap::Args)]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,

    /// Compare with what another stage serves instead: what would its promotion change?
    #[arg(long, value_name = "STAGE", conflicts_with = "left")]
    pub(crate) against: Option<String>,

    /// Compare two exported documents instead: this one stands for what is deployed
    #[arg(long, value_name = "FILE", requires = "right", conflicts_with_all = OF_AN_ACCOUNT)]
    pub(crate) left: Option<PathBuf>,

    /// Compare two exported documents instead: this one stands for what is live
    #[arg(long, value_name = "FILE", requires = "left")]
    pub(crate) right: Option<PathBuf>,

    /// Compare with what is declared too, in an OpenAPI document or a SAM or CloudFormation template; FILE#LogicalId
    /// chooses one of several APIs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["left", "against"])]
    pub(crate) declared: Option<PathBuf>,

    /// With --declared: the value of one of the template's parameters; may be given several times
    #[arg(long = "parameter", value_name = "NAME=VALUE", requires = "declared", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// An API by id or name; may be given several times
    #[arg(long = "api", value_name = "ID-OR-NAME")]
    pub(crate) api: Vec<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Exit with 3 if an API that needs a baseline has none
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RecordArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// The recording to serve
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: PathBuf,

    /// The port to listen on; 0 for any that is free
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,

    /// Enforce AWS's rate limits
    #[arg(long, value_enum)]
    pub(crate) quota: Option<Quota>,

    /// Make calls fail, for example get_export=throttle*2: OPERATION=KIND or OPERATION=KIND*COUNT, with KIND one of
    /// denied, throttle, error:CODE, status:NNN, delay:MILLISECONDS, cut, half
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<Fault>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChecksArgs {
    /// The check whose page is shown
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PermissionsArgs {
    /// What explain reads, instead of what audits read
    #[arg(long)]
    pub(crate) explain: bool,

    /// What asking routes takes (verify, audit --probe) besides what audits read: these are no reads
    #[arg(long, conflicts_with = "explain")]
    pub(crate) probe: bool,

    /// The partition that the policy is for
    #[arg(long, default_value = "aws", value_parser = ["aws", "aws-cn", "aws-us-gov"])]
    pub(crate) partition: String,

    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Where the account is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SourceArgs {
    /// Read a recording instead of AWS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "endpoint_url"])]
    pub(crate) recording: Option<PathBuf>,

    /// The regions to read; may be given several times
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,

    /// The profile whose credentials are used
    #[arg(long)]
    pub(crate) profile: Option<String>,

    /// Another endpoint for every AWS service, such as a sandbox; else what AWS_ENDPOINT_URL says
    // Not clap's `env`: a variable that is set would count as given, and conflict with --recording.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// The part of API Gateway's control plane quota to use, above 0 and at most 1
    #[arg(long, value_name = "SHARE", default_value = "0.5", value_parser = share)]
    pub(crate) quota_share: f64,

    /// With a recording: enforce AWS's rate limits on both sides
    #[arg(long, value_enum, requires = "recording")]
    pub(crate) quota: Option<Quota>,

    /// Where baselines are kept, and used from; else what STAGECHECK_STORE says
    // Not clap's `env`, for the same reason.
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,

    /// Do not read CloudTrail: who made a change is then not told
    #[arg(long)]
    pub(crate) no_trail: bool,

    /// Do not tell of progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What of the account is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct SelectionArgs {
    /// An API by id or name; may be given several times
    #[arg(long = "api", value_name = "ID-OR-NAME")]
    pub(crate) api: Vec<String>,

    /// A stage by name; may be given several times
    #[arg(long = "stage", value_name = "NAME")]
    pub(crate) stage: Vec<String>,
}

/// How the result is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What the exit code tells.
#[derive(Debug, clap::Args)]
pub(crate) struct VerdictArgs {
    /// Exit with 1 if something of this severity, or worse, was found
    #[arg(long, value_enum, default_value_t = FailOn::Never)]
    pub(crate) fail_on: FailOn,

    /// Exit with 3 if something that was asked for was not evaluated
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Quota {
    /// AWS's own numbers
    Aws,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    Always,
    Never,
}

impl Command {
    /// The file that the result is written to, if it is written to one.
    pub(crate) fn out(&self) -> Option<&Path> {
        match self {
            Command::Demo(args) => args.output.out.as_deref(),
            Command::Audit(args) => args.report.output.out.as_deref(),
            Command::Drift(args) => args.report.output.out.as_deref(),
            Command::Baseline(args) => args.output.out.as_deref(),
            Command::Errors(args) => args.output.out.as_deref(),
            Command::Verify(args) => args.report.output.out.as_deref(),
            Command::Response(args) => args.output.out.as_deref(),
            Command::Record(args) => Some(&args.out),
            Command::Explain(args) => args.output.out.as_deref(),
            Command::Checks(args) => args.output.out.as_deref(),
            Command::Causes(args) => args.output.out.as_deref(),
            Command::Permissions(args) => args.out.as_deref(),
            Command::Sandbox(_) | Command::Serve(_) => None,
        }
    }
}

impl SourceArgs {
    /// The directory that was named for what is kept.
    pub(crate) fn store(&self) -> Option<PathBuf> {
        let named = || env::var_os("STAGECHECK_STORE").filter(|name| !name.is_empty()).map(PathBuf::from);
        self.store.clone().or_else(named)
    }

    /// What the trail is read for, unless it is not to be read.
    pub(crate) fn trail(&self, wanted: TrailUse) -> TrailUse {
        if self.no_trail { TrailUse::Never } else { wanted }
    }
}

impl VerdictArgs {
    /// The exit code, by what was found and whether something that was asked for could not be told.
    pub(crate) fn code(&self, mut found: impl Iterator<Item = Severity>, is_incomplete: bool) -> u8 {
        if found.any(|severity| self.fail_on.is_reached_by(severity)) {
            FOUND
        } else if self.strict && is_incomplete {
            INCOMPLETE
        } else {
            0
        }
    }
}

impl FailOn {
    /// Whether something of this severity makes the command fail.
    fn is_reached_by(self, severity: Severity) -> bool {
        let threshold = match self {
            FailOn::Critical => Severity::Critical,
            FailOn::High => Severity::High,
            FailOn::Medium => Severity::Medium,
            FailOn::Low => Severity::Low,
            FailOn::Never => return false,
        };
        severity >= threshold
    }
}

impl Color {
    /// Makes the choice known to everything that writes.
    pub(crate) fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("it must be above 0 and at most 1".to_owned()) }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
        for text in ["0.5", "1", "0.001"] {
            assert!(share(text).is_ok(), "{text}");
        }
        for text in ["0", "-1", "1.1", "NaN", "half", ""] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fails_on_what_is_as_bad_or_worse() {
        assert!(FailOn::High.is_reached_by(Severity::Critical) && FailOn::High.is_reached_by(Severity::High));
        assert!(!FailOn::High.is_reached_by(Severity::Medium));
        assert!(!FailOn::Never.is_reached_by(Severity::Critical));
    }
}
