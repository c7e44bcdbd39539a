//! Custom domain names: mappings and routing rules that lead elsewhere, or nowhere.

mod remap;

use serde_json::json;

use remap::{remap_to, serving};

use super::deployment::live_alone;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::domain::{Choice, Domain, Mapping, after, written};
use crate::case::signal::{Answerer, Signal};
use crate::case::table::Table;
use crate::case::target::{self, Target, Via, first_segment};
use crate::command::Aws;
use crate::configuration::RouteKey;
use crate::exchange::host::Host;
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind};

causes! {
    /// The domain name leads to no API
    ///
    /// ## What proves it
    ///
    /// The custom domain name is there, and has neither a mapping nor a routing rule. It is possible where these were not read.
    ///
    /// ## What refutes it
    ///
    /// A mapping or rule that takes the path.
    ///
    /// ## Remedy
    ///
    /// Map the domain name to a stage.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "custom-domain-no-mapping", Cause, Proves, no_mapping;

    /// The mapping leads to a stage or an API that is gone
    ///
    /// ## What proves it
    ///
    /// The mapping that takes the path names a stage, or an API, that does not exist.
    ///
    /// ## What refutes it
    ///
    /// Both exist.
    ///
    /// ## Remedy
    ///
    /// Point the mapping to a stage that is there.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html>
    "custom-domain-mapping-dangling", Cause, Proves, dangling;

    /// The stage stands in the path of a custom domain name
    ///
    /// ## What proves it
    ///
    /// The path begins with the name of the stage that the mapping leads to; without it, a route takes the request.
    ///
    /// ## What refutes it
    ///
    /// A route that takes the path as it is.
    ///
    /// ## Remedy
    ///
    /// Leave the stage out: the mapping chooses it.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "custom-domain-stage-in-path", Cause, Silent, stage_in_path;

    /// No mapping of the domain name takes the path to its HTTP API
    ///
    /// ## What proves it
    ///
    /// The mappings lead to HTTP APIs; none has a key that the path begins with, and none is for all paths.
    ///
    /// ## What refutes it
    ///
    /// A mapping that takes the path.
    ///
    /// ## Remedy
    ///
    /// Add a mapping for the path, or one with an empty key.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html>
    "http-mapping-no-match", Cause, Proves, http_no_match;

    /// The base path is missing from the URL
    ///
    /// ## What proves it
    ///
    /// The domain name's mappings have base paths, and the path begins with none of them; with one of them before it, a
    /// route takes the request. Or the mapping takes its base path off the path, and the API's own routes begin with it once
    /// more, so that the URL needs it twice. Where another mapping took the request, a route whose first segment is a parameter
    /// proves nothing: it takes everything.
    ///
    /// ## What refutes it
    ///
    /// A mapping that takes the path, and a route behind it.
    ///
    /// ## Remedy
    ///
    /// Add the base path to the URL, or map all paths.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "custom-domain-base-path-missing", Cause, Silent, base_path_missing;

    /// The mapping leads to another stage than the one with the route
    ///
    /// ## What proves it
    ///
    /// The stage that the mapping leads to has no route for the request, and another stage of the API has.
    ///
    /// ## What refutes it
    ///
    /// The mapped stage has a route.
    ///
    /// ## Remedy
    ///
    /// Point the mapping to the other stage, or deploy to this one.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "custom-domain-wrong-stage-mapping", Cause, Proves, wrong_stage;
}

/// The answers that a domain name gives where it leads nowhere.
pub(super) const NOWHERE: [Signal; 2] = [Signal::Forbidden, Signal::NotFound];
/// The answers that an API gives where it has no route.
const NO_ROUTE: [Signal; 4] =
    [Signal::MissingAuthenticationToken, Signal::NotFound, Signal::NoMethodFound, Signal::IncompleteSignature];

/// The domain name of a request whose answer fits.
pub(super) fn domain<'a>(case: &Case<'a>, signals: &[Signal]) -> Result<Domain<'a>, Not> {
    if case.host != Host::Other {
        return Err(Not::Silent);
    }
    // The answer is looked at first: what the API says of it would need the domain to be known already.
    let is_other = !case.is_unsent() && (!case.says(signals) || case.answerer() == Answerer::CloudFront);
    if is_other { Err(Not::Silent) } else { Domain::of(case) }
}

/// That a domain name may be mapped to nothing, where its mappings were not read.
fn mappings_unread(case: &Case<'_>, why: &NotRead) -> Examined {
    let domain = Domain::itself(case)?;
    // Which mappings there are is nothing to it.
    if domain.routing_mode == "ROUTING_RULE_ONLY" {
        return Err(why.into());
    }
    let name = domain.name;
    let says = format!("{name} exists; whether one of its mappings takes the path was not read.");
    let advice =
        format!("grant {}, and ask again; or look whether the domain name has a mapping for the path", why.needs);
    Ok(Proof::possible(says).because("apigateway:GetDomainName", "domainName", name).without(why).advice(advice))
}

fn no_mapping(case: &Case<'_>) -> Examined {
    let domain = match domain(case, &NOWHERE) {
        Err(Not::Unread(why)) if case.signal() == Some(Signal::Forbidden) => return mappings_unread(case, &why),
        domain => domain?,
    };
    if !domain.mappings.is_empty() || !domain.rules.is_empty() {
        return Err(Not::refuted("the domain name has mappings or rules"));
    }
    if domain.routing_mode == "ROUTING_RULE_ONLY" {
        return Err(Not::refuted("the domain name looks at routing rules alone"));
    }
    let says = format!("{} exists, and is mapped to no stage.", domain.name);
    let command = Aws::new("apigateway create-base-path-mapping")
        .option("--domain-name", &domain.name)
        .option("--rest-api-id", "API")
        .option("--stage", "STAGE")
        .option("--region", &case.facts.region);
    Ok(Proof::certain(says)
        .because(domain.mapped_by, "items", json!([]))
        .command("map the domain name to a stage", command))
}

fn dangling(case: &Case<'_>) -> Examined {
    let domain = domain(case, &NOWHERE)?;
    let Choice::Stage { api_id, stage, base_path, path } = domain.choose(case.request) else { return Err(Not::Silent) };
    let rule = domain.ruled_by(case.request);
    let what = match rule {
        Some(rule) => format!("The routing rule {}", rule.routing_rule_id),
        None => format!("The mapping {}", written(&base_path)),
    };
    let because = |proof: Proof, member: &str, value: &str| domain.because_led(case.request, proof, member, value);
    let gone = || {
        let says = format!("{what} of {} leads to the API {api_id}, which is not there.", domain.name);
        because(Proof::certain(says), "restApiId", &api_id)
    };
    let (proof, api) = match (case.api(&api_id), stage) {
        (Ok(None), _) => (gone(), None),
        // It may be an HTTP API's, where those were not read.
        (Err(Not::Unread(why)), _) if !case.is_unsent() && case.lacks_rest_api(&api_id)? => {
            (gone().without(&why), None)
        }
        (Err(not), _) => return Err(not),
        (Ok(Some(api)), Some(stage)) => {
            let stages = api.stages.known()?;
            if stages.iter().any(|own| own.name == stage) {
                return Err(Not::refuted(format!("{} has the stage {stage} that the mapping names", api.name)));
            }
            let names: Vec<&str> = stages.iter().map(|own| own.name.as_str()).collect();
            let says =
                format!("{what} of {} leads to the stage {stage} of {}, which is not there.", domain.name, api.name);
            let proof = because(Proof::certain(says), "stage", &stage);
            (proof.because(api.kind.call("GetStages"), "stageName", json!(names)), Some(api))
        }
        (Ok(Some(_)), None) => return Err(Not::Silent),
    };
    if rule.is_some() {
        return Ok(proof.advice("point the rule to a stage that is there"));
    }
    let Some(api) = api else {
        let command = remap_to(case, &domain, &base_path, None, "STAGE")?;
        return Ok(proof.command("point the mapping to an API that is there, or delete it", command));
    };
    Ok(match serving(case, api, &path)? {
        Some(stage) => {
            let command = remap_to(case, &domain, &base_path, Some(api), &stage.name)?;
            proof.command(format!("point the mapping to a stage that is there: {}", stage.name), command)
        }
        None => proof.advice(format!("make a stage of {}, which has none, or delete the mapping", api.name)),
    })
}

/// A request that came by a domain name to a stage without a route for it.
pub(super) fn lost<'c, 'a>(case: &'c Case<'a>) -> Result<(&'c Target<'a>, &'c str), Not> {
    if case.host != Host::Other {
        return Err(Not::Silent);
    }
    case.shows(&NO_ROUTE)?;
    let target = case.target()?;
    let Via::Domain { name, .. } = &target.via else { return Err(Not::Silent) };
    match target.key(case)? {
        Some(key) => Err(Not::refuted(format!("the mapped stage serves {key} for the request"))),
        None => Ok((target, name)),
    }
}

fn stage_in_path(case: &Case<'_>) -> Examined {
    let (target, name) = lost(case)?;
    let stage = target.stage()?;
    let (segment, rest) = first_segment(&target.path);
    if segment != Some(stage.name.as_str()) {
        return Err(Not::Silent);
    }
    let deployed = target.deployed(case)?;
    let Some((key, _)) = deployed.find(case.method(), rest) else {
        return Err(Not::refuted(format!("without {} no route takes the path either", stage.name)));
    };
    let Via::Domain { base_path, .. } = &target.via else { return Err(Not::Silent) };
    let before = if base_path.is_empty() { String::new() } else { format!("/{base_path}") };
    let says = format!(
        "{name} is mapped to the stage {}, which therefore must not stand in the path; without it, {key} takes the request.",
        stage.name
    );
    let proof = Domain::of(case)?.because_led(case.request, Proof::certain(says), "stage", &stage.name);
    let url = format!("https://{}{before}{rest}", case.request.url.host);
    let advice = if case.reaches_at(&url) { format!("call {url}") } else { format!("leave {} out", stage.name) };
    Ok(proof.because(deployed.source, key.path.clone(), key.method.clone().unwrap_or_default()).advice(advice))
}

/// The base paths of mappings, one of which a request lacks, with the API of each.
fn unmapped<'a>(case: &Case<'a>) -> Result<Domain<'a>, Not> {
    let domain = domain(case, &NOWHERE)?;
    if domain.mappings.is_empty() || domain.routing_mode.starts_with("ROUTING_RULE") {
        return Err(Not::Silent);
    }
    match domain.choose(case.request) {
        Choice::None => Ok(domain),
        Choice::Stage { .. } => Err(Not::refuted("a mapping takes the path")),
    }
}

fn http_no_match(case: &Case<'_>) -> Examined {
    let domain = unmapped(case)?;
    // The answer is the domain name's own; what it is mapped to tells which kind of API was meant.
    let is_http = case.answerer() == Answerer::HttpApi
        || match domain.mappings.first() {
            Some(mapping) => case.api(&mapping.api_id)?.is_some_and(|api| api.kind != ApiKind::Rest),
            None => false,
        };
    if !is_http {
        return Err(Not::Silent);
    }
    let keys: Vec<&str> = domain.mappings.iter().map(|mapping| mapping.base_path.as_str()).collect();
    let says = format!("The path begins with no key of the mappings of {}: {}.", domain.name, keys.join(", "));
    let command = Aws::new("apigatewayv2 create-api-mapping")
        .option("--domain-name", &domain.name)
        .option("--api-id", "API")
        .option("--stage", "STAGE")
        .option("--api-mapping-key", "KEY")
        .option("--region", &case.facts.region);
    Ok(domain
        .because(Proof::certain(says), "basePath", json!(keys))
        .command("add a mapping for the path, or one with an empty key", command))
}

fn base_path_missing(case: &Case<'_>) -> Examined {
    let (domain, taken) = match unmapped(case) {
        Ok(domain) => (domain, None),
        // A mapping may have taken the request to an API that does not have the route.
        Err(Not::Silent | Not::Refuted(_)) => {
            let (target, _) = lost(case)?;
            (Domain::of(case)?, Some(target))
        }
        Err(not) => return Err(not),
    };
    let path = after(&case.request.url.path, "").unwrap_or_default();
    let candidates = domain.mappings.iter().filter(|mapping| !mapping.base_path.is_empty());
    let mut unread = Vec::new();
    for mapping in candidates.clone().take(2) {
        let table = match mapped(case, mapping) {
            // That no mapping takes the path does not hang on what one of them leads to.
            Err(Not::Unread(why)) if taken.is_none() && !case.is_unsent() => {
                unread.push(why);
                continue;
            }
            table => table?,
        };
        let Some((api, table)) = table else { continue };
        let proves = |key: &RouteKey| taken.is_none() || !key.path.starts_with("/{");
        if let Some((key, _)) = table.find(case.method(), &path).filter(|(key, _)| proves(key)) {
            let base = &mapping.base_path;
            let says = match (taken, after(&path, base)) {
                (Some(target), Some(rest)) if target.path == rest => format!(
                    "{} takes /{base} off the path and asks {} for {rest}; its {key} begins with /{base} once more, so that the \
                     URL needs it twice.",
                    domain.name, api.name
                ),
                // A longer base path took the request.
                (_, Some(_)) => continue,
                (_, None) => format!(
                    "{} is mapped under /{base}, which the URL lacks; with it, {key} of {} takes the request.",
                    domain.name, api.name
                ),
            };
            let url = format!("https://{}/{base}{path}", case.request.url.host);
            // What a longer base path would take on its way is not what is missing.
            if !case.reaches_at(&url) {
                continue;
            }
            return Ok(domain
                .because(Proof::certain(says), "basePath", base.clone())
                .because(table.source, key.path.clone(), key.method.clone().unwrap_or_default())
                .advice(format!("call {url}")));
        }
    }
    if taken.is_some() {
        return Err(Not::refuted("behind no base path a route takes the request"));
    }
    let paths: Vec<&str> = candidates.map(|mapping| mapping.base_path.as_str()).collect();
    let says = format!("The path begins with none of the base paths of {}: {}.", domain.name, paths.join(", "));
    let proof = domain
        .because(Proof::likely(says), "basePath", json!(paths))
        .advice("add a base path to the URL, or map all paths");
    Ok(unread.iter().fold(proof, Proof::without))
}

/// The API that a mapping leads to, and what its stage serves, for which what is live stands in; `None` where that is not there.
fn mapped<'a>(case: &Case<'a>, mapping: &Mapping) -> Result<Option<(&'a Api, &'a Table<'a>)>, Not> {
    let (Some(api), Some(stage)) = (case.api(&mapping.api_id)?, &mapping.stage) else { return Ok(None) };
    let Some(stage) = api.stage(stage) else { return Ok(None) };
    Ok(Some((api, target::served_or_live(case, api, stage)?)))
}

fn wrong_stage(case: &Case<'_>) -> Examined {
    let (target, name) = match lost(case) {
        // The live route stands in for what the mapped stage serves, which was not read: the answer tells that it has it not.
        Err(Not::Refuted(_)) if case.host == Host::Other && live_alone(case)?.is_some() => {
            let target = case.target()?;
            let Via::Domain { name, .. } = &target.via else { return Err(Not::Silent) };
            (target, name.as_str())
        }
        lost => lost?,
    };
    let domain = Domain::of(case)?;
    if domain.ruled_by(case.request).is_some() {
        return Err(Not::refuted("a routing rule leads to the stage, and no mapping"));
    }
    let stage = target.stage()?;
    let Via::Domain { base_path, .. } = &target.via else { return Err(Not::Silent) };
    let others = target.api.stages.known()?.iter().filter(|other| other.name != stage.name);
    for other in others.take(2) {
        let table = target::deployed(case, target.api, other)?;
        if let Some((key, _)) = table.find(case.method(), &target.path) {
            let says = format!(
                "{name} is mapped to {}, which has no route for the request; the stage {} serves {key}.",
                stage.name, other.name
            );
            let command = remap_to(case, &domain, base_path, Some(target.api), &other.name)?;
            return Ok(domain
                .because(Proof::certain(says), "stage", stage.name.clone())
                .because(table.source, key.path.clone(), key.method.clone().unwrap_or_default())
                .command("point the mapping to the other stage, or deploy to this one", command));
        }
    }
    Err(Not::refuted("no other stage has a route for the request"))
}

#[cfg(test)]
mod tests;
