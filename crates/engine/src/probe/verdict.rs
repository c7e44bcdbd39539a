//! What answers say, each by itself, and the report of them all.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::compare;
use super::plan::{NotAsked, OptIn, Probe};
use super::shape::Shape;
use crate::exchange::{Headers, Response};
use crate::finding::{Resource, Severity};
use crate::health::{AnswerProblem, Probed};
use crate::logs;
use crate::response::source::{self, Invocation, SourceError};
use crate::response::{self, Context, Level, Outcome, Runtime, Verdict};

/// An answer, and how long it took in milliseconds.
#[derive(Clone, Debug)]
pub struct Timed<T> {
    /// The answer.
    pub answer: T,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What came of asking; an error says why there is no answer.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The result of `TestInvokeMethod`.
    pub live: Option<Result<Timed<Value>, String>>,
    /// The stage's answer.
    pub deployed: Result<Timed<Response>, String>,
    /// Lambda's answer.
    pub function: Option<Result<Timed<Invocation>, String>>,
}

/// What asking came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// `stagecheck.verification/1`.
    pub schema: &'static str,
    /// The account's twelve digits.
    pub account_id: String,
    /// When it was asked.
    pub taken_at: Timestamp,
    /// The numbers.
    pub summary: Summary,
    /// The routes that were asked, in the order in which they were.
    pub routes: Vec<Verified>,
    /// What was opted in and not asked.
    pub not_asked: Vec<NotAsked>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Routes of which at least one answer came.
    pub asked: usize,
    /// Routes with a problem.
    pub with_problems: usize,
    /// What was opted in and not asked, answers that did not come among it.
    pub not_asked: usize,
    /// Routes whose answers came and show nothing of the route, or nothing of whether it is deployed as it is live.
    pub not_compared: usize,
}

/// What the answers of one route of one stage say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// The route.
    pub resource: Resource,
    /// Who allowed it.
    pub opted_in_by: OptIn,
    /// The live configuration's answer, of REST APIs.
    pub live: Option<Side>,
    /// The stage's answer.
    pub deployed: Side,
    /// The function's own answer, where that was asked for.
    pub function: Option<Side>,
    /// Why the stage's answer was not held against the live one, or shows nothing of the route.
    pub not_compared: Option<String>,
    /// What is wrong, the worst first.
    pub problems: Vec<Problem>,
    /// What is worth knowing beside that.
    pub notes: Vec<String>,
}

/// One answer, without its contents.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The call.
    pub source: &'static str,
    /// Why there is no answer.
    pub not_asked: Option<String>,
    /// The status.
    pub status: Option<u16>,
    /// The media type, without its parameters.
    pub content_type: Option<String>,
    /// The names of its headers, in lower case.
    pub headers: BTreeSet<String>,
    /// The form of its body, if that is JSON.
    pub shape: Option<Shape>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: Option<u64>,
}

/// Something that is wrong with a route's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `not-deployed`, `status-differs`, `content-type-differs`, `shape-differs`, `header-differs`, `server-error`, `function-error`,
    /// `malformed-answer`, or the rule of `stagecheck response` that a taken answer breaks.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What mends it, where that is known.
    pub fix: Option<String>,
}

impl Verification {
    /// Counts, and puts everything together. `not_asked` is what was planned so; answers that did not come are added.
    pub fn new(account_id: &str, taken_at: Timestamp, routes: Vec<Verified>, not_asked: Vec<NotAsked>) -> Verification {
        let unanswered = routes.iter().flat_map(Verified::sides).filter(|side| side.not_asked.is_some()).count();
        let summary = Summary {
            asked: routes.iter().filter(|route| route.is_answered()).count(),
            with_problems: routes.iter().filter(|route| !route.problems.is_empty()).count(),
            not_asked: not_asked.len() + unanswered,
            not_compared: routes.iter().filter(|route| route.not_compared.is_some()).count(),
        };
        Verification {
            schema: "stagecheck.verification/1",
            account_id: account_id.to_owned(),
            taken_at,
            summary,
            routes,
            not_asked,
        }
    }

    /// Whether something that was opted in was not asked, or its answers could not be compared.
    pub fn is_incomplete(&self) -> bool {
        self.summary.not_asked > 0 || self.summary.not_compared > 0
    }
}

impl Verified {
    /// The answers that there are or should be.
    pub fn sides(&self) -> impl Iterator<Item = &Side> {
        self.live.iter().chain([&self.deployed]).chain(&self.function)
    }

    fn is_answered(&self) -> bool {
        self.sides().any(|side| side.not_asked.is_none())
    }
}

impl Side {
    fn none(source: &'static str, why: &str) -> Side {
        Side {
            source,
            not_asked: Some(why.to_owned()),
            status: None,
            content_type: None,
            headers: BTreeSet::new(),
            shape: None,
            elapsed_ms: None,
        }
    }

    fn http(source: &'static str, status: Option<u16>, headers: &Headers, body: &str, elapsed_ms: u64) -> Side {
        let media_type = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Side {
            source,
            not_asked: None,
            status,
            content_type: headers.get("content-type").map(media_type).filter(|kind| !kind.is_empty()),
            headers: headers.0.iter().map(|(name, _)| name.to_ascii_lowercase()).collect(),
            shape: serde_json::from_str(body).ok().map(|value| Shape::of(&value)),
            elapsed_ms: Some(elapsed_ms),
        }
    }
}

/// The names of the calls.
pub(super) const TEST: &str = "apigateway:TestInvokeMethod";
const STAGE: &str = "execute-api:Invoke";
const FUNCTION: &str = "lambda:InvokeFunction";

/// Judges the answers of one route. With the report comes what the checks of an audit take for evidence.
pub fn verified(probe: &Probe<'_>, answers: &Answers, at: Timestamp) -> (Verified, Vec<Probed>) {
    let context = context(probe);
    let mut told = Told { probe, at, not_compared: None, problems: Vec::new(), notes: Vec::new(), probed: Vec::new() };
    let live = answers.live.as_ref().map(|live| match live {
        Ok(timed) => told.live(timed, &context),
        Err(why) => Side::none(TEST, why),
    });
    let deployed = match &answers.deployed {
        Ok(timed) => told.deployed(timed),
        Err(why) => Side::none(STAGE, why),
    };
    let function = answers.function.as_ref().map(|function| match function {
        Ok(timed) => told.function(timed, &context),
        Err(why) => Side::none(FUNCTION, why),
    });
    if let Ok(timed) = &answers.deployed {
        match (&live, &answers.live) {
            (Some(side), Some(Ok(live))) => {
                let body = live.answer.get("body").and_then(Value::as_str).unwrap_or_default();
                told.compare((side, body), &deployed, &timed.answer);
            }
            _ => told.not_compared = compare::refused(&timed.answer),
        }
    }
    told.problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let Told { not_compared, problems, notes, probed, .. } = told;
    let resource = probe.resource();
    let resource = match probe.calls() {
        Some(function) => resource.with_function(function.arn()),
        None => resource,
    };
    let opted_in_by = probe.opted_in_by;
    (Verified { resource, opted_in_by, live, deployed, function, not_compared, problems, notes }, probed)
}

/// What is known around the function's answer.
fn context(probe: &Probe<'_>) -> Context {
    let function = probe.calls().and_then(|name| probe.snapshot.function(&name));
    let runtime = function.and_then(|function| function.configuration.ok()?.as_ref()?.runtime.as_deref());
    let headers = match (&probe.live, &probe.deployed) {
        (Some(Ok(test)), _) => Some(&test.headers),
        (_, Ok((request, _))) => Some(&request.headers),
        _ => None,
    };
    Context {
        binary_media_types: Some(probe.api.live.settings.binary_media_types.iter().cloned().collect()),
        accept: headers.map(|headers| headers.get("accept").unwrap_or_default().to_owned()),
        runtime: runtime.and_then(Runtime::of),
        route: None,
    }
}

/// A problem without the secrets that the names of the answer's members may hold.
fn harmless(problem: &response::Problem) -> response::Problem {
    let hide = |text: &str| logs::redact(vec![text.to_owned()]).concat();
    let response::Problem { path, rule, severity, message, fix } = problem;
    response::Problem { path: hide(path), rule: *rule, severity: *severity, message: hide(message), fix: hide(fix) }
}

/// What is said of one route's answers.
pub(super) struct Told<'a> {
    pub(super) probe: &'a Probe<'a>,
    at: Timestamp,
    pub(super) not_compared: Option<String>,
    problems: Vec<Problem>,
    notes: Vec<String>,
    probed: Vec<Probed>,
}

impl Told<'_> {
    pub(super) fn problem(&mut self, rule: &'static str, severity: Severity, message: String, fix: Option<String>) {
        let problem = Problem { rule, severity, message, fix };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The gateway's own test of the live configuration.
    fn live(&mut self, timed: &Timed<Value>, context: &Context) -> Side {
        let result = &timed.answer;
        let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        let status = result.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let headers = result.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let side = Side::http(TEST, status, &Headers(headers.collect()), text("body"), timed.elapsed_ms);
        if self.probe.calls().is_some() {
            match source::test_invoke(result, context) {
                Ok(verdict) => self.judged(TEST, &verdict),
                Err(SourceError::NoAnswer { reason, .. }) => {
                    let message = format!("the live configuration gets no answer of its function: {reason}");
                    self.problem("server-error", Severity::High, message, None);
                }
                Err(error) => self.notes.push(format!("the function's answer is not judged: {error}")),
            }
        }
        self.server_error("the live configuration", status);
        side
    }

    /// What callers get.
    fn deployed(&mut self, timed: &Timed<Response>) -> Side {
        let Response { status, headers, body } = &timed.answer;
        self.server_error("the stage", Some(*status));
        Side::http(STAGE, Some(*status), headers, body, timed.elapsed_ms)
    }

    /// What the function answers to the gateway's event.
    fn function(&mut self, timed: &Timed<Invocation>, context: &Context) -> Side {
        let Some(Ok(invoke)) = &self.probe.function else { return Side::none(FUNCTION, "it was not planned") };
        let verdict = timed.answer.judge(invoke.kind, context);
        self.judged(FUNCTION, &verdict);
        if self.probe.met().is_some_and(|route| !["NONE", "AWS_IAM"].contains(&route.authorization_type.as_str())) {
            self.notes.push("the function's event held nothing that an authorizer adds".to_owned());
        }
        let payload = &timed.answer.payload;
        let headers = payload.get("headers").and_then(Value::as_object).into_iter().flatten();
        let headers = headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let body = payload.get("body").and_then(Value::as_str).unwrap_or_default();
        Side::http(FUNCTION, verdict.status, &Headers(headers.collect()), body, timed.elapsed_ms)
    }

    fn server_error(&mut self, who: &str, status: Option<u16>) {
        if let Some(status) = status.filter(|status| *status >= 500) {
            self.problem("server-error", Severity::High, format!("{who} answers {status}"), None);
        }
    }

    /// What the gateway makes of the function's answer.
    fn judged(&mut self, source: &'static str, verdict: &Verdict) {
        let method = self.probe.route.method.as_deref().unwrap_or_default();
        let may_lack_body = verdict.status.is_some_and(|status| response::may_lack_body(status, method));
        let is_meant = |problem: &&response::Problem| {
            may_lack_body && problem.severity == Level::Warning && problem.rule == response::Rule::NoBody
        };
        let wrong: Vec<response::Problem> =
            verdict.problems.iter().filter(|problem| !is_meant(problem)).map(harmless).collect();
        for problem in &wrong {
            let (rule, severity) = match (problem.severity, problem.rule) {
                (Level::Error, _) => ("malformed-answer", Severity::High),
                (Level::Warning, response::Rule::NoStatusCode) => (problem.rule.id(), Severity::Medium),
                (Level::Warning, rule) => (rule.id(), Severity::Low),
            };
            let message = format!("the function's answer, {}: {}", problem.path, problem.message);
            self.problem(rule, severity, message, Some(problem.fix.clone()));
        }
        if verdict.outcome == Outcome::Malformed && !verdict.is_explained() {
            let message = "the gateway refuses the function's answer".to_owned();
            self.problem("malformed-answer", Severity::High, message, None);
        }
        if let Some(error) = &verdict.function_error {
            let words: Vec<&str> =
                [&error.error_type, &error.message].into_iter().flatten().map(String::as_str).collect();
            let message = format!("the function fails: {}", words.join(": "));
            self.problem("function-error", Severity::High, message, None);
        }
        // The gateway's own test says more than a rule does.
        let is_tested = self.probed.iter().any(|earlier| earlier.source == TEST);
        if !verdict.proven && !is_tested {
            self.notes.push("what the gateway makes of the function's answer is inferred, not proven".to_owned());
        }
        let problems = wrong.iter().map(AnswerProblem::from).collect();
        self.probed.push(Probed {
            api_id: self.probe.api.id.clone(),
            stage: self.probe.stage.name.clone(),
            route: self.probe.route.clone(),
            function: self.probe.calls(),
            source: source.to_owned(),
            is_refused: verdict.outcome == Outcome::Malformed,
            problems,
            at: self.at,
        });
    }
}
