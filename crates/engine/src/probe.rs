//! Evidence by asking: which routes may be asked and with which request, and what their answers say.
//!
//! Nothing is asked unless somebody opted in, by a tag on the API or by an entry of the configuration. The plan says of
//! each way of asking why it is not taken, and of what was compared it shows the form alone: bodies and header values
//! may hold secrets, and stay out of every report.

mod compare;
mod event;
mod plan;
mod shape;
mod verdict;
mod way;

pub use plan::{Call, Entry, Invoke, NotAsked, OptIn, Plan, Probe, TAG, Test, plan};
pub use shape::Shape;
pub use verdict::{Answers, Problem, Side, Summary, Timed, Verification, Verified, verified};

#[cfg(test)]
mod tests;
