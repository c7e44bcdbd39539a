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
        ("[log]\n", "1: unknown field `log`, expected one of `logs`, `probe`, `suppress`"),
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

/// What is wrong with an entry `[[suppress]]` of these lines, or what it is for.
fn suppressed(lines: &str) -> Result<String, String> {
    let entry = parse(&format!("# one\n[[suppress]]\n{lines}\n"))?.suppressions.remove(0);
    let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
    Ok(format!("{} {}: {}{until}", entry.line, entry.key(), entry.reason))
}

#[test]
fn a_suppression_says_what_it_is_for_why_and_until_when() {
    for (lines, expected) in [
        ("check = \"waf-block\"\nreason = \" by design \"", "2 check=waf-block: by design"),
        (
            "check = [\"waf-block\", \"handler-error\"]\napi = \"orders\"\nstage = \"p*\"\nroute = \"GET /internal/*\"\nreason = \"x\"",
            "2 check=handler-error,waf-block api=orders stage=p* route=GET /internal/*: x",
        ),
        (
            "check = \"*\"\nfunction = \"old-*\"\naccount = \"111122223333\"\nregion = \"eu-*\"\nreason = \"x\"",
            "2 check=* account=111122223333 region=eu-* function=old-*: x",
        ),
        (
            "check = \"waf-block\"\nreason = \"x\"\nuntil = \"2027-01-31\"",
            "2 check=waf-block: x until 2027-01-31T23:59:59Z",
        ),
        (
            "check = \"waf-block\"\nreason = \"x\"\nuntil = 2027-01-31",
            "2 check=waf-block: x until 2027-01-31T23:59:59Z",
        ),
        (
            "check = \"waf-block\"\nreason = \"x\"\nuntil = 2027-01-31T18:00:00+01:00",
            "2 check=waf-block: x until 2027-01-31T17:00:00Z",
        ),
    ] {
        assert_eq!(suppressed(lines).as_deref(), Ok(expected));
    }
}

#[test]
fn a_suppression_that_makes_no_sense_is_an_error() {
    let date = "2: [[suppress]]: until is a date, 2027-01-31, or a time, 2027-01-31T18:00:00Z";
    for (lines, expected) in [
        ("check = \"waf-block\"", "2: missing field `reason`"),
        ("reason = \"x\"", "2: missing field `check`"),
        ("check = \"waf-block\"\nreason = \" \"", "2: [[suppress]]: reason says in one line why nobody is to be told"),
        (
            "check = \"waf-block\"\nreason = \"a\\nb\"",
            "2: [[suppress]]: reason says in one line why nobody is to be told",
        ),
        (
            "check = \"waf-blocks\"\nreason = \"x\"",
            "2: [[suppress]]: there is no check `waf-blocks` that can be suppressed: stagecheck checks lists them",
        ),
        (
            "check = [\"waf-block\", \"suppression-without-effect\"]\nreason = \"x\"",
            "2: [[suppress]]: there is no check `suppression-without-effect` that can be suppressed: stagecheck checks lists them",
        ),
        ("check = []\nreason = \"x\"", "2: [[suppress]]: check names no check"),
        (
            "check = \"*\"\nreason = \"x\"",
            "2: [[suppress]]: with check = \"*\", say what it is for: an api, a stage, a route or a function",
        ),
        (
            "check = \"*\"\napi = \"*\"\nreason = \"x\"",
            "2: [[suppress]]: with check = \"*\", say what it is for: an api, a stage, a route or a function",
        ),
        (
            "check = \"waf-block\"\napi = \"\"\nreason = \"x\"",
            "2: [[suppress]]: api is empty: leave it out where it may be any",
        ),
        ("check = \"waf-block\"\nreason = \"x\"\nuntil = \"soon\"", date),
        ("check = \"waf-block\"\nreason = \"x\"\nuntil = 2027-01-31T18:00:00", date),
        ("check = \"waf-block\"\nreason = \"x\"\nuntil = 18:00:00", date),
        ("check = 1\nreason = \"x\"", "3: a check's id, or a list of them"),
        ("check = \"waf-block\"\nreason = \"x\"\nuntil = 7", "5: a date or a time"),
        ("check = \"waf-block\"\nreason = \"x\"\napis = \"a\"", "5: unknown field `apis`"),
    ] {
        let error = suppressed(lines).unwrap_err();
        assert!(error.starts_with(expected) && !error.contains('\n'), "{lines}: {error}");
    }
    let twice = "[[suppress]]\ncheck = \"waf-block\"\nreason = \"x\"\n".repeat(2);
    assert_eq!(parse(&twice).unwrap_err(), "4: [[suppress]]: the entry of line 1 is for the same");
}
