//! The routes of an API, and what each stage makes of them.

use std::collections::{BTreeMap, BTreeSet};

use engine::arn::FunctionName;
use engine::configuration::{Integration, Route, RouteKey, Routes};
use engine::drift::{ApiDrift, Change, ChangeKind, StageDrift, Subject};
use engine::finding::Severity;
use engine::snapshot::Deployed;
use maud::{Markup, html};
use words::count;

use super::parts::short;

/// More routes than this are shown when they are asked for.
const MOST_OPEN: usize = 60;

/// What a stage makes of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    /// It serves what people see and edit, as far as that can be told.
    Same,
    /// It serves the route, and so many things differ; the worst is so bad.
    Differs(usize, Severity),
    /// It does not serve the route, which is live.
    NotDeployed,
    /// It serves the route, which is not live any more.
    NotRemoved,
    /// It is another stage's route.
    No,
    /// That is not known.
    NotKnown,
}

/// The routes that a deployment holds, with what is known of each; `None` where nothing shows them.
fn held(deployed: &Deployed) -> Option<BTreeMap<RouteKey, Option<&Route>>> {
    let exported = deployed.export.ok().and_then(|export| export.configuration.routes.ok());
    let baseline = deployed.baseline.as_ref().and_then(|baseline| baseline.configuration.routes.ok());
    let whole = exported.or(baseline);
    let of = |key: &RouteKey| whole.and_then(|Routes(routes)| routes.get(key));
    match (deployed.summary.ok(), whole) {
        (Some(summary), _) => {
            let keys = summary
                .iter()
                .flat_map(|(path, methods)| methods.keys().map(move |method| RouteKey::new(method, path)));
            Some(keys.map(|key| (key.clone(), of(&key))).collect())
        }
        (None, Some(Routes(routes))) => Some(routes.iter().map(|(key, route)| (key.clone(), Some(route))).collect()),
        (None, None) => None,
    }
}

fn served(stage: &StageDrift, held: Option<&BTreeMap<RouteKey, Option<&Route>>>, key: &RouteKey) -> Making {
    let own: Vec<&Change> = stage.changes.iter().filter(|change| change.route().as_ref() == Some(key)).collect();
    let whole = own.iter().find(|change| change.subject == Subject::Route).map(|change| change.change);
    let worst = own.iter().map(|change| change.severity).max();
    match (whole, worst, held) {
        (Some(ChangeKind::Added), ..) => Making::NotDeployed,
        (Some(ChangeKind::Removed), ..) => Making::NotRemoved,
        (_, Some(worst), _) => Making::Differs(own.len(), worst),
        (.., None) => Making::NotKnown,
        (.., Some(held)) if !held.contains_key(key) => Making::No,
        _ if stage.in_sync.is_none() => Making::NotKnown,
        _ => Making::Same,
    }
}

/// The routes, a row each, with a column for each stage. Nothing where no route is known.
pub(super) fn table(drift: &ApiDrift, deployed: &BTreeMap<String, Deployed>) -> Option<Markup> {
    let of_stage = |stage: &StageDrift| stage.deployment_id.as_ref().and_then(|id| deployed.get(id)).and_then(held);
    let held: Vec<_> = drift.stages.iter().map(of_stage).collect();
    let changed = drift.stages.iter().flat_map(|stage| &stage.changes).filter_map(Change::route);
    let known = held.iter().flatten().flat_map(|held| held.keys().cloned());
    let keys: BTreeSet<RouteKey> = known.chain(changed).collect();
    if keys.is_empty() {
        return None;
    }
    let calls = |key: &RouteKey| {
        let route = held.iter().flatten().find_map(|held| held.get(key).copied().flatten());
        route.and_then(|route| route.integration.as_ref()).map(backend).or_else(|| added(drift, key))
    };
    let rows = html! {
        table.cards.routes {
            thead { tr {
                th scope="col" { "Route" } th scope="col" { "Calls" }
                @for stage in &drift.stages { th scope="col" { (short(stage.stage.as_deref().unwrap_or_default(), 60)) } }
            } }
            tbody {
                @for key in &keys {
                    tr {
                        th.mono scope="row" { (short(&key.to_string(), 300)) }
                        td.dim.small data-label="Calls" { (short(&calls(key).unwrap_or_else(|| "not read".to_owned()), 300)) }
                        @for (stage, held) in drift.stages.iter().zip(&held) {
                            td data-label=(short(stage.stage.as_deref().unwrap_or_default(), 60)) { (cell(served(stage, held.as_ref(), key))) }
                        }
                    }
                }
            }
        }
    };
    Some(html! {
        @if keys.len() > MOST_OPEN { details { summary { (count(keys.len(), "route")) } (rows) } } @else { (rows) }
    })
}

fn cell(making: Making) -> Markup {
    match making {
        Making::Same => html! { span.state.good { "as edited" } },
        Making::Differs(number, worst) => html! {
            span.state.bad { (count(number, "difference")) } " " span.dim.small { (worst.name()) }
        },
        Making::NotDeployed => html! { span.state.bad { "not deployed" } },
        Making::NotRemoved => html! { span.state.bad { "still served" } },
        Making::No => html! { span.dim { "no such route" } },
        Making::NotKnown => html! { span.state.unknown { "not known" } },
    }
}

/// `AWS_PROXY function orders-fn`.
fn backend(integration: &Integration) -> String {
    let uri = integration.uri.as_ref().map(|uri| match FunctionName::in_uri(uri) {
        Some(function) => format!("function {function}"),
        None => uri.clone(),
    });
    std::iter::once(integration.integration_type.clone()).chain(uri).collect::<Vec<_>>().join(" ")
}

/// What a route calls that is on one side only.
fn added(drift: &ApiDrift, key: &RouteKey) -> Option<String> {
    let changes = drift.stages.iter().flat_map(|stage| &stage.changes);
    let whole =
        changes.filter(|change| change.subject == Subject::Route).find(|change| change.route().as_ref() == Some(key));
    whole.map(words::change::backend).filter(|backend| !backend.is_empty())
}
