//! What a configuration may say.

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text).map_err(|error| error.to_string())
}

/// The annotated example of the documentation.
fn example() -> String {
    let page = include_str!("../../../docs/configuration.md");
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_example_of_the_documentation_names_every_key() {
    let config = parse(&example()).expect("it can be read");
    assert_eq!(config.query_bytes, Some(1 << 29));
    let entries = config.entries(&|name| Some(format!("value of {name}"))).unwrap();
    let told: Vec<String> = entries
        .iter()
        .map(|entry| format!("{} {:?} {} {} {:?}", entry.api, entry.stages, entry.method, entry.path, entry.headers.0))
        .collect();
    assert_eq!(
        told,
        [
            r#"orders ["prod"] GET /orders/{id} [("accept", "application/json"), ("authorization", "value of ORDERS_TOKEN"), ("x-api-key", "value of ORDERS_API_KEY")]"#,
            "storefront [] POST /searches []",
            "landing [] GET $default []",
        ]
    );
    let one = &entries[0];
    assert_eq!((one.path_parameters["id"].as_str(), one.query["expand"].as_str()), ("1042", "lines"));
    assert_eq!(one.query["token"], "value of ORDERS_QUERY_TOKEN");
    assert_eq!(entries[2].request_path.as_deref(), Some("/about/us"));
    assert_eq!((entries[1].sign, entries[1].invoke, entries[1].body.as_deref()), (true, true, Some("{\"q\":\"owl\"}")));
}

#[test]
fn the_example_of_the_sample_account_can_be_read() {
    let config = parse(include_str!("../../../examples/stagecheck.toml")).expect("it can be read");
    assert_eq!(config.entries(&|_| None).unwrap().len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, expected) in [
        ("[logs]\nquery-limt = 1\n", "2: unknown field `query-limt`, expected `query-limit`"),
        ("[log]\n", "1: unknown field `log`, expected `logs` or `probe`"),
        ("\n[logs]\nquery-limit = \"1\"\n", "3: invalid type: string, expected f64"),
        ("[logs]\nquery-limit = -1\n", "2: query-limit: it must be a number of gigabytes, from 0"),
        ("[[probe]]\npath = \"/\"\n", "1: missing field `api`"),
        ("[[probe]]\napi = \"a\"\npath = \"/\"\nsecret = \"x\"\n", "4: unknown field `secret`"),
        ("# one\n[[probe]]\napi = \"a\"\npath = \"x\"\n", "2: [[probe]]: path begins with a slash, or is $default"),
        ("[[probe]]\napi = \"a\"\npath = \"/\"\nmethod = \"get\"\n", "1: [[probe]]: method is one of GET, HEAD"),
        (
            "[[probe]]\napi = \"a\"\npath = \"/\"\nheaders = { X-Api-Key = \"abc\" }\n",
            "1: [[probe]]: the header `X-Api-Key` holds a secret: name a variable of the environment in headers-env instead",
        ),
        ("[logs\n", "1: "),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(!error.contains('\n') && !error.contains("abc"), "{error}");
    }
    assert_eq!(parse("").unwrap().query_bytes, None);
    assert_eq!(parse("[logs]\nquery-limit = 2").unwrap().query_bytes, Some(2 << 30));
}

/// What is wrong with an entry for `/orders/{id}` that holds a line more.
fn refused(line: &str) -> String {
    let text = format!("[[probe]]\napi = \"a\"\npath = \"/orders/{{id}}\"\n{line}\n");
    parse(&text).unwrap_err()
}

#[test]
fn no_error_shows_a_value() {
    let of_type =
        |line: usize, found: &str, expected: &str| format!("{line}: invalid type: {found}, expected {expected}");
    for (line, expected) in [
        ("headers = \"Bearer s3cr3t, expected x\"", of_type(4, "string", "a map")),
        ("headers-env = \"s3cr3t\"", of_type(4, "string", "a map")),
        ("headers-env = { authorization = [\"s3cr3t\"] }", of_type(4, "sequence", "a string")),
        ("api-key-env = [\"s3cr3t\"]", of_type(4, "sequence", "a string")),
        ("api-key-env = 12345678", of_type(4, "integer", "a string")),
        ("sign = \"s3cr3t\"", of_type(4, "string", "a boolean")),
        ("method = \"s3cr3t\"", "1: [[probe]]: method is one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, in capital letters".to_owned()),
        ("query = { api_key = \"s3cr3t\" }", "1: [[probe]]: the query parameter `api_key` holds a secret: name a variable of the environment in query-env instead".to_owned()),
        ("path-parameters = { id = \"Bearer s3cr3ts3cr3t\" }", "1: [[probe]]: the path parameter `id` holds a secret, and no secret may stand in this file".to_owned()),
    ] {
        let error = refused(line);
        assert_eq!(error, expected);
        assert!(!error.contains("s3cr3t") && !error.contains("1234"), "{error}");
    }
}

#[test]
fn an_entry_asks_the_route_that_it_names_and_no_other() {
    let chooses = |name: &str| format!("1: [[probe]]: the header `{name}` chooses an API: `api` says which is asked");
    for (line, expected) in [
        ("headers = { Host = \"b.execute-api.eu-west-1.amazonaws.com\" }", chooses("Host")),
        ("headers = { x-apigw-api-id = \"b\" }", chooses("x-apigw-api-id")),
        ("headers-env = { HOST = \"ORDERS_HOST\" }", chooses("HOST")),
        (
            "headers = { x-own = \"a\\r\\nhost: b\" }",
            "1: [[probe]]: the header `x-own` holds a line break or another control character".to_owned(),
        ),
        (
            "headers = { \"x own\" = \"a\" }",
            "1: [[probe]]: a header's name is made of letters, digits and hyphens".to_owned(),
        ),
        (
            "path-parameters = { id = \"..\" }",
            "1: [[probe]]: the path parameter `id` leads to another path: it may not hold `.` or `..`".to_owned(),
        ),
        (
            "path-parameters = { id = \"a/%2E./b\" }",
            "1: [[probe]]: the path parameter `id` leads to another path: it may not hold `.` or `..`".to_owned(),
        ),
        (
            "request-path = \"/x\"",
            "1: [[probe]]: request-path is of path = \"$default\" alone: path-parameters fill other paths".to_owned(),
        ),
    ] {
        assert_eq!(refused(line), expected);
    }
    let default = |more: &str| parse(&format!("[[probe]]\napi = \"a\"\npath = \"$default\"\n{more}"));
    assert_eq!(
        default("").unwrap_err(),
        "1: [[probe]]: the route $default takes any path: request-path says which is asked"
    );
    let form = "1: [[probe]]: request-path begins with a slash, is percent-encoded, and holds no query and no `..`";
    for path in ["x", "/x?y=1", "/x y", "/a/../b", "/a/%2e%2E/b", "/x#y", "//x\\ny"] {
        assert_eq!(default(&format!("request-path = \"{path}\"")).unwrap_err(), form, "{path}");
    }
    let entries = default("method = \"PUT\"\nrequest-path = \"/a%20b\"\n").unwrap().entries(&|_| None).unwrap();
    assert_eq!((entries[0].method.as_str(), entries[0].request_path.as_deref()), ("PUT", Some("/a%20b")));
}

#[test]
fn a_variable_is_named_unless_its_name_may_be_a_secret() {
    let told = |line: &str, value: Option<&str>| {
        let text = format!("\n[[probe]]\napi = \"a\"\npath = \"/\"\n{line}\n");
        let failure = parse(&text).unwrap().entries(&|_| value.map(str::to_owned)).unwrap_err();
        failure.to_string()
    };
    let at = "2: [[probe]]: ";
    for name in ["ORDERS_KEY", "_TOKEN2", "OAUTH2_SECRET"] {
        let own = told(&format!("api-key-env = \"{name}\""), None);
        assert_eq!(own, format!("{at}api-key-env names the variable {name}, which is not set"));
    }
    let hidden = "names a variable that is not set; its name is not shown, for it may be a secret itself";
    for name in ["Bearer s3cr3t", "hunter2", "AKIAIOSFODNN7EXAMPLE", "k3y0123456789abcdef", "", "A=B"] {
        let own = told(&format!("headers-env = {{ authorization = \"{name}\" }}"), None);
        assert_eq!(own, format!("{at}headers-env {hidden}"));
        assert_eq!(told(&format!("query-env = {{ sig = \"{name}\" }}"), None), format!("{at}query-env {hidden}"));
    }
    let broken = told("headers-env = { authorization = \"ORDERS_TOKEN\" }", Some("s3cr3t\r\nhost: b"));
    let why = "headers-env names a variable for the header `authorization` that holds a line break or another control character";
    assert_eq!(broken, format!("{at}{why}"));
}
