//! Text for people.

pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod style;
