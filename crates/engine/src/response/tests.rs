//! Tables of answers and of what becomes of them.

mod authorizers;

use serde_json::{Value, json};

use super::catalogue::{EXAMPLES, Source};
use super::*;

/// What is said of an answer, in a line: `malformed 502 ? [error $.body body-not-a-string]`, with `?` where it is not
/// proven.
fn line(verdict: &Verdict) -> String {
    let problems: Vec<String> = verdict
        .problems
        .iter()
        .map(|problem| format!("{} {} {}", problem.severity.name(), problem.path, problem.rule))
        .collect();
    let status = verdict.status.map_or("-".to_owned(), |status| status.to_string());
    let doubt = if verdict.proven { "" } else { " ?" };
    format!("{} {status}{doubt} [{}]", verdict.outcome.name(), problems.join(", "))
}

fn check(kind: Kind, cases: &[(&str, &str)]) {
    for (answer, expected) in cases {
        let value: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(line(&judge(kind, &value, &Context::default())), *expected, "{} {answer}", kind.name());
    }
}

#[test]
fn rest_statuses() {
    check(
        Kind::Rest,
        &[
            (r#"{"statusCode":200,"body":""}"#, "ok 200 []"),
            (r#"{"statusCode":599,"body":""}"#, "ok 599 []"),
            (r#"{"statusCode":"201","body":""}"#, "ok 201 []"),
            (r#"{"statusCode":200.0,"body":""}"#, "ok 200 ? []"),
            (r#"{"statusCode":"0200","body":""}"#, "ok 200 ? []"),
            (r#"{"statusCode":100,"body":""}"#, "ok 100 ? [warning $.statusCode status-code-out-of-range]"),
            (r#"{"body":""}"#, "ok 200 [warning $.statusCode no-status-code]"),
            (r#"{"statusCode":null,"body":""}"#, "ok 200 ? [warning $.statusCode no-status-code]"),
            (r#"{"statusCode":"test","body":""}"#, "malformed 502 [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":"","body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":" 200","body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":"200.0","body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":"-1","body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":200.5,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":true,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":[200],"body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":{},"body":""}"#, "malformed 502 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":0,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":99,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":1000,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":-200,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":1e300,"body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":"99","body":""}"#, "malformed 502 ? [error $.statusCode status-code-out-of-range]"),
            (
                r#"{"statusCode":"99999999999999999999","body":""}"#,
                "malformed 502 ? [error $.statusCode status-code-out-of-range]",
            ),
        ],
    );
}

#[test]
fn rest_bodies_and_keys() {
    check(
        Kind::Rest,
        &[
            ("{}", "ok 200 [warning $.statusCode no-status-code, warning $.body no-body]"),
            (r#"{"statusCode":200}"#, "ok 200 [warning $.body no-body]"),
            (r#"{"statusCode":204}"#, "ok 204 [warning $.body no-body]"),
            (r#"{"statusCode":200,"body":null}"#, "ok 200 ? [warning $.body no-body]"),
            (r#"{"statusCode":200,"body":{}}"#, "malformed 502 [error $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":[]}"#, "malformed 502 ? [error $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":0}"#, "malformed 502 ? [error $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":false}"#, "malformed 502 ? [error $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":"","x":null}"#, "malformed 502 [error $.x unknown-key]"),
            (r#"{"statusCode":200,"body":"","x-y 'z'":1}"#, r"malformed 502 [error $['x-y \'z\''] unknown-key]"),
            (r#"{"statusCode":200,"body":"","":1}"#, "malformed 502 [error $[''] unknown-key]"),
            (
                r#"{"StatusCode":200,"Body":""}"#,
                "malformed 502 [error $.Body unknown-key, error $.StatusCode unknown-key, warning $.statusCode \
             no-status-code, warning $.body no-body]",
            ),
            // A recorded fault makes an inferred one beside it no less certain.
            (
                r#"{"statusCode":600,"body":{}}"#,
                "malformed 502 [error $.statusCode status-code-out-of-range, error $.body body-not-a-string]",
            ),
            ("7", "malformed 502 ? [error $ not-an-object]"),
            ("true", "malformed 502 ? [error $ not-an-object]"),
            (r#""{\"statusCode\":200}""#, "malformed 502 [error $ not-an-object]"),
        ],
    );
}

#[test]
fn rest_headers() {
    check(
        Kind::Rest,
        &[
            (r#"{"statusCode":200,"body":"","headers":{}}"#, "ok 200 []"),
            (r#"{"statusCode":200,"body":"","headers":{"a":"","b":false}}"#, "ok 200 []"),
            (r#"{"statusCode":200,"body":"","headers":{"a":1}}"#, "ok 200 ? []"),
            (
                r#"{"statusCode":200,"body":"","headers":{"a":null}}"#,
                "ok 200 ? [warning $.headers.a header-value-not-a-scalar]",
            ),
            (
                r#"{"statusCode":200,"body":"","headers":{"x-a":{}}}"#,
                "malformed 502 ? [error $.headers['x-a'] header-value-not-a-scalar]",
            ),
            (
                r#"{"statusCode":200,"body":"","headers":"a: b"}"#,
                "malformed 502 ? [error $.headers headers-not-an-object]",
            ),
            (r#"{"statusCode":200,"body":"","headers":[]}"#, "malformed 502 [error $.headers headers-not-an-object]"),
            (
                r#"{"statusCode":200,"body":"","headers":[{}]}"#,
                "malformed 502 ? [error $.headers headers-not-an-object]",
            ),
            (r#"{"statusCode":200,"body":"","multiValueHeaders":{"a":["b","c"]}}"#, "ok 200 []"),
            (r#"{"statusCode":200,"body":"","multiValueHeaders":null}"#, "ok 200 ? []"),
            (r#"{"statusCode":200,"body":"","headers":{"x\r\ny":"a"}}"#, "ok 200 ? []"),
            (r#"{"statusCode":200,"body":"","headers":{"x":"a\nb"}}"#, "ok 200 ? []"),
            (r#"{"statusCode":200,"body":"","multiValueHeaders":{"x":["a","b\u0000"]}}"#, "ok 200 ? []"),
            (
                r#"{"statusCode":200,"body":"","multiValueHeaders":[]}"#,
                "malformed 502 ? [error $.multiValueHeaders headers-not-an-object]",
            ),
            (
                r#"{"statusCode":200,"body":"","multiValueHeaders":{"a":"b"}}"#,
                "malformed 502 [error $.multiValueHeaders.a multi-value-header-not-a-list]",
            ),
            (
                r#"{"statusCode":200,"body":"","multiValueHeaders":{"a":null}}"#,
                "malformed 502 ? [error $.multiValueHeaders.a multi-value-header-not-a-list]",
            ),
            (
                r#"{"statusCode":200,"body":"","multiValueHeaders":{"a":["b",[]]}}"#,
                "malformed 502 ? [error $.multiValueHeaders.a[1] header-value-not-a-scalar]",
            ),
        ],
    );
    let answer = json!({
        "statusCode": 200, "body": "", "headers": { "X-Id": "a", "x-id": "b" }, "multiValueHeaders": { "X-ID": ["c"] },
    });
    let verdict = judge(Kind::Rest, &answer, &Context::default());
    assert_eq!(
        verdict.notes,
        [
            "`headers` has `x-id` in several spellings: which of them the caller gets is not verified",
            "`X-ID` stands in `headers` and in `multiValueHeaders`: the caller gets the values of both, those of \
         `multiValueHeaders` first and under its spelling",
        ]
    );
}

#[test]
fn a_rest_api_decodes_by_its_types_and_the_first_value_of_accept() {
    let png = || Some(vec!["image/png".to_owned()]);
    let other = r#"{"statusCode":200,"body":"not-base64","isBase64Encoded":true}"#;
    let good = r#"{"statusCode":200,"body":"dGVzdC1kYXRh","isBase64Encoded":true}"#;
    let loose = r#"{"statusCode":200,"body":"dGVzdA","isBase64Encoded":true}"#;
    let refused = "malformed 500 [error $.body body-not-base64]";
    let not_verified = "malformed 500 ? [error $.body body-not-base64]";
    let passed = "ok 200 [warning $.body body-not-base64]";
    let not_known = "ok 200 ? [warning $.body body-not-base64]";
    for (answer, types, accept, expected) in [
        (other, None, None, not_known),
        (other, None, Some("image/png"), not_known),
        (other, png(), None, not_known),
        (other, png(), Some("image/png"), refused),
        (other, png(), Some("Image/PNG;q=0.9, text/html"), refused),
        (other, png(), Some("text/html, image/png"), passed),
        (other, png(), Some(""), passed),
        (other, Some(Vec::new()), None, passed),
        (other, Some(vec!["*/*".to_owned()]), Some("text/html"), not_verified),
        (other, Some(vec!["image/*".to_owned()]), Some("image/png"), not_verified),
        (other, Some(vec!["image/*".to_owned()]), Some("text/html"), passed),
        (good, None, None, "ok 200 []"),
        (good, Some(Vec::new()), None, "ok 200 []"),
        (good, png(), Some("image/png"), "ok 200 []"),
        (good, Some(vec!["*/*".to_owned()]), Some("image/png"), "ok 200 ? []"),
        (loose, png(), Some("image/png"), not_verified),
        (loose, png(), Some("text/html"), passed),
        // What is refused for its shape is a 502, whatever its body.
        (
            r#"{"statusCode":200,"body":"not-base64","isBase64Encoded":true,"x":1}"#,
            png(),
            Some("image/png"),
            "malformed 502 [error $.x unknown-key, error $.body body-not-base64]",
        ),
        // The undocumented key comes first.
        (
            r#"{"statusCode":200,"body":"not-base64","isBase64Encoded":false,"base64Encoded":true}"#,
            png(),
            Some("image/png"),
            refused,
        ),
        (r#"{"statusCode":200,"body":"x","isBase64Encoded":null}"#, None, None, "ok 200 ? []"),
        (r#"{"statusCode":200,"body":"not-base64","isBase64Encoded":"true"}"#, png(), Some("image/png"), refused),
        (
            r#"{"statusCode":200,"body":"x","isBase64Encoded":1}"#,
            None,
            None,
            "ok 200 ? [warning $.isBase64Encoded body-not-base64]",
        ),
    ] {
        let accept = accept.map(str::to_owned);
        let context = Context { binary_media_types: types.clone(), accept: accept.clone(), ..Context::default() };
        let value = serde_json::from_str(answer).unwrap();
        assert_eq!(line(&judge(Kind::Rest, &value, &context)), expected, "{answer} {types:?} {accept:?}");
    }
}

#[test]
fn http_apis() {
    check(
        Kind::Http1,
        &[
            (r#"{"statusCode":200,"body":"","x":1}"#, "ok 200 [warning $.x unknown-key]"),
            (r#"{"statusCode":200}"#, "ok 200 [warning $.body no-body]"),
            ("{}", "malformed 500 [error $.statusCode no-status-code, warning $.body no-body]"),
            (r#"{"statusCode":null,"body":""}"#, "malformed 500 ? [error $.statusCode no-status-code]"),
            (r#"{"statusCode":"201","body":""}"#, "ok 201 ? []"),
            (r#"{"statusCode":"test","body":""}"#, "malformed 500 ? [error $.statusCode status-code-not-a-number]"),
            (r#"{"statusCode":200,"body":{}}"#, "malformed 500 ? [error $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":"","headers":{"a":true}}"#, "ok 200 ? []"),
            (
                r#"{"statusCode":200,"body":"not-base64","isBase64Encoded":true}"#,
                "malformed 500 ? [error $.body body-not-base64]",
            ),
            (r#"{"statusCode":200,"body":"x","base64Encoded":true}"#, "ok 200 [warning $.base64Encoded unknown-key]"),
            ("null", "malformed 500 ? [error $ not-an-object]"),
            (r#"{"errorMessage":"x"}"#, "function-error 500 []"),
        ],
    );
    check(
        Kind::Http2,
        &[
            (r#"{"statusCode":200,"body":""}"#, "ok 200 []"),
            (r#"{"statusCode":200}"#, "ok 200 [warning $.body no-body]"),
            ("{}", "ok 200 [warning $.statusCode no-status-code]"),
            ("[]", "ok 200 [warning $.statusCode no-status-code]"),
            ("7", "ok 200 [warning $.statusCode no-status-code]"),
            ("null", "ok 200 ? [warning $.statusCode no-status-code]"),
            (r#"{"body":"x"}"#, "ok 200 [warning $.statusCode no-status-code]"),
            (r#"{"errorType":"E","errorMessage":"x"}"#, "ok 200 [warning $.statusCode no-status-code]"),
            (r#"{"statusCode":null,"body":"x"}"#, "ok 200 ? [warning $.statusCode no-status-code]"),
            (r#"{"statusCode":700,"body":"x"}"#, "malformed 500 ? [error $.statusCode status-code-out-of-range]"),
            (r#"{"statusCode":200,"body":{}}"#, "ok 200 ? [warning $.body body-not-a-string]"),
            (r#"{"statusCode":200,"body":"","cookies":[]}"#, "ok 200 []"),
            (r#"{"statusCode":200,"body":"","cookies":null}"#, "ok 200 ? []"),
            (r#"{"statusCode":200,"body":"","cookies":{}}"#, "malformed 500 ? [error $.cookies cookies-not-a-list]"),
            (
                r#"{"statusCode":200,"body":"","cookies":["a=1",2]}"#,
                "malformed 500 ? [error $.cookies[1] cookies-not-a-list]",
            ),
            (
                r#"{"statusCode":200,"body":"","multiValueHeaders":{"a":["b"]}}"#,
                "ok 200 [warning $.multiValueHeaders unknown-key]",
            ),
        ],
    );
}

#[test]
fn websocket_routes() {
    let on = |route: Option<&str>, answer: &str| {
        let context = Context { route: route.map(str::to_owned), ..Context::default() };
        line(&judge(Kind::WebSocket, &serde_json::from_str(answer).unwrap(), &context))
    };
    for (route, answer, expected) in [
        (Some("$connect"), r#"{"statusCode":200,"body":""}"#, "ok 200 []"),
        (Some("$connect"), r#"{"statusCode":403,"body":""}"#, "ok 403 []"),
        (Some("send"), r#"{"statusCode":403,"body":""}"#, "ok - []"),
        (None, r#"{"statusCode":403,"body":""}"#, "ok - []"),
        (None, r#"{"statusCode":200}"#, "ok - ? [warning $.body no-body]"),
        (Some("$connect"), r#"{"body":""}"#, "ok 200 ? [warning $.statusCode no-status-code]"),
        (Some("send"), "null", "malformed - [error $ not-an-object]"),
        (Some("$connect"), "null", "malformed 502 ? [error $ not-an-object]"),
        (Some("send"), r#""ok""#, "malformed - ? [error $ not-an-object]"),
        (Some("send"), r#"{"statusCode":200,"body":{}}"#, "malformed - ? [error $.body body-not-a-string]"),
        (Some("send"), r#"{"statusCode":200,"body":"","x":1}"#, "ok - ? [warning $.x unknown-key]"),
    ] {
        assert_eq!(on(route, answer), expected, "{route:?} {answer}");
    }
}

#[test]
fn failures_of_functions() {
    let failed = |kind, route: Option<&str>, message: &str| {
        let context = Context { route: route.map(str::to_owned), ..Context::default() };
        line(&judge_failure(kind, &json!({ "errorType": "Error", "errorMessage": message }), &context))
    };
    for (kind, route, message, expected) in [
        (Kind::Rest, None, "x", "function-error 502 []"),
        (Kind::Http1, None, "x", "function-error 500 []"),
        (Kind::Http2, None, "x", "function-error 500 []"),
        (Kind::WebSocket, Some("$connect"), "x", "function-error 502 []"),
        (Kind::WebSocket, Some("send"), "x", "function-error - []"),
        (Kind::AuthorizerRest, None, "x", "function-error 500 []"),
        (Kind::AuthorizerRest, None, "Unauthorized", "function-error 401 []"),
        (Kind::AuthorizerRest, None, "unauthorized", "function-error 500 []"),
        (Kind::AuthorizerHttpSimple, None, "Unauthorized", "function-error 401 []"),
        (Kind::AuthorizerHttpIam, None, "x", "function-error 500 []"),
    ] {
        assert_eq!(failed(kind, route, message), expected, "{kind:?} {route:?} {message}");
    }
    // Only what Lambda itself hands out is a failure; anything beside it makes it an answer with unknown keys.
    check(
        Kind::Rest,
        &[
            (
                r#"{"errorType":"E","errorMessage":"m","stackTrace":[],"trace":[],"requestId":"1","cause":{}}"#,
                "function-error 502 []",
            ),
            (r#"{"errorMessage":"2024-04-24 Task timed out after 1.00 seconds"}"#, "function-error 502 []"),
            (
                r#"{"errorMessage":"m","code":1}"#,
                "malformed 502 [error $.code unknown-key, error $.errorMessage unknown-key, warning $.statusCode \
             no-status-code, warning $.body no-body]",
            ),
            (
                r#"{"requestId":"1"}"#,
                "malformed 502 [error $.requestId unknown-key, warning $.statusCode no-status-code, warning $.body no-body]",
            ),
        ],
    );
}

#[test]
fn the_examples_are_known_from_what_they_say() {
    for example in EXAMPLES {
        let answer = serde_json::from_str(example.answer).unwrap();
        let verdict = judge(example.kind, &answer, &Context::default());
        let is_known = example.source != Source::Inferred;
        assert_eq!(verdict.proven, is_known, "{} {}", example.kind.name(), example.answer);
    }
}

#[test]
fn what_is_too_large_is_named() {
    let answer = |length: usize| json!({ "statusCode": 200, "body": "x".repeat(length) });
    // The envelope has 28 bytes.
    let judged = |length: usize| line(&judge(Kind::Rest, &answer(length), &Context::default()));
    assert_eq!(judged(LAMBDA_LIMIT - 28), "ok 200 []");
    assert_eq!(judged(LAMBDA_LIMIT - 27), "malformed 502 ? [error $ too-large]");
    assert_eq!(
        line(&judge(Kind::Http2, &answer(GATEWAY_LIMIT), &Context::default())),
        "malformed 500 ? [error $ too-large]"
    );
}

#[test]
fn hostile_answers_cost_little_and_are_told_in_few_words() {
    let keys: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("key{n}"), json!(n))).collect();
    let verdict = judge(Kind::Rest, &Value::Object(keys), &Context::default());
    assert_eq!((verdict.outcome, verdict.problems.len()), (Outcome::Malformed, 100));
    assert_eq!(verdict.notes, ["4902 more problems of this answer are not listed"]);

    let long = "k".repeat(1_000_000);
    let verdict = judge(Kind::Rest, &json!({ "statusCode": 200, "body": "", long: 1 }), &Context::default());
    let told: usize =
        verdict.problems.iter().map(|problem| problem.message.len() + problem.path.len() + problem.fix.len()).sum();
    assert!(told < 1_000, "{told}");

    // Nothing of a body or of a header's value is told.
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let answer = json!({ "statusCode": secret, "headers": { "a": [secret] }, "body": [secret], "cookies": secret });
    for kind in Kind::ALL {
        let verdict = judge(kind, &answer, &Context::default());
        assert!(!serde_json::to_string(&verdict).unwrap().contains(secret), "{kind:?}");
    }
    for (message, hidden) in [
        ("denied for AKIAIOSFODNN7EXAMPLE today", "AKIAIOSFODNN7EXAMPLE"),
        ("401 for Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("login failed, password: hunter2hunter2", "hunter2hunter2"),
        ("login failed, password=hunter2", "hunter2"),
        ("connect to postgres://app:s3cretword@db.example.com/orders failed", "s3cretword"),
        ("GET https://example.com/?api_key=abcdef failed", "abcdef"),
    ] {
        let failure = json!({ "errorType": "E", "errorMessage": message });
        let told = judge(Kind::Rest, &failure, &Context::default()).function_error.unwrap().message.unwrap();
        assert!(!told.contains(hidden) && told.contains("<redacted>"), "{told}");
    }
    let harmless = "basic auth is off: 3 tokens left for 'id' at key 7";
    let failure = json!({ "errorType": "E", "errorMessage": harmless });
    let told = judge(Kind::Rest, &failure, &Context::default()).function_error.unwrap().message;
    assert_eq!(told.as_deref(), Some(harmless));
}

#[test]
fn json_has_the_promised_shape() {
    let answer = json!({ "statusCode": 200, "body": { "id": 1 } });
    let context = Context { runtime: Some(Runtime::Node), ..Context::default() };
    let verdict = serde_json::to_value(judge(Kind::Rest, &answer, &context)).unwrap();
    assert_eq!(
        verdict,
        json!({
            "schema": "stagecheck.response/1", "integration": "rest", "outcome": "malformed", "status": 502, "proven": true,
            "problems": [{
                "path": "$.body", "rule": "body-not-a-string", "severity": "error",
                "message": "`body` is an object and has to be a string: the gateway refuses the answer",
                "fix": "JSON.stringify(body)",
            }],
            "functionError": null, "notes": [],
        })
    );
    for kind in Kind::ALL {
        assert_eq!(
            (Kind::from_name(kind.name()), serde_json::to_value(kind).unwrap()),
            (Some(kind), json!(kind.name()))
        );
    }
    let ids: std::collections::BTreeSet<&str> = Rule::ALL.into_iter().map(Rule::id).collect();
    assert_eq!(ids.len(), Rule::ALL.len());
}
