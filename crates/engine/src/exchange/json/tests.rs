//! What requests and responses in JSON are, and what is said of those that are none.

use super::*;

fn headers_of(headers: &Headers) -> Vec<(&str, &str)> {
    headers.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn a_request_is_read_with_all_its_members() {
    let request = read_request(
        r#"{ "method": "POST", "url": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev/orders?a=1",
             "headers": { "Content-Type": "application/json", "Cookie": ["a=1", "b=2"], "X-Retry": 3, "X-Gone": null },
             "body": "{}", "unknown": [1],
             "client": { "sourceIp": "198.51.100.7", "vpcId": "vpc-1", "securityGroups": ["sg-1"], "elapsedMs": 30021.4,
                         "tlsClientCertificate": null } }"#,
    )
    .unwrap();
    assert_eq!((request.method.as_str(), request.body.text()), ("POST", Some("{}")));
    assert_eq!(request.url.path, "/dev/orders");
    assert_eq!(
        headers_of(&request.headers),
        [("Content-Type", "application/json"), ("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Retry", "3")]
    );
    let expected = Client {
        source_ip: Some("198.51.100.7".parse().unwrap()),
        vpc_id: Some("vpc-1".to_owned()),
        security_groups: vec!["sg-1".to_owned()],
        elapsed_ms: Some(30021),
        has_tls_certificate: Some(false),
        signs_with: None,
        signed_in_at: None,
    };
    assert_eq!(request.client, expected);
}

#[test]
fn what_is_not_said_is_not_known() {
    let request = read_request(r#"{ "method": " get ", "url": "https://api.example.com" }"#).unwrap();
    assert_eq!((request.method.as_str(), request.body.text()), ("get", None));
    assert_eq!(request.headers, Headers::default());
    assert_eq!(request.client, Client::default());
    let request = read_request(
        r#"{ "method": "GET", "url": "https://api.example.com", "headers": null, "body": null, "client": null }"#,
    )
    .unwrap();
    assert_eq!((request.client, request.body), (Client::default(), Body::Absent));
}

#[test]
fn a_certificate_may_be_told_in_several_ways() {
    let told = |certificate: &str| {
        let text = format!(
            r#"{{"method":"GET","url":"https://a.example.com","client":{{"tlsClientCertificate":{certificate}}}}}"#
        );
        read_request(&text).unwrap().client.has_tls_certificate
    };
    assert_eq!(told("null"), Some(false));
    assert_eq!(told("false"), Some(false));
    assert_eq!(told("true"), Some(true));
    assert_eq!(told(r#""CN=client""#), Some(true));
    assert_eq!(told(r#"{"subject":"CN=client"}"#), Some(true));
}

#[test]
fn a_response_is_read_with_or_without_an_answer() {
    let response = read_response(
        "\u{feff}{\"status\": 403, \"headers\": {\"Set-Cookie\": [\"a=1\", \"b=2\"]}, \"body\": {\"message\": \"Forbidden\"}}",
    )
    .unwrap();
    assert_eq!((response.status, response.body.as_str()), (403, r#"{"message":"Forbidden"}"#));
    assert_eq!(headers_of(&response.headers), [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]);
    let response = read_response(r#"{"status": 0, "body": "Could not resolve host"}"#).unwrap();
    assert_eq!((response.status, response.body.as_str()), (0, "Could not resolve host"));
}

#[test]
fn a_request_and_its_response_may_come_in_one_document() {
    let value = serde_json::json!({ "request": { "method": "GET", "url": "https://a.example.com/" }, "response": { "status": 403 } });
    let read = exchange(&value).unwrap();
    assert_eq!((read.request.method.as_str(), read.response.unwrap().status), ("GET", 403));
    let value =
        serde_json::json!({ "request": { "method": "GET", "url": "https://a.example.com/" }, "response": null });
    assert!(exchange(&value).unwrap().response.is_none());
    assert_eq!(exchange(&serde_json::json!({})).unwrap_err().to_string(), "`request` is missing");
}

#[test]
fn errors_name_the_member_and_no_value() {
    let table = [
        ("{", "not JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", "`the request` is a list, where an object has to stand"),
        ("{}", "`method` is missing"),
        (r#"{"method":" "}"#, "`method` is missing"),
        (r#"{"method":7}"#, "`method` is a number, where a text has to stand"),
        (r#"{"method":"GET"}"#, "`url` is missing"),
        (
            r#"{"method":"GET","url":"ftp://secret.example.com"}"#,
            "`url`: `ftp` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs",
        ),
        (
            r#"{"method":"GET","url":"https://a.example.com","headers":[]}"#,
            "`headers` is a list, where an object has to stand",
        ),
        (
            r#"{"method":"GET","url":"https://a.example.com","headers":{"Authorization":{"a":"secret"}}}"#,
            "`headers.Authorization` is an object, where a text or a list of texts has to stand",
        ),
        (
            r#"{"method":"GET","url":"https://a.example.com","client":{"sourceIp":"secret"}}"#,
            "`client.sourceIp` is another text, where an IP address has to stand",
        ),
        (
            r#"{"method":"GET","url":"https://a.example.com","client":{"elapsedMs":-1}}"#,
            "`client.elapsedMs` is a number, where a number of milliseconds from 0 has to stand",
        ),
        (
            r#"{"method":"GET","url":"https://a.example.com","client":{"securityGroups":[1]}}"#,
            "`client.securityGroups` is a list, where a list of texts has to stand",
        ),
    ];
    for (text, error) in table {
        assert_eq!(read_request(text).unwrap_err().to_string(), error, "{text}");
    }
    let table = [
        ("{}", "`status` is missing"),
        (r#"{"status":"403"}"#, "`status` is a text, where a number from 0 to 999 has to stand"),
        (r#"{"status":-1}"#, "`status` is a number, where a number from 0 to 999 has to stand"),
        (r#"{"status":1000}"#, "`status` is a number, where a number from 0 to 999 has to stand"),
    ];
    for (text, error) in table {
        assert_eq!(read_response(text).unwrap_err().to_string(), error, "{text}");
    }
}
