//! Whose hand made a change: the trail's events, joined to what differs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Change, ChangeKind, Subject};
use crate::configuration::RouteKey;
use crate::snapshot::Api;
use crate::trail::{Event, Touches, Trail};

/// How surely an event is the one that made a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It touched everything, or something of that kind, and does not say which.
    Possible,
    /// It names the very thing.
    Exact,
}

/// Says of each change who made it, as far as the trail tells, and gives the time of the oldest edit that still waits.
pub(super) fn join(changes: &mut [Change], api: &Api, deployed_at: Timestamp, trail: &Trail) -> Option<Timestamp> {
    let edits: Vec<&Event> = trail.of(&api.id).filter(|event| event.is_edit() && event.time > deployed_at).collect();
    let is_whole = trail.since <= deployed_at;
    let places = Places::of(api);
    let mut oldest = None;
    for change in changes {
        let fitting: Vec<(Fit, &Event)> =
            edits.iter().filter_map(|event| Some((fit(change, api, &places, event)?, *event))).collect();
        let Some(best) = fitting.iter().map(|(fit, _)| *fit).max() else { continue };
        let mut best = fitting.into_iter().filter(|(fit, _)| *fit == best || *fit == Fit::Exact);
        let Some((fit, first)) = best.next() else { continue };
        let (last, is_one_hand) =
            best.fold((first, true), |(_, one), (_, event)| (event, one && event.hand == first.hand));
        // Of events that do not say what they touched, only a single hand can be told, and only from a whole trail.
        if fit == Fit::Exact || (is_one_hand && is_whole) {
            change.made_by = Some(last.made_by());
            oldest = Some(oldest.map_or(first.time, |oldest: Timestamp| oldest.min(first.time)));
        }
    }
    oldest
}

/// Whether an event may have made a change.
fn fit(change: &Change, api: &Api, places: &Places, event: &Event) -> Option<Fit> {
    let touches = event.touches()?;
    if touches == Touches::Everything {
        return Some(Fit::Possible);
    }
    let is_kind = match change.subject {
        Subject::Route => match (change.change, touches) {
            (ChangeKind::Added, Touches::Method) => !event.name.starts_with("Delete"),
            (ChangeKind::Removed, Touches::Method) => event.name.starts_with("Delete"),
            (ChangeKind::Removed, Touches::Resource) => event.name == "DeleteResource",
            _ => false,
        },
        Subject::Method => touches == Touches::Method,
        Subject::Integration => touches == Touches::Integration,
        Subject::MethodResponse => touches == Touches::MethodResponse,
        Subject::IntegrationResponse => touches == Touches::IntegrationResponse,
        Subject::Authorizer => touches == Touches::Authorizer,
        Subject::Model => touches == Touches::Model,
        Subject::RequestValidator => touches == Touches::RequestValidator,
        Subject::GatewayResponse => touches == Touches::GatewayResponse,
        Subject::Api => touches == Touches::Api,
        Subject::Cors => matches!(touches, Touches::Cors | Touches::Api),
    };
    if !is_kind {
        return None;
    }
    match (places.names(change, event), item(change, api, event)) {
        (Some(false), _) | (_, Some(false)) => None,
        (Some(true), _) | (_, Some(true)) => Some(Fit::Exact),
        (None, None) if matches!(change.subject, Subject::Api | Subject::Cors) => Some(Fit::Exact),
        (None, None) => Some(Fit::Possible),
    }
}

/// Where an API's resources are.
struct Places<'a> {
    /// Paths by the id of their resource.
    by_resource: BTreeMap<&'a str, &'a str>,
    /// The paths that have a method.
    known: BTreeSet<&'a str>,
}

impl<'a> Places<'a> {
    fn of(api: &'a Api) -> Places<'a> {
        let routes = || api.live.routes.ok().into_iter().flat_map(|routes| &routes.0);
        let resources = routes().filter_map(|(key, route)| Some((route.resource_id.as_deref()?, key.path.as_str())));
        Places { by_resource: resources.collect(), known: routes().map(|(key, _)| key.path.as_str()).collect() }
    }

    /// Whether an event names the route of a change; nothing where either names none, or the resource is gone.
    fn names(&self, change: &Change, event: &Event) -> Option<bool> {
        let key = change.route()?;
        if let Some(route_key) = &event.route_key {
            return Some(RouteKey::parse(route_key) == key);
        }
        let resource_id = event.resource_id.as_deref()?;
        let is_path = match self.by_resource.get(resource_id) {
            Some(path) => *path == key.path,
            // A resource that is gone, or has no methods left: not the resource of a path that is there.
            None if self.known.contains(key.path.as_str()) => false,
            None => return None,
        };
        Some(is_path && event.http_method.as_ref().is_none_or(|method| Some(method) == key.method.as_ref()))
    }
}

/// Whether an event names the definition that changed.
fn item(change: &Change, api: &Api, event: &Event) -> Option<bool> {
    let (name, item) = (change.name.as_ref()?, event.item.as_ref()?);
    match change.subject {
        Subject::Model | Subject::GatewayResponse => Some(name == item),
        Subject::Authorizer => {
            let id = api.live.authorizers.ok()?.get(name)?.id.as_ref()?;
            Some(id == item)
        }
        _ => None,
    }
}
