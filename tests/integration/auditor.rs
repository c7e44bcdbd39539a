//! The auditor function under the Lambda runtime, as cargo-lambda runs it, with each of the events.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::folder::Folder;
use tests::programs::{Ran, program, run, scrub, tool};
use tests::{Served, root, shop};

/// cargo-lambda's emulator of the Lambda service, and the function that takes its events from it.
struct Lambda {
    emulator: Child,
    function: Child,
    port: u16,
}

impl Lambda {
    async fn start(cargo_lambda: &Path, endpoint: &str) -> Lambda {
        // A port that is free now; cargo-lambda cannot choose one itself.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut emulator = Command::new(cargo_lambda);
        scrub(&mut emulator);
        // Without building the function, which cargo-lambda would do with other features than those of the workspace.
        emulator.args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"]);
        emulator.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
        let emulator =
            emulator.current_dir(root().join("functions/auditor")).stdout(Stdio::null()).stderr(Stdio::null());
        let emulator = emulator.spawn().unwrap();
        let begin = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "cargo lambda watch does not listen");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut function = Command::new(program("auditor"));
        scrub(&mut function);
        let function = function
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt/auditor"))
            .env("AWS_LAMBDA_FUNCTION_NAME", "auditor")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("QUOTA_SHARE", "1")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Lambda { emulator, function, port }
    }

    async fn invoke(&self, cargo_lambda: &Path, event: &str) -> Ran {
        let mut command = tokio::process::Command::new(cargo_lambda);
        command.args([
            "lambda",
            "invoke",
            "--invoke-address",
            "127.0.0.1",
            "--invoke-port",
            &self.port.to_string(),
            "auditor",
        ]);
        command.args(["--data-file", root().join("events").join(event).to_str().unwrap()]).stdin(Stdio::null());
        command.output().await.unwrap().into()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        for child in [&mut self.function, &mut self.emulator] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_answered() {
    let Some(cargo_lambda) = tool("cargo-lambda") else { return };
    // The function looks at the last hour by its own clock, the command line by the recording's: nothing failed in either.
    let mut quiet = shop();
    quiet["metrics"] = json!([]);
    let folder = Folder::new("auditor");
    let sample = folder.file("quiet.json", &quiet.to_string());
    let served = Served::start(quiet).await;
    let lambda = Lambda::start(&cargo_lambda, &served.sandbox.endpoint_url()).await;
    let answer = |ran: Ran| -> Value {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
    };

    // One API: the same report as the command line gives, but for the time.
    let mut report = answer(lambda.invoke(&cargo_lambda, "audit_api.json").await);
    let line = run(["audit", "--quiet", "--format", "json", "--recording", &sample, "--api", "k3orders01"]);
    let mut expected: Value = serde_json::from_str(&line.stdout).unwrap();
    assert_ne!(report["takenAt"].take(), expected["takenAt"].take());
    assert_eq!(report, expected);

    // The queue: the message that is no job comes back, the other does not.
    let batch = answer(lambda.invoke(&cargo_lambda, "audit_queue.json").await);
    assert_eq!(batch, json!({ "batchItemFailures": [{ "itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da" }] }));

    // The schedule is the dispatcher's.
    let refused = lambda.invoke(&cargo_lambda, "schedule.json").await;
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("the schedule's is the dispatcher's"), "{said}");
}

#[test]
fn every_event_is_tried() {
    let names = std::fs::read_dir(root().join("events")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with("dashboard"));
    names.sort();
    // Those that the test above invokes.
    assert_eq!(names, ["audit_api.json", "audit_queue.json", "schedule.json"]);
}
