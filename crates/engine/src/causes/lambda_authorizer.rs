//! A Lambda authorizer of a REST API does not let the caller in; and authorization that differs between the live
//! configuration and the deployed one.

use regex_lite::Regex;
use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::guard::{Guard, IdentitySource, Used};
use crate::case::logs;
use crate::case::signal::{self, Signal};
use crate::command::{self, Aws};
use crate::exchange::authorization::Authorization;
use crate::snapshot::ApiKind;

causes! {
    /// Authorization was changed, and that is not deployed
    ///
    /// ## What proves it
    ///
    /// The live route asks for another kind of authorization than the deployed one: callers are still asked for what was
    /// taken off, or are still let in without what was added.
    ///
    /// ## What refutes it
    ///
    /// Both are equal.
    ///
    /// ## Remedy
    ///
    /// Deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "authorizer-drift", Cause, Proves, drift;

    /// The caller sends nothing where the authorizer looks
    ///
    /// ## What proves it
    ///
    /// The route has a Lambda authorizer, and a header or query parameter of its identity source is missing or empty. The
    /// function is then not called.
    ///
    /// ## What refutes it
    ///
    /// All of them are there.
    ///
    /// ## Remedy
    ///
    /// Send what the identity source names, or change it and deploy.
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
    /// The identity is there, and the execution log shows that the function was called and ended with the error
    /// `Unauthorized`.
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

    /// The authorizer's policy denies the caller
    ///
    /// ## What proves it
    ///
    /// The answer names no caller and speaks of an explicit deny, and the route has a Lambda authorizer.
    ///
    /// ## What refutes it
    ///
    /// Another kind of authorization.
    ///
    /// ## Remedy
    ///
    /// The function's code denies this caller: look at the claims that it judges by.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-error-lambda-authorizer>
    "lambda-auth-explicit-deny", Cause, Silent, explicit_deny;

    /// The authorizer's decision for another route was kept
    ///
    /// ## What proves it
    ///
    /// The answer says that the caller is not authorized, the authorizer keeps its decisions for some time, and more than one
    /// route is guarded so: a policy that names one route alone then refuses the others. The key of what is kept is the
    /// identity alone.
    ///
    /// Where nothing was sent yet: several routes share the authorizer, and its decisions are kept for longer than the
    /// default of 300 seconds, so that it is possible.
    ///
    /// ## What refutes it
    ///
    /// Nothing is kept, or the execution log shows that the function was called for this very request.
    ///
    /// ## Remedy
    ///
    /// Let the function return a policy for `…/{stage}/*/*`, or keep nothing; then flush what is kept.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-lambda-authorization-errors>
    "lambda-auth-cached-policy", Cause, Warns, cached_policy;

    /// The authorizer's policy does not allow the route
    ///
    /// ## What proves it
    ///
    /// The answer says that the caller is not authorized, and the route has a Lambda authorizer. The policy in the execution
    /// log, whose resource is not this route, makes it certain.
    ///
    /// ## What refutes it
    ///
    /// Another kind of authorization.
    ///
    /// ## Remedy
    ///
    /// Let the function return a policy whose resource is `arn:aws:execute-api:{region}:{account}:{api}/{stage}/*/*`.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-error-lambda-authorizer>
    "lambda-auth-implicit-deny", Cause, Silent, implicit_deny;
}

fn drift(case: &Case<'_>) -> Examined {
    let is_open = case.shows(&[Signal::Success]).is_ok();
    let is_refused =
        case.shows(&[Signal::Unauthorized, Signal::TokenExpired, Signal::AccessDenied, Signal::Forbidden]).is_ok();
    if case.is_preflight() || !(is_open || is_refused) {
        return Err(Not::Silent);
    }
    let guard = Guard::of(case)?;
    let deployed = guard.authorization_type.as_str();
    // AWS_IAM answers otherwise; it has a cause of its own.
    let fits = match deployed {
        "NONE" => is_open && case.authorization == Authorization::None,
        "CUSTOM" | "COGNITO_USER_POOLS" | "JWT" => is_refused,
        "AWS_IAM" => is_refused && guard.api.kind == ApiKind::Http,
        _ => false,
    };
    // Only HTTP APIs answer a refused caller with a bare Forbidden.
    let is_other = case.signal() == Some(Signal::Forbidden) && guard.api.kind == ApiKind::Rest;
    if !fits || is_other {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    let table = target.live(case)?;
    let Some((key, entry)) = table.find(case.method(), &target.path) else { return Err(Not::Silent) };
    let live = entry.authorization_type.ok_or(Not::Silent)?;
    if live == deployed || *key != guard.key {
        return Err(Not::refuted(format!("{key} is deployed with {deployed}, as it is live")));
    }
    let says = format!(
        "{} is deployed with {deployed}, and live it has {live}: the change waits for a deployment.",
        guard.key
    );
    let command = command::deploy(guard.api.kind, &guard.api.id, &guard.stage.name, &case.facts.region);
    // Whether credentials of a request that nobody sent would be refused is not known.
    let passes = deployed == "NONE" || case.is_unsent() && case.authorization != Authorization::None;
    let proof = Proof::certain(says);
    Ok(guard
        .because(if passes { proof.letting_through() } else { proof })
        .because(table.source, format!("{key} authorizationType"), live)
        .command("deploy", command))
}

/// The Lambda authorizer of the REST API's route that a request reaches.
fn custom<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guard<'c, 'a>, Not> {
    Guard::answering(case, signals, ApiKind::Rest, "CUSTOM")
}

/// The first of an authorizer's identity sources that the request leaves out. REST APIs take an empty value for none.
fn left_out<'u>(case: &Case<'_>, used: &'u Used<'_>, takes_empty: bool) -> Option<IdentitySource<'u>> {
    used.identity_sources().into_iter().find(|source| match source {
        IdentitySource::Other(_) => false,
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
    let (proof, source) = without_identity(case, &guard, false)?;
    Ok(proof.advice(format!("send {source}, or change the authorizer's identity source and deploy")))
}

fn token_regex(case: &Case<'_>) -> Examined {
    let guard = custom(case, &[Signal::Unauthorized])?;
    let used = guard.authorizer()?;
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
            .advice("send the token as the expression asks for it, or change the expression and deploy")
    };
    // AWS does not say whether the whole value has to match. What matches nowhere in it matches in no reading.
    match Regex::new(pattern) {
        Ok(regex) if regex.is_match(value.trim()) => Err(Not::refuted("the authorizer's expression matches the token")),
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
    if left_out(case, &used, false).is_some() {
        return Err(Not::refuted("the identity is missing, so that the function is not called"));
    }
    match token_regex(case) {
        Ok(proof) if proof.confidence == crate::case::cause::Confidence::Certain => {
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
    let guard = custom(case, &[Signal::Unauthorized])?;
    reaches_function(case, &guard)?;
    let used = guard.authorizer()?;
    let says = format!("The identity is there, so that the function of {} was called and refused it.", used.name);
    let advice = "look into the function's own log for why it refuses the token";
    let possible = guard.because(Proof::possible(says.clone())).advice(advice);
    let possible = match logs::execution(case) {
        Ok(log) => match (log.holds(&["Unauthorized"]), log.holds(&["Starting authorizer", "Endpoint request"])) {
            (Some(line), Some(_)) => {
                let proof = guard.because(Proof::certain(says));
                return Ok(proof.because("logs:FilterLogEvents", log.group, line).advice(advice));
            }
            (Some(_), None) => return Err(Not::refuted("the execution log shows no call of the function")),
            (None, _) => possible,
        },
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(Not::Unread(why)) => possible.without(&why),
        Err(_) => possible,
    };
    let own = match guard.function().and_then(|function| logs::of_function(case, &function)) {
        Ok(own) => own,
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(_) => return Ok(possible),
    };
    let threw = |line: &&&str| line.contains("Unauthorized") && THROWN.iter().any(|word| line.contains(word));
    Ok(match own.messages.iter().find(threw) {
        Some(_) => {
            let proof = guard.because(Proof::certain(says));
            proof.because("logs:FilterLogEvents", own.group, "Unauthorized").advice(advice)
        }
        None => possible,
    })
}

/// Whether the answer is an authorizer's: it names no caller.
fn is_authorizers(case: &Case<'_>) -> Result<bool, Not> {
    let text = signal::message(case.response()?).unwrap_or_default();
    Ok(text.starts_with("User is not authorized to access this resource"))
}

fn explicit_deny(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::AccessDenied])?;
    let text = signal::message(case.response()?).unwrap_or_default();
    if !is_authorizers(case)? || !text.contains("explicit deny") {
        return Err(Not::Silent);
    }
    let says = "The policy that the authorizer returned denies the caller.";
    let advice = "look at what the authorizer's code judges by: it denies this caller";
    match custom(case, &[Signal::AccessDenied]) {
        Ok(guard) => Ok(guard
            .because(Proof::certain(says))
            .because("response", "body.Message", "… with an explicit deny")
            .advice(advice)),
        Err(Not::Unread(why)) => Ok(Proof::likely(says)
            .because("response", "body.Message", "… with an explicit deny")
            .without(&why)
            .advice(advice)),
        Err(not) => Err(not),
    }
}

/// The route's authorizer, where the answer says that its policy does not allow the call.
fn not_allowed<'c, 'a>(case: &'c Case<'a>) -> Result<Guard<'c, 'a>, Not> {
    case.shows(&[Signal::AccessDenied])?;
    let text = signal::message(case.response()?).unwrap_or_default();
    if !is_authorizers(case)? || text.contains("explicit deny") {
        return Err(Not::Silent);
    }
    custom(case, &[Signal::AccessDenied])
}

/// What the execution log says when the function is called.
const CALLED: [&str; 2] = ["Starting authorizer", "Authorizer result body before parsing"];

/// How long a decision is kept where nothing is set, in seconds.
const KEPT: i64 = 300;

/// Decisions that somebody lets be kept for longer than usual, for more than one route.
fn kept_for_long(case: &Case<'_>) -> Examined {
    let guard = custom(case, &[Signal::AccessDenied])?;
    let used = guard.authorizer()?;
    let kept = used.authorizer.authorizer_result_ttl_in_seconds.unwrap_or(KEPT);
    let routes = used.met.configuration.routes.known()?.0.values();
    let guarded = routes.filter(|route| route.authorizer.ok().and_then(Option::as_deref) == Some(used.name)).count();
    if kept <= KEPT || guarded < 2 {
        return Err(Not::refuted(format!("the authorizer {} keeps a decision for {kept} s", used.name)));
    }
    let says = format!(
        "The authorizer {} keeps a decision for {kept} s, for all its {guarded} routes: a policy for one route refuses the others as long.",
        used.name
    );
    Ok(guard
        .because(Proof::possible(says))
        .because(used.source, format!("{} authorizerResultTtlInSeconds", used.name), kept)
        .about(used.name)
        .advice("let the function return a policy for all routes of the stage, or keep decisions for less long"))
}

fn cached_policy(case: &Case<'_>) -> Examined {
    if case.is_unsent() {
        return kept_for_long(case);
    }
    let guard = not_allowed(case)?;
    let used = guard.authorizer()?;
    let kept = used.authorizer.authorizer_result_ttl_in_seconds.unwrap_or(KEPT);
    if kept == 0 {
        return Err(Not::refuted(format!("the authorizer {} keeps nothing", used.name)));
    }
    let deployed = case.target()?.deployed(case)?;
    let guarded = deployed.entries.iter().filter(|(_, entry)| entry.authorization_type == Some("CUSTOM")).count();
    let has_parameter = guard.key.path.contains('{') || guard.key.method.as_deref() == Some("ANY");
    let says = format!(
        "The authorizer {} keeps a decision for {kept} s, whatever the route: a policy for one route refuses the others.",
        used.name
    );
    let proof = if guarded > 1 || has_parameter { Proof::likely(says) } else { Proof::possible(says) };
    let proof = guard
        .because(proof)
        .because(used.source, format!("{} authorizerResultTtlInSeconds", used.name), kept)
        .because(deployed.source, "routes with CUSTOM", guarded);
    let proof = match logs::execution(case) {
        Ok(log) if log.holds(&CALLED).is_some() => {
            return Err(Not::refuted("the execution log shows that the function was called for this request"));
        }
        Err(Not::Unread(why)) => proof.without(&why),
        Err(Not::Wanted) => return Err(Not::Wanted),
        _ => proof,
    };
    let flush = Aws::new("apigateway flush-stage-authorizers-cache")
        .option("--rest-api-id", &guard.api.id)
        .option("--stage-name", &guard.stage.name)
        .option("--region", &case.facts.region);
    Ok(proof.command("let the function return a policy for all routes of the stage, then flush what is kept", flush))
}

fn implicit_deny(case: &Case<'_>) -> Examined {
    let guard = not_allowed(case)?;
    let rest = format!("{}/*/*", guard.stage.name);
    let arn = crate::arn::execute_api(&case.facts.region, &case.facts.account_id, &guard.api.id, &rest);
    let says = "The policy that the authorizer returned does not allow this route.";
    let proof = match logs::execution(case) {
        Ok(log) => match log.holds(&CALLED) {
            Some(line) => guard.because(Proof::certain(says)).because("logs:FilterLogEvents", log.group, line),
            None => guard.because(Proof::likely(says)),
        },
        Err(Not::Unread(why)) => guard.because(Proof::likely(says)).without(&why),
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(_) => guard.because(Proof::likely(says)),
    };
    Ok(proof.advice(format!("let the function return a policy whose resource is {arn}")))
}

#[cfg(test)]
mod tests;
