//! Resource policies that do not allow a request, and what the gateway checks before them.

use serde_json::{Value, json};

use crate::configuration::Authorizer;
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, request, to_orders};

/// An API whose `POST /payments` has a Lambda authorizer, or none, and whose policy has these statements.
fn guarded(is_guarded: bool, statements: Value) -> Api {
    let (key, mut own) = route("POST /payments", &lambda_uri("payments-fn"));
    if is_guarded {
        own.authorization_type = "CUSTOM".to_owned();
        own.authorizer = Observed::Known(Some("tokens".to_owned()));
    }
    let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
    let authorizer = Authorizer {
        authorizer_type: "TOKEN".to_owned(),
        authorizer_uri: Some(lambda_uri("tokens-fn")),
        identity_source: Some("method.request.header.Authorization".to_owned()),
        ..Authorizer::default()
    };
    api.live.authorizers = Observed::Known([("tokens".to_owned(), authorizer)].into());
    api.live.settings.policy = Some(json!({ "Version": "2012-10-17", "Statement": statements }));
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    api
}

#[test]
fn whether_a_deny_strikes_hangs_on_the_sender_and_stands_before_that_nothing_is_at_fault() {
    let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" });
    let deny = json!({ "Sid": "Office", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
        "Condition": { "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } } });
    let sent_by = |address: Option<&str>| {
        let mut exchange = to_orders("POST", "/payments");
        exchange.request.client.source_ip = address.map(|address| address.parse().unwrap());
        let explanation = explained(&exchange, &facts(vec![guarded(false, json!([allow, deny]))]));
        let causes = explanation.causes.iter().map(|own| format!("{} {}", own.id, own.confidence.name()));
        causes.take(1).collect::<String>()
    };
    assert_eq!(sent_by(None), "resource-policy-explicit-deny possible");
    assert_eq!(sent_by(Some("198.51.100.7")), "resource-policy-explicit-deny certain");
    assert_ne!(sent_by(Some("203.0.113.7")), "resource-policy-explicit-deny certain");
}

#[test]
fn a_deny_strikes_before_a_signature_is_looked_for() {
    let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" });
    let deny = json!({ "Sid": "Office", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
        "Condition": { "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } } });
    let mut api = guarded(false, json!([allow, deny]));
    let Observed::Known(routes) = &mut api.live.routes else { panic!("the fixture has routes") };
    routes.0.values_mut().for_each(|own| own.authorization_type = "AWS_IAM".to_owned());
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    for (address, expected) in
        [("198.51.100.7", "resource-policy-explicit-deny certain"), ("203.0.113.7", "rest-iam-unsigned certain")]
    {
        let mut exchange = to_orders("POST", "/payments");
        exchange.request.client.source_ip = Some(address.parse().unwrap());
        let first = &explained(&exchange, &facts(vec![api.clone()])).causes[0];
        assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected);
    }
}

#[test]
fn an_authorizer_that_finds_no_caller_comes_before_a_policy_that_does_not_allow_it() {
    let statement = |effect: &str, operator: &str| {
        json!({ "Sid": "Office", "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
            "Condition": { operator: { "aws:SourceIp": "203.0.113.0/24" } } })
    };
    let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" });
    let office = json!([statement("Allow", "IpAddress")]);
    let others = json!([allow, statement("Deny", "NotIpAddress")]);
    let (identity, allowed) = ("lambda-auth-identity-source-missing certain", "resource-policy-implicit-deny likely");
    let (unsent, unauthorized) = (
        to_orders("POST", "/payments"),
        to_orders("POST", "/payments").refused(401, "UnauthorizedException", "Unauthorized"),
    );
    let with_token = || to_orders("POST", "/payments").header("Authorization", "abc");
    let mut stranger = unsent.clone();
    stranger.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
    let cases: [(&Exchange, Api, &str); 7] = [
        (&unsent, guarded(true, office.clone()), identity),
        (&unauthorized, guarded(true, office.clone()), identity),
        (&unsent, guarded(false, office.clone()), allowed),
        (&with_token(), guarded(true, office), allowed),
        // A Deny statement is asked before the authorizer; but whether it applies to a sender who is not known nobody can tell.
        (&unsent, guarded(true, others.clone()), identity),
        (&stranger, guarded(true, others.clone()), "resource-policy-explicit-deny certain"),
        (&unauthorized, guarded(true, others), identity),
    ];
    for (exchange, api, expected) in cases {
        let explanation = explained(exchange, &facts(vec![api]));
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
    }
}

/// A private API, called by its VPC endpoint, whose policy is live and shown by the export of its stage as given.
fn private(live: &Value, exported: &Value) -> Api {
    let mut api = fixture::private(live.clone());
    api.live.settings.vpc_endpoint_ids = ["vpce-0123456789abcdef0".to_owned()].into();
    let mut served = api.live.clone();
    served.settings.policy = fixture::private(exported.clone()).live.settings.policy;
    fixture::deploy(&mut api, "d1", &served);
    api
}

#[test]
fn of_two_policies_that_differ_neither_is_taken_for_the_deployed_one_for_certain() {
    let by = |endpoint: &str| {
        json!([{ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
            "Condition": { "StringEquals": { "aws:SourceVpce": endpoint } } }])
    };
    let deny = json!([{ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" }]);
    let (own, other, none) = (by("vpce-0123456789abcdef0"), by("vpce-00000000000000000"), Value::Null);
    let get =
        request("GET https://a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com/prod/orders", &[]);
    let refused = |suffix: &str| {
        let message = format!(
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders{suffix}"
        );
        get.clone().refused(403, "AccessDeniedException", &message)
    };
    let (plain, explicit) = (refused(""), refused(" with an explicit deny"));
    for (exchange, live, exported, expected) in [
        (&plain, &none, &none, "private-api-no-resource-policy certain"),
        (&get, &none, &none, "private-api-no-resource-policy certain"),
        // The export shows a policy that lets the sender in: then this is not what was deployed, or something else refused it.
        (&plain, &none, &own, "private-api-no-resource-policy likely"),
        (&plain, &none, &other, "resource-policy-implicit-deny likely"),
        (&plain, &other, &other, "resource-policy-implicit-deny certain"),
        // Attached, and not deployed.
        (&plain, &own, &none, "resource-policy-not-redeployed likely"),
        (&get, &own, &none, "resource-policy-not-redeployed likely"),
        (&plain, &own, &other, "resource-policy-not-redeployed likely"),
        (&explicit, &deny, &deny, "resource-policy-explicit-deny certain"),
        (&explicit, &deny, &own, "resource-policy-explicit-deny likely"),
        (&explicit, &none, &deny, "resource-policy-explicit-deny likely"),
    ] {
        let explanation = explained(exchange, &facts(vec![private(live, exported)]));
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{live} {exported}: {}", own.says);
    }
}

#[test]
fn that_there_is_no_live_policy_is_no_sign_of_one_that_is_deployed() {
    let account = || {
        let mut api = fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
        facts(vec![api])
    };
    let get = || to_orders("GET", "/orders");
    let text = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
                arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders";
    let id = "resource-policy-not-redeployed";
    let wordless = get().answered(
        403,
        &[("x-amzn-ErrorType", "AccessDeniedException"), ("x-amzn-RequestId", "1"), ("x-amz-apigw-id", "1")],
        "",
    );
    for (exchange, expected) in [
        (get().refused(403, "AccessDeniedException", text), Some("likely")),
        (wordless, Some("possible")),
        (get().forbidden(), None),
        (get().answered(403, &[], "Forbidden"), None),
        (get(), None),
    ] {
        let causes = explained(&exchange, &account()).causes;
        let own = causes.iter().find(|cause| cause.id == id);
        assert_eq!(own.map(|cause| cause.confidence.name()), expected, "{exchange:?}");
    }
}

#[test]
fn a_policy_that_is_to_be_edited_first_is_not_deployed_as_it_stands() {
    let office = |effect: &str, condition: &str| {
        json!({ "Sid": "Office", "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
            "Condition": { condition: { "aws:SourceIp": "203.0.113.0/24" } } })
    };
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*" });
    let text = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: x";
    for (statements, more, id) in [
        (json!([office("Allow", "IpAddress")]), "", "resource-policy-implicit-deny"),
        (json!([all, office("Deny", "NotIpAddress")]), " with an explicit deny", "resource-policy-explicit-deny"),
    ] {
        let mut exchange = to_orders("POST", "/payments");
        exchange.request.client.source_ip = Some("198.51.100.7".parse().unwrap());
        let exchange = exchange.refused(403, "AccessDeniedException", &format!("{text}{more}"));
        let explanation = explained(&exchange, &facts(vec![guarded(false, statements)]));
        let own = &explanation.causes[0];
        assert_eq!((own.id, own.remedy.command.as_deref()), (id, None));
    }
}
