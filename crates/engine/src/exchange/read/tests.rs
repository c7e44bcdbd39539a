//! Each form is known by itself.

use super::*;

#[test]
fn each_form_is_known_by_itself() {
    let table = [
        r#"{"method":"GET","url":"https://a.example.com/dev"}"#,
        r#"{"request":{"method":"GET","url":"https://a.example.com/dev","headers":{}},"response":null}"#,
        r#"{"method":"GET","url":"https://a.example.com/dev","log":{},"item":[],"request":1}"#,
        r#"{"name":"a","request":{"method":"GET","url":"https://a.example.com/dev"},"response":[]}"#,
        r#"{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example.com/dev","headers":[]}}]}}"#,
        r#"{"request":{"method":"GET","url":"https://a.example.com/dev","headers":[]},"response":{"status":403}}"#,
        r#"{"info":{},"item":[{"request":{"method":"GET","url":"https://a.example.com/dev"}}]}"#,
        r#"{"name":"a","request":{"method":"GET","header":[],"url":{"raw":"https://a.example.com/dev"}}}"#,
        "\u{feff}\n  GET /dev HTTP/1.1\nHost: a.example.com\n",
        "> GET /dev HTTP/2\n> Host: a.example.com\n>\n",
        "curl https://a.example.com/dev",
        "$ curl https://a.example.com/dev",
    ];
    for text in table {
        let request = read(text, None).unwrap_or_else(|error| panic!("{text}: {error}")).exchange.request;
        assert_eq!(
            (request.method.as_str(), request.url.without_query().as_str()),
            ("GET", "https://a.example.com/dev"),
            "{text}"
        );
    }
}

#[test]
fn members_that_mean_nothing_are_noted() {
    let has = "is not known, and was passed over: it has";
    let request = "method, url, headers, body, client";
    let table = [
        (
            r#"{"method":"GET","url":"https://a.example.com","header":{"A":"secret"}}"#,
            vec![format!("`header` of `request` {has} {request}")],
        ),
        (
            r#"{"request":{"method":"GET","url":"https://a.example.com","client":{"ip":"x"}},"respons":{}}"#,
            vec![
                format!("`respons` of the document {has} request, response"),
                format!(
                    "`ip` of `request.client` {has} sourceIp, vpcId, securityGroups, elapsedMs, tlsClientCertificate"
                ),
            ],
        ),
        (r#"{"request":{"method":"GET","url":"https://a.example.com","body":null},"response":null}"#, Vec::new()),
    ];
    for (text, expected) in table {
        assert_eq!(read(text, None).unwrap().notes, expected, "{text}");
    }
}

#[test]
fn a_response_is_json_or_a_message() {
    for text in [r#"{"status":403,"body":"x"}"#, "HTTP/1.1 403 Forbidden\n\nx"] {
        let response = read_response(text).unwrap();
        assert_eq!((response.status, response.body.as_str()), (403, "x"), "{text}");
    }
}

#[test]
fn errors_say_which_form_it_is() {
    let table = [
        (" \n", "there is nothing in it"),
        (
            "hello secret",
            "it is neither JSON, an HTTP archive, a Postman collection, an HTTP message nor a curl command",
        ),
        ("{\"method\":", "not JSON: EOF while parsing a value at line 1 column 10"),
        ("{}", "`method` is missing"),
        ("[]", "`the request` is a list, where an object has to stand"),
        (r#"{"log":{}}"#, "HTTP archive: `log.entries` is missing: this is no HTTP archive"),
        (r#"{"item":[]}"#, "Postman: there is no request in it"),
        ("curl -s", "curl: the command has no URL"),
        (
            "GET / HTTP/1.1\n",
            "HTTP message: the request has no `Host` header: add one, or write the whole URL in the request line",
        ),
        (r#"{"method":"G T","url":"https://a.example.com/"}"#, "`method` is not one word of HTTP, such as GET"),
        ("curl -X 'G T' https://a.example.com/", "its method is not one word of HTTP"),
    ];
    for (text, expected) in table {
        assert_eq!(read(text, None).unwrap_err().to_string(), expected, "{text}");
    }
    assert_eq!(read_response("").unwrap_err().to_string(), "there is nothing in it");
    assert_eq!(
        read_response("HTTP/1.1 x").unwrap_err().to_string(),
        "HTTP message: line 1 is no status line: it is `HTTP/1.1` and a number"
    );
    assert_eq!(read_response("{}").unwrap_err().to_string(), "`status` is missing");
}
