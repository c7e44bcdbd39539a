//! Which Lambda functions an API calls, from where, and on whose behalf.

use std::collections::BTreeSet;

use crate::arn::{self, FunctionName};
use crate::configuration::{Configuration, Map, Route, RouteKey};
use crate::met::Met;
use crate::observed::NotRead;
use crate::snapshot::{Api, Snapshot, Stage};
use crate::stage_variables::{self, Resolved};

/// Something in a stage that API Gateway fills in with stage variables and calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Who calls.
    pub caller: Caller,
    /// The URI with the stage's variables put in.
    pub uri: Resolved,
    /// The role with which it is called; without one, the function's own policy decides.
    pub credentials: Option<String>,
}

/// What calls a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A route's integration.
    Route(RouteKey),
    /// An authorizer, and its id where it is known.
    Authorizer {
        /// The authorizer's name.
        name: String,
        /// Its id.
        id: Option<String>,
    },
}

impl Invocation {
    /// The function that is called, if it is one and all variables in its name are set.
    pub fn function(&self) -> Option<FunctionName> {
        if self.uri.unset.is_empty() { FunctionName::in_uri(&self.uri.text) } else { None }
    }

    /// The ARN that the function's policy is asked about. `None` for an authorizer whose id is not known.
    ///
    /// It holds the path as a template and `ANY` as it is. For an authorizer it names the function's region.
    pub fn source_arn(&self, snapshot: &Snapshot, api: &Api, stage: &str, function: &FunctionName) -> Option<String> {
        let rest = match &self.caller {
            Caller::Authorizer { id, .. } => {
                let rest = format!("authorizers/{}", id.as_deref()?);
                return Some(arn::execute_api(&function.region, &snapshot.account_id, &api.id, &rest));
            }
            Caller::Route(RouteKey { path, method: Some(method) }) => {
                format!("{stage}/{method}/{}", path.strip_prefix('/').unwrap_or(path))
            }
            Caller::Route(RouteKey { path, method: None }) => format!("{stage}/{path}"),
        };
        Some(arn::execute_api(&snapshot.region, &snapshot.account_id, &api.id, &rest))
    }
}

/// What a configuration calls.
#[derive(Debug, Default)]
pub struct Invocations<'a> {
    /// As far as it was read.
    pub invocations: Vec<Invocation>,
    /// What was not read of it: routes, or the authorizers that they use.
    pub not_read: Vec<&'a NotRead>,
}

/// What callers of a stage make it call.
pub fn of_stage<'a>(api: &'a Api, stage: &Stage) -> Invocations<'a> {
    let met = api.met_by_callers(stage);
    match met {
        Met::Served(served) => of_configuration(served, &api.live, &stage.variables, &met),
        Met::Live { live, unread, .. } => {
            let mut found = of_configuration(live, live, &stage.variables, &met);
            found.not_read.extend(unread);
            found
        }
        Met::Nothing => Invocations::default(),
        Met::NotRead(why) => Invocations { not_read: vec![why], ..Invocations::default() },
    }
}

/// Every function that an API's stages and canaries call, or would call after a deployment.
pub fn functions(api: &Api) -> BTreeSet<FunctionName> {
    let stages = api.stages.ok().map_or([].as_slice(), Vec::as_slice);
    let stage_variables = stages.iter().flat_map(|stage| {
        let canary = stage.canary.as_ref().map(|canary| stage.canary_variables(canary));
        std::iter::once(stage.variables.clone()).chain(canary).map(move |variables| (api.served(stage), variables))
    });
    let mut found = BTreeSet::new();
    for (served, variables) in stage_variables.chain([(None, Map::new())]) {
        for configuration in [Some(&api.live), served].into_iter().flatten() {
            let invocations = of_configuration(configuration, &api.live, &variables, &Met::Nothing).invocations;
            found.extend(invocations.iter().filter_map(Invocation::function));
        }
    }
    found
}

fn of_configuration<'a>(
    configuration: &'a Configuration,
    live: &Configuration,
    variables: &Map,
    met: &Met<'_>,
) -> Invocations<'a> {
    let routes = match configuration.routes.known() {
        Ok(routes) => routes,
        Err(why) => return Invocations { not_read: vec![why], ..Invocations::default() },
    };
    let mut invocations: Vec<Invocation> = routes
        .0
        .iter()
        .filter(|(key, _)| met.has(key))
        .filter_map(|(key, route)| {
            let integration = route.integration.as_ref()?;
            Some(Invocation {
                caller: Caller::Route(key.clone()),
                uri: stage_variables::resolve(integration.uri.as_deref()?, variables),
                credentials: integration.credentials.clone(),
            })
        })
        .collect();
    let used: BTreeSet<&String> =
        routes.0.iter().filter(|(key, _)| met.has(key)).filter_map(|(_, route)| authorizer_name(route)).collect();
    let authorizers = match configuration.authorizers.known() {
        Ok(authorizers) => authorizers,
        Err(why) if used.is_empty() || !why.is_failure() => return Invocations { invocations, not_read: Vec::new() },
        Err(why) => return Invocations { invocations, not_read: vec![why] },
    };
    for name in used {
        let Some(authorizer) = authorizers.get(name) else {
            continue;
        };
        let Some(uri) = &authorizer.authorizer_uri else {
            continue;
        };
        // Only the live side knows ids; an authorizer keeps its own through deployments.
        let id = live.authorizers.ok().and_then(|authorizers| authorizers.get(name)?.id.clone());
        invocations.push(Invocation {
            caller: Caller::Authorizer { name: name.clone(), id },
            uri: stage_variables::resolve(uri, variables),
            credentials: authorizer.authorizer_credentials.clone(),
        });
    }
    Invocations { invocations, not_read: Vec::new() }
}

fn authorizer_name(route: &Route) -> Option<&String> {
    route.authorizer.ok().and_then(Option::as_ref)
}
