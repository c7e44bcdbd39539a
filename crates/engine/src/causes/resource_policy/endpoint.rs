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
            let text = own.and_then(|own| own.get("PolicyDocument")).cloned().unwrap_or(Value::Null);
            let policy = text.as_str().and_then(policy::parse);
            if policy.as_ref().is_some_and(is_full_access) {
                return Err(Not::refuted(format!("the policy of {endpoint} gives full access")));
            }
            match policy.and_then(|policy| said_to_refused(case, endpoint, &policy)) {
                Some(Ruling::Denied(statement)) if explicit => {
                    let proof = proof.because("ec2:DescribeVpcEndpoints", "PolicyDocument", text);
                    return Ok(mended(case, proof, endpoint, &without(&statement)));
                }
                Some(Ruling::Depends { key, .. }) => {
                    let proof = proof.because("ec2:DescribeVpcEndpoints", "PolicyDocument", text);
                    return Ok(mended(case, proof, endpoint, &by_condition(&key)));
                }
                Some(ruling) if explicit || ruling != Ruling::NotAllowed => {
                    return Ok(otherwise(proof.despite("ec2:DescribeVpcEndpoints", "PolicyDocument", text), endpoint));
                }
                _ => proof.because("ec2:DescribeVpcEndpoints", "PolicyDocument", text),
            }
        }
        Err(Not::Unread(why)) => proof.without(&why),
        Err(not) => return Err(not),
    };
    Ok(mended(case, proof, endpoint, ALLOW))
}

const ALLOW: &str = "allow execute-api:Invoke on the API in the endpoint's policy";

/// What mends a statement that denies.
fn without(statement: &str) -> String {
    format!("take the statement {statement} out of the endpoint's policy, or narrow it")
}

/// What mends a condition that does not hold.
fn by_condition(key: &str) -> String {
    format!("let the sender in by {key} in the endpoint's policy, if it does not")
}

/// What an endpoint's policy says to a request whose refusal names it and tells what was called.
fn said_to_refused(case: &Case<'_>, endpoint: &str, policy: &Value) -> Option<Ruling> {
    let refusal = Refusal::of(case).ok()?;
    let client = &case.request.client;
    let sender = Sender {
        source_ip: client.source_ip,
        vpc_endpoint: Some(endpoint.to_owned()),
        vpc: client.vpc_id.clone(),
        principal: Some(refusal.identity()).filter(|_| !refusal.is_anonymous()),
    };
    let (api, _) = refusal.resource.splitn(6, ':').nth(5)?.split_once('/')?;
    // The endpoint is of the account that was read, whatever of its number the answer shows.
    let arn = api_arn(case, api);
    let of_api: Vec<Value> = policy::statements(policy).iter().filter_map(|own| of_api(own, &arn)).collect();
    Some(rule(&json!({ "Statement": of_api }), &sender, refusal.called()))
}

/// That the policy that was read is not the one that the answer speaks of.
fn otherwise(proof: Proof, endpoint: &str) -> Proof {
    let says = format!("{} The policy of {endpoint} that was read does not refuse this request so.", proof.says);
    Proof { says, ..proof }.at_most(Confidence::Possible).advice(
        "send the request again, and look which VPC endpoint it comes by: the policy may have been changed since, \
         and takes a while to be in force",
    )
}

/// A proof with what lets the request through, once the policy is written anew.
fn mended(case: &Case<'_>, proof: Proof, endpoint: &str, summary: &str) -> Proof {
    proof.command(
        summary,
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
    let api = target.api;
    let arn = api_arn(case, &api.id);
    let all = policy::statements(&policy);
    let may_allow_any = all.iter().any(|statement| may_allow(statement, &arn));
    let mut summary = ALLOW.to_owned();
    let says = match (ruling(case, target, all, &arn)?, explicit) {
        (Ruling::Denied(statement), None | Some(true)) => {
            summary = without(&statement);
            format!("The statement {statement} of the policy of {id} denies execute-api:Invoke on {}.", api.name)
        }
        (_, None | Some(false)) if !may_allow_any => {
            format!("No statement of the policy of {id} allows execute-api:Invoke on {}.", api.name)
        }
        // Of a request that nobody sent yet it is asked whether the API can be called at all.
        (Ruling::Allowed, None) => {
            return Err(Not::refuted("the endpoint's policy has a statement that allows the API"));
        }
        (_, None) if case.is_unsent() => {
            return Err(Not::refuted(
                "the endpoint's policy has a statement that allows the API, if not every route and caller",
            ));
        }
        (Ruling::NotAllowed, None | Some(false)) => {
            format!("No statement of the policy of {id} allows this request to {}.", api.name)
        }
        (Ruling::Depends { key, .. }, _) => {
            let says = format!("The policy of {id} decides by {key}, which the request does not tell.");
            let proof = Proof::possible(says).because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy.clone());
            return Ok(mended(case, proof, id, &by_condition(&key)));
        }
        (_, Some(_)) => return Err(Not::refuted("the endpoint's policy does not refuse the request so")),
    };
    let proof = Proof::likely(says).because("ec2:DescribeVpcEndpoints", "PolicyDocument", policy.clone());
    let proof = match explicit {
        Some(explicit) if is_apis_own(case, explicit)? => proof.at_most(Confidence::Possible),
        _ => proof,
    };
    Ok(mended(case, proof, id, &summary))
}

/// The ARN of an API of the account, as endpoints' policies name it.
fn api_arn(case: &Case<'_>, api_id: &str) -> String {
    let (region, account_id) = (&case.facts.region, &case.facts.account_id);
    format!("arn:{}:execute-api:{region}:{account_id}:{api_id}", arn::partition(region))
}

/// What the statements of an endpoint's policy that are of an API say to a request.
fn ruling(case: &Case<'_>, target: &Target<'_>, all: &[Value], arn: &str) -> Result<Ruling, Not> {
    let of_api: Vec<Value> = all.iter().filter_map(|statement| of_api(statement, arn)).collect();
    let caller = Refusal::of(case).ok().filter(|own| !own.is_anonymous()).map(|own| own.principal);
    // Who signed the request is told by some answers alone.
    let is_everybodys =
        |own: &Value| own.get("NotPrincipal").is_none() && own.get("Principal").is_none_or(is_everybody);
    if caller.is_none() && case.authorization.is_signed() && !of_api.iter().all(is_everybodys) {
        return Ok(Ruling::Depends { key: "Principal".to_owned(), denied_by: None });
    }
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
    let is = |statement: &Value, effect: &str| statement.get("Effect").is_some_and(|own| own == effect);
    let opens = |statement: &Value| {
        is(statement, "Allow")
            && statement.get("Condition").is_none()
            && statement.get("Principal").is_some_and(is_everybody)
            && is_all(statement, "Action", &["*", "execute-api:*"])
            && is_all(statement, "Resource", &["*"])
    };
    statements.iter().any(opens) && !statements.iter().any(|statement| is(statement, "Deny"))
}

/// Whether a statement's principal is everybody.
fn is_everybody(principal: &Value) -> bool {
    principal == "*" || principal.get("AWS").is_some_and(|own| policy::strings(own).any(|own| own == "*"))
}

/// Whether a statement allows anything of an API to anybody, as far as its action and resource tell.
fn may_allow(statement: &Value, api_arn: &str) -> bool {
    let leaves_out = |own: &Value| {
        let all = format!("{api_arn}/*");
        policy::strings(own).any(|pattern| pattern == "execute-api:/*" || policy::matches(pattern, &all))
    };
    statement.get("Effect").is_some_and(|effect| effect == "Allow")
        && policy::invokes(statement)
        && of_api(statement, api_arn).is_some()
        && !statement.get("NotResource").is_some_and(leaves_out)
}

/// A statement with those of its resources alone that may be of an API; nothing where it has others and none of these.
fn of_api(statement: &Value, api_arn: &str) -> Option<Value> {
    let is_own = |pattern: &&str| {
        let own = pattern.split_once('/').map_or(*pattern, |(api, _)| api);
        pattern.starts_with("execute-api:/") || policy::matches(own, api_arn)
    };
    let mut narrowed = statement.clone();
    for member in ["Resource", "NotResource"] {
        let Some(named) = narrowed.get_mut(member) else { continue };
        let own: Vec<String> = policy::strings(named).filter(is_own).map(str::to_owned).collect();
        if own.is_empty() && member == "Resource" {
            return None;
        }
        *named = json!(own);
    }
    Some(narrowed)
}
