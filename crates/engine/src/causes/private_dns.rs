//! Names of private and public APIs within a VPC.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::network::{could_not_connect, could_not_resolve};
use super::private_api::endpoints;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::signal::Signal;
use crate::case::vpc_endpoint::VpcEndpoint;
use crate::command::Aws;
use crate::exchange::host::Host;
use crate::observed::NotRead;
use crate::snapshot::{Api, ApiKind};

causes! {
    /// The VPC does not resolve private names
    ///
    /// ## What proves it
    ///
    /// The API is private, the sender is in a VPC, and the VPC's DNS support or DNS host names are switched off. Where that was
    /// not read, it is likely of a name that does not resolve in a VPC whose endpoint has private DNS.
    ///
    /// ## What refutes it
    ///
    /// Both are on.
    ///
    /// ## Remedy
    ///
    /// Switch both on.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    "vpc-dns-attributes-off", Cause, Proves, dns_attributes;

    /// A private API is called from outside its VPC
    ///
    /// ## What proves it
    ///
    /// The API is private, its name does not resolve or cannot be reached, and the sender is outside the VPCs that have an
    /// endpoint with private DNS: only there its default name resolves. The sender's VPC has none, or its address is a public
    /// one, or no endpoint of the account has private DNS. Where the sender's place is not known, or the endpoints were not
    /// read, it is likely of a name that does not resolve, and possible of one that cannot be reached. Where nothing was sent, that no
    /// endpoint of the account has.
    ///
    /// ## What refutes it
    ///
    /// The API is not private; the sender's VPC has an endpoint with private DNS.
    ///
    /// ## Remedy
    ///
    /// Call it from within the VPC, or by the VPC endpoint's own name with `x-apigw-api-id`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    "dns-private-api-from-public", Cause, Warns, from_public;

    /// Private DNS leads a public API's name to a VPC endpoint
    ///
    /// ## What proves it
    ///
    /// The API is not private, its name resolves to private addresses, and a VPC endpoint for `execute-api` has private DNS:
    /// within that VPC every `execute-api` name of the region leads to the endpoint, which answers for private APIs alone.
    /// Where nothing was sent, that the sender is in the VPC of such an endpoint. Where the API is none of this account's, or
    /// was not read, it is likely: nothing tells its type.
    ///
    /// ## What refutes it
    ///
    /// The API is private, or the name resolves to public addresses.
    ///
    /// ## Remedy
    ///
    /// Call it by a regional custom domain name, or switch private DNS off on the endpoint.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    "private-dns-captures-public-api", Cause, Proves, captured;
}

fn dns_attributes(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: None, .. } = &case.host else { return Err(Not::Silent) };
    if !case.is_unsent() && could_not_resolve(case).is_err() && could_not_connect(case).is_err() {
        case.shows(&[Signal::Forbidden])?;
        case.response()?;
    }
    let Some(vpc) = &case.request.client.vpc_id else { return Err(Not::Silent) };
    if !case.api(api_id)?.is_some_and(Api::is_private) {
        return Err(Not::Silent);
    }
    for (attribute, member) in [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]
    {
        let answer = match case.ask(Read::VpcAttribute { vpc: vpc.clone(), attribute: attribute.to_owned() }) {
            Err(Not::Unread(why)) if could_not_resolve(case).is_ok() => return attributes_unread(case, vpc, &why),
            answer => answer?,
        };
        let on = answer.and_then(|answer| answer.get(member)?.get("Value")?.as_bool());
        if on == Some(false) {
            return Ok(Proof::certain(format!(
                "{attribute} of {vpc} is off, so that the name does not resolve to the VPC endpoint."
            ))
            .because("ec2:DescribeVpcAttribute", format!("{member}.Value"), false)
            .command(
                "switch it on",
                Aws::new(if attribute == "enableDnsSupport" {
                    "ec2 modify-vpc-attribute --enable-dns-support"
                } else {
                    "ec2 modify-vpc-attribute --enable-dns-hostnames"
                })
                .option("--vpc-id", vpc)
                .option("--region", &case.facts.region),
            ));
        }
    }
    Err(Not::refuted("the VPC's DNS support and DNS host names are on"))
}

/// That a name does not resolve where it should: in a VPC whose endpoint has private DNS, of which its own settings were not
/// read.
fn attributes_unread(case: &Case<'_>, vpc: &str, why: &NotRead) -> Examined {
    let all = endpoints(case)?;
    let has_private_dns = |endpoint: &&VpcEndpoint| endpoint.private_dns_enabled && endpoint.vpc_id == vpc;
    let Some(endpoint) = all.iter().find(has_private_dns) else { return Err(why.into()) };
    let id = endpoint.vpc_endpoint_id.clone();
    let says = format!(
        "{id} has private DNS, and the name does not resolve within {vpc}; whether the VPC's DNS support and DNS host names are on \
         was not read."
    );
    Ok(Proof::likely(says)
        .because("ec2:DescribeVpcEndpoints", "PrivateDnsEnabled", id)
        .without(why)
        .advice(format!("look whether enableDnsSupport and enableDnsHostnames of {vpc} are on")))
}

fn from_public(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: None, .. } = &case.host else { return Err(Not::Silent) };
    if !case.is_unsent() && could_not_resolve(case).is_err() {
        could_not_connect(case)?;
    }
    let api = case.api(api_id)?.ok_or(Not::Silent)?;
    if !api.is_private() {
        return Err(Not::refuted("the API is not private"));
    }
    if case.is_unsent() {
        if endpoints(case)?.iter().any(|endpoint| endpoint.private_dns_enabled) {
            return Err(Not::refuted("a VPC endpoint has private DNS, so that the name resolves within its VPC"));
        }
        return Ok(Proof::possible(format!(
            "{} is private, and no VPC endpoint of the account has private DNS: its own name resolves in none of its VPCs.",
            api.name
        ))
        .hanging_on_sender()
        .because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
        .because("ec2:DescribeVpcEndpoints", "VpcEndpoints[].PrivateDnsEnabled", false)
        .advice(format!("call it by a VPC endpoint's own name with x-apigw-api-id: {api_id}, or switch private DNS on")));
    }
    Ok(outside(case, api)?
        .because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
        .because("response", "body", "the client could not reach the host")
        .advice(format!(
            "call it from within the VPC, or by the VPC endpoint's own name with x-apigw-api-id: {api_id}"
        )))
}

/// How sure it is that who could not reach a private API is outside the VPCs in which its name resolves.
fn outside(case: &Case<'_>, api: &Api) -> Examined {
    let rule =
        format!("{} is private: its name resolves only within a VPC that has an endpoint with private DNS", api.name);
    // Within such a VPC the name resolves, and what blocks the connection is another cause.
    let weak = |says: String| match could_not_resolve(case) {
        Ok(()) => Proof::likely(says),
        Err(_) => Proof::possible(says),
    };
    let client = &case.request.client;
    if let Some(address) = client.source_ip.filter(|address| client.vpc_id.is_none() && is_public_address(address)) {
        return Ok(Proof::certain(format!("{rule}, and the sender's address {address} is a public one.")).because(
            "request",
            "client.sourceIp",
            address.to_string(),
        ));
    }
    let all = match endpoints(case) {
        Err(Not::Unread(why)) => {
            return Ok(weak(format!("{rule}; which VPCs have one was not read.")).without(&why));
        }
        all => all?,
    };
    let mut private = all.iter().filter(|endpoint| endpoint.private_dns_enabled);
    let shown = |proof: Proof| proof.because("ec2:DescribeVpcEndpoints", "VpcEndpoints[].PrivateDnsEnabled", false);
    match &client.vpc_id {
        Some(vpc) => match private.find(|endpoint| endpoint.vpc_id == *vpc) {
            Some(endpoint) => Err(Not::refuted(format!(
                "the sender is in {vpc}, in which {} has private DNS",
                endpoint.vpc_endpoint_id
            ))),
            None => Ok(shown(Proof::certain(format!("{rule}, and {vpc}, in which the sender is, has none.")))),
        },
        None => match private.next() {
            None => Ok(shown(Proof::certain(format!("{rule}, and the account has none.")))),
            Some(endpoint) => {
                let says = format!("{rule}, as {} has; whether the sender is in one is not known.", endpoint.vpc_id);
                Ok(weak(says).despite(
                    "ec2:DescribeVpcEndpoints",
                    "PrivateDnsEnabled",
                    endpoint.vpc_endpoint_id.clone(),
                ))
            }
        },
    }
}

/// Whether an address is one of the internet's, which no instance in a VPC sends from to a private address.
fn is_public_address(address: &IpAddr) -> bool {
    let is_shared = |own: &std::net::Ipv4Addr| matches!(own.octets(), [100, 64..=127, ..]);
    !is_private_address(address)
        && !address.is_loopback()
        && !matches!(address, IpAddr::V4(own) if own.is_link_local() || is_shared(own))
}

fn captured(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: None, .. } = &case.host else { return Err(Not::Silent) };
    case.shows(&[Signal::Forbidden])?;
    let public = Public::of(case, api_id)?;
    if case.is_unsent() {
        return captured_in(case, &public);
    }
    let answer = match case.ask(Read::Dns(case.request.url.host.clone())) {
        // Where the sender is tells as much as the address that it was given.
        Err(Not::Unread(why)) if case.request.client.vpc_id.is_some() => {
            return Ok(captured_in(case, &public)?.without(&why));
        }
        answer => answer?,
    };
    let addresses: Vec<IpAddr> =
        answer.and_then(Value::as_array).into_iter().flatten().filter_map(|own| own.as_str()?.parse().ok()).collect();
    if addresses.is_empty() || !addresses.iter().all(is_private_address) {
        return Err(Not::refuted("the name resolves to public addresses"));
    }
    let what = public.what();
    let says = format!("{what}, and its name leads to private addresses: a VPC endpoint with private DNS takes it.");
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let proof = public.shown(Proof::certain(says).because("dns", case.request.url.host.clone(), json!(shown)));
    let advice = CAPTURED;
    match endpoints(case) {
        Ok(all) => match all.iter().find(|endpoint| endpoint.private_dns_enabled) {
            Some(endpoint) => {
                let proof =
                    proof.because("ec2:DescribeVpcEndpoints", "PrivateDnsEnabled", endpoint.vpc_endpoint_id.clone());
                Ok(proof.command(advice, switch_off(case, endpoint)))
            }
            None => Ok(proof.at_most(Confidence::Likely).advice(advice)),
        },
        Err(Not::Unread(why)) => Ok(proof.without(&why).advice(advice)),
        Err(not) => Err(not),
    }
}

/// An API whose name private DNS may take: one that is not private, or one whose type cannot be read.
enum Public<'a> {
    Known(&'a Api),
    /// It is none of this account's and region's, by its id.
    Foreign(String),
    /// It was not read.
    Unread(String, NotRead),
}

impl<'a> Public<'a> {
    fn of(case: &Case<'a>, api_id: &str) -> Result<Public<'a>, Not> {
        match case.api(api_id) {
            Ok(Some(api)) if api.kind == ApiKind::WebSocket || api.is_private() => {
                Err(Not::refuted("the API is private: its name belongs to VPC endpoints"))
            }
            Ok(Some(api)) => Ok(Public::Known(api)),
            Ok(None) if !case.is_unsent() => Ok(Public::Foreign(api_id.to_owned())),
            Err(Not::Unread(why)) if !case.is_unsent() => Ok(Public::Unread(api_id.to_owned(), why)),
            Ok(None) => Err(Not::Silent),
            Err(not) => Err(not),
        }
    }

    /// What is known of it, as the beginning of a sentence.
    fn what(&self) -> String {
        match self {
            Public::Known(api) => format!("{} is not private", api.name),
            Public::Foreign(id) => format!("{id} is no API of this account and region, which may well be public"),
            Public::Unread(id, _) => format!("{id} may well be public"),
        }
    }

    /// A proof with what was read of the API; what only it could tell is not certain without.
    fn shown(&self, proof: Proof) -> Proof {
        match self {
            Public::Known(api) => {
                proof.because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
            }
            Public::Foreign(_) => proof.because("apigateway:GetRestApi", "id", Value::Null).at_most(Confidence::Likely),
            Public::Unread(_, why) => proof.without(why),
        }
    }
}

/// What helps where private DNS takes the name of a public API.
const CAPTURED: &str = "call it by a regional custom domain name, or switch private DNS off on the VPC endpoint";

fn switch_off(case: &Case<'_>, endpoint: &VpcEndpoint) -> Aws {
    Aws::new("ec2 modify-vpc-endpoint --no-private-dns-enabled")
        .option("--vpc-endpoint-id", &endpoint.vpc_endpoint_id)
        .option("--region", &case.facts.region)
}

/// That a sender will be captured who is known to be in a VPC.
fn captured_in(case: &Case<'_>, public: &Public<'_>) -> Examined {
    let Some(vpc) = &case.request.client.vpc_id else { return Err(Not::Silent) };
    let all = endpoints(case)?;
    let Some(endpoint) = all.iter().find(|own| own.private_dns_enabled && own.vpc_id == *vpc) else {
        return Err(Not::refuted("no VPC endpoint of the sender's VPC has private DNS"));
    };
    let (what, id) = (public.what(), &endpoint.vpc_endpoint_id);
    let proof = Proof::certain(format!(
        "{what}, and within {vpc} its name leads to {id}, which answers for private APIs alone."
    ))
    .because("ec2:DescribeVpcEndpoints", "PrivateDnsEnabled", id.clone());
    Ok(public.shown(proof).command(CAPTURED, switch_off(case, endpoint)))
}

/// Whether an address is of a private network (RFC 1918, RFC 4193).
fn is_private_address(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(own) => own.is_private(),
        IpAddr::V6(own) => own.segments().first().is_some_and(|first| first & 0xfe00 == 0xfc00),
    }
}

#[cfg(test)]
mod tests;
