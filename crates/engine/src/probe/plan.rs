//! Which routes are asked, and how.

use serde::Serialize;
use serde_json::Value;

use super::event;
use crate::arn::{self, FunctionName};
use crate::configuration::{Configuration, Map, Route, RouteKey};
use crate::exchange::encoding::percent_encoded;
use crate::exchange::url::Url;
use crate::exchange::{Client, Headers, Request};
use crate::finding::Resource;
use crate::met::Met;
use crate::response::Kind;
use crate::secret;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};
use crate::stage_variables;

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
    /// The route's path template: `/orders/{id}`.
    pub path: String,
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
            match route_of(api, stage, entry) {
                Ok(route) => self.probes.push(Probe::new(snapshot, api, stage, route, entry, OptIn::Probe)),
                Err(why) => self.leave_out(&words(api, stage, &RouteKey::new(&entry.method, &entry.path)), &why),
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
            let mut keys: Vec<&RouteKey> = sides(api, stage).flat_map(routes).map(|(key, _)| key).collect();
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

/// What a stage serves, as far as that was read, and what is live.
fn sides<'a>(api: &'a Api, stage: &Stage) -> impl Iterator<Item = &'a Configuration> {
    api.served(stage).into_iter().chain([&api.live])
}

fn routes(configuration: &Configuration) -> impl Iterator<Item = (&RouteKey, &Route)> {
    configuration.routes.ok().into_iter().flat_map(|routes| &routes.0)
}

/// The route that an entry means: its own path with its method, or with any.
fn route_of(api: &Api, stage: &Stage, entry: &Entry) -> Result<RouteKey, String> {
    let wanted = [RouteKey::new(&entry.method, &entry.path), RouteKey::new("ANY", &entry.path)];
    for key in wanted {
        if sides(api, stage).flat_map(routes).any(|(own, _)| *own == key) {
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
        Some("ANY") | None => return needs_entry("it takes any method"),
        Some(method) => return needs_entry(&format!("its method is {method}")),
    }
    if key.path.contains('{') {
        return needs_entry("its path has parameters");
    }
    let route = sides(api, stage).find_map(|side| routes(side).find(|(own, _)| *own == key))?.1;
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
            path_parameters: Map::new(),
            query: Map::new(),
            headers: Headers::default(),
            body: None,
            sign: false,
            invoke: false,
        }
    }

    /// The path with its parameters put in, percent-encoded.
    fn filled(&self) -> Result<String, String> {
        let mut path = String::new();
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                None => path.push_str(segment),
                Some(name) => {
                    let (name, is_greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
                    let value = self.path_parameters.get(name).filter(|value| !value.is_empty());
                    let value = value.ok_or_else(|| format!("path-parameters holds no `{name}`"))?;
                    let parts: Vec<String> = value.split('/').map(percent_encoded).collect();
                    path.push_str(&parts.join(if is_greedy { "/" } else { "%2F" }));
                }
            }
        }
        Ok(path)
    }

    fn query_pairs(&self) -> Vec<(String, String)> {
        self.query.iter().map(|(name, value)| (percent_encoded(name), percent_encoded(value))).collect()
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
        let live = (api.kind == ApiKind::Rest).then(|| test(api, stage, &route, entry));
        let deployed = request(snapshot, api, stage, &route, entry);
        let function = entry.invoke.then(|| invoke(snapshot, api, stage, &route, entry));
        Probe { snapshot, api, stage, route, opted_in_by, live, deployed, function }
    }

    /// What is asked, as findings name it.
    pub fn resource(&self) -> Resource {
        Resource::stage(self.snapshot, self.api, &self.stage.name).with_route(&self.route)
    }

    /// The route as its callers meet it, or as it is live.
    pub fn met(&self) -> Option<&'a Route> {
        sides(self.api, self.stage)
            .find_map(|side| routes(side).find(|(own, _)| **own == self.route))
            .map(|found| found.1)
    }

    /// The function that the route calls.
    pub fn calls(&self) -> Option<FunctionName> {
        function_of(self.met()?, self.stage)
    }
}

/// The function of a proxy integration.
fn function_of(route: &Route, stage: &Stage) -> Option<FunctionName> {
    let integration = route.integration.as_ref().filter(|integration| integration.integration_type == "AWS_PROXY")?;
    let uri = stage_variables::resolve(integration.uri.as_deref()?, &stage.variables);
    if uri.unset.is_empty() { FunctionName::in_uri(&uri.text) } else { None }
}

fn test(api: &Api, stage: &Stage, key: &RouteKey, entry: &Entry) -> Call<Test> {
    let live = api.live.routes.known().map_err(crate::observed::NotRead::reason)?;
    let route = live.0.get(key).ok_or("the live configuration has no such route")?;
    if key.method.as_deref() == Some("ANY") {
        return Err("how TestInvokeMethod takes a route of any method is not known".to_owned());
    }
    let resource_id = route.resource_id.clone().ok_or("its resource's id was not read")?;
    // A variable whose value is hidden would be sent as what stands in its place.
    let integration = serde_json::to_string(&route.integration).unwrap_or_default();
    let is_hidden = |(name, value): &(&String, &String)| {
        secret::is_redacted(value) && integration.contains(&format!("stageVariables.{name}"))
    };
    if let Some((name, _)) = stage.variables.iter().find(is_hidden) {
        return Err(format!("it takes the stage variable `{name}`, whose value is hidden"));
    }
    let query: Vec<String> = entry.query_pairs().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = entry.filled()?;
    let path_with_query = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    Ok(Test {
        resource_id,
        method: entry.method.clone(),
        path_with_query,
        headers: entry.headers.clone(),
        body: entry.body.clone(),
        stage_variables: stage
            .variables
            .iter()
            .filter(|(_, value)| !secret::is_redacted(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    })
}

fn request(snapshot: &Snapshot, api: &Api, stage: &Stage, key: &RouteKey, entry: &Entry) -> Call<(Request, bool)> {
    match api.met_by_callers(stage) {
        Met::Nothing => return Err("the stage serves no deployment".to_owned()),
        Met::NotRead(why) => return Err(why.reason()),
        met @ (Met::Served(configuration) | Met::Live { live: configuration, .. }) => {
            if !met.has(key) || !routes(configuration).any(|(own, _)| own == key) {
                return Err("the stage does not serve the route: it waits for a deployment".to_owned());
            }
        }
    }
    let (host, prefix) = host(snapshot, api, stage)?;
    let url = Url {
        scheme: "https".to_owned(),
        host,
        port: None,
        path: format!("{prefix}{}", entry.filled()?),
        query: entry.query_pairs(),
    };
    let is_iam = sides(api, stage)
        .find_map(|side| routes(side).find(|(own, _)| *own == key))
        .is_some_and(|(_, route)| route.authorization_type == "AWS_IAM");
    let request = Request {
        method: entry.method.clone(),
        url,
        headers: entry.headers.clone(),
        body: entry.body.clone(),
        client: Client::default(),
    };
    Ok((request, entry.sign || is_iam))
}

/// The host of a stage, and what stands before its routes' paths.
fn host(snapshot: &Snapshot, api: &Api, stage: &Stage) -> Call<(String, String)> {
    if api.endpoint_types.iter().any(|kind| kind == "PRIVATE") {
        return Err("it is a private API, which is reached from within its VPC alone".to_owned());
    }
    if api.live.settings.disable_execute_api_endpoint != Some(true) {
        let suffix = if arn::partition(&snapshot.region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let host = format!("{}.execute-api.{}.{suffix}", api.id, snapshot.region);
        let prefix = if stage.name == "$default" { String::new() } else { format!("/{}", stage.name) };
        return Ok((host, prefix));
    }
    let domains = snapshot.domain_names.ok().into_iter().flatten();
    let mut leading =
        domains.filter(|domain| domain.id.is_none() && !domain.name.starts_with('*')).filter_map(|domain| {
            let own = domain.mappings.ok()?.iter();
            let mapping =
                own.into_iter().find(|own| own.api_id == api.id && own.stage.as_ref() == Some(&stage.name))?;
            let prefix = if mapping.path.is_empty() { String::new() } else { format!("/{}", mapping.path) };
            Some((domain.name.to_ascii_lowercase(), prefix))
        });
    leading.next().ok_or_else(|| {
        "its execute-api host is switched off, and no custom domain name is known to lead to the stage".to_owned()
    })
}

fn invoke(snapshot: &Snapshot, api: &Api, stage: &Stage, key: &RouteKey, entry: &Entry) -> Call<Invoke> {
    let route = sides(api, stage).find_map(|side| routes(side).find(|(own, _)| *own == key)).map(|found| found.1);
    let route = route.ok_or("the route was not read")?;
    let function = function_of(route, stage).ok_or("its integration is no proxy of a Lambda function")?;
    let version = route.integration.as_ref().and_then(|integration| integration.payload_format_version.as_deref());
    let kind = match (api.kind, version) {
        (ApiKind::Rest, _) => Kind::Rest,
        (_, Some("1.0")) => Kind::Http1,
        (_, _) => Kind::Http2,
    };
    if let Some((name, _)) = stage.variables.iter().find(|(_, value)| secret::is_redacted(value)) {
        return Err(format!("its event would hold the stage variable `{name}`, whose value is hidden"));
    }
    let (host, prefix) = host(snapshot, api, stage)
        .unwrap_or_else(|_| (format!("{}.execute-api.{}.amazonaws.com", api.id, snapshot.region), String::new()));
    let asked = event::Asked { snapshot, api, stage, key, entry, path: entry.filled()?, prefix, host };
    Ok(Invoke {
        function,
        kind,
        event: if kind == Kind::Http2 { event::version_2(&asked) } else { event::version_1(&asked, kind) },
    })
}
