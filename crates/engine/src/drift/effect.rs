//! What a difference means to callers, in words, and how bad it is.

use serde_json::Value;

use super::compare::Difference;
use super::{Change, ChangeKind, Subject, Witness};
use crate::configuration::RouteKey;
use crate::finding::Severity::{self, High, Info, Low, Medium};
use crate::routing::Index;
use crate::snapshot::ApiKind;

/// Says of each difference what it means, how bad it is and which witness proves it. `served` are the routes that the
/// deployed side has.
pub(super) fn judge<'a>(
    differences: Vec<Difference>,
    kind: ApiKind,
    served: impl IntoIterator<Item = &'a RouteKey>,
    witness: impl Fn(&Difference) -> Witness,
) -> Vec<Change> {
    let served = Index::new(served, kind);
    let mut changes: Vec<Change> = differences
        .into_iter()
        .map(|difference| {
            let witness = witness(&difference);
            let (severity, effect) = effect(&difference, kind, &served);
            let Difference { change, subject, route, name, field, live, deployed } = difference;
            let (method, path) = route.map_or((None, None), |key| (key.method, Some(key.path)));
            let (declared, made_by) = (Value::Null, None);
            Change {
                change,
                subject,
                method,
                path,
                name,
                field,
                live,
                deployed,
                declared,
                witness,
                severity,
                effect,
                routes: Vec::new(),
                more_routes: false,
                made_by,
            }
        })
        .collect();
    changes.sort_by(|a, b| order(a).cmp(&order(b)));
    changes
}

/// Changes of the API as a whole first, then by route.
fn order(change: &Change) -> (Option<&str>, Option<&str>, Subject, Option<&str>, Option<&str>) {
    let Change { path, method, subject, name, field, .. } = change;
    (path.as_deref(), method.as_deref(), *subject, name.as_deref(), field.as_deref())
}

fn effect(difference: &Difference, kind: ApiKind, served: &Index<'_>) -> (Severity, String) {
    let Difference { change, subject, name, field, live, deployed, .. } = difference;
    let name = name.as_deref().unwrap_or_default();
    let field = field.as_deref().unwrap_or_default();
    match subject {
        Subject::Route => route(difference, kind, served),
        Subject::Method => method(field, live, deployed),
        Subject::Integration => integration(*change, field, live, deployed),
        Subject::MethodResponse => (Low, format!("callers are still told of status {name} as before")),
        Subject::IntegrationResponse => match change {
            ChangeKind::Added => (Medium, format!("no answer of the backend becomes a {name} this way yet")),
            ChangeKind::Removed => (Medium, format!("answers of the backend still become a {name} this way")),
            ChangeKind::Changed => (Medium, format!("answers with status {name} are still made the old way")),
        },
        Subject::Authorizer => authorizer(field, name, live, deployed),
        Subject::Model => {
            (Medium, format!("bodies are still checked against, and described by, the old schema of {name}"))
        }
        Subject::RequestValidator => (Medium, format!("requests are still validated as {name} was before")),
        Subject::GatewayResponse => match change {
            ChangeKind::Removed => (Low, format!("{name} errors still look as they were customised")),
            _ => (Low, format!("{name} errors still look as they did before")),
        },
        Subject::Api => api(field, live, deployed),
        Subject::Cors => (Medium, format!("browsers are still told the old `{field}`: {}", shown(deployed))),
    }
}

fn route(difference: &Difference, kind: ApiKind, served: &Index<'_>) -> (Severity, String) {
    let Some(key) = &difference.route else {
        return (Medium, String::new());
    };
    if difference.change == ChangeKind::Removed {
        return (Medium, format!("{key} still answers"));
    }
    if kind == ApiKind::WebSocket {
        return websocket_route(&key.path, served);
    }
    match served.find_instead(key) {
        Some(other) => (High, format!("{key} is still answered by {other}")),
        None if kind == ApiKind::Rest => (High, format!("{key} answers 403 Missing Authentication Token")),
        None => (High, format!("{key} answers 404 Not Found")),
    }
}

/// Messages that choose no route go to `$default`, if there is one. Connecting needs no route, and neither does
/// disconnecting.
fn websocket_route(key: &str, served: &Index<'_>) -> (Severity, String) {
    match (key, served.default_route()) {
        ("$connect", _) => (High, "clients connect without $connect being asked".to_owned()),
        ("$disconnect", _) => (Medium, "nothing is told when clients disconnect".to_owned()),
        ("$default", _) => (High, "nothing answers messages that choose no route".to_owned()),
        (key, Some(default)) => (High, format!("messages for {key} still go to {default}")),
        (key, None) => (High, format!("nothing answers messages for {key}")),
    }
}

fn method(field: &str, live: &Value, deployed: &Value) -> (Severity, String) {
    let effect = match (field, live, deployed) {
        ("authorizationType", Value::String(live), Value::String(deployed)) => return authorization(live, deployed),
        ("authorizer", Value::Null, deployed) => {
            format!("the authorizer {} still decides who is let in", shown(deployed))
        }
        ("authorizer", live, Value::Null) => return (High, format!("the authorizer {} is not asked yet", shown(live))),
        ("authorizer", live, deployed) => {
            return (
                High,
                format!("the authorizer {} still decides who is let in, not {}", shown(deployed), shown(live)),
            );
        }
        ("authorizationScopes", Value::Array(live), Value::Array(deployed)) => return scopes(live, deployed),
        ("apiKeyRequired", Value::Bool(true), _) => return (High, "callers without a key are still let in".to_owned()),
        ("apiKeyRequired", ..) => "callers without a key are still refused".to_owned(),
        ("operationName", ..) => return (Info, "generated SDKs still call it by its old name".to_owned()),
        ("requestParameters", ..) => "parameters are still required, and passed on, as before".to_owned(),
        ("requestModels", ..) => "request bodies are still checked against the old models".to_owned(),
        ("requestValidator", Value::Null, deployed) => format!("requests are still validated by {}", shown(deployed)),
        ("requestValidator", _, Value::Null) => "requests are not validated yet".to_owned(),
        ("requestValidator", _, deployed) => format!("requests are still validated by {}", shown(deployed)),
        _ => format!("callers still get the old `{field}`"),
    };
    (Medium, effect)
}

fn authorization(live: &str, deployed: &str) -> (Severity, String) {
    match (live, deployed) {
        (live, "NONE") => (High, format!("callers are still let in without {}", credential(live))),
        ("NONE", deployed) => (Medium, format!("callers without {} are still refused", credential(deployed))),
        (live, deployed) => (High, format!("callers still need {}, not {}", credential(deployed), credential(live))),
    }
}

fn credential(authorization_type: &str) -> String {
    match authorization_type {
        "AWS_IAM" => "an AWS signature".to_owned(),
        "CUSTOM" => "the authorizer's consent".to_owned(),
        "COGNITO_USER_POOLS" => "a user pool's token".to_owned(),
        "JWT" => "a JSON web token".to_owned(),
        other => other.to_owned(),
    }
}

/// Any one of the scopes lets a caller in; without scopes, every valid token does.
fn scopes(live: &[Value], deployed: &[Value]) -> (Severity, String) {
    let listed = |scopes: &[Value]| scopes.iter().map(shown).collect::<Vec<_>>().join(" or ");
    if deployed.is_empty() {
        return (High, format!("tokens without the scope {} are still let in", listed(live)));
    }
    let too_many: Vec<Value> = deployed.iter().filter(|scope| !live.contains(scope)).cloned().collect();
    if live.is_empty() || too_many.is_empty() {
        (Medium, format!("tokens still need the scope {}", listed(deployed)))
    } else {
        (High, format!("tokens with the scope {} are still let in", listed(&too_many)))
    }
}

fn integration(change: ChangeKind, field: &str, live: &Value, deployed: &Value) -> (Severity, String) {
    let effect = match (change, field) {
        (ChangeKind::Added, _) => return (High, "nothing answers its requests yet".to_owned()),
        (ChangeKind::Removed, _) => "its requests are still answered".to_owned(),
        (_, "uri" | "integrationUri") => format!("requests still go to {}", target(deployed)),
        (_, "type" | "integrationType") => {
            format!("requests are still passed on as {}, not {}", shown(deployed), shown(live))
        }
        (_, "httpMethod" | "integrationMethod") => format!("the backend is still called with {}", shown(deployed)),
        (_, "credentials" | "credentialsArn") => format!("the backend is still called as {}", role(deployed)),
        (_, "timeoutInMillis") => return (Low, format!("the backend still has {} ms to answer", shown(deployed))),
        (_, "connectionId" | "connectionType" | "integrationTarget") => {
            "requests still take the old connection".to_owned()
        }
        (_, "payloadFormatVersion") => format!("the function still gets events of version {}", shown(deployed)),
        (_, "requestParameters" | "requestTemplates") => "the backend still gets requests made the old way".to_owned(),
        (_, "responseParameters") => "callers still get answers made the old way".to_owned(),
        (_, "cacheKeyParameters" | "cacheNamespace") => {
            return (Low, "answers are still cached by the old key".to_owned());
        }
        (_, "passthroughBehavior") => "bodies without a template are still treated as before".to_owned(),
        (_, "contentHandling" | "contentHandlingStrategy") => "bodies are still converted as before".to_owned(),
        (_, "responseTransferMode") => format!("answers are still sent as {}", shown(deployed)),
        (_, "tlsConfig") if skips_verification(deployed) && !skips_verification(live) => {
            return (High, "the backend's certificate is still not verified".to_owned());
        }
        (_, "tlsConfig") => "the backend's certificate is still verified as before".to_owned(),
        _ => format!("requests are still passed on with the old `{field}`"),
    };
    (Medium, effect)
}

fn skips_verification(tls: &Value) -> bool {
    tls.get("insecureSkipVerification").and_then(Value::as_bool).unwrap_or_default()
}

fn authorizer(field: &str, name: &str, live: &Value, deployed: &Value) -> (Severity, String) {
    match field {
        "authorizerUri" => (High, format!("{} still decides for {name}, not {}", target(deployed), target(live))),
        "authorizerResultTtlInSeconds" => {
            (Medium, format!("decisions of {name} are still kept for {} s", shown(deployed)))
        }
        "authType" => (Info, format!("a label of {name} without effect differs")),
        "identitySource" => (Medium, format!("{name} still looks at {}", shown(deployed))),
        "providerARNs" | "jwtConfiguration" => (High, format!("{name} still accepts the old tokens")),
        "authorizerCredentials" | "authorizerCredentialsArn" => {
            (Medium, format!("{name} is still called as {}", role(deployed)))
        }
        _ => (Medium, format!("{name} still decides by the old `{field}`")),
    }
}

fn api(field: &str, live: &Value, deployed: &Value) -> (Severity, String) {
    match (field, live, deployed) {
        ("policy", live, Value::Null) if !live.is_null() => {
            (High, "callers are not judged by the policy yet".to_owned())
        }
        ("policy", ..) => (High, "callers are still judged by the old policy".to_owned()),
        ("disableExecuteApiEndpoint", Value::Bool(true), _) => (High, "the default endpoint still answers".to_owned()),
        ("disableExecuteApiEndpoint", ..) => (Medium, "the default endpoint still refuses callers".to_owned()),
        ("apiKeySource", _, deployed) => (High, format!("API keys are still taken from {}", shown(deployed))),
        ("minimumCompressionSize", ..) => (Low, "answers are still compressed as before".to_owned()),
        ("binaryMediaTypes", ..) => (Medium, "bodies are still taken for text or binary as before".to_owned()),
        _ => (Medium, format!("connections still meet the old `{field}`: {}", shown(deployed))),
    }
}

/// A value in a sentence.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A backend in a sentence: the function's name instead of the URI that wraps it.
fn target(uri: &Value) -> String {
    let text = shown(uri);
    match crate::arn::FunctionName::in_uri(&text) {
        Some(function) => format!("the function {function}"),
        None => text,
    }
}

fn role(credentials: &Value) -> String {
    if credentials.is_null() { "API Gateway itself".to_owned() } else { shown(credentials) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_without_a_route_go_to_the_default_route_or_nowhere() {
        let key = |path: &str| RouteKey { path: path.to_owned(), method: None };
        let served = [key("$connect"), key("$default")];
        for (route, routes, expected) in [
            ("typing", served.as_slice(), "messages for typing still go to $default"),
            ("typing", &served[..1], "nothing answers messages for typing"),
            ("$default", &served[..1], "nothing answers messages that choose no route"),
            ("$connect", &[], "clients connect without $connect being asked"),
        ] {
            let difference = Difference {
                change: ChangeKind::Added,
                subject: Subject::Route,
                route: Some(key(route)),
                name: None,
                field: None,
                live: Value::Null,
                deployed: Value::Null,
            };
            let changes = judge(vec![difference], ApiKind::WebSocket, routes, |_| Witness::Baseline);
            assert_eq!(changes[0].effect, expected);
        }
    }
}
