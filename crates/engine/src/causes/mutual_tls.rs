//! What stands before the API and looks at TLS: client certificates, and endpoints that ask for one name.

use serde_json::Value;

use super::filters::names_web_acl;
use super::network::tls_failed;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes, if_known};
use crate::case::domain::Domain;
use crate::case::signal::Signal;
use crate::exchange::host::Host;
use crate::snapshot::ApiKind;

causes! {
    /// The domain name asks for a client certificate
    ///
    /// ## What proves it
    ///
    /// The domain name has mutual TLS, and the client sent no certificate, or one that the truststore does not accept. That
    /// truststore cannot be read, so that the cause is likely at most. Whether a certificate was sent is mostly not known: the
    /// answer `Forbidden` makes it likely where nothing else that was read explains it, and possible otherwise.
    ///
    /// ## What refutes it
    ///
    /// The domain name has no mutual TLS.
    ///
    /// ## Remedy
    ///
    /// Send a certificate (`curl --cert c.pem --key k.pem`); put its whole chain into the truststore.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>
    "mtls-client-cert-missing-or-bad", Cause, Warns, mutual_tls;

    /// The endpoint asks that TLS and HTTP name the same host
    ///
    /// ## What proves it
    ///
    /// The access mode of the API, or of its custom domain name, is `STRICT`, and the request's `Host` is not the host of its
    /// URL; that may be the custom domain name's target, `d-….execute-api…`. Where nothing was sent, the mode alone makes it
    /// possible.
    ///
    /// ## What refutes it
    ///
    /// `BASIC`, or no such mode.
    ///
    /// ## Remedy
    ///
    /// Call the real host name, without another `Host`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html>
    "sni-host-mismatch-strict", Cause, Warns, strict;
}

fn mutual_tls(case: &Case<'_>) -> Examined {
    if case.host != Host::Other {
        return Err(Not::Silent);
    }
    if !case.is_unsent() && case.signal() != Some(Signal::Forbidden) {
        tls_failed(case)?;
    }
    let domain = Domain::itself(case)?;
    let own = ["mutualTlsAuthentication", "MutualTlsAuthentication"].iter().find_map(|name| domain.answer.get(name));
    let store =
        own.and_then(|own| own.get("truststoreUri").or_else(|| own.get("TruststoreUri"))).and_then(Value::as_str);
    if store.is_none_or(str::is_empty) {
        return Err(Not::refuted("the domain name asks for no client certificate"));
    }
    let proof = match case.request.client.has_tls_certificate {
        Some(false) => {
            Proof::likely(format!("{} asks for a client certificate, and the client has none.", domain.name))
        }
        Some(true) => {
            Proof::possible(format!("{} asks for a client certificate that its truststore accepts.", domain.name))
        }
        None if certificate_refused(case) => Proof::likely(format!(
            "{} asks for a client certificate, and the client was told that its own is missing or no good.",
            domain.name
        )),
        None if nothing_else_forbids(case)? => Proof::likely(format!(
            "{} asks for a client certificate, and nothing else that was read refuses the request so.",
            domain.name
        )),
        None => Proof::possible(format!(
            "{} asks for a client certificate; whether one was sent is not known.",
            domain.name
        ))
        .hanging_on_sender(),
    };
    Ok(proof
        .because("apigateway:GetDomainName", "mutualTlsAuthentication.truststoreUri", true)
        .advice("send a certificate (curl --cert c.pem --key k.pem), and put its whole chain into the truststore"))
}

/// Whether an answer `Forbidden` has no other reason in what the request reaches: a stage without a web ACL, and no route of
/// it that wants a key or, of an HTTP API, an identity.
fn nothing_else_forbids(case: &Case<'_>) -> Result<bool, Not> {
    if case.is_unsent() || case.signal() != Some(Signal::Forbidden) {
        return Ok(false);
    }
    let met = case.target().and_then(|target| Ok((target, target.stage()?, target.deployed(case)?)));
    let Some((target, stage, deployed)) = if_known(met)? else { return Ok(false) };
    let route = deployed.find(case.method(), &target.path).map(|(_, entry)| entry);
    let is_open = match target.api.kind {
        ApiKind::Rest => route.is_none_or(|route| route.api_key_required == Some(false)),
        ApiKind::Http => route.is_some_and(|route| route.authorization_type == Some("NONE")),
        ApiKind::WebSocket => false,
    };
    Ok(is_open && target.stage_read().is_ok() && !names_web_acl(stage))
}

/// Whether the client says that the server refused its certificate, or missed it (RFC 8446, section 6.2).
fn certificate_refused(case: &Case<'_>) -> bool {
    let words = [
        "certificate required",
        "certificate_required",
        "bad certificate",
        "bad_certificate",
        // Chrome, Firefox.
        "bad_ssl_client_auth_cert",
        "ssl_client_auth_cert_needed",
        "ssl_error_bad_cert_alert",
        // iOS and macOS.
        "requires a client certificate",
        "did not accept the certificate",
    ];
    case.response().is_ok_and(|response| {
        let text = response.body.to_lowercase();
        response.status == 0 && words.iter().any(|word| text.contains(word))
    })
}

fn strict(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Forbidden, Signal::AccessDenied])?;
    let Some(host) = case.request.headers.get("host") else {
        return if case.is_unsent() { strict_endpoint(case) } else { Err(Not::Silent) };
    };
    let host = host.split(':').next().unwrap_or(host);
    if host.eq_ignore_ascii_case(&case.request.url.host) || matches!(case.host, Host::ExecuteApiVpce { .. }) {
        return Err(Not::Silent);
    }
    let source = strict_by(case, host)?;
    Ok(Proof::likely(
        "TLS names one host and the header Host another, which the endpoint's access mode STRICT refuses.",
    )
    .because(source, "endpointAccessMode", "STRICT")
    .because("request", "headers.Host", host)
    .advice("call the real host name, without another Host; or choose BASIC while you move"))
}

/// The call that shows the access mode STRICT: of the custom domain name that TLS names, or whose target it names, or of the API.
fn strict_by(case: &Case<'_>, host: &str) -> Result<&'static str, Not> {
    let domain = match case.host {
        Host::Other => Domain::itself(case),
        Host::DomainTarget { .. } => return strict_behind(case, host),
        _ => Err(Not::Silent),
    };
    match domain {
        Ok(domain) if access_mode(&domain) == Some("STRICT") => return Ok("apigateway:GetDomainName"),
        Err(Not::Wanted) => return Err(Not::Wanted),
        _ => {}
    }
    if case.target()?.api.live.settings.endpoint_access_mode.as_deref() == Some("STRICT") {
        return Ok("apigateway:GetRestApi");
    }
    Err(Not::refuted("the endpoint access mode is not STRICT"))
}

/// The same, where TLS names the target of the custom domain name in `Host`.
fn strict_behind(case: &Case<'_>, host: &str) -> Result<&'static str, Not> {
    let domain = Domain::named(case, &host.to_lowercase())?;
    let named = &case.request.url.host;
    if !domain.targets().iter().any(|target| target.eq_ignore_ascii_case(named)) {
        return Err(Not::Silent);
    }
    if access_mode(&domain) == Some("STRICT") {
        Ok("apigateway:GetDomainName")
    } else {
        Err(Not::refuted("the domain name's access mode is not STRICT"))
    }
}

fn access_mode<'a>(domain: &Domain<'a>) -> Option<&'a str> {
    domain.text(&["endpointAccessMode", "EndpointAccessMode"])
}

/// That the endpoint refuses whoever calls it by another name, and that whoever calls it by its own may do so.
fn strict_endpoint(case: &Case<'_>) -> Examined {
    let target = case.target()?;
    if target.api.live.settings.endpoint_access_mode.as_deref() != Some("STRICT") {
        return Err(Not::refuted("the API's endpoint access mode is not STRICT"));
    }
    Ok(Proof::possible(format!(
        "The endpoint access mode of {} is STRICT: requests whose TLS names another host than their Host are refused.",
        target.api.name
    ))
    .because("apigateway:GetRestApi", "endpointAccessMode", "STRICT")
    .advice("see that no proxy or distribution before the API writes another Host"))
}
