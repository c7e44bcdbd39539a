//! PHP, the most common of the custom runtimes: `PHP Fatal error:  Uncaught Type: message in file:line`.

use super::frame::{Frame, relative};
use super::kind::Runtime;

/// What an error that nobody caught begins with: its type, message and place.
pub(super) fn uncaught(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("PHP ").unwrap_or(line).strip_prefix("Fatal error: ")?;
    rest.trim_start().strip_prefix("Uncaught ")
}

/// The message without the place that is written after it.
pub(super) fn message(text: &str) -> &str {
    text.rsplit_once(" in /").filter(|(_, place)| place.contains(".php")).map_or(text, |(message, _)| message)
}

/// Whether a line goes on with a stack.
pub(super) fn goes_on(line: &str) -> bool {
    line == "Stack trace:" || line.starts_with("  thrown in ") || line.starts_with("Next ") || frame(line).is_some()
}

pub(super) fn frame(text: &str) -> Option<Frame> {
    let (number, rest) = text.strip_prefix('#')?.split_once(' ')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (path, function) = match rest.split_once("): ") {
        Some((place, call)) => (place.split_once('(').map_or(place, |(path, _)| path), call.split('(').next()),
        None => (rest, None),
    };
    let is_own = path.starts_with('/') && !path.contains("/vendor/") && !path.starts_with("/opt/");
    let place = function.map_or(relative(path).to_owned(), |function| format!("{}:{function}", relative(path)));
    Some(Frame { runtime: Runtime::Custom, place, is_own })
}
