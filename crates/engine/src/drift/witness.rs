//! What the witnesses of a deployment show, against the live configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{self, Comparison, Difference};
use super::{Basis, Change, ChangeKind, NotComparable, Subject, Witness, effect, touched};
use crate::configuration::{Configuration, RouteKey, Routes, Source};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Baseline, Export, Summary};
use crate::trail::Trail;

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

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Stage,
    /// An export shows what the stage serves, so a canary has only its deployment's summary.
    Canary,
}

/// What the witnesses of a deployment come to.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The best of them.
    pub(crate) basis: Basis,
    /// What differs, and is proven.
    pub(crate) changes: Vec<Change>,
    /// What none of them can prove.
    pub(crate) not_comparable: Vec<NotComparable>,
    /// Reads that were needed and failed.
    pub(crate) not_read: Vec<NotRead>,
    /// Two witnesses contradict each other about some route.
    pub(crate) disagreement: bool,
}

impl Verdict {
    pub(super) fn in_sync(&self) -> Option<bool> {
        if !self.changes.is_empty() {
            Some(false)
        } else if self.basis == Basis::None || !self.not_read.is_empty() || self.disagreement {
            None
        } else {
            Some(true)
        }
    }

    /// What was found, by witnesses that were all read and agree.
    pub(super) fn found(basis: Basis, changes: Vec<Change>, not_comparable: Vec<NotComparable>) -> Verdict {
        Verdict { basis, changes, not_comparable, not_read: Vec::new(), disagreement: false }
    }

    pub(super) fn without_witness(reason: &str, not_read: Vec<NotRead>) -> Verdict {
        let gap = not_comparable(Subject::Api, "*", reason);
        Verdict { not_read, ..Verdict::found(Basis::None, Vec::new(), vec![gap]) }
    }
}

pub(super) fn verdict(api: &Api, deployment_id: Option<&str>, role: Role, trail: Option<&Trail>) -> Verdict {
    let Some(id) = deployment_id else {
        return Verdict::without_witness("the stage serves no deployment", live_failures(api));
    };
    if let Some(baseline) = api.deployed.get(id).and_then(|deployed| deployed.baseline.as_ref())
        && trail.is_none_or(|trail| baseline.contradiction(api, trail).is_none())
    {
        return from_baseline(api, baseline);
    }
    if api.kind == ApiKind::WebSocket {
        let reason = "AWS exports no WebSocket API: only a baseline shows what the stage serves";
        let edits = api.deployed_at(id).and_then(|moment| trail?.edits_since(&api.id, moment)).unwrap_or_default();
        let reason = match edits.last() {
            None => reason.to_owned(),
            Some(last) => {
                let (count, s) = (edits.len(), if edits.len() == 1 { "" } else { "s" });
                format!(
                    "{reason}; the trail shows {count} edit{s} since the deployment, the last one {} by {} at {}",
                    last.name, last.hand.who, last.time
                )
            }
        };
        let mut verdict = Verdict::without_witness(&reason, live_failures(api));
        verdict.not_comparable.extend(unread_of(api.kind));
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

/// What of an API is not read, though a deployment holds it.
pub(super) fn unread_of(kind: ApiKind) -> impl Iterator<Item = NotComparable> {
    let unread = NOT_READ_OF_WEBSOCKETS.iter().filter(move |_| kind == ApiKind::WebSocket);
    unread.map(|(subject, field, reason)| not_comparable(*subject, field, reason))
}

/// Reads of the live side that failed. What was left out because nothing refers to it did not fail.
pub(crate) fn live_failures(api: &Api) -> Vec<NotRead> {
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

fn from_baseline(api: &Api, baseline: &Baseline) -> Verdict {
    let mut verdict = exactly(api.kind, [&api.live, &baseline.configuration], baseline.unproven.iter());
    verdict.not_comparable.extend(unread_of(api.kind));
    Verdict { not_read: live_failures(api), ..verdict }
}

/// Compares two configurations that were read with the same calls: a live one, and one that stands for the deployed. What
/// `gaps` say could not be proven when one was taken might be a later edit in it.
pub(super) fn exactly<'g>(
    kind: ApiKind,
    [live, deployed]: [&Configuration; 2],
    gaps: impl Iterator<Item = &'g NotComparable> + Clone,
) -> Verdict {
    let mut found = compare::exact(live, deployed, kind);
    found.differences.retain(|difference| !gaps.clone().any(|gap| gap.covers(difference)));
    found.not_comparable.extend(gaps.cloned());
    judged(kind, [live, deployed], Basis::Baseline, found, |_| Witness::Baseline)
}

/// Says of each difference between a live side and a deployed one what it means, and which routes it touches.
pub(super) fn judged(
    kind: ApiKind,
    [live, deployed]: [&Configuration; 2],
    basis: Basis,
    found: Comparison,
    witness: impl Fn(&Difference) -> Witness,
) -> Verdict {
    let served = deployed.routes.ok().into_iter().flat_map(|Routes(routes)| routes.keys());
    let mut changes = effect::judge(found.differences, kind, served, witness);
    touched::add_routes(&mut changes, [live, deployed]);
    Verdict::found(basis, changes, found.not_comparable)
}

fn from_export(api: &Api, export: &Export, summary: Option<&Summary>) -> Verdict {
    let is_rest = api.kind == ApiKind::Rest;
    let mut deployed = export.configuration.clone();
    let disagreeing = summary.map(|summary| overlay(&mut deployed, summary)).unwrap_or_default();
    let mut live = api.live.clone();
    if let Observed::Known(Routes(routes)) = &mut live.routes {
        routes.retain(|key, _| !disagreeing.contains(key));
    }
    let mut found = compare::served(&live, &deployed, export.fresh);
    let contradictions = disagreeing.iter().map(|key| NotComparable {
        field: "*".to_owned(),
        reason: "the export and the deployment's summary contradict each other about this route".to_owned(),
        subject: Subject::Route,
        method: key.method.clone(),
        path: Some(key.path.clone()),
        name: None,
    });
    found.not_comparable.splice(0..0, contradictions);
    if is_rest {
        let always = NEVER_EXPORTED.iter().map(|(field, reason)| self::not_comparable(Subject::Api, field, reason));
        found.not_comparable.extend(always);
    }
    let witness = |difference: &Difference| match (summary, difference.subject, difference.field.as_deref()) {
        (Some(_), Subject::Route, _) | (Some(_), Subject::Method, Some("authorizationType" | "apiKeyRequired")) => {
            Witness::Summary
        }
        _ => Witness::Export,
    };
    let verdict = judged(api.kind, [&live, &deployed], Basis::Export, found, witness);
    Verdict { disagreement: !disagreeing.is_empty(), ..verdict }
}

/// Puts what the summary says of each method over what the export says: the summary names the authorization type, which
/// the export only implies. Returns the routes that only one of the two shows, and takes them out.
pub(super) fn overlay(deployed: &mut Configuration, summary: &Summary) -> BTreeSet<RouteKey> {
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
            // The SDK reads an absent flag as false, so that only a true one says something against the export.
            route.api_key_required |= snapshot.api_key_required == Some(true);
            only_in_one.remove(&key);
        }
    }
    routes.retain(|key, _| !only_in_one.contains(key));
    only_in_one
}

fn from_summary(api: &Api, summary: &Summary) -> Verdict {
    let live = api.live.routes.ok().map(|routes| {
        let facts = routes
            .0
            .iter()
            .map(|(key, route)| (key.clone(), (Some(route.authorization_type.clone()), Some(route.api_key_required))));
        facts.collect()
    });
    let deployed = facts(summary);
    between_summaries(api.kind, live.as_ref().unwrap_or(&deployed), &deployed)
}

/// What a summary tells of each method: its authorization type, and whether it asks for a key.
pub(super) type Facts = BTreeMap<RouteKey, (Option<String>, Option<bool>)>;

pub(super) fn facts(summary: &Summary) -> Facts {
    let methods =
        summary.iter().flat_map(|(path, methods)| methods.iter().map(move |(name, method)| (path, name, method)));
    let facts = methods.map(|(path, name, method)| {
        (RouteKey::new(name, path), (method.authorization_type.clone(), method.api_key_required))
    });
    facts.collect()
}

/// Compares what summaries tell.
pub(super) fn between_summaries(kind: ApiKind, live: &Facts, deployed: &Facts) -> Verdict {
    let mut differences = Vec::new();
    for (key, (live_type, live_key)) in live {
        let Some((deployed_type, deployed_key)) = deployed.get(key) else {
            differences.push(whole_route(ChangeKind::Added, key));
            continue;
        };
        if let (Some(live), Some(deployed)) = (live_type, deployed_type)
            && live != deployed
        {
            differences.push(method_field(key, "authorizationType", live.clone().into(), deployed.clone().into()));
        }
        if let (Some(live), Some(deployed)) = (live_key, deployed_key)
            && live != deployed
        {
            differences.push(method_field(key, "apiKeyRequired", (*live).into(), (*deployed).into()));
        }
    }
    let removed = deployed.keys().filter(|key| !live.contains_key(*key));
    differences.extend(removed.map(|key| whole_route(ChangeKind::Removed, key)));
    let gaps = NOT_IN_SUMMARY
        .iter()
        .map(|(subject, field)| not_comparable(*subject, field, "not in the deployment's summary"));
    let changes = effect::judge(differences, kind, deployed.keys(), |_| Witness::Summary);
    Verdict::found(Basis::Summary, changes, gaps.collect())
}

impl NotComparable {
    /// Whether a difference is of what this says nobody can prove.
    pub(super) fn covers(&self, difference: &Difference) -> bool {
        let (method, path) =
            difference.route.as_ref().map_or((None, None), |key| (key.method.clone(), Some(&key.path)));
        let is_field = self.field == "*"
            || self.subject == Subject::GatewayResponse
            || difference.field.as_ref() == Some(&self.field);
        let is_place = self.path.is_none() || (self.path.as_ref() == path && self.method == method);
        let is_name = self.name.is_none() || self.name == difference.name;
        self.subject == difference.subject && is_field && is_place && is_name
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
