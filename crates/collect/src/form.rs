//! What every conversion from the SDK's types needs.

use std::collections::{BTreeMap, HashMap};

use aws_smithy_types::DateTime;
use engine::configuration::Map;
use jiff::Timestamp;
use serde_json::Value;

/// A map of the SDK in name order; an absent one is empty.
pub(crate) fn sorted<V>(map: Option<HashMap<String, V>>) -> Map<V> {
    map.into_iter().flatten().collect()
}

/// A time; nothing for one that no calendar holds.
pub(crate) fn timestamp(time: DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanos).ok()
}

/// The members of a JSON object that have a value.
pub(crate) fn members(value: Value) -> BTreeMap<String, Value> {
    match value {
        Value::Object(object) => object.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => BTreeMap::new(),
    }
}
