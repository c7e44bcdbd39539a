//! End to end, as a user meets it.

mod checks;
mod drift_fields;
mod recorded;
mod unread;
