//! The routes that an OpenAPI document declares, and which of their fields it leaves open.

use serde_json::Value;

use super::{Declaration, DeclaredRoute, Fields, cloudformation, fields};
use crate::configuration::RouteKey;
use crate::openapi::{self, ExportError, Origin};
use crate::snapshot::ApiKind;
use crate::unknown::{is_in, is_in_text, names, shown_text, unknown};

/// Fields of the method that its security requirements decide.
const SECURITY: [&str; 4] = ["apiKeyRequired", "authorizationScopes", "authorizationType", "authorizer"];

/// Fields of a route that are fields of its integration.
const INTEGRATION: [(&str, &str); 4] =
    [("type", "type"), ("uri", "uri"), ("httpMethod", "httpMethod"), ("timeoutInMillis", "timeoutInMillis")];

/// Reads the routes of a document whose functions are resolved.
///
/// # Errors
///
/// [`ExportError`], where it is no document that API Gateway takes.
pub(super) fn read(document: &Value, kind: ApiKind) -> Result<Declaration, ExportError> {
    let mut declaration = Declaration::default();
    if let Some(why) = open(document) {
        declaration.open.insert(why);
    }
    let paths = document.get("paths");
    if let Some(why) = paths.and_then(open) {
        declaration.open.insert(why);
    }
    // Without any paths that can be read, there is nothing more to say than that.
    if !declaration.open.is_empty() && !paths.is_some_and(Value::is_object) {
        return Ok(declaration);
    }
    let origin = if kind == ApiKind::Rest { Origin::Rest("") } else { Origin::Http("") };
    let read = openapi::of(document, origin)?;
    let routes = read.configuration.routes.ok().map(|routes| &routes.0);
    for (path, item) in paths.and_then(Value::as_object).into_iter().flatten() {
        if is_in_text(path) {
            declaration.open.insert(format!("the path {} is not known", shown_text(path)));
            continue;
        }
        let reference = item.get("$ref").map(|_| "a $ref names another place".to_owned());
        if let Some(why) = open(item).or(reference) {
            declaration.open_paths.insert(path.clone(), why);
        }
        for (key, operation) in item.as_object().into_iter().flatten() {
            let Some(route_key) = openapi::route_key(read.configuration.source, path, key, operation) else {
                continue;
            };
            let declared = match routes.and_then(|routes| routes.get(&route_key)) {
                Some(route) => {
                    let mut fields = fields::of_route(route);
                    said(document, item, operation, &mut fields);
                    DeclaredRoute { unsure: None, fields }
                }
                None if is_in(operation) => DeclaredRoute { unsure: Some(why(operation)), fields: Fields::new() },
                None => continue,
            };
            declaration.routes.insert(route_key, declared);
        }
    }
    Ok(declaration)
}

/// Why something may hold more than it shows.
fn open(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if is_in_text(text) => Some(why(value)),
        Value::Object(members) => {
            let (name, _) = members.iter().find(|(name, _)| name.starts_with("Fn::"))?;
            Some(format!("what {name} adds is not known"))
        }
        _ => None,
    }
}

fn why(value: &Value) -> String {
    format!("{} is not known", names(value).join(", "))
}

/// Keeps the fields that the document says something of, and makes those unknown that it leaves open.
fn said(document: &Value, item: &Value, operation: &Value, fields: &mut Fields) {
    let requirements = operation.get("security").or_else(|| document.get("security"));
    let auth = operation.get("x-amazon-apigateway-auth");
    let schemes = ["/securityDefinitions", "/components/securitySchemes", "/components"];
    let scheme_list = schemes.iter().filter_map(|place| document.pointer(place));
    let unknown_list = scheme_list.clone().find(|list| list.is_string());
    // Only the schemes that are named matter: their types decide.
    let named = requirements.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).flatten();
    let mut unknown_schemes = named.filter_map(|(name, _)| {
        let scheme = scheme_list.clone().find_map(|list| list.get(name))?;
        let type_of = scheme.get("x-amazon-apigateway-authorizer").map_or(Some(scheme), |e| e.get("type").or(Some(e)));
        type_of.filter(|value| value.is_string() && is_in(value))
    });
    let hole = [requirements, auth].into_iter().flatten().find(|value| is_in(value));
    let hole = hole.or(unknown_list.filter(|_| requirements.is_some())).or_else(|| unknown_schemes.next());
    if let Some(hole) = hole {
        SECURITY.iter().for_each(|field| make_unknown(fields, field, hole));
    }

    let lists = [item.get("parameters"), operation.get("parameters")];
    match lists.into_iter().flatten().find(|list| is_in(list)) {
        Some(hole) => make_unknown(fields, "requestParameters", hole),
        None if fields.get("requestParameters").is_some_and(|all| *all == Value::Object(Default::default())) => {
            fields.remove("requestParameters");
        }
        None => {}
    }

    let Some(integration) = operation.get("x-amazon-apigateway-integration") else {
        INTEGRATION.iter().for_each(|(_, field)| drop(fields.remove(field)));
        return;
    };
    if is_in(integration) && integration.is_string() || integration.get("$ref").is_some() {
        INTEGRATION.iter().for_each(|(_, field)| make_unknown(fields, field, integration));
        return;
    }
    for (name, field) in INTEGRATION {
        match integration.get(name) {
            None | Some(Value::Null) => drop(fields.remove(field)),
            Some(value) if is_in(value) && name != "uri" => make_unknown(fields, field, value),
            Some(Value::String(uri)) if name == "uri" => drop(fields.insert(field, cloudformation::uri(uri))),
            Some(_) => {}
        }
    }
}

fn make_unknown(fields: &mut Fields, field: &'static str, hole: &Value) {
    fields.insert(field, Value::from(unknown(&names(hole).join(", "))));
}

/// The key of every route of a path that may be declared though it is not seen.
pub(super) fn is_open(declaration: &Declaration, key: &RouteKey) -> Option<String> {
    declaration.open_paths.get(&key.path).or_else(|| declaration.open.first()).cloned()
}
