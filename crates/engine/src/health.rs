//! How a region's functions and stages did of late: what their metrics say, and what their logs tell where something failed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionName;
use crate::observed::Observed;

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
