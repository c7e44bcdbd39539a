//! Text for people.

mod change;
mod diff;
pub(crate) mod markdown;
mod outline;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod style;
