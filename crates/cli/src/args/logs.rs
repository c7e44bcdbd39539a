//! What of metrics and logs is looked at.

use std::path::PathBuf;

use super::verify::ConfigArgs;
use super::{OutputArgs, ReportArgs, SelectionArgs, SourceArgs, VerdictArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) report: ReportArgs,

    /// How far back failures are looked for: 30m, 12h, 7d, or a time such as 2026-11-22T08:00:00Z; an hour, if left out
    #[arg(long, value_name = "AGE", value_parser = since)]
    pub(crate) since: Option<Since>,

    #[command(flatten)]
    pub(crate) logs: LogArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    /// Ask the routes that are opted in, by their API's tag or by entries of the configuration, as verify does;
    /// what they answer is evidence for the checks. Without this, no API is called
    #[arg(long)]
    pub(crate) probe: bool,

    /// Look the account's own host names up, so that checks on them can say something
    #[arg(long)]
    pub(crate) probe_network: bool,
}

/// How much of the logs may be read.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// The most gigabytes that one query of CloudWatch Logs Insights may look through, which is what queries cost by
    /// (about half a US cent each); 0 for none. Else what the configuration says, else 1
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub(crate) query_limit: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ErrorsArgs {
    /// Read a log from a file, or - for standard input, instead of an account; may be given several times
    #[arg(long = "file", value_name = "FILE", conflicts_with_all = ["recording", "profile", "endpoint_url", "regions", "api", "stage"])]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,

    #[command(flatten)]
    pub(crate) logs: LogArgs,

    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    /// Only this function; may be given several times. A single one names the lines that do not say whose they are
    #[arg(long = "function", value_name = "NAME")]
    pub(crate) functions: Vec<String>,

    /// Only this log group; may be given several times
    #[arg(long = "log-group", value_name = "NAME")]
    pub(crate) log_groups: Vec<String>,

    /// Only failures since then: 30m, 12h, 7d, or a time such as 2026-11-22T08:00:00Z. Of an account the last hour, of
    /// files everything, if left out
    #[arg(long, value_name = "AGE", value_parser = since)]
    pub(crate) since: Option<Since>,

    /// Write the number and fingerprint of every error line to a file
    #[arg(long, value_name = "FILE", requires = "files")]
    pub(crate) assignments: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

/// The beginning of a time that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So long before now.
    Ago(jiff::SignedDuration),
    /// That time.
    At(jiff::Timestamp),
}

impl Since {
    /// The time that it is, if it is `now`. What is older than time itself is its beginning.
    pub(crate) fn before(self, now: jiff::Timestamp) -> jiff::Timestamp {
        match self {
            Since::Ago(age) => now.checked_sub(age).unwrap_or(jiff::Timestamp::MIN),
            Since::At(time) => time,
        }
    }
}

fn since(text: &str) -> Result<Since, String> {
    const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
    if let Ok(time) = text.parse() {
        return Ok(Since::At(time));
    }
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(*unit));
    let age =
        unit.and_then(|(unit, seconds)| text.strip_suffix(*unit)?.parse::<u32>().ok().map(|n| i64::from(n) * seconds));
    let age = age.ok_or("it must be a number with s, m, h, d or w, or a time such as 2026-11-22T08:00:00Z")?;
    Ok(Since::Ago(jiff::SignedDuration::from_secs(age)))
}

fn gigabytes(text: &str) -> Result<u64, String> {
    ::config::bytes(text.parse().map_err(|_| "not a number".to_owned())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_or_a_time_says_since_when() {
        let now: jiff::Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90s", "2026-11-22T07:58:30Z"),
            ("30m", "2026-11-22T07:30:00Z"),
            ("1h", "2026-11-22T07:00:00Z"),
            ("7d", "2026-11-15T08:00:00Z"),
            ("2w", "2026-11-08T08:00:00Z"),
            ("2026-11-01T00:00:00+01:00", "2026-10-31T23:00:00Z"),
        ] {
            assert_eq!(since(text).unwrap().before(now), expected.parse().unwrap(), "{text}");
        }
        for text in ["", "h", "1", "-1h", "1.5h", "yesterday", "1h30m", "99999999999d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_a_number_of_gigabytes() {
        assert_eq!((gigabytes("1"), gigabytes("0.5"), gigabytes("0")), (Ok(1 << 30), Ok(1 << 29), Ok(0)));
        for text in ["-1", "NaN", "much", ""] {
            assert!(gigabytes(text).is_err(), "{text}");
        }
    }
}
