//! What API Gateway itself answers to a browser's preflight, and whether browsers call an API at all, as far as the
//! configuration tells.

use std::collections::BTreeMap;

use crate::configuration::{Configuration, Integration, RouteKey};
use crate::observed::NotRead;
use crate::snapshot::{Api, Deployed};

/// The call that shows an HTTP API's CORS configuration, where what else was read of the API is from this one: its routes are
/// listed without it.
pub(crate) fn configured_in(source: &'static str) -> &'static str {
    if source == "apigatewayv2:GetRoutes" { "apigatewayv2:GetApi" } else { source }
}

/// What an answer to a preflight allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cors {
    /// Origins, as they are configured, or `*`.
    pub(crate) origins: Vec<String>,
    /// Methods, as they are configured, or `*`.
    pub(crate) methods: Vec<String>,
    /// Headers in lower case, or `*`.
    pub(crate) headers: Vec<String>,
    /// Whether the page may send cookies.
    pub(crate) credentials: bool,
    /// Where it is configured: `CorsConfiguration`, or the mock of OPTIONS.
    pub(crate) place: &'static str,
}

/// Of an HTTP API, what its CORS configuration says; of a REST API, what the mock of OPTIONS on a path says in so many words.
/// Nothing where somebody else answers, or the answer is made up from the request.
pub(crate) fn answer(served: &Configuration, path: &str) -> Option<Cors> {
    if let Some(own) = &served.cors {
        return Some(Cors {
            origins: own.allow_origins.iter().cloned().collect(),
            methods: own.allow_methods.iter().cloned().collect(),
            headers: own.allow_headers.iter().map(|name| name.to_ascii_lowercase()).collect(),
            credentials: own.allow_credentials,
            place: "CorsConfiguration",
        });
    }
    let route = served.routes.ok()?.0.get(&RouteKey::new("OPTIONS", path))?;
    let mock = route.integration.as_ref().filter(|own| own.integration_type == "MOCK")?;
    let origin = literal(mock, "Access-Control-Allow-Origin")??;
    let list = |name: &str| -> Option<Vec<String>> {
        let values = literal(mock, name)?.unwrap_or_default();
        Some(values.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect())
    };
    Some(Cors {
        origins: vec![origin],
        methods: list("Access-Control-Allow-Methods")?,
        headers: list("Access-Control-Allow-Headers")?.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
        credentials: literal(mock, "Access-Control-Allow-Credentials")?.is_some_and(|value| value == "true"),
        place: "integration.integrationResponses.responseParameters",
    })
}

/// The header that a mock's default answer has: `None` where it is made up from something else, `Some(None)` where it is
/// missing.
fn literal(mock: &Integration, name: &str) -> Option<Option<String>> {
    let default = mock.integration_responses.get("")?;
    let place = format!("method.response.header.{name}");
    match default.response_parameters.iter().find(|(own, _)| own.eq_ignore_ascii_case(&place)) {
        None => Some(None),
        Some((_, value)) => value.strip_prefix('\'')?.strip_suffix('\'').map(|text| Some(text.to_owned())),
    }
}

/// Whether anything of an API was made for browsers, live or deployed: a CORS configuration, a method OPTIONS of its own, or
/// an answer that allows an origin. An API of which nothing shows it is taken for one that other programs call.
pub(crate) fn is_for_browsers(api: &Api) -> bool {
    let deployed = api.deployed.values();
    let deployed = deployed.filter_map(|held| match &held.baseline {
        Some(baseline) => Some(&baseline.configuration),
        None => held.export.ok().map(|export| &export.configuration),
    });
    let by_summary = api.deployed.values().filter_map(|held| held.summary.ok());
    let answers_options = |methods: &BTreeMap<String, _>| methods.contains_key("OPTIONS");
    std::iter::once(&api.live).chain(deployed).any(shows_browsers)
        || by_summary.flat_map(|summary| summary.values()).any(answers_options)
}

/// Whether all that could show that browsers call an API was read, and nothing does.
pub(crate) fn is_for_no_browser(api: &Api) -> bool {
    let is_unread = |held: &Deployed| match held.baseline {
        Some(_) => false,
        None => [held.summary.known().err(), held.export.known().err()].into_iter().flatten().any(NotRead::is_failure),
    };
    let live = [api.live.routes.known().err(), api.live.gateway_responses.known().err()];
    !is_for_browsers(api)
        && !live.into_iter().flatten().any(NotRead::is_failure)
        && !api.deployed.values().any(is_unread)
}

fn shows_browsers(configuration: &Configuration) -> bool {
    let allows_origin = |name: &String| name.to_ascii_lowercase().ends_with(".access-control-allow-origin");
    let of_gateway = configuration.gateway_responses.ok().into_iter().flatten();
    let routes = configuration.routes.ok().into_iter().flat_map(|routes| &routes.0);
    configuration.cors.is_some()
        || of_gateway.into_iter().any(|(_, own)| own.response_parameters.keys().any(allows_origin))
        || routes.into_iter().any(|(key, route)| {
            let responses = route.integration.iter().flat_map(|own| own.integration_responses.values());
            key.method.as_deref() == Some("OPTIONS")
                || responses.into_iter().any(|own| own.response_parameters.keys().any(allows_origin))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cors_configuration_is_not_read_with_the_routes() {
        assert_eq!(configured_in("apigatewayv2:GetRoutes"), "apigatewayv2:GetApi");
        assert_eq!(configured_in("apigatewayv2:ExportApi"), "apigatewayv2:ExportApi");
    }
}
