//! What a Lambda authorizer of a REST API answered, as the execution log of a stage that traces data shows it.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Not, Proof};
use crate::case::logs;
use crate::gateway_log::execution::{Line, Told};
use crate::response::{self, Kind, Level, Problem, Rule};

/// An answer of the function, and what is wrong with it.
pub(super) struct Answered {
    group: String,
    problems: Vec<Problem>,
    is_whole: bool,
}

impl Answered {
    /// The answer in the execution log; `None` where it shows none, or the error that the function ended with.
    ///
    /// # Errors
    ///
    /// [`Not::Wanted`], if the log is to be read first.
    pub(super) fn of(case: &Case<'_>) -> Result<Option<Answered>, Not> {
        let Some(log) = logs::execution_if_any(case)? else { return Ok(None) };
        let body = log.messages.iter().find_map(|message| match Line::parse(message)?.told {
            Told::AuthorizerBody(body) => Some(body),
            _ => None,
        });
        let Some(body) = body else { return Ok(None) };
        // What was cut, or is no JSON, cannot be judged.
        let answer = serde_json::from_str::<Value>(body.text).ok().filter(|_| body.is_whole);
        if answer.as_ref().is_some_and(|answer| answer.get("errorMessage").is_some()) {
            return Ok(None);
        }
        let problems =
            answer.as_ref().map(|answer| response::judge(Kind::AuthorizerRest, answer, &Default::default()).problems);
        Ok(Some(Answered { group: log.group, is_whole: problems.is_some(), problems: problems.unwrap_or_default() }))
    }

    /// Whether all of it was shown, and has the form that it has to have.
    pub(super) fn is_sound(&self) -> bool {
        self.is_whole && self.problem(|_| true).is_none()
    }

    /// The first thing that is wrong with the answer besides its context.
    pub(super) fn misshapen(&self) -> Option<&Problem> {
        self.problem(|rule| rule != Rule::ContextNotScalar)
    }

    /// What is wrong with the context alone.
    pub(super) fn nonscalar(&self) -> Option<&Problem> {
        self.problem(|rule| rule == Rule::ContextNotScalar).filter(|_| self.misshapen().is_none())
    }

    fn problem(&self, is_of: impl Fn(Rule) -> bool) -> Option<&Problem> {
        let refused = |own: &&Problem| own.severity == Level::Error || own.rule == Rule::TooLarge;
        self.problems.iter().filter(refused).find(|own| is_of(own.rule))
    }

    /// A proof with what is wrong. That the size is limited is reported, and not documented.
    pub(super) fn because(&self, proof: Proof, problem: &Problem) -> Proof {
        let place = format!("{} Authorizer result body before parsing {}", self.group, problem.path);
        let proof = proof.because("logs:FilterLogEvents", place, problem.message.clone());
        if problem.severity == Level::Error { proof } else { proof.at_most(crate::case::cause::Confidence::Likely) }
    }
}
