//! The preflights that browsers will send to a stage.

use std::collections::BTreeSet;

use crate::case::guard::IdentitySource;
use crate::configuration::{Configuration, RouteKey};
use crate::cors::{self, Cors};

use super::Of;
use super::request::{Foreseen, Place, filled, sent};

/// The origin that a preflight comes from where the configuration names none.
const ORIGIN: &str = "https://stagecheck.invalid";

/// Shows the preflights of a stage: one for each method of each path for which a browser would send one, with the headers
/// that the route asks of its callers, from an origin that the configuration means. None where no browser calls the API.
pub(super) fn each(place: Place<'_>, routes: &BTreeSet<RouteKey>, see: &mut dyn FnMut(&Foreseen)) {
    if cors::is_for_no_browser(place.api) {
        return;
    }
    let served = place.api.served(place.stage).unwrap_or(&place.api.live);
    for key in routes {
        let Some(method) = key.method.as_deref().filter(|method| *method != "OPTIONS") else { continue };
        // What was deleted waits for its deployment, and for no preflight.
        if place.api.live.routes.ok().is_some_and(|live| !live.0.contains_key(key)) {
            continue;
        }
        let preflight = RouteKey::new("OPTIONS", &key.path);
        let headers = own_headers(served, key);
        // A browser sends these at once, if they carry no header of their own.
        let is_simple = ["GET", "HEAD"].contains(&method) && headers.is_empty();
        if is_simple && !routes.contains(&preflight) && served.cors.is_none() {
            continue;
        }
        let origin = cors::answer(served, &key.path).and_then(|cors| meant(&cors)).unwrap_or_else(|| ORIGIN.to_owned());
        let mut all =
            vec![("Origin".to_owned(), origin), ("Access-Control-Request-Method".to_owned(), sent(method).to_owned())];
        if !headers.is_empty() {
            all.push(("Access-Control-Request-Headers".to_owned(), headers.into_iter().collect::<Vec<_>>().join(",")));
        }
        // One preflight differs from another by what it asks for.
        let foreseen = place.request(Of::Preflights, &preflight, "OPTIONS", &filled(&key.path), all);
        see(&Foreseen { word: key.to_string(), ..foreseen });
    }
}

/// The headers that a route asks of its callers, in lower case: for its authorizer, and for an API key.
fn own_headers(served: &Configuration, key: &RouteKey) -> BTreeSet<String> {
    let mut headers = BTreeSet::new();
    let Some(route) = served.routes.ok().and_then(|routes| routes.0.get(key)) else { return headers };
    let authorizer = route.authorizer.ok().and_then(Option::as_deref);
    let authorizer = authorizer.and_then(|name| served.authorizers.ok()?.get(name));
    let sources = authorizer.and_then(|own| own.identity_source.as_deref()).unwrap_or_default().split(',');
    headers.extend(sources.filter_map(|source| match IdentitySource::parse(source.trim()) {
        IdentitySource::Header(name) => Some(name.to_ascii_lowercase()),
        _ => None,
    }));
    let is_token = ["JWT", "COGNITO_USER_POOLS", "AWS_IAM"].contains(&route.authorization_type.as_str());
    if is_token && headers.is_empty() {
        headers.insert("authorization".to_owned());
    }
    if route.api_key_required {
        headers.insert("x-api-key".to_owned());
    }
    headers
}

/// The origin that a configuration means, as browsers write it: of one that is written otherwise, if there is one, so that
/// the difference shows.
fn meant(cors: &Cors) -> Option<String> {
    let as_sent = |entry: &&String| as_browsers_write(entry).map(|origin| (origin != **entry, origin));
    let mut all: Vec<(bool, String)> =
        cors.origins.iter().filter(|entry| !entry.contains('*')).filter_map(|e| as_sent(&e)).collect();
    all.sort_by_key(|(differs, _)| !differs);
    all.into_iter().next().map(|(_, origin)| origin)
}

/// Scheme, host and port, and nothing else: of several in one text the first.
fn as_browsers_write(entry: &str) -> Option<String> {
    let first = entry.split(',').next().unwrap_or(entry).trim();
    let (scheme, rest) = first.split_once("://").unwrap_or(("https", first));
    let host = rest.split('/').next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}").to_ascii_lowercase())
}
