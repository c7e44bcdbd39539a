//! `lambda`: functions, their configuration and their resource policies.

use serde_json::Value;

use super::{List, Operation, Otherwise, Protocol, Request, Service, none};
use crate::wire;

/// Lambda, 2015-03-31.
pub(super) static SERVICE: Service = Service {
    name: "lambda",
    signing_name: "lambda",
    protocol: Protocol::Rest("/20"),
    operations: OPERATIONS,
    to_wire,
    from_wire: |_, answer| answer,
};

const PAGED: List =
    List { items: "Functions", limit: "MaxItems", default: 50, max: 50, token: "Marker", next: "NextMarker" };

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("get_policy", "/2015-03-31/functions/{}/policy", function),
    Operation::new("get_function_configuration", "/2015-03-31/functions/{}/configuration", function),
    Operation::new("get_function_url_config", "/2021-10-31/functions/{}/url", function),
    Operation::new("get_function_concurrency", "/2019-09-30/functions/{}/concurrency", function),
    Operation::new("list_functions", "/2015-03-31/functions", none).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_function_configuration")),
];

/// The function's name with its alias or version, whether it was asked for by name or by ARN.
fn function(request: &Request) -> Vec<String> {
    let asked = request.captures.first().map(String::as_str).unwrap_or_default();
    let name = asked.split_once(":function:").map_or(asked, |(_, name)| name);
    let qualifier = request.parameters.get("Qualifier").filter(|_| !name.contains(':'));
    vec![qualifier.map_or_else(|| name.to_owned(), |qualifier| format!("{name}:{qualifier}"))]
}

fn to_wire(_: &Operation, mut answer: Value) -> Value {
    if let Some(policy) = answer.get_mut("Policy") {
        wire::object_to_string(policy);
    }
    answer
}
