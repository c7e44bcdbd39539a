//! Text for people.

pub(crate) mod declared;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod style;
