//! A Lambda authorizer of a REST API cannot be called, or does not answer as it has to.

use answered::Answered;
use gone::Gone;
use serde_json::Value;

use crate::arn::{self, FunctionName};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::facts::Read;
use crate::case::guard::{Guard, Used};
use crate::case::logs;
use crate::case::own_log::OwnLog;
use crate::case::signal::Signal;
use crate::command::{self, Aws};
use crate::observed::NotRead;
use crate::permission::{self, Call, Verdict};
use crate::snapshot::ApiKind;
use crate::stage_variables;

causes! {
    /// API Gateway may not call the authorizer's function
    ///
    /// ## What proves it
    ///
    /// No statement of the function's policy allows the call on behalf of the authorizer, and the authorizer names no role. Where
    /// the policy was not read, it is possible, and likely if the execution log says so. A recording that does not hold the
    /// policy says nothing of it. A function that does not exist has no policy either. It is likely, too, where the authorizer's URI holds `${stageVariables.…}`, and the stage does not
    /// set that variable.
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
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>
    "lambda-auth-permission", Cause, Proves, not_permitted;

    /// The authorizer's context holds a list or an object
    ///
    /// ## What proves it
    ///
    /// The execution log says that a text cannot be made from a list or an object, or shows the answer with one in its context.
    ///
    /// ## What refutes it
    ///
    /// Another line in the log.
    ///
    /// ## Remedy
    ///
    /// Put texts, numbers and booleans into the context; write lists and objects as JSON texts.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
    "lambda-auth-context-nonscalar", Cause, Silent, context_nonscalar;

    /// The authorizer's answer has not the form that it has to have
    ///
    /// ## What proves it
    ///
    /// The execution log says that the function's answer is not valid: `principalId` or `policyDocument` is missing, a name is
    /// not known, or it is larger than 8 KB. So does the answer itself, where the log of a stage that traces data shows it; its
    /// size makes it likely.
    ///
    /// ## What refutes it
    ///
    /// Another line in the log, or an answer in it that has the form that it has to have.
    ///
    /// ## Remedy
    ///
    /// Return `principalId` and `policyDocument`, and nothing but `context` and `usageIdentifierKey` beside them.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
    "lambda-auth-malformed-output", Cause, Silent, malformed_output;

    /// The authorizer's function fails or takes too long
    ///
    /// ## What proves it
    ///
    /// The execution log says that the function ended with an error, was throttled or timed out, or, of an HTTP API, the access
    /// log's `$context.authorizer.error`; or the function's own log says it of the request's invocation. It is likely only where
    /// another invocation may have written the line.
    ///
    /// ## What refutes it
    ///
    /// Another line in the log, or one that shows what the function answered.
    ///
    /// ## Remedy
    ///
    /// Mend the function; its own log has the error.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>
    "lambda-auth-error-or-timeout", Cause, Silent, error_or_timeout;
}

/// The route that an authorizer guards, which API Gateway could not ask.
fn failing<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guard<'c, 'a>, Not> {
    Guard::answering(case, signals, ApiKind::Rest, "CUSTOM")
}

/// Whether API Gateway may call an authorizer's function.
pub(super) struct Permission {
    called: Called,
    verdict: Verdict,
    /// Of a function that is gone Lambda says that it has no policy, too.
    has_policy: bool,
}

/// An authorizer's function, which is asked by its policy whether API Gateway may call it.
struct Called {
    function: FunctionName,
    /// On whose behalf it is called.
    source_arn: String,
}

impl Called {
    fn of(case: &Case<'_>, guard: &Guard<'_, '_>, used: &Used<'_>) -> Result<Called, Not> {
        if used.authorizer.authorizer_credentials.as_deref().is_some_and(|role| !role.is_empty()) {
            return Err(Not::refuted(format!("the authorizer {} calls its function with a role", used.name)));
        }
        let uri = used.authorizer.authorizer_uri.as_deref().ok_or(Not::Silent)?;
        let uri = stage_variables::resolve(uri, &guard.stage.variables);
        if let Some(unset) = uri.unset.first() {
            return Err(Not::refuted(format!(
                "which function it is hangs on the stage variable {unset}, which is not set"
            )));
        }
        let function = FunctionName::in_uri(&uri.text).ok_or(Not::Silent)?;
        let rest = format!("authorizers/{}", guard.authorizer_id(used.name).unwrap_or("*"));
        let source_arn = arn::execute_api(&function.region, &case.facts.account_id, &guard.api.id, &rest);
        Ok(Called { function, source_arn })
    }

    fn permit(&self, guard: &Guard<'_, '_>, used: &Used<'_>) -> Aws {
        let id = guard.authorizer_id(used.name).unwrap_or("authorizers");
        command::permit(&self.function, &format!("apigateway-{}-{id}", guard.api.id), &self.source_arn)
    }
}

impl Permission {
    /// What the function's policy says.
    pub(super) fn of(case: &Case<'_>, guard: &Guard<'_, '_>, used: &Used<'_>) -> Result<Permission, Not> {
        let called = Called::of(case, guard, used)?;
        let Called { function, source_arn } = &called;
        let id = guard.authorizer_id(used.name);
        let account_id = &case.facts.account_id;
        let is_own = function.account_id == *account_id && function.region == case.facts.region;
        let named = if is_own { function.to_string() } else { function.arn() };
        let policy = case.ask(Read::FunctionPolicy(named))?;
        let policy = policy.map(|answer| answer.get("Policy").unwrap_or(answer));
        let call = Call { source_arn, account_id };
        let verdict = match policy.map(|policy| permission::evaluate(policy, call)) {
            None => Verdict::Missing,
            // A statement may name this authorizer, whose id is not known.
            Some(Verdict::Missing) if id.is_none() => Verdict::Depends("AWS:SourceArn".to_owned()),
            Some(verdict) => verdict,
        };
        Ok(Permission { called, verdict, has_policy: policy.is_some() })
    }

    /// The cause that it makes.
    pub(super) fn judge(self, case: &Case<'_>, guard: &Guard<'_, '_>, used: &Used<'_>) -> Examined {
        let Permission { called, verdict, has_policy } = self;
        let function = &called.function;
        let unread = if has_policy { None } else { gone::unless(case, guard, used, function)? };
        let unread = match unread {
            Some(Gone::Proved(proof)) => return Ok(*proof),
            Some(Gone::Unread(why)) => Some(why),
            None => None,
        };
        let proof = match verdict {
            Verdict::Granted => return Err(Not::refuted(format!("{function} lets API Gateway call it"))),
            Verdict::Missing => {
                Proof::certain(format!("No statement lets the authorizer {} call {function}.", used.name))
            }
            Verdict::Denied => Proof::certain(format!("{function} denies the authorizer {} the call.", used.name)),
            Verdict::Depends(key) => {
                Proof::likely(format!("Whether the authorizer {} may call {function} hangs on {key}.", used.name))
            }
        };
        let proof = unread.iter().fold(proof, Proof::without);
        let summary = if unread.is_some() { gone::LET_CALL_IF_THERE } else { LET_CALL };
        Ok(guard
            .because(proof)
            .because(used.source, format!("{} authorizerUri", used.name), used.authorizer.authorizer_uri.clone())
            .because("lambda:GetPolicy", function.to_string(), Value::Null)
            .command(summary, called.permit(guard, used)))
    }
}

const NOT_PERMITTED: [&str; 2] =
    ["Invalid permissions on Lambda function", "not authorized to perform: lambda:InvokeFunction"];

fn not_permitted(case: &Case<'_>) -> Examined {
    let guard = failing(case, &[Signal::AuthorizerConfiguration])?;
    let used = guard.authorizer()?;
    if let Some(proof) = unset::variable(case, &guard, &used)? {
        return Ok(proof);
    }
    match Permission::of(case, &guard, &used) {
        Ok(permission) => permission.judge(case, &guard, &used),
        Err(Not::Unread(why)) if !case.is_unsent() => permission_unread(case, &guard, &used, &why),
        Err(not) => Err(not),
    }
}

/// The log tells the same, where the policy cannot be read; without the log it is possible.
fn permission_unread(case: &Case<'_>, guard: &Guard<'_, '_>, used: &Used<'_>, why: &NotRead) -> Examined {
    let proof = match logs::execution(case) {
        Err(Not::Wanted) => return Err(Not::Wanted),
        Ok(log) if !log.is_empty() => {
            let line = log.holds(&NOT_PERMITTED).ok_or_else(|| Not::Unread(why.clone()))?;
            let says = format!("The log says that API Gateway may not call the function of {}.", used.name);
            Proof::likely(says).because("logs:FilterLogEvents", log.group, line)
        }
        _ => possibly_not_permitted(used, why)?,
    };
    permit(case, guard, used, proof.without(why))
}

/// That it was not read whether API Gateway may call an authorizer's function. Every fault of the function is answered so,
/// too: what a recording does not hold, as nobody asked for it, is not brought up.
pub(super) fn possibly_not_permitted(used: &Used<'_>, why: &NotRead) -> Examined {
    if why.is_unrecorded() {
        return Err(why.into());
    }
    Ok(Proof::possible(format!("Whether the authorizer {} may call its function was not read.", used.name)))
}

/// A proof with the authorizer's function, and the command that lets API Gateway call it.
pub(super) fn permit(case: &Case<'_>, guard: &Guard<'_, '_>, used: &Used<'_>, proof: Proof) -> Examined {
    let called = Called::of(case, guard, used)?;
    Ok(guard
        .because(proof)
        .because(used.source, format!("{} authorizerUri", used.name), used.authorizer.authorizer_uri.clone())
        .command(LET_CALL, called.permit(guard, used)))
}

const LET_CALL: &str = "let API Gateway call the authorizer's function";

/// The first of some texts that the execution log has of the request, and the log's group.
fn logged(case: &Case<'_>, parts: &[&'static str]) -> Result<(String, &'static str), Not> {
    let log = logs::execution(case)?;
    let line = log.holds(parts).ok_or_else(|| Not::refuted("the execution log does not say so"))?;
    Ok((log.group, line))
}

/// A cause that only the log can prove; without the log it is possible.
fn by_log(case: &Case<'_>, signals: &[Signal], parts: &[&'static str], says: &str, advice: &str) -> Examined {
    case.response()?;
    let guard = failing(case, signals)?;
    match logged(case, parts) {
        Ok((group, line)) => {
            let proof = guard.because(Proof::certain(says));
            Ok(proof.because("logs:FilterLogEvents", group, line).advice(advice))
        }
        // A log that has nothing of the request tells nothing.
        Err(Not::Refuted(why)) => match logs::execution(case) {
            Ok(log) if log.is_empty() => Ok(guard.because(Proof::possible(says)).advice(advice)),
            _ => Err(Not::Refuted(why)),
        },
        Err(Not::Unread(why)) => Ok(guard.because(Proof::possible(says)).without(&why).advice(advice)),
        Err(Not::Silent) => Ok(guard.because(Proof::possible(says)).advice(advice)),
        Err(not) => Err(not),
    }
}

const NONSCALAR: [&str; 4] = [
    "java.lang.String out of START_ARRAY",
    "java.lang.String out of START_OBJECT",
    "`java.lang.String` out of START_ARRAY",
    "`java.lang.String` out of START_OBJECT",
];

fn context_nonscalar(case: &Case<'_>) -> Examined {
    case.response()?;
    let guard = failing(case, &[Signal::AuthorizerConfiguration, Signal::Internal])?;
    let answered = Answered::of(case)?;
    let proof = guard.because(Proof::certain("The context that the authorizer returned holds a list or an object."));
    let proof = match answered.as_ref().and_then(|own| Some((own, own.nonscalar()?))) {
        Some((answered, problem)) => answered.because(proof, problem),
        None => {
            let (group, line) = logged(case, &NONSCALAR)?;
            proof.because("logs:FilterLogEvents", group, line)
        }
    };
    Ok(proof.advice("put texts, numbers and booleans into the context; write lists and objects as JSON texts"))
}

fn malformed_output(case: &Case<'_>) -> Examined {
    const SAYS: &str = "What the authorizer's function returned has not the form that it has to have.";
    const ADVICE: &str =
        "return principalId and policyDocument, and nothing but context and usageIdentifierKey beside them";
    let signals = [Signal::AuthorizerConfiguration];
    case.response()?;
    let guard = failing(case, &signals)?;
    let answered = Answered::of(case)?;
    if let Some((answered, problem)) = answered.as_ref().and_then(|own| Some((own, own.misshapen()?))) {
        return Ok(answered.because(guard.because(Proof::certain(SAYS)), problem).advice(ADVICE));
    }
    if answered.as_ref().is_some_and(|own| own.nonscalar().is_some()) || logged(case, &NONSCALAR).is_ok() {
        return Err(Not::refuted("the execution log names the context alone"));
    }
    if answered.is_some_and(|own| own.is_sound()) {
        return Err(Not::refuted("the answer that the execution log shows has the form that it has to have"));
    }
    by_log(case, &signals, &["Invalid JSON in response", "Malformed authorizer"], SAYS, ADVICE)
}

/// What runtimes say where a function did not answer.
const FAILED: [&str; 6] = [
    "Task timed out after",
    "Traceback (most recent call last)",
    "Invoke Error",
    "Runtime.ImportModuleError",
    "Runtime.HandlerNotFound",
    "Runtime exited",
];

fn error_or_timeout(case: &Case<'_>) -> Examined {
    match http::error_or_timeout(case) {
        Err(Not::Silent) => {}
        of_http => return of_http,
    }
    if failing(case, &[Signal::AuthorizerConfiguration]).is_ok() && Answered::of(case)?.is_some() {
        return Err(Not::refuted("the execution log shows what the function answered"));
    }
    let proof = failure_logged(case)?;
    if proof.confidence != Confidence::Possible {
        return Ok(proof);
    }
    // The gateway logged nothing of it; the function may have.
    let guard = failing(case, &[Signal::AuthorizerConfiguration])?;
    or_by_own_log(case, &guard, proof)
}

/// A proof that nothing was logged for, or what the function's own log says of it.
fn or_by_own_log<'a>(case: &Case<'a>, guard: &Guard<'_, 'a>, proof: Proof) -> Examined {
    let Some(log) = if_known(OwnLog::of_authorizer(case, guard))? else { return Ok(proof) };
    Ok(match log.find(&FAILED) {
        Some(line) => guard
            .because(Proof::certain(proof.says).at_most(line.at_most))
            .because("logs:FilterLogEvents", line.group, line.text)
            .remedy(proof.remedy),
        None => proof,
    })
}

fn failure_logged(case: &Case<'_>) -> Examined {
    by_log(
        case,
        &[Signal::AuthorizerConfiguration],
        &[
            "due to customer function error",
            "Execution failed due to a timeout error",
            "Lambda invocation failed with status",
            "Lambda execution failed",
            "Authorizer error",
            "Task timed out",
        ],
        FAILURE,
        MEND,
    )
}

const FAILURE: &str = "The authorizer's function failed, was throttled or took too long.";
const MEND: &str = "mend the function: its own log has the error";

mod answered;
mod gone;
mod http;
#[cfg(test)]
mod tests;
pub(super) mod unset;
