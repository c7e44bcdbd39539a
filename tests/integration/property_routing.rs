//! Routing, beside a second matcher that knows nothing of ranks: it tries segment after segment, literals first, and goes
//! back where it finds nothing.

use engine::configuration::{ApiKind, RouteKey};
use engine::routing;
use tests::random::Random;

const METHODS: [&str; 3] = ["GET", "POST", "ANY"];
const PARTS: [&str; 7] = ["a", "b", "A", "{x}", "{y}", "{rest+}", "c"];
const ASKED: [&str; 6] = ["a", "b", "A", "c", "d", "a%2Fb"];

/// The routes that a request may still reach, each with what is left of its path.
type Left<'a> = Vec<(&'a RouteKey, Vec<&'a str>)>;

fn split(path: &str) -> Vec<&str> {
    path.trim_start_matches('/').split('/').filter(|part| !part.is_empty()).collect()
}

fn is_greedy(part: &str) -> bool {
    part.starts_with('{') && part.ends_with("+}")
}

/// Of the routes that end here, the one of the method itself, then ANY.
fn by_method<'a>(ended: &[&'a RouteKey], method: &str) -> Option<&'a RouteKey> {
    let of = |wanted: &str| ended.iter().copied().find(|key| key.method.as_deref() == Some(wanted));
    of(method).or_else(|| of("ANY"))
}

fn walk<'a>(left: &Left<'a>, asked: &[&str], method: &str, with_greedy: bool) -> Option<&'a RouteKey> {
    let Some((first, rest)) = asked.split_first() else {
        let ended: Vec<&RouteKey> = left.iter().filter(|(_, parts)| parts.is_empty()).map(|(key, _)| *key).collect();
        return by_method(&ended, method);
    };
    let step = |fits: &dyn Fn(&str) -> bool| -> Left<'a> {
        let fitting = left.iter().filter(|(_, parts)| parts.first().is_some_and(|part| fits(part)));
        fitting.map(|(key, parts)| (*key, parts[1..].to_vec())).collect()
    };
    let literal = step(&|part| part == *first);
    let parameter = step(&|part| part.starts_with('{') && !is_greedy(part));
    let greedy: Vec<&RouteKey> = left
        .iter()
        .filter(|(_, parts)| parts.first().is_some_and(|part| is_greedy(part)))
        .map(|(key, _)| *key)
        .collect();
    walk(&literal, rest, method, with_greedy)
        .or_else(|| walk(&parameter, rest, method, with_greedy))
        .or_else(|| if with_greedy { by_method(&greedy, method) } else { None })
}

fn naive<'a>(routes: &'a [RouteKey], kind: ApiKind, method: &str, path: &str) -> Option<&'a RouteKey> {
    let left: Left<'a> = routes.iter().filter(|key| key.method.is_some()).map(|key| (key, split(&key.path))).collect();
    let asked = split(path);
    let default = routes.iter().find(|key| key.method.is_none());
    match kind {
        // HTTP APIs try every path without a greedy parameter first.
        ApiKind::Http => walk(&left, &asked, method, false).or_else(|| walk(&left, &asked, method, true)).or(default),
        _ => walk(&left, &asked, method, true),
    }
}

fn path(random: &mut Random, parts: &[&str]) -> String {
    let mut path = String::new();
    for _ in 0..random.below(4) {
        let part = random.pick(parts);
        path.push('/');
        path.push_str(part);
        if is_greedy(part) {
            break;
        }
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

#[test]
fn routes_are_found_as_a_naive_matcher_finds_them() {
    let mut random = Random::new(7);
    let mut found = 0;
    for case in 0..4_000 {
        let kind = if case % 2 == 0 { ApiKind::Rest } else { ApiKind::Http };
        let mut routes: Vec<RouteKey> = Vec::new();
        for _ in 0..=random.below(8) {
            let route = RouteKey::new(random.pick(&METHODS), &path(&mut random, &PARTS));
            // An API has one parameter at each place: two of the same shape are one route.
            let shape = |key: &RouteKey| key.path.replace("{y}", "{x}") + key.method.as_deref().unwrap();
            if routes.iter().all(|other| shape(other) != shape(&route)) {
                routes.push(route);
            }
        }
        if kind == ApiKind::Http && random.below(3) == 0 {
            routes.push(RouteKey::parse("$default"));
        }
        for _ in 0..10 {
            let asked = path(&mut random, &ASKED);
            let method = random.pick(&["GET", "POST", "DELETE"]);
            let own = routing::find(&routes, kind, method, &asked);
            assert_eq!(own, naive(&routes, kind, method, &asked), "{kind:?} {method} {asked} of {routes:?}");
            found += usize::from(own.is_some());
        }
    }
    assert!(found > 5_000, "{found} requests were taken, which is too few to tell");
}
