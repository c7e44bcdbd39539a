//! Errors that take several lines, in whatever form: what begins one, what goes on with it, and what it says in the end.

use super::failure::{self, Failure, Lines, Proof};
use super::frame::{self, Frames};
use super::kind::{Kind, Runtime};
use super::line::Context;
use super::recent::{Began, Previous, Recent};
use super::{dotnet, go, head, java, php, platform, python, ruby, rust, structured};

/// What a line is to an error that began before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Part of it.
    More,
    /// Its last part.
    Last,
    /// Not part of it.
    No,
}

/// How an error is written.
#[derive(Clone, Debug)]
enum Form {
    /// `[ERROR] Type: message`, before its traceback.
    PythonReport,
    /// A traceback. Without a report before it, type and message stand below it.
    Traceback {
        is_named: bool,
        has_ended: bool,
    },
    /// Frames that begin with `at`: Node, Java, .NET.
    At {
        is_in_braces: bool,
    },
    /// `Class not found: …: Type`, of which the type's own line, and frames, may follow.
    NotFound,
    Ruby,
    Go {
        is_first: bool,
    },
    Rust {
        has_message: bool,
    },
    Php,
    /// `RequestId: … Error: …`, before its type.
    Platform,
    /// The JSON of a runtime over many lines.
    Json {
        text: Vec<u8>,
        kind: Option<Kind>,
        is_reported: bool,
    },
}

/// An error of which lines may follow.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    form: Form,
    failure: Failure,
    frames: Frames,
    /// Whether it is known to be one.
    is_confirmed: bool,
    /// How many lines may still pass until it is.
    patience: u8,
    is_uncaught: bool,
}

impl Stack {
    /// The lines of a message that Python's runtime may write before the traceback. A model that refuses an input has one
    /// or more for each member.
    const MOST_LINES_OF_A_MESSAGE: u8 = 100;

    /// The JSON of a runtime's error takes no more than this.
    const LONGEST_JSON: usize = 64 * 1024;

    fn new(form: Form, proof: Proof, context: Context, number: u64) -> Stack {
        let failure = Failure::new(Kind::Exception, proof, context, number);
        Stack { form, failure, frames: Frames::default(), is_confirmed: true, patience: 6, is_uncaught: false }
    }

    fn named(mut self, (error_type, message): (String, String)) -> Stack {
        self.failure.error_type = failure::error_type(&error_type);
        self.failure.message = failure::message(&message);
        self
    }

    fn unconfirmed(mut self) -> Stack {
        self.is_confirmed = false;
        self
    }

    fn line(mut self, line: &str) -> Stack {
        self.failure.lines.add(line);
        self
    }

    /// The number and words of its first line, if that was written at level ERROR.
    pub(super) fn complaint(&self) -> Option<(u64, String)> {
        self.failure.context.is_error.then(|| (self.failure.number, self.failure.message.clone()))
    }

    /// What the platform says, whose type may follow.
    pub(super) fn platform(failure: Failure) -> Stack {
        let mut stack = Stack::new(Form::Platform, failure.proof, failure.context, failure.number);
        stack.failure = failure;
        stack
    }

    /// An error that a line begins by itself. A line of a logger is no report of a runtime or of a language.
    pub(super) fn begin(text: &str, context: Context, number: u64) -> Option<Stack> {
        let new = |form, proof| Stack::new(form, proof, context, number).line(text);
        if text == python::TRACEBACK {
            return Some(new(Form::Traceback { is_named: false, has_ended: false }, Proof::Printed).unconfirmed());
        }
        if context.is_logged {
            return None;
        }
        if let Some(found) = python::report(text).and_then(|report| head::at_start(report, false)) {
            let stack = new(Form::PythonReport, Proof::Reported).named(found).unconfirmed();
            return Some(Stack { patience: Stack::MOST_LINES_OF_A_MESSAGE, ..stack });
        }
        if let Some(message) = java::not_found(text) {
            let named = (java::NOT_FOUND.to_owned(), message.to_owned());
            let mut stack = new(Form::NotFound, Proof::Reported).named(named);
            stack.failure.runtime = Some(Runtime::Java);
            return Some(stack);
        }
        if let Some(message) = go::panic(text) {
            let mut stack = new(Form::Go { is_first: true }, Proof::Reported).unconfirmed();
            stack.failure.message = failure::message(message);
            stack.failure.error_type = go::panic_type(message).map(str::to_owned);
            stack.failure.kind = if go::is_out_of_memory(text) { Kind::OutOfMemory } else { Kind::Panic };
            stack.failure.runtime = Some(Runtime::Go);
            return Some(stack);
        }
        if let Some((file, message)) = rust::panic(text) {
            let mut stack = new(Form::Rust { has_message: message.is_some() }, Proof::Reported);
            stack.failure.message = failure::message(&message.unwrap_or_default());
            stack.failure.kind = Kind::Panic;
            let is_own = rust::is_own(&file);
            stack.frames.add_place(Runtime::Rust, file, is_own);
            return Some(stack);
        }
        let (error_type, message) = php::uncaught(text).and_then(|rest| head::at_start(rest, false))?;
        let mut stack = new(Form::Php, Proof::Reported).named((error_type, php::message(&message).to_owned()));
        stack.failure.runtime = Some(Runtime::Custom);
        Some(stack)
    }

    /// A traceback, of which the logger's line before it tells when it was, and of which request.
    pub(super) fn announced(previous: &mut Previous) -> Stack {
        previous.is_used = true;
        let form = Form::Traceback { is_named: false, has_ended: false };
        let said = String::from_utf8_lossy(&previous.text).into_owned();
        let mut stack = Stack::new(form, Proof::Printed, previous.context, previous.number).unconfirmed().line(&said);
        stack.failure.message = failure::message(&said);
        stack.line(python::TRACEBACK)
    }

    /// An error of which a frame shows with which of the lines above it began.
    pub(super) fn of_frame(text: &str, number: u64, recent: &mut Recent) -> Option<Stack> {
        let frame = frame::read(text)?;
        let form = match frame.runtime {
            Runtime::Node | Runtime::Java | Runtime::Dotnet if text.trim_start().starts_with("at ") => {
                Form::At { is_in_braces: text.ends_with(" {") }
            }
            Runtime::Ruby => Form::Ruby,
            _ => return None,
        };
        let Began { lines, error_type, message, is_reported } = recent.began(matches!(form, Form::Ruby))?;
        let start = recent.get(lines - 1)?;
        let proof = if is_reported { Proof::Reported } else { Proof::Printed };
        let context = Context { request: start.context.request.or(recent.last().context.request), ..start.context };
        let start_number = if start.number == 0 { number } else { start.number };
        let mut stack = Stack::new(form, proof, context, start_number).named((error_type, message));
        for at in (0..lines).rev() {
            stack.failure.lines.add(&recent.text(at));
        }
        recent.use_newest(lines);
        stack.take(text.as_bytes());
        Some(stack)
    }

    /// The JSON of an error over many lines, which begins with a brace alone. What stands before it may announce it.
    pub(super) fn json(context: Context, number: u64, previous: &mut Previous) -> Stack {
        let before = String::from_utf8_lossy(&previous.text).into_owned();
        let before = before.trim_end();
        let report = super::node::REPORTS.iter().find(|(words, _)| before == *words);
        let ruby = ruby::report(before);
        let kind = report.and_then(|(_, kind)| *kind);
        let is_reported = report.is_some() || ruby.is_some();
        let form = Form::Json { text: b"{".to_vec(), kind, is_reported };
        if !is_reported {
            return Stack::new(form, Proof::Printed, context, number);
        }
        previous.is_used = true;
        let context = Context { request: context.request.or(previous.context.request), ..previous.context };
        let mut stack = Stack::new(form, Proof::Reported, context, previous.number).line(before);
        stack.failure.is_init = ruby == Some(true);
        stack
    }

    /// Takes the next line, if it is part of this error.
    pub(super) fn take(&mut self, raw: &[u8]) -> Taken {
        let text = String::from_utf8_lossy(raw).replace('\u{a0}', " ");
        let taken = self.taken(&text);
        if taken != Taken::No {
            self.failure.lines.add(&text);
        }
        taken
    }

    fn taken(&mut self, text: &str) -> Taken {
        let words = text.trim();
        let goes_on = |is: bool| if is { Taken::More } else { Taken::No };
        match &mut self.form {
            Form::PythonReport if text == python::TRACEBACK => {
                self.form = Form::Traceback { is_named: true, has_ended: false };
                self.is_confirmed = true;
                Taken::More
            }
            Form::PythonReport if python::is_logged(text) => Taken::No,
            Form::PythonReport => self.wait(),
            Form::Traceback { .. } => self.traceback(text),
            Form::At { is_in_braces } => {
                if *is_in_braces && text == "}" {
                    *is_in_braces = false;
                    return Taken::More;
                }
                *is_in_braces |= text.ends_with(" {") && text.starts_with([' ', '\t']);
                self.is_uncaught |= dotnet::is_uncaught(text);
                let is_frame = self.frame(text);
                goes_on(is_frame || java::is_link(words) || dotnet::is_link(words) || text.starts_with([' ', '\t']))
            }
            Form::NotFound => {
                self.form = Form::At { is_in_braces: false };
                goes_on(text.starts_with(java::NOT_FOUND) || self.frame(text))
            }
            Form::Ruby => goes_on(self.frame(text)),
            Form::Go { is_first } => {
                if go::is_goroutine(text) {
                    *is_first = !self.is_confirmed;
                    self.is_confirmed = true;
                    return Taken::More;
                }
                if !self.is_confirmed {
                    return self.wait();
                }
                if let Some((place, is_own)) = go::call(text).filter(|_| *is_first && go::goes_on(text)) {
                    self.frames.add_place(Runtime::Go, place, is_own);
                }
                goes_on(go::goes_on(text))
            }
            Form::Rust { has_message } => {
                if !*has_message {
                    *has_message = true;
                    self.failure.message = failure::message(text);
                    return Taken::More;
                }
                goes_on(rust::goes_on(text))
            }
            Form::Php => {
                self.frame(text);
                goes_on(php::goes_on(text))
            }
            Form::Platform if platform::is_type(text) => {
                platform::set_type(&mut self.failure, Some(words));
                Taken::Last
            }
            Form::Platform => Taken::No,
            Form::Json { text: json, .. } => {
                json.push(b'\n');
                json.extend_from_slice(text.as_bytes());
                match text {
                    "}" => Taken::Last,
                    _ => goes_on(text.starts_with([' ', '\t']) && json.len() < Stack::LONGEST_JSON),
                }
            }
        }
    }

    /// Goes on for a few lines without knowing.
    fn wait(&mut self) -> Taken {
        self.patience = self.patience.saturating_sub(1);
        if self.patience > 0 { Taken::More } else { Taken::No }
    }

    fn frame(&mut self, text: &str) -> bool {
        frame::read(text).map(|frame| self.frames.add(frame)).is_some()
    }

    fn traceback(&mut self, text: &str) -> Taken {
        let Form::Traceback { is_named, has_ended } = &mut self.form else { return Taken::No };
        if text == python::TRACEBACK || python::is_link(text) {
            // What is raised last is what failed.
            *has_ended = false;
            self.frames.clear();
            return Taken::More;
        }
        if *has_ended {
            return Taken::No;
        }
        if text.starts_with([' ', '\t']) {
            if self.frame(text) {
                self.is_confirmed |= !matches!(self.form, Form::Traceback { is_named: true, .. });
            }
            return Taken::More;
        }
        if *is_named {
            return Taken::No;
        }
        let Some((error_type, message)) = head::at_start(text, false).or_else(|| head::bare(text)) else {
            return Taken::No;
        };
        *has_ended = true;
        self.failure.error_type = failure::error_type(&error_type);
        self.failure.message = failure::message(&message);
        Taken::More
    }

    /// What was said of it, now that nothing more follows. `None` if it only seemed to be an error.
    pub(super) fn close(mut self) -> Option<Failure> {
        match &self.form {
            Form::Json { text, kind, is_reported } => {
                let context = Context { is_init: self.failure.is_init, ..self.failure.context };
                let number = self.failure.number;
                let read = match is_reported {
                    true => structured::reported(text, *kind, context, number),
                    false => match structured::read(text, context, number) {
                        structured::Said::Failure(failure) => Some(failure),
                        _ => None,
                    },
                };
                let mut failure = read?;
                let mut lines = std::mem::take(&mut self.failure.lines);
                lines.append(Lines::of(&String::from_utf8_lossy(text)));
                failure.lines = lines;
                return Some(failure);
            }
            Form::Platform => return Some(self.failure),
            Form::Traceback { is_named: false, has_ended: false } if self.failure.error_type.is_none() => {
                return None;
            }
            _ => {}
        }
        let mut failure = self.failure;
        let error_type = failure.error_type.as_deref().unwrap_or_default();
        let is_platforms = Kind::is_platform_type(error_type);
        if !self.is_confirmed && !is_platforms {
            return None;
        }
        if self.is_uncaught || is_platforms {
            failure.proof = Proof::Reported;
        }
        failure.is_init |= self.frames.is_init();
        failure.runtime = failure.runtime.or(self.frames.runtime);
        if matches!(self.form, Form::PythonReport | Form::Traceback { .. }) {
            failure.runtime = Some(Runtime::Python);
        }
        let kind = Kind::of_type(error_type, &failure.message);
        failure.kind =
            kind.unwrap_or(if failure.is_init && failure.kind == Kind::Exception { Kind::Init } else { failure.kind });
        failure.frames = self.frames.top();
        Some(failure)
    }
}
