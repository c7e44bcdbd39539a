//! `resource-policy-explicit-deny`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The resource policy denies some senders
    ///
    /// ## What it looks for
    ///
    /// Resource policies of REST APIs with a Deny statement that applies to some senders, or to all. Of private APIs,
    /// those that deny the VPC endpoints that are meant for them.
    ///
    /// ## Why it matters
    ///
    /// Whom such a statement applies to gets `403` `… with an explicit deny`, whatever else allows it. That is what a
    /// Deny is for; but addresses change, and an edited policy is only in force when it is deployed.
    ///
    /// ## How to fix
    ///
    /// Nothing, where no caller is meant. Otherwise change the statement's condition, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
    id: "resource-policy-explicit-deny",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["resource-policy-explicit-deny"],
    asked: Senders, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{by_endpoint, check, private, public, refused, snapshot, statement};
    use crate::reads::Read;

    use serde_json::json;

    #[test]
    fn a_policy_that_denies_by_address_is_a_risk() {
        let office = statement("Deny", json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
        check(
            &CHECK,
            &public(json!([statement("Allow", json!({})), office])),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The resource policy denies some senders
        "#]],
        );
        let other = statement("Deny", json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-2" } }));
        let own = statement("Allow", json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } }));
        check(
            &CHECK,
            &by_endpoint(json!([own, other])),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The resource policy denies some senders
        "#]],
        );
    }

    #[test]
    fn a_policy_without_a_deny_and_one_that_does_not_deny_the_endpoints_that_are_meant_are_left_alone() {
        let office = statement("Allow", json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
        check(&CHECK, &public(json!([office])), expect![[""]]);
        let own = statement("Deny", json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }));
        check(&CHECK, &by_endpoint(json!([statement("Allow", json!({})), own])), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let own = statement("Deny", json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }));
        let mut unread = snapshot(vec![private(json!([statement("Allow", json!({})), own]))]);
        unread = refused(unread, Read::VpcEndpoints, "ec2:DescribeVpcEndpoints");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/*: access denied: apigateway:GET on arn:aws:… (for ec2:DescribeVpcEndpoints)
        "#]],
        );
    }
}
