//! What tells one failure from another: a hash of kind, type, message without its variable parts, and the top frames of
//! the user's own code. Not of the function: one bug in three functions is one group.

use sha2::{Digest, Sha256};

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

/// A message with `*` for its variable parts: what is quoted, words with a digit or an `@`, addresses and ARNs. Several
/// beside each other, as in a list of numbers, are one.
///
/// ```
/// let shown = engine::logs::without_variables("no order 4711 for 'ada' at https://example.com/x [1, 2, 3]");
/// assert_eq!(shown, "no order * for * at * [*]");
/// ```
pub fn without_variables(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        if let Some(length) = quoted(rest, before) {
            variable(&mut out);
            rest = rest.get(length..).unwrap_or_default();
            before = '*';
        } else if is_word(c) {
            let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
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
    word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@') || word.contains("://") || word.starts_with("arn:")
}

/// The length of what is quoted at the start of a text, with its quotes.
fn quoted(text: &str, before: char) -> Option<usize> {
    let quote = text.chars().next().filter(|c| ['\'', '"', '`'].contains(c))?;
    // An apostrophe stands within a word.
    if quote == '\'' && before.is_alphanumeric() {
        return None;
    }
    let inside = text.get(1..)?;
    let mut at = 0;
    while let Some(found) = inside.get(at..)?.find(quote) {
        let end = at + found;
        let next = inside.get(end + 1..)?.chars().next();
        // `'it's here'`: what is followed by a letter does not end.
        if quote != '\'' || !next.is_some_and(char::is_alphanumeric) {
            return Some(end + 2);
        }
        at = end + 1;
    }
    None
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
            ("  spaces \t here ", " spaces here"),
            ("", ""),
        ] {
            assert_eq!(without_variables(message), expected, "{message}");
        }
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
