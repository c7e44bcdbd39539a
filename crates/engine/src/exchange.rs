//! A request and its response, as a caller saw them.
//!
//! Both may hold secrets: neither prints its header values or body, and nothing here is ever serialised.

pub mod authorization;
pub mod body;
pub mod curl;
pub mod encoding;
pub mod entry;
pub mod har;
pub mod host;
pub mod json;
pub mod message;
pub mod postman;
mod read;
pub mod url;

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::unknown;
use authorization::{Authorization, SigV4};
use body::Body;
use host::Host;
use url::Url;

pub use read::{ReadError, read, read_archive, read_curl, read_options, read_response};

/// Whether a text is a token, as methods and the names of headers are (RFC 9110, 5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// A request, and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was sent, or is to be sent.
    pub request: Request,
    /// What came back; `None` where nothing was sent yet.
    pub response: Option<Response>,
}

/// What was read of a text.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The request, and the response where the text has one.
    pub exchange: Exchange,
    /// What was assumed and what was not read, a sentence each. No value is in them.
    pub notes: Vec<String>,
}

/// A request as its client sent it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, as it was written.
    pub method: String,
    /// Where it went.
    pub url: Url,
    /// Its headers, in their order. What a value holds that was not read stands in it between two marks: [`is_read`].
    pub headers: Headers,
    /// Its body.
    pub body: Body,
    /// What is known of who sent it.
    pub client: Client,
}

/// What is known of a request's sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The address that AWS sees.
    pub source_ip: Option<IpAddr>,
    /// The VPC that it is in.
    pub vpc_id: Option<String>,
    /// The security groups of its network interface.
    pub security_groups: Vec<String>,
    /// How long it waited for the answer, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// Whether it has a TLS certificate of its own; `None` where nothing is known.
    pub has_tls_certificate: Option<bool>,
    /// What it signs with when it sends (`curl --aws-sigv4`), where the signature is not part of what was read.
    pub signs_with: Option<SigV4>,
    /// The request to `authorize` by which the code came that it exchanges, where an archive holds both.
    pub signed_in_at: Option<Url>,
}

/// A response as its client saw it.
#[derive(Clone)]
pub struct Response {
    /// The status; 0 where no HTTP answer came, and the body is the client's own error text.
    pub status: u16,
    /// Its headers, in their order.
    pub headers: Headers,
    /// Its body.
    pub body: String,
}

/// Headers in the order in which they were sent; names compare without regard to case (RFC 9110, section 5.1).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

impl Request {
    /// What kind of host answers it.
    pub fn host(&self) -> Host {
        Host::of(&self.url.host)
    }

    /// How it identifies its sender.
    pub fn authorization(&self) -> Authorization {
        Authorization::of(self)
    }

    /// What of it was not read, for it lies in a file or holds a variable: the URL, its body, headers by their names.
    pub fn not_read(&self) -> Vec<String> {
        let url = (!self.url.is_read()).then(|| "the URL".to_owned());
        let body = (self.body == Body::NotRead).then(|| "the body".to_owned());
        let told = self.headers.0.iter().filter(|(name, value)| is_read(name) && !is_read(value));
        url.into_iter().chain(body).chain(told.map(|(name, _)| format!("the header {name}"))).collect()
    }

    /// The media type of its body, without parameters: `application/json` where it names none, as API Gateway takes it.
    pub fn content_type(&self) -> &str {
        let named = self.headers.get("content-type").unwrap_or("application/json");
        named.split(';').next().unwrap_or(named).trim()
    }
}

impl Response {
    /// The moment that the `Date` header tells.
    pub fn date(&self) -> Option<Timestamp> {
        let text = self.headers.get("date")?;
        jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
    }

    /// The body as JSON, if it is that.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.body).ok()
    }
}

/// Whether a header's value was read. A variable that it holds stands between two marks.
pub fn is_read(value: &str) -> bool {
    !unknown::is_in_text(value)
}

impl Headers {
    /// An entry for a header of which it is not known whether it is sent: its name, or what it comes from, stands between
    /// two marks.
    pub fn untold(name: &str) -> (String, String) {
        (unknown::unknown(name), unknown::unknown(name))
    }

    /// Whether it is not known if this header is sent, for it may be among those that were not read.
    pub fn may_have(&self, name: &str) -> bool {
        let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let untold = self.0.iter().filter(|(own, _)| !is_read(own)).map(|(own, _)| unknown::shown_text(own));
        !self.has(name) && untold.into_iter().any(|own| own.eq_ignore_ascii_case(name) || !is_name(&own))
    }

    /// Those that are known to be sent.
    pub fn told(&self) -> Headers {
        Headers(self.0.iter().filter(|(name, _)| is_read(name)).cloned().collect())
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All values of a header.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether there is such a header.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("url", &self.url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}
