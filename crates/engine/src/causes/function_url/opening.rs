//! Whom the policy of an open function URL's function lets call it.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::Not;
use crate::policy::{self, strings};

/// Whom an action is allowed by way of the URL, without a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Everybody.
    Everybody,
    /// Those for whom a condition holds that depends on them; its key.
    Some(String),
    /// Nobody.
    Nobody,
}

impl Opening {
    /// The key by which some callers alone are let in, or nothing where nobody is. `open` says that everybody is, `in_part` that
    /// some are: of a request that nobody sent yet it is not known whether it is one of theirs.
    ///
    /// # Errors
    ///
    /// [`Not::Refuted`], with one of the two.
    pub(super) fn lacking(self, case: &Case<'_>, open: &str, in_part: &str) -> Result<Option<String>, Not> {
        match self {
            Opening::Everybody => Err(Not::refuted(open)),
            Opening::Some(key) if case.is_unsent() => Err(Not::refuted(format!("{in_part} by {key}"))),
            Opening::Some(key) => Ok(Some(key)),
            Opening::Nobody => Ok(None),
        }
    }

    /// What the statements of a policy that allow say of an action.
    pub(super) fn of(statements: &[Value], action: &str) -> Opening {
        let all = statements.iter().filter(|statement| is_for_everybody(statement, "Allow", action)).map(conditions);
        all.fold(Opening::Nobody, |widest, own| match (&widest, &own) {
            (Opening::Everybody, _) | (Opening::Some(_), Opening::Some(_) | Opening::Nobody) => widest,
            _ => own,
        })
    }
}

/// The statement that denies everybody an action, or those for whom a condition holds; and whom.
pub(super) fn denying<'s>(statements: &'s [Value], action: &str) -> Option<(&'s Value, Opening)> {
    let all = statements.iter().filter(|statement| is_for_everybody(statement, "Deny", action));
    let mut all = all.map(|statement| (statement, conditions(statement)));
    let mut some = None;
    let whole = all.find_map(|(statement, whom)| match whom {
        Opening::Everybody => Some((statement, whom)),
        Opening::Some(_) => {
            some = some.take().or(Some((statement, whom)));
            None
        }
        Opening::Nobody => None,
    });
    whole.or(some)
}

/// Whether a statement allows or denies everybody an action, but for its conditions.
fn is_for_everybody(statement: &Value, effect: &str, action: &str) -> bool {
    let is_everybody = |principal: &Value| {
        principal == "*" || principal.get("AWS").is_some_and(|names| strings(names).any(|name| name == "*"))
    };
    let covers = |own: &str| policy::matches(&own.to_ascii_lowercase(), &action.to_ascii_lowercase());
    statement.get("Effect").is_some_and(|own| own == effect)
        && statement.get("Principal").is_some_and(is_everybody)
        && statement.get("Action").is_some_and(|actions| strings(actions).any(covers))
}

/// For whom the conditions of a statement hold: all of them have to.
fn conditions(statement: &Value) -> Opening {
    let mut result = Opening::Everybody;
    for (operator, keys) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match condition(operator, key, values) {
                Opening::Everybody => {}
                Opening::Nobody => return Opening::Nobody,
                by => result = by,
            }
        }
    }
    result
}

/// What one condition says of a call by way of a URL whose `AuthType` is `NONE`.
fn condition(operator: &str, key: &str, values: &Value) -> Opening {
    let actual = match key.to_ascii_lowercase().as_str() {
        "lambda:functionurlauthtype" => "NONE",
        "lambda:invokedviafunctionurl" => "true",
        _ => return Opening::Some(key.to_owned()),
    };
    let equals = || strings(values).any(|wanted| wanted == actual);
    let holds = match operator.trim_end_matches("IfExists") {
        "StringEquals" => equals(),
        "StringNotEquals" => !equals(),
        "StringEqualsIgnoreCase" => strings(values).any(|wanted| wanted.eq_ignore_ascii_case(actual)),
        "StringLike" => strings(values).any(|wanted| policy::matches(wanted, actual)),
        "Bool" => *values == true || strings(values).any(|wanted| wanted.eq_ignore_ascii_case(actual)),
        _ => return Opening::Some(format!("{key} under {operator}")),
    };
    if holds { Opening::Everybody } else { Opening::Nobody }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_close_what_a_statement_opens() {
        let some = |key: &str| Opening::Some(key.to_owned());
        for (condition, expected) in [
            (json!({}), Opening::Everybody),
            (json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }), Opening::Everybody),
            (json!({ "StringEquals": { "lambda:FunctionUrlAuthType": ["AWS_IAM", "NONE"] } }), Opening::Everybody),
            (json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" } }), Opening::Nobody),
            (json!({ "StringNotEquals": { "lambda:FunctionUrlAuthType": "NONE" } }), Opening::Nobody),
            (json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }), Opening::Everybody),
            (json!({ "Bool": { "lambda:InvokedViaFunctionUrl": true } }), Opening::Everybody),
            (json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "false" } }), Opening::Nobody),
            (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc" } }), some("aws:PrincipalOrgID")),
            (
                json!({ "StringEquals": { "aws:SourceAccount": "9", "lambda:FunctionUrlAuthType": "NONE" } }),
                some("aws:SourceAccount"),
            ),
            (
                json!({ "StringEquals": { "aws:SourceAccount": "9", "lambda:FunctionUrlAuthType": "AWS_IAM" } }),
                Opening::Nobody,
            ),
        ] {
            let statement =
                json!({ "Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Condition": condition });
            let own = Opening::of(std::slice::from_ref(&statement), "lambda:InvokeFunctionUrl");
            assert_eq!(own, expected, "{condition}");
            let open = json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "lambda:InvokeFunctionUrl" });
            for both in [[open.clone(), statement.clone()], [statement, open]] {
                assert_eq!(Opening::of(&both, "lambda:InvokeFunctionUrl"), Opening::Everybody, "{condition}");
            }
        }
    }
}
