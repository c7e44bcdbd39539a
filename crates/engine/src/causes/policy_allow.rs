//! What refuses a request after its authorizer let it pass: a resource policy that does not allow it.

use serde_json::{Value, json};

use super::resource_policy::Refused;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::resource_policy::Ruling;
use crate::observed::NotRead;
use crate::policy;

causes! {
    /// A private API without a resource policy
    ///
    /// ## What proves it
    ///
    /// The API is private, and has no resource policy, or one without an Allow, live and in the stage's export: then nobody may
    /// call it. Where the export shows a policy that lets this sender in, it is no more than likely.
    ///
    /// ## What refutes it
    ///
    /// A policy that allows some callers.
    ///
    /// ## Remedy
    ///
    /// Attach a policy that allows `execute-api:Invoke` from the VPC endpoint, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    "private-api-no-resource-policy", Cause, Proves, private_without;

    /// The resource policy was edited, and not deployed
    ///
    /// ## What proves it
    ///
    /// The policy that is live would allow the request; the one that the stage's export shows would not. Whether an export
    /// shows the policy as it was deployed is not documented, so that the cause is likely at most. Where the export was not
    /// read, that the live policy allows what was refused makes it likely; that there is no live policy, only where the answer
    /// says whom it refuses.
    ///
    /// ## What refutes it
    ///
    /// Both policies say the same.
    ///
    /// ## Remedy
    ///
    /// Deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html>
    "resource-policy-not-redeployed", Cause, Proves, not_redeployed;

    /// The resource policy does not allow the request
    ///
    /// ## What proves it
    ///
    /// The API has a resource policy, and none of its Allow statements applies to the sender. It is certain where the live
    /// policy and the one that the stage's export shows say so.
    ///
    /// ## What refutes it
    ///
    /// No policy, or a statement that allows the sender.
    ///
    /// ## Remedy
    ///
    /// Add the sender's address, VPC or endpoint to the policy, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    "resource-policy-implicit-deny", Cause, Warns, implicit_deny;
}

fn private_without(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    let api = refused.target.api;
    if !api.is_private() || refused.is_explicit() {
        return Err(Not::Silent);
    }
    let live = api.live.settings.policy.as_ref();
    if live.is_some_and(policy::allows) {
        return Err(Not::refuted("the API's policy allows some callers"));
    }
    let policies = refused.policies()?;
    let allows = policies.exported.filter(|policy| policy::allows(policy));
    if let Some(exported) = allows
        && (case.is_unsent() || refused.ruling(exported)? != Ruling::Allowed)
    {
        return Err(Not::refuted("the policy that the stage's export shows allows some callers"));
    }
    let says = format!("{} is private and has no policy that allows anybody: all calls are refused.", api.name);
    // The sender would be let in, if that were the policy which is in force.
    let proof = allows.into_iter().fold(Proof::certain(says), |proof, exported| {
        proof
            .despite("apigateway:GetExport", "x-amazon-apigateway-policy", exported.clone())
            .at_most(Confidence::Likely)
    });
    Ok(proof
        .because("apigateway:GetRestApi", "policy", live.cloned().unwrap_or(Value::Null))
        .because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
        .advice("attach a resource policy that allows execute-api:Invoke from the VPC endpoint (aws:SourceVpce), and deploy"))
}

fn not_redeployed(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    let policies = refused.policies()?;
    if let Some(why) = policies.unread {
        return not_seen(&refused, policies.live, why);
    }
    if policies.live.is_none() && policies.exported.is_none() {
        return Err(Not::Silent);
    }
    if policies.live == policies.exported {
        return Err(Not::refuted("the stage's policy is the one that is live"));
    }
    if !refused.waits()? {
        return Err(Not::refuted("the live policy does not settle it"));
    }
    let says = match policies.live {
        Some(_) => "The policy that is live would let the request in; the one that the stage's export shows would not.",
        None => "The API has no policy any more; the one that the stage's export shows would not let the request in.",
    };
    Ok(Proof::likely(says)
        .because(
            "apigateway:GetExport",
            "x-amazon-apigateway-policy",
            policies.exported.cloned().unwrap_or(Value::Null),
        )
        .because("apigateway:GetRestApi", "policy", policies.live.cloned().unwrap_or(Value::Null))
        .command("deploy the API to the stage", refused.deploy()?))
}

/// That the policy that is live lets the request in, which was refused, where the one that the stage serves was not read.
fn not_seen(refused: &Refused<'_, '_>, live: Option<&Value>, why: &NotRead) -> Examined {
    if refused.is_unsent() {
        return Err(Not::Silent);
    }
    if !refused.lets_in(live)? {
        return Err(Not::refuted("the live policy does not let the request in either, or does not settle it"));
    }
    let proof = match live {
        Some(_) => Proof::likely(
            "The policy that is live lets the request in: the stage may serve another one, which was not read.",
        ),
        // That the stage serves a policy at all nothing tells but the refusal: without its words, that is no sign of one.
        None => {
            let says = "The API has no policy any more: the stage may still serve one, which was not read.";
            if refused.has_words() { Proof::likely(says) } else { Proof::possible(says) }
        }
    };
    Ok(proof
        .because("apigateway:GetRestApi", "policy", live.cloned().unwrap_or(Value::Null))
        .without(why)
        .command("deploy the API to the stage", refused.deploy()?))
}

fn implicit_deny(case: &Case<'_>) -> Examined {
    let refused = Refused::of(case)?;
    if refused.is_explicit() {
        return Err(Not::Silent);
    }
    let judged = refused.judged()?;
    let (confidence, says) = match &judged.ruling {
        Ruling::NotAllowed => {
            (Confidence::Certain, "No statement of the API's resource policy allows this sender.".to_owned())
        }
        Ruling::Depends { denied_by: Some(_), .. } if case.is_unsent() => {
            return Err(Not::refuted("a Deny statement of the policy depends on the sender"));
        }
        Ruling::Depends { key, .. } if case.is_unsent() => {
            (Confidence::Likely, format!("The API's resource policy lets callers in by {key}, and refuses others."))
        }
        Ruling::Depends { key, .. } => (
            Confidence::Likely,
            format!("The API's resource policy allows callers by {key}, which the request does not tell."),
        ),
        Ruling::Allowed | Ruling::Denied(_) => return Err(Not::refuted("the policy does not leave this sender out")),
    };
    let statements = judged.policy.get("Statement").cloned().unwrap_or(Value::Null);
    Ok(judged
        .weighed(Proof::certain(says).at_most(confidence))
        .because(judged.source, "policy.Statement", statements)
        // To deploy the policy as it stands changes nothing.
        .advice("add the sender's address, VPC or endpoint to the policy, and deploy"))
}

#[cfg(test)]
mod tests;
