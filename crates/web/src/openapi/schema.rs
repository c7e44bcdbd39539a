//! The shapes of what is sent and answered, as JSON Schema. A test holds every answer to them, member by member.

mod sent;

use engine::logs::Kind as ErrorKind;
use engine::response::Kind;
use engine::severity::Severity;
use serde_json::{Map, Value, json};

use super::reference;
use crate::operation::STATES;

/// Every shape, by its name.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, schema: Value| all.insert(name.to_owned(), schema);
    put("Any", json!(true));
    put("Problem", problem());
    put("Health", health());
    put("Exchange", sent::exchange());
    put("ExchangeForm", sent::exchange_form());
    put("Wanted", sent::wanted());
    put("WantedForm", sent::wanted_form());
    put("Begun", object(&[("run", time()), ("queued", count())]));
    put("Regions", list("Region"));
    put("Region", region());
    put("Apis", list("Api"));
    put("Api", object(&api()));
    let runs = ("runs", array(reference("Run")));
    put("ApiWithRuns", object(&[api(), vec![runs]].concat()));
    put("Stage", stage());
    put("Gap", object(&[("reason", text()), ("needs", array(text())), ("checks", array(text()))]));
    put("Counts", object(&Severity::WORST_FIRST.map(|severity| (severity.name(), count()))));
    put("Run", run());
    put("Findings", list("Finding"));
    put("Finding", finding());
    put("Resource", resource());
    put("Evidence", object(&[("source", text()), ("path", text()), ("value", json!(true))]));
    put("Remedy", object(&[("summary", text()), ("command", or_null(text()))]));
    put("Change", open(object(&[("at", time()), ("state", state())]), &[("reason", text())]));
    put("Drift", drift());
    put("ApiDrift", api_drift());
    put("StageDrift", stage_drift());
    put("CanaryDrift", canary_drift());
    put("ConfigurationChange", configuration_change());
    put("NotComparable", not_comparable());
    put("MadeBy", object(&[("who", text()), ("when", time()), ("via", text()), ("eventId", text())]));
    put("NotRead", not_read());
    put("Errors", list("ErrorGroup"));
    put("ErrorGroup", error_group());
    put("Explanation", explanation());
    put("Cause", cause());
    put("Verdict", verdict());
    put("Points", array(object(&[("time", time()), ("value", count()), ("label", text())])));
    all.into()
}

/// An object that has all of these members.
fn object(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

/// The same object, which may have these members, too.
fn open(mut object: Value, members: &[(&str, Value)]) -> Value {
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
    }
    object
}

fn list(of: &str) -> Value {
    object(&[("items", array(reference(of))), ("next", or_null(text()))])
}

fn array(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn one_of(names: &[&str]) -> Value {
    json!({ "type": "string", "enum": names })
}

fn map(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

fn severity() -> Value {
    one_of(&Severity::WORST_FIRST.map(Severity::name))
}

fn state() -> Value {
    one_of(&STATES.map(|(name, _)| name))
}

fn api_kind() -> Value {
    one_of(&["REST", "HTTP", "WEBSOCKET"])
}

fn basis() -> Value {
    one_of(&["none", "summary", "export", "baseline"])
}

fn problem() -> Value {
    let members = [("type", text()), ("title", text()), ("status", count()), ("detail", text())];
    open(object(&members), &[("help", text())])
}

fn health() -> Value {
    object(&[
        ("status", one_of(&["pass", "fail"])),
        ("version", text()),
        ("releaseId", text()),
        ("description", text()),
        ("checks", map(array(object(&[("componentType", text()), ("status", one_of(&["pass", "fail"]))])))),
    ])
}

fn region() -> Value {
    object(&[
        ("accountId", text()),
        ("region", text()),
        ("lastEvent", or_null(time())),
        ("listed", or_null(time())),
        ("audited", or_null(time())),
        ("unlisted", or_null(object(&[("run", time()), ("why", array(text()))]))),
        ("ended", or_null(time())),
        ("notEvaluated", count()),
        ("gaps", array(reference("Gap"))),
    ])
}

fn api() -> Vec<(&'static str, Value)> {
    vec![
        ("accountId", text()),
        ("region", text()),
        ("apiId", text()),
        ("apiName", or_null(text())),
        ("apiKind", or_null(api_kind())),
        ("begun", time()),
        ("finished", or_null(time())),
        ("stages", array(reference("Stage"))),
        ("open", reference("Counts")),
        ("unknown", count()),
        ("notEvaluated", count()),
        ("gaps", array(reference("Gap"))),
        ("failures", count()),
        ("isGone", flag()),
    ]
}

fn stage() -> Value {
    object(&[
        ("apiId", text()),
        ("apiName", text()),
        ("apiKind", api_kind()),
        ("region", text()),
        ("stage", text()),
        ("inSync", or_null(flag())),
        ("changes", count()),
        ("reason", or_null(text())),
        ("driftingSince", or_null(time())),
    ])
}

fn run() -> Value {
    object(&[
        ("at", time()),
        ("open", reference("Counts")),
        ("unknown", count()),
        ("notEvaluated", count()),
        ("stages", map(or_null(flag()))),
        ("errors", map(count())),
    ])
}

fn finding() -> Value {
    let members = [
        ("fingerprint", text()),
        ("check", text()),
        ("severity", severity()),
        ("resource", reference("Resource")),
        ("title", text()),
        ("detail", text()),
        ("evidence", array(reference("Evidence"))),
        ("remedy", reference("Remedy")),
        ("state", state()),
        ("firstSeen", time()),
        ("lastSeen", time()),
        ("history", array(reference("Change"))),
        ("decided", object(&[("at", time()), ("asSeen", one_of(&["not-evaluated", "silent", "seen"]))])),
    ];
    open(object(&members), &[("causes", array(text())), ("callers", array(text()))])
}

fn resource() -> Value {
    object(&[
        ("arn", text()),
        ("accountId", text()),
        ("region", text()),
        ("apiId", or_null(text())),
        ("apiName", or_null(text())),
        ("apiKind", or_null(api_kind())),
        ("stage", or_null(text())),
        ("method", or_null(text())),
        ("path", or_null(text())),
        ("function", or_null(text())),
        ("key", or_null(text())),
    ])
}

fn drift() -> Value {
    object(&[
        ("schema", json!({ "const": "stagecheck.drift/1" })),
        ("accountId", or_null(text())),
        ("takenAt", or_null(time())),
        ("apis", array(reference("ApiDrift"))),
        ("notRead", array(text())),
    ])
}

fn api_drift() -> Value {
    object(&[
        ("apiId", or_null(text())),
        ("apiName", or_null(text())),
        ("apiKind", api_kind()),
        ("region", or_null(text())),
        ("stages", array(reference("StageDrift"))),
        ("notRead", array(reference("NotRead"))),
    ])
}

fn stage_drift() -> Value {
    object(&[
        ("stage", or_null(text())),
        ("against", or_null(text())),
        ("againstDeploymentId", or_null(text())),
        ("deploymentId", or_null(text())),
        ("deployedAt", or_null(time())),
        ("deployedBy", or_null(reference("MadeBy"))),
        ("newestDeploymentId", or_null(text())),
        ("autoDeploy", flag()),
        ("basis", basis()),
        ("inSync", or_null(flag())),
        ("waitingSince", or_null(time())),
        ("changes", array(reference("ConfigurationChange"))),
        ("notComparable", array(reference("NotComparable"))),
        ("canary", or_null(reference("CanaryDrift"))),
        ("notRead", array(reference("NotRead"))),
        ("untraced", or_null(text())),
        ("inForceAtOnce", array(text())),
        ("threeWay", json!({ "type": ["array", "null"] })),
        ("routesInAgreement", or_null(count())),
    ])
}

fn canary_drift() -> Value {
    object(&[
        ("deploymentId", or_null(text())),
        ("percentTraffic", json!({ "type": "number" })),
        ("basis", basis()),
        ("changes", array(reference("ConfigurationChange"))),
        ("notComparable", array(reference("NotComparable"))),
        ("notRead", array(reference("NotRead"))),
    ])
}

fn configuration_change() -> Value {
    let members = [
        ("change", one_of(&["added", "removed", "changed"])),
        ("subject", text()),
        ("method", or_null(text())),
        ("path", or_null(text())),
        ("name", or_null(text())),
        ("field", or_null(text())),
        ("live", json!(true)),
        ("deployed", json!(true)),
        ("declared", json!(true)),
        ("witness", one_of(&["summary", "export", "baseline"])),
        ("severity", severity()),
        ("effect", text()),
        ("madeBy", or_null(reference("MadeBy"))),
    ];
    open(object(&members), &[("routes", array(text())), ("moreRoutes", flag())])
}

fn not_comparable() -> Value {
    object(&[
        ("field", text()),
        ("reason", text()),
        ("subject", text()),
        ("method", or_null(text())),
        ("path", or_null(text())),
        ("name", or_null(text())),
    ])
}

fn not_read() -> Value {
    object(&[
        ("why", one_of(&["denied", "throttled", "gone", "failed", "notNeeded"])),
        ("call", text()),
        ("resource", text()),
        ("needs", text()),
        ("message", text()),
    ])
}

fn error_group() -> Value {
    let sample = object(&[
        ("timestamp", or_null(time())),
        ("logGroup", or_null(text())),
        ("logStream", or_null(text())),
        ("requestId", or_null(text())),
        ("lines", array(text())),
    ]);
    object(&[
        ("accountId", text()),
        ("region", text()),
        ("fingerprint", text()),
        ("kind", one_of(&ErrorKind::ALL.map(ErrorKind::name))),
        ("errorType", or_null(text())),
        ("message", text()),
        ("count", count()),
        ("firstSeen", or_null(time())),
        ("lastSeen", or_null(time())),
        ("functions", array(text())),
        ("routes", array(text())),
        ("runtime", or_null(text())),
        ("severity", severity()),
        ("sample", sample),
        ("at", time()),
        ("counts", map(count())),
    ])
}

fn explanation() -> Value {
    let request = object(&[
        ("method", text()),
        ("url", text()),
        ("host", text()),
        ("apiId", or_null(text())),
        ("region", or_null(text())),
        ("stage", or_null(text())),
        ("path", text()),
    ]);
    let nearest = object(&[
        ("route", text()),
        ("stage", text()),
        ("url", text()),
        ("differs", one_of(&["method", "stage", "path"])),
    ]);
    let members = [
        ("schema", json!({ "const": "stagecheck.explanation/1" })),
        ("verdict", confidence()),
        ("request", request),
        ("causes", array(reference("Cause"))),
        ("notRead", array(object(&[("what", text()), ("why", text()), ("needs", text())]))),
        ("ruledOut", array(object(&[("id", text()), ("why", text())]))),
    ];
    open(object(&members), &[("nearest", array(nearest)), ("plan", reference("StageDrift"))])
}

fn confidence() -> Value {
    one_of(&["certain", "likely", "possible"])
}

fn cause() -> Value {
    object(&[
        ("id", text()),
        ("confidence", confidence()),
        ("title", text()),
        ("says", text()),
        ("evidence", array(reference("Evidence"))),
        ("against", array(reference("Evidence"))),
        ("remedy", reference("Remedy")),
    ])
}

fn verdict() -> Value {
    let problem = object(&[
        ("path", text()),
        ("rule", text()),
        ("severity", one_of(&["error", "warning"])),
        ("message", text()),
        ("fix", text()),
    ]);
    let members = [
        ("schema", json!({ "const": "stagecheck.response/1" })),
        ("integration", one_of(&Kind::ALL.map(Kind::name))),
        ("outcome", one_of(&["ok", "malformed", "function-error", "denied"])),
        ("status", or_null(count())),
        ("proven", flag()),
        ("problems", array(problem)),
        ("functionError", or_null(object(&[("errorType", or_null(text())), ("message", or_null(text()))]))),
        ("notes", array(text())),
    ];
    object(&members)
}
