//! `stagecheck.toml`: what is set once and not on every command line.

use std::collections::BTreeMap;
use std::env;
use std::ops::Range;
use std::path::{Path, PathBuf};

use engine::exchange::Headers;
use engine::probe::Entry;
use engine::secret;
use serde::Deserialize;
use toml::Spanned;

use crate::args::{ConfigArgs, bytes};
use crate::error::Failure;
use crate::source::read_file;
use crate::text::style::visible;

/// The file that is read if none is named.
const DEFAULT: &str = "stagecheck.toml";

/// What a configuration says. Without a file, nothing.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The most bytes that one query of Logs Insights may look through.
    pub(crate) query_bytes: Option<u64>,
    /// The routes that may be asked, without the secrets that variables hold.
    probes: Vec<Probe>,
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

/// A `[[probe]]` entry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Probe {
    api: String,
    #[serde(default)]
    stages: Vec<String>,
    #[serde(default = "get")]
    method: String,
    path: String,
    /// The path that is asked of the route `$default`.
    request_path: Option<String>,
    #[serde(default)]
    path_parameters: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// By the header's name, the variable of the environment that holds its value.
    #[serde(default)]
    headers_env: BTreeMap<String, String>,
    api_key_env: Option<String>,
    body: Option<String>,
    #[serde(default)]
    sign: bool,
    #[serde(default)]
    invoke: bool,
}

fn get() -> String {
    "GET".to_owned()
}

impl Config {
    /// Reads the file that the options name; otherwise `stagecheck.toml` of this folder, if there is one.
    pub(crate) fn read(args: &ConfigArgs) -> Result<Config, Failure> {
        let path = match &args.config {
            Some(path) => path.clone(),
            None if Path::new(DEFAULT).exists() => PathBuf::from(DEFAULT),
            None => return Ok(Config::default()),
        };
        let config = Config::parse(&read_file(&path)?, &path).map_err(|error| {
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
            format!("{}: {message}", line(error.span()))
        })?;
        let at = |span: Range<usize>, message: String| format!("{}: {message}", line(Some(span)));
        let limit = file.logs.query_limit.map(|limit| {
            bytes(*limit.get_ref()).map_err(|message| at(limit.span(), format!("query-limit: {message}")))
        });
        let mut probes = Vec::with_capacity(file.probe.len());
        for probe in file.probe {
            let span = probe.span();
            let probe = probe.into_inner();
            probe.check().map_err(|message| at(span, format!("[[probe]]: {message}")))?;
            probes.push(probe);
        }
        Ok(Config { query_bytes: limit.transpose()?, probes, path: path.to_owned() })
    }

    /// The routes that may be asked, with the secrets that variables of the environment hold.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let secret = |name: &str| {
            env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("{} names the variable {}, which is not set", self.path.display(), visible(name));
                Failure::new(message).help("set it, or take the [[probe]] entry out")
            })
        };
        self.probes.iter().map(|probe| probe.entry(&secret)).collect()
    }
}

impl Probe {
    /// What is wrong with an entry that its form does not tell.
    fn check(&self) -> Result<(), String> {
        const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
        if !METHODS.contains(&self.method.as_str()) {
            return Err(format!("method is one of {}, and not `{}`", METHODS.join(", "), self.method));
        }
        match (self.path.as_str(), &self.request_path) {
            ("$default", Some(path)) if path.starts_with('/') => {}
            ("$default", _) => return Err("the route $default takes any path: request-path says which is asked".into()),
            (_, Some(_)) => return Err("request-path is of path = \"$default\" alone".into()),
            (path, None) if path.starts_with('/') => {}
            (path, None) => return Err(format!("path begins with a slash, and `{path}` does not")),
        }
        for (name, value) in &self.headers {
            if secret::is_credential_name(name) || secret::is_credential(value) {
                return Err(format!(
                    "the header `{name}` holds a secret: name a variable of the environment in headers-env instead"
                ));
            }
        }
        if let Some((name, _)) = self.query.iter().find(|(_, value)| secret::is_credential(value)) {
            return Err(format!("the query parameter `{name}` holds a secret, and no secret may stand in this file"));
        }
        Ok(())
    }

    fn entry(&self, secret: &dyn Fn(&str) -> Result<String, Failure>) -> Result<Entry, Failure> {
        let mut headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        for (name, variable) in &self.headers_env {
            headers.push((name.clone(), secret(variable)?));
        }
        if let Some(variable) = &self.api_key_env {
            headers.push(("x-api-key".to_owned(), secret(variable)?));
        }
        Ok(Entry {
            api: self.api.clone(),
            stages: self.stages.clone(),
            method: self.method.clone(),
            path: self.path.clone(),
            request_path: self.request_path.clone(),
            path_parameters: self.path_parameters.clone(),
            query: self.query.clone(),
            headers: Headers(headers),
            body: self.body.clone(),
            sign: self.sign,
            invoke: self.invoke,
        })
    }
}

#[cfg(test)]
mod tests;
