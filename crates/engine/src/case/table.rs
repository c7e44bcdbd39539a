//! The routes of every API that was read, as they are live and as its deployments hold them, ready to be matched with
//! requests.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::cause::Not;
use super::facts::Facts;
use crate::configuration::{Configuration, Route, RouteKey, Routes};
use crate::observed::{NotRead, Observed};
use crate::routing::{self, Index};
use crate::snapshot::{Api, ApiKind, Deployed, Stage, Summary};

/// The routes of everything that was read so far. Made once, they serve every case over the same facts.
#[derive(Debug)]
pub struct Tables<'a> {
    /// What was read.
    pub facts: &'a Facts<'a>,
    /// By the API's id.
    apis: BTreeMap<&'a str, OfApi<'a>>,
    undeployed: [Table<'a>; 2],
    /// The stage that a URL names, of an API whose stages were not read.
    named: OnceCell<Stage>,
}

/// The routes of one API.
#[derive(Debug)]
struct OfApi<'a> {
    live: Read<'a>,
    /// By the deployment's id.
    deployed: BTreeMap<&'a str, Read<'a>>,
}

type Read<'a> = Result<Table<'a>, &'a NotRead>;

/// The routes of one stage, or of the live configuration, with what is known of each.
#[derive(Debug)]
pub struct Table<'a> {
    /// The call that showed them.
    pub source: &'static str,
    /// In the order of their keys.
    pub entries: Vec<(RouteKey, Entry<'a>)>,
    kind: ApiKind,
    /// Of the routes' places in `entries`.
    index: Index<'a, usize>,
}

/// What is known of one route.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// `NONE`, `AWS_IAM` …; `None` where the source leaves it out.
    pub authorization_type: Option<&'a str>,
    /// Whether callers must send an API key; `None` where the source leaves it out.
    pub api_key_required: Option<bool>,
    /// The route itself, where the source shows it.
    pub route: Option<&'a Route>,
}

impl<'a> Tables<'a> {
    /// The routes of what was read.
    pub fn of(facts: &'a Facts<'a>) -> Tables<'a> {
        let apis = facts.apis().map(|api| {
            let deployed =
                api.deployed.iter().filter_map(|(id, held)| Some((id.as_str(), Table::deployed(api, held)?)));
            (api.id.as_str(), OfApi { live: Table::live(api), deployed: deployed.collect() })
        });
        let undeployed = [("apigateway:GetStages", ApiKind::Rest), ("apigatewayv2:GetStages", ApiKind::Http)]
            .map(|(source, kind)| Table::new(source, kind, []));
        Tables { facts, apis: apis.collect(), undeployed, named: OnceCell::new() }
    }

    /// A stage of which nothing but its name is known; `None` where another one was asked for before.
    pub(super) fn stage_named(&self, name: &str) -> Option<&Stage> {
        let unread = || Stage { name: name.to_owned(), ..Stage::default() };
        Some(self.named.get_or_init(unread)).filter(|stage| stage.name == name)
    }

    /// The routes of an API's live configuration.
    ///
    /// # Errors
    ///
    /// [`Not`], if they were not read.
    pub fn live(&self, api: &Api) -> Result<&Table<'a>, Not> {
        let own = self.apis.get(api.id.as_str()).ok_or(Not::Silent)?;
        own.live.as_ref().map_err(|why| (*why).into())
    }

    /// The routes that a deployment of an API holds; `None` where nothing that could show them was asked for.
    pub(super) fn deployed(&self, api: &Api, deployment: &str) -> Option<Result<&Table<'a>, Not>> {
        let table = self.apis.get(api.id.as_str())?.deployed.get(deployment)?;
        Some(table.as_ref().map_err(|why| (*why).into()))
    }

    /// The routes of a stage without a deployment: none.
    pub(super) fn undeployed(&self, kind: ApiKind) -> &Table<'a> {
        let [rest, http] = &self.undeployed;
        if kind == ApiKind::Rest { rest } else { http }
    }
}

impl<'a> Table<'a> {
    /// Routes by path and method.
    fn new(
        source: &'static str,
        kind: ApiKind,
        routes: impl IntoIterator<Item = (&'a str, Option<&'a str>, Entry<'a>)>,
    ) -> Table<'a> {
        let mut index = Index::empty(kind);
        let mut entries = Vec::new();
        for (path, method, entry) in routes {
            index.insert(path, method, entries.len());
            entries.push((RouteKey { path: path.to_owned(), method: method.map(str::to_owned) }, entry));
        }
        Table { source, entries, kind, index }
    }

    fn live(api: &'a Api) -> Read<'a> {
        let source = api.kind.routes_call();
        match (&api.live.routes, &api.routes_alone) {
            (Observed::NotRead(_), Some(routes)) => Ok(Table::of_routes(source, api.kind, routes, |_| None)),
            _ => Table::of_configuration(source, api.kind, &api.live),
        }
    }

    fn deployed(api: &'a Api, held: &'a Deployed) -> Option<Read<'a>> {
        if let Some(baseline) = &held.baseline {
            return Some(Table::of_configuration("stagecheck:baseline", api.kind, &baseline.configuration));
        }
        let exported = if api.kind == ApiKind::Rest { "apigateway:GetExport" } else { "apigatewayv2:ExportApi" };
        match (&held.summary, &held.export) {
            (Observed::Known(summary), _) if api.kind == ApiKind::Rest => Some(Ok(Table::of_summary(summary))),
            (_, Observed::Known(export)) => Some(Table::of_configuration(exported, api.kind, &export.configuration)),
            (Observed::NotRead(why), _) if why.is_failure() => Some(Err(why)),
            _ => None,
        }
    }

    fn of_summary(summary: &'a Summary) -> Table<'a> {
        let routes = summary.iter().flat_map(|(path, methods)| {
            methods.iter().map(|(method, facts)| {
                let entry = Entry {
                    authorization_type: facts.authorization_type.as_deref(),
                    api_key_required: facts.api_key_required,
                    route: None,
                };
                (path.as_str(), Some(method.as_str()), entry)
            })
        });
        Table::new("apigateway:GetDeployment", ApiKind::Rest, routes)
    }

    fn of_configuration(source: &'static str, kind: ApiKind, configuration: &'a Configuration) -> Read<'a> {
        Ok(Table::of_routes(source, kind, configuration.routes.known()?, Some))
    }

    fn of_routes(
        source: &'static str,
        kind: ApiKind,
        routes: &'a Routes,
        shown: fn(&'a Route) -> Option<&'a Route>,
    ) -> Table<'a> {
        let routes = routes.0.iter().map(|(key, route)| {
            let entry = Entry {
                authorization_type: Some(route.authorization_type.as_str()),
                api_key_required: Some(route.api_key_required),
                route: shown(route),
            };
            (key.path.as_str(), key.method.as_deref(), entry)
        });
        Table::new(source, kind, routes)
    }

    /// Where the call that showed the routes has a path, and one method of it: `apiSummary./orders.GET` of a deployment,
    /// `items./orders.resourceMethods.GET` of what is live.
    pub fn place(&self, path: Option<&str>, method: Option<&str>) -> String {
        let parts: &[Option<&str>] = match self.source {
            "apigateway:GetDeployment" => &[Some("apiSummary"), path, method],
            "apigateway:GetResources" => &[Some("items"), path, path.map(|_| "resourceMethods"), method],
            // A stage without a deployment.
            "apigateway:GetStages" => &[Some("item[].deploymentId")],
            _ if self.kind == ApiKind::Rest => &[Some("paths"), path, method],
            _ => &[Some("Items[].RouteKey")],
        };
        parts.iter().copied().flatten().collect::<Vec<_>>().join(".")
    }

    /// The routes' keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &RouteKey> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The route that answers a request.
    pub fn find(&self, method: &str, path: &str) -> Option<(&RouteKey, &Entry<'a>)> {
        let (key, entry) = self.entries.get(self.index.find(method, path)?)?;
        Some((key, entry))
    }

    /// The route that would answer a request, if upper and lower case were one.
    pub fn find_in_any_case(&self, method: &str, path: &str) -> Option<&RouteKey> {
        let folded: Vec<(RouteKey, &RouteKey)> = self
            .keys()
            .map(|key| (RouteKey { path: key.path.to_lowercase(), method: key.method.clone() }, key))
            .collect();
        let found = routing::find(folded.iter().map(|(key, _)| key), self.kind, method, &path.to_lowercase())?;
        folded.iter().find(|(own, _)| own == found).map(|(_, key)| *key)
    }

    /// The methods with which a path is answered, `ANY` by its own name.
    pub fn methods(&self, path: &str) -> Vec<&str> {
        let mut methods: Vec<&str> = self
            .keys()
            .filter(|key| key.method.as_deref().is_some_and(|method| routing::fits(key, self.kind, method, path)))
            .filter_map(|key| key.method.as_deref())
            .collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    /// The methods with which a caller may mean a path: those of [`Table::methods`] without OPTIONS, which is there for what
    /// browsers ask before.
    pub fn callable(&self, path: &str) -> Vec<&str> {
        self.methods(path).into_iter().filter(|method| *method != "OPTIONS").collect()
    }

    /// The templates that take a path, each with its methods.
    pub fn taking(&self, path: &str) -> BTreeMap<&str, Vec<&str>> {
        let mut taking: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for key in self.keys() {
            if let Some(method) = key.method.as_deref().filter(|method| routing::fits(key, self.kind, method, path)) {
                taking.entry(&key.path).or_default().push(method);
            }
        }
        taking
    }

    /// The three templates that are nearest to a path, by the edits that it takes to make one of the other.
    pub fn nearest(&self, path: &str) -> Vec<String> {
        // The methods of a path stand beside each other.
        let mut templates: Vec<&str> = self.keys().map(|key| key.path.as_str()).collect();
        templates.dedup();
        let mut paths: Vec<(usize, &str)> =
            templates.into_iter().map(|template| (distance(template, path), template)).collect();
        paths.sort_unstable();
        paths.into_iter().take(3).map(|(_, path)| path.to_owned()).collect()
    }
}

/// How many characters have to be put in, taken out or exchanged (Levenshtein), in the first 200 of each.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(200).collect(), b.chars().take(200).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let exchanged = at(&row, j) + usize::from(from != to);
            next.push(exchanged.min(at(&row, j + 1) + 1).min(at(&next, j) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
