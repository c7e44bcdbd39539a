//! Where requests may go.

use engine::exchange::body::Body;

use super::*;

fn own() -> Own {
    Own {
        apis: [("eu-west-1".to_owned(), "a1b2c3d4e5".to_owned())].into(),
        domain_names: ["api.example.com".to_owned(), "*.wild.example.com".to_owned()].into(),
    }
}

fn request(url: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        method: "GET".to_owned(),
        url: Url::parse(url).unwrap(),
        headers: Headers(headers),
        body: Body::Absent,
        client: engine::exchange::Client::default(),
    }
}

#[test]
fn requests_go_to_listed_apis_and_domain_names() {
    for url in [
        "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod",
        "https://A1B2C3D4E5.execute-api.eu-west-1.amazonaws.com:443/prod",
        "https://a1b2c3d4e5.execute-api.eu-west-1.api.aws/prod",
        "https://a1b2c3d4e5.execute-api-fips.eu-west-1.amazonaws.com/prod",
        "https://a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com/prod",
        "https://api.example.com/orders",
        "https://x.wild.example.com/orders",
    ] {
        assert_eq!(own().check(&request(url, &[])), Ok(()), "{url}");
    }
    let endpoint = "https://vpce-0123456789abcdef0-abcd1234.execute-api.eu-west-1.vpce.amazonaws.com/prod";
    assert_eq!(own().check(&request(endpoint, &[("x-apigw-api-id", "a1b2c3d4e5")])), Ok(()));
}

#[test]
fn requests_go_nowhere_else() {
    let (api, endpoint) = (
        "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod",
        "https://vpce-0123456789abcdef0-abcd1234.execute-api.eu-west-1.vpce.amazonaws.com/prod",
    );
    for (url, headers, said) in [
        ("http://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod", None, "nothing is sent by `http`"),
        ("wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod", None, "nothing is sent by `wss`"),
        ("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com:8443/prod", None, "nothing is sent to port 8443"),
        ("https://zzzzzzzzzz.execute-api.eu-west-1.amazonaws.com/prod", None, "this account has no such API"),
        ("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod", None, "this account has no such API"),
        ("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com.evil.example/prod", None, "has no such API"),
        ("https://evil.example/", None, "has no such API or custom domain name"),
        ("https://wild.example.com/", None, "has no such API or custom domain name"),
        ("https://a.x.wild.example.com/", None, "has no such API or custom domain name"),
        ("https://s3.eu-west-1.amazonaws.com/bucket", None, "no host of an API"),
        ("https://d1234.cloudfront.net/", None, "no host of an API"),
        ("https://127.0.0.1/", None, "no host of an API"),
        ("https://169.254.169.254/latest/meta-data", None, "no host of an API"),
        ("https://[::1]/", None, "no host of an API"),
        ("https://localhost/", None, "has no such API or custom domain name"),
        // Behind one of AWS's addresses, the header chooses among everybody's APIs.
        (api, Some(("Host", "zzzzzzzzzz.execute-api.eu-west-1.amazonaws.com")), "this account has no such API"),
        (endpoint, None, "no host of an API"),
        (endpoint, Some(("x-apigw-api-id", "zzzzzzzzzz")), "this account has no such API"),
    ] {
        let headers: Vec<(&str, &str)> = headers.into_iter().collect();
        let error = own().check(&request(url, &headers)).unwrap_err().to_string();
        assert!(error.contains(said), "{url}: {error}");
    }
}

#[test]
fn a_request_is_sent_as_it_was_given() {
    let mut given = request(
        "https://api.example.com/a%2Fb/?x=1&x=%20&y",
        &[("Host", "api.example.com"), ("X-Twice", "1"), ("x-twice", "2"), ("Connection", "close"), (":path", "/")],
    );
    given.body = Body::Text("{}".to_owned());
    given.method = "PATCH".to_owned();
    let sent = outgoing(&given, &[("x-amz-date".to_owned(), "now".to_owned())], &uri(&given.url)).unwrap();
    let headers: Vec<(&str, &str)> = sent.headers().iter().collect();
    assert_eq!((sent.method(), sent.uri()), ("PATCH", "https://api.example.com/a%2Fb/?x=1&x=%20&y="));
    let expected = [("x-twice", "1"), ("x-twice", "2"), ("x-amz-date", "now"), ("host", "api.example.com")];
    assert_eq!(headers, expected);
    assert_eq!(sent.body().bytes(), Some(b"{}".as_slice()));
    let bare = outgoing(&request("https://api.example.com", &[]), &[], &uri(&given.url)).unwrap();
    assert_eq!(bare.headers().get("host"), Some("api.example.com"));
    let mut split = request("https://api.example.com/", &[("x", "a\r\nhost: evil.example")]);
    assert!(matches!(outgoing(&split, &[], "https://api.example.com/"), Err(SendError::Malformed(_))));
    split = request("https://api.example.com/", &[]);
    split.method = "GET /\r\n".to_owned();
    assert!(matches!(outgoing(&split, &[], "https://api.example.com/"), Err(SendError::Malformed(_))));
}

#[test]
fn a_redirect_that_leads_elsewhere_is_named() {
    let asked = request("https://api.example.com/old", &[]);
    let redirect = |status: u16, location: &str| {
        let headers = Headers(vec![("location".to_owned(), location.to_owned())]);
        let response = Response { status, headers, body: String::new() };
        Sent { response, elapsed: Duration::ZERO }.leads_elsewhere(&asked).map(|elsewhere| elsewhere.to_string())
    };
    let told = |to: &str| Some(format!("the answer is a redirect to {to}; it was not followed"));
    assert_eq!(redirect(302, "https://api.example.com/new"), None);
    assert_eq!(redirect(302, "/new"), None);
    assert_eq!(redirect(200, "https://evil.example/"), None);
    assert_eq!(redirect(301, "https://evil.example/?token=1"), told("https://evil.example/"));
    assert_eq!(redirect(301, "http://api.example.com/new"), told("http://api.example.com/new"));
    let private = "http://169.254.169.254/latest, an address that is not public";
    assert_eq!(redirect(307, "http://169.254.169.254/latest"), told(private));
}
