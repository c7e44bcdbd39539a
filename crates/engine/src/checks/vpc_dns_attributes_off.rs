//! `vpc-dns-attributes-off`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The VPC of an endpoint does not resolve private names
    ///
    /// ## What it looks for
    ///
    /// VPCs with an endpoint for `execute-api` that has private DNS, where the VPC's DNS support or DNS host names are
    /// off, and the account has private APIs.
    ///
    /// ## Why it matters
    ///
    /// Private DNS needs both. Within the VPC the names of private APIs resolve to nothing, or to addresses that do not
    /// answer for them. A resolver of your own may make up for it.
    ///
    /// ## How to fix
    ///
    /// Switch both attributes of the VPC on.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
    id: "vpc-dns-attributes-off",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["vpc-dns-attributes-off"],
    asked: PrivateInVpc, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, check, endpoint, private, refused, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn attribute(name: &str) -> Read {
        Read::VpcAttribute { vpc: "vpc-1".to_owned(), attribute: name.to_owned() }
    }

    fn account(private_dns: bool, support: bool, hostnames: bool) -> Snapshot {
        let mut own = snapshot(vec![private(Value::Null)]);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({ "PrivateDnsEnabled": private_dns })));
        own = answered(own, attribute("enableDnsSupport"), json!({ "EnableDnsSupport": { "Value": support } }));
        own = answered(own, attribute("enableDnsHostnames"), json!({ "EnableDnsHostnames": { "Value": hostnames } }));
        own
    }

    #[test]
    fn private_dns_needs_both_attributes() {
        check(
            &CHECK,
            &account(true, false, true),
            expect![[r#"
            medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: The VPC does not resolve private names
        "#]],
        );
        check(
            &CHECK,
            &account(true, true, false),
            expect![[r#"
            medium arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: orders: The VPC does not resolve private names
        "#]],
        );
    }

    #[test]
    fn both_attributes_and_endpoints_without_private_dns_are_left_alone() {
        check(&CHECK, &account(true, true, true), expect![[""]]);
        check(&CHECK, &account(false, false, false), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = snapshot(vec![private(Value::Null)]);
        unread = answered(unread, Read::VpcEndpoints, endpoint(json!({ "PrivateDnsEnabled": true })));
        unread = refused(unread, attribute("enableDnsSupport"), "ec2:DescribeVpcAttribute");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: access denied: apigateway:GET on arn:aws:… (for ec2:DescribeVpcAttribute)
        "#]],
        );
    }
}
