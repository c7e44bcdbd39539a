//! How bad something is.

use serde::{Deserialize, Serialize};

/// How bad something is for the API's callers and owners. Ordered from harmless to critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; no caller notices.
    Info,
    /// Untidy, or a nuisance to a few.
    Low,
    /// Some callers get something other than what the configuration says.
    Medium,
    /// Callers fail, or are let in who should not be.
    High,
    /// The API as a whole fails, or is open.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const WORST_FIRST: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The severity of a name.
    pub fn named(name: &str) -> Option<Severity> {
        Severity::WORST_FIRST.into_iter().find(|severity| severity.name() == name)
    }

    /// As reports spell it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}
