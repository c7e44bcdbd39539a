//! What a response says: who made it, and which of the gateway's answers it is.

use serde_json::Value;

use super::proxy;
use crate::exchange::Response;
use crate::exchange::host::Host;

/// Who made a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// A REST or WebSocket API itself: it names the type of its errors.
    RestApi,
    /// An HTTP API, or what is behind it: the two cannot be told apart by headers, and the body is one that the API may have.
    HttpApi,
    /// What is behind a REST API, or behind an HTTP API whose own errors have another body.
    Backend,
    /// A Lambda function URL.
    FunctionUrl,
    /// CloudFront.
    CloudFront,
    /// S3.
    S3,
    /// Cognito's endpoints for OAuth.
    Cognito,
    /// Another service of AWS.
    Service,
    /// A proxy on the way, with a page of its own.
    Proxy,
    /// Nobody: there was no HTTP answer.
    Nobody,
    /// The headers do not tell.
    Unknown,
}

/// Which answer it is, by status, error type and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// 403 `Missing Authentication Token`.
    MissingAuthenticationToken,
    /// 403 `Forbidden`.
    Forbidden,
    /// 403 `Invalid key=value pair (missing equal-sign) …`, `Authorization header requires …`.
    IncompleteSignature,
    /// 403 `The request signature we calculated …`, `Signature expired …`, `Credential should be scoped …`.
    InvalidSignature,
    /// 403 `The security token included in the request is invalid.`
    UnrecognizedClient,
    /// 403 `The security token included in the request is expired`.
    ExpiredToken,
    /// 403 `User: … is not authorized to perform …`, `User is not authorized to access this resource`.
    AccessDenied,
    /// 401 `Unauthorized`.
    Unauthorized,
    /// 401 `The incoming token has expired`.
    TokenExpired,
    /// 404 `No method found matching route …`.
    NoMethodFound,
    /// 404 `Not Found`, as HTTP APIs say it.
    NotFound,
    /// 400 `Missing required request parameters: […]`.
    MissingParameters,
    /// 400 `Invalid request body`.
    InvalidBody,
    /// Any other 400.
    BadRequest,
    /// 405.
    MethodNotAllowed,
    /// 413.
    TooLarge,
    /// 414 or 431.
    UriTooLong,
    /// 415.
    UnsupportedMediaType,
    /// 429 `Limit Exceeded`.
    QuotaExceeded,
    /// Any other 429.
    Throttled,
    /// 500 `{"message":null}`.
    AuthorizerConfiguration,
    /// Any other 500.
    Internal,
    /// 502.
    BadGateway,
    /// 503.
    Unavailable,
    /// 504 `Network error communicating with endpoint`.
    NetworkError,
    /// Any other 504.
    Timeout,
    /// 2xx; and 101, with which a WebSocket connection begins.
    Success,
    /// 3xx.
    Redirect,
    /// No HTTP answer.
    NoAnswer,
    /// Anything else.
    Other,
}

impl Signal {
    /// The status of the gateway's answers that their words alone tell apart; `None` for those that the status tells.
    pub fn status(self) -> Option<u16> {
        match self {
            Signal::MissingAuthenticationToken
            | Signal::Forbidden
            | Signal::IncompleteSignature
            | Signal::InvalidSignature
            | Signal::UnrecognizedClient
            | Signal::ExpiredToken
            | Signal::AccessDenied => Some(403),
            Signal::NoMethodFound | Signal::NotFound => Some(404),
            _ => None,
        }
    }
}

/// The text of a JSON error: `message` or `Message`, or nothing where it is `null` or missing.
pub fn message(response: &Response) -> Option<String> {
    let body = response.json()?;
    let message = ["message", "Message"].iter().find_map(|name| body.get(name))?;
    message.as_str().map(str::to_owned)
}

/// `MissingAuthenticationTokenException` of the header `x-amzn-ErrorType`, without the URL that may follow it.
pub fn error_type(response: &Response) -> Option<&str> {
    response.headers.get("x-amzn-errortype").map(|value| value.split([':', '#']).next().unwrap_or(value).trim())
}

/// Who made a response.
pub fn answerer(response: &Response, host: &Host) -> Answerer {
    let has = |name| response.headers.has(name);
    if response.status == 0 {
        return Answerer::Nobody;
    }
    if response.headers.0.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amzn-remapped-")) {
        return Answerer::Backend;
    }
    if has("apigw-requestid") {
        return if is_own_error(response) { Answerer::HttpApi } else { Answerer::Backend };
    }
    if has("x-amz-apigw-id") {
        return if error_type(response).is_some() { Answerer::RestApi } else { Answerer::Backend };
    }
    if response.body.contains("The request could not be satisfied") {
        return Answerer::CloudFront;
    }
    match host {
        Host::LambdaUrl { .. } => Answerer::FunctionUrl,
        Host::Cognito { .. } => Answerer::Cognito,
        Host::S3 { .. } => Answerer::S3,
        Host::AwsService { .. } | Host::AppSync => Answerer::Service,
        _ if has("x-amz-id-2") => Answerer::S3,
        _ if proxy::made(response) => Answerer::Proxy,
        // The fixed texts of the gateway stay its own where a client kept no headers.
        _ => Answerer::Unknown,
    }
}

/// Whether a REST API handed an answer out, and nothing in its headers tells whether it is its own: `x-amzn-ErrorType` would.
pub fn is_unmarked(response: &Response) -> bool {
    let is_remapped = |name: &str| name.to_ascii_lowercase().starts_with("x-amzn-remapped-");
    response.headers.has("x-amz-apigw-id")
        && error_type(response).is_none()
        && !response.headers.0.iter().any(|(name, _)| is_remapped(name))
}

/// Whether an HTTP API itself may have given an answer: its errors are `{"message": …}` and nothing else, which cannot be
/// customised, and its answers to preflights have no body. Of the sizes that it refuses the text is not documented.
fn is_own_error(response: &Response) -> bool {
    let is_message = |body: &Value| {
        body.as_object().is_some_and(|own| own.len() == 1 && own.get("message").is_some_and(|text| !text.is_object()))
    };
    let is_documented = response.status >= 401 && ![413, 414, 431].contains(&response.status);
    !is_documented || response.body.trim().is_empty() || response.json().as_ref().is_some_and(is_message)
}

/// Which answer it is.
pub fn signal(response: &Response) -> Signal {
    let kind = error_type(response).unwrap_or_default();
    let text = message(response).unwrap_or_else(|| response.body.clone());
    let says = |part: &str| text.contains(part);
    match response.status {
        0 => Signal::NoAnswer,
        101 | 200..=299 => Signal::Success,
        300..=399 => Signal::Redirect,
        _ if kind == "MissingAuthenticationTokenException" || says("Missing Authentication Token") => {
            Signal::MissingAuthenticationToken
        }
        _ if kind == "IncompleteSignatureException"
            || says("missing equal-sign")
            || says("Authorization header requires") =>
        {
            Signal::IncompleteSignature
        }
        _ if kind == "InvalidSignatureException" || INVALID_SIGNATURE.iter().any(|part| says(part)) => {
            Signal::InvalidSignature
        }
        _ if kind == "UnrecognizedClientException" || says("security token included in the request is invalid") => {
            Signal::UnrecognizedClient
        }
        _ if kind == "ExpiredTokenException" || says("security token included in the request is expired") => {
            Signal::ExpiredToken
        }
        _ if says("No method found matching route") => Signal::NoMethodFound,
        // The type stays the same where the API's own gateway responses change the status.
        _ if kind == "AccessDeniedException" => Signal::AccessDenied,
        _ if kind == "ForbiddenException" => Signal::Forbidden,
        _ if kind == "LimitExceededException" => Signal::QuotaExceeded,
        _ if kind == "TooManyRequestsException" => Signal::Throttled,
        400 if says("Missing required request parameters") => Signal::MissingParameters,
        400 if says("Invalid request body") => Signal::InvalidBody,
        400 => Signal::BadRequest,
        401 if says("incoming token has expired") => Signal::TokenExpired,
        401 => Signal::Unauthorized,
        403 if says("not authorized") => Signal::AccessDenied,
        403 if text.trim() == "Forbidden" => Signal::Forbidden,
        404 if text.trim() == "Not Found" => Signal::NotFound,
        405 => Signal::MethodNotAllowed,
        413 => Signal::TooLarge,
        414 | 431 => Signal::UriTooLong,
        415 => Signal::UnsupportedMediaType,
        429 if says("Limit Exceeded") => Signal::QuotaExceeded,
        429 => Signal::Throttled,
        500 if response.json().is_some_and(|body| body.get("message") == Some(&Value::Null)) => {
            Signal::AuthorizerConfiguration
        }
        500 => Signal::Internal,
        502 => Signal::BadGateway,
        503 => Signal::Unavailable,
        504 if says("Network error communicating with endpoint") => Signal::NetworkError,
        504 => Signal::Timeout,
        _ => Signal::Other,
    }
}

const INVALID_SIGNATURE: [&str; 5] = [
    "request signature we calculated",
    "Signature expired",
    "Signature not yet current",
    "Credential should be scoped",
    "Date in Credential scope",
];

/// The signals that a gateway response type stands for.
pub fn of_response_type(name: &str) -> &'static [Signal] {
    match name {
        "ACCESS_DENIED" => &[Signal::AccessDenied],
        "API_CONFIGURATION_ERROR" => &[Signal::Internal],
        "AUTHORIZER_CONFIGURATION_ERROR" | "AUTHORIZER_FAILURE" => &[Signal::AuthorizerConfiguration],
        "BAD_REQUEST_BODY" => &[Signal::InvalidBody],
        "BAD_REQUEST_PARAMETERS" => &[Signal::MissingParameters],
        "EXPIRED_TOKEN" => &[Signal::ExpiredToken],
        "INTEGRATION_FAILURE" => &[Signal::Internal, Signal::BadGateway, Signal::NetworkError],
        "INTEGRATION_TIMEOUT" => &[Signal::Timeout],
        "INVALID_API_KEY" | "WAF_FILTERED" => &[Signal::Forbidden],
        "INVALID_SIGNATURE" => &[Signal::InvalidSignature],
        "MISSING_AUTHENTICATION_TOKEN" => &[Signal::MissingAuthenticationToken],
        "QUOTA_EXCEEDED" => &[Signal::QuotaExceeded],
        "REQUEST_TOO_LARGE" => &[Signal::TooLarge],
        "RESOURCE_NOT_FOUND" => &[Signal::NotFound],
        "THROTTLED" => &[Signal::Throttled],
        "UNAUTHORIZED" => &[Signal::Unauthorized, Signal::TokenExpired],
        "UNSUPPORTED_MEDIA_TYPE" => &[Signal::UnsupportedMediaType],
        _ => &[],
    }
}
