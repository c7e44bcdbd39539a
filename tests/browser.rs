//! Chromium, driven by Playwright.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::programs::{Ran, scrub};
use crate::{left_out, root};

/// What a browser sees of every page of a dashboard, and what comes of its forms; with a folder, it keeps pictures there. Where
/// there is no browser, or nothing to drive it with, the test that asks is left out, and said to be.
pub fn pages(host: &str, pictures: Option<OsString>) -> Option<Value> {
    let mut command = script("pages.py", host)?;
    if let Some(folder) = pictures {
        std::fs::create_dir_all(&folder).expect("the folder for pictures can be made");
        command.arg("--shots").arg(folder);
    }
    Some(seen(command))
}

/// What somebody reads who goes from the overview to the list of findings, and to the one with a fingerprint.
pub fn finding(host: &str, fingerprint: &str) -> Option<Value> {
    let mut command = script("finding.py", host)?;
    command.arg(fingerprint);
    Some(seen(command))
}

fn script(name: &str, host: &str) -> Option<Command> {
    let (python, chromium) = (driver()?, chromium()?);
    let mut command = Command::new(python);
    scrub(&mut command);
    command.arg(root().join("tests").join(name)).arg(chromium).arg(format!("http://{host}"));
    Some(command)
}

fn seen(mut command: Command) -> Value {
    let ran: Ran = command.output().expect("Python can be run").into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    ran.json()
}

/// Debian's Chromium, or what `CHROMIUM` names.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from("/usr/bin/chromium"));
    if path.exists() {
        return Some(path);
    }
    left_out(
        "the pages in a browser: there is no /usr/bin/chromium, and CHROMIUM names none (Debian: apt-get install chromium)",
    );
    None
}

/// The Python that has Playwright.
fn driver() -> Option<PathBuf> {
    let path = root().join(".tools/browser/bin/python");
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("STAGECHECK_TOOLS").is_none(), "there is no {}", path.display());
    left_out("the pages in a browser: run `make tools` first");
    None
}
