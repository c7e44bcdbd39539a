//! `cloudtrail`: who wrote what.

use serde_json::{Map, Value};

use super::{List, Operation, Protocol, Request, Service, none};
use crate::wire;

/// CloudTrail, 2013-11-01.
pub(super) static SERVICE: Service = Service {
    name: "cloudtrail",
    signing_name: "cloudtrail",
    is_global: false,
    protocol: Protocol::Json,
    operations: OPERATIONS,
    to_wire: |_, answer| times(answer, wire::time_to_number),
    from_wire: |_, answer| times(answer, wire::number_to_time),
};

const PAGED: List =
    List { items: "Events", limit: "MaxResults", default: 50, max: 50, token: "NextToken", next: "NextToken" };

static OPERATIONS: &[Operation] =
    &[Operation::new("lookup_events", "LookupEvents", none).paged(PAGED).shaped(asked_for).in_parts()];

fn times(mut answer: Value, change: fn(&mut Value)) -> Value {
    wire::each_member(&mut answer, &mut |name, value| {
        if name == "EventTime" {
            change(value);
        }
    });
    answer
}

/// The events that have the attribute and lie in the time that a request asks for, the newest first.
fn asked_for(request: &Request, mut answer: Value) -> Value {
    let Some(events) = answer.get_mut("Events").and_then(Value::as_array_mut) else { return answer };
    let attributes = request.parameters.get("LookupAttributes").and_then(|text| serde_json::from_str(text).ok());
    let attributes: Vec<Map<String, Value>> = attributes.unwrap_or_default();
    let bound = |name: &str| request.parameters.get(name).and_then(|seconds| seconds.parse::<f64>().ok());
    let (start, end) = (bound("StartTime").unwrap_or(f64::MIN), bound("EndTime").unwrap_or(f64::MAX));
    events.retain(|event| {
        let is_asked_for = attributes.iter().all(|attribute| {
            let text = |name: &str| attribute.get(name).and_then(Value::as_str).unwrap_or_default();
            event.get(text("AttributeKey")).and_then(Value::as_str) == Some(text("AttributeValue"))
        });
        let time = seconds(event);
        is_asked_for && time >= start && time <= end
    });
    events.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));
    answer
}

fn seconds(event: &Value) -> f64 {
    let mut time = event.get("EventTime").cloned().unwrap_or_default();
    wire::time_to_number(&mut time);
    time.as_f64().unwrap_or_default()
}
