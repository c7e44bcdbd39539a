//! `private-dns-captures-public-api`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Private DNS leads a public API's name to a VPC endpoint
    ///
    /// ## What it looks for
    ///
    /// VPC endpoints for `execute-api` with private DNS, where the account has APIs in the region that are not private.
    ///
    /// ## Why it matters
    ///
    /// Within that VPC every `execute-api` name of the region leads to the endpoint, which answers for private APIs
    /// alone: whoever calls a public API from there by its own name gets `403 Forbidden`, while it works from
    /// everywhere else. Whether somebody does is not known.
    ///
    /// ## How to fix
    ///
    /// Call public APIs from within the VPC by a regional custom domain name, or switch private DNS off on the
    /// endpoint.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-vpc-connections>
    id: "private-dns-captures-public-api",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["private-dns-captures-public-api"],
    asked: PublicInVpc, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, api, check, endpoint, lambda_uri, private, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::{Api, Snapshot};
    use serde_json::{Value, json};

    fn public(id: &str) -> Api {
        let own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        Api { id: id.to_owned(), name: id.to_owned(), ..own }
    }

    fn account(apis: Vec<Api>, private_dns: bool) -> Snapshot {
        let mut own = snapshot(apis);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({ "PrivateDnsEnabled": private_dns })));
        own
    }

    #[test]
    fn all_public_apis_are_one_finding_about_the_endpoint() {
        check(
            &CHECK,
            &account(vec![public("a1b2c3d4e5"), public("b1b2c3d4e5")], true),
            expect![[r#"
            low arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1: a1b2c3d4e5 and 1 more: Private DNS leads a public API's name to a VPC endpoint
        "#]],
        );
    }

    #[test]
    fn an_endpoint_without_private_dns_and_private_apis_are_left_alone() {
        check(&CHECK, &account(vec![public("a1b2c3d4e5")], false), expect![[""]]);
        check(&CHECK, &account(vec![private(Value::Null)], true), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = snapshot(vec![public("a1b2c3d4e5")]);
        unread = refused(unread, Read::VpcEndpoints, "ec2:DescribeVpcEndpoints");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/*: access denied: apigateway:GET on arn:aws:… (for ec2:DescribeVpcEndpoints)
        "#]],
        );
        check(&CHECK, &Snapshot { complete: false, ..unread }, expect![[""]]);
    }
}
