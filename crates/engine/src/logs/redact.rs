//! What a sample shows in the place of a secret. A hash would let others try out short secrets, and a sample is compared
//! with nothing: what stands there is always the same.

use crate::secret;

const HIDDEN: &str = "<redacted>";
const EMAIL: &str = "<email>";
const CARD: &str = "<card>";

/// The lines of a sample without the secrets in them.
///
/// ```
/// let shown = engine::logs::redact(vec!["login ada@example.com password=hunter2".to_owned()]);
/// assert_eq!(shown, ["login <email> password=<redacted>"]);
/// ```
pub fn redact(lines: Vec<String>) -> Vec<String> {
    let mut in_key = false;
    let hide = |line: String| {
        let begins = line.contains("PRIVATE KEY-----") && line.contains("-----BEGIN");
        let ends = line.contains("-----END");
        let is_hidden = in_key || begins;
        in_key = is_hidden && !ends;
        if is_hidden { HIDDEN.to_owned() } else { self::line(&line) }
    };
    lines.into_iter().map(hide).collect()
}

/// One line without the secrets in it.
pub(super) fn line(text: &str) -> String {
    let text = named(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut after_scheme = false;
    while !rest.is_empty() {
        let end = rest.find(is_separator).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_scheme = ["bearer", "basic"].iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
        if after_scheme && word.len() >= 6 {
            out.push_str(HIDDEN);
        } else {
            out.push_str(&self::word(word));
        }
        after_scheme = is_scheme || (after_scheme && word.is_empty());
        let gap = after.find(|c: char| !is_separator(c)).unwrap_or(after.len());
        let (separators, after) = after.split_at(gap);
        out.push_str(separators);
        rest = after;
    }
    cards(&out)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || "\"'`<>(){}[],;|\\".contains(c)
}

/// A word without a secret in it.
fn word(word: &str) -> String {
    if word.contains("://") {
        return address(word);
    }
    let is_token = |part: &str| secret::is_credential(part) || secret::is_like_a_key(part);
    // `token=eyJ…`, `Authorization:AKIA…`
    let bare = word.trim_matches(['.', ':', '=', '!', '?']);
    let value = bare.rsplit_once(['=', ':']).map_or(bare, |(_, value)| value);
    if is_token(bare) {
        return word.replace(bare, HIDDEN);
    }
    if !value.is_empty() && is_token(value) {
        return word.replace(value, HIDDEN);
    }
    match bare.rsplit_once('@') {
        Some((_, host)) if is_email(bare, host) => word.replace(value_of_email(bare), EMAIL),
        _ => word.to_owned(),
    }
}

fn is_email(word: &str, host: &str) -> bool {
    let is_host = host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
    is_host && !word.starts_with('@') && !word.contains('/')
}

/// `user=ada@example.com` holds an address after its name.
fn value_of_email(word: &str) -> &str {
    word.rsplit_once(['=', ':']).map_or(word, |(_, value)| value)
}

/// A URL without user and password, and without the values of a query that are secret.
fn address(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}"),
        None => authority.to_owned(),
    };
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let hide = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if is_secret(name, value) => format!("{name}={HIDDEN}"),
        Some((name, value)) => format!("{name}={}", word(value)),
        None => pair.to_owned(),
    };
    let path: Vec<String> = path.split('/').map(word).collect();
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{authority}{}{query}", path.join("/"))
}

fn is_secret(name: &str, value: &str) -> bool {
    is_credential_name(name) || secret::is_credential(value) || secret::is_like_a_key(value)
}

/// Names of types such as `TokenExpiredError` speak of a credential, and what follows them is a message.
fn is_credential_name(name: &str) -> bool {
    let is_type = ["Error", "Exception", "Failure", "Fault"].iter().any(|end| name.ends_with(end));
    !is_type && name.len() <= 64 && secret::is_credential_name(name)
}

/// Hides what follows a credential's name and `=` or `:`. A header's value goes to the end of what quotes it.
fn named(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at);
        let mark = after.get(..1).unwrap_or_default();
        let after = after.get(1..).unwrap_or_default();
        out.push_str(before);
        out.push_str(mark);
        let name = before.trim_end_matches(['"', '\'', '\\', '`', ' ', '>']);
        let start = name.rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).map_or(0, |at| at + 1);
        // A character of several bytes may end there.
        let name = name.get(start..).or_else(|| name.rsplit(|c: char| !c.is_ascii()).next()).unwrap_or_default();
        rest = after;
        if name.is_empty() || !is_credential_name(name) || after.starts_with("//") {
            continue;
        }
        let lead = after.len() - after.trim_start_matches([' ', '"', '\'', '\\', '`', '=', '>']).len();
        let (lead, value) = after.split_at(lead);
        let end = value_end(name, lead, value);
        let (value, after) = value.split_at(end);
        out.push_str(lead);
        let is_nothing = matches!(value, "" | "null" | "None" | "undefined" | "nil" | "true" | "false");
        out.push_str(if is_nothing { value } else { HIDDEN });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where a credential ends: at the quote that it began with, for headers at the end of the line, else at what separates.
fn value_end(name: &str, lead: &str, value: &str) -> usize {
    let lower = name.to_ascii_lowercase();
    let is_header = lower.ends_with("authorization") || lower.ends_with("cookie");
    let found = match lead.chars().rev().find(|c| ['"', '\'', '`'].contains(c)) {
        Some(quote) => {
            value.find(quote).map(|at| value.get(..at).map_or(at, |inside| inside.trim_end_matches('\\').len()))
        }
        None if is_header => value.find(['"', '\'', '}', '\n']),
        None => value.find(|c: char| c.is_whitespace() || "&,;\"')}]".contains(c)),
    };
    found.unwrap_or(value.len())
}

/// Hides numbers of cards: 13 to 19 digits, in groups or not, whose last one is right (ISO/IEC 7812).
fn cards(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        out.push_str(before);
        let end = number.find(|c: char| !(c.is_ascii_digit() || c == ' ' || c == '-')).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        let bare = number.trim_end_matches([' ', '-']);
        let digits: Vec<u32> = bare.chars().filter_map(|c| c.to_digit(10)).collect();
        let is_alone = !before.ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == '-' || c == '_')
            && (bare.len() < number.len() || !after.starts_with(char::is_alphanumeric));
        if is_alone && (13..=19).contains(&digits.len()) && is_valid(&digits) {
            out.push_str(CARD);
            out.push_str(number.get(bare.len()..).unwrap_or_default());
        } else {
            out.push_str(number);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The check of Luhn; numbers of cards begin with 2 to 6, times in milliseconds with 1.
fn is_valid(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    digits.first().is_some_and(|first| (2..=6).contains(first)) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

    #[test]
    fn no_secret_is_left() {
        let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for (text, secrets) in [
            (format!("Authorization: Bearer {TOKEN}"), vec![TOKEN]),
            (format!("sent {{'Authorization': 'Bearer {TOKEN}'}} to x"), vec![TOKEN]),
            ("called with bearer abcdef123456 again".to_owned(), vec!["abcdef123456"]),
            ("header basic dXNlcjpwYXNz".to_owned(), vec!["dXNlcjpwYXNz"]),
            (format!("token was {TOKEN}."), vec![TOKEN]),
            ("postgres://me:hunter2@db.example.com/shop".to_owned(), vec!["hunter2", "me:"]),
            ("redis://:hunter2@cache:6379".to_owned(), vec!["hunter2"]),
            ("GET https://x.example.com/a?api_key=k-0123456789&page=2".to_owned(), vec!["k-0123456789"]),
            (format!("GET https://x.example.com/cb#t/{TOKEN}"), vec![TOKEN]),
            ("key AKIAIOSFODNN7EXAMPLE is wrong".to_owned(), vec!["AKIAIOSFODNN7EXAMPLE"]),
            (format!("secret {key} is wrong"), vec![key]),
            (format!("aws_secret_access_key={key}"), vec![key]),
            ("AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEAAaCX".to_owned(), vec!["IQoJb3JpZ2luX2VjEAAaCX"]),
            (r#"{"password":"hunter2 and more","user":"ada"}"#.to_owned(), vec!["hunter2", "more"]),
            (r#"body {\"password\": \"hunter2\"}"#.to_owned(), vec!["hunter2"]),
            ("Cookie: sid=abc; csrf=def".to_owned(), vec!["abc", "def"]),
            ("password='hunter2'".to_owned(), vec!["hunter2"]),
            ("db.password => 'hunter2'; pwd: hunter3".to_owned(), vec!["hunter2", "hunter3"]),
            ("x-api-key: k0123456789".to_owned(), vec!["k0123456789"]),
            ("no user ada.lovelace+shop@example.co.uk here".to_owned(), vec!["ada.lovelace", "example.co.uk"]),
            ("<ada@example.com>, user=bob@example.com".to_owned(), vec!["ada@", "bob@"]),
            ("card 4111 1111 1111 1111 declined".to_owned(), vec!["1111"]),
            ("card=4111-1111-1111-1111;".to_owned(), vec!["1111"]),
            ("pan:5500005555555559".to_owned(), vec!["5500005555555559"]),
        ] {
            let shown = line(&text);
            for secret in secrets {
                assert!(!shown.contains(secret), "{text}: {shown}");
            }
            assert!(shown.contains('<'), "{text}: {shown}");
        }
        let key = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEow", "-----END RSA PRIVATE KEY-----", "after"];
        assert_eq!(redact(key.map(str::to_owned).to_vec()), [HIDDEN, HIDDEN, HIDDEN, "after"]);
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "KeyError: 'id'",
            "TokenExpiredError: jwt expired",
            "JsonWebTokenError: invalid signature",
            "    at Object.<anonymous> (/var/task/index.js:3:9)",
            "  File \"/var/task/app.py\", line 6, in handler",
            "RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Error: Runtime exited with error: exit status 1",
            "order 1791633600000 of 2026-11-22T08:00:00.000Z",
            "https://example.com/orders?page=2&sort=asc",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "password: null, token: undefined",
            "@decorator at user@host",
            "4111 1111 1111 1112",
        ] {
            assert_eq!(line(text), text);
        }
    }
}
