//! `vpce-policy-denies`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A VPC endpoint's policy lets nobody call a private API
    ///
    /// ## What it looks for
    ///
    /// Private APIs, and the VPC endpoints of the account that are meant for them: associated with the API, or named by
    /// its policy. An endpoint whose own policy has no statement that could allow `execute-api:Invoke` on the API is
    /// told of. Conditions and principals are left out of account: they may let some in.
    ///
    /// ## Why it matters
    ///
    /// Both policies have to allow a request. The API's lets it in, the endpoint's does not, and callers get `403`.
    ///
    /// ## How to fix
    ///
    /// Allow `execute-api:Invoke` on the API in the endpoint's policy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html>
    id: "vpce-policy-denies",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["vpce-policy-denies"],
    asked: Endpoints, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Medium));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, check, endpoint, private, refused, snapshot, to_endpoint};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn account(action: &str, resource: &str) -> Snapshot {
        let policy = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "111122223333" },
            "Action": action, "Resource": resource }] });
        let mut own = snapshot(vec![private(to_endpoint())]);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({ "PolicyDocument": policy.to_string() })));
        own
    }

    #[test]
    fn a_policy_for_other_apis_or_other_actions_lets_nobody_in() {
        check(
            &CHECK,
            &account("execute-api:Invoke", "arn:aws:execute-api:*:*:zzzzzzzzzz/*"),
            expect![[r#"
            medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: A VPC endpoint's policy lets nobody call a private API
        "#]],
        );
        check(
            &CHECK,
            &account("s3:GetObject", "*"),
            expect![[r#"
            medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: A VPC endpoint's policy lets nobody call a private API
        "#]],
        );
    }

    #[test]
    fn a_policy_that_lets_some_in_is_left_alone() {
        check(&CHECK, &account("*", "*"), expect![[""]]);
        check(
            &CHECK,
            &account("execute-api:*", "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/*"),
            expect![[""]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = snapshot(vec![private(to_endpoint())]);
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
