//! Text for people.

mod change;
pub(crate) mod declared;
mod diff;
pub(crate) mod errors;
pub(crate) mod explain;
pub(crate) mod markdown;
mod outline;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod response;
pub(crate) mod style;
