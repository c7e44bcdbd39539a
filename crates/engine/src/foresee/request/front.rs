//! Requests that CloudFront hands on.

use crate::case::distribution::{Behavior, Distribution, Origin};
use crate::exchange::host::Host;
use crate::finding::Resource;
use crate::reads::Read;
use crate::snapshot::{Api, ApiKind, Snapshot};

use super::{Call, Foreseen, Of, VALUE, exchange, stage_path};

/// Shows each request that CloudFront hands on, and each that it makes of its own to what may be a custom domain name.
pub(super) fn each(snapshot: &Snapshot, see: &mut dyn FnMut(&Foreseen)) {
    let answer = snapshot.answers.iter().find(|answer| answer.read == Read::Distributions);
    let answer = answer.and_then(|answer| answer.answer.ok()?.as_ref());
    for distribution in Distribution::all(answer).filter(|distribution| distribution.enabled) {
        let behaviors = &distribution.cache_behaviors.items;
        for behavior in behaviors.iter().chain([&distribution.default_cache_behavior]) {
            if let Some(origin) = distribution.origin(behavior) {
                Front { snapshot, distribution: &distribution, behavior, origin }.each(see);
            }
        }
    }
}

/// The distributions of the account: whoever asks for one API does not ask for them, and no private API has one.
pub(super) fn lists(snapshot: &Snapshot) -> Vec<Read> {
    let is_public = |api: &Api| api.kind != ApiKind::WebSocket && !api.is_private();
    let is_wanted = snapshot.complete && snapshot.apis.iter().any(is_public);
    is_wanted.then_some(Read::Distributions).into_iter().collect()
}

/// What a distribution does with some paths.
struct Front<'a> {
    snapshot: &'a Snapshot,
    distribution: &'a Distribution,
    behavior: &'a Behavior,
    origin: &'a Origin,
}

impl Front<'_> {
    fn each(&self, see: &mut dyn FnMut(&Foreseen)) {
        let host = self.origin.domain_name.to_lowercase();
        match Host::of(&host) {
            Host::ExecuteApi { api_id, region, vpc_endpoint: None } if region == self.snapshot.region => {
                let api = self.snapshot.apis.iter().find(|api| api.id == api_id);
                if let Some(foreseen) = api.and_then(|api| self.handed_on(api)) {
                    see(&foreseen);
                }
            }
            Host::Other => {
                let path = format!("{}/", self.origin.origin_path.trim_end_matches('/'));
                let exchange = exchange("GET", host.clone(), path, Vec::new());
                see(&Foreseen { of: Of::Origins, kind: None, resource: self.resource(), word: host, exchange });
            }
            _ => {}
        }
    }

    /// A request of a viewer, which an API answers; nothing where it is not known which paths viewers send.
    fn handed_on(&self, api: &Api) -> Option<Foreseen> {
        let call = Call::to(self.snapshot, api);
        let stages = api.stages.ok().into_iter().flatten();
        let first_stage = stages.map(stage_path).next().unwrap_or_default();
        let own = call.path.strip_prefix(&first_stage).unwrap_or(&call.path);
        let pattern = self.behavior.path_pattern.as_deref().map(|pattern| pattern.trim_start_matches('/'));
        let begins_with_any =
            |pattern: &&str| pattern.split('/').next().is_some_and(|first| first.contains(['*', '?']));
        let path = match pattern {
            // Where CloudFront puts nothing before the path, viewers send the stage.
            pattern if self.origin.origin_path.is_empty() && pattern.is_none_or(|own| begins_with_any(&own)) => {
                call.path.clone()
            }
            Some(pattern) => format!("/{}", pattern.replace(['*', '?'], VALUE)),
            None => own.to_owned(),
        };
        if !std::ptr::eq(self.distribution.behavior(&path), self.behavior) {
            return None;
        }
        let alias = self.distribution.aliases.items.first().unwrap_or(&self.distribution.domain_name);
        let host = alias.to_lowercase().replace('*', VALUE);
        let word = match &self.behavior.path_pattern {
            Some(pattern) => format!("{host} {pattern}"),
            None => host.clone(),
        };
        let exchange = exchange(&call.method, host, path, Vec::new());
        Some(Foreseen { of: Of::Distributions, kind: Some(api.kind), resource: self.resource(), word, exchange })
    }

    fn resource(&self) -> Resource {
        let Distribution { arn, domain_name, .. } = self.distribution;
        let regional = Resource::regional(self.snapshot, "");
        let arn = if arn.is_empty() { domain_name.clone() } else { arn.clone() };
        let own = Resource { arn, ..regional };
        match &self.behavior.path_pattern {
            Some(pattern) => own.with_key(pattern.as_str()),
            None => own,
        }
    }
}
