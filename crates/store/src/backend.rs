//! What a store is kept in: a table of items, and large objects.

use jiff::Timestamp;

use crate::StoreError;

/// A table of items, each of which is replaced as a whole, and objects that are too large for it.
pub trait Backend: Send + Sync {
    /// An item, as it is after every write that was answered.
    fn get(&self, key: &Key) -> impl Future<Output = Result<Option<Item>, StoreError>> + Send;

    /// The items of a partition whose sort keys begin with `prefix`, in their order, beginning after `after`; about `limit`
    /// of them. There are more if [`Page::next`] says so, even where the page is empty.
    fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// The key of the finding with a fingerprint. One that was written a moment ago may be missing.
    fn find(&self, fingerprint: &str) -> impl Future<Output = Result<Option<Key>, StoreError>> + Send;

    /// Makes all of at most 100 writes (DynamoDB's limit of `TransactWriteItems`), or none: `false` if a condition does not hold, or somebody else writes
    /// the same at this moment.
    fn write(&self, writes: &[Write]) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Keeps an object, over one of the same name.
    fn put_object(&self, name: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// An object.
    fn object(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Forgets an object, if it is there.
    fn forget_object(&self, name: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl<B: Backend> Backend for &B {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        (**self).get(key).await
    }

    async fn list(&self, partition: &str, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page, StoreError> {
        (**self).list(partition, prefix, after, limit).await
    }

    async fn find(&self, fingerprint: &str) -> Result<Option<Key>, StoreError> {
        (**self).find(fingerprint).await
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, StoreError> {
        (**self).write(writes).await
    }

    async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        (**self).put_object(name, bytes).await
    }

    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).object(name).await
    }

    async fn forget_object(&self, name: &str) -> Result<(), StoreError> {
        (**self).forget_object(name).await
    }
}

/// What tells items apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What is read together.
    pub partition: String,
    /// The order within that.
    pub sort: String,
}

/// What is kept under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: Key,
    /// How often it was written.
    pub revision: u32,
    /// What it holds.
    pub body: Vec<u8>,
    /// When it may be forgotten.
    pub expires: Option<Timestamp>,
}

/// Some items, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// The sort key after which there may be more.
    pub next: Option<String>,
}

/// A write, and on what condition it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Puts an item in the place of an earlier one.
    Put {
        /// Its key.
        key: Key,
        /// What it holds.
        body: Vec<u8>,
        /// The fingerprint under which it is found.
        fingerprint: Option<String>,
        /// When it may be forgotten.
        expires: Option<Timestamp>,
        /// What has to be there.
        expected: Expected,
    },
    /// Only holds the other writes back, unless an item is still of a revision.
    Check {
        /// Its key.
        key: Key,
        /// The revision.
        revision: u32,
    },
    /// Takes an item away.
    Delete {
        /// Its key.
        key: Key,
    },
}

/// What has to be there when something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// The item, of this revision.
    Revision(u32),
    /// Anything, or nothing.
    Any,
}

impl Expected {
    /// The revision of what is written.
    pub fn next(self) -> u32 {
        match self {
            Expected::Absent | Expected::Any => 1,
            Expected::Revision(revision) => revision + 1,
        }
    }
}

impl Write {
    /// The key of what is written.
    pub fn key(&self) -> &Key {
        match self {
            Write::Put { key, .. } | Write::Check { key, .. } | Write::Delete { key } => key,
        }
    }
}

impl Key {
    /// A key.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Key {
        Key { partition: partition.into(), sort: sort.into() }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.partition, self.sort)
    }
}
