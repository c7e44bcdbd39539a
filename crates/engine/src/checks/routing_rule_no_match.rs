//! `routing-rule-no-match`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::foresee;
use crate::snapshot::{ApiKind, Snapshot};

check! {
    /// No routing rule takes requests to the domain name
    ///
    /// ## What it looks for
    ///
    /// Custom domain names that go by routing rules, where no rule takes a request without headers and no mapping does.
    /// Rules for base paths alone say which paths are meant, and are left alone.
    ///
    /// ## Why it matters
    ///
    /// What AWS answers then is not documented; no API does. *Medium* where there is no rule at all, *low* where the
    /// rules ask for headers that callers may leave out.
    ///
    /// ## How to fix
    ///
    /// Add a rule that takes all, or choose a routing mode that falls back to mappings.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html>
    id: "routing-rule-no-match",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["routing-rule-no-match"],
    asked: Names, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|told, _| severity(context.snapshot, &told.word));
}

fn severity(snapshot: &Snapshot, name: &str) -> Option<Severity> {
    let domain = snapshot.domain_names.ok()?.iter().find(|domain| domain.name == name)?;
    // That mappings are not looked at has a check of its own.
    if domain.routing_mode.as_deref() == Some("ROUTING_RULE_ONLY") && !domain.mappings.ok()?.is_empty() {
        return None;
    }
    let rules = foresee::rules_of(snapshot, domain).ok()?;
    match rules.iter().all(|rule| !rule.base_path().is_empty()) {
        _ if rules.is_empty() => Some(Severity::Medium),
        true => None,
        false => Some(Severity::Low),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, denied, domain, lambda_uri, refused, route, snapshot};
    use crate::observed::Observed;
    use crate::reads::Read;
    use serde_json::{Value, json};

    /// A domain name in a routing mode, with routing rules.
    fn ruled(mode: &str, rules: Value) -> Snapshot {
        let mut own = snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])]);
        domain(&mut own, mode, &[]);
        own = answered(own, Read::RoutingRules("api.example.com".to_owned()), json!({ "RoutingRules": rules }));
        own
    }

    fn rule(conditions: Value) -> Value {
        let call = json!({ "InvokeApi": { "ApiId": "a1b2c3d4e5", "Stage": "prod" } });
        json!([{ "RoutingRuleId": "r1", "Priority": 1, "Conditions": conditions, "Actions": [call] }])
    }

    fn by_header() -> Value {
        rule(json!([{ "MatchHeaders": { "AnyOf": [{ "Header": "version", "ValueGlob": "v2" }] } }]))
    }

    #[test]
    fn no_rule_at_all_and_rules_that_ask_for_a_header_leave_requests_alone() {
        check(
            &CHECK,
            &ruled("ROUTING_RULE_ONLY", json!([])),
            expect![[r#"
            medium /domainnames/api.example.com: api.example.com: No routing rule takes requests to the domain name
        "#]],
        );
        check(
            &CHECK,
            &ruled("ROUTING_RULE_ONLY", by_header()),
            expect![[r#"
            low /domainnames/api.example.com: api.example.com: No routing rule takes requests to the domain name
        "#]],
        );
    }

    #[test]
    fn rules_that_take_all_rules_for_base_paths_and_mappings_are_left_alone() {
        check(&CHECK, &ruled("ROUTING_RULE_ONLY", rule(json!([]))), expect![[""]]);
        let by_path = json!([{ "MatchBasePaths": { "AnyOf": ["orders"] } }]);
        check(&CHECK, &ruled("ROUTING_RULE_ONLY", rule(by_path)), expect![[""]]);
        let mut mapped = ruled("ROUTING_RULE_THEN_BASE_PATH_MAPPING", by_header());
        domain(&mut mapped, "ROUTING_RULE_THEN_BASE_PATH_MAPPING", &[("", "a1b2c3d4e5", "prod")]);
        check(&CHECK, &mapped, expect![[""]]);
    }

    #[test]
    fn mappings_that_are_not_looked_at_and_names_that_lead_nowhere_are_told_elsewhere() {
        let mut ignored = ruled("ROUTING_RULE_ONLY", by_header());
        domain(&mut ignored, "ROUTING_RULE_ONLY", &[("", "a1b2c3d4e5", "prod")]);
        check(&CHECK, &ignored, expect![[""]]);
        check(&CHECK, &ruled("ROUTING_RULE_THEN_BASE_PATH_MAPPING", json!([])), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = ruled("ROUTING_RULE_ONLY", json!([]));
        unread.answers.clear();
        unread = refused(unread, Read::RoutingRules("api.example.com".to_owned()), "apigatewayv2:ListRoutingRules");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /domainnames/api.example.com: access denied: apigateway:GET on arn:aws:… (for apigatewayv2:ListRoutingRules)
        "#]],
        );
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
