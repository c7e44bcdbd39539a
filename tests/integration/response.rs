//! Answers of Lambda functions: what AWS was recorded to make of them, the page that is written from the rules, and the
//! command.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use engine::response::catalogue::{EXAMPLES, Source};
use engine::response::source::{invocation, test_invoke};
use engine::response::{Context, Kind, Outcome, Rule, Runtime, judge, judge_failure};
use expect_test::expect_file;
use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::{read, shared};

/// Runs `stagecheck response` with something on standard input.
fn response(args: &[&str], input: &[u8]) -> Ran {
    let mut command: Command = stagecheck();
    command.arg("response").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that complains at once closes its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap().into()
}

#[test]
fn recorded_answers_get_the_verdict_that_aws_gave() {
    let Some(path) = shared("aws-recorded/lambda-proxy-responses/cases.json") else { return };
    let cases: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    for case in cases {
        let returned = case["lambda_returned"].as_str().unwrap();
        let verdict = if returned.starts_with("(client sent no body") {
            judge_failure(Kind::Rest, &json!({ "errorType": "TypeError", "errorMessage": "…" }), &Context::default())
        } else if returned.contains("<invalid base64>") {
            let context = Context {
                binary_media_types: Some(vec!["image/png".to_owned()]),
                accept: Some("image/png".to_owned()),
                ..Context::default()
            };
            let answer = json!({ "statusCode": 200, "headers": {}, "body": "not base64", "isBase64Encoded": true });
            judge(Kind::Rest, &answer, &context)
        } else {
            let answer = returned.split(" (test_").next().unwrap();
            judge(Kind::Rest, &serde_json::from_str(answer).unwrap(), &Context::default())
        };
        assert_eq!(
            (verdict.status, verdict.proven),
            (case["http_status"].as_u64().map(|s| s as u16), true),
            "{returned}"
        );
        assert_eq!(verdict.is_failure(), verdict.status >= Some(500), "{returned}");
        assert_eq!(
            verdict.problems.is_empty(),
            verdict.function_error.is_some() || returned.contains("\"body\":\"dGVz")
        );
    }
}

/// The members of a value, however deep, that have a key.
fn holding<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            if object.contains_key(key) {
                found.push(value);
            }
            object.values().for_each(|value| holding(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| holding(value, key, found)),
        _ => {}
    }
}

#[test]
fn recorded_invocations_are_told_apart() {
    let Some(folder) = shared("aws-recorded/logs") else { return };
    let (mut failed, mut answered) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let recording: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut results = Vec::new();
        holding(&recording, "ExecutedVersion", &mut results);
        for result in results {
            if result["Payload"] == json!("") || result["StatusCode"] != 200 {
                continue;
            }
            // What the tests of the recording put in the place of a log's base64 is none.
            let judged = invocation(&result.to_string()).unwrap().judge(Kind::Rest, &Context::default());
            if result.get("FunctionError").is_some() {
                failed += 1;
                assert_eq!((judged.outcome, judged.status, judged.proven), (Outcome::FunctionError, Some(502), true));
                let error = judged.function_error.unwrap();
                assert_eq!(error.error_type.as_deref(), result["Payload"]["errorType"].as_str(), "{}", path.display());
                assert_eq!(error.message.as_deref(), result["Payload"]["errorMessage"].as_str(), "{}", path.display());
                // The same payload without FunctionError is known by its keys.
                assert_eq!(judge(Kind::Rest, &result["Payload"], &Context::default()).outcome, Outcome::FunctionError);
            } else {
                answered += 1;
                assert_ne!(judged.outcome, Outcome::FunctionError, "{}", path.display());
            }
        }
    }
    assert!(failed >= 31 && answered >= 2, "{failed} {answered}");
}

#[test]
fn recorded_results_of_test_invoke_method_keep_their_verdict() {
    let Some(folder) = shared("aws-recorded/test-invoke") else { return };
    let mut seen = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let recording: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for (name, result) in recording["recorded-content"].as_object().unwrap() {
            // The recording has the log's lines apart.
            let Some(lines) = result["log"].as_object() else { continue };
            let lines: Vec<&str> = lines.values().map(|line| line.as_str().unwrap()).collect();
            let mut result = result.clone();
            result["log"] = json!(lines.join("\n"));
            seen.push(match test_invoke(&result, &Context::default()) {
                Err(error) => format!("{name}: {error}"),
                Ok(verdict) => {
                    assert_eq!(verdict.status.map(u64::from), result["status"].as_u64());
                    format!("{name}: {} {:?} {:?}", verdict.outcome.name(), verdict.problems, verdict.notes)
                }
            });
        }
    }
    seen.sort();
    let mock = "the log holds no function's answer: the integration calls none, or none was needed";
    let names = [
        "get-pets",
        "get-pets-bad-path",
        "get-pets-id",
        "get-pets-id-bad-path",
        "get-pets-id-no-path",
        "get-with-qs",
        "post-with-body",
    ];
    let mut expected: Vec<String> =
        names.into_iter().map(|name| format!("test-invoke-method-{name}: ok [] {:?}", [mock])).collect();
    let whole = "the gateway handed the whole answer on: this is no proxy integration";
    for name in ["test_invoke_method_response", "test_invoke_method_response_with_body"] {
        expected.push(format!("{name}: ok [] {:?}", [whole]));
    }
    expected.push(
        "test-invoke-failure: the gateway answered 500 and had no answer of the function to judge: configuration error: \
         Invalid endpoint address"
            .to_owned(),
    );
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn the_page_of_responses_is_written_from_the_rules() {
    let mut page = "# Responses\n\n\
        What API Gateway makes of a Lambda function's answer. Written from the rules of `stagecheck response` and from\n\
        what it says of these examples.\n\n\
        A rule that is not *proven* is inferred, and the verdict says so. `stagecheck response` names an answer without\n\
        `statusCode` or without `body` always: as an error where the gateway refuses it, as a warning where it does not.\n\n\
        A function that fails, with `FunctionError` set, is no answer: the caller gets 502 from a REST API, 500 from an\n\
        HTTP API, 502 from `$connect`, and a frame with `Internal server error` from any other WebSocket route. An\n\
        authorizer that fails is a 500, or a 401 if its message is exactly `Unauthorized`.\n"
        .to_owned();
    for kind in Kind::ALL {
        page.push_str(&format!("\n## {}\n\n", kind.name()));
        page.push_str("| answer | outcome | caller gets | problems | known from |\n| --- | --- | --- | --- | --- |\n");
        for example in EXAMPLES.iter().filter(|example| example.kind == kind) {
            let verdict = judge(kind, &serde_json::from_str(example.answer).unwrap(), &Context::default());
            let status = verdict.status.map(|status| status.to_string()).unwrap_or_default();
            let problems: Vec<String> = verdict
                .problems
                .iter()
                .map(|problem| format!("{} [`{1}`](#{1})", problem.severity.name(), problem.rule))
                .collect();
            page.push_str(&format!(
                "| `{}` | {} | {status} | {} | {} |\n",
                example.answer,
                verdict.outcome.name(),
                problems.join(", "),
                example.source.title()
            ));
        }
    }
    page.push_str("\n## Rules\n");
    for rule in Rule::ALL {
        page.push_str(&format!("\n### {rule}\n\n{}\n\n", rule.meaning()));
        let fixes: Vec<String> = Runtime::ALL.into_iter().map(|runtime| rule.fix(Some(runtime))).collect();
        if fixes.iter().all(|fix| *fix == fixes[0]) {
            page.push_str(&format!("To mend it: {}.\n", fixes[0]));
            continue;
        }
        let neutral = rule.fix(None);
        page.push_str(&format!("To mend it: {}.\n\n", neutral.split("; in Node.js").next().unwrap_or_default()));
        for (runtime, fix) in Runtime::ALL.into_iter().zip(fixes) {
            page.push_str(&format!("- {}: `{fix}`\n", runtime.title()));
        }
    }
    page.push_str(
        "\n## Where this is known from\n\n\
         - *Recorded on AWS*: the answer was given to API Gateway, and the status it made of it written down.\n\
         - *Published logs*: execution logs and transcripts that users of AWS published.\n\
         - *Documentation*: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,\n\
         \u{20}\u{20}<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>.\n\
         - *Trials of SAM's authors*: what the authors of AWS SAM's local gateway found, and wrote into it.\n\
         - *Emulator compared with AWS*: the rules of an emulator whose authors compared it with AWS.\n\
         - *Inferred*: by analogy. The verdict has `proven: false`.\n",
    );
    expect_file!["../../docs/responses.md"].assert_eq(&page);
    let shown: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| page.contains(&format!("](#{rule})"))).collect();
    assert!(shown.len() >= 14, "{shown:?}");
    assert!(EXAMPLES.iter().any(|example| example.source == Source::Inferred));
}

#[test]
fn the_example_of_the_readme_is_what_the_command_prints() {
    let readme = read("README.md");
    let (_, example) = readme.split_once("$ echo '").expect("the README shows an answer");
    let (answer, rest) = example.split_once("' | stagecheck response ").unwrap();
    let (args, rest) = rest.split_once('\n').unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let args: Vec<&str> = args.split(' ').collect();
    let ran = response(&args, answer.as_bytes());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, shown));
}

#[test]
fn an_answer_is_judged_from_a_file_or_standard_input() {
    let folder = Folder::new("response-answer");
    let answer = r#"{"statusCode":200,"body":{"id":1}}"#;
    let file = folder.file("answer.json", answer);
    let from_file = run(["response", &file]);
    assert_eq!((from_file.code, from_file.stderr.as_str()), (0, ""));
    assert_eq!(
        from_file.stdout,
        "rest: malformed, the caller gets 502\n\n  error $.body  body-not-a-string\n    `body` is an object and has to be a \
         string: the gateway refuses the answer\n    fix: turn the body into text; in Node.js: JSON.stringify(body)\n"
    );
    assert_eq!(response(&[], answer.as_bytes()), from_file);
    assert_eq!(response(&["-"], format!("\u{feff}{answer}\n").as_bytes()), from_file);
    let verdict = run(["response", &file, "--format", "json", "--runtime", "nodejs22.x"]).json();
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
    let markdown = run(["response", &file, "--format", "markdown"]).stdout;
    assert!(
        markdown.starts_with("### Answer for rest\n\n**malformed, the caller gets 502**\n\n| severity"),
        "{markdown}"
    );
    let out = folder.path("verdict.json");
    assert_eq!(run(["response", &file, "--format", "json", "--out", &out]).stdout, "");
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(out).unwrap()).unwrap()["status"], 502);
}

#[test]
fn the_exit_code_tells_of_an_error_if_that_was_asked_for() {
    for (args, answer, expected) in [
        (vec![], r#"{"statusCode":200,"body":{}}"#, 0),
        (vec!["--fail-on", "high"], r#"{"statusCode":200,"body":{}}"#, 1),
        (vec!["--fail-on", "low"], r#"{"statusCode":200}"#, 0),
        (vec!["--fail-on", "critical"], r#"{"errorMessage":"x"}"#, 1),
        (vec!["--fail-on", "never"], r#"{"errorMessage":"x"}"#, 0),
        (vec!["--fail-on", "low", "--integration", "authorizer-http-simple"], r#"{"isAuthorized":false}"#, 0),
        (vec!["--fail-on", "low", "--integration", "http-2.0"], r#"{"message":"x"}"#, 0),
        (vec!["--fail-on", "low", "--integration", "http-1.0"], r#"{"message":"x"}"#, 1),
        (vec!["--fail-on", "low", "--source", "lines"], "{}\n\"x\"\n", 1),
        (vec!["--fail-on", "low", "--source", "lines"], "{}\n", 0),
        (
            vec!["--fail-on", "low", "--accept", "image/png", "--binary-media-type", "image/png"],
            r#"{"body":"!","isBase64Encoded":true}"#,
            1,
        ),
        (vec!["--fail-on", "low"], r#"{"body":"!","isBase64Encoded":true}"#, 0),
    ] {
        let ran = response(&args, answer.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (expected, ""), "{args:?} {answer}");
    }
}

#[test]
fn other_sources_are_read() {
    let status = |args: &[&str], input: &str| {
        let verdict = response(&[&["--format", "json"], args].concat(), input.as_bytes()).json();
        format!("{} {} {}", verdict["outcome"].as_str().unwrap(), verdict["status"], verdict["functionError"])
    };
    let failed =
        r#"{"StatusCode":200,"FunctionError":"Unhandled","Payload":{"errorType":"KeyError","errorMessage":"'id'"}}"#;
    let error = r#"{"errorType":"KeyError","message":"'id'"}"#;
    assert_eq!(status(&["--source", "invoke"], failed), format!("function-error 502 {error}"));
    assert_eq!(
        status(&["--source", "invoke", "--integration", "http-2.0"], failed),
        format!("function-error 500 {error}")
    );
    let printed =
        "{\"statusCode\": 201, \"body\": \"\"}{\n    \"StatusCode\": 200,\n    \"ExecutedVersion\": \"$LATEST\"\n}\n";
    assert_eq!(status(&["--source", "invoke"], printed), "ok 201 null");
    let log = "Execution log for request 1\nWed Nov 02 10:19:35 UTC 2022 : Endpoint response body before transformations: \
               {\"statusCode\": 200, \"body\": {\"hey\": \"dude\"}}\nWed Nov 02 10:19:35 UTC 2022 : Execution failed due to \
               configuration error: Malformed Lambda proxy response\nWed Nov 02 10:19:35 UTC 2022 : Method completed with \
               status: 502\n";
    let result = json!({ "status": 502, "log": log, "body": "{\"message\": \"Internal server error\"}" }).to_string();
    assert_eq!(status(&["--source", "test-invoke"], &result), "malformed 502 null");
    assert_eq!(status(&["--integration", "websocket", "--route", "$connect"], r#"{"statusCode":403}"#), "ok 403 null");
    assert_eq!(status(&["--integration", "websocket"], r#"{"statusCode":403}"#), "ok null null");
}

#[test]
fn many_answers_are_judged_line_by_line() {
    let folder = Folder::new("response-lines");
    let file = folder.file("answers.jsonl", "{\"statusCode\":200,\"body\":\"\"}\n\n{}\r\n\"x\"");
    let answers = run(["response", "--source", "lines", "--format", "json", &file]).json();
    assert_eq!(answers["schema"], "stagecheck.responses/1");
    let told: Vec<String> = answers["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| format!("{} {} {}", answer["line"], answer["outcome"].as_str().unwrap(), answer["status"]))
        .collect();
    assert_eq!(told, ["1 ok 200", "3 ok 200", "4 malformed 502"]);
    assert_eq!(answers["answers"][0]["schema"], "stagecheck.response/1");
    let text = run(["response", "--source", "lines", &file]).stdout;
    assert!(text.starts_with("line 3: ok, the caller gets 200\n"), "{text}");
    assert!(text.ends_with("\n3 answers: 2 ok (1 with warnings), 1 malformed\n"), "{text}");

    // A line that is no JSON is named, and the others are judged all the same.
    let ran = response(&["--source", "lines", "--format", "json"], b"{}\n{\"a\":\n\xff\n{}\n");
    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["answers"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        ran.stderr,
        "error: standard input is not JSON in line 2 column 5: EOF while parsing a value (1 more lines are not)\n help: write one \
         answer on each line, as JSON; the other lines have been judged\n"
    );
    let out = folder.file("kept.json", "kept");
    let ran = response(&["--source", "lines", "--format", "json", "--out", &out], b"\n \n");
    assert_eq!((ran.code, fs::read_to_string(&out).unwrap().as_str()), (2, "kept"));
}

/// Input that holds no answer, and what standard error says of it.
#[test]
fn bad_answers_get_one_clear_error() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let invoke = ["--source", "invoke"];
    let test = ["--source", "test-invoke"];
    for (args, input, expected) in [
        (&[] as &[&str], "".as_bytes(), "standard input cannot be judged: it is empty"),
        (&[], b" \n\t", "standard input cannot be judged: it is empty"),
        (&[], b"{\n  'a': 1}", "standard input cannot be judged: it is not JSON: key must be a string at line 2 column 3"),
        (&[], b"hello", "it is not JSON: expected value at line 1 column 1"),
        (&[], b"{} {}", "it is not JSON: trailing characters at line 1 column 4"),
        (&[], b"\xff\xfe{\0}\0", "standard input is not text in UTF-8"),
        (&[], deep.as_bytes(), "it is not JSON: recursion limit exceeded at line 1 column 128"),
        (&["--source", "lines"], b"", "standard input cannot be judged: it is empty"),
        (&["--source", "lines"], b"nope", "standard input is not JSON in line 1 column 2: expected ident"),
        (&["/nowhere.json"], b"", "cannot read /nowhere.json: No such file or directory (os error 2)"),
        (&["/"], b"", "cannot read /: Is a directory (os error 21)"),
        (&invoke, b"{}", "it is no result of lambda invoke"),
        (&invoke, br#"{"StatusCode":200}"#, "it holds no Payload"),
        (&invoke, br#"{"StatusCode":202}"#, "the function was not asked for an answer: StatusCode 202"),
        (&test, b"{}", "it is no result of TestInvokeMethod"),
        (
            &test,
            br#"{"status":500,"log":"Wed Nov 02 10:19:35 UTC 2022 : Execution failed due to configuration error: Invalid permissions on Lambda function"}"#,
            "the gateway answered 500 and had no answer of the function to judge: configuration error: Invalid permissions",
        ),
        (&["--source", "test-invoke", "--integration", "http-2.0"], b"{}", "TestInvokeMethod is of REST APIs"),
    ] {
        let ran = response(args, input);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        let first = ran.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("error: ") && first.contains(expected), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 2, "{args:?}: one error, and what to do: {}", ran.stderr);
    }
    for args in [["--integration", "soap"], ["--source", "email"], ["--runtime", "cobol"], ["--fail-on", "warning"]] {
        let ran = response(&args, b"{}");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains("For more information"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn hostile_answers_are_told_in_few_words() {
    let body = "x".repeat(10 << 20);
    let ran = response(&["--fail-on", "low"], json!({ "statusCode": 200, "body": body }).to_string().as_bytes());
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("error $  too-large") && ran.stdout.len() < 1_000, "{}", ran.stdout.len());

    let keys: serde_json::Map<String, Value> = (0..100_000).map(|n| (format!("\u{1b}[31m{n}"), json!(n))).collect();
    let ran = response(&["--color", "never"], Value::Object(keys).to_string().as_bytes());
    assert_eq!(ran.code, 0);
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.len() < 50_000, "{}", ran.stdout.len());
    assert!(ran.stdout.contains("note: 99902 more problems of this answer are not listed"));

    let nested = format!("{{\"statusCode\":200,\"body\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert!(response(&[], nested.as_bytes()).stdout.contains("`body` is an array"));
}
