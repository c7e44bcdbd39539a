//! What can be asked: one table. Requests are checked by it, and the OpenAPI document is written from it.

use std::fmt;

use engine::checks;
use engine::reconcile::State;
use engine::response::Kind;
use engine::severity::Severity;
use store::Metric;

/// Something that can be asked.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The method. What `GET` answers, `HEAD` does, too.
    pub(crate) method: Verb,
    /// The path; a parameter of it is the id of an API, or a fingerprint.
    pub(crate) path: &'static str,
    /// What is done.
    pub(crate) act: Act,
    /// One line.
    pub(crate) says: &'static str,
    /// The parameters of the query. Others are refused.
    pub(crate) parameters: &'static [Parameter],
    /// What the request may hold.
    pub(crate) body: Option<Body>,
    /// What it is answered with where nothing is wrong.
    pub(crate) answer: Answer,
}

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Regions,
    Apis,
    Api,
    Drift,
    Findings,
    Finding,
    Errors,
    Ask,
    Explain,
    Response,
    Audit,
    Health,
    Series,
    Document,
    Style,
}

/// A parameter of the query.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    pub(crate) values: Values,
    pub(crate) says: &'static str,
}

/// What a parameter may be.
#[derive(Clone, Copy)]
pub(crate) enum Values {
    /// One of these.
    Of(fn() -> Vec<&'static str>),
    /// Letters, digits, hyphens and underscores.
    Id,
    /// Twelve digits.
    Account,
    /// A time, an age, or milliseconds since 1970.
    Since,
    /// What another part of the list ended with.
    Next,
    /// How many items, at most.
    Limit,
}

/// What a request may hold.
#[derive(Debug)]
pub(crate) struct Body {
    /// Media types, the first of which is taken where none is named.
    pub(crate) types: &'static [&'static str],
    /// The most bytes.
    pub(crate) limit: usize,
    /// The name of its schema, as JSON.
    pub(crate) schema: &'static str,
    /// Whether it may be left out.
    pub(crate) is_optional: bool,
}

/// What something is answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: &'static str,
    /// The name of its schema; of text, none.
    pub(crate) schema: Option<&'static str>,
    /// Whether there is a page of it.
    pub(crate) has_page: bool,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const HTML: &str = "text/html";

/// The largest number of items in one part of a list, and how many there are unless fewer are wanted.
pub(crate) const LONGEST: usize = 100;

/// The longest request that is explained. API Gateway passes on no more than 10 MB, and headers of 10 kB; nobody pastes as
/// much.
const EXPLAINED: usize = 1 << 20;

/// The longest answer that is judged: Lambda takes 6 MB of a request to a function, this one's own body included.
const JUDGED: usize = 6 << 20;

const SEVERITY: Parameter = optional("severity", Values::Of(severities), "Findings of this severity alone.");
const API: Parameter = optional("api", Values::Id, "Findings of the API with this id alone.");
const CHECK: Parameter = optional("check", Values::Of(check_ids), "Findings of this check alone.");
const STATE: Parameter = optional("state", Values::Of(states), "Findings in this state alone.");
const REGION: Parameter = optional("region", Values::Id, "The region, where an id is in several.");
const ACCOUNT: Parameter = optional("account", Values::Account, "The account, where an id is in several.");
const LIMIT: Parameter = optional("limit", Values::Limit, "How many items, at most 100, which is the default.");
const NEXT: Parameter = optional("next", Values::Next, "The next part of the list: the `next` of the part before.");
const SINCE: Parameter = optional(
    "since",
    Values::Since,
    "A time as in RFC 3339, an age such as `7d` (s, m, h, d, w), or milliseconds since 1970.",
);

const fn optional(name: &'static str, values: Values, says: &'static str) -> Parameter {
    Parameter { name, is_required: false, values, says }
}

const fn json(schema: &'static str) -> Answer {
    Answer { status: 200, media_type: JSON, schema: Some(schema), has_page: false }
}

const fn json_or_page(schema: &'static str) -> Answer {
    Answer { has_page: true, ..json(schema) }
}

const fn get(
    path: &'static str,
    act: Act,
    parameters: &'static [Parameter],
    answer: Answer,
    says: &'static str,
) -> Operation {
    Operation { method: Verb::Get, path, act, says, parameters, body: None, answer }
}

/// Everything that can be asked.
pub(crate) static ALL: &[Operation] = &[
    get(
        "/",
        Act::Regions,
        &[],
        json_or_page("Regions"),
        "The accounts and regions that are audited and of which something is kept; the overview.",
    ),
    get("/apis", Act::Apis, &[LIMIT, NEXT], json_or_page("Apis"), "The APIs, with their stages."),
    get(
        "/apis/{id}",
        Act::Api,
        &[REGION, ACCOUNT],
        json_or_page("ApiWithRuns"),
        "An API, with its runs of the last 30 days.",
    ),
    get(
        "/apis/{id}/drift",
        Act::Drift,
        &[REGION, ACCOUNT],
        json_or_page("Drift"),
        "What a deployment of each of its stages would change now.",
    ),
    get(
        "/findings",
        Act::Findings,
        &[SEVERITY, API, CHECK, STATE, LIMIT, NEXT],
        json_or_page("Findings"),
        "The findings. A part of the list may be empty and not the last.",
    ),
    get("/findings/{fingerprint}", Act::Finding, &[], json_or_page("Finding"), "A finding, with its life."),
    get(
        "/errors",
        Act::Errors,
        &[SINCE, LIMIT, NEXT],
        json_or_page("Errors"),
        "Groups of errors, the newest first; of the last 24 hours unless a time is given.",
    ),
    get(
        "/explain",
        Act::Ask,
        &[],
        Answer { status: 200, media_type: HTML, schema: None, has_page: true },
        "The form to ask why a request fails.",
    ),
    Operation {
        method: Verb::Post,
        path: "/explain",
        act: Act::Explain,
        says: "Why a request fails. It is not sent anywhere; what its answer calls for is read of the account.",
        parameters: &[REGION, ACCOUNT],
        body: Some(Body { types: &[JSON, FORM], limit: EXPLAINED, schema: "Exchange", is_optional: false }),
        answer: json_or_page("Explanation"),
    },
    Operation {
        method: Verb::Post,
        path: "/response",
        act: Act::Response,
        says: "What the gateway makes of a function's answer, which is the body.",
        parameters: &[optional(
            "integration",
            Values::Of(integrations),
            "Who reads the answer; `rest` unless it is given.",
        )],
        body: Some(Body { types: &[JSON], limit: JUDGED, schema: "Any", is_optional: false }),
        answer: json("Verdict"),
    },
    Operation {
        method: Verb::Post,
        path: "/audits",
        act: Act::Audit,
        says: "Has an audit begun: of everything, of an account, of a region or of an API.",
        parameters: &[],
        body: Some(Body { types: &[JSON, FORM], limit: 4096, schema: "Wanted", is_optional: true }),
        answer: Answer { status: 202, ..json("Begun") },
    },
    get(
        "/health",
        Act::Health,
        &[],
        Answer { status: 200, media_type: "application/health+json", schema: Some("Health"), has_page: false },
        "Whether what is kept can be read.",
    ),
    get(
        "/series",
        Act::Series,
        &[
            Parameter { name: "metric", is_required: true, values: Values::Of(metrics), says: "What is counted." },
            SINCE,
        ],
        json("Points"),
        "Counts over time, one point for each run; of the last 30 days unless a time is given.",
    ),
    get("/openapi.json", Act::Document, &[], json("Any"), "This document."),
    get(
        "/style.css",
        Act::Style,
        &[],
        Answer { status: 200, media_type: "text/css", schema: None, has_page: false },
        "The pages' style sheet.",
    ),
];

/// Whether a path is answered to anybody, whoever asks: it tells nothing of an account.
pub fn is_open(path: &str) -> bool {
    matches!(path, "/health" | "/style.css")
}

impl Act {
    /// Whether something is begun by it, so that nobody may be made to do it by another site.
    pub(crate) fn changes_something(self) -> bool {
        self == Act::Audit
    }
}

impl Verb {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
        }
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::Of(names) => f.debug_tuple("Of").field(&names()).finish(),
            Values::Id => f.write_str("Id"),
            Values::Account => f.write_str("Account"),
            Values::Since => f.write_str("Since"),
            Values::Next => f.write_str("Next"),
            Values::Limit => f.write_str("Limit"),
        }
    }
}

fn severities() -> Vec<&'static str> {
    Severity::WORST_FIRST.map(Severity::name).to_vec()
}

fn check_ids() -> Vec<&'static str> {
    checks::ALL.iter().map(|check| check.id).collect()
}

fn states() -> Vec<&'static str> {
    STATES.map(|(name, _)| name).to_vec()
}

fn integrations() -> Vec<&'static str> {
    Kind::ALL.map(Kind::name).to_vec()
}

fn metrics() -> Vec<&'static str> {
    METRICS.map(|(name, _)| name).to_vec()
}

/// The states of a finding, by the names that JSON has for them.
pub(crate) const STATES: [(&str, State); 4] = [
    ("open", State::Open),
    ("resolved", State::Resolved),
    ("unknown", State::Unknown),
    ("suppressed", State::Suppressed),
];

/// What `GET /series` counts.
pub(crate) const METRICS: [(&str, Metric); 3] =
    [("findings", Metric::Findings), ("drifting-stages", Metric::DriftingStages), ("errors", Metric::Errors)];

/// The value of a name in a table of names.
pub(crate) fn named<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_operations_have_the_same_method_and_path() {
        let all: BTreeSet<(Verb, &str)> = ALL.iter().map(|operation| (operation.method, operation.path)).collect();
        assert_eq!(all.len(), ALL.len());
    }

    #[test]
    fn names_are_those_of_json() {
        for (name, state) in STATES {
            assert_eq!(serde_json::to_value(state).unwrap(), name);
        }
        for severity in Severity::WORST_FIRST {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
        }
    }
}
