//! The events that the dashboard is called with: requests of API Gateway, in both of its formats, and those of a custom
//! widget of CloudWatch's.
//!
//! Requests have `lambda_http`'s types. They are not made into requests by it: it panics at a query that is no URI's, at a
//! host that is none and at a body that is no base64, and it leaves out what stands before the path.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use engine::exchange::encoding::{base64_decoded, percent_encoded};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
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

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    ///
    /// [`UnknownEvent`], if it is of no kind that is known.
    pub(crate) fn read(mut event: Value) -> Result<Event, UnknownEvent> {
        if event.get("requestContext").is_some_and(|context| context.get("http").is_some()) {
            leave_out_odd_headers(&mut event);
            let request = ApiGatewayV2httpRequest::deserialize(event).map_err(|_| UnknownEvent)?;
            return Ok(Event::Http(Box::new(of_http_api(request))));
        }
        if event.get("httpMethod").is_some() {
            leave_out_odd_headers(&mut event);
            let request = ApiGatewayProxyRequest::deserialize(event).map_err(|_| UnknownEvent)?;
            return Ok(Event::Http(Box::new(of_rest_api(request))));
        }
        if event.get("describe") == Some(&Value::Bool(true)) {
            return Ok(Event::DescribeWidget);
        }
        if event.get("widgetContext").is_some() { Ok(Event::Widget) } else { Err(UnknownEvent) }
    }
}

/// Leaves out the headers that HTTP does not allow: with one of them, the whole event could not be read.
fn leave_out_odd_headers(event: &mut Value) {
    let is_value = |value: &Value| value.as_str().is_some_and(|value| HeaderValue::from_str(value).is_ok());
    for headers in ["headers", "multiValueHeaders"] {
        let Some(headers) = event.get_mut(headers).and_then(Value::as_object_mut) else { continue };
        headers.retain(|name, value| {
            let is_name = HeaderName::from_bytes(name.as_bytes()).is_ok();
            match value {
                Value::Array(values) => {
                    values.retain(is_value);
                    is_name
                }
                value => is_name && is_value(value),
            }
        });
    }
}

fn of_rest_api(event: ApiGatewayProxyRequest) -> Incoming {
    let context = event.request_context;
    let resource = context.resource_path.unwrap_or_default();
    let path = context.path.unwrap_or_default();
    let parameters = event.path_parameters;
    let (prefix, path) = split(&path, segments_of(&resource, &parameters));
    let query = event.multi_value_query_string_parameters;
    let mut query: Vec<(&str, &str)> = query.iter().collect();
    // In which order they were written is not told; values of one name keep theirs.
    query.sort_by_key(|(name, _)| *name);
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
    let body = decoded(event.body, event.is_base64_encoded);
    Incoming {
        request: request(event.http_method, &path, &query.join("&"), event.multi_value_headers, body),
        prefix,
        host: context.domain_name.unwrap_or_default(),
        arn: context.identity.user_arn,
        is_rest: true,
    }
}

fn of_http_api(event: ApiGatewayV2httpRequest) -> Incoming {
    let context = event.request_context;
    let host = context.domain_name.unwrap_or_default();
    let raw_path = event.raw_path.unwrap_or_default();
    let own = match event.route_key.as_deref().and_then(|key| key.split_once(' ')) {
        Some((_, template)) => segments_of(template, &event.path_parameters),
        // The route `$default` does not tell: behind the API's own name, the stage is all that stands before the path.
        None => {
            let is_own_name = host.contains(".execute-api.");
            let stage = format!("/{}", context.stage.unwrap_or_default());
            let rest = raw_path.strip_prefix(&stage).filter(|rest| rest.is_empty() || rest.starts_with('/'));
            segments(rest.filter(|_| is_own_name).unwrap_or(&raw_path)).count()
        }
    };
    let (prefix, path) = split(&raw_path, own);
    let mut headers = event.headers;
    let cookies = event.cookies.map(|cookies| HeaderValue::from_str(&cookies.join("; ")));
    if let Some(Ok(cookies)) = cookies {
        headers.insert(header::COOKIE, cookies);
    }
    let query = readable(&event.raw_query_string.unwrap_or_default());
    let body = decoded(event.body, event.is_base64_encoded);
    Incoming {
        request: request(context.http.method, &path, &query, headers, body),
        prefix,
        host,
        arn: context.authorizer.and_then(|authorizer| authorizer.iam?.user_arn),
        is_rest: false,
    }
}

fn segments(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// How many segments a route's template stands for: a greedy parameter, for those of its value.
fn segments_of(template: &str, parameters: &HashMap<String, String>) -> usize {
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

fn request(method: Method, path: &str, query: &str, headers: HeaderMap, body: Vec<u8>) -> Request<Body> {
    let uri = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    // What is no path has nothing at it.
    *request.uri_mut() = uri.parse().unwrap_or(Uri::from_static("/unreadable"));
    *request.headers_mut() = headers;
    request
}
