//! The dashboard's HTTP interface, on real sockets: every route, every error, what browsers and programs get.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::dashboard::{Answer, Dashboard, send};
use tests::{read, schema};

/// What `POST /explain` is sent: a route that lives and is not deployed.
fn invoice() -> String {
    let url = "https://k3orders01.execute-api.eu-west-1.amazonaws.com/prod/orders/7/invoice";
    let response = json!({
        "status": 403,
        "headers": { "x-amzn-errortype": "MissingAuthenticationTokenException" },
        "body": "{\"message\":\"Missing Authentication Token\"}",
    });
    json!({ "request": { "method": "GET", "url": url, "headers": {} }, "response": response }).to_string()
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[test]
fn every_answer_is_as_the_document_says_member_by_member() {
    let dashboard = Dashboard::of_the_sample();
    let document = dashboard.get("/openapi.json").json();
    let fingerprint = dashboard.get("/findings?limit=1").json()["items"][0]["fingerprint"].clone();
    let finding = format!("/findings/{}", fingerprint.as_str().unwrap());
    let invoice = invoice();
    let table = [
        ("GET", "/", "/", "", 200),
        ("GET", "/apis", "/apis", "", 200),
        ("GET", "/apis/k3orders01", "/apis/{id}", "", 200),
        ("GET", "/apis/k3orders01/drift", "/apis/{id}/drift", "", 200),
        ("GET", "/findings", "/findings", "", 200),
        ("GET", finding.as_str(), "/findings/{fingerprint}", "", 200),
        ("GET", "/errors?since=30d", "/errors", "", 200),
        ("POST", "/explain", "/explain", invoice.as_str(), 200),
        ("POST", "/response", "/response", r#"{"statusCode": "200", "body": {}}"#, 200),
        ("POST", "/response?integration=http-2.0", "/response", r#"{"errorMessage": "no", "errorType": "Error"}"#, 200),
        ("POST", "/audits", "/audits", "{}", 202),
        ("GET", "/health", "/health", "", 200),
        ("GET", "/series?metric=findings", "/series", "", 200),
        ("GET", "/series?metric=drifting-stages", "/series", "", 200),
        ("GET", "/series?metric=errors", "/series", "", 200),
        ("GET", "/nothing", "/findings", "", 404),
        ("GET", "/findings?state=gone", "/findings", "", 400),
    ];
    let mut seen = BTreeSet::new();
    for (method, path, template, body, status) in table {
        let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[JSON] };
        let answer = dashboard.ask(method, path, headers, body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let operation = &document["paths"][template][method.to_ascii_lowercase()];
        let described = match &operation["responses"][answer.status.to_string()] {
            Value::Null => &operation["responses"]["default"],
            described => described,
        };
        let of = &described["content"][answer.media_type()]["schema"];
        assert!(!of.is_null(), "{method} {path}: {} with {} is not described", answer.status, answer.media_type());
        let value = answer.json();
        assert_eq!(schema::differences(&document, of, &value), [""; 0], "{method} {path}");
        seen.insert((template, method));
    }
    // What is left is no JSON, or the document itself.
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        let verbs = [("get", "GET"), ("post", "POST")].into_iter().filter(|(verb, _)| item.get(verb).is_some());
        verbs.map(|(_, verb)| (path.as_str(), verb)).collect::<Vec<_>>()
    });
    let left: Vec<(&str, &str)> = all.filter(|operation| !seen.contains(operation)).collect();
    assert_eq!(left, [("/explain", "GET"), ("/openapi.json", "GET"), ("/style.css", "GET")]);
}

#[test]
fn the_document_is_the_one_that_is_published() {
    let document = serde_json::to_string_pretty(&web::document("")).unwrap() + "\n";
    expect_test::expect_file![tests::root().join("docs/openapi.json")].assert_eq(&document);
}

#[test]
fn answers_say_what_was_found() {
    let dashboard = Dashboard::of_the_sample();
    let regions = dashboard.get("/").json();
    assert_eq!((regions["items"][0]["region"].as_str(), &regions["next"]), (Some("eu-west-1"), &Value::Null));
    let apis = dashboard.get("/apis").json();
    let apis: Vec<&str> =
        apis["items"].as_array().unwrap().iter().map(|api| api["apiName"].as_str().unwrap()).collect();
    assert!(apis.contains(&"orders") && apis.len() >= 7, "{apis:?}");
    let drift = dashboard.get("/apis/k3orders01/drift").json();
    assert_eq!(
        (drift["schema"].as_str(), drift["apis"][0]["apiName"].as_str()),
        (Some("stagecheck.drift/1"), Some("orders"))
    );
    let explained = dashboard.ask("POST", "/explain", &[JSON], &invoice()).json();
    assert_eq!(
        (explained["verdict"].as_str(), explained["causes"][0]["id"].as_str()),
        (Some("certain"), Some("rest-stage-on-old-deployment"))
    );
    let judged = dashboard.ask("POST", "/response", &[JSON], r#"{"body": 1}"#).json();
    assert_eq!((judged["integration"].as_str(), judged["outcome"].as_str()), (Some("rest"), Some("malformed")));
    let health = dashboard.get("/health");
    assert_eq!((health.media_type(), health.json()["status"].as_str()), ("application/health+json", Some("pass")));
    let series = dashboard.get("/series?metric=drifting-stages").json();
    assert!(
        series[0]["value"].as_u64().unwrap() > 0 && series[0]["label"].as_str().unwrap().ends_with("/eu-west-1"),
        "{series}"
    );
    let since = dashboard.get("/series?metric=findings&since=2199-01-01T00:00:00Z").json();
    assert_eq!(since, json!([]));
}

#[test]
fn findings_are_filtered_as_they_are_asked_for() {
    let dashboard = Dashboard::of_the_sample();
    let items = |path: &str| dashboard.get(path).json()["items"].as_array().unwrap().clone();
    let all = items("/findings");
    assert!(all.len() > 10);
    let fields = [
        ("severity", "high", "/severity"),
        ("api", "k3orders01", "/resource/apiId"),
        ("check", "undeployed-change", "/check"),
        ("state", "open", "/state"),
    ];
    for (name, value, field) in fields {
        let fits = |finding: &&Value| finding.pointer(field).is_some_and(|own| own == value);
        let fitting: Vec<&Value> = all.iter().filter(fits).collect();
        assert!(!fitting.is_empty(), "{name}={value}");
        assert_eq!(items(&format!("/findings?{name}={value}")).iter().collect::<Vec<_>>(), fitting, "{name}={value}");
    }
    assert_eq!(items("/findings?state=resolved"), Vec::<Value>::new());
    assert_eq!(items("/findings?severity=&api=&check=&state=").len(), all.len());
}

#[test]
fn lists_come_in_parts_that_make_up_the_whole() {
    let dashboard = Dashboard::of_the_sample();
    for path in ["/findings", "/apis", "/errors?since=30d", "/findings?severity=high"] {
        let whole = dashboard.get(path).json()["items"].as_array().unwrap().clone();
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut found, mut next) = (Vec::new(), String::new());
        for _ in 0..=whole.len() {
            let part = dashboard.get(&format!("{path}{joint}limit=2&next={next}")).json();
            let items = part["items"].as_array().unwrap();
            assert!(items.len() <= 2, "{path}");
            found.extend(items.clone());
            match part["next"].as_str() {
                Some(token) => next = token.to_owned(),
                None => break,
            }
        }
        assert_eq!(found, whole, "{path}");
    }
}

#[test]
fn where_a_list_goes_on_is_not_made_up() {
    let dashboard = Dashboard::of_the_sample();
    let next = dashboard.get("/findings?severity=high&limit=1").json()["next"].as_str().unwrap().to_owned();
    let expected = (400, "`next` is not what another part of the list ended with".to_owned());
    for path in [
        format!("/findings?next={next}"),
        format!("/findings?severity=low&next={next}"),
        format!("/apis?next={next}"),
        format!("/findings?severity=high&next={}", &next[1..]),
        format!("/findings?severity=high&next=A{next}"),
        "/findings?next=1".to_owned(),
        "/findings?next=%00%F0%9F%92%A9".to_owned(),
        "/errors?next=../..".to_owned(),
    ] {
        assert_eq!(dashboard.get(&path).problem(), expected, "{path}");
    }
    assert_eq!(dashboard.get(&format!("/findings?severity=high&limit=7&next={next}")).status, 200);
}

/// A request, and what its problem says.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, u16, &'a str);

#[test]
fn what_makes_no_sense_is_told() {
    let dashboard = Dashboard::of_the_sample();
    let long = "x".repeat((1 << 20) + 1);
    let table: [Case<'_>; 22] = [
        ("GET", "/nothing", &[], "", 404, "there is nothing at this path"),
        ("GET", "/apis/", &[], "", 404, "there is nothing at this path"),
        ("GET", "/apis/nope", &[], "", 404, "no API of that id is known"),
        ("GET", "/apis/nope/drift", &[], "", 404, "no API of that id is known"),
        ("GET", "/apis/%3Cscript%3E", &[], "", 404, "there is nothing of that id"),
        ("GET", "/apis/%FF%FE", &[], "", 404, "there is nothing of that id"),
        ("GET", "/apis/..%2F..%2Fetc", &[], "", 404, "there is nothing of that id"),
        ("GET", "/findings/0000000000000000", &[], "", 404, "no finding of that fingerprint is known"),
        ("GET", "/apis/k3orders01?region=us-east-1", &[], "", 404, "no API of that id is known"),
        ("GET", "/findings?sort=up", &[], "", 400, r#"there is no parameter "sort""#),
        ("GET", "/series", &[], "", 400, "`metric` is missing: it has to be findings, drifting-stages, errors"),
        ("DELETE", "/findings", &[], "", 405, "this path takes GET, HEAD"),
        ("GET", "/audits", &[], "", 405, "this path takes POST"),
        ("PATCH", "/explain", &[], "", 405, "this path takes GET, HEAD, POST"),
        ("POST", "/explain", &[JSON], "", 400, "there is no body"),
        ("POST", "/explain", &[JSON], "{", 400, "the body is not JSON: EOF while parsing an object at line 1 column 1"),
        ("POST", "/explain", &[JSON], "{}", 400, "`request` is missing"),
        (
            "POST",
            "/explain",
            &[("Content-Type", "text/plain")],
            "{}",
            415,
            "the body has to be application/json or application/x-www-form-urlencoded",
        ),
        ("POST", "/explain", &[JSON], &long, 413, "the body has more than 1024 kB"),
        (
            "POST",
            "/response",
            &[JSON],
            "not JSON",
            400,
            "the body cannot be judged: it is not JSON: expected ident at line 1 column 2",
        ),
        (
            "POST",
            "/response?integration=soap",
            &[JSON],
            "{}",
            400,
            r#"`integration` is "soap": it has to be rest, http-1.0, http-2.0, websocket, authorizer-rest, authorizer-http-simple, authorizer-http-iam"#,
        ),
        ("POST", "/audits", &[JSON], r#"{"apiId": "nope"}"#, 404, "no API of that id is known"),
    ];
    for (method, path, headers, body, status, detail) in table {
        let answer = dashboard.ask(method, path, headers, body);
        assert_eq!(answer.problem(), (status, detail.to_owned()), "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
        let allowed = detail.strip_prefix("this path takes ");
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
}

#[test]
fn browsers_get_pages_and_programs_json() {
    let dashboard = Dashboard::of_the_sample();
    let fingerprint = dashboard.get("/findings?limit=1").json()["items"][0]["fingerprint"].clone();
    let finding = format!("/findings/{}", fingerprint.as_str().unwrap());
    for path in [
        "/",
        "/apis",
        "/apis/k3orders01",
        "/apis/k3orders01/drift",
        "/findings",
        finding.as_str(),
        "/errors",
        "/explain",
    ] {
        let page = dashboard.page(path);
        assert_eq!((page.status, page.media_type()), (200, "text/html"), "{path}");
        assert_eq!(page.header("vary"), Some("Accept"), "{path}");
    }
    for path in ["/series?metric=errors", "/openapi.json"] {
        assert_eq!(dashboard.page(path).media_type(), "application/json", "{path}");
    }
    for path in ["/nothing", "/findings/0000000000000000", "/findings?sort=up"] {
        assert_eq!(dashboard.page(path).media_type(), "text/html", "{path}");
    }
    let style = dashboard.get("/style.css");
    assert_eq!((style.media_type(), style.header("cache-control")), ("text/css", Some("public, max-age=300")));
}

#[test]
fn every_answer_keeps_browsers_out_of_trouble() {
    let dashboard = Dashboard::of_the_sample();
    let answers = [
        dashboard.get("/"),
        dashboard.page("/"),
        dashboard.page("/nothing"),
        dashboard.get("/style.css"),
        dashboard.ask("POST", "/audits", &[("Sec-Fetch-Site", "cross-site")], ""),
        dashboard.ask("GET", "/", &[("Host", "evil.example")], ""),
    ];
    let expected = [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for answer in answers {
        for (name, value) in expected {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[test]
fn what_is_known_is_not_sent_again() {
    let dashboard = Dashboard::of_the_sample();
    for path in ["/", "/apis", "/findings", "/apis/k3orders01", "/openapi.json", "/style.css"] {
        let first = dashboard.get(path);
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no entity tag")).to_owned();
        assert!(tag.starts_with('"'), "{path}: {tag} is not strong");
        let again = dashboard.ask("GET", path, &[("If-None-Match", &tag)], "");
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag.as_str())), "{path}");
        assert_eq!(dashboard.ask("GET", path, &[("If-None-Match", "\"other\"")], "").status, 200, "{path}");
    }
    let page = dashboard.page("/findings");
    assert_ne!(page.header("etag"), dashboard.get("/findings").header("etag"), "a page is not its JSON");
    assert_eq!(dashboard.get("/health").header("etag"), None);
}

#[test]
fn head_is_get_without_its_body() {
    let dashboard = Dashboard::of_the_sample();
    for path in ["/", "/findings", "/apis/nope", "/health", "/style.css"] {
        let (get, head) = (dashboard.get(path), dashboard.ask("HEAD", path, &[], ""));
        let of = |answer: &Answer| {
            let names = ["content-type", "content-length", "etag", "cache-control"];
            (answer.status, names.map(|name| answer.header(name).map(str::to_owned)))
        };
        assert_eq!((of(&head), head.body.as_str()), (of(&get), ""), "{path}");
    }
}

/// The token that the forms of a page carry.
fn token(page: &Answer) -> String {
    let field = page.body.split("name=\"csrf\"").nth(1).expect("the page has a form with a token");
    field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the field has a value").to_owned()
}

#[test]
fn nobody_is_made_to_begin_an_audit() {
    let dashboard = Dashboard::of_the_sample();
    let own = format!("http://{}", dashboard.host);
    let forged = "csrf=AAAA";
    let table: [(&[(&str, &str)], &str); 9] = [
        (&[("Sec-Fetch-Site", "cross-site")], ""),
        (&[("Sec-Fetch-Site", "same-site"), FORM], forged),
        (&[("Origin", "https://evil.example"), JSON], "{}"),
        (&[("Origin", "null")], ""),
        (&[("Origin", &own)], ""),
        (&[("Cookie", "a=b")], ""),
        (&[FORM], forged),
        (&[FORM, ("Sec-Fetch-Site", "same-origin")], forged),
        (&[("X-CSRF-Token", "AAAA"), ("Sec-Fetch-Site", "same-origin")], ""),
    ];
    for (headers, body) in table {
        assert_eq!(dashboard.ask("POST", "/audits", headers, body).problem().0, 403, "{headers:?}");
    }
    let explain = dashboard.ask("POST", "/explain", &[("Sec-Fetch-Site", "cross-site"), JSON], &invoice());
    assert_eq!(explain.problem().0, 403);
}

#[test]
fn a_form_that_carries_its_token_is_taken() {
    let dashboard = Dashboard::of_the_sample();
    let token = token(&dashboard.page("/explain"));
    let browser = [BROWSER, FORM, ("Sec-Fetch-Site", "same-origin"), ("Origin", "null")];
    let begun = dashboard.ask("POST", "/audits", &browser, &format!("csrf={token}&account=&region=&api="));
    assert_eq!((begun.status, begun.header("location")), (303, Some("/")));
    let curl =
        "curl%20%27https%3A%2F%2Fk3orders01.execute-api.eu-west-1.amazonaws.com%2Fprod%2Forders%2F7%2Finvoice%27";
    let form = format!(
        "csrf={token}&request={curl}&status=403&headers=x-amzn-errortype%3A%20MissingAuthenticationTokenException%0D%0A&body=%7B%22message%22%3A%22Missing%20Authentication%20Token%22%7D&region="
    );
    let explained = dashboard.ask("POST", "/explain", &[FORM, ("Sec-Fetch-Site", "same-origin")], &form);
    assert_eq!(explained.json()["causes"][0]["id"], "rest-stage-on-old-deployment", "{}", explained.body);
    let page = dashboard.ask("POST", "/explain", &browser, &form);
    assert_eq!((page.status, page.media_type(), page.header("cache-control")), (200, "text/html", Some("no-store")));
    // What cannot be read leads back to the form.
    let wrong = dashboard.ask("POST", "/explain", &browser, &format!("csrf={token}&request=hello"));
    assert_eq!((wrong.status, wrong.media_type()), (400, "text/html"));
    let wrong = dashboard.ask("POST", "/explain", &[FORM], &format!("csrf={token}&request=hello"));
    let detail = "it is neither JSON, an HTTP archive, a Postman collection, an HTTP message nor a curl command";
    assert_eq!(wrong.problem(), (400, detail.to_owned()));
}

#[test]
fn an_audit_that_is_asked_for_is_made() {
    let dashboard = Dashboard::start(&["--recording", &tests::sample()]);
    let begun = dashboard.ask("POST", "/audits", &[JSON], r#"{"apiId": "k3orders01"}"#);
    assert_eq!((begun.status, begun.json()["queued"].as_u64()), (202, Some(1)));
    assert_eq!(
        dashboard.get("/apis/k3orders01").json()["runs"].as_array().unwrap().len(),
        1,
        "a recording's time stands still"
    );
    // There is room for one that waits; whoever comes then is told.
    let more: BTreeSet<u16> = (0..20).map(|_| dashboard.ask("POST", "/audits", &[], "").status).collect();
    assert!(more.is_subset(&BTreeSet::from([202, 409])), "{more:?}");
}

#[test]
fn names_that_are_markup_stay_text() {
    let mut recording = tests::shop();
    let name = "<script>alert(1)</script>\"'&\u{202e}\u{7}";
    tests::edit(&mut recording, "/apigateway/get_rest_apis/items/0/name", json!(name));
    let folder = tests::folder::Folder::new("web-hostile");
    let path = folder.file("recording.json", &recording.to_string());
    let dashboard = Dashboard::start(&["--recording", &path]);
    let apis = dashboard.get("/apis").json();
    let names: Vec<&Value> = apis["items"].as_array().unwrap().iter().map(|api| &api["apiName"]).collect();
    assert!(names.contains(&&json!(name)), "JSON has the name as it is: {names:?}");
    for path in ["/", "/findings", "/errors", "/explain"] {
        let page = dashboard.page(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script"), "{path}");
    }
}

#[test]
fn hostile_requests_are_never_the_servers_fault() {
    let dashboard = Dashboard::of_the_sample();
    let host = dashboard.host.clone();
    let long = "a".repeat(20_000);
    let head = |line: &str, rest: &str| format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{rest}\r\n");
    let requests = [
        head(&format!("GET /{long}"), ""),
        head(&format!("GET /findings?severity={long}"), ""),
        head("GET /findings?%", ""),
        head("GET /findings?=&=&&&==", ""),
        head("GET /findings?limit=-1", ""),
        head("GET /findings?limit=99999999999999999999999", ""),
        head("GET /series?metric=errors&since=-9223372036854775808", ""),
        head("GET /series?metric=errors&since=9999-12-31T23:59:59Z", ""),
        head("GET /errors?since=4294967295w", ""),
        head("GET //", ""),
        head("GET /./../", ""),
        head("GET /apis/%00", ""),
        head("GET /apis/%", ""),
        head("OPTIONS *", ""),
        head("TRACE /", ""),
        head("FOO /", ""),
        head("GET /", &format!("Accept: {long}\r\n")),
        head("GET /", "Accept: text/html;q=1e999,\u{7f}\r\n"),
        head("GET /", "If-None-Match: ,,,\"\r\n"),
        head("POST /explain", "Content-Type: application/json\r\nContent-Length: 99999999999\r\n"),
        head("POST /response", "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n") + "zz\r\n",
        head("POST /response", "Content-Type: application/json\r\nContent-Length: 4\r\n") + "\u{0}\u{0}\u{0}\u{0}",
        head("POST /response", "Content-Type: application/json\r\nContent-Length: 100000\r\n") + &"[".repeat(100_000),
        head("POST /explain", "Content-Type: application/json;;;\r\nContent-Length: 2\r\n") + "[]",
        head("POST /audits", "Content-Type: application/json\r\nContent-Length: 10\r\n") + "{\"a\":null}",
        "GET / HTTP/1.0\r\n\r\n".to_owned(),
        format!("GET http://{host}/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ];
    for request in requests {
        let answer = send(&host, request.as_bytes());
        let shown: String = request.chars().take(80).collect();
        assert!((200..500).contains(&answer.status), "{shown:?}: {} {}", answer.status, answer.body);
    }
    assert_eq!(dashboard.get("/health").status, 200);
}

#[test]
fn a_store_is_shown_without_an_account() {
    let folder = tests::folder::Folder::new("web-store");
    let store = folder.path("store");
    let store = store.as_str();
    let ran = tests::programs::run(["audit", "--recording", &tests::sample(), "--store", store, "--quiet"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let dashboard = Dashboard::start(&["--store", store]);
    assert!(dashboard.get("/findings").json()["items"].as_array().unwrap().len() > 10);
    assert!(dashboard.get("/apis/k3orders01/drift").json()["apis"][0]["stages"].is_array());
    // By request and response alone, and what was not read is told.
    let explained = dashboard.ask("POST", "/explain", &[JSON], &invoice()).json();
    assert_ne!(explained["notRead"], json!([]), "{explained}");
}

#[test]
fn the_port_of_somebody_else_is_an_error() {
    let dashboard = Dashboard::of_the_sample();
    let port = dashboard.host.rsplit_once(':').unwrap().1;
    let ran = tests::programs::run(["serve", "--port", port, "--recording", &tests::sample()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{}", ran.stderr);
}

#[test]
fn the_documentation_names_every_route() {
    let (document, page) = (web::document(""), read("docs/http.md"));
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(
            page.contains(&format!("`{path}")) || page.contains(&format!(" {path}")),
            "docs/http.md does not name {path}"
        );
    }
}
