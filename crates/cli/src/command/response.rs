//! `stagecheck response`: what the gateway makes of a Lambda function's answer.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use engine::document::LONGEST;
use engine::response::source::{self, SourceError};
use engine::response::{Context, Kind, Verdict, judge};
use serde::Serialize;

use crate::args::{AnswerSource, FailOn, Format, ResponseArgs};
use crate::error::{FOUND, Failure};
use crate::{output, text};

pub(crate) fn run(args: &ResponseArgs) -> Result<u8, Failure> {
    let context = Context {
        binary_media_types: (!args.binary_media_types.is_empty()).then(|| args.binary_media_types.clone()),
        accept: args.accept.clone(),
        runtime: args.runtime,
        route: args.route.clone(),
    };
    if args.source == AnswerSource::TestInvoke && args.integration != Kind::Rest {
        return Err(Failure::new(format!("TestInvokeMethod is of REST APIs, and not of {}", args.integration.name()))
            .help("leave --integration out"));
    }
    let has_failure = match args.source {
        AnswerSource::Lines => lines(args, &context)?,
        _ => {
            let verdict = one(args, &context)?;
            let text = || text::response::render(&verdict);
            output::write(&args.output, &verdict, text, || text::response::markdown(&verdict))?;
            verdict.is_failure()
        }
    };
    Ok(if has_failure && args.fail_on != FailOn::Never { FOUND } else { 0 })
}

/// What the input is called in messages.
fn name(args: &ResponseArgs) -> String {
    match path(args) {
        Some(path) => path.display().to_string(),
        None => "standard input".to_owned(),
    }
}

/// The file to read, unless it is standard input.
fn path(args: &ResponseArgs) -> Option<&Path> {
    args.file.as_deref().filter(|path| path.as_os_str() != "-")
}

fn open(args: &ResponseArgs) -> Result<Box<dyn BufRead>, Failure> {
    let Some(path) = path(args) else { return Ok(Box::new(io::stdin().lock())) };
    let file = File::open(path).map_err(|error| cannot_read(args, &error))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

fn cannot_read(args: &ResponseArgs, error: &io::Error) -> Failure {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "check the path: it is looked for from the folder that the command runs in",
        io::ErrorKind::IsADirectory => "name a file in it",
        _ => "check that it may be read",
    };
    Failure::new(format!("cannot read {}: {error}", name(args))).help(help)
}

fn one(args: &ResponseArgs, context: &Context) -> Result<Verdict, Failure> {
    let mut bytes = Vec::new();
    let limit = LONGEST as u64;
    open(args)?.take(limit + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(args, &error))?;
    if bytes.len() > LONGEST {
        return Err(Failure::new(format!("{} has more than {} MiB", name(args), LONGEST >> 20))
            .help("give one answer; with --source lines, one on each line"));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(format!("{} is not text in UTF-8", name(args)))
            .help("give the answer as JSON, written in UTF-8 and not compressed")
    })?;
    let verdict = match args.source {
        AnswerSource::Invoke => source::invocation(&text).map(|invocation| invocation.judge(args.integration, context)),
        AnswerSource::TestInvoke => source::answer(&text).and_then(|result| source::test_invoke(&result, context)),
        AnswerSource::Answer | AnswerSource::Lines => {
            source::answer(&text).map(|answer| judge(args.integration, &answer, context))
        }
    };
    verdict.map_err(|error| {
        Failure::new(format!("{} cannot be judged: {error}", name(args))).help(help(&error, args.source))
    })
}

/// What to do about an input that holds no answer.
fn help(error: &SourceError, source: AnswerSource) -> &'static str {
    match (error, source) {
        (SourceError::Empty, _) => "give what the function returned, as JSON: null, if it returned nothing",
        (SourceError::NotJson(why), _) if why.starts_with("recursion limit") => {
            "what is nested deeper than 128 levels is not read; give the answer with a shorter body"
        }
        (SourceError::NotJson(why), _) if why.starts_with("trailing characters") => {
            "give one answer; with --source lines one on each line, with --source invoke what aws lambda invoke printed"
        }
        (SourceError::HalfCharacter(_), _) => {
            "what API Gateway makes of it is not known: have the function return whole characters, and judge it again"
        }
        (SourceError::NotJson(_), AnswerSource::Answer) => {
            "give what the function returned, as JSON: a string in quotes, and not what JavaScript or Python prints"
        }
        (SourceError::NotJson(_), _) => "give the result as JSON, as the AWS CLI writes it with --output json",
        (SourceError::NotAnInvocation, _) => "if it is what the function returned, leave --source out",
        (SourceError::NoPayload, _) => {
            "judge that file without --source, or let both be printed: aws lambda invoke … /dev/stdout"
        }
        (SourceError::NotAwaited(_), _) => "invoke it with --invocation-type RequestResponse",
        (SourceError::NotATest, _) => "give what aws apigateway test-invoke-method prints with --output json",
        (SourceError::NoAnswer { .. }, _) => "mend what the gateway's log names; stagecheck audit looks for its cause",
    }
}

/// A verdict, and the line on which its answer stood.
#[derive(Serialize)]
struct OfLine<'a> {
    line: usize,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

/// Judges the answers of a file, one on each line, and writes each verdict before the next line is read.
fn lines(args: &ResponseArgs, context: &Context) -> Result<bool, Failure> {
    let mut input = open(args)?;
    let mut tally = text::response::Tally::default();
    let mut unread: Option<Failure> = None;
    let mut not_json = NotJson::default();
    let streamed = output::stream(&args.output, |out| {
        let mut line = Vec::new();
        for number in 1.. {
            match next_line(&mut input, &mut line) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    unread = Some(cannot_read(args, &error));
                    break;
                }
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match read_line(&line) {
                Err((column, why)) => not_json.add(|| format!("line {number} column {column}: {why}")),
                Ok(answer) => {
                    let verdict = judge(args.integration, &answer, context);
                    write_one(args.output.format, number, &verdict, tally.is_empty(), out)?;
                    tally.add(&verdict);
                }
            }
        }
        match args.output.format {
            // Nothing was judged, and nothing is written.
            _ if tally.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            Format::Json => out.write_all(b"\n]}\n"),
            Format::Text | Format::Markdown => writeln!(out, "{tally}"),
        }
    });
    if !tally.is_empty() {
        streamed?;
    }
    match (unread, not_json.first) {
        (Some(failure), _) => Err(failure),
        (None, Some(first)) => {
            let more = match not_json.count {
                1 => String::new(),
                count => format!(" ({} more lines are not)", count - 1),
            };
            Err(Failure::new(format!("{} is not JSON in {first}{more}", name(args)))
                .help("write one answer on each line, as JSON; the other lines have been judged"))
        }
        (None, None) if tally.is_empty() => Err(Failure::new(format!("{} cannot be judged: it is empty", name(args)))
            .help(help(&SourceError::Empty, AnswerSource::Lines))),
        (None, None) => Ok(tally.has_failure()),
    }
}

/// The lines that are not JSON: the first, and how many there are.
#[derive(Default)]
struct NotJson {
    first: Option<String>,
    count: usize,
}

impl NotJson {
    fn add(&mut self, what: impl FnOnce() -> String) {
        self.first.get_or_insert_with(what);
        self.count += 1;
    }
}

fn write_one(format: Format, line: usize, verdict: &Verdict, is_first: bool, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => {
            let opening = "{\"schema\": \"stagecheck.responses/1\", \"answers\": [\n";
            out.write_all(if is_first { opening.as_bytes() } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &OfLine { line, verdict }).map_err(io::Error::from)
        }
        Format::Text => out.write_all(text::response::line(line, verdict).as_bytes()),
        Format::Markdown => out.write_all(text::response::markdown_line(line, verdict).as_bytes()),
    }
}

/// Reads a line without its end. False if there is none. A line is held no further than [`LONGEST`] bytes, and one byte
/// more that tells that it is too long.
fn next_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut is_any = false;
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(is_any);
        }
        is_any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let room = (LONGEST + 1).saturating_sub(line.len());
        line.extend(chunk.iter().take(end.unwrap_or(chunk.len())).take(room));
        let used = end.map_or(chunk.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// The value on a line; or the column, and what is wrong there.
fn read_line(line: &[u8]) -> Result<serde_json::Value, (usize, String)> {
    if line.len() > LONGEST {
        return Err((LONGEST, format!("the line has more than {} MiB", LONGEST >> 20)));
    }
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    serde_json::from_slice(line).map_err(|error| {
        let why = match SourceError::from(&error) {
            SourceError::HalfCharacter(_) => "half a surrogate pair, which is no character".to_owned(),
            _ => error.to_string(),
        };
        (error.column(), why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_one_way_or_another() {
        let mut input: &[u8] = b"1\r\n\n22\n333";
        let mut line = Vec::new();
        let mut lines = Vec::new();
        while next_line(&mut input, &mut line).unwrap() {
            lines.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines, ["1\r", "", "22", "333"]);
    }

    #[test]
    fn half_a_character_is_called_that() {
        let why = "half a surrogate pair, which is no character".to_owned();
        assert_eq!(read_line(br#"{"body":"\ud800"}"#), Err((16, why)));
    }

    #[test]
    fn a_line_that_is_too_long_is_not_held() {
        let long = vec![b'x'; LONGEST + 100];
        let mut input = io::BufReader::new(long.as_slice().chain(b"\n{}\n".as_slice()));
        let mut line = Vec::new();
        assert!(next_line(&mut input, &mut line).unwrap());
        assert_eq!(
            (line.len(), read_line(&line).unwrap_err().1.as_str()),
            (LONGEST + 1, "the line has more than 64 MiB")
        );
        assert!(next_line(&mut input, &mut line).unwrap());
        assert_eq!(read_line(&line).unwrap(), serde_json::json!({}));
        assert!(!next_line(&mut input, &mut line).unwrap());
    }
}
