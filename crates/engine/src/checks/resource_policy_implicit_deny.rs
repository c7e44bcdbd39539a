//! `resource-policy-implicit-deny`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::policy;
use crate::snapshot::ApiKind;

check! {
    /// The resource policy lets in some senders alone
    ///
    /// ## What it looks for
    ///
    /// Resource policies of REST APIs that let in by what the sender is: an address, a VPC, a principal. Of private
    /// APIs, those that do not even let in the VPC endpoints that are meant for them.
    ///
    /// ## Why it matters
    ///
    /// Whoever is not let in gets `403`, `User: anonymous is not authorized to perform: execute-api:Invoke`. That is
    /// what a policy is for; but addresses change, and an edited policy is only in force when it is deployed.
    ///
    /// ## How to fix
    ///
    /// Nothing, where all callers are let in. Otherwise add their address, VPC or endpoint to the policy, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html>
    id: "resource-policy-implicit-deny",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["resource-policy-implicit-deny"],
    asked: Senders, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    // That a private API lets nobody in has a check of its own.
    let lets_none_in = |id: &str| {
        let api = context.snapshot.apis.iter().find(|api| api.id == id && api.is_private());
        let policy = api.and_then(|api| api.live.settings.policy.as_ref());
        policy.is_some_and(|policy| !policy::allows(policy))
    };
    judge(context, out, &|told, _| (!lets_none_in(told.resource.api_id.as_deref()?)).then_some(Severity::Info));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{by_endpoint, check, private, public, refused, snapshot, statement};
    use crate::reads::Read;

    use serde_json::json;

    #[test]
    fn a_policy_that_lets_in_by_address_is_a_risk() {
        let office = statement("Allow", json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
        check(
            &CHECK,
            &public(json!([office])),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The resource policy lets in some senders alone
        "#]],
        );
        let other = statement("Allow", json!({ "StringEquals": { "aws:SourceVpce": "vpce-2" } }));
        check(
            &CHECK,
            &by_endpoint(json!([other])),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The resource policy lets in some senders alone
        "#]],
        );
    }

    #[test]
    fn a_policy_that_lets_all_in_or_the_endpoints_that_are_meant_is_left_alone() {
        check(&CHECK, &public(json!([statement("Allow", json!({}))])), expect![[""]]);
        let own = statement("Allow", json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }));
        check(&CHECK, &by_endpoint(json!([own])), expect![[""]]);
    }

    #[test]
    fn a_private_api_that_lets_nobody_in_and_a_deny_are_told_elsewhere() {
        let kept_out = statement("Deny", json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
        check(&CHECK, &by_endpoint(json!([kept_out])), expect![[""]]);
        check(&CHECK, &public(json!([statement("Allow", json!({})), kept_out])), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let own = statement("Allow", json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }));
        let mut unread = snapshot(vec![private(json!([own]))]);
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
