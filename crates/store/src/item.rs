//! What items hold: JSON, compressed. A finding is a third of its size then, and a table is paid for by the kilobyte.

use std::io::{Read, Write as _};

use engine::reconcile::to_the_second;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{Backend, Expected, Item, Key, Write};
use crate::{Store, StoreError};

/// The largest that an item or an object may be when it is unpacked: AWS's exports have at most some megabytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// How many items are asked for at once, where all are wanted.
const PAGE: usize = 1000;

/// How often something is written anew if others write the same.
pub(crate) const ATTEMPTS: u32 = 20;

/// A value, and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) key: Key,
    pub(crate) revision: u32,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) value: T,
}

/// A value as items and objects hold it.
///
/// # Errors
///
/// [`StoreError::Item`], if it cannot be written as JSON.
pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let unkeepable = |why: String| StoreError::Item { key: "a value".to_owned(), why };
    let json = serde_json::to_vec(value).map_err(|error| unkeepable(error.to_string()))?;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&json).and_then(|()| encoder.finish());
    packed.map_err(|error| unkeepable(error.to_string()))
}

/// A value that was kept under a name.
pub(crate) fn unpack<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, StoreError> {
    let strange = |why: String| StoreError::Item { key: name.to_owned(), why };
    let mut json = Vec::new();
    ZlibDecoder::new(bytes).take(LARGEST).read_to_end(&mut json).map_err(|error| strange(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| strange(error.to_string()))
}

/// Puts a value that neither is found by its fingerprint nor expires.
pub(crate) fn put(key: Key, value: &impl Serialize, expected: Expected) -> Result<Write, StoreError> {
    Ok(Write::Put { key, body: pack(value)?, fingerprint: None, expires: None, expected })
}

impl Write {
    /// The same write, of what may be forgotten at a time.
    pub(crate) fn expiring(mut self, at: Option<Timestamp>) -> Write {
        if let Write::Put { expires, .. } = &mut self {
            *expires = at;
        }
        self
    }
}

impl<T: DeserializeOwned> Keyed<T> {
    pub(crate) fn of(item: Item) -> Result<Keyed<T>, StoreError> {
        let Item { key, revision, body, expires } = item;
        Ok(Keyed { value: unpack(&key.to_string(), &body)?, key, revision, expires })
    }
}

impl<T> Keyed<T> {
    /// Whether it is still to be shown. A table forgets some time after it may.
    pub(crate) fn is_shown(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

impl<B: Backend> Store<B> {
    /// A value.
    pub(crate) async fn item<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Keyed<T>>, StoreError> {
        self.backend.get(key).await?.map(Keyed::of).transpose()
    }

    /// All values of a partition whose sort keys begin with a prefix, in their order, beginning after `after`. Those that
    /// have expired are among them, if they were not forgotten yet.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<Keyed<T>>, StoreError> {
        let mut found = Vec::new();
        self.each(partition, prefix, after, |value| found.push(value)).await?;
        Ok(found)
    }

    /// Shows each of them, and keeps no more than a page at a time.
    pub(crate) async fn each<T: DeserializeOwned>(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        mut see: impl FnMut(Keyed<T>),
    ) -> Result<(), StoreError> {
        let mut after = after.map(str::to_owned);
        loop {
            let page = self.backend.list(partition, prefix, after.as_deref(), PAGE).await?;
            for item in page.items {
                see(Keyed::of(item)?);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Makes one write; whether its condition held.
    pub(crate) async fn put(&self, write: Write) -> Result<bool, StoreError> {
        self.backend.write(&[write]).await
    }

    /// Changes a value, however many others change it at the same time. `change` makes the new value of the old one, and
    /// when it may be forgotten; nothing if nothing is to be changed. What comes back is what is kept in the end.
    pub(crate) async fn change<T: Serialize + DeserializeOwned>(
        &self,
        key: &Key,
        change: impl Fn(Option<&T>) -> Option<(T, Option<Timestamp>)>,
    ) -> Result<Option<Keyed<T>>, StoreError> {
        for _ in 0..ATTEMPTS {
            let found: Option<Keyed<T>> = self.item(key).await?;
            let Some((value, expires)) = change(found.as_ref().map(|found| &found.value)) else { return Ok(found) };
            let expected = found.map_or(Expected::Absent, |found| Expected::Revision(found.revision));
            if self.put(put(key.clone(), &value, expected)?.expiring(expires)).await? {
                return Ok(Some(Keyed { key: key.clone(), revision: expected.next(), expires, value }));
            }
        }
        Err(StoreError::Busy(key.to_string()))
    }
}

/// A time as a sort key: later ones sort behind.
pub(crate) fn sortable(time: Timestamp) -> String {
    // Fractions would sort before whole seconds.
    to_the_second(time).to_string()
}
