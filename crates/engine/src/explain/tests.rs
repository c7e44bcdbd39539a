//! What stands first.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::configuration::{Cors, RequestValidator};
use crate::exchange::{Exchange, curl};
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, request, to_orders};

/// `id confidence` of every cause, in its order.
fn told(exchange: &Exchange, facts: &Facts<'static>) -> Vec<String> {
    let causes = explained(exchange, facts).causes;
    causes.iter().map(|cause| format!("{} {}", cause.id, cause.confidence.name())).collect()
}

/// `POST /orders`, which checks bodies, and live wants a key, which is not deployed yet.
fn waiting() -> Api {
    let mut own = route("POST /orders", &lambda_uri("orders-fn"));
    own.1.request_validator = Observed::Known(Some("all".to_owned()));
    own.1.request_models.by_content_type.insert("application/json".to_owned(), "Order".to_owned());
    let key = own.0.clone();
    let mut api = fixture::api(ApiKind::Rest, vec![own]);
    let validator = RequestValidator { validate_request_body: true, ..RequestValidator::default() };
    api.live.request_validators = Observed::Known([("all".to_owned(), validator)].into());
    api.live.models = Observed::Known([("Order".to_owned(), json!({ "type": "object", "required": ["id"] }))].into());
    let served = api.live.clone();
    fixture::deploy(&mut api, "d1", &served);
    let Observed::Known(routes) = &mut api.live.routes else { panic!("no routes") };
    routes.0.get_mut(&key).unwrap().api_key_required = true;
    api
}

#[test]
fn what_fails_the_request_stands_before_drift_that_lets_it_through() {
    let facts = facts(vec![waiting()]);
    let post = |options: &str| {
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
        curl::read(&format!("curl {options} {url}")).unwrap().exchange
    };
    let drift = "api-key-requirement-not-deployed certain";
    assert_eq!(told(&post("--json '{}'"), &facts)[..2], ["validator-body certain", drift]);
    // What may fail it stands behind, and nothing else before it.
    assert_eq!(told(&post("--json @body"), &facts)[..2], [drift, "validator-body possible"]);
    assert_eq!(told(&post("--json '{\"id\":1}'"), &facts)[..1], [drift]);
}

#[test]
fn a_variable_is_a_value_that_nothing_is_certain_of() {
    let facts = facts(vec![fixture::api(
        ApiKind::Rest,
        vec![route("GET /orders/{id}", &lambda_uri("orders-fn")), route("GET /status", &lambda_uri("orders-fn"))],
    )]);
    let base = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod";
    let get = |path: &str| curl::read(&format!("curl \"{base}{path}\"")).unwrap().exchange.missing_token();
    let told = |path: &str| {
        let explanation = explained(&get(path), &facts);
        let first = &explanation.causes[0];
        (first.id, first.confidence.name(), explanation.not_read.iter().any(|own| own.what == "request.url"))
    };
    let table = [
        ("/lines/7", ("rest-path-not-in-api", "certain", false)),
        ("/lines/$ID", ("rest-path-not-in-api", "likely", true)),
        ("/lines/7?page=$PAGE", ("rest-path-not-in-api", "certain", false)),
    ];
    for (path, expected) in table {
        assert_eq!(told(path), expected, "{path}");
    }
}

#[test]
fn a_preflight_that_browsers_will_refuse_is_at_fault() {
    let preflight = |origin: &str| {
        let headers = [("Origin", origin), ("Access-Control-Request-Method", "PUT")];
        request("OPTIONS https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders", &headers)
    };
    let with = |origins: &[&str]| {
        let mut api = fixture::api(ApiKind::Http, vec![route("PUT /orders", &lambda_uri("orders-fn"))]);
        api.live.cors = Some(Cors {
            allow_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            allow_methods: ["PUT".to_owned()].into(),
            ..Cors::default()
        });
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        facts(vec![api])
    };
    let own = preflight("https://app.example.com");
    assert_eq!(told(&own, &with(&[])), ["http-cors-overrides-backend certain"]);
    assert_eq!(told(&own, &with(&["https://app.example.com"])), ["no-fault-found likely"]);
    assert_eq!(told(&own, &with(&["https://other.example.com"])), ["cors-origin-mismatch certain"]);
}

/// Exports show no ids of resources: the live configuration does, and commands name them.
#[test]
fn commands_name_the_ids_that_were_read() {
    let own = || {
        let mut own = route("GET /orders", &lambda_uri("orders-fn"));
        own.1.integration.as_mut().unwrap().http_method = Some("GET".to_owned());
        own
    };
    let mut api = fixture::api(ApiKind::Rest, vec![own()]);
    let Observed::Known(routes) = &mut api.live.routes else { panic!("no routes") };
    routes.0.values_mut().for_each(|route| route.resource_id = Some("res001".to_owned()));
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    let told = explained(&failed, &facts(vec![api])).causes.swap_remove(0);
    assert_eq!(told.id, "lambda-integration-method-not-post");
    let command = told.remedy.command.unwrap();
    assert!(command.contains("--resource-id res001 "), "{command}");
}

#[test]
fn nobody_is_asked_for_what_was_given() {
    let facts = || facts(vec![fixture::api(ApiKind::Http, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
    let request = || to_orders("GET", "/orders");
    for (exchange, words) in [
        (request().answered(418, &[("Server", "nginx")], "short and stout"), "switch the access log on"),
        (request().answered(418, &[], ""), "give the whole response"),
        (request().answered(0, &[], "curl: (7) something went wrong"), "give the client's whole error text"),
    ] {
        let own = explained(&exchange, &facts()).causes.swap_remove(0);
        assert_eq!(own.id, "insufficient-facts");
        assert!(own.remedy.summary.contains(words), "{}: {}", own.says, own.remedy.summary);
    }
}

#[test]
fn a_hint_is_no_answer_of_its_own() {
    let api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let own = to_orders("GET", "/orders").header("Origin", "https://app.example.com");
    let told = told(&own, &facts(vec![api]));
    assert_eq!(told.last().unwrap(), "cors-gateway-response-no-headers certain");
    assert_ne!(told[0], "cors-gateway-response-no-headers certain");
}

#[test]
fn a_token_in_the_path_is_shown_nowhere() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnc2lnc2ln";
    // Taken for a value by a route of another method; the name of a route that waits for its deployment; and in no route.
    for (key, is_deployed, part) in [
        ("POST /verify/{token}", true, "nearest"),
        ("GET /verify/SEGMENT", false, "plan"),
        ("GET /orders", true, "causes"),
    ] {
        for (segment, is_shown) in [(token, false), ("eyJ.a", true), ("reports", true)] {
            let waiting = route(&key.replace("SEGMENT", segment), &lambda_uri("orders-fn"));
            let mut api = fixture::api(ApiKind::Rest, vec![route("GET /status", &lambda_uri("orders-fn"))]);
            api.live = fixture::api(ApiKind::Rest, vec![waiting]).live;
            if is_deployed {
                let live = api.live.clone();
                fixture::deploy(&mut api, "d1", &live);
            }
            let exchange = to_orders("GET", &format!("/verify/{segment}")).missing_token();
            let said = serde_json::to_value(explained(&exchange, &facts(vec![api]))).unwrap();
            assert_ne!(said.get(part), None, "{said}");
            let said = said.to_string();
            assert_eq!(said.contains(segment), is_shown, "{said}");
            assert_eq!(said.contains("<redacted sha256:"), !is_shown, "{said}");
        }
    }
}

#[test]
fn a_token_in_the_path_is_not_shown_where_one_cause_is_asked_why_not() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnc2lnc2ln";
    let exchange = to_orders("GET", &format!("/verify/{token}")).missing_token();
    let api = fixture::api(ApiKind::Rest, vec![route("POST /verify/{token}", &lambda_uri("orders-fn"))]);
    let cause = crate::causes::find("rest-method-not-on-path").unwrap();
    let said = format!("{:?}", super::examine(cause, &exchange, &facts(vec![api])));
    assert!(said.contains("/verify/<redacted sha256:") && !said.contains(token), "{said}");
}

#[test]
fn the_request_names_its_api_whether_or_not_it_was_read() {
    let headers = [("x-apigw-api-id", "z9y8x7w6v5")];
    for (line, headers, expected) in [
        ("GET https://q1w2e3r4t5.execute-api.eu-west-1.amazonaws.com/prod/x", &[][..], Some("q1w2e3r4t5")),
        (
            "GET https://vpce-0123456789abcdef0-abcd1234.execute-api.eu-west-1.vpce.amazonaws.com/prod/x",
            &headers,
            Some("z9y8x7w6v5"),
        ),
        ("GET https://api.example.com/x", &[], None),
    ] {
        let explanation = explained(&request(line, headers).forbidden(), &facts(Vec::new()));
        assert_eq!(explanation.request.api_id.as_deref(), expected, "{line}");
    }
}

/// The checks that come first are named first, in the order of the gateway: names, TLS, the web ACL, routes.
#[test]
fn names_and_tls_come_before_the_web_acl() {
    const SET: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/2";
    let families = crate::causes::FAMILIES.iter().map(|family| family.name);
    let at = |name: &str| families.clone().position(|own| own == name).unwrap();
    let order = [
        "Names, connections and TLS",
        "Private DNS",
        "Mutual TLS",
        "Stages and endpoints",
        "Custom domain names",
        "WAF",
        "Routing of REST APIs",
        "API keys",
    ];
    assert!(order.map(at).is_sorted(), "{:?}", order.map(at));

    let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    let arn = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1";
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("webAclArn".to_owned(), json!(arn));
    let stage = api.stage_arn(fixture::REGION, "prod");
    let acl = json!({ "WebACL": { "Name": "a", "ARN": arn, "DefaultAction": { "Block": {} },
        "Rules": [{ "Name": "ok", "Priority": 1, "Action": { "Allow": {} }, "Statement": { "IPSetReferenceStatement": { "ARN": SET } } }] } });
    let endpoint = json!({ "VpcEndpointId": "vpce-0123456789abcdef0", "VpcId": "vpc-1", "PrivateDnsEnabled": true });
    let mut exchange = to_orders("GET", "/orders").forbidden();
    exchange.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
    let account = |address: &str| {
        facts(vec![api.clone()])
            .with(Read::WebAcl(stage.clone()), acl.clone())
            .with(
                Read::IpSet(SET.to_owned()),
                json!({ "IPSet": { "Name": "office", "Id": "2", "Addresses": ["203.0.113.0/24"] } }),
            )
            .with(Read::Dns("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com".to_owned()), json!([address]))
            .with(Read::VpcEndpoints, json!({ "VpcEndpoints": [endpoint] }))
    };
    for (address, expected) in
        [("10.0.1.15", "private-dns-captures-public-api certain"), ("54.0.0.1", "waf-ip-allow-list certain")]
    {
        assert_eq!(told(&exchange, &account(address))[0], expected);
    }
    // Nor does it come to the stage that the path names.
    let nowhere = request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/staging/orders", &[]).forbidden();
    for (address, expected) in
        [("10.0.1.15", "private-dns-captures-public-api certain"), ("54.0.0.1", "rest-stage-unknown certain")]
    {
        assert_eq!(told(&nowhere, &account(address))[0], expected);
    }
    // A client without a certificate does not come to the mappings of the name.
    let name = || "api.example.com".to_owned();
    let mutual =
        json!({ "domainName": "api.example.com", "mutualTlsAuthentication": { "truststoreUri": "s3://store/ca.pem" } });
    let unmapped = facts(vec![api.clone()])
        .with(Read::DomainName(name()), mutual)
        .with(Read::BasePathMappings(name()), json!({ "items": [] }))
        .with(Read::ApiMappings(name()), json!({ "Items": [] }));
    for (has, expected) in [
        (Some(false), "mtls-client-cert-missing-or-bad likely"),
        (Some(true), "custom-domain-no-mapping certain"),
        (None, "custom-domain-no-mapping certain"),
    ] {
        let mut exchange = request("GET https://api.example.com/orders", &[]).forbidden();
        exchange.request.client.has_tls_certificate = has;
        assert_eq!(told(&exchange, &unmapped)[0], expected, "{has:?}");
    }
}

/// A log that the stage does not write is nothing that anybody could grant.
#[test]
fn nobody_is_asked_for_a_log_that_the_stage_does_not_write() {
    let id = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";
    let group = || "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
    let api = |level: &str| {
        let (key, mut own) = route("GET /orders", "https://backend.example.com/orders");
        own.integration.as_mut().unwrap().integration_type = "HTTP_PROXY".to_owned();
        let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": level } }));
        api
    };
    let account = |level: &str, role: Option<&str>| {
        facts(vec![api(level)])
            .denied(Read::Logs { group: group(), filter: Some(id.to_owned()) }, "logs:FilterLogEvents")
            .with(Read::Dns("backend.example.com".to_owned()), json!(["203.0.113.7"]))
            .with(Read::Account, role.map_or(json!({}), |role| json!({ "cloudwatchRoleArn": role })))
    };
    let role = Some("arn:aws:iam::111122223333:role/logs");
    let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
    for (facts, expected, is_asked) in [
        (account("OFF", role), "logs-not-enabled possible", false),
        (account("INFO", None), "logs-not-enabled possible", false),
        (account("INFO", role), "insufficient-facts possible", true),
    ] {
        let explanation = explained(&failed, &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
        assert_eq!(explanation.causes.iter().filter(|cause| cause.id == own.id).count(), 1);
        let text = serde_json::to_string(&explanation).unwrap();
        assert_eq!(text.contains("logs:FilterLogEvents"), is_asked, "{text}");
    }
    // What a recording lacks nobody was refused.
    assert_eq!(explained(&failed, &facts(vec![api("OFF")])).causes[0].id, "logs-not-enabled");
    // Nor is anybody sent to one.
    let strange = to_orders("GET", "/orders").answered(418, &[("Server", "nginx")], "short and stout");
    for (level, words) in [("OFF", "switch the access log on"), ("INFO", "look into the stage's logs")] {
        let facts = account(level, role).with(Read::Logs { group: group(), filter: Some(id.to_owned()) }, json!([]));
        let own = explained(&strange, &facts).causes.swap_remove(0);
        assert!(own.remedy.summary.contains(words), "{level}: {}", own.remedy.summary);
    }
}
