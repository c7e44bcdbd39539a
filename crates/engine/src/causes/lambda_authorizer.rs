//! A Lambda authorizer of a REST API does not let the caller in.

use regex_lite::Regex;
use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::guard::{Guard, IdentitySource, Used};
use crate::case::logs;
use crate::case::own_log::OwnLog;
use crate::case::signal::Signal;
use crate::snapshot::ApiKind;

causes! {
    /// The caller sends nothing where the authorizer looks
    ///
    /// ## What proves it
    ///
    /// The route has a Lambda authorizer, and a header or query parameter of its identity source is missing or empty. The
    /// function is then not called. Where it is a stage variable that the stage does not set, it is likely: AWS documents the answer
    /// for what callers send.
    ///
    /// ## What refutes it
    ///
    /// All of them are there; of a stage variable, that the execution log shows a call of the function.
    ///
    /// ## Remedy
    ///
    /// Send what the identity source names, or change it and deploy. Set the stage variable.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-401-error-lambda-authorizer>
    "lambda-auth-identity-source-missing", Cause, Silent, identity_missing;

    /// The token does not match the authorizer's pattern
    ///
    /// ## What proves it
    ///
    /// The authorizer is of the type TOKEN, and its validation expression does not match what the header holds. The function is
    /// then not called.
    ///
    /// ## What refutes it
    ///
    /// It matches, or there is none.
    ///
    /// ## Remedy
    ///
    /// Send the token with the prefix that the expression asks for, or change the expression and deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-401-error-lambda-authorizer>
    "lambda-auth-token-regex", Cause, Silent, token_regex;

    /// The authorizer's function refuses the token
    ///
    /// ## What proves it
    ///
    /// The identity is there, and a REST API's execution log shows that the function was called and ended with the error
    /// `Unauthorized`; or the function's own log shows it of the request's invocation, by its id (`$context.authorizer.requestId`
    /// in the access log) or by its time. An HTTP API has no execution log. It is likely only where another invocation may have
    /// written the line.
    ///
    /// ## What refutes it
    ///
    /// The function was not called.
    ///
    /// ## Remedy
    ///
    /// Look into the function's own log for why it refuses the token.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>
    "lambda-auth-threw-unauthorized", Cause, Silent, threw_unauthorized;
}

/// The Lambda authorizer of the REST API's route that a request reaches.
pub(super) fn custom<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guard<'c, 'a>, Not> {
    Guard::answering(case, signals, ApiKind::Rest, "CUSTOM")
}

/// The first of an authorizer's identity sources that the request leaves out. REST APIs take an empty value for none.
fn left_out<'u>(case: &Case<'_>, used: &'u Used<'_>, takes_empty: bool) -> Option<IdentitySource<'u>> {
    used.identity_sources().into_iter().find(|source| match source {
        IdentitySource::StageVariable(_) | IdentitySource::Other(_) => false,
        _ => source.value(case).is_none_or(|value| !takes_empty && value.trim().is_empty()),
    })
}

/// That the request leaves an identity out, and in words where it is looked for.
pub(super) fn without_identity(
    case: &Case<'_>,
    guard: &Guard<'_, '_>,
    takes_empty: bool,
) -> Result<(Proof, String), Not> {
    let used = match guard.authorizer() {
        // Most authorizers look into Authorization.
        Err(Not::Unread(why)) if case.response().is_ok() && !case.request.headers.has("authorization") => {
            let says =
                "The request has no Authorization header; where the authorizer looks for the caller was not read.";
            return Ok((guard.because(Proof::possible(says)).without(&why), "the caller's identity".to_owned()));
        }
        used => used?,
    };
    let Some(source) = left_out(case, &used, takes_empty) else {
        return Err(Not::refuted("the request has everything that the authorizer's identity source names"));
    };
    let words = source.words();
    let says = format!("The authorizer {} looks for the caller in {words}, which the request leaves out.", used.name);
    let proof = guard
        .because(Proof::certain(says))
        .because(used.source, format!("{} identitySource", used.name), used.authorizer.identity_source.clone())
        .because("request", source.place(), Value::Null);
    Ok((proof, words))
}

fn identity_missing(case: &Case<'_>) -> Examined {
    let guard = custom(case, &[Signal::Unauthorized])?;
    match without_identity(case, &guard, false) {
        Err(Not::Refuted(why)) => unset_variable::named(case, &guard, why),
        found => {
            let (proof, source) = found?;
            Ok(proof.advice(format!("send {source}, or change the authorizer's identity source and deploy")))
        }
    }
}

fn token_regex(case: &Case<'_>) -> Examined {
    let guard = custom(case, &[Signal::Unauthorized])?;
    let used = match guard.authorizer() {
        Err(Not::Unread(why)) if case.response().is_ok() && case.request.headers.has("authorization") => {
            let says = format!("Which tokens the authorizer of {} asks its function about was not read.", guard.key);
            let proof = guard.because(Proof::possible(says)).without(&why);
            return Ok(proof.advice("look whether the authorizer's token validation matches what Authorization holds"));
        }
        used => used?,
    };
    let pattern = used.authorizer.identity_validation_expression.as_deref().filter(|pattern| !pattern.is_empty());
    let (Some(pattern), true) = (pattern, used.authorizer.authorizer_type == "TOKEN") else { return Err(Not::Silent) };
    let sources = used.identity_sources();
    let Some((source, value)) = sources.iter().find_map(|source| Some((source, source.value(case)?))) else {
        return Err(Not::Silent);
    };
    case.known(&value, &source.place())?;
    let evidence = |proof: Proof| {
        guard
            .because(proof)
            .because(used.source, format!("{} identityValidationExpression", used.name), pattern)
            .command(
                "send the token as the expression asks for it; or take the expression away, and deploy",
                guard
                    .update_authorizer(used.name)
                    .option("--patch-operations", "op=replace,path=/identityValidationExpression,value="),
            )
    };
    // AWS does not say whether the whole value has to match. What matches nowhere in it matches in no reading.
    match Regex::new(pattern) {
        // HTTP leaves out blanks around a field's value, and nothing else.
        Ok(regex) if regex.is_match(value.trim_matches([' ', '\t'])) => {
            Err(Not::refuted("the authorizer's expression matches the token"))
        }
        Ok(regex) if regex.is_match(value.trim()) => Ok(evidence(
            Proof::likely(format!(
                "What {} holds matches the authorizer's expression {pattern} only without the line break beside it.",
                source.words()
            ))
            .because("request", source.place(), false),
        )),
        Ok(_) => Ok(evidence(
            Proof::certain(format!(
                "What {} holds does not match the authorizer's expression {pattern}.",
                source.words()
            ))
            .because("request", source.place(), false),
        )),
        // Java's expressions know more than these do: look-around and back references.
        Err(_) => Ok(evidence(Proof::possible(format!("The authorizer {} asks for {pattern}.", used.name)))),
    }
}

/// That the identity is there and has the form that is asked for, so that the function is called.
fn reaches_function(case: &Case<'_>, guard: &Guard<'_, '_>) -> Result<(), Not> {
    let used = guard.authorizer()?;
    // An HTTP API calls the function with an empty identity, too.
    if left_out(case, &used, guard.api.kind == ApiKind::Http).is_some() {
        return Err(Not::refuted("the identity is missing, so that the function is not called"));
    }
    match token_regex(case) {
        Ok(proof) if proof.confidence == Confidence::Certain => {
            Err(Not::refuted("the token does not match the expression, so that the function is not called"))
        }
        Err(Not::Wanted) => Err(Not::Wanted),
        _ => Ok(()),
    }
}

/// How runtimes begin the report of an error that a handler ended with.
const THROWN: [&str; 4] = ["[ERROR]", "Invoke Error", "errorMessage", "Exception"];

fn threw_unauthorized(case: &Case<'_>) -> Examined {
    case.response()?;
    // An HTTP API answers 401, too, where the function ends with that error.
    let guard = match custom(case, &[Signal::Unauthorized]) {
        Err(Not::Silent) => Guard::answering(case, &[Signal::Unauthorized], ApiKind::Http, "CUSTOM")?,
        guard => guard?,
    };
    let used = match guard.authorizer() {
        Err(Not::Unread(why)) if case.request.headers.has("authorization") => {
            let says = "An identity is sent: the authorizer's function, which was not read, may have refused it.";
            let proof = guard.because(Proof::possible(says)).without(&why);
            return Ok(proof.advice("look into the log of the authorizer's function for why it refuses the token"));
        }
        used => used?,
    };
    reaches_function(case, &guard)?;
    let says = format!("The identity is there, so that the function of {} was called and refused it.", used.name);
    let advice = "look into the function's own log for why it refuses the token";
    let possible = guard.because(Proof::possible(says.clone())).advice(advice);
    let possible = match logs::execution(case) {
        Ok(log) => match (log.holds(&["Unauthorized"]), log.holds(&["Starting authorizer", "Endpoint request"])) {
            (Some(line), Some(_)) => {
                let proof = guard.because(Proof::certain(says));
                return Ok(proof.because("logs:FilterLogEvents", log.group, line).advice(advice));
            }
            // A stage that logs errors alone shows no call: the function's own log does.
            (Some(_), None) => {
                return own_log_of_refusal(case, &guard, possible).and_then(|proof| match proof.confidence {
                    Confidence::Possible => Err(Not::refuted("the execution log shows no call of the function")),
                    _ => Ok(proof),
                });
            }
            (None, _) => possible,
        },
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(Not::Unread(why)) => possible.without(&why),
        Err(_) => possible,
    };
    own_log_of_refusal(case, &guard, possible)
}

/// What the log of the authorizer's function says of the refusal; what is possible, where it does not tell.
fn own_log_of_refusal<'a>(case: &Case<'a>, guard: &Guard<'_, 'a>, possible: Proof) -> Examined {
    let own = match OwnLog::of_authorizer(case, guard) {
        Err(Not::Unread(why)) => return Ok(possible.without(&why)),
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(_) => return Ok(possible),
        Ok(own) => own,
    };
    let threw = |line: &str| THROWN.iter().any(|word| line.contains(word));
    Ok(match own.find_with(&["Unauthorized"], threw) {
        Some(line) => {
            let proof = guard.because(Proof::certain(possible.says).at_most(line.at_most));
            proof.because("logs:FilterLogEvents", line.group, line.text).remedy(possible.remedy)
        }
        None => possible,
    })
}

pub(super) mod unset_variable;

#[cfg(test)]
pub(super) mod tests;
