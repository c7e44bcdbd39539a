//! Results of `TestInvokeMethod`: the gateway's own log of a request to a REST API, with its verdict.
//!
//! The log is a text of lines `EEE MMM dd HH:mm:ss UTC yyyy : message`. What the function answered stands after
//! `Endpoint response body before transformations: `, and what the gateway made of it below. What AWS says wins over what
//! the rules say; the rules only tell why.

use serde_json::Value;

use super::source::SourceError;
use super::{Context, FunctionError, Kind, Level, Outcome, Verdict, judge, judge_failure, rest};

const ANSWER: &str = "Endpoint response body before transformations: ";
const SENT: &str = "Method response body after transformations: ";
const FAILED: &str = "Execution failed due to ";
const MALFORMED: &str = "configuration error: Malformed Lambda proxy response";
const FUNCTION_ERROR: &str = "Lambda execution failed with status 200 due to customer function error: ";
const COMPLETED: &str = "Method completed with status: ";

/// Judges a result of `TestInvokeMethod`.
///
/// # Errors
///
/// [`SourceError`] if it is none, or if the gateway got no answer from the function.
pub fn test_invoke(result: &Value, context: &Context) -> Result<Verdict, SourceError> {
    let log = result.get("log").and_then(Value::as_str).ok_or(SourceError::NotATest)?;
    let entries = entries(log);
    let after = |prefix: &str| entries.iter().find_map(|entry| entry.strip_prefix(prefix));
    let status = result.get("status").and_then(Value::as_u64).or_else(|| after(COMPLETED)?.trim().parse().ok());
    let status = status.and_then(|status| u16::try_from(status).ok()).ok_or(SourceError::NotATest)?;
    let answer = after(ANSWER);
    let parsed: Option<Value> = answer.and_then(|text| serde_json::from_str(text).ok());
    let mut verdict = if let Some(message) = after(FUNCTION_ERROR) {
        let mut verdict = judge_failure(Kind::Rest, parsed.as_ref().unwrap_or(&Value::Null), context);
        if let Some(error) = verdict.function_error.as_mut().filter(|error| error.message.is_none()) {
            *error = reported(message);
        }
        verdict
    } else {
        match (after(FAILED), answer) {
            (Some(reason), None) => return Err(SourceError::NoAnswer { status, reason: reason.trim().to_owned() }),
            (Some(reason), Some(_)) => refused(reason.trim(), parsed.as_ref(), context),
            (None, _) => taken(parsed.as_ref(), answer, after(SENT), context),
        }
    };
    if answer.is_some() && parsed.is_none() {
        verdict
            .notes
            .push("the answer in the log is cut or not JSON, so that no problem in it can be named".to_owned());
    }
    verdict.status = Some(status);
    // It is AWS that says so.
    verdict.proven = true;
    Ok(verdict)
}

/// The messages of a log, each with the lines that follow without a time of their own.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        let message = line.split_once(" : ").filter(|(time, _)| time.len() <= 40 && time.contains(" UTC "));
        match (message, entries.last_mut()) {
            (Some((_, message)), _) => entries.push(message.to_owned()),
            (None, Some(last)) => {
                last.push('\n');
                last.push_str(line);
            }
            (None, None) => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `message. Lambda request id: 1234`.
fn reported(text: &str) -> FunctionError {
    let message = text.rsplit_once(". Lambda request id: ").map_or(text, |(message, _)| message);
    FunctionError { error_type: None, message: Some(rest::harmless(message)) }
}

fn refused(reason: &str, answer: Option<&Value>, context: &Context) -> Verdict {
    let mut verdict = judge(Kind::Rest, answer.unwrap_or(&Value::Null), context);
    if answer.is_none() {
        verdict.problems.clear();
        verdict.notes.clear();
    } else if !reason.starts_with(MALFORMED) || verdict.outcome == Outcome::Ok {
        verdict.notes.push("no known rule tells what the gateway refused".to_owned());
    }
    verdict.outcome = Outcome::Malformed;
    verdict.notes.insert(0, format!("the gateway's log says: {FAILED}{}", rest::harmless(reason)));
    verdict
}

fn taken(parsed: Option<&Value>, answer: Option<&str>, sent: Option<&str>, context: &Context) -> Verdict {
    let mut verdict = judge(Kind::Rest, parsed.unwrap_or(&Value::Null), context);
    // A proxy integration sends the answer's `body`, a non-proxy integration the answer.
    let is_proxy =
        answer.is_none_or(|answer| parsed.is_some_and(Value::is_object) && sent.is_none_or(|sent| sent != answer));
    if parsed.is_none() {
        verdict.problems.clear();
        verdict.notes.clear();
    } else if !is_proxy {
        verdict.problems.clear();
        verdict.notes = vec!["the gateway handed the whole answer on: this is no proxy integration".to_owned()];
    } else if verdict.problems.iter().any(|problem| problem.severity == Level::Error) {
        verdict.problems.retain(|problem| problem.severity == Level::Warning);
        verdict.notes.push("the gateway took what the known rules refuse".to_owned());
    }
    if answer.is_none() {
        verdict
            .notes
            .push("the log holds no function's answer: the integration calls none, or none was needed".to_owned());
    }
    verdict.outcome = Outcome::Ok;
    verdict.function_error = None;
    verdict
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(status: u16, messages: &[&str]) -> Value {
        let mut log = "Execution log for request 1\n".to_owned();
        for message in messages {
            log.push_str(&format!("Wed Nov 02 10:19:35 UTC 2022 : {message}\n"));
        }
        json!({ "status": status, "body": "", "headers": {}, "log": log, "latency": 5 })
    }

    fn said(status: u16, messages: &[&str]) -> String {
        match test_invoke(&result(status, messages), &Context::default()) {
            Err(error) => error.to_string(),
            Ok(verdict) => {
                let problems: Vec<String> = verdict
                    .problems
                    .iter()
                    .map(|problem| format!("{} {}", problem.severity.name(), problem.rule))
                    .collect();
                let error = verdict.function_error.map(|error| format!(" {:?}", error.message)).unwrap_or_default();
                assert!(verdict.proven);
                format!("{} {:?} [{}]{error}", verdict.outcome.name(), verdict.status, problems.join(", "))
            }
        }
    }

    #[test]
    fn what_the_gateway_says_wins() {
        let answered = |body: &str| format!("{ANSWER}{body}");
        let malformed = format!("{FAILED}{MALFORMED}");
        for (status, messages, expected) in [
            (
                502,
                vec![answered(r#"{"statusCode":200,"body":{"hey":"dude"}}"#), malformed.clone()],
                "malformed Some(502) [error body-not-a-string]",
            ),
            // Nobody recorded what a number as body does, until a log says so.
            (502, vec![answered(r#"{"statusCode":200,"body":"fine"}"#), malformed.clone()], "malformed Some(502) []"),
            (502, vec![answered("{\"statusCode\":200,\"bo[TRUNCATED]"), malformed], "malformed Some(502) []"),
            (200, vec![answered(r#"{"statusCode":200,"body":7}"#), format!("{SENT}7")], "ok Some(200) []"),
            (200, vec![answered(r#"{"statusCode":200}"#), SENT.to_owned()], "ok Some(200) [warning no-body]"),
            (200, vec![answered(r#"{"message":"hi"}"#), format!("{SENT}{{\"message\":\"hi\"}}")], "ok Some(200) []"),
            (200, vec![format!("{COMPLETED}200")], "ok Some(200) []"),
            (
                502,
                vec![
                    answered(r#"{"errorType":"KeyError","errorMessage":"'id'"}"#),
                    format!("{FUNCTION_ERROR}'id'. Lambda request id: 1"),
                ],
                r#"function-error Some(502) [] Some("'id'")"#,
            ),
            (
                502,
                vec![format!("{FUNCTION_ERROR}boom. Lambda request id: 1")],
                r#"function-error Some(502) [] Some("boom")"#,
            ),
            (
                500,
                vec![format!("{FAILED}configuration error: Invalid permissions on Lambda function")],
                "the gateway answered 500 and had no answer of the function to judge: configuration error: Invalid \
                 permissions on Lambda function",
            ),
        ] {
            let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
            assert_eq!(said(status, &messages), expected);
        }
    }

    #[test]
    fn an_answer_may_have_several_lines() {
        let message = format!("{ANSWER}{{\n  \"statusCode\": 200,\n  \"body\": []\n}}");
        let malformed = format!("{FAILED}{MALFORMED}");
        assert_eq!(said(502, &[&message, &malformed]), "malformed Some(502) [error body-not-a-string]");
    }

    #[test]
    fn anything_else_is_no_result() {
        for other in [json!({}), json!({ "status": 200 }), json!({ "log": "hello" }), json!([]), json!("x")] {
            assert_eq!(test_invoke(&other, &Context::default()), Err(SourceError::NotATest), "{other}");
        }
    }
}
