//! `stagecheck serve --remote`: what a browser asks of this machine, signed for a deployed dashboard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc;

use tests::dashboard::{Answer, ask};
use tests::programs::{run, stagecheck};

/// A proxy before a dashboard that answers the same to everything, and tells what it was asked.
struct Remote {
    proxy: std::process::Child,
    host: String,
    asked: mpsc::Receiver<String>,
}

const PAGE: &str = "<!DOCTYPE html><a href=\"/prod/findings\">Findings</a>";

impl Remote {
    fn start() -> Remote {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let deployed = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut request, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    request += &line;
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                request += &String::from_utf8(body).unwrap();
                if tell.send(request).is_err() {
                    return;
                }
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"a\"\r\nSet-Cookie: a=b\r\n\
                            x-amz-apigw-id: z\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n";
                write!(stream, "{head}Content-Length: {}\r\n\r\n{PAGE}", PAGE.len()).unwrap();
            }
        });
        let mut command = stagecheck();
        command.args([
            "serve",
            "--port",
            "0",
            "--region",
            "eu-west-1",
            "--remote",
            &format!("http://{deployed}/prod/"),
        ]);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret-of-the-test");
        let mut proxy = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let rest = line.trim().strip_prefix("http://").expect("it prints its address");
        let host = rest.strip_suffix("/prod/").expect("the dashboard is where it is there").to_owned();
        Remote { proxy, host, asked }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(&self.host, method, path, headers, body)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// The value of a request's header.
fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

#[test]
fn requests_are_signed_and_passed_on_under_the_same_path() {
    let remote = Remote::start();
    let headers = [
        ("Accept", "text/html"),
        ("If-None-Match", "\"a\""),
        ("Cookie", "mine=1"),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("Authorization", "Bearer of-somebody-else"),
    ];
    let answer = remote.ask("GET", "/prod/findings?severity=high", &headers, "");
    let asked = remote.asked.recv().unwrap();
    assert!(asked.starts_with("GET /prod/findings?severity=high HTTP/1.1\r\n"), "{asked}");
    let authorization = header(&asked, "authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(
        authorization.contains("/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature="),
        "{authorization}"
    );
    assert_eq!((header(&asked, "accept"), header(&asked, "if-none-match")), (Some("text/html"), Some("\"a\"")));
    assert_ne!(header(&asked, "host"), Some(remote.host.as_str()), "the host is the dashboard's own");
    for name in ["cookie", "sec-fetch-site", "x-forwarded-for"] {
        assert_eq!(header(&asked, name), None, "{name}");
    }
    assert!(!asked.contains("secret-of-the-test") && !asked.contains("somebody-else"));
    // What comes back is the dashboard's, but for what is API Gateway's own.
    assert_eq!((answer.status, answer.body.as_str(), answer.media_type()), (200, PAGE, "text/html"));
    assert_eq!(
        (answer.header("etag"), answer.header("set-cookie"), answer.header("x-amz-apigw-id")),
        (Some("\"a\""), None, None)
    );
    assert_eq!(
        (answer.header("access-control-allow-origin"), answer.header("x-content-type-options")),
        (None, Some("nosniff"))
    );
}

#[test]
fn a_form_is_passed_on_with_its_body_signed() {
    let remote = Remote::start();
    let headers =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"), ("Origin", "null")];
    assert_eq!(remote.ask("POST", "/prod/audits", &headers, "csrf=abc&api=").status, 200);
    let asked = remote.asked.recv().unwrap();
    assert!(asked.starts_with("POST /prod/audits HTTP/1.1\r\n") && asked.ends_with("\r\n\r\ncsrf=abc&api="), "{asked}");
    assert!(
        header(&asked, "authorization").unwrap().contains("SignedHeaders=content-type;host;x-amz-date,"),
        "{asked}"
    );
    assert_eq!(
        (header(&asked, "origin"), header(&asked, "content-type")),
        (None, Some("application/x-www-form-urlencoded"))
    );
}

/// A request, and the status of its answer.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

#[test]
fn nobody_else_has_requests_signed() {
    let remote = Remote::start();
    let table: [Case<'_>; 12] = [
        ("GET", "/prod/", &[("Host", "evil.example")], 421),
        ("GET", "/prod/", &[("Host", "127.0.0.1:1")], 421),
        ("POST", "/prod/audits", &[("Sec-Fetch-Site", "cross-site")], 403),
        ("POST", "/prod/audits", &[("Origin", "https://evil.example")], 403),
        ("DELETE", "/prod/audits", &[], 405),
        ("CONNECT", "evil.example:443", &[], 405),
        ("GET", "/other/", &[], 404),
        ("GET", "/production", &[], 404),
        ("GET", "//evil.example/prod/", &[], 404),
        ("GET", "/prod/../other/", &[], 400),
        ("GET", "/prod/%2E%2e/other/", &[], 400),
        ("GET", "/prod/./findings", &[], 400),
    ];
    for (method, path, headers, expected) in table {
        assert_eq!(remote.ask(method, path, headers, "").status, expected, "{method} {path} {headers:?}");
    }
    let led = remote.ask("GET", "/", &[], "");
    assert_eq!((led.status, led.header("location")), (307, Some("/prod/")));
    assert!(remote.asked.try_recv().is_err(), "nothing was passed on");
}

#[test]
fn what_cannot_be_a_dashboard_is_an_error() {
    let table = [
        ("ftp://example.com/", "error: --remote: `ftp` is no scheme"),
        ("http://example.com/prod", "error: --remote: requests with your credentials in them go over TLS alone"),
        ("", "error: --remote: the URL is empty"),
        (
            "https://ada:secret@x1.execute-api.eu-west-1.amazonaws.com/prod",
            "error: --remote: a name and a password are not passed on",
        ),
        (
            "https://x1.execute-api.eu-west-1.amazonaws.com/prod?a=b",
            "error: --remote: a query or a fragment is not passed on",
        ),
        (
            "https://x1.execute-api.eu-west-1.amazonaws.com/prod/../dev",
            "error: --remote: the path has a segment `.` or `..`",
        ),
    ];
    for (url, expected) in table {
        let ran = run(["serve", "--port", "0", "--remote", url]);
        assert_eq!(ran.code, 2, "{url}");
        assert!(ran.stderr.starts_with(expected) && !ran.stderr.contains("secret"), "{url}: {}", ran.stderr);
    }
    let ran = run(["serve", "--port", "0", "--remote", "https://x1.execute-api.eu-west-1.amazonaws.com/prod"]);
    assert_eq!((ran.code, ran.stderr.starts_with("error: no AWS credentials were found")), (2, true), "{}", ran.stderr);
}
