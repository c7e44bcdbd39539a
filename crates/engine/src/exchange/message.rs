//! HTTP messages as text (RFC 9112), and what `curl -v` prints of them.

use super::body::Body;
use super::url::{Url, UrlError};
use super::{Client, Exchange, Headers, Reading, Request, Response};

/// Why a text is no HTTP message. No value is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The first line is no request line.
    #[error("line {0} is no request line: it is a method, a path and `HTTP/1.1`")]
    RequestLine(usize),
    /// The first line is no status line.
    #[error("line {0} is no status line: it is `HTTP/1.1` and a number")]
    StatusLine(usize),
    /// A line among the headers is none.
    #[error("line {0} is no header: it is a name, a colon and a value; an empty line stands before the body")]
    Header(usize),
    /// Nothing tells the host.
    #[error("the request has no `Host` header: add one, or write the whole URL in the request line")]
    NoHost,
    /// The URL that comes of it is none.
    #[error("{0}")]
    Url(#[from] UrlError),
}

/// Whether a text looks like a request, in any of the forms that are read.
pub fn is_request(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    is_trace(text) || first.starts_with(":method") || first.starts_with(":authority") || is_request_line(first)
}

/// Whether a text looks like a response.
pub fn is_response(text: &str) -> bool {
    text.trim_start().starts_with("HTTP/")
}

fn is_request_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let is_method = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase() || c == '-');
    let is_target = target.starts_with('/') || target.contains("://") || target == "*";
    is_method && is_target && words.next().is_none_or(|version| version.starts_with("HTTP/")) && words.next().is_none()
}

/// Reads a request, or both sides of what `curl -v` prints.
///
/// # Errors
///
/// [`MessageError`] names the line that is wrong.
pub fn read(text: &str) -> Result<Reading, MessageError> {
    if is_trace(text) {
        return trace(text);
    }
    let request = request(&numbered(text))?;
    let notes = vec!["the message does not say whether it goes over TLS: https was assumed".to_owned()];
    Ok(Reading { exchange: Exchange { request, response: None }, notes })
}

/// Reads a response.
///
/// # Errors
///
/// [`MessageError`] names the line that is wrong.
pub fn read_response(text: &str) -> Result<Response, MessageError> {
    response(&numbered(text))
}

/// The lines with their numbers, counted from 1, without empty ones at the beginning.
fn numbered(text: &str) -> Vec<(usize, &str)> {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    (1..).zip(lines).skip_while(|(_, line)| line.trim().is_empty()).collect()
}

fn request(lines: &[(usize, &str)]) -> Result<Request, MessageError> {
    let (head, body) = split(lines);
    let pseudo = |name: &str| {
        let value = |(_, line): &(usize, &str)| {
            line.trim().strip_prefix(name)?.trim_start().strip_prefix(':').map(|v| v.trim().to_owned())
        };
        head.iter().find_map(value)
    };
    let (method, target, head) = match pseudo(":method") {
        Some(method) => (method, pseudo(":path").unwrap_or_default(), head),
        None => {
            let (number, line) = head.first().copied().unwrap_or((1, ""));
            if !is_request_line(line.trim()) {
                return Err(MessageError::RequestLine(number));
            }
            let mut words = line.split_whitespace().map(str::to_owned);
            (words.next().unwrap_or_default(), words.next().unwrap_or_default(), head.get(1..).unwrap_or_default())
        }
    };
    let headers = headers(head)?;
    let url = if target.contains("://") && !target.starts_with('/') {
        target
    } else {
        let host =
            headers.get("host").map(str::to_owned).or_else(|| pseudo(":authority")).ok_or(MessageError::NoHost)?;
        let scheme = pseudo(":scheme").unwrap_or_else(|| "https".to_owned());
        format!("{scheme}://{}{target}", host.trim())
    };
    let body = Body::told(text(body), &headers);
    Ok(Request { method, url: Url::parse(&url)?, headers, body, client: Client::default() })
}

fn response(mut lines: Lines) -> Result<Response, MessageError> {
    loop {
        let (head, rest) = split(lines);
        let (number, line) = head.first().copied().unwrap_or((1, ""));
        let status = status(line).ok_or(MessageError::StatusLine(number))?;
        // Before the last answer, a proxy's, `100 Continue` or a redirection may stand.
        if status < 400 && rest.first().is_some_and(|(_, line)| self::status(line).is_some()) {
            lines = rest;
            continue;
        }
        let headers = headers(head.get(1..).unwrap_or_default())?;
        return Ok(Response { status, headers, body: text(rest).unwrap_or_default() });
    }
}

/// The number in a status line.
fn status(line: &str) -> Option<u16> {
    let mut words = line.split_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok().filter(|status| (100..1000).contains(status))
}

type Lines<'a, 'b> = &'a [(usize, &'b str)];

/// The head, and the lines of the body after the first empty line.
fn split<'a, 'b>(lines: Lines<'a, 'b>) -> (Lines<'a, 'b>, Lines<'a, 'b>) {
    let end = lines.iter().position(|(_, line)| line.is_empty()).unwrap_or(lines.len());
    let (head, rest) = lines.split_at(end);
    (head, rest.get(1..).unwrap_or_default())
}

/// A body, without the line break that ends a file.
fn text(lines: Lines) -> Option<String> {
    let body: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    let body = body.join("\n");
    let body = body.strip_suffix('\n').unwrap_or(&body);
    Some(body.to_owned()).filter(|body| !body.trim().is_empty())
}

fn headers(lines: Lines) -> Result<Headers, MessageError> {
    let mut headers = Headers::default();
    for (number, line) in lines {
        if line.starts_with(':') {
            continue;
        }
        // A line that begins with white space goes on with the one before (RFC 9112, section 5.2).
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers.0.last_mut().ok_or(MessageError::Header(*number))?;
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(MessageError::Header(*number))?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(MessageError::Header(*number));
        }
        headers.0.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(headers)
}

/// Whether a text is what `curl -v` prints: `> ` before what is sent, `< ` before what comes back.
fn is_trace(text: &str) -> bool {
    text.lines().any(|line| line.strip_prefix("> ").is_some_and(|line| line.contains(" HTTP/")))
}

fn trace(text: &str) -> Result<Reading, MessageError> {
    let lines = numbered(text);
    let mut sent: Vec<(usize, &str)> = Vec::new();
    let mut received: Vec<(usize, &str)> = Vec::new();
    for (number, line) in lines {
        // A redirection or a second try begins a new request; the last one is what was answered.
        if let Some(line) = line.strip_prefix('>') {
            let line = line.strip_prefix(' ').unwrap_or(line);
            if is_request_line(line.trim()) {
                (sent, received) = (Vec::new(), Vec::new());
            }
            sent.push((number, line));
        } else if let Some(line) = line.strip_prefix('<').filter(|line| line.is_empty() || line.starts_with(' ')) {
            let line = line.strip_prefix(' ').unwrap_or(line);
            if line.starts_with("HTTP/") {
                received.clear();
            }
            received.push((number, line.trim_end()));
        } else if !received.is_empty() && !is_remark(line) {
            received.push((number, line));
        }
    }
    let sent: Vec<(usize, &str)> = sent.into_iter().map(|(number, line)| (number, line.trim_end())).collect();
    let request = request(&sent)?;
    let response = if received.is_empty() { None } else { Some(response(&received)?) };
    let unread = (request.body == Body::NotRead)
        .then(|| "`curl -v` does not print the request's body: it is unknown".to_owned());
    let notes = unread.into_iter().collect();
    Ok(Reading { exchange: Exchange { request, response }, notes })
}

/// A line of curl's own: `* Connection #0 …`, `{ [36 bytes data]`, `} [5 bytes data]`.
fn is_remark(line: &str) -> bool {
    line.starts_with("* ") || (line.starts_with(['{', '}']) && line.ends_with("bytes data]"))
}

#[cfg(test)]
mod tests;
