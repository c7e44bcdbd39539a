//! Requests that are sent: `explain --send`, and where it refuses.

use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::shapes::{REST, orders};

/// A route that is live and not deployed, and what its API answers.
fn recording() -> (Value, String) {
    let url = format!("https://{REST}.execute-api.eu-west-1.amazonaws.com/prod/nothing");
    let mut recording = orders();
    recording["execute-api"] = json!({
        format!("GET {url}"): { "status": 403, "headers": { "x-amzn-ErrorType": "MissingAuthenticationTokenException",
            "x-amz-apigw-id": "AyD6KEwwPHcEKxg=", "Content-Type": "application/json" },
            "body": { "message": "Missing Authentication Token" } },
        format!("POST {url}?x=1"): { "status": 302, "headers": { "location": "https://elsewhere.example/?token=1" } },
    });
    (recording, url)
}

fn explain(folder: &Folder, recording: &Value, args: &[&str]) -> Ran {
    let recording = folder.file("recording.json", &recording.to_string());
    run(["explain", "--recording", &recording].into_iter().chain(args.iter().copied()))
}

#[test]
fn the_answer_to_a_request_that_is_sent_is_explained() {
    let folder = Folder::new("send");
    let (recording, url) = recording();
    let sent = explain(&folder, &recording, &[&url, "--send", "--format", "json"]);
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let said = format!("sent GET {url}: 403 after ");
    assert!(sent.stderr.starts_with(&said), "{}", sent.stderr);
    let answer = json!({ "status": 403, "headers": { "x-amzn-ErrorType": "MissingAuthenticationTokenException",
        "x-amz-apigw-id": "AyD6KEwwPHcEKxg=", "Content-Type": "application/json" },
        "body": "{\"message\":\"Missing Authentication Token\"}" });
    let response = folder.file("response.json", &answer.to_string());
    let given = explain(&folder, &recording, &[&url, "--response", &response, "--format", "json"]).json();
    assert_eq!(sent.json()["causes"][0]["id"], given["causes"][0]["id"]);
    assert_eq!(sent.json()["causes"][0]["id"], "rest-path-not-in-api");
}

#[test]
fn a_request_is_sent_with_its_own_method_and_query_and_no_redirect_is_followed() {
    let folder = Folder::new("send-as-given");
    let (recording, url) = recording();
    let curl = format!("curl -d '{{}}' -H 'Authorization: Bearer s3cr3t-t0ken' '{url}?x=1'");
    let sent = explain(&folder, &recording, &["--curl", &curl, "--send", "--format", "json"]);
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    let elsewhere = "the answer is a redirect to https://elsewhere.example/; it was not followed";
    assert!(sent.stderr.contains(&format!("sent POST {url}: 302 after ")), "{}", sent.stderr);
    assert!(sent.stderr.contains(elsewhere), "{}", sent.stderr);
    assert!(!format!("{}{}", sent.stderr, sent.stdout).contains("s3cr3t"), "no secret is shown");
}

#[test]
fn where_nothing_is_sent_it_says_so_in_a_line() {
    let folder = Folder::new("send-refused");
    let (recording, url) = recording();
    let plain = url.replace("https:", "http:");
    let port = url.replace(".com/", ".com:8443/");
    let other = url.replace(REST, "zzzzzzzzzz");
    let region = url.replace("eu-west-1", "us-east-1");
    let unheld = url.replace("/nothing", "/unheld");
    let fronted = "Host: zzzzzzzzzz.execute-api.eu-west-1.amazonaws.com".to_owned();
    for (args, said) in [
        (vec![plain.as_str()], "nothing is sent by `http`"),
        (vec![&port], "nothing is sent to port 8443"),
        (vec![&other], "this account has no such API or custom domain name"),
        (vec![&region], "whether it is this account's could not be read: access denied"),
        (vec![&url, "-H", &fronted], "nothing is sent to `zzzzzzzzzz.execute-api.eu-west-1.amazonaws.com`"),
        (vec!["https://169.254.169.254/latest/meta-data"], "nothing is sent to `169.254.169.254`"),
        (vec!["https://[::1]/"], "nothing is sent to `[::1]`"),
        (vec!["https://evil.example/"], "nothing is sent to `evil.example`"),
        (vec!["https://bucket.s3.eu-west-1.amazonaws.com/"], "that is no host of an API"),
        (vec![&unheld], "the recording holds no answer to GET https://a1b2c3d4e5."),
    ] {
        let args: Vec<&str> = args.into_iter().chain(["--send"]).collect();
        let ran = explain(&folder, &recording, &args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        let (first, help) = ran.stderr.split_once('\n').unwrap();
        assert!(first.starts_with("error: ") && first.contains(said), "{args:?}: {first}");
        assert!(help.trim_start().starts_with("help: "), "{args:?}: {help}");
    }
    let without_account = run(["explain", &url, "--send"]);
    assert_eq!((without_account.code, without_account.stdout.as_str()), (2, ""));
    assert!(without_account.stderr.starts_with("error: nothing is sent: no AWS credentials were found"));
}

/// Another endpoint of AWS's services, a sandbox in this process, without a recording in use.
async fn at_endpoint(domain_name: &str) -> (Ran, tests::Served) {
    let (mut recording, _) = recording();
    let url = format!("https://{domain_name}/orders");
    recording["apigateway"]["get_domain_names"]["items"] = json!([{ "domainName": domain_name }]);
    recording["execute-api"][format!("GET {url}")] = json!({ "status": 200, "body": "not this" });
    let served = tests::Served::start(recording).await;
    let endpoint = served.sandbox.endpoint_url();
    let mut command = stagecheck();
    command.args(["explain", &url, "--send", "--region", "eu-west-1", "--format", "json"]);
    command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "x");
    let ran = tokio::task::spawn_blocking(move || Ran::from(command.output().unwrap())).await.unwrap();
    (ran, served)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_endpoint_of_aws_does_not_lead_requests_to_it() {
    // No resolver knows a name below `example`.
    let (ran, served) = at_endpoint("api.kestrel.example").await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("`api.kestrel.example` cannot be looked up"), "{}", ran.stderr);
    let operations = served.calls().operations;
    assert_eq!(operations.get("execute-api.request"), None, "{operations:?}");
    assert!(operations.contains_key("apigateway.get_domain_name"), "{operations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_name_that_leads_to_a_private_address_is_refused() {
    let (ran, served) = at_endpoint("localhost").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("error: nothing is sent to `localhost`: it has the address "), "{}", ran.stderr);
    assert_eq!(served.calls().operations.get("execute-api.request"), None);
}
