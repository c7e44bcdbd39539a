//! `custom-domain-no-mapping`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A custom domain name leads to no API
    ///
    /// ## What it looks for
    ///
    /// Custom domain names without a mapping, and without routing rules where these come first.
    ///
    /// ## Why it matters
    ///
    /// Every request to the domain name is refused with `403 Forbidden`. No log and no metric shows it, since it
    /// reaches no API.
    ///
    /// ## How to fix
    ///
    /// Map the domain name to a stage; or delete it, if it is left over.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    id: "custom-domain-no-mapping",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["custom-domain-no-mapping"],
    asked: Names, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, domain, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account(mode: &str, mappings: &[(&str, &str, &str)]) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        domain(&mut own, mode, mappings);
        own
    }

    #[test]
    fn a_domain_name_without_a_mapping_answers_nobody() {
        check(
            &CHECK,
            &account("BASE_PATH_MAPPING_ONLY", &[]),
            expect![[r#"
            medium /domainnames/api.example.com: api.example.com: The domain name leads to no API
        "#]],
        );
    }

    #[test]
    fn one_with_a_mapping_and_one_that_goes_by_rules_alone_are_left_alone() {
        check(&CHECK, &account("BASE_PATH_MAPPING_ONLY", &[("v1", "a1b2c3d4e5", "prod")]), expect![[""]]);
        check(&CHECK, &account("ROUTING_RULE_ONLY", &[]), expect![[""]]);
    }

    #[test]
    fn whoever_asks_for_one_api_does_not_ask_for_names_that_lead_to_none() {
        let one = Snapshot { complete: false, ..account("BASE_PATH_MAPPING_ONLY", &[]) };
        check(&CHECK, &one, expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account("BASE_PATH_MAPPING_ONLY", &[]);
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
