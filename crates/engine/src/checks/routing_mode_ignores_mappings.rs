//! `routing-mode-ignores-mappings`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A custom domain name has mappings that it does not look at
    ///
    /// ## What it looks for
    ///
    /// Custom domain names with the routing mode `ROUTING_RULE_ONLY` that have mappings, where no routing rule takes
    /// the requests of a mapping.
    ///
    /// ## Why it matters
    ///
    /// The requests that the mapping is for come to no API. What AWS answers then is not documented.
    ///
    /// ## How to fix
    ///
    /// Choose a routing mode that falls back to mappings, `ROUTING_RULE_THEN_BASE_PATH_MAPPING`; add a rule; or delete
    /// the mapping.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-routing-mode.html>
    id: "routing-mode-ignores-mappings",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["routing-mode-ignores-mappings"],
    asked: Domains, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Medium));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, domain, lambda_uri, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn account(mode: &str, conditions: Value) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        domain(&mut own, mode, &[("v1", "a1b2c3d4e5", "prod")]);
        let call = json!({ "InvokeApi": { "ApiId": "a1b2c3d4e5", "Stage": "prod" } });
        let rule = json!({ "RoutingRuleId": "r1", "Priority": 1, "Conditions": conditions, "Actions": [call] });
        own = answered(own, Read::RoutingRules("api.example.com".to_owned()), json!({ "RoutingRules": [rule] }));
        own
    }

    fn by_path(path: &str) -> Value {
        json!([{ "MatchBasePaths": { "AnyOf": [path] } }])
    }

    #[test]
    fn a_mapping_that_no_rule_stands_in_for_is_lost() {
        check(
            &CHECK,
            &account("ROUTING_RULE_ONLY", by_path("v2")),
            expect![[r#"
            medium /domainnames/api.example.com v1: api.example.com/v1: A custom domain name has mappings that it does not look at
        "#]],
        );
    }

    #[test]
    fn a_rule_for_the_same_path_and_another_mode_are_left_alone() {
        check(&CHECK, &account("ROUTING_RULE_ONLY", by_path("v1")), expect![[""]]);
        check(&CHECK, &account("ROUTING_RULE_THEN_BASE_PATH_MAPPING", by_path("v2")), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account("ROUTING_RULE_ONLY", by_path("v2"));
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
