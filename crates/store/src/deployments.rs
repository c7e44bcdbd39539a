//! What is kept of deployments, which never change, and the last drift of each API: large objects.
//!
//! An object is written before the item that names it, and forgotten after it: whatever is named is there.

use std::collections::BTreeMap;

use engine::baseline::Baseline;
use engine::drift::ApiDrift;
use engine::reconcile::to_the_second;
use engine::snapshot::{Deployed, Snapshot};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::backend::{Backend, Expected, Key, Write};
use crate::directory::{Served, component};
use crate::item::{self, ATTEMPTS, Keyed, pack, unpack};
use crate::{Store, StoreError};

/// An item that names an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    object: String,
    /// Whether it holds all that can be read.
    #[serde(default)]
    is_whole: bool,
}

/// An item that names the object with an API's drift, as the newest run saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Drifted {
    object: String,
    run: Timestamp,
}

/// The name of an object. Ids are letters, digits and hyphens: anything else could lead elsewhere.
fn name(kind: &str, ids: &[&str]) -> Result<String, StoreError> {
    let mut name = kind.to_owned();
    for id in ids {
        name.push('/');
        name.push_str(component(id)?);
    }
    Ok(name + ".json.z")
}

fn baselines(account: &str) -> String {
    format!("baselines#{account}")
}

fn deployed(account: &str, region: &str, api: &str) -> String {
    format!("deployed#{account}#{region}#{api}")
}

fn served(account: &str) -> String {
    format!("served#{account}")
}

fn drifted(account: &str, region: &str, api: &str) -> Key {
    Key::new(format!("drifted#{account}#{region}"), api)
}

impl<B: Backend> Store<B> {
    /// Keeps a baseline, over one of the same deployment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn keep_baseline(&self, baseline: &Baseline) -> Result<(), StoreError> {
        let Baseline { account_id, region, api_id, deployment_id, .. } = baseline;
        let object = name("baselines", &[account_id, region, api_id, deployment_id])?;
        let key = Key::new(baselines(account_id), format!("{region}#{api_id}#{deployment_id}"));
        self.keep_object(key, Named { object, is_whole: true }, baseline).await
    }

    /// Forgets a baseline.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it is there and cannot be removed.
    pub async fn forget_baseline(&self, baseline: &Baseline) -> Result<(), StoreError> {
        let Baseline { account_id, region, api_id, deployment_id, .. } = baseline;
        let key = Key::new(baselines(account_id), format!("{region}#{api_id}#{deployment_id}"));
        self.put(Write::Delete { key }).await?;
        self.backend.forget_object(&name("baselines", &[account_id, region, api_id, deployment_id])?).await
    }

    /// The baselines of an account; with a region and an API, of that alone.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if one cannot be read: a baseline that is there and ignored would change what drift says.
    pub async fn baselines(&self, account: &str, api: Option<(&str, &str)>) -> Result<Vec<Baseline>, StoreError> {
        let prefix = api.map(|(region, api)| format!("{region}#{api}#")).unwrap_or_default();
        let named: Vec<Keyed<Named>> = self.all(&baselines(account), &prefix, None).await?;
        let mut found = Vec::new();
        for Keyed { value: Named { object, .. }, .. } in named {
            // One that was forgotten since is no baseline any more.
            found.extend(self.kept_object(&object).await?);
        }
        Ok(found)
    }

    /// The baseline of a deployment, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn baseline(
        &self,
        account: &str,
        (region, api): (&str, &str),
        deployment: &str,
    ) -> Result<Option<Baseline>, StoreError> {
        self.named(&Key::new(baselines(account), format!("{region}#{api}#{deployment}"))).await
    }

    /// What is kept of one deployment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn deployment(
        &self,
        account: &str,
        (region, api): (&str, &str),
        deployment: &str,
    ) -> Result<Option<Deployed>, StoreError> {
        self.named(&Key::new(deployed(account, region, api), deployment)).await
    }

    /// What the stages of one API served when they were read before.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn served_by(&self, account: &str, region: &str, api: &str) -> Result<Served, StoreError> {
        let found: Option<Keyed<Served>> = self.item(&Key::new(served(account), format!("{region}#{api}"))).await?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }

    /// An object that others put beside the store's own: the configuration.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn file(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.backend.object(name).await
    }

    /// Keeps what snapshots hold of deployments, as far as it was read and is not kept yet, and which deployment each stage
    /// serves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept.
    pub async fn keep_deployments(&self, snapshots: &[Snapshot]) -> Result<(), StoreError> {
        for Snapshot { account_id, region, apis, .. } in snapshots {
            for api in apis {
                let partition = deployed(account_id, region, &api.id);
                let known: Vec<Keyed<Named>> = self.all(&partition, "", None).await?;
                for (id, deployed) in &api.deployed {
                    let is_whole = deployed.summary.ok().is_some() && deployed.export.ok().is_some();
                    let is_read = deployed.summary.ok().is_some() || deployed.export.ok().is_some();
                    let known = known.iter().find(|known| known.key.sort == *id);
                    if is_read && known.is_none_or(|known| is_whole && !known.value.is_whole) {
                        let object = name("deployed", &[account_id, region, &api.id, id])?;
                        // Baselines are kept by themselves.
                        let alone = Deployed { baseline: None, ..deployed.clone() };
                        self.keep_object(Key::new(&partition, id), Named { object, is_whole }, &alone).await?;
                    }
                }
                let Some(stages) = api.stages.ok() else { continue };
                let stages = stages.iter().filter_map(|stage| Some((stage.name.clone(), stage.deployment_id.clone()?)));
                let stages: Served = stages.collect();
                let key = Key::new(served(account_id), format!("{region}#{}", api.id));
                self.change(&key, |known: Option<&Served>| (known != Some(&stages)).then(|| (stages.clone(), None)))
                    .await?;
            }
        }
        Ok(())
    }

    /// What is kept of an API's deployments, by their ids.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn deployments(
        &self,
        account: &str,
        region: &str,
        api: &str,
    ) -> Result<BTreeMap<String, Deployed>, StoreError> {
        let named: Vec<Keyed<Named>> = self.all(&deployed(account, region, api), "", None).await?;
        let mut found = BTreeMap::new();
        for Keyed { key, value: Named { object, .. }, .. } in named {
            if let Some(deployed) = self.kept_object(&object).await? {
                found.insert(key.sort, deployed);
            }
        }
        Ok(found)
    }

    /// What stages served when they were read before, by region and API.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn served(&self, account: &str) -> Result<BTreeMap<(String, String), Served>, StoreError> {
        let found: Vec<Keyed<Served>> = self.all(&served(account), "", None).await?;
        let pair = |found: Keyed<Served>| {
            let (region, api) = found.key.sort.split_once('#')?;
            Some(((region.to_owned(), api.to_owned()), found.value))
        };
        Ok(found.into_iter().filter_map(pair).collect())
    }

    /// Keeps the drift of an API as a run saw it, in the place of what an earlier run saw. What a newer one saw stays: a run that
    /// was overtaken while it kept the rest may come late with this. Each run has an object of its own, so that no other is
    /// written over before it is known which is the newest.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be kept, or is of no API.
    pub async fn keep_drift(&self, account: &str, run: Timestamp, drift: &ApiDrift) -> Result<(), StoreError> {
        let (region, api) = (drift.region.as_deref().unwrap_or_default(), drift.api_id.as_deref().unwrap_or_default());
        let run = to_the_second(run);
        let object = name("drift", &[account, region, api, &run.as_second().to_string()])?;
        self.backend.put_object(&object, pack(drift)?).await?;
        let key = drifted(account, region, api);
        let own = Drifted { object, run };
        for _ in 0..ATTEMPTS {
            let known: Option<Keyed<Drifted>> = self.item(&key).await?;
            let (expected, earlier) = match known {
                Some(Keyed { value, .. }) if value == own => return Ok(()),
                Some(Keyed { value, .. }) if value.run > run => return self.backend.forget_object(&own.object).await,
                Some(Keyed { value, revision, .. }) => (Expected::Revision(revision), value.object),
                // What was kept before runs had objects of their own.
                None => (Expected::Absent, name("drift", &[account, region, api])?),
            };
            if self.put(item::put(key.clone(), &own, expected)?).await? {
                return self.backend.forget_object(&earlier).await;
            }
        }
        Err(StoreError::Busy(key.to_string()))
    }

    /// The drift of an API, as the newest run saw it.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub async fn drift(&self, account: &str, region: &str, api: &str) -> Result<Option<ApiDrift>, StoreError> {
        let key = drifted(account, region, api);
        let mut tried = None;
        for _ in 0..ATTEMPTS {
            let object = match self.item::<Drifted>(&key).await? {
                Some(known) => known.value.object,
                None => name("drift", &[account, region, api])?,
            };
            // A newer run forgets the object of the one before it: where it did so in between, it has named its own.
            if tried.as_ref() == Some(&object) {
                return Ok(None);
            }
            let found = self.kept_object(&object).await?;
            if found.is_some() {
                return Ok(found);
            }
            tried = Some(object);
        }
        Err(StoreError::Busy(key.to_string()))
    }

    async fn named<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        match self.item::<Named>(key).await? {
            Some(named) => self.kept_object(&named.value.object).await,
            None => Ok(None),
        }
    }

    async fn keep_object(&self, key: Key, named: Named, value: &impl Serialize) -> Result<(), StoreError> {
        self.backend.put_object(&named.object, pack(value)?).await?;
        self.put(item::put(key, &named, Expected::Any)?).await.map(drop)
    }

    async fn kept_object<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.backend.object(name).await?.map(|bytes| unpack(name, &bytes)).transpose()
    }
}
