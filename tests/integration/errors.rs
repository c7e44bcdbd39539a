//! `stagecheck errors`, and the results of failing invocations that were recorded on AWS.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use engine::logs::{Event, FINGERPRINT_VERSION, Grouping, Kind, Options};
use expect_test::expect_file;
use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::{read, shared};

const ID: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

/// A log in which one invocation failed and another one did not.
fn log() -> String {
    format!(
        "START RequestId: {ID} Version: $LATEST\n\
         2026-11-22T08:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"Error\",\"errorMessage\":\"no user ada@example.com\",\
         \"stack\":[\"Error: no user ada@example.com\",\"    at get (/var/task/index.js:9:11)\"]}}\n\
         END RequestId: {ID}\n\
         2026-11-22T08:00:01.000Z\t{ID}\tERROR\tonly words\n"
    )
}

fn errors(args: &[&str]) -> Ran {
    run([&["errors"], args].concat())
}

fn of_input(input: &[u8], args: &[&str]) -> Ran {
    let mut command = stagecheck();
    command
        .args(["errors", "--file", "-"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

#[test]
fn json_has_the_fields_that_are_promised() {
    let folder = Folder::new("errors-json");
    fs::write(folder.path("log"), log()).unwrap();
    let ran = errors(&["--file", &folder.path("log"), "--function", "orders-fn", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut found = ran.json();
    let fingerprint = found["groups"][0]["fingerprint"].take();
    assert_eq!(fingerprint.as_str().unwrap().len(), 16);
    assert_eq!(
        found,
        json!({ "schema": "stagecheck.errors/1", "since": "2026-11-22T08:00:00Z", "until": "2026-11-22T08:00:01Z", "linesRead": 4,
            "groups": [{ "fingerprint": null, "kind": "exception", "errorType": "Error", "message": "no user <email>", "count": 1,
                "firstSeen": "2026-11-22T08:00:00Z", "lastSeen": "2026-11-22T08:00:00Z", "functions": ["orders-fn"], "routes": [],
                "runtime": "node", "severity": "high",
                "sample": { "timestamp": "2026-11-22T08:00:00Z", "logGroup": null, "logStream": null, "requestId": ID,
                    "lines": ["{\"errorType\":\"Error\",\"errorMessage\":\"no user <email>\",\"stack\":[\"Error: no user <email>\",\"    at get (/var/task/index.js:9:11)\"]}"] } }],
            "notRead": [] })
    );
    let ran = of_input(log().as_bytes(), &["--format", "json"]);
    assert_eq!(ran.json()["groups"][0]["fingerprint"], fingerprint);
}

#[test]
fn text_and_markdown_tell_the_same() {
    let input = log().repeat(1200);
    let ran = of_input(input.as_bytes(), &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expect_file!["../expected/errors.txt"].assert_eq(&ran.stdout);
    let markdown = of_input(input.as_bytes(), &["--format", "markdown"]).stdout;
    assert!(markdown.starts_with("### 1200 failures in 1 group in 4800 lines, "), "{markdown}");
    assert!(markdown.contains("#### high exception: Error: no user \\<email\\>"), "{markdown}");
    assert_eq!(of_input(b"fine\n", &[]).stdout, "no failures in 1 line\n");
}

#[test]
fn exit_codes_are_by_severity_and_by_what_was_not_read() {
    let code = |input: &[u8], args: &[&str]| of_input(input, args).code;
    for (fail_on, expected) in [("critical", 0), ("high", 1), ("low", 1), ("never", 0)] {
        assert_eq!(code(log().as_bytes(), &["--fail-on", fail_on]), expected, "{fail_on}");
    }
    assert_eq!(code(b"fine\n", &["--fail-on", "low", "--strict"]), 0);
    let ran = of_input(b"not \xff text\n", &["--strict"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (3, "no failures in 1 line\n\nnot read: 1 line: not UTF-8: read with a mark for each such byte\n")
    );
}

#[test]
fn what_cannot_be_done_is_one_error() {
    let folder = Folder::new("errors-bad");
    fs::write(folder.path("log.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    for (args, message) in [
        (vec![], "error: no region is given\n"),
        (vec!["--file", &folder.path("none")], "error: cannot read "),
        (vec!["--file", &folder.path("")], "error: cannot read "),
        (vec!["--file", &folder.path("log.gz")], "error: cannot read "),
        (vec!["--file", "-", "--since", "yesterday"], "error: invalid value 'yesterday' for '--since <AGE>'"),
    ] {
        let ran = errors(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.starts_with(message), "{args:?}: {}", ran.stderr);
    }
    assert!(!Path::new(&folder.path("assigned")).exists());
}

#[test]
fn since_leaves_out_what_is_older_and_keeps_what_has_no_time() {
    let kinds = |since: &str| {
        let printed = "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler\n";
        let ran = of_input(format!("{}{printed}", log()).as_bytes(), &["--format", "json", "--since", since]);
        let groups = ran.json()["groups"].as_array().unwrap().clone();
        let mut types: Vec<String> =
            groups.iter().map(|group| group["errorType"].as_str().unwrap().to_owned()).collect();
        types.sort();
        types
    };
    assert_eq!(kinds("2026-11-22T08:00:00Z"), ["Error", "KeyError"]);
    assert_eq!(kinds("2026-11-22T08:00:01Z"), ["KeyError"]);
}

#[test]
fn functions_and_log_groups_choose_where_it_is_known() {
    let folder = Folder::new("errors-functions");
    let event = |log_group: &str, name: &str| {
        json!({ "timestamp": 1_795_334_400_000_i64, "logGroup": log_group, "logStream": "s",
            "message": format!("[ERROR] {name}: x\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler\n") })
    };
    let lines = [event("/aws/lambda/a", "AError"), event("/aws/lambda/b", "BError"), event("other", "OtherError")];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(folder.path("log"), lines.join("\n")).unwrap();
    let types = |args: &[&str]| {
        let ran = errors(&[&["--file", &folder.path("log"), "--format", "json"], args].concat());
        let groups = ran.json()["groups"].as_array().unwrap().clone();
        let mut types: Vec<String> =
            groups.iter().map(|group| group["errorType"].as_str().unwrap().to_owned()).collect();
        types.sort();
        types.join(" ")
    };
    assert_eq!(types(&[]), "AError BError OtherError");
    assert_eq!(types(&["--function", "a"]), "AError OtherError");
    assert_eq!(types(&["--log-group", "/aws/lambda/b", "--log-group", "other"]), "BError OtherError");
}

#[test]
fn assignments_tell_one_template_from_another() {
    let folder = Folder::new("errors-assignments");
    let (mut text, mut truth) = (String::new(), Vec::new());
    let templates = [
        "KeyError: 'W'",
        "no item for table W-N",
        "Unable to import module 'app': No module named 'W'",
        "HTTPSConnectionPool(host='W.internal', port=N): Read timed out. (read timeout=N)",
        "request U was refused",
    ];
    for at in 0..400_usize {
        let template = at * 7 % 10;
        let words =
            templates[template % 5].replace('W', ["orders", "users", "mail"][at % 3]).replace('N', &at.to_string());
        let words = words.replace('U', &format!("{at:08x}-95b1-4643-9700-2807f4e68189"));
        let tag = ["[orders]", "[users]"][template / 5];
        text += &format!(
            "2026-11-22T08:00:00.000Z\t{ID}\tINFO\tfine\n2026-11-22T08:00:00.000Z\t{ID}\tERROR\t{tag} {words}\n"
        );
        truth.push((at as u64 * 2 + 2, template));
    }
    fs::write(folder.path("log"), text).unwrap();
    let ran = errors(&["--file", &folder.path("log"), "--assignments", &folder.path("assigned")]);
    assert_eq!(
        (ran.code, ran.stdout.lines().next().unwrap()),
        (0, "no failures in 800 lines, 2026-11-22 08:00 UTC to 2026-11-22 08:00 UTC")
    );
    let assigned = fs::read_to_string(folder.path("assigned")).unwrap();
    let assigned: Vec<(u64, &str)> =
        assigned.lines().map(|line| line.split_once('\t').unwrap()).map(|(n, f)| (n.parse().unwrap(), f)).collect();
    assert_eq!(
        assigned.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        truth.iter().map(|(line, _)| *line).collect::<Vec<_>>()
    );
    for (one, (_, template)) in assigned.iter().zip(&truth) {
        for (other, (_, other_template)) in assigned.iter().zip(&truth) {
            assert_eq!(one.1 == other.1, template == other_template);
        }
    }
}

#[test]
fn recorded_invocations_that_failed_have_the_right_kind_and_type() {
    let Some(folder) = shared("aws-recorded/logs") else { return };
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let recorded: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let results = recorded["recorded-content"].as_object().unwrap();
        for result in results.values().filter(|result| result["FunctionError"] == "Unhandled") {
            let payload = match &result["Payload"] {
                Value::String(text) => text.clone(),
                payload => payload.to_string(),
            };
            // Recordings have placeholders for times and ids.
            let payload = payload.replace("date <timeout_error_msg>", &format!("2024-04-08T16:56:22.000Z {ID}"));
            let payload = payload.replace("<timeout_error_msg>", ID).replace("<uuid>", ID);
            let mut grouping = Grouping::new(Options::default());
            assert!(grouping.payload(&Event { message: payload.as_bytes(), ..Event::default() }), "{name}: {payload}");
            let errors = grouping.finish();
            let [group] = errors.groups.as_slice() else { panic!("{name}: {errors:?}") };
            let read: Value = serde_json::from_str(&payload).unwrap();
            let error_type = read["errorType"].as_str().unwrap_or("Sandbox.Timedout");
            let expected = match error_type {
                "Sandbox.Timedout" => Kind::Timeout,
                "Runtime.ExitError" => Kind::Exit,
                _ => Kind::Exception,
            };
            assert_eq!((group.kind, group.error_type.as_deref()), (expected, Some(error_type)), "{name}");
            let words = match expected {
                Kind::Timeout => "Task timed out after ",
                Kind::Exit => "Runtime exited with",
                _ => "some_error_msg",
            };
            assert!(group.message.contains(words) && !group.message.contains("RequestId"), "{name}: {}", group.message);
            tried += 1;
        }
    }
    assert!(tried >= 30, "{tried}");
}

#[test]
fn a_recorded_log_of_a_failing_invocation_is_one_group() {
    let Some(path) = shared("aws-recorded/logs/test_lambda__TestLambdaFeatures__test_invocation_type_event_error.json")
    else {
        return;
    };
    let recorded: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut grouping = Grouping::new(Options::default());
    for event in recorded["recorded-content"]["log_events"].as_array().unwrap() {
        let message = event["message"].as_str().unwrap().replace("<request-id>", ID);
        grouping.event(&Event { log_stream: Some("s"), message: message.as_bytes(), ..Event::default() });
    }
    let errors = grouping.finish();
    let groups: Vec<_> = errors
        .groups
        .iter()
        .map(|group| (group.kind, group.error_type.as_deref(), group.message.as_str(), group.count))
        .collect();
    // AWS retried the event: what was recorded is each attempt.
    let attempts = recorded["recorded-content"]["log_events"].as_array().unwrap().iter();
    let attempts = attempts.filter(|event| event["message"].as_str().unwrap().starts_with("START ")).count() as u64;
    assert_eq!(groups, [(Kind::Exception, Some("CustomException"), "some error occurred", attempts)]);
}

#[test]
fn the_page_of_errors_is_written_from_the_kinds() {
    let rows: String = Kind::ALL
        .iter()
        .map(|kind| format!("| `{}` | {} | {} |\n", kind.name(), kind.severity().name(), kind.meaning()))
        .collect();
    let page = read("docs/errors.md");
    let (before, rest) = page.split_once("<!-- kinds -->\n").expect("the page has a place for the table");
    let (_, after) = rest.split_once("<!-- /kinds -->").expect("the place has an end");
    let table = format!("| kind | severity | what shows it |\n| --- | --- | --- |\n{rows}");
    expect_file!["../../docs/errors.md"].assert_eq(&format!("{before}<!-- kinds -->\n{table}<!-- /kinds -->{after}"));
    assert!(page.contains(&format!("The fingerprint's version is {FINGERPRINT_VERSION}.")));
}
