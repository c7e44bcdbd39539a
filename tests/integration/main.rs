//! End to end, as a user meets it.

mod auditor;
mod calls;
mod checks;
mod cli;
mod drift_fields;
mod fields;
mod generated;
mod hostile;
mod property;
mod recorded;
mod sandbox;
mod template;
mod unread;
mod walls;
