//! The requests that callers will send, as the configuration lets one expect them.

use std::collections::BTreeSet;

use crate::configuration::RouteKey;
use crate::exchange::host;
use crate::exchange::url::Url;
use crate::exchange::{Client, Exchange, Headers, Request};
use crate::finding::Resource;
use crate::routing;
use crate::snapshot::{Api, ApiKind, DomainName, Snapshot, Stage};

use super::Of;

/// What stands for the value of a path parameter: no literal segment is likely to be the same.
const VALUE: &str = "stagecheck";

/// The origin that a browser's preflight comes from.
const ORIGIN: &str = "https://stagecheck.invalid";

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
    }
    for domain in snapshot.domain_names.ok().into_iter().flatten() {
        of_domain(snapshot, domain, see);
    }
    with_keys(snapshot, see);
}

/// A stage, and whose it is.
#[derive(Clone, Copy)]
struct Place<'a> {
    snapshot: &'a Snapshot,
    api: &'a Api,
    stage: &'a Stage,
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
        for key in &routes {
            let parent = parent(&key.path).filter(|parent| !paths.contains(parent));
            if let (Some(parent), Some(method)) = (parent, key.method.as_deref()) {
                let own = RouteKey::new(method, parent);
                see(&self.request(Of::Parents, &own, sent(method), &filled(parent), Vec::new()));
            }
        }
        for path in paths {
            let methods = routes.iter().filter(|key| key.path == path).filter_map(|key| key.method.as_deref());
            let Some(method) = methods.map(sent).find(|method| *method != "OPTIONS") else { continue };
            let headers = vec![
                ("Origin".to_owned(), ORIGIN.to_owned()),
                ("Access-Control-Request-Method".to_owned(), method.to_owned()),
            ];
            see(&self.request(Of::Preflights, &RouteKey::new("OPTIONS", path), "OPTIONS", &filled(path), headers));
        }
    }

    /// The routes of the stage, deployed or live.
    fn routes(self) -> BTreeSet<RouteKey> {
        let live = self.api.live.routes.ok().into_iter().flat_map(|routes| routes.0.keys());
        let served = self.api.served(self.stage).and_then(|served| served.routes.ok());
        let served = served.into_iter().flat_map(|routes| routes.0.keys());
        let deployed = self.stage.deployment_id.as_deref().and_then(|id| self.api.deployed.get(id));
        let summary = deployed.and_then(|deployed| deployed.summary.ok()).into_iter().flatten();
        let summary =
            summary.flat_map(|(path, methods)| methods.keys().map(|method| RouteKey::new(method.as_str(), path)));
        live.chain(served).cloned().chain(summary).collect()
    }

    fn request(self, of: Of, key: &RouteKey, method: &str, path: &str, headers: Vec<(String, String)>) -> Foreseen {
        let Place { snapshot, api, stage } = self;
        let stage_path = if stage.name == "$default" { String::new() } else { format!("/{}", stage.name) };
        Foreseen {
            of,
            kind: Some(api.kind),
            resource: Resource::stage(snapshot, api, &stage.name).with_route(key),
            word: key.to_string(),
            exchange: exchange(method, host::own_endpoint(&snapshot.region, &api.id), stage_path + path, headers),
        }
    }
}

/// The requests to a custom domain name: to its root, and to each mapping of an API that was read.
fn of_domain(snapshot: &Snapshot, domain: &DomainName, see: &mut dyn FnMut(&Foreseen)) {
    let host = domain.name.replace('*', VALUE);
    let resource = || Resource::regional(snapshot, &format!("/domainnames/{}", domain.name));
    let mut request = |base_path: &str, kind: Option<ApiKind>| {
        let path = format!("/{base_path}");
        let word = if base_path.is_empty() { domain.name.clone() } else { format!("{}{path}", domain.name) };
        let resource = if base_path.is_empty() { resource() } else { resource().with_key(base_path) };
        let exchange = exchange("GET", host.clone(), path, Vec::new());
        see(&Foreseen { of: Of::Domains, kind, resource, word, exchange });
    };
    request("", None);
    for mapping in domain.mappings.ok().into_iter().flatten().filter(|mapping| !mapping.path.is_empty()) {
        if let Some(api) = snapshot.apis.iter().find(|api| api.id == mapping.api_id) {
            request(&mapping.path, Some(api.kind));
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
                let resource = Resource::regional(snapshot, &format!("/apikeys/{id}"));
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
fn filled(template: &str) -> String {
    let fill = |part| if str::starts_with(part, '{') { VALUE } else { part };
    template.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// The path above a greedy parameter: `/files` of `/files/{path+}`.
fn parent(template: &str) -> Option<&str> {
    let (parent, last) = template.rsplit_once('/')?;
    (last.starts_with('{') && last.ends_with("+}") && !parent.is_empty()).then_some(parent)
}

/// The method that a request to a route is sent with.
fn sent(method: &str) -> &str {
    if method == "ANY" { "GET" } else { method }
}

fn exchange(method: &str, host: String, path: String, headers: Vec<(String, String)>) -> Exchange {
    let url = Url { scheme: "https".to_owned(), host, port: None, path, query: Vec::new() };
    let request =
        Request { method: method.to_owned(), url, headers: Headers(headers), body: None, client: Client::default() };
    Exchange { request, response: None }
}
