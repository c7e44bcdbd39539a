//! The route calls a Lambda function, and cannot: permission, name, method, state.

mod guarded;
mod state;
mod throttled;
mod unread;

use serde_json::Value;

use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::command::{self, Aws};
use crate::permission::{self, Call, Verdict};
use guarded::Guarded;

causes! {
    /// A stage variable that names what is called is not set
    ///
    /// ## What proves it
    ///
    /// The integration's URI or credentials hold `${stageVariables.…}`, and the stage does not set that variable.
    ///
    /// ## What refutes it
    ///
    /// The variable is set.
    ///
    /// ## Remedy
    ///
    /// Set it on the stage: no deployment is needed.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html>
    "stage-variable-unset", Cause, Proves, variable_unset;

    /// The integration calls Lambda with another method than POST
    ///
    /// ## What proves it
    ///
    /// The integration is of a Lambda function, and its HTTP method is not POST: Lambda takes POST alone.
    ///
    /// ## What refutes it
    ///
    /// POST.
    ///
    /// ## Remedy
    ///
    /// Make the integration's method POST, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
    "lambda-integration-method-not-post", Cause, Proves, not_post;

    /// The function does not exist
    ///
    /// ## What proves it
    ///
    /// The integration names a function, version or alias that Lambda does not know. Where that was not read, the execution log
    /// makes it likely, if it says so.
    ///
    /// ## What refutes it
    ///
    /// It exists.
    ///
    /// ## Remedy
    ///
    /// Correct the URI and deploy, or make the function again.
    ///
    /// ## Source
    ///
    /// Not verified on AWS: which status the gateway gives then.
    "lambda-function-missing", Cause, Proves, function_missing;

    /// The alias or version has no permission of its own
    ///
    /// ## What proves it
    ///
    /// The integration calls an alias or a version. Its resource policy does not let the API call it; that of the function
    /// without qualifier does, which does not count for the alias. Where the alias's policy was not read, that is likely.
    ///
    /// ## What refutes it
    ///
    /// A statement in the policy of the alias.
    ///
    /// ## Remedy
    ///
    /// Add the permission with `--qualifier`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>
    "lambda-permission-on-alias-missing", Cause, Proves, permission_on_alias;

    /// The function's permission is for another API, stage, method or path
    ///
    /// ## What proves it
    ///
    /// The function's policy has statements for API Gateway, and the conditions of none fit the ARN on whose behalf it is
    /// called.
    ///
    /// ## What refutes it
    ///
    /// A statement that fits.
    ///
    /// ## Remedy
    ///
    /// Add a permission for this ARN.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html>
    "lambda-permission-source-arn-mismatch", Cause, Proves, permission_elsewhere;

    /// API Gateway may not call the function
    ///
    /// ## What proves it
    ///
    /// The integration has no role, and the function's policy has no statement for API Gateway, or has one that denies the call,
    /// whatever others allow. Where the policy was not read, it is possible, and likely if the log of the request says so. Where
    /// there is no policy at all, and the function itself was not read, it is likely: Lambda says the same of a function that does
    /// not exist.
    ///
    /// ## What refutes it
    ///
    /// A statement that fits, or a role on the integration.
    ///
    /// ## Remedy
    ///
    /// Add the permission, or remove the statement that denies: it acts without a deployment.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-internal-server-error>
    "lambda-permission-missing", Cause, Proves, permission_missing;

    /// The function is not active
    ///
    /// ## What proves it
    ///
    /// The function's state is not `Active`, or its last update failed. Where that was not read, it is likely of a REST API's
    /// route that may call the function, as the function's policy says, and whose log does not tell otherwise.
    ///
    /// ## What refutes it
    ///
    /// It is active.
    ///
    /// ## Remedy
    ///
    /// Wait, where it is pending; otherwise mend what the reason says, and deploy the function again.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
    "lambda-function-not-active", Cause, Proves, state::not_active;

    /// The function is throttled
    ///
    /// ## What proves it
    ///
    /// Its reserved concurrency is 0; or its `Throttles` were above 0 at that time, or the execution log says so. Where the
    /// concurrency was not read, throttles make it likely.
    ///
    /// ## What refutes it
    ///
    /// No throttles.
    ///
    /// ## Remedy
    ///
    /// Raise the reserved concurrency, or take it away.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-internal-server-error>
    "lambda-throttled", Cause, Proves, throttled::throttled;
}

/// The answers that an integration which cannot call gives.
const CANNOT_CALL: [Signal; 1] = [Signal::Internal];

fn variable_unset(case: &Case<'_>) -> Examined {
    case.shows(&CANNOT_CALL)?;
    let callee = Callee::of(case)?;
    callee.target.stage_read()?;
    let credentials = callee.integration.credentials.as_deref().unwrap_or_default();
    let of_credentials = crate::stage_variables::resolve(credentials, &callee.stage.variables);
    let link = callee.integration.connection_id.as_deref().unwrap_or_default();
    let of_link = crate::stage_variables::resolve(link, &callee.stage.variables);
    let unset: Vec<&String> = callee.uri.unset.iter().chain(&of_credentials.unset).chain(&of_link.unset).collect();
    let Some(first) = unset.first() else {
        return Err(Not::refuted("every stage variable that the integration names is set"));
    };
    let api = callee.target.api;
    let command = command::set_variables(api.kind, &api.id, &callee.stage.name, [*first], &case.facts.region);
    let says = format!(
        "The integration of {} names the stage variable {first}, which {} does not set.",
        callee.key, callee.stage.name
    );
    let (path, names) = match (callee.uri.unset.is_empty(), of_credentials.unset.is_empty()) {
        (false, _) => ("integration.uri", callee.integration.uri.as_deref().unwrap_or_default()),
        (true, false) => ("integration.credentials", credentials),
        (true, true) => ("integration.connectionId", link),
    };
    Ok(Proof::certain(says)
        .because(callee.met.source, path, names)
        .because(callee.target.api.kind.call("GetStages"), format!("variables.{first}"), Value::Null)
        .command("set the variable on the stage", command))
}

fn not_post(case: &Case<'_>) -> Examined {
    case.shows(&CANNOT_CALL)?;
    let callee = Callee::of(case)?;
    callee.function()?;
    if !["AWS", "AWS_PROXY"].contains(&callee.integration.integration_type.as_str()) {
        return Err(Not::Silent);
    }
    let method = callee.integration.http_method.as_deref().ok_or(Not::Silent)?;
    if method == "POST" {
        return Err(Not::refuted("the integration calls Lambda with POST"));
    }
    let command = Aws::new("apigateway update-integration")
        .option("--rest-api-id", &callee.target.api.id)
        .option("--resource-id", callee.resource_id())
        .option("--http-method", callee.key.method.as_deref().unwrap_or("ANY"))
        .option("--patch-operations", "op=replace,path=/httpMethod,value=POST")
        .option("--region", &case.facts.region);
    Ok(Proof::certain(format!(
        "The integration of {} calls Lambda with {method}, and Lambda takes POST alone.",
        callee.key
    ))
    .because(callee.met.source, "integration.httpMethod", method)
    .command("make the integration's method POST, and deploy", command))
}

fn function_missing(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal, Signal::BadGateway])?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    let configuration = match callee::configuration(case, &function) {
        Err(Not::Unread(why)) if !case.is_unsent() => return unread::missing(case, &callee, &function, &why),
        configuration => configuration?,
    };
    if configuration.is_some() {
        return Err(Not::refuted(format!("{} exists", function.name)));
    }
    Ok(Proof::certain(format!("{} calls {}, which Lambda does not know.", callee.key, function.arn()))
        .because("lambda:GetFunctionConfiguration", function.arn(), Value::Null)
        .advice("correct the integration's URI and deploy, or make the function again"))
}

fn permission_on_alias(case: &Case<'_>) -> Examined {
    let guarded = match Guarded::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return unread::alias(case, &why),
        guarded => guarded?,
    };
    let Some(qualifier) = guarded.function.qualifier.clone() else { return Err(Not::Silent) };
    guarded.not_denied()?;
    let bare = FunctionName { qualifier: None, ..guarded.function.clone() };
    let policy = callee::policy(case, &bare)?;
    let call = Call { source_arn: &guarded.source_arn, account_id: &case.facts.account_id };
    if policy.map(|policy| permission::evaluate(policy, call)) != Some(Verdict::Granted) {
        return Err(Not::refuted("the function without qualifier has no such permission either"));
    }
    let says = format!(
        "The permission stands on {}, and {} calls its alias or version {qualifier}, which has none.",
        bare.name, guarded.callee.key
    );
    Ok(guarded.unless_missing(case, guarded.shown(Proof::certain(says))))
}

fn permission_elsewhere(case: &Case<'_>) -> Examined {
    let guarded = Guarded::of(case)?;
    if !guarded.names_the_gateway() {
        return Err(Not::Silent);
    }
    guarded.not_denied()?;
    let proof = match &guarded.verdict {
        Verdict::Depends(key) => Proof::possible(format!(
            "The policy of {} has a condition on {key}, which cannot be told from here.",
            guarded.function.name
        )),
        _ => Proof::certain(format!(
            "The policy of {} lets API Gateway call it for others, and not for {}.",
            guarded.function.name, guarded.source_arn
        )),
    };
    Ok(guarded.shown(proof))
}

fn permission_missing(case: &Case<'_>) -> Examined {
    let guarded = match Guarded::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return guarded::unread(case, &why),
        Err(Not::Refuted(why)) if !case.is_unsent() => return guarded::granted_since(case, why),
        guarded => guarded?,
    };
    if let Some(statement) = guarded.denial() {
        return Ok(guarded.denied_by(statement));
    }
    if guarded.names_the_gateway() {
        return Err(Not::refuted("the function's policy has statements for API Gateway"));
    }
    let says = format!("No statement of the policy of {} lets API Gateway call it.", guarded.function.name);
    Ok(guarded.unless_missing(case, guarded.shown(Proof::certain(says))))
}

#[cfg(test)]
mod tests;
