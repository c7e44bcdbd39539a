//! The policy that a Lambda authorizer of a REST API returned does not let the caller in.

use super::lambda_authorizer::custom;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::guard::Guard;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::Aws;

causes! {
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

/// Whether the answer is an authorizer's: it names no caller.
fn is_authorizers(case: &Case<'_>) -> Result<bool, Not> {
    case.response()?;
    let text = case.message().unwrap_or_default();
    Ok(text.starts_with("User is not authorized to access this resource"))
}

fn explicit_deny(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::AccessDenied])?;
    case.response()?;
    let text = case.message().unwrap_or_default();
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
    case.response()?;
    let text = case.message().unwrap_or_default();
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
        .command(
            "let the function return a policy for all routes of the stage; or keep decisions for less long, and deploy",
            guard
                .update_authorizer(used.name)
                .option("--patch-operations", &format!("op=replace,path=/authorizerResultTtlInSeconds,value={KEPT}")),
        ))
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
