//! A deployed dashboard, on this machine: requests are signed and passed on, paths stay as they are.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use collect::{Forwarded, Forwarder};
use engine::exchange::url::{Url, is_dot_segment};
use http_body_util::{BodyExt, Limited};
use web::Problem;

use crate::args::ServeArgs;
use crate::error::Failure;
use crate::loopback::Loopback;
use crate::output;

/// The longest request that is passed on: Lambda takes no more.
const LONGEST: usize = 6 << 20;

/// What of a request's headers is passed on. Cookies, and where it comes from, concern this machine alone.
const PASSED_ON: [&str; 4] = ["accept", "content-type", "if-none-match", "x-csrf-token"];

/// What of an answer's headers is passed on. The others concern the connection, or API Gateway.
const PASSED_BACK: [&str; 9] = [
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "etag",
    "location",
    "vary",
    "x-amzn-errortype",
    "x-amzn-requestid",
];

/// A deployed dashboard.
struct Remote {
    forwarder: Forwarder,
    /// What stands before all of its paths: the stage, or nothing.
    prefix: String,
}

/// Passes requests on until Ctrl-C is pressed.
pub(super) async fn run(args: &ServeArgs, url: &str) -> Result<u8, Failure> {
    let help = "give the dashboard's URL, as the stack's outputs name it: https://…";
    let refused = |why: &str| Failure::new(format!("--remote: {why}")).help(help);
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let names_somebody = authority.is_some_and(|authority| authority.contains('@'));
    let has_fragment = url.contains('#');
    let url = Url::parse(url).map_err(|error| refused(&error.to_string()))?;
    // What is not passed on was meant for something.
    if names_somebody {
        return Err(refused("a name and a password are not passed on: requests are signed with the profile"));
    }
    if !url.query.is_empty() || has_fragment {
        return Err(refused("a query or a fragment is not passed on: the dashboard's URL ends with its path"));
    }
    if url.has_dot_segments() {
        return Err(refused("the path has a segment `.` or `..`"));
    }
    let is_own = ["127.0.0.1", "localhost"].contains(&url.host.as_str());
    if url.scheme != "https" && !is_own {
        return Err(refused("requests with your credentials in them go over TLS alone"));
    }
    let loopback = Loopback::listen(args.port).await?;
    let region = args.source.regions.first().cloned();
    let forwarder = Forwarder::connect(args.source.profile.clone(), region, &url).await?;
    let prefix = url.path.trim_end_matches('/').to_owned();
    output::put_text(&format!("{}{prefix}/\n", loopback.url()))?;
    let remote = Arc::new(Remote { forwarder, prefix });
    let router = Router::new().fallback(move |request: Request| {
        let remote = Arc::clone(&remote);
        async move { remote.answer(request).await.unwrap_or_else(|problem| web::to_problem(&problem)) }
    });
    loopback.serve(router).await?;
    Ok(0)
}

impl Remote {
    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        if ![Method::GET, Method::HEAD, Method::POST].contains(&parts.method) {
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD and POST alone are passed on"));
        }
        // There, nobody could tell any more which site a request came from.
        if parts.method == Method::POST {
            web::is_own_site(&parts.headers)?;
        }
        let path = parts.uri.path();
        if path == "/" && !self.prefix.is_empty() {
            let to = format!("{}/", self.prefix);
            return Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response());
        }
        let rest = path.strip_prefix(&self.prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        if rest.is_none() {
            let what = format!("the dashboard is at {}/", self.prefix);
            return Err(Problem::new(StatusCode::NOT_FOUND, what));
        }
        // Whoever resolves them on the way leads out of what stands before all paths.
        if path.split('/').any(is_dot_segment) {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "the path has a segment `.` or `..`"));
        }
        let body = Limited::new(body, LONGEST).collect().await;
        let body = body.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long"))?;
        let body = String::from_utf8(body.to_bytes().into());
        let body = body.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the request is not text in UTF-8"))?;
        let header = |name: &str| Some((name.to_owned(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
        let headers: Vec<(String, String)> = PASSED_ON.into_iter().filter_map(header).collect();
        let to = parts.uri.path_and_query().map_or(path, |path| path.as_str());
        let sent = self.forwarder.send(parts.method.as_str(), to, &headers, body).await;
        sent.map(passed_back).map_err(|why| {
            Problem::new(StatusCode::BAD_GATEWAY, format!("the dashboard cannot be reached: {why}"))
                .help("check the URL of --remote, the network and the profile")
        })
    }
}

fn passed_back(forwarded: Forwarded) -> Response {
    let mut response = Response::new(Body::from(forwarded.body));
    *response.status_mut() = StatusCode::from_u16(forwarded.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in forwarded.headers {
        if let (true, Ok(name), Ok(value)) =
            (PASSED_BACK.contains(&name.as_str()), HeaderName::try_from(&name), HeaderValue::from_str(&value))
        {
            response.headers_mut().insert(name, value);
        }
    }
    web::secured(response)
}
