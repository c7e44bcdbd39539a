//! Resource policies that do not allow a request, and what the gateway checks before them.

use serde_json::{Value, json};

use crate::configuration::Authorizer;
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, to_orders};

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
    let cases: [(&Exchange, Api, &str); 6] = [
        (&unsent, guarded(true, office.clone()), identity),
        (&unauthorized, guarded(true, office.clone()), identity),
        (&unsent, guarded(false, office.clone()), allowed),
        (&with_token(), guarded(true, office), allowed),
        // A Deny statement is asked before the authorizer.
        (&unsent, guarded(true, others.clone()), "resource-policy-explicit-deny likely"),
        (&unauthorized, guarded(true, others), identity),
    ];
    for (exchange, api, expected) in cases {
        let explanation = explained(exchange, &facts(vec![api]));
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
    }
}
