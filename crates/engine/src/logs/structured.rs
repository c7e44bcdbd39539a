//! Log lines that are JSON objects: the runtimes' JSON format, the telemetry of the platform, and what loggers write.

use super::failure::{self, Failure, Lines, Proof};
use super::frame::Frames;
use super::json::{self, Value};
use super::kind::{Kind, Runtime};
use super::line::{self, Context, RequestId};
use super::{dotnet, platform};

/// What a log line that is an object says.
pub(super) enum Said {
    /// A failure.
    Failure(Failure),
    /// A request began: `platform.start`.
    Start(RequestId),
    /// The environment began: which function it is, and on which runtime.
    Init { function: Option<String>, runtime: Option<Runtime> },
    /// The platform dropped lines of the function, and how many.
    Dropped(Option<i64>),
    /// Text that is to be read as lines, and whether a logger wrote it: then it is no report of the platform.
    Text(String, Context),
    /// Nothing that matters.
    Nothing,
}

/// The members that any of the formats has, under the names of all of them.
#[derive(Default)]
struct Members<'a> {
    error_type: Option<String>,
    message: Option<String>,
    stack: Option<Value<'a>>,
    /// What a logger calls the message; in Node's format it may be the error itself.
    said: Option<Value<'a>>,
    /// An error as loggers write it: an object with a stack, or a text.
    error: Option<Value<'a>>,
    /// The type and record of telemetry.
    telemetry: (Option<String>, Option<Value<'a>>),
    /// Whether a logger wrote it, by the members that the platform's records do not have.
    is_of_logger: bool,
    /// Whether all members are those of a runtime's error.
    is_bare: bool,
    /// Python's runtime says `log_level`, its loggers say `level`.
    is_report: bool,
    context: Context,
}

impl<'a> Members<'a> {
    fn read(object: &'a [u8], context: Context) -> Members<'a> {
        let mut members = Members { is_bare: true, context, ..Members::default() };
        for (name, value) in json::members(object) {
            members.is_of_logger |= !matches!(name, b"time" | b"type" | b"record");
            members.take(name, value);
        }
        members
    }

    fn take(&mut self, name: &'a [u8], value: Value<'a>) {
        match (name, value) {
            (b"errorType", Value::Text(_)) => self.error_type = value.text(),
            (b"errorMessage", Value::Text(_)) => self.message = value.text(),
            (b"stackTrace" | b"stack" | b"trace", _) => self.stack = Some(value),
            (b"requestId", Value::Text(id)) => self.context.request = RequestId::new(id).or(self.context.request),
            (b"cause" | b"reason" | b"promise" | b"code" | b"errno" | b"tenantId", _) => {}
            (b"timestamp" | b"time", _) => {
                self.time(value);
                // Only the runtimes' logger writes this beside an error.
                self.is_bare &= matches!(value, Value::Text(_));
            }
            (b"log_level", Value::Text(level)) => {
                self.is_report = true;
                self.context.level(level);
            }
            (b"level" | b"severity" | b"levelname", Value::Text(level)) => {
                self.is_bare = false;
                self.context.level(level);
            }
            (
                b"AWSRequestId" | b"awsRequestId" | b"aws_request_id" | b"function_request_id" | b"request_id",
                Value::Text(id),
            ) => {
                self.is_bare = false;
                self.context.request = RequestId::new(id).or(self.context.request);
            }
            (b"message" | b"msg", _) => {
                self.is_bare = false;
                self.said = Some(value);
            }
            (b"err" | b"error" | b"exception", _) => {
                self.is_bare = false;
                self.error = Some(value);
            }
            (b"type", Value::Text(_)) => {
                self.is_bare = false;
                self.telemetry.0 = value.text();
            }
            (b"record", _) => {
                self.is_bare = false;
                self.telemetry.1 = Some(value);
            }
            (b"exception_name", Value::Text(_)) => {
                self.is_bare = false;
                self.error_type = self.error_type.take().or(value.text());
            }
            _ => self.is_bare = false,
        }
    }

    fn time(&mut self, value: Value) {
        let time = match value {
            Value::Text(text) => line::time(text).map(|(time, _)| time),
            _ => value.number(),
        };
        self.context.time = time.or(self.context.time);
    }
}

/// Reads an object.
pub(super) fn read(object: &[u8], given: Context, number: u64) -> Said {
    let members = Members::read(object, given);
    if let (Some(name), Some(record)) = &members.telemetry {
        if name.starts_with("platform.") && !members.is_of_logger && !given.is_logged {
            return telemetry(name, *record, members.context, number);
        }
        if name == "function" {
            return match record {
                Value::Object(inner) => read(inner, members.context, number),
                _ => record.text().map_or(Said::Nothing, |text| Said::Text(text, members.context)),
            };
        }
        if name == "extension" {
            return Said::Nothing;
        }
    }
    if let Some(failure) = error(&members, object, number) {
        return Said::Failure(failure);
    }
    let logged = Context { is_logged: true, ..members.context };
    let nested = |value: Option<Value>| match value {
        Some(Value::Object(inner)) => error(&nested_error(inner, logged), inner, number).map(Said::Failure),
        _ => None,
    };
    if let Some(said) = nested(members.said).or_else(|| nested(members.error)) {
        return said;
    }
    let text = |value: Option<Value>| value.and_then(Value::text).filter(|text| text.contains(['\n', '\r']));
    let said = text(members.said).or_else(|| text(members.stack)).or_else(|| text(members.error));
    let said = said.or_else(|| members.said.and_then(Value::text)).unwrap_or_default();
    Said::Text(said, logged)
}

/// The error that Node's format has in the place of the message, or a logger's `{"type", "message", "stack"}`.
fn nested_error(object: &[u8], context: Context) -> Members<'_> {
    let mut members = Members::read(object, context);
    for (name, value) in json::members(object) {
        match (name, value) {
            (b"type" | b"name", Value::Text(_)) => members.error_type = members.error_type.take().or(value.text()),
            (b"message", Value::Text(_)) => members.message = members.message.take().or(value.text()),
            _ => {}
        }
    }
    members
}

/// An error with its type and a stack, or the runtime's error JSON.
fn error(members: &Members, object: &[u8], number: u64) -> Option<Failure> {
    // What a logger writes at INFO is the answer of another function, or an error that was dealt with.
    if members.context.is_spoken {
        return None;
    }
    let error_type = members.error_type.as_deref().filter(|text| !text.is_empty())?;
    let stack = stack(members.stack);
    let is_runtimes = members.is_bare && members.message.is_some();
    if stack.is_empty() && !is_runtimes {
        return None;
    }
    let (request, message) = platform::bare_message(members.message.as_deref().unwrap_or_default());
    let context = Context { request: members.context.request.or(request), ..members.context };
    let is_uncaught = stack.iter().any(|line| dotnet::is_uncaught(line));
    let is_platforms = Kind::is_platform_type(error_type);
    let is_reported = (members.is_report && members.is_bare) || is_uncaught || is_platforms;
    let mut failure =
        Failure::new(Kind::Exception, if is_reported { Proof::Reported } else { Proof::Printed }, context, number);
    failure.message = failure::message(message);
    failure.error_type = failure::error_type(error_type);
    let frames = Frames::of(&stack);
    failure.is_init = frames.is_init() || error_type.starts_with("Init<") || context.is_init;
    failure.runtime = frames.runtime;
    let is_panic = failure.runtime == Some(Runtime::Go);
    failure.frames = frames.top();
    failure.kind = Kind::of_type(error_type, message).unwrap_or(match (is_panic, failure.is_init) {
        (true, _) => Kind::Panic,
        (_, true) => Kind::Init,
        _ => Kind::Exception,
    });
    failure.lines = Lines::of(&String::from_utf8_lossy(object));
    Some(failure)
}

/// The lines of a stack: a list of texts, or of objects as Go writes them, or one text.
fn stack(value: Option<Value>) -> Vec<String> {
    const MOST: usize = 100;
    let Some(value) = value else { return Vec::new() };
    let item = |item: Value| match item {
        Value::Object(raw) => Some(String::from_utf8_lossy(raw).into_owned()),
        _ => item.text(),
    };
    match value {
        Value::List(_) => value.items().filter_map(item).filter(|line| !line.is_empty()).take(MOST).collect(),
        _ => value
            .text()
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .filter(|line| !line.is_empty())
            .take(MOST)
            .collect(),
    }
}

/// A runtime's error JSON that its report announced (`Invoke Error {…}`), or that came as the payload of an invocation
/// that failed.
pub(super) fn reported(object: &[u8], kind: Option<Kind>, context: Context, number: u64) -> Option<Failure> {
    let mut members = Members::read(object, context);
    members.is_report = true;
    members.is_bare = true;
    // The older generation of timeouts has a message alone.
    if members.error_type.is_none() {
        let (request, message) = platform::bare_message(members.message.as_deref()?);
        let request = context.request.or(request);
        let mut failure = platform::said(message, Context { request, ..context }, number);
        failure.lines = Lines::of(&String::from_utf8_lossy(object));
        return Some(failure);
    }
    let mut failure = error(&members, object, number)?;
    if let (Some(kind), Kind::Exception | Kind::Init) = (kind, failure.kind) {
        failure.kind = kind;
    }
    Some(failure)
}

/// A record of the platform. (Lambda developer guide, Telemetry API `Event` schema.)
fn telemetry(name: &str, record: Value, context: Context, number: u64) -> Said {
    let Value::Object(object) = record else {
        // The older Logs API has the line of the text format here.
        let is_text = matches!(name, "platform.fault" | "platform.runtimeDone");
        return record.text().filter(|_| is_text).map_or(Said::Nothing, |text| Said::Text(text, context));
    };
    let (mut status, mut error_type, mut seconds) = (None, None, None);
    let (mut function, mut runtime, mut dropped, mut label) = (None, None, None, String::new());
    let mut context = context;
    for (name, value) in json::members(object) {
        match (name, value) {
            (b"requestId", Value::Text(id)) => context.request = RequestId::new(id),
            (b"status", Value::Text(_)) => status = value.text(),
            (b"errorType", Value::Text(_)) => error_type = value.text(),
            (b"functionName", Value::Text(_)) => function = value.text(),
            (b"runtimeVersion", Value::Text(_)) => runtime = value.text().as_deref().and_then(Runtime::of),
            (b"droppedRecords", _) => dropped = value.number(),
            (b"name", Value::Text(_)) => label = value.text().unwrap_or_default(),
            (b"metrics", Value::Object(metrics)) => {
                let duration = json::members(metrics).find(|(name, _)| *name == b"durationMs");
                seconds = duration.and_then(|(_, value)| match value {
                    Value::Other(raw) => Some(std::str::from_utf8(raw).ok()?.parse::<f64>().ok()? / 1000.0),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    let is_init = matches!(
        name,
        "platform.initRuntimeDone" | "platform.initReport" | "platform.restoreRuntimeDone" | "platform.restoreReport"
    );
    let failure = match name {
        "platform.start" => return context.request.map_or(Said::Nothing, Said::Start),
        "platform.initStart" | "platform.restoreStart" => return Said::Init { function, runtime },
        "platform.logsDropped" => return Said::Dropped(dropped),
        "platform.runtimeDone" | "platform.report" => {
            status.and_then(|status| platform::of_status(&status, error_type, seconds, "Task", context, number))
        }
        _ if is_init => {
            status.and_then(|status| platform::of_status(&status, error_type, seconds, "Init", context, number))
        }
        "platform.extension" => error_type.map(|error_type| {
            let mut failure = Failure::new(Kind::Extension, Proof::Platform, context, number);
            failure.error_type = failure::error_type(&error_type);
            failure.message = failure::message(&format!("Name: {label}"));
            failure
        }),
        _ => None,
    };
    let Some(mut failure) = failure else { return Said::Nothing };
    failure.is_init = is_init || name == "platform.extension";
    if is_init && failure.kind == Kind::Exception {
        failure.kind = Kind::Init;
    }
    failure.lines = Lines::of(&String::from_utf8_lossy(object));
    Said::Failure(failure)
}
