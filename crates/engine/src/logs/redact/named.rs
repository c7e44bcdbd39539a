//! Secrets that are known by the name before them: `password=…`, `"token": ["…"]`, `--password …`, `<password>…</`.

use super::HIDDEN;
use crate::secret;

/// What may stand between a name and its value in a sentence: `Invalid API key provided: …`.
const FILLERS: [&str; 10] =
    ["provided", "given", "supplied", "received", "used", "sent", "entered", "is", "was", "value"];

/// Files that stand in stacks, as `name.js:12` and `name.cs:line 12`.
const SOURCES: [&str; 15] =
    ["js", "mjs", "cjs", "ts", "tsx", "jsx", "py", "java", "kt", "scala", "go", "rs", "rb", "php", "cs"];

/// Quotes as URLs, JSON that is careful with HTML, and HTML write them.
const ENCODED_QUOTES: [&str; 8] = ["%22", "%27", "\\\\u0022", "\\u0022", "\\\\u0027", "\\u0027", "&quot;", "&#34;"];

/// Text without the values that follow a credential's name.
pub(super) fn hide(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = "";
    while let Some(at) = rest.find(is_name) {
        let (before, word) = rest.split_at(at);
        out.push_str(before);
        let (word, after) = word.split_at(word.find(|c| !is_name(c)).unwrap_or(word.len()));
        if word == "arn" && after.starts_with(":aws") {
            let end = after.find(|c: char| !(is_name(c) || ":/$*".contains(c))).unwrap_or(after.len());
            let (resource, after) = after.split_at(end);
            out.push_str(word);
            out.push_str(resource);
            rest = after;
            continue;
        }
        let value = value(&out, previous, word, after);
        out.push_str(word);
        rest = after;
        if let Some((start, end)) = value {
            out.push_str(after.get(..start).unwrap_or_default());
            out.push_str(HIDDEN);
            rest = after.get(end..).unwrap_or_default();
        }
        previous = word;
    }
    out.push_str(rest);
    out
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Letters and digits alone, small: `X-Api-Key` and `apiKey` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Where, after a word, the value begins and ends that the word is the name of, if it names a credential.
fn value(before: &str, previous: &str, word: &str, after: &str) -> Option<(usize, usize)> {
    let pair = plain(&format!("{previous}{word}"));
    let is_pair = before.ends_with(' ') && ["apikey", "accesskey", "secretkey"].iter().any(|name| pair.ends_with(name));
    if !is_pair && !is_credential_name(word) || matches!(previous, "Unexpected" | "unexpected") {
        return None;
    }
    if before.ends_with('<') || is_prefixed_tag(before) {
        return element(before, after);
    }
    // `"password"`, `headers["x-api-key"]`, `\"token\"`
    let closed = encoded_quote(after).and_then(|quote| after.get(quote.len()..)).unwrap_or(after);
    let closed = closed.trim_start_matches(['"', '\'', '\\', '`', ']']);
    let is_quoted = closed.len() < after.len();
    let bare = closed.trim_start_matches([' ', '\u{a0}', '\t']);
    let Some(marked) = mark(word, bare, bare.len() < closed.len()) else {
        return spoken(before, word, is_pair, is_quoted, after);
    };
    let start = after.len() - marked.len();
    if let Some(said) = filler(marked).filter(|_| is_pair) {
        return shifted(opaque(said)?, after.len() - said.len());
    }
    shifted(given(word, marked)?, start)
}

/// The quote that a text begins with, if it is written so.
fn encoded_quote(text: &str) -> Option<&'static str> {
    ENCODED_QUOTES.into_iter().find(|quote| text.starts_with(quote))
}

fn shifted((start, end): (usize, usize), by: usize) -> Option<(usize, usize)> {
    Some((start + by, end + by))
}

/// What follows the sign between a name and its value.
fn mark<'a>(name: &str, text: &'a str, is_apart: bool) -> Option<&'a str> {
    if text.starts_with("::") || text.starts_with("://") || text.starts_with(":\\/") {
        return None;
    }
    // `token.js:12:5`, `secrets.example.com:443`
    let last = name.rsplit('.').next().filter(|last| *last != name);
    if let (Some(last), Some(after)) = (last, text.strip_prefix(':'))
        && (after.starts_with(|c: char| c.is_ascii_digit()) || after.starts_with("line "))
        && (SOURCES.contains(&last) || !is_credential_name(last))
    {
        return None;
    }
    for sign in ["=>", ":=", "===", "==", "=", ":", "%3D", "%3d", "%3A", "%3a"] {
        if let Some(after) = text.strip_prefix(sign) {
            return Some(after);
        }
    }
    if let Some(after) = text.strip_prefix("-> ").filter(|_| is_apart) {
        return Some(after);
    }
    // `"name":"password","value":"…"`
    let next = text.strip_prefix(',')?.trim_start_matches([' ', '"', '\'', '\\']);
    let next = ["value", "Value"].iter().find_map(|member| next.strip_prefix(member))?;
    next.trim_start_matches(['"', '\'', '\\', ' ']).strip_prefix([':', '='])
}

/// The value after a name's mark.
fn given(name: &str, text: &str) -> Option<(usize, usize)> {
    let value = text.trim_start_matches("%20").trim_start_matches([' ', '\u{a0}', '\t']);
    let start = text.len() - value.len();
    if value.starts_with(HIDDEN) {
        return None;
    }
    if let Some(quote) = encoded_quote(value) {
        let inside = value.get(quote.len()..)?;
        if inside.starts_with(HIDDEN) {
            return None;
        }
        let end = inside.find(quote).unwrap_or_else(|| plain_end(name, inside));
        return worth(name, value, quote.len(), quote.len() + end).and_then(|range| shifted(range, start));
    }
    if let Some((open, inside)) = quoted(value) {
        let end = open + quote_end(value.get(..open)?, inside);
        return worth(name, value, open, end).and_then(|range| shifted(range, start));
    }
    if let Some(end) = container(value) {
        return worth(name, value, 0, end).and_then(|range| shifted(range, start));
    }
    worth(name, value, 0, plain_end(name, value)).and_then(|range| shifted(range, start))
}

/// A value, if it says anything.
fn worth(name: &str, text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let value = text.get(start..end)?;
    let is_nothing = matches!(value, "null" | "None" | "undefined" | "nil" | "true" | "false" | "NULL");
    // `total_tokens: 512` counts them.
    let is_count = name.ends_with('s') && value.chars().all(|c| c.is_ascii_digit());
    let says = value.contains(char::is_alphanumeric) || value.chars().count() > 3;
    (says && !is_nothing && !is_count).then_some((start, end))
}

/// The quote that a value begins with, as long as it is with the backslashes before it, and what stands after it.
fn quoted(value: &str) -> Option<(usize, &str)> {
    let bare = value.trim_start_matches('\\');
    let inside = bare.strip_prefix(['"', '\'', '`'])?;
    Some((value.len() - inside.len(), inside))
}

/// Where the value ends that a quote began: at the same quote with as many backslashes before it, or fewer. With more, it
/// stands within the value.
fn quote_end(open: &str, inside: &str) -> usize {
    let depth = open.len() - 1;
    let quote = open.chars().next_back().unwrap_or('"');
    let slashes = |at: usize| {
        let before = inside.get(..at).unwrap_or_default();
        before.len() - before.trim_end_matches('\\').len()
    };
    let is_end = |at: &usize| match slashes(*at) {
        count if depth == 0 => count % 2 == 0,
        count => count <= depth,
    };
    let end = inside.match_indices(quote).map(|(at, _)| at).find(is_end);
    end.map_or(inside.len(), |at| if depth == 0 { at } else { at - slashes(at) })
}

/// Where a list, an object or what a type's name wraps (`Some("…")`, `HeaderValue { "…" }`) ends.
fn container(value: &str) -> Option<usize> {
    let named = value.trim_start_matches(|c: char| is_name(c) || c == ':');
    let has_name = named.len() < value.len();
    let open = if has_name { named.trim_start_matches(' ') } else { named };
    let is_apart = open.len() < named.len();
    let is_open = match open.chars().next() {
        Some('{') => true,
        Some('[' | '(') => !is_apart,
        _ => false,
    };
    if !is_open {
        return None;
    }
    let (mut depth, mut quote, mut is_escaped) = (0_u32, None, false);
    for (at, c) in open.char_indices() {
        match (c, quote) {
            _ if is_escaped => is_escaped = false,
            // The quotes of JSON within JSON are escaped themselves.
            ('\\', Some(_)) => is_escaped = true,
            (_, Some(own)) if c == own => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(c),
            ('{' | '[' | '(', None) => depth += 1,
            ('}' | ']' | ')', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && quote.is_none() {
            return Some(value.len() - open.len() + at + c.len_utf8());
        }
    }
    Some(value.len())
}

/// Where a value without quotes ends: of headers at the end of the line or what quotes them, of passphrases where the
/// next name begins, else at what separates.
fn plain_end(name: &str, value: &str) -> usize {
    let lower = name.to_ascii_lowercase();
    let found = if lower.ends_with("authorization") && value.starts_with("Digest ") {
        None
    } else if lower.ends_with("authorization") || lower.ends_with("cookie") {
        value.find(['"', '\'', '}'])
    } else if lower.ends_with("passphrase") {
        value.find(|c: char| "&,;\"')}]<|".contains(c))
    } else {
        let end = value.find(|c: char| c.is_whitespace() || "&,;\"')}]<|".contains(c));
        end.into_iter().chain(value.find("%26")).chain(value.find("\\n")).min()
    };
    let end = found.unwrap_or(value.len());
    value.get(..end).map_or(end, |value| value.trim_end_matches(['\\', ' ']).len())
}

/// `--password …`, `wrong password "…"`, `x-api-key …`, `password is …`: a sentence may go on with anything, so a value has
/// to look like one.
fn spoken(before: &str, name: &str, is_pair: bool, is_quoted: bool, after: &str) -> Option<(usize, usize)> {
    if name.starts_with("--") {
        let value = after.strip_prefix(' ').filter(|value| !value.starts_with('-'))?;
        return shifted(given(name, value)?, 1);
    }
    let said = filler(after);
    let lower = plain(name);
    let is_strong = is_pair || ["password", "passwd", "passphrase", "apikey"].iter().any(|end| lower.ends_with(end));
    let is_path = before.ends_with(['/', '\\']);
    if is_path || is_quoted || !(said.is_some() || is_strong) {
        return None;
    }
    let value = said.unwrap_or(after);
    shifted(opaque(value)?, after.len() - value.len())
}

/// What follows words such as `provided:`.
fn filler(text: &str) -> Option<&str> {
    let mut rest = text;
    let mut found = None;
    while let Some(next) = rest.strip_prefix(' ')
        && let Some(word) = FILLERS.iter().find(|word| next.starts_with(**word))
        && let Some(after) = next.get(word.len()..).filter(|after| !after.starts_with(is_name))
    {
        rest = after.strip_prefix(':').unwrap_or(after);
        found = Some(rest);
    }
    found
}

/// A word in quotes, or one that mixes letters and digits as no word does and is no id.
fn opaque(text: &str) -> Option<(usize, usize)> {
    let value = text.strip_prefix(' ')?.trim_start_matches(' ');
    let start = text.len() - value.len();
    if let Some((open, inside)) = quoted(value) {
        let end = quote_end(value.get(..open)?, inside);
        let is_word = inside.get(..end)?.chars().all(|c| !c.is_whitespace());
        return (end > 0 && end < inside.len() && is_word).then_some((start + open, start + open + end));
    }
    let word = value.get(..plain_end("", value))?.trim_end_matches(['.', ':', '!', '?']);
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let is_mixed = word.len() >= 6 && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    let is_id = word.starts_with("arn:")
        || word.contains("://")
        || word.starts_with('<')
        || word.starts_with('(')
        || is_uuid(word);
    (is_mixed && !is_id).then_some((start, start + word.len()))
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Whether a tag of a namespace was begun: `<ns:`.
fn is_prefixed_tag(before: &str) -> bool {
    let name = before.strip_suffix(':').map(|before| before.trim_end_matches(is_name));
    name.is_some_and(|before| before.ends_with('<'))
}

/// The text of an element of XML. `Option<Token>` is none.
fn element(before: &str, after: &str) -> Option<(usize, usize)> {
    let (_, outside) = before.rsplit_once('<').map(|(outside, name)| (name, outside))?;
    let (attributes, text) = after.split_once('>')?;
    let is_type = outside.ends_with(|c: char| c.is_alphanumeric() || c == ':');
    if is_type || attributes.contains('<') || attributes.ends_with('/') {
        return None;
    }
    let start = after.len() - text.len();
    let end = text.find('<').unwrap_or(text.len());
    let says = text.get(..end)?.contains(char::is_alphanumeric);
    says.then_some((start, start + end))
}

/// Names of types such as `TokenExpiredError`, and AWS's codes of errors such as `ExpiredToken`, speak of a credential,
/// and what follows them is a message.
fn is_credential_name(name: &str) -> bool {
    const ENDS: [&str; 10] = [
        "Error",
        "Exception",
        "Failure",
        "Fault",
        "Malformed",
        "Expired",
        "NotFound",
        "Invalid",
        "DoesNotMatch",
        "Missing",
    ];
    const BEGINS: [&str; 5] = ["Invalid", "Expired", "Missing", "Unrecognized", "Unsupported"];
    let is_type = ENDS.iter().any(|end| name.ends_with(end)) || BEGINS.iter().any(|begin| name.starts_with(begin));
    // Cookies and keys of whatever is not part of a configuration.
    const OWN: [&str; 7] =
        ["sessionid", "sessid", "connectsid", "passcode", "encryptionkey", "signingkey", "masterkey"];
    let plain = plain(name);
    let is_own = OWN.iter().any(|end| plain.ends_with(end));
    let last = name.rsplit(['.', '_', '-']).next().unwrap_or(name);
    let is_pass = last.eq_ignore_ascii_case("pass") || last.ends_with("Pass");
    !is_type && name.len() <= 64 && (is_pass || is_own || secret::is_credential_name(name))
}
