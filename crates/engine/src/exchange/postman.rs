//! Postman's collections and requests (collection format v2.1, schema.postman.com).

use serde_json::Value;

use super::authorization::SigV4;
use super::body::Body;
use super::encoding::{base64_encoded, percent_encoded};
use super::entry::{self, EntryError};
use super::json::{self, JsonError};
use super::url::{Url, UrlError};
use super::{Client, Exchange, Headers, Reading, Request, is_read};
use crate::unknown;

/// How deep folders may lie in each other.
const DEEPEST: usize = 32;

/// Why a text is no collection, or none of its requests was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostmanError {
    /// It is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// No request was chosen.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The request's URL is none.
    #[error("request {number}: {error}")]
    Url {
        /// Its number, counted from 1.
        number: usize,
        /// What is wrong with it.
        error: UrlError,
    },
}

/// Reads a request of a collection: the one of this number, counted from 1 in the order of the file, or the only one.
///
/// # Errors
///
/// [`PostmanError`] says what is missing, and lists the requests where one has to be chosen.
pub fn read(text: &str, number: Option<usize>) -> Result<Reading, PostmanError> {
    document(&json::parse(text)?, number)
}

/// Whether a value is a collection, an item of one, or a request as an item holds it.
pub(super) fn is_postman(value: &Value) -> bool {
    let has = |path: &str| value.pointer(path).is_some();
    let is_object = |path: &str| value.pointer(path).is_some_and(Value::is_object);
    let has_answers = value.get("response").is_some_and(Value::is_array);
    has_answers
        || has("/item")
        || has("/request/header")
        || is_object("/request/url")
        || has("/header")
        || is_object("/url")
}

/// Reads a request of a collection, or one that stands alone.
pub(super) fn document(value: &Value, number: Option<usize>) -> Result<Reading, PostmanError> {
    let mut found = Vec::new();
    collect(value, value.get("auth"), 0, &mut found);
    if found.is_empty() && is_postman(value) && value.get("item").is_none() {
        found.push((value, None));
    }
    let variables = pairs(value.get("variable"));
    let read: Vec<Result<Reading, PostmanError>> = found
        .iter()
        .zip(1..)
        .map(|((request, auth), number)| self::request(request, *auth, &variables, number))
        .collect();
    let shown: Vec<_> = read.iter().map(|read| read.as_ref().ok().map(|read| (&read.exchange.request, None))).collect();
    let chosen = entry::choose(number, &shown)?;
    read.into_iter().nth(chosen - 1).unwrap_or(Err(EntryError::Empty.into()))
}

/// The requests of an item and of the items in it, each with the authorization that it has or inherits.
fn collect<'a>(
    item: &'a Value,
    inherited: Option<&'a Value>,
    depth: usize,
    found: &mut Vec<(&'a Value, Option<&'a Value>)>,
) {
    let auth = item.get("auth").filter(|auth| !auth.is_null()).or(inherited);
    if let Some(request) = item.get("request") {
        found.push((request, request.get("auth").filter(|auth| !auth.is_null()).or(auth)));
    }
    if depth < DEEPEST {
        for item in item.get("item").and_then(Value::as_array).into_iter().flatten() {
            collect(item, auth, depth + 1, found);
        }
    }
}

fn request(
    value: &Value,
    auth: Option<&Value>,
    variables: &[(String, String)],
    number: usize,
) -> Result<Reading, PostmanError> {
    let filled = |text: &str| fill(text, variables, &unknown::unknown);
    let mut url = self::url(value, variables).map_err(|error| PostmanError::Url { number, error })?;
    let mut headers: Vec<(String, String)> = match value.get("header") {
        Some(Value::String(lines)) => lines
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned()))
            .collect(),
        list => pairs(list),
    };
    for (_, value) in &mut headers {
        *value = filled(value);
    }
    let mut client = Client::default();
    let mut notes = Vec::new();
    authorize(
        value.get("auth").filter(|auth| !auth.is_null()).or(auth),
        variables,
        &mut headers,
        &mut url,
        &mut client,
        &mut notes,
    );
    let (body, has_all_variables) = body(value.get("body"), &filled, &mut headers, &mut notes);
    if !has_all_variables || headers.iter().any(|(_, value)| !is_read(value)) || !url.is_read() {
        notes.push(
            "the request has variables of an environment that is not in the file: their values were not read"
                .to_owned(),
        );
    }
    let method = value.get("method").and_then(Value::as_str).filter(|method| !method.is_empty()).unwrap_or("GET");
    let request = Request { method: method.to_owned(), url, headers: Headers(headers), body, client };
    Ok(Reading { exchange: Exchange { request, response: None }, notes })
}

/// The URL, which is a text or an object whose `raw` is one, with its variables filled in.
fn url(request: &Value, variables: &[(String, String)]) -> Result<Url, UrlError> {
    let url = request.get("url").unwrap_or(request);
    let raw = match url.as_str().or_else(|| url.get("raw").and_then(Value::as_str)) {
        Some(raw) => raw.to_owned(),
        None => joined(url),
    };
    let raw = fill(&raw, variables, &unknown::unknown);
    let (before, query) = raw.split_once('?').map_or((raw.as_str(), None), |(before, query)| (before, Some(query)));
    let mut path = before.to_owned();
    for (name, value) in pairs(url.get("variable")).into_iter().filter(|(_, value)| !value.is_empty()) {
        let segments = path
            .split('/')
            .map(|segment| if segment.strip_prefix(':') == Some(name.as_str()) { value.as_str() } else { segment });
        path = segments.collect::<Vec<_>>().join("/");
    }
    // Postman encodes what a URL cannot hold.
    let text = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")).trim().replace(' ', "%20");
    Url::parse(&text)
}

/// A URL of its parts, for want of a raw one.
fn joined(url: &Value) -> String {
    let part = |name: &str, mark: &str| match url.get(name) {
        Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(mark),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let query: Vec<String> =
        pairs(url.get("query")).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let scheme = url.get("protocol").and_then(Value::as_str).unwrap_or("https");
    let port = url.get("port").and_then(Value::as_str).map(|port| format!(":{port}")).unwrap_or_default();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{}{port}/{}{mark}{}", part("host", "."), part("path", "/"), query.join("&"))
}

/// The header, the parameter or the signature that Postman makes of an authorization (learning.postman.com, *Authorization
/// types*). A header that is there wins.
fn authorize(
    auth: Option<&Value>,
    variables: &[(String, String)],
    headers: &mut Vec<(String, String)>,
    url: &mut Url,
    client: &mut Client,
    notes: &mut Vec<String>,
) {
    let Some(kind) = auth.and_then(|auth| auth.get("type")).and_then(Value::as_str) else { return };
    let settings = pairs(auth.and_then(|auth| auth.get(kind)));
    let own = |name: &str| {
        let found =
            settings.iter().find(|(own, _)| own == name).map(|(_, value)| fill(value, variables, &unknown::unknown));
        found.filter(|value| !value.is_empty())
    };
    if kind != "apikey" && headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        return;
    }
    let mut header = |value: String| headers.push(("Authorization".to_owned(), value));
    match kind {
        "bearer" => header(format!("Bearer {}", own("token").unwrap_or_default())),
        "oauth2" => match own("accessToken") {
            Some(token) if own("addTokenTo").is_none_or(|place| place == "header") => {
                header(format!("{} {token}", own("headerPrefix").unwrap_or_else(|| "Bearer".to_owned()).trim()));
            }
            _ => notes.push("Postman fetches an OAuth token when it sends: none was read".to_owned()),
        },
        "basic" => {
            let pair = format!("{}:{}", own("username").unwrap_or_default(), own("password").unwrap_or_default());
            header(format!("Basic {}", base64_encoded(pair.as_bytes())));
        }
        "apikey" => {
            let (name, value) = (own("key").unwrap_or_default(), own("value").unwrap_or_default());
            if own("in").as_deref() == Some("query") {
                url.query.push((percent_encoded(&name), percent_encoded(&value)));
            } else {
                headers.push((name, value));
            }
        }
        "awsv4" => {
            client.signs_with = Some(SigV4 {
                access_key_id: own("accessKey"),
                region: Some(own("region").unwrap_or_else(|| "us-east-1".to_owned())),
                service: Some(own("service").unwrap_or_else(|| "execute-api".to_owned())),
                has_signature: true,
                has_session_token: own("sessionToken").is_some(),
                is_made_at_sending: true,
                ..SigV4::default()
            });
            notes.push("Postman makes the signature when it sends, so its moment is not known here".to_owned());
        }
        "noauth" => {}
        _ => notes.push(
            "the request's kind of authorization is not known here: what Postman sends for it was not read".to_owned(),
        ),
    }
}

/// The body, and whether the file has all variables that it holds; and the `Content-Type` that Postman sends with it.
fn body(
    body: Option<&Value>,
    filled: &dyn Fn(&str) -> String,
    headers: &mut Vec<(String, String)>,
    notes: &mut Vec<String>,
) -> (Body, bool) {
    let Some((body, mode)) = body.and_then(|body| Some((body, body.get("mode")?.as_str()?))) else {
        return (Body::Absent, true);
    };
    let mut has_all_variables = true;
    let mut filled = |text: &str| {
        let text = filled(text);
        has_all_variables &= is_read(&text);
        text
    };
    let (text, content_type) = match mode {
        "raw" => {
            let language = body.pointer("/options/raw/language").and_then(Value::as_str);
            let content_type = match language {
                Some("json") => Some("application/json"),
                Some("xml") => Some("application/xml"),
                Some("text") | None => Some("text/plain"),
                Some(_) => None,
            };
            (body.get("raw").and_then(Value::as_str).map(&mut filled), content_type)
        }
        "urlencoded" => {
            let pairs = pairs(body.get("urlencoded")).into_iter();
            let mut encoded = |text: &str| percent_encoded(&filled(text));
            let pairs: Vec<String> =
                pairs.map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value))).collect();
            (Some(pairs.join("&")), Some("application/x-www-form-urlencoded"))
        }
        "graphql" => (body.get("graphql").map(|query| filled(&query.to_string())), Some("application/json")),
        _ => {
            notes.push("the body lies in a file or a form, which was not read: it is unknown".to_owned());
            (None, (mode == "formdata").then_some("multipart/form-data"))
        }
    };
    let is_known = ["raw", "urlencoded", "graphql"].contains(&mode);
    let text = text.filter(|text| !text.is_empty());
    let has_own = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(content_type) = content_type.filter(|_| !has_own && (text.is_some() || mode == "formdata")) {
        headers.push(("Content-Type".to_owned(), content_type.to_owned()));
    }
    let body = match text {
        Some(text) if has_all_variables => Body::Text(text),
        None if is_known => Body::Absent,
        _ => Body::NotRead,
    };
    (body, has_all_variables)
}

/// The pairs of a list of `{ "key", "value", "disabled"? }`, without those that are switched off; of an object too, as
/// older collections have it.
fn pairs(list: Option<&Value>) -> Vec<(String, String)> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(value) => value.to_string(),
    };
    match list {
        Some(Value::Array(list)) => list
            .iter()
            .filter(|pair| pair.get("disabled").and_then(Value::as_bool) != Some(true))
            .filter_map(|pair| {
                Some((pair.get("key").or_else(|| pair.get("id"))?.as_str()?.to_owned(), text(pair.get("value"))))
            })
            .collect(),
        Some(Value::Object(members)) => members.iter().map(|(name, value)| (name.clone(), text(Some(value)))).collect(),
        _ => Vec::new(),
    }
}

/// A text with the collection's own variables filled in. What stands for others, `{{name}}`, is made of their own text.
fn fill(text: &str, variables: &[(String, String)], other: &dyn Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        match after.split_once("}}") {
            Some((name, after)) => {
                let own = variables.iter().find(|(own, value)| own == name.trim() && !value.is_empty());
                filled.push_str(&own.map_or_else(|| other(&format!("{{{{{name}}}}}")), |(_, value)| value.clone()));
                rest = after;
            }
            None => {
                filled.push_str("{{");
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests;
