//! Requests, and what they say of their senders.

use super::*;
use crate::exchange::body::Body;
use crate::exchange::url::Url;
use crate::exchange::{Client, Headers};

fn request(url: &str, headers: &[(&str, &str)]) -> Request {
    Request {
        method: "GET".to_owned(),
        url: Url::parse(url).unwrap(),
        headers: Headers(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()),
        body: Body::Absent,
        client: Client::default(),
    }
}

fn with(value: &str) -> Authorization {
    Authorization::of(&request("https://api.example.com/orders", &[("Authorization", value)]))
}

fn signature(value: &str) -> SigV4 {
    match with(value) {
        Authorization::SigV4(signature) => signature,
        other => panic!("{value}: {other:?}"),
    }
}

/// A signature with every part, whose moment and token other headers tell.
fn whole() -> SigV4 {
    SigV4 {
        access_key_id: Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        date: Some("20261010".to_owned()),
        region: Some("eu-west-1".to_owned()),
        service: Some("execute-api".to_owned()),
        signed_headers: Some(vec!["host".to_owned(), "x-amz-date".to_owned()]),
        has_signature: true,
        ..SigV4::default()
    }
}

const SCOPE: &str = "AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request";

#[test]
fn a_signature_is_read_however_it_is_spaced() {
    for value in [
        format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;x-amz-date, Signature=5d67"),
        format!("AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders=host;x-amz-date,Signature=5d67"),
        format!("AWS4-HMAC-SHA256 Credential={SCOPE} SignedHeaders=host;x-amz-date Signature=5d67"),
        format!("  AWS4-HMAC-SHA256   Signature=5d67 , SignedHeaders=Host;X-Amz-Date,\n Credential={SCOPE}"),
        format!("aws4-hmac-sha256 credential={SCOPE}, signedheaders=host;x-amz-date, signature=5d67"),
    ] {
        assert_eq!(signature(&value), whole(), "{value}");
    }
}

#[test]
fn white_space_that_came_with_a_key_is_told() {
    for value in [
        "AWS4-HMAC-SHA256 Credential= AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d67",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\n/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d67",
    ] {
        assert_eq!(signature(value), SigV4 { has_stray_white_space: true, ..whole() }, "{value}");
    }
}

#[test]
fn a_part_that_is_missing_is_none() {
    let table = [
        ("AWS4-HMAC-SHA256", SigV4::default()),
        ("AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=", SigV4::default()),
        (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date",
            SigV4 { has_signature: false, ..whole() },
        ),
        (
            "AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date, Signature=5d67",
            SigV4 { access_key_id: None, date: None, region: None, service: None, ..whole() },
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010, Signature=5d67",
            SigV4 { region: None, service: None, signed_headers: None, ..whole() },
        ),
        (
            "AWS4-HMAC-SHA256 Credential=/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d67",
            SigV4 { access_key_id: None, ..whole() },
        ),
    ];
    for (value, expected) in table {
        assert_eq!(signature(value), expected, "{value}");
    }
}

#[test]
fn version_4a_has_no_region_in_its_scope() {
    let request = request(
        "https://api.example.com/",
        &[
            (
                "authorization",
                "AWS4-ECDSA-P256-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=3045",
            ),
            ("x-amz-region-set", "*"),
        ],
    );
    let expected = SigV4 { region: None, is_asymmetric: true, region_set: Some("*".to_owned()), ..whole() };
    assert_eq!(Authorization::of(&request), Authorization::SigV4(expected));
}

#[test]
fn other_headers_belong_to_the_signature() {
    let value = format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;x-amz-date, Signature=5d67");
    let request = request(
        "https://mybucket.s3.eu-west-1.amazonaws.com/",
        &[
            ("Authorization", &value),
            ("X-Amz-Date", "20261010T115950Z"),
            ("Date", "Sat, 10 Oct 2026 11:00:00 GMT"),
            ("X-Amz-Security-Token", "token"),
            ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
        ],
    );
    let expected = SigV4 {
        signed_at: Some("20261010T115950Z".to_owned()),
        has_session_token: true,
        content_sha256: Some("UNSIGNED-PAYLOAD".to_owned()),
        ..whole()
    };
    assert_eq!(Authorization::of(&request), Authorization::SigV4(expected));
}

#[test]
fn a_presigned_query_is_read_decoded() {
    let url = "https://mybucket.s3.eu-west-1.amazonaws.com/photo.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256\
               &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20261010%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261010T115950Z\
               &X-Amz-Expires=900&X-Amz-SignedHeaders=host%3Brange&X-Amz-Security-Token=IQo%2F%2B&X-Amz-Signature=5d67";
    let expected = SigV4 {
        access_key_id: Some("ASIAIOSFODNN7EXAMPLE".to_owned()),
        service: Some("s3".to_owned()),
        signed_headers: Some(vec!["host".to_owned(), "range".to_owned()]),
        signed_at: Some("20261010T115950Z".to_owned()),
        has_session_token: true,
        ..whole()
    };
    assert_eq!(Authorization::of(&request(url, &[])), Authorization::Presigned(expected.clone()));
    let both = request(url, &[("Authorization", "Bearer abc")]);
    assert_eq!(Authorization::of(&both), Authorization::Bearer);
    assert_eq!(Authorization::all(&both), [Authorization::Bearer, Authorization::Presigned(expected)]);
    let unsigned = "https://mybucket.s3.eu-west-1.amazonaws.com/photo.jpg?x-amz-signature=5d67";
    assert_eq!(Authorization::of(&request(unsigned, &[])), Authorization::None);
}

#[test]
fn the_moment_of_a_signature_is_read_in_the_forms_that_clients_write() {
    let table = [
        ("20261010T115950Z", Some("2026-10-10T11:59:50Z")),
        ("Sat, 10 Oct 2026 11:59:50 GMT", Some("2026-10-10T11:59:50Z")),
        ("2026-10-10T11:59:50Z", Some("2026-10-10T11:59:50Z")),
        ("20261310T115950Z", None),
        ("20261010", None),
        ("", None),
    ];
    for (text, moment) in table {
        let signature = SigV4 { signed_at: Some(text.to_owned()), ..SigV4::default() };
        assert_eq!(signature.timestamp().map(|moment| moment.to_string()).as_deref(), moment, "{text}");
    }
    assert_eq!(SigV4::default().timestamp(), None);
}

/// `{"alg":"RS256","kid":"k1","typ":"JWT"}` and `{"sub":"u1","token_use":"id"}`.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ1MSIsInRva2VuX3VzZSI6ImlkIn0.c2ln";

#[test]
fn a_web_token_is_read_with_its_defects() {
    use TokenDefect::{NoSignature, Quotes, RepeatedScheme, Spacing, WhiteSpace};
    let (head, tail) = TOKEN.split_at(60);
    let unsigned = TOKEN.strip_suffix("c2ln").unwrap();
    let table = [
        (TOKEN.to_owned(), false, vec![]),
        (format!("Bearer {TOKEN}"), true, vec![]),
        (format!("bearer   {TOKEN} "), true, vec![Spacing]),
        (format!("Bearer  {TOKEN}"), true, vec![Spacing]),
        (format!("Bearer\t{TOKEN}"), true, vec![Spacing]),
        (format!(" {TOKEN}"), false, vec![Spacing]),
        (format!("{TOKEN}\n"), false, vec![WhiteSpace]),
        (format!("Bearer {TOKEN}\r\n"), true, vec![WhiteSpace]),
        (format!("Bearer \n{TOKEN}"), true, vec![WhiteSpace]),
        (format!("Bearer Bearer {TOKEN}"), true, vec![RepeatedScheme]),
        (format!("Bearer \"{TOKEN}\""), true, vec![Quotes]),
        (format!("“{TOKEN}”"), false, vec![Quotes]),
        (format!("Bearer {head}\n{tail}"), true, vec![WhiteSpace]),
        (format!("Bearer {unsigned}"), true, vec![NoSignature]),
        (format!("Bearer {}", unsigned.trim_end_matches('.')), true, vec![NoSignature]),
        (format!("Bearer {TOKEN}.more"), true, vec![NoSignature]),
    ];
    for (value, has_scheme, defects) in table {
        let header = serde_json::json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" });
        let claims = serde_json::json!({ "sub": "u1", "token_use": "id" });
        assert_eq!(with(&value), Authorization::Jwt(Jwt { header, claims, has_scheme, defects }), "{value}");
    }
}

#[test]
fn other_values_are_told_by_their_scheme() {
    let table = [
        ("", Authorization::None),
        ("  ", Authorization::None),
        ("abc", Authorization::Other),
        ("x.y.z", Authorization::Other),
        ("Bearer", Authorization::Bearer),
        ("Bearer x.y.z", Authorization::Bearer),
        ("Bearer eyJhbGciOiJSUzI1NiJ9.bm8ganNvbg.c2ln", Authorization::Bearer),
        ("BEARER 0123456789", Authorization::Bearer),
        ("Basic dXNlcjpwYXNz", Authorization::Basic),
        ("basic !", Authorization::Basic),
        ("AWS AKIAIOSFODNN7EXAMPLE:c2ln", Authorization::Other),
        ("Digest username=\"a\"", Authorization::Other),
        ("Bearerabc", Authorization::Other),
        ("ÄÖÜß", Authorization::Other),
        ("AWS4", Authorization::Other),
    ];
    for (value, expected) in table {
        assert_eq!(with(value), expected, "{value}");
    }
    assert_eq!(Authorization::of(&request("https://api.example.com/", &[])), Authorization::None);
}

#[test]
fn each_of_several_headers_is_told() {
    let request = request(
        "https://api.example.com/",
        &[("Authorization", ""), ("authorization", "Basic dXNlcjpwYXNz"), ("AUTHORIZATION", "Bearer abc")],
    );
    assert_eq!(Authorization::of(&request), Authorization::Basic);
    assert_eq!(Authorization::all(&request), [Authorization::Basic, Authorization::Bearer]);
}

#[test]
fn a_client_that_signs_leaves_a_header_of_its_own_alone() {
    let signs_with = SigV4 { has_signature: true, is_made_at_sending: true, ..whole() };
    let mut unsigned = request("https://api.example.com/", &[("X-Amz-Security-Token", "token")]);
    unsigned.client.signs_with = Some(signs_with.clone());
    assert_eq!(
        Authorization::of(&unsigned),
        Authorization::SigV4(SigV4 { has_session_token: true, ..signs_with.clone() })
    );
    let mut own = request("https://api.example.com/", &[("Authorization", "Bearer abc")]);
    own.client.signs_with = Some(signs_with);
    assert_eq!(Authorization::of(&own), Authorization::Bearer);
}

#[test]
fn basic_credentials_are_compared_and_not_shown() {
    let credentials = |value: &str| Credentials::of(&request("https://api.example.com/", &[("Authorization", value)]));
    let found = credentials("Basic M240YjV1cms6cDphc3M=").unwrap();
    assert_eq!(found.user_name, "3n4b5urk");
    assert!(found.has_password("p:ass"));
    assert!(!found.has_password("p"));
    assert_eq!(format!("{found:?}"), "Credentials");
    for value in ["Basic", "Basic !", "Basic dXNlcg==", "Basic /w==", "Bearer abc"] {
        assert_eq!(credentials(value), None, "{value}");
    }
}

#[test]
fn nothing_secret_is_in_what_is_printed_for_debugging() {
    let value = format!("AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=5d67");
    assert_eq!(format!("{:?}", with(&value)), r#"SigV4(SigV4("20261010/eu-west-1/execute-api"))"#);
    assert_eq!(format!("{:?}", with(TOKEN)), "Jwt(Jwt)");
}
