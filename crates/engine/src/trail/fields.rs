//! Which fields an update wrote, as far as the record of the call tells.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The fields that an update wrote, by the names of AWS's API: those of the patch, or of HTTP and WebSocket APIs the
/// parameters themselves. Empty where the call is no update, or the record does not tell.
pub(super) fn written(name: &str, asked: &Value) -> BTreeSet<String> {
    let patched = patches(asked).iter().filter_map(|patch| {
        let path = patch.get("path")?.as_str()?.strip_prefix('/')?;
        Some(path.split_once('/').map_or(path, |(field, _)| field).to_owned())
    });
    patched.chain(parameters(name, asked).map(|(field, _)| field.clone())).collect()
}

/// The same call's parameters without the values that it wrote; of these, only the deployment that a stage was given.
pub(super) fn without_values(name: &str, asked: &Value) -> Map<String, Value> {
    let mut kept: Map<String, Value> = parameters(name, asked).map(|(field, _)| (field.clone(), Value::Null)).collect();
    let patches: Vec<Value> = patches(asked)
        .iter()
        .filter_map(|patch| {
            let path = patch.get("path")?;
            let value = patch.get("value").filter(|_| path == "/deploymentId");
            Some(value.map_or_else(|| json!({ "path": path }), |value| json!({ "path": path, "value": value })))
        })
        .collect();
    if !patches.is_empty() {
        kept.insert("patchOperations".to_owned(), Value::from(patches));
    }
    kept
}

/// The operations of a patch, wherever the call's parameters have them.
fn patches(value: &Value) -> &[Value] {
    let Some(object) = value.as_object() else { return &[] };
    match object.get("patchOperations").and_then(Value::as_array) {
        Some(patches) => patches,
        None => object.values().map(patches).find(|patches| !patches.is_empty()).unwrap_or_default(),
    }
}

/// What an update of an HTTP or WebSocket API says beside what it is about.
fn parameters<'v>(name: &str, asked: &'v Value) -> impl Iterator<Item = (&'v String, &'v Value)> {
    let updated = name.strip_prefix("Update").filter(|_| asked.get("apiId").is_some()).map(str::to_ascii_lowercase);
    let is_about = move |field: &str| {
        let id = field.strip_suffix("Id").map(str::to_ascii_lowercase);
        ["apiId", "routeKey", "stageName"].contains(&field) || (id.is_some() && id == updated)
    };
    let all = asked.as_object().filter(|_| name.starts_with("Update") && asked.get("apiId").is_some());
    all.into_iter().flatten().filter(move |(field, _)| !is_about(field))
}
