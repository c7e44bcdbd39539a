//! The pages: written by the server, complete without scripts.
//!
//! Each is a function from what is shown to HTML. What comes from the account is hostile text; maud escapes it, and nothing
//! here makes markup of it in another way. What would not be seen, control characters and those that turn the direction
//! of writing, is shown as what it is.

mod api;
mod chart;
mod docs;
mod drift;
mod errors;
mod explain;
mod finding;
mod findings;
mod frame;
mod overview;
mod parts;
mod plan;
mod problem;
mod routes;
mod sign_in;
mod widget;

use jiff::Timestamp;

pub use api::{Api, api};
pub use drift::{Drift, drift};
pub use errors::{Errors, RegionErrors, errors};
pub use explain::{Ask, explain, explanation};
pub use finding::finding;
pub use findings::{Findings, NamedApi, findings};
pub use overview::{ApiLine, Overview, Region, overview};
pub use problem::{Problem, problem};
pub use sign_in::{SignIn, sign_in};
pub use widget::widget;

/// The style sheet, which is served at `/style.css` below the prefix.
pub const STYLE: &str = include_str!("page/style.css");

/// What all pages of one answer have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What every link begins with: nothing, `/prod` behind a stage, or the base path of a custom domain name. It begins
    /// with a slash, or is empty, and does not end with one.
    pub prefix: String,
    /// What forms that change something, or read the account, carry in the field `csrf`. Without it, there are no such
    /// forms.
    pub csrf: Option<String>,
    /// Who is signed in, where that is known.
    pub person: Option<String>,
    /// Whether there is a session to end: `POST /sign-out` does.
    pub can_sign_out: bool,
    /// Whether an audit can be asked for: `POST /audits` with the fields `account`, `region` and `api`.
    pub can_audit: bool,
    /// The present.
    pub now: Timestamp,
}

#[cfg(test)]
mod tests;
