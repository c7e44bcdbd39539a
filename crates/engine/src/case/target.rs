//! Which API, stage and path a request reaches, and which of their routes.

use super::Case;
use super::cause::Not;
use super::distribution::Front;
use super::domain::{Choice, Domain};
use super::facts::Read;
use super::stand_in;
use super::table::Table;
use crate::configuration::{Configuration, Route, RouteKey};
use crate::exchange::host::Host;
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Stage};

/// Which API, stage and path a request reaches.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The API.
    pub api: &'a Api,
    /// The stage; `None` where the request names none that exists.
    pub stage: Option<&'a Stage>,
    /// The segment of the path that names the stage, where the host does not.
    pub stage_segment: Option<String>,
    /// The path that the API's routes are matched with, percent-encoded as it was sent.
    pub path: String,
    /// How the request came to the API.
    pub via: Via,
}

/// How a request comes to an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// By its own `execute-api` name.
    Endpoint,
    /// By a VPC endpoint's name.
    VpcEndpoint(String),
    /// By a CloudFront distribution, which asks the `execute-api` name.
    Distribution {
        /// What it puts before the path, without a slash at its end.
        origin_path: String,
    },
    /// By a custom domain name, through a mapping or a routing rule.
    Domain {
        /// The domain name.
        name: String,
        /// The mapping's path, without slashes; empty for all paths.
        base_path: String,
    },
}

/// A route as its callers meet it, and the call that showed it.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// The route.
    pub route: &'a Route,
    /// The configuration that it is part of.
    pub configuration: &'a Configuration,
    /// The call.
    pub source: &'static str,
    /// Why the deployed configuration was not read, where the live one stands in for it.
    pub stand_in: Option<&'a NotRead>,
}

impl<'a> Target<'a> {
    /// Whether the request is a preflight that API Gateway answers itself: an HTTP API's with a CORS configuration, even
    /// where no route takes OPTIONS (*Configure CORS for HTTP APIs*).
    ///
    /// # Errors
    ///
    /// [`Not`], if what the stage serves was not read.
    pub fn answers_preflight(&self, case: &Case<'a>) -> Result<bool, Not> {
        if self.api.kind != ApiKind::Http || !case.is_preflight() {
            return Ok(false);
        }
        let (configuration, ..) = served(case, self.api, self.stage()?)?;
        Ok(configuration.cors.is_some())
    }

    /// Why the stages were not read, where the one that the URL or its mapping names stands in for them, or an HTTP API's
    /// `$default`: a REST API answers otherwise than `Forbidden` only where there is such a stage. Nothing but its name is known.
    pub(super) fn stage_unread(&self) -> Option<&'a NotRead> {
        self.api.stages.known().err().filter(|_| self.stage.is_some())
    }

    /// That the stages were read, for what hangs on what is set on one.
    ///
    /// # Errors
    ///
    /// Why they were not.
    pub fn stage_read(&self) -> Result<(), Not> {
        self.stage_unread().map_or(Ok(()), |why| Err(why.into()))
    }

    /// Where a case's request goes.
    pub(super) fn of(case: &Case<'a>) -> Result<Target<'a>, Not> {
        // Which path was sent cannot be told.
        if case.request.url.has_dot_segments() {
            return Err(Not::Silent);
        }
        match &case.host {
            Host::ExecuteApi { api_id, vpc_endpoint, .. } => {
                let via = vpc_endpoint.clone().map_or(Via::Endpoint, Via::VpcEndpoint);
                let api = case.api(api_id)?.ok_or_else(|| no_api(api_id))?;
                Ok(Target::at_endpoint(case, api, &case.request.url.path, via))
            }
            Host::ExecuteApiVpce { vpc_endpoint, .. } => {
                let named = named_by_header(case).ok_or(Not::Silent)?;
                let api = case.api(&named)?.ok_or_else(|| no_api(&named))?;
                Ok(Target::at_endpoint(case, api, &case.request.url.path, Via::VpcEndpoint(vpc_endpoint.clone())))
            }
            Host::CloudFront => Target::behind(case),
            Host::Other => {
                let domain = match Domain::of(case) {
                    // A name that API Gateway does not know may be a distribution's.
                    Err(not @ (Not::Silent | Not::Unread(_))) if !case.is_unsent() => {
                        return match Target::behind(case) {
                            Err(Not::Silent) => Err(not),
                            target => target,
                        };
                    }
                    domain => domain?,
                };
                match domain.choose(case.request) {
                    Choice::Stage { api_id, stage, path, base_path } => {
                        let api = case.api(&api_id)?.ok_or_else(|| no_api(&api_id))?;
                        let via = Via::Domain { name: domain.name.clone(), base_path };
                        Ok(match stage {
                            Some(name) => {
                                let stage = api.stage(&name).or_else(|| stand_in::named(case, api, &name));
                                Target { api, stage, stage_segment: None, path, via }
                            }
                            None => Target::at_endpoint(case, api, &path, via),
                        })
                    }
                    Choice::None => Err(Not::Silent),
                }
            }
            _ => Err(Not::Silent),
        }
    }

    /// Where a request goes that CloudFront hands on to an API's own endpoint.
    fn behind(case: &Case<'a>) -> Result<Target<'a>, Not> {
        let (front, api_id) = Front::of_api(case)?;
        // With the viewer's Host it reaches no API at all.
        if front.behavior.forwards_host() || front.behavior.may_rewrite() {
            return Err(Not::Silent);
        }
        let api = case.api(&api_id)?.ok_or_else(|| no_api(&api_id))?;
        let origin_path = front.origin.origin_path.trim_end_matches('/').to_owned();
        Ok(Target::at_endpoint(case, api, &front.path(case), Via::Distribution { origin_path }))
    }

    /// Where a path leads at an API's own endpoint: the first segment names the stage, or, of an HTTP API with a stage
    /// `$default`, may be part of the path.
    fn at_endpoint(case: &Case<'a>, api: &'a Api, path: &str, via: Via) -> Target<'a> {
        let (segment, rest) = first_segment(path);
        let stage = segment.and_then(|segment| api.stage(segment));
        let default = if api.kind == ApiKind::Rest { None } else { api.stage("$default") };
        let (stage, path) = match (stage, default) {
            (Some(stage), _) => (Some(stage), rest.to_owned()),
            (None, Some(default)) => (Some(default), if path.is_empty() { "/".to_owned() } else { path.to_owned() }),
            (None, None) => match stand_in::at_endpoint(case, api, path, (segment, rest)) {
                Some((stage, path)) => (Some(stage), path),
                None => (None, rest.to_owned()),
            },
        };
        Target { api, stage, stage_segment: segment.map(str::to_owned), path, via }
    }

    /// The stage.
    ///
    /// # Errors
    ///
    /// [`Not`], if the request names none that exists, or the stages were not read.
    pub fn stage(&self) -> Result<&'a Stage, Not> {
        match (self.stage, self.api.stages.known()) {
            (Some(stage), _) => Ok(stage),
            (None, Err(why)) => Err(why.into()),
            (None, Ok(_)) => Err(Not::Silent),
        }
    }

    /// The routes that a stage serves: which exist, and what is known of each. The live ones stand in for those that could
    /// not be read.
    ///
    /// # Errors
    ///
    /// [`Not`], if that was not read.
    pub fn deployed(&self, case: &Case<'a>) -> Result<&'a Table<'a>, Not> {
        served_or_live(case, self.api, self.stage()?)
    }

    /// The routes of the live configuration; those that the stage serves stand in for them.
    ///
    /// # Errors
    ///
    /// [`Not`], if they were not read.
    pub fn live(&self, case: &Case<'a>) -> Result<&'a Table<'a>, Not> {
        or_instead(case, case.tables.live(self.api), || deployed(case, self.api, self.stage()?))
    }

    /// The key of the route that the stage serves for the request; `None` where it serves none.
    ///
    /// # Errors
    ///
    /// [`Not`], if what it serves was not read.
    pub fn key(&self, case: &Case<'a>) -> Result<Option<RouteKey>, Not> {
        Ok(self.deployed(case)?.find(case.method(), &self.path).map(|(key, _)| key.clone()))
    }

    /// The route that answers the request, as its callers meet it: deployed, or live where nothing shows what is deployed.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if there is none; otherwise why it cannot be told.
    pub fn met(&self, case: &Case<'a>) -> Result<(RouteKey, Met<'a>), Not> {
        let key = self.key(case)?.ok_or(Not::Silent)?;
        let met = self.met_route(case, &key)?;
        Ok((key, met))
    }

    /// A route of the stage, as its callers meet it.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if there is none of that key; otherwise why it cannot be told.
    pub fn met_route(&self, case: &Case<'a>, key: &RouteKey) -> Result<Met<'a>, Not> {
        let stage = self.stage()?;
        let (configuration, source, stand_in) = served(case, self.api, stage)?;
        let routes = configuration.routes.known()?;
        match routes.0.get(key) {
            Some(route) => Ok(Met { route, configuration, source, stand_in }),
            None => Err(Not::Silent),
        }
    }

    /// The scheme of the URLs that lead to the API: whatever a URL says that does not fit, WebSocket APIs alone are called
    /// by `wss`.
    pub fn scheme<'u>(&self, case: &'u Case<'_>) -> &'u str {
        let url = &case.request.url;
        if self.api.kind != ApiKind::WebSocket && url.is_websocket() { "https" } else { &url.scheme }
    }

    /// The same, as far as it does not matter what the route calls: where that alone was not read, the route without it.
    ///
    /// # Errors
    ///
    /// As [`Target::met_route`].
    pub fn met_at_the_door(&self, case: &Case<'a>, key: &RouteKey) -> Result<Met<'a>, Not> {
        let met = self.met_route(case, key);
        let (Err(Not::Unread(_)), Some(alone)) = (&met, &self.api.routes_alone) else { return met };
        let (configuration, source, stand_in) = served(case, self.api, self.stage()?)?;
        match alone.0.get(key) {
            Some(route) if configuration.routes.ok().is_none() => Ok(Met { route, configuration, source, stand_in }),
            _ => met,
        }
    }

    /// The id of the REST resource of a route's path, which the live configuration knows, whatever its methods are.
    pub fn resource_id(&self, key: &RouteKey) -> Option<&'a str> {
        let routes = &self.api.live.routes.ok().filter(|_| self.api.kind == ApiKind::Rest)?.0;
        let mut of_path = routes.iter().filter(|(own, _)| own.path == key.path);
        of_path.find_map(|(_, route)| route.resource_id.as_deref())
    }

    /// The id of an HTTP or WebSocket API's route, which the live configuration knows.
    pub fn route_id(&self, key: &RouteKey) -> Option<&'a str> {
        let routes = &self.api.live.routes.ok().filter(|_| self.api.kind != ApiKind::Rest)?.0;
        routes.get(key)?.resource_id.as_deref()
    }

    /// The URL of a path of a stage, by the way that the request came; by a custom domain name, of the stage that it
    /// leads to.
    pub fn url(&self, case: &Case<'_>, stage: &str, path: &str) -> String {
        let before = match &self.via {
            Via::Domain { base_path, .. } => {
                // The mapping names no stage: the path does.
                let named = self.stage_segment.as_ref().map(|_| stage);
                [Some(base_path.as_str()), named]
                    .into_iter()
                    .flatten()
                    .filter(|part| !part.is_empty())
                    .fold(String::new(), |before, part| format!("{before}/{part}"))
            }
            Via::Endpoint | Via::VpcEndpoint(_) if stage == "$default" => String::new(),
            Via::Endpoint | Via::VpcEndpoint(_) => format!("/{stage}"),
            Via::Distribution { origin_path } => {
                let before = if stage == "$default" { String::new() } else { format!("/{stage}") };
                match format!("{before}{path}").strip_prefix(origin_path.as_str()) {
                    Some(rest) => return format!("{}://{}{rest}", self.scheme(case), case.request.url.host),
                    None => before,
                }
            }
        };
        format!("{}://{}{before}{path}", self.scheme(case), case.request.url.host)
    }
}

/// The routes that a stage of an API serves.
///
/// # Errors
///
/// [`Not`], if that was not read.
pub fn deployed<'a>(case: &Case<'a>, api: &'a Api, stage: &'a Stage) -> Result<&'a Table<'a>, Not> {
    // Which deployment the stage has was not read.
    api.stages.known()?;
    if serves_nothing(api, stage) {
        return Ok(case.tables.undeployed(api.kind));
    }
    if api.kind != ApiKind::Rest && api.served(stage).is_none() {
        // What is live may stand in for it.
        let live = case.tables.live(api);
        if let (_, _, Some(why)) = served(case, api, stage)?
            && !case.is_unsent()
        {
            case.assume(why)?;
        }
        return live;
    }
    match &stage.deployment_id {
        Some(id) => deployed_by_id(case, api, id),
        None => Ok(case.tables.undeployed(api.kind)),
    }
}

/// The same; the live ones stand in for those that could not be read.
///
/// # Errors
///
/// [`Not`], if that was not read.
pub fn served_or_live<'a>(case: &Case<'a>, api: &'a Api, stage: &'a Stage) -> Result<&'a Table<'a>, Not> {
    or_instead(case, deployed(case, api, stage), || case.tables.live(api))
}

/// Whether a stage of an HTTP API has no deployment, and makes none by itself.
pub(crate) fn serves_nothing(api: &Api, stage: &Stage) -> bool {
    api.kind == ApiKind::Http && stage.deployment_id.is_none() && !deploys_itself(stage)
}

/// Whether edits of a stage are deployed by themselves: unless AWS says that the last attempt failed.
fn deploys_itself(stage: &Stage) -> bool {
    let failed = stage.last_deployment_status_message.as_deref().is_some_and(|text| text.contains("failed"));
    stage.auto_deploy && !failed
}

/// Some routes, or, where they could not be read, others that stand in for them.
fn or_instead<'a>(
    case: &Case<'a>,
    routes: Result<&'a Table<'a>, Not>,
    others: impl FnOnce() -> Result<&'a Table<'a>, Not>,
) -> Result<&'a Table<'a>, Not> {
    let Err(Not::Unread(why)) = routes else { return routes };
    let others = others()?;
    case.assume(&why)?;
    Ok(others)
}

/// The routes that a deployment of an API holds.
///
/// # Errors
///
/// [`Not`], if that was not read.
pub fn deployed_by_id<'a>(case: &Case<'a>, api: &Api, deployment: &str) -> Result<&'a Table<'a>, Not> {
    let want = || case.want(Read::Summary { api: api.id.clone(), deployment: deployment.to_owned() });
    case.tables.deployed(api, deployment).unwrap_or_else(|| Err(want()))
}

/// The configuration that callers of a stage meet: deployed, or live where nothing shows what is deployed, and why.
///
/// # Errors
///
/// [`Not`], if that was not read.
pub(crate) fn served<'a>(
    case: &Case<'a>,
    api: &'a Api,
    stage: &'a Stage,
) -> Result<(&'a Configuration, &'static str, Option<&'a NotRead>), Not> {
    if let Err(why) = api.stages.known() {
        return Ok((&api.live, api.kind.routes_call(), Some(why)));
    }
    if let Some(served) = api.served(stage) {
        return Ok((served, api.shown_by(stage), None));
    }
    let live_source = api.kind.routes_call();
    if api.kind == ApiKind::WebSocket || deploys_itself(stage) {
        return Ok((&api.live, live_source, None));
    }
    let Some(id) = &stage.deployment_id else { return Err(Not::Silent) };
    match api.deployed.get(id).map(|held| &held.export) {
        Some(Observed::NotRead(why)) if why.is_failure() => Ok((&api.live, live_source, Some(why))),
        _ => Err(case.want(Read::Export { api: api.id.clone(), stage: stage.name.clone(), deployment: id.clone() })),
    }
}

/// The API that a request to a VPC endpoint's own name asks for: by `x-apigw-api-id`, or by its `Host`.
pub(crate) fn named_by_header(case: &Case<'_>) -> Option<String> {
    let headers = &case.request.headers;
    if let Some(id) = headers.get("x-apigw-api-id") {
        return Some(id.trim().to_owned());
    }
    match Host::of(&headers.get("host")?.to_ascii_lowercase()) {
        Host::ExecuteApi { api_id, .. } => Some(api_id),
        _ => None,
    }
}

fn no_api(id: &str) -> Not {
    Not::refuted(format!("there is no API {id} in this account and region"))
}

/// The first segment of a path, and what follows it; slashes doubled before it are one.
pub fn first_segment(path: &str) -> (Option<&str>, &str) {
    let trimmed = path.trim_start_matches('/');
    if trimmed.is_empty() {
        return (None, "/");
    }
    match trimmed.find('/') {
        Some(end) => {
            let (segment, rest) = trimmed.split_at(end);
            (Some(segment), rest)
        }
        None => (Some(trimmed), "/"),
    }
}
