//! A pasted `curl` command, read as the shell and curl would read it: everything.curl.dev and curl's manual page.
//!
//! Headers that curl sends on its own account are not made up, except `Host`, and `Content-Type` where an option brings it.

mod cmd;
mod data;
mod options;
mod shell;

use super::authorization::SigV4;
use super::body::Body;
use super::encoding::base64_encoded;
use super::url::{self, Url, UrlError};
use super::{Client, Exchange, Headers, Reading, Request, is_read};
use crate::unknown::{shown_text, with_each};
use data::Data;
use options::{Found, Options};

/// Why a text is no `curl` command that can be explained. Neither a value nor a body is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurlError {
    /// No word of its beginning is `curl`.
    #[error("the text does not begin with `curl`")]
    NotCurl,
    /// A quote is opened and not closed.
    #[error("the {quote} at line {line} column {column} is not closed: copy the whole command")]
    Unclosed {
        /// `single quote`, `double quote`.
        quote: &'static str,
        /// The line, counted from 1.
        line: usize,
        /// The column, in characters, counted from 1.
        column: usize,
    },
    /// An option stands at the end, without the value that it takes.
    #[error("`{0}` takes a value, and none follows: copy the whole command")]
    NoValue(String),
    /// There is no URL.
    #[error("the command has no URL")]
    NoUrl,
    /// Its URL is none.
    #[error("{0}")]
    Url(#[from] UrlError),
}

/// Whether a text looks like a `curl` command.
pub fn is_curl(text: &str) -> bool {
    let line = text.trim_start_matches(|c: char| c.is_whitespace() || "$%>#".contains(c));
    let mut words = line.split_whitespace().take(6);
    let first = words.next().unwrap_or_default();
    let may_precede =
        |word: &str| ["sudo", "time", "watch", "env", "exec", "command"].contains(&word) || is_assignment(word);
    is_curl_name(first) || (may_precede(first) && words.any(is_curl_name))
}

/// Reads options as curl would: the words that follow `curl`, as the shell hands them over.
///
/// # Errors
///
/// [`CurlError`] says what is wrong with them.
pub fn read_words(words: impl IntoIterator<Item = String>) -> Result<Reading, CurlError> {
    // No command was pasted that curl would take at its word.
    let mut command = Command { scheme: Some("https".to_owned()), ..Command::default() };
    command.read(words.into_iter())?;
    command.into_reading()
}

/// Reads a `curl` command. What had to be assumed, and what could not be read, is noted.
///
/// # Errors
///
/// [`CurlError`] says what is wrong with it, and where.
pub fn read(text: &str) -> Result<Reading, CurlError> {
    if !is_curl(text) {
        return Err(CurlError::NotCurl);
    }
    let mut notes = Vec::new();
    let words = if cmd::is_cmd(text) { cmd::words(text, &mut notes)? } else { shell::words(text, &mut notes)? };
    let start = words.iter().position(|word| is_curl_name(word)).ok_or(CurlError::NotCurl)?;
    let mut command = Command { notes, ..Command::default() };
    command.read(words.into_iter().skip(start + 1))?;
    command.into_reading()
}

fn is_curl_name(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    ["curl", "curl.exe"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What the options say.
#[derive(Default)]
struct Command {
    method: Option<String>,
    urls: Vec<String>,
    headers: Vec<(String, String)>,
    /// The names of headers that are to be left out.
    removed: Vec<String>,
    data: Data,
    user: Option<String>,
    bearer: Option<String>,
    signs: Option<String>,
    scheme: Option<String>,
    user_agent: Option<String>,
    referer: Option<String>,
    cookies: Vec<String>,
    is_get: bool,
    is_head: bool,
    uploads: bool,
    has_other_scheme: bool,
    globs_off: bool,
    has_certificate: bool,
    notes: Vec<String>,
}

impl Command {
    fn read(&mut self, words: impl Iterator<Item = String>) -> Result<(), CurlError> {
        let mut words = words.peekable();
        let options = Options::known();
        let mut only_urls = false;
        while let Some(word) = words.next() {
            let word = straight(&word, &mut self.notes);
            if only_urls || word == "-" || !word.starts_with('-') {
                self.urls.push(word);
                continue;
            }
            if word == "--" {
                only_urls = true;
                continue;
            }
            if ["--next", "-:"].contains(&word.as_str()) {
                self.notes.push("what follows `--next` is another request, and was not read".to_owned());
                break;
            }
            for found in options.split(&word, words.peek().map(String::as_str)) {
                match found {
                    Found::Flag(name) => self.flag(name),
                    Found::With(name, value) => self.option(name, &value),
                    Found::WithNext(name) => {
                        let value = words.next().ok_or_else(|| CurlError::NoValue(format!("--{name}")))?;
                        self.option(name, &value);
                    }
                    Found::Unknown { name, takes_next } => {
                        let read_past =
                            if takes_next && words.next().is_some() { " with the word after it" } else { "" };
                        self.notes
                            .push(format!("`{name}` is no option of curl that is known: it was read past{read_past}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn flag(&mut self, name: &str) {
        match name {
            "get" => self.is_get = true,
            "head" => self.is_head = true,
            "globoff" => self.globs_off = true,
            "digest" | "ntlm" | "ntlm-wb" | "negotiate" | "anyauth" => self.has_other_scheme = true,
            "netrc" | "netrc-optional" => {
                self.notes.push(format!("`--{name}`: the name and password of your .netrc were not read"));
            }
            _ => {}
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        match name {
            "request" => self.method = Some(shown_text(value).trim().to_owned()),
            "url" => self.urls.push(value.to_owned()),
            "header" => self.header(value),
            "user" => self.user = Some(value.to_owned()),
            "oauth2-bearer" => self.bearer = Some(value.to_owned()),
            "aws-sigv4" => self.signs = Some(value.to_owned()),
            "proto-default" => self.scheme = Some(value.to_owned()),
            "user-agent" => self.user_agent = Some(value.to_owned()),
            "referer" => self.referer = Some(value.trim_end_matches(";auto").to_owned()),
            "cookie" if value.contains('=') => self.cookies.push(value.to_owned()),
            "cookie" => self.notes.push("`--cookie` names a file, which was not read".to_owned()),
            "cert" => self.has_certificate = true,
            "upload-file" => {
                self.uploads = true;
                self.notes.push("`--upload-file` names a file, which was not read: the body is unknown".to_owned());
            }
            "config" => {
                self.notes.push("`--config` names a file, which was not read: more options may be in it".to_owned());
                self.headers.push(Headers::untold(&format!("@{value}")));
            }
            "proxy" | "preproxy" | "socks5" | "socks5-hostname" | "socks4" | "socks4a" | "proxy1.0" => {
                self.notes.push(format!("`--{name}`: a proxy lies between, and may change or strip headers"));
            }
            "resolve" | "connect-to" | "unix-socket" | "abstract-unix-socket" => {
                self.notes.push(format!("`--{name}`: curl connects to another address than the name's own"));
            }
            "request-target" => {
                self.notes.push("`--request-target` sends another path than the URL's, and was read past".to_owned());
            }
            _ => self.data.option(name, value, &mut self.notes),
        }
    }

    /// `Name: value`; `Name;` sends it empty, `Name:` leaves it out.
    fn header(&mut self, value: &str) {
        if value.starts_with('@') {
            self.notes.push("`--header` names a file, which was not read".to_owned());
            self.headers.push(Headers::untold(value));
            return;
        }
        if !value.contains(':') && !is_read(value) {
            self.headers.push(Headers::untold(&shown_text(value)));
            return;
        }
        match value.split_once(':') {
            Some((name, value)) if value.trim().is_empty() => self.removed.push(name.trim().to_owned()),
            Some((name, value)) => self.headers.push((name.trim().to_owned(), value.trim().to_owned())),
            None => match value.trim_end().strip_suffix(';') {
                Some(name) => self.headers.push((name.trim().to_owned(), String::new())),
                None => self.notes.push("a `--header` without a colon is not sent".to_owned()),
            },
        }
    }

    fn into_reading(mut self) -> Result<Reading, CurlError> {
        let (written, mut url) = self.url()?;
        let mut headers = self.own_headers(&url);
        self.authorization(&written, &mut headers);
        if self.is_get {
            url.query.extend(self.data.take_query());
        }
        url.query.extend(std::mem::take(&mut self.data.url_query));
        let method = self.method.clone().unwrap_or_else(|| self.default_method().to_owned());
        let signs_with = self.signs.as_deref().map(|provider| signature(provider, self.user.as_deref(), &url));
        if signs_with.is_some() {
            self.notes.push(
                "`--aws-sigv4`: curl makes the signature when it sends, so its moment is not known here".to_owned(),
            );
        }
        let client =
            Client { has_tls_certificate: self.has_certificate.then_some(true), signs_with, ..Client::default() };
        let body = match self.data.body() {
            _ if self.is_get => Body::Absent,
            Body::Absent if self.uploads => Body::NotRead,
            body => body,
        };
        let request = Request { method, url, headers: Headers(headers), body, client };
        Ok(Reading { exchange: Exchange { request, response: None }, notes: self.notes })
    }

    /// Words that are wholly a variable of the shell, and no URL, where another one is: `"${HEADERS[@]}"` and `$OPTIONS` hold
    /// options, of which nothing is known. Which headers are sent is then not known either.
    fn set_unread_options_aside(&mut self) {
        let is_unread = |url: &String| shown_text(&with_each(url, |_| String::new())).is_empty();
        if self.urls.iter().all(is_unread) {
            return;
        }
        for options in self.urls.extract_if(.., |url| is_unread(url)) {
            // What is no bare name may be a command, or half of a body.
            let shown = shown_text(&options);
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_${}[]@*".contains(c);
            let shown = if shown.chars().all(is_name) { shown } else { "$(…)".to_owned() };
            self.notes.push(format!("`{shown}` stands where options do: what it holds was not read"));
            self.headers.push(Headers::untold(&shown));
        }
    }

    /// The first URL, as it is written and taken apart.
    fn url(&mut self) -> Result<(String, Url), CurlError> {
        self.set_unread_options_aside();
        if self.urls.len() > 1 {
            self.notes.push(format!("the command has {} URLs: the first one was read", self.urls.len()));
        }
        let first = self.urls.first().ok_or(CurlError::NoUrl)?.trim().to_owned();
        let written = if first.contains("://") {
            first
        } else {
            let scheme = self.scheme.clone().unwrap_or_else(|| "http".to_owned());
            self.notes.push(format!("the URL has no scheme: it is taken for {scheme}://"));
            format!("{scheme}://{first}")
        };
        let url = Url::parse(&written)?;
        if !self.globs_off && url.variables.is_empty() && url.path.contains(['{', '[']) {
            self.notes
                .push("curl takes braces and brackets in a URL for a list of URLs, unless `-g` is given".to_owned());
        }
        Ok((written, url))
    }

    /// The headers that the options bring, what is given with `-H` first: it takes the place of curl's own.
    fn own_headers(&self, url: &Url) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        let cookies = (!self.cookies.is_empty()).then(|| self.cookies.join("; "));
        let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
        let brought = [
            ("Host", Some(format!("{}{port}", url.host))),
            ("User-Agent", self.user_agent.clone().filter(|value| !value.is_empty())),
            ("Referer", self.referer.clone().filter(|value| !value.is_empty())),
            ("Cookie", cookies),
            ("Accept", self.data.is_json().then(|| "application/json".to_owned())),
            ("Content-Type", self.data.content_type().filter(|_| !self.is_get).map(str::to_owned)),
        ];
        for (name, value) in brought {
            headers.extend(value.filter(|_| !self.has(name)).map(|value| (name.to_owned(), value)));
        }
        headers
    }

    /// Whether the user gave a header, or took it away.
    fn has(&self, name: &str) -> bool {
        let given = self.headers.iter().map(|(own, _)| own);
        given.chain(&self.removed).any(|own| own.eq_ignore_ascii_case(name))
    }

    /// The header `Authorization` that `-u`, `--oauth2-bearer` or a name in the URL brings. One given with `-H` wins.
    fn authorization(&mut self, written: &str, headers: &mut Vec<(String, String)>) {
        if self.signs.is_some() || self.has("authorization") {
            return;
        }
        if let Some(token) = &self.bearer {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
            return;
        }
        let user =
            self.user.clone().or_else(|| url::user_info(written).map(|(name, password)| format!("{name}:{password}")));
        let Some(user) = user else { return };
        if self.has_other_scheme {
            self.notes.push("curl negotiates how to send the name and password: no header was made of them".to_owned());
            return;
        }
        if !user.contains(':') {
            self.notes.push("`--user` has no password: curl asks for it, so no header was made of it".to_owned());
            return;
        }
        // What is not known cannot be encoded either: it stays what it is.
        let encoded = if is_read(&user) { base64_encoded(user.as_bytes()) } else { user };
        headers.push(("Authorization".to_owned(), format!("Basic {encoded}")));
    }

    fn default_method(&self) -> &'static str {
        if self.is_head {
            "HEAD"
        } else if self.uploads {
            "PUT"
        } else if self.data.has_body() && !self.is_get {
            "POST"
        } else {
            "GET"
        }
    }
}

/// What `--aws-sigv4 provider[:provider[:region[:service]]]` signs with. Without a service, curl takes the first two
/// labels of the host for service and region, which no API's name has there.
fn signature(provider: &str, user: Option<&str>, url: &Url) -> SigV4 {
    let known = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty() && is_read(part));
    let mut parts = provider.split(':').skip(2).map(known);
    let (mut region, mut service) = (parts.next().flatten(), parts.next().flatten());
    if service.is_none() {
        let mut labels = url.host.split('.').map(str::to_owned);
        service = labels.next();
        region = region.or_else(|| labels.next());
    }
    let name = user.map(|user| user.split_once(':').map_or(user, |(name, _)| name)).filter(|name| is_read(name));
    SigV4 {
        access_key_id: name.filter(|name| !name.is_empty()).map(str::to_owned),
        region,
        service,
        has_signature: user.is_some(),
        is_made_at_sending: true,
        ..SigV4::default()
    }
}

/// An option that a word processor gave long dashes.
fn straight(word: &str, notes: &mut Vec<String>) -> String {
    let dashes = match word.chars().next() {
        Some('–') => "-",
        Some('—') => "--",
        _ => return word.to_owned(),
    };
    notes.push("an option began with a long dash, which was taken for a hyphen".to_owned());
    let rest: String = word.chars().skip(1).collect();
    let is_long = rest.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase()) && rest.chars().count() > 2;
    let dashes = if is_long { "--" } else { dashes };
    format!("{dashes}{}", rest.trim_start_matches('-'))
}

#[cfg(test)]
mod tests;
