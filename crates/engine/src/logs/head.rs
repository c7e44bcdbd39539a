//! The first line of an exception: its type and its message.

/// What stands before the type where nobody caught an error.
const OPENINGS: [&str; 3] = ["Unhandled exception. ", "Unhandled Exception: ", "Uncaught "];

/// Types of what is printed with a stack and is no error.
const HARMLESS: [&str; 5] = ["Trace", "Warning", "DEBUG", "INFO", "WARN"];

/// The type and message of `Type: message`, `Type [CODE]: message` or `Type`, or of such a thing at the end of a sentence:
/// `could not read: TypeError: x is undefined`.
pub(super) fn split(text: &str) -> Option<(String, String)> {
    let text = bare_of_openings(text);
    at_start(text, false).or_else(|| within(text))
}

/// As [`split`], of what says itself that it is an error; within a sentence only if that is asked for.
pub(super) fn error(text: &str, may_be_within: bool) -> Option<(String, String)> {
    let text = bare_of_openings(text);
    at_start(text, true).or_else(|| within(text).filter(|_| may_be_within))
}

fn bare_of_openings(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix("Exception in thread \"").and_then(|rest| rest.split_once("\" ")) {
        Some((_, rest)) => rest,
        None => OPENINGS.iter().find_map(|opening| text.strip_prefix(opening)).unwrap_or(text),
    }
}

/// Within a sentence only what says itself that it is an error.
fn within(text: &str) -> Option<(String, String)> {
    let starts = text.match_indices([' ', '\t', '(']).map(|(at, _)| at + 1);
    starts.filter_map(|start| text.get(start..)).find_map(|rest| at_start(rest, true))
}

/// The type and message of a line that begins with a type.
pub(super) fn at_start(text: &str, must_say_error: bool) -> Option<(String, String)> {
    let end = text.find(|c: char| !is_of_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let name = name.trim_end_matches(':');
    let rest = text.get(name.len()..).filter(|_| !rest.starts_with('(')).unwrap_or(rest);
    let says_error = ["Error", "Exception", "Fault", "Throwable", "Panic"].iter().any(|end| name.ends_with(end));
    if !is_type(name) || (must_say_error && !says_error) || HARMLESS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let rest = match rest.strip_prefix(" [").and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        // .NET writes the number of an error: `SqlException (0x80131904): message`.
        None => rest.strip_prefix(" (0x").and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest),
    };
    if rest.is_empty() || rest == " {" {
        return (says_error || name.contains('.')).then(|| (name.to_owned(), String::new()));
    }
    let message = rest.strip_prefix(": ").or_else(|| rest.strip_prefix(':').filter(|rest| rest.is_empty()))?;
    Some((name.to_owned(), message.trim().to_owned()))
}

/// A type alone in its line, which may not even say that it is an error: `KeyboardInterrupt`.
pub(super) fn bare(text: &str) -> Option<(String, String)> {
    (is_type(text) && text.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '_'))
        .then(|| (text.to_owned(), String::new()))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || "_.$:<>`/".contains(c)
}

/// Whether a word is written as types are: its last part begins with a capital, and it is no word in capitals alone.
/// Python's own exceptions of a package are written `botocore.errorfactory.NotFound`.
fn is_type(name: &str) -> bool {
    let name = name.split('<').next().unwrap_or(name);
    let last = name.rsplit(['.', '$', '/', ':']).next().unwrap_or(name);
    let letters_ok = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !name.contains("//");
    letters_ok
        && last.starts_with(|c: char| c.is_uppercase())
        && last.contains(|c: char| c.is_lowercase())
        && last.len() > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_type_and_message() {
        for (text, error_type, message) in [
            ("KeyError: 'id'", "KeyError", "'id'"),
            ("Error", "Error", ""),
            ("KeyError:", "KeyError", ""),
            ("java.lang.NullPointerException", "java.lang.NullPointerException", ""),
            ("TypeError [ERR_INVALID_ARG_TYPE]: The \"path\"", "TypeError", "The \"path\""),
            ("Exception in thread \"main\" java.lang.Error: a: b", "java.lang.Error", "a: b"),
            ("Unhandled exception. System.Exception: a", "System.Exception", "a"),
            ("could not read order TypeError: x is undefined", "TypeError", "x is undefined"),
            ("com.acme.OrderNotFound: 7", "com.acme.OrderNotFound", "7"),
            ("Npgsql.PostgresException (0x80004005): 42P01: no table", "Npgsql.PostgresException", "42P01: no table"),
            ("Function<RuntimeError>: x", "Function<RuntimeError>", "x"),
            ("Foo::BarError: x", "Foo::BarError", "x"),
        ] {
            assert_eq!(split(text), Some((error_type.to_owned(), message.to_owned())), "{text}");
        }
        for text in [
            "no errors: 0",
            "Trace: here",
            "(node:8) MaxListenersExceededWarning: Possible leak",
            "INFO: x",
            "ERROR: x",
            "Handler started",
            "10:30 Error rate",
            "error: lower",
            "",
            "Errors found",
            "https://Example.com/Error",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
