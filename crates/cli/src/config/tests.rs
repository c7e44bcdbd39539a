//! What a configuration may say.

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new(DEFAULT))
}

/// The annotated example of the documentation.
fn example() -> String {
    let page = include_str!("../../../../docs/configuration.md");
    let (_, rest) = page.split_once("```toml\n").expect("an example");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_example_of_the_documentation_names_every_key() {
    let config = parse(&example()).expect("it can be read");
    assert_eq!(config.query_bytes, Some(1 << 29));
    let entries: Vec<Entry> =
        config.probes.iter().map(|probe| probe.entry(&|name| Ok(format!("value of {name}"))).unwrap()).collect();
    let told: Vec<String> = entries
        .iter()
        .map(|entry| format!("{} {:?} {} {} {:?}", entry.api, entry.stages, entry.method, entry.path, entry.headers.0))
        .collect();
    assert_eq!(
        told,
        [
            r#"orders ["prod"] GET /orders/{id} [("accept", "application/json"), ("authorization", "value of ORDERS_TOKEN"), ("x-api-key", "value of ORDERS_API_KEY")]"#,
            "storefront [] POST /searches []",
        ]
    );
    let one = &entries[0];
    assert_eq!((one.path_parameters["id"].as_str(), one.query["expand"].as_str()), ("1042", "lines"));
    assert_eq!((entries[1].sign, entries[1].invoke, entries[1].body.as_deref()), (true, true, Some("{\"q\":\"owl\"}")));
}

#[test]
fn the_example_of_the_sample_account_can_be_read() {
    let config = parse(include_str!("../../../../examples/stagecheck.toml")).expect("it can be read");
    assert_eq!(config.entries().unwrap().len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, expected) in [
        ("[logs]\nquery-limt = 1\n", "2: unknown field `query-limt`, expected `query-limit`"),
        ("[log]\n", "1: unknown field `log`, expected `logs` or `probe`"),
        ("\n[logs]\nquery-limit = \"1\"\n", "3: invalid type: string \"1\", expected f64"),
        ("[logs]\nquery-limit = -1\n", "2: query-limit: it must be a number of gigabytes, from 0"),
        ("[[probe]]\npath = \"/\"\n", "1: missing field `api`"),
        ("[[probe]]\napi = \"a\"\npath = \"/\"\nsecret = \"x\"\n", "4: unknown field `secret`"),
        ("# one\n[[probe]]\napi = \"a\"\npath = \"x\"\n", "2: [[probe]]: path begins with a slash, and `x` does not"),
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
