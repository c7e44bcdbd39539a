//! What stagecheck knows about API Gateway.
//!
//! A [`snapshot::Snapshot`] goes in, a [`report::Report`] comes out. There is no I/O, no clock, no async and no way to
//! fail here: the same snapshot gives the same bytes. What could not be read is a value
//! ([`observed::Observed::NotRead`]), and a check that needs it says so.

pub mod arn;
pub mod baseline;
pub mod check;
pub mod checks;
pub mod command;
pub mod configuration;
pub mod declared;
pub mod document;
pub mod drift;
pub mod finding;
pub mod invocation;
pub mod met;
pub mod normalise;
pub mod observed;
pub mod openapi;
pub mod permission;
pub mod policy;
pub mod quota;
pub mod report;
pub mod routing;
pub mod schema;
pub mod secret;
pub mod snapshot;
pub mod stage_variables;
pub mod trail;
mod unknown;

#[cfg(test)]
mod fixture;
