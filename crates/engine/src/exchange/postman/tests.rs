//! Collections and requests as Postman exports them.

use super::*;
use crate::exchange::authorization::Authorization;
use serde_json::json;

fn request(value: &Value) -> Reading {
    document(value, None).unwrap()
}

#[test]
fn a_request_of_a_collection_is_read_with_what_it_inherits() {
    let value = json!({ "info": { "name": "orders" },
        "auth": { "type": "bearer", "bearer": [ { "key": "token", "value": "{{token}}" } ] },
        "variable": [ { "key": "base", "value": "https://api.example.com/dev" }, { "key": "token", "value": "abc" } ],
        "item": [ { "name": "folder", "item": [ { "name": "create", "request": { "method": "POST",
            "header": [ { "key": "X-Tenant", "value": "{{ tenant }}" }, { "key": "X-Off", "value": "x", "disabled": true } ],
            "body": { "mode": "raw", "raw": "{\"a\":1}", "options": { "raw": { "language": "json" } } },
            "url": { "raw": "{{base}}/orders/:id/:line?q=a b", "variable": [ { "key": "id", "value": "42" }, { "key": "line", "value": "" } ] } } } ] } ] });
    let reading = request(&value);
    let read = &reading.exchange.request;
    assert_eq!(
        (read.method.as_str(), read.url.path.as_str(), read.url.parameter("q")),
        ("POST", "/dev/orders/42/:line", Some("a%20b"))
    );
    let headers: Vec<(&str, &str)> =
        read.headers.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let unread = unknown::unknown("{{ tenant }}");
    assert_eq!(
        headers,
        [("X-Tenant", unread.as_str()), ("Authorization", "Bearer abc"), ("Content-Type", "application/json")]
    );
    assert_eq!(read.body.text(), Some("{\"a\":1}"));
    assert_eq!(
        reading.notes,
        ["the request has variables of an environment that is not in the file: their values were not read"]
    );
}

#[test]
fn a_request_may_stand_alone() {
    let table = [
        (
            json!({ "name": "a", "request": { "method": "GET", "header": [], "url": "https://api.example.com/a" } }),
            "GET https://api.example.com/a",
        ),
        (
            json!({ "method": "PUT", "header": "A: b\nC: d", "url": { "raw": "https://api.example.com/a" } }),
            "PUT https://api.example.com/a",
        ),
        (
            json!({ "url": { "protocol": "https", "host": ["api", "example", "com"], "path": ["a", "b"] } }),
            "GET https://api.example.com/a/b",
        ),
    ];
    for (value, expected) in table {
        assert!(is_postman(&value));
        let read = request(&value).exchange.request;
        assert_eq!(format!("{} {}", read.method, read.url.without_query()), expected);
    }
}

#[test]
fn kinds_of_authorization_become_what_postman_sends() {
    let with = |auth: Value| request(&json!({ "header": [], "url": "https://api.example.com/a", "auth": auth }));
    let headers = |auth: Value| {
        let list = with(auth).exchange.request.headers.0;
        list.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert_eq!(headers(json!({ "type": "noauth" })), [""; 0]);
    assert_eq!(
        headers(
            json!({ "type": "basic", "basic": [ { "key": "username", "value": "user" }, { "key": "password", "value": "pass" } ] })
        ),
        ["Authorization: Basic dXNlcjpwYXNz"]
    );
    assert_eq!(
        headers(
            json!({ "type": "apikey", "apikey": [ { "key": "key", "value": "x-api-key" }, { "key": "value", "value": "abc" } ] })
        ),
        ["x-api-key: abc"]
    );
    assert_eq!(
        headers(json!({ "type": "oauth2", "oauth2": [ { "key": "accessToken", "value": "abc" } ] })),
        ["Authorization: Bearer abc"]
    );
    let reading = with(json!({ "type": "apikey", "apikey": { "key": "api key", "value": "a b", "in": "query" } }));
    assert_eq!(reading.exchange.request.url.query, [("api%20key".to_owned(), "a%20b".to_owned())]);
    assert_eq!(
        with(json!({ "type": "hawk" })).notes,
        ["the request's kind of authorization is not known here: what Postman sends for it was not read"]
    );
    let reading = with(
        json!({ "type": "awsv4", "awsv4": [ { "key": "accessKey", "value": "ASIAIOSFODNN7EXAMPLE" }, { "key": "sessionToken", "value": "t" }, { "key": "region", "value": "eu-west-1" } ] }),
    );
    let Authorization::SigV4(signature) = Authorization::of(&reading.exchange.request) else { panic!("no signature") };
    assert_eq!((signature.region.as_deref(), signature.service.as_deref()), (Some("eu-west-1"), Some("execute-api")));
    assert_eq!((signature.has_session_token, signature.is_made_at_sending), (true, true));
}

#[test]
fn bodies_are_read_where_they_are_in_the_file() {
    let with = |body: Value| {
        let reading =
            request(&json!({ "method": "POST", "header": [], "url": "https://api.example.com/a", "body": body }));
        (
            reading.exchange.request.body,
            reading.exchange.request.headers.get("content-type").map(str::to_owned),
            reading.notes.len(),
        )
    };
    let some = |text: &str| Body::Text(text.to_owned());
    let kind = |text: &str| Some(text.to_owned());
    assert_eq!(with(json!({ "mode": "raw", "raw": "a" })), (some("a"), kind("text/plain"), 0));
    assert_eq!(with(json!({ "mode": "raw", "raw": "" })), (Body::Absent, None, 0));
    assert_eq!(
        with(
            json!({ "mode": "urlencoded", "urlencoded": [ { "key": "a", "value": "b c" }, { "key": "d", "value": "e" } ] })
        ),
        (some("a=b%20c&d=e"), kind("application/x-www-form-urlencoded"), 0)
    );
    assert_eq!(
        with(json!({ "mode": "graphql", "graphql": { "query": "{a}" } })),
        (some("{\"query\":\"{a}\"}"), kind("application/json"), 0)
    );
    assert_eq!(with(json!({ "mode": "file", "file": { "src": "a" } })), (Body::NotRead, None, 1));
    assert_eq!(with(json!({ "mode": "raw", "raw": "{\"id\":{{id}}}" })), (Body::NotRead, kind("text/plain"), 1));
    let form = json!({ "mode": "urlencoded", "urlencoded": [ { "key": "a", "value": "{{id}}" } ] });
    assert_eq!(with(form), (Body::NotRead, kind("application/x-www-form-urlencoded"), 1));
    assert_eq!(with(json!({ "mode": "formdata", "formdata": [] })), (Body::NotRead, kind("multipart/form-data"), 1));
}

#[test]
fn what_cannot_be_read_is_said() {
    let item = |url: &str| json!({ "request": { "method": "GET", "url": url } });
    let two = json!({ "item": [item("https://a.example.com/1?key=secret"), item("{{base}}/2")] });
    let table = [
        (json!({ "item": [] }), None, "there is no request in it"),
        (
            two.clone(),
            None,
            "it has 2 requests, and none of them is the one that failed on an AWS host: choose one with --entry N: 1 GET https://a.example.com/1, 2 (not readable)",
        ),
        (two.clone(), Some(3), "there is no entry 3: it has 2"),
        (two.clone(), Some(2), "request 2: `{{base}}/2` is no URL: it does not begin with https://"),
    ];
    for (value, number, expected) in table {
        assert_eq!(document(&value, number).unwrap_err().to_string(), expected);
    }
    assert_eq!(document(&two, Some(1)).unwrap().exchange.request.url.path, "/1");
}
