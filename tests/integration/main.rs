//! End to end, as a user meets it.

mod drift_fields;
mod recorded;
