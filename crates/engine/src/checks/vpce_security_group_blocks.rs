//! `vpce-security-group-blocks`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A VPC endpoint's security groups let nobody in
    ///
    /// ## What it looks for
    ///
    /// VPC endpoints that are meant for private APIs of the account, none of whose security groups has a rule that lets
    /// anybody in on port 443. Whether a rule that lets some in lets the right ones in is not known to an audit.
    ///
    /// ## Why it matters
    ///
    /// Every call by the endpoint waits until its client gives up: the connection is not answered.
    ///
    /// ## How to fix
    ///
    /// Let 443 in from the security group, or the addresses, of the callers.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    id: "vpce-security-group-blocks",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["vpce-security-group-blocks"],
    asked: Endpoints, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, check, endpoint, private, refused, snapshot, to_endpoint};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn account(rules: Value) -> Snapshot {
        let mut own = snapshot(vec![private(to_endpoint())]);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({})));
        let groups = json!({ "SecurityGroups": [{ "GroupId": "sg-1", "IpPermissions": rules }] });
        own = answered(own, Read::SecurityGroups(vec!["sg-1".to_owned()]), groups);
        own
    }

    #[test]
    fn no_rule_for_https_lets_nobody_in() {
        check(
            &CHECK,
            &account(json!([{ "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80 }])),
            expect![[r#"
            high arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: The VPC endpoint's security group does not let the sender in
        "#]],
        );
    }

    #[test]
    fn a_rule_that_lets_some_in_is_left_alone() {
        let https = json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{ "GroupId": "sg-2" }] }]);
        check(&CHECK, &account(https), expect![[""]]);
        check(
            &CHECK,
            &account(json!([{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "10.0.0.0/8" }] }])),
            expect![[""]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = snapshot(vec![private(to_endpoint())]);
        unread = answered(unread, Read::VpcEndpoints, endpoint(json!({})));
        unread = refused(unread, Read::SecurityGroups(vec!["sg-1".to_owned()]), "ec2:DescribeSecurityGroups");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: access denied: apigateway:GET on arn:aws:… (for ec2:DescribeSecurityGroups)
        "#]],
        );
    }
}
