//! What tells one failure from another: a hash of kind, type, message without its variable parts, and the top frames of
//! the user's own code. Not of the function: one bug in three functions is one group.

use sha2::{Digest, Sha256};

use super::failure;
use super::kind::Kind;
use crate::secret::hex;

/// The version of what is hashed. A new one makes new groups of old failures.
pub const VERSION: u32 = 1;

/// The hexadecimal digits of a fingerprint.
const DIGITS: usize = 16;

pub(super) fn of(kind: Kind, error_type: Option<&str>, message: &str, frames: &[String]) -> String {
    let mut hash = Sha256::new();
    let parts = [kind.name(), error_type.unwrap_or_default(), &without_variables(message)];
    hash.update(VERSION.to_be_bytes());
    for part in parts.into_iter().chain(frames.iter().map(String::as_str)) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize(), DIGITS)
}

/// A message with `*` for its variable parts: what is quoted, words with a digit or an `@`, hexadecimal ones, addresses,
/// absolute paths and ARNs. Several beside each other, as in a list of numbers, are one.
///
/// ```
/// let shown = engine::logs::without_variables("no order 4711 for 'ada' at https://example.com/x [1, 2, 3]");
/// assert_eq!(shown, "no order * for * at * [*]");
/// ```
pub fn without_variables(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    let mut before = ' ';
    let is_cut = message.len() + char::MAX.len_utf8() > failure::LONGEST_MESSAGE;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = quoted(rest, before, is_cut) {
            variable(&mut out);
            rest = rest.get(length..).unwrap_or_default();
            before = '*';
        } else if is_word(c) {
            let mut end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            if rest.get(..end).is_some_and(|word| word.contains("://")) {
                end = rest.find(|c: char| c.is_whitespace() || "\"'`<>)]}".contains(c)).unwrap_or(rest.len());
            }
            let (word, after) = rest.split_at(end);
            // What ends a sentence is no part of its last word.
            let bare = word.trim_end_matches(['.', ':', ',', '/', '-']);
            if is_variable(bare) {
                variable(&mut out);
            } else {
                out.push_str(bare);
            }
            out.push_str(word.get(bare.len()..).unwrap_or_default());
            before = word.chars().next_back().unwrap_or(before);
            rest = after;
        } else {
            if !(c.is_whitespace() && out.ends_with(' ')) {
                out.push(if c.is_whitespace() { ' ' } else { c });
            }
            before = c;
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Puts a `*`, unless only separators stand between it and the last one.
fn variable(out: &mut String) {
    let bare = out.trim_end_matches([' ', ',', ':']);
    if bare.ends_with('*') {
        out.truncate(bare.len());
    } else {
        out.push('*');
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_-.:/@+%#$~\\".contains(c)
}

fn is_variable(word: &str) -> bool {
    let is_path = (word.starts_with('/') && word.matches('/').count() > 1) || word.contains(":\\");
    let is_hexadecimal = || word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@')
        || word.contains("://")
        || word.starts_with("arn:")
        || is_path
        || is_hexadecimal()
}

/// The length of what is quoted at the start of a text, with its quotes. Where the text was cut, the last quote may be
/// missing.
fn quoted(text: &str, before: char, is_cut: bool) -> Option<usize> {
    const PAIRS: [(char, char); 5] = [('\'', '\''), ('"', '"'), ('`', '`'), ('“', '”'), ('«', '»')];
    let first = text.chars().next()?;
    let (open, close) = *PAIRS.iter().find(|(open, _)| *open == first)?;
    // An apostrophe stands within a word.
    if open == '\'' && before.is_alphanumeric() {
        return None;
    }
    let mut inside = text.char_indices().skip(1).peekable();
    let mut is_escaped = false;
    while let Some((at, c)) = inside.next() {
        if is_escaped || c == '\\' {
            is_escaped = !is_escaped;
            continue;
        }
        // `'it's here'`: what is followed by a letter does not end.
        let goes_on = open == '\'' && inside.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if c == close && !goes_on {
            return Some(at + c.len_utf8());
        }
    }
    is_cut.then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_variable_parts_out() {
        for (message, expected) in [
            ("'id'", "*"),
            ("Can't find user 'it's me', isn't it", "Can't find user *, isn't it"),
            ("Request failed with status code 404", "Request failed with status code *"),
            ("No module named 'requests'", "No module named *"),
            ("Rate exceeded for request 79b4f56e-95b1-4643-9700-2807f4e68189.", "Rate exceeded for request *."),
            (
                "HTTPSConnectionPool(host='a.internal', port=443): Read timed out. (read timeout=3)",
                "HTTPSConnectionPool(host=*, port=*): Read timed out. (read timeout=*)",
            ),
            (
                "User: arn:aws:sts::111122223333:assumed-role/a/b may not dynamodb:GetItem",
                "User: * may not dynamodb:GetItem",
            ),
            ("ids [1, 2, 3] and [4]", "ids [*] and [*]"),
            ("mail to ada@example.com failed", "mail to * failed"),
            ("at 0x7ffc12: 2026-11-22T08:00:00Z", "at *"),
            ("unterminated 'quote", "unterminated 'quote"),
            (r#"no "a\"b" here"#, "no * here"),
            (r"path 'C:\' is empty", r"path '*' is empty"),
            ("no order “4711 b”, «c d» or aaaabbbb-cccc-dddd-eeee-ffffabcdabcd", "no order * or *"),
            ("commit deadbeef is bad, dead or a facade", "commit * is bad, dead or a facade"),
            ("open /tmp/in/list.txt: no such file, and/or C:\\in\\list.txt", "open *: no such file, and/or *"),
            ("GET /orders is application/json", "GET /orders is application/json"),
            ("GET https://a.example.com/x?user=ada&all#top failed (https://b.example.com/y).", "GET * failed (*)."),
            ("  spaces \t here ", " spaces here"),
            ("", ""),
        ] {
            assert_eq!(without_variables(message), expected, "{message}");
        }
    }

    #[test]
    fn what_is_quoted_may_go_on_beyond_the_cut() {
        let message =
            |payload: &str| failure::message(&format!("cannot parse '{}', for it is wrong", payload.repeat(300)));
        assert_eq!(without_variables(&message("ab cd ")), "cannot parse *");
        assert_eq!(without_variables(&message("é f ")), "cannot parse *");
    }

    #[test]
    fn is_of_the_failure_and_not_of_its_variable_parts() {
        let of = |message: &str, frames: &[&str]| {
            let frames: Vec<String> = frames.iter().map(|frame| (*frame).to_owned()).collect();
            super::of(Kind::Exception, Some("KeyError"), message, &frames)
        };
        assert_eq!(of("'id'", &["app.py:get"]), of("'name'", &["app.py:get"]));
        assert_ne!(of("'id'", &["app.py:get"]), of("'id'", &["app.py:put"]));
        assert_eq!(of("'id'", &[]).len(), DIGITS);
    }

    #[test]
    fn version_1_stays_what_it_is() {
        let frames = ["app.py:handler".to_owned()];
        assert_eq!(super::of(Kind::Exception, Some("KeyError"), "'id'", &frames), "74749fa86e2f6fcf");
    }
}
