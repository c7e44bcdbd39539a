//! The address of an HTTP integration: whether there is such a host, and whether API Gateway reaches it.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::callee::Callee;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::exchange::url::Url;

pub(super) fn endpoint(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Internal])?;
    let callee = Callee::of(case)?;
    if !callee.integration.integration_type.starts_with("HTTP") {
        return Err(Not::Silent);
    }
    let lines = logs::execution_if_any(case)?;
    let logged = lines.as_ref().and_then(|lines| lines.find(INVALID));
    // A VPC link leads to a listener or a service by its ARN, too; and what lacks a stage variable is another cause.
    let is_public = callee.integration.connection_type.as_deref() != Some("VPC_LINK") && callee.uri.unset.is_empty();
    let url = Url::parse(&callee.uri.text).ok();
    let private = is_public && url.as_ref().is_some_and(|url| is_private(&url.host));
    let has_scheme = ["http://", "https://"].iter().any(|scheme| callee.uri.text.starts_with(scheme));
    let broken = is_public && (!has_scheme || url.is_none());
    let says = |why: &str| format!("The address of the integration of {} {why}.", callee.key);
    let proof = match (private, broken, &logged, url) {
        (true, ..) => Proof::likely(says("is a private address, which is reached through a VPC link alone")),
        (_, true, ..) => Proof::likely(says("is no URL")),
        (_, _, Some(_), _) => Proof::likely(says("cannot be resolved")),
        (.., None, Some(url)) if is_public && lines.as_ref().is_none_or(logs::Lines::is_empty) => {
            by_name(case, &url.host, &says)?
        }
        _ => return Err(Not::refuted("the integration's URI is a URL of a public host")),
    };
    let proof = match logged {
        Some(line) => Proof::certain(proof.says).because("logs:FilterLogEvents", line.group, INVALID),
        None => proof,
    };
    Ok(proof
        .because(callee.met.source, "integration.uri", callee.integration.uri.clone().unwrap_or_default())
        .advice("correct the URI and deploy; private addresses take a VPC link"))
}

const INVALID: &str = "Invalid endpoint address";

/// What a look-up of the host's name tells: there is none of it, or it leads to private addresses. These may be so within the
/// network alone in which it was looked up.
fn by_name(case: &Case<'_>, host: &str, says: &dyn Fn(&str) -> String) -> Result<Proof, Not> {
    let is_public = || Not::refuted("the integration's URI is a URL of a public host");
    // An address is no name; and what a parameter of the route is part of is not known.
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || host.contains(['{', '}', '$']) || host.is_empty() {
        return Err(is_public());
    }
    // An audit looks up no backend.
    if case.is_unsent() {
        return Err(is_public());
    }
    let answer = case.ask(Read::Dns(host.to_owned()))?;
    let named: Vec<&str> = answer.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let shown = |proof: Proof| proof.because("dns", host, json!(named));
    if named.is_empty() {
        return Ok(shown(Proof::certain(says(&format!("names {host}, and there is no such name")))));
    }
    if named.iter().all(|own| is_private(own)) {
        let why = format!("names {host}, which leads to private addresses: they are reached through a VPC link alone");
        return Ok(shown(Proof::likely(says(&why))));
    }
    Err(is_public())
}

/// Whether a host is an address of a private network, or a name of one.
fn is_private(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(own)) => own.is_private() || own.is_loopback() || own.is_link_local(),
        Ok(IpAddr::V6(own)) => {
            own.is_loopback() || own.segments().first().is_some_and(|first| first & 0xfe00 == 0xfc00)
        }
        Err(_) => host == "localhost" || host.ends_with(".internal") || host.ends_with(".local"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::facts::Facts;
    use crate::fixture::{self, route};
    use crate::observed::Observed;
    use crate::snapshot::ApiKind;
    use crate::testkit::{explained, facts, to_orders};

    const ID: &str = "8db3b4dd-ecd5-436d-9eeb-a544e39d3e12";

    fn to(host: &str) -> Facts<'static> {
        let (key, mut own) = route("GET /orders", &format!("https://{host}/orders"));
        own.integration.as_mut().unwrap().integration_type = "HTTP_PROXY".to_owned();
        let mut api = fixture::api(ApiKind::Rest, vec![(key, own)]);
        let Observed::Known(stages) = &mut api.stages else { panic!("the fixture has stages") };
        stages[0].settings.insert("methodSettings".to_owned(), json!({ "*/*": { "loggingLevel": "INFO" } }));
        facts(vec![api])
    }

    #[test]
    fn a_backends_name_is_looked_up_where_no_log_tells() {
        let name = "backend.example.com";
        let dns = || Read::Dns(name.to_owned());
        let logged = |facts: Facts<'static>, line: &str| {
            let group = "API-Gateway-Execution-Logs_a1b2c3d4e5/prod".to_owned();
            let line = json!([{ "timestamp": 1, "message": format!("({ID}) {line}") }]);
            facts.with(Read::Logs { group, filter: Some(ID.to_owned()) }, line)
        };
        let failed = to_orders("GET", "/orders").refused(500, "InternalServerErrorException", "Internal server error");
        for (facts, expected) in [
            (to(name).lacking(dns()), Some("certain")),
            (to(name).with(dns(), json!(["10.0.1.15"])), Some("likely")),
            (to(name).with(dns(), json!(["10.0.1.15", "203.0.113.7"])), None),
            (to(name).with(dns(), json!(["203.0.113.7"])), None),
            (to(name).denied(dns(), "--probe-network"), None),
            // The log of the request tells more than a name that is looked up later.
            (logged(to(name).lacking(dns()), "Sending request to https://backend.example.com/orders"), None),
            (logged(to(name).with(dns(), json!(["203.0.113.7"])), "Invalid endpoint address"), Some("certain")),
            (to("203.0.113.7"), None),
        ] {
            let explanation = explained(&failed, &facts);
            let found = explanation.causes.iter().find(|cause| cause.id == "integration-endpoint-invalid");
            assert_eq!(found.map(|cause| cause.confidence.name()), expected, "{:?}", explanation.causes);
        }
        // What was not looked up rules nothing out, and is named.
        let unread = explained(&failed, &to(name).denied(dns(), "--probe-network"));
        assert!(unread.not_read.iter().any(|own| own.needs == "--probe-network"));
        assert!(unread.ruled_out.iter().all(|own| own.id != "integration-endpoint-invalid"));
    }
}
