//! End to end, as a user meets it.

mod auditor;
mod calls;
mod canary;
mod checks;
mod cli;
mod declared;
mod drift_fields;
mod errors;
mod exchange;
mod explain;
mod explain_cases;
mod fields;
mod fuzz;
mod generated;
mod health;
mod history;
mod hostile;
mod output;
mod property;
mod property_http;
mod recorded;
mod response;
mod sandbox;
mod template;
mod unread;
mod walls;
