//! Many routes, and many requests to be matched: a tree of path segments, so that each request looks only at the routes
//! whose paths begin as its own does.

use std::collections::BTreeMap;

use super::{ANY_COVERS, segments, stand_in};
use crate::configuration::RouteKey;
use crate::snapshot::ApiKind;

/// Routes by the segments of their paths. Finds what [`super::find`] finds.
#[derive(Debug)]
pub(crate) struct Index<'a, R = &'a RouteKey> {
    kind: ApiKind,
    /// The root first. Nodes name each other by their place, so that no path is too long to be put here or dropped.
    nodes: Vec<Node<'a, R>>,
    default: Option<R>,
}

#[derive(Debug)]
struct Node<'a, R> {
    literals: BTreeMap<&'a str, usize>,
    parameter: Option<usize>,
    /// Routes that end here, by their methods.
    here: Vec<(&'a str, R)>,
    /// Routes whose greedy parameter takes all that follows, by their methods.
    greedy: Vec<(&'a str, R)>,
}

enum Step {
    /// This node, with so many segments of the path behind it.
    Visit(usize, usize),
    /// This node's greedy routes.
    Greedy(usize),
}

impl<'a> Index<'a> {
    /// An index of the given routes.
    pub(crate) fn new(routes: impl IntoIterator<Item = &'a RouteKey>, kind: ApiKind) -> Index<'a> {
        let mut index = Index::empty(kind);
        for key in routes {
            index.insert(&key.path, key.method.as_deref(), key);
        }
        index
    }

    /// The route that would answer the requests meant for `key`; see [`super::find_instead`].
    pub(crate) fn find_instead(&self, key: &RouteKey) -> Option<&'a RouteKey> {
        let (method, path) = stand_in(key)?;
        self.find(method, &path)
    }
}

impl<'a, R: Copy> Index<'a, R> {
    /// An index of no routes.
    pub(crate) fn empty(kind: ApiKind) -> Index<'a, R> {
        Index { kind, nodes: vec![Node::empty()], default: None }
    }

    /// Puts in a route, and what is to be found in its place. Of routes that match alike, the first is found.
    pub(crate) fn insert(&mut self, path: &'a str, method: Option<&'a str>, route: R) {
        let Some(method) = method else {
            if self.kind != ApiKind::Rest && path == "$default" {
                self.default.get_or_insert(route);
            }
            return;
        };
        let mut at = 0;
        for part in segments(self.kind, path) {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            let child = match part.strip_prefix('{') {
                Some(name) if name.ends_with("+}") => return node.greedy.push((method, route)),
                Some(_) => *node.parameter.get_or_insert(next),
                None => *node.literals.entry(part).or_insert(next),
            };
            if child == next {
                self.nodes.push(Node::empty());
            }
            at = child;
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.here.push((method, route));
        }
    }

    /// The `$default` route of an HTTP or WebSocket API.
    pub(crate) fn default_route(&self) -> Option<R> {
        self.default
    }

    /// The route that answers a request; see [`super::find`].
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<R> {
        let requested = segments(self.kind, path);
        let full = || self.walk(method, &requested, false);
        match self.kind {
            // HTTP APIs try all paths without a greedy parameter first.
            ApiKind::Http => full().or_else(|| self.walk(method, &requested, true)).or(self.default),
            _ => self.walk(method, &requested, true),
        }
    }

    /// The first match in order of precedence: segment by segment a literal, then a parameter, then a greedy one.
    fn walk(&self, method: &str, requested: &[&str], greedy: bool) -> Option<R> {
        let mut steps = vec![Step::Visit(0, 0)];
        while let Some(step) = steps.pop() {
            let found = match step {
                Step::Greedy(at) => self.nodes.get(at).and_then(|node| self.by_method(&node.greedy, method)),
                Step::Visit(at, depth) => {
                    let Some(node) = self.nodes.get(at) else { continue };
                    match requested.get(depth) {
                        None => self.by_method(&node.here, method),
                        Some(value) => {
                            if greedy && !node.greedy.is_empty() {
                                steps.push(Step::Greedy(at));
                            }
                            let parameter = node.parameter.filter(|_| !value.is_empty());
                            steps.extend(parameter.map(|child| Step::Visit(child, depth + 1)));
                            steps.extend(node.literals.get(value).map(|child| Step::Visit(*child, depth + 1)));
                            None
                        }
                    }
                }
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The method itself wins over `ANY`.
    fn by_method(&self, routes: &[(&'a str, R)], method: &str) -> Option<R> {
        let of = |wanted: &str| routes.iter().find(|(own, _)| *own == wanted).map(|(_, route)| *route);
        let covers = self.kind == ApiKind::Http || ANY_COVERS.contains(&method);
        of(method).or_else(|| of("ANY").filter(|_| covers))
    }
}

impl<R> Node<'_, R> {
    fn empty() -> Self {
        Node { literals: BTreeMap::new(), parameter: None, here: Vec::new(), greedy: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{find, find_instead};

    #[test]
    fn finds_what_the_search_through_all_finds() {
        let parts = ["a", "{x}", "{y+}", ""];
        let mut paths = vec!["/".to_owned()];
        for one in parts {
            paths.push(format!("/{one}"));
            for two in parts.iter().filter(|_| !one.contains('+')) {
                paths.push(format!("/{one}/{two}"));
                paths.extend(
                    ["b", "{z+}"].iter().filter(|_| !two.contains('+')).map(|three| format!("/{one}/{two}/{three}")),
                );
            }
        }
        let keys: Vec<RouteKey> =
            paths.iter().flat_map(|path| ["GET", "ANY", "TRACE"].map(|method| RouteKey::new(method, path))).collect();
        let requests = ["", "/", "//", "/a", "/a/", "//a", "/a//b", "/b", "/b/a/", "/a/b/c/d", "/%7Bx%7D/b"];
        let mut bits: u64 = 0x2545_F491_4F6C_DD1D;
        for round in 0..300 {
            let mut next = || {
                bits ^= bits << 13;
                bits ^= bits >> 7;
                bits ^= bits << 17;
                bits
            };
            let mut served: Vec<RouteKey> = keys.iter().filter(|_| next() % 10 < 1 + round % 5).cloned().collect();
            if round % 2 == 0 {
                served.push(RouteKey::parse("$default"));
            }
            for kind in [ApiKind::Rest, ApiKind::Http] {
                let index = Index::new(&served, kind);
                for key in &keys {
                    assert_eq!(index.find_instead(key), find_instead(&served, kind, key), "{key} among {served:?}");
                }
                for (path, method) in requests.iter().flat_map(|path| ["GET", "ANY", "TRACE"].map(|own| (path, own))) {
                    let expected = find(&served, kind, method, path);
                    assert_eq!(index.find(method, path), expected, "{method} {path} among {served:?}");
                }
            }
        }
    }

    #[test]
    fn no_path_is_too_long() {
        let long = RouteKey::new("GET", &"/a".repeat(200_000));
        let index = Index::new([&long], ApiKind::Rest);
        assert_eq!(index.find_instead(&long), Some(&long));
    }
}
