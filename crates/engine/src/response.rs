//! What API Gateway makes of a Lambda function's answer.
//!
//! A function can succeed and its caller still get a 502, because the gateway refuses the shape of what it returned; or a
//! 200 with nothing in it, because the gateway lets more through than its documentation says. [`judge`] tells which, for
//! each [`Kind`] of integration and authorizer.
//!
//! The rules are what AWS was seen to do, not what its documentation promises. Where neither tells, the verdict's
//! [`proven`](Verdict::proven) is false and its messages or notes say so.

mod authorizer;
mod authorizer_http;
mod base64;
pub mod catalogue;
mod envelope;
mod fix;
mod grant;
mod http;
mod rest;
mod rule;
pub mod source;
mod test_invoke;
mod trial;
mod websocket;

use serde::Serialize;
use serde_json::Value;

pub use fix::Runtime;
pub use rule::Rule;
use trial::Trial;

/// How many bytes Lambda takes as the answer of a function that it called synchronously: 6 MB
/// (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; its error names this number).
pub const LAMBDA_LIMIT: usize = 6_291_556;

/// How many bytes API Gateway hands on as a body: 10 MB
/// (docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
pub const GATEWAY_LIMIT: usize = 10_485_760;

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Kind {
    /// A Lambda proxy integration of a REST API (`AWS_PROXY`).
    #[serde(rename = "rest")]
    Rest,
    /// A Lambda integration of an HTTP API with payload format version 1.0.
    #[serde(rename = "http-1.0")]
    Http1,
    /// A Lambda integration of an HTTP API with payload format version 2.0.
    #[serde(rename = "http-2.0")]
    Http2,
    /// A Lambda proxy integration of a WebSocket API.
    #[serde(rename = "websocket")]
    WebSocket,
    /// A Lambda authorizer of a REST or WebSocket API.
    #[serde(rename = "authorizer-rest")]
    AuthorizerRest,
    /// A Lambda authorizer of an HTTP API with simple responses.
    #[serde(rename = "authorizer-http-simple")]
    AuthorizerHttpSimple,
    /// A Lambda authorizer of an HTTP API that returns a policy.
    #[serde(rename = "authorizer-http-iam")]
    AuthorizerHttpIam,
}

impl Kind {
    /// All kinds, in the order in which they are documented.
    pub const ALL: [Kind; 7] = [
        Kind::Rest,
        Kind::Http1,
        Kind::Http2,
        Kind::WebSocket,
        Kind::AuthorizerRest,
        Kind::AuthorizerHttpSimple,
        Kind::AuthorizerHttpIam,
    ];

    /// Its name: `rest`, `http-1.0` …
    pub fn name(self) -> &'static str {
        match self {
            Kind::Rest => "rest",
            Kind::Http1 => "http-1.0",
            Kind::Http2 => "http-2.0",
            Kind::WebSocket => "websocket",
            Kind::AuthorizerRest => "authorizer-rest",
            Kind::AuthorizerHttpSimple => "authorizer-http-simple",
            Kind::AuthorizerHttpIam => "authorizer-http-iam",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The gateway takes it.
    Ok,
    /// The gateway refuses it.
    Malformed,
    /// The function did not answer, it failed.
    FunctionError,
    /// An authorizer turned the caller away.
    Denied,
}

impl Outcome {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Malformed => "malformed",
            Outcome::FunctionError => "function-error",
            Outcome::Denied => "denied",
        }
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The gateway lets it through; the caller gets something that was hardly meant.
    Warning,
    /// The gateway refuses the answer because of it.
    Error,
}

impl Level {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One thing that is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where in the answer, as a JSONPath (RFC 9535): `$.body`, `$.headers['x-total']`.
    pub path: String,
    /// Which rule it breaks.
    pub rule: Rule,
    /// Whether the gateway refuses it.
    pub severity: Level,
    /// What is wrong, and what the caller gets for it.
    pub message: String,
    /// What mends it, in the words of the function's runtime.
    pub fix: String,
}

/// How a function failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    /// What Lambda or the runtime calls it: `TypeError`, `Sandbox.Timedout`.
    pub error_type: Option<String>,
    /// Its message, without what has the form of a secret.
    pub message: Option<String>,
}

/// The verdict on one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// `stagecheck.response/1`.
    pub schema: &'static str,
    /// Who reads the answer.
    pub integration: Kind,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The HTTP status that the caller gets; none where it is not this answer that decides (an authorizer that lets the
    /// caller in), and where there is no HTTP answer (a route of a WebSocket API other than `$connect`).
    pub status: Option<u16>,
    /// Whether AWS was seen to do so, or says so. False where the rule is inferred.
    pub proven: bool,
    /// What is wrong: errors first, then warnings.
    pub problems: Vec<Problem>,
    /// How the function failed, where it failed.
    pub function_error: Option<FunctionError>,
    /// What is worth knowing beside that: what the caller gets, and what is not verified.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Whether an error is named that accounts for the outcome.
    pub fn is_explained(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Level::Error)
    }

    /// Whether somebody has to mend something: the gateway refuses the answer, or the function failed.
    pub fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Malformed | Outcome::FunctionError) || self.is_explained()
    }
}

/// What is known around an answer.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The REST API's binary media types, where they are known. An API without any has an empty list.
    pub binary_media_types: Option<Vec<String>>,
    /// The request's `Accept` header, where it is known. A request without one has an empty header.
    pub accept: Option<String>,
    /// The function's runtime, in whose words a fix is given.
    pub runtime: Option<Runtime>,
    /// The WebSocket route that was called: `$connect`, `sendmessage`.
    pub route: Option<String>,
}

/// Judges the value that a function returned.
///
/// It never fails, and takes time linear in the size of the answer.
///
/// ```
/// use engine::response::{Context, Kind, Outcome, judge};
///
/// let answer = serde_json::json!({ "statusCode": 200, "body": { "id": 1 } });
/// let verdict = judge(Kind::Rest, &answer, &Context::default());
/// assert_eq!((verdict.outcome, verdict.status, verdict.proven), (Outcome::Malformed, Some(502), true));
/// assert_eq!(verdict.problems[0].rule.id(), "body-not-a-string");
/// ```
pub fn judge(kind: Kind, answer: &Value, context: &Context) -> Verdict {
    let mut trial = Trial::new(kind, context);
    let (outcome, status) = match kind {
        Kind::Rest => rest::judge(answer, &mut trial),
        Kind::Http1 => http::judge_1(answer, &mut trial),
        Kind::Http2 => http::judge_2(answer, &mut trial),
        Kind::WebSocket => websocket::judge(answer, &mut trial),
        Kind::AuthorizerRest => authorizer::judge(answer, &mut trial),
        Kind::AuthorizerHttpSimple => authorizer_http::judge_simple(answer, &mut trial),
        Kind::AuthorizerHttpIam => authorizer_http::judge_policy(answer, &mut trial),
    };
    trial.verdict(outcome, status)
}

/// Judges the failure of a function: Lambda set `FunctionError`, and the payload is what the runtime said.
pub fn judge_failure(kind: Kind, payload: &Value, context: &Context) -> Verdict {
    let mut trial = Trial::new(kind, context);
    let is_unauthorized = payload.get("errorMessage").is_some_and(|message| message == "Unauthorized");
    let status = match kind {
        Kind::Rest => Some(502),
        Kind::Http1 | Kind::Http2 => Some(500),
        Kind::WebSocket => websocket::failure(&mut trial),
        Kind::AuthorizerRest | Kind::AuthorizerHttpSimple | Kind::AuthorizerHttpIam if is_unauthorized => {
            trial.note("an authorizer that throws exactly `Unauthorized` answers 401");
            Some(401)
        }
        Kind::AuthorizerRest | Kind::AuthorizerHttpSimple | Kind::AuthorizerHttpIam => Some(500),
    };
    trial.function_error = Some(rest::function_error(payload));
    trial.verdict(Outcome::FunctionError, status)
}

/// Whether an answer has no body because it may have none (RFC 9110, section 6.4.1), or because a redirect needs none.
pub fn may_lack_body(status: u16, method: &str) -> bool {
    (300..400).contains(&status) || [204, 205].contains(&status) || ["HEAD", "OPTIONS"].contains(&method)
}

#[cfg(test)]
mod tests;
