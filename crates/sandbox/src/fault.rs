//! Faults to try a client with: errors, delays and broken connections, by operation.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A fault: what happens, to which operation, how often.
///
/// Written `OPERATION=KIND[*COUNT]`. The operation is `get_export`, `apigateway.get_export` or `*`. The kind is one of
/// `denied`, `throttle`, `error:CODE`, `status:NNN`, `delay:MILLISECONDS`, `cut` (the connection breaks before the
/// answer) and `half` (it breaks in the middle of it). Without a count, it happens every time.
#[derive(Clone, Debug)]
pub struct Fault {
    operation: String,
    pub(crate) kind: Kind,
    /// How often it still happens, whoever holds a copy.
    left: Arc<AtomicUsize>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The service answers with an error.
    Error(String),
    /// The service answers with a status code and no body.
    Status(u16),
    /// The answer comes late.
    Delay(Duration),
    /// The connection breaks before the answer.
    Cut,
    /// The connection breaks in the middle of the answer.
    Half,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let usage = || format!("`{text}` is no fault: write OPERATION=KIND[*COUNT], for example get_export=throttle*2");
        let (operation, rest) = text.split_once('=').ok_or_else(usage)?;
        let (kind, left) = match rest.rsplit_once('*') {
            Some((kind, count)) => (kind, count.parse().map_err(|_| usage())?),
            None => (rest, usize::MAX),
        };
        let kind = match kind.split_once(':').unwrap_or((kind, "")) {
            ("denied", "") => Kind::Error("AccessDeniedException".to_owned()),
            ("throttle", "") => Kind::Error("TooManyRequestsException".to_owned()),
            ("error", code) if !code.is_empty() => Kind::Error(code.to_owned()),
            ("status", status) => {
                Kind::Status(status.parse().ok().filter(|status| (400..600).contains(status)).ok_or_else(usage)?)
            }
            ("delay", millis) => Kind::Delay(Duration::from_millis(millis.parse().map_err(|_| usage())?)),
            ("cut", "") => Kind::Cut,
            ("half", "") => Kind::Half,
            _ => return Err(usage()),
        };
        Ok(Fault { operation: operation.to_owned(), kind, left: Arc::new(AtomicUsize::new(left)) })
    }
}

impl Fault {
    /// Whether the fault happens to this call. One that happens a number of times is used up by it.
    pub(crate) fn strikes(&self, service: &str, operation: &str) -> bool {
        let is_meant = match self.operation.split_once('.') {
            Some((own_service, own_operation)) => own_service == service && own_operation == operation,
            None => self.operation == "*" || self.operation == operation,
        };
        is_meant && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_what_is_meant_as_often_as_it_says() {
        let fault: Fault = "apigateway.get_export=throttle*2".parse().unwrap();
        assert_eq!(fault.kind, Kind::Error("TooManyRequestsException".to_owned()));
        assert!(!fault.strikes("apigatewayv2", "get_export"));
        assert!(!fault.strikes("apigateway", "get_stages"));
        assert!(fault.strikes("apigateway", "get_export") && fault.strikes("apigateway", "get_export"));
        assert!(!fault.strikes("apigateway", "get_export"));
        let every: Fault = "*=delay:20".parse().unwrap();
        assert_eq!(every.kind, Kind::Delay(Duration::from_millis(20)));
        assert!((0..100).all(|_| every.strikes("lambda", "get_policy")));
    }

    #[test]
    fn says_how_a_fault_is_written() {
        for text in ["", "get_export", "x=", "x=denied:1", "x=status:200", "x=delay:soon", "x=cut*y", "x=error:"] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains("OPERATION=KIND[*COUNT]"), "{text}: {error}");
        }
    }
}
