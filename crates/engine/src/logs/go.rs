//! Go: `panic: message`, and below it `goroutine 1 [running]:` with functions and their places.

use super::frame::Frames;
use super::json::{self, Value};
use super::kind::Runtime;

/// What a panic or a fatal error of the Go runtime begins with, and its message.
pub(super) fn panic(line: &str) -> Option<&str> {
    let message = line.strip_prefix("panic: ").or_else(|| line.strip_prefix("fatal error: "))?;
    let after = [" [recovered]", " [recovered, repanicked]"];
    Some(after.iter().find_map(|words| message.strip_suffix(words)).unwrap_or(message))
}

/// The type of a panic: errors of the runtime say so, of others a printed panic does not tell it.
pub(super) fn panic_type(message: &str) -> Option<&'static str> {
    message.starts_with("runtime error: ").then_some("runtime.Error")
}

/// Whether the Go runtime says that it got no more memory.
pub(super) fn is_out_of_memory(line: &str) -> bool {
    matches!(
        line.strip_prefix("fatal error: "),
        Some("out of memory" | "runtime: out of memory" | "runtime: cannot allocate memory")
    )
}

/// The line above the functions.
pub(super) fn is_goroutine(line: &str) -> bool {
    line.strip_prefix("goroutine ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.ends_with("]:"))
}

/// Whether a line goes on with a stack.
pub(super) fn goes_on(line: &str) -> bool {
    let is_call = line.ends_with(')') && !line.contains(' ') && line.contains('.');
    line.starts_with([' ', '\t'])
        || is_goroutine(line)
        || ["[signal ", "created by ", "exit status ", "...", "panic("].iter().any(|start| line.starts_with(start))
        || is_call
        || (line.ends_with(')') && line.contains("(0x"))
        || line.contains("(...)")
}

/// The function of a line such as `main.handler(0xc000012345, …)`, and whether the user wrote it.
pub(super) fn call(line: &str) -> Option<(String, bool)> {
    if line.starts_with(['\t', ' ', '[']) || line.starts_with("goroutine ") || line.starts_with("created by ") {
        return None;
    }
    let name = line.get(..line.rfind('(')?)?;
    let foreign =
        ["runtime.", "reflect.", "sync.", "internal/", "net/", "encoding/", "github.com/aws/", "testing.", "panic"];
    let is_own = !foreign.iter().any(|prefix| name.starts_with(prefix));
    (!name.is_empty()).then(|| (name.to_owned(), is_own))
}

/// The frames in the JSON of a panic: objects with `path`, `line` and `label`. (aws-lambda-go, messages.)
pub(super) fn places(items: &[String], frames: &mut Frames) {
    for item in items.iter().filter(|item| item.starts_with('{')) {
        let (mut path, mut label) = (String::new(), String::new());
        for (name, value) in json::members(item.as_bytes()) {
            match (name, value) {
                (b"path", Value::Text(_)) => path = value.text().unwrap_or_default(),
                (b"label", Value::Text(_)) => label = value.text().unwrap_or_default(),
                _ => {}
            }
        }
        if path.is_empty() || label.is_empty() {
            continue;
        }
        let foreign = ["github.com/aws/aws-lambda-go", "runtime/", "reflect/", "net/"];
        let is_own = !foreign.iter().any(|prefix| path.starts_with(prefix) || path.contains("/src/runtime/"));
        frames.add_place(Runtime::Go, format!("{path}:{label}"), is_own);
    }
}

/// What follows the time that Go's own logger writes: `2026/11/22 08:00:00 `.
pub(super) fn logged(line: &[u8]) -> Option<&[u8]> {
    let (stamp, rest) = line.split_at_checked(19)?;
    let marks = [(4, b'/'), (7, b'/'), (10, b' '), (13, b':'), (16, b':')];
    let is_stamp = marks.iter().all(|(at, mark)| stamp.get(*at) == Some(mark));
    if is_stamp { rest.strip_prefix(b" ") } else { None }
}
