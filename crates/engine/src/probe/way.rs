//! The three ways of asking a route: each as it is gone, or why it is not.

use super::event;
use super::plan::{Call, Entry, Invoke, Test};
use crate::arn::{self, FunctionName};
use crate::configuration::{Configuration, Route, RouteKey};
use crate::exchange::encoding::percent_encoded;
use crate::exchange::url::Url;
use crate::exchange::{Client, Request};
use crate::met::Met;
use crate::observed::NotRead;
use crate::response::Kind;
use crate::routing;
use crate::secret;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};
use crate::stage_variables;

/// The route of an HTTP API that takes every method and every path that no other route takes.
pub(super) const DEFAULT: &str = "$default";

/// What a stage serves, as far as that was read, and what is live.
pub(super) fn sides<'a>(api: &'a Api, stage: &Stage) -> impl Iterator<Item = &'a Configuration> {
    api.served(stage).into_iter().chain([&api.live])
}

pub(super) fn routes(configuration: &Configuration) -> impl Iterator<Item = (&RouteKey, &Route)> {
    configuration.routes.ok().into_iter().flat_map(|routes| &routes.0)
}

impl Entry {
    /// The path that is asked: the template with its parameters put in, percent-encoded.
    fn filled(&self) -> Result<String, String> {
        if self.path == DEFAULT {
            return self.request_path.clone().ok_or_else(|| "request-path is missing".to_owned());
        }
        let mut path = String::new();
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                None => path.push_str(segment),
                Some(name) => {
                    let (name, is_greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
                    let value = self.path_parameters.get(name).filter(|value| !value.is_empty());
                    let value = value.ok_or_else(|| format!("path-parameters holds no `{name}`"))?;
                    if value.split('/').any(|part| part == "." || part == "..") {
                        return Err(format!("the path parameter `{name}` leads to another path"));
                    }
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

/// A route as its callers meet it, or as it is live.
pub(super) fn route_of<'a>(api: &'a Api, stage: &Stage, key: &RouteKey) -> Option<&'a Route> {
    sides(api, stage).find_map(|side| routes(side).find(|(own, _)| *own == key)).map(|(_, route)| route)
}

/// The function of a proxy integration.
pub(super) fn function_of(route: &Route, stage: &Stage) -> Option<FunctionName> {
    let integration = route.integration.as_ref().filter(|integration| integration.integration_type == "AWS_PROXY")?;
    let uri = stage_variables::resolve(integration.uri.as_deref()?, &stage.variables);
    if uri.unset.is_empty() { FunctionName::in_uri(&uri.text) } else { None }
}

pub(super) fn test(api: &Api, stage: &Stage, key: &RouteKey, entry: &Entry) -> Call<Test> {
    let live = api.live.routes.known().map_err(NotRead::reason)?;
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

pub(super) fn request(
    snapshot: &Snapshot,
    api: &Api,
    stage: &Stage,
    key: &RouteKey,
    entry: &Entry,
) -> Call<(Request, bool)> {
    match api.met_by_callers(stage) {
        Met::Nothing => return Err("the stage serves no deployment".to_owned()),
        Met::NotRead(why) => return Err(why.reason()),
        met @ (Met::Served(configuration) | Met::Live { live: configuration, .. }) => {
            if !met.has(key) || !routes(configuration).any(|(own, _)| own == key) {
                return Err("the stage does not serve the route: it waits for a deployment".to_owned());
            }
        }
    }
    let path = entry.filled()?;
    let served = api.served(stage).into_iter().flat_map(routes).map(|(own, _)| own);
    if let Some(other) = routing::find(served, api.kind, &entry.method, &path).filter(|other| *other != key) {
        return Err(format!("the stage answers its request by another route, {other}"));
    }
    let (host, prefix) = host(snapshot, api, stage)?;
    let url = Url {
        scheme: "https".to_owned(),
        host,
        port: None,
        path: format!("{prefix}{path}"),
        variables: Vec::new(),
        query: entry.query_pairs(),
    };
    let is_iam = route_of(api, stage, key).is_some_and(|route| route.authorization_type == "AWS_IAM");
    let request = Request {
        method: entry.method.clone(),
        url,
        headers: entry.headers.clone(),
        body: entry.body.clone().into(),
        client: Client::default(),
    };
    Ok((request, entry.sign || is_iam))
}

/// The API's own host, and the stage in its paths.
fn own_host(snapshot: &Snapshot, api: &Api, stage: &Stage) -> (String, String) {
    let suffix = if arn::partition(&snapshot.region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let host = format!("{}.execute-api.{}.{suffix}", api.id, snapshot.region);
    (host, if stage.name == "$default" { String::new() } else { format!("/{}", stage.name) })
}

/// The host of a stage, and what stands before its routes' paths.
fn host(snapshot: &Snapshot, api: &Api, stage: &Stage) -> Call<(String, String)> {
    if api.endpoint_types.iter().any(|kind| kind == "PRIVATE") {
        return Err("it is a private API, which is reached from within its VPC alone".to_owned());
    }
    if api.live.settings.disable_execute_api_endpoint != Some(true) {
        return Ok(own_host(snapshot, api, stage));
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

pub(super) fn invoke(snapshot: &Snapshot, api: &Api, stage: &Stage, key: &RouteKey, entry: &Entry) -> Call<Invoke> {
    let route = route_of(api, stage, key).ok_or("the route was not read")?;
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
    // Where the stage cannot be asked, its function can: the event then names the API's own host.
    let (host, prefix) = host(snapshot, api, stage).unwrap_or_else(|_| own_host(snapshot, api, stage));
    let asked = event::Asked { snapshot, api, stage, key, entry, path: entry.filled()?, prefix, host };
    Ok(Invoke {
        function,
        kind,
        event: if kind == Kind::Http2 { event::version_2(&asked) } else { event::version_1(&asked, kind) },
    })
}
