//! What a REST API's execution log says of one request.

use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::facts::Read;
use crate::snapshot::{Api, Stage};

/// The lines that a stage's execution log has of a case's request.
#[derive(Clone, Debug)]
pub struct ExecutionLog<'a> {
    /// The log group.
    pub group: String,
    /// The lines, without the request's id; none where the stage does not log, or logs errors alone.
    pub lines: Vec<&'a str>,
}

impl<'a> ExecutionLog<'a> {
    /// Reads what the log of a stage has of a case's request.
    ///
    /// # Errors
    ///
    /// [`Not::Silent`], if the response does not tell its id; otherwise why the log was not read.
    pub fn of(case: &Case<'a>, api: &Api, stage: &Stage) -> Result<ExecutionLog<'a>, Not> {
        let id = case.response()?.headers.get("x-amzn-requestid").ok_or(Not::Silent)?.trim();
        let group = format!("API-Gateway-Execution-Logs_{}/{}", api.id, stage.name);
        let answer = case.ask(Read::Logs { group: group.clone(), filter: Some(id.to_owned()) })?;
        let events = answer.and_then(Value::as_array).into_iter().flatten();
        let texts = events.filter_map(|event| event.get("message").and_then(Value::as_str));
        let marked = format!("({id})");
        let own = |text: &'a str| text.split_once(&marked).map(|(_, line)| line.trim());
        Ok(ExecutionLog { group, lines: texts.filter_map(own).collect() })
    }

    /// The first line that holds one of some texts, and the text that it holds.
    pub fn find(&self, parts: &[&'static str]) -> Option<&'static str> {
        parts.iter().copied().find(|part| self.lines.iter().any(|line| line.contains(part)))
    }
}
