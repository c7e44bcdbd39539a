//! Documents that mean harm, or that are only very large: a right answer or one clear error, in bounded time and memory.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tests::programs::{Ran, run};

/// Two documents in files of their own, gone afterwards.
struct Pair([PathBuf; 2]);

impl Pair {
    fn new(name: &str, left: &str, right: &str) -> Pair {
        let file = |side: &str, text: &str| {
            let path = std::env::temp_dir().join(format!("stagecheck-{}-{name}-{side}.json", std::process::id()));
            fs::write(&path, text).unwrap();
            path
        };
        Pair([file("left", left), file("right", right)])
    }

    fn drift(&self, format: &str) -> Ran {
        let [left, right] = self.0.each_ref().map(|path| path.to_str().unwrap());
        run(["drift", "--quiet", "--format", format, "--left", left, "--right", right])
    }

    /// The changes, as `subject METHOD /path name field`.
    fn changes(&self) -> Vec<String> {
        let ran = self.drift("json");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let drift: Value = serde_json::from_str(&ran.stdout).unwrap();
        let words = |change: &Value| {
            let parts = ["subject", "method", "path", "name", "field"].map(|part| change[part].as_str());
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        drift["apis"][0]["stages"][0]["changes"].as_array().unwrap().iter().map(words).collect()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.0.iter().for_each(|path| drop(fs::remove_file(path)));
    }
}

fn document(paths: Value) -> Value {
    json!({ "openapi": "3.0.1", "info": { "title": "hostile", "version": "1" }, "paths": paths })
}

fn operation(uri: &str) -> Value {
    json!({ "get": { "responses": {}, "x-amazon-apigateway-integration": { "type": "http_proxy", "httpMethod": "GET", "uri": uri } } })
}

/// A document of one route, with members of its own besides.
fn with(name: &str, value: Value) -> String {
    let mut document = document(json!({ "/a": operation("http://one.example") }));
    document[name] = value;
    document.to_string()
}

#[test]
fn ten_thousand_routes_all_others_than_before() {
    let paths = |prefix: &str| {
        let paths = (0..10_000).map(|at| (format!("/{prefix}{at}/x/{{id}}"), operation("http://one.example")));
        document(Value::Object(paths.collect())).to_string()
    };
    let pair = Pair::new("routes", &paths("a"), &paths("b"));
    let started = Instant::now();
    assert_eq!(pair.changes().len(), 20_000);
    // A search through all routes for each took minutes in this profile.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn a_document_deeper_than_any_schema_is_one_error() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let text = format!(r#"{{"openapi": "3.0.1", "paths": {{}}, "components": {{"schemas": {{"Deep": {deep}}}}}}}"#);
        let pair = Pair::new("deep", &text, &text);
        let ran = pair.drift("json");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("cannot be compared: not JSON: recursion limit exceeded"), "{}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 2, "{}", ran.stderr);
    }
}

#[test]
fn a_schema_as_deep_as_json_may_be_is_compared() {
    let deep = |leaf: &str| {
        let schema = (0..50).fold(json!({ "type": leaf }), |inner, _| json!({ "properties": { "p": inner } }));
        with("components", json!({ "schemas": { "Deep": schema } }))
    };
    assert_eq!(Pair::new("depth", &deep("string"), &deep("number")).changes(), ["model Deep schema"]);
}

#[test]
fn models_that_refer_to_each_other_in_a_circle() {
    let models = |title: &str| {
        let model = |next: usize| json!({ "title": title, "$ref": format!("#/components/schemas/M{next}") });
        let models: Map<String, Value> = (0..300).map(|at| (format!("M{at}"), model((at + 1) % 300))).collect();
        let mut document: Value = serde_json::from_str(&with("components", json!({ "schemas": models }))).unwrap();
        document["paths"]["/a"]["get"]["requestBody"] =
            json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/M0" } } } });
        document.to_string()
    };
    assert_eq!(Pair::new("circle", &models("one"), &models("two")).changes().len(), 300);
}

#[test]
fn references_that_lead_to_themselves_or_nowhere() {
    let text = with("components", json!({ "responses": { "R": { "$ref": "#/components/responses/R" } } }));
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["paths"]["/a"]["get"]["responses"] =
        json!({ "200": { "$ref": "#/components/responses/R" }, "404": { "$ref": "#/nowhere" }, "500": { "$ref": 7 } });
    let text = document.to_string();
    assert_eq!(Pair::new("references", &text, &text).changes(), [""; 0]);
}

#[test]
fn control_characters_in_names_reach_no_terminal() {
    let name = "/\u{1b}[31mred\u{1b}[0m\u{7}\u{8}\u{202e}\n\r\u{9b}2J";
    let left = document(json!({}));
    let right = document(json!({ name: operation("http://\u{1b}]0;owned\u{7}.example") }));
    let pair = Pair::new("control", &left.to_string(), &right.to_string());
    let ran = pair.drift("text");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let hostile: Vec<char> = ran.stdout.chars().filter(|c| c.is_control() && *c != '\n' || *c == '\u{202e}').collect();
    assert!(hostile.is_empty(), "{}", ran.stdout);
    assert!(ran.stdout.contains("[31mred"), "{}", ran.stdout);
    let ran = pair.drift("json");
    let drift: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(drift["apis"][0]["stages"][0]["changes"][0]["path"], name, "programs get the name as it is");
    assert!(!ran.stdout.contains('\u{1b}'), "escaped in JSON");
}

#[test]
fn a_key_that_stands_twice_is_an_error() {
    let text = |paths: &str| format!(r#"{{"openapi": "3.0.1", "paths": {{{paths}}}}}"#);
    let (one, other) = (operation("http://one.example").to_string(), operation("http://other.example").to_string());
    let twice = text(&format!(r#""/a": {one}, "/a": {other}"#));
    let ran = Pair::new("twice", &twice, &text(&format!(r#""/a": {other}"#))).drift("json");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the key `/a` is given twice at line 1 column"), "{}", ran.stderr);
}

#[test]
fn numbers_out_of_range() {
    let text = |number: &str| {
        format!(
            r#"{{"openapi": "3.0.1", "paths": {{}}, "components": {{"schemas": {{"M": {{"maximum": {number}}}}}}}}}"#
        )
    };
    // No JSON number, and so the text that it is in YAML.
    assert_eq!(Pair::new("range", &text("1e400"), &text("1")).changes(), ["model M schema"]);
    assert_eq!(Pair::new("large", &text("9223372036854775808"), &text("9.223372036854775808e18")).changes(), [""; 0]);
    assert_eq!(Pair::new("differ", &text("1e308"), &text("-1e308")).changes(), ["model M schema"]);
    let mut odd = document(json!({ "/a": operation("http://one.example") }));
    odd["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["timeoutInMillis"] = json!(u64::MAX);
    odd["x-amazon-apigateway-minimum-compression-size"] = json!(-1.5);
    let odd = odd.to_string();
    assert_eq!(Pair::new("odd", &odd, &odd).changes(), [""; 0]);
}

#[test]
fn a_string_of_sixteen_mebibytes() {
    let long =
        |end: &str| document(json!({ "/a": operation(&format!("http://{}{end}", "x".repeat(16 << 20))) })).to_string();
    let pair = Pair::new("long", &long("a"), &long("b"));
    assert_eq!(pair.changes(), ["integration GET /a uri"]);
    let ran = pair.drift("text");
    assert_eq!(ran.code, 0);
}

#[test]
fn what_has_the_wrong_type_everywhere_is_read_as_far_as_it_goes() {
    for wrong in [json!(null), json!(7), json!("text"), json!([]), json!([[]]), json!({ "": {} })] {
        let names = [
            "components",
            "security",
            "servers",
            "info",
            "x-amazon-apigateway-policy",
            "x-amazon-apigateway-request-validators",
            "x-amazon-apigateway-gateway-responses",
            "x-amazon-apigateway-binary-media-types",
            "x-amazon-apigateway-cors",
        ];
        for name in names {
            let text = with(name, wrong.clone());
            assert_eq!(Pair::new("wrong", &text, &text).changes(), [""; 0], "{name}: {wrong}");
        }
        let mut document = document(json!({ "/c": { "post": {} } }));
        for name in
            ["parameters", "requestBody", "responses", "security", "x-amazon-apigateway-integration", "operationId"]
        {
            document["paths"]["/c"]["post"][name] = wrong.clone();
        }
        let text = document.to_string();
        assert_eq!(Pair::new("wrong", &text, &text).changes(), [""; 0], "{wrong}");
        // Where a path or an operation has to be, nothing else is passed over.
        if !wrong.is_object() {
            let text = with("paths", json!({ "/a": { "get": wrong } }));
            let ran = Pair::new("wrong", &text, &text).drift("text");
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{wrong}");
            assert!(ran.stderr.contains("`GET /a` is no object"), "{wrong}: {}", ran.stderr);
        }
    }
}
