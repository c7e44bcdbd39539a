//! Node: `    at function (/var/task/index.js:5:11)`, and the runtime's reports with the error as JSON.

use super::frame::{Frame, relative};
use super::kind::{Kind, Runtime};

/// What the runtime writes before the error of an invocation that failed, and what it says. (nodejs-ric, Errors.js;
/// runtimes of others have taken it over.)
pub(super) const REPORTS: [(&str, Option<Kind>); 3] = [
    ("Invoke Error", None),
    ("Uncaught Exception", None),
    ("Unhandled Promise Rejection", Some(Kind::UnhandledRejection)),
];

/// What V8 writes before it gives up, and the process is aborted.
pub(super) fn is_heap_exhausted(line: &str) -> bool {
    line.starts_with("FATAL ERROR: ") && line.contains("heap out of memory")
}

/// A frame, after `at `.
pub(super) fn frame(text: &str) -> Option<Frame> {
    let text = text.strip_suffix(" {").unwrap_or(text);
    let text = text.strip_prefix("async ").unwrap_or(text);
    let (function, location) = match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
        Some((function, location)) => (Some(function), location),
        None => (None, text),
    };
    let is_known = |part: &str| ["/", "file://", "node:", "internal/", "webpack"].iter().any(|p| part.starts_with(p));
    let path = match location {
        "<anonymous>" | "native" if function.is_some() => location,
        _ => {
            let path = without_number(without_number(location)?).unwrap_or(without_number(location)?);
            if is_known(path) || [".js", ".mjs", ".cjs", ".ts"].iter().any(|end| path.ends_with(end)) {
                path
            } else {
                return None;
            }
        }
    };
    let foreign = ["node:", "internal/", "<", "native", "/var/runtime/", "/opt/", "file:///var/runtime/"];
    let is_own = !path.contains("node_modules/") && !foreign.iter().any(|part| path.starts_with(part));
    let place = match function {
        Some(function) => format!("{}:{function}", relative(path)),
        None => relative(path).to_owned(),
    };
    Some(Frame { runtime: Runtime::Node, place, is_own })
}

fn without_number(location: &str) -> Option<&str> {
    let (before, number) = location.rsplit_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(before)
}
