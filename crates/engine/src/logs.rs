//! Logs to errors, errors to groups: which handlers fail, how, and since when.
//!
//! A [`Grouping`] is fed events, or lines through a [`Reader`], in any order between streams and in order within each. It
//! keeps a bounded amount of them: what is open in each stream, requests of which more may be said, and the groups.
//! Function names, runtimes and routes are for whoever knows the account to add: [`Grouping::know`] before,
//! [`ErrorGroup::routes`] after.

mod dotnet;
mod failure;
mod fingerprint;
mod frame;
mod gateway;
mod go;
mod group;
mod head;
mod incident;
mod input;
mod java;
mod json;
mod kind;
mod line;
mod node;
mod php;
mod platform;
mod python;
mod recent;
mod redact;
mod ruby;
mod rust;
mod stack;
mod stream;
mod structured;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use fingerprint::{VERSION as FINGERPRINT_VERSION, without_variables};
pub use group::{ErrorGroup, Errors, Gap, MOST_REQUESTS, SCHEMA, Sample};
pub use input::{Reader, Unreadable};
pub use kind::{Kind, Runtime};
pub(crate) use line::is_uuid;
pub use redact::redact;

use failure::Failure;
use group::Groups;
use incident::{Incidents, Place};
use line::Context;
use stream::Stream;

/// An event of a log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'a> {
    /// When, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The log group.
    pub log_group: Option<&'a str>,
    /// The log stream.
    pub log_stream: Option<&'a str>,
    /// What was written: one line, or several.
    pub message: &'a [u8],
}

/// What of the logs is wanted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Failures before this are left out; those without a time are kept.
    pub since: Option<Timestamp>,
    /// Only these functions, where it is known which function a line is of. A single one names the lines of which it is
    /// not.
    pub functions: BTreeSet<String>,
    /// Only these log groups, likewise.
    pub log_groups: BTreeSet<String>,
    /// Whether lines are assigned to fingerprints.
    pub assigns: bool,
}

/// A line that tells of a failure, or was written at level ERROR, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The number of the line, or of the event, from 1.
    pub line: u64,
    /// The fingerprint of its group, or of a message at level ERROR that is in none.
    pub fingerprint: String,
}

/// A stream of a [`Grouping`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId(usize);

/// One stream, and what is known of its place.
#[derive(Debug)]
struct Open {
    stream: Stream,
    place: Arc<Place>,
    /// Tells streams apart of which one has taken another's place.
    serial: u64,
    /// When it was read last, counted in lines.
    used: u64,
    /// Whether somebody holds its id.
    is_held: bool,
}

/// Events in, groups out.
///
/// ```
/// use engine::logs::{Event, Grouping, Kind, Options};
///
/// let mut grouping = Grouping::new(Options::default());
/// for message in ["START RequestId: 79b4f56e-95b1-4643-9700-2807f4e68189 Version: $LATEST",
///     "[ERROR] KeyError: 'id'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 6, in handler"] {
///     let message = message.as_bytes();
///     grouping.event(&Event { log_group: Some("/aws/lambda/orders-fn"), message, ..Event::default() });
/// }
/// let errors = grouping.finish();
/// assert_eq!(errors.groups.len(), 1);
/// assert_eq!(errors.groups[0].kind, Kind::Exception);
/// assert_eq!(errors.groups[0].error_type.as_deref(), Some("KeyError"));
/// ```
#[derive(Debug, Default)]
pub struct Grouping {
    options: Options,
    since: Option<i64>,
    known: BTreeMap<String, (String, Option<Runtime>)>,
    names: BTreeMap<(Option<String>, Option<String>), usize>,
    streams: Vec<Open>,
    serial: u64,
    incidents: Incidents,
    groups: Groups,
    assignments: Vec<Assignment>,
    lines: u64,
    range: Option<(i64, i64)>,
    gaps: Gaps,
    /// The number of the last line that was no UTF-8.
    last_not_text: u64,
    /// Kept for its memory.
    events: Vec<stream::Event>,
}

/// How often something could not be read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    pub(crate) long: u64,
    pub(crate) not_text: u64,
    pub(crate) broken: u64,
    pub(crate) dropped: u64,
    pub(crate) cut_off: bool,
}

impl Grouping {
    /// Streams that are followed at a time.
    const MOST_STREAMS: usize = 512;

    /// Begins with nothing.
    pub fn new(options: Options) -> Grouping {
        let since = options.since.map(Timestamp::as_millisecond);
        Grouping { options, since, ..Grouping::default() }
    }

    /// Tells which function writes into a log group, and on which runtime. Without it, `/aws/lambda/NAME` is taken for the
    /// log of the function NAME.
    pub fn know(&mut self, log_group: &str, function: &str, runtime: Option<Runtime>) {
        self.known.insert(log_group.to_owned(), (function.to_owned(), runtime));
    }

    /// Reads an event. An event of a stream follows those that were written there before it.
    pub fn event(&mut self, event: &Event) {
        self.lines += 1;
        self.event_of(event, self.lines);
    }

    /// Reads the payload of an invocation that failed, as `lambda invoke` gives it where `FunctionError` is set. Whether it
    /// tells of an error; AWS's always does.
    pub fn payload(&mut self, event: &Event) -> bool {
        self.lines += 1;
        let Some(id) = self.stream(event.log_group, event.log_stream) else { return false };
        let context = Context { time: event.timestamp, ..Context::default() };
        let Some(failure) = structured::reported(event.message, None, context, self.lines) else { return false };
        self.take(id.0, &mut vec![stream::Event::Failed(Box::new(failure))]);
        true
    }

    /// Reads what an access log has as the error of an integration. Whether it tells how a function failed, or that it may
    /// not be called.
    pub fn integration_error(&mut self, event: &Event) -> bool {
        self.lines += 1;
        let Some(id) = self.stream(event.log_group, event.log_stream) else { return false };
        let context = Context { time: event.timestamp, ..Context::default() };
        let words = String::from_utf8_lossy(event.message);
        let Some(failure) = gateway::integration_error(&words, context, self.lines) else { return false };
        self.take(id.0, &mut vec![stream::Event::Failed(Box::new(failure))]);
        true
    }

    fn event_of(&mut self, event: &Event, number: u64) {
        let Some(id) = self.stream(event.log_group, event.log_stream) else { return };
        for line in event.message.split(|byte| matches!(byte, b'\n' | b'\r')) {
            self.read(id, event.timestamp, line, number);
        }
    }

    /// The stream of that name. `None` if it is not wanted.
    fn stream(&mut self, log_group: Option<&str>, log_stream: Option<&str>) -> Option<StreamId> {
        let name = (log_group.map(str::to_owned), log_stream.map(str::to_owned));
        if let Some(slot) = self.names.get(&name) {
            return Some(StreamId(*slot));
        }
        let place = self.place(log_group, log_stream)?;
        let id = self.open(place, false);
        self.names.insert(name, id.0);
        Some(id)
    }

    /// A stream of its own for what has no name.
    pub(crate) fn nameless(&mut self) -> StreamId {
        let place = self.place(None, None).unwrap_or_default();
        self.open(place, true)
    }

    fn place(&self, log_group: Option<&str>, log_stream: Option<&str>) -> Option<Place> {
        let only = |wanted: &BTreeSet<String>| wanted.first().filter(|_| wanted.len() == 1).cloned();
        let is_wanted = |wanted: &BTreeSet<String>, name: Option<&str>| {
            name.is_none_or(|name| wanted.is_empty() || wanted.contains(name))
        };
        let known = log_group.and_then(|log_group| self.known.get(log_group));
        let function = known.map(|(function, _)| function.as_str());
        let function = function.or_else(|| log_group.and_then(|log_group| log_group.strip_prefix("/aws/lambda/")));
        if !is_wanted(&self.options.functions, function) || !is_wanted(&self.options.log_groups, log_group) {
            return None;
        }
        let log_group = log_group.map(str::to_owned).or_else(|| only(&self.options.log_groups));
        let function = function.map(str::to_owned).or_else(|| {
            let of_group = log_group.as_deref().and_then(|log_group| log_group.strip_prefix("/aws/lambda/"));
            only(&self.options.functions).or_else(|| of_group.map(str::to_owned))
        });
        let runtime = known.and_then(|(_, runtime)| *runtime);
        Some(Place { log_group, log_stream: log_stream.map(str::to_owned), function, runtime })
    }

    fn open(&mut self, place: Place, is_held: bool) -> StreamId {
        self.serial += 1;
        let stream = Stream::new(self.options.assigns);
        let open = Open { stream, place: Arc::new(place), serial: self.serial, used: self.lines, is_held };
        let unheld = self.streams.iter().enumerate().filter(|(_, open)| !open.is_held);
        let oldest = unheld.min_by_key(|(_, open)| open.used).map(|(slot, _)| slot);
        match oldest.filter(|_| self.streams.len() >= Grouping::MOST_STREAMS) {
            Some(slot) => {
                self.end_stream(slot);
                self.names.retain(|_, taken| *taken != slot);
                if let Some(old) = self.streams.get_mut(slot) {
                    *old = open;
                }
                StreamId(slot)
            }
            None => {
                self.streams.push(open);
                StreamId(self.streams.len() - 1)
            }
        }
    }

    /// Reads a line of a text, which counts as one.
    pub(crate) fn line(&mut self, id: StreamId, time: Option<i64>, line: &[u8]) {
        self.lines += 1;
        let number = self.lines;
        if memchr::memchr(b'\r', line).is_none() {
            return self.read(id, time, line, number);
        }
        line.split(|byte| *byte == b'\r').for_each(|line| self.read(id, time, line, number));
    }

    fn read(&mut self, id: StreamId, time: Option<i64>, line: &[u8], number: u64) {
        // Of what one event holds, several lines may be none.
        if self.last_not_text != number && std::str::from_utf8(line).is_err() {
            self.last_not_text = number;
            self.gaps.not_text += 1;
        }
        let Some(open) = self.streams.get_mut(id.0) else { return };
        open.used = self.lines;
        let context = Context { time, ..Context::default() };
        let mut events = std::mem::take(&mut self.events);
        open.stream.line(line, context, number, &mut events);
        if let Some(seen) = open.stream.seen.take().or(time) {
            let (first, last) = self.range.unwrap_or((seen, seen));
            self.range = Some((first.min(seen), last.max(seen)));
        }
        if !events.is_empty() {
            self.take(id.0, &mut events);
        }
        self.events = events;
    }

    fn take(&mut self, slot: usize, events: &mut Vec<stream::Event>) {
        let mut settled = Vec::new();
        let since = self.since;
        for event in events.drain(..) {
            let Some(open) = self.streams.get_mut(slot) else { break };
            match event {
                stream::Event::Failed(failure) if is_before(&failure, since) => {}
                stream::Event::Failed(failure) => {
                    self.incidents.failed(*failure, open.serial, &open.place, &mut settled);
                }
                stream::Event::Began(request) => {
                    let is_alone = open.stream.is_alone();
                    self.incidents.began(request, open.serial, is_alone, &mut settled);
                }
                stream::Event::Init { function, runtime } => {
                    let mut place = Place::clone(&open.place);
                    place.function = place.function.or(function);
                    place.runtime = place.runtime.or(runtime);
                    open.place = Arc::new(place);
                }
                stream::Event::Complaint { number, text } => {
                    let message = failure::message(&text);
                    let fingerprint = fingerprint::of(Kind::LoggedError, None, &message, &[]);
                    self.assignments.push(Assignment { line: number, fingerprint });
                }
                stream::Event::Dropped(records) => {
                    let records = records.and_then(|records| u64::try_from(records).ok());
                    self.gaps.dropped += records.unwrap_or(1).max(1);
                }
            }
        }
        self.count(settled);
    }

    fn count(&mut self, settled: Vec<incident::Settled>) {
        for mut one in settled {
            let numbers = std::mem::take(&mut one.numbers);
            let fingerprint = self.groups.count(one);
            if self.options.assigns {
                let assign = |line| Assignment { line, fingerprint: fingerprint.clone() };
                self.assignments.extend(numbers.into_iter().map(assign));
            }
        }
    }

    fn end_stream(&mut self, slot: usize) {
        let mut events = Vec::new();
        let Some(open) = self.streams.get_mut(slot) else { return };
        open.stream.end(&mut events);
        let serial = open.serial;
        self.take(slot, &mut events);
        let mut settled = Vec::new();
        self.incidents.end_stream(serial, &mut settled);
        self.count(settled);
    }

    /// Takes the assignments that are certain by now. A failure's lines are assigned when nothing more is expected of its
    /// request, so they come after those of later lines.
    pub fn assignments(&mut self) -> Vec<Assignment> {
        std::mem::take(&mut self.assignments)
    }

    /// Ends all streams: what was begun is complete.
    pub fn end(&mut self) {
        (0..self.streams.len()).for_each(|slot| self.end_stream(slot));
        let mut settled = Vec::new();
        self.incidents.end(&mut settled);
        self.count(settled);
    }

    /// Ends all streams, and gives what was found.
    pub fn finish(mut self) -> Errors {
        self.end();
        let since = self.options.since.or_else(|| self.range.and_then(|(first, _)| line::timestamp(first)));
        let not_read = self.gaps.told(self.groups.ungrouped);
        Errors {
            schema: SCHEMA,
            since,
            until: self.range.and_then(|(_, last)| line::timestamp(last)),
            lines_read: self.lines,
            groups: self.groups.finish(),
            not_read,
        }
    }
}

fn is_before(failure: &Failure, since: Option<i64>) -> bool {
    matches!((since, failure.context.time), (Some(since), Some(time)) if time < since)
}

impl Gaps {
    fn told(self, ungrouped: u64) -> Vec<Gap> {
        let cut_off = u64::from(self.cut_off);
        let all = [
            (self.long, "line", "longer than 1 MiB: what stands beyond was not read"),
            (self.not_text, "line", "not UTF-8: read with a mark for each such byte"),
            (self.broken, "event", "not what CloudWatch writes: no message in it"),
            (self.dropped, "line", "dropped by Lambda before they reached the log"),
            (cut_off, "document", "ends in the middle"),
            (ungrouped, "failure", "of more kinds than are kept apart: not counted in any group"),
        ];
        let tell = |(count, thing, why): (u64, &str, &str)| {
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| Gap { what: format!("{count} {thing}{plural}"), why: why.to_owned() })
        };
        all.into_iter().filter_map(tell).collect()
    }
}
