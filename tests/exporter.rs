//! An independent writer of exports: from raw answers of the control plane, as AWS's recorded exports show it.
//!
//! It shares no code with the engine, and loses and reshapes what AWS loses and reshapes: defaults, descriptions,
//! resources without methods, definitions that nothing refers to, the booleans of response headers.

mod integration;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use integration::{authorizer_scheme, integration_of};
use serde_json::{Map, Value, json};

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenAPI 3.0.
    Oas30,
    /// Swagger 2.0.
    Swagger20,
}

/// What no recording settles about AWS's exports, or what recordings show both ways. Whoever reads exports has to be
/// right whichever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Writes a timeout, a transfer mode and a cache namespace that are the defaults, as exports of APIs do that were
    /// made in the console.
    pub defaults: bool,
    /// Writes compression, API key source and TLS policy.
    pub settings: bool,
    /// Writes the keywords of schemas of which no recorded export is known that has them.
    pub every_keyword: bool,
    /// Writes definitions that nothing refers to.
    pub unreferenced: bool,
    /// Where there is place for one of several (models of one operation in Swagger 2.0, integration responses of one
    /// pattern), writes the last instead of the first.
    pub last_of_several: bool,
}

impl Habits {
    /// What the recorded exports show.
    pub const RECORDED: Habits =
        Habits { defaults: false, settings: true, every_keyword: true, unreferenced: false, last_of_several: false };
}

/// What `GetExport` would answer right after a deployment of what a recording holds of an API.
///
/// `apigateway` is the recording's member of that name.
pub fn export(apigateway: &Value, api_id: &str, stage: &str, format: Format) -> Value {
    export_as(apigateway, api_id, stage, format, Habits::RECORDED)
}

/// [`export`], with habits of one's own.
pub fn export_as(apigateway: &Value, api_id: &str, stage: &str, format: Format, habits: Habits) -> Value {
    let list = |operation: &str| items(apigateway.get(operation).and_then(|answers| answers.get(api_id)));
    let api = items(apigateway.get("get_rest_apis")).into_iter().find(|api| api["id"] == api_id).expect("the API");
    let mut writer = Writer {
        format,
        habits,
        authorizers: by_id(list("get_authorizers")),
        validators: by_id(list("get_request_validators")),
        models: list("get_models"),
        used_authorizers: BTreeSet::new(),
        used_validators: BTreeSet::new(),
        used_models: BTreeSet::new(),
        uses_iam: false,
        uses_key: false,
    };
    if habits.unreferenced {
        writer.used_authorizers = writer.authorizers.keys().cloned().collect();
        writer.used_validators = writer.validators.keys().cloned().collect();
        writer.used_models = writer.models.iter().map(|model| text(&model["name"])).collect();
    }
    let mut paths = Map::new();
    for resource in list("get_resources") {
        let methods = members(resource.get("resourceMethods"));
        if methods.is_empty() {
            continue;
        }
        let operations = methods.iter().map(|(name, method)| {
            let key = if *name == "ANY" { "x-amazon-apigateway-any-method".to_owned() } else { name.to_lowercase() };
            (key, writer.operation(&text(&resource["id"]), method))
        });
        paths.insert(text(&resource["path"]), Value::Object(operations.collect()));
    }
    let mut document = writer.frame(&api, stage, paths);
    extension(
        &mut document,
        "policy",
        // Some answers of GetRestApi hold the text escaped once more.
        api.get("policy").map(|policy| serde_json::from_str(&text(policy).replace("\\\"", "\"")).expect("JSON")),
    );
    extension(&mut document, "binary-media-types", non_empty(api.get("binaryMediaTypes")));
    if habits.settings {
        extension(&mut document, "minimum-compression-size", api.get("minimumCompressionSize").cloned());
        let source = api.get("apiKeySource").filter(|source| *source != "HEADER");
        extension(&mut document, "api-key-source", source.cloned());
        extension(&mut document, "security-policy", api.get("securityPolicy").cloned());
        extension(&mut document, "endpoint-access-mode", api.get("endpointAccessMode").cloned());
    }
    extension(&mut document, "request-validators", writer.request_validators());
    extension(&mut document, "gateway-responses", gateway_responses(&list("get_gateway_responses")));
    document
}

/// What `GetDeployment` with `apisummary` would answer of the same deployment.
pub fn summary(apigateway: &Value, api_id: &str) -> Value {
    let resources = items(apigateway["get_resources"].get(api_id));
    let paths = resources.iter().filter(|resource| resource.get("resourceMethods").is_some()).map(|resource| {
        let methods = members(resource.get("resourceMethods")).into_iter().map(|(name, method)| {
            let snapshot = json!({
                "authorizationType": method["authorizationType"], "apiKeyRequired": method["apiKeyRequired"],
            });
            (name.to_owned(), snapshot)
        });
        (text(&resource["path"]), Value::Object(methods.collect()))
    });
    Value::Object(paths.collect())
}

struct Writer {
    format: Format,
    habits: Habits,
    authorizers: BTreeMap<String, Value>,
    validators: BTreeMap<String, Value>,
    models: Vec<Value>,
    used_authorizers: BTreeSet<String>,
    used_validators: BTreeSet<String>,
    used_models: BTreeSet<String>,
    uses_iam: bool,
    uses_key: bool,
}

impl Writer {
    fn operation(&mut self, resource_id: &str, method: &Value) -> Value {
        let mut operation = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                operation.insert(name.to_owned(), value);
            }
        };
        put("operationId", method.get("operationName").cloned());
        let mut parameters: Vec<Value> = members(method.get("requestParameters"))
            .into_iter()
            .map(|(name, required)| self.parameter(name, required))
            .collect();
        let models = members(method.get("requestModels"));
        self.used_models.extend(models.iter().map(|(_, model)| text(model)));
        let integration = &method["methodIntegration"];
        if self.format == Format::Swagger20 {
            if let Some((_, model)) = self.one_of(&models) {
                parameters.push(
                    json!({ "in": "body", "name": model, "required": true, "schema": self.reference(&text(model)) }),
                );
            }
            let templates = members(integration.get("requestTemplates"));
            put("consumes", names(models.iter().chain(&templates).map(|(name, _)| *name)));
            put("produces", self.produces(method));
        } else if !models.is_empty() {
            put("requestBody", Some(json!({ "content": self.content(&models), "required": true })));
        }
        put("parameters", Some(Value::Array(parameters)).filter(|list| list != &json!([])));
        let responses = members(method.get("methodResponses"));
        let responses =
            responses.into_iter().map(|(status, response)| (status.to_owned(), self.response(status, response)));
        put("responses", Some(Value::Object(responses.collect())));
        put("security", self.security(method));
        if let Some(id) = method.get("requestValidatorId").map(text) {
            put("x-amazon-apigateway-request-validator", Some(self.validators[&id]["name"].clone()));
            self.used_validators.insert(id);
        }
        put("x-amazon-apigateway-integration", integration_of(integration, resource_id, self.habits));
        Value::Object(operation)
    }

    /// The one of several that there is place for.
    fn one_of<'a>(&self, several: &[(&'a str, &'a Value)]) -> Option<(&'a str, &'a Value)> {
        if self.habits.last_of_several { several.last() } else { several.first() }.copied()
    }

    fn parameter(&self, location: &str, required: &Value) -> Value {
        let parts: Vec<&str> = location.splitn(4, '.').collect();
        let place = if parts[2] == "querystring" { "query" } else { parts[2] };
        let mut parameter = json!({ "name": parts[3], "in": place });
        match (self.format, required == &json!(true)) {
            (_, true) => parameter["required"] = json!(true),
            (Format::Swagger20, false) => parameter["required"] = json!(false),
            (Format::Oas30, false) => {}
        }
        self.with_type(&mut parameter);
        parameter
    }

    fn with_type(&self, holder: &mut Value) {
        match self.format {
            Format::Oas30 => holder["schema"] = json!({ "type": "string" }),
            Format::Swagger20 => holder["type"] = json!("string"),
        }
    }

    fn response(&mut self, status: &str, response: &Value) -> Value {
        let mut written = json!({ "description": format!("{status} response") });
        let headers = members(response.get("responseParameters")).into_iter().map(|(location, _)| {
            let mut header = json!({});
            self.with_type(&mut header);
            (location.splitn(4, '.').last().unwrap_or_default().to_owned(), header)
        });
        let headers: Map<String, Value> = headers.collect();
        if !headers.is_empty() {
            written["headers"] = Value::Object(headers);
        }
        let models = members(response.get("responseModels"));
        self.used_models.extend(models.iter().map(|(_, model)| text(model)));
        match (self.format, self.one_of(&models)) {
            (Format::Oas30, _) => written["content"] = self.content(&models),
            (Format::Swagger20, Some((_, model))) => written["schema"] = self.reference(&text(model)),
            (Format::Swagger20, None) => {}
        }
        written
    }

    fn content(&self, models: &[(&str, &Value)]) -> Value {
        let entries =
            models.iter().map(|(name, model)| ((*name).to_owned(), json!({ "schema": self.reference(&text(model)) })));
        Value::Object(entries.collect())
    }

    fn produces(&self, method: &Value) -> Option<Value> {
        let responses = members(method.get("methodResponses"));
        let models = responses.iter().flat_map(|(_, response)| members(response.get("responseModels")));
        let integrations = members(method["methodIntegration"].get("integrationResponses"));
        let templates = integrations.iter().flat_map(|(_, response)| members(response.get("responseTemplates")));
        let found: BTreeSet<&str> = models.chain(templates).map(|(name, _)| name).collect();
        names(found.into_iter())
    }

    fn security(&mut self, method: &Value) -> Option<Value> {
        let mut list = Vec::new();
        if method["authorizationType"] == "AWS_IAM" {
            self.uses_iam = true;
            list.push(json!({ "sigv4": [] }));
        }
        if let Some(id) = method.get("authorizerId").map(text) {
            let scopes = method.get("authorizationScopes").cloned().unwrap_or_else(|| json!([]));
            list.push(json!({ text(&self.authorizers[&id]["name"]): scopes }));
            self.used_authorizers.insert(id);
        }
        if method["apiKeyRequired"] == json!(true) {
            self.uses_key = true;
            list.push(json!({ "api_key": [] }));
        }
        (!list.is_empty()).then_some(Value::Array(list))
    }

    fn reference(&self, model: &str) -> Value {
        let place = if self.format == Format::Oas30 { "components/schemas" } else { "definitions" };
        json!({ "$ref": format!("#/{place}/{model}") })
    }

    /// The document without its extensions.
    fn frame(&self, api: &Value, stage: &str, paths: Map<String, Value>) -> Value {
        let version = api.get("version").cloned().unwrap_or_else(|| json!("2026-10-01T09:00:00Z"));
        let mut info = json!({ "title": api["name"], "version": version });
        if let Some(description) = api.get("description") {
            info["description"] = description.clone();
        }
        let host = format!("{}.execute-api.eu-west-1.amazonaws.com", text(&api["id"]));
        let (schemas, schemes) = (self.schemas(), self.schemes());
        if self.format == Format::Swagger20 {
            let base_path = format!("/{stage}");
            let mut document = json!({
                "swagger": "2.0", "info": info, "host": host, "basePath": base_path, "schemes": ["https"], "paths": paths,
            });
            for (name, value) in [("securityDefinitions", schemes), ("definitions", schemas)] {
                if !value.is_empty() {
                    document[name] = Value::Object(value);
                }
            }
            return document;
        }
        let variables = json!({ "basePath": { "default": stage } });
        let mut server = json!({ "url": format!("https://{host}/{{basePath}}"), "variables": variables });
        let mut endpoint = Map::new();
        if api["disableExecuteApiEndpoint"] == json!(true) {
            endpoint.insert("disableExecuteApiEndpoint".to_owned(), json!(true));
        }
        if let Some(ids) = non_empty(api["endpointConfiguration"].get("vpcEndpointIds")) {
            endpoint.insert("vpcEndpointIds".to_owned(), ids);
        }
        if !endpoint.is_empty() {
            server["x-amazon-apigateway-endpoint-configuration"] = Value::Object(endpoint);
        }
        let mut components = json!({});
        for (name, value) in [("schemas", schemas), ("securitySchemes", schemes)] {
            if !value.is_empty() {
                components[name] = Value::Object(value);
            }
        }
        json!({ "openapi": "3.0.1", "info": info, "servers": [server], "paths": paths, "components": components })
    }

    /// The models that something refers to, and those that these refer to.
    fn schemas(&self) -> Map<String, Value> {
        let models: BTreeMap<String, Value> =
            self.models.iter().map(|model| (text(&model["name"]), parsed(&model["schema"]))).collect();
        let mut waiting: Vec<String> = self.used_models.iter().cloned().collect();
        let mut written = Map::new();
        while let Some(name) = waiting.pop() {
            let Some(schema) = models.get(&name).filter(|_| !written.contains_key(&name)) else { continue };
            let schema =
                schema::written(schema, self.habits.every_keyword, &|model| text(&self.reference(model)["$ref"]));
            waiting.extend(schema::references(&schema));
            written.insert(name, schema);
        }
        written
    }

    fn schemes(&self) -> Map<String, Value> {
        let mut schemes = Map::new();
        for authorizer in self.used_authorizers.iter().map(|id| &self.authorizers[id]) {
            schemes.insert(text(&authorizer["name"]), authorizer_scheme(authorizer));
        }
        let scheme = |header: &str| json!({ "type": "apiKey", "name": header, "in": "header" });
        if self.uses_iam {
            let mut iam = scheme("Authorization");
            iam["x-amazon-apigateway-authtype"] = json!("awsSigv4");
            schemes.insert("sigv4".to_owned(), iam);
        }
        if self.uses_key {
            schemes.insert("api_key".to_owned(), scheme("x-api-key"));
        }
        schemes
    }

    fn request_validators(&self) -> Option<Value> {
        let used = self.used_validators.iter().map(|id| &self.validators[id]).map(|validator| {
            let flags = json!({
                "validateRequestParameters": validator["validateRequestParameters"],
                "validateRequestBody": validator["validateRequestBody"],
            });
            (text(&validator["name"]), flags)
        });
        let used: Map<String, Value> = used.collect();
        (!used.is_empty()).then_some(Value::Object(used))
    }
}

/// Only customised ones, with a number where the control plane has a string.
fn gateway_responses(responses: &[Value]) -> Option<Value> {
    let customised = responses.iter().filter(|response| response["defaultResponse"] == json!(false)).map(|response| {
        let mut written = Map::new();
        if let Some(status) = response.get("statusCode") {
            written.insert("statusCode".to_owned(), json!(text(status).parse::<u16>().expect("a status code")));
        }
        for name in ["responseParameters", "responseTemplates"] {
            if let Some(value) = non_empty(response.get(name)) {
                written.insert(name.to_owned(), value);
            }
        }
        (text(&response["responseType"]), Value::Object(written))
    });
    let customised: Map<String, Value> = customised.collect();
    (!customised.is_empty()).then_some(Value::Object(customised))
}

fn extension(document: &mut Value, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        document[format!("x-amazon-apigateway-{name}")] = value;
    }
}

fn items(list: Option<&Value>) -> Vec<Value> {
    let list = list.and_then(|list| list.get("items")).and_then(Value::as_array);
    list.cloned().unwrap_or_default()
}

fn by_id(list: Vec<Value>) -> BTreeMap<String, Value> {
    list.into_iter().map(|item| (text(&item["id"]), item)).collect()
}

fn members(value: Option<&Value>) -> Vec<(&str, &Value)> {
    let object = value.and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Option<Value> {
    let names: BTreeSet<&str> = names.collect();
    (!names.is_empty()).then(|| json!(names))
}

fn non_empty(value: Option<&Value>) -> Option<Value> {
    value.filter(|value| **value != json!({}) && **value != json!([])).cloned()
}

/// A model's schema: the control plane has it as text, recordings may hold it decoded.
fn parsed(schema: &Value) -> Value {
    match schema {
        Value::String(text) => serde_json::from_str(text).expect("models are JSON"),
        other => other.clone(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
