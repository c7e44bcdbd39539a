//! What stands in for an API's stages where they could not be read: the one that the URL or a mapping names, or `$default`.

use super::Case;
use crate::snapshot::{Api, ApiKind, Stage};

/// The stage of this name, of which nothing else is known; `None` where the stages were read, or nothing was sent yet.
pub(super) fn named<'a>(case: &Case<'a>, api: &Api, name: &str) -> Option<&'a Stage> {
    let is_unread = !case.is_unsent() && api.stages.known().is_err();
    if is_unread { case.tables.stage_named(name) } else { None }
}

/// The stage that a path at an API's own endpoint leads to, and what is left of the path: of `/orders/7`, `segment` is `orders`
/// and `rest` is `/7`.
pub(super) fn at_endpoint<'a>(
    case: &Case<'a>,
    api: &Api,
    path: &str,
    (segment, rest): (Option<&str>, &str),
) -> Option<(&'a Stage, String)> {
    match api.kind {
        ApiKind::Rest => Some((named(case, api, segment?)?, rest.to_owned())),
        ApiKind::Http => {
            // Most have no other stage than `$default`, unless the routes tell that the first segment names one.
            let takes = |path: &str| case.tables.live(api).is_ok_and(|live| !live.taking(path).is_empty());
            let path = if path.is_empty() { "/" } else { path };
            match segment.filter(|_| !takes(path) && takes(rest)) {
                Some(name) => Some((named(case, api, name)?, rest.to_owned())),
                None => Some((named(case, api, "$default")?, path.to_owned())),
            }
        }
        ApiKind::WebSocket => None,
    }
}
