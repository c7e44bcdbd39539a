//! `stagecheck.toml`: which file is read, and how the command line speaks of what is wrong in it.

use std::env;
use std::path::{Path, PathBuf};

use ::config::{Config, ConfigError};
use engine::probe::Entry;

use crate::args::ConfigArgs;
use crate::error::Failure;
use crate::source::read_text;
use crate::text::style::visible;

/// The file that is read if none is named.
const DEFAULT: &str = "stagecheck.toml";

/// A configuration, and the file that it was read from. Without a file, nothing.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    /// What it says.
    pub(crate) config: Config,
    path: PathBuf,
}

impl ConfigFile {
    /// Reads the file that the options name; otherwise `stagecheck.toml` of this folder, if there is one.
    pub(crate) fn read(args: &ConfigArgs) -> Result<ConfigFile, Failure> {
        let path = match &args.config {
            Some(path) => path.clone(),
            None if Path::new(DEFAULT).exists() => PathBuf::from(DEFAULT),
            None => return Ok(ConfigFile::default()),
        };
        let text = read_text(&path, "save it in UTF-8: docs/configuration.md describes what it holds")?;
        let config = Config::parse(&text).map_err(|error| failure(&path, &error))?;
        Ok(ConfigFile { config, path })
    }

    /// The routes that may be asked, with the secrets that variables of the environment hold.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        self.config.entries(&|name| env::var(name).ok()).map_err(|error| failure(&self.path, &error))
    }
}

fn failure(path: &Path, error: &ConfigError) -> Failure {
    Failure::new(visible(&format!("{}:{error}", path.display()))).help(error.help)
}
