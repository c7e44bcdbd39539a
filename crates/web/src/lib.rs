//! What programs and people see of what is kept: JSON and pages, from one router.

pub mod page;
