//! Whether a function's resource policy lets API Gateway call it on behalf of a route or an authorizer.

use serde_json::Value;

use crate::policy::{self, strings};

const PRINCIPAL: &str = "apigateway.amazonaws.com";
const ACTION: &str = "lambda:InvokeFunction";

/// What a resource policy says to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call is allowed.
    Granted,
    /// No statement allows it.
    Missing,
    /// A statement denies it.
    Denied,
    /// It depends on a condition that stagecheck does not evaluate; the condition's key.
    Depends(String),
}

/// A call that API Gateway makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The ARN on whose behalf the function is called.
    pub source_arn: &'a str,
    /// The account of the API.
    pub account_id: &'a str,
}

enum Applies {
    Yes,
    No,
    Depends(String),
}

/// Evaluates a resource policy for a call, as IAM does: a deny wins over every allow.
pub fn evaluate(policy: &Value, call: Call) -> Verdict {
    let (mut granted, mut grant_depends, mut denial_depends) = (false, None, None);
    for statement in policy::statements(policy) {
        let is_deny = statement.get("Effect").is_some_and(|effect| effect == "Deny");
        match (applies(statement, call), is_deny) {
            (Applies::Yes, true) => return Verdict::Denied,
            (Applies::Yes, false) => granted = true,
            (Applies::Depends(key), true) => denial_depends = Some(key),
            (Applies::Depends(key), false) => grant_depends = Some(key),
            (Applies::No, _) => {}
        }
    }
    match (granted, denial_depends, grant_depends) {
        (true, None, _) => Verdict::Granted,
        (true, Some(key), _) | (false, _, Some(key)) => Verdict::Depends(key),
        (false, _, None) => Verdict::Missing,
    }
}

fn applies(statement: &Value, call: Call) -> Applies {
    let is_for_us = match statement.get("Principal") {
        Some(Value::String(all)) => all == "*",
        Some(Value::Object(principals)) => principals.iter().any(|(kind, names)| match kind.as_str() {
            "Service" => strings(names).any(|name| name == PRINCIPAL || name == "*"),
            "AWS" => strings(names).any(|name| name == "*"),
            _ => false,
        }),
        _ => false,
    };
    let is_invoke = statement.get("Action").is_some_and(|actions| {
        strings(actions).any(|action| policy::matches(&action.to_ascii_lowercase(), &ACTION.to_ascii_lowercase()))
    });
    if !is_for_us || !is_invoke {
        return Applies::No;
    }
    let mut result = Applies::Yes;
    for (operator, keys) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match condition(operator, key, values, call) {
                Applies::Yes => {}
                Applies::No => return Applies::No,
                Applies::Depends(key) => result = Applies::Depends(key),
            }
        }
    }
    result
}

fn condition(operator: &str, key: &str, values: &Value, call: Call) -> Applies {
    let is_optional = operator.ends_with("IfExists");
    let actual = match key.to_ascii_lowercase().as_str() {
        // Only calls through a function URL have these; a condition on what a call lacks does not hold.
        "lambda:functionurlauthtype" | "lambda:invokedviafunctionurl" if is_optional => return Applies::Yes,
        "lambda:functionurlauthtype" | "lambda:invokedviafunctionurl" => return Applies::No,
        "aws:sourcearn" => call.source_arn,
        "aws:sourceaccount" => call.account_id,
        _ => return Applies::Depends(key.to_owned()),
    };
    let compare: fn(&str, &str) -> bool = match operator.trim_end_matches("IfExists") {
        "ArnLike" | "ArnEquals" => policy::arn_matches,
        "StringLike" => policy::matches,
        "StringEquals" => |wanted, actual| wanted == actual,
        "StringEqualsIgnoreCase" => str::eq_ignore_ascii_case,
        _ => return Applies::Depends(format!("{key} under {operator}")),
    };
    if strings(values).any(|wanted| compare(wanted, actual)) { Applies::Yes } else { Applies::No }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOURCE: &str = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/orders/{id}";

    fn check(statements: Value, expected: &Verdict) {
        let call = Call { source_arn: SOURCE, account_id: "111122223333" };
        assert_eq!(evaluate(&json!({ "Statement": statements }), call), *expected, "{statements}");
    }

    fn allow(condition: Value) -> Value {
        json!({
            "Effect": "Allow", "Principal": { "Service": PRINCIPAL }, "Action": ACTION,
            "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Condition": condition,
        })
    }

    fn source(pattern: &str) -> Value {
        allow(json!({ "ArnLike": { "AWS:SourceArn": pattern } }))
    }

    #[test]
    fn grants() {
        for pattern in [
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*",
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/GET/orders/*",
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/*/*",
            "arn:aws:execute-api:*:*:*/*/*/orders/{id}",
        ] {
            check(json!([source(pattern)]), &Verdict::Granted);
        }
        check(json!([allow(json!({}))]), &Verdict::Granted);
        check(json!(allow(json!({ "StringEquals": { "aws:SourceAccount": "111122223333" } }))), &Verdict::Granted);
        check(
            json!([{ "Effect": "Allow", "Principal": "*", "Action": ["lambda:*"], "Resource": "*" }]),
            &Verdict::Granted,
        );
    }

    #[test]
    fn what_does_not_fit_grants_nothing() {
        for pattern in [
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/dev/GET/orders/*",
            "arn:aws:execute-api:eu-west-1:111122223333:other/*",
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/POST/orders/*",
            "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET//orders/*",
        ] {
            check(json!([source(pattern)]), &Verdict::Missing);
        }
        check(json!([]), &Verdict::Missing);
        check(
            json!([{ "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": ACTION }]),
            &Verdict::Missing,
        );
        check(
            json!([{ "Effect": "Allow", "Principal": { "Service": PRINCIPAL }, "Action": "lambda:GetFunction" }]),
            &Verdict::Missing,
        );
    }

    #[test]
    fn a_deny_wins_and_an_unknown_condition_is_admitted() {
        let everything = allow(json!({}));
        let mut deny = source("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/*");
        deny["Effect"] = json!("Deny");
        check(json!([everything, deny]), &Verdict::Denied);

        let unknown = allow(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }));
        check(json!([unknown]), &Verdict::Depends("aws:PrincipalOrgID".to_owned()));
        check(json!([unknown, everything]), &Verdict::Granted);

        // What only calls through a function URL have settles nothing for API Gateway.
        let by_url = allow(json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }));
        check(json!([by_url]), &Verdict::Missing);
    }
}
