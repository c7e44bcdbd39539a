//! One read is denied: a cause that the answer and the rest fit is told all the same, and the read that would make it certain
//! is named.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::configuration::{Route, RouteKey};
use crate::exchange::{Exchange, Response};
use crate::fixture::{self, lambda_uri, route};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, request, to_orders};

/// The first cause, and that a call is named as not read.
fn check(exchange: &Exchange, facts: &Facts<'static>, call: &str, expected: &str) {
    let explanation = explained(exchange, facts);
    let first = &explanation.causes[0];
    assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{}", first.says);
    assert!(explanation.not_read.iter().any(|own| own.needs == call), "{expected}: {:?}", explanation.not_read);
}

fn denied(call: &str) -> NotRead {
    NotRead { needs: call.to_owned(), ..fixture::denied(call) }
}

/// An API of which neither the live routes nor the deployment's export may be read.
fn opaque(kind: ApiKind, call: &str) -> Facts<'static> {
    let mut api = fixture::api(kind, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    api.live.routes = Observed::NotRead(denied(call));
    api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(denied(call));
    facts(vec![api])
}

/// The same of a route with an authorization.
fn guarded_without_stages(kind: ApiKind, authorization_type: &str, call: &str) -> Api {
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    own.authorization_type = authorization_type.to_owned();
    without_stages(kind, (key, own), call)
}

/// An API of one route whose stages may not be read.
fn without_stages(kind: ApiKind, route: (RouteKey, Route), call: &str) -> Api {
    let mut api = fixture::api(kind, vec![route]);
    api.stages = Observed::NotRead(denied(call));
    api.deployed.clear();
    api
}

fn log(facts: Facts<'static>, line: &str) -> Facts<'static> {
    let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
    let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
    facts.with(Read::Logs { group, filter: Some(id.to_owned()) }, json!([{ "message": format!("({id}) {line}") }]))
}

#[test]
fn an_answer_whose_words_name_its_cause_needs_no_route() {
    let get = || to_orders("GET", "/orders");
    let call = "apigateway:GetResources";
    let missing = get().refused(400, "BadRequestException", "Missing required request parameters: [limit]");
    let body = get().refused(400, "BadRequestException", "Invalid request body");
    let media = get().refused(415, "BadRequestException", "Unsupported Media Type");
    let failed = || get().refused(502, "InternalServerErrorException", "Internal server error");
    let refused = "Execution failed due to configuration error: Malformed Lambda proxy response";
    let ended = "Lambda execution failed with status 200 due to customer function error: KeyError";
    for (exchange, facts, expected) in [
        (missing, opaque(ApiKind::Rest, call), "validator-missing-params likely"),
        (body, opaque(ApiKind::Rest, call), "validator-body likely"),
        (media, opaque(ApiKind::Rest, call), "unsupported-media-type likely"),
        (failed(), opaque(ApiKind::Rest, call), "lambda-unhandled-error possible"),
        (failed(), log(opaque(ApiKind::Rest, call), ended), "lambda-unhandled-error likely"),
        (failed(), log(opaque(ApiKind::Rest, call), refused), "lambda-malformed-response likely"),
    ] {
        check(&exchange, &facts, call, expected);
    }
    let quota = get().refused(429, "LimitExceededException", "Limit Exceeded");
    let api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let call = "apigateway:GetUsagePlans";
    check(&quota, &facts(vec![api]).denied(Read::UsagePlans, call), call, "quota-exceeded likely");
}

/// The stage that the URL names stands in for the stages, of which nothing is then known but that name.
#[test]
fn an_answer_other_than_forbidden_tells_that_there_is_the_stage() {
    let call = "apigateway:GetStages";
    let with = |edit: fn(&mut Route)| {
        let (key, mut own) = route("GET /orders", &lambda_uri("orders-${stageVariables.fn}"));
        edit(&mut own);
        let api = without_stages(ApiKind::Rest, (key, own), call);
        facts(vec![api])
    };
    let get = |path: &str| to_orders("GET", path);
    let at = |path: &str| request(&format!("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com{path}"), &[]);
    let failed = get("/orders").refused(500, "InternalServerErrorException", "Internal server error");
    let wants_key: fn(&mut Route) = |own| own.api_key_required = true;
    for (exchange, facts, expected) in [
        (get("/nothing").missing_token(), with(|_| {}), "rest-path-not-in-api likely"),
        (get("/").missing_token(), with(|_| {}), "rest-root-no-method likely"),
        (
            get("/orders").missing_token(),
            with(|own| own.authorization_type = "AWS_IAM".to_owned()),
            "rest-iam-unsigned likely",
        ),
        // A stage that is not there is answered with Forbidden, too.
        (get("/orders").forbidden(), with(wants_key), "api-key-missing possible"),
        (get("/orders").forbidden(), with(|_| {}), "rest-stage-unknown possible"),
        // But the whole path is a route, and what follows its first segment is none.
        (at("/orders").forbidden(), with(|_| {}), "rest-stage-missing-in-url possible"),
        (at("/pets").forbidden(), with(|_| {}), "rest-stage-unknown possible"),
        // Which variables it sets, and what it logs, is not known.
        (failed, with(|_| {}), "stage-variable-unset possible"),
    ] {
        check(&exchange, &facts, call, expected);
        assert!(explained(&exchange, &facts).causes.iter().all(|own| own.id != "logs-not-enabled"));
    }
    // What nobody sent yet is judged by what is known alone.
    assert_eq!(explained(&get("/nothing"), &with(|_| {})).causes[0].id, "insufficient-facts");
}

/// Of an HTTP API it is `$default`, unless its routes tell that the first segment names one.
#[test]
fn an_http_api_without_its_stages_is_judged_by_its_default_one() {
    let call = "apigatewayv2:GetStages";
    let account = |authorization_type: &str| {
        let api = guarded_without_stages(ApiKind::Http, authorization_type, call);
        facts(vec![api])
    };
    let to = |line: &str| {
        let (method, path) = line.split_once(' ').unwrap();
        request(&format!("{method} https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com{path}"), &[])
    };
    for (exchange, authorization_type, expected, path) in [
        (to("GET /nothing").http(404, "Not Found"), "NONE", "http-route-not-found likely", "/nothing"),
        (to("DELETE /orders").http(404, "Not Found"), "NONE", "http-method-mismatch likely", "/orders"),
        (to("GET /orders/").http(404, "Not Found"), "NONE", "http-trailing-slash likely", "/orders/"),
        (to("DELETE /dev/orders").http(404, "Not Found"), "NONE", "http-method-mismatch likely", "/orders"),
        (to("GET /orders").http(403, "Forbidden"), "AWS_IAM", "http-api-iam-forbidden possible", "/orders"),
        (to("GET /dev/orders").http(403, "Forbidden"), "AWS_IAM", "http-api-iam-forbidden possible", "/orders"),
    ] {
        check(&exchange, &account(authorization_type), call, expected);
        assert_eq!(explained(&exchange, &account(authorization_type)).request.path, path);
    }
}

#[test]
fn a_mapping_that_names_the_stage_tells_it_where_the_stages_were_not_read() {
    let call = "apigateway:GetStages";
    let account = |authorization_type: &str| {
        let api = guarded_without_stages(ApiKind::Rest, authorization_type, call);
        let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
        let domain = json!({ "domainName": "api.example.com" });
        facts(vec![api])
            .with(Read::DomainName("api.example.com".to_owned()), domain)
            .with(Read::BasePathMappings("api.example.com".to_owned()), mapping)
    };
    let get = |path: &str| request(&format!("GET https://api.example.com{path}"), &[]).missing_token();
    check(&get("/nothing"), &account("NONE"), call, "rest-path-not-in-api likely");
    check(&get("/orders"), &account("AWS_IAM"), call, "rest-iam-unsigned likely");
}

#[test]
fn the_other_stage_with_the_route_is_told_where_what_the_mapped_one_serves_was_not_read() {
    let call = "apigateway:GetDeployment";
    let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let live = api.live.clone();
    api.stages = Observed::Known(vec![fixture::stage("prod", "d1"), fixture::stage("dev", "d2")]);
    fixture::deploy(&mut api, "d2", &live);
    let held = api.deployed.get_mut("d1").unwrap();
    (held.summary, held.export) = (Observed::NotRead(denied(call)), Observed::NotRead(denied(call)));
    let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
    let facts = facts(vec![api])
        .with(Read::DomainName("api.example.com".to_owned()), json!({ "domainName": "api.example.com" }))
        .with(Read::BasePathMappings("api.example.com".to_owned()), mapping);
    let exchange = request("GET https://api.example.com/orders", &[]).missing_token();
    check(&exchange, &facts, call, "custom-domain-wrong-stage-mapping likely");
}

#[test]
fn a_live_policy_that_allows_what_was_refused_may_not_be_deployed() {
    let call = "apigateway:GetExport";
    let account = |effect: &str| {
        let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        let statement =
            json!({ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" });
        api.live.settings.policy = Some(json!({ "Statement": [statement] }));
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(denied(call));
        facts(vec![api])
    };
    let text = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
                arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders";
    let exchange = to_orders("GET", "/orders").refused(403, "AccessDeniedException", text);
    check(&exchange, &account("Allow"), call, "resource-policy-not-redeployed likely");
    let told = explained(&exchange, &account("Deny"));
    assert!(told.ruled_out.iter().any(|own| own.id == "resource-policy-not-redeployed"), "{:?}", told.ruled_out);
}

#[test]
fn an_http_apis_challenge_tells_that_a_token_or_a_scope_is_missing() {
    let challenged = |exchange: Exchange, status: u16, message: &str, challenge: &str| {
        let mut exchange = exchange.http(status, message);
        exchange.response.as_mut().unwrap().headers.0.push(("www-authenticate".to_owned(), challenge.to_owned()));
        exchange
    };
    let get = || to_orders("GET", "/orders");
    let sending = || get().header("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln");
    let scope = r#"Bearer scope="orders/read" error="insufficient_scope""#;
    let call = "apigatewayv2:GetRoutes";
    for (exchange, expected) in [
        (challenged(get(), 401, "Unauthorized", "Bearer"), "jwt-missing likely"),
        (challenged(sending(), 403, "Forbidden", scope), "jwt-insufficient-scope likely"),
    ] {
        check(&exchange, &opaque(ApiKind::Http, call), call, expected);
    }
    let bare = get().http(401, "Unauthorized");
    // A JWT authorizer would have explained itself.
    check(&bare, &opaque(ApiKind::Http, call), call, "http-lambda-auth-identity-missing possible");
    let call = "apigatewayv2:GetAuthorizers";
    let (key, mut own) = route("GET /orders", &lambda_uri("orders-fn"));
    (own.authorization_type, own.authorizer) = ("JWT".to_owned(), Observed::Known(Some("own".to_owned())));
    let mut api = fixture::api(ApiKind::Http, vec![(key, own)]);
    api.live.authorizers = Observed::NotRead(denied(call));
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    check(&challenged(get(), 401, "Unauthorized", "Bearer"), &facts(vec![api.clone()]), call, "jwt-missing likely");
    check(&bare, &facts(vec![api]), call, "jwt-missing possible");
}

#[test]
fn an_http_api_that_waited_its_longest_ran_out_of_time() {
    let call = "apigatewayv2:GetIntegrations";
    for (waited, expected) in [(Some(30_021), "http-api-timeout likely"), (None, "http-api-timeout possible")] {
        let mut exchange = to_orders("GET", "/orders").http(503, "Service Unavailable");
        exchange.request.client.elapsed_ms = waited;
        check(&exchange, &opaque(ApiKind::Http, call), call, expected);
    }
}

#[test]
fn a_distribution_that_may_not_be_read_likely_hands_on_its_own_host() {
    let headers =
        [("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "ForbiddenException"), ("x-cache", "Error from cloudfront")];
    let exchange = request("GET https://www.example.com/prod/orders", &[]);
    let exchange = exchange.answered(403, &headers, r#"{"message":"Forbidden"}"#);
    let call = "cloudfront:ListDistributions";
    let facts = facts(vec![])
        .lacking(Read::DomainName("www.example.com".to_owned()))
        .lacking(Read::DomainNameV2("www.example.com".to_owned()))
        .denied(Read::Distributions, call);
    check(&exchange, &facts, call, "cloudfront-forwards-host likely");
}

#[test]
fn what_lies_before_an_api_is_told_by_its_own_reads_alone() {
    let unanswered = |line: &str, error: &str| {
        let mut exchange = request(line, &[]);
        exchange.response =
            Some(Response { status: 0, headers: crate::exchange::Headers::default(), body: error.to_owned() });
        exchange
    };
    let name = || "api.example.com".to_owned();
    let domain = json!({ "domainName": "api.example.com", "regionalDomainName": "d-own.execute-api.eu-west-1.amazonaws.com",
        "mutualTlsAuthentication": { "truststoreUri": "s3://store/ca.pem" }, "domainNameStatus": "AVAILABLE" });
    let call = "apigateway:GetBasePathMappings";
    let unmapped = || {
        let facts = facts(vec![]).with(Read::DomainName(name()), domain.clone());
        facts.denied(Read::BasePathMappings(name()), call).denied(Read::ApiMappings(name()), call)
    };
    let reset = "curl: (35) handshake: certificate required";
    let own = unanswered("GET https://api.example.com/orders", reset);
    let target = json!("d-own.execute-api.eu-west-1.amazonaws.com");
    check(&own, &unmapped().with(Read::DnsAlias(name()), target), call, "mtls-client-cert-missing-or-bad likely");

    let exchange = || {
        unanswered(
            "GET https://a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com/prod/orders",
            "curl: (28) Failed to connect: Connection timed out",
        )
    };
    let api = || -> Api { fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]) };
    let endpoints = json!({ "VpcEndpoints": [{ "VpcEndpointId": "vpce-0123456789abcdef0", "VpcId": "vpc-1",
        "ServiceName": "com.amazonaws.eu-west-1.execute-api", "Groups": [{ "GroupId": "sg-1" }] }] });
    let call = "ec2:DescribeSecurityGroups";
    let groups = Read::SecurityGroups(vec!["sg-1".to_owned()]);
    let facts_of = || facts(vec![api()]);
    let known = facts_of().with(Read::VpcEndpoints, endpoints).denied(groups, call);
    check(&exchange(), &known, call, "vpce-security-group-blocks possible");
    let call = "ec2:DescribeVpcEndpoints";
    check(&exchange(), &facts_of().denied(Read::VpcEndpoints, call), call, "vpce-security-group-blocks possible");
}

#[test]
fn a_url_of_a_function_that_may_not_be_asked_for_refuses_for_one_of_two_reasons() {
    let exchange = request("GET https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws/", &[]);
    let exchange =
        exchange.answered(403, &[("x-amzn-ErrorType", "AccessDeniedException")], r#"{"Message":"Forbidden"}"#);
    let call = "lambda:GetFunctionUrlConfig";
    let own = facts(vec![]).with(Read::Functions, json!({ "Functions": [{ "FunctionName": "orders-fn" }] }));
    let own = own.denied(Read::FunctionUrl("orders-fn".to_owned()), call);
    check(&exchange, &own, call, "lambda-url-iam-unsigned possible");
    let told = explained(&exchange, &own);
    assert_eq!(
        told.causes.iter().map(|cause| cause.id).collect::<Vec<_>>(),
        ["lambda-url-iam-unsigned", "lambda-url-policy-missing"]
    );
}

#[test]
fn mappings_and_apis_that_may_not_be_listed_leave_what_the_answer_looks_like() {
    let name = || "api.example.com".to_owned();
    let domain = || facts(vec![]).with(Read::DomainName(name()), json!({ "domainName": "api.example.com" }));
    let call = "apigateway:GetBasePathMappings";
    let unmapped = domain().denied(Read::BasePathMappings(name()), call).denied(Read::ApiMappings(name()), call);
    let get = || request("GET https://api.example.com/orders", &[]);
    check(&get().forbidden(), &unmapped, call, "custom-domain-no-mapping possible");
    let advice = explained(&get().forbidden(), &unmapped).causes.swap_remove(0).remedy.summary;
    assert!(advice.starts_with("grant apigateway:GetBasePathMappings, and ask again"), "{advice}");
    // What else it answers tells that a mapping took it, and nobody was answered yet.
    check(&get().missing_token(), &unmapped, call, "custom-domain-stage-in-path possible");
    check(&get(), &unmapped, call, "insufficient-facts possible");

    let unresolved = || {
        let mut exchange = request("GET https://z9y8x7w6v5.execute-api.eu-west-1.amazonaws.com/prod/orders", &[]);
        let body = "curl: (6) Could not resolve host: z9y8x7w6v5.execute-api.eu-west-1.amazonaws.com".to_owned();
        exchange.response = Some(Response { status: 0, headers: crate::exchange::Headers::default(), body });
        exchange
    };
    let call = "apigateway:GetRestApis";
    let unlisted = facts(vec![]).denied(Read::RestApis, call);
    check(&unresolved(), &unlisted, call, "dns-api-host-not-found possible");
}

/// An API whose `GET /orders` calls a function, of which these reads are known.
fn calling(function: &str) -> Facts<'static> {
    let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri(function))]);
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "INFO" } }));
    facts(vec![api])
}

#[test]
fn one_denied_read_of_a_function_leaves_the_cause_that_fits() {
    let grants = json!({ "Policy": { "Statement": [{ "Effect": "Allow", "Action": "lambda:InvokeFunction",
        "Principal": { "Service": "apigateway.amazonaws.com" } }] } });
    let throttles = |name: &str| Read::Metric {
        namespace: "AWS/Lambda".to_owned(),
        metric: "Throttles".to_owned(),
        dimensions: vec![("FunctionName".to_owned(), name.to_owned())],
    };
    let permitted = || {
        calling("orders-fn")
            .with(Read::FunctionPolicy("orders-fn".to_owned()), grants.clone())
            .with(Read::FunctionConcurrency("orders-fn".to_owned()), json!({}))
            .with(throttles("orders-fn"), json!(0))
    };
    let failed = |status: u16| {
        to_orders("GET", "/orders").refused(status, "InternalServerErrorException", "Internal server error")
    };
    let call = "lambda:GetFunctionConfiguration";
    let unread = || permitted().denied(Read::Function("orders-fn".to_owned()), call);
    let own = |facts: Facts<'static>, line: &str| {
        let event = json!({ "timestamp": 1_791_633_599_000_i64, "message": line, "logStreamName": "s" });
        facts.with(Read::Logs { group: "/aws/lambda/orders-fn".to_owned(), filter: None }, json!([event]))
    };
    let import = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app'";
    let no_policy = || unread().lacking(Read::FunctionPolicy("orders-fn".to_owned()));
    for (status, facts, expected) in [
        (500, unread(), "lambda-function-not-active likely"),
        (500, log(unread(), "Execution failed: Function not found"), "lambda-function-missing likely"),
        (500, log(unread(), "Starting execution for request"), "insufficient-facts possible"),
        // Lambda says of a function that is not there, too, that it has no policy.
        (500, no_policy(), "lambda-permission-missing likely"),
        (502, own(log(unread(), "Method completed with status: 502"), import), "lambda-handler-wrong likely"),
    ] {
        check(&failed(status), &facts, call, expected);
    }
    // What is certain stays so.
    let never_run =
        unread().with(Read::FunctionConcurrency("orders-fn".to_owned()), json!({ "ReservedConcurrentExecutions": 0 }));
    check(&failed(500), &never_run, call, "lambda-throttled certain");
    let call = "lambda:GetFunctionConcurrency";
    let unread = || {
        permitted()
            .with(Read::Function("orders-fn".to_owned()), json!({ "State": "Active" }))
            .denied(Read::FunctionConcurrency("orders-fn".to_owned()), call)
    };
    check(&failed(500), &unread().with(throttles("orders-fn"), json!(4)), call, "lambda-throttled likely");
    check(&failed(500), &unread().lacking(throttles("orders-fn")), call, "lambda-throttled possible");
    let call = "lambda:GetPolicy";
    let aliased = |bare: serde_json::Value| {
        calling("orders-fn:live")
            .with(Read::Function("orders-fn:live".to_owned()), json!({ "State": "Active" }))
            .with(Read::FunctionConcurrency("orders-fn".to_owned()), json!({}))
            .with(throttles("orders-fn"), json!(0))
            .with(Read::FunctionPolicy("orders-fn".to_owned()), bare)
            .denied(Read::FunctionPolicy("orders-fn:live".to_owned()), call)
    };
    let none = json!({ "Policy": { "Statement": [] } });
    let refused = "Execution failed due to configuration error: Invalid permissions on Lambda function";
    let pending = || json!({ "State": "Pending" });
    for (facts, expected) in [
        (
            aliased(grants.clone()).with(Read::Function("orders-fn:live".to_owned()), pending()),
            "lambda-function-not-active certain",
        ),
        (aliased(grants.clone()), "lambda-permission-on-alias-missing likely"),
        (log(aliased(grants.clone()), refused), "lambda-permission-on-alias-missing likely"),
        (log(aliased(grants.clone()), "Starting execution for request"), "insufficient-facts possible"),
        (aliased(none), "lambda-permission-missing possible"),
    ] {
        check(&failed(500), &facts, call, expected);
    }
}

#[test]
fn an_http_api_whose_functions_time_was_not_read_may_have_run_out_of_time() {
    let call = "lambda:GetFunctionConfiguration";
    let api = fixture::api(ApiKind::Http, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let exchange = to_orders("GET", "/orders").http(503, "Service Unavailable");
    let facts = facts(vec![api]).denied(Read::Function("orders-fn".to_owned()), call);
    check(&exchange, &facts, call, "http-api-timeout likely");
}
