//! Taking the secrets out of a recording.

use std::collections::{BTreeMap, BTreeSet};

use engine::configuration::Map as Named;
use engine::stage_variables::Called;
use engine::{secret, trail};
use serde_json::{Map, Value, json};

use crate::wire;

/// Takes the secrets out of what was recorded of a region.
pub(crate) fn redact(services: &mut Map<String, Value>) {
    let called: BTreeMap<String, Called> = api_ids(services)
        .into_iter()
        .map(|id| {
            let mut texts = Vec::new();
            services.values().for_each(|service| arns_of(service, &id, &mut texts));
            (id, Called::by(texts))
        })
        .collect();
    for operations in services.values_mut().filter_map(Value::as_object_mut) {
        for (operation, answers) in operations.iter_mut() {
            match operation.as_str() {
                "get_stages" | "get_stage" => {
                    for (key, stages) in answers.as_object_mut().into_iter().flatten() {
                        // A single stage is held by its API and its own name.
                        let api = key.split('/').next().unwrap_or(key);
                        let called = called.get(api).cloned().unwrap_or_default();
                        wire::each_member(stages, &mut |name, value| redact_stage(name, value, &called));
                    }
                }
                // Every answer that tells of keys may tell their values; usage plans tell them unasked.
                "get_api_keys" | "get_api_key" | "get_usage_plan_keys" | "get_usage_plan_key" => {
                    wire::each_member(answers, &mut |name, value| {
                        if let ("value", Some(key)) = (name, value.as_str()) {
                            *value = Value::from(secret::redact(key));
                        }
                    });
                }
                "lookup_events" => wire::each_member(answers, &mut redact_event),
                _ => wire::each_member(answers, &mut redact_member),
            }
        }
    }
}

fn api_ids(services: &Map<String, Value>) -> BTreeSet<String> {
    let operations = services.values().filter_map(Value::as_object).flatten();
    let stages = operations.filter(|(operation, _)| ["get_stages", "get_stage"].contains(&operation.as_str()));
    let keys = stages.filter_map(|(_, answers)| answers.as_object()).flat_map(Map::keys);
    keys.map(|key| key.split('/').next().unwrap_or(key).to_owned()).collect()
}

/// The texts of everything that was recorded of one API.
fn arns_of<'a>(service: &'a Value, api_id: &str, texts: &mut Vec<&'a str>) {
    let answers = service.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object).flatten();
    let is_own = |key: &str| key == api_id || key.strip_prefix(api_id).is_some_and(|rest| rest.starts_with('/'));
    answers.filter(|(key, _)| is_own(key)).for_each(|(_, answer)| collect_texts(answer, texts));
}

fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(object) => object.values().for_each(|member| collect_texts(member, texts)),
        _ => {}
    }
}

fn redact_stage(name: &str, value: &mut Value, called: &Called) {
    if ["variables", "stageVariableOverrides", "StageVariables"].contains(&name) {
        change_map(value, |variables| secret::redact_variables(variables, called));
    }
}

/// A call's parameters may hold anything: only what the trail is read for is kept.
fn redact_event(name: &str, value: &mut Value) {
    match (name, value.as_str()) {
        ("CloudTrailEvent", Some(told)) => {
            let record = serde_json::from_str(told).unwrap_or_default();
            *value = Value::from(trail::essence(&record).to_string());
        }
        ("AccessKeyId", Some(key)) => *value = Value::from(secret::redact(key)),
        _ => {}
    }
}

fn redact_member(name: &str, value: &mut Value) {
    match name {
        "requestParameters" | "responseParameters" | "RequestParameters" | "ResponseParameters" => {
            change_map(value, secret::redact_parameters);
            // HTTP APIs keep response parameters by status code.
            value
                .as_object_mut()
                .into_iter()
                .flatten()
                .for_each(|(_, inner)| change_map(inner, secret::redact_parameters));
        }
        // The location of a function's code is signed.
        "uri" | "IntegrationUri" | "Location" => {
            if let Some(uri) = value.as_str() {
                *value = Value::from(secret::redact_uri(uri));
            }
        }
        // A user pool client's.
        "ClientSecret" => {
            if let Some(secret) = value.as_str() {
                *value = Value::from(secret::redact(secret));
            }
        }
        // A function's environment is never needed, and often secret.
        "Environment" => *value = json!({}),
        _ => {}
    }
}

/// Changes the strings of an object as the engine changes its own maps.
fn change_map(value: &mut Value, change: impl FnOnce(&mut Named)) {
    let Some(object) = value.as_object_mut() else { return };
    let strings = object.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let mut map: Named = strings.collect();
    change(&mut map);
    for (key, text) in map {
        object.insert(key, Value::from(text));
    }
}
