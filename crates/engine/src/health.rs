//! How a region's functions and stages did of late: what their metrics say, and what their logs tell where something failed.

mod errors;
mod reason;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionName;
use crate::configuration::RouteKey;
use crate::logs::ErrorGroup;
use crate::observed::{NotRead, Observed};
use crate::response::{self, Level};
pub use errors::{errors, told_by_gateways};
pub use reason::Reason;

/// How the functions and stages of a region did in a span of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The span.
    pub span: Span,
    /// The functions that the APIs call, each once, whichever of its versions and aliases is called.
    pub functions: Vec<FunctionHealth>,
    /// The stages.
    pub stages: Vec<StageHealth>,
    /// What functions answered when they were asked; empty where nothing was asked.
    #[serde(default)]
    pub probed: Vec<Probed>,
}

/// What a function answered when it was asked, and what the gateway makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probed {
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
    /// The route.
    pub route: RouteKey,
    /// The function.
    pub function: Option<FunctionName>,
    /// The call that showed it: `apigateway:TestInvokeMethod`, `lambda:InvokeFunction`.
    pub source: String,
    /// Whether the gateway refuses the answer.
    pub is_refused: bool,
    /// What is wrong with it.
    pub problems: Vec<AnswerProblem>,
    /// When it was asked.
    pub at: Timestamp,
}

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Its beginning.
    pub since: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

/// How a function did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionHealth {
    /// The function, without alias or version: its metrics and its log are for all of these together.
    pub name: FunctionName,
    /// What its metrics say.
    pub metrics: Observed<FunctionMetrics>,
    /// What its log tells; nothing where it was not looked at, because nothing failed.
    #[serde(default)]
    pub log: Option<FunctionLog>,
}

/// What a function's log tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionLog {
    /// Where its configuration says that its lines go. Versions may differ in that.
    pub log_groups: Vec<String>,
    /// How many events were read.
    pub events: u64,
    /// How it failed.
    pub errors: Vec<ErrorGroup>,
    /// What was not read of it.
    pub unread: Vec<NotRead>,
}

/// What a function's metrics say, added up over the span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionMetrics {
    /// Invocations that ended in an error of the function: exceptions, timeouts, exits.
    pub errors: u64,
    /// Invocations that Lambda refused, because too many ran at once.
    pub throttles: u64,
    /// Invocations that ran. Asked for only where something failed.
    #[serde(default)]
    pub invocations: Option<u64>,
    /// The longest that one took, in milliseconds. Asked for only where something failed.
    #[serde(default)]
    pub longest_ms: Option<f64>,
    /// When errors were counted: spans as narrow as the metrics are.
    #[serde(default)]
    pub failing: Vec<Span>,
}

/// How a stage did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageHealth {
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
    /// What its metrics say.
    pub metrics: Observed<StageMetrics>,
    /// What its logs tell; nothing where they were not looked at, because nothing failed.
    #[serde(default)]
    pub gateway: Option<GatewayHealth>,
}

/// What a stage's execution and access logs tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayHealth {
    /// Requests that failed at the gateway, those of one route and reason together.
    pub failures: Vec<GatewayFailure>,
    /// Answers of functions that the gateway refuses, or takes for something that was hardly meant.
    pub answers: Vec<BadAnswer>,
    /// Answers with a status of 500 or above that functions gave themselves.
    pub own_errors: u64,
    /// What was not read of the logs.
    pub unread: Vec<NotRead>,
}

/// Requests of one route that failed at the gateway for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayFailure {
    /// Why.
    pub reason: Reason,
    /// The route, where the log tells it.
    pub route: Option<RouteKey>,
    /// The function that the route calls.
    pub function: Option<FunctionName>,
    /// The id of the authorizer that failed, if it was one.
    pub authorizer: Option<String>,
    /// The gateway's words.
    pub message: String,
    /// How often, and when.
    pub seen: Seen,
    /// One of the requests.
    pub sample: Sample,
}

/// Answers of one route that are wrong in the same way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BadAnswer {
    /// The route, where the log tells it.
    pub route: Option<RouteKey>,
    /// The function that answered.
    pub function: Option<FunctionName>,
    /// Whether it is an authorizer that answered.
    pub is_of_authorizer: bool,
    /// Its id, where the log tells it.
    pub authorizer: Option<String>,
    /// Whether the gateway said that it refuses the answer.
    pub is_refused: bool,
    /// What is wrong.
    pub problems: Vec<AnswerProblem>,
    /// How often, and when.
    pub seen: Seen,
    /// One of the requests.
    pub sample: Sample,
}

/// One thing that is wrong with an answer, as [`crate::response::Problem`] has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerProblem {
    /// Where in the answer.
    pub path: String,
    /// The rule's id.
    pub rule: String,
    /// Whether the gateway refuses the answer because of it.
    pub is_error: bool,
    /// What is wrong, and what the caller gets for it.
    pub message: String,
    /// What mends it.
    pub fix: String,
}

impl From<&response::Problem> for AnswerProblem {
    fn from(problem: &response::Problem) -> AnswerProblem {
        AnswerProblem {
            path: problem.path.clone(),
            rule: problem.rule.id().to_owned(),
            is_error: problem.severity == Level::Error,
            message: problem.message.clone(),
            fix: problem.fix.clone(),
        }
    }
}

/// How often something was seen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}

/// A request that stands for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When it was made.
    pub time: Timestamp,
    /// The log group that tells of it.
    pub log_group: String,
    /// Its id.
    pub request_id: String,
    /// Lines of the log, without secrets.
    pub lines: Vec<String>,
}

impl Seen {
    /// Once, so far.
    pub fn once(time: Timestamp) -> Seen {
        Seen { count: 1, first: time, last: time }
    }

    /// Once more.
    pub fn add(&mut self, time: Timestamp) {
        self.count += 1;
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }
}

/// What a stage's metrics say, added up over the span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StageMetrics {
    /// Answers with a status of 500 or above; of a WebSocket API, executions that failed.
    pub server_errors: u64,
    /// Answers with a status of 400 to 499. Asked for only where something failed.
    #[serde(default)]
    pub client_errors: Option<u64>,
    /// Requests; of a WebSocket API, messages. Asked for only where something failed.
    #[serde(default)]
    pub count: Option<u64>,
    /// When server errors were counted.
    #[serde(default)]
    pub failing: Vec<Span>,
}

impl Span {
    /// Spans that overlap or touch become one; what remains is in order, and at most `most` spans, those closest to each
    /// other made one.
    pub fn merged(mut spans: Vec<Span>, most: usize) -> Vec<Span> {
        spans.sort();
        let mut merged: Vec<Span> = Vec::new();
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.since <= last.until => last.until = last.until.max(span.until),
                _ => merged.push(span),
            }
        }
        while merged.len() > most.max(1) {
            let gap = |at: usize| {
                let (before, after) = (merged.get(at - 1)?, merged.get(at)?);
                Some(after.since.duration_since(before.until))
            };
            let Some(at) = (1..merged.len()).min_by_key(|at| gap(*at)) else { break };
            let after = merged.remove(at);
            if let Some(before) = merged.get_mut(at - 1) {
                before.until = after.until;
            }
        }
        merged
    }

    /// How many seconds it covers.
    pub fn seconds(&self) -> i64 {
        self.until.duration_since(self.since).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: i64, until: i64) -> Span {
        Span { since: Timestamp::from_second(since).unwrap(), until: Timestamp::from_second(until).unwrap() }
    }

    #[test]
    fn spans_that_touch_become_one_and_so_do_those_that_are_closest() {
        let spans = vec![span(100, 110), span(0, 10), span(10, 20), span(5, 6), span(30, 40)];
        assert_eq!(Span::merged(spans.clone(), 9), [span(0, 20), span(30, 40), span(100, 110)]);
        assert_eq!(Span::merged(spans.clone(), 2), [span(0, 40), span(100, 110)]);
        assert_eq!(Span::merged(spans, 0), [span(0, 110)]);
        assert_eq!(Span::merged(Vec::new(), 3), []);
    }
}
