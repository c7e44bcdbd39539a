//! What is kept between runs, in a directory: baselines, and which deployment each stage served.
//!
//! A baseline is one file, `baselines/ACCOUNT/REGION/API/DEPLOYMENT.json`; what an API's stages served is another,
//! `stages/ACCOUNT/REGION/API.json`. A file is written whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use engine::baseline::Baseline;
use engine::snapshot::Snapshot;

use crate::StoreError;

/// A directory in which things are kept.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

/// What the stages of an API served, by stage name.
pub type Served = BTreeMap<String, String>;

impl Directory {
    /// The store in a directory, which is made when the first thing is kept.
    pub fn at(root: impl Into<PathBuf>) -> Directory {
        Directory { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps a baseline, over one of the same deployment.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be written. Then nothing is changed.
    pub fn keep(&self, baseline: &Baseline) -> Result<PathBuf, StoreError> {
        let path = self.baseline(baseline)?;
        write(&path, &serde_json::to_vec(baseline).map_err(|error| StoreError::Json { path: path.clone(), error })?)?;
        Ok(path)
    }

    /// Forgets a baseline.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it is there and cannot be removed.
    pub fn forget(&self, baseline: &Baseline) -> Result<(), StoreError> {
        let path = self.baseline(baseline)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Io { path, error }),
            _ => Ok(()),
        }
    }

    /// Every baseline of an account.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if one cannot be read: a baseline that is there and ignored would change what drift says.
    pub fn baselines(&self, account_id: &str) -> Result<Vec<Baseline>, StoreError> {
        let mut found = Vec::new();
        for region in entries(&self.root.join("baselines").join(component(account_id)?))? {
            for api in entries(&region)? {
                for file in entries(&api)?.into_iter().filter(|file| file.extension().is_some_and(|ext| ext == "json"))
                {
                    found.push(read(&file)?);
                }
            }
        }
        Ok(found)
    }

    /// Keeps which deployment each stage of the snapshots serves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be written.
    pub fn keep_stages(&self, snapshots: &[Snapshot]) -> Result<(), StoreError> {
        for snapshot in snapshots {
            for api in &snapshot.apis {
                let Some(stages) = api.stages.ok() else { continue };
                let served = stages.iter().filter_map(|stage| Some((stage.name.clone(), stage.deployment_id.clone()?)));
                let path = self.stages(&snapshot.account_id, &snapshot.region, &api.id)?;
                let served: Served = served.collect();
                write(
                    &path,
                    &serde_json::to_vec(&served).map_err(|error| StoreError::Json { path: path.clone(), error })?,
                )?;
            }
        }
        Ok(())
    }

    /// What stages served when they were read before, by region and API.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if it cannot be read.
    pub fn served(&self, account_id: &str) -> Result<BTreeMap<(String, String), Served>, StoreError> {
        let mut found = BTreeMap::new();
        for region in entries(&self.root.join("stages").join(component(account_id)?))? {
            for file in entries(&region)?.into_iter().filter(|file| file.extension().is_some_and(|ext| ext == "json")) {
                let name = |path: &Path| path.file_stem().map(|name| name.to_string_lossy().into_owned());
                if let (Some(region), Some(api)) = (name(&region), name(&file)) {
                    found.insert((region, api), read(&file)?);
                }
            }
        }
        Ok(found)
    }

    fn baseline(&self, baseline: &Baseline) -> Result<PathBuf, StoreError> {
        let Baseline { account_id, region, api_id, deployment_id, .. } = baseline;
        let mut path = self.root.join("baselines");
        for part in [account_id, region, api_id] {
            path.push(component(part)?);
        }
        path.push(format!("{}.json", component(deployment_id)?));
        Ok(path)
    }

    fn stages(&self, account_id: &str, region: &str, api_id: &str) -> Result<PathBuf, StoreError> {
        let folder = self.root.join("stages").join(component(account_id)?).join(component(region)?);
        Ok(folder.join(format!("{}.json", component(api_id)?)))
    }
}

/// An id as the name of a file. AWS's ids are letters, digits and hyphens; anything else could lead out of the store.
pub(crate) fn component(id: &str) -> Result<&str, StoreError> {
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_id { Ok(id) } else { Err(StoreError::Id(id.to_owned())) }
}

/// What is in a directory, in the order of names; nothing if it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let io = |error| StoreError::Io { path: folder.to_owned(), error };
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(error)),
    };
    let mut paths: Vec<PathBuf> =
        listed.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(io)?;
    paths.sort();
    Ok(paths)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::Io { path: path.to_owned(), error })?;
    serde_json::from_slice(&bytes).map_err(|error| StoreError::Json { path: path.to_owned(), error })
}

/// Writes beside the file and puts the new one in its place, so that no reader meets half of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let io = |error| StoreError::Io { path: path.to_owned(), error };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io)?;
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = fs::File::create(&beside).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        let _ = fs::remove_file(&beside);
        io(error)
    })
}
