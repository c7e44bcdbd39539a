//! Routes with `AWS_IAM`, and whom IAM lets in.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::Route;
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, to_orders};

/// An API of these routes, all of which have this authorization.
fn api(kind: ApiKind, keys: &[&str], authorization_type: &str) -> Api {
    let routes = keys.iter().map(|key| {
        let (key, route) = route(key, &lambda_uri("orders-fn"));
        (key, Route { authorization_type: authorization_type.to_owned(), ..route })
    });
    fixture::api(kind, routes.collect())
}

fn iam() -> Api {
    api(ApiKind::Rest, &["GET /orders", "POST /orders", "GET /pets"], "AWS_IAM")
}

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=5d";

#[test]
fn a_missing_signature_has_its_cause() {
    let get = || to_orders("GET", "/orders");
    let mut opened = iam();
    opened.live.routes = api(ApiKind::Rest, &["GET /orders"], "NONE").live.routes;
    for (exchange, api, expected) in [
        (get().missing_token(), iam(), "rest-iam-unsigned certain"),
        (get().missing_token(), opened.clone(), "rest-iam-auth-not-yet-open certain"),
        (
            get().header("User-Agent", "aws-amplify/4.2.1 js").missing_token(),
            iam(),
            "amplify-api-not-registered likely",
        ),
        (get().header("Authorization", SIGNATURE).missing_token(), iam(), "auth-header-stripped-in-transit likely"),
        (get().header("Authorization", "Bearer x").missing_token(), iam(), "wrong-authorizer-credentials-kind likely"),
        // Custom authorizers never answer so, whatever is believed.
        (get().missing_token(), api(ApiKind::Rest, &["GET /orders"], "CUSTOM"), "insufficient-facts possible"),
        (
            get().missing_token(),
            api(ApiKind::Rest, &["GET /orders"], "COGNITO_USER_POOLS"),
            "insufficient-facts possible",
        ),
    ] {
        assert_eq!(first(&exchange, &facts(vec![api])), expected);
    }
    // A permission is no signature: the policies of whoever calls are not asked.
    let explanation = explained(&get().missing_token(), &facts(vec![iam()]));
    assert!(explanation.not_read.is_empty());
    let command = explanation.causes[0].remedy.command.clone().unwrap();
    assert!(command.starts_with("curl -X GET --aws-sigv4 aws:amz:eu-west-1:execute-api "), "{command}");
    // A browser's preflight carries no signature, by design: that is a matter of CORS.
    let preflight = to_orders("OPTIONS", "/orders")
        .header("Origin", "https://app.example.com")
        .header("Access-Control-Request-Method", "GET")
        .missing_token();
    assert!(!lists(&preflight, &facts(vec![api(ApiKind::Rest, &["ANY /orders"], "AWS_IAM")]), "rest-iam-unsigned"));
}

#[test]
fn what_the_stage_serves_decides_and_not_what_is_live() {
    // Live is AWS_IAM, deployed is open: the answer comes from elsewhere.
    let mut closed = api(ApiKind::Rest, &["GET /orders"], "NONE");
    closed.live.routes = iam().live.routes;
    assert!(!lists(&to_orders("GET", "/orders").missing_token(), &facts(vec![closed]), "rest-iam-unsigned"));
    // Nothing of the account was read: nothing is said.
    let explanation = explained(&to_orders("GET", "/orders").missing_token(), &facts(vec![]));
    assert_eq!((explanation.causes[0].id, explanation.not_read.len()), ("insufficient-facts", 1));
}

#[test]
fn http_apis_answer_forbidden_without_a_word_more() {
    let get = || request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders", &[]);
    let other = SIGNATURE.replace("execute-api", "lambda");
    for (exchange, authorization_type, expected) in [
        (get(), "AWS_IAM", "http-api-iam-forbidden certain"),
        (get().header("Authorization", &other), "AWS_IAM", "http-api-iam-forbidden likely"),
        (get().header("Authorization", SIGNATURE), "AWS_IAM", "http-api-iam-forbidden likely"),
    ] {
        let api = api(ApiKind::Http, &["GET /orders"], authorization_type);
        assert_eq!(first(&exchange.http(403, "Forbidden"), &facts(vec![api])), expected);
    }
    let refused = get().header("Authorization", SIGNATURE).http(403, "Forbidden");
    let text = "The request for the IAM Authorizer doesn't match the format that API Gateway expects.";
    let told = facts(vec![api(ApiKind::Http, &["GET /orders"], "AWS_IAM")]).accessed(&[("authorizer.error", text)]);
    let explanation = explained(&refused, &told);
    let evidence = explanation.causes[0].evidence.iter().find(|own| own.path == "access authorizer.error");
    assert_eq!(evidence.map(|own| own.value.clone()), Some(json!(text)));
    let open = api(ApiKind::Http, &["GET /orders"], "NONE");
    assert!(!lists(&get().http(403, "Forbidden"), &facts(vec![open]), "http-api-iam-forbidden"));
}

#[test]
fn a_fault_that_the_request_shows_is_told_where_an_http_api_does_not_say_why() {
    let signed = |signature: &str, date: &str| {
        let get = request("GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders", &[]);
        get.header("Authorization", signature).header("X-Amz-Date", date)
    };
    let temporary = SIGNATURE.replace("AKIA", "ASIA");
    let old = "20261009T115950Z";
    let now = "20261010T115950Z";
    for (exchange, path, value) in [
        (signed(SIGNATURE, now), "headers.Authorization", json!({ "service": "execute-api", "region": "eu-west-1" })),
        (signed(&SIGNATURE.replace("20261010", "20261009"), old), "headers.X-Amz-Date", json!("2026-10-09T11:59:50Z")),
        (signed(SIGNATURE, old), "headers.Authorization", json!({ "date": "20261010" })),
        (signed(SIGNATURE, "20261010T121500Z"), "headers.X-Amz-Date", json!("2026-10-10T12:15:00Z")),
        (signed(&temporary, now), "headers.X-Amz-Security-Token", Value::Null),
        (
            signed(&SIGNATURE.replace(", Signature=5d", ""), now),
            "headers.Authorization",
            json!({ "missing": ["Signature"] }),
        ),
    ] {
        let exchange = exchange.http(403, "Forbidden");
        let told = explained(&exchange, &facts(vec![api(ApiKind::Http, &["GET /orders"], "AWS_IAM")]));
        let cause = &told.causes[0];
        assert_eq!((cause.id, cause.confidence.name()), ("http-api-iam-forbidden", "likely"), "{path} {value}");
        let shown = cause.evidence.iter().find(|own| own.source == "request");
        assert_eq!(shown.map(|own| (own.path.as_str(), own.value.clone())), Some((path, value)));
    }
    // With its token a temporary key has no fault that shows.
    let whole = signed(&temporary, now).header("X-Amz-Security-Token", "FQoD").http(403, "Forbidden");
    let told = explained(&whole, &facts(vec![api(ApiKind::Http, &["GET /orders"], "AWS_IAM")]));
    assert!(told.causes[0].remedy.summary.starts_with("grant execute-api:Invoke on "));
}

const USER: &str = "arn:aws:iam::111122223333:user/app";
const AUTH_ROLE: &str =
    "arn:aws:sts::111122223333:assumed-role/amplify-shop-dev-1234-authRole/CognitoIdentityCredentials";
const FOREIGN: &str = "arn:aws:sts::444455556666:assumed-role/caller/s";

fn arn(rest: &str) -> String {
    format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{rest}")
}

fn denied(principal: &str, suffix: &str) -> Exchange {
    let resource = "arn:aws:execute-api:eu-west-1:********3333:a1b2c3d4e5/prod/GET/orders";
    let message =
        format!("User: {principal} is not authorized to perform: execute-api:Invoke on resource: {resource}{suffix}");
    let exchange = to_orders("GET", "/orders").header("Authorization", SIGNATURE);
    let exchange = exchange.refused(403, "AccessDeniedException", "");
    let mut response = exchange.response.unwrap();
    response.body = json!({ "Message": message }).to_string();
    Exchange { response: Some(response), ..exchange }
}

impl Facts<'static> {
    /// With the simulation of a principal's policies.
    fn simulated(self, principal: &str, rest: &str, decision: &str) -> Facts<'static> {
        let read = Read::Simulation {
            principal: principal.to_owned(),
            action: "execute-api:Invoke".to_owned(),
            resource: arn(rest),
        };
        let result = json!({
            "EvalActionName": "execute-api:Invoke", "EvalResourceName": arn(rest), "EvalDecision": decision,
            "MatchedStatements": [{ "SourcePolicyId": "guard" }],
        });
        self.with(read, json!({ "EvaluationResults": [result] }))
    }
}

#[test]
fn the_simulation_of_the_callers_policies_decides() {
    let account = || facts(vec![iam()]);
    let role = "arn:aws:iam::111122223333:role/amplify-shop-dev-1234-authRole";
    let no_other = |facts: Facts<'static>, principal: &str| {
        facts.simulated(principal, "prod/GET/pets", "implicitDeny").simulated(
            principal,
            "prod/POST/orders",
            "implicitDeny",
        )
    };
    let nothing = no_other(account().simulated(USER, "prod/GET/orders", "implicitDeny"), USER);
    let pets = account().simulated(USER, "prod/GET/orders", "implicitDeny").simulated(USER, "prod/GET/pets", "allowed");
    let denies = account().simulated(USER, "prod/GET/orders", "explicitDeny");
    let amplify = no_other(account().simulated(role, "prod/GET/orders", "implicitDeny"), role);
    let because = " because no identity-based policy allows the execute-api:Invoke action";
    for (exchange, facts, expected) in [
        (denied(USER, ""), nothing.clone(), "iam-policy-no-invoke certain"),
        (denied(USER, because), nothing, "iam-policy-no-invoke certain"),
        (denied(USER, ""), account(), "iam-policy-no-invoke likely"),
        (denied(USER, ""), pets, "iam-policy-wrong-arn certain"),
        (denied(USER, " with an explicit deny"), denies, "iam-explicit-deny certain"),
        (denied(USER, " with an explicit deny in an identity-based policy"), account(), "iam-explicit-deny likely"),
        (denied(AUTH_ROLE, ""), amplify, "amplify-role-lacks-invoke certain"),
        (denied(AUTH_ROLE, ""), account(), "amplify-role-lacks-invoke likely"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    // What one answer allows beside the call is told, too, whether or not it was asked for.
    let beside = |other: &str, action: &str, decision: &str| {
        let result = |resource: &str, action: &str, decision: &str| json!({ "EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision });
        let results =
            [result(&arn("prod/GET/orders"), "execute-api:Invoke", "implicitDeny"), result(other, action, decision)];
        let read = Read::Simulation {
            principal: USER.to_owned(),
            action: "execute-api:Invoke".to_owned(),
            resource: arn("prod/GET/orders"),
        };
        no_other(account().with(read, json!({ "EvaluationResults": results })), USER)
    };
    let elsewhere = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5/prod/GET/orders";
    for (other, action, decision, expected) in [
        (arn("prod/GET/dogs").as_str(), "execute-api:Invoke", "allowed", "iam-policy-wrong-arn certain"),
        (elsewhere, "execute-api:Invoke", "allowed", "iam-policy-wrong-arn certain"),
        (&arn("*"), "execute-api:invoke", "allowed", "iam-policy-wrong-arn certain"),
        (elsewhere, "execute-api:Invoke", "implicitDeny", "iam-policy-no-invoke certain"),
        (elsewhere, "execute-api:ManageConnections", "allowed", "iam-policy-no-invoke certain"),
        ("*", "execute-api:Invoke", "allowed", "iam-policy-no-invoke certain"),
    ] {
        assert_eq!(first(&denied(USER, ""), &beside(other, action, decision)), expected, "{other} {action} {decision}");
    }
    // The account is masked in the caller's ARN, too: it is the API's, as far as it is shown.
    let masked = "arn:aws:iam::********3333:user/app";
    for (facts, expected) in [
        (no_other(account().simulated(USER, "prod/GET/orders", "implicitDeny"), USER), "iam-policy-no-invoke certain"),
        (account(), "iam-policy-no-invoke likely"),
        (facts(vec![]), "iam-policy-no-invoke likely"),
    ] {
        assert_eq!(first(&denied(masked, ""), &facts), expected);
    }
    let foreign = denied("arn:aws:iam::********6666:user/app", "");
    assert_eq!(first(&foreign, &account()), "cross-account-needs-both certain");
    // What is said of a pattern is said of what it covers, though not of each single name.
    let by_pattern = |decision: &str| {
        let read = Read::Simulation {
            principal: USER.to_owned(),
            action: "execute-api:Invoke".to_owned(),
            resource: arn("prod/GET/orders"),
        };
        let result = json!({ "EvalActionName": "execute-api:Invoke", "EvalResourceName": arn("prod/GET/*"),
            "EvalDecision": decision });
        no_other(account().with(read, json!({ "EvaluationResults": [result] })), USER)
    };
    let told = explained(&denied(USER, ""), &by_pattern("implicitDeny"));
    assert_eq!((told.causes[0].id, told.causes[0].confidence.name()), ("iam-policy-no-invoke", "likely"));
    assert!(told.causes[0].evidence.iter().any(|own| own.path == "EvalDecision"));
    assert!(!lists(&denied(USER, ""), &by_pattern("allowed"), "iam-policy-no-invoke"));
    // A session's role whose path its ARN leaves out is not known by it, which is said.
    let unknown = account().lacking(Read::Simulation {
        principal: "arn:aws:iam::111122223333:role/Reserved_Dev".to_owned(),
        action: "execute-api:Invoke".to_owned(),
        resource: arn("prod/GET/orders"),
    });
    let told = explained(&denied("arn:aws:sts::111122223333:assumed-role/Reserved_Dev/me", ""), &unknown);
    assert_eq!((told.causes[0].id, told.causes[0].confidence.name()), ("iam-policy-no-invoke", "likely"));
    assert!(told.causes[0].evidence.iter().any(|own| own.source == "iam:SimulatePrincipalPolicy"));
    // Where the simulation allows the call, none of the caller's own policies is the cause.
    let allowed = account().simulated(USER, "prod/GET/orders", "allowed");
    for id in ["iam-policy-no-invoke", "iam-policy-wrong-arn"] {
        assert!(!lists(&denied(USER, ""), &allowed, id), "{id}");
    }
}

#[test]
fn a_caller_of_another_account_needs_both_policies() {
    let with = |policy: Value| {
        let mut api = iam();
        api.live.settings.policy = Some(policy);
        facts(vec![api])
    };
    let allow = |principal: &str, resource: &str| json!({ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "execute-api:Invoke", "Resource": resource }] });
    let other = "cross-account-needs-both";
    for (facts, expected) in [
        (facts(vec![iam()]), "cross-account-needs-both certain"),
        (with(allow("arn:aws:iam::777788889999:root", "execute-api:/*")), "cross-account-needs-both certain"),
        (with(allow("arn:aws:iam::444455556666:root", "execute-api:/dev/*")), "cross-account-needs-both certain"),
        (with(allow("arn:aws:iam::444455556666:root", "execute-api:/*")), "cross-account-needs-both likely"),
        (with(allow("arn:aws:iam::444455556666:role/caller", "execute-api:/*")), "cross-account-needs-both likely"),
        (crate::testkit::facts(vec![]), "cross-account-needs-both likely"),
    ] {
        assert_eq!(first(&denied(FOREIGN, ""), &facts), expected);
    }
    // The policy that the stage serves is the one that is met.
    let served = |exported: &str, live: &str| {
        let policy = |resource: &str| Some(allow("arn:aws:iam::444455556666:root", resource));
        let mut api = iam();
        let mut served = api.live.clone();
        (served.settings.policy, api.live.settings.policy) = (policy(exported), policy(live));
        fixture::deploy(&mut api, "d1", &served);
        facts(vec![api])
    };
    let (all, dev) = ("execute-api:/*", "execute-api:/dev/*");
    for (facts, confidence, words) in [
        (served(dev, all), "likely", "waits for its deployment"),
        (served(all, dev), "likely", "allows the call, so that the caller's own does not"),
        (served(dev, "execute-api:/test/*"), "certain", "does not allow the call"),
    ] {
        let own = explained(&denied(FOREIGN, ""), &facts).causes.swap_remove(0);
        assert_eq!((own.id, own.confidence.name()), (other, confidence));
        assert!(own.says.contains(words), "{}", own.says);
        assert!(own.evidence.iter().any(|own| own.source == "apigateway:GetExport"), "{:?}", own.evidence);
    }
    assert!(!lists(&denied(USER, ""), &facts(vec![iam()]), other));
    // What denies explicitly is another cause, and may stand in the resource policy.
    let deny = json!({ "Statement": [{ "Sid": "NoOne", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" }] });
    let explanation = explained(&denied(FOREIGN, " with an explicit deny"), &with(deny));
    assert!(explanation.causes.iter().any(|cause| cause.id == "iam-explicit-deny" && cause.says.contains("NoOne")));
}

#[test]
fn a_deny_that_is_live_and_not_in_the_export_is_not_taken_for_the_one_that_was_met() {
    let deny = json!({ "Statement": [{ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*" }] });
    let account = |is_exported: bool| {
        let mut api = iam();
        let mut served = api.live.clone();
        api.live.settings.policy = Some(deny.clone());
        served.settings.policy = is_exported.then(|| deny.clone());
        fixture::deploy(&mut api, "d1", &served);
        facts(vec![api])
    };
    let simulated = |facts: Facts<'static>, decision: &str| facts.simulated(USER, "prod/GET/orders", decision);
    for (facts, confidence, words) in [
        (account(true), "certain", "It is No of the API's resource policy."),
        (simulated(account(true), "implicitDeny"), "certain", "It is No of the API's resource policy."),
        (simulated(account(false), "explicitDeny"), "certain", "It stands in guard."),
        (
            simulated(account(false), "implicitDeny"),
            "likely",
            "No of the API's resource policy does, which may not be the deployed one.",
        ),
    ] {
        let explanation = explained(&denied(USER, " with an explicit deny"), &facts);
        let own = &explanation.causes[0];
        assert_eq!((own.id, own.confidence.name()), ("iam-explicit-deny", confidence), "{}", own.says);
        assert!(own.says.ends_with(words), "{}", own.says);
    }
    // The policy that the simulation names is in the evidence, and in the remedy.
    let own = explained(&denied(USER, " with an explicit deny"), &simulated(account(false), "explicitDeny"));
    let own = &own.causes[0];
    let names = |path: &str| own.evidence.iter().find(|shown| shown.path == path).map(|shown| shown.value.clone());
    assert_eq!(names("MatchedStatements[0].SourcePolicyId"), Some(json!("guard")));
    assert_eq!(own.remedy.summary, "take the statement out of guard, or narrow its condition");
}

/// Within an account either policy does: that of the caller is the cause only where the API's does not allow the call.
#[test]
fn what_the_apis_own_policy_allows_no_policy_of_the_caller_has_to() {
    let policy = |effect: &str, condition: Value| json!({ "Statement": [{ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Condition": condition }] });
    let account = |exported: Option<Value>, live: Option<Value>, is_read: bool| {
        let mut api = iam();
        let mut served = api.live.clone();
        (served.settings.policy, api.live.settings.policy) = (exported, live);
        fixture::deploy(&mut api, "d1", &served);
        if !is_read {
            api.deployed.get_mut("d1").unwrap().export =
                crate::observed::Observed::NotRead(fixture::denied("apigateway:GetExport"));
        }
        let facts = facts(vec![api]).simulated(USER, "prod/GET/orders", "implicitDeny");
        facts.simulated(USER, "prod/GET/pets", "implicitDeny").simulated(USER, "prod/POST/orders", "implicitDeny")
    };
    let all = || Some(policy("Allow", json!({})));
    let by_address = || Some(policy("Allow", json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } })));
    let by_endpoint = || Some(policy("Allow", json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } })));
    for (facts, expected) in [
        (account(None, None, true), "iam-policy-no-invoke certain"),
        (account(None, None, false), "iam-policy-no-invoke certain"),
        (account(all(), all(), true), "insufficient-facts possible"),
        (account(None, all(), true), "iam-policy-no-invoke likely"),
        (account(None, all(), false), "iam-policy-no-invoke likely"),
        (account(by_address(), by_address(), true), "iam-policy-no-invoke likely"),
        (account(by_endpoint(), by_endpoint(), true), "iam-policy-no-invoke likely"),
    ] {
        let own = explained(&denied(USER, ""), &facts).causes.swap_remove(0);
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
    }
    // What the simulation allows elsewhere is the cause no more than what it denies.
    let pets = account(all(), all(), true).simulated(USER, "prod/GET/pets", "allowed");
    assert!(!lists(&denied(USER, ""), &pets, "iam-policy-wrong-arn"));
}

#[test]
fn a_caller_who_may_not_manage_connections_has_the_same_causes() {
    const MANAGE: &str = "execute-api:ManageConnections";
    let at = "prod/POST/@connections/L0SM9cOFvHcCIhw=";
    let refused = |principal: &str, suffix: &str| {
        let message =
            format!("User: {principal} is not authorized to perform: {MANAGE} on resource: {}{suffix}", arn(at));
        let path = "/@connections/L0SM9cOFvHcCIhw=";
        to_orders("POST", path).header("Authorization", SIGNATURE).refused(403, "AccessDeniedException", &message)
    };
    let websocket = || facts(vec![fixture::api(ApiKind::WebSocket, vec![route("$default", &lambda_uri("f"))])]);
    let simulated = |action: &str, decision: &str, other: &str| {
        let result = |resource: &str, decision: &str| json!({ "EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision });
        let read = Read::Simulation { principal: USER.to_owned(), action: MANAGE.to_owned(), resource: arn(at) };
        let results = json!({ "EvaluationResults": [result(&arn(at), decision), result(&arn("dev/POST/@connections/*"), other)] });
        websocket().with(read, results)
    };
    for (exchange, facts, expected) in [
        (refused(USER, ""), simulated(MANAGE, "implicitDeny", "implicitDeny"), "iam-policy-no-invoke certain"),
        (refused(USER, ""), simulated(MANAGE, "implicitDeny", "allowed"), "iam-policy-wrong-arn certain"),
        (refused(USER, ""), websocket(), "iam-policy-no-invoke likely"),
        // What a simulation says of another action is nothing of this one.
        (refused(USER, ""), simulated("execute-api:Invoke", "allowed", "allowed"), "iam-policy-no-invoke likely"),
        (
            refused(USER, " with an explicit deny"),
            simulated(MANAGE, "explicitDeny", "implicitDeny"),
            "iam-explicit-deny certain",
        ),
        (refused(FOREIGN, ""), websocket(), "cross-account-needs-both likely"),
    ] {
        let own = explained(&exchange, &facts).causes.swap_remove(0);
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected, "{}", own.says);
    }
    let own = explained(&refused(USER, ""), &websocket()).causes.swap_remove(0);
    assert!(own.remedy.summary.contains(&format!("\"Action\":\"{MANAGE}\"")), "{}", own.remedy.summary);
}

#[test]
fn only_what_was_read_of_a_deployment_is_said_to_be_deployed() {
    let says = |api: Api| {
        let explanation = explained(&to_orders("GET", "/orders").missing_token(), &facts(vec![api]));
        (explanation.causes[0].confidence.name(), explanation.causes[0].says.clone())
    };
    let mut unread = iam();
    unread.deployed.clear();
    let end = "AWS_IAM, and the request carries no signature.";
    assert_eq!(says(iam()), ("certain", format!("GET /orders is deployed with {end}")));
    assert_eq!(says(unread), ("likely", format!("GET /orders has {end}")));
}
