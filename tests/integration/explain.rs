//! `stagecheck explain` as a user meets it, and what it costs.

use engine::command::Aws;
use expect_test::expect_file;
use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run};
use tests::shapes::{REST, orders};
use tests::{Served, sample};

/// A route of the sample account that waits for its deployment.
const WAITING: &str = "https://k3reports1.execute-api.eu-west-1.amazonaws.com/prod/returns";

fn forbidden() -> Value {
    json!({
        "status": 403,
        "headers": { "x-amzn-RequestId": "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12", "x-amz-apigw-id": "AyD6KEwwPHcEKxg=",
            "x-amzn-ErrorType": "MissingAuthenticationTokenException", "Content-Type": "application/json" },
        "body": "{\"message\":\"Missing Authentication Token\"}",
    })
}

/// Explains with the sample account and the answer *Missing Authentication Token*.
fn explain(folder: &Folder, args: &[&str]) -> Ran {
    let response = folder.file("response.json", &forbidden().to_string());
    let fixed = ["explain", "--recording", &sample(), "--response", &response].map(str::to_owned);
    run(fixed.into_iter().chain(args.iter().map(|arg| (*arg).to_owned())))
}

#[test]
fn the_answer_its_proof_and_what_mends_it_fit_a_screen() {
    let folder = Folder::new("explain-text");
    let ran = explain(&folder, &[WAITING]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.lines().count() <= 24, "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    expect_file!["../expected/explain.txt"].assert_eq(&ran.stdout);
}

/// An HTTP archive of one entry.
fn archive() -> Value {
    json!({ "log": { "entries": [{ "request": { "method": "GET", "url": WAITING, "headers": [] },
        "response": { "status": 403, "headers": [], "content": { "text": "" } } }] } })
}

#[test]
fn every_form_of_a_request_has_the_same_explanation() {
    let folder = Folder::new("explain-forms");
    let request = folder.file("request.json", &json!({ "method": "GET", "url": WAITING, "headers": {} }).to_string());
    let archive = folder.file("archive.har", &archive().to_string());
    let curl = format!("curl '{WAITING}'");
    let forms: [&[&str]; 4] = [&[WAITING], &["--curl", &curl], &["--request", &request], &["--har", &archive]];
    let told = forms.map(|form| explain(&folder, &[form, &["--format", "json"]].concat()).json());
    for other in &told {
        assert_eq!(other, &told[0]);
    }
    assert_eq!(told[0]["schema"], "stagecheck.explanation/1");
    assert_eq!(told[0]["verdict"], told[0]["causes"][0]["confidence"]);
    assert_eq!(told[0]["request"]["apiId"], "k3reports1");
    assert_eq!(
        (told[0]["request"]["stage"].as_str(), told[0]["request"]["path"].as_str()),
        (Some("prod"), Some("/returns"))
    );
}

#[test]
fn options_beside_a_url_are_curl_s() {
    let folder = Folder::new("explain-options");
    let file = folder.file("body.json", "{\n\"id\": 1}\r\n");
    let of_file = format!("@{file}");
    let told = |args: &[&str]| {
        let ran = run([&["explain", "--recording", &sample(), "--format", "json"], args].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        ran.json()
    };
    let table: [(&[&str], &str); 5] = [
        (&["-d", "{\"id\":1}"], "-d '{\"id\":1}'"),
        (&["-d", &of_file], "-d '{\"id\": 1}'"),
        (&["-X", "PUT", "-d", "a=b", "-H", "Content-Type: text/plain"], "-X PUT -d a=b -H 'Content-Type: text/plain'"),
        (&["-H", "Accept:"], "-H 'Accept:'"),
        (&["-X", "OPTIONS", "-H", "Origin: https://a.example.com"], "-X OPTIONS -H 'Origin: https://a.example.com'"),
    ];
    for (options, curl) in table {
        let by_curl = told(&["--curl", &format!("curl {curl} {WAITING}")]);
        assert_eq!(told(&[&[WAITING], options].concat()), by_curl, "{curl}");
    }
    let post = told(&[
        "https://demo.auth.eu-west-1.amazoncognito.com/oauth2/token",
        "-d",
        "grant_type=refresh_token&client_id=a",
    ]);
    assert!(
        post["causes"].as_array().unwrap().iter().all(|cause| cause["id"] != "cognito-token-bad-request"),
        "{post}"
    );
    let missing = run(["explain", WAITING, "-d", "@missing.json"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
    assert!(missing.stderr.starts_with("error: cannot read missing.json: "), "{}", missing.stderr);
}

#[test]
fn what_was_not_read_is_not_sent() {
    for (options, what) in [("-d @body.json", "the body"), ("-H \"X: $Y\" -d \"$BODY\"", "the body and the header X")] {
        let curl = format!("curl {options} {WAITING}");
        let ran = run(["explain", "--quiet", "--send", "--recording", &sample(), "--curl", &curl]);
        let said = format!("error: nothing is sent: {what} was not read\n");
        assert!(ran.code == 2 && ran.stderr.starts_with(&said), "{}", ran.stderr);
    }
}

#[test]
fn exit_codes_tell_what_was_found_and_what_was_not_read() {
    let folder = Folder::new("explain-codes");
    assert_eq!(explain(&folder, &[WAITING, "--fail-on", "high"]).code, 1);
    assert_eq!(explain(&folder, &[WAITING, "--fail-on", "critical"]).code, 0);
    let response = folder.file("unread.json", &forbidden().to_string());
    let nothing = json!({ "accountId": "111122223333", "region": "eu-west-1" });
    let nothing = folder.file("nothing.json", &nothing.to_string());
    let args = ["explain", "--strict", "--format", "json", "--recording", &nothing, "--response", &response, WAITING];
    let ran = run(args);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let explanation = ran.json();
    assert_eq!(explanation["causes"][0]["id"], "insufficient-facts");
    assert_eq!(explanation["notRead"][0]["needs"], "apigateway:GET");
}

#[test]
fn without_credentials_request_and_response_are_explained_alone() {
    let folder = Folder::new("explain-alone");
    let response = folder.file("response.json", &forbidden().to_string());
    let ran = run(["explain", "--format", "json", "--response", &response, WAITING]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("nothing is read of the account: no AWS credentials were found"), "{}", ran.stderr);
    let explanation = ran.json();
    let why = explanation["notRead"][0]["why"].as_str().unwrap();
    assert!(why.contains("no AWS credentials were found"), "{why}");
}

#[test]
fn what_is_no_request_is_refused_in_a_line() {
    let folder = Folder::new("explain-bad");
    let no_json = folder.file("no.json", "{");
    let archive = folder.file("one.har", &archive().to_string());
    let binary = folder.file("binary", "");
    std::fs::write(&binary, [0x7f, 0xff]).unwrap();
    for (args, said) in [
        (vec!["explain"], "there is no request to explain"),
        (vec!["explain", "ftp://example.com/"], "no scheme"),
        (vec!["explain", "--curl", "curl -X GET"], "no URL"),
        (vec!["explain", "--request", &no_json], "not JSON"),
        (vec!["explain", "--har", &no_json], "not JSON"),
        (vec!["explain", WAITING, "--response", &no_json], "not JSON"),
        (vec!["explain", WAITING, "--why-not", "bad-luck"], "there is no cause `bad-luck`"),
        (vec!["explain", WAITING, "--method", "G T"], "not one word of HTTP"),
        (vec!["explain", "--curl", "curl -X 'G T' https://example.com/"], "not one word of HTTP"),
        (vec!["explain", WAITING, "--header", "Authorization Bearer sesame"], "not of the form `Name: value`"),
        (vec!["explain", "--har", &archive, "--entry", "7"], "no entry 7"),
        (vec!["explain", WAITING, "--response", &binary], "not text"),
    ] {
        let ran = run(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!ran.stderr.contains("sesame"), "{args:?}: {}", ran.stderr);
        let (first, help) = ran.stderr.split_once('\n').unwrap();
        assert!(first.starts_with("error: ") && first.contains(said), "{args:?}: {first}");
        assert!(help.trim_start().starts_with("help: "), "{args:?}: {help}");
    }
}

#[test]
fn what_belongs_to_a_url_is_not_passed_over_beside_a_whole_request() {
    for args in [
        ["--curl", "curl https://example.com/", "--method", "POST"],
        ["--curl", "curl https://example.com/", "--header", "Accept: text/html"],
        ["--curl", "curl https://example.com/", "--entry", "1"],
        ["--request", "-", "--data", "{}"],
        ["--har", "-", "--method", "POST"],
    ] {
        let ran = run(["explain"].into_iter().chain(args));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains("cannot be used with"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_cause_that_it_is_not_says_why() {
    let folder = Folder::new("explain-why-not");
    let ran = explain(&folder, &[WAITING, "--why-not", "rest-path-not-in-api"]);
    let (_, why) = ran.stdout.split_once("Why not rest-path-not-in-api?").expect("an answer");
    assert!(why.lines().nth(1).is_some_and(|line| !line.trim().is_empty()), "{}", ran.stdout);
}

#[test]
fn the_catalogue_has_a_page_for_each_cause() {
    let ran = run(["causes", "--format", "json"]);
    for cause in ran.json().as_array().unwrap() {
        let page = run(["causes", cause["id"].as_str().unwrap()]);
        assert!(page.stdout.contains(cause["title"].as_str().unwrap()), "{}", page.stdout);
        assert!(page.stdout.contains("## Remedy"), "{}", page.stdout);
    }
    assert_eq!(run(["causes", "bad-luck"]).code, 2);
}

#[tokio::test]
async fn a_request_to_one_api_costs_at_most_twelve_calls() {
    for path in ["/prod/orders", "/prod/nothing", "/nowhere/orders"] {
        let served = Served::start(orders()).await;
        let url = format!("https://{REST}.execute-api.eu-west-1.amazonaws.com{path}");
        let exchange = json!({ "request": { "method": "GET", "url": url }, "response": forbidden() });
        served.explain(&engine::exchange::json::exchange(&exchange).unwrap()).await;
        let calls = served.calls();
        let control_plane = calls.of("apigateway") + calls.of("apigatewayv2");
        assert!((4..=12).contains(&control_plane), "{path}: {:?}", calls.operations);
    }
}

#[test]
fn a_shell_reads_a_command_within_a_command_as_it_is_meant() {
    let odd = "GET /it's/\"$(id)\"/{id}";
    let list = Aws::new("apigatewayv2 get-routes").option("--api-id", "a b");
    let query = format!("Items[?RouteKey=='{}']", odd.replace('\'', r"\'"));
    let command =
        Aws::new("apigatewayv2 update-route").looked_up("--route-id", list, &query).option("--target", "it's");
    // Each argument between brackets; what is looked up comes back so.
    let script = format!("aws() {{ printf '<%s>' \"$@\"; }}; {command}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let inner = format!("<apigatewayv2><get-routes><--api-id><a b><--query><{query}><--output><text>");
    let expected = format!("<apigatewayv2><update-route><--route-id><{inner}><--target><it's>");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
