//! `private-domain-no-access-association`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A private custom domain name is opened to no VPC endpoint
    ///
    /// ## What it looks for
    ///
    /// Private custom domain names that no access association of this account joins to a VPC endpoint. Those that other
    /// accounts made for a name that is shared with them are not listed to its owner.
    ///
    /// ## Why it matters
    ///
    /// Nobody in this account can call the domain name: its requests fail at DNS or TLS, or are refused with `403
    /// Forbidden`.
    ///
    /// ## How to fix
    ///
    /// Make an association with the VPC endpoint of the callers.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html>
    id: "private-domain-no-access-association",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["private-domain-no-access-association"],
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

    fn account(kind: &str) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        let domain = domain(&mut own, "BASE_PATH_MAPPING_ONLY", &[("", "a1b2c3d4e5", "prod")]);
        domain.settings.insert("endpointTypes".to_owned(), json!([kind]));
        own
    }

    fn joined(associations: Value) -> Snapshot {
        let mut own = account("PRIVATE");
        own = answered(own, Read::AccessAssociations, json!({ "items": associations }));
        own
    }

    #[test]
    fn a_private_name_without_an_association_answers_nobody() {
        check(
            &CHECK,
            &joined(json!([])),
            expect![[r#"
            medium /domainnames/api.example.com: api.example.com: The private custom domain name is not opened to the VPC endpoint
        "#]],
        );
    }

    #[test]
    fn an_association_and_public_names_are_left_alone() {
        let arn = "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/api.example.com+p1";
        check(&CHECK, &joined(json!([{ "domainNameArn": arn }])), expect![[""]]);
        check(&CHECK, &account("REGIONAL"), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account("PRIVATE");
        unread = refused(unread, Read::AccessAssociations, "apigateway:GetDomainNameAccessAssociations");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDomainNameAccessAssociations)
        "#]],
        );
    }
}
