//! Which of the forms a text has in which people keep requests.

use serde_json::Value;

use super::curl::{self, CurlError};
use super::entry::EntryError;
use super::har::{self, HarError};
use super::json::{self, JsonError};
use super::message::{self, MessageError};
use super::postman::{self, PostmanError};
use super::{Exchange, Reading, Response, is_token};

/// Why no request, or no response, was read of a text. One line; it holds no header's value, no query and no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing is in it.
    #[error("there is nothing in it")]
    Empty,
    /// It has none of the forms that are known.
    #[error("it is neither JSON, an HTTP archive, a Postman collection, an HTTP message nor a curl command")]
    Unknown,
    /// It is JSON, or was to be.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// It is a `curl` command.
    #[error("curl: {0}")]
    Curl(#[from] CurlError),
    /// It is an HTTP archive.
    #[error("HTTP archive: {0}")]
    Har(#[from] HarError),
    /// It is a collection of Postman's.
    #[error("Postman: {0}")]
    Postman(#[from] PostmanError),
    /// It is an HTTP message.
    #[error("HTTP message: {0}")]
    Message(#[from] MessageError),
    /// Its method is none that HTTP can send.
    #[error("its method is not one word of HTTP")]
    Method,
}

impl ReadError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            ReadError::Curl(CurlError::Url(_) | CurlError::NoUrl) | ReadError::Message(MessageError::Url(_)) => {
                "the request needs its whole URL: https://host/stage/path"
            }
            ReadError::Curl(_) => "copy the whole command, in one pair of quotation marks",
            ReadError::Har(HarError::Entry(error)) | ReadError::Postman(PostmanError::Entry(error)) => entry(error),
            ReadError::Har(_) => "export the archive with its content, as HAR",
            ReadError::Postman(_) => {
                "put its URL in the place of variables that the collection does not hold, such as those of an environment"
            }
            ReadError::Method => "give one word, such as GET or POST",
            ReadError::Empty | ReadError::Unknown | ReadError::Json(_) | ReadError::Message(_) => {
                "give a JSON object with method, url, headers and body, or an HTTP message"
            }
        }
    }
}

fn entry(error: &EntryError) -> &'static str {
    match error {
        EntryError::Empty => "make the request once more while the file is recorded, and export it then",
        EntryError::Number { .. } => "entries are counted from 1; without --entry, the first that failed is read",
        EntryError::Several { .. } => "choose one with --entry N",
    }
}

/// Reads a request, and its response where the text has one, in whichever form it is: the JSON of `--request` or of `POST
/// /explain`, an HTTP archive, a Postman collection, an HTTP message, a `curl` command. `entry` is the number, from 1, of
/// the request in an archive or a collection.
///
/// # Errors
///
/// [`ReadError`] says which form the text has, and what is wrong with it.
pub fn read(text: &str, entry: Option<usize>) -> Result<Reading, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    if text.starts_with(['{', '[']) {
        return sendable(document(&json::parse(text)?, entry)?);
    }
    if curl::is_curl(text) {
        return read_curl(text);
    }
    if message::is_request(text) {
        return sendable(message::read(text)?);
    }
    Err(ReadError::Unknown)
}

/// Reads a text that has to be a `curl` command.
///
/// # Errors
///
/// [`ReadError`] says what is wrong with it.
pub fn read_curl(text: &str) -> Result<Reading, ReadError> {
    sendable(curl::read(text)?)
}

/// Reads a request as curl would send it with these words after its name, which a shell has read already.
///
/// # Errors
///
/// [`ReadError`] says what is wrong with them.
pub fn read_options(words: Vec<String>) -> Result<Reading, ReadError> {
    sendable(curl::read_words(words)?)
}

/// Reads a text that has to be an HTTP archive; `entry` is the number, from 1, of the request in it.
///
/// # Errors
///
/// [`ReadError`] says what is wrong with it.
pub fn read_archive(text: &str, entry: Option<usize>) -> Result<Reading, ReadError> {
    sendable(har::read(text, entry)?)
}

/// Only what HTTP can send is explained: a method is a token (RFC 9110, 5.6.2).
fn sendable(reading: Reading) -> Result<Reading, ReadError> {
    if is_token(&reading.exchange.request.method) { Ok(reading) } else { Err(ReadError::Method) }
}

/// Reads a response: JSON, or an HTTP message.
///
/// # Errors
///
/// [`ReadError`] says which form the text has, and what is wrong with it.
pub fn read_response(text: &str) -> Result<Response, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    if text.is_empty() {
        return Err(ReadError::Empty);
    }
    if message::is_response(text) {
        return Ok(message::read_response(text)?);
    }
    Ok(json::read_response(text)?)
}

fn document(value: &Value, entry: Option<usize>) -> Result<Reading, ReadError> {
    // The project's own form goes first: members of it that are not known are noted.
    if is_own(value) {
        return Ok(Reading { exchange: own(value)?, notes: json::unknown_members(value) });
    }
    if value.get("log").is_some() || har::is_entry(value) {
        return Ok(har::document(value, entry)?);
    }
    if postman::is_postman(value) {
        return Ok(postman::document(value, entry)?);
    }
    Ok(Reading { exchange: own(value)?, notes: json::unknown_members(value) })
}

fn own(value: &Value) -> Result<Exchange, JsonError> {
    if value.get("method").is_none() && value.get("request").is_some() {
        return json::exchange(value);
    }
    Ok(Exchange { request: json::request(value)?, response: None })
}

/// Whether a value is a request, or holds one, as the project itself writes it: archives have lists of headers, Postman
/// has `header` and lists of responses.
fn is_own(value: &Value) -> bool {
    let is_request = |request: &Value| {
        request.get("method").is_some_and(Value::is_string)
            && request.get("url").is_some_and(Value::is_string)
            && !request.get("header").is_some_and(|headers| headers.is_array() || headers.is_string())
            && !request.get("headers").is_some_and(Value::is_array)
    };
    let is_listed = value.get("item").is_some() || value.get("response").is_some_and(Value::is_array);
    is_request(value) || (!is_listed && value.get("request").is_some_and(is_request))
}

#[cfg(test)]
mod tests;
