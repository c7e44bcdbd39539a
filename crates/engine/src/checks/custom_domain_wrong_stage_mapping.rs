//! `custom-domain-wrong-stage-mapping`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A mapping leads to a stage that serves none of the routes of the others
    ///
    /// ## What it looks for
    ///
    /// Mappings of custom domain names to a stage that has none of the routes that the other stages of the API serve. A
    /// stage that is merely behind another, or ahead of it, is left alone.
    ///
    /// ## Why it matters
    ///
    /// Callers of the domain name get `403 Missing Authentication Token`, or `404` from an HTTP API, for every route
    /// that they know.
    ///
    /// ## How to fix
    ///
    /// Point the mapping to the other stage, or deploy to this one.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    id: "custom-domain-wrong-stage-mapping",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["custom-domain-wrong-stage-mapping"],
    asked: Mapped, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Routes;
    use crate::fixture::{api, check, denied, deploy, domain, lambda_uri, route, snapshot, stage};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    /// `prod` serves `GET /orders`, and the mapping leads to `old`, which serves these.
    fn mapped_to_old(keys: &[&str]) -> Snapshot {
        let routes = |keys: &[&str]| keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect::<Vec<_>>();
        let mut own = api(ApiKind::Rest, routes(&["GET /orders"]));
        let mut old = own.live.clone();
        old.routes = Observed::Known(Routes(routes(keys).into_iter().collect()));
        deploy(&mut own, "d0", &old);
        own.stages = Observed::Known(vec![stage("old", "d0"), stage("prod", "d1")]);
        let mut snapshot = snapshot(vec![own]);
        domain(&mut snapshot, "BASE_PATH_MAPPING_ONLY", &[("v1", "a1b2c3d4e5", "old")]);
        snapshot
    }

    #[test]
    fn the_mapped_stage_serves_nothing_of_what_the_other_serves() {
        check(
            &CHECK,
            &mapped_to_old(&["GET /ping"]),
            expect![[r#"
            high /domainnames/api.example.com v1: api.example.com/v1: The mapping leads to another stage than the one with the route
        "#]],
        );
    }

    #[test]
    fn a_stage_that_is_behind_is_left_alone() {
        check(&CHECK, &mapped_to_old(&["GET /orders", "GET /ping"]), expect![[""]]);
        check(&CHECK, &mapped_to_old(&["ANY /{proxy+}"]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = mapped_to_old(&["GET /ping"]);
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
