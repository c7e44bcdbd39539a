//! What an audit has read, as the answers of the services that causes ask for: nothing is read twice.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::request::VALUE;
use super::{client, function_url};
use crate::case::callee;
use crate::case::distribution::Distribution;
use crate::case::domain::written;
use crate::case::facts::Facts;
use crate::observed::Observed;
use crate::reads::Read;
use crate::snapshot::{ApiKey, DomainName, Function, FunctionConfiguration, Mapping, Snapshot, UsagePlan};

/// What a snapshot holds.
pub(super) fn facts(snapshot: &Snapshot) -> Facts<'_> {
    let mut facts = Facts::new(&snapshot.account_id, &snapshot.region, snapshot.taken_at);
    for api in &snapshot.apis {
        facts.lend_api(api);
    }
    facts.keep(Read::UsagePlans, items(&snapshot.usage_plans, usage_plan));
    for plan in snapshot.usage_plans.ok().into_iter().flatten() {
        facts.keep(Read::UsagePlanKeys(plan.id.clone()), items(&plan.key_ids, |id| json!({ "id": id })));
    }
    facts.keep(Read::ApiKeys, items(&snapshot.api_keys, api_key));
    for domain in snapshot.domain_names.ok().into_iter().flatten() {
        facts.keep(Read::DomainName(domain.name.clone()), Observed::Known(Some(domain_name(domain))));
        facts.keep(Read::BasePathMappings(domain.name.clone()), items(&domain.mappings, mapping));
        facts.keep(Read::ApiMappings(domain.name.clone()), api_mappings(&domain.mappings));
    }
    for name in unknown_names(snapshot) {
        facts.keep(Read::DomainName(name), Observed::Known(None));
    }
    for function in &snapshot.functions {
        let argument = callee::argument_in(&snapshot.account_id, &snapshot.region, &function.name);
        facts.keep(Read::FunctionPolicy(argument.clone()), policy(function));
        let configuration = function.configuration.as_ref().map(|own| own.as_ref().map(configuration));
        facts.keep(Read::Function(argument), configuration);
    }
    // Of the account's functions, those that the APIs call: no others are looked at.
    let functions: Vec<Value> =
        function_url::names(snapshot).into_iter().map(|name| json!({ "FunctionName": name })).collect();
    facts.keep(Read::Functions, Observed::Known(Some(json!({ "Functions": functions }))));
    for own in client::clients(snapshot) {
        if let Some(domain) = own.domain {
            let description = json!({ "DomainDescription": { "UserPoolId": own.pool } });
            facts.keep(Read::UserPoolDomain(domain.to_owned()), Observed::Known(Some(description)));
        }
    }
    for answer in &snapshot.answers {
        facts.lend(answer.read.clone(), answer.answer.as_ref().map(Option::as_ref));
    }
    facts
}

/// The hosts of CloudFront's distributions that are no custom domain names: an audit reads the list of all names. Of each
/// host, the wildcard above it is none either.
fn unknown_names(snapshot: &Snapshot) -> BTreeSet<String> {
    let Observed::Known(domains) = &snapshot.domain_names else { return BTreeSet::new() };
    let answer = snapshot.answers.iter().find(|answer| answer.read == Read::Distributions);
    let mut names = BTreeSet::new();
    for distribution in Distribution::all(answer.and_then(|answer| answer.answer.ok()?.as_ref())) {
        let origins = distribution.origins.items.iter().map(|origin| origin.domain_name.as_str());
        let own = distribution.aliases.items.iter().map(String::as_str).chain([distribution.domain_name.as_str()]);
        for host in own.chain(origins) {
            let host = host.to_lowercase();
            names.extend(host.split_once('.').map(|(_, above)| format!("*.{above}")));
            names.insert(host.replace('*', VALUE));
        }
    }
    for domain in domains {
        names.remove(&domain.name);
    }
    names
}

/// A list, as API Gateway answers with it.
fn items<T>(list: &Observed<Vec<T>>, form: fn(&T) -> Value) -> Observed<Option<Value>> {
    list.as_ref().map(|list| Some(json!({ "items": list.iter().map(form).collect::<Vec<Value>>() })))
}

fn usage_plan(plan: &UsagePlan) -> Value {
    let stages = plan.api_stages.iter().map(|own| json!({ "apiId": own.api_id, "stage": own.stage }));
    let stages: Vec<Value> = stages.collect();
    with_settings(json!({ "id": plan.id, "name": plan.name, "apiStages": stages }), &plan.settings)
}

/// An audit reads no values of keys: a key's id stands for its value, in the key and in the request that sends it.
fn api_key(key: &ApiKey) -> Value {
    json!({ "id": key.id, "name": key.name, "enabled": key.enabled, "value": key.id })
}

fn domain_name(domain: &DomainName) -> Value {
    let setting = |name: &str| domain.settings.get(name).cloned().unwrap_or_default();
    let endpoint = json!({ "types": setting("endpointTypes"), "ipAddressType": setting("ipAddressType") });
    let own = json!({
        "domainName": domain.name,
        "domainNameId": domain.id,
        "routingMode": domain.routing_mode,
        "endpointConfiguration": endpoint,
    });
    with_settings(own, &domain.settings)
}

fn mapping(mapping: &Mapping) -> Value {
    let path = written(&mapping.path);
    json!({ "basePath": path, "restApiId": mapping.api_id, "stage": mapping.stage })
}

/// The same as the service of HTTP APIs shows them, with their ids.
fn api_mappings(mappings: &Observed<Vec<Mapping>>) -> Observed<Option<Value>> {
    let mapping = |own: &Mapping| json!({ "ApiMappingKey": own.path, "ApiId": own.api_id, "Stage": own.stage, "ApiMappingId": own.id });
    let all = |list: &Vec<Mapping>| Some(json!({ "Items": list.iter().map(mapping).collect::<Vec<_>>() }));
    mappings.as_ref().map(all)
}

fn policy(function: &Function) -> Observed<Option<Value>> {
    function.policy.as_ref().map(|policy| policy.as_ref().map(|policy| json!({ "Policy": policy })))
}

fn configuration(own: &FunctionConfiguration) -> Value {
    json!({
        "Runtime": own.runtime,
        "Handler": own.handler,
        "Timeout": own.timeout,
        "MemorySize": own.memory_size,
        "State": own.state,
        "LastUpdateStatus": own.last_update_status,
        "LoggingConfig": { "LogGroup": own.log_group, "LogFormat": own.log_format },
    })
}

/// An answer with its settings beside its own members. What is null the service leaves out.
fn with_settings(own: Value, settings: &std::collections::BTreeMap<String, Value>) -> Value {
    let own = match own {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    let settings = settings.iter().map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(settings.chain(own).filter(|(_, value)| !value.is_null()).collect())
}
