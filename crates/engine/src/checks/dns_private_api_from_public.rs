//! `dns-private-api-from-public`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A private API's own name resolves in none of the account's VPCs
    ///
    /// ## What it looks for
    ///
    /// Private APIs in a region where no VPC endpoint of the account for `execute-api` has private DNS.
    ///
    /// ## Why it matters
    ///
    /// The name `{api}.execute-api…` resolves only within a VPC that has such an endpoint: from everywhere else, the
    /// internet above all, callers find no such host. Endpoints of other accounts are not known.
    ///
    /// ## How to fix
    ///
    /// Nothing, where callers use the name of a VPC endpoint with `x-apigw-api-id`, or `{api}-{endpoint}.execute-api…`.
    /// Otherwise switch private DNS on.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html>
    id: "dns-private-api-from-public",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["dns-private-api-from-public"],
    asked: Apis, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{answered, check, endpoint, private, refused, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn account(private_dns: bool) -> Snapshot {
        let mut own = snapshot(vec![private(Value::Null)]);
        own = answered(own, Read::VpcEndpoints, endpoint(json!({ "PrivateDnsEnabled": private_dns })));
        own
    }

    #[test]
    fn without_private_dns_the_own_name_leads_nowhere() {
        check(
            &CHECK,
            &account(false),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: A private API's own name resolves in none of the account's VPCs
        "#]],
        );
    }

    #[test]
    fn an_endpoint_with_private_dns_and_public_apis_are_left_alone() {
        check(&CHECK, &account(true), expect![[""]]);
        let mut public = account(false);
        public.apis[0].endpoint_types = vec!["EDGE".to_owned()];
        check(&CHECK, &public, expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = snapshot(vec![private(Value::Null)]);
        unread = refused(unread, Read::VpcEndpoints, "ec2:DescribeVpcEndpoints");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for ec2:DescribeVpcEndpoints)
        "#]],
        );
    }
}
