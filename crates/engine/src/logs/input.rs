//! Bytes of a file to events: a log in text, or what CloudWatch's tools write.
//!
//! What a file is, its beginning tells:
//!
//! - a document whose first member is `events` or another of the answer to `FilterLogEvents` or `GetLogEvents`, or a list of
//!   such events;
//! - otherwise text, line by line. A line may begin with a time and a stream's name, as `aws logs tail` writes them, with both
//!   the other way round, as `sam logs` does, or with a time, as exports to S3 do; or it is an event as a JSON object.

use memchr::{memchr, memmem};

use super::json::{self, Value};
use super::line;
use super::{Event, Grouping, StreamId};

/// The longest line, or event, that is read.
const LONGEST: usize = 1024 * 1024;

/// As much of a file as tells what it is.
const BEGINNING: usize = 512;

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is compressed.
    #[error("it is compressed with gzip")]
    Compressed,
    /// It is text of two bytes a character, as PowerShell writes it.
    #[error("it is text in UTF-16")]
    Utf16,
    /// It is a table, as the console of CloudWatch gives it.
    #[error("it is a table in CSV")]
    Table,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unknown,
    Text,
    Document,
}

/// Reads one file.
#[derive(Debug)]
pub struct Reader {
    form: Form,
    /// What was begun: a line, or an event of a document.
    begun: Vec<u8>,
    /// Whether the rest of a line that is too long is passed over.
    skips: bool,
    /// The stream of lines that do not say which they are of.
    own: StreamId,
    current: StreamId,
    document: Document,
}

/// Where in a document reading is.
#[derive(Clone, Copy, Debug, Default)]
struct Document {
    depth: usize,
    /// How deep the events are.
    event: usize,
    in_event: bool,
    in_string: bool,
    is_escaped: bool,
}

impl Reader {
    /// Begins a file.
    pub fn new(grouping: &mut Grouping) -> Reader {
        let own = grouping.nameless();
        let begun = Vec::new();
        Reader { form: Form::Unknown, begun, skips: false, own, current: own, document: Document::default() }
    }

    /// Reads the next bytes, as many as there are.
    ///
    /// # Errors
    ///
    /// If the file is none that can be read. Nothing of it was read then.
    pub fn read(&mut self, bytes: &[u8], grouping: &mut Grouping) -> Result<(), Unreadable> {
        match self.form {
            Form::Unknown => {
                self.begun.extend_from_slice(bytes);
                if self.begun.len() >= BEGINNING { self.begin(grouping) } else { Ok(()) }
            }
            Form::Text => {
                self.text(bytes, grouping);
                Ok(())
            }
            Form::Document => {
                self.document(bytes, grouping);
                Ok(())
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// As [`Reader::read`].
    pub fn end(mut self, grouping: &mut Grouping) -> Result<(), Unreadable> {
        if self.form == Form::Unknown {
            self.begin(grouping)?;
        }
        if self.form == Form::Text && !self.begun.is_empty() {
            let line = std::mem::take(&mut self.begun);
            self.line(&line, grouping);
        }
        if self.form == Form::Document && self.document.depth > 0 {
            if !self.begun.is_empty() {
                self.event(grouping);
            }
            grouping.gaps.cut_off = true;
        }
        Ok(())
    }

    fn begin(&mut self, grouping: &mut Grouping) -> Result<(), Unreadable> {
        let begun = std::mem::take(&mut self.begun);
        if begun.starts_with(&[0x1f, 0x8b]) {
            return Err(Unreadable::Compressed);
        }
        if begun.starts_with(&[0xff, 0xfe]) || begun.starts_with(&[0xfe, 0xff]) {
            return Err(Unreadable::Utf16);
        }
        // A byte order mark, which some tools write.
        let bytes = begun.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&begun);
        if is_table(bytes) {
            return Err(Unreadable::Table);
        }
        self.form = Form::Text;
        if let Some(depth) = document(bytes) {
            self.form = Form::Document;
            self.document.event = depth;
        }
        self.read(bytes, grouping)
    }

    fn text(&mut self, bytes: &[u8], grouping: &mut Grouping) {
        let mut rest = bytes;
        while let Some(at) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(at);
            rest = after.get(1..).unwrap_or_default();
            if self.skips {
                self.skips = false;
            } else if self.begun.is_empty() {
                self.line(line.get(..line.len().min(LONGEST)).unwrap_or_default(), grouping);
                grouping.gaps.long += u64::from(line.len() > LONGEST);
            } else {
                self.keep(line, grouping);
                if !std::mem::take(&mut self.skips) {
                    let line = std::mem::take(&mut self.begun);
                    self.line(&line, grouping);
                    self.begun = line;
                    self.begun.clear();
                }
            }
        }
        if !self.skips {
            self.keep(rest, grouping);
        }
    }

    /// Keeps a part of a line until its end comes. A line that is too long is read as far as it is kept.
    fn keep(&mut self, part: &[u8], grouping: &mut Grouping) {
        let room = LONGEST - self.begun.len().min(LONGEST);
        self.begun.extend_from_slice(part.get(..part.len().min(room)).unwrap_or_default());
        if part.len() > room {
            let line = std::mem::take(&mut self.begun);
            self.line(&line, grouping);
            grouping.gaps.long += 1;
            self.skips = true;
        }
    }

    fn line(&mut self, line: &[u8], grouping: &mut Grouping) {
        match line.first() {
            Some(b'{') if is_event(line) => {
                grouping.lines += 1;
                if !event(line, grouping) {
                    grouping.gaps.broken += 1;
                }
            }
            Some(b'0'..=b'9') => {
                let (time, line) = self.dated(line, grouping);
                grouping.line(self.current, time, line);
            }
            _ => grouping.line(self.current, None, line),
        }
    }

    /// Takes off the time, and the stream's name if there is one, that a tool wrote before a line.
    fn dated<'a>(&mut self, line: &'a [u8], grouping: &mut Grouping) -> (Option<i64>, &'a [u8]) {
        if let Some((stream, rest)) = stream_name(line)
            && let Some((time, rest)) = line::time(rest)
            && let Some(message) = rest.strip_prefix(b" ")
        {
            self.current = grouping.stream(None, Some(stream)).unwrap_or(self.own);
            return (Some(time), message);
        }
        let Some((time, rest)) = line::time(line).and_then(|(time, rest)| Some((time, rest.strip_prefix(b" ")?)))
        else {
            return (None, line);
        };
        // A timeout is told with a time and a request id, too.
        if line::uuid(rest).is_some_and(|(_, rest)| rest.starts_with(b" ")) {
            return (None, line);
        }
        if let Some((stream, message)) = stream_name(rest) {
            // A stream that is not wanted has no lines.
            self.current = grouping.stream(None, Some(stream)).unwrap_or(self.own);
            return (Some(time), message);
        }
        (Some(time), rest)
    }

    fn document(&mut self, bytes: &[u8], grouping: &mut Grouping) {
        for byte in bytes {
            let is_event = self.document.in_event;
            if is_event && self.begun.len() < LONGEST * 4 {
                self.begun.push(*byte);
            } else if is_event {
                self.skips = true;
            }
            if self.document.in_string {
                match byte {
                    _ if self.document.is_escaped => self.document.is_escaped = false,
                    b'\\' => self.document.is_escaped = true,
                    b'"' => self.document.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.document.in_string = true,
                b'{' | b'[' => {
                    self.document.depth += 1;
                    if *byte == b'{' && self.document.depth == self.document.event {
                        self.document.in_event = true;
                        self.begun.clear();
                        self.begun.push(b'{');
                    }
                }
                b'}' | b']' => {
                    if is_event && self.document.depth == self.document.event {
                        self.event(grouping);
                    }
                    self.document.depth = self.document.depth.saturating_sub(1);
                }
                _ => {}
            }
        }
    }

    /// Reads the event of a document that has ended.
    fn event(&mut self, grouping: &mut Grouping) {
        self.document.in_event = false;
        grouping.gaps.long += u64::from(std::mem::take(&mut self.skips));
        let begun = std::mem::take(&mut self.begun);
        // Answers list the streams that were searched, too.
        let is_stream =
            memmem::find(&begun, b"\"searchedCompletely\"").is_some() && memmem::find(&begun, b"\"message\"").is_none();
        if !is_stream {
            grouping.lines += 1;
            if !event(&begun, grouping) {
                grouping.gaps.broken += 1;
            }
        }
        self.begun = begun;
        self.begun.clear();
    }
}

/// Whether a file begins with the names of columns, as the console writes events and the results of queries.
fn is_table(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let columns: Vec<&[u8]> = first.split(|byte| *byte == b',').collect();
    let is_name = |name: &&[u8]| {
        name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"@_.\" ".contains(byte)) && !name.is_empty()
    };
    let is_message = |name: &&[u8]| [&b"message"[..], b"@message", b"\"message\"", b"\"@message\""].contains(name);
    columns.len() > 1 && columns.iter().all(is_name) && columns.iter().any(is_message)
}

/// How deep the events of a document are, if it is one.
fn document(bytes: &[u8]) -> Option<usize> {
    const FIRST: [&[u8]; 6] =
        [b"events", b"searchedLogStreams", b"nextToken", b"nextForwardToken", b"nextBackwardToken", b"logEvents"];
    let bytes = bytes.trim_ascii_start();
    if let Some(rest) = bytes.strip_prefix(b"[") {
        let name = first_name(rest.trim_ascii_start())?;
        return is_member_of_event(name).then_some(2);
    }
    let name = first_name(bytes)?;
    FIRST.contains(&name).then_some(3)
}

/// The name of the first member of an object.
fn first_name(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"")?;
    rest.get(..memchr(b'"', rest)?)
}

fn is_member_of_event(name: &[u8]) -> bool {
    [
        &b"logStreamName"[..],
        b"timestamp",
        b"message",
        b"ingestionTime",
        b"eventId",
        b"logGroupName",
        b"@timestamp",
        b"@message",
    ]
    .contains(&name)
}

/// Whether a line is an event of CloudWatch and not one of a function that logs JSON: a function's has a level, and its
/// time is no number.
fn is_event(line: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [
        b"\"logStreamName\"",
        b"\"logStream\"",
        b"\"logEvents\"",
        b"\"ingestionTime\"",
        b"\"eventId\"",
        b"\"@message\"",
        b"\"logGroup\"",
    ];
    let beginning = line.get(..line.len().min(200)).unwrap_or_default();
    let is_plain = || {
        let mut members = json::members(line);
        let is_number = |value: &Value| matches!(value, Value::Other(_)) && value.number().is_some();
        let mut names = 0;
        members.all(|(name, value)| {
            names += 1;
            (name == b"timestamp" && is_number(&value)) || (name == b"message" && matches!(value, Value::Text(_)))
        }) && names == 2
    };
    NAMES.iter().any(|name| {
        memmem::find(beginning, name).is_some() || memmem::find(line, name).is_some() && has_member(line, name)
    }) && (memmem::find(line, b"essage\"").is_some() || memmem::find(line, b"\"logEvents\"").is_some())
        || is_plain()
}

fn has_member(line: &[u8], quoted: &[u8]) -> bool {
    json::members(line).any(|(name, _)| quoted.get(1..quoted.len() - 1) == Some(name))
}

/// Reads an object of an event. Whether it was one.
fn event(object: &[u8], grouping: &mut Grouping) -> bool {
    let (mut time, mut message, mut log_group, mut log_stream, mut events) = (None, None, None, None, None);
    for (name, value) in json::members(object) {
        match name {
            b"timestamp" | b"@timestamp" => {
                time = value.number().or_else(|| line::time(value.text()?.as_bytes()).map(|(time, _)| time));
            }
            b"message" | b"@message" => {
                message = match value {
                    Value::Text(raw) => Some(json::unescape(raw)),
                    Value::Object(raw) => Some(raw.to_vec()),
                    _ => None,
                };
            }
            b"logGroup" | b"logGroupName" | b"logGroupIdentifier" | b"@log" => log_group = value.text().or(log_group),
            b"logStream" | b"logStreamName" | b"@logStream" => log_stream = value.text().or(log_stream),
            b"logEvents" => events = Some(value),
            _ => {}
        }
    }
    // `111122223333:/aws/lambda/orders-fn`, and ARNs.
    let log_group = log_group.as_deref().map(|name| name.rsplit(':').find(|part| *part != "*").unwrap_or(name));
    let number = grouping.lines;
    let mut tell = |timestamp, message: &[u8]| {
        grouping.event_of(&Event { timestamp, log_group, log_stream: log_stream.as_deref(), message }, number);
    };
    if let Some(events) = events {
        for item in events.items() {
            let Value::Object(item) = item else { continue };
            let find = |wanted: &[u8]| json::members(item).find(|(name, _)| *name == wanted).map(|(_, value)| value);
            if let Some(Value::Text(message)) = find(b"message") {
                tell(find(b"timestamp").and_then(Value::number), &json::unescape(message));
            }
        }
        return true;
    }
    message.map(|message| tell(time, &message)).is_some()
}

/// The name of a stream of Lambda, `2026/11/22/[$LATEST]0123…`, or of a gateway (32 hexadecimal digits), and what follows it.
fn stream_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr(b' ', text.get(..120.min(text.len()))?)?;
    let (name, rest) = text.split_at_checked(end)?;
    let is_lambdas = name.get(4) == Some(&b'/') && name.get(7) == Some(&b'/') && name.contains(&b']');
    let is_gateways = name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit);
    if !is_lambdas && !is_gateways {
        return None;
    }
    Some((std::str::from_utf8(name).ok()?, rest.get(1..)?))
}
