//! The accounts that are audited, and how they are reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use collect::{Account, ConnectError, Identity, Target};
use engine::arn;
use engine::observed::NotRead;
use tokio::sync::Mutex;

use crate::settings::{Audited, Settings};

/// The accounts that are audited: one connection to each, which the process keeps, and with it its part of the quota.
pub struct Accounts {
    settings: Settings,
    /// By account; the function's own is the one without a name, too.
    connected: Mutex<BTreeMap<Option<String>, Arc<Account>>>,
    /// The organization's, as they were last listed.
    members: Mutex<BTreeSet<String>>,
}

impl Accounts {
    /// Nothing is connected yet.
    pub fn new(settings: &Settings) -> Accounts {
        Accounts { settings: settings.clone(), connected: Mutex::default(), members: Mutex::default() }
    }

    /// The function's own account.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], if nobody can tell whose it is.
    pub async fn own(&self) -> Result<Arc<Account>, ConnectError> {
        self.connect(self.settings.identity.clone(), None).await
    }

    /// An account by its twelve digits, through the role in it; the function's own, if it is that.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], if it cannot be reached.
    pub async fn get(&self, id: Option<&str>) -> Result<Arc<Account>, ConnectError> {
        let own = self.own().await?;
        let Some(id) = id.filter(|id| *id != own.id()) else { return Ok(own) };
        let partition = arn::partition(own.regions().first().map(String::as_str).unwrap_or_default());
        let name = self.settings.role.as_deref().unwrap_or_default();
        let arn = format!("arn:{partition}:iam::{id}:role/{name}");
        if name.is_empty() {
            let reason = "ACCOUNTS_ROLE does not name a role".to_owned();
            return Err(ConnectError::NoRole { arn, reason });
        }
        self.connect(Identity::Role { arn }, Some(id.to_owned())).await
    }

    /// The ids of the accounts that are audited.
    ///
    /// # Errors
    ///
    /// Why the organization's could not be listed.
    pub async fn audited(&self) -> Result<Result<BTreeSet<String>, NotRead>, ConnectError> {
        Ok(match &self.settings.audited {
            Audited::Own => Ok(BTreeSet::from([self.own().await?.id().to_owned()])),
            Audited::Listed(ids) => Ok(ids.iter().cloned().collect()),
            Audited::Organization => {
                let own = self.own().await?;
                let listed = own.organization(own.regions().first().map(String::as_str).unwrap_or_default()).await;
                if let Ok(ids) = &listed {
                    self.members.lock().await.clone_from(ids);
                }
                listed
            }
        })
    }

    /// Whether an account's region is among those that are audited. `None` where only a list of the organization's accounts,
    /// which [`Accounts::audited`] asks for, can tell.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], if nobody can tell whose the function's own account is.
    pub async fn is_audited(&self, account_id: &str, region: &str) -> Result<Option<bool>, ConnectError> {
        let own = self.own().await?;
        if !own.regions().iter().any(|audited| audited == region) {
            return Ok(Some(false));
        }
        Ok(match &self.settings.audited {
            Audited::Own => Some(account_id == own.id()),
            Audited::Listed(ids) => Some(ids.iter().any(|id| id == account_id)),
            Audited::Organization => {
                let is_known = account_id == own.id() || self.members.lock().await.contains(account_id);
                is_known.then_some(true)
            }
        })
    }

    /// The connection to an account; the one that is there, if there is one.
    async fn connect(&self, identity: Identity, id: Option<String>) -> Result<Arc<Account>, ConnectError> {
        let mut connected = self.connected.lock().await;
        if let Some(account) = connected.get(&id) {
            return Ok(Arc::clone(account));
        }
        let Settings { endpoint_url, regions, quota_share, .. } = &self.settings;
        let target = Target {
            identity,
            endpoint_url: endpoint_url.clone(),
            regions: regions.clone(),
            account_id: id.clone(),
            quota_share: Some(*quota_share),
            tap: None,
        };
        let account = Arc::new(Account::connect(target).await?);
        connected.insert(id, Arc::clone(&account));
        Ok(account)
    }
}
