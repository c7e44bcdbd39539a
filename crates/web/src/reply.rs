//! What is answered: a body with its headers, those that keep browsers out of trouble among them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use engine::exchange::encoding::base64_encoded;
use maud::Markup;
use ring::digest;
use serde::Serialize;

use crate::accept;
use crate::operation::{HTML, JSON};
use crate::problem::Problem;

/// An answer, before it becomes one of HTTP's.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) media_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) kept: Kept,
    /// Further headers.
    pub(crate) headers: Vec<(HeaderName, String)>,
}

/// What browsers and caches may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing.
    Never,
    /// The browser alone, and asks each time whether it is still so.
    Asking,
    /// Anybody, for some minutes.
    Minutes,
}

/// No scripts, no frames, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

impl Reply {
    /// A value as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Reply, Problem> {
        let unwritable = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot be written: {error}"));
        let body = serde_json::to_vec(value).map_err(unwritable)?;
        Ok(Reply { media_type: JSON, body, ..Reply::empty(StatusCode::OK) })
    }

    /// A page.
    pub(crate) fn page(markup: Markup) -> Reply {
        Reply { media_type: HTML, body: markup.into_string().into_bytes(), ..Reply::empty(StatusCode::OK) }
    }

    /// Nothing but a status.
    pub(crate) fn empty(status: StatusCode) -> Reply {
        Reply { status, media_type: JSON, body: Vec::new(), kept: Kept::Asking, headers: Vec::new() }
    }

    /// Leads a browser to another page.
    pub(crate) fn see_other(to: String) -> Reply {
        let headers = vec![(header::LOCATION, to)];
        Reply { headers, kept: Kept::Never, ..Reply::empty(StatusCode::SEE_OTHER) }
    }

    /// A problem, as JSON or as a page.
    pub(crate) fn problem(problem: &Problem, page: Option<Markup>) -> Reply {
        let headers = problem.allowed().map(|methods| (header::ALLOW, methods.to_owned())).into_iter().collect();
        let (media_type, body) = match page {
            Some(page) => (HTML, page.into_string()),
            None => ("application/problem+json", problem.json().to_string()),
        };
        Reply { status: problem.status(), media_type, body: body.into_bytes(), kept: Kept::Never, headers }
    }

    /// The same, of which nothing may be kept.
    pub(crate) fn unkept(self) -> Reply {
        Reply { kept: Kept::Never, ..self }
    }

    /// The answer to a request with this method and these headers.
    pub(crate) fn respond(self, method: &Method, asked: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let length = self.body.len();
        let tag = (self.status == StatusCode::OK && self.kept != Kept::Never).then(|| entity_tag(&self.body));
        let is_known = tag.as_deref().is_some_and(|tag| accept::holds(asked, tag));
        *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { self.status };
        let headers = response.headers_mut();
        let kept = match self.kept {
            Kept::Never => "no-store",
            Kept::Asking => "private, no-cache",
            Kept::Minutes => "public, max-age=300",
        };
        let mut put = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        put(header::CACHE_CONTROL, kept);
        put(header::VARY, "Accept");
        if let Some(tag) = &tag {
            put(header::ETAG, tag);
        }
        for (name, value) in self.headers {
            put(name, &value);
        }
        if !is_known && length > 0 {
            let charset = if self.media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
            put(header::CONTENT_TYPE, &format!("{}{charset}", self.media_type));
            put(header::CONTENT_LENGTH, &length.to_string());
            if *method != Method::HEAD {
                *response.body_mut() = Body::from(self.body);
            }
        }
        secured(response)
    }
}

/// A strong entity tag: the same bytes, and no others, have the same.
fn entity_tag(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, body);
    format!("\"{}\"", base64_encoded(hash.as_ref()).trim_end_matches('='))
}

/// A problem by itself, for what stands around the router.
pub fn to_problem(problem: &Problem) -> Response {
    Reply::problem(problem, None).respond(&Method::GET, &HeaderMap::new())
}

/// A page by itself, for what stands around the router: signing in.
pub fn to_page(status: StatusCode, markup: Markup) -> Response {
    Reply { status, ..Reply::page(markup) }.unkept().respond(&Method::GET, &HeaderMap::new())
}

/// An answer with the headers that every answer has.
pub fn secured(mut response: Response) -> Response {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
