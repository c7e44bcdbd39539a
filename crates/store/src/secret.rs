//! A secret that all who open a store share.

use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Expected, Key};
use crate::item::{self, Keyed};
use crate::{Store, StoreError};

/// Bytes that nobody can guess. They are never printed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret(pub [u8; 32]);

impl<B: Backend> Store<B> {
    /// The secret of this store, with which processes that share nothing else can tell what one of them has signed. The
    /// first that asks keeps `fresh`, and it stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it can neither be read nor kept.
    pub async fn secret(&self, fresh: impl FnOnce() -> Secret) -> Result<Secret, StoreError> {
        let key = Key::new("store", "secret");
        if let Some(Keyed { value, .. }) = self.item(&key).await? {
            return Ok(value);
        }
        let fresh = fresh();
        if self.put(item::put(key.clone(), &fresh, Expected::Absent)?).await? {
            return Ok(fresh);
        }
        let found: Option<Keyed<Secret>> = self.item(&key).await?;
        found.map(|found| found.value).ok_or_else(|| StoreError::Busy(key.to_string()))
    }
}
