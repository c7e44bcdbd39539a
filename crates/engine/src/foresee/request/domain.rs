//! Requests by custom domain names: through mappings and through routing rules.

use std::collections::BTreeSet;

use crate::case::domain::{Rule, after};
use crate::configuration::RouteKey;
use crate::finding::Resource;
use crate::observed::NotRead;
use crate::reads::Read;
use crate::routing;
use crate::snapshot::{Api, ApiKind, DomainName, Mapping, Snapshot, Stage};

use super::{Foreseen, Of, VALUE, exchange, taken_by};

/// Shows each request by a custom domain name.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    for domain in snapshot.domain_names.ok().into_iter().flatten() {
        Named { snapshot, domain }.each(see);
    }
}

/// The rules of the domain names that go by rules.
pub(super) fn lists(snapshot: &Snapshot) -> Vec<Read> {
    let domains = snapshot.domain_names.ok().into_iter().flatten();
    domains.filter(|domain| goes_by_rules(domain)).map(|domain| Read::RoutingRules(domain.name.clone())).collect()
}

fn goes_by_rules(domain: &DomainName) -> bool {
    domain.routing_mode.as_deref().is_some_and(|mode| mode.starts_with("ROUTING_RULE"))
}

/// The routing rules of a domain name, by ascending priority; none where it does not go by rules, or they were not read.
pub(crate) fn rules_of(snapshot: &Snapshot, domain: &DomainName) -> Result<Vec<Rule>, NotRead> {
    let read = Read::RoutingRules(domain.name.clone());
    let answer = snapshot.answers.iter().find(|answer| answer.read == read).filter(|_| goes_by_rules(domain));
    let answer = answer.map(|answer| answer.answer.known().map_err(Clone::clone)).transpose()?;
    Ok(Rule::all(answer.and_then(Option::as_ref)))
}

/// A custom domain name, and whose it is.
#[derive(Clone, Copy)]
struct Named<'a> {
    snapshot: &'a Snapshot,
    domain: &'a DomainName,
}

impl<'a> Named<'a> {
    fn each(self, see: &mut dyn FnMut(&Foreseen)) {
        let rules = rules_of(self.snapshot, self.domain).unwrap_or_default();
        let calls = |rule: &Rule| rule.called().is_some_and(|call| self.api(&call.api_id).is_some());
        let mappings: Vec<&Mapping> = self.domain.mappings.ok().into_iter().flatten().collect();
        let maps = mappings.iter().any(|mapping| self.api(&mapping.api_id).is_some());
        // Whoever asks for one API does not ask for the names of others.
        if !self.snapshot.complete && !maps && !rules.iter().any(calls) {
            return;
        }
        for of in [Of::Names, Of::Domains] {
            see(&self.request(of, "", None, "GET", "/".to_owned()));
        }
        for mapping in mappings {
            let Some(api) = self.api(&mapping.api_id) else { continue };
            let base_path = mapping.path.as_str();
            if !base_path.is_empty() {
                see(&self.request(Of::Domains, base_path, Some(api.kind), "GET", format!("/{base_path}")));
            }
            if let Some((method, path)) = lost(api, mapping) {
                let before = if base_path.is_empty() { String::new() } else { format!("/{base_path}") };
                see(&self.request(Of::Mapped, base_path, Some(api.kind), &method, before + &path));
            }
        }
        for (at, rule) in rules.iter().enumerate() {
            self.rule(&rules, at, rule, see);
        }
    }

    fn api(self, id: &str) -> Option<&'a Api> {
        self.snapshot.apis.iter().find(|api| api.id == id)
    }

    /// The requests that a rule should get, where none comes to it, or none that comes is answered.
    fn rule(self, rules: &[Rule], at: usize, rule: &Rule, see: &mut dyn FnMut(&Foreseen)) {
        let Some((call, api)) = rule.called().and_then(|call| Some((call, self.api(&call.api_id)?))) else { return };
        let Some(routes) = api.stage(&call.stage).and_then(|stage| served(api, stage)) else { return };
        let base = rule.base_path();
        let to = |method: &str, path: String| {
            let mut foreseen = self.request(Of::Rules, "", Some(api.kind), method, path);
            foreseen.exchange.request.headers = rule.headers(VALUE);
            foreseen.resource = foreseen.resource.with_key(format!("rule {}", rule.routing_rule_id));
            foreseen.word = format!("{} rule {}", self.domain.name, rule.routing_rule_id);
            foreseen
        };
        let is_taken = |other: &Rule| other.fits(&to("GET", format!("/{base}")).exchange.request).is_some();
        let is_shadowed = rules.iter().take(at).any(is_taken);
        let begins_so = |key: &RouteKey| after(&key.path, &base).is_some();
        let strips = call.strip_base_path || base.is_empty();
        if !is_shadowed && (strips || routes.iter().any(begins_so)) {
            return;
        }
        for key in &routes {
            let Some((method, path)) = taken_by(&routes, api.kind, key) else { continue };
            // A rule that leaves its base path in place leads to the routes that begin with it.
            let path = if !strips && begins_so(key) { path } else { under(&base, &path) };
            see(&to(method, path));
            if !is_shadowed {
                return;
            }
        }
    }

    fn request(self, of: Of, base_path: &str, kind: Option<ApiKind>, method: &str, path: String) -> Foreseen {
        let Named { snapshot, domain } = self;
        // Private domain names may share a name; their id tells them apart.
        let id = domain.id.as_ref().map(|id| format!("+{id}")).unwrap_or_default();
        let resource = Resource::regional(snapshot, &format!("/domainnames/{}{id}", domain.name));
        let (resource, word) = if base_path.is_empty() {
            (resource, domain.name.clone())
        } else {
            (resource.with_key(base_path), format!("{}/{base_path}", domain.name))
        };
        let host = domain.name.replace('*', VALUE);
        Foreseen { of, kind, resource, word, exchange: exchange(method, host, path, Vec::new()) }
    }
}

fn under(base: &str, path: &str) -> String {
    match (base, path) {
        ("", path) => path.to_owned(),
        (base, "/") => format!("/{base}"),
        (base, path) => format!("/{base}{path}"),
    }
}

/// What a stage serves, where that is known.
pub(crate) fn served(api: &Api, stage: &Stage) -> Option<BTreeSet<RouteKey>> {
    if let Some(routes) = api.served(stage).and_then(|served| served.routes.ok()) {
        return Some(routes.0.keys().cloned().collect());
    }
    let deployed = api.deployed.get(stage.deployment_id.as_deref()?)?;
    let routes = deployed.summary.ok()?.iter();
    let keys = routes.flat_map(|(path, methods)| methods.keys().map(|method| RouteKey::new(method, path)));
    Some(keys.collect())
}

/// A request to a route that another stage serves, where the mapped stage serves none of the other's routes: then its
/// callers cannot mean that stage. A stage that is merely behind another is nobody's mistake.
fn lost(api: &Api, mapping: &Mapping) -> Option<(String, String)> {
    let stage = api.stage(mapping.stage.as_deref()?)?;
    let own = served(api, stage)?;
    let others = api.stages.ok()?.iter().filter(|other| other.name != stage.name);
    let others: Option<Vec<BTreeSet<RouteKey>>> = others.map(|other| served(api, other)).collect();
    let mut others = others?.into_iter().filter(|routes| !routes.is_empty());
    let first = others.next()?;
    let stands_alone = |other: &BTreeSet<RouteKey>| {
        let mut sent = other.iter().filter_map(|key| taken_by(other, api.kind, key));
        sent.all(|(method, path)| routing::find(&own, api.kind, method, &path).is_none())
    };
    if !stands_alone(&first) || !others.all(|other| stands_alone(&other)) {
        return None;
    }
    let (method, path) = first.iter().find_map(|key| taken_by(&first, api.kind, key))?;
    Some((method.to_owned(), path))
}
