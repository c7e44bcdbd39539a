//! Making a recording: what AWS answered to a run of reads, with the secrets taken out.

use std::collections::{BTreeMap, BTreeSet};

use engine::configuration::Map as Named;
use engine::{secret, stage_variables, trail};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::service::{self, List, Operation, Protocol, Scope, Service};
use crate::wire;

/// A request and the response to it, as they went over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's path and query.
    pub path_and_query: &'a str,
    /// The request's `Authorization` header, whose scope names service and region.
    pub authorization: &'a str,
    /// The request's `X-Amz-Target` header, which names the operation of some services.
    pub target: &'a str,
    /// The request's body.
    pub form: &'a str,
    /// The response's status code.
    pub status: u16,
    /// The response's `x-amzn-errortype` header.
    pub error_type: Option<&'a str>,
    /// The response's body.
    pub body: &'a [u8],
}

/// Collects exchanges and makes a recording of them.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// By region, service and operation.
    regions: BTreeMap<String, Map<String, Value>>,
}

impl Recorder {
    /// Takes down an exchange. One of an operation that recordings do not hold is passed over.
    pub fn observe(&mut self, exchange: Exchange) {
        let Some(scope) = Scope::of(exchange.authorization) else { return };
        let found =
            service::find(&scope.service, exchange.method, exchange.path_and_query, exchange.form, exchange.target);
        let Some((service, operation, request)) = found else { return };
        // Whose account it is stands in every recording.
        if service.protocol == Protocol::Query {
            return;
        }
        let arguments = (operation.arguments)(&request);
        let is_further = |list: List| operation.is_in_parts || request.parameters.contains_key(list.token);
        let continues = operation.list.is_some_and(is_further);
        let region = self.regions.entry(scope.region).or_default();
        let slot = slot(region, service, operation, &arguments);
        match exchange.status {
            200 => put(slot, operation, read(service, operation, exchange.body), continues),
            404 => *slot = Value::Null,
            // An attempt that failed is forgotten if another succeeded.
            _ if slot.is_object() && slot.get("Error").is_none() => {}
            _ => *slot = error(&exchange),
        }
    }

    /// The recording of an account, as JSON. Values of credentials are replaced by a hash and their last characters.
    pub fn finish(mut self, account_id: &str, taken_at: Timestamp) -> Value {
        let parts = self.regions.iter_mut().map(|(region, services)| {
            redact(services);
            let mut part = json!({ "accountId": account_id, "region": region, "takenAt": taken_at });
            if let Some(part) = part.as_object_mut() {
                part.append(services);
            }
            part
        });
        let mut parts: Vec<Value> = parts.collect();
        match parts.as_mut_slice() {
            [only] => only.take(),
            _ => json!({ "accounts": parts }),
        }
    }
}

/// The place of an operation's answer.
fn slot<'a>(
    region: &'a mut Map<String, Value>,
    service: &Service,
    operation: &Operation,
    arguments: &[String],
) -> &'a mut Value {
    let empty = || Value::Object(Map::new());
    let mut place = region.entry(service.name).or_insert_with(empty);
    let mut keys = vec![operation.name.to_owned()];
    match (operation.name, arguments) {
        // Deployments are kept by API and by their own id.
        ("get_deployment", _) => keys.extend(arguments.iter().cloned()),
        (_, []) => {}
        _ => keys.push(arguments.join("/")),
    }
    for key in keys {
        if !place.is_object() {
            *place = empty();
        }
        place = &mut place[key];
    }
    place
}

fn read(service: &Service, operation: &Operation, body: &[u8]) -> Value {
    let text = || Value::from(String::from_utf8_lossy(body).into_owned());
    match serde_json::from_slice(body) {
        Ok(json) if operation.is_document => json,
        Ok(json) => (service.from_wire)(operation, json),
        Err(_) => text(),
    }
}

/// Puts an answer in its place; a further page of a list is added to the items of those before.
fn put(slot: &mut Value, operation: &Operation, mut answer: Value, continues: bool) {
    let Some(list) = operation.list else {
        *slot = answer;
        return;
    };
    wire::remove(&mut answer, list.next);
    let earlier = slot.get_mut(list.items).and_then(Value::as_array_mut).filter(|_| continues);
    match (earlier, answer.get_mut(list.items).and_then(Value::as_array_mut)) {
        (Some(earlier), Some(further)) => earlier.append(further),
        _ => *slot = answer,
    }
}

fn error(exchange: &Exchange) -> Value {
    let body: Value = serde_json::from_slice(exchange.body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body.get(name)).and_then(Value::as_str);
    // Services add a URL or a namespace to the code.
    let code = exchange.error_type.or(text(["code", "__type"])).unwrap_or("InternalFailure");
    let code = code.split(':').next().unwrap_or(code);
    json!({ "Error": { "Code": code, "Message": text(["message", "Message"]).unwrap_or_default() } })
}

/// Takes the secrets out of what was recorded of a region.
fn redact(services: &mut Map<String, Value>) {
    let used: BTreeMap<String, BTreeSet<String>> = api_ids(services)
        .into_iter()
        .map(|id| {
            let mut texts = Vec::new();
            services.values().for_each(|service| arns_of(service, &id, &mut texts));
            (id, stage_variables::names_in_arns(texts))
        })
        .collect();
    for operations in services.values_mut().filter_map(Value::as_object_mut) {
        for (operation, answers) in operations.iter_mut() {
            match operation.as_str() {
                "get_stages" => {
                    for (api, stages) in answers.as_object_mut().into_iter().flatten() {
                        let used = used.get(api).cloned().unwrap_or_default();
                        wire::each_member(stages, &mut |name, value| redact_stage(name, value, &used));
                    }
                }
                "get_api_keys" | "get_api_key" => wire::each_member(answers, &mut |name, value| {
                    if let ("value", Some(key)) = (name, value.as_str()) {
                        *value = Value::from(secret::redact(key));
                    }
                }),
                "lookup_events" => wire::each_member(answers, &mut redact_event),
                _ => wire::each_member(answers, &mut redact_member),
            }
        }
    }
}

fn api_ids(services: &Map<String, Value>) -> BTreeSet<String> {
    let stages = services.values().filter_map(|service| service.get("get_stages")?.as_object());
    stages.flat_map(Map::keys).cloned().collect()
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

fn redact_stage(name: &str, value: &mut Value, used: &BTreeSet<String>) {
    if ["variables", "stageVariableOverrides", "StageVariables"].contains(&name) {
        change_map(value, |variables| secret::redact_variables(variables, used));
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
        "uri" | "IntegrationUri" => {
            if let Some(uri) = value.as_str() {
                *value = Value::from(secret::redact_uri(uri));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange<'a>(path: &'a str, status: u16, body: &'a str) -> Exchange<'a> {
        Exchange {
            method: "GET",
            path_and_query: path,
            target: "",
            authorization: "AWS4-HMAC-SHA256 Credential=AKID/20261010/eu-west-1/apigateway/aws4_request, SignedHeaders=host",
            form: "",
            status,
            error_type: (status != 200).then_some("AccessDeniedException:http://internal.amazon.com/"),
            body: body.as_bytes(),
        }
    }

    fn record(exchanges: &[Exchange]) -> Value {
        let mut recorder = Recorder::default();
        exchanges.iter().for_each(|exchange| recorder.observe(*exchange));
        recorder.finish("111122223333", "2026-10-10T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn keeps_answers_by_their_arguments_and_joins_pages() {
        let recording = record(&[
            exchange("/restapis?limit=1", 200, r#"{"item":[{"id":"a","createdDate":1791633600}],"position":"p"}"#),
            exchange("/restapis?limit=1&position=p", 200, r#"{"item":[{"id":"b"}]}"#),
            exchange("/restapis/a/deployments/d1?embed=apisummary", 200, r#"{"id":"d1","apiSummary":{}}"#),
            exchange("/restapis/a/stages/prod/exports/oas30", 200, r#"{"openapi":"3.0.1","paths":{}}"#),
            exchange("/restapis/a/models", 403, r#"{"Message":"no"}"#),
            exchange("/v2/apis", 200, r#"{"items":[{"apiId":"h"}]}"#),
        ]);
        let expected = json!({
            "accountId": "111122223333", "region": "eu-west-1", "takenAt": "2026-10-10T12:00:00Z",
            "apigateway": {
                "get_rest_apis": { "items": [{ "id": "a", "createdDate": "2026-10-10T12:00:00Z" }, { "id": "b" }] },
                "get_deployment": { "a": { "d1": { "id": "d1", "apiSummary": {} } } },
                "get_export": { "a/prod": { "openapi": "3.0.1", "paths": {} } },
                "get_models": { "a": { "Error": { "Code": "AccessDeniedException", "Message": "no" } } },
            },
            "apigatewayv2": { "get_apis": { "Items": [{ "ApiId": "h" }] } },
        });
        assert_eq!(recording, expected);
    }

    #[test]
    fn forgets_an_attempt_that_failed_before_one_that_did_not() {
        let (throttled, answered) = (exchange("/apikeys", 429, "{}"), exchange("/apikeys", 200, r#"{"item":[]}"#));
        let expected = json!({ "items": [] });
        assert_eq!(record(&[throttled, answered])["apigateway"]["get_api_keys"], expected);
        assert_eq!(record(&[answered, throttled])["apigateway"]["get_api_keys"], expected);
    }

    #[test]
    fn holds_no_secret() {
        let secret = "s3cr3t-s3cr3t-s3cr3t";
        let quoted = format!("'{secret}'");
        let integration = json!({
            "uri": "arn:aws:lambda:eu-west-1:1:function:${stageVariables.tokenFunction}",
            "requestParameters": { "integration.request.header.Authorization": quoted },
        });
        let bodies = [
            ("/apikeys?includeValues=true", json!({ "item": [{ "id": "k", "value": secret }] })),
            (
                "/restapis/a/resources?embed=methods",
                json!({ "item": [{ "resourceMethods": { "GET": { "methodIntegration": integration } } }] }),
            ),
            (
                "/restapis/a/stages",
                json!({ "item": [{ "stageName": "prod", "variables": { "dbPassword": secret, "tokenFunction": "fn" } }] }),
            ),
            (
                "/v2/apis/h/integrations",
                json!({ "items": [{
                    "integrationUri": format!("https://x.example/?api_key={secret}"),
                    "responseParameters": { "200": { "overwrite:header.x-token": secret } },
                }] }),
            ),
        ];
        let bodies: Vec<(&str, String)> = bodies.iter().map(|(path, body)| (*path, body.to_string())).collect();
        let exchanges: Vec<Exchange> = bodies.iter().map(|(path, body)| exchange(path, 200, body)).collect();
        let recording = record(&exchanges);
        assert!(!recording.to_string().contains(secret), "{recording:#}");
        let variables = &recording["apigateway"]["get_stages"]["a"]["item"][0]["variables"];
        assert_eq!(variables["tokenFunction"], "fn", "what names a function is no secret");
    }
}
