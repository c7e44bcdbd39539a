//! The way that every answer takes, from the request to its last header.

mod ask;
mod kept;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use jiff::Timestamp;
use maud::Markup;

use crate::body::{self, Sent};
use crate::operation::{self, Act, Operation, Verb};
use crate::page::{self, Frame};
use crate::problem::Problem;
use crate::query::{self, Query};
use crate::reply::{Kept, Reply};
use crate::seal::Seal;
use crate::site::{Caller, Site};
use crate::{accept, csrf};

/// The router of a site. `seal` signs forms and lists; it has to be the same wherever the same store is shown.
///
/// Requests may carry a [`Caller`] as an extension.
pub fn router<S: Site>(site: Arc<S>, seal: Arc<Seal>) -> Router {
    let app = Arc::new(App { site, seal });
    let mut paths: BTreeMap<&'static str, Vec<&'static Operation>> = BTreeMap::new();
    for operation in operation::ALL {
        paths.entry(operation.path).or_default().push(operation);
    }
    let mut router = Router::new();
    for (path, operations) in paths {
        let app = Arc::clone(&app);
        let answer = move |ids: Ids, request: Request| {
            let (app, operations) = (Arc::clone(&app), operations.clone());
            async move { app.answer(&operations, &ids, request).await }
        };
        router = router.route(path, any(answer));
    }
    router.fallback(move |request: Request| {
        let app = Arc::clone(&app);
        async move {
            let (parts, _) = request.into_parts();
            let asked = Asked::of(&parts, &*app.site);
            let missing =
                Problem::missing("there is nothing at this path").help("GET /openapi.json tells what there is");
            app.problem(&asked, &missing).respond(&parts.method, &parts.headers)
        }
    })
}

/// The parameters of a path, decoded; an error, if they are no text.
type Ids = Result<RawPathParams, RawPathParamsRejection>;

/// What every answer is made with.
struct App<S> {
    site: Arc<S>,
    seal: Arc<Seal>,
}

/// What is known of a request before its body is read.
struct Asked {
    caller: Caller,
    wants_page: bool,
    now: Timestamp,
    /// The parameter of the path.
    id: String,
    query: Query,
    path: &'static str,
}

impl Asked {
    fn of<S: Site>(parts: &Parts, site: &S) -> Asked {
        Asked {
            caller: parts.extensions.get().cloned().unwrap_or_default(),
            wants_page: accept::wants_page(&parts.headers),
            now: site.now(),
            id: String::new(),
            query: Query::default(),
            path: "",
        }
    }
}

impl<S: Site> App<S> {
    async fn answer(&self, operations: &[&'static Operation], ids: &Ids, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let mut asked = Asked::of(&parts, &*self.site);
        let reply = match self.operate(operations, ids, &parts, body, &mut asked).await {
            Ok(reply) => reply,
            Err(problem) => self.problem(&asked, &problem),
        };
        reply.respond(&parts.method, &parts.headers)
    }

    async fn operate(
        &self,
        operations: &[&'static Operation],
        ids: &Ids,
        parts: &Parts,
        body: axum::body::Body,
        asked: &mut Asked,
    ) -> Result<Reply, Problem> {
        let operation = operation_of(operations, &parts.method)?;
        asked.path = operation.path;
        asked.wants_page &= operation.answer.has_page || operation.act.changes_something();
        asked.query = Query::read(operation, parts.uri.query().unwrap_or_default(), asked.now)?;
        let nothing = || Problem::missing("there is nothing of that id");
        if let Some((_, id)) = ids.as_ref().map_err(|_| nothing())?.iter().next() {
            if !query::is_id(id) {
                return Err(nothing());
            }
            id.clone_into(&mut asked.id);
        }
        let sent = match &operation.body {
            Some(expected) => {
                csrf::is_own_site(&parts.headers)?;
                body::read(expected, &parts.headers, body).await?
            }
            None => Sent::Nothing,
        };
        if sent.is_form() || (operation.act.changes_something() && csrf::is_of_a_browser(&parts.headers)) {
            let header = parts.headers.get(csrf::HEADER).and_then(|value| value.to_str().ok());
            let token = sent.field("csrf").or(header);
            csrf::check(&self.seal, asked.caller.person.as_deref(), asked.now, token)?;
        }
        self.act(operation, asked, &sent).await
    }

    async fn act(&self, operation: &Operation, asked: &Asked, sent: &Sent) -> Result<Reply, Problem> {
        match operation.act {
            Act::Regions => self.regions(asked).await,
            Act::Apis => self.apis(asked).await,
            Act::Api => self.api(asked).await,
            Act::Drift => self.drift(asked).await,
            Act::Findings => self.findings(asked).await,
            Act::Finding => self.finding(asked).await,
            Act::Errors => self.errors(asked).await,
            Act::Series => self.series(asked).await,
            Act::Ask => self.ask(asked).await,
            Act::Explain => self.explain(asked, sent).await,
            Act::Response => ask::response(asked, sent),
            Act::Audit => self.audit(asked, sent).await,
            Act::Health => self.health().await,
            Act::Document => Reply::json(&crate::openapi::document(&asked.caller.prefix)),
            Act::Style => {
                let body = page::STYLE.as_bytes().to_vec();
                Ok(Reply { media_type: "text/css", body, kept: Kept::Minutes, ..Reply::empty(StatusCode::OK) })
            }
        }
    }

    /// What all pages of one answer have in common.
    fn frame(&self, asked: &Asked) -> Frame {
        Frame {
            prefix: asked.caller.prefix.clone(),
            csrf: Some(csrf::token(&self.seal, asked.caller.person.as_deref(), asked.now)),
            person: asked.caller.person.clone(),
            can_sign_out: asked.caller.can_sign_out,
            can_audit: self.site.can_audit(),
            now: asked.now,
        }
    }

    /// The page, or JSON, as it is wanted.
    fn either(
        &self,
        asked: &Asked,
        json: impl FnOnce() -> Result<Reply, Problem>,
        page: impl FnOnce(&Frame) -> Markup,
    ) -> Result<Reply, Problem> {
        if asked.wants_page { Ok(Reply::page(page(&self.frame(asked)))) } else { json() }
    }

    fn problem(&self, asked: &Asked, problem: &Problem) -> Reply {
        let page = asked.wants_page.then(|| page::problem(&self.frame(asked), &problem.page()));
        Reply::problem(problem, page)
    }
}

/// The operation with a method.
fn operation_of(operations: &[&'static Operation], method: &Method) -> Result<&'static Operation, Problem> {
    let wanted = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let found = operations.iter().find(|operation| operation.method.name() == wanted).copied();
    found.ok_or_else(|| {
        let names = operations.iter().map(|operation| match operation.method {
            Verb::Get => "GET, HEAD",
            Verb::Post => "POST",
        });
        let names = names.collect::<Vec<_>>().join(", ");
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("this path takes {names}")).allow(names)
    })
}
