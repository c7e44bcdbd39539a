//! The policy of the VPC endpoint that a request comes by.

use serde_json::{Value, json};

use super::{ENDPOINT_POLICY, Refused};
use crate::arn;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::refusal::Refusal;
use crate::case::resource_policy::{Ruling, Sender, rule};
use crate::case::signal::Signal;
use crate::case::target::{Target, Via};
use crate::case::vpc_endpoint::VpcEndpoint;
use crate::command;
use crate::exchange::host::Host;
use crate::policy;
use crate::snapshot::ApiKind;

pub(super) fn policy_denies(case: &Case<'_>) -> Examined {
    if case.shows(&[Signal::Forbidden]).is_ok() {
        return unnamed(case, None);
    }
    // Whoever calls: a signed request's refusal names its user or role.
    case.shows(&[Signal::AccessDenied])?;
    case.response()?;
    let text = case.message().unwrap_or_default();
    let Some(at) = text.find(ENDPOINT_POLICY) else { return unnamed(case, Some(&text)) };
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
    Ok(mended(case, proof, endpoint))
}

/// A proof with what lets the request through.
fn mended(case: &Case<'_>, proof: Proof, endpoint: &str) -> Proof {
    proof.command(
        "allow execute-api:Invoke on the API in the endpoint's policy",
        command::Aws::new("ec2 modify-vpc-endpoint")
            .option("--vpc-endpoint-id", endpoint)
            .option("--policy-document", "file://policy.json")
            .option("--region", &case.facts.region),
    )
}

/// The endpoint that a request comes by: the one in its host, or the only one with private DNS in the sender's VPC, which takes
/// a private API's own name.
fn endpoint_of(case: &Case<'_>, target: &Target<'_>) -> Result<VpcEndpoint, Not> {
    let named = Sender::of(case, target).vpc_endpoint;
    let by_private_dns = named.is_none() && target.via == Via::Endpoint && target.api.is_private();
    let vpc = case.request.client.vpc_id.as_ref().filter(|_| by_private_dns && !case.is_unsent());
    if named.is_none() && vpc.is_none() {
        return Err(Not::Silent);
    }
    let is_it = |own: &VpcEndpoint| match &named {
        Some(id) => own.vpc_endpoint_id == *id,
        None => own.private_dns_enabled && vpc == Some(&own.vpc_id),
    };
    let mut all = VpcEndpoint::all(case.ask(Read::VpcEndpoints)?).filter(is_it);
    match (all.next(), all.next()) {
        (Some(endpoint), None) => Ok(endpoint),
        _ => Err(Not::Silent),
    }
}

/// That the policy of the endpoint that a request comes by refuses it, where the answer, if there is one, names no policy.
fn unnamed(case: &Case<'_>, text: Option<&str>) -> Examined {
    // A refusal that names another policy is of that one; one that names nobody is an authorizer's.
    if text.is_some_and(|text| text.contains(" policy") || !text.contains("User: ")) {
        return Err(Not::Silent);
    }
    let explicit = text.map(|text| text.contains("explicit deny"));
    let target = case.target()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let endpoint = endpoint_of(case, target)?;
    let id = &endpoint.vpc_endpoint_id;
    let policy = endpoint.policy_document.as_deref().and_then(policy::parse).ok_or(Not::Silent)?;
    let (facts, api) = (case.facts, target.api);
    let partition = arn::partition(&facts.region);
    let arn = format!("arn:{partition}:execute-api:{}:{}:{}", facts.region, facts.account_id, api.id);
    let all = policy::statements(&policy);
    let may_allow_any = all.iter().any(|statement| may_allow(statement, &arn));
    let says = match (ruling(case, target, all, &arn)?, explicit) {
        (Ruling::Denied(statement), None | Some(true)) => {
            format!("The statement {statement} of the policy of {id} denies execute-api:Invoke on {}.", api.name)
        }
        (_, None | Some(false)) if !may_allow_any => {
            format!("No statement of the policy of {id} allows execute-api:Invoke on {}.", api.name)
        }
        (Ruling::NotAllowed, Some(false)) => {
            format!("No statement of the policy of {id} allows this request to {}.", api.name)
        }
        (Ruling::Depends { key, .. }, Some(_)) => {
            let says = format!("The policy of {id} has conditions on {key}, which the request does not tell.");
            let proof = Proof::possible(says).because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy.clone());
            return Ok(mended(case, proof, id));
        }
        (_, None) => return Err(Not::refuted("the endpoint's policy has a statement that allows the API")),
        (_, Some(_)) => return Err(Not::refuted("the endpoint's policy does not refuse the request so")),
    };
    let proof = Proof::likely(says).because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy.clone());
    let proof = match explicit {
        Some(explicit) if is_apis_own(case, explicit)? => proof.at_most(Confidence::Possible),
        _ => proof,
    };
    Ok(mended(case, proof, id))
}

/// What the statements of an endpoint's policy that are of an API say to a request.
fn ruling(case: &Case<'_>, target: &Target<'_>, all: &[Value], arn: &str) -> Result<Ruling, Not> {
    let has_not =
        |own: &Value| ["NotAction", "NotResource", "NotPrincipal"].iter().any(|member| own.get(member).is_some());
    if all.iter().any(has_not) {
        return Ok(Ruling::Depends { key: "what it leaves out".to_owned(), denied_by: None });
    }
    let of_api: Vec<&Value> = all.iter().filter(|statement| names_api(statement, arn)).collect();
    let caller = Refusal::of(case).ok().filter(|own| !own.is_anonymous()).map(|own| own.principal);
    let sender = Sender { principal: caller, ..Sender::of(case, target) };
    let path = target.path.trim_start_matches('/');
    let resource = format!("{}/{}/{path}", target.stage()?.name, case.method());
    Ok(rule(&json!({ "Statement": of_api }), &sender, &resource))
}

/// Whether the API's own policy explains a refusal as well, which names an explicit deny or not.
fn is_apis_own(case: &Case<'_>, explicit: bool) -> Result<bool, Not> {
    let Ok(refused) = Refused::of(case) else { return Ok(false) };
    match refused.judged() {
        Ok(judged) => Ok(match judged.ruling {
            Ruling::Denied(_) => explicit,
            Ruling::NotAllowed => !explicit,
            Ruling::Depends { .. } => true,
            Ruling::Allowed => false,
        }),
        Err(Not::Wanted) => Err(Not::Wanted),
        // Without a policy, a private API lets nobody in.
        Err(_) => Ok(!explicit && refused.target.api.is_private()),
    }
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
    statement.get("Effect").is_some_and(|effect| effect == "Allow")
        && lists("Action", &invokes)
        && names_api(statement, api_arn)
}

/// Whether a statement is of an API. What a pattern says of stages and routes is left out of account: it may be of some of them.
fn names_api(statement: &Value, api_arn: &str) -> bool {
    let of_api = |pattern: &str| {
        let own = pattern.split_once('/').map_or(pattern, |(api, _)| api);
        pattern.starts_with("execute-api:/") || policy::matches(own, api_arn)
    };
    statement.get("Resource").is_none_or(|own| policy::strings(own).any(of_api))
}
