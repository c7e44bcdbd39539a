//! The difference between two documents.

use super::{ApiDrift, Basis, Change, KindsDiffer, StageDrift, Subject, Witness, compare, open, witness};
use crate::configuration::{Configuration, Integration, Source};
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
    let sides = [live_side, deployed_side];
    let mut verdict = witness::judged(kind, sides, Basis::Export, comparison, |_| Witness::Export);
    verdict.changes.iter_mut().for_each(|change| of_proxy(change, sides));
    Ok(ApiDrift {
        api_id: None,
        api_name: live.title.clone(),
        api_kind: kind,
        region: None,
        stages: vec![StageDrift::of(verdict)],
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
