//! One machine's backend: a file of SQLite's, with the objects in it.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::StoreError;
use crate::backend::{Backend, Expected, Item, Key, Page, Write};

/// How long a write waits for another process's.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file of SQLite's.
pub struct Sqlite {
    connection: Mutex<Connection>,
    name: String,
}

impl Sqlite {
    /// Opens a file, which is made if need be, and forgets what expired before `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be made, or is no file of SQLite's.
    pub fn open(path: &Path, now: Timestamp) -> Result<Sqlite, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| StoreError::Io { path: folder.to_owned(), error })?;
        }
        Sqlite::prepare(Connection::open(path), path.display().to_string(), now)
    }

    /// A store that is gone with this process.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if there is no memory for it.
    pub fn in_memory() -> Result<Sqlite, StoreError> {
        Sqlite::prepare(Connection::open_in_memory(), "the store in memory".to_owned(), Timestamp::MIN)
    }

    fn prepare(opened: rusqlite::Result<Connection>, name: String, now: Timestamp) -> Result<Sqlite, StoreError> {
        let prepared = opened.and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            // With a log that is written ahead, readers do not wait; a power cut may cost the last runs, and no more.
            connection.execute_batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS items (
                     partition TEXT NOT NULL, sort TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
                     fingerprint TEXT, expires INTEGER, PRIMARY KEY (partition, sort)) WITHOUT ROWID;
                 CREATE INDEX IF NOT EXISTS fingerprints ON items (fingerprint) WHERE fingerprint IS NOT NULL;
                 CREATE TABLE IF NOT EXISTS objects (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;",
            )?;
            connection.execute("DELETE FROM items WHERE expires < ?1", [now.as_second()])?;
            Ok(connection)
        });
        match prepared {
            Ok(connection) => Ok(Sqlite { connection: Mutex::new(connection), name }),
            Err(error) => Err(StoreError::Backend { what: format!("opening {name}"), why: error.to_string() }),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, what: &str) -> impl Fn(rusqlite::Error) -> StoreError {
        let what = format!("{what} {}", self.name);
        move |error| StoreError::Backend { what: what.clone(), why: error.to_string() }
    }

    fn write_all(&self, writes: &[Write]) -> rusqlite::Result<bool> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            if !make(&transaction, write)? {
                return Ok(false);
            }
        }
        transaction.commit()?;
        Ok(true)
    }
}

impl Backend for Sqlite {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let query = "SELECT partition, sort, revision, body, expires FROM items WHERE partition = ?1 AND sort = ?2";
        let found = self.connection().query_row(query, params![key.partition, key.sort], item).optional();
        found.map_err(self.failed("reading"))
    }

    async fn list(&self, partition: &str, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page, StoreError> {
        let listed = || -> rusqlite::Result<Vec<Item>> {
            let connection = self.connection();
            let mut query = connection.prepare(
                "SELECT partition, sort, revision, body, expires FROM items
                 WHERE partition = ?1 AND sort >= ?2 AND sort > ?3 AND substr(sort, 1, length(?2)) = ?2
                 ORDER BY sort LIMIT ?4",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            query.query_map(params![partition, prefix, after.unwrap_or_default(), limit], item)?.collect()
        };
        let items = listed().map_err(self.failed("reading"))?;
        let next = items.last().filter(|_| items.len() >= limit).map(|last| last.key.sort.clone());
        Ok(Page { items, next })
    }

    async fn find(&self, fingerprint: &str) -> Result<Option<Key>, StoreError> {
        let query = "SELECT partition, sort FROM items WHERE fingerprint = ?1";
        let key = |row: &Row| Ok(Key { partition: row.get(0)?, sort: row.get(1)? });
        self.connection().query_row(query, [fingerprint], key).optional().map_err(self.failed("reading"))
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, StoreError> {
        self.write_all(writes).map_err(self.failed("writing"))
    }

    async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let put = "INSERT OR REPLACE INTO objects (name, body) VALUES (?1, ?2)";
        self.connection().execute(put, params![name, bytes]).map(drop).map_err(self.failed("writing"))
    }

    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = "SELECT body FROM objects WHERE name = ?1";
        self.connection().query_row(query, [name], |row| row.get(0)).optional().map_err(self.failed("reading"))
    }

    async fn forget_object(&self, name: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM objects WHERE name = ?1";
        self.connection().execute(delete, [name]).map(drop).map_err(self.failed("writing"))
    }
}

fn item(row: &Row) -> rusqlite::Result<Item> {
    let expires: Option<i64> = row.get(4)?;
    Ok(Item {
        key: Key { partition: row.get(0)?, sort: row.get(1)? },
        revision: row.get(2)?,
        body: row.get(3)?,
        expires: expires.and_then(|seconds| Timestamp::from_second(seconds).ok()),
    })
}

/// Makes a write within a transaction; `false` if its condition does not hold.
fn make(transaction: &Transaction, write: &Write) -> rusqlite::Result<bool> {
    let Key { partition, sort } = write.key();
    let query = "SELECT revision FROM items WHERE partition = ?1 AND sort = ?2";
    let found: Option<u32> = transaction.query_row(query, params![partition, sort], |row| row.get(0)).optional()?;
    match write {
        Write::Check { revision, .. } => Ok(found == Some(*revision)),
        Write::Delete { .. } => {
            transaction.execute("DELETE FROM items WHERE partition = ?1 AND sort = ?2", params![partition, sort])?;
            Ok(true)
        }
        Write::Put { body, fingerprint, expires, expected, .. } => {
            let holds = match expected {
                Expected::Any => true,
                Expected::Absent => found.is_none(),
                Expected::Revision(revision) => found == Some(*revision),
            };
            if holds {
                transaction.execute(
                    "INSERT OR REPLACE INTO items (partition, sort, revision, body, fingerprint, expires)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![partition, sort, expected.next(), body, fingerprint, expires.map(Timestamp::as_second)],
                )?;
            }
            Ok(holds)
        }
    }
}
