//! `lambda`: functions, their configuration, their resource policies, and what they answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{List, Operation, Otherwise, Protocol, Request, Service, all, none};
use crate::wire;

/// Lambda, 2015-03-31.
pub(super) static SERVICE: Service = Service {
    name: "lambda",
    signing_name: "lambda",
    is_global: false,
    protocol: Protocol::Rest("/20"),
    operations: OPERATIONS,
    to_wire,
    from_wire: |_, answer| answer,
};

const PAGED: List =
    List { items: "Functions", limit: "MaxItems", default: 50, max: 50, token: "Marker", next: "NextMarker" };

#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation::new("get_function", "/2015-03-31/functions/{}", function),
    Operation::new("get_policy", "/2015-03-31/functions/{}/policy", function),
    Operation::new("get_function_configuration", "/2015-03-31/functions/{}/configuration", function),
    Operation::new("get_function_url_config", "/2021-10-31/functions/{}/url", function),
    Operation::new("list_function_url_configs", "/2021-10-31/functions/{}/urls", function)
        .paged(List { items: "FunctionUrlConfigs", ..PAGED }),
    Operation::new("get_function_concurrency", "/2019-09-30/functions/{}/concurrency", function),
    Operation::new("get_alias", "/2015-03-31/functions/{}/aliases/{}", all),
    Operation::new("get_account_settings", "/2016-08-19/account-settings", none),
    Operation::new("list_functions", "/2015-03-31/functions", none).paged(PAGED)
        .otherwise(Otherwise::AllOf("get_function_configuration")).shaped(once_each),
    Operation::new("invoke", "/2015-03-31/functions/{}/invocations", function).post(),
];

/// A function that is held for itself and for its aliases is one function.
fn once_each(request: &Request, mut answer: Value) -> Value {
    // The one thing that this parameter may say is that all versions are asked for.
    if request.parameters.contains_key("FunctionVersion") {
        return answer;
    }
    let mut seen = BTreeSet::new();
    if let Some(functions) = answer.get_mut("Functions").and_then(Value::as_array_mut) {
        functions.retain(|function| {
            let name = function.get("FunctionName").and_then(Value::as_str);
            name.is_none_or(|name| seen.insert(name.to_owned()))
        });
    }
    answer
}

/// The function's name or ARN, whichever it was asked for by, with its alias or version.
fn function(request: &Request) -> Vec<String> {
    let asked = request.captures.first().map(String::as_str).unwrap_or_default();
    let name = asked.split_once(":function:").map_or(asked, |(_, name)| name);
    let qualifier = request.parameters.get("Qualifier").filter(|_| !name.contains(':'));
    vec![qualifier.map_or_else(|| asked.to_owned(), |qualifier| format!("{asked}:{qualifier}"))]
}

fn to_wire(_: &Operation, mut answer: Value) -> Value {
    if let Some(policy) = answer.get_mut("Policy") {
        wire::object_to_string(policy);
    }
    answer
}
