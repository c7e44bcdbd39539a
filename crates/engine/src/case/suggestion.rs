//! The calls that a remedy names: none is named that would itself reach no route.

use std::cmp::Reverse;

use super::Case;
use super::table::Table;
use super::target::Target;
use crate::configuration::RouteKey;
use crate::exchange::Exchange;
use crate::exchange::url::Url;
use crate::routing;
use crate::snapshot::{ApiKind, Stage};

/// A method and a URL that a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The URL; parameters that the request tells nothing of stand in it as the route has them.
    pub url: String,
    /// The method, where it is another than the request's.
    pub method: Option<String>,
}

impl Case<'_> {
    /// Whether the request would reach a route with another URL, by the way that requests take: host, stage, mapping and
    /// path, of what was read so far.
    pub fn reaches_at(&self, url: &str) -> bool {
        self.route_at(self.method(), url).is_some()
    }

    /// The route that a request with another method and URL would reach.
    pub fn route_at(&self, method: &str, url: &str) -> Option<RouteKey> {
        let mut request = self.request.clone();
        request.headers.0.retain(|(name, _)| !name.eq_ignore_ascii_case("x-http-method-override"));
        request.url = Url::parse(url).ok()?;
        method.clone_into(&mut request.method);
        // What stands in for what was not read does so here, too.
        let exchange = Exchange { request, response: self.response.cloned() };
        let case = Case::new(&exchange, self.tables);
        case.target().ok()?.key(&case).ok()?
    }

    /// A call of a stage's route that may be meant instead of a path: the nearest that can be called as it is, of the routes
    /// that the request's method reaches, else of those for GET, else of any.
    pub fn instead(&self, target: &Target<'_>, stage: &Stage, routes: &Table<'_>, path: &str) -> Option<Call> {
        let is_callable = |key: &&RouteKey| target.api.kind != ApiKind::WebSocket && key.method.is_some();
        let mut near: Vec<_> =
            routes.keys().filter(is_callable).map(|key| Near::of(self.method(), key, path)).collect();
        near.sort_unstable();
        near.into_iter().take(LOOKED_AT).find_map(|own| {
            let url = target.url(self, &stage.name, &own.path);
            self.route_at(&own.method, &url)?;
            Some(Call { url, method: (own.method != self.method()).then_some(own.method) })
        })
    }
}

/// How many routes are tried.
const LOOKED_AT: usize = 8;

/// A route's call, the better the smaller.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Near {
    /// Whether a parameter is still to be put in.
    is_open: bool,
    /// The request's own method comes first, GET next, OPTIONS last.
    rank: Reverse<u8>,
    distance: usize,
    path: String,
    method: String,
}

impl Near {
    fn of(method: &str, key: &RouteKey, path: &str) -> Near {
        let (own, rank) = match key.method.as_deref().unwrap_or_default() {
            any if any == "ANY" || any == method => (method, 3),
            "GET" => ("GET", 2),
            "OPTIONS" => ("OPTIONS", 0),
            other => (other, 1),
        };
        let filled = routing::filled(&key.path, path);
        let distance = super::table::distance(&key.path, path);
        Near { is_open: filled.contains('{'), rank: Reverse(rank), distance, path: filled, method: own.to_owned() }
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        f.write_str(&self.url)?;
        // What stands in braces nobody can send: it is no URL yet.
        if self.url.contains('{') {
            f.write_str(" (put a value in the place of what stands in braces)")
        } else {
            Ok(())
        }
    }
}
