//! Cognito and JWT authorizers, and what the causes make of the tokens that are sent to them.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::configuration::{Authorizer, Configuration, JwtConfiguration, Map, Route};
use crate::exchange::{Exchange, curl, har};
use crate::fixture::{self, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::{Api, ApiKind};
use crate::testkit::{explained, facts, first, lists, shown, to_orders};

const POOL: &str = "eu-west-1_AbCdEf123";
const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123";

/// An API whose route an authorizer guards, as it is deployed.
fn api(kind: ApiKind, authorization_type: &str, authorizer: Authorizer, scopes: &[&str]) -> Api {
    let (key, route) = route("GET /orders", &lambda_uri("orders-fn"));
    let own = Route {
        authorization_type: authorization_type.to_owned(),
        authorizer: Observed::Known(Some("own".to_owned())),
        authorization_scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..route
    };
    let mut api = fixture::api(kind, vec![(key, own)]);
    let authorizers = Observed::Known(Map::from([("own".to_owned(), authorizer)]));
    api.live.authorizers = authorizers.clone();
    let served = Configuration { authorizers, ..api.live.clone() };
    fixture::deploy(&mut api, "d1", &served);
    api
}

fn cognito(scopes: &[&str]) -> Facts<'static> {
    let authorizer = Authorizer {
        authorizer_type: "COGNITO_USER_POOLS".to_owned(),
        provider_arns: [format!("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{POOL}")].into(),
        identity_source: Some("method.request.header.Authorization".to_owned()),
        ..Authorizer::default()
    };
    facts(vec![api(ApiKind::Rest, "COGNITO_USER_POOLS", authorizer, scopes)])
}

fn jwt(issuer: &str, scopes: &[&str]) -> Facts<'static> {
    let authorizer = Authorizer {
        authorizer_type: "JWT".to_owned(),
        identity_source: Some("$request.header.Authorization".to_owned()),
        jwt_configuration: Some(JwtConfiguration {
            audience: ["client-1".to_owned()].into(),
            issuer: Some(issuer.to_owned()),
        }),
        ..Authorizer::default()
    };
    facts(vec![api(ApiKind::Http, "JWT", authorizer, scopes)])
}

/// A token with these claims.
fn token(claims: &Value) -> String {
    let part = |value: &Value| base64(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(&json!({ "alg": "RS256" })), part(claims))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(group >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

/// 2026-10-10T13:00:00Z and 2026-10-10T11:00:00Z: an hour after the answer, and an hour before it.
const LATER: i64 = 1_791_637_200;
const EARLIER: i64 = 1_791_630_000;

fn id_token() -> Value {
    json!({ "iss": ISSUER, "token_use": "id", "aud": "client-1", "exp": LATER, "email": "someone@example.com" })
}

fn access_token(scope: &str) -> Value {
    json!({ "iss": ISSUER, "token_use": "access", "client_id": "client-1", "scope": scope, "exp": LATER })
}

fn with(claims: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims.clone();
    claims[name] = value.into();
    claims
}

fn sending(value: &str) -> Exchange {
    to_orders("GET", "/orders").header("Authorization", value)
}

fn unauthorized(exchange: Exchange) -> Exchange {
    exchange.refused(401, "UnauthorizedException", "Unauthorized")
}

#[test]
fn each_token_that_cognito_does_not_take_has_its_cause() {
    let get = || to_orders("GET", "/orders");
    let id = token(&id_token());
    let signature = "AWS4-HMAC-SHA256 Credential=AKIA/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=5d";
    let exists = || cognito(&[]).with(Read::UserPool(POOL.to_owned()), json!({ "UserPool": { "Id": POOL } }));
    for (exchange, facts, expected) in [
        (get(), cognito(&[]), "cognito-auth-token-missing certain"),
        (get().header("X-Token", &id), cognito(&[]), "cognito-auth-token-missing certain"),
        (sending("Bearer x.y.z"), cognito(&[]), "cognito-auth-malformed-token certain"),
        (sending(&format!("Bearer Bearer {id}")), cognito(&[]), "cognito-auth-malformed-token certain"),
        (sending(&format!("\"{id}\"")), cognito(&[]), "cognito-auth-malformed-token certain"),
        (sending(&format!("{id}\n")), exists(), "cognito-auth-malformed-token certain"),
        (sending(&format!("Bearer \n{id}")), exists(), "cognito-auth-malformed-token certain"),
        (sending(&format!("Bearer  {id}")), exists(), "cognito-auth-malformed-token likely"),
        (sending(&format!(" Bearer {id} ")), exists(), "cognito-auth-malformed-token likely"),
        (sending(signature), cognito(&[]), "wrong-authorizer-credentials-kind likely"),
        (sending("Basic dTpw"), cognito(&[]), "wrong-authorizer-credentials-kind likely"),
        (
            sending(&token(&with(
                &id_token(),
                "iss",
                "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0001",
            ))),
            cognito(&[]),
            "cognito-auth-wrong-pool certain",
        ),
        (sending(&token(&access_token("openid"))), cognito(&[]), "cognito-auth-id-vs-access certain"),
        (sending(&id), cognito(&["orders/read"]), "cognito-auth-id-vs-access certain"),
        (sending(&token(&access_token("openid"))), cognito(&["orders/read"]), "cognito-auth-scope certain"),
        (sending(&token(&with(&id_token(), "exp", EARLIER))), cognito(&[]), "cognito-auth-token-expired likely"),
        // What else is wrong with a token that has expired, too, comes first: the answer does not say that it has.
        (
            sending(&token(&with(
                &with(&id_token(), "exp", EARLIER),
                "iss",
                "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0001",
            ))),
            cognito(&[]),
            "cognito-auth-wrong-pool certain",
        ),
        (
            sending(&token(&with(&access_token("openid"), "exp", EARLIER))),
            cognito(&[]),
            "cognito-auth-id-vs-access certain",
        ),
        (
            sending(&token(&with(&id_token(), "exp", EARLIER))),
            cognito(&[]).lacking(Read::UserPool(POOL.to_owned())),
            "cognito-authorizer-pool-deleted certain",
        ),
        (
            sending(&id),
            cognito(&[]).lacking(Read::UserPool(POOL.to_owned())),
            "cognito-authorizer-pool-deleted certain",
        ),
        (sending(&id), exists(), "insufficient-facts possible"),
        (sending(&format!("Bearer {id}")), exists(), "insufficient-facts possible"),
        (sending(&id), cognito(&[]), "insufficient-facts possible"),
    ] {
        let explanation = explained(&unauthorized(exchange), &facts);
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        let printed = serde_json::to_string(&explanation).unwrap();
        assert!(!printed.contains("someone@example.com") && !printed.contains(&id), "{printed}");
    }
    assert!(!lists(
        &unauthorized(sending(&token(&access_token("orders/read")))),
        &cognito(&["orders/read"]),
        "cognito-auth-scope"
    ));
    // Nothing of the API was read.
    for id in ["cognito-auth-token-missing", "cognito-auth-malformed-token", "cognito-auth-scope"] {
        assert!(!lists(&unauthorized(to_orders("GET", "/orders")), &facts(vec![]), id), "{id}");
    }
}

/// Authorizers that may not be read: the token is the one in `Authorization`, and the route's scopes tell the rest.
#[test]
fn a_token_is_judged_without_the_authorizer_as_far_as_it_can_be() {
    let hidden = |scopes: &[&str]| {
        let mut facts = cognito(scopes);
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
        api.live.authorizers = Observed::NotRead(fixture::denied("apigateway:GetAuthorizers"));
        facts
    };
    let other = with(&id_token(), "iss", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0001");
    for (exchange, scopes, expected) in [
        (to_orders("GET", "/orders"), &[][..], "cognito-auth-token-missing possible"),
        (sending("abc"), &[], "cognito-auth-malformed-token likely"),
        (sending(&token(&access_token("openid"))), &[], "cognito-auth-id-vs-access likely"),
        (sending(&token(&id_token())), &["orders/read"], "cognito-auth-id-vs-access likely"),
        (sending(&token(&other)), &[], "cognito-auth-wrong-pool possible"),
        (sending(&token(&with(&id_token(), "exp", EARLIER))), &[], "cognito-auth-token-expired likely"),
    ] {
        let explanation = explained(&unauthorized(exchange), &hidden(scopes));
        let own = &explanation.causes[0];
        assert_eq!(format!("{} {}", own.id, own.confidence.name()), expected);
        assert!(explanation.not_read.iter().any(|own| own.what == "apigateway:GetAuthorizers"), "{expected}");
    }
}

/// Routes that may not be read: whichever authorizer the route has, it is one of the API's.
#[test]
fn a_pool_that_every_authorizer_names_is_not_the_wrong_one() {
    let account = |more: Option<&str>| {
        let mut facts = cognito(&[]);
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        let Observed::Known(all) = &mut api.live.authorizers else { panic!("no authorizers") };
        let arns = more.map(|pool| [format!("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{pool}")].into());
        let other = arns.map(|provider_arns| Authorizer { provider_arns, ..all["own"].clone() });
        all.extend(other.map(|other| ("other".to_owned(), other)));
        api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigateway:GetExport"));
        api.live.routes = Observed::NotRead(fixture::denied("apigateway:GetResources"));
        facts
    };
    for (more, expected) in [
        (None, "cognito-auth-id-vs-access possible"),
        (Some(POOL), "cognito-auth-id-vs-access possible"),
        (Some("eu-west-1_Other0001"), "cognito-auth-wrong-pool possible"),
    ] {
        assert_eq!(first(&unauthorized(sending(&token(&access_token("openid")))), &account(more)), expected);
    }
}

#[test]
fn an_authorizer_is_changed_by_its_id() {
    let command = |exchange: Exchange, facts: &Facts<'static>| {
        explained(&exchange, facts).causes.swap_remove(0).remedy.command.unwrap_or_default()
    };
    let with_id = |mut facts: Facts<'static>| {
        let Observed::Known(authorizers) = &mut facts.api_mut("a1b2c3d4e5").unwrap().live.authorizers else { panic!() };
        authorizers.get_mut("own").unwrap().id = Some("auth01".to_owned());
        facts
    };
    let other = with(&id_token(), "iss", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other0001");
    assert_eq!(
        command(unauthorized(sending(&token(&other))), &with_id(cognito(&[]))),
        "aws apigateway update-authorizer --rest-api-id a1b2c3d4e5 --authorizer-id auth01 --region eu-west-1 --patch-operations \
         op=add,path=/providerARNs,value=arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Other0001"
    );
    let audience = with(&id_token(), "aud", "client-2");
    assert_eq!(
        command(sending(&format!("Bearer {}", token(&audience))).http(401, "Unauthorized"), &with_id(jwt(ISSUER, &[]))),
        format!(
            "aws apigatewayv2 update-authorizer --api-id a1b2c3d4e5 --authorizer-id auth01 --region eu-west-1 \
             --jwt-configuration '{{\"Audience\":[\"client-1\",\"client-2\"],\"Issuer\":\"{ISSUER}\"}}'"
        )
    );
    // An issuer that is another one altogether is not put in; one that differs by a slash is.
    let bearer = || sending(&format!("Bearer {}", token(&id_token()))).http(401, "Unauthorized");
    assert_eq!(command(bearer(), &with_id(jwt("https://issuer.example.com", &[]))), "");
    assert!(command(bearer(), &with_id(jwt(&format!("{ISSUER}/"), &[]))).contains("--authorizer-id auth01"));
}

#[test]
fn an_answer_that_says_expired_needs_no_account() {
    let expired = |claims: &Value| {
        sending(&token(claims)).refused(401, "UnauthorizedException", "The incoming token has expired")
    };
    let nothing = facts(vec![]);
    assert_eq!(first(&expired(&with(&id_token(), "exp", EARLIER)), &nothing), "cognito-auth-token-expired certain");
    assert!(!lists(&expired(&id_token()), &nothing, "cognito-auth-token-expired"));
    let unseen = to_orders("GET", "/orders").refused(401, "UnauthorizedException", "The incoming token has expired");
    assert_eq!(first(&unseen, &nothing), "cognito-auth-token-expired likely");
    // Without its time, the answer is believed, and what is now proves nothing of then.
    for claims in [id_token(), with(&id_token(), "exp", EARLIER)] {
        let mut undated = expired(&claims);
        undated.response.as_mut().unwrap().headers.0.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        let explanation = explained(&undated, &nothing);
        assert_eq!(
            (explanation.causes[0].id, explanation.verdict.name()),
            ("cognito-auth-token-expired", "likely"),
            "{claims}"
        );
        let evidence: Vec<&str> = explanation.causes[0].evidence.iter().map(|own| own.path.as_str()).collect();
        assert!(!evidence.contains(&"headers.Date"), "{evidence:?}");
    }
}

fn described(exchange: Exchange, status: u16, error: &str, description: &str) -> Exchange {
    let header = format!("Bearer scope=\"\" error=\"{error}\" error_description=\"{description}\"");
    let message = if status == 401 { "Unauthorized" } else { "Forbidden" };
    let headers = [("apigw-requestid", "QwErTyUiOpAsDfG="), ("www-authenticate", header.as_str())];
    exchange.answered(status, &headers, &json!({ "message": message }).to_string())
}

#[test]
fn each_token_that_a_jwt_authorizer_does_not_take_has_its_cause() {
    let bearer = |claims: &Value| sending(&format!("Bearer {}", token(claims)));
    let plain = |exchange: Exchange| exchange.http(401, "Unauthorized");
    let slash = format!("{ISSUER}/");
    let audience = "the token does not have a valid audience";
    let hs256 = format!("Bearer {}.{}.c2ln", base64(br#"{"alg":"HS256"}"#), base64(id_token().to_string().as_bytes()));
    for (exchange, facts, expected) in [
        (plain(to_orders("GET", "/orders")), jwt(ISSUER, &[]), "jwt-missing certain"),
        (plain(bearer(&id_token())), jwt(&slash, &[]), "jwt-issuer certain"),
        (plain(bearer(&with(&id_token(), "aud", "other"))), jwt(ISSUER, &[]), "jwt-audience certain"),
        (
            plain(bearer(&with(&id_token(), "aud", json!(["other", "client-1"])))),
            jwt(ISSUER, &[]),
            "jwt-jwks-unreachable possible",
        ),
        (plain(bearer(&with(&access_token(""), "client_id", "other"))), jwt(ISSUER, &[]), "jwt-audience certain"),
        (plain(bearer(&with(&id_token(), "exp", EARLIER))), jwt(ISSUER, &[]), "jwt-expired certain"),
        (plain(bearer(&with(&id_token(), "nbf", LATER))), jwt(ISSUER, &[]), "jwt-expired certain"),
        (plain(sending(&hs256)), jwt(ISSUER, &[]), "jwt-jwks-unreachable likely"),
        (plain(bearer(&id_token())), jwt(ISSUER, &[]), "jwt-jwks-unreachable possible"),
        (
            bearer(&access_token("openid")).http(403, "Forbidden"),
            jwt(ISSUER, &["orders/read"]),
            "jwt-insufficient-scope certain",
        ),
        // The answer tells which of several faults it is.
        (
            described(
                bearer(&with(&with(&id_token(), "aud", "other"), "exp", EARLIER)),
                401,
                "invalid_token",
                audience,
            ),
            jwt(&slash, &[]),
            "jwt-audience certain",
        ),
        (described(bearer(&id_token()), 401, "invalid_token", audience), facts(vec![]), "jwt-audience likely"),
        (
            described(bearer(&with(&id_token(), "exp", EARLIER)), 401, "invalid_token", "the token has expired"),
            facts(vec![]),
            "jwt-expired certain",
        ),
        (plain(bearer(&id_token())), facts(vec![]), "insufficient-facts possible"),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    for (exchange, facts, id) in [
        (plain(bearer(&id_token())), jwt(ISSUER, &[]), "jwt-expired"),
        (plain(bearer(&with(&id_token(), "aud", "other"))), jwt(ISSUER, &[]), "jwt-jwks-unreachable"),
        (
            bearer(&access_token("orders/read")).http(403, "Forbidden"),
            jwt(ISSUER, &["orders/read"]),
            "jwt-insufficient-scope",
        ),
    ] {
        assert!(!lists(&exchange, &facts, id), "{id}");
    }
}

#[test]
fn a_pool_that_is_gone_and_keys_that_nobody_reads_are_known_by_what_was_read() {
    let exchange = unauthorized(sending(&token(&id_token())));
    let pool = || Read::UserPool(POOL.to_owned());
    shown(
        "cognito-authorizer-pool-deleted",
        (&exchange, &cognito(&[]).lacking(pool()), "certain"),
        (&exchange, &cognito(&[]).with(pool(), json!({ "UserPool": { "Id": POOL } }))),
        (&exchange, &cognito(&[]).denied(pool(), "cognito-idp:DescribeUserPool")),
    );
    let refused = sending(&format!("Bearer {}", token(&id_token()))).http(401, "Unauthorized");
    let told = |error: &str| jwt(ISSUER, &[]).accessed(&[("authorizer.error", error)]);
    let log = Read::Logs { group: "access".to_owned(), filter: Some("QwErTyUiOpAsDfG=".to_owned()) };
    shown(
        "jwt-jwks-unreachable",
        (&refused, &told("OIDC discovery endpoint communications error"), "likely"),
        (&refused, &told("the token has expired")),
        (&refused, &told("-").denied(log, "logs:FilterLogEvents")),
    );
}

#[test]
fn a_token_that_a_variable_holds_is_none_that_is_wrong() {
    let curl = |options: &str| {
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
        curl::read(&format!("curl {options} {url}")).unwrap().exchange
    };
    let refused = |exchange: Exchange| exchange.refused(401, "UnauthorizedException", "Unauthorized");
    let account = cognito(&[]);
    for options in
        ["-H \"Authorization: $TOKEN\"", "-H \"Authorization: Bearer $(token)\"", "--oauth2-bearer \"$TOKEN\""]
    {
        let exchange = refused(curl(options));
        assert_eq!(first(&exchange, &account), "insufficient-facts possible", "{options}");
        assert!(explained(&exchange, &account).not_read.iter().any(|own| own.what == "request.headers.Authorization"));
    }
    assert_eq!(first(&refused(curl("-H 'Authorization: $TOKEN'")), &account), "cognito-auth-malformed-token certain");
}

#[test]
fn a_token_that_an_archive_leaves_out_is_not_missing_for_certain() {
    let archive = |headers: Value| {
        let url = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
        let entry = json!({ "request": { "method": "GET", "url": url, "headers": headers } });
        let exchange = har::read(&entry.to_string(), None).unwrap().exchange;
        exchange.refused(401, "UnauthorizedException", "Unauthorized")
    };
    let account = cognito(&[]);
    assert_eq!(first(&archive(json!([])), &account), "cognito-auth-token-missing likely");
    // One that has cookies was exported whole.
    let whole = archive(json!([{ "name": "Cookie", "value": "a=1" }]));
    assert_eq!(first(&whole, &account), "cognito-auth-token-missing certain");
}

#[test]
fn what_a_jwt_authorizer_cannot_decode_is_no_token() {
    let told = |value: &str, authenticate: &str| {
        let headers = [("apigw-requestid", "Q="), ("www-authenticate", authenticate)];
        let exchange = to_orders("GET", "/orders").header("Authorization", value);
        first(&exchange.answered(401, &headers, r#"{"message":"Unauthorized"}"#), &jwt(ISSUER, &[]))
    };
    let undecoded = "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token cannot be decoded\"";
    let twice = format!("Bearer Bearer {}", token(&id_token()));
    for value in ["Bearer abc.def.ghi", "Bearer abc", "abc.def", &twice] {
        for authenticate in ["Bearer", "Bearer error=\"invalid_token\"", undecoded] {
            assert_eq!(told(value, authenticate), "cognito-auth-malformed-token certain", "{value} {authenticate}");
        }
    }
    // What API Gateway complains of it has read.
    let audience = "Bearer error=\"invalid_token\" error_description=\"the token does not have a valid audience\"";
    assert_ne!(told(&twice, audience), "cognito-auth-malformed-token certain");
    assert_eq!(told(&format!("Bearer {}", token(&id_token())), "Bearer"), "jwt-jwks-unreachable possible");
}

#[test]
fn keys_that_the_answer_itself_says_were_not_read_need_no_log() {
    let told = |description: &str, facts: &Facts<'static>| {
        let challenge = format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{description}\"");
        let exchange = sending(&format!("Bearer {}", token(&id_token())));
        let headers = [("apigw-requestid", "Q="), ("www-authenticate", challenge.as_str())];
        first(&exchange.answered(401, &headers, r#"{"message":"Unauthorized"}"#), facts)
    };
    let mut hidden = jwt(ISSUER, &[]);
    let api = hidden.api_mut("a1b2c3d4e5").unwrap();
    api.deployed.get_mut("d1").unwrap().export = Observed::NotRead(fixture::denied("apigatewayv2:ExportApi"));
    api.live.authorizers = Observed::NotRead(fixture::denied("apigatewayv2:GetAuthorizers"));
    for words in ["OIDC discovery endpoint communications error", "JWKS communication error of the issuer"] {
        for facts in [jwt(ISSUER, &[]), jwt("https://other.example.com", &[]), hidden.clone()] {
            assert_eq!(told(words, &facts), "jwt-jwks-unreachable likely", "{words}");
        }
    }
    assert_eq!(told("the issuer is not valid", &jwt("https://other.example.com", &[])), "jwt-issuer certain");
}

mod unshown;
