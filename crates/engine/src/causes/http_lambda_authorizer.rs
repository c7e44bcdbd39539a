//! A Lambda authorizer of an HTTP API does not let the caller in, or fails.

use super::authorizer_failure::{Permission, permit, possibly_not_permitted, unset};
use super::lambda_authorizer::{unset_variable, without_identity};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes, if_known};
use crate::case::guard::Guard;
use crate::case::logs::{self, Accessed};
use crate::case::own_log::{Own, OwnLog};
use crate::case::signal::Signal;
use crate::snapshot::ApiKind;

causes! {
    /// The caller sends nothing where the HTTP API's authorizer looks
    ///
    /// ## What proves it
    ///
    /// The route has a Lambda authorizer, and something that its identity source names is missing. The function is then not
    /// called. An empty value is sent on to it, other than with REST APIs.
    ///
    /// ## What refutes it
    ///
    /// All of them are there.
    ///
    /// ## Remedy
    ///
    /// Send what the identity source names, or let it name less.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    "http-lambda-auth-identity-missing", Cause, Silent, identity_missing;

    /// The HTTP API's authorizer does not let the caller in
    ///
    /// ## What proves it
    ///
    /// The answer is 403, and the route has a Lambda authorizer. That it returned `isAuthorized: false` or a policy that
    /// denies, the access log tells, where `$context.error.responseType` is `ACCESS_DENIED`.
    ///
    /// ## What refutes it
    ///
    /// Another kind of authorization.
    ///
    /// ## Remedy
    ///
    /// Look into the function's log for what it judges by. A decision is kept for as long as the authorizer's time to live says.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    "http-lambda-auth-deny", Cause, Silent, deny;

    /// API Gateway may not call the function of the HTTP API's authorizer
    ///
    /// ## What proves it
    ///
    /// No statement of the function's policy allows the call on behalf of the authorizer, and the authorizer names no role. A
    /// function that does not exist has no policy either. It is likely, too, where the authorizer's URI holds
    /// `${stageVariables.…}`, and the stage does not set that variable.
    ///
    /// ## What refutes it
    ///
    /// A statement that allows it.
    ///
    /// ## Remedy
    ///
    /// Add the permission, or set the variable. Either takes effect without a deployment. Where the function does not exist, name
    /// another in the authorizer and deploy, or make the function.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    "http-lambda-auth-permission", Cause, Proves, not_permitted;

    /// The HTTP API's authorizer returns another form than it is set to
    ///
    /// ## What proves it
    ///
    /// The answer is 500, the route has a Lambda authorizer that may be called, and its settings contradict each other: simple
    /// answers with the format 1.0; or the function's own log shows an answer of the other form, which makes it likely, too.
    /// `$context.authorizer.error` of the access log makes it certain.
    ///
    /// ## What refutes it
    ///
    /// A log that shows another error.
    ///
    /// ## Remedy
    ///
    /// Return `isAuthorized` where simple responses are enabled (format 2.0), and a policy with `principalId` otherwise; or
    /// switch simple responses to what the function returns.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
    "http-lambda-auth-response-format", Cause, Warns, response_format;
}

fn guarded<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guard<'c, 'a>, Not> {
    Guard::answering(case, signals, ApiKind::Http, "CUSTOM")
}

fn identity_missing(case: &Case<'_>) -> Examined {
    let guard = guarded(case, &[Signal::Unauthorized])?;
    match without_identity(case, &guard, true) {
        Err(Not::Refuted(why)) => unset_variable::named(case, &guard, why),
        found => {
            let (proof, source) = found?;
            Ok(proof.advice(format!("send {source}, or take it out of the authorizer's identity source")))
        }
    }
}

fn deny(case: &Case<'_>) -> Examined {
    case.response()?;
    let guard = guarded(case, &[Signal::Forbidden])?;
    let used = guard.authorizer()?;
    let says = format!("The authorizer {} does not let the caller in.", used.name);
    let log = logs::accessed(case)?;
    // Nothing else than the authorizer denies the access to its route.
    let proof = match log.response_type.as_deref() {
        Some("ACCESS_DENIED") => Proof::certain(says).because(
            "logs:FilterLogEvents",
            format!("{} error.responseType", log.group),
            "ACCESS_DENIED",
        ),
        _ => Proof::likely(says),
    };
    Ok(guard
        .because(log.because(proof))
        .because(used.source, format!("{} authorizerUri", used.name), used.authorizer.authorizer_uri.clone())
        .advice(
            "look into the authorizer's log for what it judges by; $context.authorizer.error in the access log helps",
        ))
}

fn not_permitted(case: &Case<'_>) -> Examined {
    let guard = guarded(case, &[Signal::Internal])?;
    let used = guard.authorizer()?;
    if let Some(proof) = unset::variable(case, &guard, &used)? {
        return Ok(proof);
    }
    match Permission::of(case, &guard, &used) {
        Ok(permission) => permission.judge(case, &guard, &used),
        Err(Not::Unread(why)) if !case.is_unsent() => {
            permit(case, &guard, &used, possibly_not_permitted(&used, &why)?.without(&why))
        }
        Err(not) => Err(not),
    }
}

/// What the access log says of an answer in another form.
const MISFIT: [&str; 2] = ["match the format that API Gateway expects", "malformed"];

fn response_format(case: &Case<'_>) -> Examined {
    let guard = guarded(case, &[Signal::Internal])?;
    let used = guard.authorizer()?;
    let version = used.authorizer.authorizer_payload_format_version.as_deref();
    let simple = used.authorizer.enable_simple_responses.unwrap_or(false);
    let contradicts = simple && version == Some("1.0");
    let says = if simple { "isAuthorized" } else { "principalId and a policy" };
    let says = format!("The authorizer {} is set to answer with {says}; its function may answer otherwise.", used.name);
    let log = if case.is_unsent() { Accessed::default() } else { logs::accessed(case)? };
    if let (Some(error), None) = (&log.integration_error, &log.authorizer_error) {
        return Err(Not::refuted(format!("the access log says of the integration: {}", logs::short(error))));
    }
    let proof = match (log.authorizer_error.as_deref(), contradicts) {
        (Some(error), _) if MISFIT.iter().any(|word| error.contains(word)) => Proof::certain(says),
        (Some(error), _) => return Err(Not::refuted(format!("the access log says {}", logs::short(error)))),
        (None, true) => Proof::likely(says),
        // Every fault of the integration is answered so, too.
        (None, false) => {
            case.response()?;
            match other_form_logged(case, &guard, simple)? {
                Some(line) => Proof::likely(says).because("logs:FilterLogEvents", line.group, line.text),
                None => Proof::possible(says),
            }
        }
    };
    let proof = guard
        .because(log.because(proof))
        .because(used.source, format!("{} enableSimpleResponses", used.name), simple)
        .because(used.source, format!("{} authorizerPayloadFormatVersion", used.name), version)
        .about(used.name);
    let update = guard.update_authorizer(used.name);
    // Settings that do not contradict each other are changed to the other form: to name them once more changes nothing.
    Ok(if simple && !contradicts {
        proof.command(
            "return isAuthorized from the function, or switch simple responses off, where it returns a policy; \
             $context.authorizer.error in the access log helps",
            format!("{update} --no-enable-simple-responses"),
        )
    } else {
        proof.command(
            "let settings and function agree, as with simple responses; $context.authorizer.error in the access log helps",
            format!("{} --enable-simple-responses", update.option("--authorizer-payload-format-version", "2.0")),
        )
    })
}

/// How the members of both forms are written in logs: as JSON, by Python and by Node.js.
const SIMPLE: [&str; 3] = ["\"isAuthorized\":", "'isAuthorized':", "{ isAuthorized:"];
const POLICY: [&str; 3] = ["\"policyDocument\":", "'policyDocument':", "policyDocument: {"];

/// A line of the function's own log that shows an answer of another form than the authorizer is set to, and none of that. What is
/// logged need not be what is returned.
fn other_form_logged<'a>(case: &Case<'a>, guard: &Guard<'_, 'a>, simple: bool) -> Result<Option<Own<'a>>, Not> {
    let Some(log) = if_known(OwnLog::of_authorizer(case, guard))? else { return Ok(None) };
    let (set, other) = if simple { (&SIMPLE, &POLICY) } else { (&POLICY, &SIMPLE) };
    Ok(log.find(set).is_none().then(|| log.find(other)).flatten())
}
