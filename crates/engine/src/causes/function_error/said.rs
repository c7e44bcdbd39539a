//! What the gateway's own log says that a function's error was.

use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Not};
use crate::case::own_log::TIMED_OUT;
use crate::logs::is_uuid;
use crate::observed::NotRead;

/// What runtimes answer, before anything else, where a handler cannot be loaded: Python, Node.js, Java.
const NOT_LOADED: [&str; 6] = [
    "Unable to import module '",
    "Handler '",
    "Bad handler '",
    "Syntax error in module '",
    "Error: Cannot find module '",
    "Class not found: ",
];

/// How sure an error's words are that the handler could not be loaded; `None` where they are of something else.
pub(super) fn not_loaded(error: &str) -> Option<Confidence> {
    let first = NOT_LOADED.iter().copied().find(|text| error.starts_with(text));
    let is_own = match first {
        Some("Handler '") => error.contains("' missing on module '"),
        Some(_) => true,
        // `index.handler is undefined or not exported`.
        None => error.split_once(" is undefined or not exported").is_some_and(|(name, _)| !name.contains(' ')),
    };
    // A handler that was loaded may look for a module, too: its error has no `Error: ` before the same words.
    let may_be = error.starts_with("Cannot find module '");
    if is_own { Some(Confidence::Certain) } else { may_be.then_some(Confidence::Likely) }
}

/// The module that another one looked for in vain, as Python and Node.js name it; no file of the package's own.
pub(super) fn lacking_module(error: &str) -> Option<&str> {
    let named =
        ["No module named '", "Cannot find module '"].iter().find_map(|mark| Some(error.split_once(mark)?.1))?;
    let (name, _) = named.split_once('\'')?;
    (!name.is_empty() && !name.starts_with(['.', '/'])).then_some(name)
}

/// Whether an error is the platform's, of this invocation's timeout: `TIME ID Task timed out after …`, or
/// `RequestId: ID Error: Task timed out after …`. What a function says of another that it called has other words before it.
pub(super) fn timed_out(error: &str) -> bool {
    let Some((before, rest)) = error.split_once(TIMED_OUT) else { return false };
    let words: Vec<&str> = before.split_whitespace().collect();
    let id = match words.as_slice() {
        ["RequestId:", id, "Error:"] => id,
        [_, id] => id,
        _ => return false,
    };
    let own = rest.split_once("Lambda request id:").map(|(_, own)| own.trim().trim_end_matches('.'));
    is_uuid(id.as_bytes()) && own.is_none_or(|own| own.starts_with(id))
}

/// A member of the function's configuration, and why that was not read.
///
/// # Errors
///
/// [`Not`], if it is to be read first, or the route has no function.
pub(super) fn setting<'a>(
    case: &Case<'a>,
    callee: &Callee<'_, 'a>,
    name: &str,
) -> Result<(Option<&'a serde_json::Value>, Option<NotRead>), Not> {
    match callee::configuration(case, &callee.function()?) {
        Ok(own) => Ok((own.and_then(|own| own.get(name)), None)),
        Err(Not::Unread(why)) => Ok((None, Some(why))),
        Err(not) => Err(not),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7f0e1a2b-0000-4000-8000-000000000001";

    #[test]
    fn the_platform_tells_of_the_timeout() {
        for (error, expected) in [
            (format!("2026-10-10T11:59:59.000Z {ID} Task timed out after 3.00 seconds. Lambda request id: {ID}"), true),
            (format!("RequestId: {ID} Error: Task timed out after 3.00 seconds. Lambda request id: {ID}"), true),
            (format!("2026-10-10T11:59:59.000Z {ID} Task timed out after 3.00 seconds. Check your Lambda …"), true),
            // A function that another one called.
            (format!("RequestId: {ID} Error: Task timed out after 3.00 seconds. Lambda request id: 99999999-…"), false),
            (format!("pay-fn: {ID} Error: Task timed out after 3.00 seconds"), false),
            ("Task timed out after 3.00 seconds".to_owned(), false),
            ("KeyError: 'id'".to_owned(), false),
        ] {
            assert_eq!(timed_out(&error), expected, "{error}");
        }
    }

    #[test]
    fn a_module_that_is_lacking_is_named() {
        for (error, expected) in [
            ("Unable to import module 'app': No module named 'requests'", Some("requests")),
            ("Error: Cannot find module 'axios'\nRequire stack:", Some("axios")),
            ("Error: Cannot find module './util'", None),
            ("Class not found: example.Handler", None),
            ("No module named 'broken", None),
        ] {
            assert_eq!(lacking_module(error), expected, "{error}");
        }
    }

    #[test]
    fn runtimes_tell_that_a_handler_could_not_be_loaded() {
        let certain = Some(Confidence::Certain);
        for (error, expected) in [
            ("Unable to import module 'app': No module named 'requests'. Lambda request id: x", certain),
            ("Handler 'lambda_handlr' missing on module 'app'. Lambda request id: x", certain),
            ("Bad handler 'app': not enough values to unpack (expected 2, got 1)", certain),
            ("Syntax error in module 'app': invalid syntax (app.py, line 3)", certain),
            ("Error: Cannot find module 'app'\nRequire stack:", certain),
            ("index.handler is undefined or not exported", certain),
            ("Class not found: example.Handler", certain),
            ("Cannot find module './locale/de'\nRequire stack:", Some(Confidence::Likely)),
            ("Handler 'pay' refused the order", None),
            ("the order is undefined or not exported", None),
            ("KeyError: 'id'", None),
        ] {
            assert_eq!(not_loaded(error), expected, "{error}");
        }
    }
}
