//! One log stream: from its lines to what they say. An environment writes one stream and serves one request at a time, so
//! lines without a request id belong to the one that has begun and not ended.

use super::failure::{Failure, Proof};
use super::kind::{Kind, Runtime};
use super::line::{self, Context, RequestId};
use super::recent::Recent;
use super::stack::{Stack, Taken};
use super::structured::{self, Said};
use super::{gateway, go, node, platform, python};

/// What lines say.
#[derive(Debug)]
pub(super) enum Event {
    /// Something failed.
    Failed(Box<Failure>),
    /// A request began, again if it did before.
    Began(RequestId),
    /// The environment began.
    Init { function: Option<String>, runtime: Option<Runtime> },
    /// A line at level ERROR that is no failure: its number and words.
    Complaint { number: u64, text: String },
    /// The platform dropped lines.
    Dropped(Option<i64>),
}

/// Requests that are open at a time where a log mixes streams.
const MOST_OPEN: usize = 64;

/// JSON in JSON in JSON is read, and no deeper.
const DEEPEST: u8 = 3;

/// What is known of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    open: Vec<RequestId>,
    /// Whether the environment has begun, and no request yet.
    in_init: bool,
    recent: Recent,
    /// Whether nothing of the platform came after the last line.
    is_right_before: bool,
    stack: Option<Box<Stack>>,
    /// Whether an exception is what was printed last.
    is_fresh: bool,
    /// Whether Node said that its heap was full.
    is_heap_full: bool,
    /// The gateway's request that named Lambda's call last, and that call.
    called: Option<(RequestId, RequestId)>,
    /// Whether complaints are wanted.
    tells_complaints: bool,
    depth: u8,
    /// The time that the last line told of itself.
    pub(super) seen: Option<i64>,
}

impl Stream {
    pub(super) fn new(tells_complaints: bool) -> Stream {
        Stream { tells_complaints, ..Stream::default() }
    }

    /// The request that lines without an id belong to, where that is certain.
    pub(super) fn current(&self) -> Option<RequestId> {
        match self.open.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Whether no more than one request is open.
    pub(super) fn is_alone(&self) -> bool {
        self.open.len() < 2
    }

    /// Reads the next line, without its end.
    pub(super) fn line(&mut self, raw: &[u8], given: Context, number: u64, out: &mut Vec<Event>) {
        if raw.is_empty() {
            return;
        }
        if let Some(stack) = &mut self.stack {
            let taken = if is_boundary(raw) { Taken::No } else { stack.take(raw) };
            match taken {
                Taken::More => return,
                Taken::Last => return self.close(out),
                Taken::No => self.close(out),
            }
        }
        if !given.is_logged && self.platform(raw, given, number, out) {
            self.is_right_before = false;
            self.recent.part();
            return;
        }
        let (context, words) = line::read(raw, given);
        if words.len() < raw.len() {
            self.recent.part();
        }
        self.seen = context.time.or(self.seen);
        self.words(words, context, number, out);
    }

    /// Nothing more follows for now that could belong to what was begun.
    pub(super) fn close(&mut self, out: &mut Vec<Event>) {
        let Some(stack) = self.stack.take() else { return };
        self.recent.part();
        let complaint = stack.complaint().filter(|_| self.tells_complaints);
        match (stack.close(), complaint) {
            (Some(failure), _) => self.failed(failure, out),
            (None, Some((number, text))) => out.push(Event::Complaint { number, text }),
            (None, None) => {}
        }
    }

    /// Nothing more follows.
    pub(super) fn end(&mut self, out: &mut Vec<Event>) {
        self.close(out);
        (0..Recent::MOST).for_each(|_| self.remember(b"", Context::default(), 0, out));
    }

    fn failed(&mut self, mut failure: Failure, out: &mut Vec<Event>) {
        if failure.context.request.is_none() {
            failure.context.request = self.current();
        }
        if self.in_init && failure.proof == Proof::Reported && failure.kind == Kind::Exception {
            failure.kind = Kind::Init;
        }
        failure.is_init |= self.in_init || matches!(failure.kind, Kind::Init | Kind::Import);
        if failure.kind == Kind::Exit {
            failure.follows_print = self.is_fresh;
            if std::mem::take(&mut self.is_heap_full) {
                failure.kind = Kind::OutOfMemory;
            }
        }
        self.is_fresh = failure.proof == Proof::Printed;
        out.push(Event::Failed(Box::new(failure)));
    }

    /// What the platform writes in text. Whether it was that.
    fn platform(&mut self, raw: &[u8], given: Context, number: u64, out: &mut Vec<Event>) -> bool {
        match raw.first() {
            Some(b'S') => {
                let Some(id) = platform::request(raw, b"START RequestId: ") else { return false };
                self.began(id, out);
            }
            Some(b'E') if raw.starts_with(b"END RequestId: ") => {
                let id = platform::request(raw, b"END RequestId: ");
                self.open.retain(|open| Some(*open) != id);
            }
            Some(b'E') if raw.starts_with(b"EXTENSION") => {
                if let Some(failure) = platform::extension(raw, given, number) {
                    self.failed(failure, out);
                }
            }
            Some(b'R') if raw.starts_with(b"REPORT RequestId: ") => {
                if let Some(failure) = platform::report(raw, given, number) {
                    self.status(failure, out);
                }
            }
            Some(b'R') if raw.starts_with(b"RequestId: ") => {
                let Some(failure) = platform::ended_by_platform(raw, given, number) else { return false };
                self.stack = Some(Box::new(Stack::platform(failure)));
            }
            Some(b'I') if raw.starts_with(b"INIT_START ") => {
                self.in_init = true;
                self.open.clear();
                let version =
                    raw.strip_prefix(b"INIT_START Runtime Version: ").and_then(|rest| std::str::from_utf8(rest).ok());
                out.push(Event::Init { function: None, runtime: version.and_then(Runtime::of) });
            }
            Some(b'I' | b'R') if raw.starts_with(b"INIT_REPORT ") || raw.starts_with(b"RESTORE_REPORT ") => {
                if let Some(failure) = platform::init_report(raw, given, number) {
                    self.status(failure, out);
                }
            }
            Some(b'0'..=b'9') => {
                let Some(failure) = platform::timed_out(raw, given, number) else { return false };
                self.failed(failure, out);
            }
            Some(b'L' | b'T') => return raw.starts_with(b"LOGS\t") || raw.starts_with(b"TELEMETRY\t"),
            _ => return false,
        }
        true
    }

    /// A status says nothing about what was printed before it.
    fn status(&mut self, failure: Failure, out: &mut Vec<Event>) {
        let is_fresh = self.is_fresh;
        self.failed(failure, out);
        self.is_fresh = is_fresh;
    }

    fn began(&mut self, id: RequestId, out: &mut Vec<Event>) {
        self.in_init = false;
        self.is_fresh = false;
        self.open.retain(|open| *open != id);
        if self.open.len() == MOST_OPEN {
            self.open.remove(0);
        }
        self.open.push(id);
        out.push(Event::Began(id));
    }

    /// Reads the words of a line, without what a logger wrote before them.
    fn words(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) {
        let is_taken = match words.first() {
            None => return,
            Some(b' ' | b'\t' | 0xc2 | b'/' | b'<') => self.frame(words, number),
            Some(b'{') => self.object(words, context, number, out),
            Some(b'(') => self.gateway(words, context, number, out),
            Some(b'T' | b'F') => self.begin(words, context, number) || self.test_invoke(words, context, number, out),
            Some(b'[' | b'p' | b'f' | b't' | b'P') => self.begin(words, context, number),
            Some(b'I' | b'U') => self.report(words, context, number, out),
            Some(b'C') => self.begin(words, context, number),
            Some(b'M' | b'S' | b'W') => self.test_invoke(words, context, number, out),
            Some(b'0'..=b'9') => self.dated(words, context, number, out),
            _ => false,
        };
        if !is_taken {
            self.is_fresh = false;
            self.remember(words, context, number, out);
        }
    }

    fn frame(&mut self, words: &[u8], number: u64) -> bool {
        let text = String::from_utf8_lossy(words).replace('\u{a0}', " ");
        self.stack = Stack::of_frame(&text, number, &mut self.recent).map(Box::new);
        self.stack.is_some()
    }

    fn begin(&mut self, words: &[u8], context: Context, number: u64) -> bool {
        let text = &*String::from_utf8_lossy(words);
        self.is_heap_full |= node::is_heap_exhausted(text);
        let is_announced = text == python::TRACEBACK && self.recent.last().context.is_logged && self.is_right_before;
        self.stack = match is_announced {
            true => Some(Box::new(Stack::announced(self.recent.last_mut()))),
            false => Stack::begin(text, context, number).map(Box::new),
        };
        self.stack.is_some()
    }

    /// `Invoke Error {…}` and its kin.
    fn report(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) -> bool {
        for (opening, kind) in node::REPORTS {
            let Some(rest) = words.strip_prefix(opening.as_bytes()) else { continue };
            let json = rest.trim_ascii_start();
            if !json.starts_with(b"{\"") {
                continue;
            }
            let Some(mut failure) = structured::reported(json, kind, context, number) else { continue };
            failure.runtime = failure.runtime.or(Some(Runtime::Node));
            self.failed(failure, out);
            return true;
        }
        false
    }

    fn gateway(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) -> bool {
        if context.is_logged {
            return false;
        }
        let Some((request, said)) = gateway::split(words) else { return false };
        if let Some(mut failure) = gateway::failure(Some(request), said, context, number) {
            // What the gateway says next of the same request is of the same call.
            match (failure.context.request, self.called) {
                (Some(call), _) if call != request => self.called = Some((request, call)),
                (_, Some((of, call))) if of == request => failure.context.request = Some(call),
                _ => {}
            }
            out.push(Event::Failed(Box::new(failure)));
        }
        true
    }

    /// A line of `TestInvokeMethod`'s log: `Sun Nov 22 08:00:00 UTC 2026 : Execution failed …`.
    fn test_invoke(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) -> bool {
        let is_dated = words.get(19..23) == Some(b" UTC") && !context.is_logged;
        let said = words.get(28..).and_then(|rest| rest.strip_prefix(b" : ")).filter(|_| is_dated);
        let Some(said) = said else { return false };
        if let Some(failure) = gateway::failure(None, said, context, number) {
            out.push(Event::Failed(Box::new(failure)));
        }
        true
    }

    /// What Go's logger writes, and what a runtime of others writes after the request's id.
    fn dated(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) -> bool {
        if let Some((id, rest)) = line::uuid(words).filter(|_| !context.is_logged)
            && let Some(rest) = rest.strip_prefix(b"\t")
        {
            let context = Context { request: Some(id), is_logged: true, ..context };
            return self.report(rest, context, number, out);
        }
        let Some(rest) = go::logged(words).filter(|rest| rest.starts_with(b"{\"")) else { return false };
        let Some(mut failure) = structured::reported(rest, None, context, number) else { return false };
        if failure.error_type.is_none() {
            return false;
        }
        failure.runtime = Some(Runtime::Go);
        self.failed(failure, out);
        true
    }

    fn object(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) -> bool {
        if words.trim_ascii_end() == b"{" {
            self.stack = Some(Box::new(Stack::json(context, number, self.recent.last_mut())));
            return true;
        }
        match structured::read(words, context, number) {
            Said::Failure(failure) if failure.proof == Proof::Status => self.status(failure, out),
            Said::Failure(failure) => self.failed(failure, out),
            Said::Start(id) => self.began(id, out),
            Said::Init { function, runtime } => {
                self.in_init = true;
                self.open.clear();
                out.push(Event::Init { function, runtime });
            }
            Said::Dropped(records) => out.push(Event::Dropped(records)),
            Said::Text(text, context) => self.text(&text, context, number, out),
            Said::Nothing => {}
        }
        true
    }

    /// Text within a record: lines that end with it.
    fn text(&mut self, text: &str, context: Context, number: u64, out: &mut Vec<Event>) {
        if self.depth == DEEPEST {
            return;
        }
        self.depth += 1;
        self.recent.part();
        for line in text.split(['\n', '\r']) {
            self.line(line.as_bytes(), context, number, out);
        }
        self.close(out);
        self.recent.part();
        self.depth -= 1;
    }

    /// Keeps a line for those that follow, and tells of an older one that nothing came of.
    fn remember(&mut self, words: &[u8], context: Context, number: u64, out: &mut Vec<Event>) {
        self.is_right_before = true;
        let tells = self.tells_complaints;
        self.recent.push(words, context, number, |line| {
            if tells && line.context.is_error && !line.is_used {
                let text = String::from_utf8_lossy(&line.text).into_owned();
                out.push(Event::Complaint { number: line.number, text });
            }
        });
    }
}

/// Whether a line begins something of its own, whatever was going on.
fn is_boundary(raw: &[u8]) -> bool {
    match raw.first() {
        Some(b'S' | b'E' | b'R' | b'I') => [
            &b"START RequestId: "[..],
            b"END RequestId: ",
            b"REPORT RequestId: ",
            b"INIT_",
            b"RequestId: ",
            b"EXTENSION\t",
        ]
        .iter()
        .any(|opening| raw.starts_with(opening)),
        Some(b'0'..=b'9') => line::time(raw).is_some_and(|(_, rest)| rest.starts_with(b"\t") || rest.starts_with(b" ")),
        Some(b'[') => line::read(raw, Context::default()).0.is_logged,
        Some(b'{') => raw.starts_with(b"{\""),
        _ => false,
    }
}
