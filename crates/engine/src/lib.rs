//! What stagecheck knows about API Gateway.
//!
//! A [`snapshot::Snapshot`] goes in, a [`report::Report`] comes out. There is no I/O, no clock, no async and no way to
//! fail here: the same snapshot gives the same bytes. What could not be read is a value
//! ([`observed::Observed::NotRead`]), and a check that needs it says so.

pub mod arn;
pub mod baseline;
pub mod case;
pub mod causes;
pub mod check;
pub mod checks;
pub mod command;
pub mod configuration;
mod cors;
pub mod declared;
pub mod document;
pub mod drift;
pub mod exchange;
pub mod explain;
pub mod failing;
pub mod finding;
pub mod foresee;
pub mod gateway_log;
pub mod health;
pub mod invocation;
pub mod logs;
pub mod met;
pub mod normalise;
pub mod observed;
pub mod openapi;
pub mod permission;
pub mod policy;
pub mod probe;
pub mod quota;
pub mod reads;
pub mod reconcile;
pub mod report;
pub mod response;
pub mod routing;
pub mod schema;
pub mod secret;
pub mod severity;
pub mod snapshot;
pub mod stage_logs;
pub mod stage_variables;
pub mod suppress;
pub mod trail;
mod unknown;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod testkit;
