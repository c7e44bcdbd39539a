//! A function that API Gateway has to be permitted to call, and what its policy says.

use serde_json::{Value, json};

use super::CANNOT_CALL;
use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Examined, Not, Proof, if_known};
use crate::case::logs;
use crate::command::{self, Aws};
use crate::observed::NotRead;
use crate::permission::{self, Call, Verdict};
use crate::policy;
use crate::snapshot::ApiKind;

/// A function that API Gateway has to be permitted to call, and its policy.
pub(super) struct Guarded<'c, 'a> {
    pub(super) callee: Callee<'c, 'a>,
    pub(super) function: FunctionName,
    pub(super) source_arn: String,
    policy: Option<&'a Value>,
    account_id: &'a str,
    pub(super) verdict: Verdict,
}

impl<'c, 'a> Guarded<'c, 'a> {
    pub(super) fn of(case: &'c Case<'a>) -> Result<Guarded<'c, 'a>, Not> {
        let (callee, function) = permitted_by_policy(case)?;
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
    pub(super) fn names_the_gateway(&self) -> bool {
        self.policy.is_some_and(|policy| policy.to_string().contains("apigateway.amazonaws.com"))
    }

    /// Whether there is a policy.
    fn has_policy(&self) -> bool {
        self.policy.is_some()
    }

    /// The statement that denies the call, if one does.
    pub(super) fn denial(&self) -> Option<&'a Value> {
        let call = Call { source_arn: &self.source_arn, account_id: self.account_id };
        let denies = |own: &&Value| permission::evaluate(&json!({ "Statement": [own] }), call) == Verdict::Denied;
        policy::statements(self.policy?).iter().find(denies)
    }

    /// Whoever is permitted, a statement that denies comes first: adding a permission mends nothing.
    pub(super) fn not_denied(&self) -> Result<(), Not> {
        match self.verdict {
            Verdict::Denied => Err(Not::refuted("a statement of the policy denies the call, whatever others allow")),
            _ => Ok(()),
        }
    }

    pub(super) fn denied_by(&self, statement: &Value) -> Proof {
        let proof = Proof::certain(format!("A statement of the policy of {} denies the call.", self.function.name))
            .because("lambda:GetPolicy", "Policy.Statement", statement.clone());
        let proof = self.with_uri(proof);
        let advice = "remove the statement that denies: it acts without a deployment";
        let Some(id) = statement.get("Sid").and_then(Value::as_str) else { return proof.advice(advice) };
        proof.command(advice, command::remove_permission(&self.function, id))
    }

    pub(super) fn shown(&self, proof: Proof) -> Proof {
        let statements = self.policy.and_then(|policy| policy.get("Statement")).cloned().unwrap_or(json!([]));
        self.with_uri(proof.because("lambda:GetPolicy", "Policy.Statement", statements)).command(ADD, self.permit())
    }

    /// A proof that a function lacks a permission. Of a function or an alias that does not exist, Lambda says that it has no
    /// policy, too.
    pub(super) fn unless_missing(&self, case: &Case<'_>, proof: Proof) -> Proof {
        match callee::configuration(case, &self.function) {
            Err(Not::Unread(why)) if !self.has_policy() && !why.is_unrecorded() => {
                let mut proof = proof.without(&why);
                proof.remedy.summary = ADD_IF_THERE.to_owned();
                proof
            }
            _ => proof,
        }
    }

    fn permit(&self) -> Aws {
        permit(&self.callee, &self.function, &self.source_arn, self.policy)
    }

    fn with_uri(&self, proof: Proof) -> Proof {
        with_uri(&self.callee, proof)
    }
}

const ADD: &str = "add the permission: it acts without a deployment";
const ADD_IF_THERE: &str =
    "look whether the function exists; if it does, add the permission, which acts without a deployment";

/// A route whose function is asked by its policy whether API Gateway may call it.
pub(super) fn permitted_by_policy<'c, 'a>(case: &'c Case<'a>) -> Result<(Callee<'c, 'a>, FunctionName), Not> {
    case.shows(&CANNOT_CALL)?;
    let callee = Callee::of(case)?;
    let function = callee.function()?;
    if callee.integration.credentials.is_some() {
        return Err(Not::refuted("the integration calls with a role, which the function's policy is not asked about"));
    }
    Ok((callee, function))
}

fn permit(callee: &Callee<'_, '_>, function: &FunctionName, source_arn: &str, policy: Option<&Value>) -> Aws {
    // Any stage may call, and a parameter of the path stands for anything.
    let parts = callee.key.path.split('/').skip(1);
    let path: Vec<&str> = parts.map(|part| if part.starts_with('{') { "*" } else { part }).collect();
    let method = callee.key.method.as_deref().filter(|method| *method != "ANY").unwrap_or("*");
    let api = source_arn.split('/').next().unwrap_or_default();
    let source = match &callee.key.method {
        Some(_) => format!("{api}/*/{method}/{}", path.join("/")),
        None => format!("{api}/*"),
    };
    command::permit(function, &free_id(policy), &source)
}

/// An id that no statement of a function's policy has: Lambda refuses one that is taken.
fn free_id(policy: Option<&Value>) -> String {
    let taken: Vec<&str> = policy
        .map(policy::statements)
        .into_iter()
        .flatten()
        .filter_map(|statement| statement.get("Sid")?.as_str())
        .collect();
    let numbered = (2..).map(|number| format!("apigateway-{number}"));
    let mut ids = std::iter::once("apigateway".to_owned()).chain(numbered);
    ids.find(|id| !taken.contains(&id.as_str())).unwrap_or_default()
}

fn with_uri(callee: &Callee<'_, '_>, proof: Proof) -> Proof {
    proof.because(callee.met.source, "integration.uri", callee.integration.uri.clone().unwrap_or_default())
}

/// What the execution log of a REST API and the access log of an HTTP API say where a function may not be called.
const NOT_PERMITTED: &str = "Invalid permissions on Lambda function";
const NOT_PERMITTED_HTTP: &str = "have permissions to call the integration";

/// Where a log has the request, and whether it says there that the function may not be called; nothing where it tells nothing.
pub(super) type Said = Option<(String, bool)>;

fn said_by_execution(case: &Case<'_>) -> Result<Said, Not> {
    let lines = logs::execution_if_any(case)?.filter(|lines| !lines.is_empty());
    Ok(lines.map(|lines| (lines.group.clone(), lines.find(NOT_PERMITTED).is_some())))
}

fn said_by_access(case: &Case<'_>) -> Result<Said, Not> {
    let log = logs::accessed(case)?;
    let place = format!("{} integrationErrorMessage", log.group);
    let says = log.integration_error.as_deref().map(|error| error.contains(NOT_PERMITTED_HTTP));
    let is_told = log.tells_integration || log.authorizer_error.is_some();
    Ok(says.or(is_told.then_some(false)).map(|says| (place, says)))
}

/// What the log of the API's kind says.
pub(super) fn said(case: &Case<'_>, kind: ApiKind) -> Result<Said, Not> {
    match kind {
        ApiKind::Rest => said_by_execution(case),
        ApiKind::Http | ApiKind::WebSocket => said_by_access(case),
    }
}

/// That it was not read whether the function's policy lets API Gateway call it: the log may tell; else it is possible.
pub(super) fn unread(case: &Case<'_>, why: &NotRead) -> Examined {
    let (callee, function) = permitted_by_policy(case)?;
    let name = &function.name;
    let proof = match said(case, callee.target.api.kind)? {
        Some((place, true)) => Proof::likely(format!("The log says that API Gateway may not call {name}.")).because(
            "logs:FilterLogEvents",
            place,
            if callee.target.api.kind == ApiKind::Rest { NOT_PERMITTED } else { NOT_PERMITTED_HTTP },
        ),
        // A log that has the request, and says nothing of it, speaks against it.
        Some((_, false)) => return Err(why.into()),
        // Every fault of the function is answered so by an HTTP API, too: what nobody asked for is not brought up.
        _ if callee.target.api.kind != ApiKind::Rest && why.is_unrecorded() => return Err(why.into()),
        _ => Proof::possible(format!(
            "Whether the policy of {name} lets API Gateway call it for this API, stage and route was not read."
        )),
    };
    Ok(permitting(case, &callee, &function, proof.without(why)))
}

/// That the policy that was read permits the call, and the request's own log says that API Gateway may not make it.
pub(super) fn granted_since(case: &Case<'_>, why: String) -> Examined {
    let (callee, function) = permitted_by_policy(case)?;
    let kind = callee.target.api.kind;
    let Some((place, true)) = if_known(said(case, kind))?.flatten() else { return Err(Not::Refuted(why)) };
    let line = if kind == ApiKind::Rest { NOT_PERMITTED } else { NOT_PERMITTED_HTTP };
    let says = format!(
        "The log says that API Gateway may not call {}. By the policy that was read it may: the permission was added since.",
        function.name
    );
    let proof =
        Proof::possible(says).because("logs:FilterLogEvents", place, line).despite("lambda:GetPolicy", "Policy", why);
    Ok(proof.advice("send the request again"))
}

/// A proof with what is called, and the permission that mends it.
pub(super) fn permitting(case: &Case<'_>, callee: &Callee<'_, '_>, function: &FunctionName, proof: Proof) -> Proof {
    with_uri(callee, proof).command(ADD, permit(callee, function, &callee.source_arn(case), None))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::case::facts::{Facts, Read};
    use crate::fixture::{self, lambda_uri, route};
    use crate::snapshot::ApiKind;
    use crate::testkit::{explained, facts, to_orders};

    fn account() -> Facts<'static> {
        facts(vec![fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
    }

    fn told(facts: &Facts<'static>) -> (String, String) {
        let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
        let own = explained(&failed, facts).causes.swap_remove(0);
        (format!("{} {}", own.id, own.confidence.name()), own.remedy.command.unwrap_or_default())
    }

    #[test]
    fn the_permissions_id_is_none_that_the_policy_has() {
        for (taken, expected) in [
            (&[][..], "--statement-id apigateway "),
            (&["apigateway-2"], "--statement-id apigateway "),
            (&["apigateway"], "--statement-id apigateway-2 "),
            (&["apigateway", "x", "apigateway-2"], "--statement-id apigateway-3 "),
        ] {
            let statements: Vec<_> =
                taken.iter().map(|sid| json!({ "Sid": sid, "Effect": "Allow", "Principal": "*" })).collect();
            let facts = account()
                .with(Read::Function("orders-fn".to_owned()), json!({ "State": "Active" }))
                .with(Read::FunctionPolicy("orders-fn".to_owned()), json!({ "Policy": { "Statement": statements } }));
            let (_, command) = told(&facts);
            assert!(command.contains(expected), "{taken:?}: {command}");
        }
    }

    /// Of a function that does not exist, Lambda says that it has no policy, too.
    #[test]
    fn without_its_configuration_a_function_without_a_policy_may_be_missing() {
        let function = || Read::Function("orders-fn".to_owned());
        let none = || account().lacking(Read::FunctionPolicy("orders-fn".to_owned()));
        for (facts, expected) in [
            // What a recording lacks nobody was refused.
            (none(), "lambda-permission-missing certain"),
            (none().denied(function(), "lambda:GetFunctionConfiguration"), "lambda-permission-missing likely"),
            (none().with(function(), json!({ "State": "Active" })), "lambda-permission-missing certain"),
            (none().lacking(function()), "lambda-function-missing certain"),
        ] {
            assert_eq!(told(&facts).0, expected);
        }
    }
}
