//! What API Gateway writes about its requests: execution logs line by line, access logs by the stage's own format.

pub mod access;
pub mod execution;
pub mod requests;
