//! A request's URL, taken apart without changing a byte of it.

use std::fmt;
use std::net::Ipv6Addr;

use super::encoding::{form_decoded, percent_decoded};
use crate::{secret, unknown};

/// A URL. The path and the query are percent-encoded as they were sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// `https`, `http`, `wss` or `ws`, in lower case.
    pub scheme: String,
    /// The host without its port, in lower case; an IPv6 address in its brackets.
    pub host: String,
    /// The port, where it is written.
    pub port: Option<u16>,
    /// The path, from its first slash; empty where there is none.
    pub path: String,
    /// The segments of the path that hold a variable that was not read, as they are written.
    pub variables: Vec<String>,
    /// The pairs of the query, undecoded; a name without `=` has an empty value. A variable that was not read stands
    /// between two marks: [`super::is_read`].
    pub query: Vec<(String, String)>,
}

/// Why a text is no URL that can be explained. Neither a query nor a password is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is nothing.
    #[error("the URL is empty")]
    Empty,
    /// There is no `scheme://`, and no host to go by either.
    #[error("`{0}` is no URL: it does not begin with https://")]
    NoScheme(String),
    /// The scheme is none that API Gateway speaks.
    #[error("`{0}` is no scheme that API Gateway speaks: it is https, or wss for WebSocket APIs")]
    Scheme(String),
    /// The host is missing or malformed.
    #[error("`{0}` is no host name")]
    Host(String),
    /// The host holds a placeholder that nothing was put in for.
    #[error("the host `{0}` still has a placeholder in it: put the API's id, the region or the name in its place")]
    HostPlaceholder(String),
    /// The host has letters outside ASCII.
    #[error("the host `{0}` has letters outside ASCII: write it as it is sent, with `xn--` labels")]
    HostNotAscii(String),
    /// The port is no number up to 65535.
    #[error("the port after `{0}` is no number from 1 to 65535")]
    Port(String),
    /// White space or a control character stands inside.
    #[error("the URL has {what} in it, at character {at}: no client sends that; write it as {instead}")]
    Blank {
        /// `a space`, `a line break`.
        what: &'static str,
        /// Which character, counted from 1, white space and quotes around the URL left out.
        at: usize,
        /// What is to be written in its place.
        instead: &'static str,
    },
}

/// The marks that stand around a URL that is pasted.
const AROUND: [(char, char); 8] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('<', '>'), ('«', '»')];

/// Quotes as word processors set them: within a URL, they were to be quotes around it or around a value.
const TYPOGRAPHIC: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

impl Url {
    /// Takes a URL apart. Quotes around it, a fragment, a user name and a password are left out. Without a scheme, a
    /// name with a dot in it is taken for a host, and `https` for the scheme. What stands between two marks is a variable
    /// that was not read.
    ///
    /// # Errors
    ///
    /// [`UrlError`], if it is none.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        Url::of_word(&in_one_word(unquoted(text)))
    }

    /// The same, of a URL that stands by itself, so that a space in its query is part of it: some clients send it so.
    ///
    /// # Errors
    ///
    /// [`UrlError`], if it is none.
    pub fn parse_as_sent(text: &str) -> Result<Url, UrlError> {
        let text = in_one_word(unquoted(text));
        let Some((before, query)) = text.split_once('?').filter(|(_, query)| query.contains(' ')) else {
            return Url::of_word(&text);
        };
        let rest = query.split_once('#').map_or(query, |(query, _)| query);
        let url = Url::of_word(&format!("{before}?{}", rest.replace(' ', "")))?;
        Ok(Url { query: pairs(rest), ..url })
    }

    fn of_word(text: &str) -> Result<Url, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| c.is_whitespace() || c.is_control()) {
            let (what, instead) = match c {
                ' ' => ("a space", "`%20`, or put quotes around what belongs together"),
                '\n' | '\r' => ("a line break", "one line"),
                _ => ("white space or a control character", "its percent-encoding"),
            };
            return Err(UrlError::Blank { what, at: at + 1, instead });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => (scheme.to_ascii_lowercase(), rest),
            _ if begins_with_host(text) => ("https".to_owned(), text),
            _ => return Err(UrlError::NoScheme(shown(text))),
        };
        if !["https", "http", "wss", "ws"].contains(&scheme.as_str()) {
            return Err(UrlError::Scheme(scheme.chars().take(20).collect()));
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        // What stands before an `@` is a name and a password: neither is kept.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = host_and_port(&unknown::shown_text(authority))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let variables = path.split('/').filter(|segment| unknown::is_in_text(segment)).map(unknown::shown_text);
        let (variables, path) = (variables.collect(), unknown::shown_text(path));
        Ok(Url { scheme, host, port, path, variables, query: pairs(query) })
    }

    /// A query parameter's first value, undecoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter's first value, decoded.
    pub fn parameter_decoded(&self, name: &str) -> Option<String> {
        self.parameter(name).map(form_decoded)
    }

    /// The segments of the path, undecoded: what stands between its slashes. `/dev//orders/` has `dev`, an empty one,
    /// `orders` and an empty one; an empty path and `/` have none.
    pub fn segments(&self) -> Vec<&str> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        if path.is_empty() { Vec::new() } else { path.split('/').collect() }
    }

    /// Whether a segment of the path is `.` or `..`, percent-encoded or not. Most clients take such segments out before they
    /// send anything (RFC 3986, section 5.2.4; the URL standard of browsers), and some send them: the URL does not tell.
    pub fn has_dot_segments(&self) -> bool {
        self.segments().into_iter().any(is_dot_segment)
    }

    /// The segments of the path that look as if a value was to be put in and was not, decoded: `{id}`, `:id`, `<id>`,
    /// `undefined`, `null`, typographic quotes. Each may also be meant. Variables, which a shell fills in, are none.
    ///
    /// ```
    /// let url = engine::exchange::url::Url::parse("https://api.example.com/orders/%7Bid%7D/lines/:line").unwrap();
    /// assert_eq!(url.placeholders(), ["{id}", ":line"]);
    /// ```
    pub fn placeholders(&self) -> Vec<String> {
        let own = self.segments().into_iter().filter(|segment| !self.variables.iter().any(|own| own == segment));
        own.map(percent_decoded).filter(|segment| is_placeholder(segment)).collect()
    }

    /// Whether no variable stands in its path or its query.
    pub fn is_read(&self) -> bool {
        self.variables.is_empty() && self.query_is_read()
    }

    /// Whether no variable stands in its query.
    pub fn query_is_read(&self) -> bool {
        !self.query.iter().any(|(name, value)| unknown::is_in_text(name) || unknown::is_in_text(value))
    }

    /// Whether the scheme is one of WebSocket's.
    pub fn is_websocket(&self) -> bool {
        ["ws", "wss"].contains(&self.scheme.as_str())
    }

    /// The URL without its query, which may hold secrets.
    pub fn without_query(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}{}", self.scheme, self.host, self.path)
    }
}

/// Whether a segment of a path is `.` or `..`, percent-encoded or not (RFC 3986, section 3.3).
pub fn is_dot_segment(segment: &str) -> bool {
    [".", ".."].contains(&segment.to_ascii_lowercase().replace("%2e", ".").as_str())
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_query())
    }
}

/// The pairs of a query or of a form, undecoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// The name and password before the host, where the URL has them.
pub(super) fn user_info(text: &str) -> Option<(String, String)> {
    let text = unquoted(text);
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (name, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    Some((percent_decoded(name), percent_decoded(password)))
}

/// A text without the white space and the quotes around it.
fn unquoted(text: &str) -> &str {
    let mut text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    while let Some(inside) = AROUND.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close)) {
        text = inside.trim();
    }
    text
}

/// A URL whose variables hold nothing that would end it, or a part of it: the command whose output is put in, a default.
fn in_one_word(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "/?#&@:".contains(c);
    let is_bracket = |c: &char| "${}()`".contains(*c);
    unknown::with_each(text, |own| {
        if !own.contains(ends) {
            return own.to_owned();
        }
        let opening = own.chars().take_while(is_bracket);
        let closing = own.chars().rev().take_while(is_bracket).collect::<Vec<char>>();
        opening.chain(['…']).chain(closing.into_iter().rev()).collect()
    })
}

/// Whether a text without a scheme begins with a host's name: labels with a dot between them, the last one of letters.
fn begins_with_host(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let name = authority.split_once(':').map_or(authority, |(name, _)| name);
    let labels: Vec<&str> = name.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_top = |label: &&str| label.len() >= 2 && label.chars().all(|c| c.is_ascii_alphabetic());
    labels.len() >= 2 && labels.iter().all(is_label) && labels.last().is_some_and(is_top)
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), UrlError> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            address.parse::<Ipv6Addr>().map_err(|_| UrlError::Host(shown(authority)))?;
            (format!("[{address}]"), rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("")))
        }
        None if authority.starts_with('[') => return Err(UrlError::Host(shown(authority))),
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            (host.to_owned(), Some(port))
        }
    };
    if host.contains(['{', '}', '<', '>', '$', '*']) || host.to_ascii_lowercase().contains("%7b") {
        return Err(UrlError::HostPlaceholder(shown(&host)));
    }
    if !host.is_ascii() {
        return Err(UrlError::HostNotAscii(shown(&host)));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !host.starts_with('[')
        && (host.is_empty() || !host.chars().all(is_name) || host.starts_with('.') || host.contains(".."))
    {
        return Err(UrlError::Host(shown(&host)));
    }
    // `host:` is allowed, and means the scheme's own port (RFC 3986, section 3.2.3).
    let port = match port {
        Some("") => None,
        Some(port) if port.chars().all(|c| c.is_ascii_digit()) => {
            Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(|| UrlError::Port(shown(&host)))?)
        }
        _ => return Err(UrlError::Port(shown(&host))),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// What an error may show of a text: its beginning, up to where a secret could stand.
fn shown(text: &str) -> String {
    let text = unknown::shown_text(text.split(['?', '#', '@']).next().unwrap_or_default());
    let text: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    if secret::is_credential(&text) { "…".to_owned() } else { text }
}

fn is_placeholder(segment: &str) -> bool {
    let named = |rest: &str| rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    segment.contains(['{', '}'])
        || segment.contains(TYPOGRAPHIC)
        || segment.strip_prefix(':').is_some_and(named)
        || segment.strip_prefix('<').is_some_and(|rest| rest.ends_with('>') && named(rest))
        || ["undefined", "null", "NaN", "[object Object]"].contains(&segment)
}

#[cfg(test)]
mod tests;
