//! `custom-domain-missing`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// CloudFront asks a name that API Gateway does not know
    ///
    /// ## What it looks for
    ///
    /// Hosts that CloudFront distributions ask, whose DNS record leads to the target of a custom domain name in this
    /// region, where there is no custom domain name of that host. Names are only looked up with `--probe-network`.
    ///
    /// ## Why it matters
    ///
    /// Requests to such a name fail at TLS, or are refused with `403 Forbidden`.
    ///
    /// ## How to fix
    ///
    /// Make the custom domain name, or point the record to where its name is known.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>
    id: "custom-domain-missing",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["custom-domain-missing"],
    asked: Origins, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, domain, fronted, lambda_uri, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn account() -> Snapshot {
        snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
    }

    fn leading_to(alias: &str) -> Snapshot {
        let mut own = fronted("api.example.com", "", json!({}));
        own = answered(own, Read::DnsAlias("api.example.com".to_owned()), json!(alias));
        own
    }

    #[test]
    fn a_name_that_leads_here_and_is_not_known_here_is_a_risk() {
        check(
            &CHECK,
            &leading_to("d-abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            expect![[r#"
            info 111122223333:distribution/E1: api.example.com: CloudFront asks a name that API Gateway does not know
        "#]],
        );
    }

    #[test]
    fn known_names_and_names_that_lead_elsewhere_are_left_alone() {
        let mut known = leading_to("d-abcdef1234.execute-api.eu-west-1.amazonaws.com");
        domain(&mut known, "BASE_PATH_MAPPING_ONLY", &[]);
        check(&CHECK, &known, expect![[""]]);
        check(&CHECK, &leading_to("d-abcdef1234.execute-api.us-east-1.amazonaws.com"), expect![[""]]);
        check(&CHECK, &leading_to("lb.example.net"), expect![[""]]);
    }

    #[test]
    fn where_names_are_not_looked_up_it_says_that_it_would_have_to() {
        let report = crate::report::audit(&[fronted("api.example.com", "", json!({}))], &|_| true);
        let own = |all: &[crate::finding::NotEvaluated]| {
            let own = all.iter().filter(|entry| entry.check == CHECK.id);
            own.map(|entry| (entry.resource.arn.clone(), entry.reason.clone())).collect::<Vec<_>>()
        };
        assert_eq!(own(&report.not_evaluated), []);
        let reason = "not read: dns:CNAME on api.example.com: host names are looked up only with --probe-network";
        let arn = "arn:aws:cloudfront::111122223333:distribution/E1".to_owned();
        assert_eq!(own(&report.not_looked_up), [(arn, reason.to_owned())]);
        // Looked up, it is said or it is not.
        let report = crate::report::audit(&[leading_to("lb.example.net")], &|_| true);
        assert_eq!(own(&report.not_looked_up), []);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account();
        unread = refused(unread, Read::Distributions, "cloudfront:ListDistributions");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated 111122223333:distribution/*: access denied: apigateway:GET on arn:aws:… (for cloudfront:ListDistributions)
        "#]],
        );
        check(&CHECK, &Snapshot { complete: false, ..account() }, expect![[""]]);
    }
}
