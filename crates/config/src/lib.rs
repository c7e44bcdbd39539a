//! `stagecheck.toml`: what is set once and not on every command line. `docs/configuration.md` describes every key.
//!
//! Text in, what it says out: who calls finds the text, and reads the variables of the environment that it names.

mod probe;
mod suppress;

use std::ops::Range;

use engine::probe::Entry;
use engine::suppress::Entry as Suppression;
use serde::Deserialize;
use toml::Spanned;

use crate::probe::Probe;
use crate::suppress::Suppress;

/// What a configuration says. Without a file, nothing.
#[derive(Debug, Default)]
pub struct Config {
    /// The most bytes that one query of Logs Insights may look through.
    pub query_bytes: Option<u64>,
    /// The findings of which nobody is to be told; no two entries are for the same.
    pub suppressions: Vec<Suppression>,
    /// The routes that may be asked, each with the line of its entry, without the secrets that variables hold.
    probes: Vec<(usize, Probe)>,
}

/// What is wrong with a configuration. No value that may be a secret is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {message}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there. One line.
    pub message: String,
    /// What to do next.
    pub help: &'static str,
}

/// What to do next where nothing else helps more.
const HELP: &str = "docs/configuration.md describes every key, with an example";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    logs: Logs,
    probe: Vec<Spanned<Probe>>,
    suppress: Vec<Spanned<Suppress>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Logs {
    /// Gigabytes.
    query_limit: Option<Spanned<f64>>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the line of the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let line = |span: Option<Range<usize>>| {
            let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
            before.matches('\n').count() + 1
        };
        let wrong = |line: usize, message: String| ConfigError { line, message, help: HELP };
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            wrong(line(error.span()), without_value(&message))
        })?;
        let limit = file.logs.query_limit.map(|limit| {
            bytes(*limit.get_ref())
                .map_err(|message| wrong(line(Some(limit.span())), format!("query-limit: {message}")))
        });
        let mut probes = Vec::with_capacity(file.probe.len());
        for probe in file.probe {
            let line = line(Some(probe.span()));
            let probe = probe.into_inner();
            probe.check().map_err(|message| wrong(line, format!("[[probe]]: {message}")))?;
            probes.push((line, probe));
        }
        let mut suppressions: Vec<Suppression> = Vec::with_capacity(file.suppress.len());
        for entry in file.suppress {
            let line = line(Some(entry.span()));
            let wrong = |message: String| wrong(line, format!("[[suppress]]: {message}"));
            let entry = entry.into_inner().entry(line).map_err(wrong)?;
            if let Some(same) = suppressions.iter().find(|earlier| earlier.key() == entry.key()) {
                return Err(wrong(format!("the entry of line {} is for the same", same.line)));
            }
            suppressions.push(entry);
        }
        Ok(Config { query_bytes: limit.transpose()?, suppressions, probes })
    }

    /// The routes that may be asked, with the secrets that variables of the environment hold; `variable` reads one.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the entry whose variable is not set, or holds what it may not hold.
    pub fn entries(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Entry>, ConfigError> {
        self.each_entry(variable).collect()
    }

    /// The same one by one: where the variable of one is not set, the others may be asked.
    pub fn each_entry<'a>(
        &'a self,
        variable: &'a dyn Fn(&str) -> Option<String>,
    ) -> impl Iterator<Item = Result<Entry, ConfigError>> + 'a {
        self.probes.iter().map(move |(line, probe)| {
            probe.entry(variable).map_err(|(message, help)| ConfigError {
                line: *line,
                message: format!("[[probe]]: {message}"),
                help,
            })
        })
    }
}

/// The bytes of so many gigabytes.
///
/// # Errors
///
/// What the number has to be, if it is none that makes sense.
pub fn bytes(gigabytes: f64) -> Result<u64, String> {
    if !(0.0..=1_000_000.0).contains(&gigabytes) {
        return Err("it must be a number of gigabytes, from 0".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was just bounded")]
    let bytes = (gigabytes * f64::from(1 << 30)) as u64;
    Ok(bytes)
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
