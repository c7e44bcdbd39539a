//! Ruby: `/var/task/function.rb:5:in 'handler'`, and the runtime's reports over many lines.

use super::frame::{Frame, relative};
use super::kind::Runtime;

/// What the runtime writes before the JSON of an invocation that failed, and whether it was the init. The JSON is
/// pretty, and each line of it an event. (aws-lambda-ruby-runtime-interface-client, LambdaLogger.)
pub(super) fn report(line: &str) -> Option<bool> {
    if line.starts_with("Init error when loading handler") {
        return Some(true);
    }
    (line == "Error raised from handler method" || line == "Critical exception from handler").then_some(false)
}

pub(super) fn frame(text: &str) -> Option<Frame> {
    let (path, rest) = text.split_once(":in ").map_or((text, ""), |(at, rest)| (at, rest));
    let (path, line) = path.rsplit_once(':')?;
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    if !is_line || rest.is_empty() || path.contains(' ') || !(path.ends_with(".rb") || path.starts_with('<')) {
        return None;
    }
    let function = rest.trim_start_matches(['`', '\'']);
    let function = function.split(['\'', ':']).next().unwrap_or(function);
    let foreign = ["/var/lang/", "/var/runtime/", "/gems/", "/opt/ruby", "<internal:"];
    let is_own = !foreign.iter().any(|part| path.contains(part));
    Some(Frame { runtime: Runtime::Ruby, place: format!("{}:{function}", relative(path)), is_own })
}

/// The type and message of `message (Type)`, as loggers and uncaught errors write it.
pub(super) fn head(text: &str) -> Option<(String, String)> {
    let (message, name) = text.strip_suffix(')')?.rsplit_once(" (")?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == ':' || c == '_');
    // `/var/task/function.rb:5:in 'handler': message (Type)`
    let said =
        message.split_once(".rb:").and_then(|(_, rest)| rest.split_once("': ")).map_or(message, |(_, said)| said);
    is_name.then(|| (name.to_owned(), said.to_owned()))
}
