//! Groups of failures, as they are reported.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fingerprint;
use super::incident::Settled;
use super::kind::{Kind, Runtime};
use super::line::timestamp;
use super::redact;
use crate::severity::Severity;

/// The name and version of the JSON.
pub const SCHEMA: &str = "stagecheck.errors/1";

/// What was found in logs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Errors {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The beginning of what was asked for; else the earliest time that was read.
    pub since: Option<Timestamp>,
    /// The latest time that was read.
    pub until: Option<Timestamp>,
    /// The lines of a text, or the events of a log, that were read.
    pub lines_read: u64,
    /// The groups: the worst first, then the most frequent.
    pub groups: Vec<ErrorGroup>,
    /// What could not be read.
    pub not_read: Vec<Gap>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Failures that are of one cause, as far as a log can tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorGroup {
    /// The hash of kind, type, message without variable parts and top frames, in 16 hexadecimal digits.
    pub fingerprint: String,
    /// How it failed.
    pub kind: Kind,
    /// The type of the error, as its runtime spells it.
    pub error_type: Option<String>,
    /// The first line of the sample's message, secrets taken out.
    pub message: String,
    /// How many inits and invocations failed so.
    pub count: u64,
    /// The earliest time of one, where lines tell the time.
    pub first_seen: Option<Timestamp>,
    /// The latest time of one.
    pub last_seen: Option<Timestamp>,
    /// The functions that failed so.
    pub functions: BTreeSet<String>,
    /// The routes that were hit, where they could be joined: `GET /orders/{id}`.
    pub routes: BTreeSet<String>,
    /// The runtime, if it is the same for all.
    pub runtime: Option<Runtime>,
    /// How bad it is: [`Kind::severity`].
    pub severity: Severity,
    /// One of them.
    pub sample: Sample,
    /// The ids of the first requests that failed so, at most [`MOST_REQUESTS`]: routes are joined by them.
    #[serde(skip)]
    pub requests: BTreeSet<String>,
}

/// One failure, and where to find it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When, if its lines tell.
    pub timestamp: Option<Timestamp>,
    /// The log group, if it is known.
    pub log_group: Option<String>,
    /// The log stream, if it is known.
    pub log_stream: Option<String>,
    /// The function's request id, or the gateway's where only the gateway told.
    pub request_id: Option<String>,
    /// Its lines, secrets taken out; of long ones the beginning.
    pub lines: Vec<String>,
}

/// The most request ids that a group keeps.
pub const MOST_REQUESTS: usize = 100;

/// What is kept of a group while logs are read.
#[derive(Debug)]
struct Draft {
    kind: Kind,
    error_type: Option<String>,
    message: String,
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
    functions: BTreeSet<String>,
    runtimes: BTreeSet<Runtime>,
    requests: BTreeSet<String>,
    sample: Sample,
}

/// The groups while logs are read.
#[derive(Debug, Default)]
pub(super) struct Groups {
    drafts: BTreeMap<String, Draft>,
    /// Failures that came after there were too many groups.
    pub(super) ungrouped: u64,
}

impl Groups {
    /// More tell nobody anything, and take memory.
    pub(super) const MOST: usize = 2000;
    const MOST_FUNCTIONS: usize = 500;

    /// Counts a failure, and gives its fingerprint.
    pub(super) fn count(&mut self, settled: Settled) -> String {
        let Settled { failure, place, .. } = settled;
        let fingerprint =
            fingerprint::of(failure.kind, failure.error_type.as_deref(), &failure.message, &failure.frames);
        if !self.drafts.contains_key(&fingerprint) && self.drafts.len() >= Groups::MOST {
            self.ungrouped += 1;
            return fingerprint;
        }
        let draft = self.drafts.entry(fingerprint.clone()).or_insert_with(|| Draft {
            kind: failure.kind,
            error_type: failure.error_type.clone(),
            message: String::new(),
            count: 0,
            first: None,
            last: None,
            functions: BTreeSet::new(),
            runtimes: BTreeSet::new(),
            requests: BTreeSet::new(),
            sample: Sample::default(),
        });
        draft.count += 1;
        let time = failure.context.time;
        draft.first = draft.first.into_iter().chain(time).min();
        draft.last = draft.last.max(time);
        if let Some(function) = &place.function
            && draft.functions.len() < Groups::MOST_FUNCTIONS
        {
            draft.functions.insert(function.clone());
        }
        draft.runtimes.extend(failure.runtime.or(place.runtime));
        let request_id = failure.context.request.map(|request| request.as_str().to_owned());
        if let Some(request) = request_id.clone().filter(|_| draft.requests.len() < MOST_REQUESTS) {
            draft.requests.insert(request);
        }
        let sample = Sample {
            timestamp: time.and_then(timestamp),
            log_group: place.log_group.clone(),
            log_stream: place.log_stream.clone(),
            request_id,
            lines: Vec::new(),
        };
        // The earliest one: whichever stream is read first, it is the same.
        if draft.count == 1 || rank(&sample) < rank(&draft.sample) {
            draft.sample = Sample { lines: failure.lines.into_vec(), ..sample };
            draft.message = failure.message;
        }
        fingerprint
    }

    pub(super) fn finish(self) -> Vec<ErrorGroup> {
        let mut groups: Vec<ErrorGroup> =
            self.drafts.into_iter().map(|(fingerprint, draft)| draft.finish(fingerprint)).collect();
        groups.sort_by(|a, b| {
            let key = |group: &ErrorGroup| (group.severity, group.count, group.last_seen);
            key(b).cmp(&key(a)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        groups
    }
}

/// What comes first among samples.
fn rank(sample: &Sample) -> (bool, Option<Timestamp>, Option<&str>, Option<&str>, Option<&str>) {
    let Sample { timestamp, log_group, log_stream, request_id, .. } = sample;
    (timestamp.is_none(), *timestamp, log_group.as_deref(), log_stream.as_deref(), request_id.as_deref())
}

impl Draft {
    fn finish(self, fingerprint: String) -> ErrorGroup {
        let mut runtimes = self.runtimes.into_iter();
        ErrorGroup {
            fingerprint,
            kind: self.kind,
            error_type: self.error_type,
            message: redact::line(&self.message),
            count: self.count,
            first_seen: self.first.and_then(timestamp),
            last_seen: self.last.and_then(timestamp),
            functions: self.functions,
            routes: BTreeSet::new(),
            runtime: runtimes.next().filter(|_| runtimes.next().is_none()),
            severity: self.kind.severity(),
            sample: Sample { lines: redact::redact(self.sample.lines), ..self.sample },
            requests: self.requests,
        }
    }
}
