//! The trail: what CloudTrail tells of the writes on an API, by whom and with which tool.
//!
//! A trail is evidence of edits and of whose hand it was. That it shows none proves that there was none only as far back
//! as it was read, and not for the last minutes, in which events are still on their way.

mod fields;
mod hand;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::configuration::ApiKind;

pub use hand::Hand;

/// How far back CloudTrail's event history goes, in days.
pub const HISTORY_DAYS: i64 = 90;

/// How late an event may be told, in minutes: "typically within 5 minutes", and up to this.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html>
pub const DELAY_MINUTES: i64 = 15;

/// The write events on a region's APIs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// From when on every event is here.
    pub since: Timestamp,
    /// When it was read.
    pub until: Timestamp,
    /// The events, the oldest first.
    pub events: Vec<Event>,
}

/// One write on an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// CloudTrail's id of the event.
    pub id: String,
    /// When the call was made.
    pub time: Timestamp,
    /// The call, `UpdateMethod`.
    pub name: String,
    /// The API that it wrote on.
    pub api_id: String,
    /// The stage that it named.
    pub stage: Option<String>,
    /// The deployment that it made, or gave to a stage.
    pub deployment_id: Option<String>,
    /// REST APIs: the resource.
    pub resource_id: Option<String>,
    /// REST APIs: the method.
    pub http_method: Option<String>,
    /// HTTP and WebSocket APIs: the route.
    pub route_key: Option<String>,
    /// The authorizer's, model's, validator's or integration's id or name, or the gateway response's type.
    pub item: Option<String>,
    /// What an update wrote of it, as AWS names fields; empty where the trail does not tell, and of other calls.
    #[serde(default)]
    pub fields: BTreeSet<String>,
    /// Who did it, and with which tool.
    pub hand: Hand,
}

/// Who made a change, when and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeBy {
    /// A person, a role and its session, or a service.
    pub who: String,
    /// When.
    pub when: Timestamp,
    /// The tool: `console`, `cloudformation`, `terraform` …
    pub via: String,
    /// CloudTrail's id of the event.
    pub event_id: String,
}

/// What a write touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// The API's own properties.
    Api,
    /// Everything: an import over what is there.
    Everything,
    /// A resource, with all methods below it.
    Resource,
    /// A method, or a route of an HTTP or WebSocket API.
    Method,
    /// An integration.
    Integration,
    /// A method response.
    MethodResponse,
    /// An integration response.
    IntegrationResponse,
    /// An authorizer.
    Authorizer,
    /// A model.
    Model,
    /// A request validator.
    RequestValidator,
    /// A gateway response.
    GatewayResponse,
    /// The CORS configuration of an HTTP API.
    Cors,
    /// Deployments.
    Deployment,
    /// Stages, and which deployment they serve.
    Stage,
}

/// Which of the two services has a call of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// Both have.
    Either,
    /// `apigateway`, of REST APIs.
    Rest,
    /// `apigatewayv2`, of HTTP and WebSocket APIs.
    V2,
}

/// The writes that concern drift, by the name of the call.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/cloudtrail.html> says that all calls are in the trail.
const WRITES: [(&str, Service, Touches); 46] = [
    ("CreateDeployment", Service::Either, Touches::Deployment),
    ("CreateStage", Service::Either, Touches::Stage),
    ("UpdateStage", Service::Either, Touches::Stage),
    ("UpdateIntegration", Service::Either, Touches::Integration),
    ("DeleteIntegration", Service::Either, Touches::Integration),
    ("UpdateIntegrationResponse", Service::Either, Touches::IntegrationResponse),
    ("DeleteIntegrationResponse", Service::Either, Touches::IntegrationResponse),
    ("CreateAuthorizer", Service::Either, Touches::Authorizer),
    ("UpdateAuthorizer", Service::Either, Touches::Authorizer),
    ("DeleteAuthorizer", Service::Either, Touches::Authorizer),
    ("CreateModel", Service::Either, Touches::Model),
    ("UpdateModel", Service::Either, Touches::Model),
    ("DeleteModel", Service::Either, Touches::Model),
    ("PutRestApi", Service::Rest, Touches::Everything),
    ("UpdateRestApi", Service::Rest, Touches::Api),
    ("CreateResource", Service::Rest, Touches::Resource),
    ("UpdateResource", Service::Rest, Touches::Resource),
    ("DeleteResource", Service::Rest, Touches::Resource),
    ("PutMethod", Service::Rest, Touches::Method),
    ("UpdateMethod", Service::Rest, Touches::Method),
    ("DeleteMethod", Service::Rest, Touches::Method),
    ("PutMethodResponse", Service::Rest, Touches::MethodResponse),
    ("UpdateMethodResponse", Service::Rest, Touches::MethodResponse),
    ("DeleteMethodResponse", Service::Rest, Touches::MethodResponse),
    ("PutIntegration", Service::Rest, Touches::Integration),
    ("PutIntegrationResponse", Service::Rest, Touches::IntegrationResponse),
    ("CreateRequestValidator", Service::Rest, Touches::RequestValidator),
    ("UpdateRequestValidator", Service::Rest, Touches::RequestValidator),
    ("DeleteRequestValidator", Service::Rest, Touches::RequestValidator),
    ("PutGatewayResponse", Service::Rest, Touches::GatewayResponse),
    ("UpdateGatewayResponse", Service::Rest, Touches::GatewayResponse),
    ("DeleteGatewayResponse", Service::Rest, Touches::GatewayResponse),
    ("ReimportApi", Service::V2, Touches::Everything),
    ("UpdateApi", Service::V2, Touches::Api),
    ("DeleteCorsConfiguration", Service::V2, Touches::Cors),
    ("CreateRoute", Service::V2, Touches::Method),
    ("UpdateRoute", Service::V2, Touches::Method),
    ("DeleteRoute", Service::V2, Touches::Method),
    ("DeleteRouteRequestParameter", Service::V2, Touches::Method),
    ("DeleteRouteSettings", Service::V2, Touches::Stage),
    ("CreateRouteResponse", Service::V2, Touches::MethodResponse),
    ("UpdateRouteResponse", Service::V2, Touches::MethodResponse),
    ("DeleteRouteResponse", Service::V2, Touches::MethodResponse),
    ("CreateIntegration", Service::V2, Touches::Integration),
    ("CreateIntegrationResponse", Service::V2, Touches::IntegrationResponse),
    ("DeleteAccessLogSettings", Service::V2, Touches::Stage),
];

/// The names of the writes that can concern APIs of these kinds.
pub fn writes_on(kinds: &[ApiKind]) -> impl Iterator<Item = &'static str> {
    let (rest, v2) = (kinds.contains(&ApiKind::Rest), kinds.iter().any(|kind| *kind != ApiKind::Rest));
    let concerns = move |service: Service| match service {
        Service::Either => rest || v2,
        Service::Rest => rest,
        Service::V2 => v2,
    };
    WRITES.iter().filter(move |(_, service, _)| concerns(*service)).map(|(name, _, _)| *name)
}

/// The API that a call wrote on, whichever of the calls it was; nothing of one that was on none.
pub fn written_api(record: &Value) -> Option<&str> {
    let part = |name: &str| record.get(name).unwrap_or(&Value::Null);
    let asked = part("requestParameters");
    let named = find(asked, "restApiId").or_else(|| find(asked, "apiId"));
    // Whoever makes an API learns its id from the answer.
    named.or_else(|| match record.get("eventName")?.as_str()? {
        "CreateRestApi" | "ImportRestApi" => find(part("responseElements"), "id"),
        "CreateApi" | "ImportApi" => find(part("responseElements"), "apiId"),
        _ => None,
    })
}

/// The members of a call's parameters that name the definition which it is about.
const ITEMS: [&str; 6] =
    ["authorizerId", "modelName", "modelId", "requestValidatorId", "responseType", "integrationId"];

impl Event {
    /// Reads CloudTrail's record of a call; nothing if it is no successful write on an API.
    pub fn parse(record: &Value) -> Option<Event> {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let name = text("eventName")?;
        WRITES.iter().find(|(known, ..)| *known == name)?;
        // A call that was refused changed nothing.
        if text("errorCode").is_some() || record.get("readOnly").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let asked = record.get("requestParameters").unwrap_or(&Value::Null);
        let answered = record.get("responseElements").unwrap_or(&Value::Null);
        let either = |name: &str| find(asked, name).or_else(|| find(answered, name)).map(str::to_owned);
        let made =
            (name == "CreateDeployment").then(|| find(answered, "deploymentId").or_else(|| find(answered, "id")));
        Some(Event {
            id: text("eventID").unwrap_or_default().to_owned(),
            time: text("eventTime")?.parse().ok()?,
            name: name.to_owned(),
            api_id: find(asked, "restApiId").or_else(|| find(asked, "apiId"))?.to_owned(),
            stage: either("stageName"),
            deployment_id: made
                .flatten()
                .or_else(|| patched(asked, "/deploymentId"))
                .or_else(|| find(asked, "deploymentId"))
                .map(str::to_owned),
            resource_id: either("resourceId"),
            http_method: find(asked, "httpMethod").map(str::to_owned),
            route_key: either("routeKey"),
            item: ITEMS.iter().find_map(|name| either(name)),
            fields: fields::written(name, asked),
            hand: Hand::of(record),
        })
    }

    /// What it touched.
    pub fn touches(&self) -> Option<Touches> {
        WRITES.iter().find(|(name, ..)| *name == self.name).map(|(_, _, touches)| *touches)
    }

    /// Whether it changed the live configuration, and so what the next deployment holds.
    pub fn is_edit(&self) -> bool {
        self.touches().is_some_and(|touches| !matches!(touches, Touches::Deployment | Touches::Stage))
    }

    /// As reports tell of it.
    pub fn made_by(&self) -> MadeBy {
        let Hand { who, via } = self.hand.clone();
        MadeBy { who, when: self.time, via, event_id: self.id.clone() }
    }
}

impl MadeBy {
    /// Whether the tool writes what a file says, so that nobody chose the edit by hand.
    pub fn is_from_file(&self) -> bool {
        hand::FROM_FILES.contains(&self.via.as_str())
    }
}

impl Trail {
    /// Puts the events in order, each once.
    pub fn new(since: Timestamp, until: Timestamp, mut events: Vec<Event>) -> Trail {
        events.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        events.dedup_by(|a, b| a.id == b.id && !a.id.is_empty());
        Trail { since, until, events }
    }

    /// The events on an API, the oldest first.
    pub fn of<'t>(&'t self, api_id: &str) -> impl DoubleEndedIterator<Item = &'t Event> + use<'t> {
        let id = api_id.to_owned();
        self.events.iter().filter(move |event| event.api_id == id)
    }

    /// The edits of an API after a moment, the oldest first. Nothing where the trail does not go back so far.
    pub fn edits_since<'t>(&'t self, api_id: &str, moment: Timestamp) -> Option<Vec<&'t Event>> {
        let edits = self.of(api_id).filter(|event| event.is_edit() && event.time > moment);
        (self.since <= moment).then(|| edits.collect())
    }

    /// Who made a deployment.
    pub fn deployer<'t>(&'t self, api_id: &str, deployment_id: &str) -> Option<&'t Event> {
        self.of(api_id)
            .find(|event| event.name == "CreateDeployment" && event.deployment_id.as_deref() == Some(deployment_id))
    }

    /// The last event that gave a stage the deployment which it names, without making that deployment.
    pub fn mover<'t>(&'t self, api_id: &str, stage: &str, deployment_id: &str) -> Option<&'t Event> {
        let last = self
            .of(api_id)
            .rfind(|event| event.stage.as_deref() == Some(stage) && event.deployment_id.is_some())
            .filter(|event| event.deployment_id.as_deref() == Some(deployment_id));
        last.filter(|event| event.touches() == Some(Touches::Stage))
    }
}

/// What [`Event::parse`] reads of CloudTrail's record of a call, and nothing else: the parameters of calls may be secret.
pub fn essence(record: &Value) -> Value {
    const TOLD: [&str; 8] = [
        "eventID",
        "eventTime",
        "eventName",
        "eventSource",
        "readOnly",
        "errorCode",
        "userAgent",
        "sessionCredentialFromConsole",
    ];
    const IDENTITY: [&str; 5] = ["type", "arn", "userName", "invokedBy", "principalId"];
    const NAMES: [&str; 8] =
        ["restApiId", "apiId", "stageName", "deploymentId", "id", "resourceId", "httpMethod", "routeKey"];
    let members = |value: &Value, names: &[&str]| -> Map<String, Value> {
        let kept = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
        kept.collect()
    };
    let mut essence = members(record, &TOLD);
    let name = record.get("eventName").and_then(Value::as_str).unwrap_or_default();
    if let Some(identity) = record.get("userIdentity") {
        essence.insert("userIdentity".to_owned(), Value::Object(members(identity, &IDENTITY)));
    }
    for part in ["requestParameters", "responseElements"] {
        let Some(value) = record.get(part) else { continue };
        let names = NAMES.iter().chain(&ITEMS);
        let mut kept: Map<String, Value> =
            names.filter_map(|name| Some(((*name).to_owned(), Value::from(find(value, name)?)))).collect();
        for (name, value) in fields::without_values(name, value) {
            kept.entry(name).or_insert(value);
        }
        essence.insert(part.to_owned(), Value::Object(kept));
    }
    Value::Object(essence)
}

/// The text that stands under a name anywhere in a call's parameters: some calls have them in an object of their own.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let object = value.as_object()?;
    let own = object.get(name).and_then(Value::as_str);
    own.or_else(|| object.values().find_map(|value| find(value, name)))
}

/// The value that a patch puts at a path.
fn patched<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    match value {
        Value::Object(object) if object.get("path").and_then(Value::as_str) == Some(path) => {
            object.get("value").and_then(Value::as_str)
        }
        Value::Object(object) => object.values().find_map(|value| patched(value, path)),
        Value::Array(items) => items.iter().find_map(|value| patched(value, path)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(name: &str, parameters: Value) -> Value {
        json!({
            "eventID": "e1", "eventTime": "2026-10-10T12:00:00Z", "eventName": name, "userAgent": "aws-cli/2.31",
            "userIdentity": { "type": "IAMUser", "userName": "ada" }, "requestParameters": parameters,
            "responseElements": { "id": "dep9" },
        })
    }

    #[test]
    fn reads_what_a_write_is_about() {
        let nested = json!({ "restApiId": "a1", "createDeploymentInput": { "stageName": "prod" } });
        let deployment = Event::parse(&record("CreateDeployment", nested)).unwrap();
        assert_eq!(
            (deployment.api_id.as_str(), deployment.stage.as_deref(), deployment.deployment_id.as_deref()),
            ("a1", Some("prod"), Some("dep9"))
        );
        assert!(!deployment.is_edit());

        let patch = json!({ "restApiId": "a1", "stageName": "prod", "updateStageInput": { "patchOperations": [
            { "op": "replace", "path": "/description", "value": "x" },
            { "op": "replace", "path": "/deploymentId", "value": "dep1" }] } });
        let moved = Event::parse(&record("UpdateStage", patch)).unwrap();
        assert_eq!((moved.deployment_id.as_deref(), moved.is_edit()), (Some("dep1"), false));

        let method = json!({ "restApiId": "a1", "resourceId": "r1", "httpMethod": "POST" });
        let edit = Event::parse(&record("UpdateMethod", method)).unwrap();
        assert_eq!((edit.resource_id.as_deref(), edit.http_method.as_deref()), (Some("r1"), Some("POST")));
        assert!(edit.is_edit());

        let route = json!({ "apiId": "h1", "routeId": "abc", "routeKey": "GET /x" });
        assert_eq!(Event::parse(&record("UpdateRoute", route)).unwrap().route_key.as_deref(), Some("GET /x"));
    }

    #[test]
    fn reads_which_fields_an_update_wrote() {
        let patch = json!({ "restApiId": "a1", "updateRestApiInput": { "patchOperations": [
            { "op": "replace", "path": "/description", "value": "x" },
            { "op": "add", "path": "/binaryMediaTypes/image~1png" }] } });
        let target = json!({ "apiId": "h1", "routeId": "r1", "target": "integrations/i2", "authorizerId": "au1" });
        let cors = json!({ "apiId": "h1", "corsConfiguration": { "maxAge": 60 } });
        for (name, asked, expected) in [
            ("UpdateRestApi", patch, vec!["binaryMediaTypes", "description"]),
            ("UpdateRoute", target, vec!["authorizerId", "target"]),
            ("UpdateApi", cors, vec!["corsConfiguration"]),
            ("UpdateAuthorizer", json!({ "apiId": "h1", "authorizerId": "au1" }), vec![]),
            ("PutMethod", json!({ "restApiId": "a1", "httpMethod": "GET" }), vec![]),
        ] {
            let told = record(name, asked);
            let event = Event::parse(&told).unwrap();
            assert_eq!(event.fields.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}");
            assert_eq!(Event::parse(&essence(&told)), Some(event), "{name}");
        }
    }

    #[test]
    fn leaves_out_what_changed_nothing() {
        assert_eq!(Event::parse(&record("GetStages", json!({ "restApiId": "a1" }))), None);
        assert_eq!(Event::parse(&record("UpdateMethod", json!({}))), None);
        let mut refused = record("UpdateMethod", json!({ "restApiId": "a1" }));
        refused["errorCode"] = json!("AccessDenied");
        assert_eq!(Event::parse(&refused), None);
    }

    #[test]
    fn the_essence_reads_the_same_and_holds_no_parameter_besides() {
        let mut told = record(
            "UpdateStage",
            json!({ "restApiId": "a1", "stageName": "prod", "updateStageInput": {
            "patchOperations": [
                { "op": "replace", "path": "/variables/password", "value": "hunter2" },
                { "op": "replace", "path": "/deploymentId", "value": "dep1" }] } }),
        );
        told["userIdentity"]["accessKeyId"] = json!("AKIDEXAMPLE");
        let essence = essence(&told);
        assert_eq!(Event::parse(&essence), Event::parse(&told));
        assert!(Event::parse(&told).is_some());
        let text = essence.to_string();
        assert!(!text.contains("hunter2") && !text.contains("AKIDEXAMPLE"), "{text}");
    }
}
