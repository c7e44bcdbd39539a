//! What a stage serves, as far as its witnesses show it, against the live configuration.

use std::collections::BTreeSet;

use super::compare::{self, Comparison, Difference};
use super::{
    ApiDrift, Basis, CanaryDrift, Change, ChangeKind, NotComparable, StageDrift, Subject, Witness, effect, touched,
};
use crate::configuration::{Configuration, RouteKey, Routes, Source};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Canary, Export, Snapshot, Stage, Summary, newest};

/// What the export of a REST API never shows, whatever was deployed.
const NEVER_EXPORTED: [(&str, &str); 6] = [
    ("endpointConfiguration", "not in the export; a change of the endpoint needs no deployment"),
    ("resources", "the export leaves out resources that have no method"),
    ("definitions", "the export leaves out models, authorizers and validators that nothing refers to"),
    ("documentationParts", "the export shows documentation only of a documentation version"),
    ("schemas", "it is not known whether exports carry every keyword of a schema"),
    ("vpcLinks", "the export names a VPC link and shows nothing of it"),
];

/// What belongs to the deployment of a WebSocket API and is not read: each of these lists takes a call for every route or
/// integration.
const NOT_READ_OF_WEBSOCKETS: [(Subject, &str, &str); 3] = [
    (Subject::Route, "routeResponses", "route responses are not read: they would take a call for each route"),
    (
        Subject::IntegrationResponse,
        "*",
        "integration responses are not read: they would take a call for each integration",
    ),
    (Subject::Model, "*", "models are not read: routes are compared by the names of theirs"),
];

/// What a deployment's summary does not show.
const NOT_IN_SUMMARY: [(Subject, &str); 14] = [
    (Subject::Method, "authorizer"),
    (Subject::Method, "authorizationScopes"),
    (Subject::Method, "operationName"),
    (Subject::Method, "requestParameters"),
    (Subject::Method, "requestModels"),
    (Subject::Method, "requestValidator"),
    (Subject::Integration, "*"),
    (Subject::MethodResponse, "*"),
    (Subject::IntegrationResponse, "*"),
    (Subject::Authorizer, "*"),
    (Subject::Model, "*"),
    (Subject::RequestValidator, "*"),
    (Subject::GatewayResponse, "*"),
    (Subject::Api, "*"),
];

/// Drift of an API's stages. `wanted` says which; an API whose stages could not be listed has none, and says why.
pub fn api(snapshot: &Snapshot, api: &Api, wanted: &dyn Fn(&Stage) -> bool) -> ApiDrift {
    let (stages, not_read) = match &api.stages {
        Observed::Known(stages) => (stages.as_slice(), Vec::new()),
        Observed::NotRead(why) => ([].as_slice(), vec![why.clone()]),
    };
    ApiDrift {
        api_id: Some(api.id.clone()),
        api_name: Some(api.name.clone()),
        api_kind: api.kind,
        region: Some(snapshot.region.clone()),
        stages: stages.iter().filter(|stage| wanted(stage)).map(|found| stage(api, found)).collect(),
        not_read,
    }
}

fn stage(api: &Api, stage: &Stage) -> StageDrift {
    let verdict = verdict(api, stage.deployment_id.as_deref(), Role::Stage);
    let deployments = api.deployments.ok().map_or([].as_slice(), Vec::as_slice);
    let own = deployments.iter().find(|deployment| Some(&deployment.id) == stage.deployment_id.as_ref());
    StageDrift {
        stage: Some(stage.name.clone()),
        deployment_id: stage.deployment_id.clone(),
        deployed_at: own.and_then(|deployment| deployment.created_at),
        newest_deployment_id: newest(deployments).map(|deployment| deployment.id.clone()),
        auto_deploy: stage.auto_deploy,
        basis: verdict.basis,
        in_sync: verdict.in_sync(),
        changes: verdict.changes,
        not_comparable: verdict.not_comparable,
        canary: stage.canary.as_ref().and_then(|settings| canary(api, settings)),
        not_read: verdict.not_read,
    }
}

/// The drift of a canary. Settings that stay behind once a canary was promoted name no deployment, or send it nothing.
fn canary(api: &Api, canary: &Canary) -> Option<CanaryDrift> {
    let verdict = verdict(api, Some(canary.deployment_id.as_deref()?), Role::Canary);
    Some(CanaryDrift {
        deployment_id: canary.deployment_id.clone(),
        percent_traffic: canary.percent_traffic,
        basis: verdict.basis,
        changes: verdict.changes,
        not_comparable: verdict.not_comparable,
        not_read: verdict.not_read,
    })
}

/// The keys of a configuration's routes.
fn route_keys(configuration: &Configuration) -> BTreeSet<RouteKey> {
    configuration.routes.ok().map(|routes| routes.0.keys().cloned().collect()).unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Stage,
    /// An export shows what the stage serves, so a canary has only its deployment's summary.
    Canary,
}

struct Verdict {
    basis: Basis,
    changes: Vec<Change>,
    not_comparable: Vec<NotComparable>,
    not_read: Vec<NotRead>,
    /// Two witnesses contradict each other about some route.
    disagreement: bool,
}

impl Verdict {
    fn in_sync(&self) -> Option<bool> {
        if !self.changes.is_empty() {
            Some(false)
        } else if self.basis == Basis::None || !self.not_read.is_empty() || self.disagreement {
            None
        } else {
            Some(true)
        }
    }

    fn without_witness(reason: &str, not_read: Vec<NotRead>) -> Verdict {
        Verdict {
            basis: Basis::None,
            changes: Vec::new(),
            not_comparable: vec![not_comparable(Subject::Api, "*", reason)],
            not_read,
            disagreement: false,
        }
    }
}

fn verdict(api: &Api, deployment_id: Option<&str>, role: Role) -> Verdict {
    let Some(id) = deployment_id else {
        return Verdict::without_witness("the stage serves no deployment", live_failures(api));
    };
    if api.kind == ApiKind::WebSocket {
        let reason = "AWS exports no WebSocket API: nothing shows what the stage serves";
        let mut verdict = Verdict::without_witness(reason, live_failures(api));
        let unread = NOT_READ_OF_WEBSOCKETS;
        verdict.not_comparable.extend(unread.map(|(subject, field, reason)| not_comparable(subject, field, reason)));
        return verdict;
    }
    let mut not_read = live_failures(api);
    let Some(deployed) = api.deployed.get(id) else {
        return Verdict::without_witness("what the stage serves was not read", not_read);
    };
    let is_rest = api.kind == ApiKind::Rest;
    let uses_export = role == Role::Stage;
    not_read.extend(deployed.summary.known().err().filter(|_| is_rest).cloned());
    not_read.extend(deployed.export.known().err().filter(|_| uses_export).cloned());
    let mut verdict = match (&deployed.export, &deployed.summary) {
        (Observed::Known(export), summary) if uses_export => from_export(api, export, summary.ok()),
        (_, Observed::Known(summary)) if is_rest => from_summary(api, summary),
        _ => Verdict::without_witness("what the stage serves was not read", Vec::new()),
    };
    if api.kind == ApiKind::Http && api.live.source != Source::HttpOas30 {
        verdict =
            Verdict::without_witness("the live configuration was not read in the form of the stage's", Vec::new());
    }
    verdict.not_read.extend(not_read.into_iter().filter(NotRead::is_failure));
    verdict.not_read.sort();
    verdict.not_read.dedup();
    verdict
}

/// Reads of the live side that failed. What was left out because nothing refers to it did not fail.
fn live_failures(api: &Api) -> Vec<NotRead> {
    let Configuration { routes, authorizers, models, request_validators, gateway_responses, .. } = &api.live;
    let facts = [
        api.deployments.known().err(),
        api.live_export_unread.as_ref(),
        routes.known().err(),
        authorizers.known().err(),
        models.known().err(),
        request_validators.known().err(),
        gateway_responses.known().err(),
    ];
    facts.into_iter().flatten().filter(|why| why.is_failure()).cloned().collect()
}

fn from_export(api: &Api, export: &Export, summary: Option<&Summary>) -> Verdict {
    let is_rest = api.kind == ApiKind::Rest;
    let mut deployed = export.configuration.clone();
    let disagreeing = summary.map(|summary| overlay(&mut deployed, summary)).unwrap_or_default();
    let mut live = api.live.clone();
    if let Observed::Known(Routes(routes)) = &mut live.routes {
        routes.retain(|key, _| !disagreeing.contains(key));
    }
    let Comparison { differences, mut not_comparable } = compare::served(&live, &deployed, export.fresh);
    let contradictions = disagreeing.iter().map(|key| NotComparable {
        field: "*".to_owned(),
        reason: "the export and the deployment's summary contradict each other about this route".to_owned(),
        subject: Subject::Route,
        method: key.method.clone(),
        path: Some(key.path.clone()),
        name: None,
    });
    not_comparable.splice(0..0, contradictions);
    if is_rest {
        let always = NEVER_EXPORTED.iter().map(|(field, reason)| self::not_comparable(Subject::Api, field, reason));
        not_comparable.extend(always);
    }
    let witness = |difference: &Difference| match (summary, difference.subject, difference.field.as_deref()) {
        (Some(_), Subject::Route, _) | (Some(_), Subject::Method, Some("authorizationType" | "apiKeyRequired")) => {
            Witness::Summary
        }
        _ => Witness::Export,
    };
    let mut changes = effect::judge(differences, api.kind, &route_keys(&deployed), witness);
    touched::add_routes(&mut changes, [&live, &deployed]);
    Verdict {
        basis: Basis::Export,
        changes,
        not_comparable,
        not_read: Vec::new(),
        disagreement: !disagreeing.is_empty(),
    }
}

/// Puts what the summary says of each method over what the export says: the summary names the authorization type, which
/// the export only implies. Returns the routes that only one of the two shows, and takes them out.
fn overlay(deployed: &mut Configuration, summary: &Summary) -> BTreeSet<RouteKey> {
    let Observed::Known(Routes(routes)) = &mut deployed.routes else {
        return BTreeSet::new();
    };
    let mut only_in_one: BTreeSet<RouteKey> = routes.keys().cloned().collect();
    for (path, methods) in summary {
        for (method, snapshot) in methods {
            let key = RouteKey::new(method, path);
            let Some(route) = routes.get_mut(&key) else {
                only_in_one.insert(key);
                continue;
            };
            if let Some(authorization_type) = &snapshot.authorization_type {
                route.authorization_type.clone_from(authorization_type);
            }
            route.api_key_required = snapshot.api_key_required.unwrap_or(route.api_key_required);
            only_in_one.remove(&key);
        }
    }
    routes.retain(|key, _| !only_in_one.contains(key));
    only_in_one
}

fn from_summary(api: &Api, summary: &Summary) -> Verdict {
    let mut differences = Vec::new();
    let served: BTreeSet<RouteKey> =
        summary.iter().flat_map(|(path, methods)| methods.keys().map(|method| RouteKey::new(method, path))).collect();
    if let Observed::Known(Routes(live)) = &api.live.routes {
        for (key, route) in live {
            let Some(snapshot) = summary.get(&key.path).and_then(|methods| methods.get(key.method.as_deref()?)) else {
                differences.push(whole_route(ChangeKind::Added, key));
                continue;
            };
            if let Some(deployed) = snapshot.authorization_type.as_ref().filter(|d| **d != route.authorization_type) {
                let (live, deployed) = (route.authorization_type.clone().into(), deployed.clone().into());
                differences.push(method_field(key, "authorizationType", live, deployed));
            }
            if let Some(deployed) = snapshot.api_key_required.filter(|d| *d != route.api_key_required) {
                differences.push(method_field(key, "apiKeyRequired", route.api_key_required.into(), deployed.into()));
            }
        }
        let removed = served.iter().filter(|key| !live.contains_key(*key));
        differences.extend(removed.map(|key| whole_route(ChangeKind::Removed, key)));
    }
    Verdict {
        basis: Basis::Summary,
        changes: effect::judge(differences, api.kind, &served, |_| Witness::Summary),
        not_comparable: NOT_IN_SUMMARY
            .iter()
            .map(|(subject, field)| not_comparable(*subject, field, "not in the deployment's summary"))
            .collect(),
        not_read: Vec::new(),
        disagreement: false,
    }
}

fn whole_route(change: ChangeKind, key: &RouteKey) -> Difference {
    Difference {
        change,
        subject: Subject::Route,
        route: Some(key.clone()),
        name: None,
        field: None,
        live: serde_json::Value::Null,
        deployed: serde_json::Value::Null,
    }
}

fn method_field(key: &RouteKey, field: &str, live: serde_json::Value, deployed: serde_json::Value) -> Difference {
    let field = Some(field.to_owned());
    Difference {
        change: ChangeKind::Changed,
        subject: Subject::Method,
        field,
        live,
        deployed,
        ..whole_route(ChangeKind::Changed, key)
    }
}

fn not_comparable(subject: Subject, field: &str, reason: &str) -> NotComparable {
    NotComparable { field: field.to_owned(), reason: reason.to_owned(), subject, method: None, path: None, name: None }
}
