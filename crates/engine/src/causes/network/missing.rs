//! Custom domain names that are not there.

use serde_json::Value;

use super::tls_failed;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::domain::Domain;
use crate::case::facts::Read;
use crate::case::signal::{Answerer, Signal};
use crate::exchange::host::Host;

pub(super) fn domain_missing(case: &Case<'_>) -> Examined {
    if case.host != Host::Other {
        return Err(Not::Silent);
    }
    // What comes by CloudFront may have been refused for the host that CloudFront hands on.
    let by_cloudfront =
        case.response().is_ok_and(|response| response.headers.has("x-amz-cf-id") || response.headers.has("x-cache"));
    if case.is_unsent() {
        return behind_alias(case);
    }
    let refused = case.signal() == Some(Signal::Forbidden) && case.answerer() == Answerer::RestApi && !by_cloudfront;
    if !refused {
        tls_failed(case)?;
    }
    // Silent is what a name says that both services were asked for and neither knows.
    match Domain::of(case) {
        Ok(_) => return Err(Not::refuted("the account has this custom domain name")),
        Err(Not::Silent) => {}
        Err(not) => return Err(not),
    }
    let host = &case.request.url.host;
    let proof = Proof::likely(format!("The account has no custom domain name {host} in {}.", case.facts.region))
        .because("apigateway:GetDomainName", "domainName", Value::Null)
        .advice("make the custom domain name, in the region that its record leads to");
    match case.ask(Read::DnsAlias(host.clone())) {
        Ok(Some(alias)) if alias.as_str().is_some_and(|alias| matches!(Host::of(alias), Host::DomainTarget { .. })) => {
            Ok(Proof { confidence: Confidence::Certain, ..proof }.because("dns", host.clone(), alias.clone()))
        }
        Err(Not::Wanted) => Err(Not::Wanted),
        Err(Not::Unread(why)) => Ok(proof.without(&why)),
        _ => Ok(proof),
    }
}

/// That the record of a name leads to the target of a custom domain name of this region, and there is none of the name.
fn behind_alias(case: &Case<'_>) -> Examined {
    match Domain::of(case) {
        Ok(_) => return Err(Not::refuted("the account has this custom domain name")),
        Err(Not::Silent) => {}
        Err(not) => return Err(not),
    }
    let (host, region) = (&case.request.url.host, &case.facts.region);
    let alias = case.look_up(Read::DnsAlias(host.clone()))?.and_then(Value::as_str).ok_or(Not::Silent)?;
    if !matches!(Host::of(alias), Host::DomainTarget { region: own } if own == *region) {
        return Err(Not::Silent);
    }
    Ok(Proof::certain(format!(
        "{host} leads to {alias}, and the account has no custom domain name {host} in {region}."
    ))
    .because("dns", host.clone(), alias)
    .because("apigateway:GetDomainName", "domainName", Value::Null)
    .advice("make the custom domain name, or point the record to where its name is known"))
}
