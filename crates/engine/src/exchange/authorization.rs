//! How a request identifies its sender: the `Authorization` header, or a presigned query, taken apart. Nothing here is
//! trusted, and nothing of it is printed.

use std::fmt;

use serde_json::Value;

use super::Request;

/// How a request identifies its sender.
#[derive(Clone, Debug, PartialEq)]
pub enum Authorization {
    /// Not at all.
    None,
    /// AWS Signature Version 4 (or 4A), in the header `Authorization`.
    SigV4(SigV4),
    /// AWS Signature Version 4 in the query.
    Presigned(SigV4),
    /// A JSON Web Token, with `Bearer` before it or without.
    Jwt(Jwt),
    /// `Bearer` and something that is no JSON Web Token.
    Bearer,
    /// `Basic`: a name and a password.
    Basic,
    /// Anything else.
    Other,
}

/// The parts of a signature, as far as they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigV4 {
    /// The access key's id: `AKIA…` is a user's, `ASIA…` a temporary one.
    pub access_key_id: Option<String>,
    /// `20261010`.
    pub date: Option<String>,
    /// The region that it was made for.
    pub region: Option<String>,
    /// The service that it was made for: `execute-api`.
    pub service: Option<String>,
    /// The names of the headers that it covers, in lower case.
    pub signed_headers: Option<Vec<String>>,
    /// Whether there is a signature.
    pub has_signature: bool,
    /// When the request says that it was made: `X-Amz-Date`, or `Date`, as it is written.
    pub signed_at: Option<String>,
    /// Whether a session token is sent.
    pub has_session_token: bool,
    /// `X-Amz-Content-Sha256`, as it is written.
    pub content_sha256: Option<String>,
}

/// A JSON Web Token's claims. Its signature is not checked.
#[derive(Clone, PartialEq)]
pub struct Jwt {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// Whether `Bearer` stood before it.
    pub has_scheme: bool,
}

impl Authorization {
    /// What a request says of its sender.
    pub fn of(request: &Request) -> Authorization {
        let _ = request;
        Authorization::None
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwt")
    }
}
