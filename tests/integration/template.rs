//! The SAM template, as SAM's own tools read it.

use std::process::Command;

use tests::programs::{Ran, tool};
use tests::root;

fn check(name: &str, args: &[&str]) {
    let Some(program) = tool(name) else { return };
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).env("SAM_CLI_TELEMETRY", "0").env("AWS_DEFAULT_REGION", "eu-west-1");
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn sam_finds_nothing_wrong_with_it() {
    check("sam", &["validate", "--lint"]);
}

#[test]
fn cfn_lint_finds_nothing_wrong_with_it() {
    check("cfn-lint", &["template.yaml"]);
}
