//! Rust: `thread 'main' panicked at src/main.rs:5:9:`, and the message below; before Rust 1.73 in the same line.

/// Where a panic was, and its message if that stands in the same line.
pub(super) fn panic(line: &str) -> Option<(String, Option<String>)> {
    let rest = line.strip_prefix("thread '")?.split_once("' ")?.1;
    // Newer versions name the thread's number, too: `thread 'main' (7) panicked at …`.
    let at = rest.split_once("panicked at ").filter(|(before, _)| before.len() < 24)?.1;
    if let Some((message, place)) = at.strip_prefix('\'').and_then(|at| at.rsplit_once("', ")) {
        return Some((location(place)?, Some(message.to_owned())));
    }
    Some((location(at.strip_suffix(':')?)?, None))
}

/// The file of `src/main.rs:5:9`.
fn location(place: &str) -> Option<String> {
    let mut parts = place.rsplitn(3, ':');
    let are_numbers = parts.by_ref().take(2).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    parts.next().filter(|file| are_numbers && file.ends_with(".rs")).map(str::to_owned)
}

/// Whether a file is the user's.
pub(super) fn is_own(file: &str) -> bool {
    !file.contains("/.cargo/") && !file.contains("/rustc/") && !file.starts_with("library/")
}

/// Whether a line goes on with what is printed of a panic.
pub(super) fn goes_on(line: &str) -> bool {
    line.starts_with([' ', '\t']) || line.starts_with("note: ") || line == "stack backtrace:"
}
