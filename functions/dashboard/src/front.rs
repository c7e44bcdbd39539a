//! Who may ask: signatures that API Gateway checked, or sessions and tokens that are checked here.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use collect::{Identity, Target};
use http_body_util::{BodyExt, Collected, Limited};
use jiff::Timestamp;
use lambda_http::Body;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse};
use lambda_http::tower::Service as _;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use web::{Caller, Problem, Seal};

use crate::event::Incoming;
use crate::issuer::{Issuer, IssuerError};
use crate::settings::{Authorization, Provider};
use crate::sign_in;

/// The router, and who stands before it.
pub(crate) struct Front {
    router: Router,
    seal: Arc<Seal>,
    gate: Gate,
}

enum Gate {
    Iam {
        is_tried: bool,
    },
    /// The provider is connected to when it is needed.
    Jwt(Box<(Provider, OnceCell<Issuer>)>),
}

/// The largest answer, before it is written as JSON: Lambda takes 6 MB.
const LARGEST: usize = 5 << 20;

/// The longest form of somebody who signs out.
const FORM: usize = 4096;

impl Front {
    pub(crate) fn new(router: Router, seal: Arc<Seal>, authorization: &Authorization) -> Front {
        let gate = match authorization {
            Authorization::Iam { is_tried } => Gate::Iam { is_tried: *is_tried },
            Authorization::Jwt(provider) => Gate::Jwt(Box::new((provider.clone(), OnceCell::new()))),
        };
        Front { router, seal, gate }
    }

    /// The answer to a request.
    pub(crate) async fn answer(&self, mut incoming: Incoming, now: Timestamp) -> Response {
        let who = match &self.gate {
            Gate::Iam { is_tried } => signer(&mut incoming, *is_tried),
            Gate::Jwt(known) => {
                let (provider, issuer) = &**known;
                let connect = async || Issuer::new(provider.clone(), connector(&provider.issuer).await);
                let issuer = issuer.get_or_init(connect).await;
                if sign_in::is_part(incoming.request.uri().path()) {
                    return sign_in::answer(issuer, &self.seal, &incoming, now).await;
                }
                identify(issuer, &self.seal, &incoming, now).await
            }
        };
        let who = match who {
            Ok(who) => who,
            Err(response) => return *response,
        };
        if who.has_session && incoming.request.uri().path() == "/sign-out" {
            return sign_out(&self.seal, &who, incoming, now).await;
        }
        let caller = Caller { prefix: incoming.prefix, person: who.person, can_sign_out: who.has_session };
        incoming.request.extensions_mut().insert(caller);
        match self.router.clone().call(incoming.request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Who asks.
#[derive(Debug, Default)]
struct Who {
    person: Option<String>,
    /// Whether a browser has a session, which can be ended.
    has_session: bool,
}

/// Whoever API Gateway says has signed the request.
fn signer(incoming: &mut Incoming, is_tried: bool) -> Result<Who, Box<Response>> {
    if incoming.arn.is_none() && !is_tried && !web::is_open(incoming.request.uri().path()) {
        let problem = Problem::new(StatusCode::FORBIDDEN, "nobody has signed the request")
            .help("API Gateway has to check signatures (AWS_IAM); stagecheck serve --remote signs requests");
        return Err(Box::new(web::to_problem(&problem)));
    }
    Ok(Who { person: incoming.arn.take(), has_session: false })
}

/// Whoever shows a token, or has a session.
async fn identify(issuer: &Issuer, seal: &Seal, incoming: &Incoming, now: Timestamp) -> Result<Who, Box<Response>> {
    let headers = incoming.request.headers();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|value| value.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(token) = token else {
            return Err(unauthorized("the header Authorization has to be `Bearer` and a token"));
        };
        return match issuer.verify(token, now).await {
            Ok(claims) => Ok(Who { person: Some(claims.person), has_session: false }),
            Err(error @ IssuerError::NoAnswer(_)) => Err(Box::new(web::to_problem(
                &Problem::new(StatusCode::BAD_GATEWAY, error.to_string()).help("try again"),
            ))),
            Err(error) => Err(unauthorized(&error.to_string())),
        };
    }
    if let Some(person) = sign_in::person(seal, headers, now) {
        return Ok(Who { person: Some(person), has_session: true });
    }
    let uri = incoming.request.uri();
    if web::is_open(uri.path()) {
        return Ok(Who::default());
    }
    // A browser is led to the page for signing in, and back again.
    if web::wants_page(headers) && incoming.request.method() == Method::GET {
        let to = uri.path_and_query().map_or("/", |path| path.as_str());
        return Err(Box::new(sign_in::lead(&incoming.prefix, to)));
    }
    Err(unauthorized("nobody is signed in"))
}

/// Ends a session, if its own page asks for it.
async fn sign_out(seal: &Seal, who: &Who, incoming: Incoming, now: Timestamp) -> Response {
    let (parts, body) = incoming.request.into_parts();
    if parts.method != Method::POST {
        return web::to_problem(&Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path takes POST"));
    }
    let form = Limited::new(body, FORM).collect().await.map(Collected::to_bytes).unwrap_or_default();
    let form = String::from_utf8_lossy(&form);
    match web::check_form(seal, who.person.as_deref(), now, &parts.headers, &form) {
        Ok(()) => sign_in::out(&incoming.prefix),
        Err(problem) => web::to_problem(&problem),
    }
}

/// RFC 6750, section 3.
fn unauthorized(detail: &str) -> Box<Response> {
    let mut response =
        web::to_problem(&Problem::new(StatusCode::UNAUTHORIZED, detail).help("sign in, or send a token"));
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Box::new(response)
}

/// What requests to a provider are sent with: the same stack as those to AWS.
async fn connector(issuer: &str) -> SharedHttpConnector {
    let target = Target {
        identity: Identity::Nobody,
        // Without TLS, certificates are not loaded; that is for a provider on this machine alone.
        endpoint_url: issuer.starts_with("http://").then(|| issuer.to_owned()),
        regions: Vec::new(),
        account_id: None,
        quota_share: None,
        tap: None,
    };
    collect::other_clients(&target).await.1
}

/// An answer as API Gateway takes it. Of headers that come several times, both formats have a way of their own.
pub(crate) async fn answered(response: Response, is_rest: bool) -> Value {
    let (mut parts, body) = response.into_parts();
    let body = match Limited::new(body, LARGEST).collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Err(_) => {
            let what = "the answer is larger than a function may answer";
            let problem =
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, what).help("ask for less, or run stagecheck itself");
            parts = web::to_problem(&problem).into_parts().0;
            problem.json().to_string()
        }
    };
    let status_code = i64::from(parts.status.as_u16());
    let answer = if is_rest {
        let mut answer = ApiGatewayProxyResponse::default();
        answer.status_code = status_code;
        answer.multi_value_headers = parts.headers;
        answer.body = Some(Body::from(body));
        serde_json::to_value(answer)
    } else {
        let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
        let mut answer = ApiGatewayV2httpResponse::default();
        answer.cookies = cookies.map(|cookie| String::from_utf8_lossy(cookie.as_bytes()).into_owned()).collect();
        parts.headers.remove(header::SET_COOKIE);
        answer.status_code = status_code;
        answer.headers = parts.headers;
        answer.body = Some(Body::from(body));
        serde_json::to_value(answer)
    };
    answer.unwrap_or_else(|_| json!({ "statusCode": 500 }))
}

#[cfg(test)]
mod tests;
