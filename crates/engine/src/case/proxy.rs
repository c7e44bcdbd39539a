//! Error pages of proxies: what stands before an API, or on its callers' side, answers in words of its own.

use crate::exchange::Response;

/// Names by which proxies and load balancers sign their answers, in `Server` and at the foot of their pages.
const NAMES: [&str; 13] = [
    "nginx",
    "openresty",
    "tengine",
    "cloudflare",
    "squid",
    "awselb",
    "haproxy",
    "envoy",
    "varnish",
    "traefik",
    "caddy",
    "apache",
    "litespeed",
];

/// Whether a proxy or another web server before or behind the API made an error: one of their names is on it, and the body is not JSON, of which the gateway's own errors
/// are. What a proxy only passed on has the gateway's ids, which are to be looked at first.
pub(super) fn made(response: &Response) -> bool {
    if response.status < 400 || response.body.trim().is_empty() || response.json().is_some() {
        return false;
    }
    let named = |text: &str| {
        let text = text.to_ascii_lowercase();
        NAMES.iter().any(|name| text.contains(name))
    };
    let is_page = response.body.trim_start().starts_with('<');
    response.headers.get("server").is_some_and(named) || is_page && named(&response.body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::case::facts::{Facts, Read};
    use crate::exchange::Exchange;
    use crate::fixture::{self, lambda_uri, route};
    use crate::snapshot::ApiKind;
    use crate::testkit::{explained, facts, first, to_orders};

    fn orders() -> Facts<'static> {
        facts(vec![fixture::api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
            .with(Read::UsagePlans, json!({ "items": [] }))
            .with(Read::Account, json!({ "throttleSettings": { "rateLimit": 10_000.0, "burstLimit": 5_000 } }))
    }

    fn page(status: u16, name: &str) -> String {
        format!("<html><head><title>{status}</title></head><body><hr><center>{name}</center></body></html>")
    }

    #[test]
    fn a_proxys_page_is_none_of_the_gateways_answers() {
        let get = || to_orders("GET", "/orders");
        for (status, body, server) in [
            (504, page(504, "nginx/1.24.0"), "nginx/1.24.0"),
            (504, "ERR_CONNECT_FAIL".to_owned(), "squid/5"),
            (504, page(504, "Gateway Time-out"), "awselb/2.0"),
            (504, page(504, "nginx"), "unnamed"),
            (502, page(502, "nginx/1.24.0"), "nginx/1.24.0"),
            (502, "error code: 502".to_owned(), "cloudflare"),
            (429, page(429, "nginx"), "nginx"),
            (403, page(403, "nginx"), "nginx"),
            (413, page(413, "nginx"), "nginx"),
            (503, page(503, "nginx"), "nginx"),
        ] {
            let exchange = get().answered(status, &[("Server", server)], &body);
            let causes = explained(&exchange, &orders()).causes;
            assert_eq!(causes[0].id, "insufficient-facts", "{status} {server}: {}", causes[0].says);
        }
        // A backend signs its pages so, too: neither is blamed.
        let apache = "<html><address>Apache/2.4</address></html>";
        let exchange = get().answered(502, &[("Server", "Apache/2.4")], apache);
        let own = explained(&exchange, &orders()).causes.swap_remove(0);
        assert!(own.says.contains("a proxy before the API, or the backend"), "{}", own.says);
        assert_eq!((own.id, own.confidence.name()), ("insufficient-facts", "possible"));
        assert_eq!(own.evidence[0].path, "headers.Server");
    }

    /// What only passed through a proxy is the gateway's own: its words, or its ids, tell.
    #[test]
    fn what_a_proxy_passes_on_is_who_made_its() {
        let late = r#"{"message": "Endpoint request timed out"}"#;
        let answered = |headers: &[(&str, &str)], body: &str| -> Exchange {
            to_orders("GET", "/orders").answered(504, headers, body)
        };
        let own =
            [("Server", "cloudflare"), ("x-amz-apigw-id", "1="), ("x-amzn-ErrorType", "InternalServerErrorException")];
        for (exchange, expected) in [
            (answered(&[("Server", "nginx")], late), "integration-timeout certain"),
            (answered(&own, late), "integration-timeout certain"),
            (answered(&own, "<html>too late</html>"), "integration-timeout possible"),
        ] {
            assert_eq!(first(&exchange, &orders()), expected);
        }
    }
}
