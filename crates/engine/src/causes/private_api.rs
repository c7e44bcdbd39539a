//! Private APIs, and the VPC endpoints that lead to them.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::network::{could_not_connect, could_not_resolve};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes, if_known};
use crate::case::domain::Domain;
use crate::case::facts::Read;
use crate::case::resource_policy::{Ruling, Sender, contains, range_of, rule};
use crate::case::signal::Signal;
use crate::case::target;
use crate::case::vpc_endpoint::{Group, VpcEndpoint};
use crate::command::Aws;
use crate::exchange::host::{Host, own_endpoint};
use crate::observed::NotRead;
use crate::policy;
use crate::snapshot::{Api, ApiKind};

causes! {
    /// The VPC endpoint is not told which API is meant
    ///
    /// ## What proves it
    ///
    /// The request goes to a VPC endpoint's own name, and neither `x-apigw-api-id` nor `Host` names an API.
    ///
    /// ## What refutes it
    ///
    /// One of the two.
    ///
    /// ## Remedy
    ///
    /// Send `x-apigw-api-id`, or call `{api}-{endpoint}.execute-api…`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html>
    "private-api-host-header-missing", Cause, Silent, host_header;

    /// The header or the host names an API that is not private
    ///
    /// ## What proves it
    ///
    /// `x-apigw-api-id` names an API that does not exist here, or is not private. Or the host is `{api}-{endpoint}.execute-api…`,
    /// which exists for private APIs alone, and the API in it is not private.
    ///
    /// ## What refutes it
    ///
    /// A private API of this id.
    ///
    /// ## Remedy
    ///
    /// Send the id of the private API; call an API that is not private by its own name.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html>
    "private-api-id-header-wrong", Cause, Silent, wrong_id;

    /// The VPC endpoint is not associated with the API
    ///
    /// ## What proves it
    ///
    /// The host `{api}-{endpoint}.execute-api…` of a private API does not resolve, and the API's `vpcEndpointIds` lack the
    /// endpoint: such a host does not exist.
    ///
    /// ## What refutes it
    ///
    /// The endpoint is in the list; or the API is not private, so that no endpoint can be associated with it.
    ///
    /// ## Remedy
    ///
    /// Associate the endpoint with the API.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html>
    "private-api-vpce-not-associated", Cause, Proves, not_associated;

    /// The private custom domain name is not opened to the VPC endpoint
    ///
    /// ## What proves it
    ///
    /// The domain name is private, and no access association joins it to a VPC endpoint; or, where the sender's endpoint is
    /// known, none to that one. Or one does, and the domain name's own policy does not let the sender in.
    ///
    /// ## What refutes it
    ///
    /// An association with the endpoint, and no policy that keeps the sender out.
    ///
    /// ## Remedy
    ///
    /// Make the association; let the endpoint in by the policy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html>
    "private-domain-no-access-association", Cause, Proves, no_association;

    /// The VPC endpoint's security group does not let the sender in
    ///
    /// ## What proves it
    ///
    /// The connection is not answered, and no security group of the endpoint lets the sender's group or address in on 443.
    /// Where nothing was sent, that none lets anybody in.
    ///
    /// ## What refutes it
    ///
    /// A rule that lets it in.
    ///
    /// ## Remedy
    ///
    /// Let 443 in from the sender's group.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    "vpce-security-group-blocks", Cause, Proves, security_group;

}

/// A rule of a security group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Permission {
    ip_protocol: String,
    from_port: Option<i64>,
    to_port: Option<i64>,
    ip_ranges: Vec<Value>,
    ipv6_ranges: Vec<Value>,
    prefix_list_ids: Vec<Value>,
    user_id_group_pairs: Vec<Group>,
}

/// The region's VPC endpoints for `execute-api`.
pub(super) fn endpoints(case: &Case<'_>) -> Result<Vec<VpcEndpoint>, Not> {
    Ok(VpcEndpoint::all(case.ask(Read::VpcEndpoints)?).collect())
}

fn host_header(case: &Case<'_>) -> Examined {
    let Host::ExecuteApiVpce { vpc_endpoint, .. } = &case.host else { return Err(Not::Silent) };
    case.shows(&[Signal::Forbidden])?;
    let headers = &case.request.headers;
    let by_host = headers.get("host").is_some_and(|host| matches!(Host::of(host), Host::ExecuteApi { .. }));
    if headers.has("x-apigw-api-id") || by_host {
        return Err(Not::refuted("the request names the API"));
    }
    Ok(Proof::certain(format!(
        "{vpc_endpoint} serves every private API of its VPC, and the request does not say which is meant."
    ))
    .because("request", "headers.x-apigw-api-id", Value::Null)
    .because("request", "host", case.request.url.host.clone())
    .advice("send -H 'x-apigw-api-id: API', with the API's id"))
}

/// That a host of an API and a VPC endpoint is used for an API that is not private. Such names exist for private APIs
/// alone; an endpoint with private DNS takes every name of the region, and answers that it knows none.
fn public_by_endpoint(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, region, vpc_endpoint: Some(_) } = &case.host else { return Err(Not::Silent) };
    could_not_resolve(case).or_else(|_| case.shows(&[Signal::Forbidden]))?;
    let api = case.api(api_id)?.ok_or(Not::Silent)?;
    if api.is_private() {
        return Err(Not::refuted("the API that the host names is private"));
    }
    let url = &case.request.url;
    let says = format!("{} is not private, and names with a VPC endpoint in them are those of private APIs.", api.name);
    let source = api.kind.call(if api.kind == ApiKind::Rest { "GetRestApi" } else { "GetApi" });
    Ok(Proof::certain(says)
        .because(source, "endpointConfiguration.types", json!(api.endpoint_types))
        .because("request", "host", url.host.clone())
        .advice(format!("call the API by its own name: https://{}{}", own_endpoint(region, api_id), url.path)))
}

fn wrong_id(case: &Case<'_>) -> Examined {
    let Host::ExecuteApiVpce { .. } = &case.host else { return public_by_endpoint(case) };
    case.shows(&[Signal::Forbidden])?;
    let id = target::named_by_header(case).ok_or(Not::Silent)?;
    let none = |source: &str, path: &str| {
        Proof::certain(format!("There is no API {id} in this account and region.")).because(source, path, Value::Null)
    };
    let proof = match case.api(&id) {
        Ok(None) => none("apigateway:GetRestApi", "id"),
        // Only REST APIs are private: that none of them has the id is enough.
        Err(Not::Unread(why)) if !case.lacks_rest_api(&id)? => return Err(Not::Unread(why)),
        Err(Not::Unread(_)) => none("apigateway:GetRestApis", "items"),
        Err(not) => return Err(not),
        Ok(Some(api)) if !api.is_private() => {
            Proof::certain(format!("{} is not private, and a VPC endpoint answers for private APIs alone.", api.name))
                .because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
        }
        Ok(Some(_)) => return Err(Not::refuted("the API that the header names is private")),
    };
    Ok(proof.advice("send the id of the private API"))
}

fn not_associated(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: Some(endpoint), .. } = &case.host else { return Err(Not::Silent) };
    if !case.is_unsent() {
        could_not_resolve(case)?;
    }
    let api = case.api(api_id)?.ok_or(Not::Silent)?;
    if !api.is_private() {
        return Err(Not::refuted("the API is not private: no VPC endpoint can be associated with it"));
    }
    let associated = &api.live.settings.vpc_endpoint_ids;
    if associated.contains(endpoint) {
        return Err(Not::refuted("the endpoint is associated with the API"));
    }
    let patch = format!("op=add,path=/endpointConfiguration/vpcEndpointIds,value={endpoint}");
    Ok(Proof::certain(format!(
        "This name exists only for endpoints that {} is associated with, and {endpoint} is none of them.",
        api.name
    ))
    .because("apigateway:GetRestApi", "endpointConfiguration.vpcEndpointIds", json!(associated))
    .command(
        "associate the endpoint with the API",
        Aws::new("apigateway update-rest-api")
            .option("--rest-api-id", api_id)
            .option("--patch-operations", &patch)
            .option("--region", &case.facts.region),
    ))
}

fn no_association(case: &Case<'_>) -> Examined {
    if case.host != Host::Other || !matches!(case.signal(), None | Some(Signal::NoAnswer | Signal::Forbidden)) {
        return Err(Not::Silent);
    }
    let domain = Domain::itself(case)?;
    let types = domain.answer.get("endpointConfiguration").and_then(|endpoint| endpoint.get("types")?.as_array());
    if !types.is_some_and(|types| types.iter().any(|kind| kind == "PRIVATE")) {
        return Err(Not::Silent);
    }
    let list = match case.list(Read::AccessAssociations, "items") {
        Err(Not::Unread(why)) if !case.is_unsent() => {
            let says =
                format!("{} is private, and answers only VPC endpoints that are associated with it.", domain.name);
            return Ok(Proof::likely(says)
                .because("apigateway:GetDomainName", "endpointConfiguration.types", json!(types))
                .without(&why)
                .advice("look whether an access association joins the domain name to the sender's VPC endpoint"));
        }
        list => list?,
    };
    let arn = domain.answer.get("domainNameArn").and_then(Value::as_str);
    let is_own = |item: &Value| {
        let named = item.get("domainNameArn").and_then(Value::as_str).unwrap_or_default();
        arn.map_or_else(|| named.contains(&domain.name), |arn| named == arn)
    };
    let source =
        |item: &Value| item.get("accessAssociationSource").and_then(Value::as_str).unwrap_or_default().to_owned();
    let joined: Vec<String> = list.iter().filter(|item| is_own(item)).map(source).collect();
    let senders = senders_endpoints(case, &joined)?;
    if senders.is_none() && !joined.is_empty() || senders.iter().flatten().any(|own| joined.contains(own)) {
        return domain_policy(case, &domain, senders.as_deref().unwrap_or_default());
    }
    let to = senders.as_deref().map_or_else(|| "a VPC endpoint".to_owned(), |own| own.join(" or "));
    let named = senders.as_deref().and_then(<[String]>::first).cloned();
    let endpoint = match named {
        Some(own) => own,
        None => only_endpoint(case)?.unwrap_or_else(|| "VPCE_ID".to_owned()),
    };
    Ok(Proof::certain(format!("{} is private, and no access association joins it to {to}.", domain.name))
        .because("apigateway:GetDomainNameAccessAssociations", "items", json!(joined))
        .command(
            "make the association",
            Aws::new("apigateway create-domain-name-access-association")
                .option("--domain-name-arn", arn.unwrap_or("ARN"))
                .option("--access-association-source-type", "VPCE")
                .option("--access-association-source", &endpoint)
                .option("--region", &case.facts.region),
        ))
}

/// The VPC endpoints by which the sender may come, where its VPC is told and has some. They matter where it is told which ones
/// the domain name is associated with.
fn senders_endpoints(case: &Case<'_>, joined: &[String]) -> Result<Option<Vec<String>>, Not> {
    let are_told = !joined.is_empty() && joined.iter().all(|own| !own.is_empty());
    let Some(vpc) = case.request.client.vpc_id.as_ref().filter(|_| are_told) else { return Ok(None) };
    let all = endpoints(case)?.into_iter().filter(|own| own.vpc_id == *vpc);
    Ok(Some(all.map(|own| own.vpc_endpoint_id).collect()).filter(|own: &Vec<String>| !own.is_empty()))
}

/// The one VPC endpoint in the sender's VPC, where that is told and has one alone.
fn only_endpoint(case: &Case<'_>) -> Result<Option<String>, Not> {
    let Some(vpc) = case.request.client.vpc_id.as_ref() else { return Ok(None) };
    let all = if_known(endpoints(case))?.unwrap_or_default();
    let mut own = all.into_iter().filter(|own| own.vpc_id == *vpc);
    Ok(own.next().filter(|_| own.next().is_none()).map(|own| own.vpc_endpoint_id))
}

/// That the policy of a private domain name, which is associated, does not let the sender in.
fn domain_policy(case: &Case<'_>, domain: &Domain<'_>, endpoints: &[String]) -> Examined {
    let joins = || Not::refuted("an access association joins the domain name to a VPC endpoint");
    let text = domain.answer.get("policy").and_then(Value::as_str);
    let policy = text.and_then(policy::parse).ok_or_else(joins)?;
    let arn = domain.answer.get("domainNameArn").and_then(Value::as_str).unwrap_or_default();
    // `arn:…:/domainnames/{name}+{id}`, which its policy may name.
    let resource = arn.split_once(":/").map_or("", |(_, own)| own);
    let client = &case.request.client;
    let endpoint = match endpoints {
        [only] => Some(only.clone()),
        _ => None,
    };
    let sender =
        Sender { source_ip: client.source_ip, vpc_endpoint: endpoint, vpc: client.vpc_id.clone(), principal: None };
    let what = match rule(&policy, &sender, resource) {
        Ruling::Denied(statement) => format!("its statement {statement} denies the sender"),
        Ruling::NotAllowed => "no statement allows the sender".to_owned(),
        Ruling::Allowed | Ruling::Depends { .. } => return Err(joins()),
    };
    Ok(Proof::certain(format!("{} is private and has a policy: {what}.", domain.name))
        .because("apigateway:GetDomainName", "policy", policy)
        .advice("let the sender's VPC endpoint in by the policy of the domain name"))
}

/// That an endpoint does not answer, where it was not read whom its security groups let in.
fn unanswered(endpoint: Option<&String>, why: &NotRead) -> Examined {
    let name = endpoint.map_or("the endpoint", String::as_str);
    let says = format!("{name} did not answer; whether its security groups let the sender in on 443 was not read.");
    let advice = "let the sender in on 443 in a security group of the endpoint, if none does";
    Ok(Proof::possible(says).because("response", "status", 0).without(why).advice(advice))
}

fn security_group(case: &Case<'_>) -> Examined {
    if !case.is_unsent() {
        could_not_connect(case)?;
    }
    let named = match &case.host {
        Host::ExecuteApi { vpc_endpoint: Some(endpoint), .. } | Host::ExecuteApiVpce { vpc_endpoint: endpoint, .. } => {
            Some(endpoint)
        }
        Host::ExecuteApi { api_id, vpc_endpoint: None, .. } => {
            // The default name of a private API leads to whichever endpoint the VPC has.
            if !case.api(api_id)?.is_some_and(Api::is_private) {
                return Err(Not::Silent);
            }
            None
        }
        _ => return Err(Not::Silent),
    };
    let client = &case.request.client;
    if case.is_unsent() && named.is_none() && client.vpc_id.is_none() {
        return Err(Not::Silent);
    }
    let all = match endpoints(case) {
        Err(Not::Unread(why)) if !case.is_unsent() && named.is_some() => return unanswered(named, &why),
        all => all?,
    };
    let in_vpc = |endpoint: &&VpcEndpoint| client.vpc_id.as_ref().is_none_or(|vpc| *vpc == endpoint.vpc_id);
    let mut meant = all.iter().filter(|endpoint| named.map_or(in_vpc(endpoint), |id| endpoint.vpc_endpoint_id == *id));
    let (Some(endpoint), None) = (meant.next(), meant.next()) else { return Err(Not::Silent) };
    if case.is_unsent() && endpoint.groups.is_empty() {
        return Err(Not::Silent);
    }
    let groups: Vec<String> = endpoint.groups.iter().map(|group| group.group_id.clone()).collect();
    let list = match case.list(Read::SecurityGroups(groups.clone()), "SecurityGroups") {
        Err(Not::Unread(why)) if !case.is_unsent() => return unanswered(Some(&endpoint.vpc_endpoint_id), &why),
        list => list?,
    };
    let rules: Vec<Permission> = list
        .iter()
        .filter(|group| {
            group.get("GroupId").and_then(Value::as_str).is_some_and(|id| groups.iter().any(|own| own == id))
        })
        .filter_map(|group| group.get("IpPermissions").and_then(Value::as_array))
        .flatten()
        .filter_map(|rule| Permission::deserialize(rule).ok())
        .collect();
    let https = rules.iter().filter(|rule| rule.covers_https());
    if https.clone().any(|rule| rule.admits(&client.security_groups, client.source_ip)) {
        return Err(Not::refuted("a security group of the endpoint lets the sender in on 443"));
    }
    let known = !client.security_groups.is_empty() || client.source_ip.is_some() || https.count() == 0;
    if case.is_unsent() && !known {
        return Err(Not::refuted("a security group of the endpoint lets some in on 443"));
    }
    let says = format!("No security group of {} lets the sender in on 443.", endpoint.vpc_endpoint_id);
    let proof = if known { Proof::certain(says) } else { Proof::possible(says) };
    let group = groups.first().map(String::as_str).unwrap_or_default();
    let command = Aws::new("ec2 authorize-security-group-ingress").option("--group-id", group);
    let command = match (client.security_groups.first(), client.source_ip) {
        // `--cidr` takes IPv4 alone.
        (None, Some(address)) if address.is_ipv6() => {
            let range = range_of(address);
            let permission = format!("IpProtocol=tcp,FromPort=443,ToPort=443,Ipv6Ranges=[{{CidrIpv6={range}}}]");
            command.option("--ip-permissions", &permission)
        }
        (group, address) => {
            let command = command.option("--protocol", "tcp").option("--port", "443");
            match (group, address) {
                (None, Some(address)) => command.option("--cidr", &range_of(address)),
                (group, _) => command.option("--source-group", group.map_or("SENDERS_GROUP", String::as_str)),
            }
        }
    };
    Ok(proof
        .because("ec2:DescribeVpcEndpoints", "Groups", json!(groups))
        .because("ec2:DescribeSecurityGroups", "IpPermissions", rules.len())
        .command("let 443 in from the sender", command.option("--region", &case.facts.region)))
}

impl Permission {
    fn covers_https(&self) -> bool {
        self.ip_protocol == "-1"
            || (["tcp", "6"].contains(&self.ip_protocol.as_str())
                && self.from_port.is_none_or(|from| from <= 443)
                && self.to_port.is_none_or(|to| to >= 443))
    }

    fn admits(&self, groups: &[String], address: Option<IpAddr>) -> bool {
        let by_group = self.user_id_group_pairs.iter().any(|pair| groups.contains(&pair.group_id));
        let ranges = self.ip_ranges.iter().filter_map(|range| range.get("CidrIp")?.as_str());
        let ranges = ranges.chain(self.ipv6_ranges.iter().filter_map(|range| range.get("CidrIpv6")?.as_str()));
        let by_address = ranges.into_iter().any(|range| {
            ["0.0.0.0/0", "::/0"].contains(&range) || address.is_some_and(|address| contains(range, address))
        });
        // What a prefix list holds was not read: it may hold the sender.
        by_group || by_address || !self.prefix_list_ids.is_empty()
    }
}

#[cfg(test)]
mod tests;
