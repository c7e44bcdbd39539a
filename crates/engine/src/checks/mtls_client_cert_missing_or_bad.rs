//! `mtls-client-cert-missing-or-bad`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Callers need a client certificate
    ///
    /// ## What it looks for
    ///
    /// Custom domain names with mutual TLS.
    ///
    /// ## Why it matters
    ///
    /// Whoever sends no certificate, or one that the truststore does not know, is broken off while setting up TLS, or
    /// gets `403 Forbidden`. That is what mutual TLS is for; but a certificate authority that is missing from the
    /// truststore shuts out callers who should come in.
    ///
    /// ## How to fix
    ///
    /// Nothing, where all callers have a certificate. Put the whole chain of theirs into the truststore, and raise its
    /// version.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>
    id: "mtls-client-cert-missing-or-bad",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["mtls-client-cert-missing-or-bad"],
    asked: Names, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, domain, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn account(truststore: Option<&str>) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        let domain = domain(&mut own, "BASE_PATH_MAPPING_ONLY", &[("v1", "a1b2c3d4e5", "prod")]);
        if let Some(uri) = truststore {
            domain.settings.insert("mutualTlsAuthentication".to_owned(), json!({ "truststoreUri": uri }));
        }
        own
    }

    #[test]
    fn a_truststore_is_a_risk() {
        check(
            &CHECK,
            &account(Some("s3://trust/ca.pem")),
            expect![[r#"
            info /domainnames/api.example.com: api.example.com: Callers need a client certificate
        "#]],
        );
    }

    #[test]
    fn a_domain_name_without_one_is_left_alone() {
        check(&CHECK, &account(None), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account(None);
        unread.domain_names = Observed::NotRead(denied("apigateway:GetDomainNames"));
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDomainNames)
        "#]],
        );
    }
}
