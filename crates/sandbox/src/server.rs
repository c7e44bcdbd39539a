//! The HTTP server: one request in, the recorded answer out.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use engine::observed::NOT_RECORDED;
use engine::quota::{self, Bucket};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::answer::{Answer, answer};
use crate::cbor;
use crate::fault::{Fault, Kind};
use crate::recording::{Held, Recording};
use crate::service::{self, Operation, Protocol, Scope, Service};
use crate::xml::escape;

/// How a sandbox behaves.
#[derive(Debug, Default)]
pub struct Options {
    /// The port to listen on; 0 for any that is free.
    pub port: u16,
    /// Whether AWS's rate limits are in force.
    pub quota: bool,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// A recorded account that is being served. It stops when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<State>,
    accept: JoinHandle<()>,
}

/// What was asked of a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How often each operation was called, by `service.operation`.
    pub operations: BTreeMap<String, usize>,
    /// How often each path was asked for, by signing name and path.
    pub paths: BTreeMap<(String, String), usize>,
    /// How many calls were refused because a rate limit was exceeded.
    pub throttled: usize,
}

impl Calls {
    /// How many calls of a service were answered or refused.
    pub fn of(&self, service: &str) -> usize {
        let own = self.operations.iter().filter(|(name, _)| name.split_once('.').is_some_and(|(s, _)| s == service));
        own.map(|(_, count)| count).sum()
    }
}

struct State {
    recording: Recording,
    options: Options,
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    calls: Calls,
    /// By region: all calls of API Gateway, and what has a limit of its own besides, by its name.
    buckets: BTreeMap<(String, &'static str), Bucket>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Serves a recording on 127.0.0.1.
    ///
    /// # Errors
    ///
    /// The port cannot be listened on.
    pub async fn start(recording: Recording, options: Options) -> io::Result<Sandbox> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { recording, options, started: Instant::now(), inner: Mutex::default() });
        let accept = tokio::spawn(accept(listener, Arc::clone(&state)));
        Ok(Sandbox { address, state, accept })
    }

    /// The URL to give to an SDK as its endpoint, for every service.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub fn calls(&self) -> Calls {
        self.state.lock().calls.clone()
    }

    /// Serves until the listener fails, which it does not while the process lives.
    pub async fn join(mut self) {
        // The task is only ever cancelled by `drop`.
        let _ = (&mut self.accept).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves counters behind that are as good as any.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether AWS's rate limits let a call through.
    fn allows(&self, region: &str, service: &Service, operation: &Operation) -> bool {
        let now = self.started.elapsed();
        let limits = match (service.signing_name, operation.name) {
            ("apigateway", "get_resources") => vec![("get_resources", quota::GET_RESOURCES), ("*", quota::API_GATEWAY)],
            ("apigateway", _) => vec![("*", quota::API_GATEWAY)],
            ("logs", "filter_log_events") => vec![("filter_log_events", quota::filter_log_events(region))],
            ("logs", name) => vec![(name, quota::LOGS)],
            _ => return true,
        };
        let mut inner = self.lock();
        let allowed = limits.into_iter().all(|(name, rate)| {
            inner.buckets.entry((region.to_owned(), name)).or_insert_with(|| Bucket::new(rate, now)).take(now)
        });
        if !allowed {
            inner.calls.throttled += 1;
        }
        allowed
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    loop {
        // A connection that breaks before it is accepted is the client's affair.
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(serve(stream, Arc::clone(&state)));
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    // Small answers must not wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(move |request| handle(request, Arc::clone(&state)));
    // A connection that breaks, by the client or by a fault, concerns nobody else.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), handler).await;
}

/// The error with which a handler breaks its connection.
#[derive(Debug)]
struct CutOff;

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection cut by a fault")
    }
}

impl std::error::Error for CutOff {}

async fn handle(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Reply>, CutOff> {
    let (head, body) = request.into_parts();
    let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if path_and_query == "/_sandbox/calls" {
        return Ok(report(&state.lock().calls));
    }
    if let Some(host) = api_host(&head.headers, &state.recording) {
        *state.lock().calls.operations.entry("execute-api.request".to_owned()).or_default() += 1;
        return Ok(api_answer(&state.recording, &format!("{} https://{host}{path_and_query}", head.method)));
    }
    let Some(scope) = head.headers.get(AUTHORIZATION).and_then(|header| Scope::of(header.to_str().ok()?)) else {
        return Ok(plain_error(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ));
    };
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else { return Err(CutOff) };
    let path = path_and_query.split('?').next().unwrap_or_default().to_owned();
    *state.lock().calls.paths.entry((scope.service.clone(), path)).or_default() += 1;
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let found = service::find(&scope.service, head.method.as_str(), &path_and_query, &body, target);
    let Some((service, operation, arguments)) = found else {
        // What the sandbox does not know, no recording of its holds.
        if let Some(service) = service::reads_from(&scope.service, head.method.as_str(), head.uri.path()) {
            let asked = if target.is_empty() { head.uri.path() } else { target };
            let message = format!("not authorized, for the recording holds no answer of {} to {asked}", service.name);
            return Ok(error(spoken(service, target), service.denied(), &message));
        }
        let message = format!("the sandbox does not speak {} {} of {}", head.method, head.uri.path(), scope.service);
        return Ok(plain_error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message));
    };
    *state.lock().calls.operations.entry(format!("{}.{}", service.name, operation.name)).or_default() += 1;

    let protocol = spoken(service, target);
    let mut half = false;
    for fault in &state.options.faults {
        if !fault.strikes(service.name, operation.name) {
            continue;
        }
        match &fault.kind {
            Kind::Error(code) => return Ok(error(protocol, code, "injected fault")),
            Kind::Status(status) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return Ok(response(status, "text/plain", Bytes::new()));
            }
            Kind::Delay(delay) => tokio::time::sleep(*delay).await,
            Kind::Cut => return Err(CutOff),
            Kind::Half => half = true,
        }
    }
    if state.options.quota && !state.allows(&scope.region, service, operation) {
        let code = if service.name == "logs" { "ThrottlingException" } else { "TooManyRequestsException" };
        return Ok(error(protocol, code, "Too Many Requests"));
    }

    let anywhere = || state.recording.parts().first().filter(|_| service.is_global);
    let Some(part) = state.recording.region(&scope.region).or_else(anywhere) else {
        let regions = state.recording.regions().join(", ");
        let message = format!("not authorized, for the recording holds {regions} and nothing of {}", scope.region);
        return Ok(error(protocol, service.denied(), &message));
    };
    let reply = match answer(part, service, operation, &arguments) {
        Answer::Json(json) => written(protocol, operation, &json),
        Answer::Invoked { status, headers, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut reply = response(status, "application/json", body.into());
            let headers = headers.iter().filter_map(|(name, value)| Some((*name, HeaderValue::from_str(value).ok()?)));
            headers.for_each(|(name, value)| drop(reply.headers_mut().insert(name, value)));
            reply
        }
        // As API Gateway labels its exports.
        Answer::Document(document) => response(StatusCode::OK, "application/octet-stream", document.into()),
        Answer::Error { code, message } => error(protocol, &code, &message),
        Answer::NotHeld => {
            let message = format!("{NOT_RECORDED} {} of {}", operation.name, head.uri.path());
            error(protocol, service.denied(), &message)
        }
    };
    Ok(if half { reply.map(Reply::half) } else { reply })
}

/// The host of an API that a request goes to instead of the network: one of API Gateway's own, or one that the recording
/// holds answers of.
fn api_host<'a>(headers: &'a HeaderMap, recording: &Recording) -> Option<&'a str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    (host.contains(".execute-api.") || recording.has_api_host(host)).then_some(host)
}

/// What an API itself answers. Nothing that an API could say stands for what is not held: the status tells it apart.
fn api_answer(recording: &Recording, request: &str) -> Response<Reply> {
    let not_held = |code: &str, why: &str| plain_error(StatusCode::NOT_IMPLEMENTED, code, why);
    let answer = match recording.api_answer(request) {
        Some(Held::Answer(answer)) => answer,
        Some(Held::Error { code, message }) => return not_held(&code, &message),
        Some(Held::NotFound) | None => {
            return not_held("NotRecorded", &format!("the recording holds no answer to {request}"));
        }
    };
    let status = answer.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let body = match answer.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) => text.clone().into(),
        Some(json) => json.to_string().into(),
    };
    let mut reply = response(status, "application/json", body);
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        // How long the body is, and how it is sent, is this server's own affair.
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), value)
            && !["content-length", "transfer-encoding", "connection"].contains(&name.as_str())
        {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

/// The protocol in which a request is made, and answered.
fn spoken(service: &Service, target: &str) -> Protocol {
    match service.protocol {
        Protocol::Cbor(_) if !target.is_empty() => Protocol::Json,
        protocol => protocol,
    }
}

/// The status code that goes with an error.
fn status(code: &str) -> StatusCode {
    match code {
        "TooManyRequestsException" | "ThrottlingException" => StatusCode::TOO_MANY_REQUESTS,
        "NotFoundException" | "ResourceNotFoundException" => StatusCode::NOT_FOUND,
        "ConflictException" => StatusCode::CONFLICT,
        "ServiceUnavailableException" | "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "InternalFailure" | "InternalServerError" | "ServiceException" => StatusCode::INTERNAL_SERVER_ERROR,
        "NoSuchEntity" => StatusCode::NOT_FOUND,
        "UnauthorizedOperation" => StatusCode::FORBIDDEN,
        _ if code.starts_with("AccessDenied") || code.contains("Token") => StatusCode::FORBIDDEN,
        "UnrecognizedClientException" | "InvalidSignatureException" | "UnauthorizedException" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn error(protocol: Protocol, code: &str, message: &str) -> Response<Reply> {
    match protocol {
        Protocol::Rest(_) => plain_error(status(code), code, message),
        Protocol::Json => {
            let body = json!({ "__type": code, "message": message });
            response(status(code), "application/x-amz-json-1.1", body.to_string().into())
        }
        Protocol::Cbor(_) => cbor_response(status(code), &json!({ "__type": code, "message": message })),
        Protocol::Query(_) | Protocol::RestXml(..) => {
            let (code_text, message) = (escape(code), escape(message));
            let xml = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code_text}</Code><Message>{message}</Message></Error></ErrorResponse>"
            );
            response(status(code), "text/xml", xml.into())
        }
        Protocol::Ec2(_) => {
            let (code_text, message) = (escape(code), escape(message));
            let xml = format!(
                "<Response><Errors><Error><Code>{code_text}</Code><Message>{message}</Message></Error></Errors></Response>"
            );
            response(status(code), "text/xml", xml.into())
        }
    }
}

fn plain_error(status: StatusCode, code: &str, message: &str) -> Response<Reply> {
    let mut reply = response(status, "application/json", json!({ "message": message }).to_string().into());
    if let Ok(code) = HeaderValue::from_str(code) {
        reply.headers_mut().insert("x-amzn-errortype", code);
    }
    reply
}

/// An answer in the service's protocol.
fn written(protocol: Protocol, operation: &Operation, answer: &Value) -> Response<Reply> {
    let action = operation.path;
    let xml = match protocol {
        Protocol::Rest(_) => return response(StatusCode::OK, "application/json", answer.to_string().into()),
        Protocol::Json => return response(StatusCode::OK, "application/x-amz-json-1.1", answer.to_string().into()),
        Protocol::Cbor(_) => return cbor_response(StatusCode::OK, answer),
        Protocol::RestXml(_, xml) => xml.members(answer),
        Protocol::Query(xml) => {
            let result = xml.members(answer);
            format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
        }
        Protocol::Ec2(xml) => format!("<{action}Response>{}</{action}Response>", xml.members(answer)),
    };
    response(StatusCode::OK, "text/xml", xml.into())
}

/// An answer in Smithy's RPC v2 protocol, which a header names.
fn cbor_response(status: StatusCode, answer: &Value) -> Response<Reply> {
    let mut reply = response(status, "application/cbor", cbor::encode(answer, &["Timestamps"]).into());
    reply.headers_mut().insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    reply
}

fn report(calls: &Calls) -> Response<Reply> {
    let total: usize = calls.operations.values().sum();
    let body = json!({ "total": total, "throttled": calls.throttled, "operations": calls.operations });
    response(StatusCode::OK, "application/json", body.to_string().into())
}

fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Reply> {
    let mut response = Response::new(Reply { left: Some(body), breaks: false });
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A body in one piece, or the first half of one before the connection breaks.
struct Reply {
    left: Option<Bytes>,
    breaks: bool,
}

impl Reply {
    fn half(self) -> Reply {
        Reply { breaks: true, ..self }
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        match (self.left.take(), self.breaks) {
            (Some(body), false) => Poll::Ready(Some(Ok(Frame::data(body)))),
            (Some(body), true) => Poll::Ready(Some(Ok(Frame::data(body.slice(..body.len() / 2))))),
            (None, true) => Poll::Ready(Some(Err(CutOff))),
            (None, false) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.as_ref().map_or(0, |body| body.len() as u64))
    }
}
