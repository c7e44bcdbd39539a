//! REST APIs at random, as the control plane answers for them: every field that such an API has, with the values that
//! AWS fills in, in all the spellings that recordings show.

mod schema;

use serde_json::{Map, Value, json};

use crate::random::Random;
use crate::shapes::{ACCOUNT, REGION, function_uri};

/// The member `apigateway` of a recording that holds one random API, without its stages.
pub fn api(random: &mut Random, id: &str) -> Value {
    let mut generator = Generator { random, id, authorizers: Vec::new(), validators: Vec::new(), models: Vec::new() };
    generator.definitions();
    let resources = generator.resources();
    let list = |items: Value| json!({ id: { "items": items } });
    json!({
        "get_rest_apis": { "items": [generator.settings()] },
        "get_resources": list(json!(resources)),
        "get_gateway_responses": list(generator.gateway_responses()),
        "get_authorizers": list(json!(generator.authorizers)),
        "get_request_validators": list(json!(generator.validators)),
        "get_models": list(json!(generator.models)),
    })
}

/// Status codes of method and integration responses.
pub const STATUS_CODES: [&str; 4] = ["200", "302", "404", "500"];
/// Content types of models and templates.
pub const CONTENT_TYPES: [&str; 2] = ["application/json", "application/xml"];
/// Headers of requests and responses; the value of one looks like a credential.
pub const HEADERS: [&str; 3] = ["X-Tenant", "ETag", "Authorization"];
/// Gateway response types.
pub const RESPONSE_TYPES: [&str; 4] = ["THROTTLED", "DEFAULT_4XX", "ACCESS_DENIED", "INTEGRATION_TIMEOUT"];
/// The body that gateway responses have by default.
pub const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

struct Generator<'a> {
    random: &'a mut Random,
    id: &'a str,
    authorizers: Vec<Value>,
    validators: Vec<Value>,
    models: Vec<Value>,
}

impl Generator<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.chance(percent)
    }

    /// Puts a member there in so many of a hundred cases.
    fn maybe(&mut self, object: &mut Value, percent: usize, name: &str, value: impl Into<Value>) {
        if self.chance(percent) {
            object[name] = value.into();
        }
    }

    fn settings(&mut self) -> Value {
        let key_source = self.random.pick(&["HEADER", "AUTHORIZER"]);
        let disabled = self.chance(30);
        let mut endpoint =
            json!({ "types": [self.random.pick(&["EDGE", "REGIONAL", "PRIVATE"])], "ipAddressType": "ipv4" });
        self.maybe(&mut endpoint, 20, "vpcEndpointIds", json!(["vpce-1", "vpce-2"]));
        let mut api = json!({
            "id": self.id, "name": format!("api {}", self.id), "createdDate": "2026-01-05T10:00:00Z", "apiKeySource": key_source,
            "disableExecuteApiEndpoint": disabled, "endpointConfiguration": endpoint, "rootResourceId": "root",
            "tags": { "team": "orders" },
        });
        self.maybe(&mut api, 30, "description", "what it is for");
        self.maybe(&mut api, 30, "version", "1.4");
        let media_types = self.random.some(&["image/png", "*/*", "application/octet-stream"]);
        self.maybe(&mut api, 50, "binaryMediaTypes", media_types);
        let size = self.random.pick(&[0, 1024]);
        self.maybe(&mut api, 30, "minimumCompressionSize", size);
        let tls = self.random.pick(&["TLS_1_0", "SecurityPolicy_TLS13_1_3_2025_09"]);
        self.maybe(&mut api, 40, "securityPolicy", tls);
        self.maybe(&mut api, 30, "endpointAccessMode", "BASIC");
        let policy = self.policy();
        self.maybe(&mut api, 40, "policy", policy);
        api
    }

    /// As the answer holds it: text, in some answers escaped once more.
    fn policy(&mut self) -> String {
        let own = format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{}/prod/*", self.id);
        let resource = self.random.pick(&["execute-api:/prod/*".to_owned(), own, "*".to_owned()]);
        let resource = if self.chance(50) { json!([resource, "execute-api:/test/GET/a"]) } else { json!(resource) };
        let mut statement =
            json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource });
        self.maybe(
            &mut statement,
            40,
            "Condition",
            json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"] } }),
        );
        let statement = if self.chance(20) { statement } else { json!([statement]) };
        let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        if self.chance(30) { text.replace('"', "\\\"") } else { text }
    }

    fn definitions(&mut self) {
        for (at, name) in ["tokens", "requests", "people", "more people", "plain"].into_iter().enumerate() {
            if self.chance(50) {
                let authorizer = self.authorizer(at, name);
                self.authorizers.push(authorizer);
            }
        }
        // Nothing keeps an owner from giving two validators one name.
        for (at, name) in ["all", "parameters", "all"].into_iter().enumerate() {
            if self.chance(if at == 2 { 15 } else { 50 }) {
                let (body, parameters) = (self.chance(50), self.chance(50));
                self.validators.push(json!({ "id": format!("val{at}"), "name": name,
                                              "validateRequestBody": body, "validateRequestParameters": parameters }));
            }
        }
        for (at, name) in ["Empty", "Order", "Item", "Tree"].into_iter().enumerate() {
            if self.chance(55) {
                let mut schema = self.schema(2);
                if at == 0 {
                    schema = json!({ "$schema": "http://json-schema.org/draft-04/schema#", "title": "Empty Schema", "type": "object" });
                }
                let mut model = json!({ "id": format!("m{at}"), "name": name, "contentType": "application/json", "schema": schema.to_string() });
                self.maybe(&mut model, 30, "description", "what it describes");
                self.models.push(model);
            }
        }
    }

    fn authorizer(&mut self, at: usize, name: &str) -> Value {
        let mut authorizer = json!({ "id": format!("auth{at}"), "name": name });
        let source = self.random.pick(&["Authorization", "X-Token"]);
        let source = format!("method.request.header.{source}");
        match at {
            0 | 4 => {
                authorizer["type"] = json!("TOKEN");
                authorizer["identitySource"] = json!(source);
                self.maybe(&mut authorizer, 30, "identityValidationExpression", "^x-[a-z]+");
            }
            1 => {
                authorizer["type"] = json!("REQUEST");
                let sources = [
                    source.clone(),
                    format!("{source}, method.request.querystring.t"),
                    format!("{source},context.path"),
                ];
                let sources = self.random.pick(&sources);
                // None at all where decisions are not kept.
                self.maybe(&mut authorizer, 80, "identitySource", sources);
            }
            _ => {
                authorizer["type"] = json!("COGNITO_USER_POOLS");
                authorizer["identitySource"] = json!(source);
                let pools = ["One", "Two"]
                    .map(|pool| format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_{pool}"));
                let pools = if self.chance(50) { pools.to_vec() } else { vec![pools[0].clone()] };
                authorizer["providerARNs"] = json!(pools);
            }
        }
        if authorizer["type"] != "COGNITO_USER_POOLS" {
            authorizer["authorizerUri"] = json!(function_uri("auth-fn"));
            self.maybe(&mut authorizer, 30, "authorizerCredentials", "arn:aws:iam::111122223333:role/auth");
            self.maybe(&mut authorizer, 60, "authType", "custom");
        } else {
            self.maybe(&mut authorizer, 60, "authType", "cognito_user_pools");
        }
        let seconds = self.random.pick(&[0, 60, 300]);
        self.maybe(&mut authorizer, 50, "authorizerResultTtlInSeconds", seconds);
        authorizer
    }

    fn resources(&mut self) -> Vec<Value> {
        let paths = ["/", "/a", "/a/{id}", "/a/{id}/b", "/{proxy+}"];
        let mut resources = Vec::new();
        for (at, path) in paths.into_iter().enumerate() {
            // The parents of a resource are there, with methods or without.
            let id = format!("res{at}");
            let mut resource = json!({ "id": id, "path": path });
            if at > 0 {
                resource["parentId"] = json!("res0");
                resource["pathPart"] = json!(path.rsplit('/').next());
            }
            let mut methods = Map::new();
            for verb in ["GET", "POST", "ANY"] {
                if self.chance(28) {
                    methods.insert(verb.to_owned(), self.method(verb, &id, path));
                }
            }
            if !methods.is_empty() {
                resource["resourceMethods"] = Value::Object(methods);
            }
            resources.push(resource);
        }
        resources
    }

    fn method(&mut self, verb: &str, resource: &str, path: &str) -> Value {
        let api_key_required = self.chance(30);
        let mut method = json!({ "httpMethod": verb, "authorizationType": "NONE", "apiKeyRequired": api_key_required });
        let authorizer = match self.authorizers.len() {
            0 => None,
            count => Some(self.authorizers[self.random.below(count)].clone()),
        };
        match authorizer {
            Some(authorizer) if self.chance(50) => {
                let is_cognito = authorizer["type"] == "COGNITO_USER_POOLS";
                method["authorizationType"] = json!(if is_cognito { "COGNITO_USER_POOLS" } else { "CUSTOM" });
                method["authorizerId"] = authorizer["id"].clone();
                let scopes = self.random.some(&["orders/read", "orders/write"]);
                if is_cognito && !scopes.is_empty() {
                    method["authorizationScopes"] = json!(scopes);
                }
            }
            _ => self.maybe(&mut method, 30, "authorizationType", "AWS_IAM"),
        }
        self.maybe(&mut method, 30, "operationName", format!("Do{verb}{resource}"));
        if self.chance(60) {
            method["requestParameters"] = self.parameters(path);
        }
        if self.chance(40) {
            method["requestModels"] = self.models_by_content_type();
        }
        if !self.validators.is_empty() {
            let validator = self.random.pick(&self.validators);
            self.maybe(&mut method, 50, "requestValidatorId", validator["id"].clone());
        }
        let mut responses = Map::new();
        for status in self.random.some(&STATUS_CODES) {
            let mut response = json!({ "statusCode": status });
            if self.chance(50) {
                let headers = self.random.some(&HEADERS);
                let headers = headers
                    .iter()
                    .map(|name| (format!("method.response.header.{name}"), json!(self.random.chance(50))));
                response["responseParameters"] = Value::Object(headers.collect());
            }
            if self.chance(50) {
                response["responseModels"] = self.models_by_content_type();
            }
            responses.insert(status.to_owned(), response);
        }
        if !responses.is_empty() {
            method["methodResponses"] = Value::Object(responses);
        }
        method["methodIntegration"] = self.integration(resource);
        method
    }

    fn parameters(&mut self, path: &str) -> Value {
        let mut parameters = Map::new();
        for name in ["querystring.page", "querystring.a.b", "header.X-Tenant"] {
            if self.chance(30) {
                parameters.insert(format!("method.request.{name}"), json!(self.chance(50)));
            }
        }
        // Parameters of the path are exported only where the method declares them.
        for part in path.split('/').filter(|part| part.starts_with('{')) {
            if self.chance(60) {
                parameters.insert(format!("method.request.path.{}", part.trim_matches(['{', '}', '+'])), json!(true));
            }
        }
        Value::Object(parameters)
    }

    fn models_by_content_type(&mut self) -> Value {
        let names: Vec<String> =
            self.models.iter().map(|model| model["name"].as_str().unwrap_or_default().to_owned()).collect();
        if names.is_empty() {
            return json!({});
        }
        let one = self.random.pick(&names);
        let mut models = json!({ self.random.pick(&CONTENT_TYPES): one });
        if self.chance(20) {
            let other = if self.chance(50) { one } else { self.random.pick(&names) };
            models[self.random.pick(&CONTENT_TYPES)] = json!(other);
        }
        models
    }

    /// An integration as `GetResources` shows it: with what AWS fills in.
    fn integration(&mut self, resource: &str) -> Value {
        let kind = self.random.pick(&["MOCK", "AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY"]);
        let passthrough = self.random.pick(&["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]);
        let timeout = self.random.pick(&[29_000, 29_000, 5_000]);
        let mut integration = json!({
            "type": kind, "passthroughBehavior": passthrough, "timeoutInMillis": timeout, "cacheNamespace": resource, "cacheKeyParameters": [],
        });
        let method = self.random.pick(&["GET", "POST", "ANY"]);
        match kind {
            "MOCK" => {}
            "AWS_PROXY" => {
                integration["httpMethod"] = json!("POST");
                integration["uri"] = json!(function_uri(self.random.pick(&["orders-fn", "${stageVariables.fn}"])));
            }
            "AWS" => {
                integration["httpMethod"] = json!(method);
                integration["uri"] = json!(format!("arn:aws:apigateway:{REGION}:sqs:path/{ACCOUNT}/queue"));
            }
            _ => {
                integration["httpMethod"] = json!(method);
                integration["uri"] = json!("http://orders.internal.example/{page}");
                integration["connectionType"] = json!("INTERNET");
                if self.chance(30) {
                    integration["connectionType"] = json!("VPC_LINK");
                    integration["connectionId"] = json!(self.random.pick(&["vl1", "${stageVariables.link}"]));
                    self.maybe(
                        &mut integration,
                        30,
                        "integrationTarget",
                        "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/o/1",
                    );
                }
                let skip = self.chance(50);
                self.maybe(&mut integration, 30, "tlsConfig", json!({ "insecureSkipVerification": skip }));
            }
        }
        let role = self.random.pick(&["arn:aws:iam::111122223333:role/backend", "arn:aws:iam::*:user/*", ""]);
        self.maybe(&mut integration, 30, "credentials", role);
        let handling = self.random.pick(&["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]);
        self.maybe(&mut integration, 30, "contentHandling", handling);
        let mode = self.random.pick(&["BUFFERED", "STREAM"]);
        self.maybe(&mut integration, 30, "responseTransferMode", mode);
        let headers = self.random.some(&HEADERS);
        let headers = headers.iter().map(|name| (format!("integration.request.header.{name}"), json!("'static'")));
        let headers: Map<String, Value> = headers.collect();
        self.maybe(&mut integration, 50, "requestParameters", headers);
        let templates = self.templates();
        self.maybe(&mut integration, 50, "requestTemplates", templates);
        if self.chance(30) {
            integration["cacheKeyParameters"] =
                json!(["method.request.querystring.page", "method.request.header.X-Tenant"]);
        }
        self.maybe(&mut integration, 15, "cacheNamespace", "shared");
        let responses = self.integration_responses();
        if !responses.is_empty() {
            integration["integrationResponses"] = Value::Object(responses);
        }
        integration
    }

    fn templates(&mut self) -> Value {
        let templates = self.random.some(&CONTENT_TYPES);
        let templates = templates.iter().map(|name| ((*name).to_owned(), json!("{\"all\": $input.json('$')}")));
        Value::Object(templates.collect())
    }

    fn integration_responses(&mut self) -> Map<String, Value> {
        let mut responses = Map::new();
        for (at, status) in self.random.some(&STATUS_CODES).into_iter().enumerate() {
            let mut response = json!({ "statusCode": status });
            match at {
                // The default has no pattern, or an empty one.
                0 => self.maybe(&mut response, 30, "selectionPattern", ""),
                // Two may have one pattern, of which an export can show only one.
                1 if self.chance(10) => {}
                _ => response["selectionPattern"] = json!(format!("{}\\d\\d", &status[..1])),
            }
            let parameters = self.random.some(&HEADERS);
            let parameters = parameters
                .iter()
                .map(|name| (format!("method.response.header.{name}"), json!("integration.response.header.X")));
            let parameters: Map<String, Value> = parameters.collect();
            self.maybe(&mut response, 50, "responseParameters", parameters);
            let templates = self.templates();
            self.maybe(&mut response, 50, "responseTemplates", templates);
            self.maybe(&mut response, 20, "contentHandling", "CONVERT_TO_TEXT");
            responses.insert(status.to_owned(), response);
        }
        responses
    }

    fn gateway_responses(&mut self) -> Value {
        let mut responses = Vec::new();
        for response_type in RESPONSE_TYPES {
            let is_default = self.chance(50);
            let mut response = json!({
                "responseType": response_type, "defaultResponse": is_default, "responseParameters": {},
                "responseTemplates": { "application/json": DEFAULT_TEMPLATE },
            });
            let own = [("THROTTLED", "429"), ("ACCESS_DENIED", "403"), ("INTEGRATION_TIMEOUT", "504")];
            if let Some((_, status)) = own.iter().find(|(name, _)| *name == response_type) {
                response["statusCode"] = json!(status);
            }
            if !is_default {
                self.maybe(&mut response, 30, "statusCode", "418");
                self.maybe(
                    &mut response,
                    50,
                    "responseParameters",
                    json!({ "gatewayresponse.header.Retry-After": "'1'" }),
                );
                self.maybe(
                    &mut response,
                    40,
                    "responseTemplates",
                    json!({ "application/json": "{}", "text/plain": "slowly" }),
                );
            }
            responses.push(response);
        }
        json!(responses)
    }
}
