//! A fact that may be unreadable: absent is not the same as unread.

use serde::{Deserialize, Serialize};

/// How a sandbox begins to say that a recording does not hold what it is asked for. It is denied, so that nothing reads as empty
/// that was never read.
pub const NOT_RECORDED: &str = "not authorized, for the recording holds no";

/// A fact of the account: known, or not read and why.
///
/// A check that meets [`Observed::NotRead`] says *not evaluated*; nobody is told "in sync" or "clean" on its strength.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Observed<T> {
    /// The fact was read. An empty value here means that there is nothing, not that nothing was seen.
    Known(T),
    /// The fact was not read.
    NotRead(NotRead),
}

/// Why a fact was not read, and what it takes to read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotRead {
    /// What kind of obstacle stood in the way.
    pub why: Why,
    /// The AWS call that would have answered, as `service:Operation`, for example `apigateway:GetExport`.
    pub call: String,
    /// The ARN that the call was about, in the form that an IAM policy names.
    pub resource: String,
    /// The IAM action that the call needs, for example `apigateway:GET`.
    pub needs: String,
    /// What the service said, or what else happened. One line.
    pub message: String,
}

/// The kinds of obstacle between a question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// The credentials may not make the call.
    Denied,
    /// The service kept answering that the quota is used up.
    Throttled,
    /// The thing asked about does not exist (any more).
    Gone,
    /// Anything else: a service error, a broken connection, an answer that could not be understood.
    Failed,
    /// The call was not made, because nothing that was read refers to what it would have answered.
    NotNeeded,
    /// It is no call's to answer: whoever asks did not give it, a part of the request.
    NotGiven,
}

impl NotRead {
    /// One line for a person: `access denied: apigateway:GET on arn:… (apigateway:GetExport)`.
    pub fn reason(&self) -> String {
        let NotRead { call, resource, needs, message, .. } = self;
        match self.why {
            Why::Denied => format!("access denied: {needs} on {resource} (for {call})"),
            Why::Throttled => format!("throttled: {call} on {resource} kept answering that the quota is used up"),
            Why::Gone => format!("gone: {call} on {resource} answered that it does not exist"),
            Why::Failed => format!("failed: {call} on {resource}: {message}"),
            Why::NotGiven => format!("not given: {call}: {message}"),
            Why::NotNeeded => format!("not read: {call} on {resource}: {message}"),
        }
    }

    /// Whether it was denied for no other reason than that a recording does not hold it: nobody was refused anything.
    pub fn is_unrecorded(&self) -> bool {
        self.why == Why::Denied && self.message.contains(NOT_RECORDED)
    }

    /// Whether the read was attempted and did not succeed, as opposed to left out on purpose.
    pub fn is_failure(&self) -> bool {
        self.why != Why::NotNeeded
    }
}

impl<T> Observed<T> {
    /// The value, or why there is none.
    ///
    /// # Errors
    ///
    /// The reason why the fact was not read.
    pub fn known(&self) -> Result<&T, &NotRead> {
        match self {
            Observed::Known(value) => Ok(value),
            Observed::NotRead(why) => Err(why),
        }
    }

    /// The value if it was read.
    pub fn ok(&self) -> Option<&T> {
        self.known().ok()
    }

    /// The same fact with its value transformed.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Observed::Known(value) => Observed::Known(f(value)),
            Observed::NotRead(why) => Observed::NotRead(why),
        }
    }

    /// The same fact, borrowed.
    pub fn as_ref(&self) -> Observed<&T> {
        match self {
            Observed::Known(value) => Observed::Known(value),
            Observed::NotRead(why) => Observed::NotRead(why.clone()),
        }
    }
}
