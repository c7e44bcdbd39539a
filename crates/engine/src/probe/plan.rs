//! Which routes are asked, and how.

use serde::Serialize;
use serde_json::Value;

use super::way;
use crate::arn::FunctionName;
use crate::configuration::{Map, Route, RouteKey};
use crate::exchange::{Headers, Request};
use crate::finding::Resource;
use crate::response::Kind;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

/// The tag of an API whose plain routes may be asked, if its value is `true`.
pub const TAG: &str = "stagecheck:probe";

/// An entry of the configuration: a route that may be asked, and with what.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The API's id or name.
    pub api: String,
    /// Stages by name; with none, all.
    pub stages: Vec<String>,
    /// The method, in upper case.
    pub method: String,
    /// The route's path template: `/orders/{id}`; or `$default`, the route of an HTTP API that takes what no other does.
    pub path: String,
    /// The path that is asked of `$default`, as it is sent: `/orders/1042`.
    pub request_path: Option<String>,
    /// Values of the template's parameters.
    pub path_parameters: Map,
    /// The query.
    pub query: Map,
    /// Headers; an API key among them.
    pub headers: Headers,
    /// The body.
    pub body: Option<String>,
    /// Whether the request to the stage is signed, whatever the route asks for.
    pub sign: bool,
    /// Whether the function itself is asked, too.
    pub invoke: bool,
}

/// What is asked, and what is not.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The routes that are asked.
    pub probes: Vec<Probe<'a>>,
    /// What was opted in and is not asked.
    pub not_asked: Vec<NotAsked>,
}

/// A way of asking: how, or why it is not taken.
pub type Call<T> = Result<T, String>;

/// One route of one stage that is asked.
#[derive(Debug)]
pub struct Probe<'a> {
    /// The region.
    pub snapshot: &'a Snapshot,
    /// The API.
    pub api: &'a Api,
    /// The stage.
    pub stage: &'a Stage,
    /// The route.
    pub route: RouteKey,
    /// Who allowed it.
    pub opted_in_by: OptIn,
    /// By `TestInvokeMethod`: what the live configuration answers. Only REST APIs have that.
    pub live: Option<Call<Test>>,
    /// By a request to the stage: what callers get. With whether it is signed.
    pub deployed: Call<(Request, bool)>,
    /// By `lambda:Invoke`: what the function answers, where that was asked for.
    pub function: Option<Call<Invoke>>,
}

/// Who allowed that a route is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OptIn {
    /// The API's tag.
    Tag,
    /// An entry of the configuration.
    Probe,
}

/// A call of `TestInvokeMethod`.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The resource's id.
    pub resource_id: String,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path_with_query: String,
    /// Headers.
    pub headers: Headers,
    /// The body.
    pub body: Option<String>,
    /// The stage's variables, which the call knows nothing of otherwise.
    pub stage_variables: Map,
}

/// A call of `lambda:Invoke`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    /// The function, with its alias or version.
    pub function: FunctionName,
    /// Who reads the answer, when API Gateway calls it.
    pub kind: Kind,
    /// The event, as API Gateway would send it.
    pub event: Value,
}

/// Something that was opted in and is not asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotAsked {
    /// What, in a few words: `orders prod GET /orders/{id}`.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Plans what is asked of the APIs in snapshots. `wants_stage` says which stages are looked at; `is_whole`, that every
/// API was read, so that one that is not there is a mistake in the configuration.
pub fn plan<'a>(
    snapshots: &'a [Snapshot],
    entries: &[Entry],
    wants_stage: &dyn Fn(&Stage) -> bool,
    is_whole: bool,
) -> Plan<'a> {
    let mut plan = Plan::default();
    let apis: Vec<(&Snapshot, &Api)> =
        snapshots.iter().flat_map(|snapshot| snapshot.apis.iter().map(move |api| (snapshot, api))).collect();
    for entry in entries {
        let mut own = apis.iter().filter(|(_, api)| api.id == entry.api || api.name == entry.api).peekable();
        if own.peek().is_none() && is_whole {
            plan.leave_out(&entry.words(), "no API that was read has this id or name");
        }
        own.for_each(|(snapshot, api)| plan.enter(snapshot, api, entry, wants_stage));
    }
    for (snapshot, api) in apis {
        match api.tags.get(TAG).map(String::as_str) {
            Some("true") => plan.tagged(snapshot, api, wants_stage),
            None | Some("false") => {}
            Some(other) => {
                let why = format!("its tag {TAG} is `{other}`: `true` opts its plain routes in");
                plan.leave_out(&api.name, &why);
            }
        }
    }
    plan
}

impl Entry {
    fn words(&self) -> String {
        format!("{} {} {}", self.api, self.method, self.path)
    }

    /// The route that is meant, unless it takes any method.
    fn key(&self) -> RouteKey {
        if self.path == way::DEFAULT { RouteKey::parse(&self.path) } else { RouteKey::new(&self.method, &self.path) }
    }
}

impl<'a> Plan<'a> {
    fn leave_out(&mut self, what: &str, why: &str) {
        self.not_asked.push(NotAsked { what: what.to_owned(), why: why.to_owned() });
    }

    fn enter(&mut self, snapshot: &'a Snapshot, api: &'a Api, entry: &Entry, wants_stage: &dyn Fn(&Stage) -> bool) {
        if api.kind == ApiKind::WebSocket {
            return self.leave_out(&entry.words(), "it is a WebSocket API, which is not asked");
        }
        let stages = match api.stages.known() {
            Ok(stages) => stages,
            Err(why) => return self.leave_out(&entry.words(), &why.reason()),
        };
        for name in entry.stages.iter().filter(|name| api.stage(name).is_none()) {
            self.leave_out(&entry.words(), &format!("the API has no stage `{name}`"));
        }
        let own = |stage: &&Stage| entry.stages.is_empty() || entry.stages.contains(&stage.name);
        for stage in stages.iter().filter(own).filter(|stage| wants_stage(stage)) {
            match entered(api, stage, entry) {
                Ok(route) => {
                    let probe = Probe::new(snapshot, api, stage, route, entry, OptIn::Probe);
                    if !self.probes.iter().any(|earlier| earlier.asks_the_same_as(&probe)) {
                        self.probes.push(probe);
                    }
                }
                Err(why) => self.leave_out(&words(api, stage, &entry.key()), &why),
            }
        }
    }

    /// Asks the routes of an API that its tag opts in, as far as nothing about their requests is unknown.
    fn tagged(&mut self, snapshot: &'a Snapshot, api: &'a Api, wants_stage: &dyn Fn(&Stage) -> bool) {
        if api.kind == ApiKind::WebSocket {
            return self.leave_out(&api.name, "it is a WebSocket API, which is not asked");
        }
        let stages = match api.stages.known() {
            Ok(stages) => stages,
            Err(why) => return self.leave_out(&api.name, &why.reason()),
        };
        for stage in stages.iter().filter(|stage| wants_stage(stage)) {
            let mut keys: Vec<&RouteKey> = way::sides(api, stage).flat_map(way::routes).map(|(key, _)| key).collect();
            keys.sort_unstable();
            keys.dedup();
            if keys.is_empty()
                && let Err(why) = api.live.routes.known()
            {
                self.leave_out(&format!("{} {}", api.name, stage.name), &why.reason());
            }
            for key in keys {
                let is_entered = |probe: &Probe| {
                    std::ptr::eq(probe.api, api) && std::ptr::eq(probe.stage, stage) && probe.route == *key
                };
                if self.probes.iter().any(is_entered) {
                    continue;
                }
                match unknown(api, stage, key) {
                    Some(why) => self.leave_out(&words(api, stage, key), &why),
                    None => {
                        let entry = Entry::plain(api, key);
                        self.probes.push(Probe::new(snapshot, api, stage, key.clone(), &entry, OptIn::Tag));
                    }
                }
            }
        }
    }
}

fn words(api: &Api, stage: &Stage, route: &RouteKey) -> String {
    format!("{} {} {route}", api.name, stage.name)
}

/// The route that an entry means: its own path with its method, or with any.
fn entered(api: &Api, stage: &Stage, entry: &Entry) -> Result<RouteKey, String> {
    let wanted = [entry.key(), RouteKey::new("ANY", &entry.path)];
    for key in wanted {
        if way::sides(api, stage).flat_map(way::routes).any(|(own, _)| *own == key) {
            return Ok(key);
        }
    }
    match api.live.routes.known() {
        Ok(_) => Err("the API has no such route: `path` is its template, as API Gateway shows it".to_owned()),
        Err(why) => Err(why.reason()),
    }
}

/// What of a route's request nobody said, where a tag alone opts it in.
fn unknown(api: &Api, stage: &Stage, key: &RouteKey) -> Option<String> {
    let needs_entry = |what: &str| Some(format!("{what}: a [[probe]] entry has to say with what it is asked"));
    match key.method.as_deref() {
        Some("GET" | "HEAD") => {}
        Some("ANY") => return needs_entry("it takes any method"),
        None => {
            return Some(
                "it takes any method and any path: a [[probe]] entry has to say with what it is asked, by method and \
                 request-path beside path = \"$default\""
                    .to_owned(),
            );
        }
        Some(method) => return needs_entry(&format!("its method is {method}")),
    }
    if key.path.contains('{') {
        return needs_entry("its path has parameters");
    }
    let route = way::route_of(api, stage, key)?;
    if let Some((name, _)) = route.request_parameters.iter().find(|(_, required)| **required) {
        return needs_entry(&format!("it requires {name}"));
    }
    if route.api_key_required {
        return needs_entry("it takes an API key");
    }
    match route.authorization_type.as_str() {
        "NONE" | "AWS_IAM" => None,
        other => needs_entry(&format!("its callers are authorised by {other}")),
    }
}

impl Entry {
    /// What a tag stands for.
    fn plain(api: &Api, key: &RouteKey) -> Entry {
        Entry {
            api: api.id.clone(),
            stages: Vec::new(),
            method: key.method.clone().unwrap_or_default(),
            path: key.path.clone(),
            request_path: None,
            path_parameters: Map::new(),
            query: Map::new(),
            headers: Headers::default(),
            body: None,
            sign: false,
            invoke: false,
        }
    }
}

impl<'a> Probe<'a> {
    fn new(
        snapshot: &'a Snapshot,
        api: &'a Api,
        stage: &'a Stage,
        route: RouteKey,
        entry: &Entry,
        opted_in_by: OptIn,
    ) -> Probe<'a> {
        let live = (api.kind == ApiKind::Rest).then(|| way::test(api, stage, &route, entry));
        let deployed = way::request(snapshot, api, stage, &route, entry);
        let function = entry.invoke.then(|| way::invoke(snapshot, api, stage, &route, entry));
        Probe { snapshot, api, stage, route, opted_in_by, live, deployed, function }
    }

    /// Whether it asks one route of one stage by the same calls.
    fn asks_the_same_as(&self, other: &Probe<'_>) -> bool {
        let is_one_route = std::ptr::eq(self.api, other.api) && std::ptr::eq(self.stage, other.stage);
        is_one_route
            && self.route == other.route
            && (&self.live, &self.deployed, &self.function) == (&other.live, &other.deployed, &other.function)
    }

    /// What is asked, as findings name it.
    pub fn resource(&self) -> Resource {
        Resource::stage(self.snapshot, self.api, &self.stage.name).with_route(&self.route)
    }

    /// The route as its callers meet it, or as it is live.
    pub fn met(&self) -> Option<&'a Route> {
        way::route_of(self.api, self.stage, &self.route)
    }

    /// The function that the route calls.
    pub fn calls(&self) -> Option<FunctionName> {
        way::function_of(self.met()?, self.stage)
    }
}
