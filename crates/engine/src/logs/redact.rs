//! What a sample shows in the place of a secret. A hash would let others try out short secrets, and a sample is compared
//! with nothing: what stands there is always the same.
//!
//! Only what is shown of a group comes here, so that reading a long log costs nothing of it.

mod address;
mod card;
mod form;
mod named;

#[cfg(test)]
mod tests;

const HIDDEN: &str = "<redacted>";

/// The lines of a sample without the secrets in them. A private key may go on over several.
///
/// ```
/// let shown = engine::logs::redact(vec!["login ada@example.com password=hunter2".to_owned()]);
/// assert_eq!(shown, ["login <email> password=<redacted>"]);
/// ```
pub fn redact(lines: Vec<String>) -> Vec<String> {
    let mut in_key = false;
    lines.into_iter().map(|line| hide(&line, &mut in_key)).collect()
}

/// One text without the secrets in it: a message, or a line that stands alone.
pub(super) fn line(text: &str) -> String {
    hide(text, &mut false)
}

/// The one way that all that is shown takes. What was hidden once stays as it is.
fn hide(text: &str, in_key: &mut bool) -> String {
    let text = private_keys(text, in_key);
    let text = address::without_passwords(&text);
    let text = named::hide(&text);
    let text = form::hide(&text);
    card::hide(&address::without_emails(&text))
}

/// Hides private keys (RFC 7468), whether they have lines of their own or `\n` between them, and go on from the line
/// before or into the next one.
fn private_keys(text: &str, in_key: &mut bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    if std::mem::take(in_key) {
        if let Some(after) = after_key(rest) {
            out.push_str(HIDDEN);
            rest = after;
        } else if is_of_key(rest) {
            *in_key = true;
            return HIDDEN.to_owned();
        }
    }
    while let Some(at) = key(rest) {
        let (before, key) = rest.split_at(at);
        out.push_str(before);
        out.push_str(HIDDEN);
        rest = after_key(key).unwrap_or_else(|| {
            *in_key = true;
            ""
        });
    }
    out.push_str(rest);
    out
}

/// Where a private key begins.
fn key(text: &str) -> Option<usize> {
    const BEGIN: &str = "-----BEGIN";
    let mut begins = text.match_indices(BEGIN).map(|(at, _)| at);
    begins.find(|at| {
        let label = text.get(at + BEGIN.len()..).and_then(|rest| rest.split("-----").next());
        label.is_some_and(|label| label.contains("PRIVATE"))
    })
}

/// What follows the end of a key.
fn after_key(text: &str) -> Option<&str> {
    let (_, label) = text.split_once("-----END")?;
    Some(label.split_once("-----").map_or("", |(_, after)| after))
}

/// Whether a line may be one of a key whose end was not seen yet: base64, or a header as older keys have. A line that was
/// cut takes the end with it, and then others follow that are of no key.
fn is_of_key(line: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let line = line.trim();
    !line.contains(char::is_whitespace)
        || ["Proc-Type:", "DEK-Info:", "Version:", "Comment:"].iter().any(|header| line.starts_with(header))
        || line.split(|c| !is_base64(c)).any(|run| run.len() >= 32)
}
