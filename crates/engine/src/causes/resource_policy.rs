//! What denies a request before its authorizer is asked: the policy of the VPC endpoint that it comes by, and a Deny statement of
//! the API's resource policy.

use serde_json::Value;

use crate::arn;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::case::signal::{self, Signal};
use crate::case::target::{self, Target};
use crate::case::vpc_endpoint::VpcEndpoint;
use crate::command;
use crate::configuration::Settings;
use crate::policy;
use crate::snapshot::ApiKind;

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
    /// The answer names an explicit deny, and a Deny statement of the policy applies to the sender.
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
        // A refusal that names a user or role is IAM's; one that names nobody at all is an authorizer's.
        if !text.is_empty() && !text.contains("User: anonymous") {
            return Err(Not::Silent);
        }
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest {
            return Err(Not::Silent);
        }
        Ok(Refused { case, target, text })
    }

    pub(super) fn is_explicit(&self) -> bool {
        self.text.contains("explicit deny")
    }

    /// The policy that callers meet, where an export shows it, and the one that is live.
    pub(super) fn policies(&self) -> Result<(Option<&'a Value>, Option<&'a Value>), Not> {
        let policy = |settings: &'a Settings| settings.policy.as_ref();
        let stage = self.target.stage()?;
        // Where the export was not read, the live policy is all that is known.
        let served = match target::served(self.case, self.target.api, stage)? {
            (configuration, _, None) => Some(&configuration.settings),
            (_, _, Some(_)) => None,
        };
        Ok((served.and_then(policy), policy(&self.target.api.live.settings)))
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
        let (Some(deployed), live) = self.policies()? else { return Ok(false) };
        let allows = match live {
            Some(live) => live != deployed && self.ruling(live)? == Ruling::Allowed,
            None => true,
        };
        Ok(allows && self.ruling(deployed)? != Ruling::Allowed)
    }

    pub(super) fn deploy(&self) -> Result<String, Not> {
        let stage = self.target.stage()?;
        Ok(command::deploy(ApiKind::Rest, &self.target.api.id, &stage.name, &self.case.facts.region).to_string())
    }
}

fn endpoint_policy(case: &Case<'_>) -> Examined {
    if case.shows(&[Signal::Forbidden]).is_ok() {
        return endpoint_lets_none_in(case);
    }
    let refused = Refused::of(case)?;
    if !refused.text.contains("VPC endpoint policy") {
        return Err(Not::Silent);
    }
    let sender = Sender::of(case, refused.target);
    let proof = Proof::likely("The answer names the policy of the VPC endpoint that the request came by.").because(
        "response",
        "body.Message",
        "explicit deny in a VPC endpoint policy",
    );
    let Some(endpoint) = sender.vpc_endpoint else {
        return Ok(proof.advice("allow execute-api:Invoke on the API in the VPC endpoint's policy"));
    };
    let list = case.list(Read::VpcEndpoints, "VpcEndpoints")?;
    let own = list.iter().find(|own| own.get("VpcEndpointId").is_some_and(|id| *id == endpoint));
    let policy = own.and_then(|own| own.get("PolicyDocument")).cloned().unwrap_or(Value::Null);
    Ok(proof.because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy).command(
        "allow execute-api:Invoke on the API in the endpoint's policy",
        command::Aws::new("ec2 modify-vpc-endpoint")
            .option("--vpc-endpoint-id", &endpoint)
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
    let (deployed, live) = refused.policies()?;
    let Some(policy) = deployed.or(live) else {
        return Err(Not::refuted("the API has no resource policy"));
    };
    if refused.waits()? {
        return Err(Not::refuted("the policy that is live would let the request in: it waits for its deployment"));
    }
    let proof = match refused.ruling(policy)? {
        Ruling::Denied(sid) => Proof::certain(format!("The statement {sid} of the API's resource policy denies this sender."))
            .because("apigateway:GetRestApi", "policy.Statement", sid),
        Ruling::Depends { denied_by: Some(key), .. } if !is_told => {
            Proof::likely(format!("A statement of the API's resource policy denies callers by {key}."))
                .because("apigateway:GetRestApi", "policy.Statement[].Condition", key)
        }
        Ruling::Depends { denied_by: None, .. } if !is_told => {
            return Err(Not::refuted("no Deny statement of the policy depends on the sender"));
        }
        Ruling::Depends { key, .. } => Proof::likely(format!(
            "The API's resource policy has conditions on {key}, which the request does not tell; the answer names an explicit deny."
        ))
        .because("apigateway:GetRestApi", "policy.Statement[].Condition", key),
        Ruling::Allowed | Ruling::NotAllowed => return Err(Not::refuted("no Deny statement of the policy applies to this sender")),
    };
    Ok(proof.command("change the statement's condition, and deploy", refused.deploy()?))
}
