//! Reads an account's APIs through the AWS SDK, within the control plane's quota.
//!
//! [`Account::connect`] finds credentials and the account; [`Account::read`] gives a
//! [`Snapshot`] of each region. A read that is denied, fails or is throttled out costs that
//! fact alone: it is in the snapshot as not read, with the reason. Nothing here has an opinion about what it reads.

mod connect;
mod evidence;
pub mod facts;
mod form;
mod health;
mod listing;
mod logs;
mod meter;
mod metrics;
mod organization;
mod own;
pub mod permissions;
mod probe;
mod read;
mod regional;
mod rest;
mod rest_form;
pub mod send;
mod shared;
mod signed;
mod trail;
mod v2;
mod v2_form;

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;

use engine::arn::FunctionName;
use engine::baseline::Baseline;
use engine::configuration::{Configuration, Map};
use engine::invocation;
use engine::observed::Observed;
use engine::reads::Read;
use engine::reconcile::to_the_second;
use engine::secret;
use engine::snapshot::{Api, ApiKind, Deployed, Deployment, Function, Snapshot};
use engine::stage_variables::Called;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;

pub use connect::{Account, ConnectError, Identity, Target, other_clients};
pub use health::Watch;
pub use logs::LogLimits;
pub use meter::{Exchange, Tap, Usage};
pub use own::Own;
pub use shared::Shared;
pub use signed::{Forwarded, Forwarder};

use connect::Clients;
use facts::Network;
use listing::{Found, Listing, check_listings};
use read::Call;

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Regions; with none, those of the account's connection.
    pub regions: Vec<String>,
    /// APIs by id or name; with none, all.
    pub apis: Vec<String>,
    /// Stages by name; with none, all. Only what these serve is read.
    pub stages: Vec<String>,
    /// How much is read besides the APIs themselves.
    pub depth: Depth,
    /// What the trail is read for.
    pub trail: TrailUse,
    /// What is looked at of metrics and logs, where functions are read.
    pub watch: Watch,
    /// Where host names are looked up, for an audit.
    pub network: Network,
}

/// What the trail is read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrailUse {
    /// Nothing.
    Never,
    /// To say who made the changes that wait, where some do.
    #[default]
    Drift,
    /// To prove that nothing was edited since a deployment, too; its summary is then read even if no stage serves it.
    Baselines,
}

/// How much is read besides the APIs themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// What drift needs: the APIs, their stages and deployments.
    Drift,
    /// What asking routes needs: the APIs, the functions that they call, and custom domain names.
    Routes,
    /// What errors need: the APIs, the functions that they call, and how these did.
    Health,
    /// What every check needs: usage plans, keys, domain names and Lambda functions, too.
    #[default]
    Audit,
}

/// What earlier snapshots hold of deployments, which never change.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By region, API and deployment.
    deployed: BTreeMap<(String, String, String), Deployed>,
    /// The deployment that a stage served, by region, API and stage.
    stages: BTreeMap<(String, String, String), String>,
}

/// What is being read, told as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A region's APIs are listed; this many are to be read.
    Listed {
        /// The region.
        region: String,
        /// How many APIs.
        apis: usize,
    },
    /// An API was read.
    Read {
        /// Its name.
        api: String,
    },
    /// The trail is to be read.
    Trail,
    /// Metrics, and logs of what failed, are to be read.
    Health,
}

/// Why there is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// An API that was asked for is in none of the regions.
    #[error("there is no API `{api}` in {regions}")]
    UnknownApi {
        /// The id or name.
        api: String,
        /// The regions that were looked in.
        regions: String,
    },
    /// An API that was asked for was not found, and not all lists could be read.
    #[error("the API `{api}` was not found, and not all APIs could be listed: {reason}")]
    ApiNotListed {
        /// The id or name.
        api: String,
        /// Why.
        reason: String,
    },
    /// Neither kind of API could be listed in any region.
    #[error("nothing could be read: {0}")]
    NothingRead(String),
}

/// The present, to the second.
pub fn now() -> Timestamp {
    to_the_second(Timestamp::now())
}

/// How many APIs are read at once. The quota, not this, decides how fast.
const AT_ONCE: usize = 8;

impl Account {
    /// Reads what is asked for. `clock` tells the present: what it tells first, the checks will take for it.
    ///
    /// # Errors
    ///
    /// [`ReadError`], if an API that was asked for is not there, or nothing can be read at all.
    pub async fn read(
        &self,
        scope: &Scope,
        known: &Known,
        clock: &(dyn Fn() -> Timestamp + Sync),
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<Snapshot>, ReadError> {
        let now = clock();
        let mut listings = Vec::new();
        let regions = if scope.regions.is_empty() { self.regions() } else { &scope.regions };
        for region in regions {
            listings.push(Listing::read(self.clients(region)).await);
        }
        check_listings(&listings.iter().collect::<Vec<_>>(), scope)?;
        let mut snapshots = Vec::new();
        for listing in listings {
            let mut snapshot = self.region(listing, scope, known, (now, clock), progress).await;
            if scope.depth == Depth::Audit {
                // Distributions belong to no region: they may have been read with an earlier one.
                let earlier = |read: &Read| {
                    let mut answers = snapshots.iter().flat_map(|earlier: &Snapshot| &earlier.answers);
                    answers.find(|answer| answer.read == *read && *read == Read::Distributions).cloned()
                };
                self.answer(&mut snapshot, &scope.network, &earlier).await;
            }
            snapshots.push(snapshot);
        }
        Ok(snapshots)
    }

    async fn region(
        &self,
        listing: Listing,
        scope: &Scope,
        known: &Known,
        (now, clock): (Timestamp, &(dyn Fn() -> Timestamp + Sync)),
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Snapshot {
        let wants_api = |id: Option<&str>, name: Option<&str>| scope.wants_api(id, name);
        let (found, others) = listing.select(wants_api);
        let clients = &*listing.clients;
        progress(Progress::Listed { region: clients.region.clone(), apis: found.len() });
        let wants_stage = |name: &str| scope.stages.is_empty() || scope.stages.iter().any(|wanted| wanted == name);
        let reading = Reading { known, wants_stage: &wants_stage, wants_newest: scope.trail == TrailUse::Baselines };
        let mut snapshot = Snapshot { others, ..self.empty(&listing, scope.apis.is_empty(), now) };
        // A function is read as soon as an API is known to call it: Lambda's quota is another than API Gateway's.
        let (call, mut called) = mpsc::unbounded_channel();
        let apis = async move {
            let was_read = |api: &Api| {
                progress(Progress::Read { api: api.name.clone() });
                if scope.depth != Depth::Drift {
                    // The other end lasts until all APIs are read.
                    invocation::functions(api).into_iter().for_each(|name| drop(call.send(name)));
                }
            };
            (apis(clients, found, &reading, &was_read).await, clock())
        };
        let functions = self.functions(stream::poll_fn(move |context| called.poll_recv(context)));
        ((snapshot.apis, snapshot.read_until), snapshot.functions) = tokio::join!(apis, functions);
        if scope.trail != TrailUse::Never
            && let Some(since) = trail::needed(&snapshot, scope.trail == TrailUse::Baselines, &wants_stage)
        {
            progress(Progress::Trail);
            let kinds: Vec<ApiKind> = snapshot.apis.iter().map(|api| api.kind).collect();
            snapshot.trail = trail::read(clients, &kinds, since, clock()).await;
        }
        if scope.depth == Depth::Audit {
            // Keys belong to the account, not to an API: whoever asks for one API does not ask for them.
            let wants_keys = snapshot.complete;
            let keys = async {
                let unneeded = || unneeded(clients, "apigateway:GetApiKeys", "/apikeys");
                if wants_keys { regional::api_keys(clients).await } else { unneeded() }
            };
            let (usage_plans, api_keys, domain_names) =
                tokio::join!(regional::usage_plans(clients, wants_keys), keys, regional::domain_names(clients));
            (snapshot.usage_plans, snapshot.api_keys, snapshot.domain_names) = (usage_plans, api_keys, domain_names);
        }
        if scope.depth == Depth::Routes {
            snapshot.domain_names = regional::domain_names(clients).await;
        }
        if [Depth::Health, Depth::Audit].contains(&scope.depth) {
            progress(Progress::Health);
            snapshot.health = Some(self.health(&snapshot, &wants_stage, &scope.watch).await);
        }
        snapshot
    }

    /// A region of which nothing is known but its lists of APIs.
    fn empty(&self, listing: &Listing, complete: bool, now: Timestamp) -> Snapshot {
        let clients = &listing.clients;
        Snapshot {
            account_id: self.id().to_owned(),
            region: clients.region.clone(),
            taken_at: now,
            read_until: now,
            apis: Vec::new(),
            unlisted: listing.unlisted(),
            complete,
            others: Vec::new(),
            usage_plans: unneeded(clients, "apigateway:GetUsagePlans", "/usageplans"),
            api_keys: unneeded(clients, "apigateway:GetApiKeys", "/apikeys"),
            domain_names: unneeded(clients, "apigateway:GetDomainNames", "/domainnames"),
            functions: Vec::new(),
            health: None,
            answers: Vec::new(),
            trail: Observed::NotRead(Call::anywhere("cloudtrail:LookupEvents").not_needed("no change waits")),
        }
    }

    /// Functions, each read once, however often it is named.
    async fn functions(&self, names: impl Stream<Item = FunctionName>) -> Vec<Function> {
        let mut met = BTreeSet::new();
        let names = names.filter(|name| ready(met.insert(name.clone())));
        let reads = names.map(|name| regional::function(self, name)).buffer_unordered(AT_ONCE);
        let mut functions: Vec<Function> = reads.collect().await;
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        functions
    }
}

/// APIs, each with what its stages serve. `was_read` is told of each as soon as it is read.
async fn apis(
    clients: &Clients,
    found: Vec<Found>,
    reading: &Reading<'_>,
    was_read: &(dyn Fn(&Api) + Sync),
) -> Vec<Api> {
    let apis = stream::iter(found)
        .map(|found| async {
            let mut api = match found {
                Found::Rest(api) => rest::api(clients, *api, reading).await,
                Found::V2(api) => v2::api(clients, *api, reading).await,
            };
            redact_variables(&mut api);
            reading.known.remind(&clients.region, &mut api);
            was_read(&api);
            api
        })
        .buffer_unordered(AT_ONCE);
    let mut apis: Vec<Api> = apis.collect().await;
    apis.sort_by(|a, b| (a.kind, &a.name, &a.id).cmp(&(b.kind, &b.name, &b.id)));
    apis
}

/// What every read of an API is told.
pub(crate) struct Reading<'a> {
    known: &'a Known,
    wants_stage: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether the newest deployment is read, even if no stage serves it.
    wants_newest: bool,
}

impl Reading<'_> {
    /// What is known already of a deployment.
    pub(crate) fn known(&self, region: &str, api_id: &str, deployment_id: &str) -> Option<&Deployed> {
        self.known.deployed.get(&(region.to_owned(), api_id.to_owned(), deployment_id.to_owned()))
    }
}

impl Known {
    /// Keeps what snapshots hold of deployments.
    pub fn from_snapshots(snapshots: &[Snapshot]) -> Known {
        let mut known = Known::default();
        for snapshot in snapshots {
            for api in &snapshot.apis {
                for (id, deployed) in &api.deployed {
                    known.deployed.insert((snapshot.region.clone(), api.id.clone(), id.clone()), deployed.clone());
                }
                for stage in api.stages.ok().into_iter().flatten() {
                    known.keep_stage(&snapshot.region, &api.id, &stage.name, stage.deployment_id.as_deref());
                }
            }
        }
        known
    }

    /// Keeps what was read of a deployment.
    pub fn keep_deployed(&mut self, region: &str, api_id: &str, deployment_id: &str, deployed: Deployed) {
        self.deployed.insert((region.to_owned(), api_id.to_owned(), deployment_id.to_owned()), deployed);
    }

    /// Keeps a baseline, which makes every other witness of its deployment unneeded.
    pub fn keep_baseline(&mut self, baseline: Baseline) {
        let key = (baseline.region.clone(), baseline.api_id.clone(), baseline.deployment_id.clone());
        self.deployed.insert(key, Deployed::exactly(baseline));
    }

    /// Keeps which deployment a stage served.
    pub fn keep_stage(&mut self, region: &str, api_id: &str, stage: &str, deployment_id: Option<&str>) {
        if let Some(id) = deployment_id {
            self.stages.insert((region.to_owned(), api_id.to_owned(), stage.to_owned()), id.to_owned());
        }
    }

    /// Tells an API's stages which deployment they served before, where that was another one.
    fn remind(&self, region: &str, api: &mut Api) {
        let Observed::Known(stages) = &mut api.stages else { return };
        for stage in stages {
            let key = (region.to_owned(), api.id.clone(), stage.name.clone());
            stage.earlier_deployment_id =
                self.stages.get(&key).filter(|earlier| Some(*earlier) != stage.deployment_id.as_ref()).cloned();
        }
    }
}

impl Scope {
    fn wants_api(&self, id: Option<&str>, name: Option<&str>) -> bool {
        self.apis.is_empty()
            || self.apis.iter().any(|wanted| Some(wanted.as_str()) == id || Some(wanted.as_str()) == name)
    }
}

fn unneeded<T>(clients: &Clients, name: &'static str, path: &str) -> Observed<T> {
    let call = Call::control_plane(name, &clients.region, path);
    Observed::NotRead(call.not_needed("what was asked for does not depend on it"))
}

/// Deployments, the newest first; of those made at the same time, in the order of their ids.
pub(crate) fn newest_first(mut deployments: Vec<Deployment>) -> Vec<Deployment> {
    deployments.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    deployments
}

/// Redacts stage variables that hold credentials; those that name what is called are kept.
fn redact_variables(api: &mut Api) {
    let exports = api.deployed.values().filter_map(|deployed| Some(&deployed.export.ok()?.configuration));
    let called = Called::by(exports.chain([&api.live]).flat_map(texts));
    let Observed::Known(stages) = &mut api.stages else { return };
    for stage in stages {
        let overrides: Option<&mut Map> = stage.canary.as_mut().map(|canary| &mut canary.stage_variable_overrides);
        for variables in [Some(&mut stage.variables), overrides].into_iter().flatten() {
            secret::redact_variables(variables, &called);
        }
    }
}

/// The texts of a configuration that name what is called, and as whom.
fn texts(configuration: &Configuration) -> Vec<&str> {
    let integrations = configuration.routes.ok().into_iter().flat_map(|routes| routes.0.values());
    let integrations = integrations.filter_map(|route| route.integration.as_ref());
    let authorizers = configuration.authorizers.ok().into_iter().flat_map(|authorizers| authorizers.values());
    integrations
        .flat_map(|integration| [&integration.uri, &integration.credentials])
        .chain(authorizers.flat_map(|authorizer| [&authorizer.authorizer_uri, &authorizer.authorizer_credentials]))
        .filter_map(Option::as_deref)
        .collect()
}
