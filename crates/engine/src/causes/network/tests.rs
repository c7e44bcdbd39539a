//! Names, connections, TLS, WAF and CloudFront: what proves each cause, what refutes it, and what is said unread.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, shown, to_orders};

mod clients;

fn api() -> Api {
    fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])
}

fn at_domain() -> Exchange {
    request("GET https://api.example.com/orders", &[])
}

fn failed(exchange: Exchange, text: &str) -> Exchange {
    exchange.answered(0, &[], text)
}

fn domain(answer: Value) -> Facts<'static> {
    facts(vec![api()]).with(Read::DomainName("api.example.com".to_owned()), answer).with(
        Read::BasePathMappings("api.example.com".to_owned()),
        json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] }),
    )
}

const TLS: &str = "curl: (60) SSL: no alternative certificate subject name matches target host name 'api.example.com'";

#[test]
fn http_is_not_https() {
    let to = |scheme: &str| {
        let url = format!("GET {scheme}://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders");
        failed(request(&url, &[]), "curl: (28) Failed to connect to port 80: Connection timed out")
    };
    assert_eq!(first(&to("http"), &facts(vec![api()])), "http-scheme-used certain");
    assert!(!lists(&to("https"), &facts(vec![api()]), "http-scheme-used"));
}

#[test]
fn an_api_that_is_not_there_has_no_host() {
    for text in ["curl: (6) Could not resolve host: x", "getaddrinfo ENOTFOUND x", "dial tcp: lookup x: no such host"] {
        let exchange = failed(to_orders("GET", "/orders"), text);
        let mut none = facts(Vec::new());
        none.keep_api("a1b2c3d4e5", crate::observed::Observed::Known(None));
        assert_eq!(first(&exchange, &none), "dns-api-host-not-found certain", "{text}");
        assert!(!lists(&exchange, &facts(vec![api()]), "dns-api-host-not-found"));
        assert_eq!(first(&exchange, &facts(Vec::new())), "dns-api-host-not-found possible");
        let among = |id: &str| facts(Vec::new()).with(Read::RestApis, json!({ "items": [{ "id": id }] }));
        assert_eq!(
            first(&exchange, &among("z9y8x7w6v5")),
            "dns-api-host-not-found certain",
            "HTTP APIs resolve anywhere"
        );
        assert_eq!(first(&exchange, &among("a1b2c3d4e5")), "insufficient-facts possible", "it may be private");
    }
}

/// Of an API that is no REST API, and may be one of the others, which could not be read.
#[test]
fn what_could_not_be_read_makes_a_missing_api_likely() {
    let among = |api: Observed<Option<Api>>| {
        let mut facts = facts(Vec::new()).with(Read::RestApis, json!({ "items": [] }));
        facts.keep_api("a1b2c3d4e5", api);
        facts
    };
    let denied = || among(Observed::NotRead(fixture::denied("apigatewayv2:GetApi")));
    let none = || among(Observed::Known(None));
    for (text, facts, expected) in [
        ("getaddrinfo ENOTFOUND x", denied(), "dns-api-host-not-found likely"),
        ("getaddrinfo EAI_AGAIN x", denied(), "dns-api-host-not-found possible"),
        ("getaddrinfo ENOTFOUND x", none(), "dns-api-host-not-found certain"),
        ("getaddrinfo EAI_AGAIN x", none(), "dns-api-host-not-found likely"),
        ("Temporary failure in name resolution", none(), "dns-api-host-not-found likely"),
    ] {
        assert_eq!(first(&failed(to_orders("GET", "/orders"), text), &facts), expected, "{text}");
    }
}

#[test]
fn a_domain_names_record_leads_to_its_target() {
    let own = json!({ "domainName": "api.example.com", "regionalDomainName": "d-abcdef1234.execute-api.eu-west-1.amazonaws.com",
        "domainNameStatus": "AVAILABLE" });
    let exchange = failed(at_domain(), TLS);
    let alias = |name: &str| domain(own.clone()).with(Read::DnsAlias("api.example.com".to_owned()), json!(name));
    assert_eq!(
        first(&exchange, &alias("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com")),
        "custom-domain-dns-wrong-target certain"
    );
    let right = alias("D-abcdef1234.execute-api.eu-west-1.amazonaws.com.");
    assert!(!lists(&exchange, &right, "custom-domain-dns-wrong-target"));
    assert!(!lists(&exchange, &domain(own), "custom-domain-dns-wrong-target"), "the record was not read");
}

#[test]
fn a_certificate_is_valid_and_covers_the_name() {
    let arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1";
    let own =
        json!({ "domainName": "api.example.com", "regionalCertificateArn": arn, "domainNameStatus": "AVAILABLE" });
    let exchange = failed(at_domain(), TLS);
    let with = |status: &str, names: Value| {
        let certificate = json!({ "Certificate": { "Status": status, "SubjectAlternativeNames": names, "NotAfter": "2027-01-01T00:00:00Z" } });
        domain(own.clone()).with(Read::Certificate(arn.to_owned()), certificate)
    };
    shown(
        "custom-domain-cert-problem",
        (&exchange, &with("ISSUED", json!(["www.example.com"])), "certain"),
        (&exchange, &with("ISSUED", json!(["*.example.com"]))),
        (&exchange, &domain(own.clone())),
    );
    assert_eq!(first(&exchange, &with("EXPIRED", json!(["api.example.com"]))), "custom-domain-cert-problem certain");
    let pending =
        domain(json!({ "domainName": "api.example.com", "domainNameStatus": "PENDING_CERTIFICATE_REIMPORT" }));
    assert_eq!(first(&exchange, &pending), "custom-domain-cert-problem certain");
}

#[test]
fn a_domain_name_that_nobody_has_is_missing() {
    let exchange = failed(at_domain(), "curl: (35) error:0A000458:SSL routines::tlsv1 unrecognized name");
    let none = facts(Vec::new())
        .lacking(Read::DomainName("api.example.com".to_owned()))
        .lacking(Read::DomainName("*.example.com".to_owned()));
    let alias = |name: &str| none.clone().with(Read::DnsAlias("api.example.com".to_owned()), json!(name));
    shown(
        "custom-domain-missing",
        (&exchange, &alias("d-abcdef1234.execute-api.eu-west-1.amazonaws.com"), "certain"),
        (&exchange, &domain(json!({ "domainName": "api.example.com", "domainNameStatus": "AVAILABLE" }))),
        (&exchange, &none),
    );
    assert_eq!(first(&exchange, &none), "custom-domain-missing likely");
}

#[test]
fn old_clients_are_refused_by_the_policy() {
    let old = failed(at_domain(), "curl: (35) tlsv1 alert protocol version");
    let own = domain(
        json!({ "domainName": "api.example.com", "securityPolicy": "TLS_1_2", "domainNameStatus": "AVAILABLE" }),
    );
    shown(
        "tls-version-too-low",
        (&old, &own, "certain"),
        (&failed(at_domain(), "curl: (6) Could not resolve host: api.example.com"), &own),
        (&old, &facts(Vec::new())),
    );
}

#[test]
fn a_client_certificate_may_be_missing() {
    let own = domain(
        json!({ "domainName": "api.example.com", "mutualTlsAuthentication": { "truststoreUri": "s3://b/t.pem" } }),
    );
    let mut exchange = failed(at_domain(), "curl: (56) OpenSSL SSL_read: Connection reset by peer, errno 104");
    assert_eq!(first(&exchange, &own), "mtls-client-cert-missing-or-bad possible");
    exchange.request.client.has_tls_certificate = Some(false);
    assert_eq!(first(&exchange, &own), "mtls-client-cert-missing-or-bad likely");
    assert!(!lists(&exchange, &domain(json!({ "domainName": "api.example.com" })), "mtls-client-cert-missing-or-bad"));
}

#[test]
fn forbidden_is_likely_a_matter_of_the_certificate_where_nothing_else_forbids() {
    let own =
        json!({ "domainName": "api.example.com", "mutualTlsAuthentication": { "truststoreUri": "s3://b/t.pem" } });
    let mapped = |api: Api| {
        let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
        facts(vec![api])
            .with(Read::DomainName("api.example.com".to_owned()), own.clone())
            .with(Read::BasePathMappings("api.example.com".to_owned()), mapping)
    };
    let api = |wants_key: bool, web_acl: Option<&str>| {
        let (key, mut route) = fixture::route("GET /orders", "arn:aws:lambda:eu-west-1:111122223333:function:f");
        route.api_key_required = wants_key;
        let mut api = fixture::api(ApiKind::Rest, vec![(key, route)]);
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        let Observed::Known(stages) = &mut api.stages else { panic!("no stages") };
        for stage in stages {
            stage.settings.extend(web_acl.map(|arn| ("webAclArn".to_owned(), json!(arn))));
        }
        api
    };
    let exchange = request("GET https://api.example.com/orders", &[]).forbidden();
    for (api, expected) in [
        (api(false, None), Some("likely")),
        (api(true, None), Some("possible")),
        (api(false, Some("arn:aws:wafv2:own")), Some("possible")),
    ] {
        let explanation = explained(&exchange, &mapped(api));
        let found = explanation.causes.iter().find(|cause| cause.id == "mtls-client-cert-missing-or-bad");
        assert_eq!(found.map(|cause| cause.confidence.name()), expected);
    }
}

#[test]
fn a_strict_endpoint_wants_one_name() {
    let mut strict = api();
    strict.live.settings.endpoint_access_mode = Some("STRICT".to_owned());
    let other = to_orders("GET", "/orders").header("Host", "other.example.com").forbidden();
    shown(
        "sni-host-mismatch-strict",
        (&other, &facts(vec![strict]), "likely"),
        (&other, &facts(vec![api()])),
        (&other, &facts(Vec::new())),
    );
    // Or the custom domain name that TLS names.
    let of = |mode: &str| {
        let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
        facts(vec![api()])
            .with(
                Read::DomainName("api.example.com".to_owned()),
                json!({ "domainName": "api.example.com", "endpointAccessMode": mode }),
            )
            .with(Read::BasePathMappings("api.example.com".to_owned()), mapping)
    };
    let host = [("Host", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com")];
    let at_domain = request("GET https://api.example.com/orders", &host).forbidden();
    shown(
        "sni-host-mismatch-strict",
        (&at_domain, &of("STRICT"), "likely"),
        (&at_domain, &of("BASIC")),
        (&at_domain, &facts(Vec::new())),
    );
}

/// Or the name that TLS names is the target of the custom domain name in `Host`.
#[test]
fn a_strict_domain_name_is_not_called_by_its_target() {
    let target = "d-abcdef1234.execute-api.eu-west-1.amazonaws.com";
    let to_target = |host: &str| request(&format!("GET https://{target}/orders"), &[("host", host)]).forbidden();
    let of = |mode: &str, target: &str| {
        domain(json!({ "domainName": "api.example.com", "endpointAccessMode": mode, "regionalDomainName": target }))
    };
    let spelt_otherwise = domain(json!({ "DomainName": "api.example.com", "DomainNameConfigurations": [
        { "ApiGatewayDomainName": target, "EndpointAccessMode": "STRICT" },
    ] }));
    let exchange = to_target("api.example.com");
    for strict in [of("STRICT", target), spelt_otherwise] {
        shown(
            "sni-host-mismatch-strict",
            (&exchange, &strict, "likely"),
            (&exchange, &of("BASIC", target)),
            (&exchange, &facts(Vec::new())),
        );
    }
    let another = of("STRICT", "d-zyxwvu9876.execute-api.eu-west-1.amazonaws.com");
    for (exchange, facts) in [(&exchange, &another), (&to_target(target), &of("STRICT", target))] {
        assert!(!lists(exchange, facts, "sni-host-mismatch-strict"));
    }
}

const ACL: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/own/1";
const SET: &str = "arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/office/1";

/// The API whose stage names a web ACL.
fn named() -> Api {
    let mut api = api();
    let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
    stages[0].settings.insert("webAclArn".to_owned(), json!(ACL));
    api
}

fn guarded(rules: Value, default: &str) -> Facts<'static> {
    let stage = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod".to_owned();
    let acl = json!({ "WebACL": { "Name": "own", "ARN": ACL, "DefaultAction": { default: {} }, "Rules": rules } });
    facts(vec![named()])
        .with(Read::WebAcl(stage), acl)
        .with(Read::Dns("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com".to_owned()), json!(["54.0.0.1"]))
}

fn sampled(facts: Facts<'static>, action: &str) -> Facts<'static> {
    let sample =
        json!({ "Request": { "ClientIP": "198.51.100.7", "URI": "/prod/orders", "Method": "GET" }, "Action": action });
    facts.with(
        Read::SampledRequests { web_acl: ACL.to_owned(), metric: "m".to_owned() },
        json!({ "SampledRequests": [sample] }),
    )
}

fn rule(statement: Value, action: Value) -> Value {
    json!([{ "Name": "r", "Statement": statement, "Action": action, "VisibilityConfig": { "MetricName": "m" } }])
}

#[test]
fn waf_is_known_by_what_it_sampled() {
    let exchange = to_orders("GET", "/orders").forbidden();
    let managed = rule(json!({ "ManagedRuleGroupStatement": { "Name": "Common" } }), json!({}));
    assert_eq!(first(&exchange, &sampled(guarded(managed.clone(), "Allow"), "BLOCK")), "waf-block certain");
    assert_eq!(first(&exchange, &sampled(guarded(managed.clone(), "Allow"), "ALLOW")), "waf-block possible");
    assert_eq!(first(&exchange, &guarded(managed, "Allow")), "waf-block possible");
    // A sample from the sender's own address that was let through refutes it.
    let mut known = exchange.clone();
    known.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
    let managed = rule(json!({ "ManagedRuleGroupStatement": { "Name": "Common" } }), json!({}));
    assert!(!lists(&known, &sampled(guarded(managed, "Allow"), "ALLOW"), "waf-block"));
    // The stage itself tells whether it has a web ACL at all.
    assert!(!lists(&exchange, &facts(vec![api()]), "waf-block"));
    assert_eq!(first(&exchange, &facts(vec![named()])), "waf-block possible");
    let rate = rule(json!({ "RateBasedStatement": { "Limit": 100 } }), json!({ "Block": {} }));
    shown(
        "waf-rate-limited",
        (&exchange, &sampled(guarded(rate.clone(), "Allow"), "BLOCK"), "certain"),
        (&exchange, &sampled(guarded(rate.clone(), "Allow"), "ALLOW")),
        (&exchange, &guarded(rate, "Allow")),
    );
    let own = to_orders("GET", "/orders").answered(429, &[("x-amz-apigw-id", "A=")], "slow down");
    let answers = |code: i64| {
        rule(json!({ "RateBasedStatement": {} }), json!({ "Block": { "CustomResponse": { "ResponseCode": code } } }))
    };
    shown(
        "waf-rate-custom-429",
        (&own, &guarded(answers(429), "Allow"), "certain"),
        (&own, &guarded(answers(403), "Allow")),
        (&own, &facts(vec![named()])),
    );
}

#[test]
fn waf_may_let_in_listed_addresses_alone() {
    let reference = json!({ "IPSetReferenceStatement": { "ARN": SET } });
    let facts_of = |address: &str| {
        guarded(rule(reference.clone(), json!({ "Allow": {} })), "Block").with(
            Read::IpSet(SET.to_owned()),
            json!({ "IPSet": { "Name": "office", "Id": "1", "Addresses": [address] } }),
        )
    };
    let mut exchange = to_orders("GET", "/orders").forbidden();
    assert_eq!(first(&exchange, &facts_of("203.0.113.0/24")), "waf-ip-allow-list likely");
    exchange.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
    assert_eq!(first(&exchange, &facts_of("203.0.113.0/24")), "waf-ip-allow-list certain");
    assert!(!lists(&exchange, &facts_of("198.51.100.0/24"), "waf-ip-allow-list"));
    let negated = rule(json!({ "NotStatement": { "Statement": reference } }), json!({ "Block": {} }));
    assert_eq!(first(&exchange, &guarded(negated, "Allow")), "waf-ip-allow-list likely");
}

#[test]
fn a_read_of_waf_that_was_denied_is_named_in_what_mends_it() {
    let block = || rule(json!({ "SqliMatchStatement": {} }), json!({ "Block": {} }));
    let set = json!({ "IPSetReferenceStatement": { "ARN": SET } });
    let listed = rule(set, json!({ "Allow": {} }));
    let stage = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod".to_owned();
    let sampled = Read::SampledRequests { web_acl: ACL.to_owned(), metric: "m".to_owned() };
    for (facts, id, read, denied) in [
        (facts(vec![named()]), "waf-block", Read::WebAcl(stage), "wafv2:GetWebACLForResource"),
        (guarded(block(), "Allow"), "waf-block", sampled, "wafv2:GetSampledRequests"),
        (guarded(listed, "Block"), "waf-ip-allow-list", Read::IpSet(SET.to_owned()), "wafv2:GetIPSet"),
    ] {
        let mut exchange = to_orders("GET", "/orders").forbidden();
        exchange.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
        let explanation = explained(&exchange, &facts.denied(read, denied));
        let first = &explanation.causes[0];
        assert_eq!(first.id, id);
        assert!(first.remedy.summary.starts_with("grant "), "{id}: {}", first.remedy.summary);
        assert!(first.remedy.summary.contains(denied), "{id}: {}", first.remedy.summary);
        assert!(!first.says.contains("in no list"), "{}", first.says);
        assert!(explanation.not_read.iter().any(|own| own.needs == denied), "{:?}", explanation.not_read);
    }
    // A stage that names no web ACL has none: WAF is not asked, and whether it would answer is nobody's concern.
    let explanation = explained(&to_orders("GET", "/orders").forbidden(), &facts(vec![api()]));
    assert_eq!(explanation.causes[0].id, "insufficient-facts");
    assert!(!explanation.causes[0].remedy.summary.contains("wafv2"), "{}", explanation.causes[0].remedy.summary);
    assert!(explanation.not_read.iter().all(|own| !own.what.starts_with("wafv2:")), "{:?}", explanation.not_read);
    for id in ["waf-block", "waf-ip-allow-list", "waf-rate-limited"] {
        assert!(explanation.ruled_out.iter().any(|own| own.id == id && own.why == "the stage has no web ACL"), "{id}");
    }
}

#[test]
fn cloudfront_hands_on_what_the_api_does_not_take() {
    let seen =
        [("x-amz-apigw-id", "A="), ("x-amzn-ErrorType", "ForbiddenException"), ("x-cache", "Error from cloudfront")];
    let to = |path: &str, status: u16, text: &str| {
        request(&format!("GET https://www.example.com{path}"), &[]).answered(
            status,
            &seen,
            &json!({ "message": text }).to_string(),
        )
    };
    let front = |policy: &str, origin_path: &str| {
        let list = json!({ "DistributionList": { "Items": [{
            "DomainName": "d111111abcdef8.cloudfront.net", "Aliases": { "Items": ["www.example.com"] },
            "Origins": { "Items": [{ "Id": "api", "DomainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "OriginPath": origin_path }] },
            "DefaultCacheBehavior": { "TargetOriginId": "api", "OriginRequestPolicyId": policy },
        }] } });
        facts(vec![api()]).with(Read::Distributions, list)
    };
    let (all, but_host) = ("216adef6-5c7f-47e4-b989-5492eafa07d3", "b689b0a8-53d0-40ab-baf2-68738e2966ac");
    assert_eq!(first(&to("/prod/orders", 403, "Forbidden"), &front(all, "")), "cloudfront-forwards-host certain");
    assert!(!lists(&to("/prod/orders", 403, "Forbidden"), &front(but_host, ""), "cloudfront-forwards-host"));
    // Without a policy, the behaviour itself lists what it hands on.
    for (behaviours, path, value) in [
        (
            json!({ "DefaultCacheBehavior": { "TargetOriginId": "api", "OriginRequestPolicyId": all } }),
            "DefaultCacheBehavior.OriginRequestPolicyId",
            json!(all),
        ),
        (
            json!({ "DefaultCacheBehavior": { "TargetOriginId": "api", "ForwardedValues": { "Headers": { "Items": ["Host"] } } } }),
            "DefaultCacheBehavior.ForwardedValues.Headers.Items",
            json!(["Host"]),
        ),
        (
            json!({ "CacheBehaviors": { "Items": [{ "PathPattern": "/prod/*", "TargetOriginId": "api", "OriginRequestPolicyId": all }] } }),
            "CacheBehaviors.Items[/prod/*].OriginRequestPolicyId",
            json!(all),
        ),
    ] {
        let mut own = json!({ "DomainName": "d111111abcdef8.cloudfront.net", "Aliases": { "Items": ["www.example.com"] },
            "Origins": { "Items": [{ "Id": "api", "DomainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "OriginPath": "" }] } });
        own.as_object_mut().unwrap().extend(behaviours.as_object().unwrap().clone());
        let facts = facts(vec![api()]).with(Read::Distributions, json!({ "DistributionList": { "Items": [own] } }));
        let evidence = explained(&to("/prod/orders", 403, "Forbidden"), &facts).causes[0].evidence[0].clone();
        assert_eq!((evidence.path.as_str(), evidence.value), (path, value));
    }
    shown(
        "cloudfront-origin-path-wrong",
        (&to("/orders", 403, "Forbidden"), &front(but_host, ""), "certain"),
        (&to("/orders", 403, "Forbidden"), &front(but_host, "/prod")),
        (&to("/orders", 403, "Forbidden"), &facts(vec![api()])),
    );
    let twice = to("/prod/orders", 403, "Missing Authentication Token");
    assert_eq!(first(&twice, &front(but_host, "/prod")), "cloudfront-origin-path-wrong certain");
}

#[test]
fn what_cloudfront_hands_on_is_matched_with_the_routes_of_its_origin() {
    let seen = [
        ("x-amz-apigw-id", "A="),
        ("x-amzn-ErrorType", "MissingAuthenticationTokenException"),
        ("x-cache", "Error from cloudfront"),
    ];
    let body = r#"{"message":"Missing Authentication Token"}"#;
    let to = |host: &str, path: &str| request(&format!("PUT https://{host}{path}"), &[]).answered(403, &seen, body);
    let front = |origin_path: &str| {
        let list = json!({ "DistributionList": { "Items": [{
            "DomainName": "d111111abcdef8.cloudfront.net", "Aliases": { "Items": ["www.example.com"] },
            "Origins": { "Items": [{ "Id": "api", "DomainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", "OriginPath": origin_path }] },
            "DefaultCacheBehavior": { "TargetOriginId": "api" },
        }] } });
        facts(vec![api()]).with(Read::Distributions, list)
    };
    for (host, path, origin_path) in [
        ("d111111abcdef8.cloudfront.net", "/orders", "/prod"),
        ("www.example.com", "/orders", "/prod"),
        ("www.example.com", "/prod/orders", ""),
    ] {
        assert_eq!(first(&to(host, path), &front(origin_path)), "rest-method-not-on-path certain", "{host}{path}");
    }
    let explanation = explained(&to("www.example.com", "/order"), &front("/prod"));
    assert_eq!(explanation.causes[0].id, "rest-path-not-in-api");
    let advice = &explanation.causes[0].remedy.summary;
    assert!(advice.contains("https://www.example.com/orders"), "{advice}");
    assert_eq!(first(&to("www.example.com", "/order"), &facts(vec![api()])), "insufficient-facts possible");
}
