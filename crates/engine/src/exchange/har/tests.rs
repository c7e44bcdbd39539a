//! Archives as Chrome and Firefox export them.

use super::*;

/// An archive with entries of these methods, URLs and statuses.
fn archive(entries: &[(&str, &str, u16)]) -> String {
    let entry = |(method, url, status): &(&str, &str, u16)| serde_json::json!({ "request": { "method": method, "url": url, "headers": [] }, "response": { "status": status, "headers": [] } });
    serde_json::json!({ "log": { "entries": entries.iter().map(entry).collect::<Vec<_>>() } }).to_string()
}

const API: &str = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev";
const LEFT_OUT: &str = "browsers leave `Authorization` and `Cookie` out of an archive unless it is exported with sensitive data: the request may have had them";

#[test]
fn an_entry_of_chrome_s_is_read() {
    let text = serde_json::json!({ "log": { "creator": { "name": "WebInspector" }, "entries": [ { "time": 52.7,
        "request": { "method": "POST", "url": format!("{API}/orders?limit=10"), "httpVersion": "h2",
            "headers": [ { "name": ":method", "value": "POST" }, { "name": "content-type", "value": "application/json" } ],
            "postData": { "mimeType": "application/json", "text": "{\"a\":1}" } },
        "response": { "status": 403, "headers": [ { "name": "x-amz-apigw-id", "value": "abc=" } ],
            "content": { "text": "eyJtZXNzYWdlIjoiRm9yYmlkZGVuIn0=", "encoding": "base64" } } } ] } });
    let reading = read(&text.to_string(), None).unwrap();
    let request = &reading.exchange.request;
    assert_eq!(
        (request.method.as_str(), request.url.parameter("limit"), request.body.text()),
        ("POST", Some("10"), Some("{\"a\":1}"))
    );
    assert_eq!(request.headers.told(), Headers(vec![("content-type".to_owned(), "application/json".to_owned())]));
    let may_have = ["authorization", "Cookie", "x-api-key"].map(|name| request.headers.may_have(name));
    assert_eq!((may_have, request.headers.has("authorization")), ([true, true, false], false));
    assert_eq!(request.client.elapsed_ms, Some(53));
    let response = reading.exchange.response.unwrap();
    assert_eq!(
        (response.status, response.body.as_str(), response.headers.get("X-Amz-Apigw-Id")),
        (403, "{\"message\":\"Forbidden\"}", Some("abc="))
    );
    assert_eq!(reading.notes, [LEFT_OUT]);
}

#[test]
fn an_entry_of_firefox_s_is_read() {
    let text = serde_json::json!({ "log": { "creator": { "name": "Firefox" }, "entries": [ { "time": 12,
        "request": { "method": "POST", "url": "https://api.example.com/orders", "httpVersion": "HTTP/2",
            "headers": [ { "name": "Host", "value": "api.example.com" }, { "name": "Authorization", "value": "Bearer x.y.z" } ],
            "postData": { "mimeType": "application/x-www-form-urlencoded", "text": "", "params": [ { "name": "a", "value": "1" }, { "name": "b", "value": "2" } ] } },
        "response": { "status": 0, "headers": [], "content": { "mimeType": "text/plain", "size": 0 } } } ] } });
    let reading = read(&text.to_string(), None).unwrap();
    let request = &reading.exchange.request;
    assert_eq!((request.headers.get("authorization"), request.body.text()), (Some("Bearer x.y.z"), Some("a=1&b=2")));
    let response = reading.exchange.response.unwrap();
    assert_eq!((response.status, response.body.as_str()), (0, ""));
    assert_eq!(reading.notes, [""; 0]);
}

#[test]
fn a_body_that_an_archive_leaves_out_is_not_absent() {
    let table = [
        (serde_json::json!({ "bodySize": 0 }), Body::Absent),
        (serde_json::json!({ "bodySize": -1 }), Body::Absent),
        (serde_json::json!({ "bodySize": 7 }), Body::NotRead),
        (serde_json::json!({ "postData": { "mimeType": "image/png", "text": "" }, "bodySize": 7 }), Body::NotRead),
        (
            serde_json::json!({ "postData": { "params": [ { "name": "a", "value": "1" }, { "name": "f", "fileName": "a.png" } ] } }),
            Body::NotRead,
        ),
        (
            serde_json::json!({ "postData": { "params": [ { "name": "a", "value": "1" } ] }, "bodySize": 3 }),
            Body::Text("a=1".to_owned()),
        ),
    ];
    for (mut request, expected) in table {
        let members = request.as_object_mut().unwrap();
        members.insert("method".to_owned(), "POST".into());
        members.insert("url".to_owned(), API.into());
        members.insert("headers".to_owned(), serde_json::json!([{ "name": "Cookie", "value": "a" }]));
        let entry = serde_json::json!({ "request": request });
        assert_eq!(read(&entry.to_string(), None).unwrap().exchange.request.body, expected, "{entry}");
    }
}

#[test]
fn without_an_answer_the_body_is_chrome_s_own_error() {
    let text = serde_json::json!({ "request": { "method": "GET", "url": API, "headers": [ { "name": "Cookie", "value": "a" } ] },
        "response": { "status": 0, "_error": "net::ERR_NAME_NOT_RESOLVED", "headers": [], "content": {} } });
    let reading = read(&text.to_string(), None).unwrap();
    assert_eq!(reading.exchange.response.unwrap().body, "net::ERR_NAME_NOT_RESOLVED");
}

#[test]
fn the_entry_that_failed_on_aws_is_chosen() {
    let text = archive(&[
        ("GET", "https://app.example.com/none", 404),
        ("OPTIONS", API, 200),
        ("GET", API, 403),
        ("GET", API, 500),
    ]);
    let chosen = |number| read(&text, number).unwrap();
    assert_eq!(chosen(None).exchange.response.unwrap().status, 403);
    assert_eq!(chosen(None).notes, ["entry 3 of 4 was read, the first one that failed on an AWS host", LEFT_OUT]);
    assert_eq!(chosen(Some(1)).exchange.response.unwrap().status, 404);
    assert_eq!(chosen(Some(4)).exchange.response.unwrap().status, 500);
    assert_eq!(chosen(Some(4)).notes, [LEFT_OUT]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let several = archive(&[
        ("GET", "https://a.example.com/1?token=secret", 404),
        ("GET", "data:text/plain,secret", 200),
        ("GET", API, 200),
    ]);
    let many = archive(&[("GET", "https://a.example.com/", 200); 12]);
    let list = "1 GET https://a.example.com/ 200, 2 GET https://a.example.com/ 200, 3 GET https://a.example.com/ 200, 4 GET https://a.example.com/ 200, \
                5 GET https://a.example.com/ 200, 6 GET https://a.example.com/ 200, 7 GET https://a.example.com/ 200, 8 GET https://a.example.com/ 200, \
                9 GET https://a.example.com/ 200, 10 GET https://a.example.com/ 200, and 2 more";
    let choose = |count: usize, list: &str| {
        format!(
            "it has {count} requests, and none of them is the one that failed on an AWS host: choose one with --entry N: {list}"
        )
    };
    let table = [
        ("{", None, "not JSON: EOF while parsing an object at line 1 column 1".to_owned()),
        ("{}", None, "`log.entries` is missing: this is no HTTP archive".to_owned()),
        (r#"{"log":{"entries":[]}}"#, None, "there is no request in it".to_owned()),
        (&several, Some(0), "there is no entry 0: it has 3".to_owned()),
        (&several, Some(4), "there is no entry 4: it has 3".to_owned()),
        (&several, Some(2), "entry 2: `data:text/plain,secret` is no URL: it does not begin with https://".to_owned()),
        (&several, None, choose(3, &format!("1 GET https://a.example.com/1 404, 2 (not readable), 3 GET {API} 200"))),
        (&many, None, choose(12, list)),
        (
            r#"{"log":{"entries":[{"request":{"url":"https://a.example.com"}}]}}"#,
            None,
            "entry 1 has no `request.method`".to_owned(),
        ),
    ];
    for (text, number, expected) in table {
        assert_eq!(read(text, number).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn the_sign_in_before_the_exchange_of_its_code_is_kept() {
    const POOL: &str = "https://shop.auth.eu-west-1.amazoncognito.com";
    let authorize = |host: &str, client: &str, code: Option<&str>| {
        let location = code.map(
            |code| serde_json::json!({ "name": "Location", "value": format!("https://a.example.com/?code={code}") }),
        );
        serde_json::json!({ "request": { "method": "GET", "url": format!("{host}/oauth2/authorize?client_id={client}"), "headers": [] },
            "response": { "status": 302, "headers": location.into_iter().collect::<Vec<_>>() } })
    };
    let token = |path: &str| {
        serde_json::json!({ "request": { "method": "POST", "url": format!("{POOL}{path}"), "headers": [],
        "postData": { "text": "grant_type=authorization_code&code=c1&client_id=a" } }, "response": { "status": 400, "headers": [] } })
    };
    let (exchanged, other) = ("/oauth2/token", "https://own.auth.eu-west-1.amazoncognito.com");
    for (entries, expected) in [
        (vec![authorize(POOL, "a", Some("c1")), token(exchanged)], Some("a")),
        // With pages between, the answer to `authorize` has no code yet.
        (vec![authorize(POOL, "a", None), token(exchanged)], Some("a")),
        (vec![authorize(POOL, "a", Some("c1")), authorize(POOL, "b", None), token(exchanged)], Some("a")),
        // Which of two it was does not show, or that it was another.
        (vec![authorize(POOL, "a", None), authorize(POOL, "b", None), token(exchanged)], None),
        (vec![authorize(POOL, "a", Some("c2")), token(exchanged)], None),
        (vec![authorize(other, "a", Some("c2")), token(exchanged)], None),
        (vec![token(exchanged), authorize(POOL, "a", Some("c1"))], None),
        (vec![authorize(POOL, "a", Some("c1")), token("/oauth2/revoke")], None),
    ] {
        let text = serde_json::json!({ "log": { "entries": entries } }).to_string();
        let reading = read(&text, None).unwrap();
        let asked = reading.exchange.request.client.signed_in_at;
        assert_eq!(asked.as_ref().and_then(|url| url.parameter("client_id")), expected, "{text}");
    }
}
