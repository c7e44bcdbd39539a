//! The command line, as a user meets it: what it prints, and with what exit code it ends.

use std::fs;
use std::path::Path;

use expect_test::expect_file;
use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::shapes::{orders, shop};
use tests::{edit, sample};

#[test]
fn the_demo_tells_its_story() {
    let ran = run(["demo", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expect_file!["../expected/demo.txt"].assert_eq(&ran.stdout);
    assert_eq!(run(["demo", "--quiet", "--no-serve"]), ran);
}

#[test]
fn drift_reads_like_a_plan() {
    let ran = run(["drift", "--quiet", "--recording", &sample()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    expect_file!["../expected/drift.txt"].assert_eq(&ran.stdout);
}

#[test]
fn json_has_the_promised_shape() {
    let report = run(["audit", "--quiet", "--format", "json", "--recording", &sample()]).json();
    assert_eq!(report["schema"], "stagecheck.report/1");
    assert_eq!((&report["accountId"], &report["regions"]), (&json!("111122223333"), &json!(["eu-west-1"])));
    assert_eq!(report["takenAt"], "2026-10-10T12:00:00Z");
    let key = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["resource"]["path"] == "/orders" && f["check"] == "undeployed-change");
    let finding = key.unwrap();
    let fields: Vec<&String> = finding.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["causes", "check", "detail", "evidence", "fingerprint", "remedy", "resource", "severity", "title"]
    );
    assert_eq!(
        finding["resource"],
        json!({
            "arn": "arn:aws:apigateway:eu-west-1::/restapis/k3orders01/stages/prod", "accountId": "111122223333",
            "region": "eu-west-1", "apiId": "k3orders01", "apiName": "orders", "apiKind": "REST", "stage": "prod",
            "method": "POST", "path": "/orders", "function": null, "key": null,
        })
    );
    assert_eq!(finding["fingerprint"].as_str().map(str::len), Some(16));

    let drift =
        run(["drift", "--quiet", "--format", "json", "--recording", &sample(), "--api", "orders", "--stage", "prod"])
            .json();
    assert_eq!(drift["schema"], "stagecheck.drift/1");
    let stage = &drift["apis"][0]["stages"][0];
    assert_eq!((&stage["stage"], &stage["basis"], &stage["inSync"]), (&json!("prod"), &json!("export"), &json!(false)));
    assert_eq!((&stage["deploymentId"], &stage["deployedAt"]), (&json!("k3dep2"), &json!("2026-09-14T15:02:11Z")));
    assert_eq!(
        stage["changes"][0],
        json!({
            "change": "changed", "subject": "method", "method": "POST", "path": "/orders", "name": null,
            "field": "apiKeyRequired", "live": true, "deployed": false, "declared": null, "witness": "summary",
            "severity": "high", "effect": "callers without a key are still let in",
            "madeBy": {
                "who": "ada@example.com (Developer)", "when": "2026-10-08T16:31:02Z", "via": "console",
                "eventId": "5ca1ab1e-0000-4000-8000-000000000004",
            },
        })
    );
    let canary = run(["drift", "--quiet", "--format", "json", "--recording", &sample(), "--api", "reports"]).json();
    let canary = &canary["apis"][0]["stages"][0]["canary"];
    assert_eq!(
        (&canary["deploymentId"], &canary["percentTraffic"], &canary["basis"]),
        (&json!("k3rdep2"), &json!(10.0), &json!("summary"))
    );
}

#[test]
fn apis_and_stages_are_chosen_by_id_or_name() {
    let summary = |args: &[&str]| {
        let sample = sample();
        let mut all = vec!["audit", "--quiet", "--format", "json", "--recording", &sample];
        all.extend(args);
        let report = run(all).json();
        let stages = report["stages"].as_array().unwrap().iter();
        stages
            .map(|s| format!("{}/{}", s["apiName"].as_str().unwrap(), s["stage"].as_str().unwrap()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(summary(&["--api", "k3orders01"]), "orders/prod orders/dev");
    assert_eq!(summary(&["--api", "orders", "--api", "search", "--stage", "prod"]), "orders/prod search/prod");
    assert_eq!(summary(&["--stage", "live"]), "catalog/live support-chat/live");
}

#[test]
fn the_exit_code_tells_what_was_asked() {
    let code = |args: &[&str]| {
        let sample = sample();
        let (command, rest) = args.split_first().unwrap();
        run([&[*command, "--quiet", "--recording", &sample], rest].concat()).code
    };
    assert_eq!(code(&["audit"]), 0);
    assert_eq!(code(&["audit", "--fail-on", "critical"]), 0);
    assert_eq!(code(&["audit", "--fail-on", "high"]), 1);
    assert_eq!(code(&["audit", "--strict"]), 3);
    assert_eq!(code(&["audit", "--strict", "--fail-on", "low"]), 1);
    assert_eq!(code(&["audit", "--strict", "--api", "catalog", "--fail-on", "critical"]), 0);
    assert_eq!(code(&["drift", "--fail-on", "high"]), 1);
    assert_eq!(code(&["drift", "--api", "catalog", "--strict", "--fail-on", "low"]), 0);
    assert_eq!(code(&["drift", "--api", "support-chat", "--strict"]), 3);
    assert_eq!(code(&["audit", "--format", "sarif"]), 2);
}

/// Bad input: arguments, and what standard error has to say, word for word.
#[test]
fn bad_input_gets_one_clear_error() {
    let folder = Folder::new("cli-bad-input");
    let half = folder.file("half.json", r#"{"accountId": "1", "reg"#);
    let other = folder.file("other.json", r#"{"hello": "world"}"#);
    let binary = folder.path("binary.json");
    fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
    let openapi31 = folder.file("openapi31.json", r#"{"openapi": "3.1.0", "paths": {}}"#);
    let swagger12 = folder.file("swagger12.json", r#"{"swagger": "1.2", "paths": {}}"#);
    let cut = folder.file("cut.json", r#"{"openapi": "3.0.1", "paths": {"/a": {"get": {"#);
    let sample = sample();
    for (args, expected) in [
        (vec!["audit", "--recording", &sample, "--api", "nothing"], "there is no API `nothing` in eu-west-1"),
        (
            vec!["audit", "--quiet", "--recording", &sample, "--stage", "nothing"],
            "none of the APIs has a stage `nothing`",
        ),
        (
            vec!["audit", "--recording", &sample, "--region", "us-east-1"],
            "the recording holds nothing of the region us-east-1",
        ),
        (
            vec!["audit", "--recording", "/nowhere.json"],
            "cannot read /nowhere.json: No such file or directory (os error 2)",
        ),
        (
            vec!["audit", "--recording", &half],
            "half.json cannot be used: not JSON: EOF while parsing a string at line 1 column 23",
        ),
        (
            vec!["drift", "--recording", &other],
            "other.json cannot be used: not a recording: it has no `accountId`, which every recording has",
        ),
        (vec!["record", "--recording", &binary, "--out", "/tmp/x"], "binary.json is not text in UTF-8"),
        (
            vec!["drift", "--left", &openapi31, "--right", &openapi31],
            "openapi31.json cannot be compared: `openapi: 3.1.0` is not a version that API Gateway exports",
        ),
        (
            vec!["drift", "--left", &swagger12, "--right", &openapi31],
            "swagger12.json cannot be compared: `swagger: 1.2` is not a version",
        ),
        (
            vec!["drift", "--left", &cut, "--right", &cut],
            "cut.json cannot be compared: not JSON: EOF while parsing an object",
        ),
        (
            vec!["drift", "--left", &other, "--right", &other],
            "other.json cannot be compared: not an OpenAPI document: there is neither `swagger` nor `openapi`",
        ),
        (vec!["audit"], "no region is given"),
        (
            vec!["audit", "--region", "eu-west-1", "--endpoint-url", "localhost:1"],
            "`localhost:1` is no URL of an endpoint",
        ),
        (vec!["checks", "nothing"], "there is no check `nothing`"),
        (vec!["sandbox", "--recording", &other], "other.json cannot be used"),
    ] {
        let ran = run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        let first = ran.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("error: ") && first.contains(expected), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 2, "{args:?}: one error, and what to do: {}", ran.stderr);
    }
    for args in [
        vec!["audit", "--quota-share", "2"],
        vec!["audit", "--nothing"],
        vec!["drift", "--left", "x"],
        vec!["drift", "--left", "x", "--right", "y", "--recording", &sample],
        vec!["drift", "--left", "x", "--right", "y", "--region", "eu-west-1"],
        vec!["drift", "--left", "x", "--right", "y", "--profile", "p"],
        vec!["drift", "--left", "x", "--right", "y", "--store", "s"],
        vec!["drift", "--declared", "x", "--against", "prod", "--recording", &sample],
        vec![],
        vec!["sandbox", "--recording", &sample, "--fault", "x"],
    ] {
        let ran = run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(
            ran.stderr.contains("Usage: stagecheck") || ran.stderr.contains("For more information"),
            "{args:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn an_endpoint_that_does_not_answer_and_credentials_that_are_none() {
    let region = ["audit", "--region", "eu-west-1"];
    let ran: Ran = stagecheck().args(region).output().unwrap().into();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: no AWS credentials were found: "), "{}", ran.stderr);
    assert!(ran.stderr.contains(" help: sign in "), "{}", ran.stderr);
    let mut keys = stagecheck();
    keys.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "not-a-real-secret-key");
    // Nothing listens on the port that no service has.
    let ran: Ran = keys.args(region).args(["--endpoint-url", "http://127.0.0.1:1"]).output().unwrap().into();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: http://127.0.0.1:1 cannot be reached: "), "{}", ran.stderr);
    assert!(!ran.stderr.contains("not-a-real-secret-key"));
}

#[test]
fn nothing_is_written_half() {
    let folder = Folder::new("cli-out");
    let sample = sample();
    let out = folder.path("report.json");
    let ran = run(["audit", "--quiet", "--recording", &sample, "--format", "json", "--out", &out]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let written: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(written["summary"]["apis"], 7);
    let ran = run(["audit", "--quiet", "--recording", &sample, "--api", "nothing", "--out", &out]);
    assert_eq!(ran.code, 2);
    assert!(fs::read_to_string(&out).unwrap().contains("\"apis\": 7"), "what was there is there still");
    let missing = folder.path("no/such/folder/report.json");
    let ran = run(["audit", "--quiet", "--recording", &sample, "--out", &missing]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with(&format!("error: cannot write {missing}: ")), "{}", ran.stderr);
    let names: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["report.json"], "no temporary file stays");
}

#[test]
fn progress_goes_to_standard_error_and_can_be_silenced() {
    let ran = run(["audit", "--recording", &sample(), "--format", "json"]);
    assert_eq!(
        ran.stderr,
        "reading 7 APIs of eu-west-1\nreading the trail of who changed what\n\
         reading metrics, and the logs of what failed\n"
    );
    assert_eq!(ran.json()["summary"]["apis"], 7);
}

#[test]
fn names_from_the_account_cannot_speak_to_the_terminal() {
    let folder = Folder::new("cli-hostile");
    let mut recording = orders();
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/name", json!("\u{1b}]0;owned\u{7}\u{202e}<script>"));
    edit(&mut recording, "/apigateway/get_stages/a1b2c3d4e5/item/0/stageName", json!("pr\u{1b}[31mod"));
    let file = folder.file("hostile.json", &recording.to_string());
    for command in ["audit", "drift"] {
        let ran = run([command, "--quiet", "--recording", &file, "--color", "never"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", ran.stdout);
    }
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    assert!(!run(["demo", "--quiet"]).stdout.contains('\u{1b}'));
    assert!(run(["demo", "--quiet", "--color", "always"]).stdout.contains("\u{1b}["));
}

#[test]
fn the_catalogue_and_one_page_of_it() {
    let ran = run(["checks"]);
    assert_eq!(ran.stdout.lines().count(), engine::checks::ALL.len());
    let page = run(["checks", "undeployed-change"]);
    assert!(
        page.stdout.starts_with(
            "undeployed-change, at worst high, since 0.1.0\n\n# The stage does not serve what the console shows\n"
        ),
        "{}",
        page.stdout
    );
    assert_eq!(run(["checks", "undeployed-change", "--format", "json"]).json()["severity"], "high");
}

#[test]
fn two_documents_are_compared() {
    let folder = Folder::new("cli-documents");
    let recording = orders();
    let export = &recording["apigateway"]["get_export"]["a1b2c3d4e5/prod"];
    let left = folder.file("left.json", &export.to_string());
    let mut edited = export.clone();
    edited["paths"]["/orders"]["put"] = json!({});
    let right = folder.file("right.json", &edited.to_string());
    let drift = run(["drift", "--format", "json", "--left", &left, "--right", &right]).json();
    let api = &drift["apis"][0];
    assert_eq!((&api["apiId"], &api["apiName"], &drift["accountId"]), (&Value::Null, &json!("orders"), &Value::Null));
    let stage = &api["stages"][0];
    assert_eq!((&stage["stage"], &stage["basis"], &stage["inSync"]), (&Value::Null, &json!("export"), &json!(false)));
    assert_eq!((&stage["changes"][0]["change"], &stage["changes"][0]["method"]), (&json!("added"), &json!("PUT")));
    assert_eq!(run(["drift", "--left", &left, "--right", &left, "--strict", "--fail-on", "low"]).code, 0);
}

#[test]
fn several_regions_are_read_in_one_run() {
    let folder = Folder::new("cli-regions");
    let mut second = shop();
    second["region"] = json!("us-east-1");
    let file = folder.file("regions.json", &json!({ "accounts": [orders(), second] }).to_string());
    let report = run(["audit", "--quiet", "--format", "json", "--recording", &file]).json();
    assert_eq!(report["regions"], json!(["eu-west-1", "us-east-1"]));
    assert_eq!(report["summary"]["apis"], 2);
    let one = run(["audit", "--quiet", "--format", "json", "--recording", &file, "--region", "us-east-1"]).json();
    assert_eq!((&one["regions"], &one["summary"]["apis"]), (&json!(["us-east-1"]), &json!(1)));
}

#[test]
fn what_was_recorded_gives_the_same_report_and_holds_no_secret() {
    let folder = Folder::new("cli-record");
    let sample = sample();
    let out = folder.path("recorded.json");
    let ran = run(["record", "--quiet", "--recording", &sample, "--out", &out]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    for command in ["audit", "drift"] {
        let report = |file: &str| run([command, "--quiet", "--format", "json", "--recording", file]).stdout;
        assert_eq!(report(&out), report(&sample), "{command}");
    }
    let text = fs::read_to_string(&out).unwrap();
    for secret in ["demo-psp-secret-not-a-real-one", "c2hvcC1jYXRhbG9nLWRlbW8tdG9rZW4"] {
        assert!(fs::read_to_string(&sample).unwrap().contains(secret) && !text.contains(secret), "{secret}");
        let report = run(["audit", "--quiet", "--format", "json", "--recording", &sample]).stdout;
        assert!(!report.contains(secret), "{secret}");
    }
    // What was recorded once can be recorded again.
    let again = folder.path("again.json");
    assert_eq!(run(["record", "--quiet", "--recording", &out, "--out", &again]).code, 0);
    assert_eq!(fs::read_to_string(&again).unwrap(), text);
    assert!(Path::new(&again).exists());
}
