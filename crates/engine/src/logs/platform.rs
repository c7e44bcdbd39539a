//! What Lambda itself writes into a function's log in text: START, END, REPORT, timeouts, exits, extensions.

use memchr::memmem;

use super::failure::{self, Failure, Lines, Proof};
use super::kind::Kind;
use super::line::{self, Context, RequestId, uuid};

/// The type that the newer generation gives to a timeout. The older one gives none.
pub(super) const TIMED_OUT: &str = "Sandbox.Timedout";

/// The id of `START RequestId: … Version: …`, or of what begins likewise.
pub(super) fn request(line: &[u8], opening: &[u8]) -> Option<RequestId> {
    let rest = line.strip_prefix(opening)?;
    let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
    RequestId::new(rest.get(..end)?)
}

/// The value of a field of a REPORT line: `Status: error`.
fn field(line: &[u8], name: &[u8]) -> Option<String> {
    let rest = line.get(memmem::find(line, name)? + name.len()..)?;
    let end = memmem::find(rest, b"\t").unwrap_or(rest.len());
    Some(String::from_utf8_lossy(rest.get(..end)?).trim().to_owned())
}

/// What a REPORT line says of an invocation that failed. A line without a status, or with success, says nothing: memory
/// that is used up to the last megabyte is no failure.
pub(super) fn report(line: &[u8], context: Context, number: u64) -> Option<Failure> {
    let request = request(line, b"REPORT RequestId: ")?;
    let context = Context { request: Some(request), ..context };
    ended(line, "Duration", "Task", context, number)
}

/// What an INIT_REPORT or RESTORE_REPORT line says of an init that failed.
pub(super) fn init_report(line: &[u8], context: Context, number: u64) -> Option<Failure> {
    let mut failure = ended(line, "Duration", "Init", context, number)?;
    failure.is_init = true;
    if failure.kind == Kind::Exception {
        failure.kind = Kind::Init;
    }
    Some(failure)
}

fn ended(line: &[u8], duration: &str, what: &str, context: Context, number: u64) -> Option<Failure> {
    let at = memmem::find(line, b"Status: ")?;
    // Where text was copied it has spaces for tabs; then the status is one word, and so is the type.
    let is_whole = line.contains(&b'\t');
    let word = |text: Option<String>| {
        text.and_then(|text| if is_whole { Some(text) } else { text.split_whitespace().next().map(str::to_owned) })
    };
    let status = word(field(line.get(at..)?, b"Status: "))?;
    let error_type = word(field(line, b"Error Type: "));
    let millis: Option<f64> =
        field(line, format!("{duration}: ").as_bytes()).and_then(|text| text.split_whitespace().next()?.parse().ok());
    let memory = [&b"Memory Size: "[..], b"Max Memory Used: "].map(|name| field(line, name).as_deref().map(megabytes));
    let mut failure = of_status(&status, error_type, millis.map(|millis| millis / 1000.0), what, context, number)?;
    if let (Kind::OutOfMemory, [Some(size), Some(used)]) = (failure.kind, memory) {
        failure.message = format!("Memory Size: {size}, Max Memory Used: {used}");
    }
    failure.lines = Lines::of(&String::from_utf8_lossy(line));
    Some(failure)
}

/// `128 MB` and nothing after it.
fn megabytes(text: &str) -> String {
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// What a status says that REPORT lines and `platform.*` records have in common.
pub(super) fn of_status(
    status: &str,
    error_type: Option<String>,
    seconds: Option<f64>,
    what: &str,
    context: Context,
    number: u64,
) -> Option<Failure> {
    let kind = match status {
        "timeout" => Kind::Timeout,
        "error" | "failure" => {
            error_type.as_deref().and_then(|error_type| Kind::of_type(error_type, "")).unwrap_or(Kind::Exception)
        }
        _ => return None,
    };
    let mut failure = Failure::new(kind, Proof::Status, context, number);
    failure.error_type = error_type.as_deref().and_then(failure::error_type);
    if kind == Kind::Timeout {
        failure.error_type = Some(TIMED_OUT.to_owned());
        failure.message = match seconds.filter(|seconds| *seconds >= 0.01) {
            Some(seconds) => format!("{what} timed out after {seconds:.2} seconds"),
            None => format!("{what} timed out"),
        };
    }
    Some(failure)
}

/// `2026-11-22T08:00:00.000Z 79b4f56e-… Task timed out after 3.00 seconds`, alone in its line.
pub(super) fn timed_out(line: &[u8], context: Context, number: u64) -> Option<Failure> {
    let (time, rest) = line::time(line).map_or((context.time, line), |(time, rest)| (Some(time), rest));
    let (request, rest) = uuid(rest.strip_prefix(b" ").unwrap_or(rest))?;
    let message = String::from_utf8_lossy(rest.strip_prefix(b" ")?);
    let message = message.trim();
    if !is_timeout(message) {
        return None;
    }
    let mut failure = said(message, Context { time, request: Some(request), ..context }, number);
    failure.lines = Lines::of(&String::from_utf8_lossy(line));
    Some(failure)
}

fn is_timeout(message: &str) -> bool {
    message
        .strip_prefix("Task timed out after ")
        .and_then(|rest| rest.strip_suffix(" seconds"))
        .is_some_and(|number| number.parse::<f64>().is_ok())
}

/// `RequestId: 79b4f56e-… Error: Runtime exited with error: exit status 1`; the type stands in the next line.
pub(super) fn ended_by_platform(line: &[u8], context: Context, number: u64) -> Option<Failure> {
    let (request, rest) = uuid(line.strip_prefix(b"RequestId: ")?)?;
    let rest = String::from_utf8_lossy(rest);
    let message = rest.strip_prefix(" Error: ").or_else(|| {
        rest.strip_prefix(' ').filter(|message| message.starts_with("Process exited before completing request"))
    })?;
    let mut failure = said(message, Context { request: Some(request), ..context }, number);
    failure.lines = Lines::of(&String::from_utf8_lossy(line));
    Some(failure)
}

/// What the platform's own words say, wherever they stand: in a log line, in the payload of an invocation, in what the
/// gateway tells of it.
pub(super) fn said(message: &str, context: Context, number: u64) -> Failure {
    let mut failure = Failure::new(Kind::Exit, Proof::Platform, context, number);
    failure.message = failure::message(message);
    set_type(&mut failure, None);
    failure
}

/// The message of a payload, without the request id or time that it begins with: both generations say the same then.
pub(super) fn bare_message(message: &str) -> (Option<RequestId>, &str) {
    let bytes = message.as_bytes();
    let rest = line::time(bytes).and_then(|(_, rest)| rest.strip_prefix(b" ")).unwrap_or(bytes);
    let rest = rest.strip_prefix(b"RequestId: ").unwrap_or(rest);
    let Some((request, rest)) = uuid(rest) else { return (None, message) };
    let rest = std::str::from_utf8(rest).unwrap_or_default();
    match rest.strip_prefix(" Error: ").or_else(|| rest.strip_prefix(' ')) {
        Some(bare) => (Some(request), bare),
        None => (None, message),
    }
}

/// Gives a failure its type, or the one that its message stands for, and the kind that follows.
pub(super) fn set_type(failure: &mut Failure, error_type: Option<&str>) {
    let message = failure.message.as_str();
    let error_type = error_type.or_else(|| {
        let starts = |with: &str| message.starts_with(with);
        if is_timeout(message) {
            Some(TIMED_OUT)
        } else if starts("Runtime exited") || starts("Process exited before completing request") {
            Some("Runtime.ExitError")
        } else if starts("Couldn't find valid bootstrap") || starts("fork/exec ") {
            Some("Runtime.InvalidEntrypoint")
        } else if starts("exit code ") || starts("Extension ") {
            Some("Extension.Crash")
        } else {
            None
        }
    });
    failure.kind = error_type.and_then(|error_type| Kind::of_type(error_type, message)).unwrap_or(Kind::Exception);
    failure.error_type = error_type.and_then(failure::error_type);
}

/// Whether a line is the type below the platform's words.
pub(super) fn is_type(line: &str) -> bool {
    let line = line.trim();
    Kind::is_platform_type(line) && line.len() < 80 && line.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// An extension that did not start: `EXTENSION Name: x State: LaunchError Events: [] Error Type: PermissionDenied`. All
/// other lines about extensions are chatter.
pub(super) fn extension(line: &[u8], context: Context, number: u64) -> Option<Failure> {
    let text = String::from_utf8_lossy(line);
    let error_type = field(line, b"Error Type: ").filter(|text| !text.is_empty())?;
    let mut failure = Failure::new(Kind::Extension, Proof::Platform, context, number);
    failure.error_type = failure::error_type(&error_type);
    let fields = text.split('\t').filter(|field| field.starts_with("Name: ") || field.starts_with("State: "));
    failure.message = failure::message(&fields.collect::<Vec<_>>().join(", "));
    failure.is_init = true;
    failure.lines = Lines::of(&text);
    Some(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "79b4f56e-95b1-4643-9700-2807f4e68189";

    fn shown(failure: Option<Failure>) -> Option<(Kind, Option<String>, String)> {
        failure.map(|failure| (failure.kind, failure.error_type, failure.message))
    }

    #[test]
    fn a_report_counts_by_its_status_alone() {
        let report = |end: &str| {
            let line = format!(
                "REPORT RequestId: {ID}\tDuration: 3001.10 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t{end}"
            );
            shown(super::report(line.as_bytes(), Context::default(), 1))
        };
        assert_eq!(report(""), None);
        assert_eq!(report("Init Duration: 110.10 ms\t"), None);
        assert_eq!(report("Status: success\t"), None);
        let timeout = (Kind::Timeout, Some(TIMED_OUT.to_owned()), "Task timed out after 3.00 seconds".to_owned());
        assert_eq!(report("Status: timeout"), Some(timeout));
        let line = format!("REPORT RequestId: {ID}\tDuration: 3.01 ms\tStatus: timeout");
        let timeout = (Kind::Timeout, Some(TIMED_OUT.to_owned()), "Task timed out".to_owned());
        assert_eq!(shown(super::report(line.as_bytes(), Context::default(), 1)), Some(timeout));
        assert_eq!(
            report("Status: error\tError Type: ValueError\t"),
            Some((Kind::Exception, Some("ValueError".into()), String::new()))
        );
        assert_eq!(report("Status: error"), Some((Kind::Exception, None, String::new())));
        let memory = "Memory Size: 128 MB, Max Memory Used: 128 MB".to_owned();
        let out_of_memory = (Kind::OutOfMemory, Some("Runtime.OutOfMemory".to_owned()), memory);
        assert_eq!(report("Status: error\tError Type: Runtime.OutOfMemory\tXRAY TraceId: 1-2\t"), Some(out_of_memory));
    }

    #[test]
    fn both_generations_of_payloads_say_the_same() {
        for message in [
            format!("2024-04-08T16:56:22.000Z {ID} Task timed out after 1.00 seconds"),
            format!("RequestId: {ID} Error: Task timed out after 1.00 seconds"),
        ] {
            assert_eq!(bare_message(&message).1, "Task timed out after 1.00 seconds", "{message}");
        }
        assert_eq!(bare_message("boom"), (None, "boom"));
    }
}
