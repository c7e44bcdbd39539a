//! A recorded AWS account, served on loopback to unmodified SDKs.
//!
//! [`Sandbox::start`] takes a [`Recording`](recording::Recording) and speaks each service's wire protocol, with AWS's
//! paging, its errors and, if asked, its rate limits. What the recording does not hold is answered with
//! `AccessDeniedException`, so that nothing reads as empty that was never read.

mod answer;
mod cbor;
mod fault;
mod page;
pub mod record;
pub mod recording;
mod redact;
mod server;
mod service;
mod wire;

pub use fault::Fault;
pub use server::{Calls, Options, Sandbox};
