//! Why a request fails: the exchange and what was read of the account go in, ranked causes come out.
//!
//! The causes ask for what they need. [`explain`] says what is to be read next; whoever reads it calls again, until
//! nothing is wanted any more. So a request costs the reads that its answer calls for, and no others.

mod hidden;
mod next;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::case::Case;
use crate::case::cause::{Cause, Confidence, Examined, Not, Proof, Role};
use crate::case::facts::{Facts, Read};
use crate::case::table::Tables;
use crate::case::target::{self, Via};
use crate::causes;
use crate::drift::StageDrift;
use crate::exchange::Exchange;
use crate::exchange::host::Host;
use crate::finding::{Evidence, Remedy};
use crate::observed::NotRead;
use crate::reads::NOT_ASKED;

pub use next::{Differs, Nearest};

/// Why a request fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `stagecheck.explanation/1`.
    pub schema: &'static str,
    /// How sure the first cause is.
    pub verdict: Confidence,
    /// The request, without what may be secret.
    pub request: Asked,
    /// The causes, the best first.
    pub causes: Vec<Explained>,
    /// What was asked for and could not be read.
    pub not_read: Vec<Unread>,
    /// What the answer could have meant, and why it does not.
    pub ruled_out: Vec<RuledOut>,
    /// The routes that may be meant, where the stage has none that takes the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<Nearest>,
    /// What a deployment now would change, where one is what mends the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<StageDrift>,
}

/// The request that is explained, without what may be secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The URL without its query.
    pub url: String,
    /// What kind of host it is.
    pub host: &'static str,
    /// The API that it reaches.
    pub api_id: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The stage that it reaches.
    pub stage: Option<String>,
    /// The path that the API's routes are matched with; the URL's own where it reaches no API.
    pub path: String,
}

/// A cause that holds, or may hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The cause's id.
    pub id: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line.
    pub title: &'static str,
    /// Why, in plain words.
    pub says: String,
    /// What was read that proves it.
    pub evidence: Vec<Evidence>,
    /// What was read that speaks against it.
    pub against: Vec<Evidence>,
    /// What mends it.
    pub remedy: Remedy,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unread {
    /// The call.
    pub what: String,
    /// Why.
    pub why: String,
    /// The IAM action that it takes.
    pub needs: String,
}

/// A cause that something speaks against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuledOut {
    /// The cause's id.
    pub id: &'static str,
    /// What speaks against it.
    pub why: String,
}

/// What is known after a round.
#[derive(Clone, Debug, PartialEq)]
pub enum Round {
    /// These reads are wanted; with their answers there is more to say.
    Wants(BTreeSet<Read>),
    /// Nothing more is wanted.
    Done(Box<Explanation>),
}

/// Explains an exchange by what was read so far.
///
/// Causes are asked from the most specific to the most general, in the order in which the gateway makes its checks. The
/// first that is certain ends the asking: what would only serve those after it is not read.
pub fn explain(exchange: &Exchange, facts: &Facts<'_>) -> Round {
    let tables = Tables::of(facts);
    let case = Case::new(exchange, &tables);
    let verdicts = Verdicts::of(&case);
    if case.wanted().is_empty() {
        next::want(&case, &verdicts);
    }
    let wanted = case.wanted();
    if wanted.is_empty() { Round::Done(Box::new(verdicts.explanation(&case))) } else { Round::Wants(wanted) }
}

/// Explains an exchange by what was read so far, whatever else is wanted.
pub fn by_what_is_known(exchange: &Exchange, facts: &Facts<'_>) -> Explanation {
    let tables = Tables::of(facts);
    let case = Case::new(exchange, &tables);
    Verdicts::of(&case).explanation(&case)
}

/// What one cause says of an exchange, by what was read so far. Meant for `--why-not`.
pub fn examine(cause: &Cause, exchange: &Exchange, facts: &Facts<'_>) -> Examined {
    let tables = Tables::of(facts);
    let mut examined = Case::new(exchange, &tables).examine(cause);
    if let Some(secrets) = hidden::Segments::of(&exchange.request.url.path) {
        secrets.hide_in_examined(&mut examined);
    }
    examined
}

/// What one cause would have to read, besides what was read so far, to say something of an exchange.
pub fn wanted_by(cause: &Cause, exchange: &Exchange, facts: &Facts<'_>) -> BTreeSet<Read> {
    let tables = Tables::of(facts);
    let case = Case::new(exchange, &tables);
    match case.examine(cause) {
        Err(Not::Wanted) => case.wanted(),
        _ => BTreeSet::new(),
    }
}

/// What the causes said, in the order in which they were asked.
#[derive(Default)]
struct Verdicts {
    held: Vec<(&'static Cause, Proof)>,
    ruled_out: Vec<RuledOut>,
    unread: Vec<(&'static Cause, NotRead)>,
}

impl Verdicts {
    fn of(case: &Case<'_>) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let mut is_answered = false;
        for cause in causes::all() {
            if is_answered && cause.role != Role::Hint {
                continue;
            }
            let examined = case.examine(cause);
            is_answered |= cause.role == Role::Cause && matches!(&examined, Ok(proof) if fails_it(proof));
            verdicts.keep(cause, examined);
        }
        verdicts
    }

    fn keep(&mut self, cause: &'static Cause, examined: Examined) {
        match examined {
            Ok(proof) => self.held.push((cause, proof)),
            Err(Not::Refuted(why)) => self.ruled_out.push(RuledOut { id: cause.id, why }),
            Err(Not::Unread(why)) => self.unread.push((cause, why)),
            Err(Not::Silent | Not::Wanted) => {}
        }
    }

    fn explanation(mut self, case: &Case<'_>) -> Explanation {
        let (nearest, plan) = (next::nearest(case), next::plan(case, &self));
        let is_told = self.held.iter().any(|(cause, proof)| cause.role == Role::Cause && fails_it(proof));
        self.held.retain(|(cause, _)| cause.role != Role::Advice || !is_told);
        // Where an answer is hidden with its status, what the configuration alone proves stands before what is likely.
        self.held.sort_by_key(|held| (rank(held), case.hides_status() && !fails_it(&held.1)));
        let answers = self.held.iter().any(|(cause, proof)| answers(case, cause, proof));
        if !answers {
            let last_words = causes::last_words(case, &self.unread);
            // A hint may be the last word.
            self.held.retain(|(cause, _)| last_words.iter().all(|(word, _)| word.id != cause.id));
            // What a hint is certain of says more than that nothing tells.
            let says_nothing = last_words.iter().all(|(word, _)| word.id == "insufficient-facts");
            let says_more = |(cause, proof): &(&Cause, Proof)| {
                let is_of_answer = says_nothing && !case.is_unsent();
                is_of_answer && cause.role == Role::Hint && proof.confidence == Confidence::Certain
            };
            let (hints, rest) = self.held.into_iter().partition::<Vec<_>, _>(says_more);
            self.held = hints.into_iter().chain(last_words).chain(rest).collect();
        }
        // A look-up that nobody allowed is not missed where the cause is certain.
        let is_certain = self.held.iter().any(|(_, proof)| fails_it(proof));
        let is_missed = |why: &&NotRead| !is_certain || why.message != NOT_ASKED;
        let unread = self.unread.iter().map(|(_, why)| why).filter(is_missed);
        let unread = self.held.iter().flat_map(|(_, proof)| &proof.unread).chain(unread);
        let unread = unread.chain(case.not_read());
        let mut not_read: Vec<Unread> = unread.map(Unread::of).collect();
        not_read.sort_unstable();
        not_read.dedup();
        let mut causes: Vec<Explained> =
            self.held.into_iter().map(|(cause, proof)| Explained::of(cause, proof)).collect();
        if let (Some(first), Some(aside)) = (causes.first_mut(), causes::aside(case)) {
            first.says = format!("{} {aside}", first.says);
        }
        let mut explanation = Explanation {
            schema: "stagecheck.explanation/1",
            verdict: causes.first().map_or(Confidence::Possible, |first| first.confidence),
            request: Asked::of(case),
            causes,
            not_read,
            ruled_out: self.ruled_out,
            nearest,
            plan,
        };
        if let Some(secrets) = hidden::Segments::of(&case.request.url.path) {
            secrets.hide_in(&mut explanation);
        }
        explanation
    }
}

/// Whether a cause is certain, and fails the request as the stage serves it.
fn fails_it(proof: &Proof) -> bool {
    proof.confidence == Confidence::Certain && !proof.lets_through
}

/// Whether a cause that holds answers the question, so that there is no last word to be said before it.
fn answers(case: &Case<'_>, cause: &Cause, proof: &Proof) -> bool {
    if cause.role == Role::Cause { !is_risk(case, cause, proof) } else { fails_it(proof) }
}

/// Whether a cause only says what may happen some day: to a request that nobody sent yet that is no answer.
fn is_risk(case: &Case<'_>, cause: &Cause, proof: &Proof) -> bool {
    case.is_unsent() && proof.is_risk(cause)
}

/// What fails the request as the stage serves it stands before what lets it through, this before what is merely possible,
/// and hints stand last; otherwise the order of asking stays.
fn rank((cause, proof): &(&'static Cause, Proof)) -> (bool, bool, bool) {
    let is_hint = cause.role != Role::Cause;
    (is_hint, proof.confidence == Confidence::Possible, proof.lets_through && !is_hint)
}

impl Explained {
    fn of(cause: &Cause, proof: Proof) -> Explained {
        let Proof { confidence, says, evidence, against, remedy, .. } = proof;
        Explained { id: cause.id, confidence, title: cause.title(), says, evidence, against, remedy }
    }
}

impl Unread {
    fn of(why: &NotRead) -> Unread {
        Unread { what: why.call.clone(), why: why.reason(), needs: why.needs.clone() }
    }
}

impl Asked {
    fn of(case: &Case<'_>) -> Asked {
        let target = case.target().ok();
        let by_domain = target.is_some_and(|target| matches!(target.via, Via::Domain { .. }));
        Asked {
            method: case.request.method.clone(),
            url: case.request.url.without_query(),
            host: if by_domain { "custom-domain" } else { case.host.word() },
            api_id: target.map(|target| target.api.id.clone()).or_else(|| named_api(case)),
            region: case.host.region().map(str::to_owned).or_else(|| target.map(|_| case.facts.region.clone())),
            stage: target.and_then(|target| Some(target.stage?.name.clone())),
            path: target.map_or_else(|| case.request.url.path.clone(), |target| target.path.clone()),
        }
    }
}

/// The API that the request itself names, whether or not it was read: in its host, or to a VPC endpoint in a header.
fn named_api(case: &Case<'_>) -> Option<String> {
    match &case.host {
        Host::ExecuteApi { api_id, .. } => Some(api_id.clone()),
        Host::ExecuteApiVpce { .. } => target::named_by_header(case),
        _ => None,
    }
}

#[cfg(test)]
mod denied;
#[cfg(test)]
mod tests;
