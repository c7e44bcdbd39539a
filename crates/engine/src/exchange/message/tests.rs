//! Messages as they stand in documents, editors and what `curl -v` prints.

use super::*;

#[test]
fn a_request_is_read_with_its_body() {
    let reading = read("\r\nPOST /oauth2/token?a=1 HTTP/1.1\r\nHost: demo.auth.eu-west-1.amazoncognito.com\r\nX-Folded: one\r\n  two\r\nX-Empty:\r\n\r\na=1\r\n\r\nb=2\r\n").unwrap();
    let request = &reading.exchange.request;
    assert_eq!(
        (request.method.as_str(), request.url.without_query().as_str()),
        ("POST", "https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token")
    );
    assert_eq!((request.headers.get("x-folded"), request.headers.get("x-empty")), (Some("one two"), Some("")));
    assert_eq!(request.body.text(), Some("a=1\n\nb=2"));
    assert_eq!(reading.notes, ["the message does not say whether it goes over TLS: https was assumed"]);
}

#[test]
fn the_url_is_told_in_several_ways() {
    let table = [
        ("GET /dev HTTP/1.1\nhost: a.example.com:8443\n", "https://a.example.com:8443/dev"),
        ("GET https://a.example.com/dev HTTP/1.1\n\n", "https://a.example.com/dev"),
        ("GET http://a.example.com/dev\nHost: b.example.com", "http://a.example.com/dev"),
        ("GET /a://b HTTP/1.1\nHost: a.example.com", "https://a.example.com/a://b"),
        (
            ":authority: a.example.com\n:method: GET\n:path: /dev\n:scheme: https\naccept: */*",
            "https://a.example.com/dev",
        ),
    ];
    for (text, expected) in table {
        assert!(is_request(text), "{text}");
        let request = read(text).unwrap().exchange.request;
        assert_eq!(
            (request.method.as_str(), request.url.without_query().as_str(), request.body),
            ("GET", expected, Body::Absent),
            "{text}"
        );
    }
}

#[test]
fn a_response_is_read() {
    let response = read_response("HTTP/2 403 \r\ncontent-type: application/json\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\n{\"message\":\"Forbidden\"}\n").unwrap();
    assert_eq!((response.status, response.body.as_str()), (403, "{\"message\":\"Forbidden\"}"));
    assert_eq!(response.headers.all("Set-Cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    let response = read_response(
        "HTTP/1.1 200 Connection established\n\nHTTP/1.1 100 Continue\n\nHTTP/1.1 404 Not Found\nA: b\n\nx",
    )
    .unwrap();
    assert_eq!((response.status, response.body.as_str(), response.headers.get("a")), (404, "x", Some("b")));
    let response = read_response("HTTP/1.1 500\n").unwrap();
    assert_eq!((response.status, response.body.as_str()), (500, ""));
}

#[test]
fn what_curl_prints_is_read_on_both_sides() {
    let reading = read(
        "*   Trying 10.0.0.1:443...\n> GET /dev/old HTTP/2\n> Host: a.example.com\n>\n< HTTP/2 301\n< location: /dev/orders\n<\n\
         * Issue another request\n> GET /dev/orders?a=1 HTTP/2\n> Host: a.example.com\n> Accept: */*\n> \n{ [5 bytes data]\n< HTTP/2 403 \n\
         < x-amzn-errortype: ForbiddenException\n< \n{ [23 bytes data]\n* Connection #0 left intact\n{\"message\":\"Forbidden\"}\n",
    )
    .unwrap();
    let request = &reading.exchange.request;
    assert_eq!(
        (request.url.path.as_str(), request.headers.get("accept"), request.url.parameter("a")),
        ("/dev/orders", Some("*/*"), Some("1"))
    );
    let response = reading.exchange.response.unwrap();
    assert_eq!((response.status, response.body.as_str()), (403, "{\"message\":\"Forbidden\"}"));
    assert_eq!(response.headers.get("x-amzn-errortype"), Some("ForbiddenException"));
    assert_eq!((&request.body, reading.notes.len()), (&Body::Absent, 0));
    let reading = read("> POST /dev HTTP/2\n> Host: a.example.com\n> content-length: 7\n>\n").unwrap();
    assert_eq!(reading.exchange.request.body, Body::NotRead);
    assert_eq!(reading.notes, ["`curl -v` does not print the request's body: it is unknown"]);
}

#[test]
fn what_is_no_message_is_said_with_its_line() {
    let table = [
        ("hello", "line 1 is no request line: it is a method, a path and `HTTP/1.1`"),
        ("\nGET\n", "line 2 is no request line: it is a method, a path and `HTTP/1.1`"),
        (
            "GET /dev HTTP/1.1\n",
            "the request has no `Host` header: add one, or write the whole URL in the request line",
        ),
        (
            "GET /dev HTTP/1.1\nHost: a.example.com\nsecret\n",
            "line 3 is no header: it is a name, a colon and a value; an empty line stands before the body",
        ),
        (
            "GET /dev HTTP/1.1\n secret\n",
            "line 2 is no header: it is a name, a colon and a value; an empty line stands before the body",
        ),
        (
            "GET /dev HTTP/1.1\nHost: {api}\n",
            "the host `{api}` still has a placeholder in it: put the API's id, the region or the name in its place",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
    for text in ["HTTP/1.1", "HTTP/1.1 abc", "HTTP/1.1 99", "FTP/1 200", ""] {
        assert_eq!(read_response(text).unwrap_err(), MessageError::StatusLine(1), "{text}");
    }
}
