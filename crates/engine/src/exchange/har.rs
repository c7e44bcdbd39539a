//! HTTP archives (HAR 1.2), as browsers and proxies export them.

use serde_json::Value;

use super::body::Body;
use super::encoding::base64_decoded;
use super::entry::{self, EntryError};
use super::json::{self, JsonError};
use super::url::{Url, UrlError, pairs};
use super::{Client, Exchange, Headers, Reading, Request, Response};

/// Why a text is no archive, or none of its entries was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HarError {
    /// It is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It has no list of entries.
    #[error("`log.entries` is missing: this is no HTTP archive")]
    NoEntries,
    /// No entry was chosen.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The entry has no method.
    #[error("entry {0} has no `request.method`")]
    Method(usize),
    /// The entry's URL is none.
    #[error("entry {number}: {error}")]
    Url {
        /// Its number, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: UrlError,
    },
}

/// Reads an entry: the one of this number, counted from 1; without a number, the only one, or else the first that an AWS
/// host answered with an error.
///
/// # Errors
///
/// [`HarError`] says what is missing, and lists the entries where one has to be chosen.
pub fn read(text: &str, number: Option<usize>) -> Result<Reading, HarError> {
    document(&json::parse(text)?, number)
}

/// Reads an entry of an archive, or an entry that stands alone.
pub(super) fn document(value: &Value, number: Option<usize>) -> Result<Reading, HarError> {
    let single = std::slice::from_ref(value);
    let listed = value.pointer("/log/entries").and_then(Value::as_array).map(Vec::as_slice);
    let entries = listed.or_else(|| is_entry(value).then_some(single)).ok_or(HarError::NoEntries)?;
    let read: Vec<Result<Exchange, HarError>> =
        entries.iter().zip(1..).map(|(entry, number)| exchange(entry, number)).collect();
    let shown: Vec<_> =
        read.iter().map(|read| read.as_ref().ok().map(|read| (&read.request, read.response.as_ref()))).collect();
    let chosen = entry::choose(number, &shown)?;
    let before: Vec<&Exchange> = read.iter().take(chosen - 1).filter_map(|read| read.as_ref().ok()).collect();
    let signed_in_at = read.get(chosen - 1).and_then(|read| sign_in(read.as_ref().ok()?, &before));
    let mut exchange = read.into_iter().nth(chosen - 1).ok_or(HarError::NoEntries)??;
    exchange.request.client.signed_in_at = signed_in_at;
    let mut notes = Vec::new();
    if entries.len() > 1 && number.is_none() {
        notes.push(format!("entry {chosen} of {} was read, the first one that failed on an AWS host", entries.len()));
    }
    if !["authorization", "cookie"].iter().any(|name| exchange.request.headers.has(name)) {
        notes.push(
            "browsers leave `Authorization` and `Cookie` out of an archive unless it is exported with sensitive data: the request may have had them"
                .to_owned(),
        );
        exchange.request.headers.0.extend(["Authorization", "Cookie"].map(Headers::untold));
    }
    Ok(Reading { exchange, notes })
}

/// The request to Cognito's `authorize` by which the code came that an entry exchanges: the one that was answered with this
/// code; or the only one to that host before it, whose answer names no other code.
fn sign_in(exchange: &Exchange, before: &[&Exchange]) -> Option<Url> {
    let url = &exchange.request.url;
    if url.path.trim_end_matches('/') != "/oauth2/token" {
        return None;
    }
    let body = exchange.request.body.text().map(pairs).unwrap_or_default();
    let (_, code) = body.into_iter().find(|(name, _)| name == "code")?;
    let handed_out = |own: &Exchange| {
        let location = own.response.as_ref()?.headers.get("location")?;
        Url::parse(location).ok()?.parameter_decoded("code")
    };
    let is_authorize =
        |own: &Url| own.host.eq_ignore_ascii_case(&url.host) && own.path.trim_end_matches('/') == "/oauth2/authorize";
    let asked: Vec<&Exchange> = before.iter().copied().filter(|own| is_authorize(&own.request.url)).collect();
    let found = match (asked.iter().find(|own| handed_out(own).as_ref() == Some(&code)), asked.as_slice()) {
        (Some(own), _) => own,
        (None, [only]) if handed_out(only).is_none() => only,
        _ => return None,
    };
    Some(found.request.url.clone())
}

/// Whether a value is an entry: its request has its headers in a list.
pub(super) fn is_entry(value: &Value) -> bool {
    value.pointer("/request/headers").is_some_and(Value::is_array)
}

fn exchange(entry: &Value, number: usize) -> Result<Exchange, HarError> {
    let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
    let method = text("/request/method").filter(|method| !method.is_empty()).ok_or(HarError::Method(number))?;
    let url = Url::parse(text("/request/url").unwrap_or_default()).map_err(|error| HarError::Url { number, error })?;
    let elapsed = entry.pointer("/time").and_then(Value::as_f64).filter(|time| (0.0..1e15).contains(time));
    let headers = headers(entry.pointer("/request/headers"));
    let request = Request {
        method: method.to_owned(),
        url,
        body: body(entry, &headers),
        headers,
        client: Client { elapsed_ms: elapsed.map(|time| time.round() as u64), ..Client::default() },
    };
    Ok(Exchange { request, response: response(entry) })
}

fn response(entry: &Value) -> Option<Response> {
    let response = entry.pointer("/response")?;
    let status = response.pointer("/status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok())?;
    let content = |name: &str| response.pointer(&format!("/content/{name}")).and_then(Value::as_str);
    let body = match (content("text"), content("encoding")) {
        (Some(text), Some(encoding)) if encoding.eq_ignore_ascii_case("base64") => {
            base64_decoded(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        }
        (text, _) => text.map(str::to_owned),
    };
    // Without an answer, Chrome says why in a member of its own.
    let error = || response.pointer("/_error").and_then(Value::as_str).map(str::to_owned);
    let body = if status == 0 { error().or(body) } else { body };
    Some(Response { status, headers: headers(response.pointer("/headers")), body: body.unwrap_or_default() })
}

/// The headers, without those of HTTP/2 that stand for the request line.
fn headers(list: Option<&Value>) -> Headers {
    let header = |header: &Value| {
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("name").filter(|name| !name.is_empty() && !name.starts_with(':'))?, text("value")?))
    };
    Headers(list.and_then(Value::as_array).into_iter().flatten().filter_map(header).collect())
}

/// The body as text, or put together of a form's parameters. Archives leave out files, and bodies that are too large or
/// no text: that there was one its size tells.
fn body(entry: &Value, headers: &Headers) -> Body {
    let data = entry.pointer("/request/postData");
    let text = data.and_then(|data| data.get("text")).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(text) = text {
        return Body::Text(text.to_owned());
    }
    let list = data.and_then(|data| data.get("params")).and_then(Value::as_array).map(Vec::as_slice);
    let list = list.unwrap_or_default();
    let size = entry.pointer("/request/bodySize").and_then(Value::as_i64).unwrap_or_default();
    if list.iter().any(|pair| pair.get("fileName").is_some()) || list.is_empty() && size > 0 {
        return Body::NotRead;
    }
    let pair = |pair: &Value| {
        let text = |name: &str| pair.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}={}", text("name"), text("value"))
    };
    let pairs: Vec<String> = list.iter().map(pair).collect();
    Body::told((!pairs.is_empty()).then(|| pairs.join("&")), headers)
}

#[cfg(test)]
mod tests;
