//! What becomes of findings from run to run: earlier findings and what a run reports give opened, still open, resolved
//! and unknown.
//!
//! A finding is resolved only if its check was evaluated for its resource and was silent, or if the resource is known not to
//! exist any more; [`Coverage`] says what was looked at. What a check could not say makes its open findings unknown.
//!
//! The same run twice gives the same findings, in whichever order its parts come: of what one run says of a finding, that
//! it was seen counts more than that its check was silent, and this more than that it could not be evaluated. A run that is
//! older than what is known of a finding changes nothing.

mod coverage;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::checks::{self, suppression_without_effect};
use crate::finding::{Finding, NotEvaluated, Resource};

pub use coverage::Coverage;

/// A time without its fraction: runs are told apart by the second, which is as exactly as AWS tells its own times.
pub fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A finding with a life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracked {
    /// The finding, as it was last seen.
    #[serde(flatten)]
    pub finding: Finding,
    /// What is known of it by now.
    pub state: State,
    /// When it was seen for the first time, however often it was resolved since.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How it came to its state, the oldest change first; at most [`LONGEST_HISTORY`].
    pub history: Vec<Change>,
    /// The run that last said something of it, and what.
    pub decided: Decided,
    /// Where it is about a function: the APIs that call it, each as `region/id`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub callers: BTreeSet<String>,
    /// What of it was last told to those who listen: that it is open, or that it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<State>,
}

/// How many changes of state are kept of a finding.
pub const LONGEST_HISTORY: usize = 100;

/// What is known of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was seen, and nothing was since.
    Open,
    /// Its check was evaluated, and was silent.
    Resolved,
    /// It was open, and could not be looked at since.
    Unknown,
    /// It is open, and somebody decided not to be told.
    Suppressed,
}

/// A change of a finding's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The run.
    pub at: Timestamp,
    /// The new state.
    pub state: State,
    /// Why it is unknown, gone or suppressed. One line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a run said of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The run.
    pub at: Timestamp,
    /// What it said.
    pub as_seen: Sight,
}

/// Whether a finding was seen. What counts more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// Its check could not say.
    NotEvaluated,
    /// Its check was silent, or its resource is gone.
    Silent,
    /// It was seen.
    Seen,
}

/// What a run says of an earlier finding that it does not report.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Silent,
    /// Another part of the run may still speak of it.
    SilentInPart,
    Gone(&'static str),
    NotEvaluated(String),
}

/// How much a clock may be wrong. What is decided later than that after the present was decided by a clock that is.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// What a run says.
#[derive(Debug)]
pub struct Run<'a> {
    /// The time that the run was scheduled for: a repetition has the same.
    pub at: Timestamp,
    /// The present.
    pub now: Timestamp,
    /// What it looked at.
    pub coverage: &'a Coverage,
    /// What it found, by fingerprint.
    pub findings: BTreeMap<&'a str, &'a Finding>,
    /// What it could not evaluate.
    pub not_evaluated: &'a [NotEvaluated],
    /// What it could not evaluate because nobody allowed to look host names up.
    pub not_looked_up: &'a [NotEvaluated],
}

impl Run<'_> {
    /// What becomes of a finding; nothing where the run changes nothing about it. `earlier` is what is known of it.
    pub fn becomes(&self, fingerprint: &str, earlier: Option<&Tracked>) -> Option<Tracked> {
        let seen = self.findings.get(fingerprint).copied();
        let resource = seen.map(|finding| &finding.resource).or(earlier.map(|earlier| &earlier.finding.resource))?;
        let known_callers = earlier.map(|earlier| earlier.callers.clone()).unwrap_or_default();
        let callers = match (&resource.api_id, &resource.function) {
            (None, Some(function)) => self.coverage.callers(function, &known_callers),
            _ => BTreeSet::new(),
        };
        if earlier.is_some_and(|earlier| self.is_overtaken(earlier.decided.at)) {
            return None;
        }
        let (sight, reason) = match (seen, earlier) {
            (Some(finding), _) => (Sight::Seen, finding.suppressed.as_ref().map(|why| why.reason.clone())),
            (None, Some(earlier)) => match self.verdict(earlier) {
                Some(_) if self.is_spoken_of(earlier) => return None,
                Some(Verdict::Silent) => (Sight::Silent, None),
                Some(Verdict::SilentInPart) => return None,
                Some(Verdict::Gone(why)) => (Sight::Silent, Some(why.to_owned())),
                Some(Verdict::NotEvaluated(why)) => (Sight::NotEvaluated, Some(why)),
                // The run says nothing of it, but perhaps of those who call it.
                None if callers != known_callers => return Some(Tracked { callers, ..earlier.clone() }),
                None => return None,
            },
            (None, None) => return None,
        };
        let is_less = |earlier: &Tracked| earlier.decided.at == self.at && sight <= earlier.decided.as_seen;
        if let Some(earlier) = earlier.filter(|earlier| is_less(earlier)) {
            return (callers != known_callers).then(|| Tracked { callers, ..earlier.clone() });
        }
        let mut history = earlier.map(|earlier| earlier.history.clone()).unwrap_or_default();
        // What this run said before counts less: the finding is as it was before the run.
        history.pop_if(|change| change.at == self.at);
        let is_suppressed = seen.is_some_and(|finding| finding.suppressed.is_some());
        let state = State::after(sight, is_suppressed, history.last().map(|change| change.state));
        if history.last().is_none_or(|change| change.state != state) {
            history.push(Change { at: self.at, state, reason });
        }
        // That an API's finding is still not seen is nothing to keep: the API's own runs tell which was last.
        let is_told =
            |earlier: &Tracked| sight != Sight::Seen && resource.api_id.is_some() && earlier.history == history;
        if earlier.is_some_and(is_told) {
            return None;
        }
        let surplus = history.len().saturating_sub(LONGEST_HISTORY);
        history.drain(..surplus);
        let finding = seen.or(earlier.map(|earlier| &earlier.finding))?.clone();
        let (first, last) = earlier.map_or((self.at, self.at), |earlier| (earlier.first_seen, earlier.last_seen));
        Some(Tracked {
            finding,
            state,
            first_seen: first.min(self.at),
            last_seen: if sight == Sight::Seen { self.at } else { last },
            history,
            decided: Decided { at: self.at, as_seen: sight },
            callers,
            told: earlier.and_then(|earlier| earlier.told),
        })
    }

    /// Whether the run says anything of a finding, given as it is after the run.
    pub fn concerns(&self, after: &Tracked) -> bool {
        // Of a function that nobody calls any more, nothing tells afterwards who said so.
        let is_left = after.callers.is_empty() && after.decided.at == self.at;
        let is_looked_at = self.verdict(after).is_some_and(|verdict| verdict != Verdict::SilentInPart);
        is_left || self.findings.contains_key(after.finding.fingerprint.as_str()) || is_looked_at
    }

    /// Whether something was decided by a later run. What was decided in the future was decided by a wrong clock.
    pub fn is_overtaken(&self, decided: Timestamp) -> bool {
        decided > self.at && decided <= self.now.saturating_add(CLOCK_SKEW).unwrap_or(self.now)
    }

    /// Whether a part of this run has spoken of a finding, so that ending the run says nothing of it.
    fn is_spoken_of(&self, earlier: &Tracked) -> bool {
        earlier.decided.at == self.at && self.coverage.is_closing(&earlier.finding.resource.region)
    }

    /// What the run says of an earlier finding that it does not report.
    fn verdict(&self, earlier: &Tracked) -> Option<Verdict> {
        let Tracked { finding: finding @ Finding { check, resource, .. }, callers, .. } = earlier;
        let verdict = match is_of_an_entry(finding) {
            // Which entries of the configuration are for nothing, no part of a run can tell.
            true if !self.coverage.judges(&resource.region) => return None,
            true => Verdict::Silent,
            false => self.coverage.verdict(resource, callers)?,
        };
        if !matches!(verdict, Verdict::Silent | Verdict::SilentInPart) {
            return Some(verdict);
        }
        // Functions are asked only where somebody says so: what one answered is not undone by not asking it.
        let is_answer = |source: &str| ["apigateway:TestInvokeMethod", "lambda:InvokeFunction"].contains(&source);
        if finding.evidence.iter().any(|evidence| is_answer(&evidence.source)) && !self.coverage.asked(resource) {
            return None;
        }
        if !checks::ALL.iter().any(|known| known.id == check) {
            return Some(Verdict::NotEvaluated(format!("there is no check {check} any more")));
        }
        let mut gaps = self.not_evaluated.iter().chain(self.not_looked_up);
        let gap = gaps.find(|gap| gap.check == *check && speaks_of(&gap.resource, resource));
        Some(gap.map_or(verdict, |gap| Verdict::NotEvaluated(gap.reason.clone())))
    }
}

impl State {
    fn after(sight: Sight, is_suppressed: bool, before: Option<State>) -> State {
        match (sight, before) {
            (Sight::Seen, _) if is_suppressed => State::Suppressed,
            (Sight::Seen, _) => State::Open,
            (Sight::Silent, _) => State::Resolved,
            (Sight::NotEvaluated, Some(State::Open) | None) => State::Unknown,
            (Sight::NotEvaluated, Some(other)) => other,
        }
    }
}

/// What becomes of earlier findings, and which new ones there are: all that the run changes, in the order of fingerprints.
pub fn reconcile(earlier: &BTreeMap<String, Tracked>, run: &Run) -> BTreeMap<String, Tracked> {
    let fingerprints: BTreeSet<&str> = earlier.keys().map(String::as_str).chain(run.findings.keys().copied()).collect();
    let changed = fingerprints
        .into_iter()
        .filter_map(|fingerprint| Some((fingerprint.to_owned(), run.becomes(fingerprint, earlier.get(fingerprint))?)));
    changed.collect()
}

impl Tracked {
    /// Whether a run changed its state, and from which. A repetition of the run says the same.
    pub fn changed_at(&self, run: Timestamp) -> Option<Option<State>> {
        let (last, before) = self.history.split_last()?;
        (last.at == run).then(|| before.last().map(|change| change.state))
    }

    /// Since when it is in its state.
    pub fn since(&self) -> Timestamp {
        self.history.last().map_or(self.first_seen, |change| change.at)
    }

    /// Since when it has been open without having been resolved, whether or not it could be looked at all the time.
    pub fn open_since(&self) -> Option<Timestamp> {
        let since_resolved = self.history.rsplit(|change| change.state == State::Resolved).next()?;
        since_resolved.first().map(|change| change.at)
    }

    /// Whether it was opened or resolved, and those who listen still believe something else. Whoever was never told that it
    /// was open is not told that it is resolved.
    pub fn is_untold(&self) -> bool {
        match self.state {
            State::Open => self.told != Some(State::Open),
            State::Resolved => self.told == Some(State::Open),
            State::Unknown | State::Suppressed => false,
        }
    }

    /// Why it is unknown, gone or suppressed. One line.
    pub fn reason(&self) -> Option<&str> {
        self.history.last()?.reason.as_deref()
    }
}

/// Whether a finding is about an entry of the configuration.
fn is_of_an_entry(finding: &Finding) -> bool {
    finding.check == suppression_without_effect::CHECK.id && finding.resource.api_id.is_none()
}

/// Whether what could not be evaluated may hide a finding: neither names something that the other does not have. What a
/// gap leaves open, an API's stage or a function's group of errors, may be any.
fn speaks_of(gap: &Resource, finding: &Resource) -> bool {
    if (&gap.account_id, &gap.region) != (&finding.account_id, &finding.region) {
        return false;
    }
    if gap.api_id.is_none() && gap.function.is_none() {
        if gap.key.is_some() && finding.key.is_some() && gap.key != finding.key {
            return false;
        }
        // A list, or something in it: `/domainnames` and `/domainnames/api.example.com`, `distribution/*` and `distribution/E1`.
        if let Some(list) = gap.arn.strip_suffix('*') {
            return finding.arn.starts_with(list);
        }
        let below = finding.arn.strip_prefix(&gap.arn);
        return below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let pairs = [
        (&gap.api_id, &finding.api_id),
        (&gap.stage, &finding.stage),
        (&gap.method, &finding.method),
        (&gap.path, &finding.path),
        (&gap.function, &finding.function),
        (&gap.key, &finding.key),
    ];
    pairs.into_iter().all(|(gap, finding)| gap.is_none() || finding.is_none() || gap == finding)
}

#[cfg(test)]
mod tests;
