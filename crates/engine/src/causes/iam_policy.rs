//! IAM lets the caller of a signed request not in.

use serde_json::{Value, json};

use super::resource_policy::Policies;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::facts::Read;
use crate::case::refusal::Refusal;
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::observed::NotRead;
use crate::snapshot::Api;

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
    /// The caller is of the API's account, and the simulation of its policies says `implicitDeny`.
    ///
    /// ## What refutes it
    ///
    /// The simulation allows it.
    ///
    /// ## Remedy
    ///
    /// Allow `execute-api:Invoke` on the route's ARN. `AmazonAPIGatewayAdministrator` is about the control plane, and not that.
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
        let policies = policies(case, api)?.filter(|own| own.unread.is_none() && own.exported != live);
        let Some(Policies { exported, .. }) = policies else {
            return Ok(Met { policy: live, source: "apigateway:GetRestApi", waits: false });
        };
        let allows = |policy: Option<&Value>| policy.is_some_and(|own| self.ruling(case, own) == Ruling::Allowed);
        let waits = allows(live) && !allows(exported);
        // Whether exports show the policy as it was deployed is not documented: what only one of the two says is not certain.
        Ok(Met { policy: exported, source: "apigateway:GetExport", waits })
    }

    /// What the simulation of the caller's policies says of the route that was called.
    fn simulated(&self, case: &Case<'a>) -> Result<Simulation, Not> {
        let resource = self.refusal.unmasked(&case.facts.account_id).ok_or(Not::Silent)?;
        simulate(case, &self.refusal.identity(), &resource)
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
}

/// A statement of an API's resource policy that denies the caller.
struct Denied {
    statement: String,
    /// Whether the policy that is live and the one that the stage's export shows both deny it.
    agrees: bool,
    /// Why the export was not read.
    unread: Option<NotRead>,
}

/// What IAM's simulation says.
struct Simulation {
    /// `allowed`, `implicitDeny` or `explicitDeny`, of the resource that was asked for.
    decision: String,
    /// The policy of the statement that decides, where it is told.
    policy: Option<String>,
    /// Other resources on which the same answer allows the call.
    allowed: Vec<String>,
}

const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

fn simulate(case: &Case<'_>, principal: &str, resource: &str) -> Result<Simulation, Not> {
    let read = Read::Simulation { principal: principal.to_owned(), resource: resource.to_owned() };
    let results = case.list(read, "EvaluationResults")?;
    let text = |result: &Value, name: &str| result.get(name).and_then(Value::as_str).map(str::to_owned);
    let (mut simulation, mut allowed) = (None, Vec::new());
    for result in results {
        let invokes = |action: String| action.eq_ignore_ascii_case("execute-api:Invoke");
        if !text(result, "EvalActionName").is_none_or(invokes) {
            continue;
        }
        let decision = text(result, "EvalDecision").unwrap_or_default();
        let of = text(result, "EvalResourceName");
        let is_exact = of.as_deref() == Some(resource);
        if is_exact || of.as_deref().is_none_or(|name| name == "*") {
            let matched = result.get("MatchedStatements").and_then(|statements| statements.get(0));
            let policy = matched.and_then(|statement| text(statement, "SourcePolicyId"));
            // What is said of the resource itself counts for more than what is said of all.
            if is_exact || simulation.is_none() {
                simulation = Some((decision, policy));
            }
        } else if decision == "allowed" {
            allowed.extend(of);
        }
    }
    // The service knows no such principal: nothing is told.
    let (decision, policy) = simulation.ok_or(Not::Silent)?;
    Ok(Simulation { decision, policy, allowed })
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
    let advice = format!(
        "allow {} in the API's resource policy and deploy, and allow execute-api:Invoke in {account}",
        refused.refusal.identity()
    );
    let proof = match &refused.api {
        Ok(api) => {
            let Met { policy, source, waits } = refused.met(case, api)?;
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
            let name = policy.unwrap_or_else(|| "a policy that is not named".to_owned());
            Proof::certain(format!("{says} It stands in {name}.")).because(SIMULATE, "EvalDecision", decision)
        }
        Ok(Simulation { decision, .. }) => Proof::likely(format!("{says} It is not in the caller's own policies."))
            .despite(SIMULATE, "EvalDecision", decision),
        Err(Not::Unread(why)) => Proof::likely(says).without(&why),
        Err(Not::Wanted) => return Err(Not::Wanted),
        Err(_) => Proof::likely(says),
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

/// A proof by what the simulation says of the call: certain where no policy allows it.
fn judged<'a>(case: &Case<'a>, refused: &Refused<'a>, says: String) -> Examined {
    match refused.simulated(case) {
        Ok(Simulation { decision, .. }) if decision == "implicitDeny" => {
            Ok(Proof::certain(says).because(SIMULATE, "EvalDecision", decision))
        }
        Ok(Simulation { decision, .. }) => {
            Err(Not::refuted(format!("the simulation of the caller's policies says {decision}")))
        }
        Err(Not::Unread(why)) => Ok(Proof::likely(says).without(&why)),
        Err(Not::Silent) => Ok(Proof::likely(says)),
        Err(not) => Err(not),
    }
}

/// How many other routes the simulation is asked about.
const OTHERS: usize = 2;

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
    let says = format!("The caller's policies allow execute-api:Invoke on {other}, but not on {resource}.");
    let proof = Proof::certain(says)
        .because(SIMULATE, resource.clone(), simulation.decision)
        .because(SIMULATE, other, "allowed");
    Ok(refused.because(proof).advice(format!("let the policy's ARN match {resource}")))
}

/// Another route of the stage, or the same in another stage, that the caller may call.
fn other_allowed<'a>(case: &Case<'a>, refused: &Refused<'a>) -> Result<Option<String>, Not> {
    let Ok(api) = &refused.api else { return Ok(None) };
    let target = case.target()?;
    let stage = target.stage()?;
    let deployed = target.deployed(case)?;
    let facts = case.facts;
    let arn = |rest: String| crate::arn::execute_api(&facts.region, &facts.account_id, &api.id, &rest);
    let own = format!("{}/{}{}", stage.name, case.request.method, target.path);
    let routes = deployed.entries.iter().filter(|(_, entry)| entry.authorization_type == Some("AWS_IAM"));
    let routes = routes.filter_map(|(key, _)| {
        let method = key.method.as_deref().filter(|method| *method != "ANY").unwrap_or("GET");
        Some(format!("{}/{method}{}", stage.name, key.path)).filter(|rest| *rest != own && !rest.contains('{'))
    });
    let stages = api.stages.ok().into_iter().flatten().filter(|other| other.name != stage.name);
    let stages = stages.map(|other| format!("{}/{}{}", other.name, case.request.method, target.path));
    let mut is_told = true;
    for rest in stages.take(1).chain(routes).take(OTHERS) {
        let other = arn(rest);
        match simulate(case, &refused.refusal.identity(), &other) {
            Ok(simulation) if simulation.decision == "allowed" => return Ok(Some(other)),
            Err(Not::Wanted) => is_told = false,
            _ => {}
        }
    }
    if is_told { Ok(None) } else { Err(Not::Wanted) }
}

fn no_invoke(case: &Case<'_>) -> Examined {
    let refused = Refused::of_own_account(case)?;
    if refused.refusal.is_explicit() {
        return Err(Not::refuted("the answer speaks of an explicit deny"));
    }
    let says = format!("No policy lets {} call the route.", refused.refusal.principal);
    let proof = judged(case, &refused, says)?;
    let resource = refused.refusal.unmasked(&case.facts.account_id);
    let resource = resource.unwrap_or_else(|| refused.refusal.resource.clone());
    let statement = json!({ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource });
    Ok(refused.because(proof).advice(format!("attach a policy with the statement {statement}")))
}
