//! S3, function URLs and other services: what proves each cause and what refutes it.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::fixture::{self, lambda_uri, route};
use crate::snapshot::ApiKind;
use crate::testkit::{explained, facts, first, lists, request, shown, to_orders};

fn signed(key: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261010/eu-west-1/{service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=abc"
    )
}

fn put(key: &str, service: &str, headers: &[(&str, &str)], status: u16, code: &str, more: &str) -> Exchange {
    let authorization = signed(key, service);
    let mut all = vec![("Authorization", authorization.as_str()), ("X-Amz-Date", "20261010T115950Z")];
    all.extend_from_slice(headers);
    let body = format!("<Error><Code>{code}</Code>{more}</Error>");
    request("PUT https://mybucket.s3.eu-west-1.amazonaws.com/photo.jpg", &all).answered(
        status,
        &[("x-amz-id-2", "i")],
        &body,
    )
}

const USER: &str = "AKIAIOSFODNN7EXAMPLE";
const ROLE: &str = "ASIAIOSFODNN7EXAMPLE";

#[test]
fn each_error_of_s3_has_its_cause() {
    let hash = [("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
    let wrong = [("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")];
    let missing = "<Message>Missing required header for this request: x-amz-content-sha256</Message>";
    let region = "<Region>us-east-2</Region>";
    let told = "<Message>the region 'eu-west-1' is wrong; expecting 'us-east-2'</Message>";
    let computed = |path: &str| {
        let host = "mybucket.s3.eu-west-1.amazonaws.com";
        format!("<CanonicalRequest>PUT\n{path}\n\nhost:{host}\n\nhost;x-amz-date\nUNSIGNED-PAYLOAD</CanonicalRequest>")
    };
    let twice = "<Message>Only one auth mechanism allowed</Message>";
    for (exchange, expected) in [
        (put(USER, "s3", &[], 400, "InvalidRequest", missing), "s3-content-sha256-missing certain"),
        (put(USER, "S3", &[], 400, "InvalidRequest", missing), "s3-service-name-case certain"),
        (put(ROLE, "s3", &hash, 403, "InvalidAccessKeyId", ""), "s3-session-token-missing certain"),
        (put(USER, "s3", &hash, 403, "InvalidAccessKeyId", ""), "s3-access-key-unknown likely"),
        (put(ROLE, "s3", &hash, 400, "ExpiredToken", ""), "s3-token-expired-or-invalid certain"),
        (put(USER, "s3", &hash, 400, "AuthorizationHeaderMalformed", region), "s3-region-wrong certain"),
        (put(USER, "s3", &hash, 400, "AuthorizationHeaderMalformed", told), "s3-region-wrong certain"),
        (put(USER, "s3", &hash, 403, "RequestTimeTooSkewed", ""), "s3-clock-skew certain"),
        (put(USER, "s3", &hash, 403, "SignatureDoesNotMatch", ""), "s3-signature-mismatch likely"),
        (put(USER, "s3", &hash, 403, "SignatureDoesNotMatch", &computed("/photo.jpg")), "s3-signature-mismatch likely"),
        (
            put(USER, "s3", &hash, 403, "SignatureDoesNotMatch", &computed("/other.jpg")),
            "s3-signature-mismatch certain",
        ),
        (put(USER, "s3", &wrong, 403, "SignatureDoesNotMatch", "").sending("body"), "s3-payload-hash-mismatch certain"),
        (put(USER, "s3", &wrong, 400, "XAmzContentSHA256Mismatch", ""), "s3-payload-hash-mismatch certain"),
        (put(USER, "s3", &hash, 400, "InvalidArgument", twice), "s3-two-auth-mechanisms certain"),
        (put(USER, "s3", &hash, 403, "AccessDenied", ""), "s3-access-denied likely"),
    ] {
        assert_eq!(first(&exchange, &facts(Vec::new())), expected);
    }
    let token = [hash[0], ("x-amz-security-token", "t")];
    assert!(!lists(
        &put(ROLE, "s3", &token, 403, "InvalidAccessKeyId", ""),
        &facts(Vec::new()),
        "s3-session-token-missing"
    ));
    assert!(!lists(
        &put(ROLE, "s3", &hash, 403, "InvalidAccessKeyId", ""),
        &facts(Vec::new()),
        "s3-access-key-unknown"
    ));
}

#[test]
fn a_redirect_of_s3_is_to_another_region() {
    let redirect = |status: u16, headers: &[(&str, &str)], code: &str, more: &str| {
        let body = if code.is_empty() { String::new() } else { format!("<Error><Code>{code}</Code>{more}</Error>") };
        let exchange = request("GET https://mybucket.s3.amazonaws.com/photo.jpg", &[]);
        exchange.answered(status, &[&[("x-amz-id-2", "i")], headers].concat(), &body)
    };
    let endpoint = |name: &str| format!("<Endpoint>{name}</Endpoint>");
    let temporary = "TemporaryRedirect";
    let (dashed, dotted) =
        (endpoint("mybucket.s3-eu-west-1.amazonaws.com"), endpoint("mybucket.s3.eu-west-1.amazonaws.com"));
    let location = [("Location", "https://mybucket.s3-eu-west-1.amazonaws.com/photo.jpg")];
    for (exchange, expected) in [
        (redirect(307, &[], temporary, &dashed), "s3-region-wrong certain"),
        (redirect(307, &[], temporary, &dotted), "s3-region-wrong certain"),
        (redirect(307, &[("x-amz-bucket-region", "eu-west-1")], temporary, ""), "s3-region-wrong certain"),
        (redirect(301, &location, "", ""), "s3-region-wrong certain"),
        (redirect(301, &[], "PermanentRedirect", &endpoint("s3.amazonaws.com")), "s3-region-wrong likely"),
        (redirect(307, &[], temporary, ""), "s3-region-wrong likely"),
        (redirect(301, &[], "", ""), "s3-region-wrong possible"),
        (redirect(304, &[], "", ""), "no-fault-found certain"),
    ] {
        assert_eq!(first(&exchange, &facts(Vec::new())), expected, "{exchange:?}");
    }
}

/// The evidence names the place where the region stands, and no other.
#[test]
fn the_region_is_shown_where_the_answer_names_it() {
    let answered = |headers: &[(&str, &str)], more: &str| {
        let body = format!("<Error><Code>PermanentRedirect</Code>{more}</Error>");
        let exchange = request("GET https://mybucket.s3.amazonaws.com/photo.jpg", &[]);
        exchange.answered(301, &[&[("x-amz-id-2", "i")], headers].concat(), &body)
    };
    let endpoint = "<Endpoint>mybucket.s3.eu-west-1.amazonaws.com</Endpoint>";
    for (exchange, place) in [
        (answered(&[], "<Region>eu-west-1</Region>"), "Error.Region"),
        (answered(&[("x-amz-bucket-region", "eu-west-1")], endpoint), "headers.x-amz-bucket-region"),
        (answered(&[], "<Message>the region 'x' is wrong; expecting 'eu-west-1'</Message>"), "Error.Message"),
        (answered(&[], endpoint), "Error.Endpoint"),
        (answered(&[("Location", "https://mybucket.s3.eu-west-1.amazonaws.com/photo.jpg")], ""), "headers.Location"),
    ] {
        let own = explained(&exchange, &facts(Vec::new())).causes.swap_remove(0);
        let shown: Vec<(&str, &str)> =
            own.evidence.iter().map(|one| (one.source.as_str(), one.path.as_str())).collect();
        assert_eq!((own.id, shown), ("s3-region-wrong", vec![("response", place)]));
    }
}

const URL: &str = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws/";

fn at_url(path: &str) -> Exchange {
    let body =
        json!({ "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: …" }).to_string();
    request(&format!("GET {URL}{path}"), &[]).answered(403, &[("x-amzn-ErrorType", "AccessDeniedException")], &body)
}

fn function(auth: &str, statements: Option<Value>) -> Facts<'static> {
    let facts = facts(Vec::new())
        .with(Read::Functions, json!({ "Functions": [{ "FunctionName": "hello-fn" }] }))
        .with(Read::FunctionUrl("hello-fn".to_owned()), json!({ "FunctionUrl": URL, "AuthType": auth }));
    match statements {
        Some(all) => facts.with(Read::FunctionPolicy("hello-fn".to_owned()), json!({ "Policy": { "Statement": all } })),
        None => facts,
    }
}

#[test]
fn a_statement_that_denies_closes_an_open_url() {
    let allow = |action: &str| json!({ "Effect": "Allow", "Principal": "*", "Action": action });
    let deny = |action: &str, condition: Value| json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": action, "Condition": condition });
    let by_type = |kind: &str| json!({ "StringEquals": { "lambda:FunctionUrlAuthType": kind } });
    let by_organization = || json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } });
    let url = "lambda:InvokeFunctionUrl";
    for (statement, sent, unsent) in [
        (deny(url, json!({})), "lambda-url-policy-missing likely", true),
        (deny("lambda:*", by_type("NONE")), "lambda-url-policy-missing likely", true),
        (deny(url, by_type("AWS_IAM")), "insufficient-facts possible", false),
        (deny(url, by_organization()), "lambda-url-policy-missing possible", false),
        (deny("lambda:InvokeFunction", json!({})), "lambda-url-invoke-function-missing likely", false),
    ] {
        let facts = function("NONE", Some(json!([allow(url), allow("lambda:InvokeFunction"), statement])));
        assert_eq!(first(&at_url(""), &facts), sent, "{statement}");
        let unsent_request = request(&format!("GET {URL}"), &[]);
        assert_eq!(lists(&unsent_request, &facts, "lambda-url-policy-missing"), unsent, "{statement}");
    }
    let facts = function("NONE", Some(json!([allow(url), deny(url, json!({}))])));
    let command = explained(&at_url(""), &facts).causes.swap_remove(0).remedy.command;
    let expected = "aws lambda remove-permission --function-name hello-fn --statement-id No --region eu-west-1";
    assert_eq!(command.as_deref(), Some(expected));
}

#[test]
fn a_function_url_needs_its_permissions() {
    let open = |action: &str| json!({ "Effect": "Allow", "Principal": "*", "Action": action });
    let both = function("NONE", Some(json!([open("lambda:InvokeFunctionUrl"), open("lambda:InvokeFunction")])));
    assert_eq!(first(&at_url(""), &function("NONE", Some(json!([])))), "lambda-url-policy-missing certain");
    assert_eq!(
        first(&at_url(""), &function("NONE", Some(json!([open("lambda:InvokeFunctionUrl")])))),
        "lambda-url-invoke-function-missing likely"
    );
    assert!(!lists(&at_url(""), &both, "lambda-url-policy-missing"));
    // What a statement opens, its conditions close.
    let allow = |action: &str, condition: Value| json!({ "Effect": "Allow", "Principal": "*", "Action": action, "Condition": condition });
    let second = json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } });
    for (condition, expected) in [
        (json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" } }), "lambda-url-policy-missing certain"),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc" } }), "lambda-url-policy-missing likely"),
        (json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }), "insufficient-facts possible"),
    ] {
        let all = json!([
            allow("lambda:InvokeFunctionUrl", condition.clone()),
            allow("lambda:InvokeFunction", second.clone())
        ]);
        assert_eq!(first(&at_url(""), &function("NONE", Some(all))), expected, "{condition}");
    }
    // The policy was not read: the answer is the one of a policy that lacks something.
    assert_eq!(first(&at_url(""), &function("NONE", None)), "lambda-url-policy-missing likely");
    // A URL that was made since both are needed.
    let mut made = function("NONE", Some(json!([open("lambda:InvokeFunctionUrl")])));
    let configuration = json!({ "FunctionUrl": URL, "AuthType": "NONE", "CreationTime": "2026-03-01T00:00:00Z" });
    made = made.with(Read::FunctionUrl("hello-fn".to_owned()), configuration);
    assert_eq!(first(&at_url(""), &made), "lambda-url-invoke-function-missing certain");
    assert_eq!(first(&at_url(""), &function("AWS_IAM", None)), "lambda-url-iam-unsigned certain");
    let wrong = at_url("").header("Authorization", &signed(USER, "execute-api"));
    shown(
        "lambda-url-sig-mismatch",
        (&wrong, &function("AWS_IAM", None), "likely"),
        (&at_url(""), &function("AWS_IAM", None)),
        (&wrong, &facts(Vec::new())),
    );
    // Nobody answers that of a request that nobody signed.
    let text = json!({ "message": "The request signature we calculated does not match the signature you provided." });
    let signed_on_the_way = request(&format!("POST {URL}"), &[]).sending("{}").answered(
        403,
        &[("x-amzn-ErrorType", "InvalidSignatureException")],
        &text.to_string(),
    );
    shown(
        "lambda-url-sig-mismatch",
        (&signed_on_the_way, &function("AWS_IAM", None), "likely"),
        (&at_url(""), &function("AWS_IAM", None)),
        (&signed_on_the_way, &facts(Vec::new())),
    );
    let nobody = facts(Vec::new()).with(Read::Functions, json!({ "Functions": [] }));
    shown(
        "lambda-url-missing",
        (&at_url(""), &nobody, "certain"),
        (&at_url(""), &both),
        (&at_url(""), &facts(Vec::new())),
    );
    assert!(lists(&at_url("prod/orders"), &both, "lambda-url-vs-api-confused"));
    assert!(!lists(&at_url("orders"), &both, "lambda-url-vs-api-confused"));
}

#[test]
fn other_services_and_amplify() {
    let lambda = request("POST https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions", &[]);
    let lambda = lambda.refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    assert_eq!(first(&lambda, &facts(Vec::new())), "control-plane-call-unsigned certain");
    let signed = lambda.header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=5d");
    assert_eq!(first(&signed, &facts(Vec::new())), "control-plane-call-unsigned likely");
    let graph = |status: u16| {
        request("POST https://x.appsync-api.eu-west-1.amazonaws.com/graphql", &[]).answered(status, &[], "{}")
    };
    assert_eq!(first(&graph(401), &facts(Vec::new())), "appsync-host certain");
    assert!(!lists(&graph(200), &facts(Vec::new()), "appsync-host"));
    let api = || facts(vec![fixture::api(ApiKind::Rest, vec![route("GET /items", &lambda_uri("f"))])]);
    let amplify = |path: &str| to_orders("GET", path).header("User-Agent", "aws-amplify/5.0 js").missing_token();
    shown(
        "amplify-path-mismatch",
        (&amplify("/api"), &api(), "certain"),
        (&amplify("/items/x"), &api()),
        (&amplify("/api"), &facts(Vec::new())),
    );
}

/// A request to a distribution whose origin is the function's URL, and what came back through it.
fn before_url(method: &str, host: &str, status: u16, body: &Value) -> Exchange {
    let via = [("via", "1.1 a.cloudfront.net (CloudFront)"), ("x-amz-cf-id", "i"), ("x-amzn-RequestId", "r")];
    request(&format!("{method} https://{host}/orders"), &[]).answered(status, &via, &body.to_string())
}

fn distribution(access_control: &str, policy: &str) -> Value {
    json!({ "Id": "E1", "DomainName": "d1.cloudfront.net", "Aliases": { "Items": ["www.example.com"] },
        "Origins": { "Items": [{ "Id": "url", "DomainName": "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws",
            "OriginPath": "", "OriginAccessControlId": access_control }] },
        "DefaultCacheBehavior": { "TargetOriginId": "url", "OriginRequestPolicyId": policy } })
}

#[test]
fn a_distribution_before_a_function_url_is_followed_to_it() {
    const EXCEPT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
    const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
    let mismatch =
        json!({ "message": "The request signature we calculated does not match the signature you provided." });
    let forbidden = json!({ "Message": "Forbidden. For troubleshooting Function URL authorization issues, see: …" });
    let open = json!({ "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl" });
    let behind = |facts: Facts<'static>, access_control: &str, policy: &str| {
        let items = json!([distribution(access_control, policy)]);
        facts
            .with(Read::Distributions, json!({ "DistributionList": { "Items": items } }))
            .lacking(Read::DomainName("www.example.com".to_owned()))
            .lacking(Read::DomainNameV2("www.example.com".to_owned()))
    };
    let denied = || facts(Vec::new()).denied(Read::Distributions, "cloudfront:ListDistributions");
    let iam = || function("AWS_IAM", None);
    let host = "d1.cloudfront.net";
    let post = |host: &str| before_url("POST", host, 403, &mismatch).sending("{}");
    let sign = |exchange: Exchange, service: &str| exchange.header("Authorization", &signed(USER, service));
    for (exchange, facts, expected) in [
        (post(host), behind(iam(), "OAC", EXCEPT_HOST), "lambda-url-sig-mismatch likely"),
        (post("www.example.com"), behind(iam(), "OAC", EXCEPT_HOST), "lambda-url-sig-mismatch likely"),
        (post(host), behind(iam(), "OAC", ALL_VIEWER), "lambda-url-sig-mismatch likely"),
        (post(host), denied(), "lambda-url-sig-mismatch likely"),
        (sign(post(host), "lambda"), behind(iam(), "", EXCEPT_HOST), "lambda-url-sig-mismatch likely"),
        (sign(post(host), "execute-api"), behind(iam(), "", EXCEPT_HOST), "lambda-url-sig-mismatch likely"),
        (before_url("GET", host, 403, &forbidden), behind(iam(), "", EXCEPT_HOST), "lambda-url-iam-unsigned certain"),
        // CloudFront signs: what else keeps it out does not show.
        (before_url("GET", host, 403, &forbidden), behind(iam(), "OAC", EXCEPT_HOST), "insufficient-facts possible"),
        (
            before_url("GET", host, 403, &forbidden),
            behind(function("NONE", Some(json!([]))), "", EXCEPT_HOST),
            "lambda-url-policy-missing certain",
        ),
        (
            before_url("GET", host, 403, &forbidden),
            behind(function("NONE", Some(json!([open]))), "", EXCEPT_HOST),
            "lambda-url-invoke-function-missing likely",
        ),
    ] {
        assert_eq!(first(&exchange, &facts), expected, "{exchange:?}");
        assert!(
            !lists(&exchange, &facts, "sigv4-host-rewritten") || facts.answer(&Read::Distributions).unwrap().is_err()
        );
    }
    let says = |policy: &str, sent: &str| {
        let exchange = post(host).sending(sent);
        explained(&exchange, &behind(iam(), "OAC", policy)).causes[0].says.clone()
    };
    let begins = "The request has no signature; CloudFront's origin access control signs it for abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws";
    assert_eq!(says(EXCEPT_HOST, "{}"), format!("{begins}, and the client does not send the hash of its body."));
    assert_eq!(
        says(ALL_VIEWER, "{}"),
        format!("{begins}, and CloudFront hands the Host d1.cloudfront.net on, which is another.")
    );
    // An origin of a region that is not read proves nothing of its functions.
    let mut elsewhere = distribution("", EXCEPT_HOST);
    let name = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws";
    elsewhere["Origins"]["Items"][0]["DomainName"] = json!(name);
    let facts = iam().with(Read::Distributions, json!({ "DistributionList": { "Items": [elsewhere] } }));
    assert_eq!(first(&before_url("GET", host, 403, &forbidden), &facts), "insufficient-facts possible");
}
