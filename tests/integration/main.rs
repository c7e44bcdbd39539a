//! End to end, as a user meets it.

mod calls;
mod checks;
mod cli;
mod drift_fields;
mod recorded;
mod sandbox;
mod unread;
