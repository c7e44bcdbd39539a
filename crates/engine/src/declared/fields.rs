//! The fields of a route that declarations are compared by.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::configuration::{Integration, Route};
use crate::drift::Subject;
use crate::observed::Observed;
use crate::snapshot::ApiKind;
use crate::unknown::unknown;

/// Fields by name. One that is absent was not said, or is not known.
pub(crate) type Fields = BTreeMap<&'static str, Value>;

/// Each field with what it is a field of, and its name in HTTP and WebSocket APIs.
pub(super) const ALL: [(&str, Subject, &str); 9] = [
    ("authorizationType", Subject::Method, "authorizationType"),
    ("authorizer", Subject::Method, "authorizer"),
    ("authorizationScopes", Subject::Method, "authorizationScopes"),
    ("apiKeyRequired", Subject::Method, "apiKeyRequired"),
    ("requestParameters", Subject::Method, "requestParameters"),
    ("type", Subject::Integration, "integrationType"),
    ("uri", Subject::Integration, "integrationUri"),
    ("httpMethod", Subject::Integration, "integrationMethod"),
    ("timeoutInMillis", Subject::Integration, "timeoutInMillis"),
];

/// A field's name in reports on a kind of API.
pub(super) fn shown_name(field: &'static str, kind: ApiKind) -> &'static str {
    let found = ALL.iter().find(|(name, _, _)| *name == field && kind != ApiKind::Rest);
    found.map_or(field, |(_, _, name)| name)
}

/// All fields of a route in the canonical form.
pub(super) fn of_route(route: &Route) -> Fields {
    let mut fields = Fields::from([
        ("authorizationType", route.authorization_type.clone().into()),
        ("authorizationScopes", route.authorization_scopes.iter().cloned().collect()),
        ("apiKeyRequired", route.api_key_required.into()),
        (
            "requestParameters",
            route.request_parameters.iter().map(|(name, required)| (name.clone(), Value::from(*required))).collect(),
        ),
    ]);
    let authorizer = match &route.authorizer {
        Observed::Known(name) => name.clone().into(),
        Observed::NotRead(why) => unknown(&why.reason()).into(),
    };
    fields.insert("authorizer", authorizer);
    if let Some(integration) = &route.integration {
        fields.extend(of_integration(integration));
    }
    fields
}

fn of_integration(integration: &Integration) -> Fields {
    let Integration { integration_type, uri, http_method, timeout_in_millis, .. } = integration;
    Fields::from([
        ("type", integration_type.clone().into()),
        ("uri", uri.clone().into()),
        ("httpMethod", http_method.clone().into()),
        ("timeoutInMillis", (*timeout_in_millis).into()),
    ])
}

/// A declared route's fields in the form that AWS gives them.
pub(super) fn normalise(fields: &mut Fields, kind: ApiKind) {
    let is = |fields: &Fields, field: &str, value: &str| fields.get(field).is_some_and(|found| found == value);
    if is(fields, "authorizationType", "NONE") || is(fields, "authorizationType", "AWS_IAM") {
        fields.remove("authorizationScopes");
    }
    if is(fields, "type", "MOCK") {
        // A mock calls nothing; what a file says of its backend is not kept.
        fields.remove("uri");
        fields.remove("httpMethod");
    }
    if kind != ApiKind::Rest {
        fields.remove("requestParameters");
        // AWS calls functions with POST, whatever was asked for.
        if is(fields, "type", "AWS_PROXY") {
            fields.remove("httpMethod");
        }
    }
    if kind == ApiKind::Http {
        fields.remove("apiKeyRequired");
    }
}

/// A value as it is compared. HTTP and WebSocket APIs take a function by its ARN or by the URI that invokes it.
pub(super) fn comparable(field: &str, kind: ApiKind, value: &Value) -> Value {
    let uri = value.as_str().filter(|_| field == "uri" && kind != ApiKind::Rest);
    let function = uri.and_then(|uri| uri.split_once("/functions/")?.1.strip_suffix("/invocations"));
    function.map_or_else(|| value.clone(), Value::from)
}
