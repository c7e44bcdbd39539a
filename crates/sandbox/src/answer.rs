//! From a request to what AWS would answer, as far as the recording settles it.

use serde_json::{Map, Value, json};

use crate::recording::{Held, Part};
use crate::service::{List, Operation, Otherwise, Request, Service};

/// An answer, before it is written in the service's protocol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The operation's answer, with the names and types of the wire.
    Json(Value),
    /// A document, sent as it is.
    Document(Vec<u8>),
    /// An error.
    Error {
        /// Its code.
        code: String,
        /// What it says.
        message: String,
    },
    /// The recording does not hold it.
    NotHeld,
}

impl Answer {
    fn error(code: &str, message: impl Into<String>) -> Answer {
        Answer::Error { code: code.to_owned(), message: message.into() }
    }

    fn not_found(service: &Service, arguments: &[&str]) -> Answer {
        let code = if service.name == "lambda" { "ResourceNotFoundException" } else { "NotFoundException" };
        Answer::error(code, format!("not found: {}", arguments.join("/")))
    }
}

/// What AWS would answer.
pub(crate) fn answer(part: &Part, service: &Service, operation: &Operation, request: &Request) -> Answer {
    let arguments = (operation.arguments)(request);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let full = match part.held(service.name, operation.name, &arguments) {
        Some(Held::NotFound) => return Answer::not_found(service, &arguments),
        Some(Held::Error { code, message }) => return Answer::Error { code, message },
        Some(Held::Answer(document)) if operation.is_document => return as_document(document),
        Some(Held::Answer(answer)) => answer,
        None => match derive(part, service, operation, &arguments) {
            Derived::Answer(answer) => answer,
            Derived::NotFound => return Answer::not_found(service, &arguments),
            Derived::NotHeld => return Answer::NotHeld,
        },
    };
    let shaped = (operation.shape)(request, full);
    let page = match operation.list {
        Some(list) => match page(list, request, shaped) {
            Ok(page) => page,
            Err(message) => return Answer::error("BadRequestException", message),
        },
        None => shaped,
    };
    Answer::Json((service.to_wire)(operation, page))
}

/// A document held as text is sent letter by letter, whatever it is. One held as JSON has to look like a document:
/// where documents are kept one within the other, the outer object is none.
fn as_document(document: Value) -> Answer {
    match document {
        Value::String(text) => Answer::Document(text.into_bytes()),
        Value::Object(object) if ["paths", "openapi", "swagger"].iter().any(|name| object.contains_key(*name)) => {
            Answer::Document(Value::Object(object).to_string().into_bytes())
        }
        _ => Answer::NotHeld,
    }
}

enum Derived {
    Answer(Value),
    NotFound,
    NotHeld,
}

/// Finds an answer elsewhere in the recording.
fn derive(part: &Part, service: &Service, operation: &Operation, arguments: &[&str]) -> Derived {
    let found = match operation.otherwise {
        Otherwise::Nothing => None,
        Otherwise::Account => Some(Derived::Answer(caller_identity(part))),
        Otherwise::ItemOf(list, member) => item_of(part, service, list, member, arguments),
        Otherwise::MethodOf(list, within) => method_of(part, service, list, within, arguments),
        Otherwise::AllOf(of) => {
            operation.list.and_then(|list| all_of(part, service, of, list, arguments)).map(Derived::Answer)
        }
    };
    found.unwrap_or(Derived::NotHeld)
}

fn caller_identity(part: &Part) -> Value {
    json!({
        "UserId": "AIDASANDBOX",
        "Account": part.account_id,
        "Arn": format!("arn:aws:iam::{}:user/sandbox", part.account_id),
    })
}

/// The items of a held list, of all its pages.
fn items(part: &Part, service: &Service, list: &str, arguments: &[&str]) -> Option<Vec<Value>> {
    let Some(Held::Answer(mut answer)) = part.held(service.name, list, arguments) else { return None };
    let pages = match answer.get_mut("pages").map(Value::take) {
        Some(Value::Array(pages)) => pages,
        _ => vec![answer],
    };
    let lists = pages.into_iter().filter_map(|page| match page {
        Value::Object(page) => page.into_iter().find_map(|(_, value)| match value {
            Value::Array(items) => Some(items),
            _ => None,
        }),
        _ => None,
    });
    Some(lists.flatten().collect())
}

fn item_of(part: &Part, service: &Service, list: &str, member: &str, arguments: &[&str]) -> Option<Derived> {
    let (wanted, outer) = arguments.split_last()?;
    let mut items = items(part, service, list, outer)?.into_iter();
    let item = items.find(|item| item.get(member).and_then(Value::as_str) == Some(wanted));
    Some(item.map_or(Derived::NotFound, Derived::Answer))
}

fn method_of(part: &Part, service: &Service, list: &str, within: Option<&str>, arguments: &[&str]) -> Option<Derived> {
    let [api, resource, method] = arguments else { return None };
    let resources = items(part, service, list, &[api])?;
    let resource = resources.iter().find(|item| item.get("id").and_then(Value::as_str) == Some(resource));
    let method = resource.and_then(|resource| resource.get("resourceMethods")?.get(method));
    let found = match within {
        Some(member) => method.and_then(|method| method.get(member)),
        None => method,
    };
    Some(found.map_or(Derived::NotFound, |found| Derived::Answer(found.clone())))
}

/// A list of all that is held under the same arguments and one more.
fn all_of(part: &Part, service: &Service, of: &str, list: List, arguments: &[&str]) -> Option<Value> {
    let held = part.under(service.name, of, arguments)?;
    let items: Vec<Value> =
        held.into_iter().filter(|value| value.is_object() && value.get("Error").is_none()).collect();
    Some(Value::Object(Map::from_iter([(list.items.to_owned(), items.into())])))
}

/// The page that a request asks for. Tokens count items, or the pages of a list that is held in pages.
fn page(list: List, request: &Request, mut full: Value) -> Result<Value, String> {
    let start = match request.parameters.get(list.token) {
        None => 0,
        Some(token) => {
            token.strip_prefix("at-").and_then(|at| at.parse::<usize>().ok()).ok_or("Invalid position parameter")?
        }
    };
    if let Some(pages) = full.get_mut("pages").and_then(Value::as_array_mut) {
        let mut page = pages.get_mut(start).map(Value::take).ok_or("Invalid position parameter")?;
        if start + 1 < pages.len() {
            set(&mut page, list.next, format!("at-{}", start + 1));
        }
        return Ok(page);
    }
    let limit = match request.parameters.get(list.limit) {
        None => list.default,
        Some(limit) => limit.parse().ok().filter(|limit| (1..=list.max).contains(limit)).ok_or_else(|| {
            format!("Invalid value for {}: {limit}. It must be between 1 and {}", list.limit, list.max)
        })?,
    };
    let Some(items) = full.get_mut(list.items).and_then(Value::as_array_mut) else { return Ok(full) };
    let count = items.len();
    if start > count {
        return Err("Invalid position parameter".to_owned());
    }
    items.drain(..start);
    items.truncate(limit);
    if start + limit < count {
        set(&mut full, list.next, format!("at-{}", start + limit));
    }
    Ok(full)
}

fn set(page: &mut Value, name: &str, token: String) {
    if let Some(page) = page.as_object_mut() {
        page.insert(name.to_owned(), Value::from(token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crate::service;

    fn part(document: Value) -> Part {
        let mut recording = json!({ "accountId": "111122223333", "region": "eu-west-1" });
        recording.as_object_mut().unwrap().extend(document.as_object().unwrap().clone());
        Recording::parse(&recording.to_string()).unwrap().parts()[0].clone()
    }

    fn get(part: &Part, path: &str) -> Answer {
        let signing_name = if path.starts_with("/20") { "lambda" } else { "apigateway" };
        let (service, operation, request) = service::find(signing_name, "GET", path, "", "").unwrap();
        answer(part, service, operation, &request)
    }

    fn names(answer: &Answer, list: &str, member: &str) -> (Vec<String>, Option<String>) {
        let Answer::Json(answer) = answer else { panic!("no list: {answer:?}") };
        let items = answer[list].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap().to_owned());
        let token = answer.get("position").or(answer.get("nextToken")).and_then(Value::as_str).map(str::to_owned);
        (items.collect(), token)
    }

    #[test]
    fn pages_as_aws_does() {
        let apis: Vec<Value> = (0..30).map(|i| json!({ "id": format!("a{i}") })).collect();
        let part = part(json!({ "apigateway": { "get_rest_apis": { "items": apis } } }));
        let (first, token) = names(&get(&part, "/restapis"), "item", "id");
        assert_eq!((first.len(), token.as_deref()), (25, Some("at-25")));
        let (second, token) = names(&get(&part, "/restapis?position=at-25"), "item", "id");
        assert_eq!((second.len(), second[0].as_str(), token), (5, "a25", None));
        assert_eq!(names(&get(&part, "/restapis?limit=500"), "item", "id").0.len(), 30);
        for path in ["/restapis?limit=501", "/restapis?limit=0", "/restapis?position=x", "/restapis?position=at-99"] {
            assert!(matches!(get(&part, path), Answer::Error { code, .. } if code == "BadRequestException"), "{path}");
        }
    }

    #[test]
    fn serves_pages_as_they_are_held() {
        let pages =
            json!({ "pages": [{ "Items": [{ "ApiId": "a" }] }, { "Items": [] }, { "Items": [{ "ApiId": "b" }] }] });
        let part = part(json!({ "apigatewayv2": { "get_apis": pages } }));
        assert_eq!(names(&get(&part, "/v2/apis"), "items", "apiId"), (vec!["a".to_owned()], Some("at-1".to_owned())));
        assert_eq!(names(&get(&part, "/v2/apis?nextToken=at-1"), "items", "apiId"), (vec![], Some("at-2".to_owned())));
        assert_eq!(names(&get(&part, "/v2/apis?nextToken=at-2"), "items", "apiId"), (vec!["b".to_owned()], None));
        assert_eq!(get(&part, "/v2/apis/b"), Answer::Json(json!({ "apiId": "b" })));
    }

    #[test]
    fn answers_from_what_settles_the_question() {
        let part = part(json!({
            "apigateway": {
                "get_rest_apis": { "items": [{ "id": "a", "name": "orders" }] },
                "get_resources": { "a": { "items": [{ "id": "r", "path": "/", "resourceMethods": {
                    "GET": { "httpMethod": "GET", "methodIntegration": { "type": "MOCK" } } } }] } },
                "get_deployment": { "a": { "d1": { "id": "d1", "apiSummary": { "/": {} } }, "d2": null } },
            },
            "lambda": { "get_policy": { "f": { "Policy": "{}" }, "gone": null } },
        }));
        assert_eq!(get(&part, "/restapis/a"), Answer::Json(json!({ "id": "a", "name": "orders" })));
        assert!(matches!(get(&part, "/restapis/b"), Answer::Error { code, .. } if code == "NotFoundException"));
        assert_eq!(names(&get(&part, "/restapis/a/deployments"), "item", "id").0, ["d1"]);
        assert_eq!(get(&part, "/restapis/a/deployments/d1"), Answer::Json(json!({ "id": "d1" })));
        assert_eq!(
            get(&part, "/restapis/a/deployments/d1?embed=apisummary"),
            Answer::Json(json!({ "id": "d1", "apiSummary": { "/": {} } }))
        );
        assert_eq!(
            get(&part, "/restapis/a/resources/r/methods/GET/integration"),
            Answer::Json(json!({ "type": "MOCK" }))
        );
        let bare = json!({ "item": [{ "id": "r", "path": "/", "resourceMethods": { "GET": {} } }] });
        assert_eq!(get(&part, "/restapis/a/resources"), Answer::Json(bare));
        let gone = get(&part, "/2015-03-31/functions/gone/policy");
        assert!(matches!(gone, Answer::Error { code, .. } if code == "ResourceNotFoundException"));
        assert_eq!(get(&part, "/2015-03-31/functions/f/policy?Qualifier=live"), Answer::NotHeld);
        assert_eq!(get(&part, "/restapis/a/stages"), Answer::NotHeld);
    }

    #[test]
    fn sends_documents_as_they_are() {
        let part = part(json!({
            "apigateway": { "get_export": { "a/prod": "{\"openapi\": \"3.0.1\", \"pat" } },
            "apigatewayv2": { "export_api": { "h": { "$default": { "paths": {} } }, "i": { "paths": {} } } },
        }));
        let cut = Answer::Document(b"{\"openapi\": \"3.0.1\", \"pat".to_vec());
        assert_eq!(get(&part, "/restapis/a/stages/prod/exports/oas30"), cut);
        let document = Answer::Document(b"{\"paths\":{}}".to_vec());
        assert_eq!(get(&part, "/v2/apis/h/exports/OAS30?stageName=%24default"), document);
        assert_eq!(get(&part, "/v2/apis/h/exports/OAS30"), Answer::NotHeld);
        assert_eq!(get(&part, "/v2/apis/i/exports/OAS30"), document);
    }
}
