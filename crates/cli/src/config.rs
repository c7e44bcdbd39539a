//! `stagecheck.toml`: what is set once and not on every command line.

mod probe;

use std::env;
use std::ops::Range;
use std::path::{Path, PathBuf};

use engine::probe::Entry;
use probe::Probe;
use serde::Deserialize;
use toml::Spanned;

use crate::args::{ConfigArgs, bytes};
use crate::error::Failure;
use crate::source::read_text;
use crate::text::style::visible;

/// The file that is read if none is named.
const DEFAULT: &str = "stagecheck.toml";

/// What a configuration says. Without a file, nothing.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The most bytes that one query of Logs Insights may look through.
    pub(crate) query_bytes: Option<u64>,
    /// The routes that may be asked, each with the line of its entry, without the secrets that variables hold.
    probes: Vec<(usize, Probe)>,
    path: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    logs: Logs,
    probe: Vec<Spanned<Probe>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Logs {
    /// Gigabytes.
    query_limit: Option<Spanned<f64>>,
}

impl Config {
    /// Reads the file that the options name; otherwise `stagecheck.toml` of this folder, if there is one.
    pub(crate) fn read(args: &ConfigArgs) -> Result<Config, Failure> {
        let path = match &args.config {
            Some(path) => path.clone(),
            None if Path::new(DEFAULT).exists() => PathBuf::from(DEFAULT),
            None => return Ok(Config::default()),
        };
        let text = read_text(&path, "save it in UTF-8: docs/configuration.md describes what it holds")?;
        let config = Config::parse(&text, &path).map_err(|error| {
            let help = "docs/configuration.md describes every key, with an example";
            Failure::new(visible(&format!("{}:{error}", path.display()))).help(help)
        })?;
        Ok(config)
    }

    /// Reads a configuration. An error begins with its line.
    fn parse(text: &str, path: &Path) -> Result<Config, String> {
        let line = |span: Option<Range<usize>>| {
            let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
            before.matches('\n').count() + 1
        };
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            format!("{}: {}", line(error.span()), without_value(&message))
        })?;
        let at = |line: usize, message: String| format!("{line}: {message}");
        let limit = file.logs.query_limit.map(|limit| {
            bytes(*limit.get_ref()).map_err(|message| at(line(Some(limit.span())), format!("query-limit: {message}")))
        });
        let mut probes = Vec::with_capacity(file.probe.len());
        for probe in file.probe {
            let line = line(Some(probe.span()));
            let probe = probe.into_inner();
            probe.check().map_err(|message| at(line, format!("[[probe]]: {message}")))?;
            probes.push((line, probe));
        }
        Ok(Config { query_bytes: limit.transpose()?, probes, path: path.to_owned() })
    }

    /// The routes that may be asked, with the secrets that variables of the environment hold.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        self.entries_in(&|name| env::var(name).ok())
    }

    /// The same, where a function reads the variables.
    fn entries_in(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Entry>, Failure> {
        let entry = |(line, probe): &(usize, Probe)| {
            probe.entry(variable).map_err(|(message, help)| {
                let message = format!("{}:{line}: [[probe]]: {message}", self.path.display());
                Failure::new(visible(&message)).help(help)
            })
        };
        self.probes.iter().map(entry).collect()
    }
}

/// What a deserializer says of a value of the wrong type, without the value, which may be a secret:
/// `invalid type: string "s3cr3t", expected a map`.
fn without_value(message: &str) -> String {
    let parts = ["invalid type: ", "invalid value: "].into_iter().find_map(|begin| {
        let (found, expected) = message.strip_prefix(begin)?.rsplit_once(", expected ")?;
        let kind = found.split(['"', '`']).next().unwrap_or_default().trim_end();
        Some(format!("{begin}{kind}, expected {expected}"))
    });
    parts.unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests;
