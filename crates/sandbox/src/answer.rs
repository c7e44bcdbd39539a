//! From a request to what AWS would answer, as far as the recording settles it.

use serde_json::{Map, Value, json};

use crate::page::{NoPage, page};
use crate::recording::{self, Held, Part};
use crate::service::{self, Operation, Otherwise, Request, Service};

/// An answer, before it is written in the service's protocol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The operation's answer, with the names and types of the wire.
    Json(Value),
    /// A document, sent as it is.
    Document(Vec<u8>),
    /// A body with headers that belong to the answer.
    Invoked {
        /// The status code.
        status: u16,
        /// Names and values.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
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
    pub(crate) fn error(code: &str, message: impl Into<String>) -> Answer {
        Answer::Error { code: code.to_owned(), message: message.into() }
    }

    /// The answer that stands for what a recording holds in its place.
    pub(crate) fn from_held(held: Value) -> Answer {
        match recording::settled(held) {
            Held::Answer(answer) => Answer::Json(answer),
            Held::NotFound => Answer::error("ResourceNotFoundException", "not found"),
            Held::Error { code, message } => Answer::Error { code, message },
        }
    }

    fn not_found(service: &Service, arguments: &[&str]) -> Answer {
        let code = match service.name {
            "acm" | "cognito-idp" | "lambda" => "ResourceNotFoundException",
            "ec2" => "InvalidVpcID.NotFound",
            "elbv2" => "TargetGroupNotFound",
            "iam" => "NoSuchEntity",
            "wafv2" => "WAFNonexistentItemException",
            _ => "NotFoundException",
        };
        Answer::error(code, format!("not found: {}", arguments.join("/")))
    }
}

/// What AWS would answer.
pub(crate) fn answer(part: &Part, service: &Service, operation: &Operation, request: &Request) -> Answer {
    if let Some(evaluate) = operation.evaluate {
        return evaluate(part, request);
    }
    let given = (operation.arguments)(request);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let arguments: Vec<&str> = given.iter().map(|argument| service::own_name(argument, &part.account_id)).collect();
    let held = part.held(service.name, operation.name, &given);
    let full = match held.or_else(|| part.held(service.name, operation.name, &arguments)) {
        Some(Held::NotFound) => return Answer::not_found(service, &arguments),
        Some(Held::Error { code, message }) => return Answer::Error { code, message },
        Some(Held::Answer(document)) if operation.is_document => return as_document(document),
        Some(Held::Answer(answer)) if operation.name == "invoke" => return invoked(answer),
        Some(Held::Answer(answer)) => answer,
        None => match derive(part, service, operation, &arguments) {
            Derived::Answer(answer) => answer,
            Derived::NotFound => return Answer::not_found(service, &arguments),
            Derived::Error { code, message } => return Answer::Error { code, message },
            Derived::NotHeld => return Answer::NotHeld,
        },
    };
    match page(operation, request, full) {
        Ok(page) => Answer::Json((service.to_wire)(operation, page)),
        Err(NoPage::NotThere(message)) => Answer::error("BadRequestException", message),
        Err(NoPage::Held(Held::Error { code, message })) => Answer::Error { code, message },
        Err(NoPage::Held(_)) => Answer::not_found(service, &arguments),
        Err(NoPage::NotHeld) => Answer::NotHeld,
    }
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

/// The answer of a function: its own value is the body, and what Lambda says of it stands in headers.
fn invoked(mut answer: Value) -> Answer {
    let body = answer.get_mut("Payload").map(Value::take).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    let headers = [
        ("x-amz-function-error", text("FunctionError")),
        ("x-amz-log-result", text("LogResult")),
        ("x-amz-executed-version", text("ExecutedVersion")),
    ];
    let status = answer.get("StatusCode").and_then(Value::as_u64).and_then(|status| status.try_into().ok());
    Answer::Invoked {
        status: status.unwrap_or(200),
        headers: headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        body: body.to_string().into_bytes(),
    }
}

enum Derived {
    Answer(Value),
    NotFound,
    Error { code: String, message: String },
    NotHeld,
}

impl From<Held> for Derived {
    fn from(held: Held) -> Derived {
        match held {
            Held::Answer(answer) => Derived::Answer(answer),
            Held::NotFound => Derived::NotFound,
            Held::Error { code, message } => Derived::Error { code, message },
        }
    }
}

/// Finds an answer elsewhere in the recording.
fn derive(part: &Part, service: &Service, operation: &Operation, arguments: &[&str]) -> Derived {
    let found = match operation.otherwise {
        Otherwise::Nothing => None,
        Otherwise::ByArn => part.by_arn(service.name, operation.name, &arguments.join("/")).map(Derived::from),
        Otherwise::ByArnOrName(id) => {
            let by_arn = part.by_arn(service.name, operation.name, &arguments.join("/"));
            by_arn.or_else(|| by_name(part, service, operation, id, arguments)).map(Derived::from)
        }
        Otherwise::ByFirst => {
            let first = arguments.first().and_then(|first| part.held(service.name, operation.name, &[first]));
            first.map(Derived::from)
        }
        Otherwise::NoOther => part.under(service.name, operation.name, &[]).map(|_| Derived::NotFound),
        Otherwise::Account => Some(Derived::Answer(caller_identity(part))),
        Otherwise::ItemOf(list, member) => item_of(part, service, list, member, arguments),
        Otherwise::MethodOf(list, within) => method_of(part, service, list, within, arguments),
        Otherwise::AllOf(of) => {
            // The one list that does not page names its items in the singular.
            let items = operation.list.map_or("item", |list| list.items);
            all_of(part, service, of, items, arguments).map(Derived::Answer)
        }
    };
    found.unwrap_or(Derived::NotHeld)
}

/// What is held by the name alone of that which has this id; under the same name there may be others in other scopes.
fn by_name(part: &Part, service: &Service, operation: &Operation, id: &str, arguments: &[&str]) -> Option<Held> {
    let [name, wanted] = arguments else { return None };
    let held = part.held(service.name, operation.name, &[name])?;
    match &held {
        Held::Answer(answer) if answer.pointer(id).and_then(Value::as_str) != Some(wanted) => None,
        _ => Some(held),
    }
}

fn caller_identity(part: &Part) -> Value {
    json!({
        "UserId": "AIDASANDBOX",
        "Account": part.account_id,
        "Arn": format!("arn:aws:iam::{}:user/sandbox", part.account_id),
    })
}

/// What is held of a list.
struct Items {
    /// The items of all pages that are held.
    items: Vec<Value>,
    /// Whether these are all there are: no page was left unread.
    are_all: bool,
}

fn items(part: &Part, service: &Service, list: &str, arguments: &[&str]) -> Option<Items> {
    let Some(Held::Answer(mut answer)) = part.held(service.name, list, arguments) else { return None };
    let pages = match answer.get_mut("pages").map(Value::take) {
        Some(Value::Array(pages)) => pages,
        _ => vec![answer],
    };
    let count = pages.len();
    let read = pages.into_iter().filter_map(|page| match recording::settled(page) {
        Held::Answer(page) => Some(page),
        Held::NotFound | Held::Error { .. } => None,
    });
    let read: Vec<Value> = read.collect();
    let are_all = count > 0 && read.len() == count;
    let lists = read.into_iter().filter_map(|page| match page {
        Value::Object(page) => page.into_iter().find_map(|(_, value)| match value {
            Value::Array(items) => Some(items),
            _ => None,
        }),
        _ => None,
    });
    Some(Items { items: lists.flatten().collect(), are_all })
}

fn item_of(part: &Part, service: &Service, list: &str, member: &str, arguments: &[&str]) -> Option<Derived> {
    let (wanted, outer) = arguments.split_last()?;
    let Items { items, are_all } = items(part, service, list, outer)?;
    let item = items.into_iter().find(|item| item.get(member).and_then(Value::as_str) == Some(wanted));
    Some(match item {
        Some(item) => Derived::Answer(item),
        None if are_all => Derived::NotFound,
        None => Derived::NotHeld,
    })
}

fn method_of(part: &Part, service: &Service, list: &str, within: &[&str], arguments: &[&str]) -> Option<Derived> {
    let [api, resource, method, inner @ ..] = arguments else { return None };
    let Items { items: resources, are_all } = items(part, service, list, &[api])?;
    let resource = resources.iter().find(|item| item.get("id").and_then(Value::as_str) == Some(resource));
    let method = resource.and_then(|resource| resource.get("resourceMethods")?.get(method));
    // Resources that were read without their methods name these and say nothing of them.
    if method.and_then(Value::as_object).is_some_and(Map::is_empty) {
        return None;
    }
    let found =
        method.and_then(|method| within.iter().chain(inner).try_fold(method, |value, member| value.get(*member)));
    Some(match found {
        Some(found) => Derived::Answer(found.clone()),
        None if are_all => Derived::NotFound,
        None => Derived::NotHeld,
    })
}

/// A list of all that is held under the same arguments and one more; nothing where one of these could not be read, for
/// the list would lack it.
fn all_of(part: &Part, service: &Service, of: &str, list: &str, arguments: &[&str]) -> Option<Value> {
    let mut items = Vec::new();
    for held in part.under(service.name, of, arguments)? {
        match recording::settled(held) {
            Held::Answer(item) => items.push(item),
            Held::NotFound => {}
            Held::Error { .. } => return None,
        }
    }
    Some(Value::Object(Map::from_iter([(list.to_owned(), items.into())])))
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
        let (service, operation, request) = service::find(signing_name, "GET", path, b"", "").unwrap();
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
    fn a_list_of_addresses_is_held_by_arn_by_name_and_id_or_by_name() {
        let set = |id: &str| json!({ "IPSet": { "Name": "office", "Id": id }, "LockToken": "t" });
        let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/abcd";
        for (held, is_held) in [
            (json!({ arn: set("abcd") }), true),
            (json!({ "office/abcd": set("abcd") }), true),
            (json!({ "office": { "abcd": set("abcd") } }), true),
            (json!({ "office": set("abcd") }), true),
            // Another one of the same name, in another scope or of another time.
            (json!({ "office": set("efgh") }), false),
            (json!({ "home": set("abcd") }), false),
        ] {
            let part = part(json!({ "wafv2": { "get_ip_set": held } }));
            let body = br#"{"Name":"office","Id":"abcd","Scope":"REGIONAL"}"#;
            let (service, operation, request) =
                service::find("wafv2", "POST", "/", body, "AWSWAF_20190729.GetIPSet").unwrap();
            let expected = if is_held { Answer::Json(set("abcd")) } else { Answer::NotHeld };
            assert_eq!(answer(&part, service, operation, &request), expected, "{held}");
        }
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

    #[test]
    fn a_page_that_was_not_read_is_not_empty() {
        let denied = json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } });
        let stages = |name: &str| json!({ "item": [{ "stageName": name }] });
        let part = part(json!({ "apigateway": {
            "get_rest_apis": { "pages": [{ "items": [{ "id": "a" }] }, denied] },
            "get_usage_plans": { "pages": [] },
            "get_api_keys": { "pages": [null] },
            "get_stages": {
                "a": { "pages": [stages("prod"), stages("dev")] },
                "b": { "pages": [stages("prod"), denied] },
            },
        } }));
        assert_eq!(names(&get(&part, "/restapis"), "item", "id"), (vec!["a".to_owned()], Some("at-1".to_owned())));
        let code = |path: &str| match get(&part, path) {
            Answer::Error { code, .. } => code,
            other => format!("{other:?}"),
        };
        assert_eq!(code("/restapis?position=at-1"), "AccessDeniedException");
        assert_eq!(code("/apikeys"), "NotFoundException");
        assert_eq!(code("/restapis/b/stages"), "AccessDeniedException");
        assert_eq!(code("/usageplans"), "NotHeld");
        assert_eq!(get(&part, "/restapis/a"), Answer::Json(json!({ "id": "a" })));
        assert_eq!(code("/restapis/b"), "NotHeld", "it may stand on the page that was not read");
        assert_eq!(names(&get(&part, "/restapis/a/stages"), "item", "stageName").0, ["prod", "dev"]);
    }

    #[test]
    fn makes_every_list_of_its_items() {
        let part = part(json!({
            "apigateway": {
                "get_rest_api": { "a": { "id": "a" }, "b": null },
                "get_stage": { "a/prod": { "stageName": "prod" }, "b": { "dev": { "stageName": "dev" } } },
                "get_model": { "a/M": { "name": "M" }, "b/M": { "Error": { "Code": "AccessDeniedException" } } },
                "get_authorizer": { "a": {} },
                "get_usage": { "p": { "usagePlanId": "p", "items": { "k": [[1, 2]] } } },
                "get_usage_plan_keys": { "p": { "items": [{ "id": "k" }] } },
                "get_resources": { "a": { "items": [{ "id": "r", "resourceMethods": { "GET": {
                    "methodResponses": { "200": { "statusCode": "200" } },
                    "methodIntegration": { "integrationResponses": { "201": { "statusCode": "201" } } },
                } } }] } },
            },
            "apigatewayv2": { "get_routing_rule": { "d.example.com/r1": { "RoutingRuleId": "r1" } } },
            "lambda": { "get_function_configuration": {
                "f": { "FunctionName": "f", "Version": "$LATEST" }, "f:live": { "FunctionName": "f", "Version": "3" },
                "arn:aws:lambda:eu-west-1:444455556666:function:g": { "FunctionName": "g" }, "h": null,
            } },
        }));
        let list = |path: &str, items: &str, name: &str| names(&get(&part, path), items, name).0;
        assert_eq!(list("/restapis", "item", "id"), ["a"]);
        assert_eq!(list("/restapis/a/stages", "item", "stageName"), ["prod"]);
        assert_eq!(list("/restapis/b/stages", "item", "stageName"), ["dev"]);
        assert_eq!(list("/restapis/a/models", "item", "name"), ["M"]);
        assert_eq!(list("/v2/domainnames/d.example.com/routingrules", "routingRules", "routingRuleId"), ["r1"]);
        assert_eq!(list("/2015-03-31/functions", "Functions", "Version"), ["$LATEST"]);
        for path in ["/restapis/b/models", "/restapis/a/authorizers", "/restapis/c/stages", "/apikeys"] {
            assert_eq!(get(&part, path), Answer::NotHeld, "{path}");
        }
        let usage = json!({ "usagePlanId": "p", "values": { "k": [[1, 2]] } });
        assert_eq!(get(&part, "/usageplans/p/usage?startDate=2026-01-01"), Answer::Json(usage));
        assert_eq!(get(&part, "/usageplans/p/keys/k"), Answer::Json(json!({ "id": "k" })));
        let method = "/restapis/a/resources/r/methods/GET";
        let response = |path: &str| get(&part, &format!("{method}{path}"));
        assert_eq!(response("/responses/200"), Answer::Json(json!({ "statusCode": "200" })));
        assert_eq!(response("/integration/responses/201"), Answer::Json(json!({ "statusCode": "201" })));
        assert!(matches!(response("/responses/500"), Answer::Error { .. }));
    }

    #[test]
    fn a_function_of_another_account_is_not_answered_by_one_of_the_same_name() {
        let own = json!({ "FunctionName": "f" });
        let held = json!({ "f": own, "arn:aws:lambda:eu-west-1:444455556666:function:g": { "FunctionName": "g" } });
        let part = part(json!({ "lambda": { "get_function_configuration": held } }));
        let asked = |account: &str, name: &str| {
            let arn = format!("arn%3Aaws%3Alambda%3Aeu-west-1%3A{account}%3Afunction%3A{name}");
            get(&part, &format!("/2015-03-31/functions/{arn}/configuration"))
        };
        assert_eq!(asked("111122223333", "f"), Answer::Json(own));
        assert_eq!(asked("444455556666", "f"), Answer::NotHeld);
        assert_eq!(asked("444455556666", "g"), Answer::Json(json!({ "FunctionName": "g" })));
    }
}
