//! End to end, as a user meets it.

mod auditor;
mod calls;
mod checks;
mod cli;
mod drift_fields;
mod generated;
mod output;
mod recorded;
mod sandbox;
mod template;
mod unread;
mod walls;
