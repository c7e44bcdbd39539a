//! Where results go and what errors say: files, pipes and links, and what is wrong with the endpoint or the account.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::shapes::orders;
use tests::{edit, sample};

fn audit(args: &[&str]) -> Ran {
    run([&["audit", "--quiet"], args].concat())
}

#[test]
fn a_pipe_is_written_to_and_a_link_is_followed() {
    let folder = Folder::new("output-places");
    let pipe = folder.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut text = String::new();
            fs::File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
            text
        }
    });
    let ran = audit(&["--recording", &sample(), "--format", "json", "--out", &pipe]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(reader.join().unwrap().contains("\"stagecheck.report/1\""));
    assert!(!fs::metadata(&pipe).unwrap().is_file(), "it is a pipe still");

    fs::write(folder.path("target.json"), "old").unwrap();
    for (link, target) in [("link.json", "target.json"), ("new.json", "not-there-yet.json")] {
        symlink(folder.path(target), folder.path(link)).unwrap();
        let ran = audit(&["--recording", &sample(), "--format", "json", "--out", &folder.path(link)]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{link}");
        assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink(), "{link}");
        assert!(fs::read_to_string(folder.path(target)).unwrap().contains("\"stagecheck.report/1\""), "{link}");
    }
}

#[test]
fn nothing_is_read_for_which_there_is_no_place() {
    let folder = Folder::new("output-no-place");
    let missing = folder.path("no/such/x.json");
    for command in ["record", "audit", "drift"] {
        let ran = run([command, "--recording", &sample(), "--out", &missing]);
        assert_eq!(ran.code, 2, "{command}");
        assert!(ran.stderr.starts_with(&format!("error: cannot write {missing}: ")), "{command}: {}", ran.stderr);
    }
}

#[test]
fn json_keeps_every_character_of_a_name() {
    let folder = Folder::new("output-characters");
    let name = "a\u{7f}b\u{9b}31mc\u{1b}[31mred";
    let mut recording = orders();
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/name", json!(name));
    let file = folder.file("r.json", &recording.to_string());
    let out = folder.path("out.json");
    assert_eq!(audit(&["--recording", &file, "--format", "json", "--out", &out]).code, 0);
    let shown = audit(&["--recording", &file, "--format", "json", "--color", "never"]).stdout;
    for text in [shown, fs::read_to_string(out).unwrap()] {
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["stages"][0]["apiName"], name);
    }
}

#[test]
fn a_recording_wins_over_an_endpoint_in_the_environment() {
    let mut command = stagecheck();
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let ran: Ran = command.args(["audit", "--quiet", "--recording", &sample()]).output().unwrap().into();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut command = stagecheck();
    command
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b");
    let ran: Ran = command.args(["audit", "--region", "eu-west-1"]).output().unwrap().into();
    assert!(ran.stderr.starts_with("error: http://127.0.0.1:1 cannot be reached: "), "{}", ran.stderr);
}

#[test]
fn several_accounts_are_said_to_be_several() {
    let folder = Folder::new("output-accounts");
    let mut other = orders();
    other["accountId"] = json!("444455556666");
    let file = folder.file("two.json", &json!({ "accounts": [orders(), other] }).to_string());
    let ran = audit(&["--recording", &file]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, "the recording holds 2 accounts; only the first, 111122223333, is read\n")
    );
}

#[test]
fn apis_of_one_name_are_told_apart() {
    let folder = Folder::new("output-names");
    let mut recording = orders();
    let apigateway = recording["apigateway"].as_object_mut().unwrap();
    let mut second = apigateway["get_rest_apis"]["items"][0].clone();
    second["id"] = json!("second");
    apigateway["get_rest_apis"]["items"].as_array_mut().unwrap().push(second);
    for operation in ["get_resources", "get_stages", "get_deployment", "get_gateway_responses"] {
        let held = apigateway[operation]["a1b2c3d4e5"].clone();
        apigateway.get_mut(operation).unwrap()["second"] = held;
    }
    let lines = |file: &str| {
        let text = audit(&["--recording", file]).stdout;
        let lines = text.lines().filter(|line| line.starts_with("  orders (")).map(|line| line.trim().to_owned());
        lines.map(|line| line.split(')').next().unwrap().to_owned() + ")").collect::<Vec<_>>()
    };
    let file = folder.file("names.json", &recording.to_string());
    assert_eq!(lines(&file), ["orders (REST a1b2c3d4e5)", "orders (REST second)"]);
    let mut elsewhere = orders();
    elsewhere["region"] = json!("us-east-1");
    let file = folder.file("regions.json", &json!({ "accounts": [orders(), elsewhere] }).to_string());
    let both = lines(&file);
    assert_eq!(both.len(), 2);
    assert!(both[0].contains("eu-west-1") && both[1].contains("us-east-1"), "{both:?}");
}

#[test]
fn one_is_not_many() {
    let folder = Folder::new("output-one");
    let file = folder.file("one.json", &orders().to_string());
    let out = folder.path("out.json");
    let ran = run(["record", "--recording", &file, "--out", &out]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.starts_with("reading 1 API of eu-west-1\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("recorded 1 API in {out}; ")), "{}", ran.stderr);
}

#[test]
fn a_help_line_cannot_speak_to_the_terminal() {
    let folder = Folder::new("output-help");
    let mut recording = orders();
    edit(&mut recording, "/apigateway/get_stages/a1b2c3d4e5/item/0/stageName", json!("pr\u{1b}[31mod"));
    let file = folder.file("hostile.json", &recording.to_string());
    let ran = audit(&["--recording", &file, "--stage", "nothing", "--color", "always"]);
    assert!(ran.stderr.contains("their stages are: pr\\u{1b}[31mod"), "{}", ran.stderr);
}

#[test]
fn what_is_wrong_is_named() {
    let region = |name: &str| ["audit", "--region", name].map(str::to_owned).to_vec();
    let mut profile = region("eu-west-1");
    profile.extend(["--profile", "nope"].map(str::to_owned));
    let folder = Folder::new("output-wrong");
    let directory = ["audit", "--recording", &folder.path("")].map(str::to_owned).to_vec();
    let missing = ["audit", "--recording", "/nowhere.json"].map(str::to_owned).to_vec();
    fs::write(folder.path("half.json"), "{").unwrap();
    let half = ["audit", "--recording", &folder.path("half.json")].map(str::to_owned).to_vec();
    let both = |code: &str| {
        let error = json!({ "Error": { "Code": code, "Message": "no" } });
        let mut recording = orders();
        recording["apigateway"]["get_rest_apis"] = error.clone();
        recording["apigatewayv2"]["get_apis"] = error;
        let file = folder.file(&format!("{code}.json"), &recording.to_string());
        ["audit", "--recording", &file].map(str::to_owned).to_vec()
    };
    for (args, message, help) in [
        (both("AccessDeniedException"), "nothing could be read: access denied", "allow at least apigateway:GET"),
        (both("BadRequestException"), "nothing could be read: failed", "no permission helps"),
        (region("zz top"), "`zz top` is no name of a region", "write it as AWS does"),
        (profile, "the profile `nope` is not in the configuration files", "aws configure list-profiles"),
        (region("eu-west-1"), "no AWS credentials were found: ", "sign in"),
        (directory, "Is a directory", "name a file in it"),
        (missing, "No such file or directory", "check the path"),
        (half, "cannot be used: not JSON", "docs/recordings.md describes their form"),
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, 2, "{args:?}");
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert!(lines.len() == 2 && lines[0].contains(message) && lines[1].contains(help), "{args:?}: {}", ran.stderr);
        assert!(!lines[0].contains('$'), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn an_endpoint_that_breaks_off_is_no_lack_of_credentials() {
    for (fault, reason) in [
        ("cut", "connection closed before message completed"),
        ("status:500", "it answers with status 500 and without a code"),
    ] {
        let fault = format!("get_caller_identity={fault}");
        let mut sandbox = stagecheck();
        let sandbox = sandbox.args(["sandbox", "--recording", &sample(), "--fault", &fault]).stdout(Stdio::piped());
        let mut sandbox = sandbox.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().strip_prefix("AWS_ENDPOINT_URL=").unwrap().to_owned();
        let mut command = stagecheck();
        command.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
        command.args(["audit", "--region", "eu-west-1", "--endpoint-url", &endpoint]);
        let ran: Ran = command.output().unwrap().into();
        let _ = sandbox.kill();
        let _ = sandbox.wait();
        let expected = format!("error: {endpoint} does not answer properly: ");
        assert!(ran.stderr.starts_with(&expected) && ran.stderr.contains(reason), "{fault}: {}", ran.stderr);
        assert!(!ran.stderr.contains("dispatch failure"), "{}", ran.stderr);
    }
}
