//! `http-mapping-no-match`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Paths outside the keys of the mappings lead nowhere
    ///
    /// ## What it looks for
    ///
    /// Custom domain names with mappings to HTTP APIs, none of which is for all paths.
    ///
    /// ## Why it matters
    ///
    /// Whoever calls the domain name without one of the keys, its root above all, gets `404 Not Found`. That may be
    /// meant: the finding is for your information.
    ///
    /// ## How to fix
    ///
    /// Add a mapping with an empty key, if other paths should be answered.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html>
    id: "http-mapping-no-match",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["http-mapping-no-match"],
    asked: Names, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, domain, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account(kind: ApiKind, paths: &[&str]) -> Snapshot {
        let mut own = snapshot(vec![api(kind, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        let mappings: Vec<_> = paths.iter().map(|path| (*path, "a1b2c3d4e5", "prod")).collect();
        domain(&mut own, "API_MAPPING_ONLY", &mappings);
        own
    }

    #[test]
    fn no_mapping_is_for_all_paths() {
        check(
            &CHECK,
            &account(ApiKind::Http, &["v1", "v2"]),
            expect![[r#"
            info /domainnames/api.example.com: api.example.com: Paths outside the keys of the mappings lead nowhere
        "#]],
        );
    }

    #[test]
    fn a_mapping_for_all_paths_and_rest_apis_are_left_alone() {
        check(&CHECK, &account(ApiKind::Http, &["v1", ""]), expect![[""]]);
        check(&CHECK, &account(ApiKind::Rest, &["v1", "v2"]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account(ApiKind::Http, &["v1"]);
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
