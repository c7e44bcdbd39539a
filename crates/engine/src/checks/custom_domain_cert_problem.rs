//! `custom-domain-cert-problem`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A custom domain name's certificate does not serve
    ///
    /// ## What it looks for
    ///
    /// Custom domain names that are not available, and those whose certificate is gone, has expired, was revoked, or
    /// does not cover the name.
    ///
    /// ## Why it matters
    ///
    /// Clients break off while they set up TLS; no request reaches the API, so that no log and no metric shows it.
    ///
    /// ## How to fix
    ///
    /// Issue the certificate again, or attach one that covers the name. Where the domain name is not available, its
    /// status message says what it waits for.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
    /// - <https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html>
    id: "custom-domain-cert-problem",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["custom-domain-cert-problem"],
    asked: Names, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, domain, lambda_uri, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:acm:eu-west-1:111122223333:certificate/1";

    fn account(status: &str) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        let domain = domain(&mut own, "BASE_PATH_MAPPING_ONLY", &[("", "a1b2c3d4e5", "prod")]);
        domain.settings.insert("domainNameStatus".to_owned(), json!(status));
        domain.settings.insert("regionalCertificateArn".to_owned(), json!(ARN));
        own
    }

    fn with_certificate(certificate: Value) -> Snapshot {
        let mut own = account("AVAILABLE");
        own = answered(own, Read::Certificate(ARN.to_owned()), json!({ "Certificate": certificate }));
        own
    }

    fn certificate(name: &str, until: &str) -> Value {
        json!({ "Status": "ISSUED", "DomainName": name, "SubjectAlternativeNames": [name], "NotAfter": until })
    }

    #[test]
    fn a_certificate_that_has_expired_or_is_for_another_name_serves_nobody() {
        check(
            &CHECK,
            &with_certificate(certificate("*.example.com", "2026-10-09T00:00:00Z")),
            expect![[r#"
            high /domainnames/api.example.com: api.example.com: The custom domain name's certificate does not serve
        "#]],
        );
        check(
            &CHECK,
            &with_certificate(certificate("www.example.com", "2027-10-09T00:00:00Z")),
            expect![[r#"
            high /domainnames/api.example.com: api.example.com: The custom domain name's certificate does not serve
        "#]],
        );
    }

    #[test]
    fn a_domain_name_that_is_not_available_serves_nobody() {
        check(
            &CHECK,
            &account("PENDING_CERTIFICATE_REIMPORT"),
            expect![[r#"
            high /domainnames/api.example.com: api.example.com: The custom domain name's certificate does not serve
        "#]],
        );
    }

    #[test]
    fn a_valid_certificate_and_a_name_that_is_being_updated_are_left_alone() {
        let valid = certificate("*.example.com", "2027-10-09T00:00:00Z");
        check(&CHECK, &with_certificate(valid.clone()), expect![[""]]);
        let mut updating = account("UPDATING");
        updating = answered(updating, Read::Certificate(ARN.to_owned()), json!({ "Certificate": valid }));
        check(&CHECK, &updating, expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account("AVAILABLE");
        unread = refused(unread, Read::Certificate(ARN.to_owned()), "acm:DescribeCertificate");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:… (for acm:DescribeCertificate)
        "#]],
        );
    }
}
