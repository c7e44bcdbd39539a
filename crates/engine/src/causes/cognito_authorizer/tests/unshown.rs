//! A token of which the answer tells, and which the request that was given does not show.

use super::*;
use crate::exchange::curl;

#[test]
fn a_fault_of_a_token_that_was_got_is_no_missing_token() {
    let told = |status: u16, error: &str, description: &str, facts: &Facts<'static>| {
        let explanation = explained(&described(to_orders("GET", "/orders"), status, error, description), facts);
        let unread = explanation.not_read.into_iter().map(|own| own.what).filter(|what| what.starts_with("request"));
        let unread: Vec<String> = unread.collect();
        let first = &explanation.causes[0];
        (format!("{} {}", first.id, first.confidence.name()), unread.join(", "))
    };
    let scoped = jwt(ISSUER, &["orders/read"]);
    for (status, error, description, expected) in [
        (401, "invalid_token", "the token does not have a valid audience", "jwt-audience likely"),
        (401, "invalid_token", "the token has an invalid issuer", "jwt-issuer likely"),
        (401, "invalid_token", "the token has expired", "jwt-expired likely"),
        (403, "insufficient_scope", "the token does not have the required scopes", "jwt-insufficient-scope likely"),
        (401, "invalid_token", "something else", "insufficient-facts possible"),
    ] {
        let own = told(status, error, description, &scoped);
        assert_eq!(own, (expected.to_owned(), "request.headers.Authorization".to_owned()), "{description}");
    }
    // An answer that names no error is the one to a request without a token.
    let bare = to_orders("GET", "/orders").answered(
        401,
        &[("apigw-requestid", "Q="), ("www-authenticate", "Bearer")],
        r#"{"message":"Unauthorized"}"#,
    );
    assert_eq!(first(&bare, &scoped), "jwt-missing certain");
}

#[test]
fn a_file_of_options_may_hold_the_token() {
    let told = |options: &str| {
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
        let exchange = curl::read(&format!("curl {options} {url}")).unwrap().exchange;
        first(&exchange.refused(401, "UnauthorizedException", "Unauthorized"), &cognito(&[]))
    };
    let given = told("-H @headers.txt");
    assert_ne!(given, "cognito-auth-token-missing certain");
    for options in ["-K options.txt", "--config options.txt"] {
        assert_eq!(told(options), given, "{options}");
    }
    assert_eq!(told(""), "cognito-auth-token-missing certain");
}

#[test]
fn a_lacking_scope_is_refused_with_either_status() {
    let asked = || sending(&token(&access_token("openid")));
    let scoped = cognito(&["orders/read"]);
    for (exchange, expected) in [
        (asked().refused(401, "UnauthorizedException", "Unauthorized"), "cognito-auth-scope certain"),
        (asked().refused(403, "UnauthorizedException", "Unauthorized"), "cognito-auth-scope certain"),
        (asked().refused(403, "ForbiddenException", "Forbidden"), "cognito-auth-scope likely"),
        (asked().answered(403, &[], r#"{"message":"Forbidden"}"#), "cognito-auth-scope likely"),
    ] {
        assert_eq!(first(&exchange, &scoped), expected, "{exchange:?}");
    }
    let has = sending(&token(&access_token("orders/read"))).refused(403, "ForbiddenException", "Forbidden");
    assert!(!lists(&has, &scoped, "cognito-auth-scope"));
}

#[test]
fn an_issuer_that_is_no_user_pool_is_added_to_no_authorizer() {
    let of = |issuer: &str| {
        let exchange = sending(&token(&with(&id_token(), "iss", issuer)));
        explained(&exchange.refused(401, "UnauthorizedException", "Unauthorized"), &cognito(&[])).causes.swap_remove(0)
    };
    for (issuer, has_command) in [
        ("https://accounts.google.com", false),
        ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0000", true),
    ] {
        let own = of(issuer);
        assert_eq!((own.id, own.confidence.name()), ("cognito-auth-wrong-pool", "certain"), "{issuer}");
        assert_eq!(own.remedy.command.is_some(), has_command, "{issuer}: {:?}", own.remedy);
    }
}
