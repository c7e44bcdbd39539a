//! Asking routes: `verify`, `audit --probe`, and what the two take.

use collect::send::Own;
use collect::{Depth, Known, permissions};
use engine::exchange::Headers;
use engine::policy;
use engine::probe::{self, Entry};
use expect_test::expect_file;
use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, run, stagecheck};
use tests::shapes::{REST, orders, shop};
use tests::{Served, edit};

const LOG: &str = "Execution log for request 1\n";
const AT: &str = "Sat Oct 10 12:00:00 UTC 2026 : ";

/// A result of `TestInvokeMethod` in whose log a function answers, and what the gateway says of that.
fn tested(status: u16, answer: &Value, body: &str, said: &str) -> Value {
    let log = format!("{LOG}{AT}Endpoint response body before transformations: {answer}\n{AT}{said}\n");
    json!({ "status": status, "body": body, "headers": { "Content-Type": "application/json", "X-Amzn-Trace-Id": "Root=1" },
        "log": log, "latency": 7 })
}

fn stage(path: &str) -> String {
    format!("GET https://{REST}.execute-api.eu-west-1.amazonaws.com/prod{path}")
}

/// Live, `GET /orders` answers with numbers as ids; the stage, with text.
fn recording() -> Value {
    let mut recording = orders();
    let body = json!({ "items": [{ "id": 1 }], "next": null }).to_string();
    let answer = json!({ "statusCode": 200, "body": body });
    let sent = format!("Method response body after transformations: {body}");
    recording["apigateway"]["test_invoke_method"] =
        json!({ format!("{REST}/res002/GET"): tested(200, &answer, &body, &sent) });
    recording["execute-api"] = json!({ stage("/orders"): { "status": 200,
        "headers": { "content-type": "application/json; charset=utf-8", "x-total": "1", "date": "now" },
        "body": { "items": [{ "id": "1", "token": "s3cr3t" }] } } });
    recording["lambda"]["invoke"] = json!({ "orders-fn": { "StatusCode": 200, "Payload": answer } });
    recording
}

/// The same, with a function whose answer the gateway refuses.
pub(crate) fn refusing() -> Value {
    let mut recording = recording();
    let answer = json!({ "statusCode": 200, "body": { "id": 1 } });
    let failed = "Execution failed due to configuration error: Malformed Lambda proxy response";
    let refused = json!({ "message": "Internal server error" }).to_string();
    recording["apigateway"]["test_invoke_method"][format!("{REST}/res002/GET")] =
        tested(502, &answer, &refused, failed);
    recording["execute-api"][stage("/orders")] =
        json!({ "status": 502, "headers": { "content-type": "application/json" }, "body": refused });
    recording["lambda"]["invoke"]["orders-fn"]["Payload"] = answer;
    recording
}

pub(crate) const PROBE: &str = "[[probe]]\napi = \"orders\"\npath = \"/orders\"\n";

fn verify(folder: &Folder, recording: &Value, toml: &str, args: &[&str]) -> Ran {
    command(folder, "verify", recording, toml, args)
}

fn command(folder: &Folder, name: &str, recording: &Value, toml: &str, args: &[&str]) -> Ran {
    let recording = folder.file("recording.json", &recording.to_string());
    let config = folder.file("stagecheck.toml", toml);
    let fixed = [name, "--recording", &recording, "--config", &config, "--quiet"];
    run(fixed.into_iter().chain(args.iter().copied()))
}

/// The rules and messages of a route's problems.
fn problems(route: &Value) -> Vec<String> {
    let problems = route["problems"].as_array().unwrap().iter();
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap().to_owned();
    problems
        .map(|problem| format!("{} {}: {}", text(problem, "severity"), text(problem, "rule"), text(problem, "message")))
        .collect()
}

#[test]
fn live_and_deployed_answers_are_compared_without_showing_them() {
    let folder = Folder::new("verify-differ");
    let ran = verify(&folder, &recording(), PROBE, &["--format", "json", "--fail-on", "medium"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(!ran.stdout.contains("s3cr3t"), "{}", ran.stdout);
    let told = ran.json();
    assert_eq!(told["schema"], "stagecheck.verification/1");
    assert_eq!(told["summary"], json!({ "asked": 1, "withProblems": 1, "notAsked": 0, "notCompared": 0 }));
    let route = &told["routes"][0];
    let expected = [
        "medium shape-differs: the bodies have different forms: $.items[].id: number live, string deployed; \
         $.items[].token: in the deployed answer alone; $.next: in the live answer alone",
        "low header-differs: headers differ: x-total in the deployed answer alone",
    ];
    assert_eq!(problems(route), expected);
    assert_eq!(route["live"]["shape"], json!({ "items": [{ "id": "number" }], "next": "null" }));
    assert_eq!(
        (&route["live"]["status"], &route["deployed"]["contentType"]),
        (&json!(200), &json!("application/json"))
    );
    assert_eq!(
        (&route["optedInBy"], &route["function"], &told["notAsked"]),
        (&json!("probe"), &Value::Null, &json!([]))
    );
    assert_eq!(route["resource"]["function"], "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn");
}

#[test]
fn what_the_gateway_refuses_is_named_by_each_way_of_asking() {
    let folder = Folder::new("verify-malformed");
    let recording = refusing();
    let toml = format!("{PROBE}invoke = true\n");
    let ran = verify(&folder, &recording, &toml, &["--format", "json", "--fail-on", "high"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let route = &ran.json()["routes"][0];
    let told = problems(route);
    assert!(told[0].starts_with("high malformed-answer: the function's answer, $.body: "), "{told:?}");
    let expected =
        ["high server-error: the live configuration answers 502", "high server-error: the stage answers 502"];
    assert_eq!(told[1..], expected);
    assert_eq!(route["problems"][0]["fix"], "json.dumps(body)");
    assert_eq!(route["function"]["source"], "lambda:InvokeFunction");

    let text = verify(&folder, &recording, &toml, &[]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    let steady = regex_free(&text.stdout);
    expect_file!["../expected/verify.txt"].assert_eq(&steady);

    let audit = command(&folder, "audit", &recording, &toml, &["--format", "json", "--probe"]);
    let found: Vec<Value> = audit.json()["findings"].as_array().unwrap().clone();
    let own = found.iter().find(|finding| finding["check"] == "malformed-proxy-response").expect("a finding");
    assert_eq!(own["title"], "GET /orders of prod answers 502: API Gateway refuses what orders-fn returns");
    assert_eq!(own["evidence"][0]["source"], "apigateway:TestInvokeMethod");
    assert_eq!((&own["resource"]["method"], &own["resource"]["path"]), (&json!("GET"), &json!("/orders")));
    let silent = command(&folder, "audit", &recording, &toml, &["--format", "json"]);
    assert!(!silent.stdout.contains("malformed-proxy-response"), "without --probe nothing is asked");
}

/// What is told, in text, where the stage answers 403, and how the command ends with `--strict`.
fn refused(folder: &Folder, kind: &str, message: &str) -> (i32, String) {
    let mut recording = recording();
    recording["execute-api"][stage("/orders")] = json!({ "status": 403, "body": { "message": message },
        "headers": { "content-type": "application/json", "x-amzn-errortype": kind } });
    let ran = verify(folder, &recording, PROBE, &["--strict", "--fail-on", "high"]);
    assert_eq!(ran.stderr, "");
    (ran.code, regex_free(&ran.stdout))
}

#[test]
fn a_refusal_is_never_taken_for_a_good_answer() {
    let folder = Folder::new("verify-refused");
    let head = "\norders prod GET /orders\n    live      200 application/json\n    deployed  403 application/json\n";
    let lost = "    high not-deployed: the live configuration answers 200, the stage 403 Missing Authentication Token: it \
                does not serve the route, so that callers get nothing of it\n      fix: aws apigateway create-deployment \
                --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1\n";
    let told = refused(&folder, "MissingAuthenticationTokenException", "Missing Authentication Token");
    assert_eq!(told, (1, format!("1 route asked, 1 with problems; 0 things not asked\n{head}{lost}")));
    let kept = "    not compared: the stage refused the request with 403; TestInvokeMethod passes by authorization, API \
                keys, throttling and WAF, so that nothing is compared\n";
    let told = refused(&folder, "ForbiddenException", "Forbidden");
    let count = "1 route asked, 0 with problems; 0 things not asked; 1 not compared\n";
    assert_eq!(told, (3, format!("{count}{head}{kept}")));
}

/// The text without the times that answers took.
fn regex_free(text: &str) -> String {
    let line = |line: &str| {
        line.rsplit_once(" in ").filter(|(_, rest)| rest.ends_with(" ms")).map_or(line, |(before, _)| before).to_owned()
    };
    text.lines().map(|own| line(own) + "\n").collect()
}

#[test]
fn an_answer_that_is_let_through_is_evidence_too() {
    let folder = Folder::new("verify-let-through");
    let mut recording = recording();
    let answer = json!({ "body": "{}" });
    let sent = "Method response body after transformations: {}";
    recording["apigateway"]["test_invoke_method"][format!("{REST}/res002/GET")] = tested(200, &answer, "{}", sent);
    let audit = command(&folder, "audit", &recording, PROBE, &["--format", "json", "--probe"]).json();
    let checks: Vec<&str> =
        audit["findings"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect();
    assert!(checks.contains(&"response-without-status-code"), "{checks:?}");
}

#[test]
fn a_tag_opts_in_what_needs_nothing_that_nobody_said() {
    let folder = Folder::new("verify-tag");
    let mut recording = recording();
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/tags", json!({ "stagecheck:probe": "true" }));
    recording["apigateway"]["test_invoke_method"][format!("{REST}/root000001/GET")] =
        recording["apigateway"]["test_invoke_method"][format!("{REST}/res002/GET")].clone();
    recording["execute-api"][stage("/")] = recording["execute-api"][stage("/orders")].clone();
    let ran = verify(&folder, &recording, "", &["--format", "json", "--strict"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (3, ""));
    let told = ran.json();
    let routes: Vec<String> = told["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| format!("{} {} {}", route["optedInBy"], route["resource"]["method"], route["resource"]["path"]))
        .collect();
    assert_eq!(routes, [r#""tag" "GET" "/""#, r#""tag" "GET" "/orders""#]);
    let why = "its method is POST: a [[probe]] entry has to say with what it is asked";
    assert_eq!(told["notAsked"], json!([{ "what": "orders prod POST /orders", "why": why }]));
    edit(&mut recording, "/apigateway/get_rest_apis/items/0/tags", json!({ "stagecheck:probe": "yes" }));
    let other = verify(&folder, &recording, "", &["--format", "json"]).json();
    assert_eq!(other["routes"], json!([]));
    assert_eq!(other["notAsked"][0]["why"], "its tag stagecheck:probe is `yes`: `true` opts its plain routes in");
}

#[test]
fn an_http_api_is_asked_at_its_stage_and_by_its_function() {
    let folder = Folder::new("verify-http");
    let mut recording = shop();
    recording["execute-api"] = json!({ "GET https://h1t2t3p4a5.execute-api.eu-west-1.amazonaws.com/prod/cart": {
        "status": 200, "headers": { "content-type": "application/json" }, "body": { "lines": [] } } });
    recording["lambda"]["invoke"] = json!({ "cart-fn": { "StatusCode": 200, "FunctionError": "Unhandled", "Payload": { "errorType": "KeyError", "errorMessage": "'id'" } } });
    let toml = "[[probe]]\napi = \"h1t2t3p4a5\"\npath = \"/cart\"\ninvoke = true\n";
    let ran = verify(&folder, &recording, toml, &["--format", "json"]);
    let route = &ran.json()["routes"][0];
    assert_eq!((&route["live"], &route["deployed"]["status"]), (&Value::Null, &json!(200)), "{}", ran.stderr);
    assert_eq!(problems(route), ["high function-error: the function fails: KeyError: 'id'"]);
}

#[test]
fn what_is_not_asked_says_why() {
    let folder = Folder::new("verify-not-asked");
    let mut recording = recording();
    recording["apigateway"]["get_resources"][REST]["items"].as_array_mut().unwrap().push(json!({
        "id": "res003", "path": "/orders/{id}", "pathPart": "{id}", "parentId": "res002",
        "resourceMethods": { "GET": recording_method() } }));
    for (toml, why) in [
        ("[[probe]]\napi = \"nothing\"\npath = \"/\"\n", "no API that was read has this id or name"),
        ("[[probe]]\napi = \"orders\"\nstages = [\"beta\"]\npath = \"/orders\"\n", "the API has no stage `beta`"),
        ("[[probe]]\napi = \"orders\"\npath = \"/nothing\"\n", "the API has no such route"),
    ] {
        let told = verify(&folder, &recording, toml, &["--format", "json"]).json();
        let said = told["notAsked"][0]["why"].as_str().unwrap();
        assert!(said.starts_with(why) && told["routes"] == json!([]), "{toml}: {said}");
    }
    let waiting = "[[probe]]\napi = \"orders\"\npath = \"/orders/{id}\"\n";
    let told = verify(&folder, &recording, waiting, &["--format", "json"]).json();
    let route = &told["routes"][0];
    assert_eq!(route["live"]["notAsked"], "path-parameters holds no `id`");
    assert_eq!(route["deployed"]["notAsked"], "the stage does not serve the route: it waits for a deployment");
    let filled = format!("{waiting}path-parameters = {{ id = \"1 2\" }}\n");
    let told = verify(&folder, &recording, &filled, &["--format", "json"]).json();
    let denied = told["routes"][0]["live"]["notAsked"].as_str().unwrap();
    assert!(
        denied.starts_with("access denied: apigateway:POST on arn:aws:apigateway:eu-west-1::/restapis/"),
        "{denied}"
    );
}

fn recording_method() -> Value {
    orders()["apigateway"]["get_resources"][REST]["items"][1]["resourceMethods"]["GET"].clone()
}

#[test]
fn a_strict_audit_sees_what_was_opted_in_and_not_asked() {
    let folder = Folder::new("verify-audit-strict");
    let audit = |api: &str, toml: &str| {
        let config = folder.file("stagecheck.toml", toml);
        let fixed = ["audit", "--recording", &tests::sample(), "--config", &config, "--probe", "--strict"];
        run(fixed.into_iter().chain(["--fail-on", "never", "--quiet", "--api", api])).code
    };
    assert_eq!(audit("catalog", "[[probe]]\napi = \"catalog\"\npath = \"/books\"\n"), 0);
    assert_eq!(audit("catalog", "[[probe]]\napi = \"catalog\"\npath = \"/nothing\"\n"), 3, "there is no such route");
    assert_eq!(audit("orders", "[[probe]]\napi = \"orders\"\npath = \"/orders\"\n"), 3, "no answer is recorded");
}

#[test]
fn without_an_opt_in_nothing_is_asked_and_it_says_how_to_opt_in() {
    let folder = Folder::new("verify-nothing");
    let ran = verify(&folder, &recording(), "", &["--strict"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("nothing is opted in: "), "{}", ran.stdout);
}

#[test]
fn a_configuration_that_is_wrong_is_refused_in_a_line() {
    let folder = Folder::new("verify-config");
    for (toml, said) in [
        ("[[probe]]\napi = \"orders\"\n", "stagecheck.toml:1: missing field `path`"),
        ("[suppressed]\n", "stagecheck.toml:1: unknown field `suppressed`"),
        (
            &format!("{PROBE}api-key-env = \"NO_SUCH_KEY\"\n"),
            "stagecheck.toml:1: [[probe]]: api-key-env names the variable NO_SUCH_KEY, which is not set",
        ),
    ] {
        let ran = verify(&folder, &recording(), toml, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{toml}");
        let (first, help) = ran.stderr.split_once('\n').unwrap();
        assert!(first.starts_with("error: ") && first.contains(said), "{first}");
        assert!(help.trim_start().starts_with("help: "), "{help}");
    }
    let shown = folder.path("stagecheck.toml");
    std::fs::write(&shown, b"[logs]\n# caf\xe9\n").unwrap();
    let ran = run(["verify", "--config", &shown, "--recording", &tests::sample()]);
    let (first, help) = ran.stderr.split_once('\n').unwrap();
    assert_eq!((ran.code, first.ends_with("stagecheck.toml is not text in UTF-8")), (2, true), "{first}");
    assert_eq!(help.trim(), "help: save it in UTF-8: docs/configuration.md describes what it holds");
    let ran = run(["verify", "--config", "no-such-file.toml", "--recording", &tests::sample()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: cannot read no-such-file.toml"), "{}", ran.stderr);
}

#[test]
fn the_limit_of_queries_stands_in_the_configuration_and_the_option_wins() {
    let folder = Folder::new("verify-limit");
    let mut recording = orders();
    recording["metrics"] =
        json!([tests::shapes::metric("AWS/Lambda", "Errors", json!({ "FunctionName": "orders-fn" }), 1)]);
    recording["logs"] =
        json!({ "/aws/lambda/orders-fn": { "logGroupClass": "INFREQUENT_ACCESS", "storedBytes": 4096, "events": [] } });
    let is_refused = |toml: &str, args: &[&str]| {
        let ran = command(&folder, "errors", &recording, toml, args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.contains("which nothing but a query reads")
    };
    assert!(!is_refused("", &[]));
    assert!(is_refused("[logs]\nquery-limit = 0\n", &[]));
    assert!(!is_refused("[logs]\nquery-limit = 0\n", &["--query-limit", "1"]));
    let recording = folder.file("recording.json", &recording.to_string());
    folder.file("stagecheck.toml", "[logs]\nquery-limit = 0\n");
    let mut command = stagecheck();
    command.args(["errors", "--recording", &recording, "--quiet"]).current_dir(folder.path("."));
    let ran = Ran::from(command.output().unwrap());
    assert!(ran.stdout.contains("which nothing but a query reads"), "the folder's own file is read: {}", ran.stdout);
}

fn entry(api: &str, path: &str) -> Entry {
    Entry {
        api: api.to_owned(),
        stages: Vec::new(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        request_path: None,
        path_parameters: Default::default(),
        query: Default::default(),
        headers: Headers::default(),
        body: None,
        sign: true,
        invoke: true,
    }
}

#[tokio::test]
async fn what_asking_takes_is_published_not_one_more_not_one_less() {
    let served = Served::start(recording()).await;
    let snapshots = served.snapshots_of(Depth::Routes, &Known::default()).await;
    let before = served.calls();
    let asked = |operation: &str| {
        ["apigateway.test_invoke_method", "lambda.invoke", "execute-api.request"].contains(&operation)
    };
    assert!(!before.operations.keys().any(|name| asked(name)), "reading asks nothing: {:?}", before.operations);
    let plan = probe::plan(&snapshots, &[entry("orders", "/orders")], &|_| true, true);
    served.account.probe(&plan, &Own::of(&snapshots), &|| served.now).await;
    let mut after = served.calls();
    after.operations.retain(|name, count| *count > before.operations.get(name).copied().unwrap_or_default());
    let names: Vec<(&str, usize)> = after.operations.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(names, [("apigateway.test_invoke_method", 1), ("execute-api.request", 1), ("lambda.invoke", 1)]);
    let resources = after.paths.keys().filter(|path| !before.paths.contains_key(*path)).map(|(service, path)| {
        let of_function = |path: &str| path.split('/').nth(3).unwrap_or_default().replace("%3A", ":");
        match service.as_str() {
            "apigateway" => ("apigateway:POST", format!("arn:aws:apigateway:eu-west-1::{path}")),
            "lambda" => ("lambda:InvokeFunction", of_function(path)),
            other => panic!("{other} is not asked"),
        }
    });
    let stage = ("execute-api:Invoke", format!("arn:aws:execute-api:eu-west-1:111122223333:{REST}/prod/GET/orders"));
    let needs: Vec<(&str, String)> = resources.chain([stage]).collect();
    assert_eq!(needs.len(), permissions::PROBE.len());
    for permission in &permissions::PROBE {
        let covers = |(action, resource): &(&str, String)| {
            permission.action == *action && policy::matches(&permission.arn("aws"), resource)
        };
        assert!(needs.iter().any(covers), "{permission:?} is never used: {needs:?}");
    }
    let default = permissions::policy("aws").to_string();
    assert!(permissions::PROBE.iter().all(|permission| !default.contains(permission.action)), "reading stays reading");
    let printed = run(["permissions", "--probe"]).json();
    assert_eq!(printed, permissions::probe_policy("aws"));
}

#[tokio::test]
async fn a_call_that_fails_is_not_repeated() {
    let faults = ["test_invoke_method=throttle*9", "invoke=error:ServiceException*9"];
    let served = Served::start_faulty(recording(), &faults).await;
    let snapshots = served.snapshots_of(Depth::Routes, &Known::default()).await;
    let plan = probe::plan(&snapshots, &[entry("orders", "/orders")], &|_| true, true);
    let told = served.account.probe(&plan, &Own::of(&snapshots), &|| served.now).await;
    let operations = served.calls().operations;
    assert_eq!((operations["apigateway.test_invoke_method"], operations["lambda.invoke"]), (1, 1));
    assert!(told[0].0.live.as_ref().unwrap().not_asked.is_some());
}
