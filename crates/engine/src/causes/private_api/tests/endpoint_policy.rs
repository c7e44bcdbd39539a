//! What the policy of a VPC endpoint says to requests, by the answers that name it and by those that do not.

use serde_json::{Value, json};

use super::{ENDPOINT, anonymous, api, by_endpoint, endpoints, with_policy};
use crate::case::facts::Read;
use crate::exchange::Exchange;
use crate::snapshot::Api;
use crate::testkit::{explained, facts, first, lists, to_orders};

#[test]
fn an_endpoints_own_policy_is_named_by_the_answer() {
    let refused = |text: &str| anonymous(by_endpoint(), text);
    let denied = " with an explicit deny in a VPC endpoint policy";
    let read = endpoints(facts(vec![api(&["PRIVATE"])]), false);
    let mut allowed = api(&["PRIVATE"]);
    allowed.live.settings.policy =
        Some(json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }] }));
    let facts_of = |api: Api| endpoints(facts(vec![api]), false);
    assert_eq!(first(&refused(denied), &facts_of(allowed.clone())), "vpce-policy-denies likely");
    assert!(!lists(&refused(""), &read, "vpce-policy-denies"));
    // An endpoint whose policy gives full access denies nothing.
    let having = |statements: Value| {
        let policy = json!({ "Statement": statements }).to_string();
        let own = json!({ "VpcEndpointId": "vpce-0123456789abcdef0", "PolicyDocument": policy });
        facts(vec![allowed.clone()]).with(Read::VpcEndpoints, json!({ "VpcEndpoints": [own] }))
    };
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let one = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": { "Bool": { "x": "y" } } });
    for (statements, expected) in [(json!([all]), false), (json!([all, one]), true), (json!([]), true)] {
        assert_eq!(
            lists(&refused(denied), &having(statements.clone()), "vpce-policy-denies"),
            expected,
            "{statements}"
        );
    }
    // Whoever is refused, and whatever else was not read: the answer names the policy.
    let because = " because no VPC endpoint policy allows the execute-api:Invoke action";
    let signed = |suffix: &str| {
        let mut exchange = refused(suffix);
        let response = exchange.response.as_mut().unwrap();
        response.body = response.body.replace("anonymous", "arn:aws:iam::111122223333:user/app");
        exchange
    };
    for exchange in [refused(denied), refused(because), signed(denied), signed(because)] {
        for facts in [facts_of(allowed.clone()), facts(vec![allowed.clone()]), facts(Vec::new())] {
            let explanation = explained(&exchange, &facts);
            assert_eq!(
                explanation.causes.iter().map(|cause| (cause.id, cause.confidence.name())).collect::<Vec<_>>(),
                [("vpce-policy-denies", "likely")]
            );
            assert!(explanation.causes[0].remedy.command.as_ref().is_some_and(|command| command.contains(ENDPOINT)));
        }
    }
}

#[test]
fn an_endpoints_policy_refuses_where_the_answer_names_no_policy() {
    let statement = |effect: &str, resource: &str| json!({ "Sid": "Own", "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource });
    let other = statement("Allow", "arn:aws:execute-api:eu-west-1:111122223333:z9y8x7w6v5/*");
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let own =
        |stage: &str| statement("Deny", &format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{stage}/*"));
    let by_organization = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1" } } });
    let to_us = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "StringEquals": { "aws:SourceVpce": ENDPOINT } } });
    let to_others = json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
        "Condition": { "StringEquals": { "aws:SourceVpce": "vpce-00000000000000000" } } });
    let with = |statements: &Value, own: &Value, dns: bool| {
        let text = json!({ "Statement": statements }).to_string();
        let endpoint = json!({ "VpcEndpointId": ENDPOINT, "VpcId": "vpc-1", "PrivateDnsEnabled": dns,
            "ServiceName": "com.amazonaws.eu-west-1.execute-api", "PolicyDocument": text });
        facts(vec![with_policy(&["PRIVATE"], json!([own]))])
            .with(Read::VpcEndpoints, json!({ "VpcEndpoints": [endpoint] }))
    };
    let plain = || anonymous(by_endpoint(), "");
    let explicit = || anonymous(by_endpoint(), " with an explicit deny");
    let likely = Some("likely");
    for (exchange, statements, resource_policy, expected) in [
        (plain(), json!([other]), &to_us, likely),
        (plain(), json!([]), &to_us, likely),
        (explicit(), json!([all, own("prod")]), &to_us, likely),
        // What the policy says is not what the answer says.
        (plain(), json!([all, own("prod")]), &to_us, None),
        (explicit(), json!([other]), &to_us, None),
        (explicit(), json!([all, own("dev")]), &to_us, None),
        (plain(), json!([all]), &to_us, None),
        // Who is in the organization the request does not tell.
        (plain(), json!([by_organization]), &to_us, Some("possible")),
        // The API's own policy explains it, too.
        (plain(), json!([other]), &to_others, Some("possible")),
        // The answer names the API's own policy.
        (
            anonymous(by_endpoint(), " because no resource-based policy allows the execute-api:Invoke action"),
            json!([other]),
            &to_us,
            None,
        ),
        (by_endpoint().forbidden(), json!([all, own("prod")]), &to_us, likely),
    ] {
        let explanation = explained(&exchange, &with(&statements, resource_policy, false));
        let found = explanation.causes.iter().find(|cause| cause.id == "vpce-policy-denies");
        assert_eq!(found.map(|cause| cause.confidence.name()), expected, "{statements}");
        assert_eq!(explanation.causes[0].id == "vpce-policy-denies", expected.is_some() && resource_policy == &to_us);
    }
    assert_eq!(first(&plain(), &with(&json!([other]), &to_others, false)), "resource-policy-implicit-deny certain");
    // By a private API's own name a request comes by the endpoint with private DNS of the sender's VPC.
    let mut within = anonymous(to_orders("GET", "/orders"), "");
    let anybody =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" });
    within.request.client.vpc_id = Some("vpc-1".to_owned());
    assert_eq!(first(&within, &with(&json!([other]), &anybody, true)), "vpce-policy-denies likely");
    assert!(!lists(&within, &with(&json!([other]), &anybody, false), "vpce-policy-denies"));
}

#[test]
fn a_refusal_without_a_reason_is_compared_with_what_the_endpoints_policy_says_of_the_request() {
    let to_us =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" });
    let arn = |rest: &str| format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{rest}");
    let user = "arn:aws:iam::111122223333:root";
    let of_organization = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
    let from = |range: &str| json!({ "IpAddress": { "aws:VpcSourceIp": range } });
    let likely = Some("likely");
    for (members, expected, unsent) in [
        (json!({ "Principal": "*", "NotAction": "execute-api:*", "Resource": "*" }), likely, likely),
        (json!({ "Principal": "*", "NotAction": "s3:*", "Resource": "*" }), None, None),
        (json!({ "Principal": "*", "Action": "execute-api:Invoke", "NotResource": arn("*") }), likely, likely),
        (json!({ "Principal": "*", "Action": "execute-api:Invoke", "NotResource": arn("dev/*") }), None, None),
        // Of a request that nobody sent it is asked whether the API can be called at all.
        (json!({ "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn("dev/*") }), likely, None),
        (json!({ "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn("*/POST/*") }), likely, None),
        (json!({ "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn("prod/GET/*") }), None, None),
        (json!({ "Principal": { "AWS": user }, "Action": "execute-api:Invoke", "Resource": "*" }), likely, None),
        (json!({ "Principal": "*", "Action": "*", "Resource": "*", "Condition": from("10.9.0.0/16") }), likely, None),
        (json!({ "Principal": "*", "Action": "*", "Resource": "*", "Condition": from("10.0.0.0/8") }), None, None),
        (
            json!({ "Principal": "*", "Action": "*", "Resource": "*", "Condition": of_organization }),
            Some("possible"),
            None,
        ),
    ] {
        let mut statement = members.clone();
        statement["Effect"] = json!("Allow");
        let text = json!({ "Statement": [statement] }).to_string();
        let endpoint = json!({ "VpcEndpointId": ENDPOINT, "VpcId": "vpc-1", "PolicyDocument": text });
        let mut api = with_policy(&["PRIVATE"], json!([to_us]));
        api.live.settings.vpc_endpoint_ids.extend([ENDPOINT.to_owned()]);
        let facts = facts(vec![api]).with(Read::VpcEndpoints, json!({ "VpcEndpoints": [endpoint] }));
        let mut request = by_endpoint();
        request.request.client.source_ip = Some("10.0.0.5".parse().unwrap());
        let found = |exchange: &Exchange| {
            let causes = explained(exchange, &facts).causes;
            causes.iter().find(|cause| cause.id == "vpce-policy-denies").map(|cause| cause.confidence.name())
        };
        assert_eq!(found(&request), unsent, "{members}");
        let signed = request.clone().header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x");
        assert_eq!(found(&request.forbidden()), expected, "{members}");
        // Whom a signature is of, the answer does not tell.
        let expected = if members["Principal"] == "*" { expected } else { Some("possible") };
        assert_eq!(found(&signed.forbidden()), expected, "{members}");
    }
}

#[test]
fn what_mends_an_endpoints_policy_is_what_it_says_of_the_request() {
    let arn = |rest: &str| format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{rest}");
    let allow = |resource: &str| json!({ "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn(resource) });
    let deny = |resource: &str| json!({ "Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn(resource) });
    let mut of_organization = deny("*");
    of_organization["Condition"] = json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } });
    let explicit = " with an explicit deny in a VPC endpoint policy";
    let nobodys = " because no VPC endpoint policy allows the execute-api:Invoke action";
    let take_out = "take the statement Own out of the endpoint's policy, or narrow it";
    let by_condition = "let the sender in by aws:PrincipalOrgID in the endpoint's policy, if it does not";
    let allows = "allow execute-api:Invoke on the API in the endpoint's policy";
    let again = "send the request again, and look which VPC endpoint it comes by: the policy may have been changed since, and takes a while to be in force";
    for (suffix, statements, expected, summary, has_command) in [
        (explicit, json!([allow("prod/*"), deny("prod/GET/orders")]), "likely", take_out, true),
        (explicit, json!([allow("prod/*"), of_organization]), "likely", by_condition, true),
        (explicit, json!([allow("prod/GET/orders")]), "possible", again, false),
        (explicit, json!([]), "possible", again, false),
        (nobodys, json!([allow("dev/*")]), "likely", allows, true),
        (nobodys, json!([allow("prod/*")]), "possible", again, false),
        (nobodys, json!([allow("prod/*"), deny("prod/*")]), "possible", again, false),
    ] {
        let text = json!({ "Statement": statements }).to_string();
        let endpoint = json!({ "VpcEndpointId": ENDPOINT, "PolicyDocument": text });
        let facts = facts(vec![api(&["PRIVATE"])]).with(Read::VpcEndpoints, json!({ "VpcEndpoints": [endpoint] }));
        let mut refused = anonymous(by_endpoint(), suffix);
        if !has_command {
            // How much of the account's number the answer shows makes no difference.
            let response = refused.response.as_mut().unwrap();
            response.body = response.body.replace("********3333", "************");
        }
        let cause = explained(&refused, &facts).causes.swap_remove(0);
        assert_eq!((cause.id, cause.confidence.name()), ("vpce-policy-denies", expected), "{statements}");
        assert_eq!((cause.remedy.summary.as_str(), cause.remedy.command.is_some()), (summary, has_command));
    }
}
