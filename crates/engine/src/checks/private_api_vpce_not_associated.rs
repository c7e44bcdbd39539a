//! `private-api-vpce-not-associated`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A private API has no name for a VPC endpoint that its policy names
    ///
    /// ## What it looks for
    ///
    /// Private APIs whose resource policy lets in a VPC endpoint of the account that is not associated with the API,
    /// where the endpoint has no private DNS.
    ///
    /// ## Why it matters
    ///
    /// The name `{api}-{endpoint}.execute-api…` exists only for endpoints that the API is associated with: whoever
    /// calls it finds no such host. Only the endpoint's own name with `x-apigw-api-id` leads to the API.
    ///
    /// ## How to fix
    ///
    /// Associate the endpoint with the API, or call the endpoint's own name.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html>
    id: "private-api-vpce-not-associated",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["private-api-vpce-not-associated"],
    asked: EndpointNames, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, check, endpoint, private, refused, snapshot, to_endpoint};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn account(private_dns: bool, associated: bool) -> Snapshot {
        let mut api = private(to_endpoint());
        if associated {
            api.live.settings.vpc_endpoint_ids.insert("vpce-1".to_owned());
        }
        let mut own = snapshot(vec![api]);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({ "PrivateDnsEnabled": private_dns })));
        own
    }

    #[test]
    fn the_name_with_both_ids_does_not_exist() {
        check(
            &CHECK,
            &account(false, false),
            expect![[r#"
            low /restapis/a1b2c3d4e5 vpce-1: a1b2c3d4e5-vpce-1: The VPC endpoint is not associated with the API
        "#]],
        );
    }

    #[test]
    fn an_associated_endpoint_one_with_private_dns_and_one_that_is_not_named_are_left_alone() {
        check(&CHECK, &account(false, true), expect![[""]]);
        check(&CHECK, &account(true, false), expect![[""]]);
        let mut other = snapshot(vec![private(to_endpoint())]);
        other = answered(other, Read::VpcEndpoints, endpoint(json!({ "VpcEndpointId": "vpce-2" })));
        check(&CHECK, &other, expect![[""]]);
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
