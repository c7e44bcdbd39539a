//! An authorizer's function that does not exist: nobody can be permitted to call it.

use serde_json::Value;

use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee;
use crate::case::cause::{Not, Proof};
use crate::case::guard::{Guard, Used};
use crate::observed::NotRead;

/// What is known of a function of which Lambda says that it has no policy.
pub(super) enum Gone {
    /// It does not exist.
    Proved(Box<Proof>),
    /// Whether it exists was not read.
    Unread(NotRead),
}

/// What mends the missing permission of a function that may not exist.
pub(super) const LET_CALL_IF_THERE: &str =
    "look whether the authorizer's function exists; if it does, let API Gateway call it";

/// That a function without a policy does not exist, or that this was not read; `None` where it exists. A recording that does not
/// hold the function says nothing of it.
///
/// # Errors
///
/// [`Not::Wanted`], if it is to be read first.
pub(super) fn unless(
    case: &Case<'_>,
    guard: &Guard<'_, '_>,
    used: &Used<'_>,
    function: &FunctionName,
) -> Result<Option<Gone>, Not> {
    match callee::configuration(case, function) {
        Ok(None) => {
            let says = format!("The authorizer {} calls {}, which Lambda does not know.", used.name, function.arn());
            let proof = guard
                .because(Proof::certain(says))
                .because(used.source, format!("{} authorizerUri", used.name), used.authorizer.authorizer_uri.clone())
                .because("lambda:GetFunctionConfiguration", function.arn(), Value::Null)
                .advice("name a function that exists in the authorizer's URI and deploy, or make the function again");
            Ok(Some(Gone::Proved(Box::new(proof))))
        }
        Err(Not::Wanted) => Err(Not::Wanted),
        Err(Not::Unread(why)) if !why.is_unrecorded() => Ok(Some(Gone::Unread(why))),
        _ => Ok(None),
    }
}
