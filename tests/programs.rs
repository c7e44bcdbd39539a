//! Running the real programs, and the tools of the test environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Once, OnceLock};

use serde_json::Value;

use crate::{left_out, root};

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Ran {
    /// What it wrote to standard output, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("programs write UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Variables of the environment that change what the SDK or a program does.
const AMBIENT: [&str; 13] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "CLICOLOR_FORCE",
    "STAGECHECK_STORE",
];

/// `stagecheck`, as it was built for the tests, in an environment without AWS in it.
pub fn stagecheck() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(PROGRAM.get_or_init(|| program("stagecheck")));
    scrub(&mut command);
    command
}

/// Runs `stagecheck` with arguments.
pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    stagecheck().args(args).output().expect("stagecheck can be run").into()
}

/// Takes AWS out of a program's environment, and keeps it from looking for a machine's own credentials.
pub fn scrub(command: &mut Command) {
    AMBIENT.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.env("HOME", root().join("target/no-home")).env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
}

/// A program of the workspace, built for the tests. All are built at once, with the features of the whole workspace, so
/// that nothing is built twice.
pub fn program(name: &str) -> PathBuf {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        // What `cargo test` tells a test of its package, ring's build script takes for a change: ring and everything that is
        // built with it would be built anew, by every run of the tests.
        let is_of_the_test = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        let names = std::env::vars_os().map(|(name, _)| name);
        names.filter(|name| name.to_str().is_some_and(is_of_the_test)).for_each(|name| {
            command.env_remove(name);
        });
        let built = command.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(root()).status();
        assert!(built.expect("cargo can be run").success(), "the workspace does not build");
    });
    // This test runs from target/debug/deps.
    let own = std::env::current_exe().expect("this program has a path");
    own.parent().and_then(Path::parent).expect("it lies in target/debug/deps").join(name)
}

/// A tool of the Python environment that `make test` sets up. Without it, the test that asks is left out, and said to
/// be; in a run of `make test`, where it cannot be missing, that is an error.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = root().join(".tools/bin").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("STAGECHECK_TOOLS").is_none(), "{name} is missing from {}", path.display());
    left_out(&format!("{name}: run `make tools` first"));
    None
}

/// Runs a Python script of the tests with arguments and an environment without AWS in it.
pub fn python(script: &str, args: &[&str]) -> Option<Ran> {
    let mut command = Command::new(tool("python")?);
    scrub(&mut command);
    command.arg(root().join("tests").join(script)).args(args);
    Some(command.output().expect("Python can be run").into())
}
