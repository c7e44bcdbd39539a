//! The configuration of the service: `stagecheck.toml`, an object of its bucket.

use config::Config;
use store::{Backend, StoreError};

use crate::Service;

/// A configuration that is named, and cannot be used. Audits stop: without what it says, everybody would be told of what
/// nobody was to be told.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The bucket cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Store(#[from] StoreError),
    /// There is no such object.
    #[error(
        "the bucket holds no {0}, which CONFIG_KEY names: put the configuration there, or leave the parameter ConfigKey empty"
    )]
    Absent(String),
    /// It is not text.
    #[error("{0} in the bucket is not text in UTF-8")]
    NotText(String),
    /// What it says makes no sense.
    #[error("{key}:{error}; {help}", help = .error.help)]
    Wrong {
        /// The object.
        key: String,
        /// What is wrong in it.
        error: config::ConfigError,
    },
}

impl<B: Backend> Service<B> {
    /// What the configuration says.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if the object is not there, or cannot be read or understood.
    pub async fn config(&self, key: &str) -> Result<Config, ConfigError> {
        let bytes = self.store.file(key).await?.ok_or_else(|| ConfigError::Absent(key.to_owned()))?;
        let text = String::from_utf8(bytes).map_err(|_| ConfigError::NotText(key.to_owned()))?;
        Config::parse(&text).map_err(|error| ConfigError::Wrong { key: key.to_owned(), error })
    }
}
