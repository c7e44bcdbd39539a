//! `routing-rule-shadows`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A routing rule never leads to the routes that it is for
    ///
    /// ## What it looks for
    ///
    /// Routing rules of custom domain names that an earlier rule always takes the requests of, where the earlier rule's
    /// stage has no route for them; and rules that leave their base path in the path, where no route of their stage
    /// begins with it.
    ///
    /// ## Why it matters
    ///
    /// Every request that the rule is for gets `403 Missing Authentication Token`, or `404` from an HTTP API.
    ///
    /// ## How to fix
    ///
    /// Exchange the priorities: the smallest number comes first. Or set `StripBasePath` on the rule.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>
    id: "routing-rule-shadows",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["routing-rule-shadows"],
    asked: Rules, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Routes;
    use crate::fixture::{answered, api, check, deploy, domain, lambda_uri, refused, route, snapshot, stage};
    use crate::observed::Observed;
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    /// `prod` serves `GET /orders`, `beta` serves these.
    fn ruled(keys: &[&str], rules: Value) -> Snapshot {
        let routes = |keys: &[&str]| keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect::<Vec<_>>();
        let mut own = api(ApiKind::Rest, routes(&["GET /orders"]));
        let mut beta = own.live.clone();
        beta.routes = Observed::Known(Routes(routes(keys).into_iter().collect()));
        deploy(&mut own, "d0", &beta);
        own.stages = Observed::Known(vec![stage("beta", "d0"), stage("prod", "d1")]);
        let mut snapshot = snapshot(vec![own]);
        domain(&mut snapshot, "ROUTING_RULE_ONLY", &[]);
        snapshot =
            answered(snapshot, Read::RoutingRules("api.example.com".to_owned()), json!({ "RoutingRules": rules }));
        snapshot
    }

    fn rule(id: &str, priority: u8, conditions: Value, stage: &str, strips: bool) -> Value {
        let call = json!({ "ApiId": "a1b2c3d4e5", "Stage": stage, "StripBasePath": strips });
        json!({ "RoutingRuleId": id, "Priority": priority, "Conditions": conditions, "Actions": [{ "InvokeApi": call }] })
    }

    fn by_path(path: &str) -> Value {
        json!([{ "MatchBasePaths": { "AnyOf": [path] } }])
    }

    #[test]
    fn an_earlier_rule_takes_what_a_later_one_is_for() {
        let rules = json!([rule("all", 1, json!([]), "beta", false), rule("v1", 2, by_path("v1"), "prod", true)]);
        check(
            &CHECK,
            &ruled(&["GET /ping"], rules),
            expect![[r#"
            high /domainnames/api.example.com rule v1: api.example.com rule v1: A routing rule takes the request away from where it would be answered
        "#]],
        );
    }

    #[test]
    fn a_base_path_that_stays_in_the_path_leads_to_no_route() {
        let rules = json!([rule("v1", 1, by_path("v1"), "prod", false)]);
        check(
            &CHECK,
            &ruled(&["GET /ping"], rules),
            expect![[r#"
            high /domainnames/api.example.com rule v1: api.example.com rule v1: A routing rule takes the request away from where it would be answered
        "#]],
        );
    }

    #[test]
    fn rules_that_lead_to_their_routes_are_left_alone() {
        let rules = json!([rule("v1", 1, by_path("v1"), "prod", true), rule("all", 2, json!([]), "beta", false)]);
        check(&CHECK, &ruled(&["GET /ping"], rules), expect![[""]]);
        let rules = json!([rule("orders", 1, by_path("orders"), "prod", false)]);
        check(&CHECK, &ruled(&["GET /ping"], rules), expect![[""]]);
        let by_header = json!([{ "MatchHeaders": { "AnyOf": [{ "Header": "version", "ValueGlob": "v*" }] } }]);
        let rules = json!([rule("beta", 1, by_header, "beta", false), rule("all", 2, json!([]), "prod", false)]);
        check(&CHECK, &ruled(&["GET /ping"], rules), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = ruled(&["GET /ping"], json!([]));
        unread.answers.clear();
        unread = refused(unread, Read::RoutingRules("api.example.com".to_owned()), "apigatewayv2:ListRoutingRules");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:ListRoutingRules)
        "#]],
        );
    }
}
