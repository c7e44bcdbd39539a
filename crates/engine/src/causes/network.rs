//! No HTTP answer came: names, connections, TLS.

mod ip_version;
mod missing;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::domain::Domain;
use crate::case::facts::Read;
use crate::case::signal::{Answerer, Signal};
use crate::exchange::host::Host;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

causes! {
    /// The URL says http, and API Gateway speaks https alone
    ///
    /// ## What proves it
    ///
    /// The URL's scheme is `http` or `ws`, and the host is API Gateway's.
    ///
    /// ## What refutes it
    ///
    /// `https` or `wss`.
    ///
    /// ## Remedy
    ///
    /// Use `https://` or `wss://`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    "http-scheme-used", Cause, Silent, http_scheme;

    /// There is no API of this id in the region
    ///
    /// ## What proves it
    ///
    /// The host does not resolve, and the account has no API of its id in its region. It is likely where the HTTP and WebSocket APIs
    /// could not be read, and possible where none were, or where the client met a failure that is temporary (`EAI_AGAIN`) besides.
    ///
    /// ## What refutes it
    ///
    /// The API is there, and is not private.
    ///
    /// ## Remedy
    ///
    /// Use the id and region of the API: it may have been deleted and made again.
    ///
    /// ## Source
    ///
    /// Reported in public issue threads.
    "dns-api-host-not-found", Cause, Silent, no_such_api;

    /// The custom domain name's DNS record leads elsewhere
    ///
    /// ## What proves it
    ///
    /// The name is an alias of something else than the domain name's own target, `d-….execute-api…` or `….cloudfront.net`.
    ///
    /// ## What refutes it
    ///
    /// The alias is the target.
    ///
    /// ## Remedy
    ///
    /// Point the record to the target.
    ///
    /// ## Source
    ///
    /// <https://github.com/amplify-education/serverless-domain-manager/issues/321>
    "custom-domain-dns-wrong-target", Cause, Proves, wrong_target;

    /// The custom domain name's certificate does not serve
    ///
    /// ## What proves it
    ///
    /// The domain name is not available yet, or its certificate has expired or does not cover the name.
    ///
    /// ## What refutes it
    ///
    /// The domain name is available, and the certificate is valid and covers it.
    ///
    /// ## Remedy
    ///
    /// Issue the certificate again, or attach one that covers the name.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
    "custom-domain-cert-problem", Cause, Proves, certificate;

    /// The client's TLS is older than the domain name accepts
    ///
    /// ## What proves it
    ///
    /// The client tells of a protocol version that the server refused, and the domain name has a minimum.
    ///
    /// ## What refutes it
    ///
    /// A client that speaks TLS 1.2 or later, and 1.3 where the policy asks for it.
    ///
    /// ## Remedy
    ///
    /// Update the client, or choose a policy that accepts it.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html>
    "tls-version-too-low", Cause, Silent, tls_version;

    /// The client and the API share no version of IP
    ///
    /// ## What proves it
    ///
    /// The client has IPv6 alone, and the API, or its custom domain name, answers on IPv4 alone.
    ///
    /// ## What refutes it
    ///
    /// `dualstack`.
    ///
    /// ## Remedy
    ///
    /// Make the endpoint dual-stack.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html>
    "ip-address-type-mismatch", Cause, Proves, ip_version::mismatch;

    /// The account has no such custom domain name
    ///
    /// ## What proves it
    ///
    /// Neither service of API Gateway knows the host, nor a wildcard above it, and the client met an error of TLS or was
    /// refused. That the host's record leads to API Gateway makes it certain, and is asked for where nothing was sent.
    ///
    /// ## What refutes it
    ///
    /// The domain name is there.
    ///
    /// ## Remedy
    ///
    /// Make the custom domain name, in the region that its record leads to.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
    "custom-domain-missing", Cause, Warns, missing::domain_missing;
}

/// What clients say where a name does not resolve.
const NOT_RESOLVED: [&str; 18] = [
    "could not resolve",
    "couldn't resolve",
    "enotfound",
    "eai_again",
    "name or service not known",
    "nodename nor servname",
    "nxdomain",
    "no such host",
    "name resolution",
    // Chrome, Firefox.
    "err_name_not_resolved",
    "ns_error_unknown_host",
    // Java, Android.
    "unknownhostexception",
    "unable to resolve host",
    "no address associated with hostname",
    // iOS and macOS.
    "specified hostname could not be found",
    // PowerShell and .NET Framework, Python on Windows, musl.
    "remote name could not be resolved",
    "getaddrinfo failed",
    "name does not resolve",
];

/// What clients say where nobody answered the question for the name, which may well be there.
const TEMPORARY: [&str; 2] = ["eai_again", "temporary failure"];

/// What clients say where nobody answers the connection.
const NOT_CONNECTED: [&str; 10] = [
    "timed out",
    "timeout",
    "etimedout",
    "failed to connect",
    "econnrefused",
    "connection refused",
    "no route to host",
    "unreachable",
    "enetunreach",
    "couldn't connect",
];

/// What clients say where TLS fails.
const TLS_FAILED: [&str; 10] = [
    "ssl",
    "tls",
    "certificate",
    "handshake",
    "unrecognized_name",
    "econnreset",
    "connection reset",
    "err_cert",
    "sec_error",
    "schannel",
];

fn client_says(case: &Case<'_>, words: &[&str]) -> Result<(), Not> {
    let response = case.response()?;
    let text = response.body.to_lowercase();
    // What a browser keeps from the page did come.
    if case.answerer() == Answerer::Nobody && case.blocked().is_none() && words.iter().any(|word| text.contains(word)) {
        Ok(())
    } else {
        Err(Not::Silent)
    }
}

/// That the client could not resolve the host's name.
pub(super) fn could_not_resolve(case: &Case<'_>) -> Result<(), Not> {
    client_says(case, &NOT_RESOLVED)
}

/// That the client resolved the host's name, and nobody answered.
pub(super) fn could_not_connect(case: &Case<'_>) -> Result<(), Not> {
    if could_not_resolve(case).is_ok() { Err(Not::Silent) } else { client_says(case, &NOT_CONNECTED) }
}

/// That the connection failed at TLS.
pub(super) fn tls_failed(case: &Case<'_>) -> Result<(), Not> {
    if could_not_resolve(case).is_ok() { Err(Not::Silent) } else { client_says(case, &TLS_FAILED) }
}

fn http_scheme(case: &Case<'_>) -> Examined {
    let url = &case.request.url;
    if !["http", "ws"].contains(&url.scheme.as_str()) || url.port.is_some_and(|port| port == 443) {
        return Err(Not::Silent);
    }
    let fails = matches!(case.signal(), None | Some(Signal::NoAnswer | Signal::Redirect | Signal::Forbidden))
        || case.answerer() == Answerer::CloudFront;
    if !fails || asked_securely(case) {
        return Err(Not::Silent);
    }
    match &case.host {
        Host::ExecuteApi { .. } | Host::ExecuteApiVpce { .. } => {}
        Host::Other => drop(Domain::itself(case)?),
        _ => return Err(Not::Silent),
    }
    let secure = match case.target() {
        Err(Not::Wanted) if url.is_websocket() => return Err(Not::Wanted),
        Ok(target) if url.is_websocket() && target.api.kind != ApiKind::WebSocket => "https",
        _ if url.is_websocket() => "wss",
        _ => "https",
    };
    Ok(Proof::certain(format!("The URL begins with {}://, and API Gateway answers https alone.", url.scheme))
        .because("request", "url", url.scheme.clone())
        .advice(format!("call {secure}://{}{}", url.host, url.path)))
}

/// Whether a browser's console names the host with https alone: whatever URL was given, that one was asked.
fn asked_securely(case: &Case<'_>) -> bool {
    let names = |scheme: &str| {
        let own = format!("{scheme}://{}", case.request.url.host);
        case.response().is_ok_and(|response| response.body.to_ascii_lowercase().contains(&own))
    };
    case.blocked().is_some() && names("https") && !names("http")
}

fn no_such_api(case: &Case<'_>) -> Examined {
    let Host::ExecuteApi { api_id, region, .. } = &case.host else { return Err(Not::Silent) };
    could_not_resolve(case)?;
    let says = format!("There is no API {api_id} in {region} in this account: its host does not exist.");
    let proof = match case.api(api_id) {
        Ok(Some(api)) => return Err(Not::refuted(format!("{} is the API {}", api_id, api.name))),
        Ok(None) => Proof::certain(says).because("apigateway:GetRestApi", "id", Value::Null).because(
            "apigatewayv2:GetApi",
            "ApiId",
            Value::Null,
        ),
        // The host of an HTTP or WebSocket API resolves everywhere: one that does not could be a private REST API alone.
        Err(Not::Unread(why)) => match case.lacks_rest_api(api_id) {
            Ok(true) => {
                let proof = Proof::certain(says).because("apigateway:GetRestApis", "items", Value::Null);
                // What a recording does not hold nobody was refused.
                if why.is_unrecorded() { proof } else { proof.without(&why) }
            }
            Ok(false) => return Err(Not::Unread(why)),
            Err(Not::Unread(list)) => return Ok(api_unread(api_id, region, &[&why, &list])),
            Err(not) => return Err(not),
        },
        Err(not) => return Err(not),
    };
    let proof = match proof.confidence {
        _ if client_says(case, &TEMPORARY).is_err() => proof,
        Confidence::Certain => proof.at_most(Confidence::Likely),
        _ => proof.at_most(Confidence::Possible),
    };
    Ok(proof.advice("use the id and region of the API: it may have been deleted and made again"))
}

/// That an API may not be there whose host does not resolve, where neither it nor the list of APIs was read.
fn api_unread(api_id: &str, region: &str, unread: &[&NotRead]) -> Proof {
    let says =
        format!("The host of an API that is not there does not resolve; whether {region} has {api_id} was not read.");
    let advice = match unread.last() {
        Some(why) if !why.needs.is_empty() => {
            format!("grant {}, and ask again; or compare the id with the API's", why.needs)
        }
        _ => "compare the id and the region with the API's".to_owned(),
    };
    unread.iter().copied().fold(Proof::possible(says).advice(advice), Proof::without)
}

/// A custom domain name, and the error of a client that could not use it; or nothing was sent yet.
fn failed_domain<'a>(case: &Case<'a>) -> Result<Domain<'a>, Not> {
    if case.host != Host::Other {
        return Err(Not::Silent);
    }
    let fits = match case.response() {
        Ok(response) => response.status == 0 || case.signal() == Some(Signal::Forbidden),
        Err(_) => true,
    };
    if fits { Domain::itself(case) } else { Err(Not::Silent) }
}

fn wrong_target(case: &Case<'_>) -> Examined {
    let domain = failed_domain(case)?;
    let targets = domain.targets();
    if targets.is_empty() {
        return Err(Not::Silent);
    }
    let host = &case.request.url.host;
    let alias = case.look_up(Read::DnsAlias(host.clone()))?.and_then(Value::as_str);
    let Some(alias) = alias else { return Err(Not::refuted("the name is no alias")) };
    let same = |target: &&str| target.trim_end_matches('.').eq_ignore_ascii_case(alias.trim_end_matches('.'));
    if targets.iter().any(same) {
        return Err(Not::refuted("the name is an alias of the domain name's own target"));
    }
    // What else it leads to may hand its requests on: a distribution, a proxy, the same name in another region.
    let leads_astray = match Host::of(alias) {
        Host::ExecuteApi { .. } => true,
        Host::DomainTarget { region } => region == case.facts.region,
        _ => false,
    };
    if case.is_unsent() && !leads_astray {
        return Err(Not::refuted("what the name is an alias of may hand its requests on"));
    }
    Ok(Proof::certain(format!("{host} is an alias of {alias}, and its target is {}.", targets.join(" or ")))
        .because("dns", host.clone(), alias)
        .because("apigateway:GetDomainName", "regionalDomainName", json!(targets))
        .advice(format!("point the record of {host} to {}", targets.join(" or "))))
}

fn certificate(case: &Case<'_>) -> Examined {
    let domain = failed_domain(case)?;
    let status = domain.text(&["domainNameStatus", "DomainNameStatus"]);
    // While it is updated, it answers as it did before.
    let serves = |status: &&str| *status == "AVAILABLE" || case.is_unsent() && *status == "UPDATING";
    if let Some(status) = status.filter(|status| !serves(status)) {
        return Ok(Proof::certain(format!("{} is not available: its status is {status}.", domain.name))
            .because("apigateway:GetDomainName", "domainNameStatus", status)
            .advice("wait until the domain name is available, or mend what its status message says"));
    }
    if !case.is_unsent() {
        tls_failed(case)?;
    }
    let arn = domain.text(&["regionalCertificateArn", "certificateArn", "CertificateArn"]).ok_or(Not::Silent)?;
    let answer = case.ask(Read::Certificate(arn.to_owned()))?;
    let Some(certificate) = answer.and_then(|answer| answer.get("Certificate")) else {
        return Ok(Proof::certain(format!("The certificate of {} is not there any more.", domain.name))
            .because("acm:DescribeCertificate", "Certificate", Value::Null)
            .advice("attach another certificate"));
    };
    let state = certificate.get("Status").and_then(Value::as_str).unwrap_or_default();
    let until = certificate.get("NotAfter").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let names: Vec<&str> = certificate
        .get("SubjectAlternativeNames")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .chain(certificate.get("DomainName").and_then(Value::as_str))
        .collect();
    let host = case.request.url.host.as_str();
    let covers = |name: &&str| {
        let above = host.split_once('.').map(|(_, above)| above);
        name.eq_ignore_ascii_case(host) || name.strip_prefix("*.").is_some_and(|own| Some(own) == above)
    };
    let says = if (!state.is_empty() && state != "ISSUED") || until.is_some_and(|until| until < case.at()) {
        format!("The certificate of {} is not valid any more.", domain.name)
    } else if !names.is_empty() && !names.iter().any(covers) {
        format!("The certificate of {} does not cover {host}.", domain.name)
    } else {
        return Err(Not::refuted("the domain name is available, and its certificate is valid and covers it"));
    };
    Ok(Proof::certain(says)
        .because("acm:DescribeCertificate", "Certificate.Status", state)
        .because("acm:DescribeCertificate", "Certificate.SubjectAlternativeNames", json!(names))
        .advice("issue the certificate again, or attach one that covers the name"))
}

fn tls_version(case: &Case<'_>) -> Examined {
    const WORDS: [&str; 5] =
        ["protocol version", "protocol_version", "unsupported protocol", "ssl_version", "wrong version number"];
    client_says(case, &WORDS)?;
    let policy = match &case.host {
        Host::Other => {
            let domain = Domain::itself(case)?;
            domain.text(&["securityPolicy", "SecurityPolicy"]).map(str::to_owned)
        }
        Host::ExecuteApi { api_id, .. } => case.api(api_id)?.and_then(|api| api.live.settings.security_policy.clone()),
        _ => None,
    };
    let Some(policy) = policy else {
        return Ok(Proof::likely("The client and the server share no version of TLS.")
            .because("response", "body", "a protocol version was refused")
            .advice("update the client: API Gateway asks for TLS 1.2 at least"));
    };
    Ok(Proof::certain(format!("The security policy {policy} refuses the version of TLS that the client speaks."))
        .because("apigateway:GetDomainName", "securityPolicy", policy)
        .because("response", "body", "a protocol version was refused")
        .advice("update the client, or choose a policy that accepts it"))
}

#[cfg(test)]
mod tests;
