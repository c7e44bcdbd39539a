//! The words in which clients say that nothing answered: each has its own.

use serde_json::json;

use super::{at_domain, domain, failed};
use crate::observed::Observed;
use crate::testkit::{facts, first, to_orders};

#[test]
fn every_client_has_its_own_words_for_a_name_that_does_not_resolve() {
    let mut none = facts(Vec::new());
    none.keep_api("a1b2c3d4e5", Observed::Known(None));
    for text in [
        "net::ERR_NAME_NOT_RESOLVED",
        "NS_ERROR_UNKNOWN_HOST",
        "java.net.UnknownHostException: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
        "Unable to resolve host \"a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com\": No address associated with hostname",
        "A server with the specified hostname could not be found.",
        "No such host is known. (a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com:443)",
        "The remote name could not be resolved: 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com'",
        "cURL error 6: Could not resolve host: a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
        "[Errno 11001] getaddrinfo failed",
        "[Errno -2] Name does not resolve",
    ] {
        let exchange = failed(to_orders("GET", "/orders"), text);
        assert_eq!(first(&exchange, &none), "dns-api-host-not-found certain", "{text}");
    }
}

#[test]
fn every_client_has_its_own_words_for_a_certificate_that_it_was_to_send() {
    let mutual = domain(json!({ "domainName": "api.example.com",
        "mutualTlsAuthentication": { "truststoreUri": "s3://trust/store.pem" } }));
    let plain = domain(json!({ "domainName": "api.example.com" }));
    for text in [
        "net::ERR_BAD_SSL_CLIENT_AUTH_CERT",
        "net::ERR_SSL_CLIENT_AUTH_CERT_NEEDED",
        "SSL_ERROR_BAD_CERT_ALERT",
        "SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT",
        "The server \u{201c}api.example.com\u{201d} requires a client certificate.",
        "remote error: tls: certificate required",
    ] {
        let exchange = failed(at_domain(), text);
        assert_eq!(first(&exchange, &mutual), "mtls-client-cert-missing-or-bad likely", "{text}");
        assert_ne!(first(&exchange, &plain), "mtls-client-cert-missing-or-bad likely", "{text}");
    }
    assert_eq!(
        first(&failed(at_domain(), "net::ERR_SSL_PROTOCOL_ERROR"), &mutual),
        "mtls-client-cert-missing-or-bad possible"
    );
}
