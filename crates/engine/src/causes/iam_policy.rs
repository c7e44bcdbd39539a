//! IAM lets the caller of a signed request not in.

mod simulation;

use serde_json::{Value, json};

use self::simulation::{SIMULATE, Simulation, judged, other_allowed, simulate, unknown_caller, unless_the_api_allows};
use super::resource_policy::Policies;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::refusal::Refusal;
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind};

causes! {
    /// The caller is of another account, and one of the two policies is missing
    ///
    /// ## What proves it
    ///
    /// The caller's account is not the API's, and the resource policy that the stage's export shows does not allow the call; the
    /// live one, where the export was not read. It is likely where only one of the two does. Where it does, the caller's own
    /// policy must lack it, which cannot be read from here.
    ///
    /// ## What refutes it
    ///
    /// Both are of one account.
    ///
    /// ## Remedy
    ///
    /// Allow the caller in the API's resource policy and deploy, and allow `execute-api:Invoke` in the caller's own account.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    "cross-account-needs-both", Cause, Silent, cross_account;

    /// A policy denies the call
    ///
    /// ## What proves it
    ///
    /// The answer speaks of an explicit deny, and the simulation of the caller's policies finds the statement, or the API's
    /// resource policy has one, live and in the stage's export. Where only one of the two has it, it is no more than likely.
    ///
    /// ## What refutes it
    ///
    /// An answer without these words.
    ///
    /// ## Remedy
    ///
    /// Take the statement out, or narrow its condition. It may also stand in a service control policy or in a permissions
    /// boundary.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>
    "iam-explicit-deny", Cause, Silent, explicit_deny;

    /// Amplify's role may not call the path
    ///
    /// ## What proves it
    ///
    /// The caller is a role that Amplify made for signed-in users or guests, and the simulation of its policies does not allow
    /// the call.
    ///
    /// ## What refutes it
    ///
    /// The simulation allows it, or another caller.
    ///
    /// ## Remedy
    ///
    /// `amplify update api`: give the path to signed-in users or guests; or add `execute-api:Invoke` to the role.
    ///
    /// ## Source
    ///
    /// Reported in public issue threads. Not verified on AWS.
    "amplify-role-lacks-invoke", Cause, Silent, amplify_role;

    /// The caller may call other routes of the API, and not this one
    ///
    /// ## What proves it
    ///
    /// The simulation of the caller's policies allows `execute-api:Invoke` on another ARN, and not on this one: stage, method,
    /// path, account or region in the policy's ARN do not fit.
    ///
    /// ## What refutes it
    ///
    /// The simulation allows this one, too, or none.
    ///
    /// ## Remedy
    ///
    /// Write the ARN as `arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}/{path}`; `*` stands for any part.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
    "iam-policy-wrong-arn", Cause, Silent, wrong_arn;

    /// No policy lets the caller call the route
    ///
    /// ## What proves it
    ///
    /// The caller is of the API's account, the simulation of its policies says `implicitDeny`, and the API's resource policy
    /// does not allow the call. The policies themselves are not read.
    ///
    /// ## What refutes it
    ///
    /// The simulation allows it, or the resource policy does.
    ///
    /// ## Remedy
    ///
    /// Allow `execute-api:Invoke` on the route's ARN (`execute-api:ManageConnections` for a WebSocket API's connections). `AmazonAPIGatewayAdministrator` is about the control plane, and not that.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden>
    "iam-policy-no-invoke", Cause, Silent, no_invoke;
}

/// A caller whom IAM does not let in.
struct Refused<'a> {
    refusal: Refusal,
    /// The API, where it was read.
    api: Result<&'a Api, Not>,
}

impl<'a> Refused<'a> {
    fn of(case: &Case<'a>) -> Result<Refused<'a>, Not> {
        let refusal = Refusal::of(case)?.unmasking_caller(&case.facts.account_id);
        if refusal.is_anonymous() || refusal.suffix.contains("VPC endpoint policy") {
            return Err(Not::Silent);
        }
        let api = match case.target() {
            Ok(target) => Ok(target.api),
            Err(Not::Wanted) => return Err(Not::Wanted),
            Err(not) => Err(not),
        };
        Ok(Refused { refusal, api })
    }

    /// The same, of a caller of the API's own account.
    fn of_own_account(case: &Case<'a>) -> Result<Refused<'a>, Not> {
        let refused = Refused::of(case)?;
        if refused.is_foreign(case) {
            return Err(Not::refuted("the caller is of another account than the API"));
        }
        Ok(refused)
    }

    /// Whether the caller's account is not the API's, of whose number AWS shows the last four digits.
    fn is_foreign(&self, case: &Case<'_>) -> bool {
        let own = self.refusal.account().unwrap_or_default();
        match &self.api {
            Ok(_) => own != case.facts.account_id,
            Err(_) => {
                let shown = self.refusal.resource.split(':').nth(4).unwrap_or_default();
                !own.ends_with(shown.trim_start_matches('*'))
            }
        }
    }

    /// What is said with every proof: who called what.
    fn because(&self, proof: Proof) -> Proof {
        proof.because(
            "response",
            "body.message",
            json!({ "user": self.refusal.principal, "resource": self.refusal.resource }),
        )
    }

    /// What a resource policy of the API says to the caller.
    fn ruling(&self, case: &Case<'a>, policy: &Value) -> Ruling {
        let known = case.target().map(|target| Sender::of(case, target)).unwrap_or_default();
        rule(policy, &Sender { principal: Some(self.refusal.identity()), ..known }, self.refusal.called())
    }

    /// The statement of the API's resource policy that denies the caller: of the policy that is live, or of the one that the
    /// stage's export shows.
    fn denied_by_api(&self, case: &Case<'a>) -> Result<Option<Denied>, Not> {
        let Ok(api) = self.api else { return Ok(None) };
        let Some(policies) = policies(case, api)? else { return Ok(None) };
        let denied = |policy: Option<&Value>| match self.ruling(case, policy?) {
            Ruling::Denied(statement) => Some(statement),
            _ => None,
        };
        let (live, exported) = (denied(policies.live), denied(policies.exported));
        let agrees = live.is_some() && exported.is_some();
        Ok(live.or(exported).map(|statement| Denied { statement, agrees, unread: policies.unread.cloned() }))
    }

    /// The resource policy that callers of the stage meet: the one that its export shows; where that was not read, the live one.
    fn met(&self, case: &Case<'a>, api: &'a Api) -> Result<Met<'a>, Not> {
        let live = api.live.settings.policy.as_ref();
        let policies = match case.target().and_then(|target| Policies::of(case, api, target.stage()?)) {
            Err(Not::Wanted) => return Err(Not::Wanted),
            policies => policies,
        };
        let unread = match &policies {
            Ok(own) => own.unread.cloned(),
            Err(Not::Unread(why)) => Some(why.clone()),
            Err(_) => None,
        };
        let Some(Policies { exported, .. }) = policies.ok().filter(|own| own.unread.is_none() && own.exported != live)
        else {
            return Ok(Met { policy: live, source: "apigateway:GetRestApi", waits: false, unread });
        };
        let allows = |policy: Option<&Value>| policy.is_some_and(|own| self.ruling(case, own) == Ruling::Allowed);
        let waits = allows(live) && !allows(exported);
        // Whether exports show the policy as it was deployed is not documented: what only one of the two says is not certain.
        Ok(Met { policy: exported, source: "apigateway:GetExport", waits, unread: None })
    }

    /// What the simulation of the caller's policies says of the route that was called.
    fn simulated(&self, case: &Case<'a>) -> Result<Simulation, Not> {
        let resource = self.refusal.unmasked(&case.facts.account_id).ok_or(Not::Silent)?;
        simulate(case, &self.refusal, &resource)
    }

    /// A proof where the simulation tells nothing: what of the caller is why.
    fn by_nobody_known(&self, case: &Case<'a>, proof: Proof) -> Proof {
        match self.refusal.unmasked(&case.facts.account_id) {
            Some(resource) => unknown_caller(case, &self.refusal, &resource, proof),
            None => proof,
        }
    }
}

/// The resource policies of the stage that was called: `None` where it is not known which.
fn policies<'a>(case: &Case<'a>, api: &'a Api) -> Result<Option<Policies<'a>>, Not> {
    if_known(case.target().and_then(|target| Policies::of(case, api, target.stage()?)))
}

/// The resource policy that callers of a stage meet.
struct Met<'a> {
    policy: Option<&'a Value>,
    /// The call that showed it.
    source: &'static str,
    /// Whether it does not allow the caller, and the live one does.
    waits: bool,
    /// Why it is the live one, and not the one that the stage's export shows.
    unread: Option<NotRead>,
}

/// A statement of an API's resource policy that denies the caller.
struct Denied {
    statement: String,
    /// Whether the policy that is live and the one that the stage's export shows both deny it.
    agrees: bool,
    /// Why the export was not read.
    unread: Option<NotRead>,
}

fn cross_account(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    if refused.refusal.is_explicit() {
        return Err(Not::Silent);
    }
    if !refused.is_foreign(case) {
        return Err(Not::refuted("the caller is of the API's own account"));
    }
    let account = refused.refusal.account().unwrap_or("another account").to_owned();
    let says = |what: &str| format!("The caller is of the account {account}, and the API of another one: {what}");
    let action = refused.refusal.action;
    let advice = format!(
        "allow {} in the API's resource policy and deploy, and allow {action} in {account}",
        refused.refusal.identity()
    );
    let proof = match &refused.api {
        Ok(api) => {
            if api.kind != ApiKind::Rest {
                let proof = Proof::likely(says("it has no policy of its own that could allow the call."));
                let advice = format!("call it with a role of the API's own account that allows {action}");
                return Ok(refused.because(proof).advice(advice));
            }
            let Met { policy, source, waits, .. } = refused.met(case, api)?;
            let ruling = policy.map(|policy| refused.ruling(case, policy));
            let (confidence, what) = match ruling {
                _ if waits => (
                    Confidence::Likely,
                    "the resource policy that its stage serves does not allow the call; the live one, which waits for its deployment, does.",
                ),
                None => (Confidence::Certain, "no resource policy is in force, which has to allow the call."),
                Some(Ruling::NotAllowed) => (Confidence::Certain, "its resource policy does not allow the call."),
                Some(Ruling::Allowed) => {
                    (Confidence::Likely, "its resource policy allows the call, so that the caller's own does not.")
                }
                Some(Ruling::Denied(_) | Ruling::Depends { .. }) => {
                    (Confidence::Likely, "both accounts have to allow the call.")
                }
            };
            let proof = Proof::certain(says(what)).at_most(confidence);
            proof.because(source, "policy", policy.cloned().unwrap_or(Value::Null))
        }
        Err(Not::Unread(why)) => Proof::likely(says("both accounts have to allow the call.")).without(why),
        Err(_) => Proof::likely(says("both accounts have to allow the call.")),
    };
    Ok(refused.because(proof).advice(advice))
}

fn explicit_deny(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    if !refused.refusal.is_explicit() {
        return Err(Not::refuted("the answer does not speak of an explicit deny"));
    }
    let says = format!("A statement denies {} the call.", refused.refusal.principal);
    let advice =
        "take the statement out or narrow its condition; it may also stand in a service control policy or a boundary";
    let of_api = refused.denied_by_api(case)?;
    if let Some(Denied { statement, agrees: true, .. }) = &of_api {
        let proof = Proof::certain(format!("{says} It is {statement} of the API's resource policy."));
        let proof = proof.because("apigateway:GetRestApi", "policy", statement.clone());
        return Ok(refused.because(proof).advice(advice));
    }
    let proof = match refused.simulated(case) {
        Ok(Simulation { decision, policy, .. }) if decision == "explicitDeny" => {
            let name = policy.as_deref().unwrap_or("a policy that is not named");
            let proof =
                Proof::certain(format!("{says} It stands in {name}.")).because(SIMULATE, "EvalDecision", decision);
            let Some(name) = policy else { return Ok(refused.because(proof).advice(advice)) };
            let advice = format!("take the statement out of {name}, or narrow its condition");
            let proof = proof.because(SIMULATE, "MatchedStatements[0].SourcePolicyId", name);
            return Ok(refused.because(proof).advice(advice));
        }
        Ok(Simulation { decision, .. }) => Proof::likely(format!("{says} It is not in the caller's own policies."))
            .despite(SIMULATE, "EvalDecision", decision),
        Err(Not::Unread(why)) => Proof::likely(says).without(&why),
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(_) => refused.by_nobody_known(case, Proof::likely(says)),
    };
    let Some(Denied { statement, unread, .. }) = of_api.filter(|_| proof.confidence != Confidence::Certain) else {
        return Ok(refused.because(proof).advice(advice));
    };
    let mut proof = proof.because("apigateway:GetRestApi", "policy", statement.clone());
    proof.says =
        format!("{} {statement} of the API's resource policy does, which may not be the deployed one.", proof.says);
    let proof = unread.iter().fold(proof, Proof::without);
    Ok(refused.because(proof).advice(advice))
}

fn amplify_role(case: &Case<'_>) -> Examined {
    let refused = Refused::of_own_account(case)?;
    let role = refused.refusal.role().ok_or(Not::Silent)?.to_owned();
    // `amplify-{app}-{env}-{digits}-authRole`, `…-unauthRole`.
    if refused.refusal.is_explicit() || !role.to_ascii_lowercase().ends_with("authrole") {
        return Err(Not::Silent);
    }
    let says = format!("Amplify's role {role} may not call the path.");
    let proof = judged(case, &refused, says)?;
    Ok(refused
        .because(proof)
        .advice("amplify update api: give the path to signed-in users or guests; then amplify push"))
}

fn wrong_arn(case: &Case<'_>) -> Examined {
    let refused = Refused::of_own_account(case)?;
    if refused.refusal.is_explicit() {
        return Err(Not::Silent);
    }
    let simulation = refused.simulated(case)?;
    if simulation.decision != "implicitDeny" {
        return Err(Not::refuted(format!("the simulation of the caller's policies says {}", simulation.decision)));
    }
    let other = match simulation.allowed.into_iter().next() {
        Some(other) => Some(other),
        None => other_allowed(case, &refused)?,
    };
    let Some(other) = other else {
        return Err(Not::refuted("the caller's policies allow no other route that was asked about either"));
    };
    let resource = refused.refusal.unmasked(&case.facts.account_id).unwrap_or_default();
    let says = format!("The caller's policies allow {} on {other}, but not on {resource}.", refused.refusal.action);
    let proof = Proof::certain(says)
        .because(SIMULATE, resource.clone(), simulation.decision)
        .because(SIMULATE, other, "allowed");
    let proof = unless_the_api_allows(case, &refused, proof)?;
    Ok(refused.because(proof).advice(format!("let the policy's ARN match {resource}")))
}

fn no_invoke(case: &Case<'_>) -> Examined {
    let refused = Refused::of_own_account(case)?;
    if refused.refusal.is_explicit() {
        return Err(Not::refuted("the answer speaks of an explicit deny"));
    }
    let Refusal { principal, action, .. } = &refused.refusal;
    let says = format!("No policy of {principal} allows {action} on what was called.");
    let proof = judged(case, &refused, says)?;
    let resource = refused.refusal.unmasked(&case.facts.account_id);
    let resource = resource.unwrap_or_else(|| refused.refusal.resource.clone());
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    Ok(refused.because(proof).advice(format!("attach a policy with the statement {statement}")))
}
