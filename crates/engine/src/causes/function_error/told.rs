//! What the gateway's logs say of a function that was called: a REST API's execution log, and the access log of the others.

use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Not, if_known};
use crate::case::logs::{self, Accessed};
use crate::case::signal::Signal;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

/// What a REST API's execution log says before a function's error.
pub(super) const FAILED: &str = "due to customer function error:";

/// What the gateway's log says of a function's failure.
#[derive(Default)]
pub(super) struct Told {
    /// The log's group, and the variable.
    pub(super) place: String,
    /// The function's error.
    pub(super) error: Option<String>,
    /// Whether the log has the request, and would say so.
    pub(super) denies: bool,
    /// Why the log does not tell.
    pub(super) unread: Option<NotRead>,
}

impl Told {
    /// What the log of the API's kind says.
    pub(super) fn of(case: &Case<'_>, callee: &Callee<'_, '_>) -> Result<Told, Not> {
        match callee.target.api.kind {
            ApiKind::Rest => Told::by_execution(case, FAILED),
            ApiKind::Http | ApiKind::WebSocket => Told::by_access(case),
        }
    }

    /// What the execution log says after a text.
    pub(super) fn by_execution(case: &Case<'_>, text: &str) -> Result<Told, Not> {
        let unread = match logs::execution(case) {
            Ok(lines) => {
                let error = lines.after(text).map(str::to_owned);
                let denies = !lines.is_empty() || case.signal() != Some(Signal::BadGateway);
                return Ok(Told { place: lines.group, error, denies, unread: None });
            }
            Err(Not::Unread(why)) => Some(why),
            Err(Not::Silent) => lacks_request_id(case),
            Err(not) => return Err(not),
        };
        Ok(Told { unread, ..Told::default() })
    }

    /// What the access log says.
    pub(super) fn by_access(case: &Case<'_>) -> Result<Told, Not> {
        let log = by_access(case)?;
        let error = log.integration_error.as_deref().and_then(|error| error.split_once(FAILED_HTTP));
        Ok(Told {
            place: format!("{} integrationErrorMessage", log.group),
            error: error.map(|(_, error)| error.trim().to_owned()),
            denies: log.tells_integration || log.integration_error.is_some(),
            unread: log.unread.or_else(|| lacks_request_id(case)),
        })
    }
}

/// A function's error, and the log group that has it: `None` where the log does not tell, or was not read.
///
/// # Errors
///
/// [`Not::Wanted`], if it is to be read first.
pub(super) fn error(case: &Case<'_>, callee: &Callee<'_, '_>) -> Result<Option<(String, String)>, Not> {
    let told = if_known(Told::of(case, callee))?;
    Ok(told.and_then(|told| Some((told.place, told.error?))))
}

/// How access logs begin the error of a function.
const FAILED_HTTP: &str = "The Lambda function returned the following error:";

fn lacks_request_id(case: &Case<'_>) -> Option<NotRead> {
    logs::request_id(case).is_none().then(|| case.lacks_request_id())
}

/// What the access log says of a request whose integration was called: an authorizer that failed ends it before.
pub(super) fn by_access(case: &Case<'_>) -> Result<Accessed, Not> {
    let log = logs::accessed(case)?;
    match &log.authorizer_error {
        Some(error) => Err(Not::refuted(format!("the access log says of the authorizer: {}", logs::short(error)))),
        None => Ok(log),
    }
}
