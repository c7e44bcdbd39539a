//! `sni-host-mismatch-strict`.

use crate::check::{check, risk as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The endpoint refuses calls by another host name
    ///
    /// ## What it looks for
    ///
    /// REST APIs whose endpoint access mode is `STRICT`.
    ///
    /// ## Why it matters
    ///
    /// Such an endpoint refuses requests whose TLS names another host than their header `Host`, with `403`: those of a
    /// proxy or a distribution that writes `Host` anew, or of a test that resolves the name by itself.
    ///
    /// ## How to fix
    ///
    /// Nothing, where everybody calls the real name. `BASIC` lets others in while you move.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html>
    id: "sni-host-mismatch-strict",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["sni-host-mismatch-strict"],
    asked: Apis, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, lambda_uri, route, snapshot};
    use crate::snapshot::Snapshot;

    fn in_mode(mode: Option<&str>) -> Snapshot {
        let mut own = api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))]);
        own.live.settings.endpoint_access_mode = mode.map(str::to_owned);
        snapshot(vec![own])
    }

    #[test]
    fn a_strict_endpoint_is_a_risk() {
        check(
            &CHECK,
            &in_mode(Some("STRICT")),
            expect![[r#"
            info /restapis/a1b2c3d4e5: orders: The endpoint refuses calls by another host name
        "#]],
        );
    }

    #[test]
    fn a_basic_endpoint_is_left_alone() {
        check(&CHECK, &in_mode(Some("BASIC")), expect![[""]]);
    }

    #[test]
    fn an_endpoint_without_a_mode_is_left_alone() {
        check(&CHECK, &in_mode(None), expect![[""]]);
    }
}
