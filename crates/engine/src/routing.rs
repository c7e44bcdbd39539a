//! How REST and HTTP APIs choose the route for a request.

mod index;

use std::cmp::Reverse;

pub(crate) use index::Index;

use crate::configuration::RouteKey;
use crate::snapshot::ApiKind;

/// The methods that `ANY` stands for.
pub(crate) const ANY_COVERS: [&str; 7] = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/// The route that answers a request, of those given.
///
/// What is matched is the pair of path and method: a more specific path without the method does not stand in the way of
/// a less specific one that has it. A literal segment wins over `{parameter}`, this over `{greedy+}`, compared segment
/// by segment; the method itself wins over `ANY`. HTTP APIs try all paths without a greedy parameter first, and
/// `$default` last. `path` is what follows the stage, percent-encoded as it was sent.
pub fn find<'a>(
    routes: impl IntoIterator<Item = &'a RouteKey>,
    kind: ApiKind,
    method: &str,
    path: &str,
) -> Option<&'a RouteKey> {
    let requested = segments(kind, path);
    routes
        .into_iter()
        .filter_map(|key| Some((rank(key, kind, method, &requested)?, key)))
        .min_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, key)| key)
}

/// Whether a route answers a request, if no other one is more specific.
pub fn fits(route: &RouteKey, kind: ApiKind, method: &str, path: &str) -> bool {
    rank(route, kind, method, &segments(kind, path)).is_some()
}

/// The route that would answer the requests meant for `key`, of those given. For many keys, an index finds the same sooner.
pub fn find_instead<'a>(
    routes: impl IntoIterator<Item = &'a RouteKey>,
    kind: ApiKind,
    key: &RouteKey,
) -> Option<&'a RouteKey> {
    let (method, path) = stand_in(key)?;
    find(routes, kind, method, &path)
}

/// The method and path of a request that is meant for `key`: each parameter of its path is taken for a value that nothing
/// but a parameter matches.
fn stand_in(key: &RouteKey) -> Option<(&str, String)> {
    let path: Vec<&str> = key.path.split('/').map(|part| if part.starts_with('{') { "\u{1}" } else { part }).collect();
    let method = match key.method.as_deref()? {
        "ANY" => "GET",
        method => method,
    };
    Some((method, path.join("/")))
}

/// The path of a route with the values that a request has where the route has parameters, so that it can be called; the
/// template as it is, where the two have not as many segments, or what would be put in is a segment of the template itself.
pub fn filled(template: &str, path: &str) -> String {
    let values = segments(ApiKind::Rest, path);
    let parts = segments(ApiKind::Rest, template);
    let is_greedy = parts.last().is_some_and(|part| part.ends_with("+}"));
    let fits = if is_greedy { values.len() >= parts.len() } else { values.len() == parts.len() };
    if !fits || values.iter().any(|value| value.is_empty()) {
        return template.to_owned();
    }
    let in_place = parts.iter().zip(&values);
    if in_place.clone().any(|(part, value)| part.starts_with('{') && parts.contains(value)) {
        return template.to_owned();
    }
    let own = in_place.map(|(part, value)| if part.starts_with('{') { *value } else { *part });
    let below = values.iter().skip(parts.len()).copied();
    own.chain(below).flat_map(|segment| ["/", segment]).collect()
}

/// How specific a match is; smaller is better.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_default: bool,
    is_greedy: bool,
    segments: Vec<u8>,
    /// A greedy parameter further down the path is more specific.
    depth: Reverse<usize>,
    is_any: bool,
}

fn rank(key: &RouteKey, kind: ApiKind, method: &str, requested: &[&str]) -> Option<Rank> {
    let Some(own_method) = &key.method else {
        let is_default = kind == ApiKind::Http && key.path == "$default";
        return is_default.then(|| Rank {
            is_default,
            is_greedy: false,
            segments: Vec::new(),
            depth: Reverse(0),
            is_any: true,
        });
    };
    let is_any = own_method == "ANY";
    if own_method != method && !(is_any && (kind == ApiKind::Http || ANY_COVERS.contains(&method))) {
        return None;
    }
    let template = segments(kind, &key.path);
    let mut ranks = Vec::with_capacity(template.len());
    let mut is_greedy = false;
    for (i, part) in template.iter().enumerate() {
        let value = requested.get(i)?;
        let rank = match part.strip_prefix('{') {
            Some(name) if name.ends_with("+}") => {
                is_greedy = true;
                2
            }
            // A parameter takes a value: nothing between two slashes, or after the last one, is none.
            Some(_) if !value.is_empty() => 1,
            Some(_) => return None,
            None if part == value => 0,
            None => return None,
        };
        ranks.push(rank);
        if is_greedy {
            break;
        }
    }
    if !is_greedy && template.len() != requested.len() {
        return None;
    }
    let depth = Reverse(ranks.len());
    // REST APIs weigh a greedy parameter where it stands; HTTP APIs try paths without one first.
    Some(Rank { is_default: false, is_greedy: is_greedy && kind == ApiKind::Http, segments: ranks, depth, is_any })
}

/// The segments of a path. REST APIs ignore slashes doubled at the start and one at the end; to HTTP APIs each counts.
fn segments(kind: ApiKind, path: &str) -> Vec<&str> {
    let path = match kind {
        ApiKind::Rest => {
            let path = path.trim_start_matches('/');
            path.strip_suffix('/').unwrap_or(path)
        }
        ApiKind::Http | ApiKind::WebSocket => path.strip_prefix('/').unwrap_or(path),
    };
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ApiKind, routes: &[&str], requests: &[(&str, Option<&str>)]) {
        let keys: Vec<RouteKey> = routes.iter().map(|key| RouteKey::parse(key)).collect();
        for (request, expected) in requests {
            let (method, path) = request.split_once(' ').unwrap();
            let found = find(&keys, kind, method, path).map(ToString::to_string);
            assert_eq!(found.as_deref(), *expected, "{request}");
        }
    }

    #[test]
    fn a_template_is_filled_with_the_values_of_a_request() {
        for (template, path, expected) in [
            ("/orders/{id}", "/ordres/17", "/orders/17"),
            ("/Orders/{id}/Lines", "/orders/a%2Fb/lines/", "/Orders/a%2Fb/Lines"),
            ("/files/{path+}", "/Files/a/b/c", "/files/a/b/c"),
            ("/orders", "/Orders", "/orders"),
            ("/", "/orders", "/"),
            // There is nothing to put in.
            ("/orders/{id}", "/orders", "/orders/{id}"),
            ("/orders/{id}", "/orders/17/lines", "/orders/{id}"),
            ("/orders/{id}", "/ordres//", "/orders/{id}"),
            // What stands there is not the value.
            ("/users/{id}/posts", "/users/posts/17", "/users/{id}/posts"),
        ] {
            assert_eq!(filled(template, path), expected, "{template} {path}");
        }
    }

    #[test]
    fn rest_apis_match_pairs_of_path_and_method() {
        let routes = ["GET /part1", "GET /{param+}", "PATCH /users/me", "GET /users/{id}", "ANY /any", "GET /any"];
        check(
            ApiKind::Rest,
            &routes,
            &[
                ("GET /part1", Some("GET /part1")),
                ("GET /part1/x", Some("GET /{param+}")),
                ("GET /users/me", Some("GET /users/{id}")),
                ("PATCH /users/me", Some("PATCH /users/me")),
                ("POST /part1", None),
                ("GET /", None),
                ("GET //part1/", Some("GET /part1")),
                ("GET /any", Some("GET /any")),
                ("HEAD /any", Some("ANY /any")),
                ("TRACE /any", None),
                ("GET /Part1", Some("GET /{param+}")),
            ],
        );
    }

    #[test]
    fn a_deeper_greedy_parameter_wins_over_a_shallower_one() {
        check(
            ApiKind::Rest,
            &["ANY /{all+}", "ANY /a/{rest+}", "ANY /a/{b}/c"],
            &[
                ("GET /a", Some("ANY /{all+}")),
                ("GET /a/b", Some("ANY /a/{rest+}")),
                ("GET /a/b/c", Some("ANY /a/{b}/c")),
            ],
        );
    }

    #[test]
    fn http_apis_try_full_matches_before_greedy_ones_and_the_default_route_last() {
        check(
            ApiKind::Http,
            &["GET /a/{proxy+}", "GET /{x}/b", "ANY /c", "$default"],
            &[
                ("GET /a/b", Some("GET /{x}/b")),
                ("GET /a/c", Some("GET /a/{proxy+}")),
                ("GET /c", Some("ANY /c")),
                ("GET /c/", Some("$default")),
                ("GET //b", Some("$default")),
                ("POST /a/b", Some("$default")),
            ],
        );
        check(ApiKind::Http, &["GET /a"], &[("GET /a/", None), ("POST /a", None), ("GET /a", Some("GET /a"))]);
    }

    #[test]
    fn finds_what_answers_in_place_of_a_missing_route() {
        let served = [RouteKey::parse("ANY /{proxy+}"), RouteKey::parse("GET /orders/latest")];
        let missing = RouteKey::parse("GET /orders/{id}");
        assert_eq!(find_instead(&served, ApiKind::Rest, &missing), served.first());
        assert_eq!(find_instead(&served, ApiKind::Rest, &RouteKey::parse("GET /")), None);
    }
}
