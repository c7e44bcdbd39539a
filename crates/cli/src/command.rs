//! The commands, one file each.

pub(crate) mod audit;
pub(crate) mod baseline;
pub(crate) mod causes;
pub(crate) mod checks;
pub(crate) mod demo;
pub(crate) mod drift;
pub(crate) mod errors;
pub(crate) mod explain;
pub(crate) mod permissions;
pub(crate) mod record;
pub(crate) mod response;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod verify;
