//! Random edits of a REST API, one place at a time.

use serde_json::{Value, json};

use crate::generator::{CONTENT_TYPES, STATUS_CODES};
use crate::random::Random;

/// One edit of the member `apigateway` of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Where, as a JSON pointer. What it leads through is there.
    pub at: String,
    /// What is put there; null takes it away.
    pub value: Value,
}

/// The JSON pointer's tokens, put together.
pub fn pointer(tokens: &[&str]) -> String {
    tokens.iter().map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1"))).collect()
}

/// A random edit of an API that changes something.
pub fn random(random: &mut Random, apigateway: &Value, api_id: &str) -> Edit {
    let candidates = candidates(random, apigateway, api_id);
    let (at, value) = random.pick(&candidates);
    Edit { at, value }
}

/// An edited API.
pub fn applied(apigateway: &Value, edit: &Edit) -> Value {
    let mut edited = apigateway.clone();
    let (parent, _) = edit.at.rsplit_once('/').expect("a pointer");
    let (_, leaf) = parent.rsplit_once('/').expect("a longer one");
    // A map that is not there yet comes with its first member.
    let maps = [
        "requestParameters",
        "requestModels",
        "methodResponses",
        "responseParameters",
        "responseModels",
        "requestTemplates",
        "integrationResponses",
    ];
    if maps.contains(&leaf) && edited.pointer(parent).is_none() {
        crate::edit(&mut edited, parent, json!({}));
    }
    crate::edit(&mut edited, &edit.at, edit.value.clone());
    edited
}

/// Edits of everything in an API, one for each place.
fn candidates(random: &mut Random, apigateway: &Value, id: &str) -> Vec<(String, Value)> {
    let mut found: Vec<(String, Value)> = Vec::new();
    let items = |operation: &str| apigateway[operation][id]["items"].as_array().cloned().unwrap_or_default();
    for (at, resource) in items("get_resources").iter().enumerate() {
        for (verb, method) in resource["resourceMethods"].as_object().into_iter().flatten() {
            let base = pointer(&["get_resources", id, "items", &at.to_string(), "resourceMethods", verb]);
            if resource["resourceMethods"].as_object().is_some_and(|methods| methods.len() > 1) {
                found.push((base.clone(), Value::Null));
            }
            let mut edit = |name: &str, values: &[Value]| {
                let place = format!("{base}{}", pointer(&name.split('|').collect::<Vec<_>>()));
                let present = apigateway.pointer(&place).cloned().unwrap_or_default();
                let others: Vec<&Value> = values.iter().filter(|value| **value != present).collect();
                if !others.is_empty() {
                    found.push((place, (*random.pick(&others)).clone()));
                }
            };
            method_edits(
                &mut edit,
                method,
                &apigateway["get_authorizers"][id]["items"],
                &items("get_request_validators"),
                &items("get_models"),
            );
        }
    }
    let mut definition = |operation: &str, at: usize, name: &str, values: &[Value]| {
        let place = pointer(&[operation, id, "items", &at.to_string(), name]);
        let present = apigateway.pointer(&place).cloned().unwrap_or_default();
        let others: Vec<&Value> = values.iter().filter(|value| **value != present).collect();
        if !others.is_empty() {
            found.push((place, (*random.pick(&others)).clone()));
        }
    };
    for (at, authorizer) in items("get_authorizers").iter().enumerate() {
        definition(
            "get_authorizers",
            at,
            "authorizerResultTtlInSeconds",
            &[json!(0), json!(60), json!(300), Value::Null],
        );
        definition(
            "get_authorizers",
            at,
            "identitySource",
            &[json!("method.request.header.A"), json!("method.request.header.B")],
        );
        if authorizer.get("authorizerUri").is_some() {
            // Either may look at one header, and at nothing else.
            if authorizer["identitySource"].as_str().is_some_and(|source| !source.contains(',')) {
                definition("get_authorizers", at, "type", &[json!("TOKEN"), json!("REQUEST")]);
            }
            definition("get_authorizers", at, "authorizerUri", &[json!("arn:new")]);
            definition("get_authorizers", at, "authorizerCredentials", &[json!("arn:role"), Value::Null]);
        } else {
            definition("get_authorizers", at, "providerARNs", &[json!(["arn:pool"])]);
        }
    }
    let validators = items("get_request_validators");
    for (at, validator) in validators.iter().enumerate() {
        // Of two with one name an export cannot tell which it means.
        if validators.iter().filter(|other| other["name"] == validator["name"]).count() == 1 {
            definition("get_request_validators", at, "validateRequestBody", &[json!(true), json!(false)]);
            definition("get_request_validators", at, "validateRequestParameters", &[json!(true), json!(false)]);
        }
    }
    for (at, model) in items("get_models").iter().enumerate() {
        let schema: Value = serde_json::from_str(model["schema"].as_str().unwrap_or_default()).unwrap_or_default();
        let with = |name: &str, value: Value| {
            let mut edited = schema.clone();
            edited[name] = value;
            json!(edited.to_string())
        };
        let edits = [
            with("title", json!("new")),
            with("maxLength", json!(7)),
            with("enum", json!(["z"])),
            with("format", json!("new")),
            with("not", json!({})),
        ];
        definition("get_models", at, "schema", &edits);
    }
    for (at, response) in items("get_gateway_responses").iter().enumerate() {
        let is_default = response["defaultResponse"] == json!(true);
        definition("get_gateway_responses", at, "defaultResponse", &[json!(!is_default)]);
        if !is_default {
            definition("get_gateway_responses", at, "statusCode", &[json!("499")]);
            definition("get_gateway_responses", at, "responseTemplates", &[json!({ "application/json": "new" })]);
            definition(
                "get_gateway_responses",
                at,
                "responseParameters",
                &[json!({ "gatewayresponse.header.A": "'new'" })],
            );
        }
    }
    let settings = [
        ("binaryMediaTypes", json!(["new/type"])),
        ("minimumCompressionSize", json!(7)),
        ("minimumCompressionSize", Value::Null),
        ("apiKeySource", json!("HEADER")),
        ("apiKeySource", json!("AUTHORIZER")),
        ("policy", json!("{\"Version\": \"2008-10-17\", \"Statement\": []}")),
        ("policy", Value::Null),
        ("securityPolicy", json!("TLS_1_2")),
        ("endpointAccessMode", json!("STRICT")),
        ("disableExecuteApiEndpoint", json!(true)),
        ("disableExecuteApiEndpoint", json!(false)),
    ];
    for (name, value) in settings {
        let present = &apigateway["get_rest_apis"]["items"][0][name];
        if *present != value {
            found.push((pointer(&["get_rest_apis", "items", "0", name]), value));
        }
    }
    found
}

fn method_edits(
    edit: &mut dyn FnMut(&str, &[Value]),
    method: &Value,
    authorizers: &Value,
    validators: &[Value],
    models: &[Value],
) {
    let ids = |items: &[Value]| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    match method["authorizerId"].as_str() {
        None => edit("authorizationType", &[json!("NONE"), json!("AWS_IAM")]),
        Some(id) => {
            let authorizers = authorizers.as_array().cloned().unwrap_or_default();
            let is_cognito = |item: &Value| item["type"] == "COGNITO_USER_POOLS";
            let own = authorizers.iter().find(|item| item["id"] == id).is_some_and(is_cognito);
            let alike: Vec<Value> = authorizers.into_iter().filter(|item| is_cognito(item) == own).collect();
            edit("authorizerId", &ids(&alike));
            if own {
                edit("authorizationScopes", &[json!(["orders/read"]), json!(["new"]), Value::Null]);
            }
        }
    }
    edit("apiKeyRequired", &[json!(true), json!(false)]);
    edit("operationName", &[json!("New"), Value::Null]);
    edit("requestParameters|method.request.querystring.page", &[json!(true), json!(false), Value::Null]);
    edit("requestParameters|method.request.header.X-New", &[json!(true), json!(false)]);
    let mut validator_ids = ids(validators);
    validator_ids.push(Value::Null);
    edit("requestValidatorId", &validator_ids);
    let names: Vec<Value> = models.iter().map(|model| model["name"].clone()).collect();
    edit(&format!("requestModels|{}", CONTENT_TYPES[0]), &[names.clone(), vec![Value::Null]].concat());
    for status in STATUS_CODES {
        let place = format!("methodResponses|{status}");
        if method["methodResponses"].get(status).is_none() {
            edit(&place, &[json!({ "statusCode": status })]);
            continue;
        }
        edit(&place, &[Value::Null]);
        edit(&format!("{place}|responseParameters|method.response.header.X-New"), &[json!(true), json!(false)]);
        edit(
            &format!("{place}|responseParameters|method.response.header.ETag"),
            &[json!(true), json!(false), Value::Null],
        );
        edit(&format!("{place}|responseModels|{}", CONTENT_TYPES[0]), &[names.clone(), vec![Value::Null]].concat());
    }
    integration_edits(edit, &method["methodIntegration"]);
}

fn integration_edits(edit: &mut dyn FnMut(&str, &[Value]), integration: &Value) {
    let mut field = |name: &str, values: &[Value]| edit(&format!("methodIntegration|{name}"), values);
    if integration["type"] != "MOCK" {
        field("type", &["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY"].map(Value::from));
    }
    field("httpMethod", &["GET", "PUT"].map(Value::from));
    field("uri", &[json!("http://new.example/")]);
    if integration.get("connectionType").is_some() {
        field("connectionType", &["INTERNET", "VPC_LINK"].map(Value::from));
        field("connectionId", &["vl1", "vl2"].map(Value::from));
        field("integrationTarget", &[json!("arn:new"), Value::Null]);
        field(
            "tlsConfig",
            &[json!({ "insecureSkipVerification": true }), json!({ "insecureSkipVerification": false })],
        );
    }
    field("credentials", &[json!("arn:aws:iam::111122223333:role/new"), Value::Null]);
    field("contentHandling", &[json!("CONVERT_TO_TEXT"), json!("CONVERT_TO_BINARY"), Value::Null]);
    field("passthroughBehavior", &["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"].map(Value::from));
    field("timeoutInMillis", &[json!(29_000), json!(50), json!(5_000)]);
    field("responseTransferMode", &[json!("BUFFERED"), json!("STREAM"), Value::Null]);
    field("cacheNamespace", &[json!("new"), json!("shared")]);
    field("cacheKeyParameters", &[json!(["method.request.header.New"]), json!([])]);
    field("requestParameters|integration.request.header.X-New", &[json!("'new'")]);
    field(&format!("requestTemplates|{}", CONTENT_TYPES[1]), &[json!("new"), Value::Null]);
    let responses = integration["integrationResponses"].as_object().cloned().unwrap_or_default();
    let mut patterns: Vec<&str> =
        responses.values().map(|response| response["selectionPattern"].as_str().unwrap_or_default()).collect();
    patterns.sort_unstable();
    if patterns.windows(2).any(|pair| pair[0] == pair[1]) {
        // Which of two with one pattern an export shows is not known.
        return;
    }
    for status in STATUS_CODES {
        let place = format!("integrationResponses|{status}");
        if responses.contains_key(status) {
            field(&place, &[Value::Null]);
            field(&format!("{place}|selectionPattern"), &[json!("new.*")]);
            field(&format!("{place}|contentHandling"), &[json!("CONVERT_TO_BINARY")]);
            field(&format!("{place}|responseTemplates"), &[json!({ "text/new": "new" })]);
            field(&format!("{place}|responseParameters"), &[json!({ "method.response.header.X-New": "'new'" })]);
        } else {
            field(&place, &[json!({ "statusCode": status, "selectionPattern": "new.*" })]);
        }
    }
}
