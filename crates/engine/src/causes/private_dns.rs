//! Names of private and public APIs within a VPC.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::network::{could_not_connect, could_not_resolve};
use super::private_api::{endpoints, is_private};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::exchange::host::Host;
use crate::snapshot::ApiKind;

causes! {
    /// The VPC does not resolve private names
    ///
    /// ## What proves it
    ///
    /// The API is private, the sender is in a VPC, and the VPC's DNS support or DNS host names are switched off.
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
    /// The API is private, and its name does not resolve or cannot be reached: its default name resolves only within a VPC
    /// that has an endpoint with private DNS.
    ///
    /// ## What refutes it
    ///
    /// The API is not private.
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
    if could_not_resolve(case).is_err() && could_not_connect(case).is_err() {
        case.shows(&[Signal::Forbidden])?;
        case.response()?;
    }
    let Some(vpc) = &case.request.client.vpc_id else { return Err(Not::Silent) };
    if !case.api(api_id)?.is_some_and(is_private) {
        return Err(Not::Silent);
    }
    for (attribute, member) in [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]
    {
        let answer = case.ask(Read::VpcAttribute { vpc: vpc.clone(), attribute: attribute.to_owned() })?;
        let on = answer.and_then(|answer| answer.get(member)?.get("Value")?.as_bool());
        if on == Some(false) {
            return Ok(Proof::certain(format!(
                "{attribute} of {vpc} is off, so that the name does not resolve to the VPC endpoint."
            ))
            .because("ec2:DescribeVpcAttribute", format!("{member}.Value"), false)
            .command(
                "switch it on",
                format!(
                    "{} {}",
                    Aws::new("ec2 modify-vpc-attribute").option("--vpc-id", vpc),
                    if attribute == "enableDnsSupport" { "--enable-dns-support" } else { "--enable-dns-hostnames" }
                ),
            ));
        }
    }
    Err(Not::refuted("the VPC's DNS support and DNS host names are on"))
}

fn from_public(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: None, .. } = &case.host else { return Err(Not::Silent) };
    if could_not_resolve(case).is_err() {
        could_not_connect(case)?;
    }
    let api = case.api(api_id)?.ok_or(Not::Silent)?;
    if !is_private(api) {
        return Err(Not::refuted("the API is not private"));
    }
    Ok(Proof::certain(format!(
        "{} is private: its name resolves only within a VPC that has an endpoint with private DNS.",
        api.name
    ))
    .because("apigateway:GetRestApi", "endpointConfiguration.types", json!(api.endpoint_types))
    .because("response", "body", "the client could not reach the host")
    .advice(format!("call it from within the VPC, or by the VPC endpoint's own name with x-apigw-api-id: {api_id}")))
}

fn captured(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, vpc_endpoint: None, .. } = &case.host else { return Err(Not::Silent) };
    case.shows(&[Signal::Forbidden])?;
    case.response()?;
    let api = case.api(api_id)?.ok_or(Not::Silent)?;
    if api.kind == ApiKind::WebSocket || is_private(api) {
        return Err(Not::refuted("the API is private: its name belongs to VPC endpoints"));
    }
    let answer = case.ask(Read::Dns(case.request.url.host.clone()))?;
    let addresses: Vec<IpAddr> =
        answer.and_then(Value::as_array).into_iter().flatten().filter_map(|own| own.as_str()?.parse().ok()).collect();
    if addresses.is_empty() || !addresses.iter().all(is_private_address) {
        return Err(Not::refuted("the name resolves to public addresses"));
    }
    let says = format!(
        "{} is not private, and its name leads to private addresses: a VPC endpoint with private DNS takes it.",
        api.name
    );
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let proof = Proof::certain(says).because("dns", case.request.url.host.clone(), json!(shown)).because(
        "apigateway:GetRestApi",
        "endpointConfiguration.types",
        json!(api.endpoint_types),
    );
    let advice = "call it by a regional custom domain name, or switch private DNS off on the VPC endpoint";
    match endpoints(case) {
        Ok(all) => match all.iter().find(|endpoint| endpoint.private_dns_enabled) {
            Some(endpoint) => {
                let command = format!(
                    "{} --no-private-dns-enabled",
                    Aws::new("ec2 modify-vpc-endpoint").option("--vpc-endpoint-id", &endpoint.vpc_endpoint_id)
                );
                let proof =
                    proof.because("ec2:DescribeVpcEndpoints", "PrivateDnsEnabled", endpoint.vpc_endpoint_id.clone());
                Ok(proof.command(advice, command))
            }
            None => Ok(proof.at_most(Confidence::Likely).advice(advice)),
        },
        Err(Not::Unread(why)) => Ok(proof.without(&why).advice(advice)),
        Err(not) => Err(not),
    }
}

/// Whether an address is of a private network (RFC 1918, RFC 4193).
fn is_private_address(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(own) => own.is_private(),
        IpAddr::V6(own) => own.segments().first().is_some_and(|first| first & 0xfe00 == 0xfc00),
    }
}
