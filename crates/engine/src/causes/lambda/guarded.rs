//! A function that API Gateway has to be permitted to call, and what its policy says.

use serde_json::{Value, json};

use super::CANNOT_CALL;
use crate::arn::FunctionName;
use crate::case::Case;
use crate::case::callee::{self, Callee};
use crate::case::cause::{Not, Proof};
use crate::command::{self, Aws};
use crate::permission::{self, Call, Verdict};
use crate::policy;

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
    pub(super) fn names_the_gateway(&self) -> bool {
        self.policy.is_some_and(|policy| policy.to_string().contains("apigateway.amazonaws.com"))
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
        command::permit(&self.function, "apigateway", &source)
    }

    pub(super) fn shown(&self, proof: Proof) -> Proof {
        let statements = self.policy.and_then(|policy| policy.get("Statement")).cloned().unwrap_or(json!([]));
        self.with_uri(proof.because("lambda:GetPolicy", "Policy.Statement", statements))
            .command("add the permission: it acts without a deployment", self.permit())
    }

    fn with_uri(&self, proof: Proof) -> Proof {
        proof.because(
            self.callee.met.source,
            "integration.uri",
            self.callee.integration.uri.clone().unwrap_or_default(),
        )
    }
}
