//! Whose hand made a change: the trail's events, joined to what differs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Change, ChangeKind, Subject};
use crate::configuration::RouteKey;
use crate::snapshot::{Api, ApiKind};
use crate::trail::{Event, Touches, Trail};

/// How surely an event is the one that made a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It touched everything, or something of that kind, and does not say which.
    Possible,
    /// It names the very thing.
    Exact,
}

/// What the trail told of a stage's changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    /// When the oldest edit was made that still waits.
    pub(super) oldest: Option<Timestamp>,
    /// Whether of some change several hands may have been the one.
    pub(super) is_contested: bool,
}

/// Says of each change who made it, as far as the trail tells.
pub(super) fn join(changes: &mut [Change], api: &Api, deployed_at: Timestamp, trail: &Trail) -> Joined {
    let edits = trail.of(&api.id).filter(|event| event.is_edit() && event.time > deployed_at);
    let edits: Vec<(&Event, Touches)> = edits.filter_map(|event| Some((event, event.touches()?))).collect();
    let is_whole = trail.since <= deployed_at;
    let places = Places::of(api);
    let mut joined = Joined::default();
    for change in changes {
        let fitting: Vec<Edit> = edits.iter().filter_map(|edit| Edit::of(change, api, &places, *edit)).collect();
        let Some(best) = fitting.iter().map(|edit| edit.fit).max() else { continue };
        let rivals: Vec<Edit> = fitting.into_iter().filter(|edit| edit.fit == best || edit.is_rival).collect();
        // Whoever surely wrote it wrote over all that was before.
        let from = rivals.iter().rposition(|edit| edit.fit == Fit::Exact && edit.writes == Some(true));
        let last_ones = rivals.get(from.unwrap_or_default()..).unwrap_or_default();
        let (Some(first), Some(last)) = (rivals.first(), last_ones.last()) else { continue };
        if last_ones.iter().any(|edit| edit.event.hand != last.event.hand) {
            joined.is_contested = true;
            continue;
        }
        // Of events that do not say what they touched, a single hand can be told only from a whole trail.
        if best == Fit::Exact || is_whole {
            change.made_by = Some(last.event.made_by());
            let first = first.event.time;
            joined.oldest = Some(joined.oldest.map_or(first, |oldest| oldest.min(first)));
        }
    }
    joined
}

/// An event that may have made a change.
struct Edit<'e> {
    event: &'e Event,
    fit: Fit,
    /// Whether it wrote what changed; nothing where the trail does not tell.
    writes: Option<bool>,
    /// Whether it may be the one even where another names the very thing.
    is_rival: bool,
}

impl<'e> Edit<'e> {
    fn of(change: &Change, api: &Api, places: &Places, (event, touches): (&'e Event, Touches)) -> Option<Edit<'e>> {
        let fit = fit(change, api, places, event, touches)?;
        let writes = writes(change, event, touches);
        // Events of HTTP and WebSocket APIs name an integration by an id that no export shows.
        let is_rival = touches == Touches::Everything
            || (change.subject == Subject::Integration && touches == Touches::Integration);
        (writes != Some(false)).then_some(Edit { event, fit, writes, is_rival })
    }
}

/// Fields that are written by another name than a change has.
const WRITTEN_AS: [(&str, &str); 2] = [("authorizer", "authorizerId"), ("requestValidator", "requestValidatorId")];

/// Whether an event wrote what changed; nothing where it does not tell.
fn writes(change: &Change, event: &Event, touches: Touches) -> Option<bool> {
    let is_update = event.name.starts_with("Update");
    if touches == Touches::Everything || (is_update && event.fields.is_empty()) {
        return None;
    }
    let wrote = |field: &str| event.fields.contains(field);
    match (change.subject, &change.field) {
        // A route was given another integration.
        (Subject::Integration, _) if touches == Touches::Method => Some(!is_update || wrote("target")),
        (Subject::Cors, _) => Some(!is_update || wrote("corsConfiguration")),
        (_, Some(field)) => {
            let alias = WRITTEN_AS.iter().find(|(name, _)| name == field).map(|(_, written)| *written);
            Some(!is_update || wrote(field) || alias.is_some_and(wrote))
        }
        // An update customises a gateway response too.
        (Subject::GatewayResponse, None) => Some(true),
        (_, None) => Some(!is_update),
    }
}

/// Whether an event may have made a change.
fn fit(change: &Change, api: &Api, places: &Places, event: &Event, touches: Touches) -> Option<Fit> {
    if touches == Touches::Everything {
        return Some(Fit::Possible);
    }
    let is_kind = match change.subject {
        Subject::Route => match (change.change, touches) {
            (ChangeKind::Added, Touches::Method) => event.name.starts_with("Put") || event.name.starts_with("Create"),
            (ChangeKind::Removed, Touches::Method) => ["DeleteMethod", "DeleteRoute"].contains(&event.name.as_str()),
            (ChangeKind::Removed, Touches::Resource) => event.name == "DeleteResource",
            _ => false,
        },
        Subject::Method => touches == Touches::Method,
        // A route of an HTTP or WebSocket API chooses its integration.
        Subject::Integration if api.kind != ApiKind::Rest => {
            matches!(touches, Touches::Integration | Touches::Method)
        }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::drift::served;
    use crate::fixture;
    use crate::observed::Observed;

    fn event(name: &str, who: &str, day: u8, asked: Value) -> Event {
        let record = json!({
            "eventID": name, "eventTime": format!("2026-10-0{day}T10:00:00Z"), "eventName": name, "requestParameters": asked,
            "userIdentity": { "type": "IAMUser", "userName": who }, "userAgent": "aws-cli/2.31",
        });
        Event::parse(&record).unwrap()
    }

    #[test]
    fn a_route_of_an_http_api_has_another_backend_by_its_own_edit_or_by_its_integrations() {
        let mut api = fixture::api(ApiKind::Http, vec![fixture::route("GET /orders", "arn:new")]);
        let deployed = fixture::configuration(api.live.source, vec![fixture::route("GET /orders", "arn:old")]);
        fixture::deploy(&mut api, "d1", &deployed);
        let route = |more: Value| {
            let mut asked = json!({ "apiId": "a1b2c3d4e5", "routeId": "r1", "routeKey": "GET /orders" });
            asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            asked
        };
        let integration = || json!({ "apiId": "a1b2c3d4e5", "integrationId": "i7" });
        let target = || route(json!({ "target": "integrations/i9" }));
        for (events, expected) in [
            (vec![event("UpdateIntegration", "ada", 2, integration())], Some("ada")),
            (
                vec![event("UpdateIntegration", "ada", 2, integration()), event("UpdateRoute", "bob", 3, target())],
                Some("bob"),
            ),
            (vec![event("UpdateRoute", "bob", 2, target()), event("UpdateIntegration", "ada", 3, integration())], None),
            (vec![event("UpdateRoute", "bob", 2, route(json!({ "operationName": "x" })))], None),
        ] {
            let mut snapshot = fixture::snapshot(vec![api.clone()]);
            let (since, until) = ("2026-09-01T00:00:00Z".parse().unwrap(), snapshot.taken_at);
            snapshot.trail = Observed::Known(Trail::new(since, until, events.clone()));
            let drift = served::api(&snapshot, &api, &|_| true);
            let made_by = drift.stages[0].changes[0].made_by.as_ref();
            assert_eq!(made_by.map(|made_by| made_by.who.as_str()), expected, "{events:?}");
        }
    }
}
