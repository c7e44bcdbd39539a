//! What went wrong, on what, why, and what to do next.

use crate::text::style::visible;

/// The exit code of a command that could not do what it was asked.
pub(crate) const COULD_NOT: u8 = 2;

/// The exit code of a command that found something at or above `--fail-on`.
pub(crate) const FOUND: u8 = 1;

/// The exit code of a command that, with `--strict`, left something unevaluated.
pub(crate) const INCOMPLETE: u8 = 3;

/// Why a command could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What failed, on what, and why. One line.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }
}

impl From<collect::ConnectError> for Failure {
    fn from(error: collect::ConnectError) -> Failure {
        Failure::new(error.to_string()).help(error.help())
    }
}

impl From<collect::send::SendError> for Failure {
    fn from(error: collect::send::SendError) -> Failure {
        Failure::new(visible(&error.to_string())).help(error.help())
    }
}

impl From<collect::ReadError> for Failure {
    fn from(error: collect::ReadError) -> Failure {
        let help = match &error {
            collect::ReadError::UnknownApi { .. } => {
                "stagecheck audit without --api lists all; --region says where to look"
            }
            collect::ReadError::ApiNotListed { .. } => {
                "allow the call that was denied: stagecheck permissions prints the policy"
            }
            collect::ReadError::NothingRead(reason) if !reason.contains("access denied") => {
                "no permission helps: check the network, the region and --endpoint-url, and try again"
            }
            collect::ReadError::NothingRead(_) => {
                "allow at least apigateway:GET on /restapis or /apis: stagecheck permissions prints the policy"
            }
        };
        Failure::new(error.to_string()).help(help)
    }
}
