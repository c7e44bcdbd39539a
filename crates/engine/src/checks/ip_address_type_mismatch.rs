//! `ip-address-type-mismatch`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The resource policy lets in addresses of an IP version that the API does not answer on
    ///
    /// ## What it looks for
    ///
    /// REST APIs that answer on IPv4 alone and whose resource policy lets in ranges of IPv6 addresses. `::/0` stands
    /// for everybody and is left alone.
    ///
    /// ## Why it matters
    ///
    /// Callers who have IPv6 alone cannot reach the API, although its policy is meant for them.
    ///
    /// ## How to fix
    ///
    /// Make the endpoint dual-stack, or take the ranges out of the policy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html>
    id: "ip-address-type-mismatch",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["ip-address-type-mismatch"],
    asked: Ipv6, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, private, snapshot};
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    fn account(kind: &str, statement: Value) -> Snapshot {
        let mut own = private(json!([statement]));
        own.endpoint_types = vec!["REGIONAL".to_owned()];
        own.ip_address_type = Some(kind.to_owned());
        snapshot(vec![own])
    }

    fn statement(effect: &str, operator: &str, ranges: Value) -> Value {
        json!({ "Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
            "Condition": { operator: { "aws:SourceIp": ranges } } })
    }

    #[test]
    fn addresses_that_are_let_in_cannot_come() {
        let ranges = json!(["203.0.113.0/24", "2001:db8::/32"]);
        check(
            &CHECK,
            &account("ipv4", statement("Allow", "IpAddress", ranges.clone())),
            expect![[r#"
            low /restapis/a1b2c3d4e5: orders from 2001:db8::/32: The client and the API share no version of IP
        "#]],
        );
        check(
            &CHECK,
            &account("ipv4", statement("Deny", "NotIpAddress", ranges)),
            expect![[r#"
            low /restapis/a1b2c3d4e5: orders from 2001:db8::/32: The client and the API share no version of IP
        "#]],
        );
    }

    #[test]
    fn a_dual_stack_endpoint_is_left_alone() {
        check(&CHECK, &account("dualstack", statement("Allow", "IpAddress", json!("2001:db8::/32"))), expect![[""]]);
    }

    #[test]
    fn ranges_of_ipv4_of_everybody_and_of_those_who_are_kept_out_are_left_alone() {
        check(&CHECK, &account("ipv4", statement("Allow", "IpAddress", json!("203.0.113.0/24"))), expect![[""]]);
        check(&CHECK, &account("ipv4", statement("Allow", "IpAddress", json!(["0.0.0.0/0", "::/0"]))), expect![[""]]);
        check(&CHECK, &account("ipv4", statement("Deny", "IpAddress", json!("2001:db8::/32"))), expect![[""]]);
    }
}
