//! The shapes of what is sent: requests to explain, audits to begin, and the forms of both.

use serde_json::{Value, json};

use super::{array, map, object, open, or_null, text};
use crate::openapi::ID;

pub(super) fn exchange() -> Value {
    // A member that is null is left out. What is no text is written as one.
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let value = json!({ "anyOf": [scalar, array(scalar.clone()), { "type": "null" }] });
    let headers = or_null(map(value));
    let client = open(
        object(&[]),
        &[
            ("sourceIp", or_null(text())),
            ("vpcId", or_null(text())),
            ("securityGroups", or_null(array(text()))),
            ("elapsedMs", or_null(json!({ "type": "number", "minimum": 0 }))),
            ("tlsClientCertificate", json!(true)),
        ],
    );
    let url =
        json!({ "type": "string", "examples": ["https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders"] });
    let method = json!({ "type": "string", "minLength": 1 });
    let request = open(
        object(&[("method", method), ("url", url)]),
        &[("headers", headers.clone()), ("body", json!(true)), ("client", or_null(client))],
    );
    let status = json!({ "type": "integer", "minimum": 0, "maximum": 999 });
    let response = open(object(&[("status", status)]), &[("headers", headers), ("body", json!(true))]);
    open(object(&[("request", request)]), &[("response", or_null(response))])
}

pub(super) fn exchange_form() -> Value {
    open(
        object(&[("csrf", text()), ("request", text())]),
        &[("region", text()), ("status", text()), ("headers", text()), ("body", text())],
    )
}

fn id() -> Value {
    json!({ "type": "string", "pattern": ID })
}

pub(super) fn wanted() -> Value {
    let mut wanted = open(object(&[]), &[("accountId", id()), ("region", id()), ("apiId", id())]);
    if let Some(members) = wanted.as_object_mut() {
        members.insert("additionalProperties".to_owned(), json!(false));
    }
    wanted
}

pub(super) fn wanted_form() -> Value {
    open(object(&[("csrf", text())]), &[("account", text()), ("region", text()), ("api", text())])
}
