//! The OpenAPI document against the real answers, as schemathesis tries them: with what is right, and with what is not.

use std::process::Command;

use tests::dashboard::Dashboard;
use tests::programs::{Ran, scrub, tool};

#[test]
fn schemathesis_finds_nothing_that_the_document_does_not_say() {
    let Some(schemathesis) = tool("schemathesis") else { return };
    let dashboard = Dashboard::of_the_sample();
    let folder = tests::folder::Folder::new("schemathesis");
    let mut command = Command::new(schemathesis);
    scrub(&mut command);
    command.args(["run", &format!("http://{}/openapi.json", dashboard.host)]);
    command.args(["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1"]);
    // What is right of a signed `next`, a time or a URL, no schema says: valid by theirs, it may be refused.
    command.args(["--exclude-checks", "positive_data_acceptance"]);
    // Audits are begun in the background, one after the other, and this is not what is tried here.
    command.args(["--suppress-health-check", "all", "--no-color", "--warnings", "off"]);
    let ran = Ran::from(command.current_dir(&folder.0).output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(dashboard.get("/health").status, 200);
}
