//! What a reader of drift has to say of one edit: the contract's "What one change is", spelled out once more, apart from
//! the engine.

use serde_json::{Map, Value, json};

use crate::edits::Edit;
use crate::exporter::{Format, Habits};

/// One change that has to be reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `changed subject METHOD /path name field`, what there is of it.
    pub words: String,
    /// The live side, or `None` where the contract does not spell its form out.
    pub live: Option<Value>,
    /// The deployed side.
    pub deployed: Option<Value>,
}

/// What a reader has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Exactly this.
    Change(Expected),
    /// No change, and that this subject's field is not comparable.
    NotComparable(&'static str, String),
    /// No change.
    Nothing,
}

/// The two sides of an edit, and by which export the deployed one is seen.
pub struct Sides<'a> {
    /// The member `apigateway` of a recording of the live side.
    pub live: &'a Value,
    /// The same of the deployed side, which nobody can read.
    pub deployed: &'a Value,
    /// The export's format.
    pub format: Format,
    /// The export's habits.
    pub habits: Habits,
    /// The export of the deployed side, as the independent writer wrote it.
    pub export: &'a Value,
}

/// What has to be said where the sides differ in one edit.
pub fn verdict(sides: &Sides<'_>, edit: &Edit) -> Verdict {
    let tokens: Vec<String> =
        edit.at.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    match tokens.as_slice() {
        ["get_resources", id, "items", at, "resourceMethods", verb, rest @ ..] => {
            let resource =
                |side: &Value| side["get_resources"][*id]["items"][at.parse::<usize>().expect("an index")].clone();
            let path = resource(sides.live)["path"].as_str().unwrap_or_default().to_owned();
            let method = |side: &Value| resource(side)["resourceMethods"][*verb].clone();
            let resource_id = resource(sides.live)["id"].clone();
            Method {
                sides,
                id,
                key: format!("{verb} {path}"),
                resource_id,
                live: method(sides.live),
                deployed: method(sides.deployed),
            }
            .verdict(rest)
        }
        ["get_rest_apis", "items", "0", field] => setting(sides, field),
        ["get_gateway_responses", _, "items", at, field] => gateway_response(sides, &edit.at, at, field),
        [list, id, "items", _, field] => definition(sides, list, id, &edit.at, field),
        _ => panic!("nobody makes such an edit: {}", edit.at),
    }
}

/// A change of a field. The lists of an API are sets.
fn change(words: String, mut live: Value, mut deployed: Value) -> Verdict {
    for side in [&mut live, &mut deployed] {
        if let Some(items) = side.as_array_mut() {
            items.sort_by_key(Value::to_string);
        }
    }
    Verdict::Change(Expected { words, live: Some(live), deployed: Some(deployed) })
}

/// A change of a subject as a whole. Of the side that has it, the contract does not spell the form out.
fn whole(words: &str, live: &Value, deployed: &Value) -> Verdict {
    let kind = if deployed.is_null() { "added" } else { "removed" };
    let side = |value: &Value| value.is_null().then_some(Value::Null);
    Verdict::Change(Expected { words: format!("{kind} {words}"), live: side(live), deployed: side(deployed) })
}

/// The keys of a map that differ; null on a side that has no such map.
fn differing(live: &Value, deployed: &Value) -> (Value, Value) {
    let side = |one: &Value, other: &Value| {
        let own = one.as_object().filter(|own| !own.is_empty());
        own.map_or(Value::Null, |own| {
            let keys = own.iter().filter(|(key, value)| other.get(*key) != Some(value));
            Value::Object(keys.map(|(key, value)| (key.clone(), value.clone())).collect())
        })
    };
    (side(live, deployed), side(deployed, live))
}

struct Method<'a> {
    sides: &'a Sides<'a>,
    id: &'a str,
    key: String,
    resource_id: Value,
    live: Value,
    deployed: Value,
}

impl Method<'_> {
    fn verdict(&self, at: &[&str]) -> Verdict {
        let Method { key, live, deployed, .. } = self;
        let is_proxy =
            |method: &Value| method["methodIntegration"]["type"].as_str().is_some_and(|kind| kind.ends_with("_PROXY"));
        let is_proxy = is_proxy(live) || is_proxy(deployed);
        match at {
            [] => whole(&format!("route {key}"), live, deployed),
            ["authorizerId"] => self.name_of("get_authorizers", "authorizerId", "authorizer"),
            ["requestValidatorId"] => self.name_of("get_request_validators", "requestValidatorId", "requestValidator"),
            ["requestParameters", _] => self.map(
                &format!("method {key} requestParameters"),
                &live["requestParameters"],
                &deployed["requestParameters"],
            ),
            ["requestModels", _] => self.models(
                "method",
                &format!("method {key} requestModels"),
                &live["requestModels"],
                &deployed["requestModels"],
            ),
            ["authorizationScopes"] => {
                let list = |method: &Value| {
                    if method["authorizationScopes"].is_null() {
                        json!([])
                    } else {
                        method["authorizationScopes"].clone()
                    }
                };
                change(format!("changed method {key} authorizationScopes"), list(live), list(deployed))
            }
            [field] => change(format!("changed method {key} {field}"), live[*field].clone(), deployed[*field].clone()),
            ["methodResponses", ..] if is_proxy => Verdict::Nothing,
            ["methodResponses", status, rest @ ..] => {
                let (live, deployed) = (&live["methodResponses"][*status], &deployed["methodResponses"][*status]);
                let words = format!("method-response {key} {status}");
                match rest {
                    ["responseParameters", name] => {
                        // The boolean that goes with the name is lost in the export, and has no effect.
                        let has = |side: &Value| side["responseParameters"].get(*name).is_some();
                        if has(live) && has(deployed) {
                            return Verdict::Nothing;
                        }
                        let own = |side: &Value, other: &Value| {
                            let own = side["responseParameters"].as_object().filter(|own| !own.is_empty());
                            own.map(|own| {
                                match own.get(*name).filter(|_| other["responseParameters"].get(*name).is_none()) {
                                    Some(value) => json!({ *name: value }),
                                    None => json!({}),
                                }
                            })
                        };
                        let live_side = own(live, deployed).unwrap_or_default();
                        // An export shows the name without the boolean.
                        let deployed_side = own(deployed, live).map(|side| match side.as_object() {
                            Some(names) if !names.is_empty() => json!({ *name: null }),
                            _ => side,
                        });
                        change(
                            format!("changed {words} responseParameters"),
                            live_side,
                            deployed_side.unwrap_or_default(),
                        )
                    }
                    ["responseModels", _] => self.models(
                        "method-response",
                        &format!("{words} responseModels"),
                        &live["responseModels"],
                        &deployed["responseModels"],
                    ),
                    _ => whole(&words, live, deployed),
                }
            }
            ["methodIntegration", "integrationResponses", ..] if is_proxy => Verdict::Nothing,
            ["methodIntegration", "integrationResponses", status, rest @ ..] => {
                let side = |method: &Value| method["methodIntegration"]["integrationResponses"][*status].clone();
                let (live, deployed) = (side(live), side(deployed));
                let words = format!("integration-response {key} {status}");
                match rest {
                    [] => whole(&words, &live, &deployed),
                    ["selectionPattern"] => {
                        let pattern = |side: &Value| json!(side["selectionPattern"].as_str().unwrap_or_default());
                        change(format!("changed {words} selectionPattern"), pattern(&live), pattern(&deployed))
                    }
                    [field @ ("responseTemplates" | "responseParameters")] => {
                        self.map(&format!("{words} {field}"), &live[*field], &deployed[*field])
                    }
                    [field, ..] => {
                        change(format!("changed {words} {field}"), live[*field].clone(), deployed[*field].clone())
                    }
                }
            }
            ["methodIntegration", field, ..] => self.integration(field),
            _ => panic!("nobody makes such an edit: {at:?}"),
        }
    }

    fn map(&self, words: &str, live: &Value, deployed: &Value) -> Verdict {
        let (live, deployed) = differing(live, deployed);
        change(format!("changed {words}"), live, deployed)
    }

    /// Swagger 2.0 has place for one model of an operation, and lists the content types of models and templates together.
    fn models(&self, subject: &'static str, words: &str, live: &Value, deployed: &Value) -> Verdict {
        if self.sides.format == Format::Oas30 {
            return self.map(words, live, deployed);
        }
        let names =
            |side: &Value| side.as_object().into_iter().flatten().map(|(_, name)| name.clone()).collect::<Vec<_>>();
        let (live_names, deployed_names) = (names(live), names(deployed));
        let shown = if self.sides.habits.last_of_several { deployed_names.last() } else { deployed_names.first() };
        let is_sure = match shown {
            None => !live_names.is_empty(),
            Some(shown) => !live_names.contains(shown),
        };
        let field = words.rsplit(' ').next().unwrap_or_default().to_owned();
        if is_sure {
            // Which content types the export shows is a matter of the templates, too.
            return Verdict::Change(Expected { words: format!("changed {words}"), live: None, deployed: None });
        }
        if shown.is_none() { Verdict::Nothing } else { Verdict::NotComparable(subject, field) }
    }

    /// Authorizers and validators are compared by their names, which are all that an export knows.
    fn name_of(&self, list: &str, id_field: &str, field: &str) -> Verdict {
        let name = |method: &Value| {
            let items = self.sides.live[list][self.id]["items"].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .find(|item| item["id"] == method[id_field])
                .map(|item| item["name"].clone())
                .unwrap_or_default()
        };
        let (live, deployed) = (name(&self.live), name(&self.deployed));
        if live == deployed {
            // Two validators of one name: equal ones do not matter, and of different ones the export cannot tell which.
            return Verdict::Nothing;
        }
        change(format!("changed method {} {field}", self.key), live, deployed)
    }

    fn integration(&self, field: &str) -> Verdict {
        let (live, deployed) = (&self.live["methodIntegration"], &self.deployed["methodIntegration"]);
        // A mock calls nothing, whatever is written there.
        if live["type"] == "MOCK" && ["httpMethod", "uri"].contains(&field) {
            return Verdict::Nothing;
        }
        let words = format!("integration {} {field}", self.key);
        if ["requestParameters", "requestTemplates"].contains(&field) {
            return self.map(&words, &live[field], &deployed[field]);
        }
        let value = |side: &Value| match (field, &side[field]) {
            ("timeoutInMillis", Value::Null) => json!(29_000),
            ("responseTransferMode", Value::Null) => json!("BUFFERED"),
            ("passthroughBehavior", Value::Null) => json!("WHEN_NO_MATCH"),
            ("connectionType", Value::Null) => json!("INTERNET"),
            ("credentials", role) if role == "" => Value::Null,
            ("cacheNamespace", namespace) if *namespace == self.resource_id => Value::Null,
            ("cacheKeyParameters", Value::Null) => json!([]),
            ("tlsConfig", tls) if tls["insecureSkipVerification"] == json!(false) => Value::Null,
            (_, value) => value.clone(),
        };
        let (live, deployed) = (value(live), value(deployed));
        if live == deployed { Verdict::Nothing } else { change(format!("changed {words}"), live, deployed) }
    }
}

/// A property of the API: a difference proves drift where the export shows a value, or where recordings prove that it
/// would.
fn setting(sides: &Sides<'_>, field: &str) -> Verdict {
    let side = |side: &Value| side["get_rest_apis"]["items"][0][field].clone();
    let (live, deployed) = (side(sides.live), side(sides.deployed));
    let shown = |name: &str| sides.export.get(format!("x-amazon-apigateway-{name}")).is_some();
    let (is_proven, live, deployed) = match field {
        "binaryMediaTypes" => {
            let list = |value: Value| {
                let mut items = value.as_array().cloned().unwrap_or_default();
                items.sort_by_key(Value::to_string);
                json!(items)
            };
            (true, Some(list(live)), Some(list(deployed)))
        }
        "policy" => {
            let side = |value: &Value| value.is_null().then_some(Value::Null);
            (true, side(&live), side(&deployed))
        }
        "minimumCompressionSize" => (shown("minimum-compression-size"), Some(live), Some(deployed)),
        "apiKeySource" => (shown("api-key-source"), Some(live), Some(deployed)),
        "securityPolicy" => (shown("security-policy") && !live.is_null(), Some(live), Some(deployed)),
        "endpointAccessMode" => (shown("endpoint-access-mode") && !live.is_null(), Some(live), Some(deployed)),
        "disableExecuteApiEndpoint" => (sides.format == Format::Oas30, Some(live), Some(deployed)),
        _ => panic!("nobody edits {field}"),
    };
    if live == deployed && live.is_some() {
        Verdict::Nothing
    } else if is_proven {
        Verdict::Change(Expected { words: format!("changed api {field}"), live, deployed })
    } else {
        Verdict::NotComparable("api", field.to_owned())
    }
}

fn gateway_response(sides: &Sides<'_>, at: &str, index: &str, field: &str) -> Verdict {
    let list = at.split("/items/").next().unwrap_or_default();
    let response = |side: &Value| side.pointer(&format!("{list}/items/{index}")).cloned().unwrap_or_default();
    let (live, deployed) = (response(sides.live), response(sides.deployed));
    let words = format!("gateway-response {}", live["responseType"].as_str().unwrap_or_default());
    match field {
        "defaultResponse" => {
            let present =
                |side: &Value| if side["defaultResponse"] == json!(false) { json!("there") } else { Value::Null };
            whole(&words, &present(&live), &present(&deployed))
        }
        "statusCode" => change(format!("changed {words} statusCode"), live[field].clone(), deployed[field].clone()),
        _ => {
            let (live, deployed) = differing(&live[field], &deployed[field]);
            change(format!("changed {words} {field}"), live, deployed)
        }
    }
}

/// An authorizer, a validator or a model: compared where both sides refer to it.
fn definition(sides: &Sides<'_>, list: &str, id: &str, at: &str, field: &str) -> Verdict {
    let (owner, _) = at.rsplit_once('/').unwrap_or_default();
    let name = sides.live.pointer(owner).map(|item| item["name"].clone()).unwrap_or_default();
    let name = name.as_str().unwrap_or_default();
    let side = |side: &Value| side.pointer(at).cloned().unwrap_or_default();
    let (live, deployed) = (side(sides.live), side(sides.deployed));
    let methods = || {
        let resources = sides.live["get_resources"][id]["items"].as_array().into_iter().flatten();
        resources.flat_map(|resource| {
            resource["resourceMethods"].as_object().into_iter().flatten().map(|(_, method)| method)
        })
    };
    let oas30 = sides.format == Format::Oas30;
    let (subject, place, refers): (_, _, &dyn Fn(&Value) -> bool) = match list {
        "get_authorizers" => {
            ("authorizer", if oas30 { "/components/securitySchemes" } else { "/securityDefinitions" }, &|method| {
                method.get("authorizerId").is_some()
            })
        }
        "get_models" => ("model", if oas30 { "/components/schemas" } else { "/definitions" }, &|method| {
            let has = |models: &Value| models.as_object().is_some_and(|models| !models.is_empty());
            let responses = method["methodResponses"].as_object().into_iter().flatten();
            has(&method["requestModels"]) || responses.into_iter().any(|(_, response)| has(&response["responseModels"]))
        }),
        _ => ("request-validator", "/x-amazon-apigateway-request-validators", &|method| {
            method.get("requestValidatorId").is_some()
        }),
    };
    let exported = sides.export.pointer(place).and_then(|definitions| definitions.get(name));
    let Some(exported) = exported.filter(|_| methods().any(refers)) else {
        return Verdict::Nothing;
    };
    let words = format!("changed {subject} {name} {field}");
    if list == "get_models" {
        return model(&words, &parsed(&live), exported);
    }
    let value = |value: Value| match (field, value) {
        ("authorizerResultTtlInSeconds", Value::Null) => json!(300),
        // White space between sources says nothing.
        ("identitySource", Value::String(sources)) => {
            json!(sources.split(',').map(str::trim).collect::<Vec<_>>().join(", "))
        }
        (_, value) => value,
    };
    let (live, deployed) = (value(live), value(deployed));
    if live == deployed { Verdict::Nothing } else { change(words, live, deployed) }
}

fn parsed(schema: &Value) -> Value {
    serde_json::from_str(schema.as_str().unwrap_or_default()).unwrap_or_default()
}

/// The edits of models are of keywords at the top: what the export shows of one proves it, and what it does not show
/// proves something only for keywords that recorded exports have.
fn model(words: &str, live: &Value, exported: &Value) -> Verdict {
    let empty = Map::new();
    let (live, exported) = (live.as_object().unwrap_or(&empty), exported.as_object().unwrap_or(&empty));
    let edited = ["title", "maxLength", "enum", "format", "not"];
    let differs = |keyword: &&str| match (live.get(*keyword), exported.get(*keyword)) {
        (Some(one), Some(other)) if one.is_array() => !equal_sets(one, other),
        (Some(one), Some(other)) => one != other && one.as_f64().zip(other.as_f64()).is_none_or(|(a, b)| a != b),
        (one, other) => one.is_some() != other.is_some(),
    };
    let differing: Vec<&str> = edited.into_iter().filter(differs).collect();
    let is_proven =
        |keyword: &&str| exported.contains_key(*keyword) || ["title", "maxLength", "enum"].contains(keyword);
    if differing.iter().any(is_proven) {
        Verdict::Change(Expected { words: words.to_owned(), live: None, deployed: None })
    } else if differing.is_empty() {
        Verdict::Nothing
    } else {
        Verdict::NotComparable("model", "schema".to_owned())
    }
}

/// Numbers in an export are doubles.
fn equal_sets(one: &Value, other: &Value) -> bool {
    let sorted = |value: &Value| {
        let text = |item: &Value| item.as_f64().map_or_else(|| item.to_string(), |number| number.to_string());
        let mut items: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
        items.sort();
        items
    };
    sorted(one) == sorted(other)
}
