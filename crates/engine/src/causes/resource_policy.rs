//! What denies a request before its authorizer is asked: the policy of the VPC endpoint that it comes by, and a Deny statement of
//! the API's resource policy.

mod endpoint;

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::case::signal::Signal;
use crate::case::target::{self, Target};
use crate::command;
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind, Stage};

causes! {
    /// The VPC endpoint's policy refuses the request
    ///
    /// ## What proves it
    ///
    /// The answer names a VPC endpoint policy; or it names none, and the policy of the endpoint that the request came by denies
    /// it, or has no statement that allows it, as the answer says. Where the answer names it, and the policy that was read does
    /// not refuse the request so, it is no more than possible. Where the API's own policy explains the answer, too, it is
    /// no more than possible, and so it is where the policy decides by something that the request does not tell. Where
    /// nothing was sent, that the endpoint's policy has no statement that allows
    /// `execute-api:Invoke` on the API, whoever sends and on whatever condition, or one that denies it to everybody.
    ///
    /// ## What refutes it
    ///
    /// A policy that allows the request.
    ///
    /// ## Remedy
    ///
    /// Allow the API in the endpoint's policy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html>
    "vpce-policy-denies", Cause, Proves, endpoint::policy_denies;

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
        let text = case.message().unwrap_or_default();
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

    /// Whether the answer says more than its type.
    pub(super) fn has_words(&self) -> bool {
        !self.text.is_empty()
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

/// Whether a statement of the policy certainly denies the request's sender.
///
/// # Errors
///
/// [`Not`], as the cause says it.
pub(super) fn denies(case: &Case<'_>) -> Result<bool, Not> {
    explicit_deny(case).map(|proof| proof.confidence == Confidence::Certain)
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
    // To deploy the policy as it stands changes nothing.
    Ok(judged.weighed(proof).advice("change the statement's condition, and deploy"))
}
