//! Private APIs, their names and their policies: what proves each cause, what refutes it, and what is said unread.

mod endpoint_policy;

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, shown, to_orders};

const ENDPOINT: &str = "vpce-0123456789abcdef0";

fn api(types: &[&str]) -> Api {
    let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
    api.endpoint_types = types.iter().map(|kind| (*kind).to_owned()).collect();
    api
}

fn with_policy(types: &[&str], statements: Value) -> Api {
    let mut api = api(types);
    let policy = json!({ "Statement": statements });
    api.live.settings.policy = Some(policy.clone());
    // What is deployed is what is live.
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    api
}

fn by_endpoint() -> Exchange {
    request(&format!("GET https://a1b2c3d4e5-{ENDPOINT}.execute-api.eu-west-1.amazonaws.com/prod/orders"), &[])
}

fn unresolved(exchange: Exchange) -> Exchange {
    exchange.answered(0, &[], "curl: (6) Could not resolve host")
}

fn timed_out(exchange: Exchange) -> Exchange {
    exchange.answered(0, &[], "curl: (28) Failed to connect: Connection timed out")
}

fn anonymous(exchange: Exchange, suffix: &str) -> Exchange {
    let arn = "arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders";
    let text = format!("User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}{suffix}");
    exchange.refused(403, "AccessDeniedException", &text)
}

fn endpoints(facts: Facts<'static>, private_dns: bool) -> Facts<'static> {
    facts.with(
        Read::VpcEndpoints,
        json!({ "VpcEndpoints": [{ "VpcEndpointId": ENDPOINT, "VpcId": "vpc-1", "PrivateDnsEnabled": private_dns,
            "ServiceName": "com.amazonaws.eu-west-1.execute-api", "Groups": [{ "GroupId": "sg-0vpce" }] }] }),
    )
}

#[test]
fn an_endpoint_has_to_be_told_which_api_is_meant() {
    let host = format!("https://{ENDPOINT}-abcd1234.execute-api.eu-west-1.vpce.amazonaws.com/prod/orders");
    let to = |headers: &[(&str, &str)]| request(&format!("GET {host}"), headers).forbidden();
    let private = facts(vec![api(&["PRIVATE"])]);
    assert_eq!(first(&to(&[]), &private), "private-api-host-header-missing certain");
    let named = [("Host", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com")];
    assert!(!lists(&to(&named), &private, "private-api-host-header-missing"));
    let header = [("x-apigw-api-id", "a1b2c3d4e5")];
    let public = facts(vec![api(&["REGIONAL"])]);
    shown(
        "private-api-id-header-wrong",
        (&to(&header), &public, "certain"),
        (&to(&header), &private),
        (&to(&header), &facts(Vec::new())),
    );
}

#[test]
fn the_name_with_both_ids_exists_only_for_associated_endpoints() {
    let mut associated = api(&["PRIVATE"]);
    associated.live.settings.vpc_endpoint_ids.insert(ENDPOINT.to_owned());
    shown(
        "private-api-vpce-not-associated",
        (&unresolved(by_endpoint()), &facts(vec![api(&["PRIVATE"])]), "certain"),
        (&unresolved(by_endpoint()), &facts(vec![associated])),
        (&unresolved(by_endpoint()), &facts(Vec::new())),
    );
}

#[test]
fn the_name_with_both_ids_is_that_of_a_private_api_alone() {
    for exchange in [by_endpoint(), unresolved(by_endpoint()), by_endpoint().forbidden()] {
        for types in [&["REGIONAL"], &["EDGE"]] {
            let explanation = explained(&exchange, &facts(vec![api(types)]));
            let first = &explanation.causes[0];
            assert_eq!((first.id, first.confidence.name()), ("private-api-id-header-wrong", "certain"), "{exchange:?}");
            assert_eq!(
                first.remedy.summary,
                "call the API by its own name: https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders"
            );
            assert!(explanation.causes.iter().all(|cause| cause.id != "private-api-vpce-not-associated"));
        }
    }
    let private = facts(vec![api(&["PRIVATE"])]);
    assert!(!lists(&unresolved(by_endpoint()), &private, "private-api-id-header-wrong"));
    // What the API answers says that it was reached.
    let answered = by_endpoint().answered(200, &[("x-amz-apigw-id", "A=")], "[]");
    assert_eq!(first(&answered, &facts(vec![api(&["REGIONAL"])])), "no-fault-found certain");
}

#[test]
fn a_private_domain_name_needs_an_association() {
    let exchange = request("GET https://api.example.com/orders", &[]).forbidden();
    let domain = json!({ "domainName": "api.example.com", "domainNameArn": "arn:own", "endpointConfiguration": { "types": ["PRIVATE"] } });
    let base = facts(vec![api(&["PRIVATE"])]).with(Read::DomainName("api.example.com".to_owned()), domain).with(
        Read::BasePathMappings("api.example.com".to_owned()),
        json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] }),
    );
    let associated = json!({ "items": [{ "domainNameArn": "arn:own", "accessAssociationSource": ENDPOINT }] });
    shown(
        "private-domain-no-access-association",
        (&exchange, &base.clone().with(Read::AccessAssociations, json!({ "items": [] })), "certain"),
        (&exchange, &base.clone().with(Read::AccessAssociations, associated)),
        (&exchange, &base),
    );
}

/// The command names the sender's endpoint, where its VPC has one alone.
#[test]
fn an_association_is_made_with_the_endpoint_of_the_senders_vpc() {
    let arn = "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/api.example.com+abcd1234";
    let domain = json!({ "domainName": "api.example.com", "domainNameArn": arn, "endpointConfiguration": { "types": ["PRIVATE"] } });
    let unread = || {
        facts(vec![api(&["PRIVATE"])])
            .with(Read::DomainName("api.example.com".to_owned()), domain.clone())
            .with(Read::AccessAssociations, json!({ "items": [] }))
    };
    let of = |vpcs: &[&str]| {
        let list = vpcs.iter().zip(1..).map(|(vpc, number)| json!({ "VpcEndpointId": format!("vpce-{number}"), "VpcId": vpc, "ServiceName": "com.amazonaws.eu-west-1.execute-api" }));
        unread().with(Read::VpcEndpoints, json!({ "VpcEndpoints": list.collect::<Vec<_>>() }))
    };
    for (facts, vpc, source) in [
        (of(&["vpc-2", "vpc-1"]), Some("vpc-1"), "vpce-2"),
        (of(&["vpc-1", "vpc-1"]), Some("vpc-1"), "VPCE_ID"),
        (of(&["vpc-2"]), Some("vpc-1"), "VPCE_ID"),
        (of(&["vpc-1"]), None, "VPCE_ID"),
        (unread(), Some("vpc-1"), "VPCE_ID"),
    ] {
        let mut exchange = request("GET https://api.example.com/orders", &[]).forbidden();
        exchange.request.client.vpc_id = vpc.map(str::to_owned);
        let own = explained(&exchange, &facts).causes.swap_remove(0);
        assert_eq!((own.id, own.confidence.name()), ("private-domain-no-access-association", "certain"));
        let command = format!(
            "aws apigateway create-domain-name-access-association --domain-name-arn {arn} --access-association-source-type \
             VPCE --access-association-source {source} --region eu-west-1"
        );
        assert_eq!(own.remedy.command, Some(command), "{vpc:?}");
    }
}

#[test]
fn a_private_domain_name_is_open_to_the_endpoints_that_it_is_joined_to() {
    let from = |vpc: Option<&str>| {
        let mut exchange = request("GET https://api.example.com/orders", &[]).forbidden();
        exchange.request.client.vpc_id = vpc.map(str::to_owned);
        exchange
    };
    let account = |joined: &str, policy: Value| {
        let domain = json!({ "domainName": "api.example.com", "endpointConfiguration": { "types": ["PRIVATE"] }, "policy": policy.to_string(),
            "domainNameArn": "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/api.example.com+abcd1234" });
        let joined =
            json!({ "items": [{ "domainNameArn": domain["domainNameArn"], "accessAssociationSource": joined }] });
        let mapping = json!({ "items": [{ "basePath": "(none)", "restApiId": "a1b2c3d4e5", "stage": "prod" }] });
        endpoints(facts(vec![api(&["PRIVATE"])]), false)
            .with(Read::DomainName("api.example.com".to_owned()), domain)
            .with(Read::BasePathMappings("api.example.com".to_owned()), mapping)
            .with(Read::AccessAssociations, joined)
    };
    let statement = |effect: &str, resource: &str, condition: Value| json!({ "Sid": "Own", "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource, "Condition": condition });
    let (all, named) =
        ("execute-api:/*", "arn:aws:execute-api:eu-west-1:111122223333:/domainnames/api.example.com+abcd1234");
    let allow = |resource: &str| statement("Allow", resource, json!({}));
    let open = || json!({ "Statement": [allow(all)] });
    let not_from = |endpoint: &str| {
        let condition = json!({ "StringNotEquals": { "aws:SourceVpce": endpoint } });
        json!({ "Statement": [allow(named), statement("Deny", all, condition)] })
    };
    let id = "private-domain-no-access-association";
    for (vpc, joined, policy, expected) in [
        (Some("vpc-1"), "vpce-0other", open(), Some("no access association joins it to vpce-0123456789abcdef0")),
        (Some("vpc-1"), ENDPOINT, open(), None),
        // Whose endpoint it is cannot be told.
        (Some("vpc-2"), "vpce-0other", open(), None),
        (None, "vpce-0other", open(), None),
        (Some("vpc-1"), ENDPOINT, not_from("vpce-0other"), Some("its statement Own denies the sender")),
        (Some("vpc-1"), ENDPOINT, not_from(ENDPOINT), None),
        (None, ENDPOINT, not_from("vpce-0other"), None),
        (None, ENDPOINT, json!({ "Statement": [] }), Some("no statement allows the sender")),
    ] {
        let explanation = explained(&from(vpc), &account(joined, policy.clone()));
        let found = explanation.causes.iter().find(|cause| cause.id == id);
        assert_eq!(found.is_some(), expected.is_some(), "{vpc:?} {joined} {policy}");
        if let (Some(cause), Some(expected)) = (found, expected) {
            assert_eq!(cause.confidence.name(), "certain");
            assert!(cause.says.contains(expected), "{}", cause.says);
        }
    }
}

#[test]
fn a_security_group_lets_in_groups_and_addresses() {
    let client = |groups: &[&str], address: &str| {
        let mut exchange = timed_out(by_endpoint());
        exchange.request.client.security_groups = groups.iter().map(|group| (*group).to_owned()).collect();
        exchange.request.client.source_ip = Some(address.parse().unwrap());
        exchange
    };
    let base = endpoints(facts(vec![api(&["PRIVATE"])]), false);
    let rules = |rules: Value| {
        base.clone().with(
            Read::SecurityGroups(vec!["sg-0vpce".to_owned()]),
            json!({ "SecurityGroups": [{ "GroupId": "sg-0vpce", "IpPermissions": rules }] }),
        )
    };
    let https = |pairs: Value, ranges: Value| {
        rules(
            json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": pairs, "IpRanges": ranges }]),
        )
    };
    let other = https(json!([{ "GroupId": "sg-0other" }]), json!([]));
    let caller = client(&["sg-0app"], "10.0.1.50");
    assert_eq!(first(&caller, &other), "vpce-security-group-blocks certain");
    assert_eq!(first(&caller, &rules(json!([]))), "vpce-security-group-blocks certain");
    for open in [
        https(json!([{ "GroupId": "sg-0app" }]), json!([])),
        https(json!([]), json!([{ "CidrIp": "10.0.0.0/16" }])),
        rules(json!([{ "IpProtocol": "-1", "UserIdGroupPairs": [{ "GroupId": "sg-0app" }] }])),
    ] {
        assert!(!lists(&caller, &open, "vpce-security-group-blocks"));
    }
    assert_eq!(first(&caller, &base), "vpce-security-group-blocks possible", "the groups were not read");
    // Who is to be let in is named as the AWS CLI takes it.
    for (exchange, expected) in [
        (caller, "--protocol tcp --port 443 --source-group sg-0app"),
        (client(&[], "10.0.1.50"), "--protocol tcp --port 443 --cidr 10.0.1.50/32"),
        (
            client(&[], "2001:db8::7"),
            "--ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,Ipv6Ranges=[{CidrIpv6=2001:db8::7/128}]'",
        ),
    ] {
        let own = explained(&exchange, &rules(json!([]))).causes.swap_remove(0);
        let expected =
            format!("aws ec2 authorize-security-group-ingress --group-id sg-0vpce {expected} --region eu-west-1");
        assert_eq!(own.remedy.command, Some(expected));
    }
}

#[test]
fn a_private_apis_name_needs_the_vpcs_dns() {
    let mut exchange = unresolved(to_orders("GET", "/orders"));
    exchange.request.client.vpc_id = Some("vpc-1".to_owned());
    let attribute = |facts: Facts<'static>, name: &str, member: &str, on: bool| {
        let read = Read::VpcAttribute { vpc: "vpc-1".to_owned(), attribute: name.to_owned() };
        facts.with(read, json!({ "VpcId": "vpc-1", member: { "Value": on } }))
    };
    let with = |names: bool| {
        let facts = attribute(facts(vec![api(&["PRIVATE"])]), "enableDnsSupport", "EnableDnsSupport", true);
        attribute(facts, "enableDnsHostnames", "EnableDnsHostnames", names)
    };
    shown(
        "vpc-dns-attributes-off",
        (&exchange, &with(false), "certain"),
        (&exchange, &with(true)),
        (&exchange, &facts(vec![api(&["PRIVATE"])])),
    );
    let outside = unresolved(to_orders("GET", "/orders"));
    assert_eq!(first(&outside, &facts(vec![api(&["PRIVATE"])])), "dns-private-api-from-public likely");
    assert!(!lists(&outside, &facts(vec![api(&["REGIONAL"])]), "dns-private-api-from-public"));
}

#[test]
fn private_dns_takes_public_names_too() {
    let exchange = to_orders("GET", "/orders").forbidden();
    let dns = |facts: Facts<'static>, address: &str| {
        facts.with(Read::Dns("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com".to_owned()), json!([address]))
    };
    let captured = endpoints(dns(facts(vec![api(&["REGIONAL"])]), "10.0.1.15"), true);
    assert_eq!(first(&exchange, &captured), "private-dns-captures-public-api certain");
    let unread = dns(facts(vec![api(&["REGIONAL"])]), "10.0.1.15");
    assert_eq!(first(&exchange, &unread), "private-dns-captures-public-api likely");
    // Where the sender is tells it, too, where the name was not looked up.
    let mut within = exchange.clone();
    within.request.client.vpc_id = Some("vpc-1".to_owned());
    assert_eq!(
        first(&within, &endpoints(facts(vec![api(&["REGIONAL"])]), true)),
        "private-dns-captures-public-api likely"
    );
    // An API of another account has a type that cannot be read.
    let none = || {
        let mut facts = facts(Vec::new());
        facts.keep_api("a1b2c3d4e5", Observed::Known(None));
        facts
    };
    for (exchange, facts, expected) in [
        (&exchange, endpoints(dns(none(), "10.0.1.15"), true), true),
        (&within, endpoints(none(), true), true),
        (&exchange, endpoints(dns(none(), "54.0.0.1"), true), false),
        (&within, endpoints(none(), false), false),
    ] {
        assert_eq!(first(exchange, &facts) == "private-dns-captures-public-api likely", expected);
    }
    let public = dns(facts(vec![api(&["REGIONAL"])]), "54.0.0.1");
    assert!(!lists(&exchange, &public, "private-dns-captures-public-api"));
}

#[test]
fn resource_policies_are_weighed_as_iam_weighs_them() {
    let allow =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" });
    let office = json!({ "Sid": "Office", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "NotIpAddress": { "aws:SourceIp": ["203.0.113.0/24"] } } });
    let from = |address: Option<&str>, suffix: &str| {
        let mut exchange = anonymous(to_orders("GET", "/orders"), suffix);
        exchange.request.client.source_ip = address.map(|address| address.parse().unwrap());
        exchange
    };
    let denied = facts(vec![with_policy(&["REGIONAL"], json!([allow, office]))]);
    let explicit = " with an explicit deny";
    assert_eq!(first(&from(Some("198.51.100.7"), explicit), &denied), "resource-policy-explicit-deny certain");
    assert_eq!(first(&from(None, explicit), &denied), "resource-policy-explicit-deny likely");
    assert!(!lists(&from(Some("203.0.113.7"), explicit), &denied, "resource-policy-explicit-deny"));
    let some = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "IpAddress": { "aws:SourceIp": ["203.0.113.0/24"] } } });
    let listed = facts(vec![with_policy(&["REGIONAL"], json!([some]))]);
    let because = " because no resource-based policy allows the execute-api:Invoke action";
    for suffix in ["", because] {
        assert_eq!(first(&from(Some("198.51.100.7"), suffix), &listed), "resource-policy-implicit-deny certain");
        assert_eq!(first(&from(None, suffix), &listed), "resource-policy-implicit-deny likely");
        assert!(!lists(&from(Some("203.0.113.7"), suffix), &listed, "resource-policy-implicit-deny"));
    }
    // A statement without a name is told by what it denies: policies are sorted, so that its place is none.
    let mut nameless = office.clone();
    nameless.as_object_mut().unwrap().remove("Sid");
    let unnamed = facts(vec![with_policy(&["REGIONAL"], json!([allow, nameless]))]);
    for (facts, name) in [(&denied, "Office"), (&unnamed, "Deny execute-api:/* by NotIpAddress aws:SourceIp")] {
        let evidence = explained(&from(Some("198.51.100.7"), explicit), facts).causes[0].evidence[0].clone();
        assert_eq!((evidence.path.as_str(), evidence.value), ("policy.Statement[]", json!(name)));
    }
    let none = facts(vec![api(&["PRIVATE"])]);
    assert_eq!(first(&anonymous(by_endpoint(), ""), &none), "private-api-no-resource-policy certain");
    // A policy that was mended and not deployed.
    let mut edited = with_policy(&["REGIONAL"], json!([some]));
    edited.live.settings.policy = Some(json!({ "Statement": [allow] }));
    assert_eq!(first(&from(Some("198.51.100.7"), ""), &facts(vec![edited])), "resource-policy-not-redeployed likely");
}
