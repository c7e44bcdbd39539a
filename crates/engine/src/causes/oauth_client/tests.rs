//! Cognito's endpoints: what proves each cause, what refutes it, and what is said unread.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::{Exchange, curl};
use crate::testkit::{explained, facts, first, lists, request, shown};

const CLIENT: &str = "3n4b5urk1ft4fl3mg5e62d9ado";
const POOL: &str = "eu-west-1_AbCdEf123";

fn pool() -> Facts<'static> {
    facts(Vec::new()).with(
        Read::UserPoolDomain("demo".to_owned()),
        json!({ "DomainDescription": { "UserPoolId": POOL, "Domain": "demo" } }),
    )
}

fn key(client: &str) -> Read {
    Read::UserPoolClient { pool: POOL.to_owned(), client: client.to_owned() }
}

/// A client with the usual settings, but for some.
fn client(settings: Value) -> Facts<'static> {
    let mut own = json!({
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["https://localhost/"], "LogoutURLs": ["https://localhost/"], "SupportedIdentityProviders": ["COGNITO"],
    });
    for (name, value) in settings.as_object().unwrap() {
        own[name] = value.clone();
    }
    pool().with(key(CLIENT), json!({ "UserPoolClient": own }))
}

fn token(form: &str, error: &str) -> Exchange {
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let exchange = request("POST https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token", &kind);
    exchange.sending(form).answered(400, &[], &json!({ "error": error }).to_string())
}

fn code(error: &str) -> Exchange {
    token(
        &format!("grant_type=authorization_code&code=c&client_id={CLIENT}&redirect_uri=https%3A%2F%2Flocalhost%2F"),
        error,
    )
}

fn authorize(query: &str, error: &str) -> Exchange {
    let url = format!("GET https://demo.auth.eu-west-1.amazoncognito.com/oauth2/authorize?client_id={CLIENT}&{query}");
    request(&url, &[]).answered(302, &[("Location", &format!("https://localhost/?error={error}"))], "")
}

#[test]
fn cognitos_own_page_tells_of_a_redirect_uri_or_of_a_providers_address() {
    let page = "<html>An error was encountered with the requested page.</html>";
    let at = |path: &str, status: u16, body: &str| {
        request(&format!("GET https://demo.auth.eu-west-1.amazoncognito.com{path}"), &[]).answered(status, &[], body)
    };
    let posted = |path: &str| {
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let exchange = request(&format!("POST https://demo.auth.eu-west-1.amazoncognito.com{path}"), &kind);
        exchange.sending("SAMLResponse=PHNhbWw%2B").answered(404, &[], page)
    };
    let to = |uri: &str| format!("/oauth2/authorize?response_type=code&client_id={CLIENT}&redirect_uri={uri}");
    let error = format!("/error?error=redirect_mismatch&client_id={CLIENT}");
    let (other, own) = ("https%3A%2F%2Flocalhost%3A8080%2F", "https%3A%2F%2Flocalhost%2F");
    let (mismatch, wrong) = ("cognito-redirect-uri-mismatch", "cognito-acs-url-wrong");
    for (exchange, expected) in [
        (at(&to(other), 400, page), Some((mismatch, "certain"))),
        (at(&to(other), 400, "<html>redirect_mismatch</html>"), Some((mismatch, "certain"))),
        (at(&error, 400, page), Some((mismatch, "likely"))),
        (at(&to(own), 400, page), None),
        (posted("/saml2/acs"), Some((wrong, "likely"))),
        (posted("/sso"), Some((wrong, "likely"))),
        (posted("/saml2/idpresponse"), Some((wrong, "likely"))),
        (at("/oauth2/idresponse?code=abc&state=x", 404, page), Some((wrong, "likely"))),
        (at("/signup", 404, page), None),
    ] {
        let first = explained(&exchange, &client(json!({}))).causes.swap_remove(0);
        let found = (first.id, first.confidence.name());
        assert_eq!(expected.unwrap_or(("insufficient-facts", "possible")), found, "{exchange:?}");
    }
    let advice = |exchange: &Exchange| explained(exchange, &client(json!({}))).causes.swap_remove(0).remedy.summary;
    let domain = "set the address at the identity provider to https://demo.auth.eu-west-1.amazoncognito.com";
    let saml = format!("{domain}/saml2/idpresponse, and the entity id to urn:amazon:cognito:sp:{POOL}");
    assert_eq!(advice(&posted("/saml2/acs")), saml);
    let openid = format!("{domain}/oauth2/idpresponse");
    assert_eq!(advice(&at("/oauth2/idresponse?code=abc&state=x", 404, page)), openid);
}

#[test]
fn the_words_of_an_error_page_are_no_success_whatever_the_status() {
    let at = |path: &str, status: u16, body: &str| {
        let url = format!("GET https://demo.auth.eu-west-1.amazoncognito.com{path}");
        request(&url, &[]).answered(status, &[("Content-Type", "text/html")], &format!("<html>{body}</html>"))
    };
    let sign_in = |uri: &str| format!("/login?response_type=code&client_id={CLIENT}&redirect_uri={uri}");
    let own = sign_in("https%3A%2F%2Flocalhost%2F");
    let out = format!("/logout?client_id={CLIENT}&logout_uri=https%3A%2F%2Flocalhost%3A3000%2F");
    let unavailable = "Login pages unavailable. Please contact an administrator.";
    let (page, parameter) = (
        "An error was encountered with the requested page.",
        "Required String parameter 'redirect_uri' is not present",
    );
    let usual = client(json!({}));
    let off = client(json!({ "AllowedOAuthFlowsUserPoolClient": false }));
    let alone = client(json!({ "SupportedIdentityProviders": [] }));
    for status in [200, 400] {
        for (path, body, facts, expected) in [
            (&*own, unavailable, &off, "cognito-oauth-flows-disabled certain"),
            (&*own, page, &off, "cognito-oauth-flows-disabled certain"),
            (&*own, unavailable, &alone, "cognito-idp-not-enabled certain"),
            (&*own, unavailable, &usual, "insufficient-facts possible"),
            (&*own, unavailable, &pool(), "cognito-oauth-flows-disabled possible"),
            (
                &*sign_in("https%3A%2F%2Flocalhost"),
                "redirect_mismatch",
                &usual,
                "cognito-redirect-uri-mismatch certain",
            ),
            (&*sign_in("https%3A%2F%2Flocalhost"), page, &usual, "cognito-redirect-uri-mismatch certain"),
            (&*out, parameter, &usual, "cognito-logout-uri-not-allowed certain"),
            ("/error?error=unauthorized_client", page, &usual, "insufficient-facts possible"),
        ] {
            assert_eq!(first(&at(path, status, body), facts), expected, "{status} {path} {body}");
        }
    }
    assert_eq!(first(&at(&own, 200, "Sign in"), &off), "no-fault-found certain");
    let unread = explained(&at(&own, 200, unavailable), &pool());
    assert_eq!(unread.causes[1].id, "cognito-idp-not-enabled");
    assert_eq!(unread.causes[0].confidence.name(), "possible");
}

#[test]
fn a_client_is_looked_for_in_the_domains_own_pool() {
    let unknown = pool().lacking(key(CLIENT));
    let of_another = client(json!({ "UserPoolId": "eu-west-1_Other0000" }));
    assert_eq!(first(&code("invalid_client"), &of_another), "cognito-client-unknown certain");
    let of_this = client(json!({ "UserPoolId": POOL }));
    assert!(!lists(&code("invalid_client"), &of_this, "cognito-client-unknown"));
    shown(
        "cognito-client-unknown",
        (&code("invalid_client"), &unknown, "certain"),
        (&code("invalid_client"), &client(json!({}))),
        (&code("invalid_client"), &pool()),
    );
    let nowhere = facts(Vec::new()).lacking(Read::UserPoolDomain("demo".to_owned()));
    shown(
        "cognito-domain-missing",
        (&code("invalid_client"), &nowhere, "certain"),
        (&code("invalid_client"), &client(json!({}))),
        (&code("invalid_client"), &facts(Vec::new())),
    );
}

#[test]
fn flows_scopes_and_providers_are_the_clients() {
    let off = client(json!({ "AllowedOAuthFlowsUserPoolClient": false }));
    shown(
        "cognito-oauth-flows-disabled",
        (&code("unauthorized_client"), &off, "certain"),
        (&code("unauthorized_client"), &client(json!({}))),
        (&code("unauthorized_client"), &pool()),
    );
    let implicit = client(json!({ "AllowedOAuthFlows": ["implicit"] }));
    assert_eq!(first(&code("unauthorized_client"), &implicit), "cognito-code-flow-not-enabled certain");
    let page = |query: &str, error: &str| authorize(&format!("redirect_uri=https%3A%2F%2Flocalhost%2F&{query}"), error);
    assert_eq!(
        first(&page("response_type=token", "unauthorized_client"), &client(json!({}))),
        "cognito-implicit-not-enabled certain"
    );
    let amplify = page("response_type=token", "unauthorized_client").header("User-Agent", "aws-amplify/5.0 js");
    shown(
        "amplify-response-type-mismatch",
        (&amplify, &client(json!({})), "certain"),
        (&amplify, &implicit),
        (&amplify, &pool()),
    );
    assert_eq!(
        first(&page("response_type=code&scope=openid+orders%2Fread", "invalid_scope"), &client(json!({}))),
        "cognito-invalid-scope certain"
    );
    assert!(!lists(
        &page("response_type=code&scope=openid", "invalid_scope"),
        &client(json!({})),
        "cognito-invalid-scope"
    ));
    let google = page("response_type=code&identity_provider=Google", "invalid_request");
    shown(
        "cognito-idp-not-enabled",
        (&google, &client(json!({})), "certain"),
        (&google, &client(json!({ "SupportedIdentityProviders": ["Google"] }))),
        (&google, &pool()),
    );
}

/// A client that may not be read: what the answer's own error and the request say without it.
#[test]
fn an_error_tells_without_the_client_what_is_likely() {
    let denied = pool().denied(key(CLIENT), "cognito-idp:DescribeUserPoolClient");
    let form = |form: &str, error: &str| token(&format!("{form}&client_id={CLIENT}"), error);
    let page = authorize("response_type=code&redirect_uri=https%3A%2F%2Flocalhost%2F", "redirect_mismatch");
    let refresh = "grant_type=refresh_token&refresh_token=r";
    for (exchange, expected) in [
        (code("unauthorized_client"), "cognito-code-flow-not-enabled possible"),
        (code("invalid_client"), "cognito-client-secret-missing likely"),
        (form(&format!("{refresh}&client_secret=s3cr3t"), "invalid_client"), "cognito-client-secret-wrong likely"),
        (code("invalid_grant"), "cognito-code-reused-or-expired likely"),
        (form(refresh, "invalid_grant"), "cognito-refresh-token-revoked likely"),
        (form("grant_type=client_credentials", "unauthorized_client"), "cognito-unsupported-grant likely"),
        (page, "cognito-redirect-uri-mismatch likely"),
    ] {
        let explanation = explained(&exchange, &denied);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        assert!(explanation.not_read.iter().any(|own| own.needs == "cognito-idp:DescribeUserPoolClient"), "{expected}");
    }
}

#[test]
fn redirects_are_compared_to_the_letter() {
    let to = |uri: &str| {
        token(
            &format!("grant_type=authorization_code&code=c&client_id={CLIENT}&redirect_uri={uri}"),
            "unauthorized_client",
        )
    };
    for (uri, expected) in [
        ("https%3A%2F%2Flocalhost", "cognito-redirect-uri-mismatch certain"),
        ("http%3A%2F%2Flocalhost%2F", "cognito-redirect-uri-mismatch certain"),
        ("https%3A%2F%2Flocalhost%3A8080%2F", "cognito-redirect-uri-mismatch certain"),
        ("https%253A%252F%252Flocalhost%252F", "cognito-redirect-double-encoded certain"),
    ] {
        assert_eq!(first(&to(uri), &client(json!({}))), expected, "{uri}");
    }
    assert!(!lists(&to("https%3A%2F%2Flocalhost%2F"), &client(json!({})), "cognito-redirect-uri-mismatch"));
    // The other text that is seen for the same.
    let grant = token(
        &format!("grant_type=authorization_code&code=c&client_id={CLIENT}&redirect_uri=https%3A%2F%2Fother"),
        "invalid_grant",
    );
    assert_eq!(first(&grant, &client(json!({}))), "cognito-redirect-uri-mismatch certain");
    let out = |query: &str| {
        request(&format!("GET https://demo.auth.eu-west-1.amazoncognito.com/logout?{query}"), &[]).answered(
            400,
            &[],
            "",
        )
    };
    let own = format!("client_id={CLIENT}&logout_uri=https%3A%2F%2Flocalhost%3A8080%2F");
    assert_eq!(first(&out(&own), &client(json!({}))), "cognito-logout-uri-not-allowed certain");
    assert!(!lists(&out(&own.replace("%3A8080", "")), &client(json!({})), "cognito-logout-uri-not-allowed"));
}

#[test]
fn secrets_are_compared_and_never_told() {
    let with = client(json!({ "ClientSecret": "EXAMPLESECRET" }));
    assert_eq!(first(&code("invalid_client"), &with), "cognito-client-secret-missing certain");
    let sent = |secret: &str| {
        token(
            &format!("grant_type=authorization_code&code=c&client_id={CLIENT}&client_secret={secret}"),
            "invalid_client",
        )
    };
    shown(
        "cognito-client-secret-wrong",
        (&sent("WRONGSECRET"), &with, "certain"),
        (&sent("EXAMPLESECRET"), &with),
        (&sent("WRONGSECRET"), &pool()),
    );
    assert_eq!(first(&sent("WRONGSECRET"), &client(json!({}))), "cognito-client-secret-wrong certain");
    for exchange in [code("invalid_client"), sent("WRONGSECRET")] {
        let told = serde_json::to_string(&explained(&exchange, &with)).unwrap();
        assert!(!told.contains("EXAMPLESECRET") && !told.contains("WRONGSECRET"), "{told}");
    }
}

#[test]
fn codes_and_refresh_tokens_are_used_once_and_in_time() {
    assert_eq!(first(&code("invalid_grant"), &client(json!({}))), "cognito-code-reused-or-expired likely");
    let refresh = token(&format!("grant_type=refresh_token&refresh_token=r&client_id={CLIENT}"), "invalid_grant");
    shown(
        "cognito-refresh-token-revoked",
        (&refresh, &client(json!({})), "likely"),
        (&code("invalid_grant"), &client(json!({}))),
        (&refresh, &pool()),
    );
    let verifier = |text: &str| {
        token(&format!("grant_type=authorization_code&code=c&client_id={CLIENT}&code_verifier={text}"), "invalid_grant")
    };
    assert_eq!(first(&verifier("short"), &client(json!({}))), "cognito-pkce-verifier likely");
    assert!(!lists(&verifier(&"a".repeat(43)), &client(json!({})), "cognito-pkce-verifier"));
    // `other:x`, in Base64.
    let other = code("invalid_grant").header("Authorization", "Basic b3RoZXI6eA==");
    let facts = client(json!({})).with(key("other"), json!({ "UserPoolClient": {} }));
    assert_eq!(first(&other, &facts), "cognito-client-id-mismatch certain");
    assert!(!lists(&other, &facts, "cognito-code-reused-or-expired"));
    assert!(!lists(&code("invalid_grant"), &client(json!({})), "cognito-client-id-mismatch"));
    let attributes = client(json!({ "ReadAttributes": ["email"] }));
    shown(
        "cognito-attribute-read-missing",
        (&code("invalid_grant"), &attributes, "likely"),
        (&code("invalid_grant"), &client(json!({}))),
        (&code("invalid_grant"), &pool()),
    );
    // The scope `profile` gives what the client may read of it, if that is anything.
    for (readable, expected) in [
        (json!(["email", "email_verified"]), "cognito-attribute-read-missing likely"),
        (json!(["email", "email_verified", "name"]), "cognito-code-reused-or-expired likely"),
    ] {
        let with_profile =
            client(json!({ "AllowedOAuthScopes": ["openid", "email", "profile"], "ReadAttributes": readable }));
        assert_eq!(first(&code("invalid_grant"), &with_profile), expected, "{readable}");
    }
}

#[test]
fn the_token_endpoint_takes_a_form_and_three_grants() {
    let get =
        request("GET https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token?grant_type=authorization_code", &[]);
    assert_eq!(first(&get.answered(405, &[], ""), &client(json!({}))), "cognito-token-bad-request certain");
    let json = request(
        "POST https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token",
        &[("Content-Type", "application/json")],
    );
    let json = json.sending("{}").answered(400, &[], r#"{"error":"invalid_request"}"#);
    assert_eq!(first(&json, &client(json!({}))), "cognito-token-bad-request certain");
    let machine = token(&format!("grant_type=client_credentials&client_id={CLIENT}"), "unauthorized_client");
    let able = client(json!({ "AllowedOAuthFlows": ["client_credentials"], "ClientSecret": "EXAMPLESECRET" }));
    shown(
        "cognito-unsupported-grant",
        (&machine, &client(json!({})), "certain"),
        (&machine, &able),
        (&machine, &pool()),
    );
}

#[test]
fn waf_may_stand_before_a_user_pool() {
    let exchange =
        request("GET https://demo.auth.eu-west-1.amazoncognito.com/login", &[]).answered(403, &[], "Forbidden");
    let arn = format!("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{POOL}");
    let guarded = pool().with(Read::WebAcl(arn.clone()), json!({ "WebACL": { "Name": "own" } }));
    shown(
        "cognito-waf-block",
        (&exchange, &guarded, "likely"),
        (&exchange, &pool().lacking(Read::WebAcl(arn))),
        (&exchange, &pool()),
    );
}

#[test]
fn the_token_endpoint_is_asked_with_a_form_that_curl_makes() {
    let own = client(json!({}));
    let curl = |options: &str| {
        let url = "https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token";
        curl::read(&format!("curl {options} {url}")).unwrap().exchange
    };
    let form = format!("grant_type=authorization_code&client_id={CLIENT}&code=c");
    let told = |options: &str| {
        let explanation = explained(&curl(options), &own);
        let first = &explanation.causes[0];
        format!("{} {}", first.id, first.confidence.name())
    };
    let table = [
        (format!("--json '{form}'"), "cognito-token-bad-request certain"),
        (format!("-d '{form}' -G"), "cognito-token-bad-request certain"),
        (format!("-X PUT -d '{form}'"), "cognito-token-bad-request certain"),
        ("-d grant_type=authorization_code".to_owned(), "cognito-token-bad-request certain"),
        // What is wrong with the way is told without the form.
        ("-X PUT -d @form".to_owned(), "cognito-token-bad-request certain"),
        ("--json @form".to_owned(), "cognito-token-bad-request certain"),
        ("-d @form".to_owned(), "insufficient-facts possible"),
        ("-d \"$FORM\"".to_owned(), "insufficient-facts possible"),
    ];
    for (options, expected) in table {
        assert_eq!(told(&options), expected, "{options}");
    }
    assert!(!lists(&curl(&format!("-d '{form}'")), &own, "cognito-token-bad-request"));
    let explanation = explained(&curl("-d @form"), &own);
    assert_eq!(explanation.causes[0].says, "What it takes to tell was not given: request.body.");
    let unread = explanation.not_read;
    assert_eq!(unread.iter().map(|own| own.what.as_str()).collect::<Vec<_>>(), ["request.body"]);
}

#[test]
fn an_error_of_a_redirect_is_no_success_whatever_was_read() {
    let asked = "redirect_uri=https%3A%2F%2Flocalhost%2Fx&scope=openid";
    let to = |query: &str, location: &str| {
        let url =
            format!("GET https://demo.auth.eu-west-1.amazoncognito.com/oauth2/authorize?client_id={CLIENT}&{query}");
        request(&url, &[]).answered(302, &[("Location", location)], "")
    };
    let (code, token) = (format!("response_type=code&{asked}"), format!("response_type=token&{asked}"));
    for (query, location, expected) in [
        (&code, "/error?error=redirect_mismatch&client_id=c", "cognito-redirect-uri-mismatch likely"),
        (&code, "https://localhost/x?error=invalid_scope", "cognito-invalid-scope likely"),
        (&code, "https://localhost/x?error=unauthorized_client", "cognito-code-flow-not-enabled possible"),
        (&token, "https://localhost/x#error=unauthorized_client", "cognito-implicit-not-enabled possible"),
        (&code, "https://localhost/x?error=server_error", "insufficient-facts possible"),
        (&code, "https://localhost/x?code=c&error_uri=u", "no-fault-found certain"),
    ] {
        assert_eq!(first(&to(query, location), &facts(Vec::new())), expected, "{location}");
    }
    let elsewhere = request("GET https://app.example.com/", &[]);
    let elsewhere = elsewhere.answered(302, &[("Location", "/sorry?error=denied")], "");
    assert!(!lists(&elsewhere, &facts(Vec::new()), "no-fault-found"));
}
