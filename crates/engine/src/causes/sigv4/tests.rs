//! Signatures and credentials, and what the causes make of them.

use serde_json::json;

use crate::case::facts::{Facts, Read};
use crate::configuration::{Route, RouteKey};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::reads::AccessKeyId;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, request, to_orders};

/// `POST /orders` and `GET /signed` want a signature, `GET /open` does not.
fn api() -> Api {
    let iam = |key: &str| {
        let (key, route) = route(key, &lambda_uri("orders-fn"));
        (key, Route { authorization_type: "AWS_IAM".to_owned(), ..route })
    };
    let routes: Vec<(RouteKey, Route)> =
        vec![iam("POST /orders"), iam("GET /signed"), route("GET /open", &lambda_uri("orders-fn"))];
    fixture::api(ApiKind::Rest, routes)
}

fn account() -> Facts<'static> {
    facts(vec![api()])
}

/// The parts of a signature: access key, scope, date.
fn signed(exchange: Exchange, access_key: &str, scope: &str, date: &str) -> Exchange {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={access_key}/{scope}/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d672d79"
    );
    exchange.header("Authorization", &value).header("X-Amz-Date", date)
}

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SCOPE: &str = "20261010/eu-west-1/execute-api";
const NOW: &str = "20261010T115950Z";

fn fine(exchange: Exchange) -> Exchange {
    signed(exchange, KEY, SCOPE, NOW)
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided.";

#[test]
fn each_fault_of_a_signature_has_its_cause() {
    let get = || to_orders("GET", "/signed");
    let invalid = "InvalidSignatureException";
    let cases = [
        (
            signed(get(), KEY, "20261010/eu-west-1/lambda", NOW).refused(
                403,
                invalid,
                "Credential should be scoped to correct service: 'execute-api'. ",
            ),
            "sigv4-wrong-service certain",
        ),
        (
            signed(get(), KEY, "20261010/us-east-1/execute-api", NOW).refused(
                403,
                invalid,
                "Credential should be scoped to a valid region, not 'us-east-1'. ",
            ),
            "sigv4-wrong-region certain",
        ),
        (
            signed(get(), KEY, "20261009/eu-west-1/execute-api", NOW).refused(
                403,
                invalid,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
            ),
            "sigv4-date-scope-mismatch certain",
        ),
        (
            signed(get(), KEY, SCOPE, "20261010T113000Z").refused(
                403,
                invalid,
                "Signature expired: 20261010T113000Z is now earlier than 20261010T115500Z",
            ),
            "sigv4-clock-skew certain",
        ),
        (
            signed(get(), KEY, SCOPE, "20261010T123000Z").refused(
                403,
                invalid,
                "Signature not yet current: 20261010T123000Z is still later than 20261010T120500Z",
            ),
            "sigv4-clock-skew certain",
        ),
        (
            signed(get(), "ASIAIOSFODNN7EXAMPLE", SCOPE, NOW).refused(
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            "sigv4-session-token-missing certain",
        ),
        (
            fine(get()).refused(
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            "sigv4-access-key-unknown likely",
        ),
        (
            signed(get(), "ASIAIOSFODNN7EXAMPLE", SCOPE, NOW).header("X-Amz-Security-Token", "FQoD").refused(
                403,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            "sigv4-access-key-unknown likely",
        ),
        (
            fine(get()).refused(403, "ExpiredTokenException", "The security token included in the request is expired"),
            "sigv4-token-expired certain",
        ),
        // No body, no query, a plain path, the API's own host: what remains is the secret.
        (fine(get()).refused(403, invalid, MISMATCH), "sigv4-wrong-secret likely"),
        (
            fine(to_orders("POST", "/orders")).sending("{}").refused(403, invalid, MISMATCH),
            "sigv4-body-or-path-changed possible",
        ),
        (
            fine(to_orders("POST", "/orders"))
                .header("X-Amz-Content-Sha256", &"0".repeat(64))
                .sending("{}")
                .refused(403, invalid, MISMATCH),
            "sigv4-body-or-path-changed likely",
        ),
    ];
    for (exchange, expected) in cases {
        // None of these hangs on the account: the request and the answer tell.
        let nothing = Facts::new("", "eu-west-1", account().now);
        assert_eq!(first(&exchange, &nothing), expected);
        assert_eq!(first(&exchange, &account()), expected);
    }
}

#[test]
fn a_right_signature_refutes() {
    let refused = |text: &str| fine(to_orders("GET", "/signed")).refused(403, "InvalidSignatureException", text);
    for (text, id) in [
        ("Credential should be scoped to correct service: 'execute-api'.", "sigv4-wrong-service"),
        ("Credential should be scoped to a valid region, not 'eu-west-1'.", "sigv4-wrong-region"),
        ("Date in Credential scope does not match", "sigv4-date-scope-mismatch"),
        ("Signature expired: 20261010T115950Z is now earlier than 20261010T115500Z", "sigv4-clock-skew"),
    ] {
        let explanation = explained(&refused(text), &account());
        assert!(explanation.ruled_out.iter().any(|own| own.id == id), "{id}");
        assert!(explanation.causes.iter().all(|cause| cause.id != id), "{id}");
    }
}

/// The message in which AWS prints what it signed.
fn printed(host: &str, path: &str, query: &str, hash: &str) -> String {
    format!(
        "{MISMATCH} Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n\
         'POST\n{path}\n{query}\nhost:{host}\nx-amz-date:{NOW}\n\nhost;x-amz-date\n{hash}'\n\n\
         The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n{NOW}\n{SCOPE}/aws4_request\n0000'\n"
    )
}

#[test]
fn what_aws_signed_tells_what_differs() {
    const HOST: &str = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    // SHA-256 of `{}`.
    const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let other = "0".repeat(64);
    for (message, expected) in [
        (printed("other.example.com", "/prod/orders", "", HASH), "sigv4-host-rewritten certain"),
        (printed(HOST, "/v1/prod/orders", "", HASH), "sigv4-host-rewritten certain"),
        (printed(HOST, "/orders", "", HASH), "sigv4-host-rewritten certain"),
        (printed(HOST, "/prod/orders", "", &other), "sigv4-body-or-path-changed likely"),
        (printed(HOST, "/prod/orders", "a=1", HASH), "sigv4-body-or-path-changed likely"),
        (printed(HOST, "/prod/0rders", "", HASH), "sigv4-body-or-path-changed likely"),
        (printed(HOST, "/prod/orders", "", HASH), "sigv4-wrong-secret likely"),
    ] {
        let exchange = fine(to_orders("POST", "/orders")).sending("{}");
        let exchange = exchange.refused(403, "InvalidSignatureException", &message);
        assert_eq!(first(&exchange, &account()), expected, "{message}");
        let printed = serde_json::to_string(&explained(&exchange, &account())).unwrap();
        assert!(!printed.contains("5d672d79") && !printed.contains(KEY), "{printed}");
    }
    // Behind a name that is not the API's own, the host is the first suspect.
    let exchange = fine(request("GET https://api.example.com/signed", &[]));
    let refused = |exchange: Exchange, headers: &[(&str, &str)]| {
        exchange.answered(403, headers, &json!({ "message": MISMATCH }).to_string())
    };
    let first_id = |exchange: &Exchange| first(exchange, &Facts::new("", "eu-west-1", account().now));
    assert_eq!(first_id(&refused(exchange.clone(), &[("x-amz-cf-id", "x")])), "sigv4-host-rewritten likely");
    assert_eq!(first_id(&refused(exchange, &[])), "sigv4-host-rewritten possible");
}

const EQUAL_SIGN: &str = "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'x='.";

#[test]
fn an_authorization_header_on_an_unknown_route_is_a_matter_of_routing() {
    let bearer = |exchange: Exchange| {
        exchange.header("Authorization", "Bearer secret").refused(403, "IncompleteSignatureException", EQUAL_SIGN)
    };
    let unknown = bearer(to_orders("GET", "/orders"));
    let explanation = explained(&unknown, &account());
    assert_eq!(explanation.causes[0].id, "rest-undefined-route-with-auth-header");
    assert!(explanation.causes[0].says.contains("POST"), "{}", explanation.causes[0].says);
    assert!(explanation.causes[0].remedy.summary.contains("POST"), "{}", explanation.causes[0].remedy.summary);
    // The old wording, and a token with an equal sign in it.
    let old = to_orders("GET", "/orders").header("Authorization", "token=x").refused(
        403,
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter.",
    );
    assert_eq!(first(&old, &account()), "rest-undefined-route-with-auth-header certain");
    assert_eq!(first(&bearer(to_orders("GET", "/signed")), &account()), "sigv4-bearer-on-iam-or-unknown-route certain");
    // The complaint says that a header was sent, also where the request does not show it.
    let unshown = |path: &str| to_orders("GET", path).refused(403, "IncompleteSignatureException", EQUAL_SIGN);
    for (path, expected) in [
        ("/orders", "rest-undefined-route-with-auth-header likely"),
        ("/signed", "sigv4-bearer-on-iam-or-unknown-route likely"),
    ] {
        assert_eq!(first(&unshown(path), &account()), expected, "{path}");
        assert_eq!(explained(&unshown(path), &account()).not_read[0].what, "request.headers.Authorization");
    }
    // Neither is said of a route that wants something else.
    assert!(!lists(&bearer(to_orders("GET", "/open")), &account(), "sigv4-bearer-on-iam-or-unknown-route"));
    // Nothing of the account was read: it is the one or the other.
    let unread = explained(&unknown, &facts(vec![]));
    assert_eq!((unread.causes[0].id, unread.verdict.name()), ("sigv4-bearer-on-iam-or-unknown-route", "likely"));
    assert_eq!(unread.not_read.len(), 1);
}

#[test]
fn a_signed_request_to_an_unknown_route_is_a_matter_of_routing() {
    let message = "No method found matching route / for http method POST.";
    let exchange = fine(to_orders("POST", "")).refused(404, "NotFoundException", message);
    let explanation = explained(&exchange, &account());
    assert_eq!((explanation.causes[0].id, explanation.verdict.name()), ("rest-undefined-route-signed", "certain"));
    assert!(explanation.causes[0].says.contains("root"), "{}", explanation.causes[0].says);
    // Its signature is neither praised nor blamed, but where its scope is another one, a route will refuse it.
    let routed = "No route of the stage takes the request, however it is signed. The URL leads to the root of prod, which has \
        no method; a greedy path does not cover it.";
    for (scope, says) in [
        (SCOPE, String::new()),
        (
            "20261010/eu-west-1/s3",
            " The signature is for s3 in eu-west-1, and not for execute-api in eu-west-1".to_owned(),
        ),
        (
            "20261010/us-east-1/execute-api",
            " The signature is for execute-api in us-east-1, and not for execute-api in eu-west-1".to_owned(),
        ),
    ] {
        let says =
            if says.is_empty() { says } else { format!("{says}: a route that wants a signature will refuse it.") };
        let exchange = signed(to_orders("POST", ""), KEY, scope, NOW).refused(404, "NotFoundException", message);
        assert_eq!(explained(&exchange, &account()).causes[0].says, format!("{routed}{says}"));
    }
    // Whoever does not show the signature leaves some doubt.
    let unsigned = to_orders("POST", "").refused(404, "NotFoundException", message);
    assert_eq!(first(&unsigned, &account()), "rest-undefined-route-signed likely");
    // A route that there is refutes it.
    let known = fine(to_orders("POST", "/orders")).refused(404, "NotFoundException", message);
    assert!(!lists(&known, &account(), "rest-undefined-route-signed"));
}

#[test]
fn what_a_signature_lacks_is_named() {
    let refused = |value: &str| {
        let exchange = to_orders("GET", "/signed").header("Authorization", value).header("X-Amz-Date", NOW);
        exchange.refused(403, "IncompleteSignatureException", "Authorization header requires 'Signature' parameter.")
    };
    let scope = format!("Credential={KEY}/{SCOPE}/aws4_request");
    for (value, missing) in [
        (format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host"), "Signature"),
        (format!("AWS4-HMAC-SHA256 {scope}, Signature=ab"), "SignedHeaders"),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=ab".to_owned(), "Credential"),
        (format!("{scope}, SignedHeaders=host, Signature=ab"), "AWS4-HMAC-SHA256"),
    ] {
        let explanation = explained(&refused(&value), &account());
        assert_eq!(
            (explanation.causes[0].id, explanation.verdict.name()),
            ("sigv4-incomplete-authorization", "certain")
        );
        assert_eq!(explanation.causes[0].says, format!("The signature lacks {missing}."));
    }
    let whole = refused(&format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=ab"));
    assert!(!lists(&whole, &account(), "sigv4-incomplete-authorization"));
}

#[test]
fn what_will_be_refused_is_said_before_it_is_sent() {
    for (exchange, expected) in [
        (signed(to_orders("GET", "/signed"), KEY, "20261010/eu-west-1/s3", NOW), "sigv4-wrong-service certain"),
        // A command that is pasted some time after it was made had the right time then.
        (signed(to_orders("GET", "/signed"), KEY, SCOPE, "20261010T100000Z"), "sigv4-clock-skew possible"),
        (
            signed(to_orders("GET", "/signed"), "ASIAIOSFODNN7EXAMPLE", SCOPE, NOW),
            "sigv4-session-token-missing certain",
        ),
        (to_orders("GET", "/signed"), "rest-iam-unsigned certain"),
    ] {
        assert_eq!(first(&exchange, &account()), expected);
    }
    let old = explained(&signed(to_orders("GET", "/signed"), KEY, SCOPE, "20261010T100000Z"), &account());
    let evidence: Vec<&str> = old.causes[0].evidence.iter().map(|evidence| evidence.source.as_str()).collect();
    assert!(!evidence.contains(&"response"), "{evidence:?}");
    // Nobody looks at the signature of a request to an open route; and a right one is no fault.
    let other = signed(to_orders("GET", "/open"), KEY, "20261010/eu-west-1/s3", "20261010T100000Z");
    for exchange in [other, fine(to_orders("GET", "/signed"))] {
        let causes = explained(&exchange, &account()).causes;
        assert!(causes.iter().all(|cause| !cause.id.starts_with("sigv4-") && !cause.id.contains("iam")), "{causes:?}");
    }
}

const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

fn owner() -> Read {
    Read::AccessKeyOwner(AccessKeyId::of_user(KEY).unwrap())
}

fn keys() -> Read {
    Read::AccessKeys("app".to_owned())
}

/// An account in which IAM says whose the key is, and holds these keys of that user.
fn holding(listed: serde_json::Value) -> Facts<'static> {
    account().with(owner(), json!({ "UserName": "app" })).with(keys(), json!({ "AccessKeyMetadata": listed }))
}

fn key_with(status: &str) -> serde_json::Value {
    json!([{ "UserName": "app", "AccessKeyId": "AKIAI44QH8DHBEXAMPLE", "Status": "Active" },
        { "UserName": "app", "AccessKeyId": KEY, "Status": status }])
}

#[test]
fn iam_tells_whether_an_access_key_is_active() {
    let refused = || fine(to_orders("GET", "/signed")).refused(403, "UnrecognizedClientException", INVALID_TOKEN);
    let with_token = || refused().header("X-Amz-Security-Token", "FQoD");
    let likely = "sigv4-access-key-unknown likely";
    for (exchange, facts, expected, unread) in [
        (refused(), holding(key_with("Inactive")), "sigv4-access-key-unknown certain", vec![]),
        (refused(), holding(key_with("Expired")), "sigv4-access-key-unknown certain", vec![]),
        (refused(), holding(json!([])), "sigv4-access-key-unknown certain", vec![]),
        (refused(), account().lacking(owner()), "sigv4-access-key-unknown certain", vec![]),
        (refused(), holding(key_with("Active")), "sigv4-access-key-unknown possible", vec![]),
        // A user's own key has no session token: which of the two AWS does not know, it does not say.
        (with_token(), holding(key_with("Inactive")), likely, vec![]),
        // The account's own key: it is no user's.
        (refused(), account().with(owner(), json!({ "UserName": "app" })).lacking(keys()), likely, vec![]),
        (refused(), account().with(owner(), json!({})), likely, vec![]),
        (
            refused(),
            account().denied(owner(), "iam:GetAccessKeyLastUsed"),
            likely,
            vec!["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"],
        ),
        (
            refused(),
            account().with(owner(), json!({ "UserName": "app" })).denied(keys(), "iam:ListAccessKeys"),
            likely,
            vec!["iam:ListAccessKeys"],
        ),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
        let told = explained(&exchange, &facts);
        let named: Vec<&str> = told.not_read.iter().map(|own| own.needs.as_str()).collect();
        assert_eq!(named, unread, "{expected}");
        assert!(!serde_json::to_string(&told).unwrap().contains(KEY), "the key's id is told");
    }
    let command = explained(&refused(), &holding(key_with("Inactive"))).causes.swap_remove(0).remedy.command;
    assert_eq!(command.as_deref(), Some("aws iam list-access-keys --user-name app --region eu-west-1"));
}

#[test]
fn iam_is_asked_of_users_keys_that_the_gateway_itself_does_not_know() {
    let refused = |exchange: Exchange| exchange.refused(403, "UnrecognizedClientException", INVALID_TOKEN);
    let temporary = || signed(to_orders("GET", "/signed"), "ASIAIOSFODNN7EXAMPLE", SCOPE, NOW);
    let body = json!({ "message": INVALID_TOKEN }).to_string();
    let function_url = request("GET https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws/", &[]);
    let s3 = request("GET https://bucket.s3.eu-west-1.amazonaws.com/key", &[]);
    for exchange in [
        refused(temporary()),
        refused(temporary().header("X-Amz-Security-Token", "FQoD")),
        refused(signed(to_orders("GET", "/signed"), "AKIA", SCOPE, NOW)),
        fine(function_url).answered(403, &[("x-amzn-requestid", "1")], &body),
        fine(s3).answered(403, &[("x-amz-id-2", "1")], &body),
        fine(to_orders("GET", "/signed")).answered(403, &[("x-amz-apigw-id", "1"), ("x-amzn-requestid", "1")], &body),
    ] {
        let cause = crate::causes::find("sigv4-access-key-unknown").unwrap();
        let wanted = crate::explain::wanted_by(cause, &exchange, &account());
        assert!(wanted.is_empty(), "{wanted:?}");
    }
    let cause = crate::causes::find("sigv4-access-key-unknown").unwrap();
    let wanted = crate::explain::wanted_by(cause, &refused(fine(to_orders("GET", "/signed"))), &account());
    assert_eq!(format!("{wanted:?}"), "{AccessKeyOwner(…MPLE)}");
}
