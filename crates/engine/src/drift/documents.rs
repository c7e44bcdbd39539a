//! The difference between two documents.

use super::{ApiDrift, Basis, Change, KindsDiffer, StageDrift, Subject, Witness, compare, effect, open, touched};
use crate::configuration::{Configuration, Integration, Routes, Source};
use crate::finding::Severity;
use crate::openapi::Document;
use crate::snapshot::ApiKind;

/// The difference between two documents: `deployed` stands for the side that callers get, `live` for the other.
///
/// # Errors
///
/// [`KindsDiffer`], if one is of a REST API and the other of an HTTP API: their fields have nothing in common.
pub fn documents(deployed: &Document, live: &Document) -> Result<ApiDrift, KindsDiffer> {
    let (live_side, deployed_side) = (&live.configuration, &deployed.configuration);
    let kind = |side: &Configuration| match side.source {
        Source::HttpOas30 => ApiKind::Http,
        _ => ApiKind::Rest,
    };
    if kind(deployed_side) != kind(live_side) {
        return Err(KindsDiffer(kind(deployed_side), kind(live_side)));
    }
    let kind = kind(live_side);
    let mut comparison = compare::documents(live_side, deployed_side);
    open::set_aside(&mut comparison, [live, deployed]);
    let served = deployed_side.routes.ok().into_iter().flat_map(|Routes(routes)| routes.keys());
    let mut changes = effect::judge(comparison.differences, kind, served, |_| Witness::Export);
    changes.iter_mut().for_each(|change| of_proxy(change, [live_side, deployed_side]));
    touched::add_routes(&mut changes, [live_side, deployed_side]);
    let stage = StageDrift {
        stage: None,
        against: None,
        deployment_id: None,
        deployed_at: None,
        deployed_by: None,
        newest_deployment_id: None,
        auto_deploy: false,
        basis: Basis::Export,
        in_sync: Some(changes.is_empty()),
        waiting_since: None,
        changes,
        not_comparable: comparison.not_comparable,
        canary: None,
        not_read: Vec::new(),
        untraced: None,
        in_force_at_once: Vec::new(),
        three_way: None,
        routes_in_agreement: None,
    };
    Ok(ApiDrift {
        api_id: None,
        api_name: live.title.clone(),
        api_kind: kind,
        region: None,
        stages: vec![stage],
        not_read: Vec::new(),
    })
}

/// Method responses of proxy integrations take no effect: callers get what the backend answers.
fn of_proxy(change: &mut Change, sides: [&Configuration; 2]) {
    if change.subject != Subject::MethodResponse {
        return;
    }
    let Some(key) = change.route() else { return };
    let mut routes = sides.into_iter().filter_map(|side| side.routes.ok()?.0.get(&key));
    if routes.any(|route| route.integration.as_ref().is_some_and(Integration::is_proxy)) {
        change.severity = Severity::Info;
        "callers get what the backend answers: only documentation and generated SDKs change"
            .clone_into(&mut change.effect);
    }
}
