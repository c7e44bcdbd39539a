//! The log lines of one request: the gateway's execution log, and a function's own.

use serde_json::Value;

use super::cause::{Not, Proof, if_known};
use super::facts::Read;
use super::{Case, callee};
use crate::arn::FunctionName;
use crate::gateway_log::access::Format;
use crate::logs::redact;
use crate::observed::{NotRead, Why};
use crate::snapshot::{ApiKind, Stage};
use crate::stage_logs::StageLogs;

/// Lines of one log group.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    /// The group.
    pub group: String,
    /// Their text, in the order in which they were written.
    pub messages: Vec<&'a str>,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its group.
    pub group: &'a str,
    /// Its text.
    pub message: &'a str,
}

impl<'a> Lines<'a> {
    /// The first line with a text in it.
    pub fn find(&self, text: &str) -> Option<Line<'_>> {
        let message = self.messages.iter().find(|message| message.contains(text))?;
        Some(Line { group: &self.group, message })
    }

    /// The first of some texts that a line holds.
    pub fn holds(&self, parts: &[&'static str]) -> Option<&'static str> {
        parts.iter().copied().find(|part| self.find(part).is_some())
    }

    /// What follows a text in the first line that has it.
    pub fn after(&self, text: &str) -> Option<&'a str> {
        self.messages.iter().find_map(|message| message.split_once(text)).map(|(_, rest)| rest.trim())
    }

    /// Whether there is any line.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

/// The execution log of the request, by its id.
///
/// # Errors
///
/// [`Not`], if it was not read; [`Not::Silent`], if the API or the stage has none, or the response does not tell the request's
/// id.
pub fn execution<'a>(case: &Case<'a>) -> Result<Lines<'a>, Not> {
    let group = execution_group(case)?;
    let id = request_id(case).ok_or(Not::Silent)?;
    let lines = of_group(case, group, Some(id));
    // Where there are lines all the same, it was written at the time.
    let is_missing = match &lines {
        Ok(lines) => lines.is_empty(),
        Err(not) => matches!(not, Not::Unread(_)),
    };
    if is_missing && unwritten(case).is_some() { Err(Not::Silent) } else { lines }
}

fn execution_group(case: &Case<'_>) -> Result<String, Not> {
    let target = case.target()?;
    let stage = target.stage()?;
    match target.api.kind {
        ApiKind::Rest => Ok(format!("API-Gateway-Execution-Logs_{}/{}", target.api.id, stage.name)),
        ApiKind::WebSocket => Ok(format!("/aws/apigateway/{}/{}", target.api.id, stage.name)),
        ApiKind::Http => Err(Not::Silent),
    }
}

/// The group of the execution log that the request's stage would have, if its settings say that none is written; or the account's,
/// which has no role to write logs with.
pub fn unwritten(case: &Case<'_>) -> Option<String> {
    let group = execution_group(case).ok()?;
    let target = case.target().ok()?;
    target.stage_read().ok()?;
    let is_on = StageLogs::of(target.api, target.stage?).execution.is_some();
    (!is_on || lacks_role(case)).then_some(group)
}

/// Whether the request's stage writes a log of requests; `None` where that was not read.
pub fn is_logged(case: &Case<'_>) -> Option<bool> {
    let target = case.target().ok()?;
    target.stage_read().ok()?;
    let logs = StageLogs::of(target.api, target.stage?);
    Some(logs.access.is_some() || logs.execution.is_some() && !lacks_role(case))
}

/// Whether the account has no role with which API Gateway writes logs, as far as that was read.
pub fn lacks_role(case: &Case<'_>) -> bool {
    let account = case.facts.answer(&Read::Account).and_then(Result::ok).flatten();
    account.is_some_and(|own| own.get("cloudwatchRoleArn").and_then(Value::as_str).is_none_or(str::is_empty))
}

/// The same; `None` where there is none, or it could not be read.
///
/// # Errors
///
/// [`Not::Wanted`], if it is to be read first.
pub fn execution_if_any<'a>(case: &Case<'a>) -> Result<Option<Lines<'a>>, Not> {
    if_known(execution(case))
}

/// The access log of the stage, the lines with the request's id.
///
/// # Errors
///
/// [`Not`], if it was not read; [`Not::Silent`], if the stage has none in CloudWatch.
fn access<'a>(case: &Case<'a>) -> Result<Lines<'a>, Not> {
    let stage = case.target()?.stage()?;
    let destination =
        stage.settings.get("accessLogSettings").and_then(|own| own.get("destinationArn")).and_then(Value::as_str);
    let group = destination.and_then(|arn| arn.split_once(":log-group:")).ok_or(Not::Silent)?.1;
    let id = request_id(case).ok_or(Not::Silent)?;
    of_group(case, group.trim_end_matches(":*").to_owned(), Some(id))
}

/// What the access log tells of a request's refusal, by the stage's own format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accessed {
    /// The log's group.
    pub group: String,
    /// `$context.authorizer.error`.
    pub authorizer_error: Option<String>,
    /// `$context.integration.error`, or `$context.integrationErrorMessage`.
    pub integration_error: Option<String>,
    /// Whether the log has the request, and would tell an error of its integration.
    pub tells_integration: bool,
    /// `$context.error.responseType`.
    pub response_type: Option<String>,
    /// Why the log was not read, where there is one: it may not be, or its lines of the request are of another format.
    pub unread: Option<NotRead>,
}

/// What the access log tells of the request: nothing, where the stage has none.
///
/// # Errors
///
/// [`Not::Wanted`], if it is to be read first.
pub fn accessed(case: &Case<'_>) -> Result<Accessed, Not> {
    let lines = match access(case) {
        Ok(lines) => lines,
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(Not::Unread(why)) => return Ok(Accessed { unread: Some(why), ..Accessed::default() }),
        Err(_) => return Ok(Accessed::default()),
    };
    let format = format_of(case.target()?.stage()?);
    let line = lines.messages.iter().copied().find_map(|message| format.read(message));
    let unread = (line.is_none() && !lines.is_empty()).then(|| of_another_format(&lines.group));
    let tells = format.has("integration.error") || format.has("integrationErrorMessage");
    let tells_integration = tells && line.is_some();
    let line = line.unwrap_or_default();
    Ok(Accessed {
        authorizer_error: line.authorizer_error().map(str::to_owned),
        integration_error: line.integration_error().map(str::to_owned),
        tells_integration,
        response_type: line.response_type().map(str::to_owned),
        group: lines.group,
        unread,
    })
}

fn of_another_format(group: &str) -> NotRead {
    NotRead {
        why: Why::Failed,
        call: "logs:FilterLogEvents".to_owned(),
        resource: group.to_owned(),
        needs: String::new(),
        message: "the lines of the request are not of the stage's accessLogSettings.format".to_owned(),
    }
}

/// A variable of the stage's access log, of the request: `None` where its format has none of that name, or the log has not the
/// request or could not be read.
///
/// # Errors
///
/// [`Not::Wanted`], if it is to be read first.
pub fn accessed_variable(case: &Case<'_>, name: &str) -> Result<Option<String>, Not> {
    let Ok(stage) = case.target().and_then(super::target::Target::stage) else { return Ok(None) };
    let format = format_of(stage);
    if !format.has(name) && !format.is_unknown() {
        return Ok(None);
    }
    let Some(lines) = if_known(access(case))? else { return Ok(None) };
    let mut read = lines.messages.iter().filter_map(|message| format.read(message));
    Ok(read.find_map(|line| line.value(name).map(str::to_owned)))
}

/// The format of a stage's access log.
fn format_of(stage: &Stage) -> Format {
    let settings = stage.settings.get("accessLogSettings");
    Format::parse(settings.and_then(|own| own.get("format")).and_then(Value::as_str).unwrap_or_default())
}

impl Accessed {
    /// A proof with what the log says of the authorizer; without the log, if that was not read.
    pub fn because(self, proof: Proof) -> Proof {
        let proof = match self.unread {
            Some(why) => proof.without(&why),
            None => proof,
        };
        match self.authorizer_error {
            Some(error) => {
                proof.because("logs:FilterLogEvents", format!("{} authorizer.error", self.group), short(&error))
            }
            None => proof,
        }
    }
}

/// How much of a text is looked at, and how much of it is shown, in characters.
const LOOKED_AT: usize = 4_096;
const SHOWN: usize = 160;

/// Text of the account's, without what may be secret. One that is too long ends after a word, with an ellipsis.
pub fn short(text: &str) -> String {
    // What is cut first may no longer look like the secret that it is.
    let own: String = text.chars().filter(|c| !c.is_control()).take(LOOKED_AT).collect();
    let own = redact(vec![own]).concat();
    let Some((end, _)) = own.char_indices().nth(SHOWN) else { return own.trim().to_owned() };
    let head = own.get(..end).unwrap_or_default();
    let word =
        head.rsplit_once(char::is_whitespace).map(|(words, _)| words.trim_end()).filter(|words| !words.is_empty());
    format!("{}…", word.unwrap_or(head))
}

/// What the gateway puts after a function's error: of a REST API, and of an HTTP API.
const AFTER_ERROR: [&str; 2] = [". Lambda request id:", ". Check your Lambda function code and try again"];

/// What a function's error says, as the end of a sentence.
pub fn said(error: &str) -> String {
    let end = AFTER_ERROR.iter().find_map(|mark| error.find(mark));
    let own = short(end.and_then(|end| error.get(..end)).unwrap_or(error));
    if own.ends_with(['.', '!', '?', '…']) { own } else { format!("{own}.") }
}

/// The lines of a log group in the minutes around the response; with a filter, those that contain it.
///
/// # Errors
///
/// [`Not`], if they were not read.
pub fn of_group<'a>(case: &Case<'a>, group: String, filter: Option<String>) -> Result<Lines<'a>, Not> {
    let events = events(case, &group, filter.clone())?;
    let messages = events.iter().filter_map(|event| event.get("message")?.as_str());
    let fits = |message: &&str| filter.as_ref().is_none_or(|filter| message.contains(filter.as_str()));
    Ok(Lines { group, messages: messages.filter(fits).collect() })
}

fn events<'a>(case: &Case<'a>, group: &str, filter: Option<String>) -> Result<&'a [Value], Not> {
    let answer = case.ask(Read::Logs { group: group.to_owned(), filter })?;
    Ok(answer.and_then(Value::as_array).map_or(&[], Vec::as_slice))
}

/// The events of a function's own log, in the minutes around the response, each `{ timestamp, message, logStreamName }`; and
/// the log's group.
///
/// # Errors
///
/// [`Not`], if they were not read.
pub fn events_of_function<'a>(
    case: &Case<'a>,
    function: &FunctionName,
    configuration: Option<&Value>,
) -> Result<(String, &'a [Value]), Not> {
    let group = callee::log_group(function, configuration);
    let events = events(case, &group, None)?;
    Ok((group, events))
}

/// The id by which the gateway's logs know the request.
pub fn request_id(case: &Case<'_>) -> Option<String> {
    let headers = &case.response().ok()?.headers;
    headers.get("x-amzn-requestid").or_else(|| headers.get("apigw-requestid")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_whole_or_ends_after_a_word() {
        let words = "word ".repeat(40);
        let secret = format!("{}password=hunter2hunter2hunter2hunter2 and more", words.get(..135).unwrap());
        let table = [
            (" plain\n".to_owned(), "plain".to_owned()),
            ("a".repeat(160), "a".repeat(160)),
            ("a".repeat(161), format!("{}…", "a".repeat(160))),
            (words.clone(), format!("{}…", words.get(..159).unwrap())),
        ];
        for (text, expected) in table {
            assert_eq!(short(&text), expected);
        }
        // A secret that the cut would go through is no part of it.
        assert!(!short(&secret).contains("hunter"), "{}", short(&secret));
    }

    #[test]
    fn what_a_function_says_is_the_end_of_a_sentence() {
        let table = [
            ("KeyError: 'id'. Lambda request id: 7f0e", "KeyError: 'id'."),
            ("boom. Check your Lambda function code and try again.", "boom."),
            ("KeyError: \"id\"", "KeyError: \"id\"."),
            (" No such order!", "No such order!"),
        ];
        for (error, expected) in table {
            assert_eq!(said(error), expected, "{error}");
        }
    }
}
