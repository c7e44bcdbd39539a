//! Requests and responses as JSON: what `--request`, `--response` and `POST /explain` take.
//!
//! A request is `{ "method", "url", "headers": {…}, "body"?, "client"? }`, a response `{ "status", "headers": {…},
//! "body" }`. Members that are not known are passed over, and named ([`unknown_members`]). A header's value may be a list: it
//! was then sent several times.

use serde_json::{Map, Value};

use super::body::Body;
use super::url::{Url, UrlError};
use super::{Client, Exchange, Headers, Request, Response, is_token};

/// Why a text or a value is no request or response. It names members, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON. The message names the place.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A member that has to be there is not.
    #[error("`{0}` is missing")]
    Missing(String),
    /// A member is of another kind than it has to be.
    #[error("`{member}` is {found}, where {expected} has to stand")]
    Kind {
        /// Where it stands: `headers.Accept`.
        member: String,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The method is none that HTTP can send.
    #[error("`method` is not one word of HTTP, such as GET")]
    Method,
    /// The URL is none.
    #[error("`url`: {0}")]
    Url(#[from] UrlError),
}

/// Reads the text of a request.
///
/// # Errors
///
/// [`JsonError`] names the member that is missing or wrong.
pub fn read_request(text: &str) -> Result<Request, JsonError> {
    request(&parse(text)?)
}

/// Reads the text of a response.
///
/// # Errors
///
/// [`JsonError`] names the member that is missing or wrong.
pub fn read_response(text: &str) -> Result<Response, JsonError> {
    response(&parse(text)?)
}

/// Reads `{ "request": {…}, "response": {…}? }`, which `POST /explain` takes.
///
/// # Errors
///
/// [`JsonError`] names the member that is missing or wrong.
pub fn exchange(value: &Value) -> Result<Exchange, JsonError> {
    let members = object(value, "the document")?;
    let request = request(members.get("request").ok_or_else(|| JsonError::Missing("request".to_owned()))?)?;
    let response = given(members, "response").map(response).transpose()?;
    Ok(Exchange { request, response })
}

/// Reads a request.
///
/// # Errors
///
/// [`JsonError`] names the member that is missing or wrong.
pub fn request(value: &Value) -> Result<Request, JsonError> {
    let members = object(value, "the request")?;
    let method = required(members, "method")?.trim();
    if method.is_empty() {
        return Err(JsonError::Missing("method".to_owned()));
    }
    if !is_token(method) {
        return Err(JsonError::Method);
    }
    let headers = headers(members)?;
    Ok(Request {
        method: method.to_owned(),
        url: Url::parse_as_sent(required(members, "url")?)?,
        body: Body::told(body(members)?, &headers),
        headers,
        client: client(members)?,
    })
}

/// Reads a response. A status of 0 means that no HTTP answer came.
///
/// # Errors
///
/// [`JsonError`] names the member that is missing or wrong.
pub fn response(value: &Value) -> Result<Response, JsonError> {
    let members = object(value, "the response")?;
    let status = given(members, "status").ok_or_else(|| JsonError::Missing("status".to_owned()))?;
    let number = status.as_u64().and_then(|number| u16::try_from(number).ok()).filter(|number| *number < 1000);
    let status = number.ok_or_else(|| kind("status", "a number from 0 to 999", status))?;
    Ok(Response { status, headers: headers(members)?, body: body(members)?.unwrap_or_default() })
}

/// The members of `{ "request", "response"? }`, or of a request alone, that are not known and were passed over: a sentence
/// each.
pub fn unknown_members(value: &Value) -> Vec<String> {
    let whole = Some(value).filter(|value| value.get("method").is_none() && value.get("request").is_some());
    let request = whole.map_or(Some(value), |whole| whole.get("request"));
    let client = request.and_then(|request| request.get("client"));
    let mut notes = Vec::new();
    for (of, part, known) in [
        ("the document", whole, ["request", "response"].as_slice()),
        ("`request`", request, &["method", "url", "headers", "body", "client"]),
        ("`request.client`", client, &["sourceIp", "vpcId", "securityGroups", "elapsedMs", "tlsClientCertificate"]),
        ("`response`", whole.and_then(|whole| whole.get("response")), &["status", "headers", "body"]),
    ] {
        for name in part.and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            if !known.contains(&name.as_str()) {
                let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                notes.push(format!("`{name}` of {of} is not known, and was passed over: it has {}", known.join(", ")));
            }
        }
    }
    notes
}

/// Text to a JSON value.
pub(super) fn parse(text: &str) -> Result<Value, JsonError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| JsonError::NotJson(error.to_string()))
}

/// A member that is there and not `null`.
fn given<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

fn required<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, JsonError> {
    let value = given(members, name).ok_or_else(|| JsonError::Missing(name.to_owned()))?;
    value.as_str().ok_or_else(|| kind(name, "a text", value))
}

fn headers(members: &Map<String, Value>) -> Result<Headers, JsonError> {
    let Some(value) = given(members, "headers") else { return Ok(Headers::default()) };
    let mut headers = Headers::default();
    for (name, value) in object(value, "headers")? {
        let values = match value {
            Value::Array(values) => values.iter().collect(),
            Value::Null => Vec::new(),
            value => vec![value],
        };
        for value in values {
            let text = scalar(value).ok_or_else(|| {
                let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                kind(&format!("headers.{name}"), "a text or a list of texts", value)
            })?;
            headers.0.push((name.clone(), text));
        }
    }
    Ok(headers)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A body is a text. One that is given as JSON itself is written as text, as whoever wrote it meant it.
fn body(members: &Map<String, Value>) -> Result<Option<String>, JsonError> {
    let Some(value) = given(members, "body") else { return Ok(None) };
    Ok(Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
}

fn client(members: &Map<String, Value>) -> Result<Client, JsonError> {
    let Some(value) = given(members, "client") else { return Ok(Client::default()) };
    let members = object(value, "client")?;
    let text = |name: &str| {
        let text = |value: &Value| {
            value.as_str().map(str::to_owned).ok_or_else(|| kind(&format!("client.{name}"), "a text", value))
        };
        given(members, name).map(text).transpose()
    };
    let address = |text: String| {
        text.trim().parse().map_err(|_| JsonError::Kind {
            member: "client.sourceIp".to_owned(),
            expected: "an IP address",
            found: "another text",
        })
    };
    let elapsed = |value: &Value| {
        // Clients measure with fractions of a millisecond, which decide nothing.
        let number = value.as_f64().filter(|number| (0.0..1e15).contains(number));
        number
            .map(|number| number.round() as u64)
            .ok_or_else(|| kind("client.elapsedMs", "a number of milliseconds from 0", value))
    };
    let groups = match given(members, "securityGroups") {
        None => Vec::new(),
        Some(value) => {
            let list =
                value.as_array().and_then(|list| list.iter().map(|group| group.as_str().map(str::to_owned)).collect());
            list.ok_or_else(|| kind("client.securityGroups", "a list of texts", value))?
        }
    };
    Ok(Client {
        source_ip: text("sourceIp")?.map(address).transpose()?,
        vpc_id: text("vpcId")?,
        security_groups: groups,
        elapsed_ms: given(members, "elapsedMs").map(elapsed).transpose()?,
        // `null` says that there is none; a certificate, its subject or `true`, that there is one.
        has_tls_certificate: members
            .get("tlsClientCertificate")
            .map(|value| !matches!(value, Value::Null | Value::Bool(false))),
        signs_with: None,
        signed_in_at: None,
    })
}

fn object<'a>(value: &'a Value, member: &str) -> Result<&'a Map<String, Value>, JsonError> {
    value.as_object().ok_or_else(|| kind(member, "an object", value))
}

fn kind(member: &str, expected: &'static str, found: &Value) -> JsonError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    JsonError::Kind { member: member.to_owned(), expected, found }
}

#[cfg(test)]
mod tests;
