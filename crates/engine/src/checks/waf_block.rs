//! `waf-block`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A web ACL may block requests
    ///
    /// ## What it looks for
    ///
    /// Stages of REST APIs with a web ACL of AWS WAF that blocks: by default, by a rule of its own, or by a group of
    /// rules that is not overridden to count.
    ///
    /// ## Why it matters
    ///
    /// What WAF blocks gets `403 Forbidden`, the same answer as a request with a wrong API key. That is what a web ACL
    /// is for; but a rule that is too wide blocks callers, too, and nothing in the API's own logs says so unless the
    /// access log's format asks for it.
    ///
    /// ## How to fix
    ///
    /// Nothing, where it blocks what it should. Otherwise let the rule count only, or narrow it;
    /// `$context.wafResponseCode` in the access log tells what it did.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-actions.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html>
    id: "waf-block",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["waf-block"],
    asked: Stages, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, lambda_uri, refused, route, snapshot};
    use crate::observed::Observed;
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn guarded() -> (Snapshot, Read) {
        let mut own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        let Observed::Known(stages) = &mut own.stages else { panic!("the fixture has stages") };
        stages[0]
            .settings
            .insert("webAclArn".to_owned(), json!("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/1"));
        let read = Read::WebAcl(own.stage_arn("eu-west-1", "prod"));
        (snapshot(vec![own]), read)
    }

    fn with_rule(rule: Value) -> Snapshot {
        let (mut snapshot, read) = guarded();
        snapshot = answered(
            snapshot,
            read,
            json!({ "WebACL": { "Name": "a", "DefaultAction": { "Allow": {} }, "Rules": [rule] } }),
        );
        snapshot
    }

    #[test]
    fn a_rule_that_blocks_is_a_risk() {
        check(
            &CHECK,
            &with_rule(json!({ "Name": "crs", "OverrideAction": { "None": {} } })),
            expect![[r#"
            info /restapis/a1b2c3d4e5/stages/prod: prod: A web ACL may block requests
        "#]],
        );
    }

    #[test]
    fn rules_that_count_and_no_web_acl_at_all_are_left_alone() {
        check(&CHECK, &with_rule(json!({ "Name": "crs", "OverrideAction": { "Count": {} } })), expect![[""]]);
        let own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        check(&CHECK, &snapshot(vec![own]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let (mut snapshot, read) = guarded();
        snapshot = refused(snapshot, read, "wafv2:GetWebACLForResource");
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for wafv2:GetWebACLForResource)
        "#]],
        );
    }
}
