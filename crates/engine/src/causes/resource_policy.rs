//! What denies a request before its authorizer is asked: the policy of the VPC endpoint that it comes by, and a Deny statement of
//! the API's resource policy.

use serde_json::Value;

use crate::arn;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::case::signal::{self, Signal};
use crate::case::target::{self, Target};
use crate::case::vpc_endpoint::VpcEndpoint;
use crate::command;
use crate::exchange::host::Host;
use crate::observed::NotRead;
use crate::policy;
use crate::snapshot::{Api, ApiKind, Stage};

causes! {
    /// The VPC endpoint's policy refuses the request
    ///
    /// ## What proves it
    ///
    /// The answer names a VPC endpoint policy. Where nothing was sent, that the endpoint's policy has no statement that allows
    /// `execute-api:Invoke` on the API, whoever sends and on whatever condition.
    ///
    /// ## What refutes it
    ///
    /// A policy that allows everything.
    ///
    /// ## Remedy
    ///
    /// Allow the API in the endpoint's policy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html>
    "vpce-policy-denies", Cause, Proves, endpoint_policy;

    /// The resource policy denies the request
    ///
    /// ## What proves it
    ///
    /// The answer names an explicit deny, and a Deny statement of the policy applies to the sender. It is certain where the
    /// live policy and the one that the stage's export shows say so, and no more than possible where nothing was sent and the
    /// statement depends on a sender who is not known.
    ///
    /// ## What refutes it
    ///
    /// No Deny statement applies.
    ///
    /// ## Remedy
    ///
    /// Change the statement's condition, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    "resource-policy-explicit-deny", Cause, Warns, explicit_deny;
}

/// The resource policies of an API. Whether an export shows the policy as it was deployed is not documented, so that nothing
/// is certain that only one of the two says.
#[derive(Clone, Copy)]
pub(super) struct Policies<'a> {
    /// The one that the stage's export shows; `None` where it shows none, or was not read.
    pub(super) exported: Option<&'a Value>,
    /// The one that is live.
    pub(super) live: Option<&'a Value>,
    /// Why the export was not read: the live policy is then all that is known.
    pub(super) unread: Option<&'a NotRead>,
}

impl<'a> Policies<'a> {
    pub(super) fn of(case: &Case<'a>, api: &'a Api, stage: &'a Stage) -> Result<Policies<'a>, Not> {
        let (configuration, _, unread) = target::served(case, api, stage)?;
        let exported = configuration.settings.policy.as_ref().filter(|_| unread.is_none());
        Ok(Policies { exported, live: api.live.settings.policy.as_ref(), unread })
    }
}

/// What a policy says to a request.
pub(super) struct Judged<'a> {
    pub(super) policy: &'a Value,
    /// The call that showed it.
    pub(super) source: &'static str,
    pub(super) ruling: Ruling,
    /// Whether the policy that is live and the one that the export shows say the same.
    agrees: bool,
}

impl Judged<'_> {
    /// Holds down a proof that rests on one of two policies that were read.
    pub(super) fn weighed(&self, proof: Proof) -> Proof {
        if self.agrees { proof } else { proof.at_most(Confidence::Likely) }
    }
}

/// A request that the authorization engine refused without knowing its sender.
pub(super) struct Refused<'c, 'a> {
    case: &'c Case<'a>,
    pub(super) target: &'c Target<'a>,
    text: String,
}

impl<'c, 'a> Refused<'c, 'a> {
    pub(super) fn of(case: &'c Case<'a>) -> Result<Refused<'c, 'a>, Not> {
        case.shows(&[Signal::AccessDenied])?;
        let text = case.response().ok().and_then(signal::message).unwrap_or_default();
        // A refusal that names a user or role is IAM's; one that names nobody at all is an authorizer's. Where the policy of
        // a VPC endpoint refuses, the API's own is not asked.
        if !text.is_empty() && !text.contains("User: anonymous") || text.contains(ENDPOINT_POLICY) {
            return Err(Not::Silent);
        }
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest {
            return Err(Not::Silent);
        }
        Ok(Refused { case, target, text })
    }

    pub(super) fn is_unsent(&self) -> bool {
        self.case.is_unsent()
    }

    pub(super) fn is_explicit(&self) -> bool {
        self.text.contains("explicit deny")
    }

    /// The policies of the stage and of the live API.
    pub(super) fn policies(&self) -> Result<Policies<'a>, Not> {
        Policies::of(self.case, self.target.api, self.target.stage()?)
    }

    /// The policy by which the request is judged, and what it says to it; [`Not::Refuted`], where there is none.
    pub(super) fn judged(&self) -> Result<Judged<'a>, Not> {
        let policies = self.policies()?;
        let none = || Not::refuted("the API has no resource policy");
        // An answer that names an explicit deny speaks of whichever of the two denies.
        let denies = |policy: Option<&Value>| {
            policy.map_or(Ok(false), |policy| Ok::<_, Not>(matches!(self.ruling(policy)?, Ruling::Denied(_))))
        };
        let is_of_live = self.is_explicit() && denies(policies.live)? && !denies(policies.exported)?;
        let (policy, source) = match policies.exported {
            Some(policy) if !is_of_live => (policy, "apigateway:GetExport"),
            _ => (policies.live.ok_or_else(none)?, "apigateway:GetRestApi"),
        };
        let ruling = self.ruling(policy)?;
        let agrees = match (policies.live, policies.exported) {
            _ if policies.unread.is_some() => true,
            (Some(live), Some(exported)) => live == exported || self.ruling(live)? == self.ruling(exported)?,
            _ => false,
        };
        let source = if policies.live == Some(policy) { "apigateway:GetRestApi" } else { source };
        Ok(Judged { policy, source, ruling, agrees })
    }

    pub(super) fn ruling(&self, policy: &Value) -> Result<Ruling, Not> {
        let stage = self.target.stage()?;
        let path = self.target.path.trim_start_matches('/');
        let resource = format!("{}/{}/{path}", stage.name, self.case.method());
        Ok(rule(policy, &Sender::of(self.case, self.target), &resource))
    }

    /// Whether the policy that is live would let the request in, and the one that callers meet does not: where the two were
    /// read and differ.
    pub(super) fn waits(&self) -> Result<bool, Not> {
        let Policies { exported, live, unread } = self.policies()?;
        Ok(unread.is_none() && live != exported && self.lets_in(live)? && !self.lets_in(exported)?)
    }

    /// Without a policy, a private API lets nobody in, and any other everybody.
    pub(super) fn lets_in(&self, policy: Option<&Value>) -> Result<bool, Not> {
        policy.map_or(Ok(!self.target.api.is_private()), |policy| Ok(self.ruling(policy)? == Ruling::Allowed))
    }

    pub(super) fn deploy(&self) -> Result<String, Not> {
        let stage = self.target.stage()?;
        Ok(command::deploy(ApiKind::Rest, &self.target.api.id, &stage.name, &self.case.facts.region).to_string())
    }
}

/// How a refusal names the policy of a VPC endpoint: `with an explicit deny in a …`, `because no … allows …`.
const ENDPOINT_POLICY: &str = "VPC endpoint policy";

fn endpoint_policy(case: &Case<'_>) -> Examined {
    if case.shows(&[Signal::Forbidden]).is_ok() {
        return endpoint_lets_none_in(case);
    }
    // Whoever calls: a signed request's refusal names its user or role.
    case.shows(&[Signal::AccessDenied])?;
    let text = signal::message(case.response()?).unwrap_or_default();
    let at = text.find(ENDPOINT_POLICY).ok_or(Not::Silent)?;
    let explicit = text.get(..at).is_some_and(|before| before.contains("explicit deny"));
    let named = if explicit { "explicit deny in a VPC endpoint policy" } else { "no VPC endpoint policy allows" };
    let proof = Proof::likely("The answer names the policy of the VPC endpoint that the request came by.").because(
        "response",
        "body.Message",
        named,
    );
    let (Host::ExecuteApi { vpc_endpoint: Some(endpoint), .. } | Host::ExecuteApiVpce { vpc_endpoint: endpoint, .. }) =
        &case.host
    else {
        return Ok(proof.advice("allow execute-api:Invoke on the API in the VPC endpoint's policy"));
    };
    let proof = match case.list(Read::VpcEndpoints, "VpcEndpoints") {
        Ok(list) => {
            let own = list.iter().find(|own| own.get("VpcEndpointId").is_some_and(|id| id == endpoint.as_str()));
            let policy = own.and_then(|own| own.get("PolicyDocument")).cloned().unwrap_or(Value::Null);
            if policy.as_str().and_then(policy::parse).is_some_and(|policy| is_full_access(&policy)) {
                return Err(Not::refuted(format!("the policy of {endpoint} gives full access")));
            }
            proof.because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy)
        }
        Err(Not::Unread(why)) => proof.without(&why),
        Err(not) => return Err(not),
    };
    Ok(proof.command(
        "allow execute-api:Invoke on the API in the endpoint's policy",
        command::Aws::new("ec2 modify-vpc-endpoint")
            .option("--vpc-endpoint-id", endpoint)
            .option("--policy-document", "file://policy.json")
            .option("--region", &case.facts.region),
    ))
}

/// That the policy of the endpoint that a request comes by lets nobody call the API.
fn endpoint_lets_none_in(case: &Case<'_>) -> Examined {
    let target = case.target()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let Some(id) = Sender::of(case, target).vpc_endpoint else { return Err(Not::Silent) };
    let mut all = VpcEndpoint::all(case.ask(Read::VpcEndpoints)?);
    let endpoint = all.find(|own| own.vpc_endpoint_id == id).ok_or(Not::Silent)?;
    let policy = endpoint.policy_document.as_deref().and_then(policy::parse).ok_or(Not::Silent)?;
    let (facts, api) = (case.facts, target.api);
    let partition = arn::partition(&facts.region);
    let arn = format!("arn:{partition}:execute-api:{}:{}:{}", facts.region, facts.account_id, api.id);
    if policy::statements(&policy).iter().any(|statement| may_allow(statement, &arn)) {
        return Err(Not::refuted("the endpoint's policy has a statement that allows the API"));
    }
    let says = format!("No statement of the policy of {id} allows execute-api:Invoke on {}.", api.name);
    Ok(Proof::likely(says).because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy).command(
        "allow execute-api:Invoke on the API in the endpoint's policy",
        command::Aws::new("ec2 modify-vpc-endpoint")
            .option("--vpc-endpoint-id", &id)
            .option("--policy-document", "file://policy.json")
            .option("--region", &case.facts.region),
    ))
}

/// Whether a policy gives everybody everything, as an endpoint's does where none was set, and denies nothing.
fn is_full_access(policy: &Value) -> bool {
    let is_all = |statement: &Value, member: &str, all: &[&str]| {
        statement.get(member).is_some_and(|own| policy::strings(own).any(|text| all.contains(&text)))
    };
    let statements = policy::statements(policy);
    let everybody =
        |own: &Value| own == "*" || own.get("AWS").is_some_and(|own| policy::strings(own).any(|own| own == "*"));
    let is = |statement: &Value, effect: &str| statement.get("Effect").is_some_and(|own| own == effect);
    let opens = |statement: &Value| {
        is(statement, "Allow")
            && statement.get("Condition").is_none()
            && statement.get("Principal").is_some_and(everybody)
            && is_all(statement, "Action", &["*", "execute-api:*"])
            && is_all(statement, "Resource", &["*"])
    };
    statements.iter().any(opens) && !statements.iter().any(|statement| is(statement, "Deny"))
}

/// Whether a statement allows anything of an API to anybody, as far as its action and resource tell.
fn may_allow(statement: &Value, api_arn: &str) -> bool {
    let lists = |member: &str, fits: &dyn Fn(&str) -> bool| {
        statement.get(member).is_none_or(|own| policy::strings(own).any(fits))
    };
    let invokes = |action: &str| policy::matches(&action.to_lowercase(), "execute-api:invoke");
    // What a pattern says of stages and routes is left out of account: it may allow some of them.
    let of_api = |pattern: &str| {
        let own = pattern.split_once('/').map_or(pattern, |(api, _)| api);
        pattern.starts_with("execute-api:/") || policy::matches(own, api_arn)
    };
    statement.get("Effect").is_some_and(|effect| effect == "Allow")
        && lists("Action", &invokes)
        && lists("Resource", &of_api)
}

fn explicit_deny(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    // Where nothing was sent, or the answer has no words, the policy alone tells.
    let is_told = !refused.text.is_empty();
    if is_told && !refused.is_explicit() {
        return Err(Not::Silent);
    }
    let judged = refused.judged()?;
    if refused.waits()? {
        return Err(Not::refuted("the policy that is live would let the request in: it waits for its deployment"));
    }
    let source = judged.source;
    let proof = match &judged.ruling {
        Ruling::Denied(sid) => Proof::certain(format!("The statement {sid} of the API's resource policy denies this sender."))
            .because(source, "policy.Statement[]", sid.clone()),
        // What depends on a sender who is not known is not evaluated.
        Ruling::Depends { denied_by: Some(key), .. } if !is_told => {
            let says = format!("A statement of the API's resource policy denies callers by {key}");
            if case.is_unsent() {
                Proof::possible(format!("{says}: whether it denies this one hangs on the sender, who is not told."))
                    .hanging_on_sender()
            } else {
                Proof::likely(format!("{says}."))
            }
            .because(source, "policy.Statement[].Condition", key.clone())
        }
        Ruling::Depends { denied_by: None, .. } if !is_told => {
            return Err(Not::refuted("no Deny statement of the policy depends on the sender"));
        }
        Ruling::Depends { key, .. } => Proof::likely(format!(
            "The API's resource policy has conditions on {key}, which the request does not tell; the answer names an explicit deny."
        ))
        .because(source, "policy.Statement[].Condition", key.clone()),
        Ruling::Allowed | Ruling::NotAllowed => return Err(Not::refuted("no Deny statement of the policy applies to this sender")),
    };
    Ok(judged.weighed(proof).command("change the statement's condition, and deploy", refused.deploy()?))
}
