//! What IAM's simulation of a caller's policies says of the call. The policies themselves are not read.

use serde_json::Value;

use super::{Met, Refused};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::domain::glob;
use crate::case::facts::Read;
use crate::case::refusal::Refusal;
use crate::case::resource_policy::Ruling;
use crate::exchange::encoding::percent_decoded;
use crate::snapshot::ApiKind;

/// What IAM's simulation says.
pub(super) struct Simulation {
    /// `allowed`, `implicitDeny` or `explicitDeny`, of the resource that was asked for.
    pub(super) decision: String,
    /// The policy of the statement that decides, where it is told.
    pub(super) policy: Option<String>,
    /// The pattern of which it is said, where it is not said of the resource itself.
    pattern: Option<String>,
    /// Other resources on which the same answer allows the call.
    pub(super) allowed: Vec<String>,
}

impl Simulation {
    /// That it denies or allows nothing, which of a pattern does not tell of each resource that it covers.
    fn because(&self, proof: Proof) -> Proof {
        let proof = match &self.pattern {
            Some(pattern) => proof.because(SIMULATE, "EvalResourceName", pattern.clone()).at_most(Confidence::Likely),
            None => proof,
        };
        proof.because(SIMULATE, "EvalDecision", self.decision.clone())
    }
}

pub(super) const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// The simulation of what was refused, on a resource.
fn read(refusal: &Refusal, resource: &str) -> Read {
    let (principal, action) = (refusal.identity(), refusal.action.to_owned());
    Read::Simulation { principal, action, resource: resource.to_owned() }
}

/// What the simulation of a caller's policies says of an action on a resource.
pub(super) fn simulate(case: &Case<'_>, refusal: &Refusal, resource: &str) -> Result<Simulation, Not> {
    let results = case.list(read(refusal, resource), "EvaluationResults")?;
    let text = |result: &Value, name: &str| result.get(name).and_then(Value::as_str).map(str::to_owned);
    let own = own_names(case, refusal, resource);
    let (mut simulation, mut allowed) = (None, Vec::new());
    for result in results {
        let is_own = |own: String| own.eq_ignore_ascii_case(refusal.action);
        if !text(result, "EvalActionName").is_none_or(is_own) {
            continue;
        }
        let decision = text(result, "EvalDecision").unwrap_or_default();
        let of = text(result, "EvalResourceName");
        let is_exact = of.as_ref().is_some_and(|name| own.contains(name));
        let is_any = of.as_deref().is_none_or(|name| name == "*");
        if is_exact || is_any || of.as_deref().is_some_and(|name| own.iter().any(|own| glob(name, own))) {
            let matched = result.get("MatchedStatements").and_then(|statements| statements.get(0));
            let policy = matched.and_then(|statement| text(statement, "SourcePolicyId"));
            if !is_exact && !is_any && decision == "allowed" {
                allowed.extend(of.clone());
            }
            // What is said of the resource itself counts for more than what is said of all.
            if is_exact || simulation.is_none() {
                simulation = Some((decision, policy, of.filter(|_| !is_exact && !is_any)));
            }
        } else if decision == "allowed" {
            allowed.extend(of);
        }
    }
    // The service knows no such principal: nothing is told.
    let (decision, policy, pattern) = simulation.ok_or(Not::Silent)?;
    Ok(Simulation { decision, policy, pattern, allowed })
}

/// The names of what was called: as the refusal has it, whose template of a WebSocket API's connections stands for the one in
/// the request's path.
fn own_names(case: &Case<'_>, refusal: &Refusal, resource: &str) -> Vec<String> {
    let mut names = vec![resource.to_owned()];
    let before = resource.strip_suffix("{connectionId}").filter(|_| refusal.action == MANAGE);
    if let Some(before) = before
        && let Some((_, id)) = case.request.url.path.rsplit_once("/@connections/")
    {
        names.push(format!("{before}{id}"));
        names.push(format!("{before}{}", percent_decoded(id)));
    }
    names
}

/// What callers of a WebSocket API's connections have to be allowed.
const MANAGE: &str = "execute-api:ManageConnections";

/// That the simulation tells nothing, since IAM knows no caller by the ARN that a session's tells.
pub(super) fn unknown_caller(case: &Case<'_>, refusal: &Refusal, resource: &str, proof: Proof) -> Proof {
    match case.ask(read(refusal, resource)) {
        Ok(None) => {
            let says = format!(
                "{} IAM knows no {}, so that its policies could not be simulated: a role's path is not part of its sessions' ARN.",
                proof.says,
                refusal.identity()
            );
            Proof { says, ..proof }.because(SIMULATE, refusal.identity(), Value::Null)
        }
        _ => proof,
    }
}

/// A proof by what the simulation says of the call: certain where no policy of the caller allows it, and none of the API's does,
/// either of which would do within an account.
pub(super) fn judged<'a>(case: &Case<'a>, refused: &Refused<'a>, says: String) -> Examined {
    let proof = match refused.simulated(case) {
        Ok(own) if own.decision == "implicitDeny" => own.because(Proof::certain(says)),
        Ok(Simulation { decision, .. }) => {
            return Err(Not::refuted(format!("the simulation of the caller's policies says {decision}")));
        }
        Err(Not::Unread(why)) => Proof::likely(says).without(&why),
        Err(Not::Silent) => refused.by_nobody_known(case, Proof::likely(says)),
        Err(not) => return Err(not),
    };
    unless_the_api_allows(case, refused, proof)
}

/// A proof that rests on the caller's own policies, weighed by the API's, which may allow what they do not.
pub(super) fn unless_the_api_allows<'a>(case: &Case<'a>, refused: &Refused<'a>, proof: Proof) -> Examined {
    let api = match &refused.api {
        Ok(api) => api,
        Err(Not::Unread(why)) => return Ok(proof.without(why)),
        Err(_) => return Ok(proof.at_most(Confidence::Likely)),
    };
    if api.kind != ApiKind::Rest {
        return Ok(proof);
    }
    let Met { policy, source, waits, unread } = refused.met(case, api)?;
    // Whether exports show the policy as it was deployed is not documented.
    let proof = if waits { proof.at_most(Confidence::Likely) } else { proof };
    let Some(policy) = policy else { return Ok(proof) };
    match refused.ruling(case, policy) {
        Ruling::NotAllowed | Ruling::Denied(_) => Ok(proof),
        // The stage may serve another policy than the live one, which was read alone.
        Ruling::Allowed => match unread {
            Some(why) => Ok(proof.despite(source, "policy", policy.clone()).without(&why)),
            None => Err(Not::refuted("the API's resource policy allows the call, which does within its account")),
        },
        Ruling::Depends { key, .. } => {
            let says = format!("{} The API's resource policy allows callers by {key}, which is not known.", proof.says);
            Ok(Proof { says, ..proof.at_most(Confidence::Likely) })
        }
    }
}

/// How many other routes the simulation is asked about.
const OTHERS: usize = 2;

/// Another route of the stage, or the same in another stage, that the caller may call.
pub(super) fn other_allowed<'a>(case: &Case<'a>, refused: &Refused<'a>) -> Result<Option<String>, Not> {
    let Ok(api) = refused.api.as_ref() else { return Ok(None) };
    // A WebSocket API's routes are not what is called.
    if api.kind == ApiKind::WebSocket {
        return Ok(None);
    }
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
        match simulate(case, &refused.refusal, &other) {
            Ok(simulation) if simulation.decision == "allowed" => return Ok(Some(other)),
            Err(Not::Wanted) => is_told = false,
            _ => {}
        }
    }
    if is_told { Ok(None) } else { Err(Not::Wanted) }
}
