//! Python: `Traceback (most recent call last):`, of which the newest call stands last.

use super::frame::{Frame, relative};
use super::kind::Runtime;

/// The line that a stack begins with.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):";

/// The lines between two stacks of which the second was raised while the first was handled.
pub(super) fn is_link(line: &str) -> bool {
    line.starts_with("During handling of the above exception")
        || line.starts_with("The above exception was the direct cause")
}

/// What the runtime reports of an error that nobody caught: `[ERROR] KeyError: 'id'`, with a space where loggers have a
/// tab. (aws-lambda-python-runtime-interface-client, bootstrap.py.)
pub(super) fn report(line: &str) -> Option<&str> {
    line.strip_prefix("[ERROR] ").filter(|rest| !rest.starts_with('['))
}

/// Whether a line begins with a level in brackets: what the runtime reports has ended then.
pub(super) fn is_logged(line: &str) -> bool {
    ["[ERROR] ", "[WARNING] ", "[INFO] ", "[DEBUG] ", "[CRITICAL] "].iter().any(|level| line.starts_with(level))
}

pub(super) fn frame(text: &str) -> Option<Frame> {
    let (path, rest) = text.strip_prefix("File \"")?.split_once("\", line ")?;
    let function = rest.split_once(", in ")?.1.lines().next()?.trim();
    let foreign = ["/site-packages/", "/dist-packages/", "/usr/lib", "/var/runtime/", "/var/lang/", "/opt/"];
    let is_own = !path.starts_with('<') && !foreign.iter().any(|part| path.contains(part));
    Some(Frame { runtime: Runtime::Python, place: format!("{}:{function}", relative(path)), is_own })
}
