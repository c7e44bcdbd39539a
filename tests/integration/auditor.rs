//! The auditor function under the Lambda runtime, as cargo-lambda runs it, with each of its events.

use serde_json::{Value, json};
use tests::folder::Folder;
use tests::lambda::Lambda;
use tests::programs::run;
use tests::{Served, shop};

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_answered() {
    // The function looks at the last hour by its own clock, the command line by the recording's: nothing failed in either.
    let mut quiet = shop();
    quiet["metrics"] = json!([]);
    let folder = Folder::new("auditor");
    let sample = folder.file("quiet.json", &quiet.to_string());
    let served = Served::start(quiet).await;
    let variables = [("AWS_ENDPOINT_URL", served.sandbox.endpoint_url()), ("QUOTA_SHARE", "1".to_owned())];
    let Some(lambda) = Lambda::start("auditor", &variables).await else { return };

    // One API: the same report as the command line gives, but for the time.
    let mut report = lambda.answer("audit_api.json").await;
    let line = run(["audit", "--quiet", "--format", "json", "--recording", &sample, "--api", "k3orders01"]);
    let mut expected: Value = serde_json::from_str(&line.stdout).unwrap();
    assert_ne!(report["takenAt"].take(), expected["takenAt"].take());
    assert_eq!(report, expected);

    // The queue: the message that is no job comes back, the other does not.
    let batch = lambda.answer("audit_queue.json").await;
    assert_eq!(batch, json!({ "batchItemFailures": [{ "itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da" }] }));

    // The schedule is the dispatcher's.
    let refused = lambda.invoke("schedule.json").await;
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("the schedule's is the dispatcher's"), "{said}");
}
