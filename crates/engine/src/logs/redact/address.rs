//! Addresses: the user and password of a URL, and those of e-mail.

use super::HIDDEN;

const EMAIL: &str = "<email>";

/// Text whose URLs are without user and password, also where the URL is escaped as in JSON or in another URL's query.
pub(super) fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, is_encoded)) = after_scheme(rest) {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let is_end = |c: char| c.is_whitespace() || "\"<>`".contains(c) || (is_encoded && c == '&');
        let run = after.split(is_end).next().unwrap_or_default();
        let end = if is_encoded { encoded_user(run) } else { user(run) };
        rest = after;
        if let Some((_, host)) = end.and_then(|end| after.split_at_checked(end)) {
            out.push_str(HIDDEN);
            rest = host;
        }
    }
    out.push_str(rest);
    oracle(&out)
}

/// Where the next URL's authority begins, and whether `://` is written in percent.
fn after_scheme(text: &str) -> Option<(usize, bool)> {
    let slashes = |rest: &str| {
        let one = |rest: &str| rest.trim_start_matches('\\').strip_prefix('/').map(str::len);
        let left = one(rest)?;
        one(rest.get(rest.len() - left..)?).map(|left| rest.len() - left)
    };
    let mut colons = text.match_indices(':');
    let plain = colons.find_map(|(at, _)| Some((at + 1 + slashes(text.get(at + 1..)?)?, false)));
    const ENCODED: &str = "%3a%2f%2f";
    let encoded = text.to_ascii_lowercase().find(ENCODED).map(|at| (at + ENCODED.len(), true));
    plain.into_iter().chain(encoded).min()
}

/// Where user and password end, before the `@`. A password that nobody escaped may hold whatever a path holds; the path
/// may hold an `@`, too.
fn user(run: &str) -> Option<usize> {
    let authority = run.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let query = run.find('?').and_then(|at| run.get(..at)).unwrap_or(run);
    let last = query.rfind('@').or_else(|| run.rfind('@'))?;
    let Some(at) = authority.rfind('@') else {
        let (host, port) = authority.split_once(':')?;
        let is_port = port.len() <= 5 && port.chars().all(|c| c.is_ascii_digit());
        let is_host = host.contains(['.', '[']) || host == "localhost";
        return (!(is_port && is_host)).then_some(last);
    };
    let (user, host) = authority.split_at(at);
    if !user.contains(':') {
        // What a list has after a URL is no user.
        return (!user.contains([',', '\'', '|', ';'])).then_some(at);
    }
    let is_whole = host.contains(['.', ':', ']']) || host == "@localhost";
    Some(if is_whole { at } else { last })
}

fn encoded_user(run: &str) -> Option<usize> {
    let run = run.to_ascii_lowercase();
    let user = run.get(..run.rfind("%40")?)?;
    (user.contains("%3a") || !user.contains("%2f")).then_some(user.len())
}

/// Oracle's addresses are none of URLs: `jdbc:oracle:thin:scott/tiger@host`.
fn oracle(text: &str) -> String {
    const SCHEME: &str = "jdbc:oracle:";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SCHEME) {
        let (before, after) = rest.split_at(at + SCHEME.len());
        out.push_str(before);
        rest = after;
        let run = after.split(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default();
        if let Some((driver, _)) = run.split_once(':')
            && let Some(end) = run.rfind('@').filter(|end| *end > driver.len() + 1)
        {
            out.push_str(driver);
            out.push(':');
            out.push_str(HIDDEN);
            rest = after.get(end..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// What stands between mailbox and host: as it is, and as URLs, JSON and HTML write it.
const SIGNS: [&str; 6] = ["@", "%40", "%2540", "\\\\u0040", "\\u0040", "&#64;"];

/// Text without addresses of e-mail, wherever they stand: in forms, paths and queries.
pub(super) fn without_emails(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, sign)) = SIGNS.iter().filter_map(|sign| Some((rest.find(sign)?, *sign))).min() {
        let (before, after) = rest.split_at(at);
        let after = after.get(sign.len()..).unwrap_or_default();
        match (mailbox(before), host(after)) {
            (Some(mailbox), Some(length)) => {
                out.push_str(before.strip_suffix(mailbox).unwrap_or(before));
                out.push_str(EMAIL);
                rest = after.get(length..).unwrap_or_default();
            }
            _ => {
                out.push_str(before);
                out.push_str(sign);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What stands before the `@`.
fn mailbox(before: &str) -> Option<&str> {
    if let Some(quoted) = before.strip_suffix('"') {
        return before.get(quoted.rfind('"')?..).filter(|mailbox| mailbox.len() > 2);
    }
    let is_outside = |c: char| !(c.is_alphanumeric() || "._%+-".contains(c));
    let start = before.char_indices().rev().find(|(_, c)| is_outside(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    // `git@github.com:org/repository` is everybody's.
    before.get(start..).filter(|mailbox| mailbox.contains(char::is_alphanumeric) && *mailbox != "git")
}

/// How long the name of a host is that follows the `@`. Versions of packages (`express@4.18.2`) are none, and hosts
/// without a domain might be anything.
fn host(after: &str) -> Option<usize> {
    let run =
        after.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '.')).next()?.trim_end_matches(['.', '-']);
    let labels: Vec<&str> = run.split('.').collect();
    let is_number = |label: &&&str| label.starts_with(|c: char| c.is_ascii_digit());
    let is_version = labels.len() > 2 && labels.iter().take(2).filter(is_number).count() == 2;
    let is_domain = labels.last()?.chars().take(2).filter(|c| c.is_alphabetic()).count() == 2;
    (labels.len() > 1 && !labels.contains(&"") && is_domain && !is_version).then_some(run.len())
}
