//! The function of an HTTP API's Lambda authorizer fails. Every fault of the integration is answered alike: the logs tell.

use super::{FAILURE, MEND, or_by_own_log};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::guard::Guard;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::snapshot::ApiKind;

/// What `$context.authorizer.error` says where the function did not answer, in lower case.
const FAILED: [&str; 4] = ["returned the following error", "timed out", "timeout", "throttl"];

pub(super) fn error_or_timeout(case: &Case<'_>) -> Examined {
    case.response()?;
    let guard = Guard::answering(case, &[Signal::Internal], ApiKind::Http, "CUSTOM")?;
    let log = logs::accessed(case)?;
    if let Some(error) = &log.integration_error {
        return Err(Not::refuted(format!("the access log says of the integration: {}", logs::short(error))));
    }
    match log.authorizer_error.as_deref().map(str::to_ascii_lowercase) {
        Some(error) if FAILED.iter().any(|word| error.contains(word)) => {
            Ok(guard.because(log.because(Proof::certain(FAILURE))).advice(MEND))
        }
        Some(error) => Err(Not::refuted(format!("the access log says {}", logs::short(&error)))),
        None => match or_by_own_log(case, &guard, guard.because(Proof::possible(FAILURE)).advice(MEND))? {
            proof if proof.confidence == Confidence::Possible => Err(Not::Silent),
            proof => Ok(proof),
        },
    }
}
