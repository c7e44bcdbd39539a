//! Text for people.

/// Writes a line to a string, which cannot fail.
macro_rules! line {
    ($text:expr, $($arg:tt)*) => {{ let _ = writeln!($text, $($arg)*); }};
}

pub(crate) mod declared;
pub(crate) mod errors;
pub(crate) mod explain;
pub(crate) mod markdown;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod response;
pub(crate) mod style;
pub(crate) mod verify;
