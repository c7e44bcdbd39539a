//! End to end, as a user meets it.

mod auditor;
mod calls;
mod canary;
mod checks;
mod cli;
mod declared;
mod drift_fields;
mod fields;
mod generated;
mod history;
mod hostile;
mod output;
mod property;
mod recorded;
mod sandbox;
mod template;
mod unread;
mod walls;
