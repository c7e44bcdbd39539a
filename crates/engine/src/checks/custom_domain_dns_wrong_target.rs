//! `custom-domain-dns-wrong-target`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A custom domain name's DNS record leads elsewhere
    ///
    /// ## What it looks for
    ///
    /// Custom domain names whose record is an alias of an API's own `execute-api` name, or of the target of another
    /// custom domain name of the region. What else a record leads to, such as a distribution or a proxy, may hand its
    /// requests on and is left alone. Names are only looked up with `--probe-network`.
    ///
    /// ## Why it matters
    ///
    /// What answers there does not know the name: clients meet the certificate of another, or get `403 Forbidden`.
    ///
    /// ## How to fix
    ///
    /// Point the record to the domain name's own target, `d-….execute-api…` or `….cloudfront.net`.
    ///
    /// ## References
    ///
    /// - <https://github.com/amplify-education/serverless-domain-manager/issues/321>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
    id: "custom-domain-dns-wrong-target",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["custom-domain-dns-wrong-target"],
    asked: Names, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, domain, lambda_uri, refused, route, snapshot};
    use crate::observed::Observed;
    use crate::reads::{Answer, Read};
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn account() -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        domain(&mut own, "BASE_PATH_MAPPING_ONLY", &[("v1", "a1b2c3d4e5", "prod"), ("v2", "a1b2c3d4e5", "prod")]);
        own
    }

    fn alias() -> Read {
        Read::DnsAlias("api.example.com".to_owned())
    }

    fn leading_to(target: &str) -> Snapshot {
        let mut own = account();
        own = answered(own, alias(), json!(target));
        own
    }

    #[test]
    fn the_record_leads_to_an_api_or_to_the_target_of_another_name() {
        check(
            &CHECK,
            &leading_to("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"),
            expect![[r#"
            high /domainnames/api.example.com: api.example.com: The custom domain name's DNS record leads elsewhere
        "#]],
        );
        check(
            &CHECK,
            &leading_to("d-0000000000.execute-api.eu-west-1.amazonaws.com"),
            expect![[r#"
            high /domainnames/api.example.com: api.example.com: The custom domain name's DNS record leads elsewhere
        "#]],
        );
    }

    #[test]
    fn its_own_target_and_what_may_hand_requests_on_are_left_alone() {
        check(&CHECK, &leading_to("d-abcdef1234.execute-api.eu-west-1.amazonaws.com"), expect![[""]]);
        check(&CHECK, &leading_to("d111111abcdef8.cloudfront.net"), expect![[""]]);
        check(&CHECK, &leading_to("d-0000000000.execute-api.us-east-1.amazonaws.com"), expect![[""]]);
        let mut no_alias = account();
        no_alias.answers.push(Answer { read: alias(), answer: Observed::Known(None) });
        check(&CHECK, &no_alias, expect![[""]]);
    }

    #[test]
    fn nobody_is_told_of_names_that_nobody_allowed_to_look_up() {
        check(&CHECK, &account(), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account();
        unread = refused(unread, alias(), "dns:CNAME");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:… (for dns:CNAME)
        "#]],
        );
    }
}
