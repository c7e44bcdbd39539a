//! Who comes in, and who does not, before a provider with real keys.

mod provider;

use std::collections::BTreeMap;

use engine::exchange::Exchange;
use engine::exchange::encoding::{base64_encoded, percent_encoded};
use engine::explain::Explanation;
use jiff::SignedDuration;
use store::{Secret, Sqlite, Store};
use web::{Begun, Refusal, Site, Wanted};

use super::*;
use crate::event::Event;
use provider::{Op, claims, provider};

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    base64_encoded(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// A site without anything on it.
struct Empty(Store<Sqlite>);

impl Site for Empty {
    type Backend = Sqlite;
    fn store(&self) -> &Store<Sqlite> {
        &self.0
    }
    fn now(&self) -> Timestamp {
        now()
    }
    fn late_after(&self) -> Option<SignedDuration> {
        None
    }
    async fn explain(&self, exchange: &Exchange, _: Option<&str>, _: Option<&str>) -> Explanation {
        engine::explain::by_what_is_known(exchange, &engine::case::facts::Facts::new("", "", now()))
    }
    fn can_audit(&self) -> bool {
        true
    }
    async fn audit(&self, _: &Wanted) -> Result<Begun, Refusal> {
        Ok(Begun { run: now(), queued: 1 })
    }
}

async fn front(authorization: &Authorization) -> Front {
    let store = Store::open(Sqlite::in_memory().unwrap(), SignedDuration::from_hours(1), now).await.unwrap();
    let seal = Arc::new(Seal::new(&Secret([3; 32])));
    Front::new(web::router(Arc::new(Empty(store)), Arc::clone(&seal)), seal, authorization)
}

async fn with_provider() -> (Arc<Op>, Front) {
    let (op, issuer) = provider().await;
    let authorization = Authorization::Jwt(Provider {
        issuer,
        client_id: "dashboard".to_owned(),
        client_secret: Some("hush-hush".to_owned()),
        audience: None,
        scopes: "openid email".to_owned(),
    });
    let front = front(&authorization).await;
    (op, front)
}

/// A request of an HTTP API's, to the stage `prod`.
fn request(method: &str, path: &str, query: &str, headers: &[(&str, &str)]) -> Incoming {
    let headers: BTreeMap<&str, &str> = headers
        .iter()
        .copied()
        .filter(|(name, _)| *name != "body")
        .chain([("host", "x1.execute-api.eu-west-1.amazonaws.com")])
        .collect();
    let event = json!({
        "version": "2.0",
        "routeKey": if path == "/" { "ANY /" } else { "ANY /{proxy+}" },
        "rawPath": format!("/prod{path}"),
        "rawQueryString": query,
        "headers": headers,
        "pathParameters": { "proxy": path.trim_start_matches('/') },
        "requestContext": {
            "domainName": "x1.execute-api.eu-west-1.amazonaws.com", "stage": "prod",
            "http": { "method": method, "path": path },
        },
    });
    let Ok(Event::Http(incoming)) = Event::read(event) else { panic!("a request") };
    *incoming
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn cookies(response: &Response) -> Vec<String> {
    let all = response.headers().get_all("set-cookie").into_iter();
    all.map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// What a browser sends back of a cookie.
fn pair(cookie: &str) -> &str {
    cookie.split(';').next().unwrap()
}

fn parameter(url: &str, name: &str) -> String {
    let pairs = url.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value).next().unwrap();
    engine::exchange::encoding::form_decoded(value)
}

const PAGE: (&str, &str) = ("accept", "text/html");

#[tokio::test]
async fn somebody_signs_in_and_out() {
    let (op, front) = with_provider().await;
    // Who has no session is led to the page for signing in, and will be led back.
    let led = front.answer(request("GET", "/findings", "severity=high", &[PAGE]), now()).await;
    assert_eq!(
        (led.status().as_u16(), header(&led, "location")),
        (302, "/prod/sign-in?to=%2Ffindings%3Fseverity%3Dhigh")
    );
    let page = front.answer(request("GET", "/sign-in", "to=%2Ffindings", &[PAGE]), now()).await;
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (200, "text/html; charset=utf-8"));
    // To the provider, with a challenge.
    let begun = front.answer(request("GET", "/sign-in/begin", "to=%2Ffindings%3Fseverity%3Dhigh", &[]), now()).await;
    let location = header(&begun, "location").to_owned();
    assert!(location.starts_with("https://id.example/authorize?response_type=code&client_id=dashboard&"), "{location}");
    let redirect_uri = "https://x1.execute-api.eu-west-1.amazonaws.com/prod/sign-in/callback";
    assert_eq!(parameter(&location, "redirect_uri"), redirect_uri);
    assert_eq!(
        (parameter(&location, "scope"), parameter(&location, "code_challenge_method")),
        ("openid email".to_owned(), "S256".to_owned())
    );
    let signing_in = cookies(&begun).remove(0);
    assert!(signing_in.ends_with("; Path=/prod; Max-Age=600; HttpOnly; Secure; SameSite=Lax"), "{signing_in}");
    // And back, with a code.
    *op.nonce.lock().unwrap() = parameter(&location, "nonce");
    let state = parameter(&location, "state");
    let callback = |state: &str, code: &str, cookie: &str| {
        let query = format!("code={code}&state={}", percent_encoded(state));
        request("GET", "/sign-in/callback", &query, &[("cookie", cookie)])
    };
    let back = front.answer(callback(&state, "the-code", pair(&signing_in)), now()).await;
    assert_eq!((back.status().as_u16(), header(&back, "location")), (303, "/prod/findings?severity=high"));
    let session = cookies(&back).remove(0);
    assert!(
        session.starts_with("__Secure-stagecheck=")
            && session.ends_with("; Path=/prod; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"),
        "{session}"
    );
    let form = op.forms.lock().unwrap().remove(0);
    assert_eq!((form["redirect_uri"].as_str(), form["grant_type"].as_str()), (redirect_uri, "authorization_code"));
    let challenge = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(parameter(&location, "code_challenge"), base64url(challenge.as_ref()), "the proof key fits");
    // The session is known, for its time.
    let cookie = ("cookie", pair(&session));
    let ask = |path: &str, now| front.answer(request("GET", path, "", &[cookie]), now);
    assert_eq!(ask("/findings", now()).await.status(), 200);
    assert_eq!(ask("/findings", now() + SignedDuration::from_mins(61)).await.status(), 401);
    // Signing out takes a form of the own page.
    let out = front.answer(request("POST", "/sign-out", "", &[cookie]), now()).await;
    assert_eq!(out.status(), 403);
}

#[tokio::test]
async fn nobody_comes_in_by_another_way() {
    let (op, front) = with_provider().await;
    let begun = front.answer(request("GET", "/sign-in/begin", "", &[]), now()).await;
    let location = header(&begun, "location").to_owned();
    let (state, cookie) = (parameter(&location, "state"), cookies(&begun).remove(0));
    let cookie = pair(&cookie).to_owned();
    *op.nonce.lock().unwrap() = parameter(&location, "nonce");
    let answer = async |query: String, cookie: &str, now| {
        let response = front.answer(request("GET", "/sign-in/callback", &query, &[("cookie", cookie)]), now).await;
        (response.status().as_u16(), cookies(&response).len())
    };
    let right = format!("code=the-code&state={state}");
    let late = now() + SignedDuration::from_mins(11);
    assert_eq!(answer(right.clone(), "", now()).await, (403, 0), "without the cookie");
    assert_eq!(
        answer(right.clone(), cookie.split_at(cookie.len() - 4).0, now()).await,
        (403, 0),
        "with another cookie"
    );
    assert_eq!(answer(right.clone(), &cookie, late).await, (403, 0), "too late");
    assert_eq!(answer("code=the-code&state=other".to_owned(), &cookie, now()).await, (403, 0), "of another attempt");
    assert_eq!(answer(format!("error=access_denied&state={state}"), &cookie, now()).await, (403, 0), "refused");
    assert_eq!(answer(format!("code=wrong&state={state}"), &cookie, now()).await, (403, 0), "with a wrong code");
    *op.nonce.lock().unwrap() = "other".to_owned();
    assert_eq!(answer(right.clone(), &cookie, now()).await, (403, 0), "with a token of another attempt");
    *op.nonce.lock().unwrap() = parameter(&location, "nonce");
    assert_eq!(answer(right, &cookie, now()).await, (303, 2));
    // A session that nobody sealed, or that was sealed for another purpose.
    let forged = base64url(br#"{"person":"eve","expires":"2999-01-01T00:00:00Z"}"#);
    for value in [forged.as_str(), cookie.split_once('=').unwrap().1, ""] {
        let cookie = format!("__Secure-stagecheck={value}");
        let response = front.answer(request("GET", "/findings", "", &[("cookie", &cookie)]), now()).await;
        assert_eq!(response.status(), 401);
    }
}

#[tokio::test]
async fn programs_show_tokens() {
    let (op, front) = with_provider().await;
    let (rsa, p256) = (json!({ "alg": "RS256", "kid": "r" }), json!({ "alg": "ES256", "kid": "p" }));
    let seconds = |offset: i64| json!(now().as_second() + offset);
    let sign = |header: &Value, others: Value| op.keys.sign(header, &claims(&op, &others));
    let unsigned = |header: Value, others: Value| {
        let claims = claims(&op, &others).to_string();
        format!("{}.{}.", base64url(header.to_string().as_bytes()), base64url(claims.as_bytes()))
    };
    let good = sign(&rsa, json!({}));
    let (head, rest) = good.split_once('.').unwrap();
    let (_, tag) = rest.split_once('.').unwrap();
    let other = base64url(claims(&op, &json!({ "email": "eve@example.com" })).to_string().as_bytes());
    let table = [
        (good.clone(), 200),
        (sign(&p256, json!({})), 200),
        (sign(&json!({ "alg": "RS256" }), json!({})), 200),
        (sign(&rsa, json!({ "aud": ["other", "dashboard"] })), 200),
        (sign(&rsa, json!({ "aud": null, "client_id": "dashboard" })), 200),
        (sign(&rsa, json!({ "exp": seconds(-30) })), 200),
        (sign(&rsa, json!({ "exp": seconds(-61) })), 401),
        (sign(&rsa, json!({ "nbf": seconds(120) })), 401),
        (sign(&rsa, json!({ "exp": "soon" })), 401),
        (sign(&rsa, json!({ "email": null, "sub": "a".repeat(255) })), 200),
        (sign(&rsa, json!({ "email": null, "sub": "a".repeat(256) })), 401),
        (sign(&rsa, json!({ "email": "" })), 401),
        (sign(&rsa, json!({ "iss": "https://other.example" })), 401),
        (sign(&rsa, json!({ "aud": "other" })), 401),
        (sign(&rsa, json!({ "aud": ["other"], "client_id": "dashboard" })), 401),
        (sign(&rsa, json!({ "aud": null })), 401),
        (sign(&json!({ "alg": "RS256", "kid": "unknown" }), json!({})), 401),
        (sign(&json!({ "alg": "ES256", "kid": "r" }), json!({})), 401),
        (sign(&json!({ "alg": "RS256", "kid": "p" }), json!({})), 401),
        (sign(&json!({ "alg": "HS256", "kid": "r" }), json!({})), 401),
        (sign(&json!({ "alg": "RS256", "kid": "r", "crit": ["exp"] }), json!({})), 401),
        (unsigned(json!({ "alg": "none" }), json!({})), 401),
        (unsigned(json!({ "alg": "RS256", "kid": "r" }), json!({})), 401),
        (format!("{head}.{other}.{tag}"), 401),
        (good.split_at(good.len() - 8).0.to_owned(), 401),
        ("a.b.c".to_owned(), 401),
        ("...".to_owned(), 401),
        (String::new(), 401),
    ];
    for (token, expected) in table {
        let authorization = format!("Bearer {token}");
        let response = front.answer(request("GET", "/findings", "", &[("authorization", &authorization)]), now()).await;
        assert_eq!(response.status().as_u16(), expected, "{token}");
        assert_eq!(header(&response, "www-authenticate"), if expected == 401 { "Bearer" } else { "" });
    }
    let basic = front.answer(request("GET", "/findings", "", &[("authorization", "Basic YTpi")]), now()).await;
    assert_eq!(basic.status(), 401);
}

#[tokio::test]
async fn a_provider_that_is_another_is_not_believed() {
    let (op, front) = with_provider().await;
    *op.issuer.lock().unwrap() = "https://other.example".to_owned();
    let begun = front.answer(request("GET", "/sign-in/begin", "", &[]), now()).await;
    assert_eq!(begun.status(), 502);
}

#[tokio::test]
async fn only_what_tells_nothing_is_open() {
    let (_, jwt) = with_provider().await;
    let iam = front(&Authorization::Iam { is_tried: false }).await;
    for (path, open) in [
        ("/health", true),
        ("/style.css", true),
        ("/", false),
        ("/openapi.json", false),
        ("/explain", false),
        ("/nothing", false),
    ] {
        let status = async |front: &Front, refused: u16| {
            let status = front.answer(request("GET", path, "", &[]), now()).await.status().as_u16();
            if open { status == 200 } else { status == refused }
        };
        assert!(status(&jwt, 401).await, "{path}");
        assert!(status(&iam, 403).await, "{path}");
    }
    let tried = front(&Authorization::Iam { is_tried: true }).await;
    assert_eq!(tried.answer(request("GET", "/", "", &[]), now()).await.status(), 200);
}

#[tokio::test]
async fn links_begin_with_what_stands_before_the_path() {
    let iam = front(&Authorization::Iam { is_tried: true }).await;
    let http = |raw_path: &str, route_key: &str, proxy: &str, domain: &str| {
        json!({
            "version": "2.0", "routeKey": route_key, "rawPath": raw_path, "rawQueryString": "",
            "headers": { "accept": "text/html" }, "pathParameters": { "proxy": proxy },
            "requestContext": { "domainName": domain, "stage": "prod", "http": { "method": "GET", "path": raw_path } },
        })
    };
    let rest = |full: &str, resource: &str, proxy: &str, domain: &str| {
        json!({
            "resource": resource, "path": full, "httpMethod": "GET",
            "multiValueHeaders": { "Accept": ["text/html"] }, "pathParameters": { "proxy": proxy },
            "requestContext": {
                "path": full, "resourcePath": resource, "httpMethod": "GET", "stage": "prod", "domainName": domain,
            },
        })
    };
    let (own, custom) = ("x1.execute-api.eu-west-1.amazonaws.com", "stagecheck.example.com");
    let table = [
        (http("/prod/", "ANY /", "", own), "/prod"),
        (http("/prod", "ANY /", "", own), "/prod"),
        (http("/prod/errors", "ANY /{proxy+}", "errors", own), "/prod"),
        (http("/errors", "ANY /{proxy+}", "errors", own), ""),
        (http("/tools/stagecheck/errors", "ANY /{proxy+}", "errors", custom), "/tools/stagecheck"),
        (http("/errors", "ANY /{proxy+}", "errors", custom), ""),
        (http("/prod/errors", "$default", "", own), "/prod"),
        (http("/errors", "$default", "", custom), ""),
        (rest("/prod/", "/", "", own), "/prod"),
        (rest("/prod/errors", "/{proxy+}", "errors", own), "/prod"),
        (rest("/base/errors", "/{proxy+}", "errors", custom), "/base"),
        (rest("/base/prod/errors", "/{proxy+}", "errors", custom), "/base/prod"),
        (rest("/errors", "/{proxy+}", "errors", custom), ""),
        // A link that begins with two slashes, or with markup, would lead elsewhere.
        (http("//evil.example/errors", "ANY /{proxy+}", "errors", custom), "/evil.example"),
        (http("/\"><script>/errors", "ANY /{proxy+}", "errors", custom), ""),
    ];
    for (event, prefix) in table {
        let Ok(Event::Http(incoming)) = Event::read(event.clone()) else { panic!("{event}") };
        assert_eq!(incoming.prefix, prefix, "{event}");
        let is_rest = incoming.is_rest;
        let answer = answered(iam.answer(*incoming, now()).await, is_rest).await;
        assert_eq!(answer["statusCode"], 200, "{event}: {answer}");
        let body = answer["body"].as_str().unwrap();
        assert!(body.contains(&format!("href=\"{prefix}/style.css\"")), "{event}");
    }
}

#[tokio::test]
async fn answers_have_the_form_of_their_api() {
    let iam = front(&Authorization::Iam { is_tried: true }).await;
    let rest = json!({
        "resource": "/{proxy+}", "path": "/findings", "httpMethod": "GET", "pathParameters": { "proxy": "findings" },
        "multiValueQueryStringParameters": { "severity": ["high"], "state": ["open"] },
        "requestContext": { "path": "/prod/findings", "resourcePath": "/{proxy+}", "httpMethod": "GET" },
    });
    let Ok(Event::Http(incoming)) = Event::read(rest) else { panic!("a request") };
    assert_eq!(incoming.request.uri(), "/findings?severity=high&state=open");
    let answer = answered(iam.answer(*incoming, now()).await, true).await;
    assert_eq!(
        (answer["statusCode"].as_u64(), answer["body"].as_str()),
        (Some(200), Some(r#"{"items":[],"next":null}"#))
    );
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["application/json"]));
    let answer = answered(iam.answer(request("GET", "/findings", "", &[]), now()).await, false).await;
    assert_eq!(
        (answer["headers"]["content-type"].as_str(), &answer["cookies"]),
        (Some("application/json"), &json!([]))
    );
}

#[tokio::test]
async fn hostile_events_are_answered() {
    let iam = front(&Authorization::Iam { is_tried: true }).await;
    for (path, query) in
        [("/findings", "severity=<script>\"\u{7f}é"), ("/%ff%fe", ""), ("/é/\u{1}", "a=\u{0}"), ("/apis/ /x", "%%%")]
    {
        let status = iam.answer(request("GET", path, query, &[("accept", "text/html\u{1}")]), now()).await.status();
        assert!(status.is_client_error(), "{path}?{query}: {status}");
    }
    for event in [
        json!(null),
        json!({}),
        json!({ "httpMethod": 1 }),
        json!({ "requestContext": { "http": {} } }),
        json!({ "requestContext": { "http": { "method": "G T" } }, "rawPath": "/" }),
        json!({ "describe": false }),
        json!([1]),
    ] {
        assert!(Event::read(event.clone()).is_err(), "{event}");
    }
    assert!(matches!(Event::read(json!({ "describe": true })), Ok(Event::DescribeWidget)));
    assert!(matches!(Event::read(json!({ "widgetContext": { "dashboardName": "d" } })), Ok(Event::Widget)));
}
