//! The events that the dashboard is called with: requests of API Gateway, in both of its formats, and those of a custom
//! widget of CloudWatch's.
//!
//! Requests are read with own structs, of the members alone that are used (docs.aws.amazon.com/apigateway/latest/
//! developerguide: `set-up-lambda-proxy-integrations` for REST APIs, `http-api-develop-integrations-lambda` for HTTP APIs).

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use engine::exchange::encoding::{base64_decoded, percent_encoded};
use serde::Deserialize;
use serde_json::Value;
use web::Caller;

/// An event.
#[derive(Debug)]
pub(crate) enum Event {
    /// A request.
    Http(Box<Incoming>),
    /// The widget is to be drawn.
    Widget,
    /// The widget is to be described.
    DescribeWidget,
}

/// A request, and what API Gateway says of it.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) request: Request<Body>,
    /// What stands before every path outside: the stage, the base path of a custom domain name, or both.
    pub(crate) prefix: String,
    /// The host's name, as API Gateway knows it.
    pub(crate) host: String,
    /// The ARN of the caller, where API Gateway checked a signature.
    pub(crate) arn: Option<String>,
    /// Whether the answer has to be in the format of a REST API.
    pub(crate) is_rest: bool,
}

/// An event that makes no sense. What it holds is not repeated: it may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown event: it is neither a request of API Gateway's nor one of a custom widget of CloudWatch's")]
pub struct UnknownEvent;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    http_method: String,
    #[serde(default)]
    resource: String,
    path_parameters: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RestContext {
    path: String,
    #[serde(default)]
    domain_name: Option<String>,
    identity: Option<RestIdentity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RestIdentity {
    user_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    #[serde(default)]
    route_key: String,
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    path_parameters: Option<BTreeMap<String, String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: HttpContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpContext {
    #[serde(default)]
    domain_name: Option<String>,
    #[serde(default)]
    stage: String,
    http: HttpRequest,
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
struct HttpRequest {
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    iam: Option<Iam>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    user_arn: Option<String>,
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`], if it is of no kind that is known.
    pub(crate) fn read(event: Value) -> Result<Event, UnknownEvent> {
        if event.get("requestContext").is_some_and(|context| context.get("http").is_some()) {
            let http = Http::deserialize(event).map_err(|_| UnknownEvent)?;
            return http.incoming().map(|incoming| Event::Http(Box::new(incoming)));
        }
        if event.get("httpMethod").is_some() {
            let rest = Rest::deserialize(event).map_err(|_| UnknownEvent)?;
            return rest.incoming().map(|incoming| Event::Http(Box::new(incoming)));
        }
        if event.get("describe") == Some(&Value::Bool(true)) {
            return Ok(Event::DescribeWidget);
        }
        if event.get("widgetContext").is_some() { Ok(Event::Widget) } else { Err(UnknownEvent) }
    }
}

impl Rest {
    fn incoming(self) -> Result<Incoming, UnknownEvent> {
        let parameters = self.path_parameters.unwrap_or_default();
        let (prefix, path) = split(&self.request_context.path, segments_of(&self.resource, &parameters));
        let query = self.multi_value_query_string_parameters.unwrap_or_default();
        let query = query.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let query: Vec<String> =
            query.map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value))).collect();
        let headers = self.multi_value_headers.unwrap_or_default();
        let headers =
            headers.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
        let body = decoded(self.body, self.is_base64_encoded);
        let request = request(&self.http_method, &path, &query.join("&"), headers, body)?;
        let arn = self.request_context.identity.and_then(|identity| identity.user_arn);
        let host = self.request_context.domain_name.unwrap_or_default();
        Ok(Incoming { request, prefix, host, arn, is_rest: true })
    }
}

impl Http {
    fn incoming(self) -> Result<Incoming, UnknownEvent> {
        let host = self.request_context.domain_name.unwrap_or_default();
        let parameters = self.path_parameters.unwrap_or_default();
        let own = match self.route_key.split_once(' ') {
            Some((_, template)) => segments_of(template, &parameters),
            // The route `$default` does not tell: behind the API's own name, the stage is all that stands before the path.
            None => {
                let is_own_name = host.contains(".execute-api.");
                let stage = format!("/{}", self.request_context.stage);
                let rest = self.raw_path.strip_prefix(&stage).filter(|rest| rest.is_empty() || rest.starts_with('/'));
                segments(rest.filter(|_| is_own_name).unwrap_or(&self.raw_path)).count()
            }
        };
        let (prefix, path) = split(&self.raw_path, own);
        let cookies = (!self.cookies.is_empty()).then(|| ("cookie".to_owned(), self.cookies.join("; ")));
        let headers = self.headers.into_iter().chain(cookies);
        let body = decoded(self.body, self.is_base64_encoded);
        let request =
            request(&self.request_context.http.method, &path, &readable(&self.raw_query_string), headers, body)?;
        let arn = self.request_context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn);
        Ok(Incoming { request, prefix, host, arn, is_rest: false })
    }
}

fn segments(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// How many segments a route's template stands for: a greedy parameter, for those of its value.
fn segments_of(template: &str, parameters: &BTreeMap<String, String>) -> usize {
    let of = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix("+}")) {
        Some(name) => parameters.get(name).map_or(0, |value| segments(value).count()),
        None => 1,
    };
    segments(template).map(of).sum()
}

/// A path as the caller wrote it, in what stands before the API's own paths and its own last segments. The whole path alone
/// tells the former: it is the stage, what a custom domain name maps, or both.
fn split(path: &str, own: usize) -> (String, String) {
    let all: Vec<&str> = segments(path).collect();
    let (before, after) = all.split_at(all.len().saturating_sub(own));
    let joined = |segments: &[&str]| segments.iter().map(|segment| format!("/{segment}")).collect::<String>();
    let prefix = joined(before);
    let own: String = after.iter().map(|segment| format!("/{}", plain(segment))).collect();
    let prefix = if Caller::is_prefix(&prefix) { prefix } else { String::new() };
    (prefix, if own.is_empty() { "/".to_owned() } else { own })
}

/// A segment in which nothing stands that a URL's path may not hold.
fn plain(segment: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    if segment.bytes().all(is_plain) { segment.to_owned() } else { percent_encoded(segment) }
}

/// A query in which nothing stands that a URL's query may not hold.
fn readable(query: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%+&=:,/?@!$'()*;".contains(&byte);
    let byte = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    query.bytes().map(byte).collect()
}

fn decoded(body: Option<String>, is_base64: bool) -> Vec<u8> {
    let body = body.unwrap_or_default();
    if is_base64 { base64_decoded(&body).unwrap_or_default() } else { body.into_bytes() }
}

fn request(
    method: &str,
    path: &str,
    query: &str,
    headers: impl Iterator<Item = (String, String)>,
    body: Vec<u8>,
) -> Result<Request<Body>, UnknownEvent> {
    let uri = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| UnknownEvent)?;
    // What is no path has nothing at it.
    *request.uri_mut() = uri.parse().unwrap_or(Uri::from_static("/unreadable"));
    for (name, value) in headers {
        // What HTTP does not allow, API Gateway does not pass on.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            request.headers_mut().append(name, value);
        }
    }
    Ok(request)
}
