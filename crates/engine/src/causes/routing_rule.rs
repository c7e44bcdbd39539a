//! Routing rules of custom domain names.

use serde_json::json;

use super::domain::{NOWHERE, domain as named, lost};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::domain::{self, Choice, Domain, after};
use crate::case::signal::Signal;
use crate::case::target::{self, first_segment};
use crate::command::Aws;
use crate::configuration::RouteKey;
use crate::observed::NotRead;

causes! {
    /// The domain name ignores its mappings
    ///
    /// ## What proves it
    ///
    /// The routing mode is `ROUTING_RULE_ONLY`, no rule takes the request, and a mapping that is not looked at would.
    /// What AWS answers where no rule takes a request is not documented, so that the cause is likely at most.
    ///
    /// ## What refutes it
    ///
    /// Another routing mode.
    ///
    /// ## Remedy
    ///
    /// Choose a routing mode that falls back to mappings.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-routing-mode.html>
    "routing-mode-ignores-mappings", Cause, Proves, mappings_ignored;

    /// No routing rule takes the request
    ///
    /// ## What proves it
    ///
    /// Of the domain name's routing rules none has conditions that all hold, and no mapping takes the path. What AWS answers
    /// then is not documented, so that the cause is likely at most. Where a domain name that goes by rules alone answers
    /// `Forbidden`, and they were not read, it is possible.
    ///
    /// ## What refutes it
    ///
    /// A rule that takes it.
    ///
    /// ## Remedy
    ///
    /// Add a rule that takes all, or a routing mode that falls back to mappings.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>
    "routing-rule-no-match", Cause, Proves, no_rule;

    /// A routing rule takes the request away from where it would be answered
    ///
    /// ## What proves it
    ///
    /// The first rule that holds leads to a stage without a route for the path; without the base path, which the rule does
    /// not strip, or by a later rule, or by a mapping that the routing mode falls back to, a route would take it.
    ///
    /// ## What refutes it
    ///
    /// The stage of the first rule has a route.
    ///
    /// ## Remedy
    ///
    /// Exchange the priorities, set `StripBasePath`, or narrow the rule's conditions where a mapping is meant.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>
    "routing-rule-shadows", Cause, Proves, rule_shadows;
}

/// That the domain goes by rules and none takes the request, nor does a mapping that is looked at.
fn ruled_out<'a>(case: &Case<'a>) -> Result<Domain<'a>, Not> {
    let domain = named(case, &NOWHERE)?;
    if !domain.routing_mode.starts_with("ROUTING_RULE") {
        return Err(Not::Silent);
    }
    match domain.choose(case.request) {
        Choice::None => Ok(domain),
        Choice::Stage { .. } => Err(Not::refuted("a rule or a mapping takes the request")),
    }
}

fn mappings_ignored(case: &Case<'_>) -> Examined {
    let domain = ruled_out(case)?;
    if domain.routing_mode != "ROUTING_RULE_ONLY" {
        return Err(Not::Silent);
    }
    let (mappings, mapped_by) = domain::mappings(case, &domain.name)?;
    let path = &case.request.url.path;
    let Some(mapping) = mappings.iter().find(|own| after(path, &own.base_path).is_some()) else {
        return Err(Not::refuted("no mapping would take the path either"));
    };
    let shown = domain::written(&mapping.base_path);
    let says = format!(
        "{} goes by routing rules alone, none of which takes the request; its mapping {shown} is not looked at.",
        domain.name
    );
    let command = Aws::new("apigateway update-domain-name")
        .option("--domain-name", &domain.name)
        .option("--patch-operations", "op=replace,path=/routingMode,value=ROUTING_RULE_THEN_BASE_PATH_MAPPING")
        .option("--region", &case.facts.region);
    let proof = Proof::likely(says).because("apigateway:GetDomainName", "routingMode", domain.routing_mode.clone());
    Ok(Domain { mapped_by, ..domain }
        .because(proof, "basePath", shown)
        .command("fall back to mappings where no rule holds", command))
}

fn no_rule(case: &Case<'_>) -> Examined {
    let domain = match ruled_out(case) {
        Err(Not::Unread(why)) if case.signal() == Some(Signal::Forbidden) => return rules_unread(case, &why),
        domain => domain?,
    };
    if case.is_unsent()
        && domain.rules.is_empty()
        && domain.mappings.is_empty()
        && domain.routing_mode != "ROUTING_RULE_ONLY"
    {
        return Err(Not::refuted("the domain name has neither rules nor mappings"));
    }
    let says = format!("None of the {} routing rules of {} takes the request.", domain.rules.len(), domain.name);
    let rules: Vec<&str> = domain.rules.iter().map(|rule| rule.routing_rule_id.as_str()).collect();
    Ok(Proof::likely(says)
        .because("apigateway:GetDomainName", "routingMode", domain.routing_mode.clone())
        .because("apigatewayv2:ListRoutingRules", "RoutingRules[].RoutingRuleId", json!(rules))
        .advice("add a rule that takes all, or a routing mode that falls back to mappings"))
}

/// That none of a domain name's rules may take the request, which were not read.
fn rules_unread(case: &Case<'_>, why: &NotRead) -> Examined {
    let Domain { name, routing_mode, .. } = Domain::itself(case)?;
    if routing_mode != "ROUTING_RULE_ONLY" {
        return Err(why.into());
    }
    let says = format!("{name} goes by routing rules alone; whether one of them takes the request was not read.");
    let advice =
        format!("grant {}, and ask again; or look whether a rule of the domain name takes the path", why.needs);
    Ok(Proof::possible(says)
        .because("apigateway:GetDomainName", "routingMode", routing_mode)
        .without(why)
        .advice(advice))
}

fn rule_shadows(case: &Case<'_>) -> Examined {
    let (target, name) = lost(case)?;
    let domain = Domain::of(case)?;
    let mut fitting = domain.rules.iter().filter_map(|rule| Some((rule.fits(case.request)?, rule)));
    let Some((base_path, rule)) = fitting.next() else { return Err(Not::Silent) };
    let stage = target.stage()?;
    let table = target.deployed(case)?;
    let stripped = after(&case.request.url.path, &base_path).filter(|path| *path != target.path);
    if let Some((key, _)) = stripped.and_then(|path| table.find(case.method(), &path)) {
        let says = format!(
            "The rule {} of {name} leaves /{base_path} in the path; without it, {key} takes the request.",
            rule.routing_rule_id
        );
        return Ok(Proof::certain(says)
            .because("apigatewayv2:ListRoutingRules", "Actions[].InvokeApi.StripBasePath", false)
            .advice("set StripBasePath on the rule"));
    }
    for (base_path, later) in fitting {
        let Some(call) = later.called() else { continue };
        let path =
            after(&case.request.url.path, if call.strip_base_path { &base_path } else { "" }).unwrap_or_default();
        if let Some(key) = served(case, &call.api_id, &call.stage, &path)? {
            let says = format!(
                "The rule {} comes first and leads to {}, which has no route for the request; the rule {} leads to {key}.",
                rule.routing_rule_id, stage.name, later.routing_rule_id
            );
            return Ok(Proof::certain(says)
                .because(
                    "apigatewayv2:ListRoutingRules",
                    "RoutingRules[].Priority",
                    json!([rule.priority, later.priority]),
                )
                .advice("exchange the priorities of the two rules"));
        }
    }
    match mapped(case, &domain)? {
        Some((base_path, key)) => {
            let shown = domain::written(&base_path);
            let says = format!(
                "The rule {} comes before the mappings and leads to {}, which has no route for the request; the mapping {shown} \
                 leads to {key}.",
                rule.routing_rule_id, stage.name
            );
            let proof = Proof::certain(says).because(
                "apigatewayv2:ListRoutingRules",
                "RoutingRules[].RoutingRuleId",
                rule.routing_rule_id.clone(),
            );
            Ok(domain.because(proof, "basePath", shown).advice(
                "let the rule's conditions leave the path to the mapping, or add a rule of a smaller priority that leads there",
            ))
        }
        None => Err(Not::refuted("no later rule or mapping leads to a route for the request")),
    }
}

/// The route of a stage that takes the request with a path; `None` also where the API or the stage is not there.
fn served(case: &Case<'_>, api_id: &str, stage: &str, path: &str) -> Result<Option<RouteKey>, Not> {
    let Some(api) = case.api(api_id)? else { return Ok(None) };
    let Some(stage) = api.stage(stage) else { return Ok(None) };
    let table = target::deployed(case, api, stage)?;
    Ok(table.find(case.method(), path).map(|(key, _)| key.clone()))
}

/// The base path of the mapping that would take the request if no rule did, where one is looked at then, and the route that it
/// leads to.
fn mapped(case: &Case<'_>, domain: &Domain<'_>) -> Result<Option<(String, RouteKey)>, Not> {
    let without_rules = Domain { rules: Vec::new(), ..domain.clone() };
    let Choice::Stage { api_id, stage, path, base_path } = without_rules.choose(case.request) else {
        return Ok(None);
    };
    let (stage, path) = match (&stage, first_segment(&path)) {
        (Some(stage), _) => (stage.as_str(), path.as_str()),
        // The mapping leaves it to the path to name the stage.
        (None, (Some(segment), rest)) => (segment, rest),
        (None, (None, _)) => return Ok(None),
    };
    Ok(served(case, &api_id, stage, path)?.map(|key| (base_path, key)))
}
