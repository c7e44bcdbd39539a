//! Where the router runs, and who asks: what only the program around it knows.

use engine::exchange::Exchange;
use engine::explain::Explanation;
use jiff::{SignedDuration, Timestamp};
use store::{Backend, Store};

/// Where the router runs: on one machine, or in a Lambda function.
pub trait Site: Send + Sync + 'static {
    /// What the store is kept in.
    type Backend: Backend + 'static;

    /// What is shown.
    fn store(&self) -> &Store<Self::Backend>;

    /// The present.
    fn now(&self) -> Timestamp;

    /// How old the newest audit of a region may be before it is late; `None` where nobody schedules any.
    fn late_after(&self) -> Option<SignedDuration>;

    /// Why a request fails. Reads what the explanation wants of the account and the region that are named, and otherwise of
    /// those that the request's host tells; sends nothing to any API.
    fn explain(
        &self,
        exchange: &Exchange,
        account: Option<&str>,
        region: Option<&str>,
    ) -> impl Future<Output = Explanation> + Send;

    /// Whether audits can be asked for.
    fn can_audit(&self) -> bool;

    /// Has an audit begun, and does not wait for its end.
    fn audit(&self, wanted: &Wanted) -> impl Future<Output = Result<Begun, Refusal>> + Send;
}

/// What an audit is wanted of: everything, an account, a region of it, or one API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The account's twelve digits.
    pub account_id: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The API's id. Account and region are then known, too.
    pub api_id: Option<String>,
}

/// An audit that was begun, or will be when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Begun {
    /// The run.
    pub run: Timestamp,
    /// In how many parts.
    pub queued: usize,
}

/// Why no audit was begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One is running, and there is room for no other.
    #[error("an audit is running")]
    Running,
    /// There is nothing to audit with: no queue, no account.
    #[error("{0}")]
    Impossible(String),
    /// The queue, or the account, cannot be reached. One line.
    #[error("{0}")]
    Failed(String),
}

/// Who asks, and by which way: what the server around the router knows of a request. It comes as an extension of the request;
/// without one, anybody asks, at the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// What stands before every path outside: nothing, `/prod` behind a stage, or the base path of a custom domain name.
    pub prefix: String,
    /// Who it is, as far as that is known.
    pub person: Option<String>,
    /// Whether there is a session to end.
    pub can_sign_out: bool,
}

impl Caller {
    /// A prefix that links can begin with: segments of plain characters, of which none is empty. What comes from a request's
    /// URL may be anything, and a link that begins with two slashes leads to another host.
    pub fn is_prefix(text: &str) -> bool {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~$".contains(c);
        let is_segment =
            |segment: &str| !segment.is_empty() && segment.chars().all(is_plain) && segment != "." && segment != "..";
        text.is_empty() || text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_leads_nowhere_else() {
        for prefix in ["", "/prod", "/stagecheck/prod", "/a.b-c_d~e$f", "/$default"] {
            assert!(Caller::is_prefix(prefix), "{prefix}");
        }
        for text in [
            "/",
            "//evil.example",
            "prod",
            "/prod/",
            "/a//b",
            "/../x",
            "/./x",
            "/a b",
            "/a%2f",
            "/\\evil",
            "/a\"",
            "/é",
        ] {
            assert!(!Caller::is_prefix(text), "{text}");
        }
    }
}
