//! URLs as people paste them.

use super::*;

/// Scheme, host, port, path and query of a URL, written anew.
fn parts(text: &str) -> String {
    let url = Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let query: Vec<String> = url.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let port = url.port.map(|port| port.to_string()).unwrap_or_default();
    format!("{} | {} | {port} | {} | {}", url.scheme, url.host, url.path, query.join(" & "))
}

#[test]
fn urls_are_taken_apart_unchanged() {
    let table = [
        ("https://api.example.com/dev/orders", "https | api.example.com |  | /dev/orders | "),
        ("HTTPS://API.Example.com/Dev/Orders", "https | api.example.com |  | /Dev/Orders | "),
        ("https://api.example.com", "https | api.example.com |  |  | "),
        ("https://api.example.com/", "https | api.example.com |  | / | "),
        ("https://api.example.com?a=1", "https | api.example.com |  |  | a=1"),
        ("https://api.example.com/?", "https | api.example.com |  | / | "),
        ("https://api.example.com/a?b=c=d&&e&f=%20+", "https | api.example.com |  | /a | b=c=d & e= & f=%20+"),
        ("https://api.example.com/a?b=?/c", "https | api.example.com |  | /a | b=?/c"),
        ("https://api.example.com/a#b?c", "https | api.example.com |  | /a | "),
        ("https://api.example.com#b/c", "https | api.example.com |  |  | "),
        ("https://api.example.com:8443/a", "https | api.example.com | 8443 | /a | "),
        ("https://api.example.com:/a", "https | api.example.com |  | /a | "),
        ("https://user:pa:ss@api.example.com:443/a", "https | api.example.com | 443 | /a | "),
        ("https://user@mail@api.example.com/a", "https | api.example.com |  | /a | "),
        ("https://api.example.com/@connections/a=", "https | api.example.com |  | /@connections/a= | "),
        ("https://api.example.com//a//b/", "https | api.example.com |  | //a//b/ | "),
        ("https://api.example.com/a%2Fb/%7Bid%7D", "https | api.example.com |  | /a%2Fb/%7Bid%7D | "),
        ("https://api.example.com/notes‘x’", "https | api.example.com |  | /notes‘x’ | "),
        ("https://api.example.com/a://b", "https | api.example.com |  | /a://b | "),
        (
            "wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/dev",
            "wss | a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com |  | /dev | ",
        ),
        ("http://localhost:3000/a", "http | localhost | 3000 | /a | "),
        ("http://127.0.0.1:3000", "http | 127.0.0.1 | 3000 |  | "),
        ("http://[::1]:3000/a", "http | [::1] | 3000 | /a | "),
        ("https://[2001:DB8::1]/a", "https | [2001:db8::1] |  | /a | "),
        ("https://xn--bcher-kva.example/a", "https | xn--bcher-kva.example |  | /a | "),
        ("https://api.example.com./a", "https | api.example.com. |  | /a | "),
        ("https://my_api.example.com/a", "https | my_api.example.com |  | /a | "),
    ];
    for (text, expected) in table {
        assert_eq!(parts(text), expected, "{text}");
    }
}

#[test]
fn what_stands_around_a_url_is_left_out() {
    for text in [
        "  https://api.example.com/a?b=c\r\n",
        "\"https://api.example.com/a?b=c\"",
        "'https://api.example.com/a?b=c'",
        "`https://api.example.com/a?b=c`",
        "“https://api.example.com/a?b=c”",
        "‘https://api.example.com/a?b=c’",
        "<https://api.example.com/a?b=c>",
        "'\"https://api.example.com/a?b=c\"'",
        "\u{feff}https://api.example.com/a?b=c",
        "api.example.com/a?b=c",
    ] {
        assert_eq!(parts(text), "https | api.example.com |  | /a | b=c", "{text}");
    }
}

#[test]
fn a_name_with_a_dot_is_a_host_without_a_scheme() {
    assert_eq!(
        parts("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"),
        "https | a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com |  |  | "
    );
    assert_eq!(parts("api.example.com:8443/a?b=https://c"), "https | api.example.com | 8443 | /a | b=https://c");
}

#[test]
fn what_is_no_url_is_said_without_its_secrets() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln";
    let table = [
        ("", "the URL is empty"),
        ("  \"\" ", "the URL is empty"),
        ("/dev/orders?token=secret", "`/dev/orders` is no URL: it does not begin with https://"),
        ("orders", "`orders` is no URL: it does not begin with https://"),
        ("localhost:3000/a", "`localhost:3000/a` is no URL: it does not begin with https://"),
        ("https:/api.example.com/a", "`https:/api.example.com/a` is no URL: it does not begin with https://"),
        ("user:secret@host/a", "`user:secret` is no URL: it does not begin with https://"),
        (token, "`…` is no URL: it does not begin with https://"),
        ("ftp://api.example.com", "`ftp` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs"),
        ("://api.example.com", "`` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs"),
        ("https://", "`` is no host name"),
        ("https:///a", "`` is no host name"),
        ("https://api..example.com/a", "`api..example.com` is no host name"),
        ("https://.example.com/a", "`.example.com` is no host name"),
        ("https://api,example.com/a", "`api,example.com` is no host name"),
        ("https://[::1", "`[::1` is no host name"),
        ("https://[a]/a", "`[a]` is no host name"),
        ("https://api.example.com:70000/", "the port after `api.example.com` is no number from 1 to 65535"),
        ("https://api.example.com:0/", "the port after `api.example.com` is no number from 1 to 65535"),
        ("https://api.example.com:secret/", "the port after `api.example.com` is no number from 1 to 65535"),
        ("https://api.example.com:+80/", "the port after `api.example.com` is no number from 1 to 65535"),
        ("https://[::1]80/", "the port after `[::1]` is no number from 1 to 65535"),
        (
            "https://{api-id}.execute-api.{region}.amazonaws.com/dev",
            "the host `{api-id}.execute-api.{region}.amazonaws.com` still has a placeholder in it: put the API's id, the region or the name in its place",
        ),
        (
            "https://<api-id>.execute-api.eu-west-1.amazonaws.com/dev",
            "the host `<api-id>.execute-api.eu-west-1.amazonaws.com` still has a placeholder in it: put the API's id, the region or the name in its place",
        ),
        (
            "https://bücher.example/a",
            "the host `bücher.example` has letters outside ASCII: write it as it is sent, with `xn--` labels",
        ),
        (
            "https://api.example.com/a b?token=secret",
            "the URL has a space in it, at character 26: no client sends that; write it as `%20`, or put quotes around what belongs together",
        ),
        (
            "https://api.example.com/\norders",
            "the URL has a line break in it, at character 25: no client sends that; write it as one line",
        ),
        (
            "https://api.example.com/\u{7f}",
            "the URL has white space or a control character in it, at character 25: no client sends that; write it as its percent-encoding",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(Url::parse(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn segments_are_told() {
    let table: [(&str, &[&str]); 8] = [
        ("", &[]),
        ("/", &[]),
        ("/dev", &["dev"]),
        ("/dev/", &["dev", ""]),
        ("/dev/orders", &["dev", "orders"]),
        ("//dev", &["", "dev"]),
        ("/dev//orders/", &["dev", "", "orders", ""]),
        ("/a%2Fb", &["a%2Fb"]),
    ];
    for (path, segments) in table {
        let url = Url::parse(&format!("https://api.example.com{path}")).unwrap();
        assert_eq!(url.segments(), segments, "{path}");
    }
}

#[test]
fn placeholders_are_listed_and_values_are_not() {
    let table: [(&str, &[&str]); 22] = [
        ("/orders/{id}", &["{id}"]),
        ("/orders/%7Bid%7D", &["{id}"]),
        ("/orders/%7bid%7d/x/{line}", &["{id}", "{line}"]),
        ("/orders/${id}", &["${id}"]),
        ("/orders/{{orderId}}", &["{{orderId}}"]),
        ("/orders/:id", &[":id"]),
        ("/orders/%3Aid", &[":id"]),
        ("/orders/<id>", &["<id>"]),
        ("/orders/%3Cid%3E", &["<id>"]),
        ("/orders/undefined", &["undefined"]),
        ("/orders/null/lines", &["null"]),
        ("/orders/NaN", &["NaN"]),
        ("/orders/[object%20Object]", &["[object Object]"]),
        ("/notes%E2%80%98notes%E2%80%99", &["notes‘notes’"]),
        ("/orders‘x’", &["orders‘x’"]),
        ("/orders/12:30", &[]),
        ("/orders/:12", &[]),
        ("/orders/nullable", &[]),
        ("/orders/a<b", &[]),
        ("/orders/it's", &[]),
        ("/orders?id={id}", &[]),
        ("/", &[]),
    ];
    for (path, expected) in table {
        let url = Url::parse(&format!("https://api.example.com{path}")).unwrap();
        assert_eq!(url.placeholders(), expected, "{path}");
    }
}

#[test]
fn dot_segments_are_told_however_they_are_written() {
    for (path, expected) in [
        ("/..", true),
        ("//..", true),
        ("/prod/./orders", true),
        ("/prod/%2E%2e/orders", true),
        ("/prod/.%2e", true),
        ("/prod/...", false),
        ("/prod/.well-known", false),
        ("/prod/a..b", false),
        ("/prod?path=..", false),
        ("", false),
    ] {
        let url = Url::parse(&format!("https://api.example.com{path}")).unwrap();
        assert_eq!(url.has_dot_segments(), expected, "{path}");
    }
}

#[test]
fn a_query_is_decoded_on_request() {
    let url =
        Url::parse("https://a.example.com/?redirect_uri=https%3A%2F%2Flocalhost%2F&scope=openid+a%2Bb&scope=x&%6E=1")
            .unwrap();
    assert_eq!(url.parameter("redirect_uri"), Some("https%3A%2F%2Flocalhost%2F"));
    assert_eq!(url.parameter_decoded("redirect_uri").as_deref(), Some("https://localhost/"));
    assert_eq!(url.parameter_decoded("scope").as_deref(), Some("openid a+b"));
    assert_eq!(url.parameter_decoded("none"), None);
    assert_eq!(format!("{url:?}"), "https://a.example.com/");
}

#[test]
fn a_name_and_password_are_found_where_they_stand() {
    let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
    assert_eq!(user_info("https://user:p%40ss@api.example.com/a@b"), pair("user", "p@ss"));
    assert_eq!(user_info("https://user@api.example.com"), pair("user", ""));
    assert_eq!(user_info("https://api.example.com/a@b"), None);
}
