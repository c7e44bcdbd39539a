//! HTTP APIs at random, as the control plane answers for them, and edits of one place in them.

pub mod exporter;
pub mod oracle;

use serde_json::{Value, json};

use crate::edits::Edit;
use crate::random::Random;
use crate::shapes::{ACCOUNT, REGION, function_arn, function_uri};

/// The member `apigatewayv2` of a recording that holds one random API, without its stages.
pub fn api(random: &mut Random, id: &str) -> Value {
    let mut generator = Generator { random };
    let authorizers = generator.authorizers();
    let integrations = generator.integrations();
    let routes = generator.routes(&authorizers, &integrations);
    let list = |items: Vec<Value>| json!({ id: { "Items": items } });
    json!({
        "get_apis": { "Items": [generator.settings(id)] },
        "get_authorizers": list(authorizers),
        "get_integrations": list(integrations),
        "get_routes": list(routes),
    })
}

/// The items of one of an API's lists. What was taken away is null there.
fn items(v2: &Value, operation: &str, id: &str) -> Vec<Value> {
    let items = v2[operation][id]["Items"].as_array().cloned().unwrap_or_default();
    items.into_iter().filter(|item| !item.is_null()).collect()
}

/// What a route calls.
fn target(v2: &Value, id: &str, route: &Value) -> Value {
    let target = route["Target"].as_str().and_then(|target| target.strip_prefix("integrations/"));
    let found = items(v2, "get_integrations", id).into_iter().find(|item| item["IntegrationId"].as_str() == target);
    found.filter(|_| target.is_some()).unwrap_or_default()
}

struct Generator<'a> {
    random: &'a mut Random,
}

impl Generator<'_> {
    /// Puts a member there in so many of a hundred cases.
    fn maybe(&mut self, object: &mut Value, percent: usize, name: &str, value: impl Into<Value>) {
        if self.random.chance(percent) {
            object[name] = value.into();
        }
    }

    fn settings(&mut self, id: &str) -> Value {
        let disabled = self.random.chance(30);
        let mut api = json!({
            "ApiId": id, "Name": format!("api {id}"), "ProtocolType": "HTTP", "CreatedDate": "2026-01-05T10:00:00Z",
            "ApiEndpoint": format!("https://{id}.execute-api.{REGION}.amazonaws.com"), "DisableExecuteApiEndpoint": disabled,
            "RouteSelectionExpression": "$request.method $request.path", "Tags": { "team": "cart" },
        });
        if self.random.chance(50) {
            let mut cors = json!({ "AllowCredentials": self.random.chance(50) });
            for (name, of) in [
                ("AllowOrigins", ["https://one.example", "https://two.example"]),
                ("AllowMethods", ["GET", "*"]),
                ("AllowHeaders", ["content-type", "x-tenant"]),
                ("ExposeHeaders", ["etag", "x-served-by"]),
            ] {
                let some = self.random.some(&of);
                self.maybe(&mut cors, 60, name, some);
            }
            let seconds = self.random.pick(&[0, 60]);
            self.maybe(&mut cors, 50, "MaxAge", seconds);
            api["CorsConfiguration"] = cors;
        }
        api
    }

    fn authorizers(&mut self) -> Vec<Value> {
        let mut authorizers = Vec::new();
        for (at, name) in ["people", "other people", "requests", "more-requests"].into_iter().enumerate() {
            if self.random.chance(40) {
                continue;
            }
            let mut authorizer = json!({ "AuthorizerId": format!("auth{at}"), "Name": name });
            let sources = ["$request.header.Authorization", "$request.querystring.t", "$context.path"];
            if at < 2 {
                authorizer["AuthorizerType"] = json!("JWT");
                authorizer["IdentitySource"] = json!([self.random.pick(&sources[..2])]);
                let audience = self.random.some(&["cart", "shop"]);
                authorizer["JwtConfiguration"] = json!({ "Audience": audience, "Issuer": "https://issuer.example" });
            } else {
                authorizer["AuthorizerType"] = json!("REQUEST");
                authorizer["AuthorizerUri"] = json!(function_uri("auth-fn"));
                authorizer["AuthorizerPayloadFormatVersion"] = json!(self.random.pick(&["1.0", "2.0"]));
                authorizer["EnableSimpleResponses"] = json!(self.random.chance(50));
                authorizer["AuthorizerResultTtlInSeconds"] = json!(self.random.pick(&[0, 300]));
                // None at all where decisions are not kept.
                let some = self.random.some(&sources);
                authorizer["IdentitySource"] = json!(some);
                self.maybe(&mut authorizer, 30, "AuthorizerCredentialsArn", "arn:aws:iam::111122223333:role/auth");
            }
            authorizers.push(authorizer);
        }
        authorizers
    }

    /// Some of them shared by routes, some of no route.
    fn integrations(&mut self) -> Vec<Value> {
        (0..1 + self.random.below(4)).map(|at| self.integration(&format!("int{at}"))).collect()
    }

    fn integration(&mut self, id: &str) -> Value {
        let mut integration = json!({ "IntegrationId": id, "ConnectionType": "INTERNET" });
        let version = self.random.pick(&["1.0", "2.0"]);
        match self.random.below(4) {
            0 => {
                integration["IntegrationType"] = json!("AWS_PROXY");
                integration["IntegrationMethod"] = json!("POST");
                let function = self.random.pick(&["cart-fn", "${stageVariables.fn}"]);
                integration["IntegrationUri"] = json!(function_arn(function));
                integration["PayloadFormatVersion"] = json!(version);
            }
            1 => {
                integration["IntegrationType"] = json!("AWS_PROXY");
                integration["IntegrationSubtype"] =
                    json!(self.random.pick(&["SQS-SendMessage", "StepFunctions-StartExecution"]));
                integration["PayloadFormatVersion"] = json!("1.0");
                integration["CredentialsArn"] = json!("arn:aws:iam::111122223333:role/queue");
                integration["RequestParameters"] = json!({ "QueueUrl": format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"), "MessageBody": "$request.body" });
            }
            2 => {
                integration["IntegrationType"] = json!("HTTP_PROXY");
                integration["IntegrationMethod"] = json!(self.random.pick(&["GET", "ANY"]));
                integration["IntegrationUri"] = json!("https://cart.example/{proxy}?page=2");
                integration["PayloadFormatVersion"] = json!("1.0");
            }
            _ => {
                integration["IntegrationType"] = json!("HTTP_PROXY");
                integration["IntegrationMethod"] = json!("ANY");
                integration["IntegrationUri"] =
                    json!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/c/1/2");
                integration["PayloadFormatVersion"] = json!("1.0");
                integration["ConnectionType"] = json!("VPC_LINK");
                integration["ConnectionId"] = json!("vl1");
                self.maybe(&mut integration, 50, "TlsConfig", json!({ "ServerNameToVerify": "cart.internal.example" }));
            }
        }
        if integration.get("RequestParameters").is_none() {
            let parameters = json!({ "append:header.x-stage": "$context.stage", "overwrite:header.Authorization": "Bearer abcdef0123456789" });
            self.maybe(&mut integration, 40, "RequestParameters", parameters);
        }
        let responses =
            json!({ "200": { "overwrite:header.x-served-by": "cart" }, "404": { "overwrite:statuscode": "403" } });
        self.maybe(&mut integration, 30, "ResponseParameters", responses);
        self.maybe(&mut integration, 40, "TimeoutInMillis", 12_000);
        integration
    }

    fn routes(&mut self, authorizers: &[Value], integrations: &[Value]) -> Vec<Value> {
        let keys =
            ["GET /", "GET /cart", "ANY /cart", "POST /cart/{id}", "DELETE /cart/{id}", "ANY /{proxy+}", "$default"];
        let mut routes = Vec::new();
        for (at, key) in keys.into_iter().enumerate() {
            if self.random.chance(45) {
                continue;
            }
            let mut route = json!({ "RouteId": format!("route{at}"), "RouteKey": key, "AuthorizationType": "NONE", "ApiKeyRequired": false });
            match self.random.below(3) {
                0 if !authorizers.is_empty() => {
                    let authorizer = self.random.pick(authorizers);
                    authorize(&mut route, &authorizer);
                    let scopes = self.random.some(&["cart/read", "cart/write"]);
                    if route["AuthorizationType"] == "JWT" && !scopes.is_empty() {
                        route["AuthorizationScopes"] = json!(scopes);
                    }
                }
                1 => self.maybe(&mut route, 50, "AuthorizationType", "AWS_IAM"),
                _ => {}
            }
            self.maybe(&mut route, 30, "OperationName", format!("Do{at}"));
            let integration = self.random.pick(integrations);
            // A route without a target answers every request with an error.
            self.maybe(&mut route, 90, "Target", to(&integration));
            routes.push(route);
        }
        routes
    }
}

fn to(integration: &Value) -> Value {
    json!(format!("integrations/{}", integration["IntegrationId"].as_str().unwrap_or_default()))
}

fn authorize(route: &mut Value, authorizer: &Value) {
    route["AuthorizerId"] = authorizer["AuthorizerId"].clone();
    route["AuthorizationType"] = json!(if authorizer["AuthorizerType"] == "JWT" { "JWT" } else { "CUSTOM" });
}

/// A random edit of an API, of a whole route or of one member; nothing where the API has nothing to edit.
pub fn edit(random: &mut Random, v2: &Value, id: &str) -> Edit {
    let mut places: Vec<(String, Vec<Value>)> = Vec::new();
    let api = "/get_apis/Items/0";
    let flags = vec![json!(true), json!(false)];
    places.push((format!("{api}/DisableExecuteApiEndpoint"), flags.clone()));
    let cors = json!({ "AllowOrigins": ["*"], "AllowCredentials": false, "MaxAge": 5 });
    places.push((format!("{api}/CorsConfiguration"), vec![cors, Value::Null]));
    if v2.pointer(api).is_some_and(|api| api.get("CorsConfiguration").is_some()) {
        for name in ["AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders"] {
            places.push((format!("{api}/CorsConfiguration/{name}"), vec![json!(["new"]), json!([]), Value::Null]));
        }
        places.push((format!("{api}/CorsConfiguration/AllowCredentials"), flags.clone()));
        places.push((format!("{api}/CorsConfiguration/MaxAge"), vec![json!(7), json!(60), Value::Null]));
    }
    let (authorizers, integrations) = (items(v2, "get_authorizers", id), items(v2, "get_integrations", id));
    for (at, authorizer) in authorizers.iter().enumerate() {
        let mut member =
            |name: &str, values: Vec<Value>| places.push((format!("/get_authorizers/{id}/Items/{at}/{name}"), values));
        member(
            "IdentitySource",
            vec![json!(["$request.header.New"]), json!(["$request.header.A", "$request.header.B"])],
        );
        if authorizer["AuthorizerType"] == "JWT" {
            let jwt = |audience: Value, issuer: &str| json!({ "Audience": audience, "Issuer": issuer });
            let own = authorizer["JwtConfiguration"]["Audience"].clone();
            member(
                "JwtConfiguration",
                vec![jwt(json!(["new"]), "https://issuer.example"), jwt(own, "https://new.example")],
            );
        } else {
            member("AuthorizerUri", vec![json!("arn:new")]);
            member("AuthorizerCredentialsArn", vec![json!("arn:role"), Value::Null]);
            member("AuthorizerPayloadFormatVersion", vec![json!("1.0"), json!("2.0")]);
            member("EnableSimpleResponses", flags.clone());
            member("AuthorizerResultTtlInSeconds", vec![json!(0), json!(60), json!(300)]);
        }
    }
    for (at, integration) in integrations.iter().enumerate() {
        let mut member =
            |name: &str, values: Vec<Value>| places.push((format!("/get_integrations/{id}/Items/{at}/{name}"), values));
        member("TimeoutInMillis", vec![json!(12_000), json!(50), Value::Null]);
        member(
            "RequestParameters",
            vec![
                json!({ "append:header.new": "new" }),
                json!({ "append:header.x-api-key": "hunter2hunter2" }),
                Value::Null,
            ],
        );
        member(
            "ResponseParameters",
            vec![
                json!({ "500": { "remove:header.x": "" } }),
                json!({ "200": { "overwrite:header.x-served-by": "new" } }),
                Value::Null,
            ],
        );
        member("CredentialsArn", vec![json!("arn:aws:iam::111122223333:role/new"), Value::Null]);
        if integration.get("IntegrationSubtype").is_some() {
            member("IntegrationSubtype", vec![json!("SQS-DeleteMessage")]);
            continue;
        }
        member("IntegrationType", vec![json!("AWS_PROXY"), json!("HTTP_PROXY")]);
        member("IntegrationMethod", vec![json!("GET"), json!("PUT")]);
        member(
            "IntegrationUri",
            vec![json!("https://new.example/"), json!("https://cart.example/{proxy}?token=hunter2hunter2")],
        );
        member("PayloadFormatVersion", vec![json!("1.0"), json!("2.0")]);
        if integration["ConnectionType"] == "VPC_LINK" {
            member("ConnectionType", vec![json!("INTERNET")]);
            member("ConnectionId", vec![json!("vl2")]);
            member("TlsConfig", vec![json!({ "ServerNameToVerify": "new.internal.example" }), Value::Null]);
        }
    }
    for (at, route) in items(v2, "get_routes", id).iter().enumerate() {
        let place = format!("/get_routes/{id}/Items/{at}");
        let with = |change: &dyn Fn(&mut Value)| {
            let mut edited = route.clone();
            change(&mut edited);
            edited
        };
        // Taken away, under another key, and let in by somebody else.
        let iam = with(&|route| {
            route
                .as_object_mut()
                .expect("an object")
                .retain(|name, _| !["AuthorizerId", "AuthorizationScopes"].contains(&name.as_str()));
            route["AuthorizationType"] = json!("AWS_IAM");
        });
        let mut wholes = vec![Value::Null, with(&|route| route["RouteKey"] = json!("PUT /new/{id}")), iam];
        wholes.extend(authorizers.iter().map(|authorizer| with(&|route| authorize(route, authorizer))));
        places.push((place.clone(), wholes));
        places.push((format!("{place}/OperationName"), vec![json!("New"), Value::Null]));
        places.push((format!("{place}/Target"), integrations.iter().map(to).chain([Value::Null]).collect()));
        if route["AuthorizationType"] == "JWT" {
            places.push((
                format!("{place}/AuthorizationScopes"),
                vec![json!(["cart/read"]), json!(["new"]), Value::Null],
            ));
        }
    }
    let edits = places.into_iter().flat_map(|(at, values)| {
        let present = v2.pointer(&at).cloned().unwrap_or_default();
        let others: Vec<Value> = values.into_iter().filter(|value| *value != present).collect();
        (!others.is_empty()).then(|| Edit { at, value: random.pick(&others) })
    });
    let edits: Vec<Edit> = edits.collect();
    random.pick(&edits)
}
