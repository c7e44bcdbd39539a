//! The route calls a Lambda function, and cannot: permission, name, method, state.

use serde_json::{Value, json};

use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::{self, Aws};
use crate::permission::{self, Call, Verdict};
use crate::policy;

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
    /// The integration names a function, version or alias that Lambda does not know.
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
    /// without qualifier does, which does not count for the alias.
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
    /// whatever others allow.
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
    /// The function's state is not `Active`, or its last update failed.
    ///
    /// ## What refutes it
    ///
    /// It is active.
    ///
    /// ## Remedy
    ///
    /// Wait, or deploy the function again.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
    "lambda-function-not-active", Cause, Proves, not_active;

    /// The function is throttled
    ///
    /// ## What proves it
    ///
    /// Its reserved concurrency is 0; or its `Throttles` were above 0 at that time, or the execution log says so.
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
    "lambda-throttled", Cause, Proves, throttled;
}

/// The answers that an integration which cannot call gives.
const CANNOT_CALL: [Signal; 1] = [Signal::Internal];

fn variable_unset(case: &Case<'_>) -> Examined {
    case.shows(&CANNOT_CALL)?;
    let callee = Callee::of(case)?;
    let credentials = callee.integration.credentials.as_deref().unwrap_or_default();
    let of_credentials = crate::stage_variables::resolve(credentials, &callee.stage.variables);
    let unset: Vec<&String> = callee.uri.unset.iter().chain(&of_credentials.unset).collect();
    let Some(first) = unset.first() else {
        return Err(Not::refuted("every stage variable that the integration names is set"));
    };
    let api = callee.target.api;
    let command = command::set_variables(api.kind, &api.id, &callee.stage.name, [*first], &case.facts.region);
    let says = format!(
        "The integration of {} names the stage variable {first}, which {} does not set.",
        callee.key, callee.stage.name
    );
    Ok(Proof::certain(says)
        .because(callee.met.source, "integration.uri", callee.integration.uri.clone().unwrap_or_default())
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
        .option("--resource-id", callee.met.route.resource_id.as_deref().unwrap_or("RESOURCE_ID"))
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
    if callee::configuration(case, &function)?.is_some() {
        return Err(Not::refuted(format!("{} exists", function.name)));
    }
    Ok(Proof::certain(format!("{} calls {}, which Lambda does not know.", callee.key, function.arn()))
        .because("lambda:GetFunctionConfiguration", function.arn(), Value::Null)
        .advice("correct the integration's URI and deploy, or make the function again"))
}

/// A function that API Gateway has to be permitted to call, and its policy.
struct Guarded<'c, 'a> {
    callee: Callee<'c, 'a>,
    function: FunctionName,
    source_arn: String,
    policy: Option<&'a Value>,
    account_id: &'a str,
    verdict: Verdict,
}

impl<'c, 'a> Guarded<'c, 'a> {
    fn of(case: &'c Case<'a>) -> Result<Guarded<'c, 'a>, Not> {
        case.shows(&CANNOT_CALL)?;
        let callee = Callee::of(case)?;
        let function = callee.function()?;
        if callee.integration.credentials.is_some() {
            return Err(Not::refuted(
                "the integration calls with a role, which the function's policy is not asked about",
            ));
        }
        let source_arn = callee.source_arn(case);
        let policy = callee::policy(case, &function)?;
        let call = Call { source_arn: &source_arn, account_id: &case.facts.account_id };
        let verdict = policy.map_or(Verdict::Missing, |policy| permission::evaluate(policy, call));
        if verdict == Verdict::Granted {
            return Err(Not::refuted(format!("the policy of {} lets the API call it", function.name)));
        }
        Ok(Guarded { callee, function, source_arn, policy, account_id: &case.facts.account_id, verdict })
    }

    /// Whether the policy has a statement for API Gateway at all.
    fn names_the_gateway(&self) -> bool {
        self.policy.is_some_and(|policy| policy.to_string().contains("apigateway.amazonaws.com"))
    }

    /// The statement that denies the call, if one does.
    fn denial(&self) -> Option<&'a Value> {
        let call = Call { source_arn: &self.source_arn, account_id: self.account_id };
        let denies = |own: &&Value| permission::evaluate(&json!({ "Statement": [own] }), call) == Verdict::Denied;
        policy::statements(self.policy?).iter().find(denies)
    }

    /// Whoever is permitted, a statement that denies comes first: adding a permission mends nothing.
    fn not_denied(&self) -> Result<(), Not> {
        match self.verdict {
            Verdict::Denied => Err(Not::refuted("a statement of the policy denies the call, whatever others allow")),
            _ => Ok(()),
        }
    }

    fn denied_by(&self, statement: &Value) -> Proof {
        let proof = Proof::certain(format!("A statement of the policy of {} denies the call.", self.function.name))
            .because("lambda:GetPolicy", "Policy.Statement", statement.clone())
            .because(
                self.callee.met.source,
                "integration.uri",
                self.callee.integration.uri.clone().unwrap_or_default(),
            );
        let advice = "remove the statement that denies: it acts without a deployment";
        let Some(id) = statement.get("Sid").and_then(Value::as_str) else { return proof.advice(advice) };
        let command = Aws::new("lambda remove-permission").option("--function-name", &self.function.name);
        let command = match &self.function.qualifier {
            Some(qualifier) => command.option("--qualifier", qualifier),
            None => command,
        };
        proof.command(advice, command.option("--statement-id", id).option("--region", &self.function.region))
    }

    fn permit(&self) -> Aws {
        // Any stage may call, and a parameter of the path stands for anything.
        let path: Vec<&str> = self
            .callee
            .key
            .path
            .split('/')
            .skip(1)
            .map(|part| if part.starts_with('{') { "*" } else { part })
            .collect();
        let method = self.callee.key.method.as_deref().filter(|method| *method != "ANY").unwrap_or("*");
        let api = self.source_arn.split('/').next().unwrap_or_default();
        let source = match &self.callee.key.method {
            Some(_) => format!("{api}/*/{method}/{}", path.join("/")),
            None => format!("{api}/*"),
        };
        let command = Aws::new("lambda add-permission").option("--function-name", &self.function.name);
        let command = match &self.function.qualifier {
            Some(qualifier) => command.option("--qualifier", qualifier),
            None => command,
        };
        command
            .option("--statement-id", "apigateway")
            .option("--action", "lambda:InvokeFunction")
            .option("--principal", "apigateway.amazonaws.com")
            .option("--source-arn", &source)
            .option("--region", &self.function.region)
    }

    fn shown(&self, proof: Proof) -> Proof {
        proof
            .because(
                "lambda:GetPolicy",
                "Policy.Statement",
                self.policy.and_then(|policy| policy.get("Statement")).cloned().unwrap_or(json!([])),
            )
            .because(self.callee.met.source, "integration.uri", self.callee.integration.uri.clone().unwrap_or_default())
            .command("add the permission: it acts without a deployment", self.permit())
    }
}

fn permission_on_alias(case: &Case<'_>) -> Examined {
    let guarded = Guarded::of(case)?;
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
    Ok(guarded.shown(Proof::certain(says)))
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
    let guarded = Guarded::of(case)?;
    if let Some(statement) = guarded.denial() {
        return Ok(guarded.denied_by(statement));
    }
    if guarded.names_the_gateway() {
        return Err(Not::refuted("the function's policy has statements for API Gateway"));
    }
    Ok(guarded.shown(Proof::certain(format!(
        "No statement of the policy of {} lets API Gateway call it.",
        guarded.function.name
    ))))
}

fn not_active(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal, Signal::BadGateway])?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    let Some(configuration) = callee::configuration(case, &function)? else { return Err(Not::Silent) };
    let text = |name: &str| configuration.get(name).and_then(Value::as_str);
    let state = text("State").unwrap_or("Active");
    let update = text("LastUpdateStatus").unwrap_or("Successful");
    if state == "Active" && update != "Failed" {
        return Err(Not::refuted(format!("{} is active", function.name)));
    }
    let reason = text("StateReason").or_else(|| text("LastUpdateStatusReason")).unwrap_or("no reason is given");
    let proof = Proof::certain(format!("{} is {state}, and its last update {update}: {reason}.", function.name));
    // What is pending will be over; an inactive function is made ready by the first call, which fails; after a failed
    // update the version before it is run.
    let proof = match state {
        _ if !case.is_unsent() => proof,
        "Pending" => proof.at_most(Confidence::Possible),
        "Inactive" | "Active" => proof.at_most(Confidence::Likely),
        _ => proof,
    };
    Ok(proof
        .about(function.arn())
        .because("lambda:GetFunctionConfiguration", "State", state)
        .because("lambda:GetFunctionConfiguration", "LastUpdateStatus", update)
        .advice("wait until it is active, or deploy the function again"))
}

fn throttled(case: &Case<'_>) -> Examined {
    case.response()?;
    case.shows(&[Signal::Internal, Signal::Unavailable])?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    let name = function.name.clone();
    let command = Aws::new("lambda delete-function-concurrency")
        .option("--function-name", &name)
        .option("--region", &function.region);
    let advice = "raise the reserved concurrency, or take it away";
    let mut unread = None;
    match case.ask(Read::FunctionConcurrency(name.clone())) {
        Ok(answer) => {
            let reserved = answer.and_then(|answer| answer.get("ReservedConcurrentExecutions")?.as_i64());
            if reserved == Some(0) {
                return Ok(Proof::certain(format!("{name} has a reserved concurrency of 0: it is never run."))
                    .because("lambda:GetFunctionConcurrency", "ReservedConcurrentExecutions", 0)
                    .command(advice, command));
            }
        }
        Err(Not::Unread(why)) => unread = Some(why),
        Err(not) => return Err(not),
    }
    let lines = logs::execution_if_any(case)?;
    if let Some(line) = lines.as_ref().and_then(|lines| lines.find("Lambda invocation failed with status: 429")) {
        return Ok(Proof::certain(format!("{name} was throttled: the execution log says so."))
            .because("logs:FilterLogEvents", line.group, "Lambda invocation failed with status: 429")
            .command(advice, command));
    }
    let metric = Read::Metric {
        namespace: "AWS/Lambda".to_owned(),
        metric: "Throttles".to_owned(),
        dimensions: vec![("FunctionName".to_owned(), name.clone())],
    };
    match case.ask(metric) {
        Ok(sum) if sum.and_then(Value::as_f64).is_some_and(|sum| sum > 0.0) => {
            Ok(Proof::certain(format!("{name} was throttled at that time."))
                .because("cloudwatch:GetMetricData", "AWS/Lambda Throttles", sum.cloned().unwrap_or_default())
                .command(advice, command))
        }
        Ok(_) => {
            unread.map_or_else(|| Err(Not::refuted(format!("{name} was not throttled"))), |why| Err(Not::Unread(why)))
        }
        Err(not) => Err(not),
    }
}

#[cfg(test)]
mod tests;
