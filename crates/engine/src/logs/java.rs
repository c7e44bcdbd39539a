//! Java and what else runs on its machine: `\tat package.Class.method(File.java:12)`.

use super::frame::Frame;
use super::kind::Runtime;

/// The packages of Java, of its languages, of AWS and of the frameworks that call handlers.
const FOREIGN: [&str; 15] = [
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "lambdainternal.",
    "com.amazonaws.",
    "software.amazon.",
    "org.springframework.",
    "io.micronaut.",
    "io.quarkus.",
    "jakarta.",
];

/// A frame, after `at `; in lists it stands alone.
pub(super) fn frame(text: &str) -> Option<Frame> {
    let (method, source) = text.strip_suffix(')')?.split_once('(')?;
    let is_source = source == "Native Method"
        || source == "Unknown Source"
        || [".java", ".kt", ".scala", ".groovy", ".clj"].iter().any(|end| source.contains(end));
    if !is_source || method.contains(char::is_whitespace) {
        return None;
    }
    // The loader and the module, `app//` and `java.base/`, are not part of the name.
    let method = method.rsplit_once('/').map_or(method, |(_, name)| name);
    let is_own = !FOREIGN.iter().any(|prefix| method.starts_with(prefix)) && !method.contains("$$Lambda");
    Some(Frame { runtime: Runtime::Java, place: method.to_owned(), is_own })
}

/// The type of what says that the handler's class is not there.
pub(super) const NOT_FOUND: &str = "java.lang.ClassNotFoundException";

/// What the runtime says where the handler's class is not there: `Class not found: example.Handler`, with the type after
/// it. A sentence that goes on is somebody else's.
pub(super) fn not_found(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let said = line.strip_suffix(NOT_FOUND).and_then(|said| said.strip_suffix(": ")).unwrap_or(line);
    let class = said.strip_prefix("Class not found: ")?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '/' | '-');
    (!class.is_empty() && class.chars().all(is_name)).then_some(said)
}

/// Whether a line is the runtime's report of an error that nobody caught: `message: type`, before the stack whose first
/// line is `type: message`. (aws-lambda-java-runtime-interface-client, UserFault.)
pub(super) fn is_report(line: &str, error_type: &str, message: &str) -> bool {
    line.strip_suffix(error_type).and_then(|rest| rest.strip_suffix(": ")).is_some_and(|said| {
        said == message || (message.is_empty() && said == "null") || said.starts_with("Class not found")
    })
}

/// Whether a line names a thread in a dump of all: `"main" #1 prio=5`.
pub(super) fn is_thread(line: &str) -> bool {
    line.starts_with('"') && line.contains("\" #")
}

/// Lines that go on with a stack without being frames.
pub(super) fn is_link(line: &str) -> bool {
    line.starts_with("Caused by: ") || (line.starts_with("... ") && line.ends_with(" more"))
}
