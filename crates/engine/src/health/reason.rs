//! Why requests fail at the gateway, by its own words.

use serde::{Deserialize, Serialize};

/// Why a request failed at the gateway, as its logs say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The function's answer has no shape that the gateway takes.
    MalformedResponse,
    /// The authorizer's answer has none.
    MalformedAuthorizer,
    /// The function failed.
    FunctionError,
    /// The function's policy does not let the gateway call it.
    Permission,
    /// The gateway may not assume the integration's role, or the role may not call the integration.
    Role,
    /// Lambda refused the call, because too many ran at once.
    Throttled,
    /// The integration took longer than it may.
    Timeout,
    /// The integration could not be reached, or its address is none.
    Unreachable,
    /// A mapping of the answer did not work.
    Mapping,
    /// Something else.
    Other,
}

/// How execution logs, and access logs of REST and of HTTP APIs, say that the function failed.
const FUNCTION_ERRORS: [&str; 3] =
    ["customer function error", "Lambda Customer Function Error", "The Lambda function returned the following error"];

impl Reason {
    /// The reason that a message of the gateway's stands for.
    ///
    /// The messages were seen on AWS, but for those of mappings, which are known and were not.
    pub fn of(message: &str) -> Reason {
        let has = |text: &str| message.contains(text);
        if has("Malformed Lambda proxy response") {
            Reason::MalformedResponse
        } else if has("Invalid permissions on Lambda function") {
            Reason::Permission
        } else if has("Invalid JSON in response") || has("Invalid authorizer response") {
            Reason::MalformedAuthorizer
        } else if FUNCTION_ERRORS.iter().any(|text| has(text)) {
            Reason::FunctionError
        } else if has("permission to assume the provided role") || has("The IAM role configured on the integration") {
            Reason::Role
        } else if has("Lambda execution failed with status 429") || has("Rate Exceeded") {
            Reason::Throttled
        } else if has("due to a timeout error") || has("Endpoint request timed out") {
            Reason::Timeout
        } else if has("Invalid endpoint address") || has("Network error communicating with endpoint") {
            Reason::Unreachable
        } else if has("Unable to transform response") || has("No match for output mapping") || has("already present") {
            Reason::Mapping
        } else {
            Reason::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_reason() {
        for (message, reason) in [
            ("Execution failed due to configuration error: Malformed Lambda proxy response", Reason::MalformedResponse),
            ("Execution failed due to configuration error: Invalid permissions on Lambda function", Reason::Permission),
            (
                "Execution failed due to configuration error: Invalid JSON in response: Unrecognized field \"policy\" ",
                Reason::MalformedAuthorizer,
            ),
            ("Lambda execution failed with status 200 due to customer function error: x.", Reason::FunctionError),
            ("Lambda Customer Function Error:x", Reason::FunctionError),
            (
                "The Lambda function returned the following error: x. Check your Lambda function code and try again.",
                Reason::FunctionError,
            ),
            (
                "Execution failed due to configuration error: API Gateway does not have permission to assume the provided role arn:x",
                Reason::Role,
            ),
            ("Execution failed due to a timeout error", Reason::Timeout),
            ("Execution failed due to configuration error: Invalid endpoint address", Reason::Unreachable),
            ("Execution failed due to configuration error: Unable to transform response", Reason::Mapping),
            ("Execution failed due to an internal error", Reason::Other),
        ] {
            assert_eq!(Reason::of(message), reason, "{message}");
        }
    }
}
