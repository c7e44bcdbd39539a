//! The requests that callers will send, as the configuration lets one expect them.

mod domain;
mod front;
mod private;

pub(crate) use domain::{rules_of, served};

use std::collections::BTreeSet;

use crate::configuration::RouteKey;
use crate::exchange::body::Body;
use crate::exchange::host;
use crate::exchange::url::Url;
use crate::exchange::{Client, Exchange, Headers, Request};
use crate::finding::Resource;
use crate::reads::Read;
use crate::routing;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

use super::{Of, client, function_url, preflight};

/// What stands for the value of a path parameter: no literal segment is likely to be the same.
pub(super) const VALUE: &str = "stagecheck";

/// A request that nobody sent yet.
pub(super) struct Foreseen {
    /// Which requests it is one of.
    pub(super) of: Of,
    /// The kind of API that it goes to, where it goes to one.
    pub(super) kind: Option<ApiKind>,
    /// What it goes to.
    pub(super) resource: Resource,
    /// The same in a word.
    pub(super) word: String,
    /// The request.
    pub(super) exchange: Exchange,
}

/// Shows each request.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    for api in snapshot.apis.iter().filter(|api| api.kind != ApiKind::WebSocket) {
        for stage in api.stages.ok().into_iter().flatten() {
            Place { snapshot, api, stage }.each(see);
        }
        see(&Call::to(snapshot, api).foreseen(Of::Apis));
    }
    domain::each(snapshot, see);
    front::each(snapshot, see);
    private::each(snapshot, see);
    with_keys(snapshot, see);
    function_url::each(snapshot, see);
    client::each(snapshot, see);
}

/// The lists that the requests of a kind are made from and that are no part of a snapshot, where something refers to them.
pub(super) fn lists(snapshot: &Snapshot, of: Of) -> Vec<Read> {
    match of {
        Of::Rules => domain::lists(snapshot),
        Of::Distributions | Of::Origins => front::lists(snapshot),
        Of::PublicInVpc | Of::PrivateInVpc | Of::Endpoints | Of::EndpointNames | Of::Senders => {
            private::lists(snapshot, of)
        }
        _ => Vec::new(),
    }
}

/// A request to an API as a whole: to the first route of its first stage.
struct Call<'a> {
    snapshot: &'a Snapshot,
    api: &'a Api,
    /// What is put before the API's own name.
    method: String,
    path: String,
}

impl<'a> Call<'a> {
    fn to(snapshot: &'a Snapshot, api: &'a Api) -> Call<'a> {
        let stage = api.stages.ok().and_then(|stages| stages.first());
        let place = stage.map(|stage| Place { snapshot, api, stage });
        let routes = place.map(Place::routes).unwrap_or_default();
        let taken = routes.iter().find_map(|key| taken_by(&routes, api.kind, key));
        let (method, path) = taken.map_or(("GET", "/".to_owned()), |(method, path)| (method, path));
        let before = stage.map(stage_path).unwrap_or_default();
        Call { snapshot, api, method: method.to_owned(), path: before + &path }
    }

    /// By the API's own name.
    fn foreseen(&self, of: Of) -> Foreseen {
        self.by(of, &self.api.id)
    }

    /// By another first label of the name.
    fn by(&self, of: Of, label: &str) -> Foreseen {
        let Call { snapshot, api, method, path } = self;
        Foreseen {
            of,
            kind: Some(api.kind),
            resource: Resource::api(snapshot, api),
            word: api.name.clone(),
            exchange: exchange(method, host::own_endpoint(&snapshot.region, label), path.clone(), Vec::new()),
        }
    }
}

/// What stands before the path of a stage's routes.
fn stage_path(stage: &Stage) -> String {
    if stage.name == "$default" { String::new() } else { format!("/{}", stage.name) }
}

/// A stage, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) api: &'a Api,
    pub(super) stage: &'a Stage,
}

impl<'a> Place<'a> {
    /// The requests to its routes, to what lies above greedy ones, and their preflights.
    fn each(self, see: &mut dyn FnMut(&Foreseen)) {
        let routes = self.routes();
        for key in &routes {
            if let Some((method, path)) = taken_by(&routes, self.api.kind, key) {
                see(&self.request(Of::Routes, key, method, &path, Vec::new()));
            }
        }
        let paths: BTreeSet<&str> = routes.iter().map(|key| key.path.as_str()).collect();
        let mut parents = BTreeSet::new();
        for key in &routes {
            let parent = parent(&key.path).filter(|parent| !paths.contains(parent));
            if let (Some(parent), Some(method)) = (parent, key.method.as_deref())
                && parents.insert(parent)
            {
                let own = RouteKey::new(method, parent);
                see(&self.request(Of::Parents, &own, sent(method), &filled(parent), Vec::new()));
            }
        }
        self.stage(&routes, see);
        preflight::each(self, &routes, see);
    }

    /// The request to it as a whole, and those that pass by its cache.
    fn stage(self, routes: &BTreeSet<RouteKey>, see: &mut dyn FnMut(&Foreseen)) {
        let taken = |key| Some((key, taken_by(routes, self.api.kind, key)?));
        if let Some((key, (method, path))) = routes.iter().find_map(taken) {
            let foreseen = self.request(Of::Stages, key, method, &path, Vec::new());
            see(&Foreseen { resource: foreseen.resource.of_stage(), word: self.stage.name.clone(), ..foreseen });
        }
        if self.stage.settings.get("cacheClusterEnabled").is_some_and(|enabled| *enabled == true) {
            for (key, (method, path)) in routes.iter().filter_map(taken) {
                let header = ("Cache-Control".to_owned(), "max-age=0".to_owned());
                see(&self.request(Of::Uncached, key, method, &path, vec![header]));
            }
        }
    }

    /// The routes of the stage, deployed or live.
    fn routes(self) -> BTreeSet<RouteKey> {
        let live = self.api.live.routes.ok().into_iter().flat_map(|routes| routes.0.keys());
        let served = self.api.served(self.stage).and_then(|served| served.routes.ok());
        let served = served.into_iter().flat_map(|routes| routes.0.keys());
        let canary = self.stage.canary.as_ref().and_then(|canary| canary.deployment_id.as_deref());
        let deployments = [self.stage.deployment_id.as_deref(), canary].into_iter().flatten();
        let deployed = deployments.filter_map(|id| self.api.deployed.get(id));
        let summary = deployed.filter_map(|deployed| deployed.summary.ok()).flatten();
        let summary =
            summary.flat_map(|(path, methods)| methods.keys().map(|method| RouteKey::new(method.as_str(), path)));
        live.chain(served).cloned().chain(summary).collect()
    }

    pub(super) fn request(
        self,
        of: Of,
        key: &RouteKey,
        method: &str,
        path: &str,
        headers: Vec<(String, String)>,
    ) -> Foreseen {
        let Place { snapshot, api, stage } = self;
        let stage_path = stage_path(stage);
        Foreseen {
            of,
            kind: Some(api.kind),
            resource: Resource::stage(snapshot, api, &stage.name).with_route(key),
            word: key.to_string(),
            exchange: exchange(method, host::own_endpoint(&snapshot.region, &api.id), stage_path + path, headers),
        }
    }
}

/// The requests with each API key.
fn with_keys(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    for plan in snapshot.usage_plans.ok().into_iter().flatten() {
        let keys: Vec<_> = plan.key_ids.ok().into_iter().flatten().collect();
        for own in &plan.api_stages {
            let api = snapshot.apis.iter().find(|api| api.id == own.api_id);
            let Some((api, stage)) = api.and_then(|api| Some((api, api.stage(&own.stage)?))) else { continue };
            let place = Place { snapshot, api, stage };
            let routes = place.routes();
            let guarded = routes.iter().find(|key| wants_key(api, stage, key));
            let Some((key, (method, path))) = guarded.and_then(|key| Some((key, taken_by(&routes, api.kind, key)?)))
            else {
                continue;
            };
            for id in &keys {
                let headers = vec![("x-api-key".to_owned(), (*id).clone())];
                let foreseen = place.request(Of::Keys, key, method, &path, headers);
                // Where the keys were not read, that is said of the stage, and not of each.
                let resource = match snapshot.api_keys.known() {
                    Ok(_) => Resource::regional(snapshot, &format!("/apikeys/{id}")),
                    Err(_) => foreseen.resource,
                };
                see(&Foreseen { resource, word: (*id).clone(), ..foreseen });
            }
        }
    }
}

/// Whether a route wants a key of its callers, as the stage serves it.
fn wants_key(api: &Api, stage: &Stage, key: &RouteKey) -> bool {
    let served = api.served(stage).and_then(|served| served.routes.ok()).or_else(|| api.live.routes.ok());
    served.and_then(|routes| routes.0.get(key)).is_some_and(|route| route.api_key_required)
}

/// The method and path of a request that a route takes, and none of the others.
fn taken_by<'k>(routes: &BTreeSet<RouteKey>, kind: ApiKind, key: &'k RouteKey) -> Option<(&'k str, String)> {
    let path = if key.path == "$default" { format!("/{VALUE}") } else { filled(&key.path) };
    let methods = match key.method.as_deref() {
        Some("ANY") | None => routing::ANY_COVERS.as_slice(),
        Some(method) => return Some((method, path)),
    };
    let method = methods.iter().find(|method| routing::find(routes, kind, method, &path) == Some(key));
    Some((method?, path))
}

/// A path with a value in the place of each parameter.
pub(super) fn filled(template: &str) -> String {
    let fill = |part| if str::starts_with(part, '{') { VALUE } else { part };
    template.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// The path above a greedy parameter: `/files` of `/files/{path+}`.
fn parent(template: &str) -> Option<&str> {
    let (parent, last) = template.rsplit_once('/')?;
    (last.starts_with('{') && last.ends_with("+}") && !parent.is_empty()).then_some(parent)
}

/// The method that a request to a route is sent with.
pub(super) fn sent(method: &str) -> &str {
    if method == "ANY" { "GET" } else { method }
}

pub(super) fn exchange(method: &str, host: String, path: String, headers: Vec<(String, String)>) -> Exchange {
    let url = Url { scheme: "https".to_owned(), host, port: None, path, variables: Vec::new(), query: Vec::new() };
    let request = Request {
        method: method.to_owned(),
        url,
        headers: Headers(headers),
        body: Body::Absent,
        client: Client::default(),
    };
    Exchange { request, response: None }
}
