//! Why a request is not sent, or has no answer, and what to do about it.

use std::net::IpAddr;

use super::LONGEST_BODY;

/// Why a request was not sent, or had no answer. No header, no query and no body is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Part of it was not read, so that another request would be sent; the user's to mend.
    #[error("nothing is sent: {0} was not read")]
    NotRead(String),
    /// It would not be encrypted, or is no HTTP request; the user's to mend.
    #[error("nothing is sent by `{0}`: requests go out by https alone")]
    Scheme(String),
    /// API Gateway listens on one port; the user's to mend.
    #[error("nothing is sent to port {0}: API Gateway answers on 443 alone")]
    Port(u16),
    /// It names no API; the user's to mend.
    #[error("nothing is sent to `{0}`: that is no host of an API")]
    NoApi(String),
    /// The account has no such API or custom domain name; the user's to mend.
    #[error("nothing is sent to `{0}`: this account has no such API or custom domain name")]
    NotOwn(String),
    /// Whether it is the account's could not be read.
    #[error("nothing is sent to `{host}`: whether it is this account's could not be read: {reason}")]
    NotListed {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// It leads into a network that is not public.
    #[error("nothing is sent to `{host}`: it has the address {address}, which is not public")]
    NotPublic {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
    },
    /// The name has no address, or none could be learnt.
    #[error("`{host}` cannot be looked up: {reason}")]
    NotFound {
        /// The host.
        host: String,
        /// What the resolver says.
        reason: String,
    },
    /// Method, URL or a header is none that can be sent; the user's to mend.
    #[error("the request cannot be sent: {0}")]
    Malformed(String),
    /// It was to be signed.
    #[error("the request cannot be signed: {0}")]
    NotSigned(String),
    /// The recording that is read does not tell what the API would answer.
    #[error("nothing is sent where a recording is read, and the recording holds no answer to {0}")]
    NotRecorded(String),
    /// The connection broke, or none came about.
    #[error("`{host}` did not answer: {reason}")]
    NoAnswer {
        /// The host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The answer is longer than API Gateway's are.
    #[error("`{0}` answers with more than {LONGEST_BODY} bytes, which are not read")]
    TooLong(String),
}

impl SendError {
    /// Whether the request went out, or would have, and the network is why there is no answer.
    pub fn is_of_network(&self) -> bool {
        matches!(self, SendError::NotFound { .. } | SendError::NoAnswer { .. })
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            SendError::NotRead(_) => "put the text in the place of the file or the variable",
            SendError::Scheme(_) | SendError::Port(_) => "write the URL as https://host/stage/path",
            SendError::NoApi(_) => {
                "only hosts {api}.execute-api.{region}.amazonaws.com and custom domain names of the account are sent to"
            }
            SendError::NotOwn(_) => "check the API's id, the region, and whose credentials are used",
            SendError::NotListed { .. } => "allow the call: stagecheck permissions --explain prints the policy",
            SendError::NotPublic { .. } => {
                "a private API is asked from within its VPC: send the request there, and give its answer with --response"
            }
            SendError::NotFound { .. } | SendError::NoAnswer { .. } => "check the name and the network, and try again",
            SendError::Malformed(_) => "check its method, URL and headers",
            SendError::NotSigned(_) => "sign in again, or name a profile with --profile",
            SendError::NotRecorded(_) => "docs/recordings.md tells how its part execute-api is written",
            SendError::TooLong(_) => "ask for less, or give the answer with --response",
        }
    }
}
