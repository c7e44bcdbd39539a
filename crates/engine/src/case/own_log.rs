//! The log of a function that a request had called, by its route or its authorizer: which of the lines the request's own
//! invocation can have written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::callee::{self, Callee};
use super::cause::{Confidence, Not};
use super::guard::Guard;
use super::{Case, logs};
use crate::arn::FunctionName;
use crate::logs::{self as handler_logs, ErrorGroup, Grouping, Kind, Options, is_uuid};
use crate::snapshot::ApiKind;

/// Lambda's timeout where none is set, in milliseconds.
const FUNCTION_WAITS: i64 = 3_000;

/// How long a REST API, and an HTTP API, waits for an authorizer's function at most, in milliseconds.
const AUTHORIZER_WAITS: i64 = 29_000;
const HTTP_AUTHORIZER_WAITS: i64 = 10_000;

/// How far a line may be before and after its invocation, in milliseconds: a `Date` has whole seconds, and the clocks of the
/// gateway and of Lambda are two.
const BEFORE: i64 = 3_000;
const AFTER: i64 = 2_000;

/// What the platform writes where a function ran into its timeout.
pub const TIMED_OUT: &str = "Task timed out after";

/// What ends an invocation by its own fault.
const FAILING: [Kind; 7] =
    [Kind::Exception, Kind::OutOfMemory, Kind::Exit, Kind::Init, Kind::Import, Kind::UnhandledRejection, Kind::Panic];

/// The function's log in the minutes around the response.
#[derive(Debug)]
pub struct OwnLog<'a> {
    group: String,
    events: Vec<Event<'a>>,
    /// When the request's invocation can have written, in milliseconds since 1970; `None` where the answer has no `Date`.
    span: Option<(i64, i64)>,
    /// Lambda's id of the request's invocation, where the gateway's log tells.
    id: Option<String>,
}

#[derive(Debug)]
struct Event<'a> {
    at: Option<i64>,
    stream: Option<&'a str>,
    message: &'a str,
    /// The invocation that wrote it, as far as the line or those before it in its stream tell.
    id: Option<&'a str>,
}

/// A line that may be the request's.
#[derive(Clone, Debug)]
pub struct Own<'a> {
    /// The log's group.
    pub group: String,
    /// Its text.
    pub message: &'a str,
    /// Which of the texts it holds.
    pub text: &'static str,
    /// Certain where the request's invocation wrote it, likely where another one may have.
    pub at_most: Confidence,
}

impl<'a> OwnLog<'a> {
    /// Reads the log of the function that the route calls.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read.
    pub fn of(case: &Case<'a>, callee: &Callee<'_, 'a>) -> Result<OwnLog<'a>, Not> {
        let told = logs::execution_if_any(case)?.and_then(|lines| lines.after("AWS Integration Endpoint RequestId : "));
        let id = match told {
            Some(id) => Some(id.to_owned()),
            None => logs::accessed_variable(case, "integration.requestId")?,
        };
        OwnLog::read(case, &callee.function()?, callee.waits(), id)
    }

    /// Reads the log of the function of the route's Lambda authorizer.
    ///
    /// # Errors
    ///
    /// [`Not`], if it was not read, or the authorizer has no function.
    pub fn of_authorizer(case: &Case<'a>, guard: &Guard<'_, 'a>) -> Result<OwnLog<'a>, Not> {
        let id = logs::accessed_variable(case, "authorizer.requestId")?;
        let waits = if guard.api.kind == ApiKind::Http { HTTP_AUTHORIZER_WAITS } else { AUTHORIZER_WAITS };
        OwnLog::read(case, &guard.function()?, waits, id)
    }

    fn read(
        case: &Case<'a>,
        function: &FunctionName,
        gateway_waits: i64,
        id: Option<String>,
    ) -> Result<OwnLog<'a>, Not> {
        // Where it was not read where its log is and how long it may run, the usual group stands in, and the longest time.
        let (configuration, default) = match callee::configuration(case, function) {
            Err(Not::Unread(why)) => {
                case.assume(&why)?;
                (None, gateway_waits)
            }
            configuration => (configuration?, FUNCTION_WAITS),
        };
        let (group, events) = logs::events_of_function(case, function, configuration)?;
        let timeout = configuration.and_then(|own| own.get("Timeout")?.as_i64());
        let waits = timeout.map_or(default, |seconds| seconds.saturating_mul(1_000)).min(gateway_waits);
        let span = case.answered_at().map(|at| {
            let at = at.as_millisecond();
            (at.saturating_sub(waits).saturating_sub(BEFORE), at.saturating_add(AFTER))
        });
        Ok(OwnLog { group, events: Event::all(events), span, id })
    }

    /// The surest line with one of some texts that the request's invocation can have written.
    pub fn find(&self, texts: &[&'static str]) -> Option<Own<'a>> {
        self.find_with(texts, |_| true)
    }

    /// The same, of those lines that are of some form.
    pub fn find_with(&self, texts: &[&'static str], is_of_form: impl Fn(&str) -> bool) -> Option<Own<'a>> {
        let found = self.events.iter().filter(|event| is_of_form(event.message)).filter_map(|event| {
            let text = texts.iter().copied().find(|text| event.message.contains(text))?;
            let at_most = self.confidence(event)?;
            Some(Own { group: self.group.clone(), message: event.message, text, at_most })
        });
        // The first of those that are equally sure.
        found.reduce(|first, next| if next.at_most > first.at_most { next } else { first })
    }

    /// What failed the request's invocation, and how sure it is that it was this one: an error that nobody caught, or an end
    /// of its process. A timeout is none.
    pub fn failure(&self) -> Option<(ErrorGroup, Confidence)> {
        let failed_by = |least: Confidence| {
            let mut grouping = Grouping::new(Options::default());
            for event in self.events.iter().filter(|event| self.confidence(event).is_some_and(|own| own >= least)) {
                grouping.event(&handler_logs::Event {
                    timestamp: event.at,
                    log_group: Some(&self.group),
                    log_stream: event.stream,
                    message: event.message.as_bytes(),
                });
            }
            grouping.finish().groups.into_iter().find(|group| FAILING.contains(&group.kind)).map(|group| (group, least))
        };
        failed_by(Confidence::Certain).or_else(|| failed_by(Confidence::Likely))
    }

    /// Whether the request's invocation ended, and nothing that it or the platform wrote is an error that ends one.
    pub fn ended_well(&self) -> bool {
        let mut own = self.events.iter().filter(|event| self.confidence(event) == Some(Confidence::Certain));
        let is_end = |event: &Event<'_>| event.message.starts_with("REPORT ") && !event.message.contains("Status: ");
        own.any(is_end) && self.failure().is_none() && self.find(&[TIMED_OUT]).is_none()
    }

    /// How sure it is that the request's invocation wrote a line; `None` where it cannot have.
    fn confidence(&self, event: &Event<'_>) -> Option<Confidence> {
        if let (Some(own), Some(id)) = (self.id.as_deref(), event.id) {
            return (own == id).then_some(Confidence::Certain);
        }
        let (Some(span), Some(_)) = (self.span, event.at) else { return Some(Confidence::Likely) };
        if !event.is_within(span) {
            return None;
        }
        let within = self.events.iter().filter(|event| event.is_within(span));
        let invocations: BTreeSet<&str> = within.filter_map(|event| event.id).collect();
        Some(if invocations.len() > 1 { Confidence::Likely } else { Confidence::Certain })
    }
}

impl<'a> Event<'a> {
    fn all(events: &'a [Value]) -> Vec<Event<'a>> {
        let mut open: BTreeMap<&str, &str> = BTreeMap::new();
        let event = |event: &'a Value| {
            let message = event.get("message")?.as_str()?;
            let stream = event.get("logStreamName").and_then(Value::as_str);
            let own = request_id(message);
            if let (Some(stream), Some(id)) = (stream, own.filter(|_| message.starts_with("START "))) {
                open.insert(stream, id);
            }
            let id = own.or_else(|| open.get(stream?).copied());
            if let Some(stream) = stream.filter(|_| message.starts_with("END ")) {
                open.remove(stream);
            }
            Some(Event { at: event.get("timestamp").and_then(Value::as_i64), stream, message, id })
        };
        events.iter().filter_map(event).collect()
    }

    fn is_within(&self, (start, end): (i64, i64)) -> bool {
        self.at.is_some_and(|at| (start..=end).contains(&at))
    }
}

/// The id of the invocation in a line of the platform or of a runtime: `START RequestId: ID …`, `TIME ID Task timed out …`,
/// `[ERROR] TIME ID …`, or the member `requestId` of a line in JSON.
fn request_id(message: &str) -> Option<&str> {
    if message.starts_with('{') {
        let (_, rest) = message.split_once("\"requestId\"")?;
        return rest.split('"').nth(1).filter(|id| is_uuid(id.as_bytes()));
    }
    message.split_whitespace().take(3).find(|word| is_uuid(word.as_bytes()))
}
