//! What is kept between runs.
//!
//! [`Store`] keeps findings with their lives, the history of runs, groups of errors, and what was read of deployments. It
//! is written once, over a [`Backend`]: a table of items and a place for large objects. There are two, SQLite for one
//! machine and DynamoDB with S3 for the service, and one test suite for both.
//!
//! [`Directory`] keeps the baselines of the command line as files that people can look at.
//!
//! `docs/store.md` shows the items of the table, and in which order they are written.

#[cfg(feature = "aws")]
mod aws;
mod backend;
mod begin;
mod deployments;
mod directory;
mod entries;
mod errors;
mod findings;
mod history;
mod item;
mod keep;
mod parts;
mod places;
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
mod standing;
mod status;

use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

#[cfg(feature = "aws")]
pub use aws::Aws;
pub use backend::{Backend, Expected, Item, Key, Page, Write};
pub use directory::{Directory, Served};
pub use entries::Sweep;
pub use errors::TrackedGroup;
pub use findings::{Filter, List, RegionStatus, Unlisted};
pub use history::{Metric, Point, Tally};
pub use item::pack;
pub use keep::{Audit, Kept};
pub use parts::Progress;
pub use places::{Place, Regions};
pub use secret::Secret;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use standing::Standing;
pub use status::{ApiStatus, Counts, Gap, RunRecord, StageState};

use item::Keyed;

/// The version of what is kept. A store of a later version is not touched.
pub const VERSION: u32 = 1;

/// Findings and what belongs to them.
pub struct Store<B> {
    backend: B,
    retention: SignedDuration,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

/// Why something was not kept, or not found again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refuses.
    #[error("{path}: {error}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// A file is none of the store's.
    #[error("{path} is not what stagecheck keeps: {error}", path = .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// An id cannot be the name of a file.
    #[error("`{0}` is no id of AWS's")]
    Id(String),
    /// The database, the table or the bucket refuses, or cannot be reached.
    #[error("{what} failed: {why}")]
    Backend {
        /// What was attempted, and on what: `reading regions# of the table findings`.
        what: String,
        /// What was answered. One line.
        why: String,
    },
    /// An item is none of the store's.
    #[error(
        "{key} is not what this stagecheck keeps: {why}; if another version wrote it, docs/store.md says what to do"
    )]
    Item {
        /// Its key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store is of a later version than this program.
    #[error("the store is of version {found}, and this stagecheck knows versions up to {VERSION}; update stagecheck")]
    Newer {
        /// The store's version.
        found: u32,
    },
    /// Others kept writing the same.
    #[error("{0} was written by others again and again; try again")]
    Busy(String),
    /// A part of a list was asked for with something that no part ended with.
    #[error("`{0}` is not where a list was left off")]
    Token(String),
    /// A run is scheduled for a time that is still to come.
    #[error("the run is of {at}, and it is {now}: one of the clocks is wrong")]
    Future {
        /// The run.
        at: Timestamp,
        /// The present.
        now: Timestamp,
    },
}

impl<B: Backend> Store<B> {
    /// The store in a backend, which is made ready if it is empty. What is over is kept for the time of `retention`; `clock`
    /// tells the present.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`], if a later version of stagecheck wrote it; otherwise, if it cannot be read or written.
    pub async fn open(
        backend: B,
        retention: SignedDuration,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Store<B>, StoreError> {
        let store = Store { backend, retention, clock: Box::new(clock) };
        let key = Key::new("store", "schema");
        let found: Option<Keyed<Schema>> = store.item(&key).await?;
        match found.map(|found| found.value.version) {
            Some(VERSION) => {}
            Some(found) if found > VERSION => return Err(StoreError::Newer { found }),
            // Whoever else opens it at the same time writes the same.
            _ => store.put(item::put(key, &Schema { version: VERSION }, Expected::Any)?).await.map(drop)?,
        }
        Ok(store)
    }

    /// When something that is over now may be forgotten.
    fn expiry(&self, over: Timestamp) -> Timestamp {
        over.saturating_add(self.retention).unwrap_or(Timestamp::MAX)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The first item of every store.
#[derive(serde::Serialize, serde::Deserialize)]
struct Schema {
    version: u32,
}
