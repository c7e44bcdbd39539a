//! Clients and endpoints that share no version of IP.

use super::{could_not_connect, could_not_resolve};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::domain::Domain;
use crate::command::Aws;
use crate::exchange::host::Host;
use crate::snapshot::{Api, ApiKind};

/// What has an IP version of its own: an API, by its own host, or a custom domain name.
enum Endpoint<'a> {
    Api(&'a Api),
    Domain(Domain<'a>),
}

impl<'a> Endpoint<'a> {
    fn of(case: &Case<'a>) -> Result<Endpoint<'a>, Not> {
        match &case.host {
            Host::ExecuteApi { api_id, .. } => case.api(api_id)?.map(Endpoint::Api).ok_or(Not::Silent),
            Host::Other => Domain::itself(case).map(Endpoint::Domain),
            _ => Err(Not::Silent),
        }
    }

    /// `ipv4` or `dualstack`; `None` where what was read does not tell.
    fn ip_address_type(&self) -> Option<&str> {
        match self {
            Endpoint::Api(api) => api.ip_address_type.as_deref(),
            Endpoint::Domain(domain) => {
                let configured = domain.answer.get("endpointConfiguration").and_then(|own| own.get("ipAddressType"));
                configured
                    .and_then(serde_json::Value::as_str)
                    .or_else(|| domain.text(&["ipAddressType", "IpAddressType"]))
            }
        }
    }

    /// What it is called in a sentence.
    fn words(&self) -> &str {
        match self {
            Endpoint::Api(_) => "the API",
            Endpoint::Domain(domain) => &domain.name,
        }
    }

    /// The call that shows it, and the member.
    fn source(&self) -> (&'static str, &'static str) {
        match self {
            Endpoint::Api(api) if api.kind != ApiKind::Rest => ("apigatewayv2:GetApi", "IpAddressType"),
            Endpoint::Api(_) => ("apigateway:GetRestApi", "endpointConfiguration.ipAddressType"),
            Endpoint::Domain(_) => ("apigateway:GetDomainName", "endpointConfiguration.ipAddressType"),
        }
    }

    /// What makes it dual-stack; the region is still to be said.
    fn mended(&self) -> Aws {
        const PATCH: &str = "op=replace,path=/endpointConfiguration/ipAddressType,value=dualstack";
        match self {
            Endpoint::Api(api) if api.kind != ApiKind::Rest => {
                Aws::new("apigatewayv2 update-api").option("--api-id", &api.id).option("--ip-address-type", "dualstack")
            }
            Endpoint::Api(api) => Aws::new("apigateway update-rest-api")
                .option("--rest-api-id", &api.id)
                .option("--patch-operations", PATCH),
            Endpoint::Domain(domain) => Aws::new("apigateway update-domain-name")
                .option("--domain-name", &domain.name)
                .option("--patch-operations", PATCH),
        }
    }
}

pub(super) fn mismatch(case: &Case<'_>) -> Examined {
    if !case.is_unsent() {
        could_not_connect(case).or_else(|_| could_not_resolve(case))?;
    }
    if !case.request.client.source_ip.is_some_and(|address| address.is_ipv6()) {
        return Err(Not::Silent);
    }
    let endpoint = Endpoint::of(case)?;
    let words = endpoint.words();
    let kind = endpoint.ip_address_type().ok_or(Not::Silent)?;
    if kind != "ipv4" {
        return Err(Not::refuted(format!("{words} answers on both versions of IP")));
    }
    let (source, member) = endpoint.source();
    Ok(Proof::certain(format!("The client has an IPv6 address, and {words} answers on IPv4 alone."))
        .because(source, member, kind)
        .command("make the endpoint dual-stack", endpoint.mended().option("--region", &case.facts.region)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::case::facts::{Facts, Read};
    use crate::exchange::Exchange;
    use crate::fixture;
    use crate::snapshot::{Api, ApiKind};
    use crate::testkit::{explained, facts, request, shown, to_orders};

    fn failed(mut exchange: Exchange) -> Exchange {
        exchange.request.client.source_ip = Some("2001:db8::7".parse().unwrap());
        exchange.answered(0, &[], "curl: (7) Failed to connect: Network is unreachable")
    }

    fn api(kind: ApiKind, ip: &str) -> Facts<'static> {
        facts(vec![Api { ip_address_type: Some(ip.to_owned()), ..fixture::api(kind, Vec::new()) }])
    }

    fn domain(answer: Value) -> Facts<'static> {
        facts(Vec::new()).with(Read::DomainName("api.example.com".to_owned()), answer)
    }

    fn rest(ip: &str) -> Facts<'static> {
        domain(
            json!({ "domainName": "api.example.com", "endpointConfiguration": { "types": ["REGIONAL"], "ipAddressType": ip } }),
        )
    }

    fn http(ip: &str) -> Facts<'static> {
        domain(json!({ "DomainName": "api.example.com", "DomainNameConfigurations": [{ "IpAddressType": ip }] }))
    }

    #[test]
    fn ipv6_alone_does_not_reach_ipv4() {
        let to_api = || failed(to_orders("GET", "/orders"));
        let to_domain = || failed(request("GET https://api.example.com/orders", &[]));
        let not_resolved = to_domain().answered(0, &[], "curl: (6) Could not resolve host: api.example.com");
        for (exchange, ipv4, dualstack, command) in [
            (
                to_api(),
                api(ApiKind::Rest, "ipv4"),
                api(ApiKind::Rest, "dualstack"),
                "aws apigateway update-rest-api --rest-api-id a1b2c3d4e5 --patch-operations \
                 op=replace,path=/endpointConfiguration/ipAddressType,value=dualstack --region eu-west-1",
            ),
            (
                to_api(),
                api(ApiKind::Http, "ipv4"),
                api(ApiKind::Http, "dualstack"),
                "aws apigatewayv2 update-api --api-id a1b2c3d4e5 --ip-address-type dualstack --region eu-west-1",
            ),
            (to_domain(), rest("ipv4"), rest("dualstack"), UPDATE_DOMAIN),
            (to_domain(), http("ipv4"), http("dualstack"), UPDATE_DOMAIN),
            (not_resolved, rest("ipv4"), rest("dualstack"), UPDATE_DOMAIN),
        ] {
            let unread = facts(Vec::new());
            shown(
                "ip-address-type-mismatch",
                (&exchange, &ipv4, "certain"),
                (&exchange, &dualstack),
                (&exchange, &unread),
            );
            let own = explained(&exchange, &ipv4).causes.swap_remove(0);
            assert_eq!(own.remedy.command.as_deref(), Some(command));
        }
    }

    const UPDATE_DOMAIN: &str = "aws apigateway update-domain-name --domain-name api.example.com --patch-operations \
         op=replace,path=/endpointConfiguration/ipAddressType,value=dualstack --region eu-west-1";
}
